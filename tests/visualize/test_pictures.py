"""Pictures: the data drawn, the labels, the units; and that nothing is shown unasked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes

from eqsim import (
    Hz,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    inputs,
    kHz,
    measure,
    ms,
    mV,
    nA,
    nS,
    run,
    second,
    visualize,
)
from eqsim.connect import FixedProb, FromMatrix, GaussianWeight, GridFour
from eqsim.errors import EqsimError
from eqsim.visualize import (
    connection_degrees,
    connection_map,
    connection_matrix,
    get_figure,
    line_plot,
    publication_style,
    raster_plot,
    rate_plot,
    spectrum_plot,
)


@pytest.fixture(autouse=True)
def nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Count windows, and leave no figure open."""
    shown: list[int] = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(1))
    yield shown
    plt.close("all")


@pytest.fixture(scope="module")
def recorded() -> Any:
    group = NeuronGroup(
        4, "dv/dt = (20*mV*(1 + 0.2*i) - v)/(10*ms) : volt\nu : 1", threshold="v > 15*mV",
        reset="v = 0*mV", method="exact",
    )  # fmt: skip
    spikes, rates = SpikeMonitor(group), PopulationRateMonitor(group)
    traces = StateMonitor(group, ("v", "u"), record=[1, 3])
    run(100 * ms, target="numpy")
    return spikes, rates, traces


# -- lines ----------------------------------------------------------------------------------------


def test_monitors_are_drawn_with_their_names_and_units(recorded: Any) -> None:
    _, _, traces = recorded
    ax = line_plot(traces, "v", plot_ids=[3, 1], legend="v")

    assert isinstance(ax, Axes)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (ms)", "v (mV)")
    assert [line.get_label() for line in ax.lines] == ["v-3", "v-1"]
    assert ax.lines[0].get_ydata() == pytest.approx(traces[3].v / mV)
    assert ax.lines[1].get_xdata() == pytest.approx(traces.t / ms)


def test_arrays_are_drawn_in_the_unit_that_suits_them(recorded: Any) -> None:
    _, _, traces = recorded
    ax = line_plot(traces.t, traces.v, xlim=(50 * ms, 0.1 * second), ylim=(-5, 0.02 * mV * 1000),
                   ylabel="V", title="both")  # fmt: skip

    assert len(ax.lines) == 2
    assert ax.get_ylabel() == "V (mV)"
    assert ax.get_xlim() == pytest.approx((50, 100))
    assert ax.get_ylim() == pytest.approx((-5, 20))
    assert ax.get_title() == "both"

    part = line_plot(traces, "v", ax=plt.figure().add_subplot(), xlim=[10, 20] * ms)
    assert part.get_xlim() == pytest.approx((10, 20))

    current = inputs.constant_current([(0, 1 * ms), ([1, 3] * nA, 2 * ms)], dt=1 * ms)
    drawn = line_plot(current, ax=plt.figure().add_subplot(), ylabel="I")
    assert (drawn.get_xlabel(), drawn.get_ylabel()) == ("time (ms)", "I (nA)")
    assert [line.get_ydata().tolist() for line in drawn.lines] == [[0, 1, 1], [0, 3, 3]]
    assert drawn.lines[1].get_xdata() == pytest.approx([0, 1, 2])

    plain = line_plot(np.arange(3), [1.0, 2.0, 4.0], ax=plt.figure().add_subplot())
    assert (plain.get_xlabel(), plain.get_ylabel()) == ("time", "value")
    assert plain.lines[0].get_ydata().tolist() == [1, 2, 4]


def test_what_is_drawn_later_has_the_unit_of_what_is_there() -> None:
    ax = line_plot([0, 1] * ms, [1, 2] * mV)
    line_plot([0, 1] * second, [0.001, 0.002] * mV)

    assert ax.lines[1].get_ydata() == pytest.approx([0.001, 0.002])
    assert ax.lines[1].get_xdata() == pytest.approx([0, 1000])
    assert ax.get_ylabel() == "mV"
    with pytest.raises(EqsimError) as raised:
        line_plot([0, 1] * ms, [1, 2] * nS)
    assert str(raised.value) == (
        "the y axis shows V, not S\n  draw in other Axes: ax=fig.add_subplot(...)"
    )


def test_a_group_in_place_of_a_monitor_is_told(recorded: Any) -> None:
    spikes, _, _ = recorded
    for given in (spikes.source, spikes):
        with pytest.raises(EqsimError) as raised:
            line_plot(given, "v")
        assert str(raised.value) == (
            f"{type(given).__name__} has recorded no 'v' over time\n"
            "  record it, M = StateMonitor(group, 'v'), and draw line_plot(M, 'v')"
        )


