"""Phase planes: why a neuron rests, spikes, or does either.

Usage: python examples/phase_plane.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import analysis, ms, mV

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

fitzhugh_nagumo = """
dv/dt = (v - v**3/3 - w + I)/ms : 1
dw/dt = (v + 0.7 - 0.8*w)/(12.5*ms) : 1
I : 1
"""
persistent_sodium = """
dv/dt = (I - 8*(v + 80*mV) - 20*m*(v - 60*mV) - 10*n*(v + 90*mV))/ms : volt
dn/dt = (n_inf - n)/(0.152*ms) : 1
m = 1/(1 + exp(-(v + 20*mV)/(15*mV))) : 1
n_inf = 1/(1 + exp(-(v + 25*mV)/(5*mV))) : 1
I : volt
"""
quadratic = """
dv/dt = (v**2 + I)/(10*ms) : 1
I : 1
"""

figure, axes = plt.subplots(2, 2, figsize=(10, 9), layout="constrained")

plane = analysis.PhasePlane(
    fitzhugh_nagumo, {"v": (-3, 3), "w": (-1.5, 2.5)}, parameters={"I": 0.8}
)
plane.plot(axes[0, 0])
plane.plot_trajectory({"v": -2.5, "w": -1}, 60 * ms, axes[0, 0])
axes[0, 0].set_title("FitzHugh-Nagumo, I = 0.8: it spikes")
print(*plane.fixed_points(), *plane.limit_cycles(), sep="\n")

plane = analysis.PhasePlane(
    fitzhugh_nagumo, {"v": (-3, 3), "w": (-1.5, 2.5)}, parameters={"I": 0.327}
)
plane.plot(axes[0, 1])
axes[0, 1].set_title("I = 0.327: it rests or spikes")
print(*plane.fixed_points(), *plane.limit_cycles(), sep="\n")

plane = analysis.PhasePlane(
    persistent_sodium, {"v": (-80 * mV, 20 * mV), "n": (-0.1, 0.8)}, parameters={"I": 3 * mV}
)
plane.plot(axes[1, 0])
axes[1, 0].set_title("persistent sodium and fast potassium (Izhikevich 2007)")
print(*plane.fixed_points(), *plane.limit_cycles(), sep="\n")

line = analysis.PhaseLine(quadratic, {"v": (-3, 3)}, parameters={"I": -2})
line.plot(axes[1, 1])
axes[1, 1].set_title("quadratic integrate-and-fire: a phase line")
print(*line.fixed_points(), sep="\n")

plt.savefig(folder / "phase_plane.png", dpi=90)
