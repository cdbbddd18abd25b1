"""Neurons, synapses, inputs and connections of BrainPy's documentation, in eqsim's language.

Its pages build models from such blocks and state what they do: a delayed AMPA synapse, one synapse
model in three forms, two Hodgkin-Huxley neurons in a chain, parameters that differ between neurons
or change between runs, currents of several shapes, and rules that connect.
"""

import numpy as np
import pytest

from eqsim import (
    Network,
    NeuronGroup,
    Numpy,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    ms,
    seed,
)

NUMPY = Numpy()
DT = 0.1

HODGKIN_HUXLEY = """
dV/dt = (-gNa*m**3*h*(V - 50) - 36*n**4*(V + 77) - 0.03*(V + 54.387) + g*(0 - V) + I)/ms : 1
dm/dt = (1/exprel(-(V + 40)/10)*(1 - m) - 4*exp(-(V + 65)/18)*m)/ms : 1
dh/dt = (0.07*exp(-(V + 65)/20)*(1 - h) - h/(1 + exp(-(V + 35)/10)))/ms : 1
dn/dt = (0.1/exprel(-(V + 55)/10)*(1 - n) - 0.125*exp(-(V + 65)/80)*n)/ms : 1
gNa : 1
g : 1
I : 1
"""
"""The model HH, with voltages in mV and all else per area."""


def hodgkin_huxley(size, gNa=120.0, current=6.0):
    G = NeuronGroup(
        size, HODGKIN_HUXLEY, threshold="V > 20", refractory="V > 20",
        method="exponential_euler", namespace={"ms": ms},
    )  # fmt: skip
    G.V, G.m, G.h, G.n = -65, 0.05, 0.6, 0.32
    G.gNa, G.I = gNa, current
    return G


def spike_trains(monitor):
    return [np.asarray(train / ms) for train in monitor.spike_trains().values()]


# -- neurons ------------------------------------------------------------------------------------


def test_a_neuron_under_constant_input_spikes_with_the_period_of_its_formula(target):
    group = NeuronGroup(
        10, "dV/dt = (-V + 22)/(10*ms) : 1 (unless refractory)", threshold="V >= 20",
        reset="V = -5", refractory=5 * ms, method="exact",
    )  # fmt: skip
    group.V = -5
    M = SpikeMonitor(group)
    Network(group, M).run(200 * ms, target=target)
    period = 10 * np.log((22 + 5) / (22 - 20)) + 5

    for train in spike_trains(M):
        assert len(train) == 6
        assert np.diff(train) == pytest.approx(period, abs=DT)


def test_neurons_with_parameters_of_their_own_are_as_if_alone():
    gNa = [100.0, 120.0, 140.0]
    together = hodgkin_huxley(3, gNa)
    M = StateMonitor(together, "V", record=True)
    Network(together, M).run(40 * ms, target=NUMPY)

    for k, value in enumerate(gNa):
        alone = hodgkin_huxley(1, value)
        single = StateMonitor(alone, "V", record=True)
        Network(alone, single).run(40 * ms, target=NUMPY)
        assert np.array_equal(single.V[0], M.V[k])
    first = [np.argmax(V > 20) for V in M.V]
    assert first[0] > first[1] > first[2] > 0


def test_a_parameter_can_change_between_runs(target):
    hh = hodgkin_huxley(5)
    M = SpikeMonitor(hh)
    net = Network(hh, M)
    net.run(50 * ms, target=target)
    before = M.num_spikes
    hh.gNa[:] = 50.0
    net.run(50 * ms, target=target)

    assert before >= 5 * 3
    assert M.num_spikes == before


# -- synapses -----------------------------------------------------------------------------------

LIF = """
dV/dt = (-65 - V + g*(0 - V) + I)/(10*ms) : 1 (unless refractory)
dg/dt = -g/(2*ms) : 1
I : 1
"""


def test_a_delayed_synapse_acts_when_its_spikes_arrive(target):
    pair = NeuronGroup(
        2, LIF, threshold="V > -55", reset="V = -65", refractory=5 * ms,
        method="exponential_euler",
    )  # fmt: skip
    pair.V, pair.I = -65, [20, 0]
    syn = Synapses(pair[:1], pair[1:], on_pre="g_post += 0.10", delay=1.5 * ms)
    syn.connect()
    M, spikes = StateMonitor(pair, ["V", "g"], record=True), SpikeMonitor(pair)
    Network(pair, syn, M, spikes).run(60 * ms, target=target)

    pre, post = spike_trains(spikes)
    assert np.diff(pre) == pytest.approx(10 * np.log(20 / 10) + 5, abs=DT)
    # An event of a step acts at its end, so that it is seen from the next step on.
    since = np.arange(600)[:, None] - np.round(pre / DT) - 15 - 1
    expected = np.where(since >= 0, 0.10 * np.exp(-since * DT / 2), 0).sum(axis=1)
    assert np.asarray(M.g[1]) == pytest.approx(expected, abs=1e-12)
    assert not np.any(M.g[0])
    assert len(post) == 0
    assert np.argmax(np.asarray(M.V[1]) > -65) == np.round(pre[0] / DT) + 15 + 2


