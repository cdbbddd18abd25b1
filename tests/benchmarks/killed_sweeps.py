"""A sweep of 10,000 points whose client and workers are killed at random, again and again.

Usage: python tests/benchmarks/killed_sweeps.py [--points 10000] [--rounds 6] [--slurm] [--project]
                                                [--seed 1]

Each round begins the same sweep over a cluster of Dask, on this machine or of the Slurm that
SLURM_CONF names, and kills with SIGKILL, each after a random time:

* a worker, wherever it is;
* a worker that is just writing a batch: it is stopped (SIGSTOP) when its file appears, and killed
  if that has not yet been moved to its place;
* the client, in every second round in the same way while it takes down that a batch is done.

With ``--project`` it is a sweep of an exported project, whose workers run its program for each
point. The last round ends by itself. Then every value is compared with a closed form, the store is
searched for points that are missing or there twice, and the machine for processes and jobs of
any round that are left.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
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
    path, points, slurm, logs, project = json.loads(sys.argv[1])
    rate = 1*Hz
    cells = NeuronGroup(1, "dv/dt = -v*rate : 1", method="exact", name="cells")
    cells.v = 1
    net = Network(cells, StateMonitor(cells, "v", record=True, name="trace"))
    if project and not os.path.exists(project):
        net.export(project, 100*ms)
    if slurm:
        from dask_jobqueue import SLURMCluster
        cluster = SLURMCluster(cores=1, processes=1, memory="1GB", python=sys.executable,
                               interface="lo", walltime="00:30:00", log_directory=logs,
                               local_directory=logs, scheduler_options={"dashboard_address": None})
        cluster.adapt(minimum=2, maximum=2)
    else:
        cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client:
        sweep(project or net, {"rate": np.linspace(0, 100, points)*Hz}, duration=100*ms,
              record={"v": "trace.v"}, executor=client, store=path, batch=5 if project else 25,
              retries=20, seed=1, progress=False)

if __name__ == "__main__":
    main()
"""
MARK = "EQSIM_KILLED_SWEEP"
"""A variable of the environment of all processes that take part."""


class Watch:
    """Tells which process begins to write a file into a store (inotify of Linux)."""

    def __init__(self, store: Path) -> None:
        self.folder = store / ".partial"
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK)
        created = 0x100
        if libc.inotify_add_watch(self._descriptor, bytes(self.folder), created) < 0:
            raise OSError(ctypes.get_errno(), "cannot watch", str(self.folder))

    def writer(self) -> int | None:
        """Return the process that wrote last, if one did since the last call."""
        try:
            events = os.read(self._descriptor, 2**16)
        except BlockingIOError:
            return None
        found = None
        while events:
            (length,) = struct.unpack_from("12xI", events)
            name = events[16 : 16 + length].rstrip(b"\0").decode()
            found = int(name.partition("-")[0])
            events = events[16 + length :]
        return found

    def close(self) -> None:
        """End watching."""
        os.close(self._descriptor)


class Round:
    """One begin of the sweep, which is then killed.

    Parameters
    ----------
    task : list
        What the client does.
    logs : Path
        A folder for its script.
    pause : callable
        Returns a random number of seconds.
    killed : Counter
        How often what was killed.
    """

    def __init__(
        self,
        task: list[object],
        logs: Path,
        pause: Callable[[], float],
        killed: Counter[str],
    ) -> None:
        self.store = Path(str(task[0]))
        self.pause = pause
        self.killed = killed
        script = logs / "client.py"
        script.write_text(CLIENT, encoding="utf-8")
        self.errors = logs / "errors.txt"
        command = [sys.executable, str(script), json.dumps(task)]
        with self.errors.open("w") as errors:
            self.client = subprocess.Popen(command, stderr=errors)
        while not (self.store / ".partial").exists() and self.client.poll() is None:
            time.sleep(0.02)
        self.watch = Watch(self.store)

    def kill_worker(self, *, in_mid_write: bool) -> None:
        """Kill one that writes now, or that wrote and then went on for a while."""
        self._wait()
        if in_mid_write:
            self._kill(self._stopped_in_mid_write(of_client=False), "worker in mid-write")
            return
        writer = self._writer(of_client=False)
        time.sleep(self.pause())
        self._kill(writer, "worker")

    def kill_client(self, *, in_mid_write: bool) -> None:
        """Kill the client, while it writes or at any moment."""
        self._wait()
        if in_mid_write:
            self._kill(self._stopped_in_mid_write(of_client=True), "client in mid-write")
        else:
            self._kill(self.client.pid, "client")
        self.client.wait()

    def end(self) -> None:
        """Let the sweep end by itself."""
        if self.client.wait() not in (0, -signal.SIGKILL):
            raise SystemExit(self.errors.read_text()[-5000:])
        self.watch.close()

    def _wait(self) -> None:
        """Let some batches be written, and a random time pass."""
        if self._writer(of_client=False) is not None:
            time.sleep(self.pause())

    def _writer(self, *, of_client: bool) -> int | None:
        self.watch.writer()
        while self.client.poll() is None:
            found = self.watch.writer()
            if found is not None and (found == self.client.pid) == of_client:
                return found
            time.sleep(0)
        return None

    def _stopped_in_mid_write(self, *, of_client: bool) -> int | None:
        """Return a process that was stopped while a file of its own is not complete."""
        while (found := self._writer(of_client=of_client)) is not None:
            try:
                os.kill(found, signal.SIGSTOP)
                while _state(found) not in "TZ":
                    time.sleep(0)
                if list(self.watch.folder.glob(f"{found}-*")):
                    return found
                os.kill(found, signal.SIGCONT)
            except (ProcessLookupError, FileNotFoundError):
                continue
        return None

    def _kill(self, process: int | None, what: str) -> None:
        if process is None:
            return
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.killed[what] += 1


