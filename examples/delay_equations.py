"""What was acts on what is: chaos by a delayed feedback, oscillators that hear each other late.

Left Mackey and Glass's equation against itself a delay ago. Right the order of twenty oscillators
(1: all at one phase) against the delay of their coupling: where it is half of a period, what is
heard pushes away.

Usage: python examples/delay_equations.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import History, Network, NeuronGroup, StateMonitor, Synapses, ms, second, seed

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

tau = 17 * second
feedback = NeuronGroup(
    1,
    "dx/dt = (0.2*past_x(t - tau, i)/(1 + past_x(t - tau, i)**10) - 0.1*x)/second : 1",
    method="rk4",
    dt=0.1 * second,
)
feedback.x = 1.2
past_x = History(feedback, "x", longest=tau)
trace = StateMonitor(feedback, "x", record=0)
Network(feedback, past_x, trace).run(800 * second)

seed(1)
n = 20
period = 25 * ms
lags = np.linspace(0, 1, 21) * period
phases = NeuronGroup(
    n * len(lags),
    """
    dphi/dt = omega + heard : 1
    omega : hertz (constant)
    heard : hertz
    """,
    method="rk2",
)
phases.omega = "2*pi*(1 + 0.02*randn())/period"
phases.phi = "2*pi*rand()"
past_phi = History(phases, "phi", longest=period)
coupling = Synapses(
    phases,
    phases,
    """
    lag : second (constant)
    heard_post = 4*Hz*sin(past_phi(t - lag, i) - phi_post) : hertz (summed)
    """,
)
coupling.connect("i != j and i // n == j // n")
coupling.lag = lags[coupling.i[:] // n]
final = StateMonitor(phases, "phi", record=True, dt=5 * ms)
Network(phases, past_phi, coupling, final).run(1 * second)
unit_vectors = np.exp(1j * final.phi[:, -40:]).reshape(len(lags), n, 40)
order = np.abs(unit_vectors.mean(axis=1)).mean(axis=1)

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
later = trace.t > 100 * second
steps = round(float(tau / feedback.clock.dt))
x = trace.x[0][later]
left.plot(x[steps:], x[:-steps], linewidth=0.5)
left.set(xlabel="x(t)", ylabel="x(t - 17 s)", title="Mackey-Glass equation")
right.plot(lags / period, order, "o-")
right.set(
    xlabel="delay of the coupling (periods)",
    ylabel="order of 20 oscillators",
    ylim=(0, 1.05),
    title="Oscillators coupled with a delay",
)
figure.savefig(folder / "delay_equations.png")
