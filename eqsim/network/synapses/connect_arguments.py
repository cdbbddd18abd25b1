"""The arguments of ``connect``: which belong together, and what they may be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.network.groups.state_owner import StateOwner
from eqsim.source import Source
from eqsim.units.dimensions import DIMENSIONLESS
from eqsim.units.quantity import dimension_of

_LONGEST_SHOWN = 40
_PART = 1 << 16
"""So many indices are looked at at a time."""


class Form(Enum):
    """In which form a user says what is connected."""

    CONDITION = "a condition"
    TARGETS = "a generator of targets"
    SOURCES = "a generator of sources"
    INDICES = "indices"


@dataclass(frozen=True, slots=True, eq=False)
class ConnectArguments:
    """The arguments of one call of ``connect``, as the user gave them.

    Parameters
    ----------
    condition : str or bool, optional
        For which pairs; by default all.
    i, j : int, array of int, or str, optional
        Sources and targets, one by one; or one of them as a generator.
    p : float or str
        Probability of each pair.
    n : int or str
        How many synapses each pair gets.
    skip_if_invalid : bool
        Whether to leave out pairs of elements that do not exist.
    """

    condition: Any = None
    i: Any = None
    j: Any = None
    p: Any = 1.0
    n: Any = 1
    skip_if_invalid: Any = False

    def form(self) -> Form:
        """Return in which form they say what is connected.

        Raises
        ------
        ModelError
            If they do not belong together, or are of a wrong kind.
        """
        form = self._form()
        if not isinstance(self.skip_if_invalid, bool | np.bool_):
            raise ModelError(
                f"skip_if_invalid is True or False, not {_shown(self.skip_if_invalid)}"
            )
        _check_probability(self.p)
        _check_number(self.n)
        match form:
            case Form.CONDITION:
                _check_condition(self.condition)
            case Form.TARGETS | Form.SOURCES:
                _refuse_probability(self.p, "j" if form is Form.TARGETS else "i")
            case Form.INDICES:
                pass
            case _:
                assert_never(form)
        return form

    def _form(self) -> Form:
        i, j = self.i, self.j
        if i is None and j is None:
            return Form.CONDITION
        if self.condition is not None:
            _check_condition(self.condition)
            raise ModelError(
                "connect takes a condition, or i and j, not both\n"
                "  a generator has a condition of its own: j='k for k in range(N_post) if k != i'"
            )
        if isinstance(i, str) or isinstance(j, str):
            if i is not None and j is not None:
                raise ModelError(
                    "a generator gives all partners of each element, so i and j exclude each"
                    " other\n  give the other side inside it: j='k for k in range(3) if i == 0'"
                )
            return Form.TARGETS if i is None else Form.SOURCES
        if i is None or j is None:
            given, missing = ("j", "i") if i is None else ("i", "j")
            raise ModelError(
                f"connect has {given} but not {missing}\n"
                "  give both: connect(i=[0, 1], j=[2, 3]), or one of them as a generator:"
                " connect(j='i')"
            )
        return Form.INDICES

    def source(self, argument: str, owner: str) -> Source:
        """Return the text of an argument, with its place for errors.

        Parameters
        ----------
        argument : str
            Which one.
        owner : str
            Name of the synapses.
        """
        return Source(getattr(self, argument), f"connect({argument}=...) of {owner!r}")


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"a value of type {type(value).__name__}"


def _check_condition(condition: Any) -> None:
    if condition is None or isinstance(condition, str | bool | np.bool_):
        return
    advice = "indices are given by name: connect(i=[0, 1], j=[2, 3])"
    if isinstance(condition, float):
        advice = f"a probability is given by name: connect(p={condition})"
    raise ModelError(f"a condition is a text, True or False, not {_shown(condition)}\n  {advice}")


def _is_number(value: Any) -> bool:
    is_real = isinstance(value, int | float | np.integer | np.floating | np.ndarray)
    has_unit = dimension_of(value) is not DIMENSIONLESS
    return is_real and not isinstance(value, bool) and np.ndim(value) == 0 and not has_unit


def _check_probability(p: Any) -> None:
    if isinstance(p, str) or (_is_number(p) and 0.0 <= float(p) <= 1.0):
        return
    raise ModelError(
        f"p = {_shown(p)} is no probability\n"
        "  p is a number from 0 to 1, or an expression that gives one for each pair"
    )


def _check_number(n: Any) -> None:
    if isinstance(n, str):
        return
    is_whole = isinstance(n, int | np.integer) and not isinstance(n, bool)
    if not is_whole or n < 0:
        raise ModelError(
            f"n = {_shown(n)} is no number of synapses\n"
            "  n is a whole number from 0 on, or an expression that gives one for each pair"
        )


def _refuse_probability(p: Any, argument: str) -> None:
    if isinstance(p, str) or float(p) != 1.0:
        size = "N_post" if argument == "j" else "N_pre"
        raise ModelError(
            "p cannot be given together with a generator\n"
            f"  write {argument}='k for k in sample({size}, p={p})', or a condition that is"
            " random: '... if rand() < p'"
        )


def checked_indices(
    i: Any, j: Any, source: StateOwner, target: StateOwner, *, skip_if_invalid: bool
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return index arrays of one shape.

    Parameters
    ----------
    i, j : array_like of int
        Numbers of sources and targets.
    source, target : StateOwner
        The groups that they belong to.
    skip_if_invalid : bool
        Whether numbers of elements that do not exist are left for later.

    Raises
    ------
    ModelError, DimensionMismatchError
        If they are no whole numbers, or do not fit together.
    IndexError
        If an element does not exist.
    """
    sources, targets = _numbers("i", i), _numbers("j", j)
    if not skip_if_invalid:
        _check_range("i", sources, source)
        _check_range("j", targets, target)
    try:
        shape = np.broadcast_shapes(sources.shape, targets.shape)
    except ValueError:
        raise ModelError(
            f"i and j do not fit together: their shapes are {sources.shape} and {targets.shape}\n"
            "  give arrays of one length, or a single number on one side"
        ) from None
    return np.broadcast_to(sources, shape), np.broadcast_to(targets, shape)


