"""A sparse network of inhibition-dominated neurons with delays and Poisson drive.

Model A of Brunel (2000), J. Comput. Neurosci. 8:183, doi:10.1023/A:1008925309027, with 2500
neurons instead of 12500: a fifth of the inputs, five times as strong, keep the mean input. Each
neuron has as many inputs as any other; the state is asynchronous and irregular.
"""
# ruff: noqa: F403, F405

from brian2 import *

n_excitatory = 2000
n_inhibitory = 500
excitatory_inputs = 200
inhibitory_inputs = 50

tau_membrane = 20 * ms
threshold_potential = 20 * mV
reset_potential = 10 * mV
refractory_period = 2 * ms
synaptic_delay = 1.5 * ms
excitatory_weight = 0.5 * mV
relative_inhibition = 5
external_ratio = 2
threshold_rate = threshold_potential / (excitatory_weight * excitatory_inputs * tau_membrane)

neurons = "dv/dt = -v/tau_membrane : volt (unless refractory)"


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
    excitation = Synapses(
        excitatory, cells, on_pre="v_post += excitatory_weight", delay=synaptic_delay
    )
    excitation.connect(i="k for k in sample(N_pre, size=excitatory_inputs)")
    inhibition = Synapses(
        inhibitory,
        cells,
        on_pre="v_post -= relative_inhibition*excitatory_weight",
        delay=synaptic_delay,
    )
    inhibition.connect(i="k for k in sample(N_pre, size=inhibitory_inputs)")
    drive = PoissonInput(
        cells,
        "v",
        N=excitatory_inputs,
        rate=external_ratio * threshold_rate,
        weight=excitatory_weight,
    )
    cells.v = "rand()*reset_potential"

    excitatory_spikes = SpikeMonitor(excitatory)
    inhibitory_spikes = SpikeMonitor(inhibitory)
    run(duration * second)
    return {"excitatory": excitatory_spikes, "inhibitory": inhibitory_spikes}, {}
