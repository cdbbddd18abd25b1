"""The exponential integrate-and-fire neuron."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import Mohm, ms, mV

ExpIF = NeuronModel(
    name="ExpIF",
    describes="integrate-and-fire neuron whose spikes start exponentially",
    equations="""
    dV/dt = (V_rest - V + Delta_T*exp((minimum(V, V_th) - V_T)/Delta_T)
             + R*(I + I_syn))/tau : volt (unless refractory)
    I : amp
    I_syn : amp
    """,
    parameters={
        "V_rest": -65 * mV,
        "V_reset": -68 * mV,
        "V_th": -30 * mV,
        "V_T": -59.9 * mV,
        "Delta_T": 3.48 * mV,
        "R": 100 * Mohm,
        "tau": 10 * ms,
        "tau_ref": 1.7 * ms,
    },
    threshold="V > V_th",
    reset="V = V_reset",
    refractory="tau_ref",
    initial={"V": "V_rest"},
    method="rk4",
    references=(
        "Fourcaud-Trocme, N. et al. (2003), Journal of Neuroscience 23, 11628,"
        " doi:10.1523/JNEUROSCI.23-37-11628.2003",
    ),
)
