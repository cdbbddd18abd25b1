"""Disks that fill up, runs that are killed, folders that hold other things."""

from __future__ import annotations

import resource
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsim
from eqsim import Network, NeuronGroup, SpikeMonitor, StateMonitor, ms, second
from eqsim.errors import RunError

pytestmark = pytest.mark.compiler


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory, compiled: Callable[..., Any]) -> Any:
    eqsim.start_scope()
    group = NeuronGroup(
        50, "dv/dt = (i + 1)/ms : 1", threshold="v > 5", reset="v = 0", method="euler",
        name="cells",
    )  # fmt: skip
    network = Network(
        group,
        StateMonitor(group, "v", record=True, name="traces"),
        SpikeMonitor(group, name="spikes"),
    )
    return compiled(network, tmp_path_factory.mktemp("exported") / "project", 50 * ms)


def assert_is_beginning(found: eqsim.Results, whole: eqsim.Results) -> None:
    rows = len(found["traces"].t)
    assert 0 < rows < len(whole["traces"].t)
    assert (found["traces"].t_ == whole["traces"].t_[:rows]).all()
    assert (found["traces"].v_ == whole["traces"].v_[:, :rows]).all()


def limited(program: Any, limit: int, *options: str) -> Any:
    """Run where no file may become longer than a limit."""
    return subprocess.run(
        [program.folder / "simulate", *options],
        cwd=program.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )


def test_files_that_may_not_grow_end_the_run_with_one_error(program: Any) -> None:
    done = limited(program, 10**6, "--duration", "100s", "--results", "limited")

    assert done.returncode == 1
    assert done.stderr.startswith("simulate: cannot write 'limited/records/")
    assert "File too large" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    with pytest.raises(RunError, match="the run is 'failed'"):
        eqsim.load(program.folder / "limited")
    partial = eqsim.load(program.folder / "limited", partial=True)
    assert_is_beginning(partial, program.run("--duration=1s", results="whole"))
    plain = np.load(program.folder / "limited" / "records" / "traces.v.npy")
    assert plain.shape[1:] == (50,)


def test_no_room_for_the_first_file_is_one_error(program: Any) -> None:
    done = limited(program, 0, "--results", "none")

    assert done.returncode == 1
    assert done.stderr.startswith("simulate: cannot write 'none/run.json.part'")


@pytest.mark.skipif(shutil.which("mount") is None, reason="needs mount")
def test_a_disk_that_is_full_leaves_what_was_recorded(program: Any, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk can be mounted here")
    try:
        said = program.refusal("--duration=100s", "--results", str(disk / "results"), status=1)
        assert "No space left on device" in said
        with pytest.raises(RunError, match=r"the run is '(failed|running)'"):
            eqsim.load(disk / "results")
        partial = eqsim.load(disk / "results", partial=True)
        assert_is_beginning(partial, program.run("--duration=1s", results="whole"))
        partial["traces"].v  # noqa: B018
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_whose_run_json_is_of_something_else_is_refused(
    program: Any, tmp_path: Path
) -> None:
    (tmp_path / "run.json").write_text('{"my": "races"}')

    assert "holds other things than results; name an empty or a new one" in program.refusal(
        "--results", str(tmp_path), status=1
    )
    assert (tmp_path / "run.json").read_text() == '{"my": "races"}'
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_results_that_are_written_over_are_those_of_the_last_run(program: Any) -> None:
    program.run("--duration=20ms", results="again")
    program.run("--duration=5ms", "--set=cells.v=1", results="again")

    results = eqsim.load(program.folder / "again")
    assert results.t == 5 * ms
    assert results["traces"].v_[:, 0].tolist() == [1.0] * 50
    assert results.duration == 0.005 * second
