"""A balanced network: irregular activity without input, from random connections.

Usage: python examples/balanced_network.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import NeuronGroup, SpikeMonitor, Synapses, ms, mV, run, seed

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
plt.figure(figsize=(8, 4), layout="constrained")

seed(1)
tau, E_rest, V_th = 20 * ms, -49 * mV, -50 * mV
equations = """
dv/dt = (E_rest - v + g_e + g_i)/tau : volt (unless refractory)
dg_e/dt = -g_e/(5*ms) : volt
dg_i/dt = -g_i/(10*ms) : volt
"""
cells = NeuronGroup(4000, equations, threshold="v > V_th", reset="v = -60*mV", refractory=5 * ms)
cells.v = "-60*mV + rand()*10*mV"
excite = Synapses(cells[:3200], cells, on_pre="g_e += 1.62*mV")
excite.connect(p=0.02)
inhibit = Synapses(cells[3200:], cells, on_pre="g_i -= 9*mV")
inhibit.connect(p=0.02)
spikes = SpikeMonitor(cells)
run(500 * ms)
plt.plot(spikes.t / ms, spikes.i, ".", markersize=1)
plt.xlabel("time (ms)")
plt.ylabel("neuron")
plt.savefig(folder / "balanced_network.png")
