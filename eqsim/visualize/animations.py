"""Signals as moving pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import animation
from matplotlib.animation import FuncAnimation
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.measure.signals import Signal, signal_of
from eqsim.network.clocks import defaultclock, seconds
from eqsim.network.monitors.states import StateMonitor
from eqsim.units import arguments
from eqsim.units.dimensions import SECOND
from eqsim.units.display import best_unit_for
from eqsim.units.quantity import Quantity
from eqsim.visualize.axes import axis_limits, count_along, in_axis, in_unit, label

_MOST_INCHES = 600


@dataclass(frozen=True, slots=True)
class Frames:
    """Which times are shown, for how long, and where the film goes.

    Parameters
    ----------
    frame_step : int
        Every how many of the recorded times there is a frame.
    frame_delay : float
        How long a frame is shown, in milliseconds.
    save_path : str or Path, optional
        A file that ends in ``.gif`` or ``.mp4``.
    gif_dpi : float, optional
        Dots per inch of the file.
    video_fps : float, optional
        Frames in a second of the file; by default as ``frame_delay`` says.
    show : bool
        Whether to open a window with it.
    """

    frame_step: int = 1
    frame_delay: float = 50.0
    save_path: Any = None
    gif_dpi: float | None = None
    video_fps: float | None = None
    show: bool = False

    def check(self) -> None:
        """Refuse what no film can have, before anything is drawn.

        Raises
        ------
        ModelError
            If a number is out of its range, or the file cannot be written.
        """
        arguments.whole(self.frame_step, "frame_step", least=1)
        arguments.positive(self.frame_delay, "frame_delay")
        arguments.flag(self.show, "show")
        for what in ("gif_dpi", "video_fps"):
            if getattr(self, what) is not None:
                arguments.positive(getattr(self, what), what)
        if self.save_path is not None:
            self._writer()
            folder = Path(self.save_path).parent
            if not folder.is_dir():
                raise ModelError(
                    f"{str(self.save_path)!r} cannot be written: there is no folder"
                    f" {str(folder)!r}\n  make it first"
                )

    def _writer(self) -> animation.AbstractMovieWriter:
        # Matplotlib's annotations want whole numbers, its writers take any.
        fps: Any = 1000.0 / self.frame_delay if self.video_fps is None else self.video_fps
        is_path = isinstance(self.save_path, str | Path)
        suffix = Path(self.save_path).suffix.lower() if is_path else ""
        if suffix == ".gif":
            return animation.PillowWriter(fps=fps)
        if suffix != ".mp4":
            raise ModelError(
                f"{str(self.save_path)!r} is no file for a film\n"
                "  expected: a name that ends in .gif or .mp4"
            )
        if not animation.FFMpegWriter.isAvailable():
            raise ModelError(
                f"{str(self.save_path)!r} needs the program ffmpeg, which is not installed\n"
                "  install it (apt install ffmpeg, conda install ffmpeg), or save a .gif"
            )
        return animation.FFMpegWriter(fps=fps)

    def film(self, figure: Any, update: Any, n_times: int) -> FuncAnimation:
        """Return the film of a figure that is updated for each frame."""
        # The layout is found once: that takes most of the time, and pictures would jump.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        film = FuncAnimation(
            figure, update, frames=range(0, n_times, self.frame_step), interval=self.frame_delay
        )  # fmt: skip
        if self.save_path is not None:
            with arguments.passed_on(
                "Animation.save", gif_dpi=self.gif_dpi, video_fps=self.video_fps
            ):
                film.save(str(self.save_path), writer=self._writer(), dpi=self.gif_dpi)
        if self.show:
            plt.show()
        return film


def animate_2D(  # noqa: N802, PLR0913 - what its users know from elsewhere
    values: Any,
    net_size: tuple[int, int] | None = None,
    dt: Quantity | None = None,
    *,
    variable: str | None = None,
    val_min: Any = None,
    val_max: Any = None,
    cmap: Any = None,
    figsize: tuple[float, float] | None = None,
    **frames: Any,
) -> FuncAnimation:
    """Return a film of the values on a grid of neurons.

    Parameters
    ----------
    values : StateMonitor, Quantity or ndarray
        The signals, shape (n, n_times), or a monitor of all neurons of a grid.
    net_size : pair of int, optional
        Height and width of the grid; by default that of the monitor's group.
    dt : Quantity, optional
        The step between values; by default that of the monitor, or of the default clock.
    variable : str, optional
        Which variable of the monitor, if it recorded several.
    val_min, val_max : number or Quantity, optional
        The ends of the colours, as quantities or as numbers in the unit of the colour bar; by
        default those of the values.
    cmap : str or Colormap, optional
        The colours.
    figsize : pair of float, optional
        Width and height in inches.
    **frames
        ``frame_step``, ``frame_delay`` (ms), ``save_path`` (``.gif`` or ``.mp4``), ``gif_dpi``,
        ``video_fps``, ``show``: see :class:`Frames`.

    Returns
    -------
    FuncAnimation
        Keep it as long as the film is to run.

    Raises
    ------
    ModelError
        If the values are not those of the grid, or the file cannot be written.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> path = getfixture('tmp_path') / 'sheet.gif'
    >>> film = animate_2D(np.arange(12.0).reshape(4, 3), (2, 2), save_path=str(path),
    ...                   figsize=(2, 1))
    >>> path.exists()
    True
    >>> plt.close()
    """
    chosen = _frames(frames)
    signal = signal_of(values, variable)
    shape = _grid(values, net_size, signal)
    times = _times(signal, dt)
    figure, ax = _figure(figsize)
    numbers, unit = in_unit(ax, "colour", signal.values, signal.dimension)
    low, high = (
        float(extreme(numbers)) if value is None else in_axis(ax, "colour", value, what)
        for extreme, value, what in ((np.min, val_min, "val_min"), (np.max, val_max, "val_max"))
    )
    pictures = numbers.T.reshape(-1, *shape)
    with arguments.passed_on("Axes.imshow", cmap=cmap):
        image = ax.imshow(pictures[0], vmin=low, vmax=high, cmap=cmap, interpolation="nearest")
    figure.colorbar(image, ax=ax, label=label(signal.name or "value", unit))
    ax.set_xlabel("column")
    ax.set_ylabel("row")
    count_along(ax, "x", "y")
    title = ax.set_title(_time_text(times, 0))

    def update(frame: int) -> tuple[Any, ...]:
        image.set_data(pictures[frame])
        title.set_text(_time_text(times, frame))
        return image, title

    return chosen.film(figure, update, len(pictures))


def animate_1D(  # noqa: N802, PLR0913 - what its users know from elsewhere
    dynamical_vars: Any,
    static_vars: Any = (),
    dt: Quantity | None = None,
    *,
    variable: str | None = None,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
    xlabel: str = "neuron",
    ylabel: str | None = None,
    figsize: tuple[float, float] | None = None,
    **frames: Any,
) -> FuncAnimation:
    """Return a film of values along a line of neurons.

    Parameters
    ----------
    dynamical_vars : StateMonitor, Quantity, ndarray, dict, or list of these
        What moves, each of the shape (n, n_times). A dictionary has it as ``'ys'``, and may have
        the places as ``'xs'``, shape (n,), and a name as ``'legend'``.
    static_vars : Quantity, ndarray, dict, or list of these
        What does not move, shape (n,), in the same forms.
    dt : Quantity, optional
        The step between values; by default that of the monitor, or of the default clock.
    variable : str, optional
        Which variable of monitors, if they recorded several.
    xlim, ylim : pair of float, optional
        The ends of the axes, in their units; by default those of the values.
    xlabel, ylabel : str, optional
        Names of the axes, to which units are added.
    figsize : pair of float, optional
        Width and height in inches.
    **frames
        As for :func:`animate_2D`.

    Returns
    -------
    FuncAnimation
        Keep it as long as the film is to run.

    Raises
    ------
    ModelError, DimensionMismatchError
        If values do not fit together, or the file cannot be written.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> path = getfixture('tmp_path') / 'line.gif'
    >>> film = animate_1D(np.arange(12.0).reshape(4, 3), save_path=str(path), figsize=(2, 1))
    >>> path.exists()
    True
    >>> plt.close()
    """
    chosen = _frames(frames)
    arguments.text(xlabel, "xlabel")
    if ylabel is not None:
        arguments.text(ylabel, "ylabel")
    moving = [_line(each, variable, moves=True) for each in _listed(dynamical_vars)]
    still = [_line(each, variable, moves=False) for each in _listed(static_vars)]
    lengths = {line.signal.values.shape[-1] for line in moving}
    if len(lengths) != 1:
        raise ModelError(
            f"what moves has {', '.join(map(str, sorted(lengths))) or 'no'} times\n"
            "  expected: one number of times for all"
        )
    times = _times(moving[0].signal, dt)
    figure, ax = _figure(figsize)
    drawn = []
    for line in (*moving, *still):
        numbers, unit = in_unit(ax, "y", line.signal.values, line.signal.dimension)
        rows = numbers[:, 0] if numbers.ndim == 2 else numbers
        (artist,) = ax.plot(line.places, rows, label=line.legend)
        drawn.append((artist, numbers))
    shown = [numbers for _, numbers in drawn]
    ax.set_ylim(*(_limits(shown) if ylim is None else axis_limits(ax, "y", ylim)))
    if xlim is not None:
        ax.set_xlim(*axis_limits(ax, "x", xlim))
    ax.set_xlabel(xlabel)
    name = ylabel if ylabel is not None else moving[0].signal.name or "value"
    ax.set_ylabel(label(name, unit))
    if any(line.legend for line in (*moving, *still)):
        ax.legend(loc="upper right")
    title = ax.set_title(_time_text(times, 0))

    def update(frame: int) -> tuple[Any, ...]:
        for artist, numbers in drawn[: len(moving)]:
            artist.set_ydata(numbers[:, frame])
        title.set_text(_time_text(times, frame))
        return (*(artist for artist, _ in drawn), title)

    return chosen.film(figure, update, lengths.pop())


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Values along a line."""

    signal: Signal
    places: NDArray[Any]
    legend: str | None


