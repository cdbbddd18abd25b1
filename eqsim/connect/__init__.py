"""Who is connected to whom: connectors, and conversions between forms of connectivity.

A connector says who is connected: ``S.connect(FixedProb(0.1))``, or alone
``pre, post = FixedProb(0.1)(100, 50)``.
"""

from __future__ import annotations

from eqsim.connect.chance import All2All, FixedPostNum, FixedPreNum, FixedProb, One2One
from eqsim.connect.conversions import (
    Rows,
    ij2mat,
    mat2ij,
    post2pre,
    post2syn,
    post_slice_syn,
    pre2post,
    pre2syn,
    pre_slice_syn,
)
from eqsim.connect.distances import DOG, DistanceDependent, GaussianProb, GaussianWeight
from eqsim.connect.given import FromGraph, FromIndices, FromMatrix, FromSparse
from eqsim.connect.graphs import ScaleFree, SmallWorld
from eqsim.connect.grids import GridEight, GridFour, GridN
from eqsim.connect.parts import BetweenParts
from eqsim.network.synapses.connectors import Connections, Connector, Sides

ALL: tuple[type[Connector], ...] = (
    One2One,
    All2All,
    GridFour,
    GridEight,
    GridN,
    FixedProb,
    FixedPreNum,
    FixedPostNum,
    DistanceDependent,
    GaussianProb,
    GaussianWeight,
    DOG,
    SmallWorld,
    ScaleFree,
    FromIndices,
    FromMatrix,
    FromSparse,
    FromGraph,
    BetweenParts,
)
"""All connectors."""

__all__ = [
    "ALL",
    "DOG",
    "All2All",
    "BetweenParts",
    "Connections",
    "Connector",
    "DistanceDependent",
    "FixedPostNum",
    "FixedPreNum",
    "FixedProb",
    "FromGraph",
    "FromIndices",
    "FromMatrix",
    "FromSparse",
    "GaussianProb",
    "GaussianWeight",
    "GridEight",
    "GridFour",
    "GridN",
    "One2One",
    "Rows",
    "ScaleFree",
    "Sides",
    "SmallWorld",
    "ij2mat",
    "mat2ij",
    "post2pre",
    "post2syn",
    "post_slice_syn",
    "pre2post",
    "pre2syn",
    "pre_slice_syn",
]
