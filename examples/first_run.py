"""Run two populations as compiled C++: Hodgkin-Huxley neurons, and noisy leaky neurons.

Usage: python examples/first_run.py [folder for the picture]
"""

import logging
import platform
import sys
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

import eqsim
from eqsim import (
    Cpp,
    Hz,
    Mohm,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    cm,
    ms,
    msiemens,
    mV,
    seed,
    uA,
    uF,
)
from eqsim.build.toolchain import find_compiler

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

# eqsim logs which integration method it chooses, and why.
logging.basicConfig(stream=sys.stdout, format="%(message)s")

seed(1)

# --- Hodgkin-Huxley neurons, each with a current step of another height ------------------------

HODGKIN_HUXLEY = """
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
I = height*int(t >= 20*ms and t < 120*ms)        : amp/metre**2
height : amp/metre**2 (constant)
"""
membrane = {
    "C": 1 * uF / cm**2,
    "g_L": 0.3 * msiemens / cm**2,
    "g_Na": 120 * msiemens / cm**2,
    "g_K": 36 * msiemens / cm**2,
    "E_L": -54.4 * mV,
    "E_Na": 50 * mV,
    "E_K": -77 * mV,
}
squid = NeuronGroup(
    100,
    HODGKIN_HUXLEY,
    method="exponential_euler",
    threshold="v > 0*mV",
    refractory="v > 0*mV",
    namespace=membrane,
    dt=0.01 * ms,
    name="hodgkin_huxley",
)
squid.v = -65 * mV
squid.m = "alpha_m/(alpha_m + beta_m)"
squid.h = "alpha_h/(alpha_h + beta_h)"
squid.n = "alpha_n/(alpha_n + beta_n)"
squid.height = "20*uA/cm**2*i/(N - 1)"
squid_trace = StateMonitor(squid, "v", record=[20, 50, 99], dt=0.05 * ms)
squid_spikes = SpikeMonitor(squid)

# --- Leaky integrate-and-fire neurons with noise and a current step ----------------------------

leaky = NeuronGroup(
    1000,
    """
    dv/dt = (E - v + R*I)/tau + sigma*sqrt(2/tau)*xi : volt (unless refractory)
    I = 0.2*nA*int(t >= 20*ms and t < 120*ms)        : amp
    """,
    threshold="v > -50*mV",
    reset="v = E",
    refractory=2 * ms,
    namespace={"E": -70 * mV, "R": 90 * Mohm, "tau": 10 * ms, "sigma": 4 * mV},
    name="noisy_leaky",
)
leaky.v = -70 * mV
leaky_spikes = SpikeMonitor(leaky)
leaky_rate = PopulationRateMonitor(leaky)

# --- Run ---------------------------------------------------------------------------------------

target = Cpp()
network = Network(squid, squid_trace, squid_spikes, leaky, leaky_spikes, leaky_rate)
print(f"eqsim {eqsim.__version__}, Python {platform.python_version()}")
print(f"target: {target}")
compiler = find_compiler()
print(f"compiler: {compiler.version if compiler else None}")
print(f"{squid.name}: integrated with {squid.method!r} because it was asked for")

start = time.perf_counter()
network.run(0 * ms, target=target)
compiled = time.perf_counter()
network.run(150 * ms, target=target)
finished = time.perf_counter()
print(f"compiled, or found in the cache, in {compiled - start:.2f} s")
neurons = f"{len(squid)} + {len(leaky)} neurons"
print(f"simulated {network.t} of {neurons} in {finished - compiled:.2f} s")

for group, spikes in ((squid, squid_spikes), (leaky, leaky_spikes)):
    rate = spikes.num_spikes / len(group) / (100 * ms)
    print(f"{group.name}: {spikes.num_spikes} spikes, {rate / Hz:.1f} Hz during the step")

# --- Draw --------------------------------------------------------------------------------------

figure, axes = plt.subplots(2, 2, figsize=(9, 5.5), sharex=True, layout="constrained")
for number in squid_trace.record:
    label = f"{squid.height[number] / (uA / cm**2):.0f} µA/cm²"
    axes[0, 0].plot(squid_trace.t / ms, squid_trace[number].v / mV, label=label, linewidth=0.9)
axes[0, 0].legend(fontsize="small", loc="upper center", ncols=3)
axes[0, 0].set(title="Hodgkin-Huxley", ylabel="membrane potential (mV)", ylim=(-85, 65))
heights = squid.height[squid_spikes.i] / (uA / cm**2)
axes[1, 0].plot(squid_spikes.t / ms, heights, ".", markersize=3)
axes[1, 0].set(xlabel="time (ms)", ylabel="height of the step (µA/cm²)")
axes[0, 1].plot(leaky_spikes.t / ms, leaky_spikes.i, ".", markersize=1)
axes[0, 1].set(title="leaky, with noise", ylabel="neuron")
axes[1, 1].plot(leaky_rate.t / ms, leaky_rate.smooth_rate(width=1 * ms) / Hz)
axes[1, 1].set(xlabel="time (ms)", ylabel="rate (spikes/s)")
picture = folder / "first_run.png"
figure.savefig(picture)
print(f"picture: {picture}")
