"""Where batches run: threads, processes, Dask, a real Slurm."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from eqsim import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    Synapses,
    TimedArray,
    ms,
    open_sweep,
    seed,
    sweep,
)
from eqsim.errors import ModelError
from eqsim.sweeps import device_executor
from eqsim.sweeps.store import Store

pytestmark = pytest.mark.filterwarnings("ignore")  # of Dask, about its own shutdown

SPACE = {"tau": [5, 8, 11] * ms, "drive": [0.5, 1.5, 2.5]}


def network():
    seed(5)
    current = TimedArray([1.0, 0.5], dt=5 * ms)
    cells = NeuronGroup(
        4, "dv/dt = (drive*current(t) - v)/tau + 0.2*xi*tau**-0.5 : 1", threshold="v > 1",
        reset="v = 0", method="euler", name="cells", namespace={"current": current},
    )  # fmt: skip
    loop = Synapses(cells, cells, "w : 1", on_pre="v_post += w", delay=1 * ms)
    loop.connect(p=0.5)
    loop.w = "0.1*rand()"
    return Network(cells, loop, SpikeMonitor(cells, name="spikes"))


def done(net=None, space=SPACE, **options):
    spikes = (net := net or network())["spikes"]
    record = {"n": lambda results: results[spikes].num_spikes, "v": "cells.v"}
    base = {"duration": 10 * ms, "repeats": 2, "seed": 3, "target": "cpp", "record": record}
    return sweep(net, space, **{**base, **options})


@pytest.fixture
def expected():
    return done()


def assert_same(one, other):
    for name in ("n", "v", "seed"):
        np.testing.assert_array_equal(one[name].values, other[name].values, name)


@pytest.mark.compiler
def test_processes(expected):
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        assert_same(done(executor=pool, batch=4), expected)


def test_what_is_no_executor_is_told():
    with pytest.raises(ModelError, match="batches cannot run on 'slurm'"):
        done(executor="slurm", target="numpy")


def test_each_process_sees_its_own_device():
    with device_executor([3, 5]) as pool:
        futures = [pool.submit(seen_device, 0.3) for _ in range(4)]
        seen = {future.result() for future in futures}

    assert {device for _, device in seen} == {"3", "5"}
    assert len(seen) == 2


def seen_device(seconds):
    time.sleep(seconds)
    return os.getpid(), os.environ["CUDA_VISIBLE_DEVICES"]


@pytest.fixture
def client():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
        ) as cluster,
        distributed.Client(cluster) as found,
    ):
        yield found


@pytest.mark.slow
@pytest.mark.compiler
def test_dask(client, expected, tmp_path):
    assert_same(done(executor=client, batch=4), expected)
    assert_same(done(executor=client, batch=4, store=tmp_path / "sweep.zarr"), expected)


class Killer:
    """Kills the workers that there are at the beginning, one after the other, in mid-sweep."""

    def __init__(self, client):
        self.left = list(client.run(os.getpid).values())
        self.random = np.random.default_rng(7)
        self.killed = []

    def __call__(self, done, total, failed):
        if self.left and done > 8 * (len(self.killed) + 1):
            time.sleep(self.random.uniform(0, 0.1))
            os.kill(self.left[0], signal.SIGKILL)
            self.killed.append(self.left.pop(0))


def is_gone(pid):
    """Whether a process ends within seconds."""
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
@pytest.mark.compiler
def test_killed_workers_of_dask_lose_nothing(client, tmp_path):
    space = {"tau": np.linspace(5, 12, 10) * ms, "drive": [0.5, 1.5, 2.5]}
    whole = done(space=space, duration=30 * ms)
    killer = Killer(client)

    found = done(
        space=space, duration=30 * ms, executor=client, batch=2, progress=killer, retries=5,
        store=tmp_path / "sweep.zarr",
    )  # fmt: skip

    assert len(killer.killed) == 2
    assert (found["status"].values == "done").all()
    assert_same(found, whole)
    assert all(map(is_gone, killer.killed))


CLUSTER = Path(__file__).with_name("slurm_single_node.sh")


def slurm(what):
    return subprocess.run(
        ["bash", str(CLUSTER), what], check=False, capture_output=True, text=True, timeout=100
    )


@pytest.fixture
def slurm_cluster(tmp_path_factory, monkeypatch):
    """A Slurm on this machine: two nodes, each with two pretended GPUs."""
    pytest.importorskip("dask_jobqueue")
    prefix = tmp_path_factory.mktemp("slurm")
    monkeypatch.setenv("SLURM_PREFIX", str(prefix))
    if not Path("/usr/sbin/slurmctld").exists():
        installed = slurm("install") if os.geteuid() == 0 else None
        if installed is None or installed.returncode != 0:
            pytest.skip("the packages of Slurm cannot be installed here")
    started = slurm("start")
    if started.returncode != 0:
        slurm("stop")
        pytest.skip(f"Slurm does not start here: {started.stderr[-500:]}")
    monkeypatch.setenv("SLURM_CONF", str(prefix / "slurm.conf"))
    try:
        yield prefix
    finally:
        slurm("stop")


@pytest.mark.slow
@pytest.mark.compiler
def test_slurm(slurm_cluster, expected, tmp_path):
    from dask.distributed import Client
    from dask_jobqueue import SLURMCluster

    options = {
        "cores": 1, "processes": 1, "memory": "1GB", "python": sys.executable,
        "interface": "lo", "walltime": "00:05:00", "log_directory": str(tmp_path / "logs"),
        "local_directory": str(tmp_path), "job_extra_directives": ["--gres=gpu:1"],
        "job_script_prologue": [f"export EQSIM_CACHE_DIR={os.environ['EQSIM_CACHE_DIR']}"],
        "scheduler_options": {"dashboard_address": None},
    }  # fmt: skip
    with SLURMCluster(**options) as cluster, Client(cluster) as client:
        cluster.adapt(minimum=2, maximum=2)
        client.wait_for_workers(2, timeout=60)
        devices = client.run(lambda: os.environ.get("CUDA_VISIBLE_DEVICES"))
        assert set(devices.values()) <= {"0", "1"}

        killed = []

        def cancel(done, total, failed):
            if done and not killed:
                jobs = subprocess.run(
                    ["squeue", "-h", "-o", "%i"], check=True, capture_output=True, text=True
                ).stdout.split()
                subprocess.run(["scancel", jobs[0]], check=True)
                killed.append(jobs[0])

        found = done(
            executor=client, batch=2, store=tmp_path / "sweep.zarr", progress=cancel, retries=5
        )

    assert killed
    assert_same(found, expected)
    assert len(Store(tmp_path / "sweep.zarr").done()) == 9
    assert (open_sweep(tmp_path / "sweep.zarr")["status"].values == "done").all()
