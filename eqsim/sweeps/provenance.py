"""Where a sweep comes from: versions, host, model; what makes it the same sweep again."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eqsim.errors import SweepError
from eqsim.network.clocks import seconds
from eqsim.sweeps.batches import Runner
from eqsim.sweeps.digests import digest_of_recordings
from eqsim.sweeps.job import DURATION, Job, digest_of_space
from eqsim.version import __version__

_SAME = {
    "eqsim": "the version of eqsim",
    "space": "the space of parameters",
    "seed": "the seed",
    "duration": "the duration",
    "recorded": "what is recorded",
    "model": "the model",
}
_FURTHER = (
    "\n  further points, or repeats with another seed, are a sweep of their own:"
    " join both by xarray.concat"
)
_TOLD = ("eqsim", "seed", "duration")


def provenance_of(runner: Runner) -> dict[str, Any]:
    """Return where a sweep comes from, as attributes of its results."""
    job = runner.job
    return {
        "eqsim": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "host": platform.node(),
        "machine": platform.platform(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "space": digest_of_space(job.space, job.repeats),
        "recorded": digest_of_recordings(job.recordings),
        "seed": str(job.seed),
        "duration": _duration_of(job),
        "target": job.target.name,
        **runner.identity(),
    }


def _duration_of(job: Job) -> str:
    longest = f"{seconds(job.duration, 'duration')} s"
    return f"up to {longest}" if DURATION in job.space.columns else longest


def check_the_same(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse the store of another sweep.

    Parameters
    ----------
    path : Path
        The store.
    found, wanted : mapping
        The attributes that it has, and that it would have.

    Raises
    ------
    SweepError
        If it is another.
    """
    for key, what in _SAME.items():
        if found.get(key) != wanted[key]:
            told = f": {found.get(key)} there, {wanted[key]} here" if key in _TOLD else ""
            raise SweepError(
                f"the store {str(path)!r} is that of another sweep: {what} differs{told}\n"
                "  give this sweep a path of its own, or open the other with eqsim.open_sweep"
                + (_FURTHER if key == "space" else "")
            )
