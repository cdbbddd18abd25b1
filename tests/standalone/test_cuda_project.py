"""Projects for devices: built by nvcc; run by the emulation with the results of the processor."""

import os
import shutil
import subprocess

import numpy as np
import pytest
from compiled_projects import compile_project
from cuda_models import both_sides
from emulation import emulated

from eqsim import Cuda, Numpy, ms
from eqsim.build.nvcc import find_nvcc
from eqsim.build.project import executable_of
from eqsim.build.sources import SourceFile, Sources
from eqsim.build.toolchain import find_compiler
from eqsim.cli import main
from eqsim.errors import BuildError, TargetError
from eqsim.targets.cuda.target import render_cuda


def files_of(folder):
    return {str(path.relative_to(folder)): path for path in folder.rglob("*.npy")}


@pytest.mark.compiler
@pytest.mark.cuda
def test_a_project_for_devices_gives_what_one_for_processors_gives(tmp_path):
    toolchain = find_compiler()
    if toolchain is None:
        pytest.skip("there is no C++ compiler")
    net = both_sides()
    ours, theirs = tmp_path / "cuda", tmp_path / "cpp"
    net.export(ours, 3 * ms, namespace={}, target=Cuda(mode="persistent"))
    net.export(theirs, 3 * ms, namespace={})
    sources = emulated(render_cuda(net.lower({}).program))
    written = [SourceFile(f.path, f.text) for f in sources.files]
    Sources(tuple(written), "simulation.cpp").write(ours)
    flags = ("-std=c++17", "-O0", "-ffp-contract=off", "-fwrapv", "-I.", "-w")
    for folder, also, more in (
        (ours, ("-DEQSIM_DEVICE=1", "-DEQSIM_DEVICE_MODE=3"), sources.also),
        (theirs, (), ()),
    ):
        compile_project(folder, (*flags, *also), sources=("simulation.cpp", *more))
        subprocess.run(["./simulate"], cwd=folder, check=True, stdout=subprocess.DEVNULL)

    found, expected = files_of(ours / "results"), files_of(theirs / "results")
    assert found.keys() == expected.keys()
    for name, path in expected.items():
        assert np.load(found[name]).tobytes() == np.load(path).tobytes(), name
    short = {**os.environ, "EQSIM_EMULATED_MEMORY": "2000"}
    failed = subprocess.run(
        ["./simulate"], cwd=ours, env=short, capture_output=True, text=True, check=False
    )
    assert failed.returncode == 1
    assert failed.stderr.startswith("simulate: the device has too little memory for '")
    refused = subprocess.run(
        ["./simulate", "--threads", "2"], cwd=ours, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert refused.stderr == "simulate: this program runs on a device: it takes no --threads\n"


@pytest.mark.slow
@pytest.mark.nvcc
def test_nvcc_builds_a_project_by_its_own_rule(tmp_path):
    if find_nvcc("sm_75") is None or shutil.which("cmake") is None:
        pytest.skip("there is no nvcc or no CMake")
    folder = tmp_path / "project"
    both_sides().export(folder, 3 * ms, namespace={}, target="cuda")

    executable = executable_of(folder)

    said = subprocess.run(
        [executable, "--help"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert said.stdout.startswith("Simulate the model")
    readme = (folder / "README.md").read_text()
    assert "nvcc -std=c++17 -O3 -arch=sm_75 -DEQSIM_DEVICE=1" in readme
    assert "{{" not in readme


def test_building_without_nvcc_is_refused(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    both_sides().export(folder, 3 * ms, namespace={}, target="cuda")
    monkeypatch.setattr("eqsim.build.project.nvcc_path", lambda: None)
    monkeypatch.setattr("eqsim.build.project.find_compiler", lambda: object())
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")

    with pytest.raises(BuildError, match="is for CUDA devices, and there is no nvcc\n  install"):
        executable_of(folder)


def test_other_targets_have_no_projects(tmp_path):
    with pytest.raises(TargetError) as failure:
        both_sides().export(tmp_path / "project", 3 * ms, namespace={}, target=Numpy())
    assert str(failure.value) == (
        "there are no projects for target 'numpy'\n  known: 'cpp', 'cuda'"
    )


def test_a_project_is_made_for_no_certain_device(tmp_path):
    with pytest.raises(TargetError, match="not made for device 1\n  it takes the first that it"):
        both_sides().export(tmp_path / "project", 3 * ms, namespace={}, target=Cuda(device=1))


def test_the_command_line_writes_projects_for_devices(tmp_path, capsys):
    script = tmp_path / "model.py"
    script.write_text(
        "from eqsim import *\n"
        "cells = NeuronGroup(2, 'dx/dt = 1/ms : 1', method='euler')\n"
        "run(1*ms)\n"
    )
    out = tmp_path / "out"

    options = ["--target", "cuda", "--architecture", "sm_90"]
    assert main(["build", str(script), "--out", str(out), *options]) == 0
    assert "CMAKE_CUDA_ARCHITECTURES 90 " in (out / "CMakeLists.txt").read_text()
    assert main(["build", str(script), "--out", str(out), "--architecture", "sm_90"]) != 0
    assert "--architecture is for devices" in capsys.readouterr().err
