"""Stiff systems: implicit methods follow them, explicit ones say clearly that they cannot."""

import re

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eqsim import Network, NeuronGroup, StateMonitor, cm, mS, ms, mV, uA, ufarad
from eqsim.errors import IntegrationError
from eqsim.integrators import ALL, NoiseType
from eqsim.integrators.adaptive import Adaptive
from eqsim.integrators.rosenbrock import Rosenbrock

MU = 1000.0
VAN_DER_POL = """
dx/dt = y/ms : 1
dy/dt = (mu*(1 - x**2)*y - x)/ms : 1
mu : 1 (constant)
"""

HODGKIN_HUXLEY = """
dv/dt = (I - g_Na*m**3*h*(v - E_Na) - g_K*n**4*(v - E_K) - g_L*(v - E_L))/C : volt
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
alpha_m = 0.1*(v + 40*mV)/mV/(1 - exp(-(v + 40*mV)/(10*mV)))/ms : Hz
beta_m = 4*exp(-(v + 65*mV)/(18*mV))/ms : Hz
alpha_h = 0.07*exp(-(v + 65*mV)/(20*mV))/ms : Hz
beta_h = 1/(1 + exp(-(v + 35*mV)/(10*mV)))/ms : Hz
alpha_n = 0.01*(v + 55*mV)/mV/(1 - exp(-(v + 55*mV)/(10*mV)))/ms : Hz
beta_n = 0.125*exp(-(v + 65*mV)/(80*mV))/ms : Hz
I : amp/meter**2 (constant)
"""
MEMBRANE = {
    "g_Na": 120 * mS / cm**2,
    "g_K": 36 * mS / cm**2,
    "g_L": 0.3 * mS / cm**2,
    "E_Na": 50 * mV,
    "E_K": -77 * mV,
    "E_L": -54.4 * mV,
    "C": 1 * ufarad / cm**2,
    "mV": mV,
    "ms": ms,
}
REST = {"v": -65 * mV, "m": 0.0529, "h": 0.596, "n": 0.3177}


def is_implicit(integrator):
    method = integrator.method if isinstance(integrator, Adaptive) else integrator
    return isinstance(method, Rosenbrock)


IMPLICIT = [each for each in ALL if is_implicit(each)]
ADAPTIVE_IMPLICIT = [each for each in IMPLICIT if isinstance(each, Adaptive)]
EXPLICIT = [
    each
    for each in ALL
    if each.noise is NoiseType.NONE
    and each.accepts == "any equations"
    and not isinstance(each, Adaptive)
]
ADAPTIVE_EXPLICIT = [
    each for each in ALL if isinstance(each, Adaptive) and each not in ADAPTIVE_IMPLICIT
]


def by_method(methods):
    return pytest.mark.parametrize("integrator", methods, ids=lambda each: each.name)


def tolerant(integrator):
    """Return options for errors as large as those of fixed steps."""
    return {"relative_error": 1e-4} if isinstance(integrator, Adaptive) else {}


def oscillator(method, dt=0.1, n=1, **options):
    group = NeuronGroup(
        n, VAN_DER_POL, method, method_options=options or None, dt=dt * ms, namespace={"ms": ms}
    )
    group.x, group.mu = 2, MU
    return group


@pytest.fixture(scope="module")
def relaxation():
    """The solution over one and a half periods, as a function of time."""
    solution = solve_ivp(
        lambda _, z: [z[1], MU * (1 - z[0] ** 2) * z[1] - z[0]],
        (0, 2500),
        [2.0, 0.0],
        method="Radau",
        jac=lambda _, z: [[0, 1], [-2 * MU * z[0] * z[1] - 1, MU * (1 - z[0] ** 2)]],
        rtol=1e-10,
        atol=1e-12,
        dense_output=True,
    )
    return solution.sol


@by_method(ADAPTIVE_IMPLICIT)
def test_the_relaxation_oscillation_of_van_der_pol_is_followed(integrator, relaxation, target):
    # From one jump to the other side past the next: what was wrong in a jump would be a delay.
    group = oscillator(integrator.name, dt=1, relative_error=1e-5)
    monitor = StateMonitor(group, "x", record=True)
    Network(group, monitor).run(2500 * ms, target=target)
    times, found = monitor.t / ms, np.array(monitor.x[0])
    away = np.abs(times[:, np.newaxis] - [806.9, 1614.2, 2421.5]).min(axis=1) > 2
    assert found[away] == pytest.approx(relaxation(times)[0][away], abs=2e-3)


@by_method(IMPLICIT)
def test_fixed_implicit_steps_follow_the_slow_part_of_the_oscillation(
    integrator, relaxation, target
):
    # The step is 300 times the fast time constant.
    group = oscillator(integrator.name, **tolerant(integrator))
    Network(group).run(700 * ms, target=target)
    assert group.x[0] == pytest.approx(relaxation(700)[0], abs=2e-4)


