"""Hodgkin-Huxley neurons against an independent solver of high order.

The equations are those of Hodgkin and Huxley (1952), doi:10.1113/jphysiol.1952.sp004764, with the
resting potential at -65 mV; the reference is the method of order 8 of Dormand and Prince in SciPy.
"""

import functools
import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eqsim import Network, NeuronGroup, StateMonitor, Synapses, cm, ms, msiemens, mV, uA, uF
from eqsim.errors import IntegratorError
from eqsim.integrators import ALL, Adaptive, by_name
from eqsim.targets import Numpy

EQUATIONS = """
dv/dt = (I - g_L*(v - E_L) - g_Na*m**3*h*(v - E_Na) - g_K*n**4*(v - E_K))/C : volt
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
alpha_m = 1/exprel(-(v + 40*mV)/(10*mV))/ms      : Hz
beta_m = 4*exp(-(v + 65*mV)/(18*mV))/ms          : Hz
alpha_h = 0.07*exp(-(v + 65*mV)/(20*mV))/ms      : Hz
beta_h = 1/(1 + exp(-(v + 35*mV)/(10*mV)))/ms    : Hz
alpha_n = 0.1/exprel(-(v + 55*mV)/(10*mV))/ms    : Hz
beta_n = 0.125*exp(-(v + 65*mV)/(80*mV))/ms      : Hz
I = step + wave*sin(2*pi*t/(4*ms))**2            : amp/metre**2
step : amp/metre**2
wave : amp/metre**2
"""
CONSTANTS = {
    "C": 1 * uF / cm**2,
    "g_L": 0.3 * msiemens / cm**2,
    "g_Na": 120 * msiemens / cm**2,
    "g_K": 36 * msiemens / cm**2,
    "E_L": -54.4 * mV,
    "E_Na": 50 * mV,
    "E_K": -77 * mV,
    "mV": mV,
    "ms": ms,
}
START = (-65.0, 0.0529, 0.5961, 0.3177)
"""Potential in mV and the gates m, h, n."""
CURRENTS = {
    "below threshold": {"steps": (0.0, 1.0), "wave": 2.0, "largest": -58.0},
    "spiking": {"steps": (0.0, 30.0), "wave": 10.0, "largest": 20.0},
}
"""Heights in uA/cm**2 of a step in the first millisecond and from then on, and of a wave."""
BEFORE, AFTER = 1, 4
"""How long, in ms, each of the two lasts."""


def rate(x, scale):
    """x/(1 - exp(-x/scale)), times 1/scale."""
    return x / scale / -math.expm1(-x / scale) if x else 1.0


def slopes(t, y, step, wave):
    """Per ms; written without any of what is tested."""
    v, m, h, n = y
    current = step + wave * math.sin(math.pi * t / 2) ** 2
    ionic = 0.3 * (v + 54.4) + 120 * m**3 * h * (v - 50) + 36 * n**4 * (v + 77)
    return [
        current - ionic,
        rate(v + 40, 10) * (1 - m) - 4 * math.exp(-(v + 65) / 18) * m,
        0.07 * math.exp(-(v + 65) / 20) * (1 - h) - h / (1 + math.exp(-(v + 35) / 10)),
        0.1 * rate(v + 55, 10) * (1 - n) - 0.125 * math.exp(-(v + 65) / 80) * n,
    ]


@functools.cache
def reference(regime):
    """The potential in mV at each whole ms, and its maximum."""
    currents = CURRENTS[regime]
    state, samples, largest, begin = START, [START[0]], -math.inf, 0
    for step, length in zip(currents["steps"], (BEFORE, AFTER), strict=True):
        solution = solve_ivp(
            slopes,
            (begin, begin + length),
            state,
            method="DOP853",
            rtol=1e-11,
            atol=1e-12,
            args=(step, currents["wave"]),
            t_eval=np.linspace(begin, begin + length, 100 * length + 1),
        )
        samples += solution.y[0, 100::100].tolist()
        largest = max(largest, *solution.y[0])
        begin, state = begin + length, solution.y[:, -1]
    return np.array(samples[:-1]), largest


def simulated(method, regime, dt, target):
    """The potential in mV at each whole ms."""
    fixed = {"adaptable_timestep": False} if isinstance(by_name(method), Adaptive) else None
    neuron = NeuronGroup(
        1, EQUATIONS, method, method_options=fixed, namespace=CONSTANTS, dt=dt * ms
    )
    neuron.v = START[0] * mV
    neuron.m, neuron.h, neuron.n = START[1:]
    trace = StateMonitor(neuron, "v", record=True, dt=1 * ms)
    network = Network(neuron, trace)
    unit = uA / cm**2
    neuron.wave = CURRENTS[regime]["wave"] * unit
    for step, length in zip(CURRENTS[regime]["steps"], (BEFORE, AFTER), strict=True):
        neuron.step = step * unit
        network.run(length * ms, target=target)
    return np.array(trace.v[0] / mV)


ACCEPTING = [integrator for integrator in ALL if math.isfinite(integrator.order)]


