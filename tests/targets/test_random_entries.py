"""Random programs over tables do the same on all targets, for all threads, whatever their data."""

from __future__ import annotations

from random import Random

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from eqsim.program.dtypes import DType
from eqsim.program.nodes import Arrivals, Events, Moments, Rows
from eqsim.program.passes import optimise
from eqsim.program.verify import verify
from eqsim.targets import Numpy

PROGRAMS = range(4)
DATA = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
VARIABLES = {
    "v_post": ("cell.v", "j"),
    "g_post": ("cell.g", "j"),
    "v_pre": ("cell.v", "e"),
    "h_pre": ("cell.h", "e"),
    "h_far": ("cell.h", "z"),
    "x_zone": ("zone.x", "z_post"),
    "y": "synapses.y",
    "w": "synapses.w",
    "n": "synapses.n",
    "total": "total",
}
INDICES = {
    "j": "out.other",
    "i": "synapses.i",
    "z": ("cell.next", "j"),
    "z_post": ("cell.zone", "j"),
}
EXPRESSIONS = (
    "0.5*{0} + 0.25*{1}", "sin({0}*{1})", "clip({0} - {1}, -1, 1)", "0.9*{0}", "0.1*{0} - 0.2*{1}",
    "{0}", "0.3",
)  # fmt: skip


def value(random, names):
    return random.choice(EXPRESSIONS).format(*(random.choice(names) for _ in range(2)))


def body(sketches, random, names, number):
    """Statements that assign or add to some of the names, inside branches and outside."""
    numbers = [name for name in names if name != "n"]
    changed = random.sample(numbers, min(len(numbers), random.choice((1, 1, 2))))
    # A single value is the same for all, so it cannot be set by each.
    summed = {name for name in changed if name == "total" or random.random() < 0.5}
    read = [name for name in names if name not in summed and name != "n"] or ["0.5"]
    lines = []
    if random.random() < 0.3:
        lines.append(sketches.uniform("_draw", f"noise_{number}"))
        read.append("_draw")
    for name in changed:
        line = f"{name} {'+=' if name in summed else '='} {value(random, read)}"
        if random.random() < 0.25:
            line = sketches.where(f"{random.choice(read)} < 0.2", line)
        lines.append(line)
    if "n" in names:
        lines.append(f"n = n + {random.randint(1, 9)}")
    return lines


def bindings(random, own):
    names = random.sample([name for name in VARIABLES if name not in own], random.randint(2, 4))
    bound = {name: VARIABLES[name] for name in names}
    for index in ("z_post", "z", "j"):
        if any(place[-1] == index for place in bound.values() if isinstance(place, tuple)):
            bound[index] = INDICES[index]
    return names, bound


def sketch_of(sketches, seed, data, n_cells, n_synapses, delays, steps, instances):
    """A program that depends on the seed only, with memory that depends on all."""
    random, numbers = Random(seed), np.random.default_rng(data)
    sketch = sketches.Sketch(steps, instances)
    before = numbers.integers(0, (max(delays) + 1) * max(n_cells, 1), 9 if n_cells else 0)
    steps_before, known = np.divmod(np.unique(before), max(n_cells, 1))
    steps_before -= max(delays) + 1
    past = sketch.history("cell.past", "cell", max(delays), steps_before, known)
    events = sketch.spikes("cell", numbers.uniform(0, 0.3, (instances, n_cells)), past)
    for name in "vgh":
        sketch.array(f"cell.{name}", numbers.normal(size=(instances, n_cells)), "cell")
    sketch.index("cell.next", numbers.integers(0, max(n_cells, 1), n_cells), "cell")
    sketch.index("cell.zone", numbers.integers(0, 5, n_cells), "cell")
    sketch.array("zone.x", numbers.normal(size=(instances, 5)), "zone")
    sketch.array("total", numbers.normal(size=(instances, 1)))
    _connect(sketches, sketch, numbers, n_cells, n_synapses, delays)
    made = sketch.events("cell.made", "cell")
    sketch.kernel("make", Moments("given", "given.steps", "given.period"), {"v": "cell.v"},
                  sketches.where("v < 0.7", sketches.emit(made, "k")))  # fmt: skip
    sketch.kernel("made", Events(made), {"h": "cell.h"}, "h = 0.5*h + 0.1")
    sketch.record("seen", DType.INT64, DType.INT64, DType.FLOAT64)
    spaces = [
        Arrivals("out", events, "e"),
        Arrivals("late", past, "e"),
        Arrivals("late", past, "e", "since"),
        Arrivals("in", made, "e"),
        Rows("out", "e"),
        Rows("in", "e"),
        Moments("inputs", "given.steps", "given.period"),
    ]
    for number in range(9):
        space = random.choice(spaces)
        is_event = not isinstance(space, Moments)
        own = () if is_event else ("v_pre", "h_pre")
        names, bound = bindings(random, own)
        lines = body(sketches, random, names, number)
        if number == 8:
            bound["_t"] = "clock.timestep"
            names = [name for name in names if name != "n"]
            lines.append(sketches.emit("seen", "_t", "k", "1.5"))
        sketch.kernel(f"kernel_{number}", space, bound, *lines)
    return sketch


