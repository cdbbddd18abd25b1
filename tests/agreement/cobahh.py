"""4000 Hodgkin-Huxley neurons with synaptic conductances (COBAHH).

Benchmark 3 of Brette et al. (2007), J. Comput. Neurosci. 23:349, doi:10.1007/s10827-007-0038-6:
the network of Vogels & Abbott (2005) with the currents of Traub & Miles (1991). Conductances
begin at random, which starts the activity.
"""
# ruff: noqa: F403, F405

from brian2 import *

n_excitatory = 3200
n_inhibitory = 800
connection_probability = 0.02

area = 20000 * umetre**2
capacitance = 1 * ufarad / cmetre**2 * area
g_leak = 5e-5 * siemens / cmetre**2 * area
g_sodium = 100 * msiemens / cmetre**2 * area
g_potassium = 30 * msiemens / cmetre**2 * area
leak_reversal = -60 * mV
sodium_reversal = 50 * mV
potassium_reversal = -90 * mV
threshold_shift = -63 * mV
tau_excitatory = 5 * ms
tau_inhibitory = 10 * ms
excitatory_reversal = 0 * mV
inhibitory_reversal = -80 * mV
excitatory_weight = 6 * nS
inhibitory_weight = 67 * nS

neurons = Equations("""
dv/dt = (g_leak*(leak_reversal - v) + sodium + potassium + synaptic)/capacitance : volt
sodium = g_sodium*m**3*h*(sodium_reversal - v) : amp
potassium = g_potassium*n**4*(potassium_reversal - v) : amp
synaptic = g_e*(excitatory_reversal - v) + g_i*(inhibitory_reversal - v) : amp
dg_e/dt = -g_e/tau_excitatory : siemens
dg_i/dt = -g_i/tau_inhibitory : siemens
u = (v - threshold_shift)/mV : 1
dm/dt = (alpha_m*(1 - m) - beta_m*m)/ms : 1
dn/dt = (alpha_n*(1 - n) - beta_n*n)/ms : 1
dh/dt = (alpha_h*(1 - h) - beta_h*h)/ms : 1
alpha_m = 0.32*4/exprel((13 - u)/4) : 1
beta_m = 0.28*5/exprel((u - 40)/5) : 1
alpha_n = 0.032*5/exprel((15 - u)/5) : 1
beta_n = 0.5*exp((10 - u)/40) : 1
alpha_h = 0.128*exp((17 - u)/18) : 1
beta_h = 4/(1 + exp((40 - u)/5)) : 1
""")


def simulate(duration):
    """Run for a time in seconds; return the monitors of spikes, and no weights."""
    cells = NeuronGroup(
        n_excitatory + n_inhibitory,
        neurons,
        threshold="v > -20*mV",
        refractory="v > -20*mV",
        method="exponential_euler",
    )
    excitation = Synapses(cells, cells, on_pre="g_e += excitatory_weight")
    excitation.connect("i < n_excitatory", p=connection_probability)
    inhibition = Synapses(cells, cells, on_pre="g_i += inhibitory_weight")
    inhibition.connect("i >= n_excitatory", p=connection_probability)
    cells.v = "leak_reversal + (10*rand() - 5)*mV"
    cells.g_e = "80*rand()*nS"
    cells.g_i = "400*rand()*nS"

    excitatory_spikes = SpikeMonitor(cells[:n_excitatory])
    inhibitory_spikes = SpikeMonitor(cells[n_excitatory:])
    run(duration * second)
    return {"excitatory": excitatory_spikes, "inhibitory": inhibitory_spikes}, {}
