"""Labelled results with and without xarray, progress, pictures, the command line."""

from __future__ import annotations

import importlib.util
import io
import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pytest

from eqsim import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    ms,
    mV,
    nS,
    open_sweep,
    sampling,
    sweep,
    umetre,
)
from eqsim.cli import main
from eqsim.errors import ModelError
from eqsim.sweeps import Evaluator, SweepResult, fit, plot
from eqsim.sweeps.command import axis_of
from eqsim.sweeps.progress import Progress, told
from eqsim.units import metre, siemens
from eqsim.units.display import best_unit_for
from eqsim.units.quantity import dimension_of


def network():
    cells = NeuronGroup(
        2, "dv/dt = (drive - v)/tau : 1", threshold="v > 1", reset="v = 0", method="exact",
        name="cells",
    )  # fmt: skip
    trace = StateMonitor(cells, "v", record=True, dt=1 * ms, name="trace")
    return Network(cells, SpikeMonitor(cells, name="spikes"), trace)


def done(**options):
    base = {"duration": 5 * ms, "target": "numpy", "seed": 1, "repeats": 2}
    space = options.pop("space", {"tau": [5, 8, 9] * ms, "drive": [0.5, 2]})
    return sweep(network(), space, **{**base, **options})


def test_everything_that_monitors_recorded_is_kept():
    found = done()

    assert dict(found.sizes) == {
        "tau": 3, "drive": 2, "repeat": 2, "spikes.count_0": 2, "trace.t_0": 5, "trace.v_0": 2,
        "trace.v_1": 5, "spikes.i_0": 2, "spikes.t_0": 2,
    }  # fmt: skip
    assert found["trace.v"].dims == ("tau", "drive", "repeat", "trace.v_0", "trace.v_1")
    assert found["trace.t"].attrs == {"units": "second"}
    assert list(found.coords) == ["tau", "drive", "seed", "status"]
    times = found["spikes.t"].sel(drive=0.5).values
    assert np.isnan(times).all()  # no spike at this drive


def test_without_xarray_names_and_numbers_are_the_same(monkeypatch):
    dataset = done(record={"v": "mean(trace.v)"})
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "xarray" else find_spec(name)
    )

    own = done(record={"v": "mean(trace.v)"})

    assert isinstance(own, SweepResult)
    assert own.v.dims == dataset["v"].dims
    np.testing.assert_array_equal(own["v"].values, dataset["v"].values)
    assert own.sizes == dict(dataset.sizes)
    assert set(own.coords) == set(dataset.coords)
    assert own.coords["tau"].attrs == dataset["tau"].attrs
    with pytest.raises(KeyError, match="did you mean 'tau'"):
        own["tua"]
    with pytest.raises(AttributeError, match="the result has no 'nothing'"):
        own.nothing  # noqa: B018
    assert own.plot("v").get_xlabel() == "tau (ms)"
    plt.close("all")


def test_points_that_form_no_grid_lie_along_one_axis():
    found = done(space=[{"tau": 5 * ms, "drive": 2}, {"tau": 8 * ms, "drive": 3}], repeats=1)

    assert found["spikes.count"].dims == ("point", "spikes.count_0")
    assert found["tau"].dims == ("point",)


REDUCTIONS = [
    ("max(trace.v)", lambda m: m.v.max()),
    ("mean(trace.v)", lambda m: m.v.mean()),
    ("std(trace.v)", lambda m: m.v.std()),
    ("sum(trace.v)", lambda m: m.v.sum()),
    ("first(trace.v)", lambda m: m.v[:, 0]),
    ("last(trace.v)", lambda m: m.v[:, -1]),
    ("median(trace.v)", lambda m: np.median(m.v)),
    ("min(trace.t)", lambda m: m.t.min()),
    ("trace.v", lambda m: m.v),
]


@pytest.mark.parametrize(("text", "meaning"), REDUCTIONS)
def test_reductions_mean_what_numpy_means(text, meaning):
    found = done(record={"text": text, "function": lambda results: meaning(results["trace"])})

    np.testing.assert_array_equal(found["text"].values, found["function"].values)
    assert found["text"].attrs == found["function"].attrs


def test_a_function_may_return_several_values():
    found = done(record=[lambda results: {"a": 1.0, "b": results.parameters["drive"]}, "cells.v"])

    assert set(found.data_vars) == {"a", "b", "cells.v"}
    np.testing.assert_array_equal(found["b"].values[0, :, 0], [0.5, 2])


