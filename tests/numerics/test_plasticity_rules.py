"""Rules of plasticity: closed forms, loops written from the papers, and what the rules are for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.linalg import expm

from eqsim import (
    Cpp,
    Hz,
    Network,
    NetworkOperation,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    defaultclock,
    linked_var,
    ms,
    mV,
    second,
)

STEP = 1e-3
STEPS = 300
EDGES = [(3, 1), (0, 0), (1, 2), (0, 1), (2, 0), (1, 1), (0, 2), (2, 2)]
SOURCES, TARGETS = (np.array(side) for side in zip(*EDGES, strict=True))
PRE, POST = 0, 1
FAST = Cpp(threads=1)
"""The target of the long runs: models as small as these do not gain from threads."""


@pytest.fixture(autouse=True)
def steps_of_a_millisecond():
    defaultclock.dt = 1 * ms


def trains(n, number, rate=0.06):
    """In which steps each of n neurons spikes."""
    return np.random.default_rng(number).random((n, STEPS)) < rate


def generator(spikes):
    who, steps = np.nonzero(spikes)
    return SpikeGeneratorGroup(len(spikes), who, (steps + 0.3) * ms)


def times(train):
    """When a neuron spikes, in seconds."""
    return np.flatnonzero(train) * STEP


def events(x, y):
    """Yield the spikes of both sides in order, as time and side; of two at once, PRE is first."""
    yield from sorted([(now, PRE) for now in x] + [(now, POST) for now in y])


def connected(equations, on_pre, on_post, constants, pre, post):
    """Synapses between given trains, with weights between 0 and 1, and what they run with."""
    sources, targets = generator(pre), generator(post)
    synapses = Synapses(
        sources, targets, equations, on_pre=on_pre, on_post=on_post, namespace=constants
    )
    synapses.connect(i=SOURCES, j=TARGETS)
    synapses.w = "0.3 + 0.05*i + 0.02*j"
    return synapses, Network(sources, targets, synapses)


# ------------------------------------------------------------------------------- pairs of spikes

PAIRS = """
w : 1
dx/dt = -x/tau_plus : 1 (event-driven)
dy/dt = -y/tau_minus : 1 (event-driven)
"""
A_PLUS, A_MINUS, TAU_PLUS, TAU_MINUS = 0.01, 0.0052, 17e-3, 34e-3
PAIR_CONSTANTS = {
    "A_plus": A_PLUS, "A_minus": A_MINUS,
    "tau_plus": TAU_PLUS * second, "tau_minus": TAU_MINUS * second,
}  # fmt: skip


def last(found):
    """The last of some times, as none or one."""
    return found[-1:]


def every_pair(x, y):
    up = [(before, now) for now in y for before in x[x <= now]]
    down = [(now, before) for now in x for before in y[y < now]]
    return up, down


def each_spike_and_the_last_of_the_other_side(x, y):
    up = [(before, now) for now in y for before in last(x[x <= now])]
    down = [(now, before) for now in x for before in last(y[y < now])]
    return up, down


def each_presynaptic_spike_and_its_neighbours(x, y):
    up = [(now, after) for now in x for after in y[y >= now][:1]]
    down = [(now, before) for now in x for before in last(y[y < now])]
    return up, down


def neighbours_only(x, y):
    up, down = each_presynaptic_spike_and_its_neighbours(x, y)
    up = [(now, after) for now, after in up if now == last(x[x <= after])[0]]
    down = [(now, before) for now, before in down if now == x[x > before][0]]
    return up, down


# The schemes of Morrison, Diesmann and Gerstner (2008), doi:10.1007/s00422-008-0233-1.
SCHEMES = [
    (every_pair, "x += 1; w -= A_minus*y", "y += 1; w += A_plus*x"),
    (
        each_spike_and_the_last_of_the_other_side,
        "x = 1; w -= A_minus*y",
        "y = 1; w += A_plus*x",
    ),
    (
        each_presynaptic_spike_and_its_neighbours,
        "x += 1; w -= A_minus*y",
        "y = 1; w += A_plus*x; x = 0",
    ),
    (neighbours_only, "x = 1; w -= A_minus*y; y = 0", "y = 1; w += A_plus*x; x = 0"),
]


@pytest.mark.parametrize(("pairs", "on_pre", "on_post"), SCHEMES)
def test_each_scheme_counts_its_pairs_of_spikes(target, pairs, on_pre, on_post):
    pre, post = trains(4, 1), trains(3, 2)
    synapses, network = connected(PAIRS, on_pre, on_post, PAIR_CONSTANTS, pre, post)
    before = synapses.w[:]
    network.run(STEPS * ms, target=target)

    for s, (i, j) in enumerate(EDGES):
        up, down = pairs(times(pre[i]), times(post[j]))
        change = sum(A_PLUS * np.exp((x - y) / TAU_PLUS) for x, y in up)
        change -= sum(A_MINUS * np.exp((y - x) / TAU_MINUS) for x, y in down)
        np.testing.assert_allclose(synapses.w[s], before[s] + change, rtol=1e-11)
        assert min(len(up), len(down)) >= 3


@pytest.mark.parametrize(("pairs", "on_pre", "on_post"), SCHEMES)
def test_all_schemes_agree_on_single_pairs(target, pairs, on_pre, on_post):
    lags = np.array([-100, -40, -10, -1, 0, 1, 10, 40, 100])
    numbers = np.arange(len(lags))
    sources = SpikeGeneratorGroup(len(lags), numbers, np.full(len(lags), 120) * ms)
    targets = SpikeGeneratorGroup(len(lags), numbers, (120 + lags) * ms)
    synapses = Synapses(sources, targets, PAIRS, on_pre=on_pre, on_post=on_post,
                        namespace=PAIR_CONSTANTS)  # fmt: skip
    synapses.connect(j="i")
    Network(sources, targets, synapses).run(230 * ms, target=target)

    window = np.where(
        lags < 0,
        -A_MINUS * np.exp(lags * STEP / TAU_MINUS),
        A_PLUS * np.exp(-lags * STEP / TAU_PLUS),
    )
    np.testing.assert_allclose(synapses.w, window, rtol=1e-11)


@pytest.mark.parametrize("mu", [0, 0.4, 1])
def test_steps_that_depend_on_the_weight(target, mu):
    """Gütig et al. (2003), doi:10.1523/JNEUROSCI.23-09-03697.2003."""
    pre, post = trains(4, 3), trains(3, 4)
    synapses, network = connected(
        PAIRS,
        "x += 1; w = clip(w - A_minus*w**mu*y, 0, 1)",
        "y += 1; w = clip(w + A_plus*(1 - w)**mu*x, 0, 1)",
        {**PAIR_CONSTANTS, "A_plus": 0.2, "A_minus": 0.15, "mu": mu},
        pre,
        post,
    )
    expected = synapses.w[:]
    network.run(STEPS * ms, target=target)

    for s, (i, j) in enumerate(EDGES):
        x = y = since = 0.0
        for now, side in events(times(pre[i]), times(post[j])):
            x *= np.exp(-(now - since) / TAU_PLUS)
            y *= np.exp(-(now - since) / TAU_MINUS)
            since = now
            w = expected[s]
            if side == PRE:
                x += 1
                w -= 0.15 * w**mu * y
            else:
                y += 1
                w += 0.2 * (1 - w) ** mu * x
            expected[s] = min(max(w, 0.0), 1.0)
    np.testing.assert_allclose(synapses.w, expected, rtol=1e-11)


# ------------------------------------------------------------------------------ triplets of spikes

TRIPLETS = """
w : 1
dr1/dt = -r1/tau_plus : 1 (event-driven)
dr2/dt = -r2/tau_x : 1 (event-driven)
do1/dt = -o1/tau_minus : 1 (event-driven)
do2/dt = -o2/tau_y : 1 (event-driven)
"""
# Pfister and Gerstner (2006), doi:10.1523/JNEUROSCI.1425-06.2006: fits to visual cortex.
FULL = {"A2_plus": 5e-10, "A3_plus": 6.2e-3, "A2_minus": 7e-3, "A3_minus": 2.3e-4,
        "tau_plus": 16.8e-3, "tau_x": 101e-3, "tau_minus": 33.7e-3, "tau_y": 125e-3}  # fmt: skip
MINIMAL = {**FULL, "A2_plus": 0.0, "A3_plus": 6.5e-3, "A2_minus": 7.1e-3, "A3_minus": 0.0,
           "tau_y": 114e-3}  # fmt: skip
NEAREST = {**FULL, "A2_plus": 8.8e-11, "A3_plus": 5.3e-2, "A2_minus": 6.6e-3, "A3_minus": 3.1e-3,
           "tau_x": 714e-3, "tau_y": 40e-3}  # fmt: skip
# Sjöström, Turrigiano and Nelson (2001), doi:10.1016/S0896-6273(01)00542-6, as in the paper above:
# pairs per second, then mean and standard error of the change for 10 ms and for -10 ms.
SJOSTROM = np.array([
    [0.1, -0.04, 0.05, -0.29, 0.08],
    [10, 0.14, 0.10, -0.41, 0.11],
    [20, 0.29, 0.14, -0.34, 0.10],
    [40, 0.53, 0.11, 0.56, 0.32],
    [50, 0.56, 0.26, 0.75, 0.19],
])  # fmt: skip


def with_times(constants):
    return {
        name: value * second if name.startswith("tau") else value
        for name, value in constants.items()
    }


def paired(rates, constants, target, n_pairs):
    """The changes after regular pairs 10 ms and -10 ms apart, for each of some rates."""
    n = len(rates)
    defaultclock.dt = 5 * ms
    beats = (np.arange(n_pairs) / rates[:, None]).ravel() + 0.002
    numbers = np.repeat(np.arange(n), n_pairs)
    cells = SpikeGeneratorGroup(
        2 * n,
        np.concatenate([numbers, n + numbers]),
        np.concatenate([beats, beats + 0.01]) * second,
    )
    synapses = Synapses(
        cells,
        cells,
        TRIPLETS,
        on_pre="w -= o1*(A2_minus + A3_minus*r2); r1 += 1; r2 += 1",
        on_post="w += r1*(A2_plus + A3_plus*o2); o1 += 1; o2 += 1",
        namespace=with_times(constants),
    )
    synapses.connect(i=np.arange(2 * n), j=np.roll(np.arange(2 * n), n))
    duration = (n_pairs / rates.min() + 0.02) * second
    Network(cells, synapses).run(duration, target=target)
    return synapses.w[:n], synapses.w[n:]


def sum_of_decayed(k, interval, tau, start):
    """The sum of exp(-(start + m*interval)/tau) over m from 0 to k - 1."""
    q = np.exp(-interval / tau)
    return np.exp(-start / tau) * (1 - q**k) / (1 - q)


def change_by_pairs(rate, lag, n_pairs, p):
    """The closed form of the triplet rule for regular pairs."""
    interval, k = 1 / rate, np.arange(n_pairs)
    ahead = lag > 0
    o1 = sum_of_decayed(k + (not ahead), interval, p["tau_minus"], -lag + ahead * interval)
    r1 = sum_of_decayed(k + ahead, interval, p["tau_plus"], lag + (not ahead) * interval)
    r2 = sum_of_decayed(k, interval, p["tau_x"], interval)
    o2 = sum_of_decayed(k, interval, p["tau_y"], interval)
    up = r1 * (p["A2_plus"] + p["A3_plus"] * o2)
    return (up - o1 * (p["A2_minus"] + p["A3_minus"] * r2)).sum()


@pytest.mark.parametrize("constants", [FULL, MINIMAL], ids=["full", "minimal"])
def test_regular_pairs_change_weights_as_the_sum_over_triplets(target, constants):
    rates, n_pairs = np.array([4, 10, 20, 40, 50]), 8
    found = paired(rates, constants, target, n_pairs)

    for lag, changes in zip((0.01, -0.01), found, strict=True):
        expected = [change_by_pairs(rate, lag, n_pairs, constants) for rate in rates]
        np.testing.assert_allclose(changes, expected, rtol=1e-11)


@pytest.mark.parametrize("constants", [FULL, MINIMAL], ids=["full", "minimal"])
def test_triplets_explain_what_the_rate_of_pairs_does(target, constants):
    """The slowest rate takes ten minutes, which is for the fastest target only."""
    data = SJOSTROM if target == FAST else SJOSTROM[1:]
    rates = data[:, 0]
    ahead, behind = paired(rates, constants, target, 60)

    deviations = np.array([(ahead - data[:, 1]) / data[:, 2], (behind - data[:, 3]) / data[:, 4]])
    assert (deviations**2).mean() < 1
    assert behind[rates == 10] < 0 < behind[rates == 50]


def test_nearest_spikes_in_the_triplet_rule(target):
    pre, post = trains(4, 5), trains(3, 6)
    synapses, network = connected(
        TRIPLETS,
        "w -= o1*(A2_minus + A3_minus*r2); r1 = 1; r2 = 1",
        "w += r1*(A2_plus + A3_plus*o2); o1 = 1; o2 = 1",
        with_times(NEAREST),
        pre,
        post,
    )
    expected = synapses.w[:]
    network.run(STEPS * ms, target=target)

    p = NEAREST
    for s, (i, j) in enumerate(EDGES):
        x, y = times(pre[i]), times(post[j])
        for now in x:
            o1 = np.exp((last(y[y < now]) - now) / p["tau_minus"]).sum()
            r2 = np.exp((last(x[x < now]) - now) / p["tau_x"]).sum()
            expected[s] -= o1 * (p["A2_minus"] + p["A3_minus"] * r2)
        for now in y:
            r1 = np.exp((last(x[x <= now]) - now) / p["tau_plus"]).sum()
            o2 = np.exp((last(y[y < now]) - now) / p["tau_y"]).sum()
            expected[s] += r1 * (p["A2_plus"] + p["A3_plus"] * o2)
    np.testing.assert_allclose(synapses.w, expected, rtol=1e-11)


# ------------------------------------------------------------------- depression and facilitation

DYNAMIC = """
du/dt = -u/tau_facilitation : 1 (event-driven)
dx/dt = (1 - x)/tau_recovery : 1 (event-driven)
U : 1 (constant)
tau_facilitation : second (constant)
tau_recovery : second (constant)
released : 1
"""
RELEASE = "u += U*(1 - u); released = u*x; x -= released"
KINDS = np.array([[0.5, 1e-3, 0.8], [0.04, 1.0, 0.13], [0.25, 0.2, 0.2], [1.0, 0.05, 0.1]])


def dynamic(sources, kinds):
    """A synapse of each kind onto a neuron of its own; what is released is recorded."""
    cells = NeuronGroup(len(kinds), "")
    synapses = Synapses(sources, cells, DYNAMIC, on_pre=RELEASE)
    synapses.connect()
    synapses.x = 1
    synapses.U = np.tile(kinds[:, 0], sources.N)
    synapses.tau_facilitation = np.tile(kinds[:, 1], sources.N) * second
    synapses.tau_recovery = np.tile(kinds[:, 2], sources.N) * second
    return synapses, StateMonitor(synapses, "released", record=True, when="end")


def test_releases_follow_the_recursion_from_spike_to_spike(target):
    """Tsodyks, Pawelzik and Markram (1998), doi:10.1162/089976698300017502."""
    spikes = trains(3, 7)
    sources = generator(spikes)
    synapses, seen = dynamic(sources, KINDS)
    Network(sources, synapses.target, synapses, seen).run(STEPS * ms, target=target)

    for s, (i, j) in enumerate(zip(synapses.i, synapses.j, strict=True)):
        U, tau_facilitation, tau_recovery = KINDS[j]
        u, x = U, 1.0
        steps = np.flatnonzero(spikes[i])
        expected = [u * x]
        for before, now in pairwise(steps):
            interval = (now - before) * STEP
            x = 1 + (x - u * x - 1) * np.exp(-interval / tau_recovery)
            u = U + u * (1 - U) * np.exp(-interval / tau_facilitation)
            expected.append(u * x)
        np.testing.assert_allclose(seen.released[s][steps], expected, rtol=1e-11)


def test_long_regular_trains_end_in_the_steady_state(target):
    intervals = np.array([5, 10, 25])
    who = np.repeat([0, 1, 2], 1500 // intervals)
    when = np.concatenate([np.arange(0, 1500, interval) for interval in intervals])
    sources = SpikeGeneratorGroup(3, who, (when + 0.3) * ms)
    kinds = np.array([[0.5, 1e-3, 0.05], [0.04, 0.05, 0.03]])
    synapses, seen = dynamic(sources, kinds)
    Network(sources, synapses.target, synapses, seen).run(1.5 * second, target=target)

    for s, (i, j) in enumerate(zip(synapses.i, synapses.j, strict=True)):
        U, tau_facilitation, tau_recovery = kinds[j]
        u = U / (1 - (1 - U) * np.exp(-intervals[i] * STEP / tau_facilitation))
        left = np.exp(-intervals[i] * STEP / tau_recovery)
        x = (1 - left) / (1 - (1 - u) * left)
        np.testing.assert_allclose(seen.released[s, -1], u * x, rtol=1e-11)


@pytest.mark.parametrize("rate", [0.02, 0.2])
def test_resources_pass_through_an_inactive_state(target, rate):
    """Tsodyks and Markram (1997), doi:10.1073/pnas.94.2.719: recovered, active, inactive."""
    tau_in, tau_recovery, U = 3e-3, 50e-3, 0.6
    spikes = trains(3, 8, rate)
    sources, cells = generator(spikes), NeuronGroup(2, "")
    synapses = Synapses(
        sources,
        cells,
        """
        dx/dt = z/tau_recovery : 1 (event-driven)
        dy/dt = -y/tau_in : 1 (event-driven)
        dz/dt = y/tau_in - z/tau_recovery : 1 (event-driven)
        """,
        on_pre="released = U*x; x -= released; y += released",
        namespace={"tau_in": tau_in * second, "tau_recovery": tau_recovery * second, "U": U},
    )
    synapses.connect()
    synapses.x = 1
    Network(sources, cells, synapses).run(STEPS * ms, target=target)

    flow = np.array(
        [[0, 0, 1 / tau_recovery], [0, -1 / tau_in, 0], [0, 1 / tau_in, -1 / tau_recovery]]
    )
    states = np.array([synapses.x, synapses.y, synapses.z]).T
    for state, i in zip(states, synapses.i, strict=True):
        expected, since = np.array([1.0, 0, 0]), 0.0
        for now in times(spikes[i]):
            expected = expm(flow * (now - since)) @ expected
            expected += U * expected[0] * np.array([-1, 1, 0])
            since = now
        np.testing.assert_allclose(state, expected, rtol=1e-11)
        np.testing.assert_allclose(state.sum(), 1, rtol=1e-12)


# ---------------------------------------------------------------------------- inhibitory synapses

INHIBITORY = """
w : 1
dx/dt = -x/tau_stdp : 1 (event-driven)
dy/dt = -y/tau_stdp : 1 (event-driven)
"""


def test_inhibitory_weights_count_pairs_whatever_their_order(target):
    """Vogels et al. (2011), doi:10.1126/science.1211095."""
    eta, alpha, tau = 0.01, 0.2, 20e-3
    pre, post = trains(4, 9), trains(3, 10)
    synapses, network = connected(
        INHIBITORY,
        "x += 1; w += eta*(y - alpha)",
        "y += 1; w += eta*x",
        {"eta": eta, "alpha": alpha, "tau_stdp": tau * second},
        pre,
        post,
    )
    before = synapses.w[:]
    network.run(STEPS * ms, target=target)

    for s, (i, j) in enumerate(EDGES):
        x, y = times(pre[i]), times(post[j])
        pairs = np.exp(-np.abs(np.subtract.outer(x, y)) / tau).sum()
        np.testing.assert_allclose(
            synapses.w[s], before[s] + eta * (pairs - alpha * len(x)), rtol=1e-11
        )


def test_inhibitory_plasticity_brings_neurons_to_their_rate(target):
    """Whatever excites them, neurons come to the rate alpha/(2 tau)."""
    n, n_inputs, seconds = (16, 400, 10) if target == FAST else (4, 100, 1.2)
    constants = {"tau": 20 * ms, "tau_e": 5 * ms, "tau_i": 10 * ms, "tau_stdp": 20 * ms,
                 "eta": 2 / n_inputs, "alpha": 2 * 20 * Hz * 20 * ms}  # fmt: skip
    cells = NeuronGroup(
        n,
        """
        dv/dt = (-60*mV - v - g_e*v + g_i*(-80*mV - v))/tau : volt (unless refractory)
        dg_e/dt = -g_e/tau_e : 1
        dg_i/dt = -g_i/tau_i : 1
        excitation : 1 (constant)
        """,
        threshold="v > -50*mV",
        reset="v = -60*mV",
        refractory=5 * ms,
        method="exponential_euler",
        namespace=constants,
    )
    cells.v, cells.excitation = -60 * mV, np.linspace(0.04, 0.08, n)
    drive = PoissonInput(cells, "g_e", N=400, rate=10 * Hz, weight="excitation")
    inputs = PoissonGroup(n_inputs, 20 * Hz)
    synapses = Synapses(
        inputs,
        cells,
        INHIBITORY,
        on_pre="g_i += w; x += 1; w = clip(w + eta*(y - alpha), 0, 1)",
        on_post="y += 1; w = clip(w + eta*x, 0, 1)",
        namespace=constants,
    )
    synapses.connect()
    spikes = SpikeMonitor(cells, record=False)
    network = Network(cells, drive, inputs, synapses, spikes)
    network.run(seconds * second, target=target)
    since = spikes.count[:]
    network.run(seconds * second, target=target)
    rates = (spikes.count[:] - since) / seconds

    np.testing.assert_allclose(rates.mean(), 20, rtol=0.1)
    np.testing.assert_allclose(rates, 20, rtol=0.1 if target == FAST else 0.2)
    weights = synapses.w[:].reshape(n_inputs, n).mean(axis=0)
    assert weights[-1] > 1.5 * weights[0]


# --------------------------------------------------------------------------------- scaling


def test_weights_are_scaled_to_a_sum_at_regular_times(target):
    pre = trains(4, 11)
    sources, targets = generator(pre), NeuronGroup(3, "total : 1")
    synapses = Synapses(
        sources, targets, "w : 1\ntotal_post = w : 1 (summed)", on_pre="w += 0.05*(1 + i)"
    )
    synapses.connect(i=SOURCES, j=TARGETS)
    synapses.w = "0.3 + 0.05*i + 0.02*j"
    synapses.run_regularly("w *= 2/total_post", dt=20 * ms, when="end")
    expected = synapses.w[:]
    Network(sources, targets, synapses).run(STEPS * ms, target=target)

    for step in range(STEPS):
        totals = np.bincount(TARGETS, expected)
        expected += 0.05 * (1 + SOURCES) * pre[SOURCES, step]
        if step % 20 == 0:
            expected *= 2 / totals[TARGETS]
    np.testing.assert_allclose(synapses.w, expected, rtol=1e-11)


SCALED = "dw/dt = w*(goal - a_post)/tau_w : 1 (clock-driven)"


def active(n, **options):
    """Neurons whose variable a is their rate, averaged over the past."""
    return NeuronGroup(
        n, "da/dt = -a/tau_a : 1", method="exact", namespace={"tau_a": 50 * ms}, **options
    )


@pytest.mark.parametrize("every", [1, 10])
def test_weights_are_scaled_in_each_step(target, every):
    """Van Rossum, Bi and Turrigiano (2000), doi:10.1523/JNEUROSCI.20-23-08812.2000."""
    tau_a, tau_w, goal = 50e-3, 0.2, 2.5
    post = trains(3, 13)
    sources, given, targets = NeuronGroup(4, ""), generator(post), active(3)
    counted = Synapses(given, targets, on_pre="a_post += 1")
    counted.connect(j="i")
    synapses = Synapses(sources, targets, SCALED, dt=every * ms, method="exact",
                        namespace={"goal": goal, "tau_w": tau_w * second})  # fmt: skip
    synapses.connect(i=SOURCES, j=TARGETS)
    synapses.w = before = 0.3 + 0.05 * SOURCES + 0.02 * TARGETS
    Network(sources, given, targets, counted, synapses).run(STEPS * ms, target=target)

    exponent, a = np.zeros(3), np.zeros(3)
    for step in range(STEPS):
        a *= np.exp(-STEP / tau_a)
        if step % every == 0:
            exponent += every * STEP * (goal - a) / tau_w
        a += post[:, step]
    np.testing.assert_allclose(synapses.w, before * np.exp(exponent[TARGETS]), rtol=1e-11)


@pytest.mark.parametrize("regularly", [False, True], ids=["equation", "regularly"])
def test_scaling_brings_neurons_to_their_rate_and_keeps_ratios(target, regularly):
    """Turrigiano et al. (1998), doi:10.1038/36103: all weights of a neuron by one factor."""
    n, n_inputs, seconds = (12, 200, 10) if target == FAST else (4, 50, 2)
    constants = {"goal": 20 * Hz, "tau_a": 0.3 * second, "gain": 0.2}
    cells = NeuronGroup(
        n,
        "dv/dt = -v/(20*ms) : 1 (unless refractory)\nda/dt = -a/tau_a : Hz",
        threshold="v > 1",
        reset="v = 0; a += 1/tau_a",
        refractory=3 * ms,
        method="exact",
        namespace=constants,
    )
    cells.a = 20 * Hz
    inputs = PoissonGroup(n_inputs, 25 * Hz)
    synapses = Synapses(
        inputs,
        cells,
        "w : 1" if regularly else "dw/dt = gain*w*(goal - a_post) : 1 (clock-driven)",
        on_pre="v += w",
        method=None if regularly else "exact",
        dt=10 * ms,
        namespace=constants,
    )
    synapses.connect()
    if regularly:
        synapses.run_regularly("w *= 1 + gain*(goal - a_post)*dt")
    synapses.w = "(0.5 + rand())*(0.015 + 0.005*j)"
    before = synapses.w[:]
    spikes = SpikeMonitor(cells, record=False)
    network = Network(cells, inputs, synapses, spikes)
    network.run(seconds * second, target=target)
    since = spikes.count[:]
    network.run(seconds * second, target=target)

    rates = (spikes.count[:] - since) / seconds
    np.testing.assert_allclose(rates.mean(), 20, rtol=0.1)
    np.testing.assert_allclose(rates, 20, rtol=0.1 if target == FAST else 0.2)
    factors = (synapses.w / before).reshape(n_inputs, n)
    np.testing.assert_allclose(factors / factors[0], 1, rtol=1e-11)
    assert factors[0, 0] > 1.5 * factors[0, -1]


# ---------------------------------------------------------------------------------- reward

TAU_C, TAU_D, TAU_STDP, UP, DOWN = 0.1, 0.02, 20e-3, 1.0, 1.5
REWARD_CONSTANTS = {
    "tau_c": TAU_C * second, "tau_d": TAU_D * second, "tau_stdp": TAU_STDP * second,
    "A_plus": UP, "A_minus": DOWN,
}  # fmt: skip
ELIGIBLE = """
dx/dt = -x/tau_stdp : 1 (event-driven)
dy/dt = -y/tau_stdp : 1 (event-driven)
dc/dt = -c/tau_c : 1 ({0})
"""


def eligibilities(x, y):
    """Yield when the trace of eligibility jumps, and by how much."""
    for now, side in events(x, y):
        if side == PRE:
            yield now, -DOWN * np.exp((y[y < now] - now) / TAU_STDP).sum()
        else:
            yield now, UP * np.exp((x[x <= now] - now) / TAU_STDP).sum()


def test_rewards_that_are_events_change_weights_as_the_closed_form(target):
    """Izhikevich (2007), doi:10.1093/cercor/bhl152, with dw/dt = c*d solved between events.

    The product p of both traces decays with the sum of their rates: the equations are linear.
    """
    pre, post, rewards = trains(4, 14), trains(3, 15), trains(3, 16, 0.02)
    rewards[:, -1] = True
    sources = generator(pre)
    targets = NeuronGroup(
        3,
        "spikes = post_train(t, i) : 1\nrewards = reward_train(t, i) : 1",
        threshold="spikes > 0.5",
        reset="",
        events={"reward": "rewards > 0.5"},
        namespace={
            "post_train": TimedArray(post.T.astype(float), dt=1 * ms),
            "reward_train": TimedArray(rewards.T.astype(float), dt=1 * ms),
        },
    )
    synapses = Synapses(
        sources,
        targets,
        ELIGIBLE.format("event-driven")
        + """
        dd/dt = -d/tau_d : 1 (event-driven)
        dp/dt = -p*(1/tau_c + 1/tau_d) : 1 (event-driven)
        dw/dt = p/second : 1 (event-driven)
        """,
        on_pre="x += 1; c -= A_minus*y; p -= A_minus*y*d",
        on_post={
            "post": "y += 1; c += A_plus*x; p += A_plus*x*d",
            "reward": "d += 0.5; p += 0.5*c",
        },
        on_event={"reward": "reward"},
        namespace=REWARD_CONSTANTS,
    )
    synapses.connect(i=SOURCES, j=TARGETS)
    Network(sources, targets, synapses).run(STEPS * ms, target=target)

    both = 1 / TAU_C + 1 / TAU_D
    end = (STEPS - 1) * STEP
    for s, (i, j) in enumerate(EDGES):
        expected = 0.0
        for at, jump in eligibilities(times(pre[i]), times(post[j])):
            for given in times(rewards[j]):
                first = max(at, given)
                level = (
                    jump * np.exp(-(first - at) / TAU_C) * 0.5 * np.exp((given - first) / TAU_D)
                )
                expected += level * (1 - np.exp(-(end - first) * both)) / both
        np.testing.assert_allclose(synapses.w[s], expected, rtol=1e-11, atol=1e-15)


LEVELS = np.array([0, 0.5, 0, 1, 0.2, -0.3])
"""Of the reward, for 50 ms each."""


def linked(synapses):
    """Reward as a variable of another group."""
    dopamine = NeuronGroup(1, "level : 1")
    dopamine.run_regularly("level = given(t)")
    synapses.reward = linked_var(dopamine, "level")
    return [dopamine]


def known(synapses):
    """Reward as a course of time."""
    return []


def judged(synapses):
    """Reward that Python sets in the midst of the run."""

    def judge(t):
        synapses.reward = LEVELS[round(t / (50 * ms))]

    return [NetworkOperation(judge, dt=50 * ms)]


def regular(synapses):
    """Reward that code at regular times sets."""
    synapses.run_regularly("reward = given(t)", dt=50 * ms)
    return []


WAYS = [
    (linked, "reward : 1 (linked)", "reward"),
    (known, "", "given(t)"),
    (judged, "reward : 1 (shared)", "reward"),
    (regular, "reward : 1 (shared)", "reward"),
]


@pytest.mark.parametrize(("way", "line", "reward"), WAYS)
def test_reward_may_come_from_anywhere(target, way, line, reward):
    pre, post = trains(4, 17), trains(3, 18)
    sources, targets = generator(pre), generator(post)
    given = {"given": TimedArray(LEVELS, dt=50 * ms)}
    synapses = Synapses(
        sources,
        targets,
        f"{ELIGIBLE.format('clock-driven')}\n{line}\ndw/dt = c*{reward}/second : 1 (clock-driven)",
        on_pre="x += 1; c -= A_minus*y",
        on_post="y += 1; c += A_plus*x",
        method="exact",
        namespace={**REWARD_CONSTANTS, **given},
    )
    synapses.connect(i=SOURCES, j=TARGETS)
    network = Network(sources, targets, synapses, way(synapses))
    network.run(STEPS * ms, namespace=given, target=target)

    left = np.exp(-STEP / TAU_C)
    for s, (i, j) in enumerate(EDGES):
        jumps = np.zeros(STEPS)
        for at, jump in eligibilities(times(pre[i]), times(post[j])):
            jumps[round(at / STEP)] += jump
        w = c = 0.0
        for step in range(STEPS):
            w += c * LEVELS[step // 50] * TAU_C * (1 - left)
            c = c * left + jumps[step]
        np.testing.assert_allclose(synapses.w[s], w, rtol=1e-11, atol=1e-15)


def test_rewarded_synapses_grow_and_the_others_do_not(target):
    """A neuron answers two pathways alike; reward comes 20 to 40 ms after the spikes of one."""
    n, w_max, n_cues, between = 8, 0.5, 24, 80
    rng = np.random.default_rng(1)
    which = rng.permutation(np.arange(n_cues) % 2)
    starts = 10 + between * np.arange(n_cues)
    who = np.concatenate([n * pathway + np.arange(n) for pathway in which])
    when = np.repeat(starts, n) + rng.integers(0, 3, n * n_cues) + 0.3
    inputs = SpikeGeneratorGroup(2 * n, who, when * ms)
    cell = NeuronGroup(
        1,
        "dv/dt = (current - v)/(10*ms) : 1\ndcurrent/dt = -current/(5*ms) : 1",
        threshold="v > 0.3",
        reset="v = 0; current = 0",
        method="exact",
    )
    dopamine = NeuronGroup(
        1, "dlevel/dt = -level/tau_d : 1", method="exact", namespace={"tau_d": 8 * ms}
    )
    rewards = starts[which == 0] + rng.uniform(20, 40, n_cues // 2)
    dopamine.run_at("level += 12", rewards * ms)
    synapses = Synapses(
        inputs,
        cell,
        ELIGIBLE.format("clock-driven") + "d : 1 (linked)\ndw/dt = c*d/second : 1 (clock-driven)",
        on_pre="current_post += w; x += 1; c -= A_minus*y",
        on_post="y += 1; c += A_plus*x",
        method="exact",
        namespace={**REWARD_CONSTANTS, "w_max": w_max, "tau_c": 25 * ms},
    )
    synapses.connect()
    synapses.w, synapses.d = w_max / 2, linked_var(dopamine, "level")
    synapses.run_regularly("w = clip(w, 0, w_max)", dt=10 * ms)
    spikes = SpikeMonitor(cell, record=False)
    network = Network(inputs, cell, dopamine, synapses, spikes)
    network.run(n_cues * between * ms, target=target)

    grown = synapses.w / (w_max / 2)
    assert spikes.count[0] == n_cues
    assert grown[:n].min() > 1.5
    assert abs(grown[n:] - 1).max() < 0.1
