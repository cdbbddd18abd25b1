"""Recorded columns: chunks as they come, one array when they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network import recording
from eqsim.network.snapshots import Part, Parts

_LARGE = 2**16
"""Rows from which on a chunk is not worth joining with others before it is read."""


class Columns:
    """Columns of equal length that grow by chunks.

    Parameters
    ----------
    names : sequence of str
        Names of the columns.
    dtypes : sequence of dtype
        Their types.

    Examples
    --------
    >>> columns = Columns(["t", "i"], [float, int])
    >>> columns.append((np.array([0.1]), np.array([3])))
    >>> columns["i"], len(columns)
    (array([3]), 1)
    """

    def __init__(self, names: Sequence[str], dtypes: Sequence[Any]) -> None:
        self._dtypes = dict(zip(names, map(np.dtype, dtypes), strict=True))
        self._chunks: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
        self._length = 0

    def append(self, chunk: Sequence[NDArray[Any]]) -> None:
        """Add rows: one array per column, all of the same length."""
        for chunks, values in zip(self._chunks.values(), chunk, strict=True):
            if len(values):
                chunks.append(values)
                _join_small(chunks)
        self._length += len(chunk[0])

    def __getitem__(self, name: str) -> NDArray[Any]:
        recording.ask_for(f"what was recorded of {name!r}")
        chunks = self._chunks[name]
        if len(chunks) > 1:
            chunks[:] = [np.concatenate(chunks)]
        return chunks[0] if chunks else np.zeros(0, dtype=self._dtypes[name])

    def read(self, name: str) -> NDArray[Any]:
        """Return a column for the user, to read only: no rows that come later change it."""
        return read_only(self[name])

    def __contains__(self, name: str) -> bool:
        return name in self._chunks

    def __len__(self) -> int:
        recording.ask_for("how much was recorded")
        return self._length

    def snapshot(self, prefix: str) -> dict[str, Part]:
        """Return the columns under their names with a prefix."""
        return {f"{prefix}.{name}": self[name] for name in self._chunks}

    def check(self, owner: str, prefix: str, saved: Parts) -> None:
        """Refuse columns of different lengths.

        Raises
        ------
        ModelError
            If the owner's rows in the snapshot are not complete.
        """
        lengths = {len(np.asarray(saved[f"{prefix}.{name}"])) for name in self._chunks}
        if len(lengths) > 1:
            raise ModelError(f"what {owner!r} recorded is not complete in the snapshot")

    def restore(self, prefix: str, saved: Parts) -> None:
        """Replace all rows by those of a snapshot."""
        for name, chunks in self._chunks.items():
            chunks[:] = [np.array(saved[f"{prefix}.{name}"])]
            self._length = len(chunks[0])

    def truncate(self, length: int) -> None:
        """Forget the rows from number ``length`` on."""
        for name, chunks in self._chunks.items():
            chunks[:] = [self[name][:length]]
        self._length = min(self._length, length)

    def clear(self) -> None:
        """Forget all rows."""
        for chunks in self._chunks.values():
            chunks.clear()
        self._length = 0


def read_only(values: NDArray[Any]) -> NDArray[Any]:
    """Return a view of an array that cannot be written."""
    view = values.view()
    view.flags.writeable = False
    return view


def _join_small(chunks: list[NDArray[Any]]) -> None:
    """Join chunks of similar lengths, as those of single steps are, until they are large."""
    while len(chunks) > 1 and len(chunks[-2]) <= len(chunks[-1]) < _LARGE:
        last = chunks.pop()
        chunks[-1] = np.concatenate((chunks[-1], last))
