"""Each process gets the job of a sweep once, and once more if it lost it."""

from __future__ import annotations

import itertools
import pickle
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np
import pytest

from eqsim import Network, NeuronGroup, ms, sweep
from eqsim.sweeps import places

SPACE = {"gain": np.linspace(0.1, 0.2, 200)}


class Elsewhere(Executor):
    """Workers in threads that share what a process keeps, and what they were sent."""

    def __init__(self, workers, loses_at=()):
        self._pool, self._max_workers = ThreadPoolExecutor(workers), workers
        self._loses_at, self._begun = loses_at, itertools.count()
        self.sent = []

    def submit(self, function, /, *args, **kwargs):
        size = len(pickle.dumps((function, args, kwargs)))
        self.sent.append((args[1] is not None, size))
        return self._pool.submit(self._work, function, *args)

    def _work(self, function, *args):
        if next(self._begun) in self._loses_at:
            places._runners.clear()
        return function(*args)

    def shutdown(self, wait=True, *, cancel_futures=False):
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


@pytest.fixture(autouse=True)
def new_processes():
    places._runners.clear()
    yield
    places._runners.clear()


def swept(executor=None, **options):
    cells = NeuronGroup(1, "dx/dt = -gain*x/ms : 1", method="euler", name="cells")
    cells.x = 1
    return sweep(Network(cells), SPACE, duration=1 * ms, record="cells.x", target="numpy", seed=1,
                 executor=executor, batch=1, **options)  # fmt: skip


def test_batches_do_not_bring_the_job_once_a_process_has_it():
    with Elsewhere(2) as executor:
        found = swept(executor)

    np.testing.assert_array_equal(found["cells.x"].values, swept()["cells.x"].values)
    with_job = [size for brings, size in executor.sent if brings]
    without = [size for brings, size in executor.sent if not brings]
    assert 1 <= len(with_job) <= 3
    assert len(with_job) + len(without) == 200
    assert max(without) < 400 < min(with_job)


def test_a_process_that_begins_anew_gets_the_job_again():
    with Elsewhere(1, loses_at=(20, 100)) as executor:
        found = swept(executor)

    np.testing.assert_array_equal(found["cells.x"].values, swept()["cells.x"].values)
    brought = sum(brings for brings, _ in executor.sent)
    # What was given out already is given out again, of which few bring the job.
    assert 3 <= brought <= 12


def test_a_process_keeps_the_models_of_a_few_sweeps():
    with Elsewhere(1) as executor:
        for gain in range(places._KEPT + 2):
            cells = NeuronGroup(1, "dx/dt = -gain*x/ms : 1", method="euler", name=f"cells_{gain}")
            sweep(Network(cells), {"gain": [1.0]}, duration=1 * ms, record=f"cells_{gain}.x",
                  target="numpy", executor=executor)  # fmt: skip

    assert len(places._runners) == places._KEPT
