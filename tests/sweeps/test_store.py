"""The store of a sweep: whole batches, resumed, guarded."""

from __future__ import annotations

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from eqsim import Network, NeuronGroup, SpikeMonitor, StateMonitor, ms, open_sweep, seed, sweep
from eqsim.errors import SweepError
from eqsim.sweeps import hierarchy, provenance
from eqsim.sweeps import store as stores
from eqsim.sweeps.layout import Layout
from eqsim.sweeps.store import Store


def network(text="dv/dt = (drive - v)/tau + 0.2*xi*tau**-0.5 : 1"):
    cells = NeuronGroup(3, text, threshold="v > 1", reset="v = 0", method="euler", name="cells")
    return Network(
        cells,
        SpikeMonitor(cells, name="spikes"),
        StateMonitor(cells, "v", record=[0], dt=1 * ms, name="trace"),
    )


SPACE = {"tau": [5, 8, 11, 14] * ms, "drive": [0.5, 1.5, 2.5]}


def done(store, **changed):
    options = {
        "duration": 10 * ms, "repeats": 2, "seed": 3, "batch": 5, "target": "numpy", **changed
    }  # fmt: skip
    space = options.pop("space", SPACE)
    return sweep(options.pop("net", None) or network(), space, store=store, **options)


def assert_same(one, other):
    assert set(one.data_vars) == set(other.data_vars)
    for name in one.data_vars:
        for first, second in zip(one[name].values.flat, other[name].values.flat, strict=True):
            np.testing.assert_array_equal(first, second, name)


def test_stored_results_are_those_in_memory(tmp_path):
    stored = done(tmp_path / "sweep.zarr")
    memory = done(None)

    assert_same(stored, memory)
    assert set(stored.coords) == set(memory.coords)
    np.testing.assert_array_equal(stored["seed"].values, memory["seed"].values)
    assert stored["tau"].attrs == {"units": "second"}
    assert stored["trace.t"].attrs == {"units": "second"}


GRIDS = [
    ({"tau": [5, 8, 11, 14] * ms, "drive": [0.5, 1.5, 2.5]}, 2),
    ([{"tau": 5 * ms, "drive": 2.5}, {"tau": 8 * ms, "drive": 0.5}], 3),
    ({"cells.v": ["rand()", "0.1*rand()"], "tau": [5, 8] * ms}, 1),
]


@pytest.mark.parametrize(("space", "repeats"), GRIDS)
@pytest.mark.parametrize("failing", [False, True])
def test_what_xarray_opens_is_the_result(tmp_path, space, repeats, failing):
    xarray = pytest.importorskip("xarray")
    path = tmp_path / "sweep.zarr"

    def half(results):
        if failing and results.t and results.parameters["tau"] > 7 * ms:
            raise ValueError("too slow")
        return {"x": results["trace"].v, "n": results["spikes"].num_spikes}

    options = {"space": space, "repeats": repeats, "errors": "keep", "batch": 3}
    options["namespace"] = {"tau": 5 * ms, "drive": 1.5}
    options["record"] = ["spikes", half]
    found = done(path, **options)

    plain = xarray.open_zarr(path)
    xarray.testing.assert_identical(plain.load(), found.load())
    memory = done(None, **options)
    assert set(memory.coords) == set(plain.coords)
    assert {n: (v.dims, v.attrs, v.dtype) for n, v in memory.data_vars.items()} == {
        n: (v.dims, v.attrs, v.dtype) for n, v in plain.data_vars.items()
    }
    for name in [*memory.data_vars, *memory.coords]:
        np.testing.assert_array_equal(plain[name].values, memory[name].values, name)


@pytest.mark.parametrize("values", [4, 2**14])
def test_arrays_grow_with_the_longest_run(tmp_path, monkeypatch, values):
    monkeypatch.setattr(stores, "_VALUES", values)
    path = tmp_path / "sweep.zarr"
    space = {"drive": [0.5, 1.5, 30.0, 300.0], "tau": [5] * ms}
    options = {"space": space, "batch": 1, "record": "spikes", "duration": 40 * ms}

    stored, memory = done(path, **options), done(None, **options)

    assert_same(stored, memory)
    assert stored.sizes["spikes.t_0"] == memory["spikes.count"].sum("spikes.count_0").max()