def test_a_line_and_a_heat_map_are_drawn():
    found = done(record={"v": "mean(trace.v)"})

    line = plot(found, "v", x="tau")
    np.testing.assert_allclose(line.lines[0].get_xdata(), [5, 8, 9])
    np.testing.assert_allclose(line.lines[0].get_ydata(), found["v"].values.mean(axis=(1, 2)))
    assert (line.get_xlabel(), line.get_ylabel()) == ("tau (ms)", "v")
    heat = plot(found, "v")
    (drawn,) = heat.collections
    np.testing.assert_allclose(
        np.ravel(drawn.get_array()), found["v"].values.mean(axis=2).T.ravel()
    )
    assert (heat.get_xlabel(), heat.get_ylabel()) == ("tau (ms)", "drive")
    turned = plot(found, "v", x="drive", y="tau")
    np.testing.assert_allclose(
        np.ravel(turned.collections[0].get_array()), found["v"].values.mean(axis=2).ravel()
    )
    plt.close("all")


def test_each_value_of_an_axis_can_have_its_line():
    found = done(record={"v": "mean(trace.v)"})

    lines = plot(found, "v", x="drive", hue="tau")
    for place, line in enumerate(lines.lines):
        np.testing.assert_allclose(line.get_ydata(), found["v"].values.mean(axis=2)[place])
    legend = lines.get_legend()
    assert legend.get_title().get_text() == "tau"
    assert [text.get_text() for text in legend.get_texts()] == ["5 ms", "8 ms", "9 ms"]
    turned = plot(found, "v", hue="drive")
    assert turned.get_xlabel() == "tau (ms)"
    assert [text.get_text() for text in turned.get_legend().get_texts()] == ["0.5", "2"]
    plt.close("all")


def test_points_without_a_grid_are_drawn_as_dots():
    space = sampling.latin_hypercube(tau=(5 * ms, 9 * ms), drive=(0.5, 2), n=7, seed=1)
    found = done(space=space, record={"v": "mean(trace.v)"})

    dots = plot(found, "v", x="tau")
    np.testing.assert_allclose(dots.lines[0].get_xdata(), found["tau"].values * 1000)
    np.testing.assert_allclose(dots.lines[0].get_ydata(), found["v"].values.mean(axis=1))
    assert (dots.get_xlabel(), dots.get_ylabel()) == ("tau (ms)", "v")
    plane = plot(found, "v", x="tau", y="drive")
    np.testing.assert_allclose(
        plane.collections[0].get_offsets(),
        np.transpose([found["tau"].values * 1000, found["drive"].values]),
    )
    np.testing.assert_allclose(plane.collections[0].get_array(), found["v"].values.mean(axis=1))
    assert (plane.get_xlabel(), plane.get_ylabel()) == ("tau (ms)", "drive")
    with pytest.raises(ModelError, match=r"no number 'tua'\n  they have: tau, drive\n.*'tau'"):
        plot(found, "v", x="tua")
    plt.close("all")


def test_axes_show_the_units_that_other_pictures_do():
    area = umetre**2
    neurons = NeuronGroup(1, "dv/dt = -g*v/(uF/cm**2) : volt", method="exact", name="neurons")
    neurons.v = 1 * mV
    space = {"g": [1, 2, 3] * nS / area, "neurons.v": ["1*mV", "rand()*mV"]}
    found = sweep(Network(neurons), space, duration=1 * ms, record={"v": "mean(neurons.v)"},
                  target="numpy")  # fmt: skip

    drawn = plot(found, "v")
    best = best_unit_for(found["g"].values, dimension_of(1 * siemens / metre**2))
    assert drawn.get_xlabel() == f"g ({best.symbol})"
    assert "**" not in drawn.get_xlabel()
    assert [text.get_text() for text in drawn.get_yticklabels()] == ["1*mV", "rand()*mV"]
    plt.close("all")


@pytest.mark.parametrize(
    ("name", "axes", "message"),
    [
        ("w", {}, "the result has no values 'w'"),
        ("v", {"x": "tua"}, "did you mean 'tau'"),
        ("v", {"hue": "tua"}, "did you mean 'tau'"),
        ("v", {"x": "tau", "y": "drive", "hue": "tau"}, "'hue' is an axis beside 'x'"),
    ],
)
def test_what_cannot_be_drawn_is_told(name, axes, message):
    with pytest.raises(ModelError, match=message):
        plot(done(record={"v": "mean(trace.v)"}), name, **axes)


