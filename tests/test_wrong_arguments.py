"""Whatever a user gives by mistake to the toolkit works or is told of: never an error of Python.

Each argument in turn gets each mistake, while the others are right.
"""

from __future__ import annotations

import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib.pyplot as plt
import networkx
import numpy as np
import pytest
from scipy import sparse

from eqsim import (
    Hz,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    analysis,
    connect,
    initializers,
    inputs,
    measure,
    ms,
    mV,
    nA,
    second,
    visualize,
)
from eqsim.errors import EqsimError

LONGEST = 20
"""Seconds after which a call counts as one that never ends."""


def mistakes() -> dict[str, Any]:
    """What users give by mistake, made anew for each call."""
    return {
        "None": None,
        "text": "x",
        "empty text": "",
        "bytes": b"x",
        "nan": float("nan"),
        "inf": float("inf"),
        "-inf": -float("inf"),
        "-1": -1,
        "-1.5": -1.5,
        "0": 0,
        "0.0": 0.0,
        "1": 1,
        "0.5": 0.5,
        "1e300": 1e300,
        "1e-300": 1e-300,
        "2**31": 2**31,
        "2**63": 2**63,
        "-2**63 - 1": -(2**63) - 1,
        "10**400": 10**400,
        "True": True,
        "complex": 1j,
        "volts": 3 * mV,
        "array of volts": [1, 2, 3] * mV,
        "milliseconds": 3 * ms,
        "nan seconds": float("nan") * second,
        "infinite seconds": float("inf") * second,
        "-1 ms": -1 * ms,
        "0 ms": 0 * ms,
        "1e300 seconds": 1e300 * second,
        "1e-300 seconds": 1e-300 * second,
        "array of ms": [1, 2, 3] * ms,
        "mixed units": [1 * ms, 2 * mV],
        "empty list": [],
        "empty array": np.zeros(0),
        "empty ms": np.zeros(0) * ms,
        "empty tuple": (),
        "empty dict": {},
        "dict": {"a": 1},
        "dict by number": {0: 1},
        "set": {1, 2},
        "ragged": [[1], [2, 3]],
        "list of texts": ["a", "b"],
        "list of None": [None, None],
        "list of lists of ms": [[1, 2] * ms, [3] * ms],
        "numbers": [1, 2, 3],
        "number alone": [1],
        "negative numbers": [-1, -2, -3],
        "numbers that overflow": [2**63, 2**64, 10**30],
        "nan array": np.full(3, np.nan),
        "matrix": np.ones((2, 3)),
        "three axes": np.zeros((2, 3, 4)),
        "scalar array": np.array(3),
        "object array": np.array([None, "a", {}], dtype=object),
        "complex array": np.ones(3, dtype=complex),
        "bool array": np.array([True, False, True]),
        "dates": np.array(["2020-01-01"] * 3, dtype="datetime64[D]"),
        "strings": np.array(["a", "b", "c"]),
        "masked": np.ma.masked_array([1.0, 2.0, 3.0], mask=[0, 1, 0]),
        "lambda": lambda *arguments: None,
        "failing function": lambda *arguments, **named: 1 / 0,
        "class": int,
        "object": object(),
        "generator": (k for k in range(3)),
        "range": range(3),
        "slice": slice(None),
        "Ellipsis": ...,
        "group": NeuronGroup(3, "v : volt"),
        "class of groups": NeuronGroup,
    }


ALL = tuple(mistakes())
FEW = (
    "None", "text", "nan", "inf", "-1", "0.0", "2**63", "10**400", "True", "complex", "volts",
    "array of ms", "nan seconds", "-1 ms", "empty list", "dict", "ragged", "list of lists of ms",
    "numbers that overflow", "nan array", "three axes", "object array", "strings", "lambda",
    "group",
)  # fmt: skip
"""For calls that draw or search, which take long."""


def rendered(film: Any) -> None:
    # Films that nobody looks at warn when they are thrown away.
    film._draw_was_started = True


