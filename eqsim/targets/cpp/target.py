"""Programs in-process as compiled C++."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from eqsim.build.library import build_library
from eqsim.build.machine import usable_processors
from eqsim.build.sources import SourceFile, Sources
from eqsim.build.toolchain import find_compiler
from eqsim.errors import RunError, TargetError
from eqsim.program.nodes import Lifetime, Program
from eqsim.runtime.engine import Library, LibrarySimulation
from eqsim.runtime.memory import Memory
from eqsim.runtime.simulation import Simulation
from eqsim.targets.base import Target
from eqsim.targets.c_printer import Dialect
from eqsim.targets.c_program import history_buffers, program_context, run_buffers
from eqsim.targets.cpp.work import useful_threads
from eqsim.targets.environment import header, render
from eqsim.units.arguments import shown
from eqsim.version import __version__

_HEADERS = {
    "interface.h": "common/interface.h",
    "mathematics.h": "common/mathematics.h",
    "random.h": "common/random.h",
    "runtime.h": "cpp/runtime.h",
    "clones.h": "common/clones.h",
    "searching.h": "common/searching.h",
    "team.h": "cpp/team.h",
}

# Elements that share a place or a buffer are visited one by one, and there is room for their rows.
DIALECT = Dialect(
    target="cpp",
    addition="{place} += {value};",
    event="rows_[count_++] = {value};",
    column="(({c_type}*)record_.columns[{number}])[record_.rows] = {value};",
    row="++record_.rows;",
    check="if (!{fine}) eqsim::note(simulation->failed, clocks.tick, {problem}, instance_,"
    " {element}, {step});",
    counted_check="failed_ += {fine} ? ({c_type})0 : ({c_type})1;",
    has_blocks=True,
)


@lru_cache(maxsize=16)
def render_cpp(program: Program) -> Sources:
    """Render a program as C++.

    Parameters
    ----------
    program : Program
        A verified program.

    Returns
    -------
    Sources
        ``simulation.cpp`` and the headers that it includes; the same text for the same program.
    """
    context = program_context(program, DIALECT, __version__)
    files = [SourceFile("simulation.cpp", render("cpp/simulation.cpp.j2", program=context))]
    files += [SourceFile(name, header(path)) for name, path in _HEADERS.items()]
    functions = context.functions
    if not functions.functions:
        return Sources(tuple(files), "simulation.cpp")
    files.append(SourceFile("functions.h", render("cpp/functions.h.j2", program=context)))
    units = [(unit.path, render("cpp/unit.cpp.j2", unit=unit)) for unit in functions.sources]
    copies = [(copy.path, copy.text) for copy in functions.copies]
    files += [SourceFile(path, text) for path, text in (*units, *copies)]
    also = tuple(path for path, _ in units)
    return Sources(tuple(files), "simulation.cpp", also, functions.requirements)


MOST_THREADS = 4096
"""More threads are a slip of the keyboard."""


@dataclass(frozen=True)
class Cpp(Target):
    """Compiled C++ in this process.

    Parameters
    ----------
    threads : int, optional
        How many threads share the work; results do not depend on it. By default as many as the
        work per step keeps busy, at most the processors of this process.

    Raises
    ------
    TargetError
        If the number of threads is not positive.

    Examples
    --------
    >>> from eqsim import Cpp, Network, NeuronGroup, ms
    >>> G = NeuronGroup(1, 'dx/dt = 1/ms : 1', method='euler')
    >>> Network(G).run(2*ms, target=Cpp(threads=1))
    >>> G.x[:].round(6)
    array([2.])
    """

    threads: int | None = None
    name: ClassVar[str] = "cpp"

    def __post_init__(self) -> None:
        if self.threads is not None and (
            isinstance(self.threads, bool)
            or not isinstance(self.threads, int)
            or not 1 <= self.threads <= MOST_THREADS
        ):
            raise TargetError(
                f"threads must be a whole number from 1 to {MOST_THREADS}, not"
                f" {shown(self.threads)}"
            )

    def unavailable(self) -> str | None:
        """Return why there is no compiled code here, None if there is."""
        if find_compiler() is not None:
            return None
        return (
            "no C++ compiler found; install one (Debian, Ubuntu: 'apt install g++'; macOS:"
            " 'xcode-select --install'; conda: 'conda install cxx-compiler') or name it in the"
            " environment variable CXX"
        )

    def check(self, program: Program) -> None:
        """Raise if a function of the program has no implementation in C++."""
        render_cpp(program)

    def open(self, program: Program, memory: Memory) -> Simulation:
        """Return the compiled program, from the cache or built now."""
        toolchain = find_compiler()
        if toolchain is None:
            raise TargetError(f"target 'cpp' cannot run here: {self.unavailable()}")
        library = _loaded(str(build_library(render_cpp(program), toolchain)))
        numbered = [*run_buffers(program), *history_buffers(program)]
        return LibrarySimulation(
            library,
            memory.instances,
            np.array([memory.extents[name] for name in program.extents], dtype=np.int64),
            memory.ordered(program),
            {b.name: [c.dtype.numpy for c in b.columns] for b in numbered},
            self.threads or _threads(program, memory),
            [pause.name for pause in program.pauses],
            [b.name for b in program.buffers if b.lifetime is Lifetime.STEP],
            program.problems,
        )


@cache
def _loaded(path: str) -> Library:
    try:
        return Library(path)
    except RunError as error:
        folder = Path(path).parent
        raise RunError(f"{error}\n  remove {str(folder)!r} to have it compiled anew") from None


def _threads(program: Program, memory: Memory) -> int:
    """Return how many threads run a program if nobody says how many."""
    return min(usable_processors(), useful_threads(program, memory.instances, memory.extents))
