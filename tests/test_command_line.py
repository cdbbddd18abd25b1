"""The command ``eqsim``: scripts to programs, programs run, what the machine has."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsim
from eqsim import ms
from eqsim.build import cache, machine, project, toolchain
from eqsim.cli import duration_of, main
from eqsim.errors import ModelError

pytestmark = pytest.mark.compiler

MODEL = """
from eqsim import *
tau = 10*ms
cells = NeuronGroup(
    20, '''dv/dt = (I - v)/tau + 2*mV*xi/tau**0.5 : volt
           I : volt''', threshold='v > 15*mV', reset='v = 0*mV', method='euler', name='cells')
cells.I = 18*mV
links = Synapses(cells, cells, 'w : volt', on_pre='v_post += w', delay=2*ms, name='links')
links.connect('i != j')
links.w = '0.01*i*mV'
traces = StateMonitor(cells, 'v', record=[0, 7], name='traces')
spikes = SpikeMonitor(cells, name='spikes')
seed(3)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def script(folder: Path, text: str, head: str = MODEL) -> str:
    path = folder / "model.py"
    path.write_text(head + textwrap.dedent(text))
    return path.name


def said(capfd: Any, *arguments: str, status: int = 0) -> str:
    """Run the command, and return what it says."""
    assert main(arguments) == status
    out, err = capfd.readouterr()
    return err if status else out


