"""The pages of BrainPy's documentation, version 0.3, example by example, in their order.

What takes more than the text asks for stands beside this file: the gamma oscillation, balanced
networks, the blocks of models in the language alone, the model from ANNarchy, gap junctions.
"""

import numpy as np
import pytest
from matplotlib import pyplot
from scipy.integrate import solve_ivp

from eqsim import (
    Cpp,
    Hz,
    Mohm,
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    analysis,
    cm,
    connect,
    initializers,
    inputs,
    measure,
    models,
    mS,
    ms,
    mV,
    nA,
    nS,
    run,
    second,
    seed,
    set_target,
    uA,
    visualize,
)  # fmt: skip
from eqsim.build.cache import cache_directory

SPECIFIC, PER_AREA = mS / cm**2, uA / cm**2
DRAWN = np.random.default_rng(7)
COMPILED = Cpp(threads=1)
compiled = pytest.mark.compiler


@pytest.fixture(autouse=True)
def on_numpy():
    set_target("numpy")
    yield
    pyplot.close("all")


def gamma(num, g_max=0.1):
    """The network of the quickstart; its gates begin in their steady states by themselves."""
    neu = models.WangBuzsaki(num, V="(-70 + rand()*20)*mV", dt=0.04 * ms, name="neu")
    syn = models.GradedGABAa(
        neu, neu, connect.All2All(include_self=False), g_max=g_max / num * SPECIFIC, name="syn"
    )
    neu.I = 1.2 * PER_AREA
    spikes = SpikeMonitor(neu, name="spikes")
    return Network(neu, syn, spikes)


# -- quickstart ---------------------------------------------------------------------------------


@compiled
def test_the_quickstart_shows_a_gamma_oscillation():
    seed(3)
    net = gamma(100)
    mon = StateMonitor(net["neu"], ["V", "h", "n"], record=[0])
    net.add(mon)
    net.run(500 * ms, target=COMPILED)

    fig, gs = visualize.get_figure(2, 1, 3, 12)
    fig.add_subplot(gs[0, 0])
    visualize.line_plot(mon, "V", ylabel="Membrane potential (N0)", xlim=(0, 500))
    fig.add_subplot(gs[1, 0])
    index, time = measure.raster_plot(net["spikes"])
    pyplot.plot(time / ms, index, ".")

    assert fig.get_size_inches() == pytest.approx([12, 6])
    assert net["syn"].N == 100 * 99
    trains = [train[train > 250 * ms] / ms for train in net["spikes"].spike_trains().values()]
    rate = 1e3 / np.mean(np.concatenate([np.diff(train) for train in trains]))
    assert 20 < rate < 80
    assert len(index) == len(time) == net["spikes"].num_spikes
    # The numbers with which the document begins its gates.
    v, h, n = (float(getattr(mon, name)[0, 0] / unit) for name, unit in
               (("V", mV), ("h", 1), ("n", 1)))  # fmt: skip
    h_alpha, h_beta = 0.07 * np.exp(-(v + 58) / 20), 1 / (np.exp(-0.1 * (v + 28)) + 1)
    n_alpha = -0.01 * (v + 34) / (np.exp(-0.1 * (v + 34)) - 1)
    n_beta = 0.125 * np.exp(-(v + 44) / 80)
    assert h == pytest.approx(h_alpha / (h_alpha + h_beta))
    assert n == pytest.approx(n_alpha / (n_alpha + n_beta))


# -- build neurons ------------------------------------------------------------------------------

PRINTED_V = [
    -70.9077187, -66.55979129, -65.14340083, -69.51226795, -73.38228859,
    -68.06085232, -72.08114256, -71.82573823, -71.86175207, -72.1604964,
]  # fmt: skip
PRINTED_M = [
    0.02582321, 0.04396935, 0.05204429, 0.03070063, 0.01891655,
    0.03667513, 0.02229492, 0.02302182, 0.02291798, 0.02207352,
]  # fmt: skip


