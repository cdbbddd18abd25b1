"""Synapses and their plasticity: each against its paper, alone and in every combination."""

import numpy as np
import pytest

from eqsim import (
    Hz,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    Synapses,
    initializers,
    models,
    ms,
    mV,
    nA,
    nS,
    pA,
)  # fmt: skip
from eqsim.errors import ModelError
from tests.models import synaptic_gates as paper
from tests.models.altered import altered

DT = 0.01
END = 14.0
TIMES = [1.0, 2.4, 2.8, 9.0]
CLAMPED = -60.0

SPIKED = {
    "Exponential": paper.exponential,
    "DualExponential": paper.dual_exponential,
    "Alpha": paper.alpha,
    "AMPA": paper.ampa,
    "GABAa": paper.gaba_a,
    "NMDA": paper.nmda,
}
LINEAR = ("Exponential", "DualExponential", "Alpha")  # what is open has a unit


def tolerance(name, dt=DT):
    return 0.4 * dt if name == "NMDA" else 1e-7  # of first order in the step


def clamped_cells(n, dt=DT):
    cells = NeuronGroup(n, "V : volt\nI_syn : amp", dt=dt * ms)
    cells.V = CLAMPED * mV
    return cells


def spikes_at(times, n=1, dt=DT):
    return SpikeGeneratorGroup(
        n, np.repeat(range(n), len(times)), np.tile(times, n) * ms, dt=dt * ms
    )


def test_every_synapse_and_every_rule_has_a_reference():
    others = {"Delta", "GradedGABAa", "GapJunction", "PhaseCoupling"}  # in tests of their own

    assert set(SPIKED) | others == {model.name for model in models.SYNAPSES}
    assert {"STD", "STP", "PairSTDP", "TripletSTDP"} == {rule.name for rule in models.RULES}


@pytest.fixture(scope="module")
def opened():
    """How far one synapse of each model is open, from one network."""
    source, cells = spikes_at(TIMES), clamped_cells(1)
    made = {
        name: getattr(models, name)(source, cells, g_max=1 * nS, output=models.COBA())
        for name in SPIKED
    }
    Network(source, cells, *made.values()).run(END * ms, target="cpp")
    return {name: made[name].g_[0] * (1e9 if name in LINEAR else 1) for name in SPIKED}


def expected(name, function=None):
    # A spike acts at the end of the step in which it happens.
    return (function or SPIKED[name])([(t + DT, 1.0) for t in TIMES], END)


@pytest.mark.compiler
@pytest.mark.parametrize("name", SPIKED)
def test_a_synapse_opens_as_its_paper_says(name, opened):
    assert opened[name] == pytest.approx(expected(name), rel=tolerance(name))


@pytest.mark.compiler
@pytest.mark.parametrize("name", SPIKED)
def test_every_number_of_a_synapse_is_seen(name, opened):
    unseen = [
        place
        for place, function in altered(SPIKED[name], 1.1)
        if opened[name] == pytest.approx(expected(name, function), rel=tolerance(name))
    ]

    assert [each for each in unseen if not each.startswith("0.0 in")] == []


def test_graded_synapses_follow_a_moving_potential():
    source = NeuronGroup(
        2, "V = centre + 6*mV*sin(2*pi*t/(7*ms)) : volt\ncentre : volt", dt=DT * ms
    )
    source.centre = [-8, 0] * mV
    cells = clamped_cells(1)
    made = models.GradedGABAa(source, cells, g_max=1 * nS)
    Network(source, cells, made).run(END * ms, target="numpy")

    def wanted(function):
        waves = [lambda t, c=c: c + 6 * np.sin(2 * np.pi * t / 7) for c in (-8, 0)]
        return pytest.approx([function(wave, END) for wave in waves], rel=3e-3)

    assert list(made.g) == wanted(paper.graded_gaba_a)
    for place, function in altered(paper.graded_gaba_a, 2.0):
        assert list(made.g) != wanted(function) or place.startswith("0"), place


def test_what_flows_is_what_the_outputs_say():
    source = spikes_at([1.0])
    flows = {}
    outputs = {
        "current": (models.CUBA(), 10 * pA, 10.0),
        "conductance": (models.COBA(-80 * mV), 1 * nS, -80 - CLAMPED),
        "magnesium": (models.MgBlock(), 1 * nS, -CLAMPED * paper.magnesium(CLAMPED)),
    }
    for name, (output, strength, _) in outputs.items():
        cells = clamped_cells(1)
        made = models.Exponential(source, cells, g_max=strength, output=output, tau=1e12 * ms)
        Network(source, cells, made).run(2 * ms, target="numpy")
        flows[name] = float(cells.I_syn[0] / pA)

    assert flows == {name: pytest.approx(value) for name, (_, _, value) in outputs.items()}