def test_rates_and_spectra(recorded: Any) -> None:
    spikes, rates, traces = recorded
    ax = rate_plot(spikes, 5 * ms)
    _, rate = measure.firing_rate(spikes, 5 * ms)
    assert ax.get_ylabel() == "rate (Hz)"
    assert ax.lines[0].get_ydata() == pytest.approx(rate / Hz)

    plt.figure()
    raw = rate_plot(rates)
    assert raw.get_ylabel() == "rate (kHz)"
    assert raw.lines[0].get_ydata() == pytest.approx(rates.rate / Hz / 1000)

    plt.figure()
    ax = spectrum_plot(traces, "v", segment=50 * ms, xlim=(0 * Hz, 500 * Hz))
    f, power = measure.power_spectrum(traces, "v", segment=50 * ms)
    assert ax.get_xlabel() == "frequency (Hz)"
    assert ax.get_xlim() == pytest.approx((0, 500))
    assert ax.lines[0].get_xdata() == pytest.approx(f[1:] / Hz)
    drawn = ax.lines[0].get_ydata()
    expected = np.asarray(power / (mV**2 / Hz)).mean(axis=0)[1:]
    assert drawn / drawn[0] == pytest.approx(expected / expected[0])


@pytest.mark.parametrize("xlim", [(0, 500), (0 * Hz, 500 * Hz), [0.0, 0.5 * kHz], [0, 0.5] * kHz])
def test_limits_of_spectra_are_frequencies_in_hertz(xlim: Any) -> None:
    signal = np.sin(np.arange(2000.0)) * mV
    ax = spectrum_plot(signal, dt=0.1 * ms, xlim=xlim)
    assert ax.get_xlabel() == "frequency (Hz)"
    assert ax.get_xlim() == pytest.approx((0, 500))

    plt.figure()
    ax = spectrum_plot(signal, dt=0.1 * ms)
    assert ax.get_xlabel() == "frequency (kHz)"
    spectrum_plot(signal, dt=0.1 * ms, ax=ax, xlim=(0, 500))
    assert ax.get_xlim() == pytest.approx((0, 0.5))


# -- spikes ---------------------------------------------------------------------------------------


def test_rasters_of_every_form_are_the_same(recorded: Any) -> None:
    spikes, _, _ = recorded
    steps = np.rint(spikes.t / (0.1 * ms)).astype(int)
    matrix = np.zeros((4, 1000), dtype=bool)
    matrix[spikes.i, steps] = True
    drawn = []
    for arguments in (
        (spikes,), (spikes.t, spikes.i), (spikes.spike_trains(),),
        (np.arange(1000) * 0.1 * ms, matrix),
    ):  # fmt: skip
        ax = raster_plot(*arguments, ax=plt.figure().add_subplot())
        points = ax.lines[0].get_xydata()
        drawn.append(points[np.lexsort(points.T)])
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (ms)", "neuron")

    assert len(drawn[0]) == spikes.num_spikes > 0
    for points in drawn[1:]:
        assert points == pytest.approx(drawn[0])


# -- connectivity ---------------------------------------------------------------------------------


def test_matrices_show_counts_and_weights() -> None:
    group = NeuronGroup(3, "x : 1")
    synapses = Synapses(group, group, "w : siemens")
    synapses.connect(i=[0, 0, 2], j=[1, 1, 0])
    synapses.w = [1, 2, 4] * nS
    counts = connection_matrix(synapses)
    assert counts.images[0].get_array().tolist() == [[0, 2, 0], [0, 0, 0], [1, 0, 0]]
    assert (counts.get_xlabel(), counts.get_ylabel()) == ("target", "source")
    assert counts.figure.axes[-1].get_ylabel() == "synapses"

    weights = connection_matrix(synapses, "w", ax=plt.figure().add_subplot())
    expected = np.array([[0, 3, 0], [0, 0, 0], [4, 0, 0]])
    assert weights.images[0].get_array().data == pytest.approx(expected)
    assert weights.figure.axes[-1].get_ylabel() == "w (nS)"


def test_large_matrices_are_summed_in_cells() -> None:
    made = FixedProb(0.1, seed=1)(1000, 2000)
    ax = connection_matrix(made)
    cells = ax.images[0].get_array()

    assert cells.shape == (400, 400)
    assert cells.sum() == len(made)
    assert ax.images[0].get_extent() == [-0.5, 1999.5, 999.5, -0.5]


def test_weights_of_both_signs_have_a_colour_for_zero() -> None:
    ax = connection_matrix(FromMatrix([[-1.0, 0.0], [0.0, 4.0]])(2))

    assert ax.images[0].get_clim() == (-4, 4)


def test_degrees_are_counted() -> None:
    made = FixedProb(0.2, seed=1)(30, 50)
    ax = connection_degrees(made, bins=np.arange(0, 60))
    heights = [patch.get_height() for patch in ax.patches]

    assert sum(heights) == 80
    outgoing = np.bincount(made.n_outgoing, minlength=60)[:59]
    assert heights[:58] == outgoing[:58].tolist()


