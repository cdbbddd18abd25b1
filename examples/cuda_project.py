"""A network of Hodgkin-Huxley neurons as a CUDA project, which is written anywhere.

Benchmark 3 of Brette et al. (2007), J. Comput. Neurosci. 23:349, doi:10.1007/s10827-007-0038-6.
The project needs NVIDIA's toolkit and no Python. Where nvcc and a device are found the network
also runs on it here, else on the processor, which gives the same spikes.

Usage: python examples/cuda_project.py [folder for the picture]
"""

import sys
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import (
    Cuda,
    Network,
    NeuronGroup,
    SpikeMonitor,
    Synapses,
    cm,
    ms,
    msiemens,
    mV,
    nS,
    seed,
    siemens,
    uF,
    um,
)

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
area = 20000 * um**2
capacitance = 1 * uF / cm**2 * area
g_leak = 5e-5 * siemens / cm**2 * area
g_sodium = 100 * msiemens / cm**2 * area
g_potassium = 30 * msiemens / cm**2 * area
leak_reversal, sodium_reversal, potassium_reversal = -60 * mV, 50 * mV, -90 * mV
tau_excitatory, tau_inhibitory = 5 * ms, 10 * ms
excitatory_reversal, inhibitory_reversal = 0 * mV, -80 * mV
excitatory_weight, inhibitory_weight = 6 * nS, 67 * nS
n, n_excitatory = 4000, 3200

seed(11)
cells = NeuronGroup(
    n,
    """
    dv/dt = (g_leak*(leak_reversal - v) + sodium + potassium + synaptic)/capacitance : volt
    sodium = g_sodium*m**3*h*(sodium_reversal - v) : amp
    potassium = g_potassium*n_**4*(potassium_reversal - v) : amp
    synaptic = g_e*(excitatory_reversal - v) + g_i*(inhibitory_reversal - v) : amp
    dg_e/dt = -g_e/tau_excitatory : siemens
    dg_i/dt = -g_i/tau_inhibitory : siemens
    u = (v + 63*mV)/mV : 1
    dm/dt = (0.32*4/exprel((13 - u)/4)*(1 - m) - 0.28*5/exprel((u - 40)/5)*m)/ms : 1
    dn_/dt = (0.032*5/exprel((15 - u)/5)*(1 - n_) - 0.5*exp((10 - u)/40)*n_)/ms : 1
    dh/dt = (0.128*exp((17 - u)/18)*(1 - h) - 4/(1 + exp((40 - u)/5))*h)/ms : 1
    """,
    threshold="v > -20*mV",
    refractory="v > -20*mV",
    method="exponential_euler",
    name="cells",
)
excitation = Synapses(cells, cells, on_pre="g_e += excitatory_weight", name="excitation")
excitation.connect("i < n_excitatory", p=0.02)
inhibition = Synapses(cells, cells, on_pre="g_i += inhibitory_weight", name="inhibition")
inhibition.connect("i >= n_excitatory", p=0.02)
cells.v = "leak_reversal + (10*rand() - 5)*mV"
cells.g_e, cells.g_i = "80*rand()*nS", "400*rand()*nS"
spikes = SpikeMonitor(cells, name="spikes")
net = Network(cells, excitation, inhibition, spikes)

with tempfile.TemporaryDirectory() as project:
    net.export(project, 100 * ms, target=Cuda("sm_90"))
    print("The project:", ", ".join(sorted(path.name for path in Path(project).glob("*"))))

missing = Cuda().unavailable()
if missing is not None:
    print("It does not run here:", missing)
net.run(60 * ms, target="cuda" if missing is None else "cpp")

figure, axes = plt.subplots(figsize=(7, 4))
axes.plot(np.asarray(spikes.t / ms), spikes.i, ".", markersize=1)
axes.set(xlabel="time (ms)", ylabel="neuron", title="COBAHH, the network of the project")
figure.tight_layout()
figure.savefig(folder / "cuda_project.png", dpi=120)
print(len(spikes.i), "spikes in 60 ms")