def test_provenance_is_in_the_store(tmp_path):
    done(tmp_path / "sweep.zarr")

    wanted = {"eqsim", "numpy", "python", "host", "started", "model", "space", "seed", "duration"}
    assert wanted <= open_sweep(tmp_path / "sweep.zarr").attrs.keys()
    lines = (tmp_path / "sweep.zarr" / ".batches.jsonl").read_text().splitlines()
    batches = [json.loads(line) for line in lines]
    assert {tuple(each["runs"]) for each in batches} == set(Store(tmp_path / "sweep.zarr").done())
    assert all({"host", "finished", "seconds"} <= each.keys() for each in batches)


def test_the_same_call_goes_on(tmp_path, monkeypatch):
    path = tmp_path / "sweep.zarr"
    written = []
    write = Store.write

    def interrupted(self, batch):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(batch.first)
        write(self, batch)

    monkeypatch.setattr(Store, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        done(path, executor=ThreadPoolExecutor(1))
    begun = open_sweep(path)
    assert (begun["status"].values == "done").sum() == 6
    assert np.isnan(begun["trace.v"].values[2:]).all()

    def noted(self, batch):
        written.append(batch.first)
        write(self, batch)

    monkeypatch.setattr(Store, "write", noted)
    whole = done(path)

    assert len(written) == len(set(written)) == 8
    assert_same(whole, done(None))


def test_an_interrupted_sweep_goes_on_with_the_seed_of_its_store(tmp_path):
    path = tmp_path / "sweep.zarr"
    seed()
    first = done(path, seed=None)
    seed()  # as in another process

    assert_same(done(path, seed=None), first)
    seed(7)
    with pytest.raises(SweepError, match="the seed differs"):
        done(path, seed=None)


def scaled(factor):
    return lambda results: factor * results["spikes"].num_spikes


FACTOR = 1


def by_factor(results, scale=1):
    return FACTOR * scale * results["spikes"].num_spikes


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (scaled(1), scaled(2)),
        (partial(by_factor, scale=1), partial(by_factor, scale=2)),
        (np.mean, np.median),
    ],
)
def test_functions_that_hold_other_values_record_something_else(tmp_path, first, second):
    path = tmp_path / "sweep.zarr"
    if first is np.mean:
        first, second = (partial(scaled_by, each) for each in (first, second))
    done(path, record={"n": first})

    done(path, record={"n": first})
    with pytest.raises(SweepError, match="what is recorded differs"):
        done(path, record={"n": second})


def scaled_by(function, results):
    return function(results["spikes"].count)


def test_a_global_number_of_a_function_is_part_of_what_is_recorded(tmp_path, monkeypatch):
    path = tmp_path / "sweep.zarr"
    done(path, record={"n": by_factor})
    monkeypatch.setitem(globals(), "FACTOR", 2)

    with pytest.raises(SweepError, match="what is recorded differs"):
        done(path, record={"n": by_factor})


def test_a_complete_sweep_runs_nothing(tmp_path, monkeypatch):
    path = tmp_path / "sweep.zarr"
    first = done(path)
    monkeypatch.setattr(Store, "write", lambda self, batch: pytest.fail("ran"))

    assert_same(done(path), first)


CHANGES = [
    ({"net": "other"}, "the model differs"),
    ({"space": {"tau": [5, 8] * ms, "drive": [0.5]}}, "the space of parameters differs"),
    ({"seed": 4}, "the seed differs: 3 there, 4 here"),
    ({"duration": 20 * ms}, "the duration differs: 0.01 s there, 0.02 s here"),
    ({"record": "last(trace.v)"}, "what is recorded differs"),
    ({"record": {"v": lambda results: 1.0}}, "what is recorded differs"),
]