def _state(process: int) -> str:
    """Return the letter that Linux has for what a process does."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def left_over(mark: str) -> list[int]:
    """Return the processes that take part and still run."""
    found = []
    wanted = f"{MARK}={mark}".encode()
    for each in Path("/proc").glob("[0-9]*"):
        try:
            environment = (each / "environ").read_bytes().split(b"\0")
            state = _state(int(each.name))
        except OSError:
            continue
        if wanted in environment and state != "Z" and int(each.name) != os.getpid():
            found.append(int(each.name))
    return found


def jobs(*, slurm: bool) -> list[str]:
    """Return the jobs that Slurm has."""
    if not slurm:
        return []
    asked = ["squeue", "-h", "-o", "%i"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split()


def checked(store: Path, points: int) -> str:
    """Return what is wrong with the points of a store, in numbers."""
    found = open_sweep(store)
    seen = np.zeros(points, dtype=int)
    for first, last in Store(store).done():
        seen[first:last] += 1
    n_done = int((found["status"].values == "done").sum())
    values = found["v"].values[:, 0]
    expected = np.exp(-found["rate"].values[:, None] * np.arange(values.shape[1]) * 1e-4)
    wrong = ~np.isclose(values, expected, rtol=1e-9).all(axis=1)
    return (
        f"{points} points: {n_done} done, {int((seen == 0).sum())} missing,"
        f" {int((seen > 1).sum())} twice, {int(wrong.sum())} wrong"
    )


def main() -> None:
    """Kill, go on, and look at what is there."""
    parser = argparse.ArgumentParser(description="a sweep that is killed again and again")
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=6, help="how often the client is killed")
    parser.add_argument("--slurm", action="store_true", help="use the Slurm that SLURM_CONF names")
    parser.add_argument("--project", action="store_true", help="sweep over an exported project")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between kills, at most")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    pause = partial(draw.uniform, 0, given.pause)
    killed: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ[MARK] = folder
        store = Path(folder) / "sweep.zarr"
        project = str(Path(folder) / "project") if given.project else None
        task: list[object] = [str(store), given.points, given.slurm, folder, project]
        for number in range(given.rounds):
            one = Round(task, Path(folder), pause, killed)
            one.kill_worker(in_mid_write=False)
            one.kill_worker(in_mid_write=True)
            one.kill_client(in_mid_write=number % 2 == 1)
            one.end()
            done = sum(last - first for first, last in Store(store).done())
            sys.stdout.write(f"{time.monotonic() - began:5.0f} s: {done} points done\n")
            sys.stdout.flush()
        Round(task, Path(folder), pause, killed).end()
        told = ", ".join(f"{what} {times} times" for what, times in sorted(killed.items()))
        sys.stdout.write(f"{time.monotonic() - began:5.0f} s: killed {told}\n")
        deadline = time.monotonic() + 90
        while (left_over(folder) or jobs(slurm=given.slurm)) and time.monotonic() < deadline:
            time.sleep(0.5)
        sys.stdout.write(
            f"{checked(store, given.points)}; {len(left_over(folder))} processes and"
            f" {len(jobs(slurm=given.slurm))} jobs left\n"
        )


if __name__ == "__main__":
    main()
