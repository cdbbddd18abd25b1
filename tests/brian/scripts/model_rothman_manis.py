"""Covers: models-hodgkin-huxley equations-many"""

from brian2 import *

defaultclock.dt = 0.02 * ms
C, Eh, EK, El, ENa = 12 * pF, -43 * mV, -70 * mV, -65 * mV, 50 * mV
gnabar, gkhtbar, gkltbar, ghbar, gl = 1000 * nS, 150 * nS, 200 * nS, 20 * nS, 2 * nS
q10 = 3.0 ** ((37 - 22) / 10.0)
nf, zss = 0.85, 0.5
G = NeuronGroup(
    3,
    """
dv/dt = (gl*(El - v) + ina + ikht + iklt + ih + I)/C : volt
vu = v/mV : 1
ina = gnabar*m**3*h*(ENa - v) : amp
ikht = gkhtbar*(nf*n**2 + (1 - nf)*p)*(EK - v) : amp
iklt = gkltbar*w**4*z*(EK - v) : amp
ih = ghbar*r*(Eh - v) : amp
I : amp
dm/dt = q10*(1/(1 + exp(-(vu + 38)/7)) - m)/(10/(5*exp((vu + 60)/18) + 36*exp(-(vu + 60)/25)) + 0.04)/ms : 1
dh/dt = q10*(1/(1 + exp((vu + 65)/6)) - h)/(100/(7*exp((vu + 60)/11) + 10*exp(-(vu + 60)/25)) + 0.6)/ms : 1
dn/dt = q10*((1 + exp(-(vu + 15)/5))**-0.5 - n)/(100/(11*exp((vu + 60)/24) + 21*exp(-(vu + 60)/23)) + 0.7)/ms : 1
dp/dt = q10*(1/(1 + exp(-(vu + 23)/6)) - p)/(100/(4*exp((vu + 60)/32) + 5*exp(-(vu + 60)/22)) + 5)/ms : 1
dw/dt = q10*((1 + exp(-(vu + 48)/6))**-0.25 - w)/(100/(6*exp((vu + 60)/6) + 16*exp(-(vu + 60)/45)) + 1.5)/ms : 1
dz/dt = q10*(zss + (1 - zss)/(1 + exp((vu + 71)/10)) - z)/(1000/(exp((vu + 60)/20) + exp(-(vu + 60)/8)) + 50)/ms : 1
dr/dt = q10*(1/(1 + exp((vu + 76)/7)) - r)/(100000/(237*exp((vu + 60)/12) + 17*exp(-(vu + 60)/14)) + 25)/ms : 1
""",
    method="exponential_euler",
)
G.v = El
M = StateMonitor(G, ["v", "w"], record=True)
run(10 * ms)
G.I = "(100 + 200*i)*pA"
run(15 * ms)
deterministic = dict(v=asarray(M.v[:, ::100]), w=M.w[:, ::100], m=G.m[:], r=G.r[:])
