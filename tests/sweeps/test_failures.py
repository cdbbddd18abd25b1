"""Runs that fail are named, and take nothing with them."""

from __future__ import annotations

import os
import signal
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from eqsim import Network, NeuronGroup, ms, sweep
from eqsim.errors import SweepError
from eqsim.sweeps import SweepWarning
from eqsim.sweeps.batches import Batch


def growing():
    """dx/dt = power of x: beyond one it diverges within the run."""
    cells = NeuronGroup(2, "dx/dt = gain*x**2/ms : 1", method="euler", name="cells")
    cells.x = 1
    return Network(cells)


GAINS = [0.1, 0.2, 50.0, 0.3, 80.0, 0.4]


def test_diverging_runs_are_named_with_their_parameters(target):
    with pytest.raises(SweepError) as caught:
        sweep(growing(), {"gain": GAINS}, duration=3 * ms, record="cells.x", batch=6,
              target=target)  # fmt: skip

    text = str(caught.value)
    assert text.startswith("2 runs of the sweep failed\n  gain = 50.0\n    IntegrationError: ")
    assert "  gain = 80.0\n" in text
    assert text.endswith("\n  errors='keep' goes on without them")
    assert sorted(caught.value.failures) == [2, 4]


def test_diverging_runs_do_not_take_their_batch_with_them(target):
    net = growing()
    found = sweep(net, {"gain": GAINS}, duration=3 * ms, record="cells.x", errors="keep",
                  batch=6, target=target)  # fmt: skip

    assert found["status"].values.tolist() == ["done", "done", "failed", "done", "failed", "done"]
    assert np.isnan(found["cells.x"].values[[2, 4]]).all()
    fine = [gain for gain in GAINS if gain < 1]
    alone = sweep(net, {"gain": fine}, duration=3 * ms, record="cells.x", target=target)
    np.testing.assert_array_equal(found["cells.x"].values[[0, 1, 3, 5]], alone["cells.x"].values)
    assert [text.partition(":")[0] for text in found["failure"].values.tolist()] == [
        "", "", "IntegrationError", "", "IntegrationError", "",
    ]  # fmt: skip


def test_error_is_that_of_the_single_run(target):
    from eqsim import IntegrationError

    net = growing()
    with pytest.raises(SweepError) as caught:
        sweep(net, {"gain": [0.1, 50.0]}, duration=3 * ms, record="cells.x", target=target)
    with pytest.raises(IntegrationError) as single:
        net.run(3 * ms, namespace={"gain": 50.0}, target=target)

    assert caught.value.failures[1] == f"IntegrationError: {single.value}"


def test_all_runs_may_fail():
    with pytest.warns(SweepWarning, match="every run of the sweep failed\n  gain = 50.0\n"):
        found = sweep(growing(), {"gain": [50.0] * 9}, duration=3 * ms, record="cells.x",
                      errors="keep", target="numpy")  # fmt: skip

    assert set(found["status"].values) == {"failed"}
    assert "cells.x" not in found


def test_a_function_of_the_user_that_raises_is_a_failure_of_its_run():
    def picky(results):
        if results.parameters["gain"] > 0.25:
            raise ValueError("too much")
        return 1.0

    found = sweep(growing(), {"gain": [0.1, 0.3]}, duration=1 * ms, record=picky, errors="keep",
                  target="numpy")  # fmt: skip

    assert found["picky"].values[0] == 1
    assert found["failure"].values.tolist() == ["", "ValueError: too much"]


class Losing(ThreadPoolExecutor):
    """Loses the first tries of each batch, and always those that have a run."""

    def __init__(self, tries, guilty):
        super().__init__(1)
        self.tries, self.guilty, self.seen = tries, guilty, {}

    def submit(self, function, *arguments, **options):
        first, last = arguments[1], arguments[2]
        key = (first, last)
        self.seen[key] = self.seen.get(key, 0) + 1
        if self.seen[key] <= self.tries or first <= self.guilty < last:
            lost: Future[Batch] = Future()
            lost.set_exception(OSError("worker lost"))
            return lost
        return super().submit(function, *arguments, **options)


def test_lost_batches_are_done_again():
    executor = Losing(tries=1, guilty=-1)

    found = sweep(growing(), {"gain": [0.1, 0.2, 0.3]}, duration=1 * ms, record="cells.x",
                  executor=executor, batch=2, retries=1, target="numpy")  # fmt: skip

    assert executor.seen == {(0, 2): 2, (2, 3): 2}
    assert set(found["status"].values) == {"done"}


def test_a_run_that_kills_its_workers_is_found_by_halves():
    executor = Losing(tries=0, guilty=5)

    found = sweep(growing(), {"gain": np.linspace(0.1, 0.3, 8)}, duration=1 * ms,
                  record="cells.x", executor=executor, batch=8, retries=0, errors="keep",
                  target="numpy")  # fmt: skip

    assert found["status"].values.tolist() == ["done"] * 5 + ["failed"] + ["done"] * 2
    assert found["failure"].values[5] == "OSError: worker lost"


def killing(results):
    if results.parameters["gain"] > 0.25:
        os.kill(os.getpid(), signal.SIGKILL)
    return 1.0


def test_a_killed_pool_ends_the_sweep_and_its_store_goes_on(tmp_path):
    import multiprocessing

    store = tmp_path / "sweep.zarr"
    options = {"duration": 1 * ms, "batch": 1, "store": store, "target": "numpy", "seed": 1}
    spawning = multiprocessing.get_context("spawn")
    space = {"gain": [0.1, 0.2, 0.3]}
    with ProcessPoolExecutor(1, spawning) as pool, pytest.raises(SweepError) as caught:
        sweep(growing(), space, record={"one": killing}, executor=pool, **options)

    assert "a process of the executor ended abruptly" in str(caught.value)
    assert "call again with a new executor" in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="signals of processes")
def test_a_worker_ends_when_its_parent_was_killed():
    import subprocess
    import sys
    import textwrap
    import time

    script = textwrap.dedent(
        """
        import os, signal, sys, time
        from eqsim.sweeps.executors import die_with_parent
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            die_with_parent(parent)
            print(os.getpid(), flush=True)
            time.sleep(60)
        time.sleep(60)
        """
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
        parent.stdout.close()
    for _ in range(100):
        try:
            if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                break
        except FileNotFoundError:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the child lives on")