def test_ten_hodgkin_huxley_neurons_and_their_gates():
    group = models.HH(
        10, gL=0.003 * SPECIFIC, EL=-54.402 * mV, V=-65 * mV, m=0, h=0, n=0, dt=0.05 * ms
    )
    group.I = 5 * PER_AREA
    mon, spikes = StateMonitor(group, ["V", "m", "n", "h"], record=[0]), SpikeMonitor(group)
    run(100 * ms, report="text")
    visualize.line_plot(mon.t, mon.V, ax=pyplot.figure().add_subplot())
    ax = pyplot.figure().add_subplot()
    for gate in "mhn":
        visualize.line_plot(mon.t, getattr(mon, gate), legend=gate, ax=ax)

    assert spikes.count.min() >= 5
    assert [text.get_text() for text in ax.get_legend().texts] == ["m", "h", "n"]
    for line in ax.lines:
        assert line.get_ydata().min() >= 0
        assert line.get_ydata().max() <= 1


def test_gates_are_initialized_as_the_document_prints_them():
    group = models.HH(10, V=PRINTED_V * mV)

    assert group.V / mV == pytest.approx(PRINTED_V)
    assert group.m[:] == pytest.approx(PRINTED_M, abs=5e-9)


def test_a_group_counts_its_spikes():
    current = DRAWN.uniform(10, 15, 10)
    group = models.LIF(
        10, V_rest=0 * mV, V_reset=0 * mV, V_th=10 * mV, tau=10 * ms, tau_ref=0 * ms, R=1 * Mohm,
        I=current * nA, dt=0.01 * ms,
    )  # fmt: skip
    spikes = SpikeMonitor(group)
    run(100 * ms)

    expected = np.floor(100 / (10 * np.log(current / (current - 10))))
    assert np.abs(spikes.count - expected).max() <= 1
    assert spikes.num_spikes == pytest.approx(50, abs=20)  # the document drew a case of 50


# -- build synapses -----------------------------------------------------------------------------


def pair():
    cell = {"V_rest": -65 * mV, "V_reset": -65 * mV, "V_th": -55 * mV, "V": -65 * mV}
    return models.LIF(1, **cell, R=1 * Mohm), models.LIF(1, **cell, R=1 * Mohm)


def test_an_ampa_synapse_that_decays_and_is_delayed():
    pre, post = pair()
    syn = models.Exponential(
        pre, post, connect.All2All(), g_max=100 * nS, tau=2 * ms, delay=1.5 * ms,
        output=models.COBA(E=0 * mV),
    )  # fmt: skip
    pre.I = 20 * nA
    spikes, gates = SpikeMonitor(pre), StateMonitor(syn.gates, "g", record=0)
    potential = StateMonitor(post, "V", record=0)
    Network(pre, syn, post, spikes, gates, potential).run(100 * ms)

    assert spikes.num_spikes >= 3
    first = float(spikes.t[0] / ms)
    opened = np.asarray(gates.t / ms)[np.flatnonzero(np.asarray(gates.g_[0]) > 0)[0]]
    assert opened - first == pytest.approx(1.5 + 0.1)  # what arrives in a step is seen in the next
    since = np.asarray(gates.t / ms)[:, None] - np.asarray(spikes.t / ms) - 1.6
    s = np.where(since > -1e-9, np.exp(-since / 2), 0).sum(axis=1)
    assert gates.g[0] / nS == pytest.approx(100 * s, abs=1e-6)
    assert potential.V.max() > -65 * mV


def test_the_matrix_and_the_vectors_of_connections_are_one():
    conn_mat = np.zeros((3, 8))
    conn_mat[0, [2, 4, 6]] = conn_mat[1, [0, 6]] = conn_mat[2, 7] = 1
    i, j = connect.mat2ij(conn_mat)
    neu = models.LIF(8)
    syn = models.AMPA(neu[:3], neu, connect.FromMatrix(conn_mat), g_max=1 * nS)

    # The first neuron connects the 3rd, 5th and 7th with synapses 0, 1 and 2.
    assert connect.pre2syn(i)[0].tolist() == [0, 1, 2]
    assert connect.pre2post(i, j)[0].tolist() == [2, 4, 6]
    assert connect.post2syn(j)[6].tolist() == [2, 4]
    assert connect.post2pre(i, j)[6].tolist() == [0, 1]
    assert (connect.ij2mat(syn.i[:], syn.j[:], 3, 8) == conn_mat).all()


