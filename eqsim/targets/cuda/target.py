"""Programs as CUDA: the bodies of the C++ target between other skeletons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from eqsim.build.nvcc import OLDEST_ARCHITECTURE
from eqsim.build.sources import SourceFile, Sources
from eqsim.errors import TargetError
from eqsim.expressions.statements import Accumulate
from eqsim.program.nodes import Kernel, Lifetime, Program
from eqsim.program.traverse import statements_of, table_of
from eqsim.program.types import name_types
from eqsim.runtime.memory import Memory
from eqsim.runtime.simulation import Simulation
from eqsim.targets.base import Target
from eqsim.targets.c_printer import Dialect
from eqsim.targets.c_program import program_context
from eqsim.targets.environment import header, render
from eqsim.version import __version__

_HEADERS = {
    "interface.h": "common/interface.h",
    "mathematics.h": "common/mathematics.h",
    "random.h": "common/random.h",
    "runtime.h": "cuda/runtime.h",
}


MOST_PROBLEMS = 2**12
"""How many problems the number of a failed check has room for, in ``runtime.h``."""

# Only integers are added, so that the order of threads is no matter. A thread notes what its
# element appends; its block then puts the rows of all its threads in order, which threads cannot
# do where only some of them come by.
DIALECT = Dialect(
    target="cuda",
    addition="eqsim::add({place}, {value});",
    event="event_ = {value};",
    column="record_.set<{c_type}>({number}, {value});",
    row="record_.present = true;",
    check="if (!{fine}) eqsim::note(simulation->failed, clocks.tick, {problem}, instance_ * {size}"
    " + {element});",
    counted_check="",
)


@lru_cache(maxsize=16)
def render_cuda(program: Program) -> Sources:
    """Render a program as CUDA.

    Parameters
    ----------
    program : Program
        A verified program.

    Returns
    -------
    Sources
        ``simulation.cu`` and the headers that it includes; the same text for the same program.

    Raises
    ------
    TargetError
        If the program pauses, is profiled or calls functions from outside, has tables of synapses
        or keeps events for later steps, notes too many problems, or if a kernel adds numbers with
        fractions into one place, whose sum would depend on the order of the threads.
    """
    if program.pauses:
        raise TargetError(
            f"target 'cuda' cannot pause for {program.pauses[0].name!r}\n"
            "  it runs Python code in the midst of a step; use target='cpp'"
        )
    if program.is_profiled:
        raise TargetError("target 'cuda' measures no times of kernels\n  run with profile=False")
    if program.functions:
        raise TargetError(
            f"target 'cuda' cannot call {program.functions[0].symbol!r}\n"
            "  this version of eqsim calls no functions from outside on devices; use target='cpp'"
        )
    for kernel in program.kernels:
        _check_table(program, kernel)
    for buffer in program.buffers:
        if buffer.lifetime is Lifetime.HISTORY:
            raise TargetError(
                f"target 'cuda' cannot keep events for later steps in {buffer.name!r}\n"
                "  this version of eqsim has no delays on devices; use target='cpp'"
            )
    for table in program.tables:
        raise TargetError(_no_synapses(f"has no place for {table.name!r}"))
    for kernel in program.kernels:
        _check(kernel)
    if len(program.problems) > MOST_PROBLEMS:
        raise TargetError(
            f"target 'cuda' cannot tell {len(program.problems)} problems apart\n"
            f"  it checks for {MOST_PROBLEMS} at most; simulate fewer groups, or use target='cpp'"
        )
    context = program_context(program, DIALECT, __version__)
    files = [SourceFile("simulation.cu", render("cuda/simulation.cu.j2", program=context))]
    files += [SourceFile(name, header(path)) for name, path in _HEADERS.items()]
    return Sources(tuple(files), "simulation.cu")


def _check_table(program: Program, kernel: Kernel) -> None:
    table = table_of(program, kernel.space)
    if table is not None:
        origin = "".join(f"\n    {line}" for line in kernel.origin)
        raise TargetError(_no_synapses(f"cannot express {kernel.name!r}{origin}"))


def _no_synapses(problem: str) -> str:
    return (
        f"target 'cuda' {problem}\n"
        "  this version of eqsim has no synapses on devices; use target='cpp'"
    )


def _check(kernel: Kernel) -> None:
    types = name_types(kernel)
    for statement in statements_of(kernel):
        if isinstance(statement, Accumulate) and types[statement.target].is_float:
            origin = "".join(f"    {line}\n" for line in kernel.origin)
            raise TargetError(
                f"target 'cuda' cannot express {kernel.name!r}\n"
                f"  it adds numbers with fractions to {statement.target!r}\n{origin}"
                "  their sum would depend on the order of the threads; use target='cpp'"
            )


@dataclass(frozen=True)
class Cuda(Target):
    """CUDA sources for NVIDIA devices.

    Programs are rendered (:func:`render_cuda`) and compiled; this version does not run them.

    Parameters
    ----------
    architecture : str
        For which devices, as nvcc names them: ``"sm_90"``. By default the oldest that nvcc knows,
        whose code newer devices run too, after their driver has translated it.

    Raises
    ------
    TargetError
        If the architecture is none, or is too old.

    Examples
    --------
    >>> Cuda("sm_90")
    Cuda(architecture='sm_90')
    """

    architecture: str = OLDEST_ARCHITECTURE
    name: ClassVar[str] = "cuda"

    def __post_init__(self) -> None:
        found = re.fullmatch(r"sm_(\d+)[af]?", str(self.architecture))
        if found is None or int(found.group(1)) < int(OLDEST_ARCHITECTURE.removeprefix("sm_")):
            raise TargetError(
                f"no architecture of CUDA devices: {self.architecture!r}\n"
                f"  expected 'sm_' and a number, {OLDEST_ARCHITECTURE!r} or newer: 'sm_90'"
            )

    def unavailable(self) -> str | None:
        """Return why CUDA programs do not run yet."""
        return "this version of eqsim renders and compiles CUDA and does not run it; use 'cpp'"

    def open(self, program: Program, memory: Memory) -> Simulation:
        """Refuse.

        Raises
        ------
        TargetError
            Always.
        """
        del program, memory
        raise TargetError(f"target 'cuda' cannot run here\n  {self.unavailable()}")
