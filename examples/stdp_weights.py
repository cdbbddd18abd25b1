"""Spike-timing-dependent plasticity: the weights of Poisson inputs move to their two limits.

The network of Song, Miller and Abbott (2000, doi:10.1038/78829): 1000 inputs onto one
integrate-and-fire neuron, each weight strengthened or weakened by each pair of spikes.

Usage: python examples/stdp_weights.py [folder for the picture]
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
    PopulationRateMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    run,
    second,
    seed,
)

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

seed(2)
n = 1000
tau, tau_e, tau_stdp = 10 * ms, 5 * ms, 20 * ms
E_rest, E_e, v_reset, v_threshold = -74 * mV, 0 * mV, -60 * mV, -54 * mV
w_max = 0.01
plus = 0.01 * w_max
minus = -1.05 * plus

inputs = PoissonGroup(n, rates=15 * Hz)
neuron = NeuronGroup(
    1,
    """
    dv/dt = (E_rest - v + g_e*(E_e - v))/tau : volt
    dg_e/dt = -g_e/tau_e : 1
    """,
    threshold="v > v_threshold",
    reset="v = v_reset",
    method="euler",
)
neuron.v = v_reset
synapses = Synapses(
    inputs,
    neuron,
    """
    w : 1
    dbefore/dt = -before/tau_stdp : 1 (event-driven)
    dafter/dt = -after/tau_stdp : 1 (event-driven)
    """,
    on_pre="""
    g_e += w
    before += plus
    w = clip(w + after, 0, w_max)
    """,
    on_post="""
    after += minus
    w = clip(w + before, 0, w_max)
    """,
)
synapses.connect()
synapses.w = "rand()*w_max"

weights = StateMonitor(synapses, "w", record=[0, 1, 2, 3, 4, 5], dt=200 * ms)
rate = PopulationRateMonitor(neuron)
run(60 * second)
w = synapses.w / w_max
low, high = np.mean(w < 0.1), np.mean(w > 0.9)
print(f"mean weight {np.mean(w):.2f}: {low:.0%} below 0.1, {high:.0%} above 0.9")

figure, (histogram, courses) = plt.subplots(1, 2, figsize=(8, 3.5), layout="constrained")
histogram.hist(w, bins=25, range=(0, 1))
histogram.set(xlabel="weight / largest weight", ylabel="synapses", title="after 60 s")
courses.plot(weights.t / second, weights.w.T / w_max)
courses.set(xlabel="time (s)", ylabel="weight / largest weight", title="six of the synapses")
figure.savefig(folder / "stdp_weights.png")
