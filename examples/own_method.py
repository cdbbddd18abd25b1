"""Integration methods of one's own: one from a description, one from a function.

``stochastic_midpoint`` is a description of two lines: the midpoint method, with the noise taken
in the middle of the step too, so in the sense of Stratonovich. It is compared with methods of
eqsim on growth with noise, dx = a x dt + b x o dW, whose solution is x(0) exp(a t + b W(t)). W is
integrated beside x, and the error is measured path by path.

``one_after_the_other`` is a function: it gets the equations as texts and returns the statements of
a step. Each variable is changed with the new values of those before it, which is the symplectic
Euler method. An oscillator that is driven by noise and has no friction gains the energy
sigma**2 t/2 on average; what methods make of that: Senosiain & Tocino (2015),
doi:10.1007/s10543-014-0507-z.

Usage: python examples/own_method.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import (
    Network,
    NeuronGroup,
    StateMonitor,
    explain,
    explicit_method,
    ms,
    register_method,
    seed,
)
from eqsim.integrators import Interpretation

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

midpoint = explicit_method(
    """
    x_middle = x + dt/2*f(x, t) + g(x, t)*dW/2
    x_new = x + dt*f(x_middle, t + dt/2) + g(x_middle, t + dt/2)*dW
    """,
    order=2,
    interpretation=Interpretation.STRATONOVICH,
)
register_method("stochastic_midpoint", midpoint)


def one_after_the_other(system):
    """Return a step that changes one variable after the other."""
    lines = []
    for variable, drift in system.drifts.items():
        noise = "".join(f" + ({g})*dW_{name}" for name, g in system.noises[variable].items())
        lines.append(f"{variable} = {variable} + dt*({drift}){noise}")
    return "\n".join(lines)


a, b = 0.1 / ms, 0.4 / ms**0.5
GROWTH = """
dx/dt = a*x + b*x*xi_1 : 1
dW/dt = xi_1 : second**0.5
"""
omega, sigma = 1 / ms, 0.1 / ms**0.5
OSCILLATOR = """
dv/dt = -omega*x + sigma*xi : 1
dx/dt = omega*v : 1
energy = (v**2 + x**2)/2 : 1
"""
STEPS = [0.5, 0.2, 0.1, 0.05, 0.02]
END = 5 * ms


def growth(method, step, paths=2000):
    """Return paths that begin at 1."""
    group = NeuronGroup(paths, GROWTH, method=method, dt=step, name="growth")
    group.x = 1
    return group


def error(method, step):
    """Return the mean absolute error of the paths at the end."""
    seed(1)
    group = growth(method, step)
    Network(group).run(END)
    return np.mean(np.abs(group.x[:] - np.exp(a * END + b * group.W[:])))


def energy(method, step):
    """Return times (ms) and the mean energy of 1000 oscillators."""
    seed(2)
    group = NeuronGroup(1000, OSCILLATOR, method=method, dt=step, name="oscillators")
    monitor = StateMonitor(group, "energy", record=True, dt=1 * ms)
    Network(group, monitor).run(200 * ms)
    return monitor.t / ms, monitor.energy.mean(axis=0)


print(explain(growth("stochastic_midpoint", 0.1 * ms)))
print(explain(NeuronGroup(1, OSCILLATOR, method=one_after_the_other, name="oscillators")))

figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for method, style in (
    ("euler_maruyama", "o-"),
    ("milstein", "s-"),
    ("heun", "^-"),
    ("stochastic_midpoint", "x--"),
):
    errors = [error(method, step * ms) for step in STEPS]
    axes[0].loglog(STEPS, errors, style, label=method)
    print(f"{method}: mean error {errors[-1]:.1e} with dt = {STEPS[-1]} ms")
axes[0].set(xlabel="time step (ms)", ylabel="mean absolute error of x after 5 ms (1)")
axes[0].set_xticks(STEPS, STEPS)
axes[0].minorticks_off()
axes[0].legend(fontsize="small")
for method, style in (("euler", "-"), ("heun", "-"), (one_after_the_other, "--")):
    times, energies = energy(method, 0.05 * ms)
    axes[1].plot(times, energies, style, label=getattr(method, "__name__", method))
axes[1].plot(times, sigma**2 * times * ms / 2, ":", color="black", label="expected")
axes[1].set(xlabel="time (ms)", ylabel="mean energy of the oscillators (1)", ylim=(0, 3))
axes[1].legend(fontsize="small", loc="upper right")
figure.savefig(folder / "own_method.png")
