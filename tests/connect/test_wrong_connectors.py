"""Connectors that cannot be: one clear error each, and nothing is half made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from eqsim import NeuronGroup, Synapses, mV, nS
from eqsim.connect import (
    DOG,
    All2All,
    BetweenParts,
    DistanceDependent,
    FixedPostNum,
    FixedPreNum,
    FixedProb,
    FromGraph,
    FromIndices,
    FromMatrix,
    FromSparse,
    GaussianProb,
    GaussianWeight,
    GridFour,
    GridN,
    One2One,
    ScaleFree,
    SmallWorld,
)
from eqsim.errors import DimensionMismatchError, EqsimError, ModelError

WRONG: list[tuple[Any, str]] = [
    (lambda: FixedProb(1.2),
     "prob of FixedProb is 1.2\n  expected: a probability, from 0 to 1"),
    (lambda: FixedProb(-0.1),
     "prob of FixedProb is -0.1\n  expected: a probability, from 0 to 1"),
    (lambda: FixedProb(float("nan")), "prob of FixedProb is nan\n  expected: a finite number"),
    (lambda: FixedProb("0.1"), "prob of FixedProb is '0.1'\n  expected: a finite number"),
    (lambda: FixedProb(0.1 * mV),
     "prob of FixedProb has the unit V\n  expected: a number without unit"),
    (lambda: FixedProb(0.1, include_self=2),
     "include_self of FixedProb is 2\n  expected: True or False"),
    (lambda: FixedProb(0.1, seed=-1),
     "the seed of a connector is a whole number from 0 up to 2**64 - 1, not -1"),
    (lambda: FixedPostNum(1.5),
     "num of FixedPostNum is 1.5\n  expected: a probability, from 0 to 1"),
    (lambda: FixedPreNum(-1),
     "num of FixedPreNum is -1\n  expected: a whole number, at least 0"),
    (lambda: FixedPostNum(5)(4),
     "FixedPostNum cannot choose 5 targets of 4\n"
     "  expected: a whole number up to that, or a fraction such as 0.1"),
    (lambda: FixedPreNum(4, include_self=False)(4),
     "FixedPreNum cannot choose 4 sources of 3 other than itself\n"
     "  expected: a whole number up to that, or a fraction such as 0.1"),
    (lambda: One2One()(3, 4),
     "One2One needs two sides of one size, not 3 and 4\n"
     "  connect a part of the larger one: G[:n]"),
    (lambda: All2All(include_self=False)(3, 4),
     "include_self=False needs sides whose elements correspond, but their shapes are (3,) and"
     " (4,)\n  groups of one shape do, and parts of one group; otherwise leave it out"),
    (lambda: GridFour()((3, 4), (4, 3)),
     "GridFour needs two sides of one shape, not (3, 4) and (4, 3)\n"
     "  give both groups the shape of the grid: NeuronGroup((10, 10), ...)"),
    (lambda: BetweenParts("i == j"),
     "BetweenParts needs a connector, not 'i == j'\n"
     "  for example BetweenParts(All2All(), pre=np.s_[:5, :5])"),
    (lambda: BetweenParts(All2All(), pre=np.s_[4:])((4, 4)),
     "pre = slice(4, None, None) chooses no places of a grid of the shape (4, 4)\n"
     "  expected: slices or numbers, such as np.s_[:5, :5]"),
    (lambda: BetweenParts(All2All(), post=np.s_[:, :, 0])((4, 4)),
     "post = (slice(None, None, None), slice(None, None, None), 0) chooses no places of a grid of"
     " the shape (4, 4)\n  expected: slices or numbers, such as np.s_[:5, :5]"),
    (lambda: BetweenParts(One2One(), pre=np.s_[:2])((4, 4)),
     "One2One needs two sides of one size, not 8 and 16\n"
     "  connect a part of the larger one: G[:n]"),
    (lambda: GridN(-1), "n of GridN is -1\n  expected: a whole number, at least 0"),
    (lambda: GaussianProb(0.0),
     "sigma of GaussianProb is 0.0\n  expected: a number above 0"),
    (lambda: GaussianProb(1.0, p_min=2),
     "p_min of GaussianProb is 2\n  expected: a probability, from 0 to 1"),
    (lambda: GaussianWeight(0.1, 1.0)((3, 3), 9),
     "GaussianWeight needs two sides with equally many axes, not (3, 3) and (9,)\n"
     "  give groups a shape: NeuronGroup((10, 10), ...)"),
    (lambda: GaussianWeight(0.1, 1.0, periodic_boundary=True)(3, 4),
     "GaussianWeight needs two sides of one shape, not (3,) and (4,)\n"
     "  give groups a shape: NeuronGroup((10, 10), ...)"),
    (lambda: GaussianWeight(0.1, 1 * mV, w_min=0.1 * nS),
     "w_max of GaussianWeight has the unit V, and w_min has S\n  give both in one unit"),
    (lambda: DOG(0.1, (1.0, 2.0)),
     "sigmas of DOG is 0.1\n  expected: a pair, such as (1, 2)"),
    (lambda: DOG((0.1, -0.2), (1.0, 2.0)),
     "sigmas of DOG is -0.2\n  expected: a number above 0"),
    (lambda: DistanceDependent(0.5),
     "prob of DistanceDependent is 0.5\n"
     "  expected: a function of distances, such as lambda d: np.exp(-d/0.1)"),
    (lambda: DistanceDependent(lambda d: 2 - d)(4),
     "the probability is 2 at the distance 0\n"
     "  expected: numbers from 0 to 1; np.clip(..., 0, 1) keeps them there"),
    (lambda: DistanceDependent(lambda d: 0.5)(4),
     "prob of DistanceDependent returned the shape () for distances of the shape (4,)\n"
     "  expected: one probability for each distance"),
    (lambda: SmallWorld(3, 0.1),
     "num_neighbor of SmallWorld is 3\n"
     "  expected: an even number, half of the neighbours lie on either side"),
    (lambda: SmallWorld(4, 0.1)(4),
     "SmallWorld cannot connect each of 4 elements with 4 neighbours\n"
     "  expected: an even number below 4"),
    (lambda: SmallWorld(4, 0.1)(6, 8),
     "SmallWorld connects a population with itself, but the sides have 6 and 8 elements\n"
     "  use it for Synapses from a group to itself"),
    (lambda: ScaleFree(5)(5),
     "ScaleFree cannot give each new element 5 edges with 5 elements\n  expected: m below 5"),
    (lambda: FromIndices([0, 1], [0]),
     "FromIndices was given 2 sources and 1 targets\n  each pair has one of both"),
    (lambda: FromIndices([0, 1], [0, 1], [1.0]),
     "FromIndices was given 2 pairs and weights of the shape (1,)\n  each pair has one"),
    (lambda: FromIndices([0.5], [1]),
     "i of FromIndices is no list of whole numbers\n"
     "  it has the shape (1,) and the type float64"),
    (lambda: FromIndices([0], [1] * mV),
     "j of FromIndices has a unit\n  indices are whole numbers"),
    (lambda: FromIndices([0, 3], [1, 1])(3),
     "i = 3 at position 1 does not exist\n  that side has 3 elements, numbers 0 to 2"),
    (lambda: FromMatrix([1, 2]),
     "FromMatrix was given an array of the shape (2,)\n  expected: (n_pre, n_post)"),
    (lambda: FromMatrix(np.eye(3))(3, 4),
     "FromMatrix has a matrix of the shape (3, 3), but connects 3 elements with 4\n"
     "  expected: the shape (3, 4)"),
    (lambda: FromMatrix([[np.nan]]),
     "the matrix cannot have nan, at position 0, 0\n  expected: finite numbers"),
    (lambda: FromSparse(np.eye(3)),
     "FromSparse was given ndarray\n"
     "  expected: a matrix of scipy.sparse; FromMatrix takes an array of NumPy"),
    (lambda: FromSparse(sparse.eye_array(3))(4),
     "FromSparse has a matrix of the shape (3, 3), but connects 4 elements with 4\n"
     "  expected: the shape (4, 4)"),
    (lambda: FromGraph([(0, 1)]),
     "FromGraph was given list\n  expected: a graph of NetworkX"),
    (lambda: FixedProb(0.1)((2, 0)), "a group has from 1 to 2**31 - 1 neurons, not 0"),
    (lambda: All2All()(100_000),
     "there would be more than 2**31 - 1 synapses: about 1e+10\n"
     "  make several Synapses, for parts of the groups"),
    (lambda: FixedProb(0.9)(100_000),
     "there would be more than 2**31 - 1 synapses: about 9e+09\n"
     "  make several Synapses, for parts of the groups"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_what_cannot_be_connected_is_refused(call: Any, message: str) -> None:
    with pytest.raises(EqsimError) as raised:
        call()

    assert str(raised.value) == message


def test_a_graph_without_weights_has_none_to_give() -> None:
    networkx = pytest.importorskip("networkx")
    with pytest.raises(ModelError) as raised:
        FromGraph(networkx.path_graph(2), weight="w")

    assert str(raised.value) == (
        "the edge from 0 to 1 has no attribute 'w'\n  give every edge one, or leave out 'weight'"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"condition": FixedProb(0.5), "p": 0.1},
         "connect takes FixedProb alone: it says everything about the pairs\n"
         "  leave out i, j, p, n and skip_if_invalid"),
        ({"condition": FixedProb(0.5), "j": [0, 1]},
         "connect takes FixedProb alone: it says everything about the pairs\n"
         "  leave out i, j, p, n and skip_if_invalid"),
        ({"condition": FixedProb},
         "FixedProb is a class of connectors\n  make one: FixedProb(...)"),
        ({"p": 0.5, "weight": "w"},
         "weight names the variable that gets the weights of a connector, and there is none\n"
         "  give it: connect(connector, weight='w'), or set S.w after connect"),
        ({"condition": FixedProb(0.5), "weight": "w"},
         "the connector gives no weights for 'w' of 'links'\n  set them after connect:"
         " links.w = ..."),
        ({"condition": GaussianWeight(0.1, 1.0), "weight": "w"},
         "the weights of the connector have the unit 1, and 'w' of 'links' has V\n"
         "  give the connector weights in V"),
        ({"condition": GaussianWeight(0.1, 1 * mV), "weight": "v"},
         "'links' has no variable 'v' with a value for each synapse\n  its variables: w, s"),
        ({"condition": GaussianWeight(0.1, 1 * mV), "weight": "s"},
         "'links' has no variable 's' with a value for each synapse\n  its variables: w, s"),
    ],
)  # fmt: skip
def test_synapses_that_refuse_a_connector_stay_as_they_were(
    arguments: dict[str, Any], message: str
) -> None:
    group = NeuronGroup(4, "x : 1")
    synapses = Synapses(group, group, "w : volt\ns : volt (shared)", name="links")
    synapses.connect(i=[0], j=[1])
    with pytest.raises((ModelError, DimensionMismatchError)) as raised:
        synapses.connect(**arguments)

    assert str(raised.value) == message
    assert len(synapses) == 1
