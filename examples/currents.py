"""Currents over time, and what a neuron makes of them.

Usage: python examples/currents.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import Hz, Mohm, Network, NeuronGroup, StateMonitor, ms, mV, nA, second, seed
from eqsim.inputs import (
    constant_current,
    ou_process,
    ramp_current,
    sinusoidal_input,
    spike_current,
    square_input,
    wiener_process,
)
from eqsim.visualize import get_figure, line_plot

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
figure, places = get_figure(7, 2, row_len=1.4, col_len=5)

seed(3)
tau, R, V_rest, V_th = 10 * ms, 100 * Mohm, -70 * mV, -50 * mV
currents = {
    "constant_current": constant_current([(0, 50 * ms), (0.3 * nA, 100 * ms), (0, 50 * ms)]),
    "spike_current": spike_current([20, 60, 100, 104, 108] * ms, 2 * ms, 0.9 * nA, 200 * ms),
    "ramp_current": ramp_current(0 * nA, 0.5 * nA, 200 * ms, t_start=50 * ms),
    "sinusoidal_input": sinusoidal_input(0.2 * nA, 20 * Hz, 200 * ms, bias=True),
    "square_input": square_input(0.25 * nA, 20 * Hz, 200 * ms),
    "ou_process": ou_process(0.15 * nA, 0.1 * nA, 5 * ms, 200 * ms),
    "wiener_process": wiener_process(0.6 * nA / second**0.5, 200 * ms),
}
for row, (name, current) in enumerate(currents.items()):
    neuron = NeuronGroup(
        1,
        """
        dv/dt = (V_rest - v + R*I)/tau : volt
        I = current(t) : amp
        """,
        threshold="v > V_th",
        reset="v = V_rest",
        method="exact",
    )
    neuron.v = V_rest
    trace = StateMonitor(neuron, ["v", "I"], record=0)
    Network(neuron, trace).run(current.duration)
    line_plot(trace, "I", ax=figure.add_subplot(places[row, 0]), title=name, color="C1")
    line_plot(trace, "v", ax=figure.add_subplot(places[row, 1]), linewidth=1)
plt.savefig(folder / "currents.png", dpi=90)