def in_process(text: str) -> dict[str, Any]:
    """Run a script with its runs."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(MODEL + textwrap.dedent(text), "model.py", "exec"), names)
    return names


def assert_same(results: eqsim.Results, names: dict[str, Any]) -> None:
    assert (results["traces"].t_ == names["traces"].t_).all()
    assert (results["traces"].v_ == names["traces"].v_).all()
    assert (results["spikes"].i == names["spikes"].i).all()
    assert len(results["spikes"].i) > 5


# -- build ----------------------------------------------------------------------------------------

SCRIPTS = {
    "one run": "run(30*ms)",
    "a network": "net = Network(cells, links, traces, spikes); net.run(30*ms)",
    "changes": """
        run(10*ms)
        cells.I = 25*mV
        run(10*ms)
        tau = 5*ms
        cells.v_ = 0.003
        run(10*ms)
    """,
    "store and restore": """
        run(10*ms)
        store()
        run(9*ms)
        restore()
        cells.I = 25*mV
        run(12*ms)
    """,
    "store before the first run": """
        store('start')
        for drive in [16, 20]*mV:
            restore('start')
            cells.I = drive
            run(15*ms)
    """,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_built_script_records_what_the_script_records(
    folder: Path, capfd: Any, name: str
) -> None:
    model = script(folder, SCRIPTS[name])
    eqsim.start_scope()

    assert "is in 'model'" in said(capfd, "build", model)
    assert "Results are in 'model/results'" in said(capfd, "run", "model", "--threads=1")

    eqsim.start_scope()
    eqsim.network.naming.restart_numbering()
    assert_same(eqsim.load("model/results"), in_process(SCRIPTS[name]))


def test_what_follows_a_look_at_results_is_no_part_of_the_model(folder: Path, capfd: Any) -> None:
    lines = MODEL.count("\n") + 2
    for look, what in {
        "spikes.i": "what was recorded of 'i'",
        "traces.v": "how much was recorded",
        "spikes.count": "the counts of 'spikes'",
        "len(traces)": "how much was recorded",
        "cells.v[0]": "'v' of 'cells'",
        "cells.v = cells.v": "'v' of 'cells'",
        "magic_network().t": "the time of the network",
        "cells.get_states()": "the states of 'cells'",
        "cells.indices['v > 3*mV']": "where 'v > 3*mV' holds in 'cells'",
        "cells.evaluate('v + 1*mV')": "the values of 'v + 1*mV' in 'cells'",
    }.items():
        eqsim.start_scope()
        model = script(folder, f"run(30*ms)\n{look}\nraise ValueError\n")
        told = said(capfd, "build", model)
        assert f"model.py, line {lines}: the script asks for {what}" in told
        assert "The project of one run is in 'model'" in told


def test_numbers_that_no_run_changes_can_be_looked_at(folder: Path, capfd: Any) -> None:
    model = script(folder, "run(30*ms)\ncells.i[3], links.i[:], cells.N, cells.I = 1, 2, 3, 4*mV")
    told = main(["build", model])
    assert told == 1
    model = script(folder, "run(30*ms)\ncells.i[3], links.j[:], cells.N")
    eqsim.start_scope()
    assert "asks for" not in said(capfd, "build", model)


def test_a_program_can_begin_with_a_snapshot_in_a_file(folder: Path, capfd: Any) -> None:
    text = """
        cells.v = 7*mV
        store(filename='begin.npz')
        cells.v = 0*mV
        restore(filename='begin.npz')
        run(1*ms)
        cells.set_states({'I': 3*mV})
        run(1*ms)
    """
    said(capfd, "build", script(folder, text))

    state = folder / "model" / "state"
    assert np.load(state / "cells.v.npy").tolist() == [7e-3] * 20
    stages = json.loads((state / "stages.json").read_text())["stages"]
    assert [list(stage) for stage in stages] == [["run"], ["set"], ["run"]]


def test_a_script_is_run_as_python_runs_it(folder: Path, capfd: Any) -> None:
    (folder / "constants.py").write_text("length = 4")
    text = """
        import sys, os
        from constants import length
        assert __name__ == '__main__' and sys.argv == ['model.py'], sys.argv
        assert os.environ['MPLBACKEND']
        run(length*ms)
        sys.exit(0)
    """
    before = list(sys.path), sys.argv

    said(capfd, "build", script(folder, text), "--out", "here")

    assert json.loads((folder / "here/state/stages.json").read_text())["stages"] == [{"run": 4e-3}]
    assert (sys.path, sys.argv) == before


def test_a_duration_replaces_that_of_the_script(folder: Path, capfd: Any) -> None:
    model = script(folder, "run(30*ms)")

    said(capfd, "build", model, "--duration", "2s")

    stages = json.loads((folder / "model/state/stages.json").read_text())["stages"]
    assert stages == [{"run": 2.0}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2s", 2000),
        ("20ms", 20),
        ("20*ms", 20),
        ("0.5", 500),
        (" 1e-1 second ", 100),
        (".5s", 500),
    ],
)
def test_durations_have_units_or_are_seconds(text: str, expected: float) -> None:
    assert duration_of(text) == expected * ms


@pytest.mark.parametrize(
    ("text", "hint"),
    [("2mV", ""), ("long", ""), ("-2s", ""), ("2 mss", "\n  did you mean 'ms'"), ("", "")],
)
def test_other_texts_are_no_durations(text: str, hint: str) -> None:
    with pytest.raises(ModelError, match=f"takes a time such as 2s or 20ms, not '{text}'{hint}"):
        duration_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pass", "the script has no run\n  add one: run(100*ms)"),
        ("store()", "the script has no run"),
        ("cells.I = 3*ms", "eqsim: model.py, line 14: 'I' cannot be set to"),
        ("1/0", "the script 'model.py' failed\nTraceback"),
        ("1/0", 'File "model.py", line 14'),
        ("run(1*mV)", "line 14: the duration of a run must be a time"),
        (
            "@network_operation\ndef look(): pass\nrun(1*ms)",
            "line 16: 'networkoperation' runs the Python function 'look', which a program",
        ),
        (
            "run(1*ms); cells.v[3] = 3*mV",
            "some values of 'v' of 'cells' are set after a run: a program of its own can set all",
        ),
        ("run(1*ms); cells[3:5].v = 3*mV", "write cells.v = value, with one for each"),
        ("run(1*ms); cells.v = 'v + 1*mV'", "not the expression 'v + 1*mV'"),
        ("run(1*ms); cells.v = 3*ms", "'cells.v' cannot be set to"),
        ("run(1*ms); links.delay = 3*ms", "no parameter 'links.pre.delay' to set between runs"),
        ("run(1*ms); seed(4); run(1*ms)", "seed() between two runs cannot be recorded"),
        (
            "run(1*ms); cells.active = False; run(1*ms)",
            "the network is not as it was in the first run: objects, equations or delays",
        ),
        (
            "net = Network(cells, links); net.run(1*ms); Network(cells, links).run(1*ms)",
            "a program of its own runs one network, and after 'network' this is 'network_1'",
        ),
        ("run(1*ms); restore('here')", "stored anything under the name 'here'"),
        ("run(1*ms); store(filename='a.npz')", "the file 'a.npz' cannot be part of a program"),
        ("run(1*ms); restore(filename='a.npz')", "leave out 'filename', or use the file before"),
        ("restore('here')", "was not stored under the name 'here'"),
    ],
)
def test_what_cannot_be_a_program_is_told(
    folder: Path, capfd: Any, text: str, expected: str
) -> None:
    told = said(capfd, "build", script(folder, text), status=1)

    assert told.startswith("eqsim: ")
    assert expected in told
    assert not (folder / "model").exists()


def test_a_duration_is_for_one_run(folder: Path, capfd: Any) -> None:
    model = script(folder, "run(1*ms); run(1*ms)")

    told = said(capfd, "build", model, "--duration=2s", status=1)
    assert "the script has 2 runs, and a duration is for one" in told


def test_recording_ends_with_the_command(folder: Path, capfd: Any) -> None:
    said(capfd, "build", script(folder, "run(1*ms)"))

    group = eqsim.NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler")
    network = eqsim.Network(group)
    network.run(1 * ms, target="numpy")
    assert group.x[0] == pytest.approx(1)


def test_a_script_that_is_not_there_is_an_error(folder: Path, capfd: Any) -> None:
    told = said(capfd, "build", "nowhere.py", status=1)

    assert told == (
        "eqsim: there is no script 'nowhere.py'\n  write: eqsim build model.py --out folder\n"
    )


def test_a_folder_with_other_files_is_refused(folder: Path, capfd: Any) -> None:
    (folder / "model").mkdir()
    (folder / "model" / "thesis.tex").write_text("")

    told = said(capfd, "build", script(folder, "run(1*ms)"), status=1)
    assert "it holds other files than a project of eqsim" in told


# -- run ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    eqsim.start_scope()
    group = eqsim.NeuronGroup(2, "dx/dt = 1/tau : 1", name="cells", namespace={"tau": 5 * ms})
    folder = tmp_path_factory.mktemp("exported") / "model"
    eqsim.Network(group).export(folder, 10 * ms)
    return folder


@pytest.fixture
def copied(exported: Path, folder: Path) -> Path:
    return Path(shutil.copytree(exported, folder / "copied"))


@pytest.mark.slow
def test_a_project_is_built_once_and_gets_the_options(copied: Path, capfd: Any) -> None:
    assert "Results are in 'copied/results'" in said(capfd, "run", "copied")
    built = (copied / "build" / "simulate").stat().st_mtime_ns

    said(capfd, "run", "copied", "--set=cells.tau=2ms", "--results=other")
    assert "cells.tau                second       5 ms" in said(capfd, "run", "copied", "--help")
    assert "no parameter 'tua'" in said(capfd, "run", "copied", "--set", "tua=5ms", status=2)

    assert (copied / "build" / "simulate").stat().st_mtime_ns == built
    assert eqsim.load("other")["cells"].x[0] == pytest.approx(5)
    os.utime(copied / "main.cpp")
    said(capfd, "run", "copied")
    assert (copied / "build" / "simulate").stat().st_mtime_ns > built


@pytest.mark.slow
def test_without_cmake_the_compiler_does_it(
    copied: Path, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = shutil.which
    monkeypatch.setattr(
        project.shutil, "which", lambda name, **o: None if name == "cmake" else found(name, **o)
    )

    assert "Results are in" in said(capfd, "run", "copied")
    assert not (copied / "build" / "CMakeCache.txt").exists()
    assert eqsim.load("copied/results")["cells"].x[0] == pytest.approx(2)


@pytest.mark.slow
def test_errors_of_the_build_are_shown(
    copied: Path, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copied / "main.cpp").write_text("this is no C++\n")

    told = said(capfd, "run", "copied", status=1)

    assert told.startswith("eqsim: the project 'copied' was not built: exit status")
    assert "\n  command: " in told
    assert "error" in told
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    told = said(capfd, "run", "copied", status=1)
    assert "no C++ compiler found\n  install one, or name it in the environment" in told


def test_a_compiler_that_is_too_old_is_named(
    copied: Path, folder: Path, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = folder / "old"
    old.write_text("#!/bin/sh\ncase \"$*\" in *--version*) echo 'g++ 4.4';; *) exit 1;; esac\n")
    old.chmod(0o755)
    monkeypatch.setenv("CXX", str(old))
    monkeypatch.setenv("EQSIM_CACHE_DIR", str(folder / "cache"))

    told = said(capfd, "run", "copied", status=1)

    assert "old' is too old: it does not understand C++17\n  it says: g++ 4.4\n" in told
    assert not (copied / "results").exists()


def test_a_folder_without_project_is_an_error(folder: Path, capfd: Any) -> None:
    told = said(capfd, "run", "nowhere", status=1)

    assert told == (
        "eqsim: there is no project of eqsim in 'nowhere'\n"
        "  write one: eqsim build model.py --out nowhere\n"
    )


def test_a_project_that_cannot_be_written_is_an_error(copied: Path, capfd: Any) -> None:
    (copied / "build").write_text("")

    told = said(capfd, "run", "copied", status=1)
    assert "cannot write into 'copied/build': File exists\n  export the model into" in told


@pytest.mark.slow
def test_processes_that_ask_at_once_build_once(copied: Path) -> None:
    command = [sys.executable, "-m", "eqsim.cli", "run", "copied"]
    processes = [
        subprocess.Popen(
            [*command, f"--results=results{n}"], cwd=copied.parent, stderr=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )
        for n in range(2)
    ]  # fmt: skip
    outputs = [process.communicate(timeout=120) for process in processes]

    assert [process.returncode for process in processes] == [0, 0], outputs
    for n in range(2):
        assert eqsim.load(copied.parent / f"results{n}").t == 10 * ms


@pytest.mark.slow
def test_ctrl_c_is_for_the_program(copied: Path, capfd: Any) -> None:
    said(capfd, "run", "copied")
    command = [sys.executable, "-m", "eqsim.cli", "run", "copied", "--duration=1e6"]
    process = subprocess.Popen(
        command, cwd=copied.parent, start_new_session=True, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Simulating")
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)

    assert process.wait(60) == 128 + signal.SIGINT
    process.stdout.close()
    assert eqsim.load(copied / "results", partial=True).status == "interrupted"


# -- doctor ---------------------------------------------------------------------------------------


def test_the_doctor_tells_what_is_there(capfd: Any) -> None:
    told = said(capfd, "doctor")

    found = toolchain.find_compiler()
    assert found is not None
    assert found.version in told
    assert " ".join(found.flags) in told
    assert f"{cache.cache_directory()}: " in told
    assert f"a run uses  target 'cpp', up to {machine.usable_processors()} threads" in told
    for name in ("processors", "vectors", "memory", "nvcc", "GPUs", "CMake", "Python"):
        assert f"\n{name} " in told
    assert "GB/s" in told
    assert "problem" not in told


def test_the_doctor_tells_what_to_do_without_compiler(
    capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)

    assert main(["doctor"]) == 1
    told = capfd.readouterr().out
    assert "a run uses  target 'numpy'\n" in told
    assert "problem: no C++ compiler found: runs use the slower target 'numpy'\n" in told


def test_the_doctor_tells_of_a_cache_that_cannot_be_written(
    capfd: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EQSIM_CACHE_DIR", str(tmp_path / "file" / "cache"))

    assert main(["doctor"]) == 1
    assert "problem: the cache " in capfd.readouterr().out


def test_the_doctor_finds_devices(
    capfd: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'GPU 0: Abacus 3000 (UUID: GPU-1)'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    assert "GPUs        GPU 0: Abacus 3000\n" in said(capfd, "doctor")


def test_vectors_are_told_for_any_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    for line, expected in {
        "flags : fpu sse2 avx avx2 avx512f": "512 bits",
        "flags : fpu sse2 avx": "256 bits",
        "Features : fp asimd": "128 bits (asimd): 2 numbers",
        "": "not known",
    }.items():
        monkeypatch.setattr(machine, "_cpuinfo", lambda text=line: text)
        assert machine.vector_width().startswith(expected)


# -- the command line -----------------------------------------------------------------------------


def test_the_command_is_installed() -> None:
    scripts = Path(sys.executable).parent
    done = subprocess.run(
        [scripts / "eqsim", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"eqsim {eqsim.__version__}\n"


def test_unknown_commands_are_refused(capfd: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["biuld"])
    assert ended.value.code == 2
    assert "invalid choice: 'biuld'" in capfd.readouterr().err
