"""Covers: models-hodgkin-huxley methods-rk4 equations-alpha"""

from brian2 import *

defaultclock.dt = 0.02 * ms
Cm, gL, EL, ENa, EK = 1 * uF, 0.1 * msiemens, -65 * mV, 55 * mV, -90 * mV
gNa, gK = 35 * msiemens, 9 * msiemens
G = NeuronGroup(
    3,
    """dv/dt = (-gNa*m**3*h*(v - ENa) - gK*n**4*(v - EK) - gL*(v - EL) + Iapp)/Cm : volt
m = alpha_m/(alpha_m + beta_m) : 1
alpha_m = 0.1/mV*10*mV/exprel(-(v + 35*mV)/(10*mV))/ms : Hz
beta_m = 4*exp(-(v + 60*mV)/(18*mV))/ms : Hz
dh/dt = 5*(alpha_h*(1 - h) - beta_h*h) : 1
alpha_h = 0.07*exp(-(v + 58*mV)/(20*mV))/ms : Hz
beta_h = 1./(exp(-0.1/mV*(v + 28*mV)) + 1)/ms : Hz
dn/dt = 5*(alpha_n*(1 - n) - beta_n*n) : 1
alpha_n = 0.01/mV*10*mV/exprel(-(v + 34*mV)/(10*mV))/ms : Hz
beta_n = 0.125*exp(-(v + 44*mV)/(80*mV))/ms : Hz
Iapp : amp""",
    threshold="v > 0*mV",
    refractory="v > 0*mV",
    method="rk4",
)
G.v, G.h, G.n = -70 * mV, 0.9, 0.1
G.Iapp = "(0.2 + 0.5*i)*uA"
sp = SpikeMonitor(G)
run(40 * ms)
deterministic = dict(v=asarray(G.v), h=G.h[:], n=G.n[:], counts=sp.count[:], t=asarray(sp.t))