def _numbers(name: str, given: Any) -> NDArray[Any]:
    if dimension_of(given) is not DIMENSIONLESS:
        raise DimensionMismatchError(f"{name} has a unit\n  indices are whole numbers")
    try:
        numbers = np.asarray(given)
    except ValueError:  # NumPy's, for lists of lists of different lengths
        raise _no_indices(name, given) from None
    if numbers.dtype.kind == "b":
        raise ModelError(
            f"{name} has truth values\n"
            f"  numbers are needed: {name}=np.flatnonzero(...) gives those where it is true"
        )
    if numbers.dtype.kind not in "iuf":
        raise _no_indices(name, given)
    if numbers.dtype.kind == "f":
        _check_whole(name, numbers)
    return numbers


def _no_indices(name: str, given: Any) -> ModelError:
    return ModelError(
        f"{name} must be whole numbers, not {_shown(given)}\n"
        "  give a number, a list, an array, or a text with a generator"
    )


def _check_whole(name: str, numbers: NDArray[Any]) -> None:
    for first in range(0, numbers.size, _PART):
        part = numbers.flat[first : first + _PART]
        wrong = np.flatnonzero(part != np.trunc(part))
        if len(wrong) or not np.isfinite(part).all():
            place = int(wrong[0]) if len(wrong) else int(np.flatnonzero(~np.isfinite(part))[0])
            raise ModelError(
                f"{name} = {part[place]} at position {first + place} is no whole number\n"
                "  indices are whole numbers"
            )


def _check_range(name: str, numbers: NDArray[Any], owner: StateOwner) -> None:
    if numbers.size == 0 or (numbers.min() >= 0 and numbers.max() < owner.N):
        return
    flat = numbers.reshape(-1)
    place = int(np.flatnonzero((flat < 0) | (flat >= owner.N))[0])
    at = f" at position {place}" if numbers.ndim else ""
    raise IndexError(
        f"{name} = {int(flat[place])}{at} does not exist: {elements_of(owner)}\n"
        "  leave it out, or pass skip_if_invalid=True, which leaves out such pairs"
    )


def elements_of(owner: StateOwner) -> str:
    """Return a text that tells which elements a group has."""
    if owner.N == 0:
        return f"{owner.name!r} has no elements"
    if owner.N == 1:
        return f"{owner.name!r} has one element, number 0"
    return f"{owner.name!r} has {owner.N} elements, numbers 0 to {owner.N - 1}"
