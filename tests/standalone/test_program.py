"""The executable: its options, what it says of mistakes, what it leaves when it is killed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compiled_projects import compile_project

import eqsim
from eqsim import Network, NeuronGroup, SpikeMonitor, StateMonitor, ms, mV, second
from eqsim.build.toolchain import find_compiler
from eqsim.errors import RunError
from eqsim.runtime.drive import CHUNK_SECONDS
from eqsim.runtime.simulation import GRID_TOLERANCE
from eqsim.targets.cpp.work import useful_threads

pytestmark = pytest.mark.compiler


def model() -> Network:
    group = NeuronGroup(
        5,
        "dv/dt = (i + 1)*mV/ms : volt",
        threshold="v > 10*mV",
        reset="v = 0*mV",
        method="euler",
        name="cells",
    )
    group.v = "i*mV"
    traces = StateMonitor(group, "v", record=[0, 4], name="traces")
    return Network(group, traces, SpikeMonitor(group, name="spikes"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compiled project."""
    folder = tmp_path_factory.mktemp("exported") / "project"
    model().export(folder, 20 * ms)
    toolchain = find_compiler()
    assert toolchain is not None
    compile_project(folder, (*toolchain.flags, "-Werror"))
    return folder


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    """A compiled project that a test may damage."""
    return Path(shutil.copytree(built, tmp_path / "project"))


def simulate(project: Path, *options: str, cwd: Path | None = None) -> Any:
    return subprocess.run(
        [project / "simulate", *options],
        cwd=cwd or project,
        env={},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refusal(project: Path, *options: str, status: int = 1) -> str:
    """Return the one line that the program says before it ends with a status."""
    done = simulate(project, *options)
    assert done.returncode == status, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("simulate: ")
    return done.stderr


def test_help_names_all_options(built: Path) -> None:
    done = simulate(built, "--help")

    assert done.returncode == 0
    for option in ("--threads", "--duration", "--dt", "--seed", "--set", "--params", "--results"):
        assert option in done.stdout
    assert re.search(r"^  cells.v +volt +5 values from 0 V to 4 mV$", done.stdout, re.MULTILINE)
    assert re.search(r"^  defaultclock.dt +second +100 us$", done.stdout, re.MULTILINE)


def test_help_is_there_without_the_state(built: Path, tmp_path: Path) -> None:
    done = simulate(built, "--help", cwd=tmp_path)

    assert done.returncode == 0
    assert "--threads N" in done.stdout
    assert "Its parameters are not known: cannot read './state/extents.npy'" in done.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--thread", "3"], "unknown option '--thread' (did you mean '--threads'?); --help"),
        (["results"], "unknown option 'results'"),
        (["--threads"], "--threads needs a value"),
        (["--threads", "0"], "whole number from 1 to 4096, not '0'"),
        (["--threads", "two"], "not 'two'"),
        (["--threads=99999999999999999999"], "not '99999999999999999999'"),
        (["--threads="], "not ''"),
        (["--duration", "-1"], "a time from 0 on, not '-1'"),
        (["--duration", "1 mV"], "a time such as 20ms, or a number of seconds, not '1 mV'"),
        (["--duration", "nan"], "'nan' is no value: there is no unit 'nan'"),
        (["--duration", "1e999"], "'1e999' is no value: it is not finite"),
        (["--duration", "1e300"], "more than 2**53 steps of the clock 'defaultclock'"),
        (["--results="], "--results takes the name of a folder"),
    ],
)
def test_wrong_options_are_refused(built: Path, options: list[str], said: str) -> None:
    assert said in refusal(built, *options, status=2)


def test_a_duration_may_have_a_unit(project: Path) -> None:
    assert simulate(project, "--duration", "5ms").returncode == 0

    assert eqsim.load(project / "results").t == 5 * ms


@pytest.mark.parametrize("duration", ["0", "0.0123", "12.3e-3", "1e-5", "0.1"])
def test_a_duration_means_the_steps_that_it_means_in_process(project: Path, duration: str) -> None:
    network = model()

    assert simulate(project, "--duration", duration).returncode == 0
    network.run(float(duration) * second, target="numpy")

    results = eqsim.load(project / "results")
    assert results.t == network.t
    assert results["traces"].v_.shape == network["traces"].v_.shape
    assert (results["traces"].v_ == network["traces"].v_).all()


def test_the_project_may_be_elsewhere(project: Path, tmp_path: Path) -> None:
    done = simulate(project, "--project", str(project), "--results", "a/b", cwd=tmp_path)

    assert done.returncode == 0
    assert eqsim.load(tmp_path / "a" / "b").t == 20 * ms


def test_a_second_run_replaces_the_results(project: Path) -> None:
    assert simulate(project, "--duration", "0.005").returncode == 0
    assert simulate(project).returncode == 0

    assert eqsim.load(project / "results")["traces"].v.shape == (2, 200)


