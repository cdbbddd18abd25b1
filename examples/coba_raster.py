"""A balanced network of integrate-and-fire neurons with conductance-based synapses.

The network of Vogels and Abbott (2005, doi:10.1523/JNEUROSCI.3508-05.2005), as benchmark 1 of
Brette et al. (2007, doi:10.1007/s10827-007-0038-6): 4000 neurons, of which 3200 excite, connected
with probability 2 %. It keeps firing irregularly by itself.

Usage: python examples/coba_raster.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import (
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    Synapses,
    ms,
    mV,
    run,
    seed,
)

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

seed(11)
n, n_excitatory = 4000, 3200
tau, tau_e, tau_i = 20 * ms, 5 * ms, 10 * ms
E_rest, E_e, E_i = -60 * mV, 0 * mV, -80 * mV
weight_e, weight_i = 0.6, 6.7  # in units of the leak conductance

cells = NeuronGroup(
    n,
    """
    dv/dt = (E_rest - v + g_e*(E_e - v) + g_i*(E_i - v))/tau : volt (unless refractory)
    dg_e/dt = -g_e/tau_e : 1
    dg_i/dt = -g_i/tau_i : 1
    """,
    threshold="v > -50*mV",
    reset="v = E_rest",
    refractory=5 * ms,
    method="euler",
)
cells.v = "E_rest + 5*mV*(randn() - 1)"
cells.g_e = "clip(4 + 1.5*randn(), 0, 20)"
cells.g_i = "clip(20 + 12*randn(), 0, 100)"
excitatory, inhibitory = cells[:n_excitatory], cells[n_excitatory:]

to_excite = Synapses(excitatory, cells, on_pre="g_e += weight_e")
to_excite.connect(p=0.02)
to_inhibit = Synapses(inhibitory, cells, on_pre="g_i += weight_i")
to_inhibit.connect(p=0.02)

spikes = SpikeMonitor(cells)
rate = PopulationRateMonitor(cells)
run(300 * ms)
mean = spikes.num_spikes / n / 0.3
print(f"{len(to_excite) + len(to_inhibit):,} synapses, {mean:.1f} spikes per second and neuron")

figure, (raster, course) = plt.subplots(
    2, 1, sharex=True, figsize=(8, 5), height_ratios=[3, 1], layout="constrained"
)
shown = spikes.i % 8 == 0
colours = np.where(spikes.i[shown] < n_excitatory, "tab:blue", "tab:red")
raster.scatter(spikes.t[shown] / ms, spikes.i[shown], s=0.6, c=colours)
raster.axhline(n_excitatory, color="black", linewidth=0.5)
raster.set(ylabel="neuron", title="every eighth neuron: excitatory (blue), inhibitory (red)")
course.plot(rate.t / ms, rate.smooth_rate(width=2 * ms) / (1 / (1000 * ms)))
course.set(xlabel="time (ms)", ylabel="rate (Hz)", xlim=(0, 300))
figure.savefig(folder / "coba_raster.png")
