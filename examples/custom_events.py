"""Events beside spikes: an adaptive threshold, and counting how often v comes close to it.

Usage: python examples/custom_events.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import EventMonitor, NeuronGroup, SpikeMonitor, StateMonitor, ms, mV, run, seed

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

seed(3)
tau, tau_threshold, sigma = 10 * ms, 60 * ms, 3 * mV
neuron = NeuronGroup(
    1,
    """
    dv/dt = (20*mV - v)/tau + sigma*sqrt(2/tau)*xi : volt
    dv_th/dt = (12*mV - v_th)/tau_threshold        : volt
    is_near : boolean
    n_near : integer
    """,
    threshold="v > v_th",
    reset="v = 0*mV; v_th += 4*mV",
    events={
        "approach": "v > v_th - 2*mV and not is_near",
        "retreat": "v < v_th - 4*mV and is_near",
    },
)
neuron.run_on_event("approach", "is_near = True; n_near += 1")
neuron.run_on_event("retreat", "is_near = False")
neuron.v_th = 12 * mV

trace = StateMonitor(neuron, ["v", "v_th"])
spikes = SpikeMonitor(neuron, variables="v")
approaches = EventMonitor(neuron, "approach", variables="v")
run(200 * ms)
print(f"{spikes.num_spikes} spikes, {neuron.n_near[0]} approaches of the threshold")

figure, axis = plt.subplots(figsize=(8, 4), layout="constrained")
axis.plot(trace.t / ms, trace[0].v / mV, label="v")
axis.plot(trace.t / ms, trace[0].v_th / mV, label="threshold")
axis.plot(spikes.t / ms, spikes.v / mV, "k^", label="spike")
axis.plot(approaches.t / ms, approaches.v / mV, "r.", label="event 'approach'")
axis.set(xlabel="time (ms)", ylabel="potential (mV)")
figure.legend(fontsize="small", loc="outside upper center", ncols=4)
figure.savefig(folder / "custom_events.png")
