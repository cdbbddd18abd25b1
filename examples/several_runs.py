"""Several runs of one model, with changes between them, and code that runs at regular times.

Usage: python examples/several_runs.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import Hz, NeuronGroup, PopulationRateMonitor, StateMonitor, ms, mV, run, seed

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

seed(5)
tau = 10 * ms
neurons = NeuronGroup(
    500,
    """
    dv/dt = (mu - v + 3*mV*sqrt(tau)*xi)/tau : volt
    mu : volt (shared)
    kick : volt
    """,
    threshold="v > 10*mV",
    reset="v = 0*mV",
)
# Every 50 ms each neuron gets a kick of another height.
kicks = neurons.run_regularly("v += rand()*kick", dt=50 * ms)
trace = StateMonitor(neurons, "v", record=[0, 1])
rate = PopulationRateMonitor(neurons)

neurons.mu = 9 * mV
run(150 * ms)  # no kicks yet: kick is 0

neurons.kick[:250] = 10 * mV  # from now on, half of the neurons get kicks
run(150 * ms)

neurons.mu = 14 * mV  # more input
kicks.active = False  # no kicks
run(100 * ms)

tau = 30 * ms  # constants are read when a run begins
run(100 * ms)

figure, axes = plt.subplots(2, 1, figsize=(8, 5), sharex=True, layout="constrained")
axes[0].plot(trace.t / ms, trace[0].v / mV, linewidth=0.8)
axes[0].set(ylabel="potential of neuron 0 (mV)")
axes[1].plot(rate.t / ms, rate.smooth_rate(width=1 * ms) / Hz)
axes[1].set(xlabel="time (ms)", ylabel="rate (spikes/s)", ylim=(0, None))
changes = ((0, "$\\mu$ = 9 mV"), (150, "kicks"), (300, "$\\mu$ = 14 mV"), (400, "$\\tau$ = 30 ms"))
for begin, what in changes:
    for axis in axes:
        axis.axvline(begin, color="grey", linestyle=":")
    axes[0].text(begin + 3, 11.5, what, fontsize="small")
axes[0].set(ylim=(None, 13.5))
figure.savefig(folder / "several_runs.png")
