"""What accuracy costs: ten methods on a spiking Hodgkin-Huxley neuron.

A current of 10 µA/cm² is switched on at t = 0; within 25 ms the neuron spikes twice. The error is
the root mean square of the difference of the potential to an accurate solution, over samples
every 0.5 ms. Methods of fixed step are run with several steps, methods that choose their steps
with several tolerances. Equations and constants of Hodgkin & Huxley (1952),
doi:10.1113/jphysiol.1952.sp004764.

Usage: python examples/work_precision.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from eqsim import Network, NeuronGroup, StateMonitor, cm, ms, msiemens, mV, second, uA, uF
from eqsim.errors import IntegrationError
from eqsim.integrators import Adaptive, by_name

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

NEURON = """
dv/dt = (I_app - g_L*(v - E_L) - g_Na*m**3*h*(v - E_Na) - g_K*n**4*(v - E_K))/C : volt
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
alpha_m = 1/exprel(-(v + 40*mV)/(10*mV))/ms      : Hz
beta_m = 4*exp(-(v + 65*mV)/(18*mV))/ms          : Hz
alpha_h = 0.07*exp(-(v + 65*mV)/(20*mV))/ms      : Hz
beta_h = 1/(1 + exp(-(v + 35*mV)/(10*mV)))/ms    : Hz
alpha_n = 0.1/exprel(-(v + 55*mV)/(10*mV))/ms    : Hz
beta_n = 0.125*exp(-(v + 65*mV)/(80*mV))/ms      : Hz
"""
C = 1 * uF / cm**2
g_L, g_Na, g_K = 0.3 * msiemens / cm**2, 120 * msiemens / cm**2, 36 * msiemens / cm**2
E_L, E_Na, E_K = -54.4 * mV, 50 * mV, -77 * mV
I_app = 10 * uA / cm**2

DURATION, SAMPLING = 25 * ms, 0.5 * ms
COPIES = 300  # so that the time is that of the equations, not that of a step
STEPS = [0.1, 0.05, 0.025, 0.0125, 0.00625]
TOLERANCES = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7]
FIXED = [
    "euler",
    "exponential_euler",
    "exponential_midpoint",
    "heun",
    "rk4",
    "rosenbrock",
    "rodas3",
]
CHOOSING = ["rkf45", "dormand_prince", "rodas3_adaptive"]


def trace(method, step, options, copies=COPIES):
    """Return samples of the potential (mV), the time (s), and the evaluations per millisecond."""
    neurons = NeuronGroup(
        copies, NEURON, method=method, method_options=options, dt=step, name="neurons"
    )
    neurons.v = -65 * mV
    neurons.m = "alpha_m/(alpha_m + beta_m)"
    neurons.h = "alpha_h/(alpha_h + beta_h)"
    neurons.n = "alpha_n/(alpha_n + beta_n)"
    counted = ["_step_count"] if "save_step_count" in options else []
    monitor = StateMonitor(neurons, ["v", *counted], record=0, dt=SAMPLING)
    network = Network(neurons, monitor)
    network.run(DURATION, profile=True)
    seconds = dict(network.profiling_info)["neurons_state_update"]
    n_steps = DURATION / step
    if counted:
        n_steps = monitor._step_count[0].sum() + neurons._step_count[0]
    evaluations = int(by_name(method).cost.split()[0]) * n_steps / (DURATION / ms)
    return monitor[0].v / mV, seconds / second, evaluations


def options_for(tolerance):
    """Return the options of a method that chooses its steps."""
    return {
        "relative_error": tolerance,
        "absolute_error": 1e-3 * tolerance,
        "max_steps": 100_000,
        "save_step_count": True,
    }


def finite(method, settings):
    """Return what ``trace`` returns for each setting with which the method does not diverge."""
    found = []
    for step, options in settings:
        try:
            found.append(trace(method, step, options))
        except IntegrationError as error:
            print(f"{method}: {str(error).splitlines()[0]}, with dt = {step}")
    return found


accurate, _, _ = trace("dormand_prince", SAMPLING, options_for(1e-12), copies=1)

figure, axes = plt.subplots(1, 2, figsize=(11, 4.8), sharey=True, layout="constrained")
for number, method in enumerate([*FIXED, *CHOOSING]):
    is_choosing = isinstance(by_name(method), Adaptive)
    if is_choosing:
        runs = finite(method, [(SAMPLING, options_for(tolerance)) for tolerance in TOLERANCES])
    else:
        runs = finite(method, [(step * ms, {}) for step in STEPS])
    style = "s--" if is_choosing else "o-"
    errors = [np.sqrt(np.mean((v - accurate) ** 2)) for v, _, _ in runs]
    seconds = [1e9 * s / COPIES / (DURATION / ms) for _, s, _ in runs]
    evaluations = [n for _, _, n in runs]
    axes[0].loglog(evaluations, errors, style, color=f"C{number}", label=method, markersize=4)
    axes[1].loglog(seconds, errors, style, color=f"C{number}", label=method, markersize=4)
    print(
        f"{method:21} errors from {max(errors):.1e} to {min(errors):.1e} mV,"
        f" {min(evaluations):.0f} to {max(evaluations):.0f} evaluations per ms"
    )
axes[0].set(
    xlabel="evaluations of the right-hand sides per simulated ms (1)",
    ylabel="root mean square error of v (mV)",
)
axes[1].set(xlabel="measured time per neuron and simulated ms (ns)")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
figure.savefig(folder / "work_precision.png")