# -- plasticity ---------------------------------------------------------------------------------


RNG = np.random.default_rng(7)
PRE = np.sort(RNG.choice(6000, 24, False)) * 0.1 + 0.05
POST = np.sort(RNG.choice(6000, 18, False)) * 0.1 + 0.0


@pytest.fixture(scope="module")
def plastic():
    """What the rules make of trains of spikes on both sides."""
    before, after = spikes_at(PRE), spikes_at(POST)
    # A target that fires when it is told to.
    cells = NeuronGroup(
        1, "I_syn : amp\nhit : boolean", threshold="hit", reset="hit = False", dt=DT * ms
    )
    telling = Synapses(after, cells, on_pre="hit_post = True")
    telling.connect()
    made = {
        rule.name: models.Exponential(before, cells, g_max=1 * pA, tau=1e12 * ms, plasticity=rule)
        for rule in models.RULES
    }
    Network(before, after, cells, telling, *made.values()).run(601 * ms, target="cpp")
    return {
        "STD": float(made["STD"].g[0] / pA),
        "STP": float(made["STP"].g[0] / pA),
        "PairSTDP": float(made["PairSTDP"].weight[0]),
        "TripletSTDP": float(made["TripletSTDP"].weight[0]),
    }


RULES = {
    "STD": lambda function: sum(function(PRE)),
    "STP": lambda function: sum(function(PRE)),
    # The target fires a step after it is told to.
    "PairSTDP": lambda function: function(PRE, POST + DT),
    "TripletSTDP": lambda function: function(PRE, POST + DT),
}
PAPERS = {
    "STD": paper.std,
    "STP": paper.stp,
    "PairSTDP": paper.pair_stdp,
    "TripletSTDP": paper.triplet_stdp,
}


@pytest.mark.compiler
@pytest.mark.parametrize("name", RULES)
def test_a_rule_does_what_its_paper_says(name, plastic):
    assert plastic[name] == pytest.approx(RULES[name](PAPERS[name]), rel=1e-9)


@pytest.mark.compiler
@pytest.mark.parametrize("name", RULES)
def test_every_number_of_a_rule_is_seen(name, plastic):
    limits = ("1.0 in 'w = min", "0.0 in 'w = min", "0.0 in 'u, x")
    unseen = [
        place
        for place, function in altered(PAPERS[name])
        if plastic[name] == pytest.approx(RULES[name](function), rel=1e-9)
    ]

    assert [place for place in unseen if not place.startswith(limits)] == []


@pytest.mark.parametrize("rule", [models.PairSTDP, models.TripletSTDP], ids=lambda rule: rule.name)
def test_weights_stay_within_their_limits(rule):
    strong = {"A_plus": 0.6, "A_minus": 0.6}
    triplets = {"A2_plus": 0.6, "A2_minus": 0.6}
    changed = rule(weight_max=0.8, **(strong if rule is models.PairSTDP else triplets))
    before = spikes_at([1.0, 20.0], 2, 0.1)
    cells = NeuronGroup(
        2, "I_syn : amp\nat : second", threshold="abs(t - at) < dt/2", reset="", dt=0.1 * ms
    )
    cells.at = [30, 10] * ms
    made = models.Exponential(before, cells, {"j": "i"}, g_max=1 * pA, plasticity=changed)
    Network(before, cells, made).run(40 * ms, target="numpy")

    assert made.weight[0] == pytest.approx(0.8)
    assert made.weight[1] < 0.8
    assert made.weight[1] >= 0


# -- combinations -------------------------------------------------------------------------------


COARSE = 0.1
PAIRS = [(0, 0), (1, 0), (2, 0), (2, 1)]
SEPARATE = np.array([0.5, 1.2, 2.0, 0.7])  # ms
DELAYS = {"no delay": None, "one delay": 0.5, "separate delays": SEPARATE}
OUTPUTS = {"current": models.CUBA(), "conductance": models.COBA(-20 * mV)}
PLASTICITY = {"fixed": None, "STD": models.STD(tau_d=50 * ms), "STP": models.STP}
TOGETHER = (
    ("no delay", "fixed"),
    ("one delay", "fixed"),
    ("one delay", "STD"),
    ("separate delays", "fixed"),
    ("separate delays", "STP"),
)
PER_SOURCE = ([1.0, 4.0], [2.0, 4.0], [1.5, 3.0, 9.0])


def parts(rule, times):
    if rule == "fixed":
        return [1.0] * len(times)
    if rule == "STP":
        return paper.stp(times)
    x, last, found = 1.0, times[0], []
    for t in times:
        x, last = 1 - (1 - x) * np.exp(-(t - last) / 50), t
        found.append(0.5 * x)
        x *= 0.5
    return found


