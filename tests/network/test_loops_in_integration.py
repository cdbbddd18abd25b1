"""A method that takes a number of steps of its own for each neuron goes through lowering."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import Network, NeuronGroup, StateMonitor, Synapses, TimedArray, ms
from eqsim.expressions.nodes import Call, Name
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.statements import Assign, Branch, Gather, While
from eqsim.expressions.traverse import substitute, walk
from eqsim.integrators.system import UpdateRule
from eqsim.network.lowering import integration as lowering
from eqsim.program.traverse import flatten
from eqsim.source import Source


def tree(text):
    return parse_expression(Source(text))


def halved_steps(system, method=None):
    """Euler's method with more steps for larger values."""
    del method
    variables = system.variables
    carried = {v: Name(f"_x_{v}") for v in variables} | {"t": tree("t + _s")}
    stages = [Assign(f"_k_{e.variable}", substitute(e.drift, carried)) for e in system.equations]
    moved = [Assign(f"_x_{v}", tree(f"_x_{v} + _h*_k_{v}")) for v in variables]
    shorter = Branch(tree(f"abs(_x_{variables[0]}) > 0.5"), (Assign("_h", tree("0.25*dt")),))
    loop = While(
        tree("_s < 0.999*dt and _count < 100"),
        (*stages, *moved, Assign("_s", tree("_s + _h")), shorter,
         Assign("_count", tree("_count + 1"))),
    )  # fmt: skip
    begin = [Assign("_s", tree("0.0")), Assign("_h", tree("0.5*dt")), Assign("_count", tree("0"))]
    begin += [Assign(f"_x_{v}", Name(v)) for v in variables]
    values = tuple((v, Name(f"_x_{v}")) for v in variables)
    return UpdateRule("halved", (*begin, loop), values, "'halved' because it is tested")


@pytest.fixture(autouse=True)
def method(monkeypatch):
    monkeypatch.setattr(lowering, "integrate", halved_steps)


def cells(**options):
    drive = TimedArray(np.linspace(0, 2, 12).reshape(4, 3), dt=0.3 * ms)
    group = NeuronGroup(
        70,
        """
        dv/dt = (drive(t, i % 3) + u - v)/ms : 1 (unless refractory)
        du/dt = (0.2*i/N - u + 0.1*v)/ms : 1
        """,
        threshold="v > 0.8",
        reset="v = 0",
        refractory=0.5 * ms,
        namespace={"drive": drive},
        **options,
    )
    group.v = "i/N"
    return group


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_neurons_with_times_of_rest_and_arrays_over_time(target, dtype):
    found = []
    for each in ("numpy", target):
        group = cells(dtype=dtype)
        trace = StateMonitor(group, ["v", "u"], record=True)
        Network(group, trace).run(2 * ms, target=each)
        found.append(trace.v_.tobytes() + trace.u_.tobytes())

    assert found[0] == found[1]
    assert len(np.unique(trace.v_)) > 100


def test_both_ways_of_integration_have_names_of_their_own():
    kernel = Network(cells()).lower({}).program.kernel("neurongroup_state_update")

    loops = [s for s in kernel.body if isinstance(s, While)]
    changed = [{s.target for s in flatten(loop.body) if isinstance(s, Assign)} for loop in loops]

    assert len(loops) == 2
    shared = changed[0] & changed[1]
    assert all(name.startswith("_pass_") for name in shared)


def test_synapses(target):
    found = []
    for each in ("numpy", target):
        group = NeuronGroup(20, "x : 1")
        group.x = "i/N"
        synapses = Synapses(
            group, group, "dw/dt = (x_post - 2*x_pre*w)/ms : 1 (clock-driven)", method="euler"
        )
        synapses.connect("(i + j) % 3 == 0")
        Network(group, synapses).run(1 * ms, target=each)
        found.append(np.array(synapses.w[:]).tobytes())

    assert found[0] == found[1]


def test_what_a_condition_calls_is_called_before_each_pass(target, monkeypatch):
    def integrate(system, method=None):
        rule = halved_steps(system, method)
        *begin, loop = rule.locals
        called = [n for e in system.equations for n in walk(e.drift) if isinstance(n, Call)]
        now = {"_drive": substitute(called[0], {"t": tree("t + _s")}) if called else tree("1.0")}
        condition = tree("_drive < 1.5 and _count < 9 and _s < 0.999*dt")
        bounded = While(substitute(condition, now), loop.body)
        return UpdateRule("halved", (*begin, bounded), rule.values, "it is tested")

    monkeypatch.setattr(lowering, "integrate", integrate)
    found = []
    for each in ("numpy", target):
        group = cells()
        Network(group).run(1.1 * ms, target=each)
        found.append(np.array(group.v[:]).tobytes())

    assert found[0] == found[1]
    body = Network(cells()).lower({}).program.kernel("neurongroup_state_update").body
    loop = next(s for s in body if isinstance(s, While))
    before = {s.target for s in body if isinstance(s, Gather)}
    assert before & {s.target for s in loop.body if isinstance(s, Gather)}
