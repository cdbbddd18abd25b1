"""Values that the texts of ``connect`` give, checked: ranges, probabilities, sizes, numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.sides import Side
from eqsim.network.synapses.pair_expressions import PairExpression, Values
from eqsim.source import Span

_LONGEST = 2**31 - 1
_LARGEST_BOUND = 2**53


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """The range of each element.

    Parameters
    ----------
    start, stop, step : PairExpression
        The arguments of Python's range.
    span : Span
        Where the range stands.
    """

    start: PairExpression
    stop: PairExpression
    step: PairExpression
    span: Span

    def of(self, outer: Values) -> tuple[Values, Values, Values]:
        """Return start, step and length of the ranges of some elements.

        Raises
        ------
        ModelError
            If a range never ends, or is so long that it must be a mistake.
        """
        start, stop, step = (e.of_elements(outer) for e in (self.start, self.stop, self.step))
        wrong = np.flatnonzero(step == 0)
        if len(wrong):
            raise self._wrong("the step of the range is 0", outer, wrong, "a step is not 0")
        largest = np.max(np.abs([start, stop, step], dtype=np.float64), axis=0)
        length = np.ceil((stop.astype(np.float64) - start) / step)
        wrong = np.flatnonzero((largest > _LARGEST_BOUND) | (length > _LONGEST))
        if len(wrong):
            raise self._wrong(
                "the range has more than 2**31 - 1 numbers",
                outer,
                wrong,
                "partners are numbered from 0 to the size of their group",
            )
        return start, step, np.maximum(length, 0.0).astype(np.int64)

    def _wrong(self, problem: str, outer: Values, wrong: Values, advice: str) -> ModelError:
        pair = (outer, None)
        where = place_of(self.start.outer, pair, int(wrong[0]))
        return ModelError(f"{problem} for {where}\n{self.span.pointed()}\n  {advice}")


Pair = tuple[Values, Values | None]
"""Elements that are gone through, and their partners if there are any yet."""


def place_of(outer: Side, pair: Pair, place: int) -> str:
    """Return the words for one element, or for it and its partner."""
    element, partner = pair
    names = outer.of(("source", "target"), ("target", "source"))
    shown = f"the {names[0]} {element[place]}"
    if partner is None:
        return shown
    return f"{shown} and the {names[1]} {partner[place]}"


def checked_probabilities(
    expression: PairExpression, values: Values, pair: Pair, skip_if_invalid: bool
) -> NDArray[np.float64]:
    """Return values of an expression that are probabilities; those above 1 are certain.

    Parameters
    ----------
    expression : PairExpression
        The expression.
    values : ndarray
        Its values.
    pair : tuple
        For which elements they are.
    skip_if_invalid : bool
        Whether what lies below 0 counts as 0.

    Raises
    ------
    ModelError
        If one is below 0 or nan.
    """
    # Kernels over distances are often scaled so that they exceed 1 where neurons are close.
    numbers = np.minimum(values.astype(np.float64), 1.0)
    if skip_if_invalid:
        numbers = np.maximum(numbers, 0.0)
    # Comparisons with nan are false.
    wrong = np.flatnonzero(~(numbers >= 0.0))
    if len(wrong) == 0:
        return numbers
    where = "" if expression.is_constant else f" for {_where(expression, pair, int(wrong[0]))}"
    raise ModelError(
        f"the probability is {numbers[wrong[0]]:.6g}{where}\n{_pointed(expression)}\n"
        "  a probability is a number from 0 to 1; clip(..., 0, 1) keeps it there"
    )


def checked_sizes(
    expression: PairExpression, values: Values, lengths: Values, outer: Values, skip: bool
) -> NDArray[np.int64]:
    """Return values of an expression that are sizes of samples from ranges.

    Parameters
    ----------
    expression : PairExpression
        The expression.
    values, lengths : ndarray of int64
        Its values, and how many numbers there are to choose from.
    outer : ndarray of int64
        For which elements they are.
    skip : bool
        Whether sizes that are not possible are replaced by the nearest that are.

    Raises
    ------
    ModelError
        If a sample is larger than its range.
    """
    if skip:
        return np.clip(values, 0, lengths)
    wrong = np.flatnonzero((values < 0) | (values > lengths))
    if len(wrong) == 0:
        return values
    place = int(wrong[0])
    raise ModelError(
        f"a sample of size {values[place]} cannot be taken from {lengths[place]} numbers for"
        f" {_where(expression, (outer, None), place)}\n{_pointed(expression)}\n"
        "  make the range larger, or pass skip_if_invalid=True, which takes what there is"
    )


def checked_partners(
    expression: PairExpression, values: Values, outer: Values
) -> NDArray[np.int64]:
    """Return values of an expression that are numbers of partners.

    Raises
    ------
    ModelError
        If one is a fraction, as powers with negative exponents are.
    """
    if values.dtype.kind != "f":
        return values
    wrong = np.flatnonzero(~np.isfinite(values) | (values != np.rint(values)))
    if len(wrong):
        place = int(wrong[0])
        raise ModelError(
            f"the partner of {_where(expression, (outer, None), place)} is {values[place]:.6g}\n"
            f"{_pointed(expression)}\n"
            "  elements have whole numbers; int(...) drops what follows the decimal point"
        )
    return values.astype(np.int64)


def checked_numbers(expression: PairExpression, values: Values, pair: Pair) -> NDArray[np.int64]:
    """Return values of an expression that are numbers of synapses.

    Raises
    ------
    ModelError
        If one is negative.
    """
    wrong = np.flatnonzero(values < 0)
    if len(wrong) == 0:
        return values.astype(np.int64, copy=False)
    place = int(wrong[0])
    raise ModelError(
        f"the number of synapses is {values[place]} for {_where(expression, pair, place)}\n"
        f"{_pointed(expression)}\n  a number of synapses is at least 0"
    )


def _where(expression: PairExpression, pair: Pair, place: int) -> str:
    return place_of(expression.outer, pair, place)


def _pointed(expression: PairExpression) -> str:
    span = expression.expr.span
    return "" if span is None else span.pointed()
