"""The Connor-Stevens neuron."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import cm, mS, mV, uF

ConnorStevens = NeuronModel(
    name="ConnorStevens",
    describes="gastropod neuron whose A-current lets it fire slowly",
    equations="""
    dV/dt = (I + I_syn - gL*(V - EL) - gNa*m**3*h*(V - ENa) - gK*n**4*(V - EK)
             - gA*a**3*b*(V - EA))/C : volt
    dm/dt = alpha_m*(1 - m) - beta_m*m : 1
    dh/dt = alpha_h*(1 - h) - beta_h*h : 1
    dn/dt = alpha_n*(1 - n) - beta_n*n : 1
    da/dt = (a_inf - a)/tau_a : 1
    db/dt = (b_inf - b)/tau_b : 1
    alpha_m = 3.8*inverse_exprel(-(V + 29.7*mV)/(10*mV))/ms : hertz
    beta_m = 15.2*exp(-0.0556*(V + 54.7*mV)/mV)/ms : hertz
    alpha_h = 0.266*exp(-(V + 48*mV)/(20*mV))/ms : hertz
    beta_h = 3.8/(1 + exp(-(V + 18*mV)/(10*mV)))/ms : hertz
    alpha_n = 0.2*inverse_exprel(-(V + 45.7*mV)/(10*mV))/ms : hertz
    beta_n = 0.25*exp(-0.0125*(V + 55.7*mV)/mV)/ms : hertz
    a_inf = (0.0761*exp(0.0314*(V + 94.22*mV)/mV)/(1 + exp(0.0346*(V + 1.17*mV)/mV)))**(1/3) : 1
    tau_a = (0.3632 + 1.158/(1 + exp(0.0497*(V + 55.96*mV)/mV)))*ms : second
    b_inf = (1/(1 + exp(0.0688*(V + 53.3*mV)/mV)))**4 : 1
    tau_b = (1.24 + 2.678/(1 + exp(0.0624*(V + 50*mV)/mV)))*ms : second
    I : amp/meter**2
    I_syn : amp/meter**2
    """,
    parameters={
        "C": 1 * uF / cm**2,
        "gNa": 120 * mS / cm**2,
        "ENa": 55 * mV,
        "gK": 20 * mS / cm**2,
        "EK": -72 * mV,
        "gA": 47.7 * mS / cm**2,
        "EA": -75 * mV,
        "gL": 0.3 * mS / cm**2,
        "EL": -17 * mV,
        "V_th": 0 * mV,
    },
    threshold="V > V_th",
    refractory="V > V_th",
    initial={
        "V": -68 * mV,
        "m": "alpha_m/(alpha_m + beta_m)",
        "h": "alpha_h/(alpha_h + beta_h)",
        "n": "alpha_n/(alpha_n + beta_n)",
        "a": "a_inf",
        "b": "b_inf",
    },
    method="exponential_euler",
    references=(
        "Connor, J. A., Walter, D. & McKown, R. (1977), Biophysical Journal 18, 81,"
        " doi:10.1016/S0006-3495(77)85598-7",
    ),
)
