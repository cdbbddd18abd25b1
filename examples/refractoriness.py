"""Three ways to say how long a neuron does not spike: a time, an expression, a condition.

Usage: python examples/refractoriness.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import NeuronGroup, SpikeMonitor, StateMonitor, ms, mV, run

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

tau = 5 * ms
leaky = """
dv/dt = (30*mV - v)/tau : volt (unless refractory)
pause : second
"""
spiking = {"threshold": "v > 20*mV", "reset": "v = 0*mV", "method": "exact"}

# A time: v stays where it is for 10 ms after each spike.
fixed = NeuronGroup(1, leaky, refractory=10 * ms, **spiking)

# An expression for a time: here a variable that grows with each spike.
growing = NeuronGroup(
    1, leaky, threshold="v > 20*mV", reset="v = 0*mV; pause += 4*ms", refractory="pause",
    method="exact",
)  # fmt: skip

# A condition: no new spike while v is still above; without reset, v itself goes on.
upstroke = NeuronGroup(
    1, "v = 30*mV*sin(2*pi*t/(20*ms)) : volt", threshold="v > 20*mV", refractory="v > 20*mV"
)

groups = (fixed, growing, upstroke)
titles = ("refractory=10*ms", "refractory='pause'", "refractory='v > 20*mV'")
fixed_trace, fixed_spikes = StateMonitor(fixed, "v"), SpikeMonitor(fixed)
growing_trace, growing_spikes = StateMonitor(growing, "v"), SpikeMonitor(growing)
upstroke_trace, upstroke_spikes = StateMonitor(upstroke, "v"), SpikeMonitor(upstroke)
run(100 * ms)

figure, axes = plt.subplots(3, 1, figsize=(7, 6), sharex=True, layout="constrained")
traces = (fixed_trace, growing_trace, upstroke_trace)
trains = (fixed_spikes, growing_spikes, upstroke_spikes)
for axis, title, trace, spikes in zip(axes, titles, traces, trains, strict=True):
    axis.plot(trace.t / ms, trace[0].v / mV)
    axis.vlines(spikes.t / ms, 32, 38, color="black", label="spikes")
    axis.axhline(20, color="grey", linestyle=":", label="threshold")
    axis.set(title=title, ylabel="potential (mV)")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
axes[2].set(xlabel="time (ms)")
figure.savefig(folder / "refractoriness.png")
