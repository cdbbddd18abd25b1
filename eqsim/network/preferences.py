"""The target of this process, where a run and a network do not name one."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from eqsim.errors import TargetError
from eqsim.targets import Cpp, Numpy, Target, by_name


class NoCompilerWarning(UserWarning):
    """There is no compiler, so the slower target is used."""


@dataclass
class _Preferences:
    target: Target | None = None


_preferences = _Preferences()


def set_target(target: str | Target | None) -> None:
    """Set the target of all runs of this process that do not name one.

    Parameters
    ----------
    target : str, Target or None
        ``'cpp'``, ``'numpy'``, a target with options such as ``Cpp(threads=2)``; None for the
        default: C++ where a compiler is found, else NumPy.

    Raises
    ------
    TargetError
        If there is no such target, or it cannot run here.

    Examples
    --------
    >>> set_target('numpy')
    >>> set_target(None)
    """
    _preferences.target = None if target is None else _usable(target)


def choose_target(target: str | Target | None) -> Target:
    """Return the target of a run: the given one, that of the process, or the default."""
    if target is not None:
        return _usable(target)
    return _preferences.target or _default()


def _usable(target: str | Target) -> Target:
    chosen = by_name(target) if isinstance(target, str) else target
    if not isinstance(chosen, Target):
        raise TargetError(
            f"{target!r} is no target\n  expected: 'cpp', 'numpy', or Cpp(threads=2)"
        )
    missing = chosen.unavailable()
    if missing is not None:
        raise TargetError(f"target {chosen.name!r} cannot run here\n  {missing}")
    return chosen


def _default() -> Target:
    compiled = Cpp()
    missing = compiled.unavailable()
    if missing is None:
        return compiled
    warnings.warn(
        f"running on the slower target 'numpy': {missing}", NoCompilerWarning, stacklevel=4
    )
    return Numpy()
