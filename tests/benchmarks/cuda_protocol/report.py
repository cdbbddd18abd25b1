"""The table of a piece, and the time that is left for it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from measure import table, tell, write

_SAME = ("commit", "name", "piece")
"""What rows of an earlier call have to agree in for the table to go on with them."""


class Deadline:
    """When a piece has to be done, and whether what comes next would be.

    Parameters
    ----------
    seconds : float
        From now on.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.perf_counter() + seconds
        self._taken: dict[str, list[tuple[float, float]]] = {}

    def left(self) -> float:
        """Return how many seconds are left."""
        return self._end - time.perf_counter()

    def fits(self, work: float, by: str = "") -> bool:
        """Whether so much work would be done in time, as that before it took.

        Parameters
        ----------
        work : float
            In any unit; less than before is expected to take no less.
        by : str
            Who does it.
        """
        before = self._taken.get(by, [])
        expected = [seconds * max(1.0, work / done) for done, seconds in before]
        return self.left() > max(expected, default=0.0)

    def took(self, work: float, seconds: float, by: str = "") -> None:
        """Note how long so much work took."""
        self._taken.setdefault(by, []).append((max(work, 1.0), seconds))


class Report:
    """The rows of a table, each also written to a file as soon as it is there.

    Parameters
    ----------
    about : mapping
        What every line of the file says too: version, machine, device, piece.
    path : Path or None
        A file with a line of JSON for each row. Rows of the same version, device and piece that
        are in it are not measured again: a second call does what a first one had no time for.
    """

    def __init__(self, about: Mapping[str, Any], path: Path | None) -> None:
        self._about = dict(about)
        self._path = path
        self._left_out: list[str] = []
        self.rows = [
            {name: value for name, value in row.items() if name not in self._about}
            for row in _lines(path)
            if all(row.get(name) == self._about.get(name) for name in _SAME)
        ]

    def has(self, **named: object) -> bool:
        """Whether there is a row with these values."""
        return any(named.items() <= row.items() for row in self.rows)

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row; what is no number is left empty."""
        told = {name: None if value != value else value for name, value in row.items()}
        self.rows.append(told)
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**self._about, **told}) + "\n")

    def leave_out(self, what: object, why: str) -> None:
        """Say that something is not measured, at once and below the table."""
        self._left_out.append(f"left out, {why}: {what}")
        tell(self._left_out[-1])

    def show(self) -> None:
        """Print the table."""
        head = list(dict.fromkeys(name for row in self.rows for name in row))
        if self.rows:
            write(table(head, [[_text(row.get(name)) for name in head] for row in self.rows]))
        for line in self._left_out:
            write(line)


def _lines(path: Path | None) -> list[dict[str, Any]]:
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
