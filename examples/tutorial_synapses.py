"""Part 2 of the course: pairs by probability and by distance, the window of a rule of plasticity.

Usage: python examples/tutorial_synapses.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, mV, run, seed, umetre
from eqsim.visualize import connection_matrix

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
seed(1)
figure, axes = plt.subplots(1, 3, figsize=(11, 3.3), layout="constrained")

cells = NeuronGroup(100, "v : 1\nx : metre", threshold="v > 1", reset="v = 0")
cells.x = "i*10*umetre"
anyone = Synapses(cells, cells, "w : volt")
anyone.connect("i != j", p=0.1)
anyone.w = 1 * mV
local = Synapses(cells, cells, "w : volt")
local.connect("i != j", p="0.6*exp(-abs(x_pre - x_post)/(100*umetre))")
local.w = "1*mV*exp(-abs(x_pre - x_post)/(200*umetre))"
for synapses, ax, title in (
    (anyone, axes[0], "each pair with p = 0.1"),
    (local, axes[1], "near ones more often, and stronger"),
):
    connection_matrix(synapses, "w", ax=ax)
    ax.set_title(title, fontsize="medium")
distance = abs(cells.x[local.i] - cells.x[local.j])
print(f"{len(local)} synapses, {distance.mean() / umetre:.0f} um long on average")

tau_p, tau_q, A_plus, A_minus = 15 * ms, 30 * ms, 0.01, 0.006
lags = np.setdiff1d(np.linspace(-60, 60, 61), [0]) * ms
first = SpikeGeneratorGroup(60, range(60), np.full(60, 70) * ms)
later = SpikeGeneratorGroup(60, range(60), 70 * ms + lags)
pairs = Synapses(
    first,
    later,
    """
    w : 1
    dp/dt = -p/tau_p : 1 (event-driven)
    dq/dt = -q/tau_q : 1 (event-driven)
    """,
    on_pre="p += A_plus; w -= q",
    on_post="q += A_minus; w += p",
)
pairs.connect(j="i")
run(140 * ms)
axes[2].axhline(0, color="grey", linewidth=0.8)
axes[2].axvline(0, color="grey", linewidth=0.8)
axes[2].plot(lags / ms, pairs.w, ".")
axes[2].set(xlabel="time from pre to post (ms)", ylabel="change of weight")
axes[2].set_title("spike-timing-dependent plasticity", fontsize="medium")
figure.savefig(folder / "tutorial_synapses.png")
