"""Where batches run: threads, processes, Dask, a real Slurm."""

from __future__ import annotations

import contextlib
import os
import socket
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


CLUSTER = Path(__file__).with_name("slurm_single_node.sh")


def slurm(what):
    return subprocess.run(
        ["bash", str(CLUSTER), what], check=False, capture_output=True, text=True, timeout=100
    )


def free_ports(n):
    """Return the first of some ports in a row that nobody uses."""
    for first in range(20000 + os.getpid() % 10000, 40000, n):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + n):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
    raise OSError("no ports are free")


@pytest.fixture(scope="module")
def slurm_cluster(tmp_path_factory):
    """A Slurm on this machine: two nodes, each with two pretended GPUs."""
    pytest.importorskip("dask_jobqueue")
    prefix = tmp_path_factory.mktemp("slurm")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_PREFIX", str(prefix))
        patch.setenv("SLURM_PORT", str(free_ports(3)))
        if not Path("/usr/sbin/slurmctld").exists():
            installed = slurm("install") if os.geteuid() == 0 else None
            if installed is None or installed.returncode != 0:
                pytest.skip("the packages of Slurm cannot be installed here")
        started = slurm("start")
        if started.returncode != 0:
            slurm("stop")
            pytest.skip(f"Slurm does not start here: {started.stderr[-500:]}")
        patch.setenv("SLURM_CONF", str(prefix / "slurm.conf"))
        try:
            yield prefix
        finally:
            slurm("stop")


def assert_one_gpu_each(seen, n):
    """Each worker sees one GPU of its node, and no two of them the same."""
    assert len(seen) == n
    assert all(device.isdigit() for _, device in seen), seen
    assert len(set(seen)) == n, seen


@pytest.mark.parametrize(
    "seen",
    [
        [("n0", "0"), ("n0", "0")],
        [("n0", "0,1"), ("n1", "0")],
        [("n0", "None"), ("n1", "0")],
        [("n0", "0")],
    ],
)
def test_shared_gpus_would_be_noticed(seen):
    with pytest.raises(AssertionError):
        assert_one_gpu_each(seen, 2)


def seen_gpu():
    return os.environ["SLURMD_NODENAME"], str(os.environ.get("CUDA_VISIBLE_DEVICES"))


@pytest.mark.slow
@pytest.mark.compiler
def test_slurm(slurm_cluster, expected, tmp_path):
    from dask.distributed import Client
    from dask_jobqueue import SLURMCluster

    options = {
        "cores": 1, "processes": 1, "memory": "800MB", "python": sys.executable,
        "interface": "lo", "walltime": "00:05:00", "log_directory": str(tmp_path / "logs"),
        "local_directory": str(tmp_path), "job_extra_directives": ["--gres=gpu:1"],
        "job_script_prologue": [f"export EQSIM_CACHE_DIR={os.environ['EQSIM_CACHE_DIR']}"],
        "scheduler_options": {"dashboard_address": None},
    }  # fmt: skip
    path = tmp_path / "sweep.zarr"
    with SLURMCluster(**options) as cluster, Client(cluster) as client:
        cluster.adapt(minimum=4, maximum=4)
        client.wait_for_workers(4, timeout=90)
        assert_one_gpu_each(list(client.run(seen_gpu).values()), 4)

        cancelled = []

        def cancel(done, total, failed):
            if done and not cancelled:
                cancelled.append(jobs()[0])
                subprocess.run(["scancel", cancelled[0]], check=True)

        found = done(executor=client, batch=2, store=path, progress=cancel, retries=5)

    assert cancelled
    assert_same(found, expected)
    assert len(Store(path).done()) == 9
    assert (open_sweep(path)["status"].values == "done").all()


def jobs():
    asked = ["squeue", "-h", "-o", "%i"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split()


MODEL = """
from eqsim import *
tau, drive = 5*ms, 2
cells = NeuronGroup(2, "dv/dt = (drive - v)/tau : 1", threshold="v > 1", reset="v = 0",
                    method="exact", name="cells")
spikes = SpikeMonitor(cells, name="spikes")
run(10*ms)
"""


RUN = "from eqsim.cli import main; raise SystemExit(main())"


@pytest.mark.slow
@pytest.mark.compiler
def test_the_command_sweeps_on_slurm(slurm_cluster, tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    command = [
        sys.executable, "-c", RUN, "sweep", "model.py", "--grid", "tau=1:4:0.5ms",
        "--grid", "drive=0.5,2", "--record", "n=mean(spikes.count)", "--executor",
    ]  # fmt: skip
    on_slurm = [*command, "slurm", "--store", "out.zarr", "--slurm-option=--gres=gpu:1"]

    swept = subprocess.run(on_slurm, check=False, capture_output=True, text=True, cwd=tmp_path)
    here = subprocess.run(
        [*command, "threads", "--store", "here.zarr"], check=False, capture_output=True, text=True,
        cwd=tmp_path,
    )  # fmt: skip

    assert swept.returncode == here.returncode == 0, swept.stderr + here.stderr
    found, expected = open_sweep(tmp_path / "out.zarr"), open_sweep(tmp_path / "here.zarr")
    np.testing.assert_array_equal(found["n"].values, expected["n"].values)
    assert (found["status"].values == "done").all()
    assert list(tmp_path.glob("slurm-*.out"))
    for _ in range(100):
        if not jobs():
            break
        time.sleep(0.2)
    assert not jobs()

    refused = subprocess.run(
        [*command, "slurm", "--slurm-option=--gres=gpu:9"], check=False, capture_output=True,
        text=True, cwd=tmp_path,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "Slurm does not take the jobs of --executor slurm" in refused.stderr
    assert "Requested node configuration is not available" in refused.stderr


KILLED = Path(__file__).parents[1] / "benchmarks" / "killed_sweeps.py"


@pytest.mark.slow
@pytest.mark.compiler
@pytest.mark.parametrize("where", ["dask", "slurm"])
@pytest.mark.parametrize(("model", "points"), [("network", 2000), ("project", 200)])
def test_what_is_killed_loses_nothing(where, model, points, request):
    command = [sys.executable, str(KILLED), "--points", str(points), "--rounds", "1"]
    command += ["--pause", "0.05"]
    if model == "project":
        command.append("--project")
    if where == "slurm":
        request.getfixturevalue("slurm_cluster")
        command.append("--slurm")

    ended = subprocess.run(command, check=False, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stderr
    assert "killed client" in ended.stdout
    assert ended.stdout.splitlines()[-1] == (
        f"{points} points: {points} done, 0 missing, 0 twice, 0 wrong; 0 processes and 0 jobs left"
    )