# -- build network ------------------------------------------------------------------------------


def test_monitors_give_time_series():
    group = models.LIF((10,), R=1 * Mohm, I=20 * nA)
    mon = StateMonitor(group, "V", record=True)
    run(10 * ms)

    assert mon.V[3, 20:50].shape == (30,)


def test_parts_of_a_grid_are_connected():
    group_2 = models.LIF((100, 100))
    sub_group_1 = group_2[:50]
    corners = connect.BetweenParts(connect.All2All(), pre=np.s_[:5, :5], post=np.s_[:10, :10])
    syn_conn_1 = models.AMPA(group_2, group_2, corners, g_max=1 * nS)

    assert sub_group_1.N == 50
    assert syn_conn_1.N == 25 * 100
    assert (
        connect.BetweenParts(connect.One2One(), pre=np.s_[:50], post=np.s_[50:])(
            (100, 100)
        ).n_outgoing.sum()
        == 50 * 100
    )


def test_parameters_differ_and_variables_are_set():
    group = models.LIF(10, V_rest=DRAWN.integers(0, 2, size=10) * mV)
    group.V = -65 * mV

    assert set(group.V_rest / mV) <= {0, 1}
    assert (-65 * mV == group.V).all()


def test_synapses_are_given_one_by_one():
    pre, post = models.LIF(3), models.LIF(3)
    syn = Synapses(pre, post, "w : 1", on_pre="V_post += w*mV", delay=10 * ms)
    syn.connect(connect.FromIndices([1, 1, 2, 2], [1, 1, 2, 2]))
    syn.w = DRAWN.random(4)

    assert list(zip(syn.i, syn.j, strict=True)) == [(1, 1), (1, 1), (2, 2), (2, 2)]
    assert len(set(syn.w[:])) == 4


def test_objects_are_added_to_a_network_and_have_names(capsys):
    net = Network(models.LIF(3, name="group_1"))
    net.add(models.LIF(2, name="group_2"))
    net["group_1"].I = 1 * nA
    net.run(10 * ms, report=True)

    assert net["group_2"].N == 2
    assert "100%" in capsys.readouterr().out


@compiled
def test_the_balanced_network_shows_its_oscillation():
    seed(4)
    num_exc = num_inh = 500
    prob = 0.1
    group = models.LIF(
        num_exc + num_inh, V_rest=-52 * mV, V_reset=-60 * mV, V_th=-50 * mV, R=1 * Mohm,
        tau=10 * ms, tau_ref=5 * ms, V=initializers.Uniform(-52 * mV, -50 * mV), I=3 * nA,
    )  # fmt: skip
    JE = JI = 1 / np.sqrt(prob * num_exc)
    exc_conn = models.Exponential(
        group[:num_exc], group, connect.FixedProb(prob=prob), g_max=JE * nA, tau=2 * ms
    )
    inh_conn = models.Exponential(
        group[num_exc:], group, connect.FixedProb(prob=prob), g_max=-JI * nA, tau=2 * ms
    )
    spikes = SpikeMonitor(group)
    Network(group, exc_conn, inh_conn, spikes).run(500 * ms, target=COMPILED)

    fig, gs = visualize.get_figure(4, 1, 2, 10)
    visualize.raster_plot(spikes, ax=fig.add_subplot(gs[:3, 0]), xlim=(50, 450))
    ax = visualize.rate_plot(spikes, 5 * ms, ax=fig.add_subplot(gs[3, 0]), xlim=(50, 450))

    assert ax.get_xlim() == (50, 450)
    assert fig.get_size_inches() == pytest.approx([10, 8])
    t, rate = measure.firing_rate(spikes, 1 * ms)
    late = np.asarray(rate[(t > 100 * ms) & (t < 450 * ms)] / Hz)
    assert late.std() / late.mean() > 0.3


