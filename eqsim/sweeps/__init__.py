"""Many runs of one model over parameters, seeds and inputs."""

from __future__ import annotations

from eqsim.sweeps import sampling
from eqsim.sweeps.batches import SweepWarning
from eqsim.sweeps.engine import open_sweep
from eqsim.sweeps.executors import device_executor
from eqsim.sweeps.fitting import Evaluator, fit
from eqsim.sweeps.interface import sweep
from eqsim.sweeps.plotting import plot
from eqsim.sweeps.recording import RunResults
from eqsim.sweeps.results import SweepResult
from eqsim.sweeps.sampling import Space
from eqsim.sweeps.waiting import NoWorkersWarning

__all__ = [
    "Evaluator",
    "NoWorkersWarning",
    "RunResults",
    "Space",
    "SweepResult",
    "SweepWarning",
    "device_executor",
    "fit",
    "open_sweep",
    "plot",
    "sampling",
    "sweep",
]
