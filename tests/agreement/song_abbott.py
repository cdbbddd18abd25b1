"""Synapses of one neuron compete through spike-timing-dependent plasticity.

Song, Miller & Abbott (2000), Nature Neurosci. 3:919, doi:10.1038/78829: 1000 plastic excitatory
inputs and 200 fixed inhibitory ones onto an integrate-and-fire neuron. The traces M and P are
solved at spikes only. Steps of the weights are larger than in the paper: competition shows sooner.
"""
# ruff: noqa: F403, F405

from brian2 import *

n_excitatory = 1000
n_inhibitory = 200
excitatory_rate = 20 * Hz
inhibitory_rate = 10 * Hz

tau_membrane = 20 * ms
tau_conductance = 5 * ms
resting_potential = -70 * mV
excitatory_reversal = 0 * mV
inhibitory_reversal = -70 * mV
threshold_potential = -54 * mV
reset_potential = -60 * mV
largest_weight = 0.015
inhibitory_weight = 0.05
tau_plus = 20 * ms
tau_minus = 20 * ms
potentiation = 0.02
depression = 1.05 * potentiation

neuron = """
dv/dt = (resting_potential - v + current)/tau_membrane : volt
current = g_e*(excitatory_reversal - v) + g_i*(inhibitory_reversal - v) : volt
dg_e/dt = -g_e/tau_conductance : 1
dg_i/dt = -g_i/tau_conductance : 1
"""
plasticity = """
w : 1
dP/dt = -P/tau_plus : 1 (event-driven)
dM/dt = -M/tau_minus : 1 (event-driven)
"""
at_pre = """
g_e_post += w
P += potentiation*largest_weight
w = clip(w + M, 0, largest_weight)
"""
at_post = """
M -= depression*largest_weight
w = clip(w + P, 0, largest_weight)
"""


def simulate(duration):
    """Run for a time in seconds; return monitors of spikes, and weights relative to the largest."""
    excitatory = PoissonGroup(n_excitatory, rates=excitatory_rate)
    inhibitory = PoissonGroup(n_inhibitory, rates=inhibitory_rate)
    cell = NeuronGroup(
        1,
        neuron,
        threshold="v > threshold_potential",
        reset="v = reset_potential",
        method="exponential_euler",
    )
    cell.v = resting_potential
    plastic = Synapses(excitatory, cell, plasticity, on_pre=at_pre, on_post=at_post)
    plastic.connect()
    plastic.w = "rand()*largest_weight"
    fixed = Synapses(inhibitory, cell, on_pre="g_i_post += inhibitory_weight")
    fixed.connect()

    excitatory_spikes = SpikeMonitor(excitatory)
    inhibitory_spikes = SpikeMonitor(inhibitory)
    cell_spikes = SpikeMonitor(cell)
    run(duration * second)
    spikes = {
        "excitatory": excitatory_spikes, "inhibitory": inhibitory_spikes, "cell": cell_spikes
    }  # fmt: skip
    return spikes, {"plastic": plastic.w[:] / largest_weight}