# -- dynamics analysis --------------------------------------------------------------------------

PLANE = {"v": [-3, 3], "w": [-3.0, 3.0]}


def analyzer():
    return analysis.PhasePlane(models.FitzHughNagumo, PLANE, parameters={"I": 0.8})


def test_the_fixed_point_is_the_unstable_node_that_the_document_prints():
    (point,) = analyzer().fixed_points()

    assert point.state["v"] == pytest.approx(-0.2729009589972752, abs=1e-9)
    assert point.state["w"] == pytest.approx(0.5338738012534059, abs=1e-9)
    assert (point.kind, point.stable) == ("node", False)
    assert str(point) == "unstable node at v = -0.272901, w = 0.533874"


def test_the_phase_plane_is_drawn_piece_by_piece():
    plane = analyzer()
    plane.plot_nullclines()
    plane.plot_vector_field()
    plane.plot_fixed_points()
    axes = plane.plot_trajectory({"v": -2.8, "w": -1.8}, 100 * ms)

    assert len(pyplot.get_fignums()) == 1
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("v", "w")
    assert (axes.get_xlim(), axes.get_ylim()) == ((-3, 3), (-3, 3))
    lines = [line.get_xydata() for line in axes.lines]
    assert any(np.allclose(line[0], (-2.8, -1.8)) for line in lines if len(line) > 1)
    assert any(np.allclose(line, (-0.2729009589972752, 0.5338738012534059)) for line in lines)


def test_the_simulation_shows_the_limit_cycle():
    group = models.FitzHughNagumo(1, I=0.8, v=-2.8, w=-1.8, dt=0.02 * ms)
    mon = StateMonitor(group, ["v", "w"], record=True)
    run(100 * ms)
    for name in "vw":
        visualize.line_plot(mon, name, legend=name)
    plane = analysis.PhasePlane(group, PLANE)
    (cycle,) = plane.limit_cycles()
    path = plane.trajectory({"v": -2.8, "w": -1.8}, 100 * ms)

    late = mon.t > 60 * ms
    assert cycle.stable
    assert mon.v[0][late].max() == pytest.approx(cycle.maximum["v"], abs=1e-3)
    assert mon.w[0][late].min() == pytest.approx(cycle.minimum["w"], abs=1e-3)
    for name in "vw":
        followed = np.interp(mon.t / ms, path.t / ms, path[name])
        assert np.abs(followed - getattr(mon, name)[0]).max() < 5e-3


def test_bifurcations_of_codimension_one():
    diagram = analysis.Bifurcation(models.FitzHughNagumo, {"I": (0, 1)}, PLANE)
    (branch,) = diagram.branches
    (hopf,) = diagram.points
    axes = diagram.plot("v")

    assert branch["I"][[0, -1]].tolist() == [0, 1]
    assert np.all(branch.stable == (branch["I"] < hopf.parameters["I"]))
    assert (hopf.kind, round(hopf.parameters["I"], 4)) == ("Hopf", 0.3313)
    assert [axes.get_xlabel(), axes.get_ylabel()] == ["I", "v"]


def test_bifurcations_of_codimension_two():
    swept = {"a": [0.5, 1.0], "I": [0.0, 1.0]}
    diagram = analysis.Bifurcation(models.FitzHughNagumo, swept, PLANE, step=0.05)
    (curve,) = diagram.curves
    axes = diagram.plot("v")

    # v = -sqrt(1 - b/tau), and the fixed point's equations give I for each a.
    v = -np.sqrt(1 - 0.8 / 12.5)
    assert curve.kind == "Hopf"
    assert curve["v"] == pytest.approx(np.full(len(curve["v"]), v), abs=1e-9)
    assert curve["I"] == pytest.approx((v + curve["a"]) / 0.8 - v + v**3 / 3, abs=1e-9)
    assert [axes.get_xlabel(), axes.get_ylabel()] == ["a", "I"]


# -- differential equations, numerical integrators, debugging -----------------------------------


