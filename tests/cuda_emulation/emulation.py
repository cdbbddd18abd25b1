"""The CUDA target where there is no device: the same kernels, compiled for the processor."""

import os
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from eqsim import Cuda
from eqsim.build.library import build_library
from eqsim.build.sources import SourceFile, Sources
from eqsim.build.toolchain import find_compiler
from eqsim.runtime.engine import Library
from eqsim.targets.cuda.target import MODES, opened, render_cuda

HEADER = Path(__file__).with_name("cuda_runtime.h")
ORDERS = ("forwards", "backwards", "1", "2")
_LAUNCH = "kernel<<<(unsigned)shape.blocks, (unsigned)shape.threads, 0, stream>>>(given...);"
_EMULATED = "(void)stream, emulated::launch(kernel, (unsigned)shape.blocks, (unsigned)shape.threads, given...);"


def emulated(sources, records="1 << 18"):
    """Return sources that a C++ compiler takes."""
    runtime = sources.text("runtime.h")
    assert runtime.count(_LAUNCH) == 1
    runtime = runtime.replace(_LAUNCH, _EMULATED)
    # Little memory for records, so that they are drained several times in each advance.
    runtime, changed = re.subn(
        r"bytes_of_records = INT64_C\(1\) << 28;", f"bytes_of_records = INT64_C({records});", runtime
    )
    assert changed == 1
    changes = {"runtime.h": runtime}
    files = [
        SourceFile(
            "simulation.cpp" if file.path == "simulation.cu" else file.path,
            changes.get(file.path, file.text),
        )
        for file in sources.files
    ]
    files.append(SourceFile("cuda_runtime.h", HEADER.read_text()))
    return Sources(tuple(files), "simulation.cpp", sources.also, sources.requirements)


def quick(toolchain, *flags):
    """Return the compiler as it compiles soon what need not run fast."""
    left = [f for f in toolchain.flags if f not in ("-O3", "-fopenmp") and "sched" not in f]
    also = ("-O1", "-Werror", "-Wno-dangling-pointer", "-U_FORTIFY_SOURCE", "-I.", "-pthread")
    return replace(toolchain, flags=(*left, *also, *flags))


@cache
def _loaded(path):
    return Library(path)


@dataclass(frozen=True)
class EmulatedCuda(Cuda):
    """CUDA without a device."""

    order: str = "forwards"

    def unavailable(self):
        return None if find_compiler() is not None else "no C++ compiler found"

    def open(self, program, memory):
        os.environ["EQSIM_EMULATED_ORDER"] = self.order
        sources = emulated(render_cuda(program, self.sums))
        path = build_library(sources, quick(find_compiler()))
        return opened(_loaded(str(path)), program, memory, MODES.index(self.mode))