def by_hand(name, delays, rule, strengths):
    """What is open onto each of two cells, synapse by synapse."""
    total = np.zeros(2)
    for k, (i, j) in enumerate(PAIRS):
        times = np.array(PER_SOURCE[i])
        shift = COARSE + (0.0 if delays is None else np.broadcast_to(delays, 4)[k])
        arrivals = list(zip(times + shift, parts(rule, times), strict=True))
        # The current of the last step is that of what was open at its beginning.
        total[j] += strengths[k] * SPIKED[name](arrivals, END - COARSE)
    return total


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("name", SPIKED)
def test_synapses_compose(name, output):
    """Any model with any output, delay and plasticity onto parts of a group: sums by synapse."""
    n = len(PER_SOURCE)
    index = np.concatenate([np.full(len(t), i) for i, t in enumerate(PER_SOURCE)])
    source = SpikeGeneratorGroup(n, index, np.concatenate(PER_SOURCE) * ms, dt=COARSE * ms)
    unit = pA if output == "current" else nS
    strengths = np.array([1.0, 0.5, 2.0, 1.5])
    made, cells = [], {}
    for delay, rule in TOGETHER:
        given = DELAYS[delay]
        group = clamped_cells(4, COARSE)
        cells[delay, rule] = group
        # Two lots of synapses onto one group: all sources, and again a part of the targets.
        for target in (group[:2], group[2:]):
            made.append(
                getattr(models, name)(
                    source, target, {"i": [i for i, _ in PAIRS], "j": [j for _, j in PAIRS]},
                    g_max=strengths * unit, output=OUTPUTS[output], plasticity=PLASTICITY[rule],
                    delay=None if given is None else given * ms,
                )
            )  # fmt: skip
    Network(source, *cells.values(), *made).run(END * ms, target="numpy")

    drive = 1.0 if output == "current" else -20 - CLAMPED
    for (delay, rule), group in cells.items():
        wanted = by_hand(name, DELAYS[delay], rule, strengths) * drive
        np.testing.assert_allclose(
            group.I_syn / pA,
            [*wanted, *wanted],
            rtol=tolerance(name, COARSE),
            err_msg=f"{delay}, {rule}",
        )


@pytest.mark.parametrize("name", ["Exponential", "AMPA", "Delta"])
@pytest.mark.parametrize(
    ("delay", "expected_delays"),
    [
        (np.arange(6) * 0.1 * ms, np.arange(6) * 0.1),
        (initializers.Constant(0.3 * ms), 0.3),
        (lambda shape: np.full(shape, 0.2) * ms, 0.2),
        ("(1 + i)*0.1*ms", [0.1, 0.1, 0.1, 0.2, 0.2, 0.2]),
    ],
    ids=["array", "initializer", "callable", "text"],
)
def test_each_synapse_may_have_a_delay(name, delay, expected_delays):
    strength = {"Exponential": pA, "AMPA": nS, "Delta": mV}[name]
    made = getattr(models, name)(
        spikes_at(TIMES, 2), models.LIF(3, dt=DT * ms), g_max=1 * strength, delay=delay
    )

    assert len(made) == 6
    np.testing.assert_allclose(made.delay / ms, expected_delays)


def test_the_delay_of_synapses_with_gates_of_their_sources_is_read_and_set():
    made = models.AMPA(spikes_at(TIMES), clamped_cells(1), g_max=1 * nS, delay=1 * ms, name="ampa")
    without = models.AMPA(spikes_at(TIMES), clamped_cells(1), g_max=1 * nS)
    made.delay = 2 * ms
    without.delay = 3 * ms

    assert made.delay == 2 * ms
    assert without.delay == 3 * ms
    with pytest.raises(ModelError, match="'ampa' has one delay for all synapses, since its gates"):
        made.delay = "rand()*ms"


def test_phases_are_attracted_by_the_mean_of_sines():
    phases = models.Kuramoto(3, theta=[0.1, 0.7, 2.0], omega=0 * Hz)
    made = models.PhaseCoupling(phases, phases, "i != j", K=2 * Hz)
    Network(phases, made).run(0.1 * ms, target="numpy")

    theta = np.array([0.1, 0.7, 2.0])
    pull = np.sin(theta[None, :] - theta[:, None]).sum(1) * 2 / 2
    np.testing.assert_allclose(phases.I_syn / Hz, pull, rtol=1e-6)


def test_charge_is_kept_by_gap_junctions():
    cells = models.LIF(3, V=[-70, -60, -50] * mV, I=[0.1, 0, 0] * nA, V_th=0 * mV)
    made = models.GapJunction(cells, cells, "i != j", g_max=[1, 2, 1, 3, 2, 3] * nS)
    Network(cells, made).run(0.1 * ms, target="numpy")

    np.testing.assert_allclose(cells.I_syn / pA, [10 + 40, -10 + 30, -40 - 30], rtol=1e-12)
