"""Connectors: who is connected, how many, with what weights, from what seeds."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

import eqsim
from eqsim import NeuronGroup, Synapses, connect, ms, mV, run
from eqsim.connect import (
    DOG,
    All2All,
    BetweenParts,
    Connections,
    Connector,
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
    GridEight,
    GridFour,
    GridN,
    One2One,
    ScaleFree,
    Sides,
    SmallWorld,
)

nx = pytest.importorskip("networkx")
seeds = st.integers(0, 2**64 - 1)
shapes = st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple)

RANDOM = [
    lambda seed: FixedProb(0.3, seed=seed),
    lambda seed: FixedPreNum(2, seed=seed),
    lambda seed: FixedPostNum(0.25, seed=seed),
    lambda seed: DistanceDependent(lambda d: np.exp(-d), seed=seed),
    lambda seed: GaussianProb(0.3, seed=seed),
    lambda seed: SmallWorld(4, 0.3, seed=seed),
    lambda seed: SmallWorld(4, 0.3, directed=True, seed=seed),
    lambda seed: ScaleFree(2, seed=seed),
]
FIXED = [
    lambda: One2One(),
    lambda: All2All(),
    lambda: GridFour(),
    lambda: GridEight(),
    lambda: GridN(2, include_self=True),
    lambda: GaussianWeight(0.3, 1.0),
    lambda: DOG((0.2, 0.4), (1.0, 0.7)),
    lambda: FromIndices([0, 3, 3], [1, 2, 2], [1.0, 2.0, 3.0]),
    lambda: FromMatrix(np.eye(36)),
    lambda: FromSparse(sparse.eye_array(36)),
    lambda: FromGraph(nx.cycle_graph(36)),
    lambda: BetweenParts(GridFour(), pre=np.s_[:2, :2], post=np.s_[:2, :2]),
]


def pairs(made: Connections) -> set[tuple[int, int]]:
    return set(zip(made.pre.tolist(), made.post.tolist(), strict=True))


def matrix(made: Connections) -> np.ndarray[Any, Any]:
    return connect.ij2mat(made.pre, made.post, made.n_pre, made.n_post)


def places(shape: tuple[int, ...], *, normalize: bool) -> np.ndarray[Any, Any]:
    """The position of each element, written as the definition says."""
    steps = [max(n - 1, 1) if normalize else 1 for n in shape]
    return np.array(list(itertools.product(*map(range, shape)))) / steps


def distances(shape: tuple[int, ...], *, normalize: bool, periodic: bool) -> Any:
    position = places(shape, normalize=normalize)
    apart = np.abs(position[:, None] - position[None])
    if periodic:
        lengths = np.array([n / (max(n - 1, 1) if normalize else 1) for n in shape])
        apart = np.minimum(apart, lengths - apart)
    return np.sqrt((apart**2).sum(axis=-1))


# -- what holds for all ---------------------------------------------------------------------------


def test_every_connector_is_tested_here() -> None:
    made = [make(1) for make in RANDOM] + [make() for make in FIXED]

    assert {type(connector) for connector in made} == set(connect.ALL)
    assert all(issubclass(each, Connector) for each in connect.ALL)


@pytest.mark.parametrize("connector", [*(make(1) for make in RANDOM), *(make() for make in FIXED)])
def test_connections_are_in_rows_and_within_both_sides(connector: Connector) -> None:
    made = connector((6, 6))

    assert len(made) == len(made.post) == made.begin[-1]
    assert made.pre.dtype == made.post.dtype == np.int32
    assert made.post.min() >= 0
    assert made.post.max() < 36
    assert (np.lexsort((made.post, made.pre)) == np.arange(len(made))).all()
    assert made.n_outgoing.sum() == made.n_incoming.sum() == len(made)
    assert made.weights is None or np.shape(made.weights) == made.post.shape


@pytest.mark.parametrize("connector", [*(make(1) for make in RANDOM), *(make() for make in FIXED)])
def test_synapses_are_those_that_the_connector_makes_alone(connector: Connector) -> None:
    group = NeuronGroup((6, 6), "v : 1")
    synapses = Synapses(group, group, "w : 1")
    alone = connector((6, 6))
    synapses.connect(connector, weight=None if alone.weights is None else "w")

    assert (synapses.i[:] == alone.pre).all()
    assert (synapses.j[:] == alone.post).all()
    if alone.weights is not None:
        assert (synapses.w[:] == alone.weights).all()


@pytest.mark.parametrize("make", RANDOM)
def test_seeds_decide(make: Any) -> None:
    seeded = make(5)
    assert np.array_equal(seeded((6, 6)).post, seeded((6, 6)).post)
    assert pairs(make(5)((6, 6))) != pairs(make(6)((6, 6)))

    free = make(None)
    eqsim.seed(1)
    first, second = free((6, 6)), free((6, 6))
    eqsim.seed(1)
    again = free((6, 6))
    assert pairs(first) == pairs(again)
    assert pairs(first) != pairs(second)


@pytest.mark.parametrize("make", RANDOM)
def test_alone_and_in_connect_the_same_key_is_taken(make: Any) -> None:
    group = NeuronGroup((6, 6), "v : 1")
    synapses = Synapses(group, group)
    eqsim.seed(3)
    synapses.connect(make(None))
    eqsim.seed(3)
    alone = make(None)((6, 6))

    assert (synapses.i[:] == alone.pre).all()
    assert (synapses.j[:] == alone.post).all()


@pytest.mark.parametrize("include_self", [False, True])
@pytest.mark.parametrize(
    "kind", [
        All2All, GridFour, GridEight, GridN, lambda include_self: FixedProb(0.9, include_self),
        lambda include_self: FixedPreNum(3, include_self),
        lambda include_self: FixedPostNum(0.9, include_self),
        lambda include_self: GaussianProb(1.0, include_self=include_self),
        lambda include_self: GaussianWeight(1.0, 1.0, include_self=include_self),
        lambda include_self: DOG((1.0, 2.0), (1.0, 0.3), include_self=include_self),
    ],
)  # fmt: skip
def test_include_self_decides_on_the_diagonal(kind: Any, include_self: bool) -> None:
    made = kind(include_self=include_self)((5, 5))

    assert any(i == j for i, j in pairs(made)) is include_self


def test_elements_of_parts_of_one_group_are_known() -> None:
    group = NeuronGroup(8, "v : 1")
    synapses = Synapses(group[2:5], group)
    synapses.connect(All2All(include_self=False))

    assert len(synapses) == 3 * 7
    assert not (synapses.i[:] + 2 == synapses.j[:]).any()

    crossed = Synapses(group[2:5], group[4:7])
    crossed.connect(All2All(include_self=False))
    assert len(crossed) == 8
    assert not ((crossed.i[:] == 2) & (crossed.j[:] == 0)).any()


# -- pairs by chance ------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 40), st.integers(1, 40), seeds, st.booleans())
def test_all_and_one_to_one(n: int, m: int, seed: int, include_self: bool) -> None:
    if include_self:
        assert (matrix(All2All()(n, m)) == 1).all()
    assert (matrix(All2All(include_self=False)(n)) == 1 - np.eye(n)).all()
    assert (matrix(One2One()(n)) == np.eye(n)).all()


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 40), st.integers(2, 40), seeds, st.data())
def test_fixed_numbers_are_fixed_and_without_repetition(
    n: int, m: int, seed: int, data: st.DataObject
) -> None:
    k = data.draw(st.integers(0, min(n, m) - 1))
    for connector, counts, sides in (
        (FixedPostNum(k, seed=seed), "n_outgoing", (n, m)),
        (FixedPreNum(k, seed=seed), "n_incoming", (n, m)),
        (FixedPostNum(k, False, seed=seed), "n_outgoing", (n, n)),
        (FixedPreNum(k, False, seed=seed), "n_incoming", (n, n)),
    ):
        if sides == (n, n) and k > n - 1:
            continue
        made = connector(*sides)
        assert (getattr(made, counts) == k).all()
        assert len(pairs(made)) == len(made)


@pytest.mark.parametrize(("fraction", "count"), [(0.0, 0), (0.25, 10), (0.999, 40), (1.0, 40)])
def test_fractions_are_of_what_there_is_to_choose_from(fraction: float, count: int) -> None:
    assert (FixedPostNum(fraction)(8, 40).n_outgoing == count).all()
    assert (FixedPreNum(fraction)(40, 8).n_incoming == count).all()


def test_a_count_of_one_and_a_fraction_of_one_differ() -> None:
    assert (FixedPostNum(1)(5).n_outgoing == 1).all()
    assert (FixedPostNum(1.0)(5).n_outgoing == 5).all()


def test_degrees_of_fixed_probability_are_binomial() -> None:
    made = FixedProb(0.2, seed=8)(4000, 100)
    observed = np.bincount(made.n_outgoing, minlength=101)
    expected = 4000 * stats.binom.pmf(np.arange(101), 100, 0.2)
    common = expected > 8

    statistic = ((observed - expected)[common] ** 2 / expected[common]).sum()
    assert stats.chi2.sf(statistic, common.sum() - 1) > 1e-4
    assert stats.binomtest(len(made), 400_000, 0.2).pvalue > 1e-4
    # Sources of fixed numbers of targets are as good as any other.
    incoming = FixedPostNum(20, seed=8)(4000, 100).n_incoming
    assert stats.chisquare(incoming).pvalue > 1e-4


def test_fixed_probability_is_that_of_connect() -> None:
    group = NeuronGroup(300, "v : 1")
    mine, theirs = Synapses(group, group), Synapses(group, group)
    eqsim.seed(4)
    mine.connect(FixedProb(0.1))
    eqsim.seed(4)
    theirs.connect(p=0.1)

    assert np.array_equal(mine.i[:], theirs.i[:])
    assert np.array_equal(mine.j[:], theirs.j[:])


@pytest.mark.parametrize("prob", [0.0, 1.0])
def test_certain_probabilities(prob: float) -> None:
    assert (matrix(FixedProb(prob)(7, 9)) == prob).all()
    assert (matrix(FixedProb(prob, include_self=False)(7)) == prob * (1 - np.eye(7))).all()


# -- lattices -------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(shapes, st.booleans(), st.booleans(), st.integers(0, 3))
def test_neighbours_are_those_of_the_definition(
    shape: tuple[int, ...], periodic: bool, include_self: bool, n: int
) -> None:
    position = places(shape, normalize=False)
    apart = np.abs(position[:, None] - position[None])
    if periodic:
        apart = np.minimum(apart, np.array(shape) - apart)
    for connector, near in (
        (GridFour(include_self, periodic), apart.sum(axis=-1) <= 1),
        (GridEight(include_self, periodic), apart.max(axis=-1) <= 1),
        (GridN(n, include_self, periodic), apart.max(axis=-1) <= n),
    ):
        expected = near & (np.eye(len(position)) == 0) if not include_self else near
        assert (matrix(connector(shape)) == expected).all()


@settings(deadline=None, max_examples=40)
@given(shapes, st.booleans(), st.booleans(), st.floats(0.05, 3.0), st.booleans())
def test_weights_follow_their_formulas(
    shape: tuple[int, ...], normalize: bool, periodic: bool, sigma: float, include_self: bool
) -> None:
    d = distances(shape, normalize=normalize, periodic=periodic)
    options = {
        "normalize": normalize, "periodic_boundary": periodic, "include_self": include_self
    }  # fmt: skip
    gaussian = 2.0 * np.exp(-(d**2) / (2 * sigma**2))
    difference = gaussian - 1.5 * np.exp(-(d**2) / (8 * sigma**2))
    for connector, formula, least in (
        (GaussianWeight(sigma, 2.0, **options), gaussian, 0.02),
        (GaussianWeight(sigma, 2.0, w_min=0.0, **options), gaussian, 0.0),
        (DOG((sigma, 2 * sigma), (2.0, 1.5), **options), difference, 0.005),
    ):
        made = connector(shape)
        found = np.zeros_like(d)
        found[made.pre, made.post] = made.weights
        kept = np.abs(formula) >= least
        if not include_self:
            kept &= np.eye(len(d)) == 0
        assert found == pytest.approx(np.where(kept, formula, 0.0), rel=1e-12)
        assert len(made) == kept.sum()
        assert (matrix(made) == matrix(made).T).all()


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize(("shape", "normalize"), [((12, 9), True), ((40,), False)])
def test_gaussian_probabilities_are_those_of_the_formula(
    shape: tuple[int, ...], normalize: bool, periodic: bool
) -> None:
    sigma = 0.25 if normalize else 5.0
    p = np.exp(-(distances(shape, normalize=normalize, periodic=periodic) ** 2) / (2 * sigma**2))
    seen = np.zeros_like(p)
    trials = 200
    for seed in range(trials):
        made = GaussianProb(
            sigma, normalize=normalize, periodic_boundary=periodic, seed=seed
        )(shape)  # fmt: skip
        seen += matrix(made)

    assert (seen[p == 1.0] == trials).all()
    errors = (seen - trials * p)[p < 1] / np.sqrt(trials * p * (1 - p))[p < 1]
    common = (trials * p * (1 - p))[p < 1] > 5
    assert abs(errors[common].mean()) < 5 / np.sqrt(common.sum())
    assert errors[common].std() == pytest.approx(1.0, abs=0.05)
    assert abs(errors[common]).max() < 6


def test_lattices_of_other_sizes_are_laid_over_each_other() -> None:
    made = GaussianWeight(0.2, 1.0, w_min=0.3)((5, 7), (3, 4))
    a, b = places((5, 7), normalize=True), places((3, 4), normalize=True)
    weights = np.exp(-((a[:, None] - b[None]) ** 2).sum(axis=-1) / 0.08)
    found = np.zeros_like(weights)
    found[made.pre, made.post] = made.weights

    assert found == pytest.approx(np.where(weights >= 0.3, weights, 0.0))


def test_low_probabilities_are_left_out() -> None:
    d = distances((20,), normalize=False, periodic=False)
    made = GaussianProb(3.0, p_min=0.5, normalize=False, seed=1)(20)

    assert {(i, j) for i, j in pairs(made) if np.exp(-(d[i, j] ** 2) / 18) < 0.5} == set()
    assert (matrix(GaussianProb(3.0, p_min=1.0)(20)) == np.eye(20)).all()
    at_one = np.exp(-0.5 / 9)
    assert GaussianProb(3.0, p_min=at_one, normalize=False, seed=1)(20).n_outgoing.max() == 3
    reach = DistanceDependent(lambda d: np.ones_like(d), reach=2.0, normalize=False)(20)
    assert (matrix(reach) == (d <= 2)).all()


# -- random graphs --------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(st.integers(3, 30), st.floats(0, 1), st.booleans(), seeds, st.data())
def test_small_worlds_keep_their_edges(
    n: int, prob: float, directed: bool, seed: int, data: st.DataObject
) -> None:
    k = 2 * data.draw(st.integers(0, (n - 1) // 2))
    made = SmallWorld(k, prob, directed, seed=seed)(n)
    m = matrix(made)

    assert len(made) == n * k
    assert m.max(initial=0) <= 1
    assert np.trace(m) == 0
    if directed:
        assert (made.n_outgoing == k).all()
    else:
        assert (m == m.T).all()
        assert made.n_outgoing.min() >= k // 2


def test_a_small_world_without_rewiring_is_a_ring() -> None:
    apart = np.abs(np.arange(10)[:, None] - np.arange(10))
    ring = np.isin(np.minimum(apart, 10 - apart), (1, 2))

    for directed in (False, True):
        assert (matrix(SmallWorld(4, 0.0, directed)(10)) == ring).all()


def test_small_worlds_are_as_clustered_and_wide_as_those_of_networkx() -> None:
    mine = nx.from_numpy_array(matrix(SmallWorld(10, 0.1, seed=1)(400)))
    theirs = nx.connected_watts_strogatz_graph(400, 10, 0.1, seed=1)

    rewired = sum(min(abs(a - b), 400 - abs(a - b)) > 5 for a, b in mine.edges)
    # Of the other ends, 2 % would be neighbours on the ring, which are not chosen here.
    assert rewired == pytest.approx(200, abs=6 * np.sqrt(180))
    assert nx.transitivity(mine) == pytest.approx(nx.transitivity(theirs), rel=0.1)
    lengths = [nx.average_shortest_path_length(graph) for graph in (mine, theirs)]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.1)


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 40), st.booleans(), seeds, st.data())
def test_scale_free_networks_grow_by_m_edges(
    n: int, directed: bool, seed: int, data: st.DataObject
) -> None:
    m = data.draw(st.integers(1, n - 1))
    made = ScaleFree(m, directed, seed=seed)(n)
    edges = matrix(made)

    assert len(made) == (1 if directed else 2) * m * (n - m)
    assert edges.max() == 1
    assert np.trace(edges) == 0
    if directed:
        assert (made.pre > made.post).all()
        assert (made.n_outgoing[m + 1 :] == m).all()
    else:
        assert (edges == edges.T).all()
        assert made.n_outgoing[1:].min() >= min(m, 1)


def test_degrees_of_scale_free_networks_follow_their_law() -> None:
    m, n = 3, 20_000
    degrees = ScaleFree(m, seed=2)(n).n_outgoing
    k = np.arange(m, 40)
    share = 2 * m * (m + 1) / (k * (k + 1) * (k + 2))
    observed = np.bincount(degrees, minlength=40)[m:40] / n

    assert (np.abs(observed - share) < 5 * np.sqrt(share / n) + 0.01 * share).all()
    # The largest degree grows as the root of the size: far beyond that of a random graph.
    assert degrees.max() > np.sqrt(n)


# -- given ----------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 12), st.integers(1, 12), seeds)
def test_all_forms_of_a_matrix_give_the_same(n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(n, m)) * (rng.random((n, m)) < 0.4)
    i, j = np.nonzero(weights)
    shuffled = rng.permutation(len(i))
    forms = (
        FromMatrix(weights),
        FromSparse(sparse.csc_array(weights)),
        FromIndices(i[shuffled], j[shuffled], weights[i, j][shuffled]),
    )
    for connector in forms:
        made = connector(n, m)
        back = np.zeros((n, m))
        back[made.pre, made.post] = made.weights
        assert (back == weights).all()
    assert FromMatrix(weights != 0)(n, m).weights is None


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiDiGraph])
def test_graphs_with_weights(kind: Any) -> None:
    graph = kind()
    graph.add_nodes_from("abc")
    graph.add_edge("a", "c", w=2.0)
    graph.add_edge("b", "b", w=3.0)
    made = FromGraph(graph, weight="w", unit=mV)(3)
    expected = np.array([[0, 0, 2], [0, 3, 0], [0, 0, 0]])
    found = np.zeros((3, 3))
    found[made.pre, made.post] = made.weights / mV

    assert (found == (expected if graph.is_directed() else np.maximum(expected, expected.T))).all()


def test_matrices_of_scipy_stay_as_they_were() -> None:
    stored = sparse.coo_array(([1.0, 2.0], ([0, 0], [1, 1])), shape=(2, 2))
    made = FromSparse(stored)(2)

    assert made.weights.tolist() == [3.0]
    assert stored.data.tolist() == [1.0, 2.0]


def test_pairs_may_come_several_times() -> None:
    made = FromIndices([1, 1, 0], [0, 0, 1], [1.0, 2.0, 3.0])(2)

    assert made.pre.tolist() == [0, 1, 1]
    assert made.weights.tolist() == [3.0, 1.0, 2.0]


# -- synapses -------------------------------------------------------------------------------------


def test_weights_have_units_and_reach_the_synapses_that_are_new() -> None:
    group = NeuronGroup(3, "v : volt", threshold="v > 10*mV", reset="v = 0*mV")
    synapses = Synapses(group, group, "w : volt", on_pre="v_post += w")
    synapses.connect(i=[0], j=[2])
    synapses.w = 7 * mV
    synapses.connect(FromIndices([0, 2], [1, 2], weights=[1, 2] * mV), weight="w")

    assert synapses.w[:] / mV == pytest.approx([7, 1, 2])
    group.v = [20, 0, 0] * mV
    run(0.3 * ms, target="numpy")
    assert group.v[:] / mV == pytest.approx([0, 1, 7])


@pytest.mark.compiler
def test_networks_are_the_same_on_every_target() -> None:
    results = []
    for target in ("numpy", "cpp"):
        eqsim.start_scope()
        eqsim.seed(11)
        group = NeuronGroup(60, "dv/dt = -v/(5*ms) : 1", threshold="v > 1", reset="v = 0",
                            method="exact")  # fmt: skip
        group.v = "2*rand()"
        synapses = Synapses(group, group, "w : 1", on_pre="v_post += w")
        synapses.connect(GaussianWeight(0.2, 0.6, include_self=False), weight="w")
        extra = Synapses(group, group, on_pre="v_post += 0.1")
        extra.connect(FixedProb(0.2))
        run(5 * ms, target=target)
        results.append((group.v[:], extra.j[:]))

    assert np.array_equal(results[0][1], results[1][1])
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-12)


def test_a_connector_of_ones_own() -> None:
    class Chain(Connector):
        def connections(self, sides: Sides, key: int) -> Connections:
            i = np.arange(sides.n_pre - 1)
            return Connections.of_pairs(sides, i, i + 1)

    group = NeuronGroup(4, "v : 1")
    synapses = Synapses(group, group)
    synapses.connect(Chain())

    assert synapses.j[:].tolist() == [1, 2, 3]


# -- parts of grids -------------------------------------------------------------------------------


@given(st.data())
def test_parts_of_grids_are_connected_as_grids_of_their_own(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(2, 6), st.integers(2, 6)))
    rows, columns = (data.draw(st.integers(1, n)) for n in shape)
    part = np.s_[-rows:, :columns]
    made = BetweenParts(GridEight(), pre=part, post=part)(shape)
    alone = GridEight()((rows, columns))

    numbers = np.arange(shape[0] * shape[1]).reshape(shape)[part].ravel()
    assert (made.pre == numbers[alone.pre]).all()
    assert (made.post == numbers[alone.post]).all()


def test_a_corner_is_connected_with_a_larger_one() -> None:
    made = BetweenParts(All2All(), pre=np.s_[:5, :5], post=np.s_[:10, :10])((100, 100))

    assert len(made) == 25 * 100
    assert set(made.pre) == {100 * row + column for row in range(5) for column in range(5)}
    assert set(made.post) == {100 * row + column for row in range(10) for column in range(10)}


def test_weights_of_parts_keep_their_pairs() -> None:
    weighted = GaussianWeight(1.0, 2.0, normalize=False, w_min=0.0)
    made = BetweenParts(weighted, pre=np.s_[2:, 1:], post=np.s_[2:, 1:])((4, 3))

    place = dict(enumerate(places((4, 3), normalize=False)))
    for i, j, w in zip(*made, strict=True):
        assert w == pytest.approx(2 * np.exp(-((place[i] - place[j]) ** 2).sum() / 2))


# -- what follows from a rule -------------------------------------------------------------------


@pytest.mark.parametrize("base", [FixedProb(0.3, seed=1), FixedPreNum(2, seed=1)])
def test_changed_connections_of_a_rule_are_given_pairs(base: Connector) -> None:
    found = base(6)
    with pytest.raises(ValueError, match="read-only"):
        found.post[:] = 0
    with pytest.raises(ValueError, match="read-only"):
        found.begin[:] = 0
    assert found.rule is not None

    class Mirrored(FixedProb):
        def connections(self, sides: Sides, key: int) -> Connections:
            return replace(found, made=5 - found.post)

    group = NeuronGroup(6, "v : 1")
    synapses = Synapses(group, group)
    synapses.connect(Mirrored(0.3))
    assert synapses.connectivity.rule is None
    np.testing.assert_array_equal(synapses.i[:], found.pre)
    np.testing.assert_array_equal(synapses.j[:], 5 - found.post)
    replaced = replace(found, weights=np.ones(len(found)))
    assert replaced.rule is found.rule
