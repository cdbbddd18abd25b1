"""What every test gets: a scope of its own, and a cache of compiled programs for the session."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from eqsim import Cpp, defaultclock, ms, seed, set_target, start_scope
from eqsim.build.cache import cache_directory
from eqsim.integrators import choice
from eqsim.network.naming import restart_numbering
from eqsim.targets import Cuda, Numpy
from eqsim.targets.base import Target
from eqsim.units.conversions import let_conversions_lose_units

sys.path.insert(0, str(Path(__file__).with_name("cuda_emulation")))
sys.path.insert(0, str(Path(__file__).with_name("projects")))
from emulation import EmulatedCuda, TestedCuda

CUDA = TestedCuda() if Cuda().unavailable() is None else EmulatedCuda()
"""CUDA on a device where there is one, else its kernels on the processor."""
LAUNCHER = Path(__file__).parent / "projects" / "compiler_launcher.py"
TARGETS = (
    pytest.param(Numpy(), id="numpy"),
    pytest.param(Cpp(threads=1), id="cpp", marks=pytest.mark.compiler),
    pytest.param(Cpp(threads=2), id="cpp-2-threads", marks=pytest.mark.compiler),
    pytest.param(CUDA, id="cuda", marks=(pytest.mark.compiler, pytest.mark.cuda)),
)


@pytest.fixture(scope="session", autouse=True)
def compiled_programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of compiled programs: no test sees what an earlier session compiled.

    Where several processes share the tests, what one of them compiled is there for all.
    """
    temporary = tmp_path_factory.getbasetemp()
    session = temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EQSIM_CACHE_DIR", str(session / "cache"))
        patch.setenv("CMAKE_CXX_COMPILER_LAUNCHER", f"{sys.executable};{LAUNCHER}")
        yield cache_directory()


@pytest.fixture(scope="module")
def own_programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of compiled programs of one module: no other process adds to what is counted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EQSIM_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield cache_directory()


@pytest.fixture(autouse=True)
def fresh_scope() -> None:
    """Begin as in a new process: no objects, no names taken, one seed, the default clock."""
    choice._registered.clear()
    start_scope()
    restart_numbering()
    defaultclock.dt = 0.1 * ms
    defaultclock.timestep = 0
    set_target(None)
    let_conversions_lose_units(False)
    seed(20260)


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> Target:
    """Each target: the reference, compiled code without and with threads, CUDA."""
    chosen: Target = request.param
    missing = chosen.unavailable()
    if missing is not None:
        pytest.skip(missing)
    return chosen
