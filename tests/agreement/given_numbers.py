"""A network in which nothing is left to chance: both simulators must give the same spikes.

NumPy draws connections, delays, initial values and input spikes, the same in both. What the
network has is what the others leave apart or blur: refractory neurons that drop input, a threshold
that moves, delays of each synapse's own, plasticity after Song, Miller & Abbott (2000),
doi:10.1038/78829, and depression after Tsodyks & Markram (1997), doi:10.1073/pnas.94.2.719.
"""
# ruff: noqa: F403, F405

from brian2 import *
from numpy.random import RandomState

n_inputs = 200
n_cells = 100
connections = 4000
input_probability = 0.004

tau_membrane = 15 * ms
tau_excitatory = 5 * ms
tau_inhibitory = 10 * ms
tau_threshold = 30 * ms
tau_recovery = 200 * ms
tau_plasticity = 20 * ms
resting_potential = -65 * mV
excitatory_reversal = 0 * mV
inhibitory_reversal = -80 * mV
reset_potential = -62 * mV
least_threshold = -52 * mV
threshold_step = 3 * mV
refractory_period = 2.5 * ms
largest_weight = 0.12
recurrent_weight = 0.3
inhibitory_weight = 0.25
used_fraction = 0.3
potentiation = 0.01
depression = 0.012

neurons = """
dv/dt = (resting_potential - v + current)/tau_membrane : volt (unless refractory)
current = g_e*(excitatory_reversal - v) + g_i*(inhibitory_reversal - v) : volt
dg_e/dt = -g_e/tau_excitatory : 1
dg_i/dt = -g_i/tau_inhibitory : 1
dtheta/dt = (least_threshold - theta)/tau_threshold : volt
"""
at_reset = """
v = reset_potential
theta += threshold_step
"""
plasticity = """
w : 1
dP/dt = -P/tau_plasticity : 1 (event-driven)
dM/dt = -M/tau_plasticity : 1 (event-driven)
"""
at_pre = """
g_e_post += w
P += potentiation
w = clip(w + largest_weight*M, 0, largest_weight)
"""
at_post = """
M -= depression
w = clip(w + largest_weight*P, 0, largest_weight)
"""
resources = "dx/dt = (1 - x)/tau_recovery : 1 (event-driven)"
at_release = """
g_e_post += recurrent_weight*used_fraction*x
x -= used_fraction*x
"""


def simulate(duration):
    """Run for a time in seconds; return monitors of spikes, and weights relative to the largest."""
    chance = RandomState(20)
    steps = int(round(duration / 1e-4))
    when, who = nonzero(chance.uniform(size=(steps, n_inputs)) < input_probability)
    inputs = SpikeGeneratorGroup(n_inputs, who, when * 0.1 * ms)
    cells = NeuronGroup(
        n_cells,
        neurons,
        threshold="v > theta",
        reset=at_reset,
        refractory=refractory_period,
        method="exponential_euler",
    )
    cells.v = resting_potential + chance.uniform(0, 12, n_cells) * mV
    cells.theta = least_threshold

    plastic = Synapses(inputs, cells, plasticity, on_pre=at_pre, on_post=at_post)
    plastic.connect(
        i=chance.randint(n_inputs, size=connections), j=chance.randint(n_cells, size=connections)
    )
    plastic.w = chance.uniform(0, largest_weight, connections)
    plastic.pre.delay = chance.uniform(0, 4, connections) * ms
    plastic.post.delay = chance.uniform(0, 1, connections) * ms
    excitation = Synapses(cells[:80], cells, resources, on_pre=at_release)
    excitation.connect(i=chance.randint(80, size=800), j=chance.randint(n_cells, size=800))
    excitation.x = 1
    excitation.delay = chance.uniform(0.5, 2.5, 800) * ms
    inhibition = Synapses(cells[80:], cells, on_pre="g_i += inhibitory_weight", delay=0.8 * ms)
    inhibition.connect(i=chance.randint(20, size=400), j=chance.randint(n_cells, size=400))

    input_spikes = SpikeMonitor(inputs)
    cell_spikes = SpikeMonitor(cells)
    run(duration * second)
    return {"inputs": input_spikes, "cells": cell_spikes}, {
        "plastic": plastic.w[:] / largest_weight,
        "excitation": excitation.x[:],
    }