def _line(given: Any, variable: str | None, *, moves: bool) -> _Line:
    parts = given if isinstance(given, Mapping) else {"ys": given}
    unknown = [key for key in parts if key not in ("ys", "xs", "legend")]
    if unknown or "ys" not in parts:
        raise ModelError(
            f"a line has the keys {', '.join(map(repr, parts))}\n"
            "  expected: 'ys', and perhaps 'xs' and 'legend'"
        )
    signal = signal_of(parts["ys"], variable if isinstance(parts["ys"], StateMonitor) else None)
    if signal.values.ndim != (2 if moves else 1):
        needed = "(n, n_times)" if moves else "(n,)"
        raise ModelError(
            f"a line that {'moves' if moves else 'does not move'} has the shape"
            f" {signal.values.shape}\n  expected: {needed}"
        )
    places = arguments.array(parts.get("xs", np.arange(signal.values.shape[0])), "'xs'")
    if parts.get("legend") is not None:
        arguments.text(parts["legend"], "'legend'")
    if places.shape != signal.values.shape[:1]:
        raise ModelError(
            f"a line has {signal.values.shape[0]} values and places of the shape {places.shape}"
        )
    return _Line(signal, places, parts.get("legend"))


def _frames(given: dict[str, Any]) -> Frames:
    known = Frames.__dataclass_fields__
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ModelError(f"there is no option {unknown[0]!r}\n  known: {', '.join(known)}")
    frames = Frames(**given)
    frames.check()
    return frames


