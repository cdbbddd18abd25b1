"""A balanced network whose excitatory synapses tire, beside the same with synapses that do not.

Synapses after Tsodyks and Markram (1997, doi:10.1073/pnas.94.2.719) in the network of Tsodyks,
Uziel and Markram (2000, doi:10.1523/JNEUROSCI.20-01-j0003.2000). A spike uses the part U of a
synapse's resources x, which recover: after a first burst of the whole population, activity stays
low and irregular. Without that, excitation wins.

Usage: python examples/short_term_plasticity.py [folder for the picture]
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
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    run,
    second,
    seed,
)

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

n, n_excitatory = 500, 400
tau, tau_syn = 30 * ms, 3 * ms
U = 0.5


def simulated(recovery):
    """Return what was recorded of a network whose resources recover in a time."""
    seed(7)
    cells = NeuronGroup(
        n,
        """
        dv/dt = (background - v + drive)/tau : volt (unless refractory)
        ddrive/dt = -drive/tau_syn : volt
        background : volt (constant)
        """,
        threshold="v > 15*mV",
        reset="v = 13.5*mV",
        refractory=3 * ms,
        method="exact",
    )
    cells.v = "rand()*15*mV"
    cells.background = "14.625*mV + 0.75*mV*rand()"
    excitatory, inhibitory = cells[:n_excitatory], cells[n_excitatory:]

    tiring = Synapses(
        excitatory,
        cells,
        """
        w : volt
        dx/dt = (1 - x)/recovery : 1 (event-driven)
        """,
        on_pre="""
        drive_post += w*U*x
        x -= U*x
        """,
        namespace={"recovery": recovery, "U": U},
    )
    tiring.connect(p=0.1)
    tiring.w = "clip(5.4*mV*(1 + 0.5*randn()), 0*mV, 20*mV)"
    tiring.x = 1
    calming = Synapses(inhibitory, cells, on_pre="drive_post -= 3.5*mV")
    calming.connect(p=0.1)

    spikes = SpikeMonitor(cells)
    rate = PopulationRateMonitor(excitatory)
    resources = StateMonitor(tiring, "x", record=True, dt=5 * ms)
    run(1 * second)
    return spikes, rate, resources


figure, (raster, rates, left) = plt.subplots(
    3, 1, sharex=True, figsize=(8, 6.5), height_ratios=[2, 1, 1], layout="constrained"
)
for recovery, colour, label in (
    (800 * ms, "tab:blue", "resources recover in 800 ms"),
    (0.1 * ms, "tab:orange", "resources recover at once"),
):
    spikes, rate, resources = simulated(recovery)
    print(f"{label}: {spikes.num_spikes / n:.1f} spikes per second and neuron")
    if recovery == 800 * ms:
        raster.scatter(spikes.t / ms, spikes.i, s=1, color=colour)
    rates.semilogy(
        rate.t / ms, rate.smooth_rate(width=5 * ms) / Hz + 0.1, color=colour, label=label
    )
    left.plot(resources.t / ms, np.mean(resources.x, axis=0), color=colour)
raster.axhline(n_excitatory, color="black", linewidth=0.5)
raster.set(ylabel="neuron", title="spikes where resources recover in 800 ms")
rates.set(ylabel="rate of the\nexcitatory (Hz)", ylim=(0.1, 2e4))
rates.legend(fontsize="small", loc="upper right", ncols=2)
left.set(xlabel="time (ms)", ylabel="resources x,\nmean over synapses", ylim=(0, 1.05))
figure.savefig(folder / "short_term_plasticity.png")
