"""Pauses, single times and profiles in programs: rules, text, simulations that run them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eqsim import EventClock, Network, NetworkOperation, NeuronGroup, SpikeMonitor, ms
from eqsim.program.nodes import Clock, Launch, Pause
from eqsim.program.printer import program_text
from eqsim.program.verify import InvalidProgramError, verify
from eqsim.runtime.memory import replicate
from eqsim.targets.cpp.target import render_cpp


def lowered(n=3, **options):
    cells = NeuronGroup(
        n, "dv/dt = (1 + 0.01*i)/ms : 1", threshold="v > 0.25", reset="v = 0", method="euler",
        name="cells",
    )  # fmt: skip
    cells.run_at("v = 0", [1.5] * ms, name="single")
    operations = [
        NetworkOperation(lambda: None, when=when, name=name)
        for name, when in (("first", "after_thresholds"), ("second", "end"))
    ]
    net = Network(cells, SpikeMonitor(cells, when="after_resets", order=0), operations)
    return net.lower({}, **options)


PROGRAM = lowered().program


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (
            replace(PROGRAM, launches=(*PROGRAM.launches, PROGRAM.pauses[0])),
            "'first' appears twice among the pauses",
        ),
        (
            replace(PROGRAM, launches=(*PROGRAM.launches, Pause("third", "clock", "end", 0))),
            "pause 'third' has the unknown clock 'clock'",
        ),
        (replace(PROGRAM, is_profiled=True), "a profiled program lacks its array 'profile'"),
        (
            replace(PROGRAM, clocks=(*PROGRAM.clocks, Clock("other", is_listed=True))),
            "clock 'other' lacks its array 'other.times'",
        ),
    ],
    ids=["twice", "clock", "profile", "times"],
)
def test_programs_that_break_a_rule_are_refused(program, said):
    with pytest.raises(InvalidProgramError, match=said):
        verify(program)


def test_pauses_stand_among_the_launches():
    names = [each.name if isinstance(each, Pause) else each.kernel for each in PROGRAM.launches]

    assert [pause.name for pause in PROGRAM.pauses] == ["first", "second"]
    assert names.index("cells_threshold") < names.index("first") < names.index("cells_reset")
    assert isinstance(PROGRAM.launches[0], Launch)


def test_text_shows_pauses_and_single_times():
    text = program_text(PROGRAM)

    assert "  pause for first, in after_thresholds\n" in text
    assert "eventclock.times: float64[eventclock.times], clock" in text


def test_profiled_programs_are_other_programs_of_the_same_results():
    profiled = lowered(is_profiled=True).program

    assert profiled != PROGRAM
    assert profiled.kernels == PROGRAM.kernels


@pytest.mark.compiler
def test_program_without_pauses_has_no_trace_of_them():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler")
    text = render_cpp(Network(group).lower({}).program).text("simulation.cpp")

    assert "resumed" not in text
    assert "simulation->paused" not in text


def opened(target, n, instances=1):
    found = lowered(n)
    target.check(found.program)
    for name, clock in found.clocks.items():
        arrays = found.memory.arrays
        arrays[f"{name}.dt"][0] = 1e-4
        arrays[f"{name}.end"][0] = 0 if isinstance(clock, EventClock) else 20
    memory = replicate(found.program, found.memory, instances)
    return target.open(found.program, memory), memory.arrays


def test_simulation_stops_at_each_pause_and_goes_on_after_it(target):
    simulation, arrays = opened(target, 3)
    said = []
    for _ in range(7):
        done = simulation.advance(1)
        said.append((done, simulation.paused, int(arrays["defaultclock.timestep"].ravel()[0])))

    assert said == [
        (0, "first", 0),
        (0, "second", 0),
        (1, None, 1),
        (0, "first", 1),
        (0, "second", 1),
        (1, None, 2),
        (0, "first", 2),
    ]
    assert simulation.advance(10) == 0
    assert simulation.paused == "second"
    assert simulation.advance(10) == 1
    assert simulation.paused == "first"


def test_simulation_with_pauses_ends_at_its_end(target):
    simulation, _ = opened(target, 3)
    completed = 0
    while True:
        completed += simulation.advance(100)
        if simulation.paused is None:
            break

    assert completed == 20
    assert simulation.advance(5) == 0
    simulation.close()


@pytest.mark.parametrize("n", [1, 3, 200])
@pytest.mark.parametrize("instances", [1, 3])
def test_another_simulation_goes_on_in_the_midst_of_a_step(target, n, instances):
    def records(switch):
        simulation, arrays = opened(target, n, instances)
        arrays["cells.v"][...] = np.random.default_rng(1).random(arrays["cells.v"].shape) * 0.25
        taken = []
        for _ in range(12):
            simulation.advance(1)
            if simulation.paused != switch:
                continue
            events = simulation.events()
            taken.append(simulation.take("spikemonitor"))
            after, others = opened(target, n, instances)
            for name, values in arrays.items():
                others[name][...] = values
            after.resume(simulation.paused, events)
            assert after.paused == simulation.paused
            simulation.close()
            simulation, arrays = after, others
        taken.append(simulation.take("spikemonitor"))
        joined = [
            [np.concatenate(columns) for columns in zip(*instance, strict=True)]
            for instance in zip(*taken, strict=True)
        ]
        return joined, arrays["cells.v"].copy(), arrays["spikemonitor.counts"].copy()

    plain, v, counts = records("")
    assert counts.sum() > 0
    for switch in ("first", "second"):
        switched, other_v, other_counts = records(switch)
        np.testing.assert_array_equal(other_v, v)
        np.testing.assert_array_equal(other_counts, counts)
        for mine, theirs in zip(switched, plain, strict=True):
            for column, other in zip(mine, theirs, strict=True):
                np.testing.assert_array_equal(column, other)


def test_events_of_a_step_are_in_order(target):
    simulation, arrays = opened(target, 300, 2)
    arrays["cells.v"][...] = 0.24
    simulation.advance(1)
    ((name, found),) = simulation.events().items()

    assert name == "cells.events.spike"
    for elements in found:
        np.testing.assert_array_equal(elements, np.arange(300))


@pytest.mark.parametrize(
    "name", ["tick", "ticks", "worker", "isolated", "resumed", "began", "now"]
)
@pytest.mark.compiler
def test_operations_may_have_the_names_of_the_loop(name):
    group = NeuronGroup(1, "x : 1")
    group.run_regularly("x += 1", name=name)
    net = Network(group, NetworkOperation(lambda: None))
    net.run(0.3 * ms, target="cpp", profile=True)

    assert group.x[0] == 3