@by_method(EXPLICIT)
def test_explicit_steps_diverge_with_an_error_that_says_where_and_what_to_do(integrator, target):
    group = oscillator(integrator.name)
    with pytest.raises(IntegrationError) as caught:
        Network(group).run(20 * ms, target=target)
    first, method, remedy = str(caught.value).split("\n")
    assert re.fullmatch(
        r"'[xy]' of neuron 0 of 'neurongroup' is (-?inf|nan) after the step at t = \S+ [mu]?s",
        first,
    )
    assert method == f"  method '{integrator.name}', dt = 100 us"
    assert "use a smaller dt, or a method for stiff equations such as 'rosenbrock'" in remedy


@by_method(ADAPTIVE_EXPLICIT)
def test_explicit_methods_that_choose_their_steps_say_when_there_are_too_many(integrator, target):
    # Stability asks for a thousand steps or more within this dt, whatever the accuracy.
    group = oscillator(integrator.name, dt=1, n=3, max_steps=100)
    group.mu = [1.0, MU, MU]
    with pytest.raises(IntegrationError) as caught:
        Network(group).run(20 * ms, target=target)
    first, method, remedy = str(caught.value).split("\n")
    assert re.fullmatch(
        r"neuron 1 of 'neurongroup' needs more than 100 steps within the dt at t = \S+ [mu]?s",
        first,
    )
    assert method == f"  method '{integrator.name}', dt = 1 ms"
    assert "use a method for stiff equations such as 'rodas4_adaptive'" in remedy
    assert "more steps (method_options)" in remedy


def cell(method, dt=0.1, **options):
    group = NeuronGroup(
        2, HODGKIN_HUXLEY, method, method_options=options or None, dt=dt * ms, namespace=MEMBRANE
    )
    for name, value in REST.items():
        setattr(group, name, value)
    group.I = [0, 10] * uA / cm**2
    return group


def slopes(_, state):
    v, m, h, n = state
    a_m, b_m = 0.1 * (v + 40) / (1 - np.exp(-(v + 40) / 10)), 4 * np.exp(-(v + 65) / 18)
    a_h, b_h = 0.07 * np.exp(-(v + 65) / 20), 1 / (1 + np.exp(-(v + 35) / 10))
    a_n, b_n = 0.01 * (v + 55) / (1 - np.exp(-(v + 55) / 10)), 0.125 * np.exp(-(v + 65) / 80)
    current = 10 - 120 * m**3 * h * (v - 50) - 36 * n**4 * (v + 77) - 0.3 * (v + 54.4)
    return [current, a_m * (1 - m) - b_m * m, a_h * (1 - h) - b_h * h, a_n * (1 - n) - b_n * n]


@pytest.fixture(scope="module")
def spikes():
    """Times at which the reference crosses 0 mV upwards, in ms."""

    def crossing(_, state):
        return state[0]

    crossing.direction = 1.0
    solution = solve_ivp(
        slopes,
        (0, 100),
        [-65, 0.0529, 0.596, 0.3177],
        method="DOP853",
        events=crossing,
        rtol=1e-10,
        atol=1e-10,
    )
    return solution.t_events[0]


@by_method(IMPLICIT)
def test_hodgkin_huxley_neurons_fire_on_time_with_a_step_of_a_tenth_of_a_millisecond(
    integrator, spikes, target
):
    group = cell(integrator.name, **tolerant(integrator))
    monitor = StateMonitor(group, "v", record=1)
    Network(group, monitor).run(100 * ms, target=target)
    v = monitor.v[0] / mV
    upwards = np.flatnonzero((v[:-1] < 0) & (v[1:] >= 0))
    found = 0.1 * (upwards - v[upwards] / (v[upwards + 1] - v[upwards]))
    assert len(found) == len(spikes) == 7
    tolerance = 0.25 if integrator.order == 1 else 0.05
    assert found == pytest.approx(spikes, abs=tolerance)


@by_method(EXPLICIT)
def test_explicit_methods_cannot_follow_hodgkin_huxley_neurons_with_that_step(integrator, target):
    if integrator.order == 4 or integrator.name in ("heun3", "ssprk3", "rk3", "ralston3"):
        dt = 0.15  # their stability reaches a little further
    else:
        dt = 0.1
    with pytest.raises(IntegrationError, match=r"of neuron 1 of 'neurongroup' is (-?inf|nan) "):
        Network(cell(integrator.name, dt)).run(100 * ms, target=target)


def test_a_neuron_that_diverges_leaves_what_was_recorded(target):
    group = oscillator("rk4", n=2)
    group.mu = [1.0, MU]
    monitor = StateMonitor(group, "x", record=True)
    network = Network(group, monitor)
    with pytest.raises(IntegrationError, match="of neuron 1 of 'neurongroup'"):
        network.run(20 * ms, target=target)
    recorded = np.array(monitor.x)
    assert recorded.shape[1] >= 2
    assert np.isfinite(recorded[0]).all()
    assert recorded[:, 0] == pytest.approx([2, 2])