def _listed(given: Any) -> list[Any]:
    if isinstance(given, Mapping | Quantity | np.ndarray | StateMonitor):
        return [given]
    if not isinstance(given, Sequence):
        raise ModelError(f"lines are arrays, dictionaries or a list of them, not {given!r}")
    return list(given)


def _grid(values: Any, net_size: Any, signal: Signal) -> tuple[int, ...]:
    if net_size is None and isinstance(values, StateMonitor):
        net_size = values.source.shape
    n = signal.values.shape[0]
    is_pair = isinstance(net_size, tuple | list) and len(net_size) == 2
    if net_size is not None and not (is_pair and all(_is_size(side) for side in net_size)):
        raise ModelError(
            f"net_size is {arguments.shown(net_size)}\n"
            "  expected: height and width of the grid, two whole numbers"
        )
    if net_size is None or math.prod(net_size) != n or signal.values.ndim != 2:
        raise ModelError(
            f"the values of the shape {signal.values.shape} are not those of a grid of the shape"
            f" {net_size}\n  expected: (height*width, n_times); a group has the shape that it was"
            " made with, NeuronGroup((10, 10), ...)"
        )
    return tuple(net_size)


def _is_size(side: Any) -> bool:
    is_whole = isinstance(side, int | np.integer) and not isinstance(side, bool)
    return is_whole and bool(side > 0)


def _figure(figsize: Any) -> tuple[Figure, Axes]:
    if figsize is not None:
        expected = "width and height in inches, such as (6, 4)"
        sizes = arguments.array(figsize, "figsize", expected, finite=True)
        if sizes.shape != (2,) or not (sizes.min() > 0 and sizes.max() <= _MOST_INCHES):
            raise ModelError(f"figsize is {arguments.shown(figsize)}\n  expected: {expected}")
    return plt.subplots(figsize=figsize, layout="constrained")


def _times(signal: Signal, dt: Quantity | None) -> NDArray[np.float64]:
    if dt is None and signal.times is not None:
        return signal.times
    step = defaultclock.dt_ if dt is None else seconds(dt, "dt")
    return np.asarray(np.arange(signal.values.shape[-1]) * step, dtype=np.float64)


def _time_text(times: NDArray[np.float64], frame: int) -> str:
    """Return the time of a frame, in one unit for the whole film."""
    unit = best_unit_for(times, SECOND)
    return f"time {times[frame] / unit.value:.4g} {unit.symbol}"


def _limits(parts: list[NDArray[Any]]) -> tuple[float, float]:
    low = min(float(part.min()) for part in parts)
    high = max(float(part.max()) for part in parts)
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin
