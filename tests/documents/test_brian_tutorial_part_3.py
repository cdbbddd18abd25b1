"""Part 3 of Brian's tutorial runs cell by cell, as a notebook, and shows what its text says."""

import contextlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot

from eqsim import Cpp, Hz, Numpy, amp, brian, ms, mV, nA, second, seed, set_target
from eqsim.errors import DimensionMismatchError, IntegratorError
from eqsim.network.naming import restart_numbering

SCRIPT = Path(__file__).with_name("part_3.py")
EXPLICIT = """
import matplotlib
from matplotlib.pyplot import axhline, axvline, errorbar, figure, legend, plot
from matplotlib.pyplot import xlabel, xlim, ylabel, ylim
from numpy import diff, linspace, mean, nan, pi, sin, std, zeros
from numpy.random import rand, randint

from eqsim import *

matplotlib.use('Agg')
"""
"""What a script begins with that does not want all names of NumPy and Matplotlib."""
WITHOUT_UNITS = ("plot(tau_range/ms, output_rates)", "plot(tau_range/ms, array(output_rates)/Hz)")
"""Such a script divides by a unit what it draws: Matplotlib makes an array of a list."""
IMAGE_SHAPE = (40, 120)


def cells_of(script):
    """The code of the cells by name; line breaks before each keep its lines' numbers."""
    text = script.read_text(encoding="utf-8")
    marks = [*re.finditer(r"^# %% (.*)\n", text, re.MULTILINE)]
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return {
        mark[1]: "\n" * text.count("\n", 0, mark.end()) + text[mark.end() : end]
        for mark, end in zip(marks, ends, strict=True)
    }


CELLS = cells_of(SCRIPT)
NAMES = list(CELLS)


@dataclass
class Notebook:
    """Runs the cells in order, each once, when their results are first needed."""

    cells: dict
    target: object
    folder: Path
    namespace: dict = field(default_factory=dict)
    results: dict = field(default_factory=dict)
    pictures: dict = field(default_factory=dict)

    def after(self, name):
        """The names as they are after a cell."""
        for cell in NAMES[: NAMES.index(name) + 1]:
            if cell not in self.results:
                self.execute(cell)
        return self.results[name]

    def execute(self, name):
        """Run a cell; keep the names as they are then, and the picture as a file."""
        # Each cell draws the same random numbers, whichever cells ran before.
        seed(5)
        restart_numbering()
        set_target(self.target)
        try:
            with contextlib.chdir(self.folder):
                exec(compile(self.cells[name], SCRIPT, "exec"), self.namespace)
                self.results[name] = dict(self.namespace)
                self.pictures[name] = [self.save(name, k) for k in pyplot.get_fignums()]
        except Exception as error:
            error.add_note(f"in the cell {name!r} of {SCRIPT.name}")
            raise
        finally:
            pyplot.close("all")

    def save(self, name, number):
        path = self.folder / f"{name} {number}.png"
        pyplot.figure(number).savefig(path)
        return path

    def variant(self, name, *changes, target=None):
        """The names after a cell with other words in its place; later cells do not see it."""
        code = self.cells[name]
        for words, other in changes:
            assert code.count(words) == 1
            code = code.replace(words, other)
        names = dict(self.after(NAMES[NAMES.index(name) - 1]))
        seed(5)
        restart_numbering()
        set_target(target or self.target)
        exec(compile(code, f"{SCRIPT.name}, changed", "exec"), names)
        pyplot.close("all")
        return names


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(CELLS, id="import-from-eqsim.brian"),
        pytest.param(
            {name: code.replace(*WITHOUT_UNITS) for name, code in CELLS.items()}
            | {"setup": EXPLICIT},
            id="explicit-imports",
        ),
    ],
)
def notebook(request, tmp_path_factory):
    """The notebook, and an image for its last cell."""
    target = Cpp(threads=1)
    missing = target.unavailable()
    if missing is not None:
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("notebook")
    pyplot.imsave(folder / "brian.png", letters(), cmap="gray", vmin=0, vmax=1)
    return Notebook(request.param, target, folder)


