"""What the documents teach apart, together: models, connectors, inputs, measures, pictures."""

import numpy as np
import pytest
from matplotlib import pyplot

import eqsim as eq
from eqsim import (
    Hz,
    Network,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
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
    pA,
    run,
    seed,
    uA,
    visualize,
)  # fmt: skip

PER_AREA = uA / cm**2


def sheet_of_everything(dtype):
    """A grid with synapses of each kind, each made by another connector, and its monitors."""
    seed(1)
    sheet = models.LIF(
        (6, 6), I=inputs.constant_current([(0 * nA, 5 * ms), (0.3 * nA, 25 * ms)]),
        V=initializers.Uniform(-65 * mV, -50 * mV, seed=2), dtype=dtype,
    )  # fmt: skip
    background = inputs.PoissonGroup((6, 6), 20 * Hz)
    synapses = [
        models.Exponential(
            sheet, sheet, connect.GaussianWeight(1, 0.1 * nA, normalize=False), delay=1 * ms
        ),
        models.AMPA(
            sheet, sheet, connect.GridEight(), g_max=initializers.LogNormal(1 * nS, 0.5 * nS)
        ),
        models.GapJunction(sheet, sheet, connect.GridFour(), g_max=0.2 * nS),
        models.Exponential(
            sheet, sheet, connect.SmallWorld(4, 0.1), g_max=5 * pA, plasticity=models.STP
        ),
        models.AMPA(
            sheet, sheet, connect.FixedPostNum(3), g_max=1 * nS, plasticity=models.PairSTDP
        ),
        models.NMDA(background, sheet, connect.One2One(), g_max=1 * nS),
    ]
    monitors = (
        StateMonitor(sheet, "V", record=True, dt=1 * ms),
        SpikeMonitor(sheet),
        PopulationRateMonitor(sheet),
    )
    return Network(sheet, background, synapses, monitors), synapses, monitors


@pytest.mark.compiler
@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_all_kinds_of_synapses_on_a_grid_are_the_same_everywhere(dtype, tmp_path, results_of):
    net, _, (traces, spikes, rates) = sheet_of_everything(dtype)
    net.run(30 * ms, target="numpy")
    expected = (spikes.t_.copy(), spikes.i.copy(), traces.V_.copy(), rates.rate_.copy())
    assert expected[2].dtype == dtype
    assert len(expected[0]) > 50

    net, _, (traces, spikes, rates) = sheet_of_everything(dtype)
    if dtype is np.float32:
        net.export(tmp_path, 30 * ms)
        assert spikes.num_spikes == 0
        trace, train, rate = (results_of(tmp_path)[each.name] for each in (traces, spikes, rates))
    else:
        net.run(30 * ms, target="cpp")
        trace, train, rate = traces, spikes, rates
    found = (train.t_, train.i, trace.V_, rate.rate_)
    for values, those_expected in zip(found, expected, strict=True):
        np.testing.assert_array_equal(values, those_expected)


def test_what_a_grid_did_is_measured_and_drawn(tmp_path):
    net, synapses, (traces, spikes, rates) = sheet_of_everything(np.float64)
    net.run(30 * ms, target="numpy")
    fig, gs = visualize.get_figure(2, 2)
    visualize.raster_plot(spikes, ax=fig.add_subplot(gs[0, 0]))
    visualize.line_plot(traces, plot_ids=[0, 14], ax=fig.add_subplot(gs[0, 1]), legend="V")
    visualize.connection_map(synapses[0], 14, "g_max", ax=fig.add_subplot(gs[1, 0]))
    visualize.rate_plot(rates, 1 * ms, ax=fig.add_subplot(gs[1, 1]))
    visualize.animate_2D(traces, save_path=tmp_path / "sheet.gif", frame_step=10)
    labels = [axes.get_ylabel() for axes in fig.axes[:4]]
    pyplot.close("all")

    assert (tmp_path / "sheet.gif").stat().st_size > 1000
    assert labels[:2] == ["neuron", "V (mV)"]
    assert 0 <= measure.voltage_fluctuation(traces) <= 1
    assert measure.raster_plot(spikes)[0].shape == (spikes.num_spikes,)


ANALYSED = {
    "MorrisLecar": ({"V": (-80 * mV, 60 * mV), "w": (0, 1)}, {"I": 100 * PER_AREA}),
    "AdExIF": ({"V": (-80 * mV, -40 * mV), "w": (-1 * nA, 1 * nA)}, {"I": 0.1 * nA}),
    "Izhikevich": ({"V": (-80, -40), "u": (-20, 20)}, {"I": 3}),
    "StuartLandau": ({"x": (-2, 2), "y": (-2, 2)}, {}),
    "WilsonCowan": ({"E": (0, 1), "J": (0, 1)}, {"I": 1.5}),
    "QIFMeanField": ({"r": (0 * Hz, 5000 * Hz), "v": (-5, 5)}, {}),
}


@pytest.mark.parametrize("name", ANALYSED)
def test_a_model_and_its_group_are_analysed_alike(name):
    model, (ranges, parameters) = getattr(models, name), ANALYSED[name]
    alone = analysis.PhasePlane(model, ranges, parameters=parameters).fixed_points()
    of_group = analysis.PhasePlane(model(3, **parameters), ranges).fixed_points()

    assert len(alone) >= 1
    assert [str(each) for each in alone] == [str(each) for each in of_group]


def test_a_fixed_point_of_a_model_is_where_its_group_rests():
    (rest,) = analysis.PhasePlane(
        models.FitzHughNagumo, {"v": (-3, 3), "w": (-3, 3)}, parameters={"I": 0.2}
    ).fixed_points()
    group = models.FitzHughNagumo(1, I=0.2, dtype=np.float32)
    run(500 * ms, target="numpy")

    assert rest.stable
    assert group.v[0] == pytest.approx(rest.state["v"], abs=1e-5)
    assert group.w[0] == pytest.approx(rest.state["w"], abs=1e-5)


def test_current_that_makes_a_membrane_oscillate_is_that_of_its_hopf_point():
    ranges = {"V": (-80 * mV, 60 * mV), "w": (0, 1)}
    diagram = analysis.Bifurcation(
        models.MorrisLecar, {"I": (0 * PER_AREA, 300 * PER_AREA)}, ranges
    )
    lowest, highest = (point.parameters["I"] / PER_AREA for point in diagram.points)
    cells = models.MorrisLecar(3, I=np.array([80, 150, 230]) * PER_AREA, V=-20 * mV, dt=0.25 * ms)
    trace = StateMonitor(cells, "V", record=True)
    run(400 * ms, target="numpy")

    assert lowest == pytest.approx(93.86, abs=0.01)
    assert highest == pytest.approx(212.0, abs=0.1)
    late = trace.V[:, np.asarray(trace.t > 200 * ms)] / mV
    assert [swing > 20 for swing in np.ptp(late, axis=1)] == [False, True, False]


def test_the_package_is_used_by_its_short_name():
    cells = eq.models.HH(3, I=6 * eq.uA / eq.cm**2, gL=0.03 * mS / cm**2)
    trace = eq.StateMonitor(cells, "V", record=True)
    eq.run(20 * eq.ms, target="numpy")
    ax = eq.visualize.line_plot(trace)

    assert len(ax.lines) == 3
    pyplot.close("all")