@pytest.mark.parametrize(("changed", "message"), CHANGES)
def test_the_store_of_another_sweep_is_refused_and_left_intact(tmp_path, changed, message):
    path = tmp_path / "sweep.zarr"
    first = done(path)
    if changed.get("net") == "other":
        changed = {"net": network("dv/dt = (drive - v)/tau : 1")}

    with pytest.raises(SweepError) as caught:
        done(path, **changed)

    assert message in str(caught.value)
    assert "give this sweep a path of its own" in str(caught.value)
    assert_same(open_sweep(path), first)


def test_the_store_of_another_version_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "sweep.zarr"
    monkeypatch.setattr(provenance, "__version__", "0.0.9")
    done(path)
    monkeypatch.undo()

    with pytest.raises(SweepError, match=r"the version of eqsim differs: 0\.0\.9 there, 0\.1\.0"):
        done(path)
    assert len(open_sweep(path)["tau"]) == 4


def test_a_store_of_another_format_is_told(tmp_path):
    path = tmp_path / "sweep.zarr"
    done(path)
    text = (path / "zarr.json").read_text()
    (path / "zarr.json").write_text(text.replace('"format_version": 2', '"format_version": 99'))

    with pytest.raises(SweepError, match="has version 99 of the store, and this eqsim reads"):
        open_sweep(path)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_what_is_no_store_is_told(tmp_path, make):
    path = tmp_path / "sweep.zarr"
    make(path)

    with pytest.raises(SweepError, match="is no store of a sweep"):
        open_sweep(path)


def test_a_store_has_one_writer(tmp_path):
    path = tmp_path / "sweep.zarr"
    done(path)

    with Store(path).writing(), pytest.raises(SweepError) as caught:
        done(path)

    assert str(caught.value).startswith(
        f"another sweep is writing into {str(path)!r}: process {os.getpid()} on "
    )


def test_who_makes_a_store_second_finds_that_of_the_first(tmp_path):
    path = tmp_path / "sweep.zarr"
    whole = done(path)
    layout = Layout({"tau": 1}, 1, {}, {}, np.zeros(1, dtype=np.uint64))

    Store.create(path, layout, layout.boxes(1), {})

    assert_same(done(path), whole)
    assert [each.name for each in tmp_path.iterdir()] == ["sweep.zarr"]


def test_a_full_disk_is_told_and_the_store_stays_intact(tmp_path, monkeypatch):
    path = tmp_path / "sweep.zarr"
    whole = done(None)
    calls = []
    replace = Path.replace

    def full(self, final):
        calls.append(final)
        if len(calls) > 9 and calls[9].parent == final.parent:
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(self, final)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(SweepError) as caught:
        done(path)
    assert "No space left on device" in str(caught.value)
    assert "make room, and the same call goes on" in str(caught.value)
    assert not list((path / hierarchy.PARTIAL).iterdir())

    monkeypatch.setattr(Path, "replace", replace)
    assert_same(done(path), whole)


def test_failures_are_kept_if_that_is_asked_for(tmp_path):
    def picky(results):
        if results.parameters["drive"] > 2:
            raise ValueError("too much")
        return 1.0

    path = tmp_path / "sweep.zarr"
    with pytest.raises(SweepError):
        done(path, record=picky, repeats=1)
    found = done(path, record=picky, repeats=1, errors="keep")

    assert (found["status"].values[:, 2] == "failed").all()
    assert np.isnan(found["picky"].values[:, 2]).all()
    assert (found["picky"].values[:, :2] == 1).all()
    assert (found["failure"].values[:, 2] == "ValueError: too much").all()
    assert (found["failure"].values[:, :2] == "").all()


def test_a_batch_that_two_workers_wrote_is_kept_once(tmp_path, monkeypatch):
    path = tmp_path / "sweep.zarr"
    write = Store.write

    def twice(self, batch):
        write(self, batch)
        write(self, batch)

    monkeypatch.setattr(Store, "write", twice)
    found = done(path)

    assert_same(found, done(None))
    assert len(Store(path).done()) == 8
