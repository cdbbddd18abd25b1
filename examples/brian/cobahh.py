"""COBAHH: a network of Hodgkin-Huxley neurons with synaptic conductances.

Brette et al. (2007), Simulation of networks of spiking neurons, doi:10.1007/s10827-007-0038-6.
"""

from eqsim.brian import *

seed(1)
area = 20000 * umetre**2
Cm = 1 * ufarad * cm**-2 * area
gl, El = 5e-5 * siemens * cm**-2 * area, -60 * mV
gNa, ENa = 100 * msiemens * cm**-2 * area, 50 * mV
gK, EK = 30 * msiemens * cm**-2 * area, -90 * mV
VT, Ee, Ei, taue, taui = -63 * mV, 0 * mV, -80 * mV, 5 * ms, 10 * ms
N = 4000

P = NeuronGroup(
    N,
    """
    dv/dt = (gl*(El - v) + ge*(Ee - v) + gi*(Ei - v)
             + gNa*m**3*h*(ENa - v) + gK*n**4*(EK - v))/Cm : volt
    dm/dt = am*(1 - m) - bm*m : 1
    dh/dt = ah*(1 - h) - bh*h : 1
    dn/dt = an*(1 - n) - bn*n : 1
    dge/dt = -ge/taue : siemens
    dgi/dt = -gi/taui : siemens
    u = v - VT : volt
    am = 1.28/exprel((13*mV - u)/(4*mV))/ms : Hz
    bm = 1.4/exprel((u - 40*mV)/(5*mV))/ms : Hz
    ah = 0.128*exp((17*mV - u)/(18*mV))/ms : Hz
    bh = 4/(1 + exp((40*mV - u)/(5*mV)))/ms : Hz
    an = 0.16/exprel((15*mV - u)/(5*mV))/ms : Hz
    bn = 0.5*exp((10*mV - u)/(40*mV))/ms : Hz
    """,
    threshold="v > -20*mV",
    refractory=3 * ms,
    method="exponential_euler",
)
excitatory, inhibitory = P[: 4 * N // 5], P[4 * N // 5 :]
Ce = Synapses(excitatory, P, on_pre="ge += 6*nS")
Ce.connect(p=0.02)
Ci = Synapses(inhibitory, P, on_pre="gi += 67*nS")
Ci.connect(p=0.02)
P.v = "El + (randn()*5 - 5)*mV"
P.ge = "(randn()*1.5 + 4)*10*nS"
P.gi = "(randn()*12 + 20)*10*nS"
traces = StateMonitor(P, "v", record=[1, 10, 100])
spikes = SpikeMonitor(P)

run(200 * ms)

figure(figsize=(7, 6))
subplot(211)
plot(traces.t / ms, traces.v.T / mV, lw=0.8)
ylabel("membrane potential (mV)")
title("COBAHH: Hodgkin-Huxley neurons with conductances")
subplot(212)
plot(spikes.t / ms, spikes.i, ".", ms=2)
xlabel("time (ms)")
ylabel("neuron")
tight_layout()
savefig("cobahh.png", dpi=120)