def test_only_methods_for_linear_equations_refuse():
    for integrator in ALL:
        if integrator not in ACCEPTING:
            with pytest.raises(IntegratorError, match=r"dv/dt (is not linear|contains the var)"):
                simulated(integrator.name, "spiking", 0.1, Numpy())


TIME_STEPS = {
    (1, "below threshold"): [0.01, 0.005, 0.0025, 0.00125],
    (1, "spiking"): [0.005, 0.0025, 0.00125, 0.000625],
    (2, "below threshold"): [0.02, 0.01, 0.005, 0.0025],
    (2, "spiking"): [0.005, 0.0025, 0.00125, 0.000625],
    (3, "below threshold"): [0.05, 0.04, 0.025, 0.02],
    (3, "spiking"): [0.004, 0.0025, 0.002, 0.00125],
    (4, "below threshold"): [0.05, 0.04, 0.025, 0.02, 0.0125],
    (4, "spiking"): [0.005, 0.004, 0.0025, 0.002],
}
"""In ms, by order: where the error is neither that of higher orders nor of rounding."""
OF_EACH_KIND = [
    by_name(name)
    for name in (
        "euler",
        "exponential_euler",
        "exponential_midpoint",
        "heun",
        "rk3",
        "rk4",
        "rodas3",
    )
]
"""All others are measured on smaller problems."""
NEAR_THE_REFERENCE = [by_name("dormand_prince"), by_name("rodas4")]
"""Methods whose errors are too close to those of the reference for a slope."""


@pytest.mark.parametrize("regime", CURRENTS)
@pytest.mark.parametrize("integrator", NEAR_THE_REFERENCE, ids=lambda i: i.name)
def test_methods_of_high_order_give_the_potential_of_the_reference(integrator, regime, target):
    exact, _ = reference(regime)
    found = simulated(integrator.name, regime, 0.004, target)
    assert found == pytest.approx(exact, abs=3e-7)


@pytest.mark.parametrize("regime", CURRENTS)
@pytest.mark.parametrize("integrator", OF_EACH_KIND, ids=lambda i: i.name)
def test_the_error_of_the_potential_falls_with_the_order_of_the_method(integrator, regime, target):
    steps = TIME_STEPS[integrator.order, regime]
    if isinstance(target, Numpy):
        steps = steps[1:3]
    exact, _ = reference(regime)
    errors = [np.abs(simulated(integrator.name, regime, dt, target) - exact).max() for dt in steps]
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(integrator.order, abs=0.12)


def test_the_reference_spikes_where_it_should():
    quiet, spiking = (reference(regime)[1] for regime in CURRENTS)
    assert quiet < CURRENTS["below threshold"]["largest"]
    assert spiking > CURRENTS["spiking"]["largest"]


AS_PUBLISHED = EQUATIONS.replace(
    "1/exprel(-(v + 40*mV)/(10*mV))/ms",
    "0.1*(v + 40*mV)/mV/(1 - exp(-(v + 40*mV)/(10*mV)))/ms",
).replace(
    "0.1/exprel(-(v + 55*mV)/(10*mV))/ms",
    "0.01*(v + 55*mV)/mV/(1 - exp(-(v + 55*mV)/(10*mV)))/ms",
)
"""With rates that are 0/0 at -40 and -55 mV."""


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "integrator",
    [by_name(name) for name in ("exponential_euler", "euler", "heun", "rk4", "rodas3", "rkf45")],
    ids=lambda i: i.name,
)
def test_a_neuron_is_advanced_from_where_its_rates_are_singular(integrator, dtype, target):
    ends = []
    for equations in (EQUATIONS, AS_PUBLISHED):
        neurons = NeuronGroup(
            2, equations, method=integrator.name, namespace=CONSTANTS, dt=0.01 * ms, dtype=dtype
        )
        neurons.v = [-40, -55] * mV
        neurons.m, neurons.h, neurons.n = START[1:]
        Network(neurons).run(0.1 * ms, target=target)
        ends.append([np.array(neurons.v / mV), *map(np.array, (neurons.m, neurons.h, neurons.n))])
    assert np.isfinite(ends).all()
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    assert np.array(ends[1]) == pytest.approx(np.array(ends[0]), rel=tolerance)


def test_a_synapse_is_advanced_from_where_its_rate_is_singular(target):
    neurons = NeuronGroup(2, "v : volt")
    neurons.v = [-40, -30] * mV
    rate = "(v_post + 40*mV)/mV/(exp((v_post + 40*mV)/(10*mV)) - 1)/ms"
    model = f"ds/dt = (1 - s)*{rate} : 1 (clock-driven)"
    synapses = Synapses(neurons, neurons, model, method="exponential_euler")
    synapses.connect(j="i")
    Network(neurons, synapses).run(0.1 * ms, target=target)
    rates = np.array([10, 10 / math.expm1(1)])
    assert np.array(synapses.s) == pytest.approx(-np.expm1(-0.1 * rates), rel=1e-12)
