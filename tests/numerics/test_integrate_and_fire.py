"""Linear neurons against solutions that are known in closed form."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from eqsim import Hz, Network, NeuronGroup, SpikeMonitor, StateMonitor, ms, mV
from eqsim.targets import Numpy

LEAKY = """
dv/dt = (drive - v)/tau : volt (unless refractory)
drive : volt (constant)
tau : second (constant)
silence : second (constant)
"""
THRESHOLD = 10.0


def spike_times(drives, taus, silences, dt, duration, method, target):
    """The times of the spikes of each neuron, in ms."""
    neurons = NeuronGroup(
        len(drives),
        LEAKY,
        threshold="v > 10*mV",
        reset="v = 0*mV",
        refractory="silence",
        method=method,
        namespace={"mV": mV},
        dt=dt * ms,
    )
    neurons.drive, neurons.tau = np.array(drives) * mV, np.array(taus) * ms
    neurons.silence = np.array(silences) * ms
    spikes = SpikeMonitor(neurons)
    Network(neurons, spikes).run(duration * ms, target=target)
    return [train / ms for train in spikes.spike_trains().values()]


def check_trains(trains, drives, taus, silences, dt, tolerance):
    """Compare intervals with the closed form.

    The time to threshold is rounded up to a whole step; a silence is a whole number of steps. A
    spike has the time of the beginning of its step, and the step after it is the first to move.
    """
    for train, drive, tau, silence in zip(trains, drives, taus, silences, strict=True):
        if drive <= THRESHOLD:
            assert len(train) == 0
            continue
        rise = -tau * math.log1p(-THRESHOLD / drive)
        pause = max(silence, dt)
        intervals = np.diff(train, prepend=-pause)
        assert np.all(intervals > rise + pause - dt - tolerance)
        assert np.all(intervals < rise + pause + tolerance)


TABLE = [
    (drive, tau, silence)
    for drive in (9.0, 10.5, 12.0, 20.0, 100.0)
    for tau in (2.0, 10.0, 30.0)
    for silence in (0.0, 1.0, 5.0)
]


@pytest.mark.parametrize("dt", [0.5, 0.1, 0.025])
@pytest.mark.parametrize("method", ["exact", "euler"])
def test_spike_times_are_those_of_the_closed_form(method, dt, target):
    drives, taus, silences = zip(*TABLE, strict=True)
    trains = spike_times(drives, taus, silences, dt, 50, method, target)
    # Euler's method decays faster by a factor that is known: log(1 - dt/tau) for -dt/tau.
    effective = taus if method == "exact" else [-dt / math.log1p(-dt / tau) for tau in taus]
    check_trains(trains, drives, effective, silences, dt, 1e-9)
    assert sum(map(len, trains)) > 100


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    drive=st.floats(10.01, 200),
    tau=st.floats(1, 50),
    steps_of_silence=st.integers(0, 100),
    dt=st.sampled_from([0.5, 0.1, 0.05]),
)
def test_spike_times_are_within_one_step_of_the_closed_form(drive, tau, steps_of_silence, dt):
    silence = steps_of_silence * dt
    rise = -tau * math.log1p(-THRESHOLD / drive)
    duration = min(3 * (rise + silence + dt), 400 * dt)
    trains = spike_times([drive], [tau], [silence], dt, duration, "exact", Numpy())
    check_trains(trains, [drive], [tau], [silence], dt, 1e-9)


def test_exponential_decay_is_exact(target):
    taus = np.array([0.01, 0.1, 1.0, 10.0, 1e3, 1e6])
    group = NeuronGroup(6, "dx/dt = -x/tau : 1\ntau : second (constant)", method="exact")
    group.tau, group.x = taus * ms, 1
    trace = StateMonitor(group, "x", record=True)
    Network(group, trace).run(10 * ms, target=target)
    expected = np.exp(-np.arange(100) * 0.1 / taus[:, None])
    assert np.abs(trace.x - expected).max() < 1e-13
    visible = expected > 1e-300
    assert np.abs(trace.x[visible] / expected[visible] - 1).max() < 1e-11


COUPLED = {
    "a chain like an alpha synapse": (
        """
        dv/dt = (-v + 3*g)/(10*ms) : 1
        dg/dt = (-g + h)/(2*ms) : 1
        dh/dt = -h/(2*ms) : 1
        """,
        [[-0.1, 0.3, 0], [0, -0.5, 0.5], [0, 0, -0.5]],
        [0, 0, 0],
    ),
    "equal time constants": (
        """
        dx/dt = (y - x)/(5*ms) : 1
        dy/dt = (z - y)/(5*ms) : 1
        dz/dt = (1 - z)/(5*ms) : 1
        """,
        [[-0.2, 0.2, 0], [0, -0.2, 0.2], [0, 0, -0.2]],
        [0, 0, 0.2],
    ),
    "complex eigenvalues": (
        """
        dx/dt = (-0.1*x + 2*y + 0.5)/ms : 1
        dy/dt = (-2*x - 0.1*y)/ms : 1
        """,
        [[-0.1, 2], [-2, -0.1]],
        [0.5, 0],
    ),
    "no eigenvectors": (
        """
        dx/dt = y/ms : 1
        dy/dt = z/ms : 1
        dz/dt = (x - 3*y + 3*z)/ms/8 : 1
        """,
        [[0, 1, 0], [0, 0, 1], [0.125, -0.375, 0.375]],
        [0, 0, 0],
    ),
    "constant slopes": (
        """
        dx/dt = 0.7/ms : 1
        dy/dt = (x - 3)/(4*ms) : 1
        """,
        [[0, 0], [0.25, 0]],
        [0.7, -0.75],
    ),
}


@pytest.mark.parametrize("system", COUPLED)
def test_coupled_linear_equations_have_the_exact_solution(system, target):
    equations, matrix, vector = COUPLED[system]
    group = NeuronGroup(1, equations, method="exact", namespace={"ms": ms}, dt=0.25 * ms)
    names = [line.split("/")[0].strip()[1:] for line in equations.strip().splitlines()]
    size = len(names)
    start = np.arange(1.0, size + 1)
    for name, value in zip(names, start, strict=True):
        setattr(group, name, value)
    trace = StateMonitor(group, names, record=True)
    Network(group, trace).run(10 * ms, target=target)
    augmented = np.zeros((size + 1, size + 1))
    augmented[:size, :size], augmented[:size, size] = matrix, vector
    for step in range(40):
        expected = (expm(augmented * 0.25 * step) @ [*start, 1])[:size]
        found = np.array([trace.recorded(name)[0, step] for name in names])
        assert np.abs(found - expected).max() < 1e-12 * max(1, np.abs(expected).max())


def test_each_neuron_has_its_own_coefficients(target):
    generator = np.random.default_rng(3)
    n = 17
    group = NeuronGroup(
        n,
        """
        dx/dt = -a*x + b*y + c : 1
        dy/dt = -b*x - a*y : 1
        a : Hz (constant)
        b : Hz (constant)
        c : Hz (constant)
        """,
        method="exact",
        dt=0.5 * ms,
    )
    values = generator.uniform(0, 500, (3, n))
    group.a, group.b, group.c = values * Hz
    group.x, group.y = 1, -1
    Network(group).run(5 * ms, target=target)
    for i, (a, b, c) in enumerate(values.T):
        augmented = np.array([[-a, b, c], [-b, -a, 0], [0, 0, 0]])
        expected = (expm(augmented * 5e-3) @ [1, -1, 1])[:2]
        assert np.abs([group.x[i], group.y[i]] - expected).max() < 1e-12
