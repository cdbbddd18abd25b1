"""The twenty firing patterns of one neuron, each with its stimulus below.

After Izhikevich, E. M. (2004). Which model to use for cortical spiking neurons? IEEE Transactions
on Neural Networks 15, 1063-1070. doi:10.1109/TNN.2004.832719

Usage: python examples/firing_patterns.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import Network, SpikeMonitor, StateMonitor, models, ms

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

cells = {name: pattern() for name, pattern in models.FIRING_PATTERNS.items()}
traces = {name: StateMonitor(cell, ["V", "I"], record=0) for name, cell in cells.items()}
spikes = {name: SpikeMonitor(cell) for name, cell in cells.items()}
longest = max(pattern.duration_ms for pattern in models.FIRING_PATTERNS.values())
Network(*cells.values(), *traces.values(), *spikes.values()).run(longest * ms)

figure, axes = plt.subplots(5, 4, figsize=(12, 11), layout="constrained")
for panel, (name, pattern) in zip(axes.flat, models.FIRING_PATTERNS.items(), strict=True):
    trace = traces[name]
    shown = trace.t / ms <= pattern.duration_ms
    t, potential, current = trace.t[shown] / ms, trace.V[0][shown], trace.I[0][shown]
    panel.plot(t, np.minimum(potential, 30), color="tab:blue", linewidth=0.8)
    peaks = spikes[name].t / ms
    peaks = peaks[peaks < pattern.duration_ms]
    panel.vlines(peaks, -50, 30, color="tab:blue", linewidth=0.8)
    height = np.ptp(current) or 1
    panel.plot(t, -105 + 12 * (current - current.min()) / height, color="tab:gray", linewidth=0.8)
    panel.set_title(name, fontsize=9)
    panel.set(ylim=(-110, 40), xlim=(0, pattern.duration_ms))
    panel.tick_params(labelsize=7)
for panel in axes[:, 0]:
    panel.set_ylabel("V (mV)", fontsize=8)
for panel in axes[-1]:
    panel.set_xlabel("time (ms)", fontsize=8)
figure.savefig(folder / "firing_patterns.png", dpi=110)
