"""4000 integrate-and-fire neurons with synaptic currents (CUBA).

Vogels & Abbott (2005), J. Neurosci. 25:10786, doi:10.1523/JNEUROSCI.3508-05.2005, in the form of
benchmark 2 of Brette et al. (2007), J. Comput. Neurosci. 23:349, doi:10.1007/s10827-007-0038-6.
"""
# ruff: noqa: F403, F405

from brian2 import *

n_excitatory = 3200
n_inhibitory = 800
connection_probability = 0.02

tau_membrane = 20 * ms
tau_excitatory = 5 * ms
tau_inhibitory = 10 * ms
resting_potential = -49 * mV
threshold_potential = -50 * mV
reset_potential = -60 * mV
refractory_period = 5 * ms
excitatory_weight = 1.62 * mV
inhibitory_weight = -9 * mV

neurons = """
dv/dt = (resting_potential - v + excitation + inhibition)/tau_membrane : volt (unless refractory)
dexcitation/dt = -excitation/tau_excitatory : volt
dinhibition/dt = -inhibition/tau_inhibitory : volt
"""


def simulate(duration):
    """Run for a time in seconds; return the monitors of spikes, and no weights."""
    cells = NeuronGroup(
        n_excitatory + n_inhibitory,
        neurons,
        threshold="v > threshold_potential",
        reset="v = reset_potential",
        refractory=refractory_period,
        method="exact",
    )
    excitatory = cells[:n_excitatory]
    inhibitory = cells[n_excitatory:]
    to_excitation = Synapses(excitatory, cells, on_pre="excitation_post += excitatory_weight")
    to_excitation.connect(p=connection_probability)
    to_inhibition = Synapses(inhibitory, cells, on_pre="inhibition_post += inhibitory_weight")
    to_inhibition.connect(p=connection_probability)
    cells.v = "reset_potential + rand()*(threshold_potential - reset_potential)"

    excitatory_spikes = SpikeMonitor(excitatory)
    inhibitory_spikes = SpikeMonitor(inhibitory)
    run(duration * second)
    return {"excitatory": excitatory_spikes, "inhibitory": inhibitory_spikes}, {}