class Case:
    """A public callable with right arguments.

    ``after`` uses what it returned, as mistakes may show there only.
    """

    def __init__(
        self, function: Any, *, after: Callable[[Any], Any] | None = None, **right: Any
    ) -> None:
        self.function, self.right, self.after = function, right, after

    def __call__(self, **changed: Any) -> Any:
        made = self.function(**{**self.right, **changed})
        return made if self.after is None else self.after(made)

    @property
    def name(self) -> str:
        return str(self.function.__qualname__)


def of_four(made: Any) -> Any:
    return made(4)


def of_square(made: Any) -> Any:
    return made((3, 3))


SQUARE = np.eye(4)
GRAPH = networkx.path_graph(4)
networkx.set_edge_attributes(GRAPH, 2.0, "strength")

CONNECTORS = [
    Case(connect.All2All, after=of_four, include_self=False),
    Case(connect.GridFour, after=of_square, include_self=False, periodic_boundary=True),
    Case(connect.GridEight, after=of_square, include_self=False, periodic_boundary=True),
    Case(connect.GridN, after=of_square, n=1, include_self=False, periodic_boundary=True),
    Case(connect.FixedProb, after=of_four, prob=0.5, include_self=False, seed=1),
    Case(connect.FixedPreNum, after=of_four, num=2, include_self=False, seed=1),
    Case(connect.FixedPostNum, after=of_four, num=2, include_self=False, seed=1),
    Case(
        connect.DistanceDependent, after=of_square, prob=lambda d: 0.5 * (d < 1), reach=0.5,
        normalize=True, include_self=True, periodic_boundary=False, seed=1,
    ),
    Case(
        connect.GaussianProb, after=of_square, sigma=0.5, p_min=0.1, normalize=True,
        include_self=True, periodic_boundary=False, seed=1,
    ),
    Case(
        connect.GaussianWeight, after=of_square, sigma=0.5, w_max=1.0, w_min=0.1, normalize=True,
        include_self=True, periodic_boundary=False,
    ),
    Case(
        connect.DOG, after=of_square, sigmas=(0.5, 1.0), ws_max=(1.0, 0.5), w_min=0.1,
        normalize=True, include_self=True, periodic_boundary=False,
    ),
    Case(connect.SmallWorld, after=of_four, num_neighbor=2, prob=0.5, directed=False, seed=1),
    Case(connect.ScaleFree, after=of_four, m=2, directed=False, seed=1),
    Case(connect.FromIndices, after=of_four, i=[0, 1, 2], j=[1, 2, 3], weights=[1.0, 2.0, 3.0]),
    Case(connect.FromMatrix, after=of_four, matrix=SQUARE),
    Case(connect.FromSparse, after=of_four, matrix=sparse.csr_array(SQUARE), unit=1 * mV),
    Case(connect.FromGraph, after=of_four, graph=GRAPH, weight="strength", unit=1 * mV),
    Case(
        connect.BetweenParts, after=of_square, connector=connect.All2All(), pre=np.s_[:2],
        post=np.s_[:2],
    ),
    Case(connect.One2One().__call__, pre_shape=4, post_shape=4),
    Case(connect.Sides.of_shapes, pre_shape=4, post_shape=4),
    Case(
        connect.Connections.of_pairs, sides=connect.Sides((4,), (4,)), pre=[0, 1, 2],
        post=[1, 2, 3], weights=np.ones(3), after=list,
    ),
    Case(
        connect.Connections.in_rows, sides=connect.Sides((3,), (3,)), counts=[1, 1, 1],
        post=[0, 1, 2], after=list,
    ),
]  # fmt: skip
CONVERSIONS = [
    Case(connect.ij2mat, i=[0, 1, 2], j=[1, 2, 0], num_pre=3, num_post=3),
    Case(connect.mat2ij, conn_mat=np.eye(3)),
    Case(connect.pre2post, i=[0, 1, 2], j=[1, 2, 0], num_pre=3),
    Case(connect.post2pre, i=[0, 1, 2], j=[1, 2, 0], num_post=3),
    Case(connect.pre2syn, i=[0, 1, 2], num_pre=3),
    Case(connect.post2syn, j=[0, 1, 2], num_post=3),
    Case(connect.pre_slice_syn, i=[0, 1, 2], j=[1, 2, 0], num_pre=3),
    Case(connect.post_slice_syn, i=[0, 1, 2], j=[1, 2, 0], num_post=3),
]


