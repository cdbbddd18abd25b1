"""Programs as CUDA: the bodies of the C++ target between other skeletons."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, get_args

import numpy as np

from eqsim.build.library import build_library
from eqsim.build.nvcc import NO_NVCC, OLDEST_ARCHITECTURE, find_nvcc
from eqsim.build.sources import SourceFile, Sources
from eqsim.errors import TargetError, did_you_mean, message
from eqsim.program.nodes import Elements, Lifetime, Program
from eqsim.program.passes.fusion import fuse_kernels
from eqsim.runtime.engine import Library, LibrarySimulation
from eqsim.runtime.memory import Memory
from eqsim.runtime.simulation import Simulation
from eqsim.targets.base import Target
from eqsim.targets.c_context import ProgramContext, TableContext
from eqsim.targets.c_printer import Dialect
from eqsim.targets.c_rules import arrays_that_may_follow, rules_to_follow
from eqsim.targets.c_program import history_buffers, program_context, run_buffers
from eqsim.targets.cuda.driver import count_devices, free_memory, missing_device
from eqsim.targets.cuda.functions import with_device_code
from eqsim.targets.cuda.sharing import Sharing, Sums, adds_alone, sharing
from eqsim.targets.environment import header, render
from eqsim.version import __version__

_COMMON = (
    "connecting.h",
    "interface.h",
    "mathematics.h",
    "pieces.h",
    "random.h",
    "searching.h",
)
_OWN = (
    "checks.h",
    "chosen.h",
    "connections.h",
    "device_memory.h",
    "engine.h",
    "events.h",
    "gaps.h",
    "order.h",
    "records.h",
    "runtime.h",
    "samples.h",
    "scans.h",
    "segments.h",
    "shapes.h",
)
_HEADERS = {name: f"common/{name}" for name in _COMMON} | {name: f"cuda/{name}" for name in _OWN}


MOST_PROBLEMS = 2**12
"""How many problems the number of a failed check has room for, in ``checks.h``."""

# A thread notes what its element appends; its block then puts the rows of all its threads in
# order, which threads cannot do where only some of them come by.
DIALECT = Dialect(
    target="cuda",
    addition="eqsim::add<alone_>({place}, {value});",
    event="event_ = {value};",
    column="record_.set<{c_type}>({number}, {value});",
    row="record_.present = true;",
    check="if (!{fine}) eqsim::note(simulation->failed, clocks.tick, {problem}, instance_ * {size}"
    " + {element});",
    counted_check="",
)


@dataclass(frozen=True, slots=True)
class SharedContext:
    """How threads share a kernel, as templates see it.

    Parameters
    ----------
    way : str
        Name of the way, in small letters.
    alone : bool
        Whether nobody else adds to a place while a thread does.
    elements : str
        Member with the number of what is shared: elements, rows or targets; may be empty.
    table : TableContext or None
        The table whose entries are visited target by target, None if none are.
    due : str
        Member of the clocks that says whether the kernel is due.
    text : str
        What a user is told of the kernel, as a C string.
    """

    way: str
    alone: bool
    elements: str
    table: TableContext | None
    due: str
    text: str

    @property
    def segments(self) -> str:
        """Member with the table by its targets; tables of the same arrays share it."""
        assert self.table is not None
        parts = (self.table.begin, self.table.entries, self.table.other)
        return "_".join(filter(None, parts))


@lru_cache(maxsize=16)
def render_cuda(program: Program, sums: Sums = "fixed") -> Sources:
    """Render a program as CUDA.

    Parameters
    ----------
    program : Program
        A verified program.
    sums : {'fixed', 'fast'}
        Whether sums of fractions have the order of the processor, or any order.

    Returns
    -------
    Sources
        ``simulation.cu`` and the headers that it includes; the same text for the same program.

    Raises
    ------
    TargetError
        If the program pauses, a function has no implementation for devices, or too many problems
        are noted.
    """
    _check(program)
    program = fuse_kernels(program)
    with_functions, implementations = with_device_code(program)
    context = program_context(with_functions, DIALECT, __version__)
    shared = tuple(_shared(program, context, number, sums) for number in _numbers(program))
    may_follow = arrays_that_may_follow(program)
    segmented = {each.segments: each.table for each in shared if each.table is not None}
    text = render(
        "cuda/simulation.cu.j2",
        program=context,
        shared=shared,
        segmented=segmented,
        followed=[n for n, array in enumerate(program.arrays) if array.name in may_follow],
        sizes=_sizes(program, context),
        persistent=all(each.way != "alone" for each in shared),
    )
    files = [SourceFile("simulation.cu", text)]
    files += [SourceFile(name, header(path)) for name, path in _HEADERS.items()]
    if not implementations:
        return Sources(tuple(files), "simulation.cu")
    files.append(SourceFile("functions.h", render("cuda/functions.h.j2", program=context)))
    files += [SourceFile(copy.path, copy.text) for copy in context.functions.copies]
    return Sources(tuple(files), "simulation.cu", (), context.functions.requirements)


def _numbers(program: Program) -> range:
    return range(len(program.kernels))


def _check(program: Program) -> None:
    if program.pauses:
        raise TargetError(
            f"target 'cuda' cannot pause for {program.pauses[0].name!r}\n"
            "  it runs Python code in the midst of a step; use target='cpp'"
        )
    if len(program.problems) > MOST_PROBLEMS:
        raise TargetError(
            f"target 'cuda' cannot tell {len(program.problems)} problems apart\n"
            f"  it checks for {MOST_PROBLEMS} at most; simulate fewer groups, or use target='cpp'"
        )


def _shared(program: Program, context: ProgramContext, number: int, sums: Sums) -> SharedContext:
    kernel, printed = program.kernels[number], context.kernels[number]
    way = sharing(program, kernel, sums)
    clocks = {f"clocks.{clock.step}": clock.due for clock in context.clocks}
    elements = printed.extent
    if printed.table is not None and way in (Sharing.TARGETS, Sharing.SEGMENTS):
        elements = printed.table.owned
    if printed.table is not None and way in (Sharing.ROWS, Sharing.ENTRIES):
        elements = printed.table.rows
    told = "".join(f"\n    {line}" for line in kernel.origin)
    return SharedContext(
        way=way.name.lower(),
        alone=adds_alone(program, kernel, sums),
        elements=elements,
        table=printed.table if way is Sharing.SEGMENTS else None,
        due=clocks[printed.step],
        text=json.dumps(f"{kernel.name!r}{told}"),
    )


def _sizes(program: Program, context: ProgramContext) -> dict[str, list[str]]:
    """Return the members with numbers of elements, and with numbers of entries of tables."""
    entries = {table.synapses for table in program.tables}
    names = dict(zip(program.extents, context.extents, strict=True))
    visited = {
        kernel.space.extent for kernel in program.kernels if isinstance(kernel.space, Elements)
    }
    return {
        "elements": [names[name] for name in program.extents if name in visited - entries],
        "entries": [names[name] for name in program.extents if name in entries],
    }


MODES = ("auto", "launches", "graph", "persistent")
"""How steps are run; the position is the number in ``engine.h``."""
_BITS_OF_MODE = 8
"""Where the number of the device begins in what a simulation is made with, as in ``engine.h``."""


@dataclass(frozen=True)
class Cuda(Target):
    """NVIDIA devices, by CUDA.

    Parameters
    ----------
    architecture : str
        For which devices, as nvcc names them: ``"sm_90"``. By default the oldest that nvcc knows,
        whose code newer devices run too, after their driver has translated it.
    sums : {'fixed', 'fast'}
        ``'fixed'``: what arrives at a neuron is added in the order of the processor, and all
        results are bit by bit those of the target ``'cpp'``. ``'fast'``: in any order, by atomic
        additions; rounding then differs from run to run.
    mode : {'auto', 'launches', 'graph', 'persistent'}
        How steps are run: a launch for each kernel; graphs of many steps; or one kernel for many
        steps, in which a block runs a whole instance. ``'auto'`` takes that for small networks and
        graphs for large ones. Results do not depend on it.
    device : int, optional
        Which device, counted from 0 among those that the process sees. By default the first; the
        batches of a sweep then go to all.

    Raises
    ------
    TargetError
        If the architecture is none or is too old, or another option has no such value.

    Examples
    --------
    >>> Cuda("sm_90", sums="fast")
    Cuda(architecture='sm_90', sums='fast', mode='auto', device=None)
    """

    architecture: str = OLDEST_ARCHITECTURE
    sums: Sums = "fixed"
    mode: str = "auto"
    device: int | None = None
    name: ClassVar[str] = "cuda"

    def __post_init__(self) -> None:
        found = re.fullmatch(r"sm_(\d+)[af]?", str(self.architecture))
        if found is None or int(found.group(1)) < int(OLDEST_ARCHITECTURE.removeprefix("sm_")):
            raise TargetError(
                f"no architecture of CUDA devices: {self.architecture!r}\n"
                f"  expected 'sm_' and a number, {OLDEST_ARCHITECTURE!r} or newer: 'sm_90'"
            )
        _check_option("sums", self.sums, get_args(Sums))
        _check_option("mode", self.mode, MODES)
        if self.device is not None and (
            isinstance(self.device, bool) or not isinstance(self.device, int) or self.device < 0
        ):
            raise TargetError(f"device is the number of one, from 0 on, not {self.device!r}")

    def unavailable(self) -> str | None:
        """Return why CUDA programs do not run here, None if they do."""
        toolchain = find_nvcc(self.architecture)
        if toolchain is None:
            return f"no nvcc found\n{NO_NVCC}"
        return missing_device(self.architecture, toolchain.version, self.device or 0)

    def devices(self) -> tuple[int, ...]:
        """Return the devices that may be used: the one that was chosen, or all that are there."""
        return tuple(range(count_devices())) if self.device is None else (self.device,)

    def free_memory(self) -> int | None:
        """Return how many bytes of the device's memory are free, None if that is not known."""
        return free_memory(self.device or 0)

    def check(self, program: Program) -> None:
        """Raise if CUDA cannot express the program."""
        render_cuda(program, self.sums)

    def open(self, program: Program, memory: Memory) -> Simulation:
        """Return the compiled program, from the cache or built now."""
        sources = render_cuda(program, self.sums)
        missing = self.unavailable()
        if missing is not None:
            raise TargetError(f"target 'cuda' cannot run here\n  {missing}")
        toolchain = find_nvcc(self.architecture)
        assert toolchain is not None
        library = Library(str(build_library(sources, toolchain)))
        return opened(library, program, memory, MODES.index(self.mode), self.device or 0)


def _check_option(name: str, value: object, known: tuple[str, ...]) -> None:
    if value in known:
        return
    raise TargetError(
        message(
            f"no option of CUDA: {name}={value!r}",
            f"known: {', '.join(map(repr, known))}",
            did_you_mean(str(value), known),
        )
    )


def opened(
    library: Library, program: Program, memory: Memory, mode: int, device: int = 0
) -> LibrarySimulation:
    """Return a simulation of a compiled program in a mode of :data:`MODES` on a device."""
    numbered = [*run_buffers(program), *history_buffers(program)]
    rules = rules_to_follow(program, memory)
    return LibrarySimulation(
        library,
        memory.instances,
        np.array([memory.extents[name] for name in program.extents], dtype=np.int64),
        memory.ordered(program, without=rules),
        {b.name: [c.dtype.numpy for c in b.columns] for b in numbered},
        mode | device << _BITS_OF_MODE,
        [],
        [b.name for b in program.buffers if b.lifetime is Lifetime.STEP],
        program.problems,
        {
            number: rules[array.name]
            for number, array in enumerate(program.arrays)
            if array.name in rules
        },
    )
