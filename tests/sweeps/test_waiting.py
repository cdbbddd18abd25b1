"""A sweep over Dask never waits in silence for workers that are gone."""

from __future__ import annotations

import os
from concurrent.futures import Future
from functools import partial

import numpy as np
import pytest

from eqsim import Network, NeuronGroup, ms, sweep
from eqsim.errors import SweepError
from eqsim.sweeps import dispatch
from eqsim.sweeps.waiting import NoWorkersWarning, Patience

OVER = "every worker of the cluster of Dask ended, and none is started again"


class Queue:
    """A cluster whose workers come after some looks at it."""

    def __init__(self, future, comes_after, *, is_lost=False):
        self.future, self.comes_after, self.is_lost, self.looks = future, comes_after, is_lost, 0

    def count(self):
        self.looks += 1
        if self.looks == self.comes_after:
            self.future.set_result(7)
        return 0

    def is_over(self):
        return self.is_lost


def test_that_there_are_no_workers_is_told_once():
    future = Future()
    patience = Patience(Queue(future, comes_after=5), period=0.01, limit=0)

    with pytest.warns(NoWorkersWarning) as told:
        assert patience.wait([future], "") == {future}

    assert [str(each.message) for each in told] == [
        "the cluster of Dask has had no workers for 0 s: the sweep waits for them\n"
        "  if none are to come, look at the queue and at the logs of the workers"
    ]


def test_workers_that_come_in_time_are_not_told_of():
    future = Future()

    assert Patience(Queue(future, 3), period=0.01, limit=30).wait([future], "") == {future}


def test_workers_that_never_come_again_end_the_sweep():
    future = Future()

    with pytest.raises(SweepError, match=OVER + ".*memory; 3 runs are in the store"):
        Patience(Queue(future, 9, is_lost=True), period=0.01, limit=0).wait(
            [future], "; 3 runs are in the store"
        )


def cells():
    return Network(NeuronGroup(1, "dx/dt = -gain*x/ms : 1", method="euler", name="cells"))


def ending(results):
    os._exit(1)


@pytest.fixture
def cluster():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=None, processes=True
        ) as found,
        distributed.Client(found) as client,
    ):
        yield found, client


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Dask, about its own shutdown
def test_a_process_that_its_nanny_does_not_start_again_is_told(cluster, monkeypatch):
    from distributed.core import Status

    monkeypatch.setattr(dispatch, "Patience", partial(Patience, period=0.1, limit=0.5))
    found, client = cluster
    for nanny in found.workers.values():
        nanny.status = Status.starting  # as if it had not yet been told that the process started

    with pytest.raises(SweepError, match=OVER):
        sweep(cells(), {"gain": np.linspace(0.1, 0.2, 2)}, duration=1 * ms, executor=client,
              record={"one": ending}, target="numpy", retries=0)  # fmt: skip
