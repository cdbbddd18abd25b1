"""The two-compartment neuron of Pinsky and Rinzel."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import cm, mS, mV, uF

PinskyRinzel = NeuronModel(
    name="PinskyRinzel",
    describes="pyramidal cell of CA3 with a soma (V) and a dendrite (V_d); calcium (Ca) without "
    "unit; potentials are measured, the rates of the paper relative to V_ref",
    equations="""
    dV/dt = (I + I_syn - gL*(V - EL) - gNa*m_inf**2*h*(V - ENa) - gKDR*n*(V - EK)
             + gc*(V_d - V)/p)/C : volt
    dV_d/dt = (I_d - gL*(V_d - EL) - I_Ca - gKAHP*q*(V_d - EK)
               - gKC*c*minimum(Ca/250, 1)*(V_d - EK) + gc*(V - V_d)/(1 - p))/C : volt
    dh/dt = alpha_h*(1 - h) - beta_h*h : 1
    dn/dt = alpha_n*(1 - n) - beta_n*n : 1
    ds/dt = alpha_s*(1 - s) - beta_s*s : 1
    dc/dt = alpha_c*(1 - c) - beta_c*c : 1
    dq/dt = minimum(0.00002*Ca, 0.01)/ms*(1 - q) - 0.001/ms*q : 1
    dCa/dt = (-0.13*cm**2/uA*I_Ca - 0.075*Ca)/ms : 1
    I_Ca = gCa*s**2*(V_d - ECa) : amp/meter**2
    x = V - V_ref : volt
    y = V_d - V_ref : volt
    m_inf = alpha_m/(alpha_m + beta_m) : 1
    alpha_m = 1.28*inverse_exprel((13.1*mV - x)/(4*mV))/ms : hertz
    beta_m = 1.4*inverse_exprel((x - 40.1*mV)/(5*mV))/ms : hertz
    alpha_h = 0.128*exp((17*mV - x)/(18*mV))/ms : hertz
    beta_h = 4/(1 + exp((40*mV - x)/(5*mV)))/ms : hertz
    alpha_n = 0.08*inverse_exprel((35.1*mV - x)/(5*mV))/ms : hertz
    beta_n = 0.25*exp(0.5 - 0.025*x/mV)/ms : hertz
    alpha_s = 1.6/(1 + exp(-0.072*(y - 65*mV)/mV))/ms : hertz
    beta_s = 0.1*inverse_exprel((y - 51.1*mV)/(5*mV))/ms : hertz
    fall = 2*exp((6.5*mV - y)/(27*mV))/ms : hertz
    rise = exp((y - 10*mV)/(11*mV) - (y - 6.5*mV)/(27*mV))/(18.975*ms) : hertz
    is_low = int(y <= 50*mV) : 1
    alpha_c = is_low*rise + (1 - is_low)*fall : hertz
    beta_c = is_low*(fall - rise) : hertz
    I : amp/meter**2
    I_d : amp/meter**2
    I_syn : amp/meter**2
    """,
    parameters={
        "C": 3 * uF / cm**2,
        "V_ref": -60 * mV,
        "gL": 0.1 * mS / cm**2,
        "EL": -60 * mV,
        "gNa": 30 * mS / cm**2,
        "ENa": 60 * mV,
        "gKDR": 15 * mS / cm**2,
        "gCa": 10 * mS / cm**2,
        "ECa": 80 * mV,
        "gKAHP": 0.8 * mS / cm**2,
        "gKC": 15 * mS / cm**2,
        "EK": -75 * mV,
        "gc": 2.1 * mS / cm**2,
        "p": 0.5,
        "V_th": -20 * mV,
    },
    threshold="V > V_th",
    refractory="V > V_th",
    initial={
        "V": -64.6 * mV,
        "V_d": -64.5 * mV,
        "h": 0.999,
        "n": 0.001,
        "s": 0.009,
        "c": 0.007,
        "q": 0.01,
        "Ca": 0.2,
    },
    method="rk4",
    references=(
        "Pinsky, P. F. & Rinzel, J. (1994), Journal of Computational Neuroscience 1, 39,"
        " doi:10.1007/BF00962717",
    ),
)
