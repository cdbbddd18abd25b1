"""What happens when the compiler or the cache of compiled programs does not do its part."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eqsim import Cpp, Network, NeuronGroup, ms, run
from eqsim.build import toolchain
from eqsim.build.cache import CacheWarning
from eqsim.build.library import build_library
from eqsim.build.sources import SourceFile, Sources
from eqsim.build.toolchain import find_compiler
from eqsim.errors import BuildError, RunError, TargetError
from eqsim.network.preferences import NoCompilerWarning
from eqsim.targets.cpp import target as cpp
from eqsim.targets.cpp.target import render_cpp

pytestmark = pytest.mark.compiler

SCRIPT = """
from eqsim import *
G = NeuronGroup(2, 'dv/dt = (1 - v)/ms : 1', threshold='v > 0.2', reset='v = 0', method='euler')
run(1*ms, target=Cpp(threads=1))
print(G.v_.tolist())
"""


def cells() -> NeuronGroup:
    return NeuronGroup(
        2, "dv/dt = (1 - v)/ms : 1", threshold="v > 0.2", reset="v = 0", method="euler"
    )


def program(path: Path, text: str) -> str:
    """Write a program of the shell and return its path."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache in which nothing is yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("EQSIM_CACHE_DIR", str(folder))
    return folder


def test_without_compiler_runs_are_slower_and_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    G = cells()
    with pytest.warns(
        NoCompilerWarning, match=r"slower target 'numpy': no C\+\+ compiler found"
    ) as told:
        run(1 * ms)
    assert "apt install g++" in str(told[0].message)
    assert G.t_ == pytest.approx(1e-3)


def test_without_compiler_target_cpp_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    G = cells()
    net = Network(G)
    with pytest.raises(
        TargetError, match=r"target 'cpp' cannot run here\n  no C\+\+ compiler found;"
    ):
        net.run(1 * ms, target="cpp")
    assert net.t_ == G.clock.timestep == 0
    net.run(1 * ms, target="numpy")
    assert net.t_ == 1e-3


def test_compiler_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "/nowhere/g++ -m64")
    net = Network(cells())
    for target in ("cpp", None):
        with pytest.raises(
            BuildError,
            match=r"compiler '/nowhere/g\+\+ -m64' of the environment variable CXX does not exist"
            "\n  set CXX to a C.. compiler, or unset it",
        ):
            net.run(1 * ms, target=target)
    assert net.t_ == 0


def test_compiler_that_fails_at_once_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CXX", program(tmp_path / "broken", "echo no licence >&2; exit 3"))
    with pytest.raises(BuildError, match="broken' does not run: exit status 3\n  no licence"):
        Network(cells()).run(1 * ms, target="cpp")


OLD = """case "$*" in
  *--version*) echo 'g++ (GCC) 4.4.7 20120313';;
  *-std=c++17*) echo "cc1plus: error: unrecognized option '-std=c++17'" >&2; exit 1;;
esac"""


def test_compiler_that_is_too_old_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_cache: Path
) -> None:
    monkeypatch.setenv("CXX", program(tmp_path / "old", OLD))
    G = cells()
    with pytest.raises(
        BuildError,
        match=r"old' is too old: it does not understand C\+\+17\n"
        r"  it says: g\+\+ \(GCC\) 4\.4\.7 20120313\n  install GCC 8, Clang 7 or newer",
    ):
        Network(G).run(1 * ms, target="cpp")
    assert G.clock.timestep == 0
    assert not list(own_cache.glob("toolchain-*"))


def test_compiler_that_is_too_old_is_passed_over_for_a_newer_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_cache: Path
) -> None:
    found = shutil.which("g++") or shutil.which("c++")
    tools = tmp_path / "tools"
    tools.mkdir()
    program(tools / "g++", OLD)
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    program(tools / "clang++", f'exec {found} "$@"')
    chosen = find_compiler()
    assert chosen is not None
    assert chosen.command == (str(tools / "clang++"),)
    # What a compiler is able to do is known for as long as the process lives.
    toolchain._toolchain.cache_clear()
    monkeypatch.setenv("EQSIM_CACHE_DIR", str(tmp_path / "other"))
    for name in ("clang++", "c++"):
        program(tools / name, OLD)
    with pytest.raises(BuildError, match=r"g\+\+' is too old"):
        find_compiler()


@pytest.mark.skipif(shutil.which("mount") is None, reason="needs mount")
def test_cache_on_a_disk_that_is_read_only_is_replaced_for_the_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk can be mounted here")
    monkeypatch.setenv("EQSIM_CACHE_DIR", str(disk))
    G = cells()
    try:
        with pytest.warns(CacheWarning, match=r"cannot be written \(Read-only file system\)"):
            Network(G).run(0.1 * ms, target=Cpp(threads=1))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert G.v_.tolist() == [0.1, 0.1]


