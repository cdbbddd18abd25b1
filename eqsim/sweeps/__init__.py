"""Many runs of one model over parameters, seeds and inputs."""

from __future__ import annotations

from eqsim.sweeps import sampling
from eqsim.sweeps.engine import SweepWarning, open_sweep
from eqsim.sweeps.executors import device_executor
from eqsim.sweeps.interface import sweep
from eqsim.sweeps.recording import RunResults
from eqsim.sweeps.results import SweepResult
from eqsim.sweeps.sampling import Space

__all__ = [
    "RunResults",
    "Space",
    "SweepResult",
    "SweepWarning",
    "device_executor",
    "open_sweep",
    "sampling",
    "sweep",
]
