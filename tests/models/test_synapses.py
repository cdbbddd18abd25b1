"""Models of synapses: closed forms, where gates are kept, what is refused."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eqsim import (
    Hz,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    cm,
    connect,
    initializers,
    models,
    mS,
    ms,
    mV,
    nS,
    pA,
    uA,
)  # fmt: skip
from eqsim.errors import EqsimError

TIMES = np.array([1.0, 6.0])


def source():
    return SpikeGeneratorGroup(1, [0, 0], TIMES * ms)


def opened(model, milliseconds=30, **options):
    """What is open after two spikes, in units of the strength, with its times in ms."""
    before, cells = source(), models.LIF(1)
    made = model(before, cells, g_max=1 * nS, **{"output": models.COBA(), **options})
    seen = StateMonitor(made.gates, "g", record=0)
    Network(before, cells, made, seen).run(milliseconds * ms, target="numpy")
    g = seen.g[0]
    scale = 1 * nS if hasattr(g, "dimensions") or hasattr(g, "dim") else 1
    return seen.t / ms, np.asarray(g / scale)


def sum_of(kernel, t):
    """The effects of the spikes, each seen from the end of the step in which it happens."""
    lags = [t - s - 0.1 for s in TIMES]
    return sum(np.where(lag > -1e-6, kernel(np.maximum(lag, 0)), 0) for lag in lags)


KERNELS = {
    "Exponential": (models.Exponential, lambda s: np.exp(-s / 5), {}),
    "Alpha": (models.Alpha, lambda s: s / 5 * np.exp(1 - s / 5), {}),
    "DualExponential": (
        models.DualExponential,
        lambda s: (np.exp(-s / 10) - np.exp(-s)) / (0.1 ** (1 / 9) - 0.1 ** (10 / 9)),
        {},
    ),
}


@pytest.mark.parametrize("name", KERNELS)
def test_linear_synapses_have_their_closed_form(name):
    model, kernel, options = KERNELS[name]
    t, g = opened(model, **options)

    np.testing.assert_allclose(g, sum_of(kernel, t), atol=2e-9)
    assert kernel(np.linspace(0, 30, 30001)).max() == pytest.approx(1, abs=1e-6)


def test_receptors_open_during_the_pulse_and_close_after_it():
    t, g = opened(models.GABAa, 4)

    rate = 0.53 + 0.18
    peak = 0.53 / rate * -np.expm1(-rate * 1.0)
    assert g.max() == pytest.approx(peak, rel=1e-9)
    late = t > 2.3
    np.testing.assert_allclose(g[late][1:] / g[late][:-1], np.exp(-0.18 * 0.1), rtol=1e-9)


def test_nmda_agrees_with_scipy():
    _, g = opened(models.NMDA, 5.5)
    solution = solve_ivp(
        lambda _, y: [0.5 * y[1] * (1 - y[0]) - y[0] / 100, -y[1] / 2],
        (0, 4.3), [0, 1], "DOP853", rtol=1e-10, atol=1e-12,
    )  # fmt: skip

    assert g[-1] == pytest.approx(solution.y[0, -1], rel=0.03)  # of first order, step 0.1 ms


@pytest.mark.parametrize("model", [models.Exponential, models.DualExponential, models.Alpha,
                                   models.AMPA, models.GABAa, models.NMDA],
                         ids=lambda model: model.name)  # fmt: skip
def test_where_gates_are_kept_changes_nothing(model):
    """A rule that changes nothing has gates kept by each synapse: the same comes out."""
    idle = models.PairSTDP(A_plus=0.0, A_minus=0.0)
    rng = np.random.default_rng(1)
    before = SpikeGeneratorGroup(
        4, np.repeat(range(4), 5), np.sort(rng.choice(200, (4, 5), False), 1).ravel() * 0.1 * ms
    )
    cells = [models.LIF(3, V_th=0 * mV) for _ in range(2)]
    options = {"g_max": 2 * nS, "delay": 0.5 * ms, "output": models.COBA(0 * mV)}
    one = model(before, cells[0], **options)
    other = model(before, cells[1], plasticity=idle, weight=1.0, **options)
    Network(before, *cells, one, other).run(20 * ms, target="numpy")

    assert cells[0].V[0] > -65 * mV
    np.testing.assert_allclose(cells[0].V_, cells[1].V_, rtol=1e-12)


def test_delta_moves_the_potential():
    before, cells = source(), models.LIF(2, tau=1e6 * ms)
    made = models.Delta(before, cells, g_max=[1, 2] * mV)
    Network(before, cells, made).run(10 * ms, target="numpy")

    np.testing.assert_allclose(cells.V / mV, [-63, -61], atol=1e-3)


def test_current_and_conductance_and_magnesium():
    flows = {}
    for name, output in {
        "current": models.CUBA(),
        "conductance": models.COBA(-80 * mV),
        "magnesium": models.MgBlock(),
    }.items():
        before, cells = source(), models.LIF(1, V=-65 * mV)
        strength = 10 * pA if name == "current" else 1 * nS
        made = models.Exponential(before, cells, g_max=strength, output=output, tau=1e9 * ms)
        Network(before, cells, made).run(1.3 * ms, target="numpy")
        flows[name] = cells.I_syn[0] / pA

    block = 1 + 1.2 / 3.57 * np.exp(0.062 * 65)
    assert flows["current"] == pytest.approx(10)
    assert flows["conductance"] == pytest.approx(-15, rel=1e-2)
    assert flows["magnesium"] == pytest.approx(65 / block, rel=1e-2)


def test_short_term_plasticity_releases_what_its_map_says():
    times = np.arange(5) * 50 + 1
    before = SpikeGeneratorGroup(1, np.zeros(5, int), times * ms)
    cells = models.LIF(1)
    made = models.Exponential(
        before, cells, g_max=1 * pA, tau=1e9 * ms,
        plasticity=models.STP(U=0.5, tau_f=1 * ms, tau_d=800 * ms),
    )  # fmt: skip
    Network(before, cells, made).run(300 * ms, target="numpy")

    released, x = 0.0, 1.0
    for _ in times:
        released, x = released + 0.5 * x, x * 0.5
        x = 1 - (1 - x) * np.exp(-50 / 800)
    assert made.g[0] / pA == pytest.approx(released, rel=1e-6)


def test_stdp_windows():
    lags = np.array([-40, -10, 10, 40])
    before = SpikeGeneratorGroup(4, range(4), np.full(4, 50) * ms)
    after = NeuronGroup(
        4, "V : volt\nI_syn : amp\nat : second", threshold="abs(t - at) < 0.01*ms", reset=""
    )
    after.at = (50 + lags) * ms
    made = {
        rule.name: models.Exponential(
            before, after, {"j": "i"}, g_max=1 * pA, plasticity=rule(weight_max=10.0)
        )
        for rule in (models.PairSTDP, models.TripletSTDP)
    }
    Network(before, after, *made.values()).run(100 * ms, target="numpy")

    pair = np.where(lags < 0, -0.0105 * np.exp(lags / 20), 0.01 * np.exp(-lags / 20))
    np.testing.assert_allclose(made["PairSTDP"].weight - 0.5, pair, rtol=1e-3)
    triplet = np.where(lags < 0, -7.1e-3 * np.exp(lags / 33.7), 0)
    np.testing.assert_allclose(made["TripletSTDP"].weight - 0.5, triplet, rtol=1e-2, atol=1e-12)


def test_gap_junctions_pull_potentials_together():
    cells = models.LIF(2, V=[-65, -55] * mV)
    made = models.GapJunction(cells, cells, "i != j", g_max=10 * nS)
    Network(cells, made).run(0.1 * ms, target="numpy")

    np.testing.assert_allclose(cells.I_syn / pA, [100, -100])


def test_phases_lock_above_the_critical_coupling():
    # Two oscillators lock where K exceeds the difference of their frequencies.
    differences = {}
    for coupling in (5, 40):
        pair = models.Kuramoto(2, omega=[50, 70] * Hz)
        made = models.PhaseCoupling(pair, pair, "i != j", K=coupling * Hz)
        Network(pair, made).run(500 * ms, target="numpy")
        differences[coupling] = np.ptp(pair.theta[:])

    assert differences[5] > 3
    assert differences[40] == pytest.approx(np.arcsin(20 / 80), rel=1e-3)


def test_graded_synapses_follow_the_potential():
    clamped, group = NeuronGroup(2, "V : volt"), models.HH(2)
    clamped.V = [20, -65] * mV
    made = models.GradedGABAa(clamped, group, g_max=0.1 * mS / cm**2)
    Network(clamped, group, made).run(0.1 * ms, target="numpy")

    s = 12 / (1 + np.exp(-10))
    assert made.g[0] == pytest.approx(s / (s + 0.1) * -np.expm1(-(s + 0.1) * 0.1), rel=1e-9)
    assert made.g[1] == pytest.approx(0, abs=1e-9)


def test_values_of_synapses_gates_and_outputs_are_read_and_set_in_one_place():
    cells = models.LIF(3)
    made = models.Exponential(
        cells, cells, "i != j", g_max=initializers.Uniform(1 * nS, 2 * nS),
        output=models.COBA(-80 * mV), tau=7 * ms,
    )  # fmt: skip
    made.E, made.tau = -70 * mV, 8 * ms

    assert len(made) == 6
    assert len(set(np.asarray(made.g_max))) == 6
    assert -70 * mV == made.E
    assert made.tau == 8 * ms
    assert made.gates.tau == 8 * ms
    assert made.g_max_.min() >= 1e-9


def test_texts_of_connections_see_the_groups_that_are_connected():
    before = models.LIF(3, V=[-65, -60, -55] * mV)
    cells = NeuronGroup(2, "V : volt\nI_syn : amp\nx : 1")
    cells.x = [0, 1]
    made = models.AMPA(before, cells, "V_pre > -62*mV and x_post > 0", g_max=1 * nS)

    assert list(zip(made.i, made.j, strict=True)) == [(1, 1), (2, 1)]


def test_connectors_see_the_shapes_of_the_groups():
    sheet, row = models.LIF((4, 5)), models.LIF(20)
    neighbours = models.Exponential(sheet, sheet, connect.GridFour(), g_max=1 * pA)
    receptors = models.AMPA(sheet, sheet, connect.GridFour(), g_max=1 * nS)
    pairs = models.AMPA(row, row, connect.One2One(), g_max=1 * nS, plasticity=models.PairSTDP)

    # 4 * 4 horizontal and 3 * 5 vertical neighbours, in both directions.
    assert neighbours.N == receptors.N == 2 * (16 + 15)
    assert (pairs.i[:] == pairs.j[:]).all()


def test_parts_of_groups_are_connected():
    cells = models.LIF(10, I=300 * pA)
    excitation = models.Exponential(cells[:8], cells, p=0.5, g_max=1 * nS, output=models.COBA())
    inhibition = models.GABAa(cells[8:], cells[:3], g_max=1 * nS)
    Network(cells, excitation, inhibition).run(30 * ms, target="numpy")

    assert excitation.N > 20
    assert inhibition.N == 6
    assert (cells.I_syn[:] != 0 * pA).all()


@pytest.mark.parametrize("model", [models.Exponential, models.AMPA])
def test_connectors_know_which_neurons_of_parts_are_the_same(model):
    cells = models.LIF(10)
    made = model(
        cells[2:], cells, connect.All2All(include_self=False), g_max=1 * nS, output=models.COBA()
    )

    assert made.N == 8 * 9
    assert (made.i[:] + 2 != made.j[:]).all()


@pytest.mark.parametrize("model", [models.Exponential, models.AMPA])
def test_weights_of_a_connector_are_the_strength(model):
    sheet = models.LIF((5, 5))
    weighted = connect.GaussianWeight(sigma=1, w_max=3 * nS, normalize=False)
    made = model(sheet, sheet, weighted, output=models.COBA())
    pre, post, weights = weighted((5, 5))

    assert (made.i[:] == pre).all()
    assert (made.j[:] == post).all()
    np.testing.assert_array_equal(made.g_max / nS, weights / nS)


def test_what_is_stored_is_restored_with_the_gates():
    before, cells = source(), models.LIF(1)
    made = models.Exponential(before, cells, g_max=10 * pA)
    network = Network(before, cells, made)
    network.run(2 * ms, target="numpy")
    network.store()
    network.run(5 * ms, target="numpy")
    first = float(cells.V[0] / mV)
    network.restore()
    network.run(5 * ms, target="numpy")

    assert float(cells.V[0] / mV) == first


def cells(**options):
    return models.LIF(2, **options)


REFUSED = {
    "Exponential needs the strength of its synapses: g_max=..., in amp": lambda: (
        models.Exponential(cells())
    ),
    "AMPA needs the strength of its synapses: g_max=..., in siemens": lambda: models.AMPA(
        cells(), cells(), connect.All2All()
    ),
    "Exponential has no 'conn'\n"
    "  its strength: g_max\n"
    "  its parameters: tau\n"
    "  its gates: g\n"
    "  it is called 'connector' here": lambda: models.Exponential(
        cells(), conn=connect.All2All(), g_max=1 * pA
    ),
    "'ampa' has no variable 'g' to record\n"
    "  its variables: E, I_syn_post, g_max\n"
    "  it is kept by 'ampa_gates', once for each neuron of one side: record it there,"
    " StateMonitor(S.gates, 'g')": lambda: StateMonitor(
        models.AMPA(cells(), g_max=1 * nS), "g", record=True
    ),
    "AMPA has no 'taus'\n"
    "  its strength: g_max\n"
    "  its parameters: alpha, beta, T, T_dur, E\n"
    "  its gates: released, portion, g": lambda: models.AMPA(cells(), g_max=1 * nS, taus=1),
    "AMPA: 'g_max' cannot be set to 1*pA, which has the unit A\n"
    "  expected: a value in siemens": lambda: models.AMPA(cells(), g_max=1 * pA),
    "Alpha: 'tau' cannot be set to 1*mV, which has the unit V\n"
    "  expected: a value in second": lambda: models.Alpha(cells(), g_max=1 * pA, tau=1 * mV),
    "GapJunction has no choice of output: leave out output=...": lambda: models.GapJunction(
        cells(), g_max=1 * nS, output=models.CUBA()
    ),
    **{
        f"{model.name} has no delay: it follows potentials, and only spikes are kept on their way,"
        " a potential would have to be kept for each step\n  leave out delay=..., or use a model"
        " that spikes open, such as GABAa(..., delay=...)": lambda model=model: model(
            cells(), g_max=1 * nS, delay=1 * ms
        )
        for model in (models.GapJunction, models.GradedGABAa)
    },
    "AMPA: the delay must be a time, not 1\n  write for example 10*ms": lambda: models.AMPA(
        cells(), g_max=1 * nS, delay=1
    ),
    "GapJunction has no plasticity: no spikes open its synapses": lambda: models.GapJunction(
        cells(), g_max=1 * nS, plasticity=models.STP
    ),
    "Exponential: 'bare' has no variable 'I_syn' that the current could be added to\n"
    "  declare it there, such as 'I_syn : amp', or name another one with into='...'": lambda: (
        models.Exponential(cells(), NeuronGroup(1, "V : volt", name="bare"), g_max=1 * pA)
    ),
    "AMPA: 'bare' has no variable 'V', the membrane potential\n"
    "  name it with potential='...'": lambda: models.AMPA(
        cells(), NeuronGroup(1, "I_syn : amp", name="bare"), g_max=1 * nS
    ),
    "AMPA connects groups, not 3": lambda: models.AMPA(3, g_max=1 * nS),
    "STP has no 'tau'\n  its parameters: U, tau_f, tau_d\n  did you mean 'tau_f'?": lambda: (
        models.STP(tau=3 * ms)
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_does_not_fit_is_refused(text):
    with pytest.raises(EqsimError) as caught:
        REFUSED[text]()

    assert str(caught.value) == text


def test_it_is_said_under_which_name_synapses_keep_gates():
    made = models.AMPA(cells(), g_max=1 * nS, plasticity=models.PairSTDP)

    with pytest.raises(EqsimError, match="it is kept as 'g_gate'"):
        StateMonitor(made, "g", record=True)


def test_synapses_of_a_model_are_synapses():
    group = cells()
    made = models.Exponential(group, g_max=1 * pA)

    assert isinstance(made, Synapses)
    assert uA > 0 * pA
    assert SpikeMonitor(group).num_spikes == 0


def test_potentials_without_unit_are_those_of_millivolts():
    before, neurons = source(), models.Izhikevich(1)
    made = models.GABAa(before, neurons, g_max=1.0)
    blocked = models.NMDA(before, neurons, g_max=0.5)
    seen = StateMonitor(neurons, ["V", "I_syn"], record=0)
    opened = [StateMonitor(each.gates, "g", record=0) for each in (made, blocked)]
    Network(before, neurons, made, blocked, seen, *opened).run(3 * ms, target="numpy")

    assert made.E == -80
    assert blocked.steepness == pytest.approx(0.062)
    v, (gaba, nmda) = seen.V[0], (each.g[0] for each in opened)
    flows = gaba * (-80 - v) - 0.5 * nmda * v / (1 + 1.2 / 3.57 * np.exp(-0.062 * v))
    np.testing.assert_allclose(seen.I_syn[0][1:], flows[:-1], rtol=1e-9)


def potentials_after(target):
    """The potentials of a network with all models of synapses and all rules."""
    group = models.HH(3, I=10 * uA / cm**2, V=[-70, -65, -60] * mV)
    strengths = {"Delta": 1e-3 * mV, "PhaseCoupling": None}
    made = []
    for model in models.SYNAPSES:
        is_current = model.output == models.CUBA()
        usual = (0.1 * uA if is_current else 0.01 * mS) / cm**2
        strength = strengths.get(model.name, usual)
        if strength is not None:
            made.append(model(group, group, "i != j", g_max=strength))
    made += [
        models.Exponential(group, g_max=0.1 * uA / cm**2, plasticity=rule) for rule in models.RULES
    ]
    phases = models.Kuramoto(3)
    coupling = models.PhaseCoupling(phases, K=1 * Hz)
    Network(group, phases, coupling, *made).run(10 * ms, target=target)
    return np.array(group.V_)


@pytest.mark.compiler
def test_all_models_are_the_same_on_both_targets():
    np.testing.assert_allclose(potentials_after("cpp"), potentials_after("numpy"), rtol=1e-10)
