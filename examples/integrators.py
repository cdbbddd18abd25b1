"""One model, all integration methods that can treat it: error against the time step.

The model is a passive membrane with a conductance that decays. The error is that of its potential
after 20 ms, relative to the solution of a method of fourth order with a step of a microsecond.
Methods that choose their steps are left out: their error is set by a tolerance.

Usage: python examples/integrators.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import Network, NeuronGroup, ms, mV, us
from eqsim.errors import IntegratorError
from eqsim.integrators import ALL, Adaptive

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

MEMBRANE = """
dv/dt = (-v + g*(60*mV - v))/(10*ms) : volt
dg/dt = -g/(5*ms) : 1
"""


def potential(method, step):
    """Return the potential after 20 ms in millivolt."""
    neuron = NeuronGroup(1, MEMBRANE, method=method, dt=step)
    neuron.g = 3
    # One neuron with a step at a time: there is nothing to gain from a compiler.
    Network(neuron).run(20 * ms, target="numpy", namespace={"mV": mV, "ms": ms})
    return float(neuron.v[0] / mV)


steps = [2 * ms, 1 * ms, 0.5 * ms, 0.2 * ms, 0.1 * ms]
accurate = potential("rk4", 5 * us)

figure, axes = plt.subplots(2, 2, figsize=(9, 7), sharex=True, sharey=True, layout="constrained")
panels = dict(zip([1, 2, 3, 4], axes.flat, strict=True))
for integrator in ALL:
    if isinstance(integrator, Adaptive):
        continue
    try:
        errors = [abs(potential(integrator.name, step) / accurate - 1) for step in steps]
    except IntegratorError as refusal:
        print(str(refusal).splitlines()[0])
        continue
    axis = panels[integrator.order]
    marker = "o^sxvD+*"[len(axis.lines) % 8]
    times = [step / ms for step in steps]
    axis.loglog(times, errors, f"{marker}-", fillstyle="none", label=integrator.name)
    print(f"{integrator.name!r}: error {errors[-1]:.1e} with dt = {steps[-1]}")
for order, axis in panels.items():
    axis.set(title=f"order {order}")
    axis.legend(fontsize="small", loc="lower right")
for axis in axes[1]:
    axis.set(xlabel="time step (ms)")
for axis in axes[:, 0]:
    axis.set(ylabel="relative error of v after 20 ms (1)")
figure.savefig(folder / "integrators.png")