def test_intermediate_values_are_recorded_like_variables():
    group = models.HH(1, I=6 * PER_AREA)
    mon = StateMonitor(group, ["V", "m", "h", "n", "I_Na", "I_K", "I_L"], record=0)
    run(20 * ms)
    V, m, h, n = (getattr(mon, name)[0] for name in ("V", "m", "h", "n"))

    expected = {
        "I_Na": 120 * m**3 * h * (V / mV - 50), "I_K": 36 * n**4 * (V / mV + 77),
        "I_L": 0.3 * (V / mV + 54.387),
    }  # fmt: skip
    for name, value in expected.items():
        assert getattr(mon, name)[0] / PER_AREA == pytest.approx(np.asarray(value), rel=1e-9)


METHODS = {
    "euler": 1, "exponential": 1, "midpoint": 2, "heun": 2, "rk2": 2, "rk3": 3, "rk4": 4,
    "rk4_alternative": 4, "milstein_ito": 1, "milstein_stra": 1,
}  # fmt: skip
"""The document's keywords, with the order of each method for equations without noise."""


@pytest.mark.parametrize("method", METHODS)
def test_methods_have_the_names_of_the_document(method):
    def derivative(t, state):
        return [np.cos(state[1]) - state[0], (state[0] - state[1] * (1 + state[0])) / 2]

    end = solve_ivp(derivative, (0, 2), [0, 1], "DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
    errors = []
    for dt in (0.2, 0.1):
        group = NeuronGroup(
            1, "dx/dt = (cos(y) - x)/ms : 1\ndy/dt = (x - y*(1 + x))/(2*ms) : 1",
            method=method, dt=dt * ms,
        )  # fmt: skip
        group.y = 1
        Network(group).run(2 * ms)
        errors.append(np.hypot(group.x[0] - end[0], group.y[0] - end[1]))

    assert errors[0] / errors[1] >= 2 ** (METHODS[method] - 0.5)


@pytest.mark.parametrize(
    "method", ["euler", "exponential", "heun", "milstein_ito", "milstein_stra"]
)
def test_methods_of_the_document_take_noise(method):
    seed(2)
    group = NeuronGroup(
        2000, "dx/dt = -x/(5*ms) + 0.5*xi*(2.5*ms)**-0.5 : 1", method=method, dt=0.05 * ms
    )
    Network(group).run(50 * ms)

    assert group.x.std() == pytest.approx(0.5, rel=0.08)


def test_the_debugger_sees_these_gates_after_one_step():
    group = models.HH(
        1, V=-65 * mV, m=0.05, h=0.60, n=0.32, gL=0.03 * SPECIFIC, method="euler", dt=0.1 * ms
    )
    group.I = 10 * PER_AREA
    run(0.1 * ms)

    assert group.m[0] == pytest.approx(0.05123855, abs=5e-9)
    assert group.n[0] == pytest.approx(0.31995744, abs=5e-9)
    assert group.h[0] == pytest.approx(0.59995445, abs=5e-9)


# -- repeat mode --------------------------------------------------------------------------------


@compiled
def test_a_search_over_g_max_compiles_once():
    seed(3)
    num = 100
    net = gamma(num)
    net.store()
    all_g_max = np.arange(0.05, 0.151, 0.05) / num
    all_cc, programs = [], []
    for g_max in all_g_max:
        net.restore()
        net["syn"].g_max = g_max * SPECIFIC
        net.run(500 * ms, target=COMPILED)
        all_cc.append(measure.cross_correlation(net["spikes"], bin_size=0.5 * ms))
        programs.append(len(list(cache_directory().iterdir())))

    assert programs[0] == programs[-1]
    assert all_cc[0] < all_cc[-1]
    assert all_cc[-1] > 0.5


@compiled
def test_a_long_run_is_made_in_pieces_of_any_length_and_input():
    seed(3)
    num = 200
    net = gamma(num)
    for until in (20, 40):
        net.run(20 * ms, target=COMPILED)
        assert net.t / ms == pytest.approx(until)
    net.run(40 * ms, target=COMPILED)  # another length is no error here
    net["neu"].I = np.ones(num) * 1.2 * PER_AREA  # nor is another form of the input
    before = net["spikes"].num_spikes
    net.run(40 * ms, target=COMPILED)

    assert net["spikes"].num_spikes > before > num
    assert net["spikes"].t[-1] > 80 * ms


# -- usage of the connect module ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("connector", "least", "most"),
    [
        (connect.One2One(), 1, 1),
        (connect.All2All(include_self=True), 900, 900),
        (connect.GridFour(include_self=True), 3, 5),
        (connect.GridEight(include_self=False), 3, 8),
        (connect.GridN(n=2, include_self=True), 9, 25),
        (connect.FixedProb(prob=0.1, include_self=True, seed=123), 62, 118),
        (connect.FixedPostNum(num=10, include_self=True, seed=123), 10, 10),
    ],
    ids=lambda value: type(value).__name__,
)
def test_connectors_say_who_is_connected(connector, least, most):
    made = connector((30, 30))
    pre_ids, post_ids = made

    counts = np.bincount(pre_ids, minlength=900)
    assert len(pre_ids) == len(post_ids)
    assert (counts.min(), counts.max()) == pytest.approx((least, most), rel=0.2)
    assert (pre_ids == post_ids).any() == getattr(connector, "include_self", True)


