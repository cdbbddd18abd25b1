"""One model, several integration methods: error against the time step.

The model is a passive membrane with a conductance that decays. The error is that of its potential
after 20 ms, relative to the solution of a method of fourth order with a step of a microsecond.

Usage: python examples/integrators.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import Network, NeuronGroup, ms, mV, us
from eqsim.errors import IntegratorError
from eqsim.integrators import ALL

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

MEMBRANE = """
dv/dt = (-v + g*(60*mV - v))/(10*ms) : volt
dg/dt = -g/(5*ms) : 1
"""


def potential(method, step):
    """Return the potential after 20 ms in millivolt."""
    neuron = NeuronGroup(1, MEMBRANE, method=method, dt=step)
    neuron.g = 3
    Network(neuron).run(20 * ms, namespace={"mV": mV, "ms": ms})
    return float(neuron.v[0] / mV)


steps = [2 * ms, 1 * ms, 0.5 * ms, 0.2 * ms, 0.1 * ms, 0.05 * ms]
accurate = potential("rk4", 1 * us)

figure, axis = plt.subplots(figsize=(6, 4.5), layout="constrained")
for integrator in ALL:
    try:
        errors = [abs(potential(integrator.name, step) / accurate - 1) for step in steps]
    except IntegratorError as refusal:
        print(str(refusal).replace("\n ", ":", 1).splitlines()[0])
        continue
    axis.loglog([step / ms for step in steps], errors, "o-", label=integrator.name)
    print(f"{integrator.name!r}: error {errors[-2]:.1e} with dt = {steps[-2]}")
axis.set(xlabel="time step (ms)", ylabel="relative error of v after 20 ms (1)")
axis.legend()
figure.savefig(folder / "integrators.png")
