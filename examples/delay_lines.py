"""Where does a sound come from? Delays and coincidences find the interaural time difference.

After Jeffress (1948, doi:10.1037/h0061495): two ears send spikes along delay lines; a neuron
fires most where its delays make up for the difference between the ears.

Usage: python examples/delay_lines.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import (
    NeuronGroup,
    SpikeMonitor,
    Synapses,
    TimedArray,
    defaultclock,
    ms,
    run,
    second,
    seed,
    us,
)

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

seed(5)
defaultclock.dt = 20 * us
largest = 0.5 * ms  # the time that sound takes around the head
turn = 1 * second  # the source goes around once
n = 60  # neurons with different delays

sound = TimedArray(10 * np.random.default_rng(1).standard_normal(50_000), dt=defaultclock.dt)
ears = NeuronGroup(
    2,
    """
    dx/dt = (sound(t - delay) - x)/(1*ms) + 0.2*xi*(2/(1*ms))**.5 : 1 (unless refractory)
    delay = (2*i - 1)*largest*sin(2*pi*t/turn)/2 + largest : second
    """,
    threshold="x > 1",
    reset="x = 0",
    refractory=2.5 * ms,
    method="euler",
)
cells = NeuronGroup(
    n,
    "dv/dt = -v/(0.3*ms) + 0.1*xi*(2/(0.3*ms))**.5 : 1",
    threshold="v > 1",
    reset="v = 0",
    method="euler",
)
lines = Synapses(ears, cells, on_pre="v += 0.55")
lines.connect()
lines.delay["i == 0"] = "largest*j/(N_post - 1)"
lines.delay["i == 1"] = "largest*(1 - j/(N_post - 1))"

spikes = SpikeMonitor(cells)
run(turn)
print(f"{spikes.num_spikes} spikes; delays up to {lines.delay[:].max()}")

figure, axis = plt.subplots(figsize=(8, 3.5), layout="constrained")
difference = (2 * np.arange(n) / (n - 1) - 1) * (largest / us)
axis.plot(spikes.t / ms, difference[spikes.i], ".", markersize=2, label="spikes of the cells")
moments = np.linspace(0, 1000, 400)
course = (largest / us) * np.sin(2 * np.pi * moments / 1000)
axis.plot(moments, course, color="black", linewidth=1, label="difference between the ears")
axis.set(xlabel="time (ms)", ylabel="time difference (us)")
axis.legend(loc="upper right", fontsize="small")
figure.savefig(folder / "delay_lines.png")