@pytest.mark.skipif(shutil.which("mount") is None, reason="needs mount")
def test_cache_on_a_disk_that_is_full_is_one_error_and_works_when_there_is_room(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk can be mounted here")
    monkeypatch.setenv("EQSIM_CACHE_DIR", str(disk))
    full = disk / "of something else"
    G = cells()
    net = Network(G)
    try:
        full.write_bytes(bytes(100 * 1024))
        with pytest.raises(BuildError, match="No space left on device"):
            net.run(0.1 * ms, target=Cpp(threads=1))
        assert net.t_ == G.clock.timestep == 0
        full.unlink()
        subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
        net.run(0.1 * ms, target=Cpp(threads=1))
    finally:
        # The library stays loaded, so the disk stays in use.
        subprocess.run(["umount", "-l", str(disk)], check=True)
    assert G.v_.tolist() == [0.1, 0.1]


def test_program_that_makes_nothing_is_no_compiler(
    monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    monkeypatch.setenv("CXX", "true")
    with pytest.raises(
        BuildError, match="compiler true tells no error and made no library"
    ) as told:
        Network(cells()).run(1 * ms, target="cpp")
    assert log_of(told.value).is_file()
    assert not list(own_cache.glob("*/simulation.so"))


def log_of(error: BuildError) -> Path:
    found = re.search(r"whole log: (\S+)", str(error))
    assert found is not None
    return Path(found.group(1))


def test_error_of_the_compiler_shows_command_log_and_the_line_of_the_user(
    monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    render = cpp.render_cpp

    def broken(rendered: Any) -> Sources:
        sources = render(rendered)
        text = sources.text("simulation.cpp")
        start = text.index("void cells_state_update(")
        brace = text.index("{\n", start) + 2
        text = f"{text[:brace]}    this is no C++;\n{text[brace:]}"
        files = [f for f in sources.files if f.path != "simulation.cpp"]
        return dataclasses.replace(sources, files=(SourceFile("simulation.cpp", text), *files))

    G = NeuronGroup(
        2, "du/dt = -u/ms : 1\ndv/dt = (1 - v)  # leak\n /ms : 1", method="euler", name="cells"
    )
    net = Network(G)
    with monkeypatch.context() as patch:
        patch.setattr(cpp, "render_cpp", broken)
        with pytest.raises(
            BuildError, match=r"the compiler \S+ failed with exit status 1"
        ) as told:
            net.run(1 * ms, target=Cpp(threads=1))
    text = str(told.value)
    assert "in the code for\n    du/dt = -u/ms : 1\n    dv/dt = (1 - v) /ms : 1\n" in text
    assert re.search(r"command: \S+ .*-shared simulation.cpp -o simulation.so", text)
    assert "this is no C++" in log_of(told.value).read_text()
    assert not list(own_cache.glob("*/simulation.so"))
    assert net.t_ == G.clock.timestep == 0

    net.run(1 * ms, target=Cpp(threads=1))
    assert G.v_[0] == pytest.approx(1 - 0.9**10)


def test_cache_that_cannot_be_written_is_replaced_for_the_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EQSIM_CACHE_DIR", str(tmp_path / "file" / "cache"))
    G = cells()
    with pytest.warns(CacheWarning, match=r"cannot be written .*set EQSIM_CACHE_DIR to a folder"):
        Network(G).run(0.1 * ms, target=Cpp(threads=1))
    assert G.v_.tolist() == [0.1, 0.1]


def test_corrupted_program_in_the_cache_is_named_with_the_remedy(own_cache: Path) -> None:
    G = cells()
    net = Network(G)
    toolchain = find_compiler()
    assert toolchain is not None
    made = build_library(render_cpp(net.lower({}).program), toolchain)
    assert made.is_relative_to(own_cache)
    made.write_bytes(b"\x7fELF, or so it says")
    with pytest.raises(RunError, match="cannot load the compiled simulation\n") as told:
        net.run(0.1 * ms, target=Cpp(threads=1))
    assert f"remove {str(made.parent)!r} to have it compiled anew" in str(told.value)
    assert net.t_ == G.clock.timestep == 0
    shutil.rmtree(made.parent)
    net.run(0.1 * ms, target=Cpp(threads=1))
    assert G.v_.tolist() == [0.1, 0.1]


def test_two_processes_compile_a_model_once_and_a_killed_build_leaves_no_result(
    tmp_path: Path, own_cache: Path
) -> None:
    found = next(path for name in ("g++", "clang++", "c++") if (path := shutil.which(name)))
    log, slow = tmp_path / "log", tmp_path / "slow"
    compiler = program(
        tmp_path / "compiler",
        f'case "$*" in *simulation.cpp*) echo run >> "{log}"; [ -e "{slow}" ] && exec sleep 60;;'
        f' esac\nexec {found} "$@"',
    )
    environment = {**os.environ, "CXX": compiler}

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", SCRIPT], env=environment, cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    slow.touch()
    killed = start()
    until = time.monotonic() + 30
    while not log.exists() and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert log.read_text() == "run\n"
    assert not list(own_cache.rglob("*.so"))

    slow.unlink()
    processes = [start(), start()]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0]
    assert np.isfinite(eval(outputs[0][0])).all()
    assert log.read_text() == "run\nrun\n"
    assert len(list(own_cache.glob("*/simulation.so"))) == 1


def test_compiler_that_is_killed_is_one_error_and_the_network_runs_later(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_cache: Path
) -> None:
    found = next(path for name in ("g++", "clang++", "c++") if (path := shutil.which(name)))
    marker = tmp_path / "killed"
    compiler = program(
        tmp_path / "compiler",
        f'case "$*" in *simulation.cpp*) [ -e "{marker}" ] && kill -9 $$;; esac\n'
        f'exec {found} "$@"',
    )
    monkeypatch.setenv("CXX", compiler)
    marker.touch()
    G = cells()
    net = Network(G)
    with pytest.raises(BuildError) as told:
        net.run(0.1 * ms, target=Cpp(threads=1))
    first, advice, *_ = str(told.value).splitlines()
    assert first == "the compiler compiler was ended by SIGKILL"
    assert advice == "  mostly for lack of memory: let less run beside it, and run again"
    assert net.t_ == G.clock.timestep == 0
    assert not list(own_cache.glob("*/simulation.so"))
    marker.unlink()
    net.run(0.1 * ms, target=Cpp(threads=1))
    assert G.v_.tolist() == [0.1, 0.1]
