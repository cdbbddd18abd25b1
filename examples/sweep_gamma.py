"""Gamma oscillations by mutual inhibition: coherence against the strength of synapses.

The network of Wang & Buzsaki (1996), J. Neurosci. 16:6402, doi:10.1523/JNEUROSCI.16-20-06402.1996,
which is the first one of BrainPy's documentation. It is compiled once for all strengths. Usage:
    python examples/sweep_gamma.py [folder for the picture] [full: 100 neurons, 40 strengths]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    Synapses,
    cm,
    ms,
    msiemens,
    mV,
    seed,
    sweep,
    uA,
    uF,
)
from eqsim.sweeps import plot

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
is_full = "full" in sys.argv
size, strengths = (100, 40) if is_full else (40, 12)
duration = 500 * ms if is_full else 200 * ms

area = cm**2
C, drive = 1 * uF / area, 1.2 * uA / area
gLeak, gNa, gK = 0.1 * msiemens / area, 35 * msiemens / area, 9 * msiemens / area
ELeak, ENa, EK, E = -65 * mV, 55 * mV, -90 * mV, -75 * mV
phi, alpha, beta, V_th = 5.0, 12 / ms, 0.1 / ms, 0 * mV

neurons = NeuronGroup(
    size,
    """
    dV/dt = (gNa*m**3*h*(ENa - V) + gK*n**4*(EK - V) + gLeak*(ELeak - V) + Isyn + drive)/C : volt
    m = m_alpha/(m_alpha + m_beta) : 1
    m_alpha = 1/exprel(-(V/mV + 35)/10) : 1
    m_beta = 4*exp(-(V/mV + 60)/18) : 1
    dh/dt = phi*(0.07*exp(-(V/mV + 58)/20)*(1 - h) - h/(exp(-0.1*(V/mV + 28)) + 1))/ms : 1
    dn/dt = phi*(0.1/exprel(-(V/mV + 34)/10)*(1 - n) - 0.125*exp(-(V/mV + 44)/80)*n)/ms : 1
    ds/dt = alpha/(1 + exp(-(V - V_th)/(2*mV)))*(1 - s) - beta*s : 1
    Isyn : amp/metre**2
    """,
    threshold="V > V_th",
    refractory="V > V_th",
    method="rk2",
    dt=0.04 * ms,
)
seed(1)
neurons.V = "-70*mV + rand()*20*mV"
neurons.h, neurons.n = 0.6, 0.3
synapses = Synapses(
    neurons, neurons, "Isyn_post = g_max/N_incoming*s_pre*(E - V_post) : amp/metre**2 (summed)"
)
synapses.connect(condition="i != j")
spikes = SpikeMonitor(neurons)
network = Network(neurons, synapses, spikes)


def coherence(results):
    """Correlation of the neurons' spikes in bins of 1 ms, averaged over all pairs."""
    late = results[spikes].t_ > 0.05
    bins = (results[spikes].t_[late] * 1e3).astype(int)
    trains = np.zeros((size, int(results.t / ms) + 1))
    trains[results[spikes].i[late], bins] = 1
    together, each = trains @ trains.T, np.sqrt(trains.sum(axis=1))
    kappa = together / np.maximum(np.outer(each, each), 1)
    return (kappa.sum() - np.trace(kappa)) / (size * (size - 1))


result = sweep(
    network,
    {"g_max": np.linspace(0, 0.3, strengths) * msiemens / area},
    duration=duration,
    record={
        "coherence": coherence,
        "rate": lambda results: results[spikes].num_spikes / size / results.t,
    },
    seed=2,
)
print(result)

figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
plot(result, "coherence", axes=axes[0])
plot(result, "rate", axes=axes[1])
figure.savefig(folder / "sweep_gamma.png")