def test_partners_are_drawn_where_they_are() -> None:
    weights = GaussianWeight(0.2, 2 * nS, w_min=0 * nS)((6, 4))
    ax = connection_map(weights, 9)
    row = weights.weights[weights.pre == 9] / nS
    assert ax.images[0].get_array().data == pytest.approx(np.asarray(row).reshape(6, 4))
    assert ax.figure.axes[-1].get_ylabel() == "weight (nS)"

    group = NeuronGroup((3, 3), "x : 1")
    synapses = Synapses(group, group)
    synapses.connect(GridFour())
    for of in ("source", "target"):
        ax = connection_map(synapses, 0, of=of, ax=plt.figure().add_subplot())
        assert ax.images[0].get_array().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]

    line = connection_map(FixedProb(1.0)(2, 5), 1, ax=plt.figure().add_subplot())
    assert line.lines[0].get_ydata().tolist() == [1] * 5
    assert (line.get_xlabel(), line.get_ylabel()) == ("target", "synapses")


# -- figures --------------------------------------------------------------------------------------


def test_figures_have_the_size_of_their_places() -> None:
    figure, places = get_figure(2, 3, 2, 4)

    assert figure.get_size_inches().tolist() == [12, 4]
    assert (places.nrows, places.ncols) == (2, 3)


def test_styles_are_left_as_they_were() -> None:
    before = dict(mpl.rcParams)
    with publication_style(fontsize=7, linewidth=0.5, axes_edgecolor="gray"):
        assert mpl.rcParams["font.size"] == 7
        assert mpl.rcParams["lines.linewidth"] == 0.5
        assert mpl.rcParams["axes.edgecolor"] == "gray"
        assert not mpl.rcParams["axes.spines.right"]
    assert dict(mpl.rcParams) == before


def test_figures_are_shown_only_if_asked_for(recorded: Any, nothing_is_shown: list[int]) -> None:
    spikes, rates, traces = recorded
    made = FixedProb(0.5, seed=1)(5)
    drawings = {
        "line_plot": lambda show: line_plot(traces, "v", show=show),
        "raster_plot": lambda show: raster_plot(spikes, show=show),
        "rate_plot": lambda show: rate_plot(rates, show=show),
        "spectrum_plot": lambda show: spectrum_plot(traces, "v", show=show),
        "connection_matrix": lambda show: connection_matrix(made, show=show),
        "connection_degrees": lambda show: connection_degrees(made, show=show),
        "connection_map": lambda show: connection_map(made, 0, show=show),
    }
    others = {"get_figure", "publication_style", "animate_1D", "animate_2D"}
    assert {*drawings, *others} == set(visualize.__all__)
    for draw in drawings.values():
        plt.figure()
        assert isinstance(draw(False), Axes)
    assert nothing_is_shown == []
    for draw in drawings.values():
        plt.figure()
        draw(True)
    assert len(nothing_is_shown) == len(drawings)


def links() -> Synapses:
    group = NeuronGroup(2, "x : 1")
    return Synapses(group, group, "w : 1", name="links")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r: line_plot([0, 1, 2] * ms),
         "line_plot needs a monitor, or times and signals\n"
         "  line_plot(M, 'v'), or line_plot(M.t, M.v)"),
        (lambda r: line_plot([0, 1, 2] * ms, np.zeros((3, 2)) * mV),
         "there are times of the shape (3,) and signals of the shape (3, 2)\n"
         "  expected: one value for each time, along the last axis: transpose it, values.T"),
        (lambda r: line_plot(r[2], "v", plot_ids=2),
         "there is no signal 2 in plot_ids\n  known: 1, 3"),
        (lambda r: line_plot(r[2], "v", ax=3),
         "ax is int\n  expected: Axes, such as fig.add_subplot(gs[0, 0])"),
        (lambda r: rate_plot(r[0]),
         "the rate of spikes needs a width of the window over which they are counted\n"
         "  for example width=5*ms"),
        (lambda r: raster_plot([1, 2] * ms, [1]),
         "there are times of the shape (2,) and neurons of the shape (1,)\n"
         "  expected: one neuron for each time"),
        (lambda r: connection_matrix(np.eye(3)),
         "ndarray cannot be drawn as connectivity\n"
         "  expected: Synapses, or what a connector returns"),
        (lambda r: connection_matrix(FixedProb(0.5)(3), "w"),
         "weight names a variable of Synapses; the weights of a connector are shown anyway\n"
         "  leave it out"),
        (lambda r: connection_map(FixedProb(0.5)(3), 3),
         "there is no source 3\n  they are numbered 0 to 2"),
        (lambda r: connection_map(FixedProb(0.5)(3), 0, of="pre"),
         "of is 'pre'\n  expected: 'source' or 'target'"),
        (lambda r: line_plot([0, 1] * ms, [1, 2] * mV, xlim=5),
         "xlim is 5\n  expected: the two ends of the axis, such as (0, 100)"),
        (lambda r: line_plot([0, 1] * ms, [1, 2] * mV, ylim=(0, np.nan)),
         "an end of ylim is nan\n  expected: a finite number or quantity"),
        (lambda r: connection_matrix(links(), "ww"),
         "'links' has no variable 'ww' to draw\n  its variables: w\n  did you mean 'w'?"),
        (lambda r: get_figure(0, 1), "n_row is 0\n  expected: a whole number, at least 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(recorded: Any, call: Any, message: str) -> None:
    with pytest.raises(EqsimError) as raised:
        call(recorded)

    assert str(raised.value) == message