def test_fixed_numbers_of_sources():
    pre_ids, post_ids = connect.FixedPreNum(num=10, include_self=True, seed=123)(900, 900)

    assert (np.bincount(post_ids) == 10).all()
    assert len(pre_ids) == 9000


def test_gaussian_probabilities():
    pre, post = connect.GaussianProb(
        sigma=2.236, normalize=False, include_self=True, seed=123
    )((30, 30))  # fmt: skip

    assert set(zip(range(900), range(900), strict=True)) <= set(zip(pre, post, strict=True))


@pytest.mark.parametrize(
    ("connector", "n", "neuron", "formula"),
    [
        (
            connect.GaussianWeight(
                sigma=0.1, w_max=1.0, w_min=0.0, normalize=True, include_self=True
            ),
            30, 465, lambda squared: np.exp(-squared / 0.02),
        ),
        (
            connect.DOG(
                sigmas=[0.08, 0.15], ws_max=[1.0, 0.7], w_min=0.01, normalize=True,
                include_self=True,
            ),
            40, 820, lambda squared: np.exp(-squared / 0.0128) - 0.7 * np.exp(-squared / 0.045),
        ),
    ],
    ids=["gaussian", "difference of gaussians"],
)  # fmt: skip
def test_surfaces_of_weights(connector, n, neuron, formula):
    pre, post, weights = connector((n, n))
    surface = np.zeros(n * n)
    surface[post[pre == neuron]] = weights[pre == neuron]

    y, x = np.divmod(np.arange(n * n), n)
    expected = formula(((y - neuron // n) ** 2 + (x - neuron % n) ** 2) / (n - 1) ** 2)
    least = 0.01 if isinstance(connector, connect.DOG) else 0
    assert surface == pytest.approx(np.where(abs(expected) >= least, expected, 0))


# -- usage of the inputs module -----------------------------------------------------------------


def test_constant_currents():
    current = inputs.constant_current([(0, 100 * ms), (1, 300 * ms), (0, 100 * ms)], 0.1 * ms)
    assert current.duration == 500 * ms
    assert (current.values == np.r_[np.zeros(1000), np.ones(3000), np.zeros(1000)]).all()
    ax = visualize.line_plot(current, title="[(0, 100), (1, 300), (0, 100)]")
    assert ax.lines[0].get_xdata() == pytest.approx(np.arange(0, 500, 0.1))

    four = inputs.constant_current([(-1, 10 * ms), (1, 3 * ms), (3, 30 * ms), (-0.5, 10 * ms)])
    assert [four(t * ms) for t in (5, 12, 30, 50)] == [-1, 1, 3, -0.5]


def test_currents_of_spikes():
    points, length, size, duration = [10, 20, 30, 200, 300] * ms, 1 * ms, 0.5, 1 * second
    current = inputs.spike_current(points, length, size, duration, 0.1 * ms)

    assert len(current.values) == 10_000
    assert current.values.sum() == pytest.approx(5 * 10 * 0.5)
    assert [current(t * ms) for t in (10, 10.95, 11, 300.5)] == [0.5, 0.5, 0, 0.5]


def test_ramps():
    ramp = inputs.ramp_current(0, 1, 1000 * ms)
    assert ramp.values == pytest.approx(np.linspace(0, 1, 10_000))
    part = inputs.ramp_current(0, 1, 1000 * ms, 200 * ms, 800 * ms)
    assert part.values == pytest.approx(
        np.r_[np.zeros(2000), np.linspace(0, 1, 6000), np.zeros(2000)]
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"times": [10, 20]}, [(10, 0), (10, 1), (20, 0), (20, 1)]),
        ({"times": [10, 20], "indices": 0}, [(10, 0), (20, 0)]),
        ({"times": [10, 20, 30], "indices": [0, 1, 0]}, [(10, 0), (20, 1), (30, 0)]),
        ({"times": [10, 20, 30], "indices": [0, [0, 1], 1]},
         [(10, 0), (20, 0), (20, 1), (30, 1)]),
    ],
)  # fmt: skip
def test_groups_that_spike_at_given_times(given, expected):
    group = inputs.SpikeTimeGroup(2, **given | {"times": given["times"] * ms})
    spikes = SpikeMonitor(group)
    run(40 * ms)

    assert [(round(t / ms, 6), i) for t, i in zip(spikes.t, spikes.i, strict=True)] == expected