def drawn(made: Any) -> Any:
    return made((2, 2))


INITIALIZERS = [
    Case(initializers.Constant, after=drawn, value=1.0),
    Case(initializers.OneInit, after=drawn, value=1.0),
    Case(initializers.Uniform, after=drawn, min_val=0.0, max_val=1.0, seed=1),
    Case(initializers.Normal, after=drawn, mean=0.0, scale=1.0, seed=1),
    Case(
        initializers.TruncatedNormal, after=drawn, loc=0.0, scale=1.0, lower=-1.0, upper=1.0,
        seed=1,
    ),
    Case(initializers.LogNormal, after=drawn, mean=1.0, scale=1.0, seed=1),
    Case(initializers.Normal(seed=1).__call__, shape=3),
]  # fmt: skip

DURATION = {"duration": 10 * ms, "dt": 1 * ms}
PART = dict(**DURATION, t_start=2 * ms, t_end=8 * ms)
INPUTS = [
    Case(inputs.constant_current, sections=[(0, 1 * ms), (1 * nA, 2 * ms)], dt=0.1 * ms),
    Case(lambda value, dt: inputs.constant_current([(value, dt)]), value=1 * nA, dt=1 * ms),
    Case(inputs.spike_current, points=[1, 3] * ms, lengths=1 * ms, sizes=1 * nA, **DURATION),
    Case(inputs.ramp_current, c_start=0, c_end=1 * nA, **PART),
    Case(inputs.sinusoidal_input, amplitude=1 * nA, frequency=100 * Hz, bias=True, **PART),
    Case(inputs.square_input, amplitude=1 * nA, frequency=100 * Hz, bias=True, **PART),
    Case(inputs.wiener_process, sigma=1 * nA / second**0.5, n=2, seed=1, **PART),
    Case(
        inputs.ou_process, mean=1 * nA, sigma=1 * nA, tau=5 * ms, n=2, seed=1, **PART
    ),
    Case(
        inputs.SpikeTimeGroup, size=3, times=[1, 2, 3] * ms, indices=[0, [0, 1], 2], dt=0.1 * ms,
        period=10 * ms, sorted=False, name="given_times",
    ),
    Case(
        inputs.FrequencyGroup, size=3, frequencies=[10, 20, 30] * Hz, start_time=1 * ms,
        dt=0.1 * ms, name="regular",
    ),
    Case(inputs.PoissonGroup, N=3, rates=10 * Hz, dt=0.1 * ms, when="start", order=1),
]  # fmt: skip


class Recorded:
    """A small run, with monitors."""

    def __init__(self) -> None:
        self.group = NeuronGroup(
            (2, 2), "dv/dt = (2 - v)/(5*ms) : 1\nu : volt", threshold="v > 1", reset="v = 0",
            method="exact", name="recorded_group",
        )  # fmt: skip
        self.group.v = [0.0, 0.2, 0.4, 0.6]
        self.spikes = SpikeMonitor(self.group, name="recorded_spikes")
        self.states = StateMonitor(self.group, ["v", "u"], record=True, name="recorded_states")
        self.rate = PopulationRateMonitor(self.group, name="recorded_rate")
        self.synapses = Synapses(self.group, self.group, "w : 1", name="recorded_synapses")
        self.synapses.connect(p=0.5)
        network = Network(self.group, self.spikes, self.states, self.rate, self.synapses)
        network.run(20 * ms, target="numpy")


TIMES = [[1, 3, 4] * ms, [2, 5, 9] * ms]
WAVE = np.sin(np.arange(40.0))


