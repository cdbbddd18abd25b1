"""Telling how far a run is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Protocol, TextIO

from eqsim.errors import ModelError
from eqsim.units.arguments import shown


class Report(Protocol):
    """What is told how far a run is."""

    def __call__(self, elapsed: float, completed: float, start: float, duration: float) -> None:
        """Take a report.

        Parameters
        ----------
        elapsed : float
            Seconds of wall time since the run began.
        completed : float
            Part of the run that is done, from 0 to 1.
        start, duration : float
            Begin and length of the run in seconds of model time.
        """


class Progress:
    """Reports at a chosen pace, and at the end.

    Parameters
    ----------
    report : Report or None
        What is told.
    period : float
        Seconds of wall time between reports.
    start, duration : float
        Begin and length of the run in seconds of model time.
    """

    def __init__(
        self, report: Report | None, period: float, start: float, duration: float
    ) -> None:
        self._report = report
        self._period = period
        self._start = start
        self.duration = duration
        self._began = time.perf_counter()
        self._next = period
        if report is not None:
            report(0.0, 0.0, start, duration)

    def at(self, completed: float) -> None:
        """Report if it is time to."""
        elapsed = time.perf_counter() - self._began
        if self._report is not None and elapsed >= self._next:
            self._next = elapsed + self._period
            self._report(elapsed, completed, self._start, self.duration)

    def finish(self, completed: float) -> None:
        """Report the end."""
        if self._report is not None:
            elapsed = time.perf_counter() - self._began
            self._report(elapsed, completed, self._start, self.duration)


class TextReport:
    """Lines of text: ``50% of 1 s simulated in 3 s, about 3 s left``."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, elapsed: float, completed: float, start: float, duration: float) -> None:
        """Print one line."""
        if elapsed == 0:
            line = f"Simulating {_duration(duration)} from t = {_duration(start)}"
        else:
            line = f"{completed:4.0%} of {_duration(duration)} simulated in {_duration(elapsed)}"
            if 0 < completed < 1:
                line += f", about {_duration(elapsed * (1 - completed) / completed)} left"
        self._stream.write(f"{line}\n")
        self._stream.flush()


class BarReport:
    """A bar by tqdm, in a terminal or a notebook."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, elapsed: float, completed: float, start: float, duration: float) -> None:
        """Draw the bar."""
        del start
        if self._bar is None:
            self._bar = _tqdm()(
                total=1000 * duration,
                unit="ms",
                unit_scale=False,
                desc="simulating",
                bar_format="{l_bar}{bar}| {n:.4g}/{total:.4g} ms [{elapsed}<{remaining}]",
            )
        self._bar.update(1000 * duration * completed - self._bar.n)
        if elapsed > 0 and completed >= 1:
            self._bar.close()


def _tqdm() -> Callable[..., Any]:
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        raise ModelError(
            "report='tqdm' needs the package tqdm\n"
            "  install it with: pip install 'eqsim[progress]'; or use report='text'"
        ) from error
    bar: Callable[..., Any] = tqdm
    return bar


def make_report(report: Any) -> Report | None:
    """Return what a user means by ``report=``.

    Parameters
    ----------
    report : None, str or callable
        ``None`` for silence; ``'text'`` or ``'stdout'``, ``'stderr'``; ``'tqdm'``; a function of
        (elapsed, completed, start, duration), times as quantities.

    Raises
    ------
    ModelError
        If it is something else.
    """
    if report is None or report is False:
        return None
    if not isinstance(report, str) and report is not True and not callable(report):
        raise ModelError(_unknown_report(report))
    if report in ("text", "stdout", True):
        return TextReport(sys.stdout)
    if report == "stderr":
        return TextReport(sys.stderr)
    if report == "tqdm":
        _tqdm()
        return BarReport()
    if callable(report):
        return _with_units(report)
    raise ModelError(_unknown_report(report))


def _unknown_report(report: Any) -> str:
    return (
        f"report={shown(report)} is not known\n"
        "  known: 'text', 'stdout', 'stderr', 'tqdm', or a function of"
        " (elapsed, completed, start, duration)"
    )


def _with_units(function: Callable[..., object]) -> Report:
    from eqsim.units.names import UNITS

    second = UNITS["second"]

    def report(elapsed: float, completed: float, start: float, duration: float) -> None:
        function(elapsed * second, completed, start * second, duration * second)

    return report


def _duration(seconds: float) -> str:
    if seconds >= 60:
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
    return f"{seconds:.3g} s" if seconds >= 1 or seconds == 0 else f"{seconds * 1000:.3g} ms"
