"""Rates over a current: a curve for each time constant, and points of a Latin hypercube.

Usage:
    python examples/sweep_curves.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import NeuronGroup, SpikeMonitor, ms, sampling, sweep
from eqsim.sweeps import plot

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

cells = NeuronGroup(
    10,
    "dv/dt = (drive - v)/tau + 0.3*xi*tau**-0.5 : 1",
    threshold="v > 1",
    reset="v = 0",
    refractory=2 * ms,
    method="euler",
)
spikes = SpikeMonitor(cells)
options = {
    "duration": 500 * ms,
    "record": {"rate": lambda results: results[spikes].num_spikes / 10 / results.t},
    "seed": 1,
}

curves = sweep(
    {"drive": np.linspace(0, 3, 25), "tau": [5, 10, 20] * ms},
    repeats=4,
    **options,
)
points = sweep(
    sampling.latin_hypercube(drive=(0, 3), tau=(5 * ms, 20 * ms), n=150, seed=2), **options
)
table = points.to_dataframe()
print(table[["drive", "tau", "rate"]].corr("spearman")["rate"].round(2))

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
plot(curves, "rate", hue="tau", axes=left)
left.set_title("mean and standard deviation of 4 runs")
plot(points, "rate", x="drive", axes=middle)
middle.set_title("a Latin hypercube: over one parameter")
plot(points, "rate", x="drive", y="tau", axes=right)
right.set_title("and over both")
figure.savefig(folder / "sweep_curves.png")
