"""Ion channels, one to a file."""

from __future__ import annotations

from eqsim.models.channel import ChannelModel
from eqsim.models.channels.ca_l import CaL
from eqsim.models.channels.ca_t import CaT
from eqsim.models.channels.h_current import Ih
from eqsim.models.channels.k_a import KA
from eqsim.models.channels.k_hh import KHH
from eqsim.models.channels.k_m import KM
from eqsim.models.channels.k_traub_miles import KTraubMiles
from eqsim.models.channels.k_wang_buzsaki import KWangBuzsaki
from eqsim.models.channels.leak import Leak
from eqsim.models.channels.na_hh import NaHH
from eqsim.models.channels.na_p import NaP
from eqsim.models.channels.na_traub_miles import NaTraubMiles
from eqsim.models.channels.na_wang_buzsaki import NaWangBuzsaki

ALL: tuple[ChannelModel, ...] = (
    Leak,
    NaHH,
    KHH,
    NaTraubMiles,
    KTraubMiles,
    NaWangBuzsaki,
    KWangBuzsaki,
    NaP,
    KA,
    KM,
    CaL,
    CaT,
    Ih,
)
"""All ion channels, in the order of their table."""

__all__ = [
    "KA",
    "KHH",
    "KM",
    "CaL",
    "CaT",
    "Ih",
    "KTraubMiles",
    "KWangBuzsaki",
    "Leak",
    "NaHH",
    "NaP",
    "NaTraubMiles",
    "NaWangBuzsaki",
]
