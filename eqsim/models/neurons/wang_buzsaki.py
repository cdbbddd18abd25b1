"""The interneuron of Wang and Buzsaki."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import cm, mS, mV, uF

WangBuzsaki = NeuronModel(
    name="WangBuzsaki",
    describes="fast-spiking interneuron of the hippocampus",
    equations="""
    dV/dt = (I + I_syn - gNa*m_inf**3*h*(V - ENa) - gK*n**4*(V - EK) - gL*(V - EL))/C : volt
    dh/dt = phi*(alpha_h*(1 - h) - beta_h*h) : 1
    dn/dt = phi*(alpha_n*(1 - n) - beta_n*n) : 1
    m_inf = alpha_m/(alpha_m + beta_m) : 1
    alpha_m = inverse_exprel(-(V + 35*mV)/(10*mV))/ms : hertz
    beta_m = 4*exp(-(V + 60*mV)/(18*mV))/ms : hertz
    alpha_h = 0.07*exp(-(V + 58*mV)/(20*mV))/ms : hertz
    beta_h = 1/(1 + exp(-(V + 28*mV)/(10*mV)))/ms : hertz
    alpha_n = 0.1*inverse_exprel(-(V + 34*mV)/(10*mV))/ms : hertz
    beta_n = 0.125*exp(-(V + 44*mV)/(80*mV))/ms : hertz
    I : amp/meter**2
    I_syn : amp/meter**2
    """,
    parameters={
        "C": 1 * uF / cm**2,
        "gNa": 35 * mS / cm**2,
        "ENa": 55 * mV,
        "gK": 9 * mS / cm**2,
        "EK": -90 * mV,
        "gL": 0.1 * mS / cm**2,
        "EL": -65 * mV,
        "phi": 5.0,
        "V_th": 0 * mV,
    },
    threshold="V > V_th",
    refractory="V > V_th",
    initial={
        "V": "EL",
        "h": "alpha_h/(alpha_h + beta_h)",
        "n": "alpha_n/(alpha_n + beta_n)",
    },
    method="rk4",
    references=(
        "Wang, X.-J. & Buzsaki, G. (1996), Journal of Neuroscience 16, 6402,"
        " doi:10.1523/JNEUROSCI.16-20-06402.1996",
    ),
)
