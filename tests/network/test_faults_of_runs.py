"""What goes wrong around a run: threads, memory, devices in place of files, misspelt names."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eqsim import (
    Network,
    NetworkOperation,
    NeuronGroup,
    StateMonitor,
    Synapses,
    ms,
    network_operation,
    second,
)
from eqsim.connect import FromIndices
from eqsim.errors import ModelError, RunError
from eqsim.network.monitors.columns import Columns
from eqsim.network.running import record_sizes
from eqsim.network.synapses import connectors
from eqsim.network.synapses.connectivity import Connectivity


def test_network_that_two_threads_run_at_once_runs_once() -> None:
    G = NeuronGroup(2, "dv/dt = 1/ms : 1", method="euler")
    both_began = threading.Barrier(2, timeout=30)
    net = Network(G, NetworkOperation(lambda: time.sleep(0.01), dt=0.1 * ms), name="net")
    told = []

    def run() -> None:
        both_began.wait()
        try:
            net.run(1 * ms, target="numpy")
        except RunError as error:
            told.append(str(error))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert told == ["'net' is running: it cannot run again before it has ended"]
    assert net.t_ == pytest.approx(1e-3)
    assert G.v_[0] == pytest.approx(1)


def test_lack_of_memory_in_a_run_keeps_what_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    G = NeuronGroup(2, "dv/dt = 1/ms : 1", method="euler")
    M = StateMonitor(G, "v", record=True)
    net = Network(G, M, name="net")
    net.run(0.3 * ms, target="numpy")

    of_numpy: dict[str, Any] = {"__name__": "numpy"}
    exec("def full(*_): raise MemoryError('of NumPy')", of_numpy)

    with monkeypatch.context() as patch:
        patch.setattr(Columns, "append", of_numpy["full"])
        with pytest.raises(RunError) as told:
            net.run(1 * ms, target="numpy")
    first, advice = str(told.value).splitlines()
    assert first.startswith("there is not enough memory to run 'net' beyond t = ")
    assert "record fewer elements, or less often" in advice
    assert len(M.t_) == 3
    reached = net.t_
    net.run(0.2 * ms, target="numpy")
    assert net.t_ == pytest.approx(reached + 0.2e-3)


def test_lack_of_memory_in_a_function_of_the_user_is_told_as_such() -> None:
    @network_operation
    def operation() -> None:
        raise MemoryError("for the table")

    net = Network(NeuronGroup(1, "v : 1"), operation, name="net")
    with pytest.raises(RunError) as told:
        net.run(1 * ms, target="numpy")

    assert str(told.value).endswith("it lacked in a function of yours: for the table")
    assert isinstance(told.value.__cause__, MemoryError)
    assert traceback.extract_tb(told.value.__cause__.__traceback__)[-1].name == "operation"


def test_lack_of_memory_in_connect_leaves_the_synapses_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    G = NeuronGroup(3, "v : 1", threshold="v > 1", reset="v = 0")
    S = Synapses(G, G, "w : 1", on_pre="v_post += w", multisynaptic_index="k", name="S")
    S.connect(i=[0, 1], j=[1, 2])
    S.w = [1, 2]

    def full(*_: Any) -> None:
        raise MemoryError("of NumPy")

    for method in ("extended", "number_in_pair", "in_order"):
        with monkeypatch.context() as patch:
            patch.setattr(Connectivity, method, full)
            with pytest.raises(ModelError) as told:
                S.connect()
        assert str(told.value) == (
            "there is not enough memory for the new synapses of 'S'\n  connect fewer pairs"
        )
        assert (len(S), S.w_[:].tolist(), S.i[:].tolist()) == (2, [1, 2], [0, 1])
    S.connect(i=2, j=0)
    assert S.w_[:].tolist() == [1, 2, 0]
    Network(G, S).run(0.1 * ms, target="numpy")


@pytest.mark.parametrize("n_before", [0, 2])
def test_lack_of_memory_for_weights_leaves_the_synapses_as_they_were(
    monkeypatch: pytest.MonkeyPatch, n_before: int
) -> None:
    G = NeuronGroup(3, "v : 1", threshold="v > 1", reset="v = 0")
    S = Synapses(G, G, "w : 1\nk : 1", on_pre="v_post += w", name="S")
    if n_before:
        S.connect(i=[0, 1], j=[1, 2])
        S.w = [1, 2]
    pairs = FromIndices([0, 2], [2, 0], weights=[3.0, 4.0])

    def full(*_: Any, **__: Any) -> None:
        raise MemoryError("of NumPy")

    for owner, function in ((connectors, "checked_values"), (np, "zeros")):
        with monkeypatch.context() as patch:
            patch.setattr(owner, function, full)
            with pytest.raises(ModelError, match="not enough memory for the new synapses of 'S'"):
                S.connect(pairs, weight="w")
        assert len(S) == n_before
        if n_before:
            assert S.w_[:].tolist() == [1, 2]
    S.connect(pairs, weight="w")
    assert S.w_[:].tolist() == [*[1, 2][:n_before], 3, 4]
    assert S.k_[:].tolist() == [0] * len(S)
    S.connect(FromIndices([1], [1], weights=[4.0]), weight="w")
    assert S.w_[:].tolist() == [*[1, 2][:n_before], 3, 4, 4]


def test_records_larger_than_the_machine_are_told_of_before(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(record_sizes, "memory", lambda: 10_000)
    G = NeuronGroup(100, "dv/dt = 1/ms : 1", method="euler")
    M = StateMonitor(G, "v", record=True, name="trace")
    net = Network(G, M)
    with caplog.at_level(logging.WARNING, logger="eqsim"):
        net.run(1 * ms, target="numpy")
        assert caplog.messages == []
        net.run(2 * ms, target="numpy")
    assert caplog.messages == [
        "trace would record 16.2 kB in this run, and the machine has 10 kB of memory: record"
        " fewer elements (record=[0, 5]), or less often (dt=1*ms)"
    ]


@pytest.mark.parametrize("device", ["/dev/null", "folder"])
def test_snapshots_replace_files_only(device: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    place = tmp_path / device  # an absolute path stays what it is
    was = place.stat()
    with pytest.raises(RunError, match=r"cannot write the snapshot .* not a file"):
        Network(NeuronGroup(1, "v : 1")).store(filename=place)
    assert (place.stat().st_ino, place.stat().st_mode) == (was.st_ino, was.st_mode)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: NeuronGroup(1, "v : 1", treshold="v > 1"), "did you mean 'threshold'?"),
        (lambda: StateMonitor(None, "v", recrd=True), "did you mean 'record'?"),
        (lambda: Network(nmae="x"), "did you mean 'name'?"),
    ],
)
def test_misspelt_keywords_are_told(make: Any, told: str) -> None:
    with pytest.raises(ModelError, match="has no argument") as caught:
        make()
    assert told in str(caught.value)


def test_misspelt_attributes_are_told() -> None:
    G = NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0")
    S = Synapses(G, G, on_pre="v_post += 1")
    for thing, name, meant in (
        (Network(), "shedule", "schedule"), (G.clock, "DT", "dt"),
        (StateMonitor(G, "v"), "wen", "when"), (S, "dealy", "delay"), (G, "namespce", "namespace"),
    ):  # fmt: skip
        with pytest.raises(AttributeError) as caught:
            setattr(thing, name, 1)
        assert f"did you mean {meant!r}?" in str(caught.value)
        assert name not in thing.__dict__


def test_what_users_keep_may_resemble_each_other() -> None:
    G = NeuronGroup(1, "v : 1")
    for thing in (Network(), StateMonitor(G, "v"), G.clock):
        thing.result_a = 1
        thing.result_b = 2
        assert (thing.result_a, thing.result_b) == (1, 2)


def test_names_that_are_added_can_be_set() -> None:
    G = NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0")
    for thing, name in (
        (Network(), "schedule_"), (StateMonitor(G, "v"), "variable"), (G.clock, "dts"),
        (G, "region"), (Synapses(G, G), "delays_"),
    ):  # fmt: skip
        with pytest.raises(AttributeError) as caught:
            setattr(thing, name, 1)
        if not isinstance(thing, NeuronGroup | Synapses):
            assert f"add_attribute({name!r}) first" in str(caught.value)
        thing.add_attribute(name)
        setattr(thing, name, 1)
        assert getattr(thing, name) == 1
        with pytest.raises(AttributeError, match=f"has {name!r} already"):
            thing.add_attribute(name)


def test_networks_can_be_copied_with_what_they_refuse() -> None:
    import copy

    net = copy.copy(Network(name="net"))
    net.target = "numpy"
    with pytest.raises(AttributeError, match="has no attribute 'targte' to set"):
        net.targte = "numpy"
    assert np.isclose(net.t / second, 0)
