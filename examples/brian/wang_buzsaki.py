"""Gamma oscillations of inhibitory neurons: they synchronise each other.

Wang and Buzsaki (1996), doi:10.1523/JNEUROSCI.16-20-06402.1996.
"""

from eqsim.brian import *

seed(8)
defaultclock.dt = 0.02 * ms
N = 100
Cm = 1 * uF / cm**2
gNa, ENa = 35 * msiemens / cm**2, 55 * mV
gK, EK = 9 * msiemens / cm**2, -90 * mV
gL, EL = 0.1 * msiemens / cm**2, -65 * mV
gsyn, Esyn = 0.1 * msiemens / cm**2, -75 * mV
phi = 5

neurons = NeuronGroup(
    N,
    """
    dv/dt = (gNa*m**3*h*(ENa - v) + gK*n**4*(EK - v) + gL*(EL - v)
             + gsyn*s*(Esyn - v) + I)/Cm : volt
    m = am/(am + bm) : 1
    am = 1/exprel(-(v + 35*mV)/(10*mV))/ms : Hz
    bm = 4*exp(-(v + 60*mV)/(18*mV))/ms : Hz
    dh/dt = phi*(ah*(1 - h) - bh*h) : 1
    ah = 0.07*exp(-(v + 58*mV)/(20*mV))/ms : Hz
    bh = 1/(exp(-(v + 28*mV)/(10*mV)) + 1)/ms : Hz
    dn/dt = phi*(an*(1 - n) - bn*n) : 1
    an = 0.1/exprel(-(v + 34*mV)/(10*mV))/ms : Hz
    bn = 0.125*exp(-(v + 44*mV)/(80*mV))/ms : Hz
    dgate/dt = 12/ms/(1 + exp(-v/(2*mV)))*(1 - gate) - gate/(10*ms) : 1
    s : 1
    I : amp/metre**2 (constant)
    """,
    threshold="v > 0*mV",
    refractory="v > 0*mV",
    method="rk4",
)
neurons.v = "-70*mV + rand()*10*mV"
neurons.h, neurons.n = 0.8, 0.1
neurons.I = "(1 + 0.03*randn())*uA/cm**2"
inhibition = Synapses(neurons, neurons, "s_post = gate_pre/N_incoming : 1 (summed)")
inhibition.connect(p=0.6)
spikes = SpikeMonitor(neurons)
traces = StateMonitor(neurons, "v", record=[0, 1])

run(200 * ms)

figure(figsize=(7, 6))
subplot(211)
plot(spikes.t / ms, spikes.i, ".k", ms=3)
ylabel("neuron")
title("Inhibitory neurons synchronise at gamma frequency")
subplot(212)
plot(traces.t / ms, traces.v.T / mV, lw=0.8)
xlabel("time (ms)")
ylabel("potential (mV)")
tight_layout()
savefig("wang_buzsaki.png", dpi=120)