def test_progress_tells_rate_rest_and_failures():
    seen = []

    done(progress=lambda *given: seen.append(given), batch=5)

    assert seen[-1] == (12, 12, 0)
    assert [given[0] for given in seen] == sorted(given[0] for given in seen)
    assert told(10, 4, 10, 2, 3.0) == (
        "sweep 100% |####################| 10/10 runs, 2.0/s, 2 failed"
    )
    stream = io.StringIO()
    Progress(10, 0, stream).at(5, 0)
    assert stream.getvalue() == ""
    Progress(10, 0, stream).at(10, 0)
    assert stream.getvalue().startswith("sweep 100% |")


class Ladder:
    """Asks for three points around the best one."""

    def __init__(self):
        self.best, self.step, self.least = 0.5, 0.25, np.inf

    def ask(self):
        return [{"drive": 4 * (self.best + move)} for move in (-self.step, 0, self.step)]

    def tell(self, asked, losses):
        self.best = asked[int(np.argmin(losses))]["drive"] / 4
        self.step /= 2


def test_what_asks_and_is_told_finds_a_parameter():
    loss = lambda results: (results["trace"].v[0, -1] - 0.4) ** 2  # noqa: E731
    evaluator = Evaluator(
        network(), {"drive": (0, 4)}, loss, 5 * ms,
        {"target": "numpy", "namespace": {"tau": 5 * ms}},
    )  # fmt: skip

    point, least = fit(evaluator, Ladder(), 8)

    assert point["drive"] == pytest.approx(0.4 / (1 - np.exp(-0.8)), rel=0.02)
    assert least < 1e-4
    assert evaluator.evaluations == 24
    with pytest.raises(ModelError, match="nothing is to be fitted"):
        Evaluator(network(), {}, loss, 5 * ms)


SCRIPT = textwrap.dedent(
    """
    from eqsim import *
    set_target("numpy")
    tau, drive = 5*ms, 2
    cells = NeuronGroup(2, "dv/dt = (drive - v)/tau : 1", threshold="v > 1", reset="v = 0",
                        method="exact", name="cells")
    spikes = SpikeMonitor(cells, name="spikes")
    run(10*ms)
    raise SystemExit("the script goes on")
    """
)


def test_the_command_sweeps_over_a_script(tmp_path, capsys):
    (tmp_path / "model.py").write_text(SCRIPT)
    store, picture = tmp_path / "out.zarr", tmp_path / "out.png"

    status = main(
        ["sweep", str(tmp_path / "model.py"), "--grid", "tau=1:2:0.5ms", "--grid", "drive=0.5,2",
         "--record", "n=mean(spikes.count)", "--target", "numpy", "--store", str(store),
         "--plot", str(picture), "--seed", "3"]
    )  # fmt: skip

    assert status == 0
    assert "The picture of 'n' is" in capsys.readouterr().out
    assert picture.stat().st_size > 1000
    found = open_sweep(store)
    np.testing.assert_allclose(found["tau"].values, [1e-3, 1.5e-3, 2e-3])
    assert (found["n"].values[:, 0] == 0).all()
    assert (found["n"].values[:, 1] > 4).all()
    plt.close("all")


WRONG_GRIDS = [
    ("tau", "--grid takes a name and values, not 'tau'"),
    ("tau=1:2", "--grid 'tau=1:2' is no range"),
    ("tau=1:2:-1", "has no value: its step leads away from its last one"),
    ("tau=1,2mss", "has the unknown unit 'mss'"),
    ("tau=a,b", "--grid takes a name and values"),
]


@pytest.mark.parametrize(("text", "message"), WRONG_GRIDS)
def test_wrong_grids_are_told(text, message):
    with pytest.raises(ModelError) as caught:
        axis_of(text)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["nowhere.py", "--grid", "a=1"], "there is no script 'nowhere.py'"),
        (["SCRIPT", "--grid", "a=1", "--executor", "slrum"], "did you mean 'slurm'?"),
        (["EMPTY", "--grid", "a=1"], "the script has no run"),
        (["SCRIPT", "--grid", "tua=1ms", "--target", "numpy"], "did you mean 'tau'?"),
    ],
)
def test_wrong_commands_are_told(options, message, tmp_path, capsys):
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "empty.py").write_text("")
    names = {"SCRIPT": str(tmp_path / "script.py"), "EMPTY": str(tmp_path / "empty.py")}

    assert main(["sweep", *(names.get(option, option) for option in options)]) == 1

    assert message in capsys.readouterr().err
