"""A method, a target, an axis of instances: each is added in one place and works with the rest."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from eqsim import (
    Cpp,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    ms,
    mV,
    register_method,
    second,
    seed,
    set_target,
    targets,
)
from eqsim.build.toolchain import find_compiler
from eqsim.errors import IntegratorError, TargetError
from eqsim.integrators import ButcherTableau, ExplicitRungeKutta, choice
from eqsim.runtime.memory import replicate
from eqsim.targets import Numpy
from eqsim.targets.cpp import target as cpp

# ------------------------------------------------------------------------ a method of integration

METHODS = [
    ExplicitRungeKutta(
        name="trapezoid",
        order=2.0,
        references=("Runge C (1895). doi:10.1007/BF01446807",),
        tableau=ButcherTableau.from_text("""
            0 |
            1 | 1
              | 1/2 1/2
        """),
    ),
    ExplicitRungeKutta(
        name="ssprk43",
        order=3.0,
        tableau=ButcherTableau.from_text("""
            0   |
            1/2 | 1/2
            1   | 1/2 1/2
            1/2 | 1/6 1/6 1/6
                | 1/6 1/6 1/6 1/2
        """),
    ),
]


def pendulum(method, dt, target):
    """Angle and speed after 10 ms, in natural units."""
    group = NeuronGroup(
        1,
        """
        dx/dt = p/ms : 1
        dp/dt = (-sin(x) + 0.3*cos(2*t/ms))/ms : 1
        """,
        method=method,
        namespace={"ms": ms},
        dt=dt * ms,
    )
    group.x = 1
    Network(group).run(10 * ms, target=target)
    return np.array([group.x[0], group.p[0]])


def order_of(name, target):
    """The slope of the error over the step."""
    exact = pendulum("rk4", 0.005, target)
    steps = np.array([0.1, 0.05, 0.025])
    errors = [np.abs(pendulum(name, dt, target) - exact).max() for dt in steps]
    return np.polyfit(np.log(steps), np.log(errors), 1)[0]


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_a_runge_kutta_method_is_one_constant_and_one_line(method, target, monkeypatch):
    with pytest.raises(IntegratorError, match=f"unknown integration method '{method.name}'"):
        pendulum(method.name, 0.1, target)
    monkeypatch.setattr(choice, "ALL", (*choice.ALL, method))
    assert order_of(method.name, target) == pytest.approx(method.order, abs=0.1)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_users_register_a_method_in_one_line(method, target, monkeypatch):
    monkeypatch.setattr(choice, "_registered", {})
    register_method(method.name, method)
    assert order_of(method.name, target) == pytest.approx(method.order, abs=0.1)


# -------------------------------------------------------------------------------------- a target


@dataclass(frozen=True)
class ReadableCpp(Cpp):
    """C++ for debuggers: one thread, no optimisation, with symbols."""

    threads: int | None = 1
    name: ClassVar[str] = "readable_cpp"

    def open(self, program, memory):
        toolchain = find_compiler()
        flags = tuple(flag for flag in toolchain.flags if not flag.startswith(("-O", "-march")))
        with pytest.MonkeyPatch.context() as patch:
            debugged = replace(toolchain, flags=(*flags, "-O0", "-g"))
            patch.setattr(cpp, "find_compiler", lambda: debugged)
            return super().open(program, memory)


@dataclass(frozen=True)
class OneStepNumpy(Numpy):
    """The reference, which comes back after each step whatever is asked of it."""

    name: ClassVar[str] = "one_step_numpy"

    def open(self, program, memory):
        simulation = super().open(program, memory)
        advance = simulation.advance

        def advance_one_by_one(ticks):
            done = 0
            while done < ticks and advance(1) == 1:
                done += 1
            return done

        simulation.advance = advance_one_by_one
        return simulation


def noisy_spikes(target):
    """Numbers of the neurons that spiked, their times, and the final state."""
    seed(5)
    neurons = NeuronGroup(
        20,
        "dv/dt = (15*mV - v)/(5*ms) + 2*mV*xi*ms**-0.5 : volt",
        threshold="v > 10*mV",
        reset="v = 0*mV",
        namespace={"ms": ms, "mV": mV},
    )
    spikes = SpikeMonitor(neurons)
    Network(neurons, spikes).run(10 * ms, target=target)
    return spikes.i.tolist(), spikes.t_.tolist(), neurons.v_[:].tolist()


@pytest.mark.compiler
@pytest.mark.parametrize("added", [ReadableCpp, OneStepNumpy], ids=lambda t: t.name)
def test_a_target_is_one_definition_and_one_line(added, monkeypatch):
    with pytest.raises(TargetError, match=f"there is no target '{added.name}'"):
        set_target(added.name)
    monkeypatch.setattr(targets, "ALL", (*targets.ALL, added))
    expected = noisy_spikes("numpy")
    assert len(expected[0]) > 20
    assert noisy_spikes(added.name) == expected
    set_target(added.name)
    assert noisy_spikes(None) == expected
    with pytest.raises(TargetError, match=added.name):
        set_target("nothing")


# ---------------------------------------------------------------------- instances of one program

POINTS = (
    {"drive": 12 * mV, "tau": 5 * ms, "start": 0.1},
    {"drive": 14 * mV, "tau": 3 * ms, "start": 0.9},
    {"drive": 30 * mV, "tau": 9 * ms, "start": 0.5},
)
DURATION = 6 * ms
SLOWER = 0.3 * ms


class Point:
    """A network with its parameters, initial values and seed."""

    def __init__(self, number):
        seed(100 + number)
        point = POINTS[number]
        self.group = NeuronGroup(
            70,
            """
            dv/dt = (drive - v + gain*w)/tau + 1*mV*xi*tau**-0.5 : volt (unless refractory)
            dw/dt = -w/(2*tau) : volt
            gain : 1 (shared)
            n_updates : integer
            """,
            threshold="v > 10*mV",
            reset="v = 0*mV; w += 2*mV*rand()",
            refractory="0.5*ms + 1*ms*rand()",
            namespace={"drive": point["drive"], "tau": point["tau"], "mV": mV, "ms": ms},
        )
        self.group.run_regularly("n_updates += 1 + poisson(0.3)", dt=SLOWER)
        self.group.v = "rand()*10*mV"
        self.group.w = "5*mV*i/N"
        self.group.gain = point["start"]
        part = self.group[11:40]
        self.spikes = SpikeMonitor(self.group, ["w"]), SpikeMonitor(part)
        self.traces = (
            StateMonitor(self.group, ["v", "n_updates"], record=[0, 64, 69]),
            StateMonitor(part, "w", record=True, dt=SLOWER),
        )
        self.rates = PopulationRateMonitor(self.group), PopulationRateMonitor(part)
        self.network = Network(self.group, self.spikes, self.traces, self.rates)

    @property
    def records(self):
        """Everything that the monitors recorded."""
        found = [each for m in self.spikes for each in (m.i, m.t_)] + [self.spikes[0].w_]
        found += [m.recorded(name) for m in self.traces for name in m.variables]
        found += [each for m in self.rates for each in (m.t_, m.rate_)]
        return [np.array(each) for each in found]

    @property
    def states(self):
        """All variables of the group."""
        return {name: np.array(v.values) for name, v in self.group.variables.items()}


def run_together(target):
    """Run the points, which differ in numbers only, as instances of one program."""
    points, made = [], []
    for number in range(len(POINTS)):
        points.append(Point(number))
        made.append(points[-1].network.lower({}))
    program = made[0].program
    assert all(each.program == program for each in made)
    memory = replicate(program, made[0].memory, len(points))
    for array in program.arrays:
        for number, each in enumerate(made):
            if array.per_instance:
                memory.arrays[array.name][number] = np.ravel(each.memory.arrays[array.name])
    for name, clock in made[0].clocks.items():
        memory.arrays[f"{name}.dt"][:] = clock.dt_
        memory.arrays[f"{name}.end"][:] = clock.steps_to(DURATION / second)
    simulation = target.open(program, memory)
    while simulation.advance(7) == 7:
        pass
    for record in made[0].sinks:
        for each, rows in zip(made, simulation.take(record), strict=True):
            each.sinks[record](rows)
    simulation.close()
    for number, each in enumerate(made):
        give_back(program, memory, each.memory, number)
    return points


def run_alone(target):
    """Run the points one after the other."""
    points = []
    for number in range(len(POINTS)):
        points.append(Point(number))
        points[-1].network.run(DURATION, target=target, namespace={})
    return points


def give_back(program, memory, own, number):
    """Write the arrays of an instance to the memory of the network that it came from."""
    for array in program.arrays:
        if array.per_instance:
            own.arrays[array.name].flat[:] = memory.arrays[array.name][number]


def test_instances_of_one_program_are_as_many_single_runs(target):
    together, alone = run_together(target), run_alone(target)

    for one, other in zip(together, alone, strict=True):
        assert len(other.spikes[0]) > 5
        assert one.states.keys() == other.states.keys()
        for name, values in one.states.items():
            assert values.tobytes() == other.states[name].tobytes(), name
        for mine, theirs in zip(one.records, other.records, strict=True):
            assert mine.dtype == theirs.dtype
            assert mine.tobytes() == theirs.tobytes()
    assert len({point.states["v"].tobytes() for point in alone}) == 3
