"""Models of the literature that the tests analyse, with the parameters of their sources."""

from eqsim import msiemens, mV, uA, ufarad
from eqsim.units import cmetre

FITZHUGH_NAGUMO = """
dv/dt = (v - v**3/3 - w + I)/ms : 1
dw/dt = (v + a - b*w)/(tau*ms) : 1
I : 1
a : 1
b : 1
tau : 1
"""
FITZHUGH_NAGUMO_PARAMETERS = {"a": 0.7, "b": 0.8, "tau": 12.5}
PLANE = {"v": (-3, 3), "w": (-3, 3)}

MORRIS_LECAR = """
dv/dt = (I - g_L*(v - E_L) - g_K*w*(v - E_K) - g_Ca*m_inf*(v - E_Ca))/C : volt
dw/dt = phi*(w_inf - w)*cosh((v - V_3)/(2*V_4))/ms : 1
m_inf = 0.5*(1 + tanh((v - V_1)/V_2)) : 1
w_inf = 0.5*(1 + tanh((v - V_3)/V_4)) : 1
I : amp/meter**2
"""
DENSITY = uA / cmetre**2
_CONDUCTANCE = msiemens / cmetre**2
_COMMON = {
    "g_L": 2 * _CONDUCTANCE, "E_L": -60 * mV, "g_K": 8 * _CONDUCTANCE, "E_K": -84 * mV,
    "E_Ca": 120 * mV, "C": 20 * ufarad / cmetre**2, "V_1": -1.2 * mV, "V_2": 18 * mV,
}  # fmt: skip
HOPF_REGIME = {
    **_COMMON, "g_Ca": 4.4 * _CONDUCTANCE, "V_3": 2 * mV, "V_4": 30 * mV, "phi": 0.04,
}  # fmt: skip
SADDLE_NODE_REGIME = {
    **_COMMON, "g_Ca": 4 * _CONDUCTANCE, "V_3": 12 * mV, "V_4": 17.4 * mV, "phi": 1 / 15,
}  # fmt: skip
"""Ermentrout & Terman (2010), table 3.1. doi:10.1007/978-0-387-87708-2"""
MORRIS_LECAR_PLANE = {"v": (-80 * mV, 60 * mV), "w": (-0.1, 1.1)}

HODGKIN_HUXLEY = """
dv/dt = (I - 120*m**3*h*(v - 50) - 36*n**4*(v + 77) - 0.3*(v + 54.387))/ms : 1
dm/dt = (a_m*(1 - m) - b_m*m)/ms : 1
dh/dt = (a_h*(1 - h) - b_h*h)/ms : 1
dn/dt = (a_n*(1 - n) - b_n*n)/ms : 1
a_m = 0.1*(v + 40)/(1 - exp(-(v + 40)/10)) : 1
b_m = 4*exp(-(v + 65)/18) : 1
a_h = 0.07*exp(-(v + 65)/20) : 1
b_h = 1/(1 + exp(-(v + 35)/10)) : 1
a_n = 0.01*(v + 55)/(1 - exp(-(v + 55)/10)) : 1
b_n = 0.125*exp(-(v + 65)/80) : 1
I : 1
"""
HODGKIN_HUXLEY_BOX = {"v": (-90, 60), "m": (0, 1), "h": (0, 1), "n": (0, 1)}
