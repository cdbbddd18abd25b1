"""Leak that no potential changes."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.units import cm, mS, mV

Leak = ChannelModel(
    name="Leak",
    describes="leak that no potential changes",
    equations="""
    I_L = gL*(V - EL) : amp/meter**2
    """,
    current="I_L",
    parameters={
        "gL": 0.3 * mS / cm**2,
        "EL": -54.387 * mV,
    },
    references=(
        "Hodgkin, A. L. & Huxley, A. F. (1952), Journal of Physiology 117, 500,"
        " doi:10.1113/jphysiol.1952.sp004764",
    ),
)
