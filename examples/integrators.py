"""One model, several integration methods: error against the time step.

The error is that of the potential of a passive membrane with a conductance that decays, 20 ms
after it opened, relative to the solution with a very small step.

Usage: python examples/integrators.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import Clock, NeuronGroup, Network, ms, mV, us
from eqsim.integrators import ALL, EULER, EXACT

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

EQUATIONS = """
dv/dt = (-v + g*(60*mV - v))/(10*ms) : volt
dg/dt = -g/(5*ms) : 1
"""
DURATION = 20*ms


def potential(method, dt):
    """Return the potential at the end in millivolt."""
    group = NeuronGroup(1, EQUATIONS, method=method, dt=dt)
    group.g = 3
    Network(group).run(DURATION)
    return float(group.v[0]/mV)
