"""How fast a noisy neuron spikes for a constant current.

Usage: python examples/frequency_current.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import Mohm, NeuronGroup, SpikeMonitor, ms, mV, nA, run, second, seed

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

seed(1)
tau, R, sigma = 10 * ms, 100 * Mohm, 2 * mV
equations = """
dv/dt = (R*I - v)/tau + sigma*sqrt(2/tau)*xi : volt (unless refractory)
I : amp (constant)
"""
neurons = NeuronGroup(1000, equations, threshold="v > 20*mV", reset="v = 0*mV", refractory=2 * ms)
neurons.I = "0.5*nA*i/(N - 1)"
spikes = SpikeMonitor(neurons)
run(1 * second)

plt.figure(figsize=(6, 3.5), layout="constrained")
plt.plot(neurons.I / nA, spikes.count / second, ".")
plt.xlabel("current (nA)")
plt.ylabel("rate (spikes/s)")
plt.savefig(folder / "frequency_current.png")
