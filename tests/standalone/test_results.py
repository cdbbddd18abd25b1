"""Results are read back with names and units, and only if they are what they should be."""

from __future__ import annotations

import json
import shutil
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from compiled_projects import compile_project

import eqsim
from eqsim import (
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    amp,
    hertz,
    ms,
    mV,
    nA,
)
from eqsim.errors import ModelError, RunError
from eqsim.runtime.manifest import Manifest

pytestmark = pytest.mark.compiler


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of results of a small network."""
    group = NeuronGroup(
        3,
        """dv/dt = 2*mV/ms : volt
           is_odd : boolean
           bias : amp (shared)""",
        threshold="v > 5*mV",
        reset="v = 0*mV",
        method="euler",
        name="cells",
    )
    group.is_odd = "i % 2 == 1"
    group.bias = 2 * nA
    network = Network(
        group,
        StateMonitor(group, ["v", "is_odd"], record=[2, 0], name="traces"),
        SpikeMonitor(group, name="spikes"),
        PopulationRateMonitor(group, name="rates"),
    )
    folder = tmp_path_factory.mktemp("exported") / "project"
    network.export(folder, 10 * ms)
    compile_project(folder, ("-std=c++17", "-pthread"))
    subprocess.run([folder / "simulate"], cwd=folder, check=True, timeout=60, capture_output=True)
    return folder / "results"


@pytest.fixture
def results_folder(written: Path, tmp_path: Path) -> Path:
    """Results that a test may damage."""
    return Path(shutil.copytree(written, tmp_path / "results"))


def test_traces_have_units_and_neurons_first(written: Path) -> None:
    traces = eqsim.load(written)["traces"]

    assert traces.v.shape == (2, 100)
    assert (traces.v[:, 1] == 0.2 * mV).all()
    assert (traces.v_ == traces.v / eqsim.volt).all()
    assert traces.t[-1] == 9.9 * ms
    assert traces.record.tolist() == [2, 0]
    assert traces.is_odd.dtype == bool


def test_spikes_rates_and_state_have_units(written: Path) -> None:
    results = eqsim.load(written)

    assert results["spikes"].i.tolist() == [0, 1, 2] * 3
    assert results["spikes"].count.tolist() == [3, 3, 3]
    assert (results["spikes"].num_spikes, results["spikes"].num_events) == (9, 9)
    with pytest.raises(AttributeError, match="'cells' has no values 'num_spikes'"):
        _ = results["cells"].num_spikes
    assert results["spikes"].t[0] > 2 * ms
    assert results["rates"].rate.max() > 9999 * hertz
    assert results["cells"].v.shape == (3,)
    assert results["cells"].is_odd.tolist() == [False, True, False]
    assert results["cells"].bias == 2e-9 * amp


def test_results_are_like_a_mapping(written: Path) -> None:
    results = eqsim.load(str(written))

    assert list(results) == ["cells", "traces", "spikes", "rates"]
    assert "cells" in results
    assert "other" not in results
    assert len(results) == 4
    assert (results.start, results.duration, results.t) == (0 * ms, 10 * ms, 10 * ms)
    assert repr(results["traces"]) == "<StateMonitor 'traces': record, t, v, is_odd>"
    assert "complete: cells, traces" in repr(results)
    assert {"v", "t", "record"} <= set(dir(results["traces"]))


def test_results_cannot_be_changed(written: Path) -> None:
    results = eqsim.load(written)

    with pytest.raises(FrozenInstanceError):
        results.t = 3 * ms  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        results["traces"].v_[0] = 1


def test_unknown_names_are_answered_with_the_known_ones(written: Path) -> None:
    results = eqsim.load(written)

    with pytest.raises(KeyError, match=r"no 'spike' in the results.*did you mean 'spikes'"):
        results["spike"]
    with pytest.raises(
        AttributeError, match=r"'rates' has no values 'rat'\n  it has: t, rate\n.*mean 'rate'"
    ):
        results["rates"].rat  # noqa: B018
    with pytest.raises(AttributeError):
        results["rates"]._private  # noqa: B018


def test_a_folder_without_results_is_refused(written: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no results in .*\n.*Network.export"):
        eqsim.load(tmp_path)
    with pytest.raises(ModelError, match=r"no results in .*\n.*did you mean '.*results'"):
        eqsim.load(written.parent)


def rewritten(path: Path, **changes: object) -> None:
    """Change entries of a file of JSON, as if the program had written it so."""
    run = path.parent / "run.json"
    content = {**json.loads(path.read_text()), **changes}
    content.pop("crc32", None)
    path.write_text(json.dumps(content))
    without = json.loads(run.read_text())
    without.pop("crc32", None)
    without["files"].pop(path.name, None)
    run.write_text(json.dumps(without))


def flip(file: str, place: int) -> Callable[[Path], None]:
    """Return what changes one bit of a file."""

    def damage(folder: Path) -> None:
        content = bytearray((folder / file).read_bytes())
        content[place] ^= 4
        (folder / file).write_bytes(content)

    return damage


def cut(file: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = folder / file
        path.write_bytes(path.read_bytes()[:-3])

    return damage


def remove(file: str) -> Callable[[Path], None]:
    return lambda folder: (folder / file).unlink()


def overwrite(file: str, content: bytes) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        (folder / file).write_bytes(content)

    return damage


def save(file: str, values: np.ndarray) -> Callable[[Path], None]:
    return lambda folder: np.save(folder / file, values)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut("records/traces.v.npy"), "traces.v.npy' is damaged"),
        (cut("records/spikes.t.npy"), "spikes.t.npy' is damaged"),
        (cut("state/cells.v.npy"), "cells.v.npy' is damaged"),
        (remove("records/spikes.i.npy"), "cannot read '.*spikes.i.npy': No such file"),
        (remove("state/spikes.counts.npy"), "cannot read '.*spikes.counts.npy'"),
        (save("state/cells.v.npy", np.zeros(4)), "cells.v.npy' is damaged"),
        (save("records/rates.t.npy", np.zeros(7)), "rates.t.npy' is damaged"),
        (flip("records/traces.v.npy", -1), "traces.v.npy' is damaged: its checksum is"),
        (flip("records/spikes.i.npy", 130), "spikes.i.npy' is damaged: its checksum is"),
        (flip("state/cells.v.npy", 100), "cells.v.npy' is damaged: its checksum is"),
        (flip("model.json", 300), "model.json' is damaged"),
        (flip("run.json", -3), "run.json' is damaged"),
        (save("records/traces.v.npy", np.zeros((100, 3))), "traces.v.npy' is damaged"),
        (save("records/spikes.i.npy", np.zeros(9)), "spikes.i.npy' is damaged"),
        (overwrite("records/spikes.t.npy", b"no array"), "spikes.t.npy' is damaged"),
        (cut("model.json"), "model.json' is damaged"),
        (remove("model.json"), "cannot read '.*model.json'"),
        (overwrite("model.json", b"[]"), "model.json' is damaged"),
        (overwrite("model.json", b"\xff\xfe"), "model.json' is damaged"),
        (lambda f: rewritten(f / "model.json", arrays=3), "model.json' is damaged"),
        (lambda f: rewritten(f / "model.json", records=[]), "model.json' is damaged"),
        (lambda f: rewritten(f / "model.json", format_version=9), "format version 9, and this"),
        (cut("run.json"), "run.json' is damaged"),
        (lambda f: rewritten(f / "run.json", time="late"), "run.json' is damaged"),
        (
            lambda f: rewritten(f / "run.json", status="running"),
            "incomplete: the run is 'running'",
        ),
    ],
)
def test_damaged_results_are_refused(
    results_folder: Path, damage: Callable[[Path], object], said: str
) -> None:
    damage(results_folder)

    with pytest.raises(RunError, match=said):
        eqsim.load(results_folder)


def test_every_file_of_results_is_checked(results_folder: Path) -> None:
    files = [path for path in results_folder.rglob("*") if path.is_file()]
    assert len(files) > 15
    for path in files:
        before = path.read_bytes()
        for place in (0, len(before) // 2, len(before) - 2):
            flip(path.name, place)(path.parent)
            with pytest.raises(RunError, match=r"is damaged|format version|cannot read"):
                eqsim.load(results_folder)
            path.write_bytes(before)
    assert eqsim.load(results_folder).status == "complete"


def test_checksums_can_be_left_out(results_folder: Path) -> None:
    flip("records/traces.v.npy", -1)(results_folder)

    assert eqsim.load(results_folder, verify=False)["traces"].v.shape == (2, 100)


def test_checksums_are_those_of_zlib(written: Path) -> None:
    files = json.loads((written / "run.json").read_text())["files"]

    found = {
        str(path.relative_to(written)): path
        for path in written.rglob("*")
        if path.is_file() and path.name != "run.json"
    }
    assert files.keys() == found.keys()
    for name, path in found.items():
        content = path.read_bytes()
        assert files[name] == {"bytes": len(content), "crc32": f"{zlib.crc32(content):08x}"}


def test_columns_of_different_lengths_are_cut_in_partial_results(results_folder: Path) -> None:
    rewritten(results_folder / "run.json", status="running", files={})
    np.save(results_folder / "records" / "traces.t.npy", np.arange(40.0))

    traces = eqsim.load(results_folder, partial=True)["traces"]

    assert traces.t.shape == (40,)
    assert traces.v.shape == (2, 40)


@pytest.mark.parametrize("status", ["complete", "running"])
def test_of_a_record_that_was_cut_short_the_rows_that_are_left_are_loaded(
    results_folder: Path, status: str
) -> None:
    whole = eqsim.load(results_folder)["traces"].v_
    if status == "running":
        rewritten(results_folder / "run.json", status=status, files={})
    path = results_folder / "records" / "traces.v.npy"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 + 3])

    said = (
        "is damaged: it has .* take the rows that are left" if status == "complete" else "running"
    )
    with pytest.raises(RunError, match=f"(?s){said}"):
        eqsim.load(results_folder)
    traces = eqsim.load(results_folder, partial=True)["traces"]

    rows = len(traces.t)
    assert 40 < rows < 55
    assert (traces.v_ == whole[:, :rows]).all()
    path.write_bytes(content[:90])
    with pytest.raises(RunError, match="is damaged"):
        eqsim.load(results_folder, partial=True)


def test_the_description_survives_a_round_trip(written: Path) -> None:
    text = (written / "model.json").read_text()

    assert Manifest.from_json(text, "model.json").to_json() == text