def test_forms_of_a_synapse_model_are_one_model(target):
    """Synapse by synapse, at the target, and as a matrix of connections."""
    seed(11)
    pre = NeuronGroup(5, "", threshold="rand() < 0.02*(1 + i)", reset="")
    post = NeuronGroup(4, "dg/dt = -g/(2*ms) : 1\nsum_g : 1", method="exact")
    rule = "(i + j) % 2 == 0"
    at_target = Synapses(pre, post, on_pre="g_post += 0.10")
    at_target.connect(rule)
    each = Synapses(
        pre, post, """ds/dt = -s/(2*ms) : 1 (clock-driven)
                      sum_g_post = 0.10*s : 1 (summed)""",
        on_pre="s += 1", method="exact",
    )  # fmt: skip
    each.connect(rule)
    M, spikes = StateMonitor(post, ["g", "sum_g"], record=True), SpikeMonitor(pre)
    Network(pre, post, at_target, each, M, spikes).run(25 * ms, target=target)

    conn_mat = np.zeros((5, 4))
    conn_mat[np.asarray(each.i), np.asarray(each.j)] = 1
    events = np.zeros((250, 5))
    events[np.round(np.asarray(spikes.t / ms) / DT).astype(int), np.asarray(spikes.i)] = 1
    s, as_matrix = np.zeros((5, 4)), []
    for spike in events:
        as_matrix.append(0.10 * s.sum(axis=0))
        s = s * np.exp(-DT / 2) + spike[:, None] * conn_mat
    assert spikes.num_spikes > 20
    assert np.asarray(M.g) == pytest.approx(np.transpose(as_matrix), abs=1e-12)
    # A sum is made in the step in which it is used: a monitor sees it at the next.
    assert np.asarray(M.sum_g)[:, 1:] == pytest.approx(np.asarray(M.g)[:, :-1], abs=1e-12)


def test_a_transmitter_pulse_opens_receptors_and_the_second_neuron_follows(target):
    """Receptors that open with 0.98*[T] and close with 0.18 per ms; 0.5 of T for 0.5 ms."""
    pre, post = hodgkin_huxley(1), hodgkin_huxley(1, current=0.0)
    syn = Synapses(
        pre, post, """ds/dt = (0.98*T*(1 - s) - 0.18*s)/ms : 1 (clock-driven)
                      T = 0.5*int(t - released < 0.55*ms) : 1
                      g_post = 1.0*s : 1 (summed)
                      released : second""",
        on_pre="released = t", method="exponential_euler",
    )  # fmt: skip
    syn.connect()
    syn.released = -1000 * ms
    gate = StateMonitor(syn, "s", record=0)
    spikes = SpikeMonitor(pre), SpikeMonitor(post)
    Network(pre, post, syn, gate, spikes).run(45 * ms, target=target)

    first, second = (np.asarray(train.t / ms) for train in spikes)
    opening = 0.98 * 0.5
    assert np.asarray(gate.s[0, : round(first[1] / DT)]).max() == pytest.approx(
        opening / (opening + 0.18) * -np.expm1(-(opening + 0.18) * 0.5)
    )
    assert len(first) >= 3
    assert len(second) >= len(first) - 1
    assert 0 < second[0] - first[0] < 5


# -- inputs -------------------------------------------------------------------------------------


def received(equation, duration, **namespace):
    """What a neuron receives in each step, for the line that says what."""
    neuron = NeuronGroup(1, f"I = {equation} : 1", namespace=namespace | {"ms": ms})
    M = StateMonitor(neuron, "I", record=0)
    Network(neuron, M).run(duration * ms, target=NUMPY)
    return np.asarray(M.I[0])


def constant_current(periods):
    """Values for as many steps as their durations in ms have."""
    return np.concatenate([np.full(round(length / DT), value) for value, length in periods])


@pytest.mark.parametrize(
    "periods",
    [[(0, 10), (1, 30), (0, 10)], [(-1, 10), (1, 3), (3, 30), (-0.5, 10)]],
    ids=["a step", "four values"],
)
def test_constant_currents_in_several_periods(periods):
    values = np.repeat(*np.transpose([(value, length) for value, length in periods]).tolist())
    current = TimedArray(values, dt=1 * ms)
    duration = sum(length for _, length in periods)

    found = received("current(t)", duration, current=current)

    assert np.array_equal(found, constant_current(periods))


def test_short_pulses():
    pulses = np.zeros(100)
    pulses[[10, 20, 30, 80]] = 0.5
    found = received("pulses(t)", 100, pulses=TimedArray(pulses, dt=1 * ms))

    assert found.sum() == pytest.approx(0.5 * 4 * 10)
    assert np.array_equal(np.flatnonzero(np.diff(found) > 0), np.array([100, 200, 300, 800]) - 1)


