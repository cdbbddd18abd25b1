"""Films: what their frames show, and the files that they become."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import animation
from PIL import Image

from eqsim import NeuronGroup, StateMonitor, ms, mV, nS, run
from eqsim.errors import EqsimError
from eqsim.visualize import animate_1D, animate_2D


@pytest.fixture(autouse=True)
def no_figure_is_left() -> Iterator[None]:
    yield
    plt.close("all")


def traces() -> StateMonitor:
    grid = NeuronGroup((3, 4), "v = (i + t/ms)*mV : volt")
    monitor = StateMonitor(grid, "v", record=True, dt=1 * ms)
    run(6 * ms, target="numpy")
    return monitor


def draw(film: Any, frame: int) -> Any:
    """The Axes of a film at one of its frames."""
    film._draw_frame(frame)
    film._draw_was_started = True
    return film._fig.axes[0]


def test_a_grid_is_shown_frame_by_frame() -> None:
    monitor = traces()
    film = animate_2D(monitor)
    for frame in (0, 4):
        ax = draw(film, frame)
        shown = ax.images[0].get_array().data
        assert shown == pytest.approx(np.asarray(monitor.v[:, frame] / mV).reshape(3, 4))
        assert ax.get_title() == f"time {frame} ms"
    assert ax.images[0].get_clim() == pytest.approx((0, 16))
    assert film._fig.axes[1].get_ylabel() == "v (mV)"


def test_colours_have_the_ends_that_are_asked_for() -> None:
    film = animate_2D(np.arange(12.0).reshape(4, 3) * mV, (2, 2), 1 * ms, val_min=-5,
                      val_max=0.02 * mV * 1000)  # fmt: skip

    assert draw(film, 2).images[0].get_clim() == pytest.approx((-5, 20))


def test_lines_move_and_others_stay() -> None:
    moving = np.arange(12.0).reshape(4, 3) * mV
    film = animate_1D(
        {"ys": moving, "xs": [0, 1, 4, 9], "legend": "v"},
        [{"ys": np.ones(4) * mV, "legend": "target"}, np.zeros(4) * mV],
        dt=2 * ms, ylabel="potential",
    )  # fmt: skip
    ax = draw(film, 2)

    assert ax.lines[0].get_ydata() == pytest.approx([2, 5, 8, 11])
    assert ax.lines[0].get_xdata().tolist() == [0, 1, 4, 9]
    assert ax.lines[1].get_ydata() == pytest.approx([1, 1, 1, 1])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("neuron", "potential (mV)")
    assert ax.get_title() == "time 4 ms"
    low, high = ax.get_ylim()
    assert low < 0
    assert high > 11


def test_gifs_have_the_chosen_frames(tmp_path: Path) -> None:
    file = tmp_path / "film.gif"
    animate_2D(traces(), frame_step=2, frame_delay=100, save_path=file, figsize=(2, 2), gif_dpi=50)
    with Image.open(file) as film:
        assert film.n_frames == 3
        assert film.info["duration"] == 100
        assert film.size == (100, 100)

    animate_1D(traces(), save_path=tmp_path / "line.gif", figsize=(2, 2), gif_dpi=50)
    with Image.open(tmp_path / "line.gif") as film:
        assert film.n_frames == 6


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the program ffmpeg")
def test_videos_are_written(tmp_path: Path) -> None:
    file = tmp_path / "film.mp4"
    animate_2D(traces(), save_path=file, video_fps=10)

    assert b"ftyp" in file.read_bytes()[:32]


def test_without_ffmpeg_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(animation.FFMpegWriter, "isAvailable", lambda: False)
    file = tmp_path / "film.mp4"
    with pytest.raises(EqsimError) as raised:
        animate_2D(np.zeros((4, 2)), (2, 2), save_path=file)

    assert str(raised.value) == (
        f"'{file}' needs the program ffmpeg, which is not installed\n"
        "  install it (apt install ffmpeg, conda install ffmpeg), or save a .gif"
    )
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: animate_2D(np.zeros((5, 2)), (2, 2)),
         "the values of the shape (5, 2) are not those of a grid of the shape (2, 2)\n"
         "  expected: (height*width, n_times); a group has the shape that it was made with,"
         " NeuronGroup((10, 10), ...)"),
        (lambda: animate_2D(np.zeros((4, 2)), (2, 2), save_path="film.avi"),
         "'film.avi' is no file for a film\n  expected: a name that ends in .gif or .mp4"),
        (lambda: animate_2D(np.zeros((4, 2)), (2, 2), save_path="nowhere/film.gif"),
         "'nowhere/film.gif' cannot be written: there is no folder 'nowhere'\n  make it first"),
        (lambda: animate_2D(np.zeros((4, 2)), (2, 2), frame_step=0),
         "frame_step is 0\n  expected: a whole number, at least 1"),
        (lambda: animate_2D(np.zeros((4, 2)), (2, 2), speed=2),
         "there is no option 'speed'\n"
         "  known: frame_step, frame_delay, save_path, gif_dpi, video_fps, show"),
        (lambda: animate_1D(np.zeros((4, 2)), dt=1 * ms, xlim="wide"),
         "xlim is 'wide'\n  expected: the two ends of the axis, such as (0, 100)"),
        (lambda: animate_1D(np.zeros(4)),
         "a line that moves has the shape (4,)\n  expected: (n, n_times)"),
        (lambda: animate_1D([np.zeros((4, 2)), np.zeros((4, 3))]),
         "what moves has 2, 3 times\n  expected: one number of times for all"),
        (lambda: animate_1D({"y": np.zeros((4, 2))}),
         "a line has the keys 'y'\n  expected: 'ys', and perhaps 'xs' and 'legend'"),
        (lambda: animate_1D({"ys": np.zeros((4, 2)), "xs": [1]}),
         "a line has 4 values and places of the shape (1,)"),
        (lambda: animate_1D(np.zeros((4, 2)) * mV, np.zeros(4) * nS),
         "the y axis shows V, not S\n  draw in other Axes: ax=fig.add_subplot(...)"),
    ],
)  # fmt: skip
def test_what_is_no_film_is_refused(call: Any, message: str) -> None:
    with pytest.raises(EqsimError) as raised:
        call()

    assert str(raised.value) == message