def letters():
    """Dark shapes on white paper, with shape (height, width): two bars and a slope."""
    paper = np.ones(IMAGE_SHAPE)
    paper[5:35, 20:35] = 0
    paper[10:20, 45:70] = 0
    rows, columns = np.indices(IMAGE_SHAPE)
    paper[(columns >= 75) & (abs((columns - 75) - rows) < 6)] = 0
    return paper


def in_hertz(rates):
    return np.array([rate / Hz for rate in rates])


pytestmark = pytest.mark.compiler


@pytest.mark.parametrize("cell", NAMES)
def test_the_cell_runs_and_draws_one_picture(notebook, cell):
    notebook.after(cell)
    pictures = [pyplot.imread(path) for path in notebook.pictures[cell]]

    assert len(pictures) == (cell != "setup")
    assert all(picture[..., :3].std() > 0.01 for picture in pictures)


def test_lists_of_quantities_are_drawn_in_base_units():
    line, *_ = brian.plot([1 * ms, 2 * ms], [3 * mV, 0])
    brian.axvline(1 * ms)
    brian.xlim(0 * ms, 5 * ms)

    assert line.get_xdata() == pytest.approx([1e-3, 2e-3])
    assert line.get_ydata() == pytest.approx([3e-3, 0])
    assert pyplot.xlim() == pytest.approx((0, 5e-3))
    pyplot.close("all")


def test_lists_of_different_quantities_are_not_drawn():
    with pytest.raises(DimensionMismatchError, match="a list needs equal units"):
        brian.plot([1 * ms, 2 * mV])
    pyplot.close("all")


def test_matplotlib_alone_refuses_lists_of_quantities():
    with pytest.raises(DimensionMismatchError, match="divide by a unit first"):
        pyplot.plot([1, 2], [3 * mV, 4 * mV])
    pyplot.close("all")


# -- multiple runs ------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["a network for each value", "store and restore"])
def test_rates_grow_with_the_time_constant_but_not_in_each_step(notebook, cell):
    rates = in_hertz(notebook.after(cell)["output_rates"])

    assert len(rates) == 30
    assert rates[-5:].mean() > rates[:5].mean() + 30
    assert np.diff(rates).min() < 0


def test_each_run_after_restore_begins_anew(notebook):
    after = notebook.after("store and restore")

    assert after["M"].num_spikes == in_hertz(after["output_rates"])[-1]
    assert after["M"].t[-1] < 1000 * ms


def test_rates_for_the_same_spikes_are_monotonic(notebook):
    rates = in_hertz(notebook.after("the same spikes each time")["output_rates"])

    assert rates[-1] > rates[0] + 30
    assert np.diff(rates).min() >= 0


def test_recorded_spikes_are_those_of_one_second(notebook):
    after = notebook.after("the same spikes each time")

    assert len(after["spikes_i"]) == len(after["spikes_t"]) == after["MP"].num_spikes
    assert len(after["spikes_i"]) == pytest.approx(1000, abs=150)
    assert after["net"].t == 1000 * ms


def test_run_would_take_the_poisson_neurons_along(notebook):
    one_value = ("linspace(1, 10, 30)", "linspace(1, 10, 1)")
    names = notebook.variant("the same spikes each time", one_value)
    exec("found = collect()", names)

    assert names["found"] == [names[name] for name in ("P", "MP", "SGG", "G", "S", "M")]
    assert set(names["net"]) == {names[name] for name in ("SGG", "G", "S", "M")}


def test_one_group_for_all_values_is_like_a_loop_in_kind(notebook):
    loop = in_hertz(notebook.after("store and restore")["output_rates"])
    at_once = in_hertz(notebook.after("one group for all values")["output_rates"])

    assert np.corrcoef(loop, at_once)[0, 1] > 0.95
    assert at_once.mean() == pytest.approx(loop.mean(), rel=0.15)


def test_one_group_for_all_values_is_the_loop_for_the_same_spikes(notebook):
    loop = notebook.after("the same spikes each time")
    source = "SpikeGeneratorGroup(num_inputs, spikes_i, spikes_t)"
    at_once = notebook.variant(
        "one group for all values", ("PoissonGroup(num_inputs, rates=input_rate)", source)
    )

    assert np.array_equal(in_hertz(at_once["output_rates"]), in_hertz(loop["output_rates"]))


def test_interspike_intervals_of_the_trains(notebook):
    after = notebook.after("interspike intervals")
    spikes = after["M"]
    counts = np.asarray(spikes.count)

    for k in range(after["num_tau"]):
        intervals = np.diff(np.asarray(spikes.t)[np.asarray(spikes.i) == k])
        expected = (intervals.mean(), intervals.std()) if counts[k] > 2 else (np.nan, np.nan)
        found = after["isi_mu"][k] / second, after["isi_std"][k] / second
        assert found == pytest.approx(expected, nan_ok=True)
    assert counts[0] <= 2 < counts[-1]
    assert after["isi_mu"][-1] / second == np.nanmin(after["isi_mu"] / second)


# -- changing things during a run ---------------------------------------------------------------

ALL_VARIABLES = ("'v', record=True", "True, record=True")
CHANGING = ["runs in a loop", "run_regularly", "network_operation"]


@pytest.mark.parametrize("cell", CHANGING)
def test_the_neuron_spikes_while_its_current_changes(notebook, cell):
    after = notebook.after(cell)
    trace, spikes = after["statemon"], after["spikemon"]

    assert np.asarray(trace.t / ms) == pytest.approx(np.arange(500) * 0.1)
    assert trace.v[0, 0] == -65 * mV
    assert 3 < spikes.num_spikes < 50
    assert min(spikes.v) > -40 * mV
    assert 0 * nA < after["group"].I[0] < 50 * nA


def test_a_network_operation_is_a_loop_of_runs(notebook):
    loop = notebook.after("runs in a loop")
    operation = notebook.after("network_operation")

    assert np.array_equal(loop["statemon"].v, operation["statemon"].v)
    assert np.array_equal(loop["spikemon"].t, operation["spikemon"].t)
    assert loop["group"].I[0] == operation["group"].I[0]


def assert_changes_every_10_ms(currents):
    """The monitor was made before the operation and records before it in the same step."""
    values = currents[:, 1::100]

    assert np.array_equal(currents[:, 1:], np.repeat(values, 100, axis=1)[:, :-1])
    assert ((values > 0) & (values < 50)).all()


@pytest.mark.parametrize("cell", ["run_regularly", "network_operation"])
def test_the_current_is_another_one_every_10_ms(notebook, cell):
    after = notebook.variant(cell, ALL_VARIABLES, target=Numpy())
    currents = np.asarray(after["statemon"].I / nA)

    assert_changes_every_10_ms(currents)
    assert len(set(currents[0, 1:])) == 5


def test_each_neuron_has_a_current_of_its_own(notebook):
    statemon = notebook.after("the injected currents")["statemon"]
    currents = np.asarray(statemon.I / nA)

    assert_changes_every_10_ms(currents)
    assert len(set(currents[:, 1:].flat)) == 15
    assert statemon.C[:, 0] / statemon.C[1, 0] == pytest.approx([0.8, 1, 1.2])


EQUAL_CELLS = ("array([0.8, 1, 1.2])", "array([1, 1, 1])")


def test_neurons_of_one_kind_differ_by_their_currents(notebook):
    v = np.asarray(notebook.variant("different capacitances", EQUAL_CELLS)["statemon"].v)

    assert np.ptp(v, axis=0).max() > 0.05


def test_a_shared_current_is_the_same_for_all(notebook):
    after = notebook.variant("a shared current", ALL_VARIABLES, target=Numpy())
    currents = np.asarray(after["statemon"].I / nA)

    assert_changes_every_10_ms(currents)
    assert np.ptp(currents, axis=0).max() == 0
    assert len(set(currents[0, 1:])) == 5
    assert after["group"].I.dimension == amp.dimension


