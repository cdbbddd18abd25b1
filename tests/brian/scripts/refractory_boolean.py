"""Covers: neurons-refractory-boolean models-hodgkin-huxley neurons-shared-threshold"""

from brian2 import *

defaultclock.dt = 0.02 * ms
area = 20000 * umetre**2
Cm = 1 * ufarad * cm**-2 * area
gl = 5e-5 * siemens * cm**-2 * area
El, EK, ENa = -65 * mV, -90 * mV, 50 * mV
g_na, g_kd = 100 * msiemens * cm**-2 * area, 30 * msiemens * cm**-2 * area
VT = -63 * mV
eqs = Equations("""
dv/dt = (gl*(El - v) - g_na*(m*m*m)*h*(v - ENa) - g_kd*(n*n*n*n)*(v - EK) + I)/Cm : volt
dm/dt = 0.32*(mV**-1)*4*mV/exprel((13.*mV - v + VT)/(4*mV))/ms*(1 - m) - 0.28*(mV**-1)*5*mV/exprel((v - VT - 40.*mV)/(5*mV))/ms*m : 1
dn/dt = 0.032*(mV**-1)*5*mV/exprel((15.*mV - v + VT)/(5.*mV))/ms*(1. - n) - .5*exp((10.*mV - v + VT)/(40.*mV))/ms*n : 1
dh/dt = 0.128*exp((17.*mV - v + VT)/(18.*mV))/ms*(1. - h) - 4./(1 + exp((40.*mV - v + VT)/(5.*mV)))/ms*h : 1
I : amp
""")
G = NeuronGroup(
    8, eqs, threshold="v > -40*mV", refractory="v > -40*mV", method="exponential_euler"
)
G.v = El
G.I = "0.7*nA*i/N"
sp = SpikeMonitor(G)
run(60 * ms)
deterministic = dict(v=asarray(G.v), m=G.m[:], counts=sp.count[:], t=asarray(sp.t))
