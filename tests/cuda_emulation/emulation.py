"""The CUDA target where there is no device: the same kernels, compiled for the processor."""

import os
import shutil
import subprocess
import threading
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from eqsim import Cuda
from eqsim.build.cache import cached
from eqsim.build.library import build_library
from eqsim.build.sources import SourceFile, Sources
from eqsim.build.toolchain import find_compiler
from eqsim.errors import TargetError
from eqsim.runtime.engine import Library
from eqsim.targets.cuda.target import MODES, opened, render_cuda

HEADER, BODY = (Path(__file__).with_name(name) for name in ("cuda_runtime.h", "emulation.cpp"))
INCLUDED = ("interface.h", "mathematics.h", "random.h", "runtime.h")
VECTORS = (
    "void*",
    "int32_t",
    "int64_t",
    "size_t",
    "unsigned char",
    "std::vector<int32_t>",
    "std::vector<int64_t>",
    "std::vector<unsigned char>",
    "eqsim::Allocator::Wanted",
    "eqsim::Drained::Instance",
)
"""What the headers keep in vectors, whose functions are compiled once for all programs."""
TARGETS = ("uint16_t", "int32_t")
"""Types of the numbers of targets, which are made by functions that are compiled once, too."""
ORDERS = ("forwards", "backwards", "1", "2")
CHANGES = (
    # The launch, which is no C++.
    (
        "shapes.h",
        "kernel<<<(unsigned)shape.blocks, (unsigned)shape.threads, 0, stream>>>(given...);",
        "(void)stream,"
        " emulated::launch(kernel, (unsigned)shape.blocks, (unsigned)shape.threads, given...);",
    ),
    # Few blocks for rows: starting a thread is what takes the time here.
    ("shapes.h", "greatest(1024 / instances, 1)", "greatest(4 / instances, 2)"),
    # Little memory for records, so that they are drained several times in each advance.
    ("engine.h", "bytes_of_records = INT64_C(1) << 28;", "bytes_of_records = INT64_C(1) << 18;"),
    # Few tiles and pieces at a time, so that making targets goes on from one portion to the next.
    (
        "chosen.h",
        "tiles_at_once = 65536, pieces_at_once = 262144",
        "tiles_at_once = 2, pieces_at_once = 40",
    ),
    # Short graphs, of which short runs replay several.
    ("engine.h", "ticks_of_graph = 64;", "ticks_of_graph = 8;"),
)
"""File, text, and what takes its place."""


def emulated(sources):
    """Return sources that a C++ compiler takes."""
    texts = {file.path: file.text for file in sources.files}
    for path, text, other in CHANGES:
        assert texts[path].count(text) == 1
        texts[path] = texts[path].replace(text, other)
    texts["simulation.cpp"] = texts.pop("simulation.cu")
    texts |= {path.name: path.read_text() for path in (HEADER, BODY)}
    files = tuple(SourceFile(path, text) for path, text in texts.items())
    return Sources(files, "simulation.cpp", (*sources.also, BODY.name), sources.requirements)


def quick(toolchain, *flags):
    """Return the compiler as it compiles soon what need not run fast."""
    left = [f for f in toolchain.flags if f not in ("-O3", "-fopenmp") and "sched" not in f]
    also = ("-O0", "-Wno-dangling-pointer", "-U_FORTIFY_SOURCE", "-I.", "-pthread")
    # Half of the usual linker's time.
    linker = ("-fuse-ld=gold",) if shutil.which("ld.gold") else ()
    return replace(toolchain, flags=(*left, *also, *linker, *flags))


def with_shared_parts_compiled(sources, toolchain):
    """Return sources that compile soon: what all programs share lies compiled in the cache.

    That is the headers, and an archive of what the emulation does.
    """
    own = {"simulation.cpp", "functions.h"}
    shared = [f for f in sources.files if f.path not in own and "/" not in f.path]
    text = "".join(f'#include "{name}"\n' for name in INCLUDED)
    text += "#ifndef SHARED\n#define SHARED extern\n#endif\n"
    text += "".join(f"SHARED template class std::vector<{of}>;\n" for of in VECTORS)
    text += "".join(
        f"SHARED template bool eqsim::connect<{of}>({of}*, int64_t, const eqsim_rule&, cudaStream_t);\n"
        for of in TARGETS
    )
    made_once = Sources((*shared, SourceFile("emulated.h", text)), "emulated.h")

    def make(folder):
        made_once.write(folder)
        compiler = [*toolchain.command, *toolchain.flags]
        for command in (
            [*compiler, "-O2", "-c", BODY.name, "-o", "emulation.o"],
            [*compiler, "-DSHARED=", "-c", "-x", "c++", "emulated.h", "-o", "vectors.o"],
            ["ar", "rcs", "libemulation.a", "emulation.o", "vectors.o"],
            [*compiler, "emulated.h", "-o", "emulated.h.gch"],
        ):
            subprocess.run(command, cwd=folder, check=True)

    path = cached(made_once.digest(toolchain.identity), make, expected="emulated.h.gch")
    files = [file for file in sources.files if file not in shared]
    files[[f.path for f in files].index("simulation.cpp")] = SourceFile(
        "simulation.cpp", '#include "emulated.h"\n' + sources.text("simulation.cpp")
    )
    needed = sources.requirements
    needed = replace(
        needed,
        include_dirs=(*needed.include_dirs, str(path.parent)),
        library_dirs=(*needed.library_dirs, str(path.parent)),
        libraries=(*needed.libraries, "emulation"),
    )
    also = tuple(path for path in sources.also if path != BODY.name)
    return Sources(tuple(files), "simulation.cpp", also, needed)


@cache
def _loaded(path):
    return Library(path)


class InTurns:
    """A simulation of an emulated device, which does one thing at a time."""

    lock = threading.RLock()

    def __init__(self, simulation):
        self._simulation = simulation

    def advance(self, ticks):
        with self.lock:
            return self._simulation.advance(ticks)

    def close(self):
        with self.lock:
            self._simulation.close()

    def __getattr__(self, name):
        return getattr(self._simulation, name)


@dataclass(frozen=True)
class TestedCuda(Cuda):
    """CUDA in tests of the language, which skip what devices do not do."""

    __test__ = False

    def check(self, program):
        if program.pauses:
            pytest.skip("devices do not stop in the midst of a step for Python code")
        try:
            super().check(program)
        except TargetError as refused:
            if "is more than the definition of one function" in str(refused):
                pytest.skip("the text of a function is for processors only")
            raise


@dataclass(frozen=True)
class EmulatedCuda(TestedCuda):
    """CUDA without a device."""

    order: str = "forwards"

    def unavailable(self):
        return None if find_compiler() is not None else "no C++ compiler found"

    def devices(self):
        count = int(os.environ.get("EQSIM_EMULATED_DEVICES", "1"))
        return tuple(range(count)) if self.device is None else (self.device,)

    def free_memory(self):
        return int(os.environ.get("EQSIM_EMULATED_MEMORY", 2**40))

    def open(self, program, memory):
        os.environ["EQSIM_EMULATED_ORDER"] = self.order
        toolchain = quick(find_compiler())
        sources = with_shared_parts_compiled(emulated(render_cuda(program, self.sums)), toolchain)
        path = build_library(sources, toolchain)
        mode = MODES.index(self.mode)
        return InTurns(opened(_loaded(str(path)), program, memory, mode, self.device or 0))
