"""A sweep of 10,000 points whose client and workers are killed at random, again and again.

Usage: python tests/benchmarks/killed_sweeps.py [--points 10000] [--kills 6] [--slurm] [--seed 1]

Each round begins the same sweep over a cluster of Dask (on this machine, or of Slurm), and kills
with SIGKILL one of its workers and then its client, each at a random moment after a batch was
written. At the end every point is compared with a closed form, the store is searched for points
that are missing or there twice, and the machine for processes that were left.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from eqsim import open_sweep
from eqsim.sweeps.store import Store

CLIENT = """
import json, os, sys
import numpy as np
from eqsim import *
from dask.distributed import Client, LocalCluster

def main():
    path, points, slurm, marks = json.loads(sys.argv[1])
    cells = NeuronGroup(1, "dv/dt = -v*rate : 1", method="exact", name="cells")
    cells.v = 1
    net = Network(cells)
    if slurm:
        from dask_jobqueue import SLURMCluster
        cluster = SLURMCluster(cores=1, processes=1, memory="1GB", python=sys.executable,
                               interface="lo", walltime="00:30:00", log_directory=marks)
        cluster.adapt(minimum=2, maximum=2)
    else:
        cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    client = Client(cluster)
    client.wait_for_workers(2, timeout=120)
    pids = list(client.run(os.getpid).values())
    with open(f"{marks}/workers", "w") as file:
        json.dump(pids, file)
    sweep(net, {"rate": np.linspace(0, 100, points)*Hz}, duration=100*ms, record={"v": "cells.v"},
          executor=client, store=path, batch=25, retries=10, seed=1, progress=False)
    client.close()
    cluster.close()

if __name__ == "__main__":
    main()
"""


def alive(pid: int) -> bool:
    """Return whether a process runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
    except OSError:
        return False
    return state.split()[0] != "Z"


def wait_for_batch(path: Path, client: subprocess.Popen[bytes]) -> None:
    """Wait until one more batch is complete, or the client has ended."""
    batches = path / "batches"
    before = len(list(batches.glob("000*")))
    while client.poll() is None and len(list(batches.glob("000*"))) <= before:
        time.sleep(0.01)


def one_round(task: list[object], marks: Path, draw: random.Random, *, kills: bool) -> list[int]:
    """Begin the sweep and kill something; return the processes that took part."""
    workers = marks / "workers"
    workers.unlink(missing_ok=True)
    script = marks / "client.py"
    script.write_text(CLIENT, encoding="utf-8")
    with subprocess.Popen([sys.executable, str(script), json.dumps(task)]) as client:
        while not workers.exists() and client.poll() is None:
            time.sleep(0.05)
        time.sleep(0.2)
        pids: list[int] = json.loads(workers.read_text(encoding="utf-8"))
        if kills:
            wait_for_batch(Path(str(task[0])), client)
            time.sleep(draw.uniform(0, 0.5))
            os.kill(draw.choice(pids), signal.SIGKILL)
            wait_for_batch(Path(str(task[0])), client)
            time.sleep(draw.uniform(0, 0.5))
            client.kill()
        client.wait()
    return [client.pid, *pids]


def main() -> None:
    """Kill, go on, and look at what is there."""
    parser = argparse.ArgumentParser(description="a sweep that is killed again and again")
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=6, help="how often the client is killed")
    parser.add_argument("--slurm", action="store_true", help="use the Slurm that SLURM_CONF names")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "sweep.zarr"
        task: list[object] = [str(path), given.points, given.slurm, folder]
        pids: list[int] = []
        for number in range(given.kills):
            pids += one_round(task, Path(folder), draw, kills=True)
            done = sum(last - first for first, last in Store(path).done()) if path.exists() else 0
            sys.stdout.write(f"killed {number + 1} times, {done} points done\n")
            sys.stdout.flush()
        pids += one_round(task, Path(folder), draw, kills=False)
        found = open_sweep(path)
        seen = np.zeros(given.points, dtype=int)
        for first, last in Store(path).done():
            seen[first:last] += 1
        expected = np.exp(-np.linspace(0, 100, given.points) * 0.1)
        wrong = ~np.isclose(found["v"].values[:, 0], expected, rtol=1e-9)
        deadline = time.monotonic() + 60
        while any(map(alive, pids)) and time.monotonic() < deadline:
            time.sleep(0.5)
        sys.stdout.write(
            f"{given.points} points: {int((seen == 0).sum())} missing,"
            f" {int((seen > 1).sum())} twice, {int(wrong.sum())} wrong,"
            f" {sum(map(alive, pids))} processes left\n"
        )


if __name__ == "__main__":
    main()
