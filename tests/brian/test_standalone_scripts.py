"""Programs of their own give what Brian's do, on processors and on devices."""

import json
import os
from pathlib import Path

import pytest
from brian_reference import REFERENCES, found_by
from compiled_projects import compile_project
from emulation import emulated
from script_comparison import differences
from scripts_running import STANDALONE, run

import eqsim.brian
from eqsim.brian import standalone
from eqsim.build.project import EXECUTABLE
from eqsim.build.sources import SourceFile, Sources
from eqsim.build.toolchain import find_compiler
from eqsim.errors import RunError
from eqsim.targets.cuda.target import Cuda, render_cuda

REFERENCE = json.loads(REFERENCES["standalone_scripts"].read_text(encoding="utf-8"))
NAMES = sorted(path.stem for path in STANDALONE.glob("*.py"))
LIVE = os.environ.get("EQSIM_BRIAN2_PYTHON")
"""The interpreter of an environment with Brian 2, for the comparison with itself."""
ON_DEVICES = [
    name
    for name in NAMES
    if name not in ("inputs", "files")  # a function in C++ only; a project deleted while it runs
]

pytestmark = [pytest.mark.compiler, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("script", NAMES)
def test_program_finds_what_that_of_brian_found(script):
    assert differences(REFERENCE["scripts"][script], found(STANDALONE / f"{script}.py")) == []


def found(path):
    return run("eqsim.brian", path)


@pytest.fixture
def without_devices(monkeypatch):
    """Have projects for devices built for the processor."""

    def built(project):
        executable = Path(project) / EXECUTABLE
        if not executable.exists():
            device = eqsim.brian.all_devices["cuda_standalone"]
            sources = emulated(render_cuda(device.recorder.recorded[1].program))
            files = tuple(SourceFile(file.path, file.text) for file in sources.files)
            Sources(files, "simulation.cpp").write(project)
            executable.parent.mkdir(exist_ok=True)
            flags = ["-std=c++17", "-O0", "-ffp-contract=off", "-fwrapv", "-I.", "-w", "-pthread"]
            flags += ["-DEQSIM_DEVICE=1", "-DEQSIM_DEVICE_MODE=3"]
            files = ("simulation.cpp", *sources.also)
            compile_project(Path(project), flags, sources=files, executable=str(EXECUTABLE))
        return executable

    monkeypatch.setattr(standalone, "executable_of", built)


@pytest.mark.cuda
@pytest.mark.parametrize("script", ON_DEVICES)
def test_program_for_devices_finds_what_that_of_brian_found(script, without_devices, tmp_path):
    if find_compiler() is None:
        pytest.skip("there is no C++ compiler")
    text = (STANDALONE / f"{script}.py").read_text(encoding="utf-8")
    path = tmp_path / f"{script}.py"
    path.write_text(text.replace('"cpp_standalone"', '"cuda_standalone"'), encoding="utf-8")

    assert differences(REFERENCE["scripts"][script], found(path)) == []


SMALL = """
from eqsim.brian import *

set_device("cuda_standalone", directory="project", build_on_run=False)
cell = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="cell")
run(1*ms)
device.build(directory="project", compile=False, run=False)
"""


def test_without_a_device_the_project_is_written(folder):
    exec(SMALL, {})

    assert (folder / "project" / "simulation.cu").is_file()
    assert "CUDA" in (folder / "project" / "CMakeLists.txt").read_text()
    assert not (folder / "project" / "build").exists()


def test_a_program_without_a_device_says_so_once(folder, monkeypatch):
    names = {}
    exec(SMALL, names)
    program = folder / "project" / EXECUTABLE
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'simulate: the device failed' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(standalone, "executable_of", lambda project: program)
    monkeypatch.setattr(Cuda, "unavailable", lambda self: "no device found; run it elsewhere")

    with pytest.raises(RunError) as raised:
        exec("device.run(with_output=False)", names)

    assert str(raised.value) == (
        "the program in 'project' failed: exit status 1\nsimulate: the device failed\n"
        "  no device found; run it elsewhere"
    )


def test_there_are_scripts_enough_and_a_reference_for_each():
    assert len(NAMES) >= 8
    assert sorted(REFERENCE["scripts"]) == NAMES
    assert REFERENCE["brian2"] == "2.9.0"


@pytest.mark.slow
@pytest.mark.skipif(LIVE is None, reason="EQSIM_BRIAN2_PYTHON names no interpreter with Brian 2")
def test_reference_is_what_brian_finds_now():
    now = found_by(LIVE, "brian2", "standalone_scripts")
    told = {name: differences(REFERENCE["scripts"][name], now[name]) for name in NAMES}

    assert {name: text for name, text in told.items() if text} == {}
