"""Events on their way: kept for later steps, given back after a run, taken up by the next one."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim.program.dtypes import DType
from eqsim.program.nodes import Arrivals, Events
from eqsim.runtime.memory import Memory

SIZE = 150
DELAYS = (6, 3, 1, 0)


def one_to_one(sketches, steps, rates=None, rows=((), ()), start=0, depth=6, instances=1):
    """Elements with a synapse each to the element of the same number; delays take turns."""
    sketch = sketches.Sketch(steps, instances)
    sketch.values["clock.timestep"][:] = start
    past = sketch.history("source.past", "source", depth, *rows)
    if rates is not None:
        sketch.spikes("source", rates, past)
    else:
        sketch.extents["source"] = SIZE
    numbers = np.arange(SIZE)
    begin = sketches.rows_of(numbers, SIZE, numbers % len(DELAYS), len(DELAYS))
    sketch.table("out", "synapses", "rows", "target", begin, delays=DELAYS, other=numbers)
    sketch.array("target.v", np.linspace(0, 1, SIZE), "target")
    sketch.array("synapses.w", np.linspace(1, 2, SIZE), "synapses")
    sketch.record("arrivals", DType.INT64, DType.INT32)
    space = Arrivals("out", past, "e")
    bindings = {"j": "out.other", "w": "synapses.w", "v": ("target.v", "j")}
    sketch.kernel("pathway", space, bindings, "v = 0.9*v + w")
    sketch.kernel(
        "note", space, {"step": "clock.timestep"}, sketches.emit("arrivals", "step", "k")
    )
    return sketch


def rates(instances=1):
    return np.random.default_rng(1).uniform(0, 0.6, (instances, SIZE))


def test_events_of_an_earlier_run_arrive_in_this_one(sketches, each_target):
    given = [(-5, 0), (-5, 4), (-3, 1), (-2, 0), (-2, 1), (-1, 2), (-1, 3)]
    steps, elements = zip(*given, strict=True)
    sketch = one_to_one(sketches, 5, rows=(steps, elements))

    _, rows = sketches.run(*sketch.finish(), each_target)

    found = list(zip(*(c.tolist() for c in rows["arrivals"][0]), strict=True))
    assert found == [(0, 1), (0, 2), (1, 0), (1, 4), (1, 1), (4, 0)]


def test_events_that_nobody_adds_to_stay(sketches, each_target):
    sketch = one_to_one(sketches, 30, rows=((-2, -1), (3, 5)))

    _, rows = sketches.run(*sketch.finish(), each_target)

    assert [column.tolist() for column in rows["source.past"][0]] == [[-2, -1], [3, 5]]


@pytest.mark.parametrize("depth", [0, 1, 6, 100])
def test_the_events_of_as_many_steps_as_asked_for_are_kept(sketches, each_target, depth):
    sketch = one_to_one(sketches, 60, rates(), depth=depth)
    program, memory = sketch.finish()

    sketches.same(
        sketches.run_plainly(program, memory), found := sketches.run(program, memory, each_target)
    )

    steps, elements = found[1]["source.past"][0]
    assert steps.dtype == np.int64
    assert elements.dtype == np.int32
    assert sorted(set(steps.tolist())) == list(range(max(1, 59 - depth), 60))
    np.testing.assert_array_equal(np.lexsort((elements, steps)), np.arange(len(steps)))


def test_taking_events_does_not_forget_them(sketches, each_target):
    sketch = one_to_one(sketches, 20, rates())
    program, memory = sketch.finish()
    expected = sketches.run(program, memory, each_target)
    copied = sketches.copied(memory)
    simulation = each_target.open(program, copied)

    assert len(simulation.take("source.past")[0][0]) == 0
    while simulation.advance(1):
        first, second = (simulation.take("source.past") for _ in range(2))
        for columns in zip(first[0], second[0], strict=True):
            np.testing.assert_array_equal(*columns)

    sketches.same(expected, (copied.arrays, {
        name: simulation.take(name) for name in ("source.past", "arrivals")
    }))  # fmt: skip
    simulation.close()


@pytest.mark.parametrize("first", [1, 7, 19])
def test_two_runs_are_one_long_run(sketches, each_target, first):
    whole = one_to_one(sketches, 20, rates())
    arrays, rows = sketches.run(*whole.finish(), each_target)

    part = one_to_one(sketches, first, rates())
    early, early_rows = sketches.run(*part.finish(), each_target)
    rest = one_to_one(sketches, 20, rates(), early_rows["source.past"][0])
    program, memory = rest.finish()
    kept = {name for name in memory.arrays if not name.startswith(("source.past", "clock.end"))}
    given = {**memory.arrays, **{name: early[name] for name in kept}}
    late, late_rows = sketches.run(program, Memory(1, memory.extents, given), each_target)

    for name in kept:
        assert late[name].tobytes() == arrays[name].tobytes(), name
    arrivals = (found["arrivals"][0] for found in (rows, early_rows, late_rows))
    for column, *parts in zip(*arrivals, strict=True):
        np.testing.assert_array_equal(np.concatenate(parts), column)
    for column, other in zip(late_rows["source.past"][0], rows["source.past"][0], strict=True):
        np.testing.assert_array_equal(column, other)


def test_all_instances_begin_with_the_same_and_go_on_by_themselves(sketches, each_target):
    sketch = one_to_one(sketches, 12, rates(3), ((-4, -1), (8, 9)), instances=3)
    program, memory = sketch.finish()

    expected = sketches.run_plainly(program, memory)
    sketches.same(expected, sketches.run(program, memory, each_target))

    arrivals = expected[1]["arrivals"]
    assert all((2, 8) in zip(*(c.tolist() for c in columns), strict=True) for columns in arrivals)
    assert len({columns[0].tobytes() for columns in arrivals}) == 3


def test_steps_need_not_begin_with_zero(sketches, each_target):
    sketch = one_to_one(sketches, 10**12 + 9, rates(), start=10**12)
    program, memory = sketch.finish()

    sketches.same(
        sketches.run_plainly(program, memory), found := sketches.run(program, memory, each_target)
    )

    assert found[1]["source.past"][0][0].min() >= 10**12


def test_several_pathways_share_what_is_kept(sketches, each_target):
    sketch = one_to_one(sketches, 15, rates())
    sketch.table("other", "synapses", "rows", "target", np.arange(SIZE + 1), delays=[2],
                 other="out.other")  # fmt: skip
    bindings = {"j": "out.other", "w": "synapses.w", "v": ("target.v", "j")}
    sketch.kernel("second", Arrivals("other", "source.past", "e"), bindings, "v += 0.5*w")
    sketch.array("source.n", np.zeros(SIZE, np.int32), "source")
    sketch.kernel("count", Events("source.spike"), {"n": "source.n"}, "n = n + 1")
    program, memory = sketch.finish()

    sketches.same(
        sketches.run_plainly(program, memory), sketches.run(program, memory, each_target)
    )
