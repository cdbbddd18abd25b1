"""Programs to something that runs: one folder per target, one line per target here."""

from __future__ import annotations

from eqsim.errors import TargetError, did_you_mean, message
from eqsim.targets.base import Target
from eqsim.targets.cpp.target import Cpp
from eqsim.targets.cuda.target import Cuda
from eqsim.targets.numpy.target import Numpy

ALL: tuple[type[Target], ...] = (Numpy, Cpp, Cuda)


def by_name(name: str) -> Target:
    """Return the target of that name with its default options.

    Raises
    ------
    TargetError
        If there is none.
    """
    for target in ALL:
        if target.name == name:
            return target()
    names = [target.name for target in ALL]
    raise TargetError(
        message(
            f"there is no target {name!r}",
            f"known: {', '.join(map(repr, names))}",
            did_you_mean(str(name), names),
        )
    )


__all__ = ["ALL", "Cpp", "Cuda", "Numpy", "Target", "by_name"]
