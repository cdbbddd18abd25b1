"""Part 1 of the course: an integrate-and-fire neuron, the same with noise, its f-I curve.

Usage: python examples/tutorial_neurons.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import (
    Mohm,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    ms,
    mV,
    nA,
    pA,
    run,
    second,
    seed,
    start_scope,
)

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
seed(2)

tau, E, R, V_th, tau_ref = 20 * ms, -65 * mV, 100 * Mohm, -50 * mV, 5 * ms
sigma = 3 * mV
options = {"threshold": "v > V_th", "reset": "v = E", "refractory": tau_ref}
membrane = """
dv/dt = (E - v + R*I)/tau : volt (unless refractory)
I : amp
"""
noisy = """
dv/dt = (E - v + R*I)/tau + sigma*sqrt(2/tau)*xi : volt (unless refractory)
I : amp
"""


def groups(size):
    """Return neurons without and with noise, at rest."""
    made = (
        NeuronGroup(size, membrane, **options, method="exact"),
        NeuronGroup(size, noisy, **options, method="euler"),
    )
    for group in made:
        group.v = E
    return made


quiet, shaken = groups(1)
quiet.I = shaken.I = 200 * pA
traces = [StateMonitor(group, "v", record=True) for group in (quiet, shaken)]
quiet_trace, shaken_trace = traces
quiet_spikes, shaken_spikes = SpikeMonitor(quiet), SpikeMonitor(shaken)
run(200 * ms)

figure, axes = plt.subplot_mosaic(
    [["quiet", "curve"], ["shaken", "curve"]],
    figsize=(9, 4.2),
    width_ratios=(3, 2),
    layout="constrained",
)
for name, trace, spikes in (
    ("quiet", quiet_trace, quiet_spikes),
    ("shaken", shaken_trace, shaken_spikes),
):
    axes[name].plot(trace.t / ms, trace.v[0] / mV)
    axes[name].axhline(V_th / mV, color="grey", linestyle=":")
    axes[name].vlines(spikes.t / ms, -48, -42, color="black")
    axes[name].set(ylabel="potential (mV)", ylim=(-72, -40))
axes["quiet"].set_title("a constant current of 200 pA", loc="left", fontsize="medium")
axes["shaken"].set_title("the same with noise", loc="left", fontsize="medium")
axes["shaken"].set_xlabel("time (ms)")
axes["quiet"].sharex(axes["shaken"])

start_scope()
quiet, shaken = groups(200)
for group in (quiet, shaken):
    group.I = "0.4*nA*i/(N - 1)"
quiet_spikes, shaken_spikes = SpikeMonitor(quiet), SpikeMonitor(shaken)
run(2 * second)

curve = axes["curve"]
curve.plot(quiet.I / nA, quiet_spikes.count / 2, ".", label="without noise")
curve.plot(shaken.I / nA, shaken_spikes.count / 2, ".", label="with noise")
currents = np.linspace(0.1501, 0.4, 500) * nA
charging = tau * np.log(R * currents / (R * currents - (V_th - E)))
curve.plot(
    currents / nA, second / (tau_ref + charging), "k-", linewidth=1, label="closed form, no noise"
)
curve.set(xlabel="current (nA)", ylabel="rate (spikes/s)")
curve.legend(fontsize="small")
figure.savefig(folder / "tutorial_neurons.png")
