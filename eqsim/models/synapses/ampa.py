"""Receptors for fast excitation."""

from __future__ import annotations

from eqsim.models.output import COBA
from eqsim.models.synapse import Keeper, SynapseModel
from eqsim.units import ms, mV

AMPA = SynapseModel(
    name="AMPA",
    describes="AMPA receptors: a pulse T of transmitter opens them, up to all",
    keeper=Keeper.SOURCE,
    gates="""
    dg/dt = alpha*T*portion*int(t - released < T_dur + dt/2)*(1 - g) - beta*g : 1
    released : second
    portion : 1
    """,
    on_event="released{at} = t; portion{at} = {release}",
    parameters={"alpha": 0.98 / ms, "beta": 0.18 / ms, "T": 0.5, "T_dur": 0.5 * ms},
    initial={"released": -1000000 * ms, "portion": 1.0},
    method="exponential_euler",
    output=COBA(0 * mV),
    references=(
        "Destexhe, A., Mainen, Z. F. & Sejnowski, T. J. (1994), Neural Computation 6, 14,"
        " doi:10.1162/neco.1994.6.1.14",
    ),
)
