"""What a sweep of 10,000 points over Dask sends to its workers, and what a batch costs by that.

Usage: python tests/benchmarks/sent_jobs.py [--points 10000] [--batch 10]

A model of 1,000 neurons, with more and more synapses, is simulated for one step only, so that what
is measured is the way of a batch to its worker and back: bytes that the client and its scheduler
write into connections, seconds, and seconds of the processor that both take.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from typing import Any

import numpy as np
from distributed import Client, LocalCluster
from distributed.comm.tcp import TCP

from eqsim import Network, NeuronGroup, Synapses, mV, seed, sweep
from eqsim.units import ms

NEURONS = 1000


class Written:
    """How many bytes this process writes into connections."""

    def __init__(self) -> None:
        self.bytes = 0
        plain = TCP.write

        async def write(comm: Any, *args: Any, **options: Any) -> Any:
            written = await plain(comm, *args, **options)
            self.bytes += written
            return written

        TCP.write = write


def model(synapses: int) -> Network:
    """Return neurons with about so many synapses, each with a weight."""
    seed(1)
    cells = NeuronGroup(NEURONS, "dv/dt = (drive - v)/(10*ms) : volt", threshold="v > 20*mV",
                        reset="v = 0*mV", method="exact", name="cells")  # fmt: skip
    loop = Synapses(cells, cells, "w : volt", on_pre="v_post += w", name="loop")
    loop.connect(p=synapses / NEURONS**2)
    loop.w = "rand()*mV"
    return Network(cells, loop)


def measured(client: Any, written: Written, synapses: int, points: int, batch: int) -> str:
    """Return a line of the table."""
    options = {"duration": 0.1 * ms, "record": "mean(cells.v)", "seed": 1, "batch": batch}
    space = {"drive": np.linspace(0, 20, points) * mV}
    network = model(synapses)
    tasks = -(-points // batch)
    before, began, used = written.bytes, time.perf_counter(), time.process_time()
    sweep(network, space, executor=client, progress=False, **options)
    seconds, used = time.perf_counter() - began, time.process_time() - used
    sent = written.bytes - before
    return (
        f"{synapses:9,} {tasks:6,} {sent / 1e6:10.1f} {sent / tasks / 1e3:9.1f}"
        f" {1000 * seconds / tasks:9.2f} {1000 * used / tasks:13.2f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="what a sweep over Dask sends to its workers")
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--batch", type=int, default=10)
    given = parser.parse_args()
    warnings.filterwarnings("ignore", "Sending large graph")
    written = Written()
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        client: Any = Client  # which mypy knows nothing of
        with client(cluster) as connected:
            measured(connected, written, 100, 40, 10)  # compiles
            sys.stdout.write("synapses    tasks    MB sent   kB/task   ms/task   CPU ms/task\n")
            for synapses in (100, 10_000, 100_000):
                line = measured(connected, written, synapses, given.points, given.batch)
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
