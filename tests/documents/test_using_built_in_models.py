"""BrainPy's page "Using Built-in Models", example by example, in its order.

Values without unit there have those of the model here: conductances in mS/cm**2, currents in
uA/cm**2, potentials in mV. What is printed there is random; checked is what it is drawn from.
"""

import numpy as np
import pytest
from matplotlib import pyplot

from eqsim import (
    Network,
    SpikeMonitor,
    StateMonitor,
    TimedArray,
    cm,
    connect,
    initializers,
    models,
    mS,
    ms,
    mV,
    nS,
    run,
    set_target,
    uA,
    visualize,
)  # fmt: skip
from eqsim.errors import ModelError

SPECIFIC, PER_AREA = mS / cm**2, uA / cm**2
DRAWN = np.random.default_rng(7)


@pytest.fixture(autouse=True)
def on_numpy():
    set_target("numpy")
    yield
    pyplot.close("all")


# -- initializing a neuron model ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "shape"), [(1, (1,)), (10, (10,)), ((10, 10), (10, 10)), ((5, 4, 2), (5, 4, 2))]
)
def test_a_model_is_initialized_with_a_geometry(size, shape):
    hh = models.HH(size)

    assert hh.shape == shape
    assert np.prod(shape) == hh.N


def test_parameters_are_homogeneous_by_default():
    hh = models.HH(5)

    assert hh.gNa == 120 * SPECIFIC


def test_1_an_array():
    hh = models.HH(5, gNa=DRAWN.uniform(110, 130, size=5) * SPECIFIC)

    assert len(set(np.asarray(hh.gNa))) == 5
    assert ((hh.gNa / SPECIFIC > 110) & (hh.gNa / SPECIFIC < 130)).all()


def test_2_an_initializer():
    hh = models.HH(5, ENa=initializers.OneInit(50 * mV))

    assert hh.ENa / mV == pytest.approx([50, 50, 50, 50, 50])


def test_3_a_callable_of_the_shape():
    hh = models.HH(5, ENa=lambda shape: DRAWN.uniform(40, 60, shape) * mV)

    assert ((hh.ENa / mV > 40) & (hh.ENa / mV < 60)).all()


def test_three_neurons_with_a_gna_of_their_own():
    model = models.HH(
        3, gNa=initializers.Uniform(min_val=100 * SPECIFIC, max_val=140 * SPECIFIC),
        gL=0.03 * SPECIFIC,
    )  # fmt: skip
    model.I = 6 * PER_AREA
    mon, spikes = StateMonitor(model, "V", record=True), SpikeMonitor(model)
    run(100 * ms)
    ax = visualize.line_plot(mon.t, mon.V, plot_ids=[0, 1, 2])

    assert (spikes.count >= 5).all()
    assert len({tuple(train / ms) for train in spikes.spike_trains().values()}) == 3
    assert len(ax.lines) == 3
    assert ax.get_xlabel() == "time (ms)"
    assert 20 < ax.lines[0].get_ydata().max() < 60


def test_initial_values_are_given_in_the_three_ways():
    given = DRAWN.random(3)
    hh = models.HH(
        3,
        V=initializers.Uniform(-80 * mV, -60 * mV),
        m=lambda shape: DRAWN.random(shape),
        h=given,
    )

    assert ((-80 * mV < hh.V) & (-60 * mV > hh.V)).all()
    assert ((hh.m > 0) & (hh.m < 1)).all()
    np.testing.assert_array_equal(hh.h, given)


def test_names_of_the_document_are_answered_with_those_here():
    with pytest.raises(ModelError, match="it is called 'V' here"):
        models.HH(3, V_initializer=initializers.Uniform(-80 * mV, -60 * mV))
    with pytest.raises(ModelError, match="it is called 'N' here"):
        models.HH(size=1)


# -- initializing a synapse model ---------------------------------------------------------------


def test_an_exponential_synapse_within_a_population():
    neu = models.LIF(10)
    syn = models.Exponential(
        neu, neu, connect.FixedProb(0.02), g_max=0.1 * nS, tau=5 * ms, output=models.COBA(0 * mV)
    )

    assert syn.tau == 5 * ms
    assert 0 * mV == syn.E
    assert syn.N < 10


@pytest.mark.parametrize(
    "weight",
    [
        initializers.Uniform(min_val=0.1 * nS, max_val=1.0 * nS),
        lambda shape: DRAWN.uniform(0.1, 1, shape) * nS,
        "(0.1 + 0.9*rand())*nS",
    ],
    ids=["initializer", "callable", "expression"],
)
def test_weights_are_heterogeneous(weight):
    neu = models.LIF(10)
    syn = models.Exponential(neu, neu, connect.FixedProb(0.5), g_max=weight, output=models.COBA())

    assert 30 < syn.N < 70
    assert len(set(np.asarray(syn.g_max))) == syn.N
    assert ((syn.g_max > 0.1 * nS) & (syn.g_max < 1 * nS)).all()


