"""The neuron of Traub and Miles."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import cm, mS, mV, uF

TraubMiles = NeuronModel(
    name="TraubMiles",
    describes="pyramidal cell of the hippocampus, with the channels of its soma",
    equations="""
    dV/dt = (I + I_syn - gNa*m**3*h*(V - ENa) - gK*n**4*(V - EK) - gL*(V - EL))/C : volt
    dm/dt = alpha_m*(1 - m) - beta_m*m : 1
    dh/dt = alpha_h*(1 - h) - beta_h*h : 1
    dn/dt = alpha_n*(1 - n) - beta_n*n : 1
    alpha_m = 1.28*inverse_exprel((13*mV - V + V_T)/(4*mV))/ms : hertz
    beta_m = 1.4*inverse_exprel((V - V_T - 40*mV)/(5*mV))/ms : hertz
    alpha_h = 0.128*exp((17*mV - V + V_T)/(18*mV))/ms : hertz
    beta_h = 4/(1 + exp((40*mV - V + V_T)/(5*mV)))/ms : hertz
    alpha_n = 0.16*inverse_exprel((15*mV - V + V_T)/(5*mV))/ms : hertz
    beta_n = 0.5*exp((10*mV - V + V_T)/(40*mV))/ms : hertz
    I : amp/meter**2
    I_syn : amp/meter**2
    """,
    parameters={
        "C": 1 * uF / cm**2,
        "gNa": 100 * mS / cm**2,
        "ENa": 50 * mV,
        "gK": 30 * mS / cm**2,
        "EK": -90 * mV,
        "gL": 0.05 * mS / cm**2,
        "EL": -65 * mV,
        "V_T": -63 * mV,
        "V_th": -20 * mV,
    },
    threshold="V > V_th",
    refractory="V > V_th",
    initial={
        "V": "EL",
        "m": "alpha_m/(alpha_m + beta_m)",
        "h": "alpha_h/(alpha_h + beta_h)",
        "n": "alpha_n/(alpha_n + beta_n)",
    },
    method="exponential_euler",
    references=(
        "Traub, R. D. & Miles, R. (1991), Neuronal Networks of the Hippocampus,"
        " doi:10.1017/CBO9780511895401",
        "Brette, R. et al. (2007), Journal of Computational Neuroscience 23, 349,"
        " doi:10.1007/s10827-007-0038-6",
    ),
)