def _connect(sketches, sketch, numbers, n_cells, n_synapses, delays):
    """Tables from a part of the cells to all of them, by sources and by targets."""
    n_synapses = n_synapses if n_cells else 0
    first = int(numbers.integers(0, max(n_cells // 2, 1)))
    n_rows = max(n_cells - first - int(numbers.integers(0, 3)), 0)
    n_synapses = n_synapses if n_rows else 0
    columns = (
        numbers.integers(0, max(n_cells, 1), n_synapses),
        numbers.integers(0, max(n_rows, 1), n_synapses),
    )
    order = np.lexsort(columns)
    targets, sources = (column[order] for column in columns)
    parts = numbers.integers(0, len(delays), n_synapses)
    instances = (sketch.instances, n_synapses)
    for name in "wy":
        sketch.array(f"synapses.{name}", numbers.normal(size=instances), "synapses")
    sketch.array("synapses.n", np.zeros(instances, np.int32), "synapses")
    sketch.index("synapses.i", sources + first, "synapses")
    begin = sketches.rows_of(sources, n_rows)
    sketch.table("out", "synapses", "rows", "cell", begin, first=first, other=targets,
                 other_type=np.uint16, n_rows=n_rows)  # fmt: skip
    late = np.lexsort((np.arange(n_synapses), parts, sources))
    begin = sketches.rows_of(sources, n_rows, parts, len(delays))
    sketch.table("late", "synapses", "rows", "cell", begin, first=first, delays=delays,
                 entries=late, other="out.other")  # fmt: skip
    begin = sketches.rows_of(targets, n_cells)
    sketch.table("in", "synapses", "targets", "cell", begin, other="synapses.i",
                 entries=np.argsort(targets, kind="stable"), n_rows=n_cells)  # fmt: skip
    sketch.index("since", numbers.integers(-2, 3), None, np.int64)
    sketch.index("given.steps", [0, 2, 3], "moments", np.int64)
    sketch.index("given.period", int(numbers.choice((0, 4))), None, np.int64)
    chosen = [np.sort(numbers.permutation(n_cells)[: numbers.integers(0, n_cells + 1)])
              for _ in range(3)]  # fmt: skip
    begin = np.concatenate([[0], np.cumsum([len(row) for row in chosen])])
    sketch.table("given", "cell", "moments", "cell", begin, entries=np.concatenate(chosen))
    n = n_synapses // 3
    rows = [np.arange(k * n, (k + 1) * n) for k in range(3)]
    entries = np.concatenate([row[np.argsort(targets[row], kind="stable")] for row in rows])
    sketch.table("inputs", "synapses", "moments", "cell", np.arange(4) * n, entries=entries,
                 other="out.other")  # fmt: skip


SIZES = {
    "data": st.integers(0, 2**32 - 1),
    "n_cells": st.sampled_from([0, 1, 63, 64, 65, 130, 200]),
    "n_synapses": st.integers(0, 300),
    "delays": st.sampled_from([[0], [2], [3, 3, 1], [5, 4, 2, 0]]),
    "steps": st.integers(1, 6),
    "instances": st.sampled_from([1, 1, 1, 2]),
}


@pytest.mark.parametrize("seed", range(12))
@settings(DATA, max_examples=6)
@given(**SIZES)
def test_the_reference_visits_entries_one_after_the_other(sketches, seed, **sizes):
    program, memory = sketch_of(sketches, seed, **sizes).finish()
    expected = sketches.run_plainly(program, memory)

    sketches.same(expected, sketches.run(program, memory, Numpy()))
    sketches.same(expected, sketches.run(verify(optimise(program)), memory, Numpy()))


@pytest.mark.compiler
@pytest.mark.parametrize("seed", PROGRAMS)
@DATA
@given(**SIZES)
def test_threads_visit_entries_as_if_there_was_one(sketches, seed, **sizes):
    program, memory = sketch_of(sketches, seed, **sizes).finish()
    program = verify(optimise(program))
    expected = sketches.run(program, memory, Numpy())

    for target in sketches.MANY:
        sketches.same(expected, sketches.run(program, memory, target))


def test_random_programs_differ_in_how_they_are_shared(sketches):
    from eqsim.program.partition import partition
    from eqsim.program.traverse import table_of

    sizes = {"data": 1, "n_cells": 70, "n_synapses": 99, "delays": [2], "steps": 1, "instances": 1}
    programs = [sketch_of(sketches, seed, **sizes).program() for seed in PROGRAMS]
    shared = [
        partition(program, kernel)
        for program in programs
        for kernel in program.kernels
        if table_of(program, kernel.space) is not None
    ]

    assert len(set(shared)) == 3
    sizes |= {"data": 2, "n_cells": 1, "delays": [5, 4], "instances": 2}
    assert [sketch_of(sketches, seed, **sizes).program() for seed in PROGRAMS] == programs
