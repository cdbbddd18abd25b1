"""Bifurcation diagrams: what changes with a current, with two parameters, with a slow variable.

Usage: python examples/bifurcation.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import (
    Equations,
    NeuronGroup,
    StateMonitor,
    analysis,
    ms,
    msiemens,
    mV,
    run,
    uA,
    ufarad,
)
from eqsim.units import cmetre

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

# Morris and Lecar (1981), in the regime in which spikes begin at any rate.
morris_lecar = Equations(
    """
    dv/dt = (I - g_L*(v - E_L) - g_K*w*(v - E_K) - g_Ca*m_inf*(v - E_Ca))/C : volt
    dw/dt = (w_inf - w)*cosh((v - V_3)/(2*V_4))/(15*ms) : 1
    m_inf = (1 + tanh((v + 1.2*mV)/(18*mV)))/2 : 1
    w_inf = (1 + tanh((v - V_3)/V_4))/2 : 1
    V_3 : volt
    I : amp/meter**2
    """
)
g_L, g_K, g_Ca = (g * msiemens / cmetre**2 for g in (2, 8, 4))
E_L, E_K, E_Ca, V_4 = -60 * mV, -84 * mV, 120 * mV, 17.4 * mV
C, density = 20 * ufarad / cmetre**2, uA / cmetre**2
plane = {"v": (-80 * mV, 60 * mV), "w": (-0.1, 1.1)}

# Hindmarsh and Rose (1984): bursts, as the slow z sweeps over the spiking of x and y.
hindmarsh_rose = """
dx/dt = (y - x**3 + 3*x**2 - z + 2)/ms : 1
dy/dt = (1 - 5*x**2 - y)/ms : 1
dz/dt = 0.003*(4*(x + 1.6) - z)/ms : 1
"""

figure, axes = plt.subplots(2, 2, figsize=(11, 8.5), layout="constrained")

diagram = analysis.Bifurcation(
    morris_lecar, {"I": (0 * density, 150 * density)}, plane, parameters={"V_3": 12 * mV}
)
diagram.plot("v", axes[0, 0])
axes[0, 0].set_title("Morris-Lecar over the current")
diagram.plot_periods(axes[0, 1]).set_ylim(0, 400)
axes[0, 1].set_title("periods: slow spikes where rest ends")
print(*diagram.points, sep="\n")

both = {"I": (0 * density, 150 * density), "V_3": (0 * mV, 20 * mV)}
diagram = analysis.Bifurcation(morris_lecar, both, plane)
diagram.plot(ax=axes[1, 0])
axes[1, 0].set_title("over the current and the half activation of potassium")
print(*diagram.points, sep="\n")

fast = analysis.Bifurcation(hindmarsh_rose, {"z": (-11, 3)}, {"x": (-2.5, 3), "y": (-35, 5)})
cell = NeuronGroup(1, hindmarsh_rose, method="rk4", dt=0.05 * ms)
cell.x, cell.y, cell.z = -1.5, -10, 2
burst = StateMonitor(cell, ["x", "z"], record=True)
run(1000 * ms, target="numpy")
axes[1, 1].plot(burst.z[0][2000:], burst.x[0][2000:], color="C1", linewidth=0.6, label="bursts")
fast.plot("x", axes[1, 1])
axes[1, 1].set_title("Hindmarsh-Rose: bursts over the slow variable")
axes[1, 1].set_xlim(0.5, 3)
print(*fast.points, sep="\n")

plt.savefig(folder / "bifurcation.png", dpi=90)
