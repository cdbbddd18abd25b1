"""What studies vary beside numbers: steps, methods, sizes, durations, points by a condition."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from eqsim import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    ms,
    mV,
    sampling,
    seed,
    sweep,
)
from eqsim.errors import DimensionMismatchError, ModelError, SweepError
from eqsim.sweeps import Evaluator, SweepWarning, engine, room
from eqsim.sweeps.recording import recordings_of

OPTIONS = {"duration": 1 * ms, "target": "numpy", "seed": 1}


def decaying(n=1, method="euler", dt=None, **more):
    cells = NeuronGroup(n, "dx/dt = -x/ms : 1", method=method, dt=dt, name="cells", **more)
    cells.x = 1
    return Network(cells)


# -- what functions take ------------------------------------------------------------------------


def test_methods_steps_and_sizes_are_arguments_of_a_function():
    space = {"method": ["euler", "rk4"], "dt": [0.1, 0.05] * ms, "n": [1, 3]}
    with pytest.warns(SweepWarning, match="2 programs"):
        found = sweep(decaying, space, record={"n_x": lambda results: len(results["cells"]),
                                               "error": error}, **OPTIONS)  # fmt: skip

    assert (found["n_x"].values == [1, 3]).all()
    euler, rk4 = np.log2(found["error"].values[:, 0, 0] / found["error"].values[:, 1, 0])
    assert euler == pytest.approx(1, abs=0.1)
    assert rk4 == pytest.approx(4, abs=0.2)


def error(results):
    return abs(results["cells"].x[0] - np.exp(-1))


def test_a_function_may_set_the_default_step():
    def make(dt):
        defaultclock.dt = dt
        noise = PoissonGroup(500, 100 * Hz, name="noise")
        return Network(noise, PopulationRateMonitor(noise, name="rate"))

    def alone(dt, key):
        net = make(dt * 1000 * ms)
        seed(int(key))
        net.run(20 * ms, target="numpy")
        return net["rate"].rate_

    before = defaultclock.dt
    steps = [0.1, 0.05, 0.2, 0.5] * ms
    found = sweep(make, {"dt": steps}, record={"rate": lambda results: results["rate"].rate},
                  duration=20 * ms, target="numpy", seed=1)  # fmt: skip

    assert defaultclock.dt == before
    try:
        for place, dt in enumerate(found["dt"].values):
            values = found["rate"].values[place]
            expected = alone(dt, found["seed"].values[place])
            np.testing.assert_array_equal(values[~np.isnan(values)], expected)
    finally:
        defaultclock.dt = before


def test_what_a_function_takes_is_a_constant_of_its_equations_too():
    def make(drive):
        return NeuronGroup(1, "dx/dt = drive/ms : 1", method="euler", name="cells")

    found = sweep(make, {"drive": [1.0, 3.0]}, record="cells.x", **OPTIONS)
    np.testing.assert_allclose(found["cells.x"].values, [[1], [3]])
    assert found.attrs["programs"] == 1


@pytest.mark.parametrize("wrap", [lambda make: make, lambda make: functools.partial(make, q=1)])
def test_an_argument_that_the_space_lacks_is_told(wrap):
    def make(n, p, q=1):
        raise AssertionError

    with pytest.raises(ModelError, match=r"needs 'p', which is no parameter of the space\n  add"):
        sweep(wrap(make), {"n": [1]}, record="cells.x", **OPTIONS)


@pytest.mark.parametrize("name", ["dt", "N", "method", "defaultclock.dt"])
def test_what_groups_are_made_with_is_told(name):
    last = name.rpartition(".")[2]
    with pytest.raises(ModelError) as caught:
        sweep(decaying(), {name: ["euler"] if last == "method" else [1, 2] * ms},
              record="cells.x", **OPTIONS)  # fmt: skip

    assert str(caught.value).startswith(f"the model has no parameter {name!r} that a sweep")
    assert str(caught.value).endswith(
        f"\n  groups are made with it: give the sweep a function that takes {last!r}"
        f" and makes them, def make({last}): ..., and vary {last!r}"
    )


def test_texts_are_no_constants():
    cells = NeuronGroup(1, "dx/dt = -x/tau : 1", method="euler", name="cells")
    with pytest.raises(ModelError, match="the constant 'tau' takes numbers, not texts"):
        sweep(Network(cells), {"tau": [5 * ms, "rand()*ms"]}, record="cells.x", **OPTIONS)


# -- durations ----------------------------------------------------------------------------------


def test_durations_are_an_axis():
    options = {"target": "numpy", "seed": 1, "record": "cells.x"}
    found = sweep(decaying(), {"duration": [1, 2, 5] * ms, "cells.x": [1.0, 2.0]}, **options)

    for place, duration in enumerate([1, 2, 5] * ms):
        one = sweep(decaying(), {"cells.x": [1.0, 2.0]}, duration=duration, **options)
        np.testing.assert_array_equal(
            found["cells.x_end"].values[place], one["cells.x_end"].values
        )
    assert found.attrs["duration"] == "up to 0.005 s"
    assert found.attrs["programs"] == 1


@pytest.mark.parametrize(
    ("values", "given", "kind", "message"),
    [
        ([1, 2] * ms, 3 * ms, ModelError, "is given twice: as 'duration' of the space"),
        ([1, 2] * mV, None, DimensionMismatchError, "the duration of a run must be a time"),
        ([-1] * ms, None, ModelError, "the duration of a run must not be negative"),
    ],
)
def test_wrong_durations_are_told(values, given, kind, message):
    with pytest.raises(kind, match=message):
        sweep(decaying(), {"duration": values}, duration=given, record="cells.x")


# -- points -------------------------------------------------------------------------------------


def test_points_can_be_left_out_by_a_condition():
    space = sampling.grid(a=[1, 2, 3], b=[1, 2]).where(lambda point: point["a"] <= point["b"])

    assert [space.point(k) for k in range(len(space))] == [
        {"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 2},
    ]  # fmt: skip
    assert space.shape == {"point": 3}
    with pytest.raises(ModelError, match="no point of the space fulfils the condition"):
        space.where(lambda point: point["a"] > 7)


def test_a_variable_as_a_name_is_told_how_it_is_written():
    net = decaying()
    with pytest.raises(ModelError, match=r"named by texts .*\n  write: 'cells\.x'"):
        sweep(net, {net["cells"].x: [1, 2]}, record="cells.x", **OPTIONS)


def test_further_repeats_are_joined_by_xarray():
    xarray = pytest.importorskip("xarray")
    one, other = (
        sweep(decaying(), {"cells.x": ["rand()", "2*rand()"]}, repeats=3, record="cells.x",
              **{**OPTIONS, "seed": number})
        for number in (1, 2)
    )  # fmt: skip

    joined = xarray.concat([one, other], "repeat")
    assert joined["cells.x_end"].shape == (2, 6, 1)
    assert len(np.unique(joined["cells.x_end"])) == 12


def test_a_store_with_other_points_tells_how_to_go_on(tmp_path):
    options = {**OPTIONS, "record": "cells.x", "store": tmp_path / "sweep.zarr"}
    sweep(decaying(), {"cells.x": [1.0]}, **options)
    with pytest.raises(SweepError) as caught:
        sweep(decaying(), {"cells.x": [1.0]}, repeats=2, **options)
    assert str(caught.value).endswith(
        "the space of parameters differs\n"
        "  give this sweep a path of its own, or open the other with eqsim.open_sweep\n"
        "  further points, or repeats with another seed, are a sweep of their own:"
        " join both by xarray.concat"
    )


# -- runs that fail -----------------------------------------------------------------------------


def test_runs_that_failed_are_done_again_unless_failures_are_kept(tmp_path):
    is_broken = [True]
    made = []

    def picky(results):
        made.append(results.parameters["cells.x"])
        if is_broken[0] and results.parameters["cells.x"] > 1.5:
            raise ValueError("too much")
        return 1.0

    def again(errors):
        made.clear()
        found = sweep(decaying(), {"cells.x": [1.0, 2.0, 3.0]}, record={"one": Picky(picky)},
                      store=tmp_path / "sweep.zarr", batch=1, errors=errors,
                      **OPTIONS)  # fmt: skip
        return found["status"].values.tolist()

    assert again("keep") == ["done", "failed", "failed"]
    with pytest.raises(SweepError, match="2 runs of the sweep failed"):
        again("raise")
    assert sorted(made) == [2, 3]
    assert again("keep") == ["done", "failed", "failed"]
    assert made == []
    is_broken[0] = False
    assert again("raise") == ["done", "done", "done"]
    found = sweep(decaying(), {"cells.x": [1.0, 2.0, 3.0]}, record={"one": Picky(picky)},
                  store=tmp_path / "sweep.zarr", batch=1, **OPTIONS)  # fmt: skip
    assert found["failure"].values.tolist() == ["", "", ""]
    assert found["one"].values.tolist() == [1, 1, 1]


class Picky:
    """A function whose digest does not depend on what it refers to."""

    def __init__(self, function):
        self.function = function
        self.__name__ = "picky"

    def __call__(self, results):
        return self.function(results)


# -- functions that ask the wrong network -------------------------------------------------------


def test_functions_that_ask_the_users_own_objects_are_refused():
    cells = NeuronGroup(1, "dx/dt = -x/ms : 1", threshold="x > 2", reset="x = 0",
                        method="euler", name="cells")  # fmt: skip
    spikes = SpikeMonitor(cells)

    def measured(found):
        return sum(len(times) for times in spikes.spike_trains().values())

    wrong = {
        "spikes.num_spikes": lambda results: spikes.num_spikes,
        "cells.x": lambda results: np.mean(cells.x[:]),
        "cells.x_": functools.partial(lambda results, k: cells.x_[0] * k, k=2),
        "spikes.spike_trains": measured,
    }
    for asked, function in wrong.items():
        with pytest.raises(ModelError) as caught:
            sweep(Network(cells, spikes), {"cells.x": [1]}, record={"a": function}, **OPTIONS)
        results = "found" if function is measured else "results"
        owner, _, attribute = asked.partition(".")
        assert str(caught.value) == (
            f"'a' of 'record' asks for '{asked}', which no run of the sweep changes:"
            " a copy of the network is simulated\n"
            f"  write: {results}[{owner}].{attribute}"
        )

    right = {"a": lambda results: results[spikes].num_spikes / cells.N + len(spikes.name)}
    assert sweep(Network(cells, spikes), {"cells.x": [1]}, record=right, **OPTIONS)["a"].size == 1


def test_names_of_a_functions_own_are_not_those_of_the_module(monkeypatch):
    cells = NeuronGroup(1, "dx/dt = -x/ms : 1", method="euler", name="cells")
    trace = StateMonitor(cells, "x", record=True, name="trace")
    monkeypatch.setitem(globals(), "M", trace)

    def of_own_local(results):
        M = results["trace"]
        return np.mean([(lambda k=k: M.x[0, k])() for k in range(3)])

    def of_own_argument(results, trace=None):
        trace = results["trace"]
        return sum(trace.x[0, k] for k in range(3))

    def assigned_later(results):
        return float(later)

    def of_module(results):
        return M.x[0, 0]  # noqa: F821 - set above

    net = Network(cells, trace)
    right = {"a": of_own_local, "b": of_own_argument, "c": assigned_later}
    with pytest.warns(SweepWarning, match="NameError: .*'later'"):
        sweep(net, {"cells.x": [1]}, record=right, errors="keep", **OPTIONS)
    later = 3
    found = sweep(net, {"cells.x": [1]}, record=right, **OPTIONS)
    assert found["c"].values == later
    assert found["a"].values * 3 == pytest.approx(found["b"].values)
    with pytest.raises(ModelError, match=r"write: results\[M\]\.x"):
        sweep(net, {"cells.x": [1]}, record=of_module, **OPTIONS)


# -- room ---------------------------------------------------------------------------------------


def recorded():
    net = decaying(100)
    return Network(net["cells"], StateMonitor(net["cells"], "x", record=True, name="trace"))


def test_more_than_the_memory_holds_is_refused_before_anything_runs(monkeypatch, tmp_path):
    monkeypatch.setattr(room, "memory", lambda: 1e6)
    many = {"cells.x": np.linspace(0, 1, 200)}
    for record in (None, "trace", "trace.x"):
        takes = "1.6 MB" if record == "trace.x" else "1.62 MB"
        with pytest.raises(SweepError, match=rf"of 200 runs takes about {takes}, and"):
            sweep(recorded(), many, record=record, progress=None, **OPTIONS)
    sweep(recorded(), many, record="mean(trace.x)", **OPTIONS)
    sweep(recorded(), many, store=tmp_path / "sweep.zarr", batch=10, **OPTIONS)


def test_what_is_kept_is_counted_once_and_by_its_type():
    cells = NeuronGroup(100, "dx/dt = -x/ms : 1\ny : 1\nn : integer", method="euler",
                        dtype=np.float32, name="cells")  # fmt: skip
    trace = StateMonitor(cells, ["x", "y", "n"], record=True, name="trace")
    net = Network(cells, trace)
    wanted = {
        "trace.x": 4000,
        "trace.t": 80,
        "trace.x_": 4000,
        "mean(trace.x)": 0,
        "trace.N": 0,
        "cells.x": 0,
        "trace": 12_080,
    }
    for record, size in [*wanted.items(), (None, 12_080), (["trace", trace, "trace.x"], 12_080)]:
        kept = recordings_of(record, net)
        assert room.bytes_kept(kept, net, 1e-3) == size


def test_a_machine_that_does_not_tell_its_memory_has_room(monkeypatch):
    monkeypatch.setattr(engine, "memory", lambda: np.inf)
    monkeypatch.setattr(room, "memory", lambda: np.inf)
    found = sweep(recorded(), {"cells.x": [1, 2]}, record="trace.x", **OPTIONS)
    assert found["trace.x"].shape == (2, 100, 10)


def test_what_functions_keep_is_looked_at_after_the_first_run(monkeypatch):
    monkeypatch.setattr(room, "memory", lambda: 1e6)
    many = {"cells.x": np.linspace(0, 1, 200)}
    large = {"large": lambda results: np.zeros(1000)}
    with pytest.raises(SweepError, match=r"a run takes 8 kB, and 800 kB .*\n.* batch=7"):
        sweep(decaying(), many, record=large, batch=100, **OPTIONS)
    with pytest.raises(SweepError, match=r"of 200 runs takes about 1\.6 MB"):
        sweep(decaying(), many, record=large, batch=7, **OPTIONS)


def test_batches_have_no_more_runs_than_the_memory_holds(monkeypatch, tmp_path):
    from eqsim.sweeps import engine
    from eqsim.sweeps.store import Store

    monkeypatch.setattr(engine, "memory", lambda: 1e6)
    many = {"cells.x": np.linspace(0, 1, 100)}
    sweep(recorded(), many, store=tmp_path / "sweep.zarr", **OPTIONS)
    sizes = {last - first for first, last in Store(tmp_path / "sweep.zarr").done()}
    assert max(sizes) * 8080 <= 1e6 / 16


# -- fits ---------------------------------------------------------------------------------------


def test_fits_take_numbers_without_units():
    net = decaying()
    evaluator = Evaluator(
        net,
        {"cells.x": (0.5, 4)},
        lambda results: results["cells"].x[0],
        1 * ms,
        {"target": "numpy"},
    )
    assert evaluator.point([0.5]) == {"cells.x": 2.25}
    assert evaluator(np.array([[0.0, 1.0]])) == pytest.approx([0.5 * 0.9**10, 4 * 0.9**10])


# -- one name for two things --------------------------------------------------------------------


def test_a_constant_called_duration_and_how_long_runs_are_exclude_each_other(tmp_path):
    cells = NeuronGroup(1, "dx/dt = -x/duration : 1", method="euler", name="cells")
    constants = {"duration": 5 * ms}
    points = {"duration": [1, 2] * ms}
    with pytest.raises(ModelError) as caught:
        sweep(Network(cells), points, record="cells.x", namespace=constants, target="numpy")
    assert str(caught.value) == (
        "'duration' is ambiguous: it is how long runs are, and a constant of the equations\n"
        "  give the constant another name in the model"
    )
    Network(cells).export(tmp_path / "project", 5 * ms, namespace=constants)
    with pytest.raises(ModelError, match="'duration' is ambiguous"):
        sweep(tmp_path / "project", points, record="cells.x")
    assert sweep(decaying(), points, record="cells.x", target="numpy", namespace=constants).sizes
