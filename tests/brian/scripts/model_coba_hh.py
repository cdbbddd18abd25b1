"""Covers: models-networks methods-exponential-euler"""

from brian2 import *

area = 20000 * umetre**2
Cm = (1 * ufarad * cm**-2) * area
gl, El = (5e-5 * siemens * cm**-2) * area, -60 * mV
EK, ENa, VT = -90 * mV, 50 * mV, -63 * mV
g_na, g_kd = (100 * msiemens * cm**-2) * area, (30 * msiemens * cm**-2) * area
taue, taui, Ee, Ei = 5 * ms, 10 * ms, 0 * mV, -80 * mV
we, wi = 6 * nS, 67 * nS
P = NeuronGroup(
    24,
    Equations("""
dv/dt = (gl*(El - v) + ge*(Ee - v) + gi*(Ei - v) - g_na*(m*m*m)*h*(v - ENa) - g_kd*(n*n*n*n)*(v - EK))/Cm : volt
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dge/dt = -ge*(1./taue) : siemens
dgi/dt = -gi*(1./taui) : siemens
alpha_m = 0.32*(mV**-1)*4*mV/exprel((13*mV - v + VT)/(4*mV))/ms : Hz
beta_m = 0.28*(mV**-1)*5*mV/exprel((v - VT - 40*mV)/(5*mV))/ms : Hz
alpha_h = 0.128*exp((17*mV - v + VT)/(18*mV))/ms : Hz
beta_h = 4./(1 + exp((40*mV - v + VT)/(5*mV)))/ms : Hz
alpha_n = 0.032*(mV**-1)*5*mV/exprel((15*mV - v + VT)/(5*mV))/ms : Hz
beta_n = .5*exp((10*mV - v + VT)/(40*mV))/ms : Hz
"""),
    threshold="v > -20*mV",
    refractory=3 * ms,
    method="exponential_euler",
)
Pe, Pi = P[:18], P[18:]
Ce = Synapses(Pe, P, on_pre="ge += we")
Ci = Synapses(Pi, P, on_pre="gi += wi")
Ce.connect(condition="(i*5 + j*3) % 4 == 0")
Ci.connect(condition="(i + j) % 5 == 0")
P.v = "El + (i % 5 - 3)*mV"
P.ge = "(i % 7)*5*nS"
P.gi = "(i % 3)*8*nS"
sp = SpikeMonitor(P)
run(25 * ms)
deterministic = dict(
    v=asarray(P.v), m=P.m[:], ge=asarray(P.ge), counts=sp.count[:], t=asarray(sp.t)
)
