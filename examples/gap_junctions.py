"""A ring of neurons that are coupled by gap junctions.

A neuron that was reset holds its neighbours back, and is pulled up by them: they come to fire in
turn. (A model that draws the spike itself would pull them up at that moment, too.)

Usage: python examples/gap_junctions.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import NeuronGroup, SpikeMonitor, StateMonitor, Synapses, ms, mV, run, seed

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

seed(4)
n = 20
tau = 10 * ms
ring = NeuronGroup(
    n,
    """
    dv/dt = (v_drive - v + I_gap)/tau : volt
    I_gap : volt
    v_drive : volt (constant)
    """,
    threshold="v > 15*mV",
    reset="v = 0*mV",
    method="exact",
)
ring.v = "rand()*15*mV"
ring.v_drive = "16*mV + 0.5*mV*rand()"

junctions = Synapses(
    ring,
    ring,
    """
    g : 1
    I_gap_post = g*(v_pre - v_post) : volt (summed)
    """,
)
junctions.connect(j="(i + 1) % N_post")
junctions.connect(j="(i - 1 + N_post) % N_post")
junctions.g = 0.25

trace = StateMonitor(ring, "v", record=[0, 1, 2])
spikes = SpikeMonitor(ring)
run(400 * ms)

figure, (potentials, raster) = plt.subplots(
    2, 1, sharex=True, figsize=(8, 5), layout="constrained"
)
colours = ["tab:blue" if neuron % 2 else "tab:orange" for neuron in spikes.i]
for neuron in (0, 1, 2):
    potentials.plot(trace.t / ms, trace[neuron].v / mV, label=f"neuron {neuron}")
potentials.set(ylabel="potential (mV)")
potentials.set_title("three neighbours", loc="left")
potentials.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, fontsize="small")
raster.scatter(spikes.t / ms, spikes.i, s=8, c=colours)
raster.set(xlabel="time (ms)", ylabel="neuron", yticks=range(0, n, 5))
figure.savefig(folder / "gap_junctions.png")