def measures(recorded: Recorded) -> list[Case]:
    trains = measure.SpikeTrains.of(TIMES, duration=10 * ms)
    return [
        Case(measure.SpikeTrains.of, spikes=TIMES, dt=1 * ms, duration=10 * ms,
             after=lambda made: (made.by_neuron(), made.counts(1 * ms))),
        Case(measure.SpikeTrains, neurons=np.array([0, 1]), times=np.array([0.1, 0.2]), n=2,
             duration_=1.0, dt_=0.1, after=measure.isi),
        Case(trains.bins, width=1 * ms),
        Case(trains.counts, width=1 * ms),
        Case(measure.firing_rate, spikes=TIMES, width=2 * ms, window="flat", dt=1 * ms),
        Case(measure.firing_rate, spikes=recorded.rate, width=2 * ms, window="gaussian"),
        Case(measure.raster_plot, spikes=np.eye(3), times=[0, 1, 2] * ms),
        Case(measure.cross_correlation, spikes=TIMES, bin_size=1 * ms, dt=1 * ms),
        Case(measure.spike_train_correlation, spikes=TIMES, bin_size=1 * ms, dt=1 * ms),
        Case(measure.voltage_fluctuation, potentials=recorded.states, variable="v"),
        Case(measure.voltage_fluctuation, potentials=np.eye(3)),
        Case(measure.isi, spikes=TIMES),
        Case(measure.cv, spikes=TIMES),
        Case(measure.cv2, spikes=TIMES),
        Case(measure.lv, spikes=TIMES),
        Case(measure.fano_factor, spikes=TIMES, window=2 * ms, dt=1 * ms),
        Case(measure.power_spectrum, signal=recorded.states, variable="v", segment=5 * ms),
        Case(measure.power_spectrum, signal=WAVE, segment=20 * ms, dt=1 * ms),
        Case(measure.signal_of, given=recorded.states, variable="v"),
        Case(measure.Signal(WAVE, recorded.group.dimension_of_variable("v")).step, dt=1 * ms),
        Case(lambda recorded, name: measure.to_neo(recorded, name=name),
             recorded=recorded.spikes, name="block"),
    ]  # fmt: skip


def pictures(recorded: Recorded, path: Any) -> list[Case]:
    made = connect.GaussianWeight(0.5, 1 * mV)((3, 3))
    common = {"ax": None, "title": "title", "show": False}
    frames = {
        "frame_delay": 40.0,
        "gif_dpi": 20,
        "video_fps": 10,
        "save_path": str(path / "film.gif"),
    }
    film = {"dt": 1 * ms, "variable": None, "figsize": (3, 3), "show": False}
    options = {"color": "k", "linewidth": 1.0, "alpha": 0.5}
    return [
        Case(visualize.get_figure, n_row=1, n_col=1, row_len=2, col_len=2),
        Case(visualize.publication_style, fontsize=8, linewidth=1.0, axes_edgecolor="black",
             after=entered),
        Case(visualize.line_plot, ts=recorded.states, val_matrix="v", plot_ids=[0, 1],
             xlim=(0, 10), ylim=(0, 1), xlabel="time", ylabel="v", legend="v", **common,
             **options),
        Case(visualize.line_plot, ts=np.arange(40) * ms, val_matrix=WAVE * mV, plot_ids=None,
             xlim=(0, 10) * ms, ylim=(0, 1) * mV, **common),
        Case(visualize.rate_plot, spikes=TIMES, width=2 * ms, window="flat", **common,
             **options),
        Case(visualize.rate_plot, spikes=recorded.rate, width=None, **common),
        Case(visualize.spectrum_plot, signal=WAVE * mV, variable=None, segment=20 * ms,
             dt=1 * ms, xlim=(1, 100), **common, **options),
        Case(visualize.raster_plot, spikes=recorded.spikes, marker=".", markersize=2, color="k",
             xlabel="time", ylabel="neuron", xlim=(0, 10), ylim=(0, 4), **common),
        Case(visualize.raster_plot, spikes=[1, 2, 3] * ms, neurons=[0, 1, 0], **common),
        Case(visualize.connection_matrix, connections=recorded.synapses, weight="w",
             cmap="viridis", **common),
        Case(visualize.connection_matrix, connections=made, weight=None, cmap=None, **common),
        Case(visualize.connection_degrees, connections=recorded.synapses, bins=3, **common),
        Case(visualize.connection_map, connections=recorded.synapses, neuron=1, weight="w",
             of="source", cmap="viridis", **common),
        Case(visualize.connection_map, connections=made, neuron=1, of="target", **common),
        Case(visualize.animate_2D, values=np.ones((4, 40)) * mV, net_size=(2, 2), val_min=0,
             val_max=1 * mV, cmap="viridis", frame_step=20, after=rendered, **film),
        Case(lambda **options: visualize.animate_2D(
            np.ones((4, 40)), (2, 2), figsize=(3, 3), **{"frame_step": 20, **options}),
             after=rendered, **frames),
        Case(visualize.animate_1D, dynamical_vars=np.ones((4, 40)) * mV, static_vars=[],
             xlim=(0, 4), ylim=(0, 1), xlabel="neuron", ylabel="v", frame_step=20,
             after=rendered, **film),
        Case(lambda xs, ys, legend: visualize.animate_1D(
            [{"xs": xs, "ys": ys, "legend": legend}], frame_step=20),
             after=rendered, xs=np.arange(4), ys=np.ones((4, 40)), legend="v"),
    ]  # fmt: skip