def test_groups_that_spike_with_a_frequency():
    start = DRAWN.integers(10, 30, (4,)) * ms
    at_once, later = inputs.FrequencyGroup(2, 10 * Hz), inputs.FrequencyGroup(4, 20 * Hz, start)
    first, others = SpikeMonitor(at_once), SpikeMonitor(later)
    run(1 * second)

    assert first.count.tolist() == [10, 10]
    for i, train in others.spike_trains().items():
        assert train[0] / ms == pytest.approx(start[i] / ms)
        assert np.diff(train / ms) == pytest.approx(50)


# -- gap junctions ------------------------------------------------------------------------------


@compiled
def test_neurons_of_a_grid_with_gap_junctions_and_spikelets():
    seed(12345)
    namespace = {
        "Vr": 0.0, "Vth": 10.0, "tau": 10 * ms, "Iext": 12.0, "noise": 1.0, "k_spikelet": 0.5,
    }  # fmt: skip
    neurons = NeuronGroup(
        (10, 10), """dV/dt = (-V + Vr + Igap + Iext + sqrt(1*ms)*noise*xi)/tau : 1
                     Igap : 1""",
        threshold="V > Vth", reset="V = Vr", method="euler", namespace=namespace,
    )  # fmt: skip
    neurons.V = "rand()*(Vth - Vr) + Vr"
    S = Synapses(
        neurons, neurons, """w : 1
                             Igap_post = w*(V_pre - V_post) : 1 (summed)""",
        on_pre="V_post += w*k_spikelet", namespace=namespace,
    )  # fmt: skip
    S.connect(connect.GridFour())
    S.w = 1.0
    mon_st, mon_sp = StateMonitor(neurons, "V", record=True), SpikeMonitor(neurons)
    run(500 * ms, target=COMPILED)

    fig, gs = visualize.get_figure(1, 1, 6, 14)
    ax = visualize.line_plot(
        mon_st, plot_ids=1, ax=fig.add_subplot(gs[0, 0]), xlim=(99, 351), legend="N1-potential"
    )
    ax.plot(mon_sp.spike_trains()[1] / ms, np.full(mon_sp.count[1], 10), ".r")
    film = visualize.animate_2D(mon_st, frame_step=500)
    film._init_draw()

    assert len(S) == 2 * 2 * 90
    assert mon_sp.count.min() > 10
    assert measure.voltage_fluctuation(mon_st) > 0.3  # 0.01 if they were independent