def test_synaptic_parameters_and_variables_are_heterogeneous_too():
    neu = models.LIF(10)
    syn = models.AMPA(
        neu, neu, g_max=1 * nS, g=initializers.Uniform(0, 0.1),
        beta=initializers.Uniform(0.1 / ms, 0.2 / ms),
    )  # fmt: skip

    assert len(set(np.asarray(syn.beta))) == len(set(np.asarray(syn.g))) == 10


# -- changing model parameters during simulation ------------------------------------------------


def test_gna_is_changed_between_runs():
    hh = models.HH(5, gNa=np.full(5, 120) * SPECIFIC, gL=0.03 * SPECIFIC, I=6 * PER_AREA)
    mon, spikes = StateMonitor(hh, "V", record=True), SpikeMonitor(hh)
    run(100 * ms)
    first = spikes.num_spikes
    hh.gNa[:] = 50 * SPECIFIC
    run(100 * ms)
    ax = visualize.line_plot(mon.t, mon.V)

    assert first >= 5 * 5
    assert spikes.num_spikes - first <= 5
    V = ax.lines[0].get_ydata()
    assert V[:1000].max() > 20 > V[1200:].max()


# -- examples of using built-in models ----------------------------------------------------------


def test_the_morris_lecar_neuron_oscillates():
    group = models.MorrisLecar(1, V=-20 * mV)
    group.I = 100 * PER_AREA
    mon = StateMonitor(group, ["V", "w"], record=True)
    run(300 * ms)

    fig, gs = visualize.get_figure(2, 1, 3, 8)
    fig.add_subplot(gs[0, 0])
    visualize.line_plot(mon.t, mon.w, ylabel="W")
    fig.add_subplot(gs[1, 0])
    visualize.line_plot(mon.t, mon.V, ylabel="V")

    assert [axes.get_ylabel() for axes in fig.axes] == ["W", "V (mV)"]
    late = np.asarray(mon.t > 150 * ms)
    assert np.ptp(mon.V[0][late] / mV) > 40
    assert np.ptp(mon.w[0][late]) > 0.2


def test_two_hodgkin_huxley_neurons_and_an_ampa_synapse():
    neu1 = models.HH(1, gL=0.03 * SPECIFIC, name="pre")
    neu2 = models.HH(1, gL=0.03 * SPECIFIC, name="post")
    syn1 = models.AMPA(
        neu1, neu2, connect.All2All(), g_max=1 * SPECIFIC, delay=None,
        alpha=0.98 / ms, beta=0.18 / ms, T=0.5, T_dur=0.5 * ms, output=models.COBA(E=0 * mV),
    )  # fmt: skip
    neu1.I = 6 * PER_AREA
    mon = {
        name: StateMonitor(each, "V", record=0)
        for name, each in {"pre": neu1, "post": neu2}.items()
    }
    gates = StateMonitor(syn1.gates, "g", record=0)
    spikes = [SpikeMonitor(neu1), SpikeMonitor(neu2)]
    net = Network(neu1, syn1, neu2, *mon.values(), gates, *spikes)
    net.run(60 * ms)

    fig, gs = visualize.get_figure(2, 1, 3, 8)
    ax = fig.add_subplot(gs[0, 0])
    for name, each in mon.items():
        visualize.line_plot(each, ax=ax, legend=f"{name}-V")
    visualize.line_plot(gates, ax=fig.add_subplot(gs[1, 0]), legend="g")

    assert net["pre"] is neu1
    assert [text.get_text() for text in ax.get_legend().texts] == ["pre-V", "post-V"]
    assert spikes[0].num_spikes >= 3
    assert spikes[1].num_spikes >= spikes[0].num_spikes - 1
    assert spikes[1].t[0] > spikes[0].t[0]
    opening = 0.98 * 0.5
    first = np.asarray(gates.g[0][gates.t < spikes[0].t[1]])
    assert first.max() == pytest.approx(
        opening / (opening + 0.18) * -np.expm1(-(opening + 0.18) * 0.5), rel=0.01
    )


def test_a_current_given_step_by_step_is_an_array_over_time():
    steps = np.ones(int(100 / 0.1)) * 6.0
    by_steps = models.HH(1, I=TimedArray(steps * PER_AREA, dt=0.1 * ms))
    at_once = models.HH(1, I=6 * PER_AREA)
    mon = [StateMonitor(each, "V", record=0) for each in (by_steps, at_once)]
    Network(by_steps, at_once, mon).run(100 * ms)

    np.testing.assert_array_equal(mon[0].V_, mon[1].V_)