def test_neurons_of_one_kind_with_a_shared_current_are_equal(notebook):
    v = np.asarray(notebook.variant("a shared current", EQUAL_CELLS)["statemon"].v)

    assert np.ptp(v, axis=0).max() == 0


def test_capacitances_make_the_difference_when_the_current_is_shared(notebook):
    v = np.asarray(notebook.after("a shared current")["statemon"].v)

    assert v.shape == (3, 500)
    assert np.ptp(v, axis=0).max() > 0.01


# -- adding input -------------------------------------------------------------------------------


def driven(currents, step):
    """The potential in each step, for the currents in each, and a step without threshold."""
    v, trace = 0.0, []
    for current in currents:
        trace.append(v)
        v = step(v, current)
        v = 0.0 if v > 1 else v
    return np.array(trace)


def test_a_sine_is_integrated_with_euler(notebook):
    monitor = notebook.after("a sine")["M"]
    sine = 2.5 * np.sin(2 * np.pi * 10 * np.arange(2000) * 1e-4)

    assert np.asarray(monitor.I[0]) == pytest.approx(sine, abs=1e-12)
    expected = driven(np.asarray(monitor.I[0]), lambda v, i: v + 0.1 / 5 * (i - v))
    assert np.asarray(monitor.v[0]) == pytest.approx(expected, abs=1e-9)


def test_exact_integration_refuses_a_sine(notebook):
    with pytest.raises(IntegratorError) as caught:
        notebook.variant("a sine", ("'euler'", "'exact'"))

    assert str(caught.value).startswith(
        "'exact' cannot integrate these equations\n"
        "  equations of 'neurongroup'\n"
        "  dv/dt contains 't', which may change within a step\n"
        "  methods that can: "
    )
    assert "'euler'" in str(caught.value).splitlines()[-1]


@pytest.mark.parametrize("cell", ["a recorded sine", "an arbitrary current"])
def test_recorded_currents_are_integrated_exactly(notebook, cell):
    after = notebook.after(cell)
    recorded = 2.5 * after["I_arr"] if cell == "an arbitrary current" else None
    currents = np.asarray(after["M"].I[0])
    if recorded is None:
        recorded = 2.5 * np.sin(2 * np.pi * 10 * np.arange(2000) * 1e-4)
    decay = np.exp(-0.1 / 5)

    assert currents == pytest.approx(recorded, abs=1e-12)
    expected = driven(currents, lambda v, i: i + (v - i) * decay)
    assert np.asarray(after["M"].v[0]) == pytest.approx(expected, abs=1e-9)


def test_a_recorded_sine_is_nearly_the_sine(notebook):
    formula = np.asarray(notebook.after("a sine")["M"].v[0])
    recorded = np.asarray(notebook.after("a recorded sine")["M"].v[0])
    before_spikes = slice(0, int(np.argmax(np.diff(formula) < -0.5)))

    assert not np.array_equal(formula, recorded)
    assert recorded[before_spikes] == pytest.approx(formula[before_spikes], abs=0.02)
    spikes = [int((np.diff(v) < -0.5).sum()) for v in (formula, recorded)]
    assert spikes[0] > 10
    assert abs(spikes[1] - spikes[0]) <= 2


def test_the_raster_follows_the_image(notebook):
    after = notebook.after("an image")
    height, width = IMAGE_SHAPE
    dark = (letters() == 0)[::-1]
    raster = np.zeros(IMAGE_SHAPE)
    steps = np.round(np.asarray(after["M"].t / ms) - 0.05).astype(int)
    np.add.at(raster, (np.asarray(after["M"].i), np.clip(steps, 0, width - 1)), 1)

    assert (after["num_samples"], after["N"]) == (width, height)
    assert after["img"].shape == (width, height)
    assert raster[dark].mean() > 4 * raster[~dark].mean()
    # Where a bar begins and ends, row by row and millisecond by millisecond.
    assert np.corrcoef(raster.sum(axis=0), dark.sum(axis=0))[0, 1] > 0.7
    assert np.corrcoef(raster.sum(axis=1), dark.sum(axis=1))[0, 1] > 0.7