@pytest.mark.parametrize(("start", "end"), [(0, 100), (20, 80)])
def test_a_ramp_as_formula_and_as_array(start, end):
    times = np.arange(1000) * DT
    inside = (times >= start - 1e-9) & (times < end - 1e-9)
    ramp = np.where(inside, (times - start) / (end - start), 0)
    step = f"timestep(t, dt) >= {start * 10} and timestep(t, dt) < {end * 10}"

    as_array = received("ramp(t)", 100, ramp=TimedArray(ramp, dt=DT * ms))
    as_formula = received(f"(t/ms - {start})/{end - start}*int({step})", 100)

    assert np.array_equal(as_array, ramp)
    assert as_formula == pytest.approx(ramp, abs=1e-12)


# -- connections --------------------------------------------------------------------------------

SIDE = 12
ROWS, COLUMNS = "(i//12 - j//12)", "(i%12 - j%12)"
DISTANCE = f"sqrt({ROWS}**2 + {COLUMNS}**2)"


def connected(**rule):
    """Synapses of a square grid with itself, and their numbers as a matrix."""
    grid = NeuronGroup(SIDE**2, "", threshold="False", reset="")
    S = Synapses(grid, grid, "w : 1")
    S.connect(**rule)
    matrix = np.zeros((SIDE**2, SIDE**2), dtype=int)
    np.add.at(matrix, (np.asarray(S.i), np.asarray(S.j)), 1)
    return S, matrix


def distances():
    rows, columns = np.divmod(np.arange(SIDE**2), SIDE)
    return abs(rows[:, None] - rows), abs(columns[:, None] - columns)


@pytest.mark.parametrize(
    ("rule", "reach"),
    [
        ({"j": "i"}, lambda r, c: (r + c) == 0),
        ({}, lambda r, c: r >= 0),
        ({"condition": "i != j"}, lambda r, c: (r + c) > 0),
        ({"condition": f"abs({ROWS}) + abs({COLUMNS}) == 1"}, lambda r, c: (r + c) == 1),
        (
            {"condition": f"abs({ROWS}) <= 1 and abs({COLUMNS}) <= 1 and i != j"},
            lambda r, c: np.maximum(r, c) == 1,
        ),
        (
            {"condition": f"abs({ROWS}) <= 2 and abs({COLUMNS}) <= 2"},
            lambda r, c: np.maximum(r, c) <= 2,
        ),
    ],
    ids=["one to one", "all to all", "without self", "grid four", "grid eight", "grid N"],
)
def test_rules_for_places_on_a_grid(rule, reach):
    _, matrix = connected(**rule)

    assert np.array_equal(matrix, reach(*distances()).astype(int))


def test_a_fixed_probability():
    seed(3)
    S, matrix = connected(condition="i != j", p=0.1)
    pairs = SIDE**2 * (SIDE**2 - 1)

    assert matrix.max() == 1
    assert not matrix.diagonal().any()
    assert len(S) == pytest.approx(0.1 * pairs, abs=5 * np.sqrt(0.09 * pairs))


@pytest.mark.parametrize("side", ["pre", "post"])
def test_a_fixed_number_for_each_neuron_of_a_side(side):
    seed(3)
    other, axis = {"pre": ("i", 0), "post": ("j", 1)}[side]
    _, matrix = connected(**{other: f"k for k in sample(N_{side}, size=10)"})

    assert matrix.max() == 1
    assert set(matrix.sum(axis=axis)) == {10}
    assert len(set(matrix.sum(axis=1 - axis))) > 5


def test_a_probability_that_falls_with_the_distance():
    seed(3)
    _, matrix = connected(p=f"exp(-{DISTANCE}**2/(2*2.236**2))")
    near = np.hypot(*distances())

    assert matrix.diagonal().all()
    for low, high in ((0.5, 1.2), (1.9, 2.3), (3.0, 4.2)):
        ring = (near > low) & (near < high)
        expected = np.exp(-(near[ring] ** 2) / (2 * 2.236**2)).mean()
        deviation = np.sqrt(expected * (1 - expected) / ring.sum())
        assert matrix[ring].mean() == pytest.approx(expected, abs=5 * deviation)


@pytest.mark.parametrize(
    ("weight", "least"),
    [
        ("exp(-{d}**2/(2*(0.1*12)**2))", 0.01),
        ("exp(-{d}**2/(2*(0.08*12)**2)) - 0.7*exp(-{d}**2/(2*(0.15*12)**2))", 0.003),
    ],
    ids=["gaussian", "difference of gaussians"],
)
def test_weights_that_depend_on_the_distance(weight, least):
    S, matrix = connected(condition=f"abs({weight.format(d=DISTANCE)}) >= {least}")
    S.w = weight.format(d=DISTANCE)
    near = np.hypot(*distances())
    expected = eval(weight.format(d="near"), {"exp": np.exp, "near": near})

    assert np.array_equal(matrix, (abs(expected) >= least).astype(int))
    assert np.asarray(S.w) == pytest.approx(expected[np.asarray(S.i), np.asarray(S.j)])
    assert 0 < len(S) < SIDE**4
