"""Telling how far a sweep is: rate, time that remains, failures."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from eqsim.errors import ModelError


class Progress:
    """A line that is drawn anew, where there is a terminal; else a line now and then.

    Parameters
    ----------
    total : int
        How many runs there are.
    kept : int
        How many were done before.
    stream : file
        Where to write.
    """

    def __init__(self, total: int, kept: int, stream: TextIO) -> None:
        self.total = total
        self.kept = kept
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._began = time.perf_counter()
        self._next = 0.0 if self._is_terminal else _PERIOD

    def at(self, done: int, failed: int) -> None:
        """Tell how far the sweep is, if it is time to.

        Parameters
        ----------
        done : int
            How many runs are done, those of before and those that failed included.
        failed : int
            How many failed.
        """
        elapsed = time.perf_counter() - self._began
        is_last = done >= self.total
        if elapsed < self._next and not is_last:
            return
        self._next = elapsed + (_REDRAWN if self._is_terminal else _PERIOD)
        line = told(self.total, self.kept, done, failed, elapsed)
        if self._is_terminal:
            self._stream.write(f"\r{line:<78}" + ("\n" if is_last else ""))
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()


_PERIOD, _REDRAWN = 10.0, 0.2
"""Seconds between lines, and between two drawings of one."""


def told(total: int, kept: int, done: int, failed: int, elapsed: float) -> str:
    """Return the line.

    Examples
    --------
    >>> told(200, 0, 50, 1, 2.0)
    'sweep  25% |#####---------------| 50/200 runs, 25.0/s, 6 s left, 1 failed'
    """
    filled = int(20 * done / total)
    bar = "#" * filled + "-" * (20 - filled)
    rate = (done - kept) / elapsed if elapsed > 0 else 0.0
    line = f"sweep {done / total:4.0%} |{bar}| {done}/{total} runs, {rate:.{rate < 100:d}f}/s"
    if rate > 0 and done < total:
        line += f", {_duration((total - done) / rate)} left"
    return line + (f", {failed} failed" if failed else "")


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def reporter(progress: object, total: int, kept: int) -> Callable[[int, int], None]:
    """Return what is told how many runs are done and how many failed.

    Parameters
    ----------
    progress : bool or callable
        Whether to draw a bar, or a function of (done, total, failed).
    total, kept : int
        How many runs there are, and how many were done before.

    Raises
    ------
    ModelError
        If it is something else.
    """
    if progress is False or progress is None:
        return lambda *_: None
    if progress is True:
        return Progress(total, kept, sys.stderr).at
    if callable(progress):
        return lambda done, failed: progress(done, total, failed)
    raise ModelError(
        f"progress is True, False, or a function of (done, total, failed), not {progress!r}"
    )
