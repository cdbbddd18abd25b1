"""One Hodgkin-Huxley neuron with a current step: membrane potential and gating variables.

Equations and constants of Hodgkin & Huxley (1952), doi:10.1113/jphysiol.1952.sp004764, with the
resting potential at -65 mV.

Usage: python examples/hodgkin_huxley.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import NeuronGroup, StateMonitor, cm, defaultclock, ms, msiemens, mV, run, uA, uF

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

defaultclock.dt = 0.01 * ms
C = 1 * uF / cm**2
g_L, g_Na, g_K = 0.3 * msiemens / cm**2, 120 * msiemens / cm**2, 36 * msiemens / cm**2
E_L, E_Na, E_K = -54.4 * mV, 50 * mV, -77 * mV

neuron = NeuronGroup(
    1,
    """
    dv/dt = (I - g_L*(v - E_L) - g_Na*m**3*h*(v - E_Na) - g_K*n**4*(v - E_K))/C : volt
    dm/dt = alpha_m*(1 - m) - beta_m*m : 1
    dh/dt = alpha_h*(1 - h) - beta_h*h : 1
    dn/dt = alpha_n*(1 - n) - beta_n*n : 1
    alpha_m = 1/exprel(-(v + 40*mV)/(10*mV))/ms      : Hz
    beta_m = 4*exp(-(v + 65*mV)/(18*mV))/ms          : Hz
    alpha_h = 0.07*exp(-(v + 65*mV)/(20*mV))/ms      : Hz
    beta_h = 1/(1 + exp(-(v + 35*mV)/(10*mV)))/ms    : Hz
    alpha_n = 0.1/exprel(-(v + 55*mV)/(10*mV))/ms    : Hz
    beta_n = 0.125*exp(-(v + 65*mV)/(80*mV))/ms      : Hz
    I = 10*uA/cm**2*int(t >= 10*ms and t < 60*ms)    : amp/metre**2
    """,
    method="exponential_euler",
)
neuron.v = -65 * mV
neuron.m = "alpha_m/(alpha_m + beta_m)"
neuron.h = "alpha_h/(alpha_h + beta_h)"
neuron.n = "alpha_n/(alpha_n + beta_n)"
trace = StateMonitor(neuron, ["v", "m", "h", "n", "I"])
run(80 * ms)

figure, axes = plt.subplots(
    3, 1, figsize=(7, 6), sharex=True, height_ratios=(3, 2, 1), layout="constrained"
)
axes[0].plot(trace.t / ms, trace[0].v / mV)
axes[0].set(ylabel="membrane potential (mV)")
for gate, meaning in (("m", "Na⁺ activation"), ("h", "Na⁺ inactivation"), ("n", "K⁺ activation")):
    axes[1].plot(trace.t / ms, getattr(trace[0], gate), label=f"{gate}: {meaning}")
axes[1].set(ylabel="open fraction (1)")
axes[1].legend(fontsize="small", loc="upper right")
axes[2].plot(trace.t / ms, trace[0].I / (uA / cm**2), color="black")
axes[2].set(xlabel="time (ms)", ylabel="current\n(µA/cm²)")
figure.savefig(folder / "hodgkin_huxley.png")
