"""By which rule synapses are made: what it takes to make them where they are needed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.build.machine import usable_processors
from eqsim.runtime.choosing import count_synapses, make_and_count, make_targets


class Law(IntEnum):
    """What is chosen of a row, as ``interface.h`` numbers it."""

    ALL = 0
    CHANCE = 1
    SAMPLE = 2


class Own(IntEnum):
    """What becomes of a row's own partner, as ``interface.h`` numbers it."""

    KEPT = 0
    DROPPED = 1
    SKIPPED = 2


_ROW = (
    *((name, np.int64) for name in ("law", "by_target", "rows", "partners", "columns")),
    *((name, np.int64) for name in ("start", "step", "slope", "own", "shift", "first_target")),
    ("key", np.uint64),
    ("parameter", np.float64),
)
POINTERS = ("lengths", "parameters", "begin")
"""The arrays of a rule, in the order of ``interface.h``."""
_NUMBERS = np.dtype(list(_ROW))
_PACKED = np.dtype([*_ROW, *((name, np.uintp) for name in POINTERS)])


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """Rows of which columns are chosen, each a synapse with the partner that the column is.

    Column ``c`` of row ``r`` is the partner ``start + step*c + slope*r``.

    Parameters
    ----------
    law : Law
        What is chosen of each row.
    rows, partners : int
        How many rows there are, and how many elements that may be partners.
    columns : int
        How many columns each row has, where ``lengths`` does not tell.
    start, step, slope : int
        Which partners the columns are; ``step`` is 1 or more.
    own : Own
        What becomes of a row's own partner, ``r + shift``: it stays, it is left out if it is
        chosen, or it is no column, so that those after it are further partners.
    shift : int
        See ``own``.
    first_target : int
        What is added to targets, to count them from the first of the whole group.
    by_target : bool
        Whether rows are targets and partners sources; otherwise it is the other way round.
    key : int
        The key of everything random.
    parameter : float
        The probability of a column, or the size of a sample, where ``parameters`` does not tell.
    lengths : ndarray of int64, optional
        How many columns each row has, shape (rows,).
    parameters : ndarray of float64, optional
        The parameter of each row, shape (rows,).
    begin : ndarray of int32, optional
        Where the synapses of each source begin, and where those of the last end.

    Examples
    --------
    >>> rule = Rule(Law.SAMPLE, rows=2, partners=9, columns=9, key=3, parameter=4)
    >>> rule = rule.with_counts(rule.counts())
    >>> rule.begin, rule.targets(np.dtype(np.uint16))
    (array([0, 4, 8], dtype=int32), array([3, 4, 7, 8, 0, 3, 7, 8], dtype=uint16))
    """

    law: Law
    rows: int
    partners: int
    columns: int
    start: int = 0
    step: int = 1
    slope: int = 0
    own: Own = Own.KEPT
    shift: int = 0
    first_target: int = 0
    by_target: bool = False
    key: int = 0
    parameter: float = 0.0
    lengths: NDArray[np.int64] | None = None
    parameters: NDArray[np.float64] | None = None
    begin: NDArray[np.int32] | None = None

    @property
    def sources(self) -> int:
        """How many elements there are that may be sources."""
        return self.partners if self.by_target else self.rows

    @property
    def expected(self) -> float:
        """About how many synapses there are."""
        lengths = self.columns if self.lengths is None else self.lengths
        parameters = self.parameter if self.parameters is None else self.parameters
        match self.law:
            case Law.ALL:
                each: Any = lengths
            case Law.CHANCE:
                each = np.multiply(lengths, np.minimum(parameters, 1.0))
            case Law.SAMPLE:
                each = np.minimum(lengths, parameters)
        return float(np.broadcast_to(each, self.rows).sum(dtype=np.float64))

    def counts(self) -> NDArray[np.int64]:
        """Return how many synapses each source has; none is made."""
        return count_synapses(self.packed(), self.sources, usable_processors())

    def made_and_counted(
        self, dtype: np.dtype[Any], most_bytes: int
    ) -> tuple[NDArray[Any], NDArray[np.int64]] | None:
        """Return all targets and how many synapses each source has, by one look at all.

        None if numbers are known without a look at each, if a look does not tell where targets
        belong, or if the targets might take more than so many bytes.
        """
        is_known = self.law is Law.ALL or (self.law is Law.SAMPLE and self.own is not Own.DROPPED)
        room = int(self.expected + 6.0 * math.sqrt(self.expected)) + 16
        if self.by_target or is_known or room * dtype.itemsize > most_bytes:
            return None
        targets = np.empty(room, dtype=dtype)
        counts = make_and_count(self.packed(), targets, self.sources, usable_processors())
        if counts is None:
            return None
        # There is no other view of it.
        targets.resize(int(counts.sum()), refcheck=False)
        return targets, counts

    def with_counts(self, counts: NDArray[np.int64]) -> Rule:
        """Return the rule with the numbers of synapses that sources have by it."""
        begin = np.zeros(self.sources + 1, dtype=np.int32)
        np.cumsum(counts, out=begin[1:])
        return replace(self, begin=begin)

    def targets(self, dtype: np.dtype[Any]) -> NDArray[Any]:
        """Return the target of each synapse, source by source, in ascending order."""
        return self._made(dtype, is_ordered=False)[0]

    def order(self) -> NDArray[np.int32]:
        """Return where synapse ``k``, counted row by row, is among those counted by source."""
        if not self.by_target:
            return np.arange(self._n, dtype=np.int32)
        return self._made(np.dtype(np.int32), is_ordered=True)[1]

    @property
    def _n(self) -> int:
        assert self.begin is not None
        return int(self.begin[-1])

    def _made(
        self, dtype: np.dtype[Any], *, is_ordered: bool
    ) -> tuple[NDArray[Any], NDArray[np.int32]]:
        targets = np.empty(self._n, dtype=dtype)
        order = np.empty(self._n if is_ordered else 0, dtype=np.int32)
        make_targets(self.packed(), targets, order, usable_processors())
        return targets, order

    def numbers(self) -> NDArray[np.int64]:
        """Return all but the arrays as one array, as programs of their own read it."""
        row = tuple(getattr(self, name) for name, _ in _ROW)
        return np.array([row], dtype=_NUMBERS).view(np.int64)

    def content(self) -> bytes:
        """Return all that synapses follow from."""
        arrays = (getattr(self, name) for name in POINTERS)
        parts = (self.numbers(), *(array for array in arrays if array is not None))
        return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)

    @classmethod
    def of_numbers(cls, numbers: NDArray[np.int64], arrays: Mapping[str, NDArray[Any]]) -> Rule:
        """Return the rule of what :meth:`numbers` returned, with its arrays by their names."""
        (row,) = np.ascontiguousarray(numbers).view(_NUMBERS)
        fields: dict[str, Any] = {name: row[name].item() for name, _ in _ROW}
        fields |= {"law": Law(fields["law"]), "own": Own(fields["own"])}
        fields["by_target"] = bool(fields["by_target"])
        return cls(**fields | {name: arrays.get(name) for name in POINTERS})

    def wrong_part(self) -> str | None:
        """Return what is wrong of a rule that was read, None if nothing is.

        Returns
        -------
        str or None
            The name of an array, or ``"numbers"``: synapses must not be made then.
        """
        limit = np.iinfo(np.int32).max
        below = (self.rows, self.partners, self.columns, self.step - 1, self.first_target)
        small = (self.start, self.slope, self.shift)
        if not all(0 <= n < limit for n in below) or not all(abs(n) < limit for n in small):
            return "numbers"
        shapes = {"lengths": self.rows, "parameters": self.rows, "begin": self.sources + 1}
        dtypes = {"lengths": np.int64, "parameters": np.float64, "begin": np.int32}
        for name in POINTERS:
            array = getattr(self, name)
            if array is not None and (array.shape, array.dtype) != ((shapes[name],), dtypes[name]):
                return name
        if self.begin is None or self.begin[0] != 0 or np.any(np.diff(self.begin) < 0):
            return "begin"
        if not self._has_partners():
            return "numbers" if self.lengths is None else "lengths"
        if not self._has_parameters():
            return "numbers" if self.parameters is None else "parameters"
        return None

    def _has_partners(self) -> bool:
        """Whether all columns of all rows are partners that there are."""
        rows = np.arange(self.rows, dtype=np.int64)
        lengths = np.broadcast_to(
            self.columns if self.lengths is None else self.lengths, rows.shape
        )
        if np.any(lengths < 0) or np.any(lengths > np.iinfo(np.int32).max):
            return False
        first = self.start + self.slope * rows
        last = first + self.step * (lengths - 1)
        own = rows + self.shift
        if self.own is Own.SKIPPED:
            last = last + ((own >= self.start) & (last >= own))
        return not np.any((lengths > 0) & ((first < 0) | (last >= self.partners)))

    def _has_parameters(self) -> bool:
        """Whether all rows have a probability, or a size."""
        if self.law is Law.ALL or self.rows == 0:
            return True
        parameters = np.atleast_1d(self.parameter if self.parameters is None else self.parameters)
        most = math.inf if self.law is Law.CHANCE else np.iinfo(np.int32).max
        return bool(np.all((parameters >= 0) & (parameters <= most)))

    def packed(self) -> NDArray[Any]:
        """Return the structure ``eqsim_rule`` of ``interface.h``, valid as long as the rule is."""
        arrays = (getattr(self, name) for name in POINTERS)
        addresses = (0 if array is None else array.ctypes.data for array in arrays)
        row = (*(getattr(self, name) for name, _ in _ROW), *addresses)
        return np.array([row], dtype=_PACKED)
