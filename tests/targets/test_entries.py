"""Kernels over the entries of tables: what is visited when, in which order, by who."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eqsim import Cpp
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Arrivals, Elements, Events, Moments, Rows
from eqsim.program.partition import Partition, partition
from eqsim.program.passes import optimise
from eqsim.program.verify import verify
from eqsim.targets.cpp.target import render_cpp
from eqsim.targets.cpp.work import operations

N_SOURCES, N_TARGETS = 200, 270
"""More than three times the number of elements that are owned together."""


def connections(random, n=600, n_parts=1, n_sources=N_SOURCES):
    """Sources, parts and targets of synapses, as tables want them; some targets come twice."""
    columns = (
        random.integers(0, N_TARGETS, n),
        random.integers(0, n_parts, n),
        random.integers(0, n_sources, n),
    )
    targets, parts, sources = (c[np.lexsort(columns)] for c in columns)
    return sources, parts, targets


def feed_forward(sketches, delays=None, n=600, *, instances=1, steps=8, since=None):
    """Sources that have events at their own rates, targets, synapses; returns a space as well."""
    random = np.random.default_rng(3)
    sketch = sketches.Sketch(steps, instances)
    past = None
    if delays is not None:
        past = sketch.history("source.past", "source", max(delays))
    rates = random.uniform(0.05, 0.3, (instances, N_SOURCES))
    events = sketch.spikes("source", rates, past)
    sources, parts, targets = connections(random, n, len(delays or [0]))
    begin = sketches.rows_of(sources, N_SOURCES, parts, len(delays or [0]))
    sketch.array("target.v", random.normal(size=(instances, N_TARGETS)), "target")
    sketch.array("target.g", random.normal(size=(instances, N_TARGETS)), "target")
    sketch.array("source.a", random.normal(size=(instances, N_SOURCES)), "source")
    sketch.array("synapses.w", random.normal(size=(instances, n)), "synapses")
    sketch.index("synapses.i", sources, "synapses")
    sketch.array("synapses.last", np.full((instances, n), -1, np.int32), "synapses")
    sketch.table("out", "synapses", "rows", "target", begin, delays=delays, other=targets,
                 other_type=np.uint16)  # fmt: skip
    if since is not None:
        since = sketch.index("since", since, None, np.int64)
    space = Arrivals("out", events if past is None else past, "e", since)
    return sketch, space


NAMES = {
    "j": "out.other",
    "w": "synapses.w",
    "last": "synapses.last",
    "step": "clock.timestep",
    "v": ("target.v", "j"),
    "g": ("target.g", "j"),
    "a": ("source.a", "e"),
}


def check(sketches, sketch, target):
    """Assert that a target does what the plain interpreter does; passes change nothing."""
    program, memory = sketch.finish()
    expected = sketches.run_plainly(program, memory)
    sketches.same(expected, sketches.run(program, memory, target))
    if target.name == "numpy":
        sketches.same(expected, sketches.run(verify(optimise(program)), memory, target))
    return expected


def named(*names):
    return {name: NAMES[name] for name in names}


def add_each(sketch, space, bodies, names):
    """Add a kernel for each body, with arrays of its own; return the kernels."""
    kernels = {}
    for number, (body, (used, lines, *_)) in enumerate(bodies.items()):
        bindings = {}
        for name in used:
            array, *index = (names[name],) if isinstance(names[name], str) else names[name]
            if sketch.arrays[array].per_instance:
                copied, extent = f"{array}_{number}", sketch.arrays[array].extent
                if copied not in sketch.arrays:
                    sketch.array(copied, sketch.values[array], extent)
                array = copied
            bindings[name] = (array, *index)
        kernels[body] = sketch.kernel(f"body_{number}", space, bindings, *lines)
    return kernels


def check_bodies(sketches, sketch, target, kernels, bodies):
    """Check all kernels together; each is shared as it is said to be, and changes something."""
    arrays, _ = check(sketches, sketch, target)
    program = sketch.program()
    for body, kernel in kernels.items():
        assert partition(program, kernel) is bodies[body][2], body
        changed = [b.array for b in kernel.bindings if arrays[b.array].dtype.kind == "f"]
        assert any((arrays[name] != sketch.values[name]).any() for name in changed), body


# ------------------------------------------------------------------------------------ deliveries


def one_volley(sketches, delays, steps):
    """All sources have one event, in step 0; each synapse notes when it arrives."""
    sketch, space = feed_forward(sketches, delays, steps=steps)
    sketch.values["source.rate"][:] = 0
    sketch.values["source.phase"][:] = 1
    sketch.values["synapses.w"][:] = np.arange(600) % 7
    sketch.values["target.g"][:] = 0
    sketch.kernel("pathway", space, named("j", "w", "g"), "g += w")
    sketch.kernel("note", space, named("last", "step"), "last = step")
    return sketch


@pytest.mark.parametrize("delays", [None, [0], [4], [5, 3, 3, 0], [40]], ids=str)
def test_each_event_arrives_after_its_delay_and_only_once(sketches, each_target, delays):
    longest = max(delays or [0])
    sketch = one_volley(sketches, delays, longest + 5)

    arrays, _ = check(sketches, sketch, each_target)

    values = sketch.values
    sums = np.bincount(values["out.other"][0], values["synapses.w"][0], N_TARGETS)
    np.testing.assert_array_equal(arrays["target.g"][0], sums)
    begin = values["out.begin"][0]
    of_part = np.repeat(np.tile(delays or [0], N_SOURCES), np.diff(begin))
    np.testing.assert_array_equal(arrays["synapses.last"][0], of_part)


def test_nothing_arrives_before_its_step(sketches, each_target):
    sketch = one_volley(sketches, [4], 4)

    arrays, _ = check(sketches, sketch, each_target)

    assert (arrays["target.g"] == 0).all()
    assert (arrays["synapses.last"] == -1).all()


def test_events_before_the_first_step_that_counts_do_not_arrive(sketches, each_target):
    sketch, space = feed_forward(sketches, [3, 1], steps=9, since=4)
    sketch.kernel("note", space, named("last", "step"), "last = step")
    sketch.kernel("pathway", space, named("j", "w", "g"), "g += w")
    sketch.kernel("all", replace(space, since=None), named("a"), "a = a + 1.0")

    arrays, _ = check(sketches, sketch, each_target)

    arrived = arrays["synapses.last"]
    assert arrived[arrived >= 0].min() == 5
    assert (arrays["source.a"] > sketch.values["source.a"] + 1.5).any()


# ------------------------------------------------------------------------------------ bodies

BODIES = {
    "sums": (["j", "w", "g"], ["g += w"], Partition.OTHERS),
    "two sums": (["j", "w", "v", "g"], ["g += w", "v += 0.5*w"], Partition.OTHERS),
    "two sums in one place": (["j", "w", "g"], ["g += w", "g += 0.1*w"], Partition.OTHERS),
    "sum of what the source has": (["j", "w", "g", "a"], ["g += w*a"], Partition.OTHERS),
    "order of arrivals": (["j", "w", "v"], ["v = v*0.9 + w"], Partition.OTHERS),
    "plastic": (
        ["j", "w", "v", "a", "last", "step"],
        ["v = v*0.7 + w*a", "w = w*0.99 + 0.01*v", "last = step"],
        Partition.OTHERS,
    ),
    "own values only": (["w", "last", "step"], ["w = w*0.9", "last = step"], Partition.EVENTS),
    "own values from both sides": (
        ["j", "w", "v", "a"],
        ["w = w*0.9 + v*a"],
        Partition.EVENTS,
    ),
    "source only": (["j", "w", "a", "v"], ["a = a*0.8 + w*v"], Partition.EVENTS),
    "sum over the source's row": (["j", "w", "a", "v"], ["a += w*v"], Partition.EVENTS),
    "both sides": (
        ["j", "w", "a", "v"],
        ["v = v*0.9 + w", "a = a*0.9 - w*v"],
        Partition.SERIAL,
    ),
    "sums on both sides": (["j", "w", "a", "g"], ["g += w", "a += w"], Partition.SERIAL),
}


@pytest.mark.parametrize("delays", [None, [2], [4, 1, 0]], ids=str)
def test_bodies_run_in_the_documented_order(sketches, each_target, delays):
    sketch, space = feed_forward(sketches, delays)

    kernels = add_each(sketch, space, BODIES, NAMES)

    check_bodies(sketches, sketch, each_target, kernels, BODIES)


def test_branches_and_draws_in_bodies(sketches, each_target):
    sketch, space = feed_forward(sketches, [3, 0])
    sketch.kernel(
        "noisy", space, named("j", "w", "v", "g", "last", "step"),
        sketches.uniform("_x", "noise"),
        sketches.where("_x < 0.5", "g += w*_x", "v = v + _x", sketches.where("v > 0.5", "w = -w")),
        "last = step + int(10.0*_x)",
    )  # fmt: skip

    check(sketches, sketch, each_target)


def test_single_precision_and_stored_types(sketches, each_target):
    sketch, space = feed_forward(sketches, [1])
    random = np.random.default_rng(8)
    sketch.array("target.x", random.normal(size=N_TARGETS).astype(np.float32), "target")
    sketch.array("target.n", np.zeros(N_TARGETS, np.int32), "target")
    sketch.array("target.b", np.zeros(N_TARGETS, bool), "target")
    bindings = {"j": "out.other", "w": "synapses.w"} | {
        name: (f"target.{name}", "j") for name in "xnb"
    }
    kernel = sketch.kernel(
        "mixed", space, bindings,
        "x = x*0.3 + w", "n = n + 1", "b = w > 0.0 and not b", real=DType.FLOAT32,
    )  # fmt: skip
    wide = tuple(replace(b, dtype=DType.FLOAT64) if b.name == "x" else b for b in kernel.bindings)
    sketch.kernels[-1] = replace(kernel, bindings=wide)
    del bindings["b"]
    sketch.kernel("single", space, bindings, "x += 0.1*w", "n += 2", real=DType.FLOAT32)

    check(sketches, sketch, each_target)


def test_single_values(sketches, each_target):
    sketch, space = feed_forward(sketches, [2, 0])
    sketch.array("total", 0.0)
    sketch.array("count", np.int64(0))
    sketch.array("gain", 0.3)
    bindings = named("w") | {"gain": "gain", "total": "total", "count": "count"}
    sketch.kernel("sum", space, bindings, "total += w*gain*2.0", "count += 1")
    read = named("w", "last") | {"total": "total", "before": "total", "n": "count"}
    sketch.kernel("running", space, read, "total += 0.1*w*before", "w = before*0.5 + _p",
                  "last = n", prologue=["_p = before*2.0"])  # fmt: skip
    sketch.kernel("late", space, named("w") | {"gain": "gain"}, "w = w*_twice",
                  prologue=["_twice = gain*2.0"])  # fmt: skip

    arrays, _ = check(sketches, sketch, each_target)

    assert arrays["count"][0, 0] > 100


# ------------------------------------------------------------------------------------ aliases


def recurrent(sketches, delays=None):
    random = np.random.default_rng(5)
    n, size = 700, 200
    sketch = sketches.Sketch(8)
    past = sketch.history("cell.past", "cell", max(delays)) if delays else None
    events = sketch.spikes("cell", random.uniform(0, 0.3, size), past)
    for name in "vgh":
        sketch.array(f"cell.{name}", random.normal(size=size), "cell")
    targets, sources = (random.integers(0, size, n) for _ in range(2))
    # Some synapses lead from a cell to itself.
    targets = np.where(random.random(n) < 0.3, sources, targets)
    order = np.lexsort((targets, sources))
    targets, sources = targets[order], sources[order]
    sketch.array("synapses.w", random.normal(size=n), "synapses")
    sketch.index("synapses.i", sources, "synapses")
    sketch.table("out", "synapses", "rows", "cell", sketches.rows_of(
        sources, size, 0 * sources, 1), delays=delays, other=targets)  # fmt: skip
    return sketch, Arrivals("out", past or events, "e")


RECURRENT = {
    "j": "out.other",
    "i": "synapses.i",
    "w": "synapses.w",
    **{f"{name}_pre": (f"cell.{name}", "e") for name in "vgh"},
    **{f"{name}_post": (f"cell.{name}", "j") for name in "vgh"},
    "v_far": ("cell.v", "i"),
}
ALIASED = {
    "written on one side, read on the other": (
        ["j", "w", "v_pre", "v_post"],
        ["v_post = v_post*0.5 + w*v_pre"],
        Partition.SERIAL,
    ),
    "summed on one side, read on the other": (
        ["j", "w", "v_pre", "v_post"],
        ["v_post += w*v_pre"],
        Partition.SERIAL,
    ),
    "written on both": (
        ["j", "w", "v_pre", "v_post"],
        ["v_post = v_post*0.5 + w", "v_pre = v_pre*0.5 - w"],
        Partition.SERIAL,
    ),
    "summed on both": (
        ["j", "w", "v_pre", "v_post"],
        ["v_post += w", "v_pre += 0.1*w"],
        Partition.SERIAL,
    ),
    "one summed, one written": (
        ["j", "w", "v_pre", "v_post"],
        ["v_post += w", "v_pre = 0.5*v_pre - w"],
        Partition.SERIAL,
    ),
    "through another index": (
        ["i", "w", "v_far"],
        ["v_far = v_far*0.5 + w"],
        Partition.SERIAL,
    ),
    "read through another index": (
        ["i", "w", "v_far", "v_pre"],
        ["v_pre = v_pre*0.5 + w*v_far"],
        Partition.SERIAL,
    ),
    "two arrays of one group": (
        ["j", "w", "g_post", "h_post", "v_pre"],
        ["g_post = g_post*0.9 + w*v_pre", "h_post += w"],
        Partition.OTHERS,
    ),
}


@pytest.mark.parametrize("delays", [None, [2, 1]], ids=str)
def test_one_array_under_two_names(sketches, each_target, delays):
    sketch, space = recurrent(sketches, delays)

    kernels = add_each(sketch, space, ALIASED, RECURRENT)

    check_bodies(sketches, sketch, each_target, kernels, ALIASED)


def test_one_array_under_two_names_that_branches_write(sketches, each_target):
    sketch, space = recurrent(sketches)
    bodies = {
        taken: (
            ["j", "w", "v_pre", "v_post"],
            ["v_pre = v_pre*0.5 + w", sketches.where(taken, "v_post = v_post*0.9 - w")],
            Partition.SERIAL,
        )
        for taken in ("v_pre > 0.0", "v_pre > 1e9", "v_pre < 1e9")
    }

    kernels = add_each(sketch, space, bodies, RECURRENT)

    check_bodies(sketches, sketch, each_target, kernels, bodies)


# ------------------------------------------------------------------------------------ indices


def chained(sketches):
    sketch, space = feed_forward(sketches, [2])
    random = np.random.default_rng(9)
    sketch.array("zone.x", random.normal(size=12), "zone")
    sketch.array("zone.y", random.normal(size=12), "zone")
    sketch.index("target.zone", random.integers(0, 12, N_TARGETS), "target")
    sketch.index("source.zone", random.integers(0, 12, N_SOURCES), "source")
    sketch.index("zone.next", random.permutation(12), "zone")
    bindings = named("j", "w", "g") | {
        "x_post": ("zone.x", "zone_post"),
        "x_next": ("zone.x", "next_pre"),
        "y_pre": ("zone.y", "zone_pre"),
        "zone_post": ("target.zone", "j"),
        "next_pre": ("zone.next", "zone_pre"),
        "zone_pre": ("source.zone", "e"),
    }
    return sketch, space, bindings


def test_indices_of_indices_are_loaded_in_order(sketches, each_target):
    sketch, space, bindings = chained(sketches)
    del bindings["y_pre"]
    kernel = sketch.kernel("read", space, bindings, "g = g*0.5 + w*(x_post + x_next)")

    check(sketches, sketch, each_target)

    assert partition(sketch.program(), kernel) is Partition.OTHERS


def test_writes_through_indices_of_indices_are_made_one_after_the_other(sketches, each_target):
    sketch, space, bindings = chained(sketches)
    for name in ("x_next", "next_pre", "g"):
        del bindings[name]
    kernel = sketch.kernel("write", space, bindings, "x_post = x_post*0.5 + w", "y_pre += w")

    check(sketches, sketch, each_target)

    assert partition(sketch.program(), kernel) is Partition.SERIAL


def test_the_kernels_own_index_may_be_named(sketches, each_target):
    sketch, space = feed_forward(sketches, [2])
    bindings = named("j", "w", "v") | {"w": ("synapses.w", "k"), "j": ("out.other", "k")}
    kernel = sketch.kernel("pathway", space, bindings, "v = v*0.5 + w", "w = w + v")

    check(sketches, sketch, each_target)

    assert partition(sketch.program(), kernel) is Partition.OTHERS


# ------------------------------------------------------------------------------------ rows


def by_target(sketches, sketch):
    """Add the table of the synapses of each target."""
    targets = sketch.values["out.other"][0]
    entries = np.argsort(targets, kind="stable")
    begin = np.concatenate([[0], np.cumsum(np.bincount(targets, minlength=N_TARGETS))])
    return sketch.table("in", "synapses", "targets", "source", begin, entries=entries,
                        other="synapses.i")  # fmt: skip


IN = {
    "i": "synapses.i",
    "j": "out.other",
    "w": "synapses.w",
    "v": ("target.v", "e"),
    "g": ("target.g", "e"),
    "a": ("source.a", "i"),
}
INCOMING = {
    "sum over synapses": (["w", "g", "i", "a"], ["g += w*a"], Partition.EVENTS),
    "last of all": (["w", "g"], ["g = 0.5*g + w"], Partition.EVENTS),
    "to the sources": (["i", "a", "w", "v"], ["a = a*0.9 + w*v"], Partition.OTHERS),
    "synapses": (["w", "v"], ["w = w*0.5 + v"], Partition.EVENTS),
    "both": (["i", "a", "w", "v"], ["v += w", "a += w"], Partition.SERIAL),
}


def test_all_rows_are_visited_in_order(sketches, each_target):
    sketch, _ = feed_forward(sketches, steps=3)
    space = Rows(by_target(sketches, sketch), "e")

    kernels = add_each(sketch, space, INCOMING, IN)

    check_bodies(sketches, sketch, each_target, kernels, INCOMING)


def test_a_sum_over_the_synapses_of_each_target_is_that_of_numpy(sketches, each_target):
    sketch, _ = feed_forward(sketches, steps=1)
    sketch.values["synapses.w"][:] = np.arange(600) % 5
    sketch.values["target.g"][:] = 0
    space = Rows(by_target(sketches, sketch), "e")
    sketch.kernel("sum", space, {name: IN[name] for name in "wg"}, "g += w")

    arrays, _ = check(sketches, sketch, each_target)

    values = sketch.values
    sums = np.bincount(values["out.other"][0], values["synapses.w"][0], N_TARGETS)
    np.testing.assert_array_equal(arrays["target.g"][0], sums)


def test_events_of_targets_find_their_synapses(sketches, each_target):
    sketch, _ = feed_forward(sketches)
    events = sketch.spikes("target", np.linspace(0, 0.4, N_TARGETS))
    space = Arrivals(by_target(sketches, sketch), events, "e")
    sketch.kernel("post", space, {name: IN[name] for name in "iwav"}, "w = w*0.9 + a*v")
    sketch.kernel("back", space, {name: IN[name] for name in "iwav"}, "a = a*0.9 + w*v")

    check(sketches, sketch, each_target)


def test_rows_may_be_those_of_a_part_of_the_elements(sketches, each_target):
    sketch, _ = feed_forward(sketches, [2, 0])
    random = np.random.default_rng(2)
    n, first, n_rows = 300, 70, 65
    sources, parts, targets = connections(random, n, 2, n_rows)
    sketch.array("part.w", random.normal(size=n), "part")
    begin = sketches.rows_of(sources, n_rows, parts, 2)
    sketch.table("some", "part", "some.rows", "target", begin, first=first, delays=[2, 0],
                 other=targets)  # fmt: skip
    bindings = {"j": "some.other", "w": "part.w", "g": ("target.g", "j"), "a": ("source.a", "e")}
    space = Arrivals("some", "source.past", "e")
    sketch.kernel("pathway", space, bindings, "g += w*a")
    own = {name: bindings[name] for name in "wa"}
    sketch.kernel("own", space, own, "a = a*0.5 + w")
    source = sketch.values["source.a"].copy()

    arrays, _ = check(sketches, sketch, each_target)

    changed = np.flatnonzero(arrays["source.a"][0] != source[0])
    assert changed.min() >= first
    assert changed.max() < first + n_rows


@pytest.mark.parametrize("n", [0, 1])
@pytest.mark.parametrize("delays", [None, [2, 0]], ids=str)
def test_tables_may_be_empty(sketches, each_target, delays, n):
    sketch, space = feed_forward(sketches, delays, n=n)
    sketch.kernel("pathway", space, named("j", "w", "g"), "g += w")
    sketch.kernel("plastic", space, named("w", "j", "v", "a"), "w = w + v", "a = 0.5*a + w")

    check(sketches, sketch, each_target)


def test_groups_may_be_empty(sketches, each_target):
    sketch = sketches.Sketch(3)
    past = sketch.history("source.past", "source", 2)
    sketch.spikes("source", np.zeros(0), past)
    sketch.array("target.g", np.zeros(0), "target")
    sketch.table("out", "synapses", "rows", "target", [0], delays=[2],
                 other=np.zeros(0, int), n_rows=0)  # fmt: skip
    sketch.array("synapses.w", np.zeros(0), "synapses")
    bindings = {"j": "out.other", "w": "synapses.w", "g": ("target.g", "j")}
    sketch.kernel("pathway", Arrivals("out", past, "e"), bindings, "g += w")
    sketch.kernel("all", Rows("empty", "e"), {"w": "synapses.w"}, "w = w + 1.0")
    sketch.table("empty", "synapses", "rows", "target", [0], other="out.other")

    check(sketches, sketch, each_target)


# ------------------------------------------------------------------------------------ moments


def moments(sketches, steps, period=0, n=150, size=N_TARGETS):
    """Elements that have events in given steps."""
    random = np.random.default_rng(6)
    sketch = sketches.Sketch(14)
    rows = [np.sort(random.choice(size, int(c), replace=False))
            for c in random.integers(0, n, len(steps))]  # fmt: skip
    begin = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    neurons = np.concatenate([np.zeros(0, int), *rows])
    sketch.array("target.n", np.zeros(size, np.int32), "target")
    sketch.array("target.v", random.normal(size=size), "target")
    sketch.table("given", "target", "moments", "target", begin, entries=neurons,
                 n_rows=len(steps))  # fmt: skip
    sketch.index("given.steps", steps, "moments", np.int64)
    sketch.index("given.period", period, None, np.int64)
    return sketch, Moments("given", "given.steps", "given.period"), neurons


@pytest.mark.parametrize(
    ("steps", "period"), [([0, 1, 4, 5, 13], 0), ([1, 3], 4), ([], 0), ([200], 0), ([-3, 2], 0)]
)
def test_events_are_given_for_moments(sketches, each_target, steps, period):
    sketch, space, neurons = moments(sketches, steps, period)
    events = sketch.events("target.spike", "target")
    sketch.kernel("spikes", space, {}, sketches.emit(events, "k"))
    sketch.record("spikes", DType.INT64, DType.INT32)
    sketch.kernel("record", Events(events), {"t": "clock.timestep"},
                  sketches.emit("spikes", "t", "k"))  # fmt: skip
    sketch.kernel("count", Events(events), {"n": "target.n"}, "n = n + 1")

    arrays, rows = check(sketches, sketch, each_target)

    times = [t for t in range(14) if (t % period if period else t) in steps]
    found = rows["spikes"][0]
    assert sorted(set(found[0].tolist())) == [t for t in times if t in found[0]]
    if not period and steps and max(steps) < 14 and min(steps) >= 0:
        np.testing.assert_array_equal(found[1], neurons)
        np.testing.assert_array_equal(
            arrays["target.n"][0], np.bincount(neurons, minlength=N_TARGETS)
        )


def test_entries_themselves_are_shared_by_who_owns_them(sketches, each_target):
    sketch, space, _ = moments(sketches, [0, 2, 3])
    events = sketch.events("target.spike", "target")
    kernel = sketch.kernel(
        "spikes", space, {"n": "target.n", "v": "target.v"},
        "n = n + 1", sketches.where("v > 0.0", sketches.emit(events, "k")),
    )  # fmt: skip
    sketch.kernel("count", Events(events), {"n": "target.n"}, "n = n + 100")

    check(sketches, sketch, each_target)

    assert partition(sketch.program(), kernel) is Partition.OTHERS


def test_moments_may_reach_elements_through_a_table(sketches, each_target):
    sketch, _ = feed_forward(sketches, n=60)
    sketch.index("when", [1, 2, 6], "moments", np.int64)
    sketch.index("period", 0, None, np.int64)
    targets = np.sort(np.random.default_rng(1).integers(0, N_TARGETS, 60))
    targets[20:40] = np.sort(targets[20:40])
    sketch.table("inputs", "synapses", "moments", "target", [0, 20, 20, 60],
                 other=np.concatenate([np.sort(targets[:20]), np.sort(targets[20:])]))  # fmt: skip
    bindings = {"j": "inputs.other", "w": "synapses.w", "v": ("target.v", "j")}
    space = Moments("inputs", "when", "period")
    sketch.kernel("input", space, bindings, "v = 0.5*v + w")
    sketch.kernel("weights", space, {"w": "synapses.w"}, "w = 0.5*w")

    check(sketches, sketch, each_target)


@pytest.mark.parametrize("instances", [1, 3])
def test_events_that_one_worker_finds_belong_to_the_owners_of_their_elements(
    sketches, each_target, instances
):
    sketch = sketches.Sketch(30, instances)
    random = np.random.default_rng(4)
    sketch.array("cell.v", random.random((instances, 300)), "cell")
    sketch.array("cell.u", random.random((instances, 300)), "cell")
    sketch.array("total", np.zeros((instances, 1)))
    events = sketch.events("cell.spike", "cell")
    own = {"v": "cell.v", "u": "cell.u"}
    sketch.kernel(
        "find", Elements("cell"), own | {"total": "total"},
        "total += v", "v = v + 0.3*u", sketches.where("v > 1.0", sketches.emit(events, "k")),
    )  # fmt: skip
    sketch.kernel("reset", Events(events), own, "v = v - 1.0", "u = 0.9*u + 0.05")
    sketch.kernel("after", Elements("cell"), own, "u = clip(u + 0.01*v, 0.0, 1.0)")
    sketch.record("spikes", DType.INT64, DType.INT32)
    sketch.kernel("record", Events(events), {"t": "clock.timestep"},
                  sketches.emit("spikes", "t", "k"))  # fmt: skip

    _, rows = check(sketches, sketch, each_target)

    assert all(len(columns[0]) > 300 for columns in rows["spikes"])


# ------------------------------------------------------------------------------------ instances


@pytest.mark.parametrize("delays", [None, [3, 0]], ids=str)
def test_instances_are_independent(sketches, each_target, delays):
    sketch, space = feed_forward(sketches, delays, instances=3)
    for name in ("sums", "plastic", "source only", "both sides"):
        names, lines, _ = BODIES[name]
        sketch.kernel(name.replace(" ", "_"), space, named(*names), *lines)
    sketch.record("arrivals", DType.INT64, DType.INT64)
    sketch.kernel("record", space, named("step"), sketches.emit("arrivals", "step", "k"))
    incoming = Rows(by_target(sketches, sketch), "e")
    sketch.kernel("sum", incoming, {name: IN[name] for name in "wg"}, "g += w")

    arrays, rows = check(sketches, sketch, each_target)

    assert len({found[0].tobytes() for found in rows["arrivals"]}) == 3
    assert len({values.tobytes() for values in arrays["target.v"]}) == 3


def test_what_is_recorded_is_in_the_order_of_entries(sketches, each_target):
    sketch, space = feed_forward(sketches, [2, 0])
    sketch.record("seen", DType.INT64, DType.INT32, DType.FLOAT64)
    sketch.kernel("record", space, named("step", "j", "v"),
                  sketches.where("v > 0.0", sketches.emit("seen", "step", "k", "v")))  # fmt: skip
    sketch.record("changed", DType.FLOAT64)
    sketch.kernel("change", space, named("j", "v", "w"), "v = v*0.5 + w",
                  sketches.emit("changed", "v"))  # fmt: skip

    _, rows = check(sketches, sketch, each_target)

    assert len(rows["seen"][0][0]) > 100
    assert len(rows["changed"][0][0]) > 100


# ------------------------------------------------------------------------------------ the text


def test_a_static_synapse_costs_one_addition(sketches):
    sketch, space = feed_forward(sketches, [2, 0])
    sketch.kernel("pathway", space, named("j", "w", "g", "a"), "g += w*a")

    lines = render_cpp(sketch.program()).text("simulation.cpp").splitlines()

    first = next(n for n, line in enumerate(lines) if "+=" in line and "target_g" in line)
    assert [line.strip() for line in lines[first - 4 : first + 2]] == [
        "const double a = source_a[e];",
        "for (int64_t k = part_.begin; k < part_.end; ++k) {",
        "const int64_t j = (int64_t)(out_other[k]);",
        "const double w = synapses_w[k];",
        "target_g[j] += w * a;",
        "}",
    ]


def test_pointers_to_one_array_under_two_names_are_not_restricted(sketches):
    sketch, space = recurrent(sketches)
    names = ("j", "w", "v_pre", "v_post")
    sketch.kernel("pathway", space, {n: RECURRENT[n] for n in names}, "v_post += w*v_pre")

    text = render_cpp(sketch.program()).text("simulation.cpp")

    assert text.count("* const cell_v") == 2
    assert "__restrict synapses_w" in text


def test_the_text_depends_on_no_number(sketches):
    sketch, space = feed_forward(sketches, [2, 0])
    sketch.kernel("pathway", space, named("j", "w", "g"), "g += w")
    before = render_cpp(sketch.program())

    other, space = feed_forward(sketches, [5, 4, 3], n=100, instances=2, steps=3)
    other.kernel("pathway", space, named("j", "w", "g"), "g += w")

    assert render_cpp(other.program()) == before


def test_a_step_visits_few_synapses(sketches):
    sketch, space = feed_forward(sketches, [2])
    sketch.kernel("pathway", space, named("j", "w", "g"), "g += w")
    few = operations(sketch.program())
    sketch.kernel("all", Rows(by_target(sketches, sketch), "e"), named("w"), "w = w*0.5")
    many = operations(sketch.program())
    sketch.kernel("both", space, named("j", "w", "a", "v"), "v = v + w", "a = a + w")

    assert 0 < few["synapses"] < 0.1
    assert many["synapses"] > 10
    assert operations(sketch.program()) == many


# ------------------------------------------------------------------------------------ faults


class Wrong(Cpp):
    """Compiled code whose workers visit the rows of their sources, whatever those write."""

    def open(self, program, memory):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("eqsim.targets.c_table.partition", lambda *_: Partition.EVENTS)
            render_cpp.cache_clear()
            opened = super().open(program, memory)
        render_cpp.cache_clear()
        return opened


@pytest.mark.compiler
def test_a_wrong_partition_is_noticed(sketches):
    sketch, space = feed_forward(sketches, [3, 2, 1, 0])
    sketch.kernel("pathway", space, named("j", "w", "v"), "v = v*0.9 + w")
    program, memory = sketch.finish()
    expected = sketches.run_plainly(program, memory)

    sketches.same(expected, sketches.run(program, memory, Cpp(3)))
    sketches.same(expected, sketches.run(program, memory, Wrong(1)))
    wrong = sketches.run(program, memory, Wrong(3))
    with pytest.raises(AssertionError, match=r"target\.v"):
        sketches.same(expected, wrong)