def entered(style: Any) -> None:
    with style:
        plt.plot([0, 1], label="line")
        plt.legend()
        plt.gcf().canvas.draw()


OSCILLATOR = """
dv/dt = (v - v**3/3 - w + I)/ms : 1
dw/dt = (v + 0.7 - 0.8*w)/(12.5*ms) : 1
I : 1
"""
CUBIC = "dv/dt = (v - v**3 + I)/ms : 1\nI : 1"


def analyses() -> list[Case]:
    given = {
        "model": OSCILLATOR,
        "ranges": {"v": (-3, 3), "w": (-3, 3)},
        "parameters": {"I": 0.8},
        "fixed": None,
    }
    values = {"v": (-2, 2)}
    plane = analysis.PhasePlane(**given)
    line = analysis.PhaseLine(CUBIC, values, parameters={"I": 0})
    diagram = analysis.Bifurcation(CUBIC, {"I": (-1, 1)}, values)
    two = analysis.Bifurcation(
        "dv/dt = (a*v - v**3 + I)/ms : 1\nI : 1\na : 1", {"I": (-1, 1), "a": (-1, 1)}, values
    )
    state = {"v": 0.0, "w": 0.0}
    rates = Network(NeuronGroup(2, "dx/dt = (1 - x)/ms : 1", name="rates"))
    starts = {"rates.x": [[0.0, 1.0], [2.0, 0.5]]}
    return [
        Case(analysis.slow_points, network=rates, candidates=starts, speed=None, apart=0.01,
             namespace=None, target="numpy"),
        Case(lambda values: analysis.slow_points(rates, {"rates.x": values}), values=[0.5, 1.5]),
        Case(analysis.fixed_points, **given),
        Case(lambda low, high: analysis.fixed_points(CUBIC, {"v": (low, high)},
             parameters={"I": 0}), low=-2, high=2),
        Case(lambda parameter: analysis.fixed_points(CUBIC, values, parameters={"I": parameter}),
             parameter=0.1),
        Case(lambda fixed: analysis.fixed_points(OSCILLATOR, values, parameters={"I": 0},
             fixed={"w": fixed}), fixed=0.1),
        Case(analysis.PhasePlane, **given, after=lambda made: made.fixed_points()),
        Case(analysis.PhaseLine, model=CUBIC, ranges=values, parameters={"I": 0}, fixed=None,
             after=lambda made: made.fixed_points()),
        Case(analysis.Bifurcation, model=CUBIC, swept={"I": (-1, 1)}, ranges=values,
             parameters=None, fixed=None, step=0.05, after=lambda made: made.points),
        Case(lambda low, high: analysis.Bifurcation(CUBIC, {"I": (low, high)}, values).points,
             low=-1, high=1),
        Case(line.rates, resolution=10),
        Case(line.plot, ax=None, resolution=10),
        Case(line.trajectory, start={"v": 0.5}, duration=1 * ms),
        Case(lambda value: line.trajectory({"v": value}, 1 * ms), value=0.5),
        Case(plane.trajectory, start=state, duration=1 * ms),
        Case(plane.nullclines, resolution=10),
        Case(plane.vector_field, resolution=10),
        Case(plane.plot, ax=None),
        Case(plane.plot_nullclines, ax=None, resolution=10),
        Case(plane.plot_vector_field, ax=None, resolution=10),
        Case(plane.plot_fixed_points, ax=None),
        Case(plane.plot_limit_cycles, ax=None),
        Case(plane.plot_separatrices, ax=None),
        Case(plane.plot_trajectory, start=state, duration=1 * ms, ax=None, color="k"),
        *(Case(getattr(diagram, name), **arguments) for name, arguments in METHODS),
        *(Case(getattr(two, name), **arguments) for name, arguments in METHODS_OF_TWO),
    ]  # fmt: skip


