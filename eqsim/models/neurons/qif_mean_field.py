"""The mean field of quadratic integrate-and-fire neurons."""

from __future__ import annotations

from eqsim.models.neuron import NeuronModel
from eqsim.units import hertz, ms

QIFMeanField = NeuronModel(
    name="QIFMeanField",
    describes="firing rate r and mean potential v of infinitely many coupled quadratic "
    "integrate-and-fire neurons whose drive is spread by Delta around eta",
    equations="""
    dr/dt = (Delta/(pi*tau) + 2*r*v)/tau : hertz
    dv/dt = (v**2 + eta + J*tau*r - (pi*tau*r)**2 + I + I_syn)/tau : 1
    I : 1
    I_syn : 1
    """,
    parameters={"Delta": 1.0, "eta": -5.0, "J": 15.0, "tau": 10 * ms},
    initial={"r": 1 * hertz, "v": -2.0},
    method="rk4",
    potential="v",
    references=(
        "Montbrio, E., Pazo, D. & Roxin, A. (2015), Physical Review X 5, 021028,"
        " doi:10.1103/PhysRevX.5.021028",
    ),
)
