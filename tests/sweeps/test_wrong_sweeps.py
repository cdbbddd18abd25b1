"""What a sweep refuses, before anything is run."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import Network, NeuronGroup, SpikeMonitor, ms, mV, sweep
from eqsim.errors import DimensionMismatchError, EquationError, ModelError, SweepError


def network():
    cells = NeuronGroup(
        2, "dv/dt = (drive - v)/tau : 1\ndrive : 1\nkind : integer (constant)", threshold="v > 1",
        reset="v = 0", method="exact", name="cells",
    )  # fmt: skip
    return Network(cells, SpikeMonitor(cells, name="spikes"))


def attempt(space, **options):
    base = {"duration": 1 * ms, "record": "cells.v", "target": "numpy"}
    return sweep(network(), space, **{**base, "namespace": {"tau": 5 * ms}, **options})


KNOWN = "it has: tau, cells.v, cells.drive, seed"
WRONG = [
    (
        {"tua": [1, 2] * ms},
        {},
        f"no parameter 'tua' that a sweep could vary\n  {KNOWN}\n  did you mean 'tau'?",
    ),
    ({"drive": [1, 2]}, {}, "did you mean 'cells.drive'?"),
    ({"cell.v": [1, 2]}, {}, "no parameter 'cell.v' that a sweep could vary"),
    ({"cells.w": [1, 2]}, {}, "'cells.w' cannot be varied: "),
    ({"cells.drive": [[1, 2, 3], [1, 2, 3]]}, {}, "'drive' takes 2 values here"),
    ({"cells.kind": [1.5]}, {}, "'kind' is an integer"),
    ({"cells.v": [np.inf]}, {}, "values must be finite"),
    ({}, {}, "the space of parameters has no parameter"),
    ({"tau": []}, {}, "'tau' has no value: the space is empty"),
    ({"connectivity_seed": [1, 2]}, {}, "give the sweep a function that makes and returns"),
    ({"tau": [5] * ms}, {"repeats": 0}, "repeats is a whole number from 1 on, not 0"),
    ({"tau": [5] * ms}, {"seed": -1}, "a seed is a whole number from 0 up to 2**64 - 1"),
    ({"tau": [5] * ms}, {"retries": -1}, "retries is a whole number from 0 on, not -1"),
    ({"tau": [5] * ms}, {"errors": "ignore"}, "errors is 'raise' or 'keep', not 'ignore'"),
    ({"tau": [5] * ms}, {"batch": 0}, "batch is 'auto' or a whole number from 1 on, not 0"),
    ({"tau": [5] * ms}, {"progress": 7}, "progress is True, False, or a function"),
    ({"tau": [5] * ms}, {"record": []}, "nothing is recorded"),
    ({"tau": [5] * ms}, {"record": {"a/b": "cells.v"}}, "'a/b' of 'record' is no name for values"),
    ({"tau": [5] * ms}, {"record": {"": "cells.v"}}, "'' of 'record' is no name for values"),
    ({"tau": [5] * ms}, {"record": {".writer": "cells.v"}}, "does not begin with '.' or '__'"),
    ({"tau": [5] * ms}, {"record": {"status": "cells.v"}}, "result itself is labelled with"),
    ({"repeat": [1, 2]}, {}, "'repeat' cannot be a parameter of a sweep"),
    ({"tau": [5] * ms}, {"record": 7}, "7 cannot be recorded"),
    ({"tau": [5] * ms}, {"record": "maen(spikes.count)"}, "there is no reduction 'maen'"),
    ({"tau": [5] * ms}, {"record": "mean(spike.count)"}, "the network has no object 'spike'"),
    ({"tau": [5] * ms}, {"record": "spikes.rate"}, "'spikes.rate' cannot be recorded"),
    ({"tau": [5] * ms}, {"record": "spike"}, "the network has no object 'spike'"),
    ({"tau": [5] * ms}, {"store": 7}, "store is the path of a folder for the results, not 7"),
    ({"seed": [1.5]}, {}, "a seed is a whole number from 0 up to 2**64 - 1, not "),
    ({"seed": ["one"]}, {}, "a seed is a whole number from 0 up to 2**64 - 1, not 'one'"),
    ({"seed": [1, 2**64]}, {}, f"2**64 - 1, not {2**64}"),
    ({"seed": [-1]}, {}, "a seed is a whole number from 0 up to 2**64 - 1, not "),
    ({"tau": [5] * ms}, {"duration": -1 * ms}, "must not be negative"),
]


@pytest.mark.parametrize(("space", "options", "message"), WRONG)
def test_what_does_not_fit_is_told(space, options, message):
    with pytest.raises(ModelError) as caught:
        attempt(space, **options)

    assert message in str(caught.value)


@pytest.mark.parametrize("space", [{"tau": [5] * mV}, {"cells.v": [1 * mV]}, {"tau": [5, 6]}])
def test_wrong_units_are_told(space):
    with pytest.raises((DimensionMismatchError, EquationError)):
        attempt(space)


def test_what_is_no_model_is_told():
    with pytest.raises(ModelError, match="7 is no model of a sweep"):
        sweep(7, {"a": [1]}, duration=1 * ms)
    with pytest.raises(ModelError, match="'<lambda>' makes no network: it returned None"):
        sweep(lambda: None, {"a": [1]}, duration=1 * ms)
    with pytest.raises(ModelError, match="no objects to sweep over were found"):
        sweep({"a": [1]}, duration=1 * ms)


RECORDS = [
    (lambda results: "text", "of 'record' gave 'text'"),
    (lambda results: results["nobody"], "the network has no object 'nobody'"),
    (lambda results: 2**60 + 1, "expected: whole numbers up to 2**53"),
    (lambda results: {"seed": 1}, "taken are: failure, point, repeat, seed, status"),
]


@pytest.mark.parametrize(("record", "message"), RECORDS)
def test_what_cannot_be_recorded_names_the_run(record, message):
    with pytest.raises(SweepError) as caught:
        attempt({"tau": [5] * ms}, record=record)

    assert message in str(caught.value)
    assert "tau = 5 ms" in str(caught.value)


def test_a_monitor_of_another_network_is_told():
    other = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 1", method="euler")

    with pytest.raises(ModelError, match="is not in the network: it would record nothing"):
        attempt({"tau": [5] * ms}, record=SpikeMonitor(other, name="elsewhere"))


def test_a_network_without_monitors_keeps_nothing_and_that_is_told():
    cells = NeuronGroup(1, "v : 1", name="alone")

    with pytest.raises(ModelError, match="the network has no monitor, so the sweep would keep"):
        sweep(Network(cells), {"alone.v": [1]}, duration=1 * ms, target="numpy")


KINDS = [
    ([1.0, [1.0, 2.0]], "a single number in some runs, and an array with 1 axis in others"),
    ([1 * ms, 1 * mV], "in second in some runs, and in volt in others"),
    ([1.0, 1j], "complex in some runs, and real in others"),
]


@pytest.mark.parametrize(("values", "message"), KINDS)
@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("stored", [False, True])
def test_values_that_no_array_can_hold_are_told(values, message, batch, stored, tmp_path):
    record = {"x": lambda results: values[int(results.parameters["tau"] > 6 * ms)]}
    store = tmp_path / "sweep.zarr" if stored else None

    with pytest.raises(SweepError) as caught:
        attempt({"tau": [5, 7] * ms}, record=record, batch=batch, store=store)

    assert f"'x' of 'record' is {message}\n" in str(caught.value)
    assert "let it be the same kind of value in each run" in str(caught.value)
