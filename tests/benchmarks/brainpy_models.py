"""One measurement of BrainPy in this process: a network made, compiled, run; figures as JSON.

Usage: python brainpy_models.py MODEL NEURONS SECONDS [--threads T]

Needs a Python with BrainPy and JAX, which this file alone imports; double precision on the
processor. JAX takes as many threads as it finds processors: with one thread the process is tied to
one of them before it is loaded. The networks are those of network_models.py.
"""

from __future__ import annotations

import argparse
import importlib
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from measure import model_options, peak_megabytes, print_figures

STEP = 0.1
"""In milliseconds."""


def _projections(bp: Any, neurons: int, weights: tuple[float, float]) -> tuple[Any, Any, int]:
    """Return synapses from four fifths of the neurons to all, and from the others."""
    border, p = 4 * neurons // 5, 80 / neurons
    excitation, inhibition = (
        bp.dnn.EventCSRLinear(bp.conn.FixedProb(p, pre=size, post=neurons), weight)
        for size, weight in zip((border, neurons - border), weights, strict=True)
    )
    return excitation, inhibition, border


def cuba(bp: Any, neurons: int) -> Any:
    """Return integrate-and-fire neurons with currents."""
    excitation, inhibition, border = _projections(bp, neurons, (1.62, -9.0))

    class Network(bp.DynSysGroup):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.cells = bp.dyn.LifRef(
                neurons,
                V_rest=-49.0,
                V_th=-50.0,
                V_reset=-60.0,
                tau=20.0,
                tau_ref=5.0,
                V_initializer=bp.init.Uniform(-60.0, -50.0),
            )
            self.excite, self.inhibit = (
                bp.dyn.HalfProjAlignPostMg(
                    comm=comm,
                    syn=bp.dyn.Expon.desc(size=neurons, tau=tau),
                    out=bp.dyn.CUBA.desc(),
                    post=self.cells,
                )
                for comm, tau in ((excitation, 5.0), (inhibition, 10.0))
            )

        def update(self) -> Any:
            spikes = self.cells.spike.value
            self.excite(spikes[:border])
            self.inhibit(spikes[border:])
            return self.cells(0.0).sum()

    return Network()


def cobahh(bp: Any, neurons: int) -> Any:
    """Return Hodgkin-Huxley neurons with conductances, by exponential Euler."""
    bm = bp.math
    excitation, inhibition, border = _projections(bp, neurons, (6.0, 67.0))
    random = np.random.default_rng(1)

    def membrane(V: Any, t: Any, m: Any, h: Any, n: Any, ge: Any, gi: Any) -> Any:
        current = 10 * (-60 - V) - ge * V + gi * (-80 - V)
        return (current - 20000 * m * m * m * h * (V - 50) - 6000 * n * n * n * n * (V + 90)) / 200

    def activation(m: Any, t: Any, V: Any) -> Any:
        opening = 1.28 / bm.exprel((-50 - V) / 4)
        return opening * (1 - m) - 1.4 / bm.exprel((V + 23) / 5) * m

    def potassium(n: Any, t: Any, V: Any) -> Any:
        return 0.16 / bm.exprel((-48 - V) / 5) * (1 - n) - 0.5 * bm.exp((-53 - V) / 40) * n

    def inactivation(h: Any, t: Any, V: Any) -> Any:
        return 0.128 * bm.exp((-46 - V) / 18) * (1 - h) - 4 / (1 + bm.exp((-23 - V) / 5)) * h

    class Network(bp.DynSysGroup):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.V = bm.Variable(bm.asarray(-65 + 5 * random.standard_normal(neurons)))
            self.m, self.n, self.h = (bm.Variable(bm.zeros(neurons)) for _ in range(3))
            self.ge = bm.Variable(bm.asarray(40 + 15 * random.standard_normal(neurons)))
            self.gi = bm.Variable(bm.asarray(200 + 120 * random.standard_normal(neurons)))
            self.last = bm.Variable(bm.full(neurons, -1e7))
            self.integrals = [
                bp.odeint(rate, method="exp_auto")
                for rate in (membrane, activation, potassium, inactivation)
            ]
            self.excite, self.inhibit = excitation, inhibition

        def update(self) -> Any:
            t, dt = bp.share.load("t"), bp.share.load("dt")
            V, m, n, h = (each.value for each in (self.V, self.m, self.n, self.h))
            advance_v, advance_m, advance_n, advance_h = self.integrals
            self.V.value = advance_v(V, t, m, h, n, self.ge.value, self.gi.value, dt)
            self.m.value = advance_m(m, t, V, dt)
            self.n.value = advance_n(n, t, V, dt)
            self.h.value = advance_h(h, t, V, dt)
            spikes = bm.logical_and(self.V.value > -20, t - self.last.value >= 3 - STEP / 2)
            self.last.value = bm.where(spikes, t, self.last.value)
            self.ge.value = self.ge.value * np.exp(-STEP / 5) + self.excite(spikes[:border])
            self.gi.value = self.gi.value * np.exp(-STEP / 10) + self.inhibit(spikes[border:])
            return spikes.sum()

    return Network()


NETWORKS: dict[str, Callable[[Any, int], Any]] = {"cobahh": cobahh, "cuba": cuba}


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Make the network, run it once with the compiler and once without."""
    if options.threads == 1:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    bp = importlib.import_module("brainpy")
    bp.math.set_platform("cpu")
    bp.math.enable_x64()
    bp.math.set_dt(STEP)
    start = time.perf_counter()
    network = NETWORKS[options.model](bp, options.neurons)
    made = time.perf_counter()
    steps = np.arange(round(1000 * options.seconds / STEP))
    run = bp.math.jit(lambda numbers: bp.math.for_loop(network.step_run, numbers))
    np.asarray(run(steps))
    compiled = time.perf_counter()
    spikes = np.asarray(run(steps + len(steps)))
    simulation = time.perf_counter() - compiled
    return {
        "make": made - start,
        "compile": compiled - made - simulation,
        "simulation": simulation,
        "spikes": int(spikes.sum()),
        "memory": peak_megabytes(),
    }


def main() -> None:
    """Read the command line, measure, print."""
    print_figures(measure(model_options(__doc__, NETWORKS).parse_args()))


if __name__ == "__main__":
    main()
