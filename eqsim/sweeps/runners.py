"""What runs the batches of a job: by what its model is."""

from __future__ import annotations

from eqsim.sweeps.batches import Runner
from eqsim.sweeps.job import Job
from eqsim.sweeps.networks import NetworkRunner
from eqsim.sweeps.programs import ProjectRunner
from eqsim.sweeps.projects import Project


def runner_of(job: Job, workers: int = 1) -> Runner:
    """Return what runs the batches of a job.

    Parameters
    ----------
    job : Job
        The sweep.
    workers : int
        How many batches run in this process at once.
    """
    return ProjectRunner(job) if isinstance(job.model, Project) else NetworkRunner(job, workers)
