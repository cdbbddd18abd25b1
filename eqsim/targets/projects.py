"""The targets that programs of their own can be written for."""

from __future__ import annotations

from functools import partial

from eqsim.build.nvcc import SAME_BITS
from eqsim.errors import TargetError
from eqsim.targets import by_name
from eqsim.targets.base import Target
from eqsim.targets.cpp.project import CPP, Rendering
from eqsim.targets.cpp.target import Cpp
from eqsim.targets.cuda.target import MODES, Cuda, render_cuda

PROJECTS = (Cpp.name, Cuda.name)
"""Names of the targets."""


def rendering_for(target: str | Target) -> Rendering:
    """Return how a project for a target is written.

    Parameters
    ----------
    target : {'cpp', 'cuda'} or Target
        The target, by its name or with its options.

    Raises
    ------
    TargetError
        If there is no such target, or it has no projects.
    """
    chosen = by_name(target) if isinstance(target, str) else target
    match chosen:
        case Cpp():
            return CPP
        case Cuda(device=int(device)):
            raise TargetError(
                f"a program of its own is not made for device {device}\n"
                "  it takes the first that it sees: leave 'device' out, and choose with the"
                " environment variable CUDA_VISIBLE_DEVICES when it runs"
            )
        case Cuda(architecture, sums, mode):
            return Rendering(
                partial(render_cuda, sums=sums),
                {"CMakeLists.txt": "cuda/CMakeLists.txt.j2", "README.md": "cuda/README.md.j2"},
                {
                    "architecture": architecture.removeprefix("sm_"),
                    "flags": " ".join(SAME_BITS),
                    "mode": str(MODES.index(mode)),
                },
            )
        case _:
            raise TargetError(
                f"there are no projects for target {chosen.name!r}\n"
                f"  known: {', '.join(map(repr, PROJECTS))}"
            )
