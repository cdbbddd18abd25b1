"""What holds for this process where a script does not say otherwise: target, dtype, schedule."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsim.errors import ModelError, TargetError
from eqsim.network.objects import SLOTS
from eqsim.program.dtypes import DType
from eqsim.targets import Cpp, Numpy, Target, by_name
from eqsim.units.arguments import names, shown


class NoCompilerWarning(UserWarning):
    """There is no compiler, so the slower target is used."""


@dataclass
class _Preferences:
    target: Target | None = None
    dtype: DType = DType.FLOAT64
    schedule: tuple[str, ...] = SLOTS


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
    _preferences.target = None if target is None else choose_target(target)


PRECISIONS: Mapping[Any, DType] = {
    np.dtype(np.float64): DType.FLOAT64,
    np.dtype(np.float32): DType.FLOAT32,
}
"""The precisions in which a group can compute."""


def as_dtype(given: Any) -> np.dtype[Any] | None:
    """Return the type of NumPy that a user means, None if it is none.

    Values have a type too, and are none: ``np.dtype`` takes them.
    """
    if not isinstance(given, str | type | np.dtype):
        return None
    try:
        return np.dtype(given)
    except (TypeError, ValueError):
        return None


def set_default_dtype(dtype: Any) -> None:
    """Set in which precision groups compute that are made from now on without ``dtype``.

    Parameters
    ----------
    dtype : numpy dtype
        ``float64``, the default, or ``float32``.

    Raises
    ------
    ModelError
        If it is another one.
    """
    found = as_dtype(dtype)
    if found not in PRECISIONS:
        known = ", ".join(str(each) for each in PRECISIONS)
        raise ModelError(f"groups cannot compute in {shown(dtype)}\n  known: {known}")
    _preferences.dtype = PRECISIONS[found]


def default_dtype() -> DType:
    """Return in which precision groups compute that have no ``dtype``."""
    return _preferences.dtype


def set_default_schedule(slots: Sequence[str] | None) -> None:
    """Set the schedule of networks that are made from now on.

    Parameters
    ----------
    slots : sequence of str or None
        As for :attr:`Network.schedule`; None for the usual one.

    Raises
    ------
    ModelError
        If they are no slots.
    """
    _preferences.schedule = checked_schedule(slots)


def default_schedule() -> tuple[str, ...]:
    """Return the schedule of networks whose own is not set."""
    return _preferences.schedule


def checked_schedule(slots: Sequence[str] | None) -> tuple[str, ...]:
    """Return the slots of a schedule.

    Raises
    ------
    ModelError
        If they are not different names, or names that come with other slots.
    """
    chosen = SLOTS if slots is None else names(slots, "a schedule", "a list of different slots")
    are_names = all(slot.isidentifier() and not slot.startswith("_") for slot in chosen)
    if isinstance(slots, str) or not are_names or not 0 < len(set(chosen)) == len(chosen):
        raise ModelError(f"a schedule is a list of different slots, not {shown(slots)}")
    for slot in chosen:
        if slot.startswith(("before_", "after_")):
            raise ModelError(f"{slot!r} cannot be a slot: before_ and after_ come with each slot")
    return chosen


def choose_target(target: str | Target | None, *, runs_here: bool = True) -> Target:
    """Return the target of a run: the given one, that of the process, or the default.

    Parameters
    ----------
    target : str or Target, optional
        What the user gives.
    runs_here : bool
        Whether the run is in this process, which then has to have what it needs.

    Raises
    ------
    TargetError
        If it is no target, or does not run here.
    """
    if target is not None:
        chosen = _known(target)
        if runs_here:
            check_available(chosen)
        return chosen
    return _preferences.target or _default()


def _known(target: str | Target) -> Target:
    chosen = by_name(target) if isinstance(target, str) else target
    if not isinstance(chosen, Target):
        raise TargetError(
            f"{target!r} is no target\n  expected: 'cpp', 'numpy', or Cpp(threads=2)"
        )
    return chosen


def check_available(target: Target) -> None:
    """Refuse a target that does not run in this process, before anything is made for it.

    Raises
    ------
    TargetError
        With what is missing, and what to do.
    """
    missing = target.unavailable()
    if missing is not None:
        raise TargetError(f"target {target.name!r} cannot run here\n  {missing}")


def _default() -> Target:
    compiled = Cpp()
    missing = compiled.unavailable()
    if missing is None:
        return compiled
    warnings.warn(
        f"running on the slower target 'numpy': {missing}", NoCompilerWarning, stacklevel=4
    )
    return Numpy()
