"""Equations of one variable each, in closed form: quadratic neurons spike when they must."""

import math

import numpy as np
import pytest

from eqsim import Network, NeuronGroup, SpikeMonitor, ms
from eqsim.errors import IntegrationError, IntegratorError

TAU, DT = 10.0, 0.5
"""In ms."""


def quadratic(currents, method="independent", **options):
    """Quadratic integrate-and-fire neurons with a current each."""
    group = NeuronGroup(
        len(currents),
        "dv/dt = (v*v + I)/tau : 1\nI : 1 (constant)",
        method=method,
        namespace={"tau": TAU * ms},
        dt=DT * ms,
        **options,
    )
    group.I = currents
    return group


def test_neurons_spike_in_the_step_in_which_their_solution_is_infinite(target):
    currents = np.array([0.013, 0.7, 1.0, 3.3, 40.0])
    start = -0.4
    group = quadratic(currents, threshold="v > 1e9", reset="v = -5")
    group.v = start
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(300 * ms, target=target)
    trains = spikes.spike_trains()
    for number, current in enumerate(currents):
        root = math.sqrt(current)
        first, later = (
            (math.pi / 2 - math.atan(v / root)) / root * TAU / DT for v in (start, -5.0)
        )
        n_spikes = len(trains[number])
        assert n_spikes == 1 + int((600 - math.ceil(first)) / math.ceil(later))
        # A spike is told at the time at which its step begins.
        steps = math.ceil(first) - 1 + math.ceil(later) * np.arange(n_spikes)
        assert np.rint(np.array(trains[number] / ms) / DT) == pytest.approx(steps)


def test_the_tangent_is_followed_up_to_infinity(target):
    currents = np.linspace(0.05, 2.0, 40)
    group = quadratic(currents)
    group.v = -3
    network = Network(group)
    root, n_steps = np.sqrt(currents), 0
    while np.max(angle := root * (n_steps + 1) * DT / TAU + np.arctan(-3 / root)) < math.pi / 2:
        n_steps += 1
        network.run(DT * ms, target=target)
        assert group.v[:] == pytest.approx(root * np.tan(angle), rel=1e-11, abs=1e-13)
    assert n_steps == 38
    assert group.v[:].max() > 30
    with pytest.raises(IntegrationError, match="is inf after the step at t = 19 ms"):
        network.run(DT * ms, target=target)


@pytest.mark.parametrize("a", [0.7, -0.7])
@pytest.mark.parametrize("b", [0.0, 1.1, -2.0])
@pytest.mark.parametrize("c", [-2.0, 0.0, 1.1**2 / 2.8, 0.9])
def test_a_parabola_of_any_kind_is_solved_in_one_step_as_in_many(a, b, c, target):
    results = []
    for n_steps in (1, 7, 500):
        group = NeuronGroup(
            30,
            "dx/dt = (a*x**2 + b*x + c)/ms : 1",
            method="independent",
            namespace={"a": a, "b": b, "c": c, "ms": ms},
            dt=0.3 / n_steps * ms,
        )
        group.x = np.linspace(-1.2, 1.2, 30)
        Network(group).run(0.3 * ms, target=target)
        results.append(np.array(group.x[:]))
    assert results[0] == pytest.approx(results[2], rel=1e-11, abs=1e-12)
    assert results[1] == pytest.approx(results[2], rel=1e-11, abs=1e-12)


def test_a_solution_that_falls_becomes_minus_infinity(target):
    group = NeuronGroup(
        2,
        "dx/dt = -x**2/ms : 1",
        method="independent",
        threshold="x < -1e9",
        reset="x = -8",
        namespace={"ms": ms},
        dt=1 * ms,
    )
    group.x = [-2.0, 2.0]  # 1/x grows by one in each ms
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(1 * ms, target=target)
    assert list(spikes.i) == [0]
    assert group.x[0] == -8
    assert group.x[1] == pytest.approx(2 / 3)


def test_equations_that_are_linear_are_solved_as_by_exact(target):
    ends = []
    for method in ("independent", "exact"):
        group = NeuronGroup(
            50,
            """
            dv/dt = (E - v)/tau : 1
            du/dt = rate*u : 1
            dw/dt = 3/second : 1
            E : 1 (constant)
            rate : Hz (constant)
            """,
            method=method,
            namespace={"tau": TAU * ms},
        )
        group.v, group.u, group.E = 0.3, 1.0, "i/N"
        group.rate = "(i - 25)*hertz"
        Network(group).run(20 * ms, target=target)
        ends.append([np.array(getattr(group, name)[:]).tobytes() for name in "vuw"])
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    ("equations", "reason"),
    [
        ("dv/dt = (v*v - w)/ms : 1\ndw/dt = -w/ms : 1", "dv/dt contains the variable 'w'"),
        ("dv/dt = (v - v**3)/ms : 1", "dv/dt is neither linear nor quadratic in 'v'"),
        ("dv/dt = exp(v)/ms : 1", "dv/dt is neither linear nor quadratic in 'v'"),
        ("dv/dt = abs(v)/ms : 1", "dv/dt is neither linear nor quadratic in 'v'"),
        ("dv/dt = v*abs(v)/ms : 1", "dv/dt is neither linear nor quadratic in 'v'"),
        ("dv/dt = (v*v + t/ms)/ms : 1", "dv/dt contains 't', which may change"),
        ("dv/dt = v*v/ms + xi/ms**0.5 : 1", "dv/dt contains the noise 'xi'"),
    ],
)
def test_equations_without_a_closed_form_here_are_refused(equations, reason):
    group = NeuronGroup(1, equations, method="independent", namespace={"ms": ms})
    with pytest.raises(IntegratorError) as caught:
        Network(group).run(1 * ms, target="numpy")
    assert reason in str(caught.value)
