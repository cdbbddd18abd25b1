"""4000 integrate-and-fire neurons with synaptic conductances (COBA).

Vogels & Abbott (2005), J. Neurosci. 25:10786, doi:10.1523/JNEUROSCI.3508-05.2005, in the form of
benchmark 1 of Brette et al. (2007), J. Comput. Neurosci. 23:349, doi:10.1007/s10827-007-0038-6.
Conductances are relative to the leak of 10 nS. A constant current keeps all networks active; in
the papers some live on from a first stimulus, and others fall silent. Each neuron has as many
inputs as any other, so that networks differ little.
"""
# ruff: noqa: F403, F405

from brian2 import *

n_excitatory = 3200
n_inhibitory = 800
excitatory_inputs = 64
inhibitory_inputs = 16

tau_membrane = 20 * ms
tau_excitatory = 5 * ms
tau_inhibitory = 10 * ms
resting_potential = -60 * mV
excitatory_reversal = 0 * mV
inhibitory_reversal = -80 * mV
threshold_potential = -50 * mV
reset_potential = -60 * mV
refractory_period = 5 * ms
background = 12 * mV
excitatory_weight = 0.6
inhibitory_weight = 6.7

neurons = """
dv/dt = (resting_potential - v + background + current)/tau_membrane : volt (unless refractory)
current = g_e*(excitatory_reversal - v) + g_i*(inhibitory_reversal - v) : volt
dg_e/dt = -g_e/tau_excitatory : 1
dg_i/dt = -g_i/tau_inhibitory : 1
"""


def simulate(duration):
    """Run for a time in seconds; return the monitors of spikes, and no weights."""
    cells = NeuronGroup(
        n_excitatory + n_inhibitory,
        neurons,
        threshold="v > threshold_potential",
        reset="v = reset_potential",
        refractory=refractory_period,
        method="euler",
    )
    excitation = Synapses(cells, cells, on_pre="g_e += excitatory_weight")
    excitation.connect(i="k for k in sample(0, n_excitatory, size=excitatory_inputs)")
    inhibition = Synapses(cells, cells, on_pre="g_i += inhibitory_weight")
    inhibition.connect(i="k for k in sample(n_excitatory, N_pre, size=inhibitory_inputs)")
    cells.v = "reset_potential + rand()*(threshold_potential - reset_potential)"
    cells.g_e = "4*rand()"
    cells.g_i = "20*rand()"

    excitatory_spikes = SpikeMonitor(cells[:n_excitatory])
    inhibitory_spikes = SpikeMonitor(cells[n_excitatory:])
    run(duration * second)
    return {"excitatory": excitatory_spikes, "inhibitory": inhibitory_spikes}, {}
