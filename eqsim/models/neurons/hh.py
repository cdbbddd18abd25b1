"""The Hodgkin-Huxley neuron."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import cm, mS, mV, uF

HH = NeuronModel(
    name="HH",
    describes="squid giant axon at 6.3 degrees Celsius, potentials as measured today",
    equations="""
    dV/dt = (I + I_syn - I_Na - I_K - I_L)/C : volt
    dm/dt = alpha_m*(1 - m) - beta_m*m : 1
    dh/dt = alpha_h*(1 - h) - beta_h*h : 1
    dn/dt = alpha_n*(1 - n) - beta_n*n : 1
    I_Na = gNa*m**3*h*(V - ENa) : amp/meter**2
    I_K = gK*n**4*(V - EK) : amp/meter**2
    I_L = gL*(V - EL) : amp/meter**2
    alpha_m = inverse_exprel(-(V + 40*mV)/(10*mV))/ms : hertz
    beta_m = 4*exp(-(V + 65*mV)/(18*mV))/ms : hertz
    alpha_h = 0.07*exp(-(V + 65*mV)/(20*mV))/ms : hertz
    beta_h = 1/(1 + exp(-(V + 35*mV)/(10*mV)))/ms : hertz
    alpha_n = 0.1*inverse_exprel(-(V + 55*mV)/(10*mV))/ms : hertz
    beta_n = 0.125*exp(-(V + 65*mV)/(80*mV))/ms : hertz
    I : amp/meter**2
    I_syn : amp/meter**2
    """,
    parameters={
        "C": 1 * uF / cm**2,
        "gNa": 120 * mS / cm**2,
        "ENa": 50 * mV,
        "gK": 36 * mS / cm**2,
        "EK": -77 * mV,
        "gL": 0.3 * mS / cm**2,
        "EL": -54.387 * mV,
        "V_th": 20 * mV,
    },
    threshold="V > V_th",
    refractory="V > V_th",
    initial={
        "V": -65 * mV,
        "m": "alpha_m/(alpha_m + beta_m)",
        "h": "alpha_h/(alpha_h + beta_h)",
        "n": "alpha_n/(alpha_n + beta_n)",
    },
    method="exponential_euler",
    references=(
        "Hodgkin, A. L. & Huxley, A. F. (1952), Journal of Physiology 117, 500,"
        " doi:10.1113/jphysiol.1952.sp004764",
    ),
)