METHODS: list[tuple[str, dict[str, Any]]] = [
    ("plot", {"variable": "v", "ax": None, "cycles": True}),
    ("plot_periods", {"ax": None}),
]
METHODS_OF_TWO: list[tuple[str, dict[str, Any]]] = [
    ("sections", {"resolution": 2}),
    ("plot", {"variable": None, "ax": None, "cycles": True}),
]


@contextmanager
def limited() -> Iterator[None]:
    """Let no call last for ever, and no warning of NumPy pass."""

    def stop(*_: Any) -> None:
        raise TimeoutError(f"it does not end within {LONGEST} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LONGEST)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


TAKE_FUNCTIONS = {("DistanceDependent", "prob"), ("PoissonGroup", "rates")}
FUNCTIONS = {"failing function", "class", "class of groups"}
"""A function of the user that fails does so with its own error."""


def outcome(case: Case, argument: str, mistake: str) -> str | None:
    """Return what is wrong with how a call with a mistake ends, None if nothing is."""
    if (case.name, argument) in TAKE_FUNCTIONS and mistake in FUNCTIONS:
        return None
    try:
        with limited():
            case(**{argument: mistakes()[mistake]})
    except EqsimError as error:
        return None if len(str(error)) > 25 else f"says too little: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        plt.close("all")
    return None


def check(case: Case, names: tuple[str, ...] = ALL) -> None:
    case()
    plt.close("all")
    found = {}
    for argument in case.right:
        for mistake in names:
            problem = outcome(case, argument, mistake)
            if problem is not None:
                found[f"{case.name}({argument}={mistake})"] = problem
    assert not found


SIMPLE = [*CONNECTORS, *CONVERSIONS, *INITIALIZERS, *INPUTS]


@pytest.mark.parametrize("case", SIMPLE, ids=[case.name for case in SIMPLE])
def test_connectors_initializers_and_inputs_tell_of_mistakes(case: Case) -> None:
    check(case)


def test_measures_tell_of_mistakes() -> None:
    for case in measures(Recorded()):
        check(case)


@pytest.mark.slow
def test_pictures_tell_of_mistakes(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for case in pictures(Recorded(), tmp_path):
        check(case, FEW)


@pytest.mark.slow
def test_analyses_tell_of_mistakes() -> None:
    for case in analyses():
        check(case, FEW)


def test_every_public_callable_gets_mistakes(tmp_path: Any) -> None:
    recorded = Recorded()
    cases = [*SIMPLE, *measures(recorded), *pictures(recorded, tmp_path), *analyses()]
    seen = {case.name.split(".")[0] for case in cases}
    without_arguments = {"One2One", "ZeroInit"}
    results = {
        "BifurcationPoint", "Branch", "Curve", "CycleBranch", "FixedPoint", "LimitCycle",
        "SlowPoint", "Trajectory", "Rows", "Signal", "SpikeTrains", "Connector", "Initializer",
        "Sides",
    }  # fmt: skip
    helpers_of_cases = {"FixedPoint", "to_neo", "PoissonInput"}
    public = {
        name
        for room in (connect, initializers, inputs, measure, visualize, analysis)
        for name in room.__all__
        if callable(getattr(room, name))
    }
    assert public - seen <= without_arguments | results | helpers_of_cases


def test_a_planted_fault_is_found() -> None:
    def raw(n: Any) -> Any:
        return [0] * n

    assert outcome(Case(raw, n=2), "n", "dict") is not None
    assert outcome(Case(raw, n=2), "n", "0") is None


class Nothing(connect.Connector):
    """A connector of a user that forgets to return what it made."""

    def connections(self, sides: connect.Sides, key: int) -> Any:
        connect.Connections.of_pairs(sides, [0], [1])


MAIN: list[tuple[Callable[[], Any], str]] = [
    (lambda: visualize.get_figure(1, 1, row_len=None),
     "row_len is None\n  expected: a number above 0"),
    (lambda: visualize.connection_degrees(connect.One2One()(3), bins="many"),
     "bins cannot be 'many'\n  expected: a whole number of bins, or their edges, ascending"),
    (lambda: visualize.animate_2D(np.ones((4, 2)), net_size=float("nan")),
     "net_size is nan\n  expected: height and width of the grid, two whole numbers"),
    (lambda: connect.FromSparse(sparse.csr_array(SQUARE), unit="x"),
     "unit of FromSparse is 'x'\n  expected: a unit such as nS"),
    (lambda: inputs.SpikeTimeGroup(3, [1] * ms, indices=float("nan")),
     "indices of SpikeTimeGroup are nan\n"
     "  expected: one neuron for all times, or one or several for each: [0, [0, 1], 1]"),
    (lambda: initializers.LogNormal(scale=1e300),
     "scale of LogNormal is 1e+300, and its mean 1.0\n"
     "  expected: a scale of at most 1e154 times the mean"),
    (lambda: measure.signal_of(NeuronGroup(3, "v : 1")),
     "NeuronGroup is no array of numbers\n"
     "  expected: numbers, or arrays and lists of them in rows of one length"),
    (lambda: connect.FromMatrix([[1], [2, 3]]),
     "a list whose parts have different shapes is no array of numbers\n"
     "  expected: numbers, or arrays and lists of them in rows of one length"),
    (lambda: connect.FixedProb(10**400),
     "prob of FixedProb is 1000000000000000000000000000...00000000000000000000000000000\n"
     "  expected: a finite number"),
    (lambda: inputs.constant_current(5 * nA),
     "constant_current needs sections, pairs of a value and a duration\n"
     "  for example [(0, 100*ms), (1*nA, 300*ms)]"),
    (lambda: inputs.ramp_current(0, 1 * nA, 1e300 * second),
     "duration is 1e+300*second, which is more than 2**31 - 1 steps of 100 us\n"
     "  give another dt, such as dt=0.1*ms"),
    (lambda: initializers.Normal()(2**40),
     "the number of values is 1099511627776\n"
     "  expected: a whole number, at most 2147483647"),
    (lambda: measure.SpikeTrains.of({"a": [1] * ms}),
     "the number of a neuron is 'a'\n  expected: a whole number, at least 0"),
    (lambda: connect.Connections.of_pairs(connect.Sides((3,), (3,)), [0, 3], [0, 1]),
     "sources have the number 3\n  expected: numbers from 0 to 2"),
    (lambda: connect.pre2syn([0, 1])["x"],
     "the row is 'x'\n  expected: a whole number from 0 to 1"),
    (lambda: Nothing()(3),
     "'connections' of Nothing returned None\n"
     "  expected: Connections, such as Connections.of_pairs(sides, i, j)"),
    (lambda: analysis.PhaseLine(CUBIC, {"v": (-2, 2)}, parameters={"I": 0}).rates("x"),
     "resolution is 'x'\n  expected: a whole number, at least 2"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), MAIN)
def test_messages_say_what_was_expected(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(EqsimError) as raised:
        call()
    assert str(raised.value) == message
    plt.close("all")


def test_what_matplotlib_refuses_is_told_with_its_own_reason() -> None:
    with pytest.raises(EqsimError) as raised:
        visualize.line_plot([0, 1] * ms, [1, 2] * mV, color="blau")
    first, reason, last = str(raised.value).splitlines()
    assert first == "Matplotlib cannot draw with color='blau'"
    assert reason.startswith("  it says: 'blau' is not a valid value for color")
    assert last == "  expected: what Axes.plot takes"
    plt.close("all")
