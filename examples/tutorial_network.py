"""Part 4 of the course: three states of the network of Brunel (2000).

Brunel, N. (2000). Dynamics of sparsely connected networks of excitatory and inhibitory spiking
neurons. J. Comput. Neurosci. 8, 183, doi:10.1023/A:1008925309027

Usage: python examples/tutorial_network.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import (
    Network,
    NeuronGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpikeMonitor,
    Synapses,
    connect,
    ms,
    mV,
    seed,
)

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
tau, theta, V_r, J, D = 20 * ms, 20 * mV, 10 * mV, 0.1 * mV, 1.5 * ms
C_E, C_I = 1000, 250
nu_thr = theta / (J * C_E * tau)

seed(1)
cells = NeuronGroup(
    12500,
    "dv/dt = -v/tau : volt (unless refractory)",
    threshold="v > theta",
    reset="v = V_r",
    refractory=2 * ms,
    method="exact",
    name="cells",
)
cells.v = "rand()*theta"
excite = Synapses(cells[:10000], cells, on_pre="v_post += J", delay=D, name="excite")
excite.connect(connect.FixedPreNum(C_E))
inhibit = Synapses(cells[10000:], cells, on_pre="v_post -= g*J", delay=D, name="inhibit")
inhibit.connect(connect.FixedPreNum(C_I))
network = Network(cells, excite, inhibit)

figure, axes = plt.subplots(
    2, 3, figsize=(11, 4.6), sharex=True, height_ratios=(2, 1), layout="constrained"
)
for column, (title, g, eta) in enumerate(
    (("fast", 6, 4), ("irregular", 5, 2), ("slow", 4.5, 0.9))
):
    outside = PoissonInput(cells, "v", N=C_E, rate=eta * nu_thr, weight=J)
    network.add(outside)
    network.run(300 * ms)
    start = network.t
    spikes, rate = SpikeMonitor(cells), PopulationRateMonitor(cells)
    network.add(spikes, rate)
    network.run(200 * ms)
    network.remove(outside, spikes, rate)

    shown = spikes.i < 50
    raster, curve = axes[:, column]
    raster.plot((spikes.t[shown] - start) / ms, spikes.i[shown], "k.", markersize=3)
    raster.set_title(f"{title}: g = {g}, $\\eta$ = {eta}", fontsize="medium")
    curve.plot((rate.t - start) / ms, rate.smooth_rate("flat", 1 * ms))
    curve.set(xlabel="time (ms)", xlim=(0, 200), ylim=(0, None))
    print(f"{title}: {spikes.num_spikes / len(cells) / 0.2:.1f} spikes/s")
axes[0, 0].set_ylabel("neuron (of 12,500)")
axes[1, 0].set_ylabel("rate (spikes/s)")
figure.savefig(folder / "tutorial_network.png")
