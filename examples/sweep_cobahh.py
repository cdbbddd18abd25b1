"""Hodgkin-Huxley neurons with random connections, swept over two synaptic conductances.

Benchmark 3 of Brette et al. (2007), J. Comput. Neurosci. 23:349, doi:10.1007/s10827-007-0038-6,
made smaller. Usage:
    python examples/sweep_cobahh.py [folder for the picture] [--medium | --full]
"""

import argparse
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    Synapses,
    ms,
    msiemens,
    nS,
    second,
    seed,
    sweep,
    ufarad,
    umetre,
)
from eqsim.sweeps import plot
from eqsim.units import cmetre, siemens

parser = argparse.ArgumentParser(description="rates of a network over two conductances")
parser.add_argument("folder", nargs="?", default=".", type=Path, help="for the picture")
sizes = parser.add_mutually_exclusive_group()
sizes.add_argument("--medium", action="store_true", help="4,000 neurons, 12 x 12 points of 0.5 s")
sizes.add_argument("--full", action="store_true", help="4,000 neurons, 20 x 20 points of 1 s")
given = parser.parse_args()
n, points, duration = 200, 6, 60 * ms
if given.medium:
    n, points, duration = 4000, 12, 500 * ms
if given.full:
    n, points, duration = 4000, 20, 1 * second

area = 20000 * umetre**2
capacitance = 1 * ufarad / cmetre**2 * area
g_leak = 5e-5 * siemens / cmetre**2 * area
g_sodium, g_potassium = 100 * msiemens / cmetre**2 * area, 30 * msiemens / cmetre**2 * area
connection_probability = min(1.0, 80 / n)

cells = NeuronGroup(
    n,
    """
    dv/dt = (g_leak*(-60*mV - v) + sodium + potassium + synaptic)/capacitance : volt
    sodium = g_sodium*m**3*h*(50*mV - v) : amp
    potassium = g_potassium*q**4*(-90*mV - v) : amp
    synaptic = g_e*(0*mV - v) + g_i*(-80*mV - v) : amp
    dg_e/dt = -g_e/(5*ms) : siemens
    dg_i/dt = -g_i/(10*ms) : siemens
    u = (v + 63*mV)/mV : 1
    dm/dt = (1.28/exprel((13 - u)/4)*(1 - m) - 1.4/exprel((u - 40)/5)*m)/ms : 1
    dq/dt = (0.16/exprel((15 - u)/5)*(1 - q) - 0.5*exp((10 - u)/40)*q)/ms : 1
    dh/dt = (0.128*exp((17 - u)/18)*(1 - h) - 4/(1 + exp((40 - u)/5))*h)/ms : 1
    """,
    threshold="v > -20*mV",
    refractory="v > -20*mV",
    method="exponential_euler",
)
seed(1)
cells.v = "-60*mV + (10*rand() - 5)*mV"
cells.g_e = "80*rand()*nS"
cells.g_i = "400*rand()*nS"
excite = Synapses(cells[: 4 * n // 5], cells, on_pre="g_e += w_e")
excite.connect(p=connection_probability)
inhibit = Synapses(cells[4 * n // 5 :], cells, on_pre="g_i += w_i")
inhibit.connect(p=connection_probability)
spikes = SpikeMonitor(cells)

network = Network(cells, excite, inhibit, spikes)
weights = {"w_e": np.linspace(2, 20, points) * nS, "w_i": np.linspace(20, 120, points) * nS}
options = {
    "record": {"rate": lambda results: results[spikes].num_spikes / n / results.t},
    "seed": 3,
}
if given.medium or given.full:
    # Some points from all over the plane, for a part of the time: compiled first, then timed.
    some = {name: values[:: points // 3] for name, values in weights.items()}
    sweep(network, some, duration=0.1 * ms, progress=False, **options)
    began = time.perf_counter()
    sweep(network, some, duration=duration / 20, progress=False, **options)
    part = len(some["w_e"]) * len(some["w_i"]) / points**2 / 20
    minutes = (time.perf_counter() - began) / part / 60
    print(f"{points**2} points of {duration} take about {minutes:.1f} minutes", flush=True)

# What is in the store is kept if this script is stopped: the next call goes on with it.
store = given.folder / "sweep_cobahh_full.zarr" if given.full else None
result = sweep(
    network,
    weights,
    duration=duration,
    store=store,
    progress=given.medium or given.full or None,
    **options,
)
print(result)

figure, axes = plt.subplots(figsize=(6, 4.5), layout="constrained")
plot(result, "rate", x="w_e", y="w_i", axes=axes)
axes.set_title("mean rate of the neurons")
figure.savefig(given.folder / "sweep_cobahh.png")
