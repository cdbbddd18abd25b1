"""Interneurons that inhibit each other oscillate at gamma frequencies.

One network, compiled once, runs for each strength of inhibition: as it grows, the neurons come to
fire together and more slowly.

After Wang, X.-J. & Buzsaki, G. (1996). Gamma oscillation by synaptic inhibition in a hippocampal
interneuronal network model. Journal of Neuroscience 16, 6402-6413.
doi:10.1523/JNEUROSCI.16-20-06402.1996

Usage: python examples/gamma_oscillation.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import Network, SpikeMonitor, cm, initializers, models, mS, ms, mV, seed, uA

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

seed(3)
n = 100
cells = models.WangBuzsaki(
    n,
    I=1.2 * uA / cm**2,
    V=initializers.Uniform(-70 * mV, -50 * mV),
    dt=0.04 * ms,
)
inhibition = models.GradedGABAa(cells, cells, "i != j", g_max=0.1 / n * mS / cm**2)
spikes = SpikeMonitor(cells)
network = Network(cells, inhibition, spikes)
network.store()

strengths = np.array([0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15])
coherences, rates, rasters = [], [], {}
edges = np.arange(200, 500.1, 0.5)
for strength in strengths:
    network.restore()
    inhibition.g_max = strength / n * mS / cm**2
    network.run(500 * ms)
    t, i = np.array(spikes.t / ms), np.array(spikes.i)
    rasters[strength] = t, i
    trains = np.array([np.histogram(t[i == k], edges)[0] > 0 for k in range(n)], dtype=float)
    counts = trains.sum(axis=1)
    pairs = trains @ trains.T / np.maximum(np.sqrt(np.outer(counts, counts)), 1)
    coherences.append((pairs.sum() - np.trace(pairs)) / (n * (n - 1)))
    rates.append(counts.mean() / 0.3)

figure, axes = plt.subplot_mosaic(
    [["weak", "coherence"], ["strong", "rate"]],
    figsize=(9, 5),
    width_ratios=(2, 1),
    layout="constrained",
)
for name, strength in (("weak", strengths[0]), ("strong", strengths[-1])):
    axes[name].plot(*rasters[strength], ".k", markersize=1.5)
    axes[name].set(ylabel="neuron", title=f"$g_{{max}}$ = {strength:g}/{n} mS/cm$^2$")
axes["strong"].set(xlabel="time (ms)")
axes["coherence"].plot(strengths, coherences, "o-")
ticks = [0, 0.05, 0.1, 0.15]
axes["coherence"].set(ylabel="coherence", ylim=(0, 1.05), xticks=ticks)
axes["rate"].plot(strengths, rates, "o-", color="tab:orange")
axes["rate"].set(ylabel="rate (1/s)", xticks=ticks, xlabel=f"{n} $g_{{max}}$ (mS/cm$^2$)")
figure.savefig(folder / "gamma_oscillation.png", dpi=110)