def test_a_value_changed_in_the_state_changes_the_run(project: Path) -> None:
    np.save(project / "state" / "cells.v.npy", np.full(5, 3e-3))

    assert simulate(project).returncode == 0

    assert eqsim.load(project / "results")["traces"].v[0, 0] == 3 * mV


def damage_truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def damage_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def damage_empty(path: Path) -> None:
    path.write_bytes(b"")


def damage_lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


def damage_shape(path: Path) -> None:
    np.save(path, np.zeros(6))


def damage_axes(path: Path) -> None:
    np.save(path, np.zeros((5, 1)))


def damage_type(path: Path) -> None:
    np.save(path, np.zeros(5, dtype=np.float32))


def damage_text(path: Path) -> None:
    path.write_text("1 2 3 4 5, and many further numbers")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (Path.unlink, "cannot read './state/cells.v.npy': No such file"),
        (damage_truncate, "cells.v.npy' is truncated: 31 of 40 bytes"),
        (damage_header, "ends within its header"),
        (damage_empty, "is no array in NumPy's format"),
        (damage_lengthen, "is longer than its header says"),
        (damage_shape, "has the shape (6,), and the model needs (5,)"),
        (damage_axes, "has the shape (5, 1), and the model needs (5,)"),
        (damage_type, "has the type '<f4', and the model needs '<f8'"),
        (damage_text, "is no array in NumPy's format"),
    ],
)
def test_damaged_state_is_refused(
    project: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(project / "state" / "cells.v.npy")

    assert said in refusal(project)
    assert not (project / "results").exists()


@pytest.mark.parametrize(
    ("file", "values", "said"),
    [
        ("extents.npy", np.array([-5, 2]), "holds the size -5"),
        ("extents.npy", np.array([2**40, 2]), "holds the size 1099511627776"),
        ("extents.npy", np.array([5]), "has the shape (1,), and the model needs (2,)"),
        ("defaultclock.dt.npy", np.array(0.0), "'defaultclock' has the step 0"),
        ("defaultclock.dt.npy", np.array(np.nan), "'defaultclock' has the step nan"),
    ],
)
def test_impossible_sizes_and_steps_are_refused(
    project: Path, file: str, values: Any, said: str
) -> None:
    np.save(project / "state" / file, values)

    assert said in refusal(project)


def test_a_project_without_its_description_is_refused(project: Path) -> None:
    (project / "model.json").unlink()

    assert "cannot copy './model.json'" in refusal(project)


def test_results_do_not_replace_a_file(project: Path) -> None:
    (project / "results").write_text("mine")

    assert "it is not a folder" in refusal(project)
    assert (project / "results").read_text() == "mine"


def test_results_do_not_go_below_a_file(project: Path) -> None:
    (project / "file").write_text("mine")

    assert "cannot make the folder" in refusal(project, "--results", "file/results")


@pytest.mark.parametrize("folder", ["state", "."])
def test_results_do_not_mix_with_other_files(project: Path, folder: str) -> None:
    before = (project / "state" / "cells.v.npy").read_bytes()

    assert "holds other things than results" in refusal(project, "--results", folder)
    assert (project / "state" / "cells.v.npy").read_bytes() == before


def test_a_file_that_cannot_be_written_fails_the_run(project: Path) -> None:
    assert simulate(project).returncode == 0
    (project / "results" / "records" / "traces.v.npy").unlink()
    (project / "results" / "records" / "traces.v.npy").mkdir()

    assert "cannot write './results/records/traces.v.npy'" in refusal(project)
    with pytest.raises(RunError, match="the run is 'running'"):
        eqsim.load(project / "results")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_fails_the_run(project: Path) -> None:
    assert simulate(project).returncode == 0
    file = project / "results" / "records" / "traces.v.npy"
    file.unlink()
    file.symlink_to("/dev/full")

    assert "No space left on device" in refusal(project)
    with pytest.raises(RunError, match="incomplete"):
        eqsim.load(project / "results")


def stopped(project: Path, number: int) -> int:
    """Start a long run, stop it by a signal once it has recorded something, return its status."""
    with subprocess.Popen(
        [project / "simulate", "--duration", "1e5"], cwd=project, env={}, stdout=subprocess.DEVNULL
    ) as process:
        spikes = project / "results" / "records" / "spikes.i.npy"
        deadline = time.monotonic() + 30
        while not (spikes.exists() and spikes.stat().st_size > 1000):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(number)
        return process.wait(30)


def assert_is_beginning_of_a_run(results: eqsim.Results) -> None:
    network = model()
    times = results["traces"].t_
    steps = min(len(times), 2000)
    network.run(steps * 0.1 * ms, target="numpy")
    assert steps > 10
    assert (results["traces"].v_[:, :steps] == network["traces"].v_).all()
    spikes = len(network["spikes"].i)
    assert (results["spikes"].i[:spikes] == network["spikes"].i).all()
    assert (results["spikes"].t_[:spikes] == network["spikes"].t_).all()


def test_a_killed_run_leaves_what_it_recorded(project: Path) -> None:
    assert stopped(project, signal.SIGKILL) == -signal.SIGKILL

    with pytest.raises(RunError, match=r"the run is 'running'\n.*partial=True"):
        eqsim.load(project / "results")
    plain = np.load(project / "results" / "records" / "traces.v.npy")
    assert plain.shape[1:] == (2,)
    results = eqsim.load(project / "results", partial=True)
    assert results.status == "running"
    assert_is_beginning_of_a_run(results)
    with pytest.raises(AttributeError, match="has no values 'count'"):
        results["spikes"].count  # noqa: B018


def test_a_run_can_end_with_its_input(project: Path) -> None:
    with subprocess.Popen(
        [project / "simulate", "--duration", "1e5", "--end-with-input"],
        cwd=project, env={}, stdout=subprocess.DEVNULL, stdin=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(b"what is written is ignored\n" * 100)
        process.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.stdin.close()
        assert process.wait(30) == 128 + signal.SIGHUP

    assert_is_beginning_of_a_run(eqsim.load(project / "results", partial=True))


def test_input_without_end_does_not_keep_a_run_from_its_end(project: Path) -> None:
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as endless:
        done = subprocess.run(
            [project / "simulate", "--end-with-input"],
            cwd=project, env={}, stdin=endless.stdout, stdout=subprocess.DEVNULL, timeout=30,
            check=False,
        )  # fmt: skip
        endless.kill()
    assert done.returncode == 0


def test_a_stopped_run_leaves_its_state_too(project: Path) -> None:
    assert stopped(project, signal.SIGTERM) == 128 + signal.SIGTERM

    with pytest.raises(RunError, match="the run is 'interrupted'"):
        eqsim.load(project / "results")
    results = eqsim.load(project / "results", partial=True)
    assert_is_beginning_of_a_run(results)
    assert 0 * ms < results.t < 1e5 * second
    assert results["cells"].v.shape == (5,)
    assert results["spikes"].count.sum() == len(results["spikes"].i)


def test_run_json_says_how_the_run_went(project: Path) -> None:
    assert simulate(project).returncode == 0

    said = json.loads((project / "results" / "run.json").read_text())
    assert said["status"] == "complete"
    assert said["time"] == said["duration"] == 0.02
    assert not (project / "results" / "run.json.part").exists()


def test_the_time_of_a_stopped_run_of_two_clocks_is_that_of_what_is_left_to_do(
    tmp_path: Path,
) -> None:
    # The slow clock's next step is up to 1000 steps of the fast one ahead.
    network = Network(
        NeuronGroup(5, "dv/dt = mV/ms : volt", threshold="True", method="euler", name="fast"),
        NeuronGroup(5, "dv/dt = mV/ms : volt", method="euler", name="slow", dt=100 * ms),
    )
    network.add(SpikeMonitor(network["fast"], name="spikes"))
    folder = tmp_path / "project"
    network.export(folder, 1 * second)
    compile_project(folder, ("-std=c++17", "-O1", "-pthread"))

    assert stopped(folder, signal.SIGTERM) == 128 + signal.SIGTERM

    run = json.loads((folder / "results" / "run.json").read_text())
    names = sorted(path.name for path in (folder / "results" / "state").glob("*timestep.npy"))
    assert len(names) == 2
    times = [
        float(np.load(folder / "results" / "state" / name))
        * float(np.load(folder / "results" / "state" / name.replace("timestep", "dt")))
        for name in names
    ]
    assert run["time"] == min(times) < max(times)


def test_constants_are_those_of_a_run_in_process(built: Path) -> None:
    main = (built / "main.cpp").read_text()

    assert re.search(rf"^ +{GRID_TOLERANCE},  // part of a step", main, re.MULTILINE)
    assert re.search(rf"^ +{CHUNK_SECONDS},  // of wall time", main, re.MULTILINE)


def test_costly_equations_keep_threads_busy_from_fewer_elements_on():
    cheap = NeuronGroup(1, "dv/dt = -v/(10*ms) : 1", method="exact")
    costly = NeuronGroup(1, "dv/dt = (exp(v) + sin(v) + tanh(v) - v**3)/ms : 1", method="rk4")

    programs = [Network(group).lower({}).program for group in (cheap, costly)]
    elements = [
        next(n for n in range(0, 10**6, 100) if useful_threads(p, 1, {p.extents[0]: n}) == 2)
        for p in programs
    ]

    assert elements[0] > 20_000
    assert elements[1] < 4_000
