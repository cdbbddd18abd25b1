"""How the rate of a neuron depends on its membrane time constant: a sweep with repeats.

The model of the third part of Brian's tutorial. Usage:
    python examples/sweep_rate.py [folder for the picture] [full: 1,000 points of 30 runs each]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import (
    Hz,
    NeuronGroup,
    PoissonGroup,
    SpikeMonitor,
    Synapses,
    ms,
    second,
    sweep,
)
from eqsim.sweeps import plot

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
points, repeats = (1000, 30) if "full" in sys.argv else (40, 10)

inputs = PoissonGroup(100, rates=10 * Hz)
cell = NeuronGroup(1, "dv/dt = -v/tau : 1", threshold="v > 1", reset="v = 0", method="exact")
synapses = Synapses(inputs, cell, on_pre="v += 0.1")
synapses.connect()
spikes = SpikeMonitor(cell)

result = sweep(
    {"tau": np.linspace(1, 10, points) * ms},
    duration=1 * second,
    record={"rate": lambda results: results[spikes].num_spikes / results.t},
    repeats=repeats,
    seed=1,
)
print(result)

figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
plot(result, "rate", axes=axes, marker="." if points < 100 else "")
axes.set_title(f"mean and standard deviation of {repeats} runs")
figure.savefig(folder / "sweep_rate.png")
