"""Fit a neuron to a trace: with scipy.optimize, and with an optimiser that asks and is told.

Each generation of points is one sweep of a program that is compiled once. Usage:
    python examples/parameter_fitting.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import differential_evolution

from eqsim import Network, NeuronGroup, StateMonitor, TimedArray, ms, mV, nS, pA, pF
from eqsim.sweeps import Evaluator, fit

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

steps = TimedArray([0, 100, 0, -60, 40, 0] * pA, dt=20 * ms)
cell = NeuronGroup(
    1,
    "dv/dt = (g*(E - v) + steps(t))/C : volt",
    method="exponential_euler",
    namespace={"steps": steps},
)
cell.v = -65 * mV
trace = StateMonitor(cell, "v", record=True, dt=1 * ms)
network = Network(cell, trace)

truth = {"g": 8 * nS, "C": 150 * pF, "E": -68 * mV}
network.store()
network.run(120 * ms, namespace=truth)
times = trace.t / ms
measured = trace.v_[0] + 0.2e-3 * np.random.default_rng(1).standard_normal(len(times))
network.restore()

evaluator = Evaluator(
    network,
    {"g": (1 * nS, 20 * nS), "C": (50 * pF, 400 * pF), "E": (-80 * mV, -50 * mV)},
    lambda results: np.mean((results[trace].v_[0] - measured) ** 2) * 1e6,
    120 * ms,
)

# SciPy proposes whole generations, as columns of the unit cube.
found = differential_evolution(
    evaluator, [(0, 1)] * 3, vectorized=True, updating="deferred", polish=False,
    maxiter=15, popsize=10, seed=1,
)  # fmt: skip
best = evaluator.point(found.x)
print("scipy:", best, "loss", round(float(found.fun), 4), "mV^2")


class CrossEntropy:
    """Draws points from a normal distribution that follows the best fifth of the last ones."""

    def __init__(self, size):
        self.size, self.random = size, np.random.default_rng(2)
        self.mean, self.spread = np.full(3, 0.5), np.full(3, 0.3)

    def ask(self):
        draws = self.mean + self.spread * self.random.standard_normal((self.size, 3))
        self.asked = np.clip(draws, 0, 1)
        return [evaluator.point(place) for place in self.asked]

    def tell(self, _points, losses):
        elite = self.asked[np.argsort(losses)[: self.size // 5]]
        self.mean, self.spread = elite.mean(axis=0), elite.std(axis=0) + 1e-3


told, loss = fit(evaluator, CrossEntropy(40), generations=12)
print("ask and tell:", told, "loss", round(loss, 4), "mV^2")
print(evaluator.evaluations, "points were simulated")

network.run(120 * ms, namespace=best)
plt.figure(figsize=(7, 4), layout="constrained")
plt.plot(times, measured * 1e3, ".", label="measured")
plt.plot(times, trace.v_[0] * 1e3, label="fitted")
plt.xlabel("time (ms)")
plt.ylabel("v (mV)")
plt.legend()
plt.savefig(folder / "parameter_fitting.png")
