"""State of synapses: reading, writing, choosing, recording; and what becomes of it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eqsim import (
    Network,
    NeuronGroup,
    StateMonitor,
    Synapses,
    ms,
    mV,
    run,
    seed,
    volt,
)
from eqsim.errors import DimensionMismatchError

# Not in the order in which they are stored; one pair twice.
EDGES = [(2, 0), (0, 4), (1, 1), (0, 0), (2, 3), (1, 4), (0, 0), (3, 2)]
PRE, POST = (np.array(side) for side in zip(*EDGES, strict=True))
N = len(EDGES)
IN_ORDER = [(0, 0), (0, 1), (0, 1), (1, 0), (1, 4), (3, 2)]


@pytest.fixture(params=["permuted", "in order"])
def edges(request):
    return EDGES if request.param == "permuted" else IN_ORDER


def connected(edges, model="w : 1", **arguments):
    A = NeuronGroup(4, "x : 1\ng : 1 (shared)", name="A")
    B = NeuronGroup(5, "y : 1\nu : volt", name="B")
    A.x, A.g, B.y, B.u = "10*i", 0.5, "100*i", "i*mV"
    synapses = Synapses(A, B, model, name="S", **arguments)
    i, j = map(list, zip(*edges, strict=True))
    synapses.connect(i=i, j=j)
    return synapses


# ----------------------------------------------------------------------------- whole variables


def test_sources_and_targets_are_in_the_order_of_creation(edges):
    synapses = connected(edges)

    assert list(zip(synapses.i, synapses.j, strict=True)) == edges
    assert synapses.N == len(synapses) == len(synapses.i) == len(edges)
    assert synapses.i[:].dtype.kind == synapses.j[:].dtype.kind == "i"


def test_arrays_are_written_and_read_in_the_order_of_creation(edges):
    synapses = connected(edges)
    values = np.arange(len(edges)) + 0.5
    synapses.w = values
    assert synapses.w[:].tolist() == np.asarray(synapses.w).tolist() == values.tolist()
    synapses.w[1:3] = [7, 8]
    synapses.w[[-1, 0]] = [9, 10]
    synapses.w[np.arange(len(edges)) == 4] = 11
    values[1:3], values[[-1, 0]], values[4] = [7, 8], [9, 10], 11

    assert synapses.w[:].tolist() == values.tolist()
    assert synapses.w[::-2].tolist() == values[::-2].tolist()
    assert synapses.w[3] == values[3]


def test_expressions_see_both_sides(edges):
    synapses = connected(edges, "w : 1\nv : volt\nz = w + x_pre : 1\neta : 1 (shared)")
    i, j = map(np.array, zip(*edges, strict=True))
    scale_pre = 1000
    synapses.eta = 3
    synapses.w = "i + 0.1*j + x_pre + y_post + y + g_pre + eta + scale_pre*N_pre + N_post + N"
    synapses.v = "u_post + 1*volt*i"

    expected = i + 0.1 * j + 10 * i + 200 * j + 0.5 + 3 + 4000 + 5 + len(edges)
    np.testing.assert_allclose(synapses.w, expected, rtol=1e-15)
    np.testing.assert_allclose(synapses.z, expected + 10 * i, rtol=1e-15)
    np.testing.assert_allclose(synapses.v / mV, j + 1000 * i, rtol=1e-15)
    np.testing.assert_allclose(synapses.v_, (j + 1000 * i) / 1000, rtol=1e-15)
    assert scale_pre == 1000


def test_variables_of_both_sides_are_read_through_the_synapses(edges):
    synapses = connected(edges, "w : 1")
    i, j = map(np.array, zip(*edges, strict=True))

    assert synapses.x_pre[:].tolist() == (10 * i).tolist()
    assert synapses.y_post[:].tolist() == (100 * j).tolist()
    np.testing.assert_allclose(synapses.u_post / mV, j)
    assert synapses.u_post[:].dim is volt.dim
    assert synapses.y_post["i == 0"].tolist() == (100 * j[i == 0]).tolist()
    assert synapses.N_incoming[:].tolist() == [(j == each).sum() for each in j]
    assert synapses.N_outgoing[:].tolist() == [(i == each).sum() for each in i]
    assert synapses.N_outgoing_pre.tolist() == [(i == each).sum() for each in range(4)]
    assert synapses.N_incoming_post.tolist() == [(j == each).sum() for each in range(5)]
    assert (synapses.N_pre, synapses.N_post) == (4, 5)


def test_arithmetic_in_place(edges):
    synapses = connected(edges)
    synapses.w = np.arange(len(edges))
    synapses.w += 1
    synapses.w *= 2
    synapses.w[2] -= 5
    synapses.w[0, :] *= 10
    expected = 2.0 * (np.arange(len(edges)) + 1)
    expected[2] -= 5
    expected[[i == 0 for i, _ in edges]] *= 10

    assert synapses.w[:].tolist() == expected.tolist()
    assert (synapses.w + 1 > 3).tolist() == (expected + 1 > 3).tolist()
    assert np.sum(synapses.w) == expected.sum()


def test_whole_numbers_and_truth_values():
    synapses = connected(EDGES, "k : integer\nb : boolean")
    synapses.k = "i*j"
    synapses.b = "i == j"
    synapses.b[1] = True
    synapses.k["b"] = -1

    expected = PRE * POST
    expected[[1, *np.flatnonzero(PRE == POST)]] = -1
    assert synapses.k[:].tolist() == expected.tolist()
    assert synapses.b[:].tolist() == [s == 1 or i == j for s, (i, j) in enumerate(EDGES)]
    assert synapses.b[:].dtype == bool


def test_random_expressions_differ_between_synapses():
    synapses = connected(EDGES)
    seed(1)
    synapses.w = "rand()"
    first = synapses.w[:]
    synapses.w = "rand()"
    assert len(np.unique([first, synapses.w[:]])) == 2 * N
    seed(1)
    synapses.w = "rand()"

    assert synapses.w[:].tolist() == first.tolist()


# -------------------------------------------------------------------------------- one value


def test_one_value_for_all_behaves_like_many():
    synapses = connected(EDGES, "w : 1\nv : volt\nk : integer\nb : boolean")
    assert synapses.w[:].tolist() == [0] * N
    synapses.w, synapses.v, synapses.k, synapses.b = 3, 2 * mV, 4, True
    assert synapses.w[:].tolist() == [3] * N
    assert synapses.w.shape == (N,)
    assert synapses.w[2, 0].tolist() == [3]
    assert synapses.b[:].tolist() == [True] * N
    assert synapses.k["j == 4"].tolist() == [4, 4]
    taken = synapses.w[:]
    taken[0] = 99
    assert synapses.w[:].tolist() == [3] * N
    synapses.w[4] = 5
    synapses.v["i == 0"] = 1 * mV
    synapses.k[2, :] = [6, 7]
    synapses.b[3] = False

    assert synapses.w[:].tolist() == [3, 3, 3, 3, 5, 3, 3, 3]
    np.testing.assert_allclose(synapses.v / mV, np.where(PRE == 0, 1, 2))
    assert synapses.k[:].tolist() == [6, 4, 4, 4, 7, 4, 4, 4]
    assert synapses.b[:].tolist() == [s != 3 for s in range(N)]
    synapses.w = 8
    assert synapses.w[:].tolist() == [8] * N
    synapses.w += 1
    assert synapses.w[:].tolist() == [9] * N


@pytest.mark.parametrize("how", ["w", "view", "slice", "text", "array", "states"])
def test_one_value_may_be_given_in_many_ways(target, how):
    neurons = NeuronGroup(3, "v : 1", threshold="True", reset="")
    synapses = Synapses(neurons, neurons, "w : 1\nn : 1", on_pre="v += w; n += w")
    synapses.connect()
    match how:
        case "w":
            synapses.w = 2
        case "view":
            synapses.w.set(2)
        case "slice":
            synapses.w[:] = 2
        case "text":
            synapses.w = "2"
        case "array":
            synapses.w = np.full(9, 2)
        case "states":
            synapses.set_states({"w": 2})
    Network(neurons, synapses).run(0.2 * ms, target=target)

    assert neurons.v[:].tolist() == [12] * 3
    assert synapses.n[:].tolist() == [4] * 9
    assert synapses.w[:].tolist() == [2] * 9


def test_one_value_that_events_change_becomes_many(target):
    neurons = NeuronGroup(3, "v : 1", threshold="i == 1", reset="")
    synapses = Synapses(neurons, neurons, "w : 1", on_pre="w += 1 + j")
    synapses.connect(i=[2, 1, 0, 1], j=[0, 2, 1, 0])
    synapses.w = 10
    net = Network(neurons, synapses)
    net.run(0.1 * ms, target=target)
    assert synapses.w[:].tolist() == [10, 13, 10, 11]
    synapses.w = 20
    assert synapses.w[:].tolist() == [20] * 4
    net.run(0.1 * ms, target=target)

    assert synapses.w[:].tolist() == [20, 23, 20, 21]


def test_values_set_between_runs_count(target):
    neurons = NeuronGroup(2, "v : 1", threshold="True", reset="")
    synapses = Synapses(neurons, neurons, "w : 1", on_pre="v += w")
    synapses.connect(i=[1, 0], j=[0, 0])
    net = Network(neurons, synapses)
    total = 0.0
    for value in (1, [2, 3], 4, "5 + i", 0, "6*i"):
        synapses.w = value
        total += synapses.w[:].sum()
        net.run(0.1 * ms, target=target)
        assert neurons.v[0] == total


def test_single_synapse():
    synapses = connected([(1, 3)], "w : 1")
    synapses.w = 2
    synapses.w[0] = 3
    synapses.w[1, 3] += 1
    assert synapses.w[:].tolist() == [4]
    synapses.w[:] = 5
    assert synapses.w[:].tolist() == [5]
    assert synapses.w["j == 3"].tolist() == [5]


# ---------------------------------------------------------------------------------- by pairs


PAIRS = [
    ((0, 0), lambda i, j: (i == 0) & (j == 0)),
    ((0, slice(None)), lambda i, j: i == 0),
    ((slice(None), 4), lambda i, j: j == 4),
    ((slice(None), slice(None)), lambda i, j: i >= 0),
    ((slice(1, 3), slice(None, 4)), lambda i, j: (i >= 1) & (i < 3) & (j < 4)),
    ((slice(None, None, 2), slice(None)), lambda i, j: i % 2 == 0),
    (([0, 3], slice(None)), lambda i, j: np.isin(i, [0, 3])),
    ((np.array([2, 0]), [0, 3]), lambda i, j: np.isin(i, [0, 2]) & np.isin(j, [0, 3])),
    (([True, False, True, False], slice(None)), lambda i, j: np.isin(i, [0, 2])),
    (("x > 5", slice(None)), lambda i, j: i >= 1),
    ((slice(None), "y < 150"), lambda i, j: j < 2),
    (("i > 0", "i == 4"), lambda i, j: (i > 0) & (j == 4)),
    ((3, 0), lambda i, j: (i == 3) & (j == 0)),
]


@pytest.mark.parametrize(
    ("index", "rule"), [pytest.param(index, rule, id=repr(index)) for index, rule in PAIRS]
)
def test_synapses_between_chosen_elements(edges, index, rule):
    synapses = connected(edges)
    i, j = map(np.array, zip(*edges, strict=True))
    values = np.arange(len(edges)) + 1.0
    synapses.w = values
    chosen = rule(i, j)

    assert synapses.w[index].tolist() == values[chosen].tolist()
    assert synapses[index].indices.tolist() == np.flatnonzero(chosen).tolist()
    assert synapses.j[index].tolist() == j[chosen].tolist()
    assert synapses.x_pre[index].tolist() == (10 * i[chosen]).tolist()
    synapses.w[index] = values[chosen] * 10
    values[chosen] *= 10
    assert synapses.w[:].tolist() == values.tolist()
    synapses.w[index] = "100*j"
    values[chosen] = 100 * j[chosen]
    assert synapses.w[:].tolist() == values.tolist()


def test_groups_choose_their_elements():
    synapses = connected(EDGES)
    A, B = synapses.source, synapses.target
    synapses.w = np.arange(N)

    assert synapses.w[A, B].tolist() == list(range(N))
    assert synapses.w[A[1:3], :].tolist() == np.flatnonzero((PRE >= 1) & (PRE < 3)).tolist()
    assert synapses.w[A[:2], B[3:]].tolist() == np.flatnonzero((PRE < 2) & (POST >= 3)).tolist()
    assert synapses.w[2, B[:1]].tolist() == [0]
    synapses.w[A[0], B[0]] = [-1, -2]
    assert synapses.w[[3, 6]].tolist() == [-1, -2]


def test_views_choose_elements():
    synapses = connected(EDGES)
    synapses.w = np.arange(N)
    first = synapses.source.i["x > 15"]

    assert synapses.w[first, :].tolist() == np.flatnonzero(PRE >= 2).tolist()
    assert synapses.w[synapses.source.x > 15, :].tolist() == np.flatnonzero(PRE >= 2).tolist()
    assert synapses.w[synapses.w > 4].tolist() == [5, 6, 7]
    assert synapses.w[synapses.indices["i == 2"]].tolist() == [0, 4]


@pytest.mark.parametrize("index", [3, slice(2, 6), [0, 5], "i == 2", (2, slice(None)), (0, 0)])
def test_selections_are_indices(index):
    synapses = connected(EDGES)
    synapses.w = np.arange(N)
    chosen = synapses[index]

    expected = np.atleast_1d(synapses.w[index]).astype(int).tolist()
    assert chosen.indices.tolist() == list(chosen) == np.array(chosen).tolist() == expected
    assert len(chosen) == len(expected)
    assert synapses.w[chosen].tolist() == expected
    synapses.w[chosen] = -1
    assert np.flatnonzero(synapses.w[:] == -1).tolist() == expected
    assert np.arange(N)[chosen].tolist() == expected


def test_parts_of_groups_on_both_sides():
    A, B = NeuronGroup(6, "x : 1"), NeuronGroup(9, "y : 1")
    A.x, B.y = "i", "i"
    left, right = A[2:6], B[5:8]
    synapses = Synapses(left, right, "w : 1")
    edges = [(3, 2), (0, 0), (1, 2), (0, 1), (3, 0)]
    i, j = map(np.array, zip(*edges, strict=True))
    synapses.connect(i=i, j=j)
    synapses.w = "10*i + j"

    assert synapses.w[:].tolist() == (10 * i + j).tolist()
    assert synapses.w[0, :].tolist() == [0, 1]
    assert synapses.w[:, 2].tolist() == [32, 12]
    assert synapses.w[3, 0].tolist() == [30]
    assert synapses.w[1:, [0, 1]].tolist() == [30]
    assert synapses.w["x > 3", :].tolist() == [32, 30]
    assert synapses.w[:, "y > 6"].tolist() == [32, 12]
    assert synapses.w[A[5], :].tolist() == [32, 30]
    assert synapses.w[A[:3], B].tolist() == [0, 1]
    assert synapses.w[:, B[5:6]].tolist() == [0, 30]
    assert synapses.x_pre[:].tolist() == (i + 2).tolist()
    assert synapses.y_post[:, 2].tolist() == [7, 7]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    edges=some.lists(
        some.tuples(some.integers(0, 3), some.integers(0, 3)), min_size=1, max_size=12
    ),
    parts=some.lists(some.integers(1, 11), max_size=3),
    k=some.integers(0, 3),
)
def test_state_behaves_like_a_list_of_synapses(edges, parts, k):
    """Against a plain list, with several calls of connect."""
    A = NeuronGroup(4, "")
    synapses = Synapses(A, A, "w : 1", multisynaptic_index="copy")
    bounds = sorted({0, len(edges), *(part for part in parts if part < len(edges))})
    plain = []
    for begin, end in itertools.pairwise(bounds):
        i, j = map(list, zip(*edges[begin:end], strict=True))
        synapses.connect(i=i, j=j)
        plain += [0.0] * (end - begin)
        new = np.arange(begin, end) + 1
        synapses.w[begin:end] = new
        plain[begin:end] = new.tolist()
    i, j = map(np.array, zip(*edges, strict=True))
    copies = [edges[:s].count(edge) for s, edge in enumerate(edges)]

    assert synapses.w[:].tolist() == plain
    assert list(zip(synapses.i, synapses.j, strict=True)) == edges
    assert synapses.copy[:].tolist() == copies
    assert synapses.w[k, :].tolist() == np.array(plain)[i == k].tolist()
    assert synapses.w[:, k].tolist() == np.array(plain)[j == k].tolist()
    if k <= max(copies):
        assert synapses.w[:, :, k].tolist() == np.array(plain)[np.array(copies) == k].tolist()


# ---------------------------------------------------------------------- several connect()


def test_further_synapses_leave_the_state_of_the_earlier(target):
    A = NeuronGroup(3, "v : 1", threshold="i == 1", reset="")
    synapses = Synapses(A, A, "w : 1\nu : 1\nk : integer\nb : boolean\neta : 1 (shared)",
                        on_pre="v += w; u += 1")  # fmt: skip
    synapses.connect(i=[2, 1], j=[1, 2])
    synapses.w, synapses.k, synapses.eta = [5, 6], 7, 8
    synapses.b[1] = True
    net = Network(A, synapses)
    net.run(0.2 * ms, target=target)
    synapses.connect(i=[1, 0, 1], j=[0, 0, 2])

    assert list(zip(synapses.i, synapses.j, strict=True)) == [
        (2, 1),
        (1, 2),
        (1, 0),
        (0, 0),
        (1, 2),
    ]
    assert synapses.w[:].tolist() == [5, 6, 0, 0, 0]
    assert synapses.u[:].tolist() == [0, 2, 0, 0, 0]
    assert synapses.k[:].tolist() == [7, 7, 0, 0, 0]
    assert synapses.b[:].tolist() == [False, True, False, False, False]
    assert synapses.eta == 8
    synapses.w[2:] = [10, 20, 30]
    net.run(0.1 * ms, target=target)

    assert A.v[:].tolist() == [10, 0, 12 + 36]
    assert synapses.u[:].tolist() == [0, 3, 1, 0, 1]


def test_connecting_nothing_more_changes_nothing():
    synapses = connected(EDGES)
    synapses.w = np.arange(N)
    synapses.connect(i=np.zeros(0, dtype=int), j=np.zeros(0, dtype=int))

    assert synapses.w[:].tolist() == list(range(N))
    assert list(zip(synapses.i, synapses.j, strict=True)) == EDGES


def test_first_synapses_after_a_connect_that_made_none():
    A = NeuronGroup(3, "")
    synapses = Synapses(A, A, "w : 1")
    synapses.connect(i=np.zeros(0, dtype=int), j=np.zeros(0, dtype=int))
    synapses.w = 4
    assert synapses.w[:].tolist() == []
    synapses.connect(i=[1, 0], j=[1, 2])

    assert synapses.w[:].tolist() == [0, 0]
    synapses.w = [1, 2]
    assert synapses.w[0, :].tolist() == [2]


def test_synapses_made_after_a_run_without_any(target):
    A = NeuronGroup(2, "v : 1", threshold="True", reset="")
    model = "w : 1\nda/dt = -a/ms : 1 (event-driven)"
    synapses = Synapses(A, A, model, on_pre="a += 1; v += a + w", on_post="w += 1")
    synapses.connect(i=np.zeros(0, dtype=int), j=np.zeros(0, dtype=int))
    net = Network(A, synapses)
    net.run(0.2 * ms, target=target)
    synapses.connect(i=[1, 0], j=[0, 0])
    synapses.w = [10, 100]
    net.run(0.1 * ms, target=target)

    assert A.v[:].tolist() == [112, 0]
    assert synapses.w[:].tolist() == [11, 101]


# ------------------------------------------------------------------------- multisynaptic index


def test_number_within_the_pair_counts_over_all_connections(target):
    A = NeuronGroup(2, "v : 1", threshold="True", reset="")
    synapses = Synapses(A, A, "w : 1\no : 1", on_pre="o = k; v += w*(k == 1)",
                        multisynaptic_index="k")  # fmt: skip
    synapses.connect(i=[1, 0, 1], j=[0, 1, 0])
    synapses.connect(i=[0, 1, 0], j=[0, 0, 1])
    synapses.w = "1 + 10*k"
    assert synapses.k[:].tolist() == [0, 0, 1, 0, 2, 1]
    assert synapses.w[:].tolist() == [1, 1, 11, 1, 21, 11]
    assert synapses.w[1, 0, 1].tolist() == [11]
    assert synapses.w[1, 0, :].tolist() == [1, 11, 21]
    assert synapses.w[:, :, 1].tolist() == [11, 11]
    assert synapses.w[:, 0, [0, 2]].tolist() == [1, 1, 21]
    assert synapses.w["k == 2"].tolist() == [21]
    Network(A, synapses).run(0.1 * ms, target=target)

    assert synapses.o[:].tolist() == [0, 0, 1, 0, 2, 1]
    assert A.v[:].tolist() == [11, 11]


def test_n_synapses_per_pair_are_numbered():
    A = NeuronGroup(2, "")
    synapses = Synapses(A, A, "w : 1", multisynaptic_index="k")
    synapses.connect(n=3)

    assert synapses.N == 12
    assert sorted(zip(synapses.i, synapses.j, synapses.k, strict=True)) == [
        (i, j, k) for i in range(2) for j in range(2) for k in range(3)
    ]
    assert synapses.multisynaptic_index == "k"


# ---------------------------------------------------------------------------------- recording


def test_monitor_of_synapses_records_in_the_order_of_creation(target, edges):
    A = NeuronGroup(4, "x : 1\nz = 2*x : 1", threshold="True", reset="x += 1 + i")
    B = NeuronGroup(5, "v : 1")
    synapses = Synapses(A, B, "w : 1\nu : 1\nsum_of_both = w + x_pre : 1", on_pre="w += i; v += w")
    i, j = map(np.array, zip(*edges, strict=True))
    synapses.connect(i=i, j=j)
    synapses.u = 3
    everything = StateMonitor(
        synapses, ["w", "u", "x_pre", "z_pre", "v_post", "sum_of_both"], record=True
    )
    some_of_them = StateMonitor(synapses, "w", record=[3, 0, 5])
    pair = StateMonitor(synapses, "w", record=synapses[0, :])
    Network(A, B, synapses, everything, some_of_them, pair).run(0.3 * ms, target=target)

    steps = np.arange(3)
    assert everything.w.tolist() == np.outer(i, steps).tolist()
    assert everything.u.tolist() == [[3, 3, 3]] * len(edges)
    assert everything.x_pre.tolist() == np.outer(1 + i, steps).tolist()
    assert everything.z_pre.tolist() == (2 * np.outer(1 + i, steps)).tolist()
    assert everything.sum_of_both.tolist() == np.outer(1 + 2 * i, steps).tolist()
    inputs = np.array([[i[j == each].sum() for each in range(5)]])[0]
    assert everything.v_post.tolist() == np.outer(inputs[j], [0, 1, 3]).tolist()
    assert some_of_them.w.tolist() == everything.w[[3, 0, 5]].tolist()
    assert some_of_them[3].w.tolist() == everything.w[3].tolist()
    assert pair.record.tolist() == np.flatnonzero(i == 0).tolist()
    assert pair.w.tolist() == everything.w[i == 0].tolist()
    assert everything[synapses[int(i[2]), int(j[2])].indices[0]].w.shape == (3,)


def test_monitor_of_a_part_of_the_source_records_its_elements(target):
    A, B = NeuronGroup(6, "x : 1"), NeuronGroup(6, "y : 1")
    A.x, B.y = "i", "10*i"
    synapses = Synapses(A[3:], B[2:], "w : 1\nz = x_pre + y_post : 1")
    synapses.connect(i=[2, 0, 1], j=[0, 3, 1])
    seen = StateMonitor(synapses, ["x_pre", "y_post", "z"], record=True)
    Network(A, B, synapses, seen).run(0.1 * ms, target=target)

    assert seen.x_pre[:, 0].tolist() == [5, 3, 4]
    assert seen.y_post[:, 0].tolist() == [20, 50, 30]
    assert seen.z[:, 0].tolist() == [25, 53, 34]


def test_monitor_has_units_and_its_own_clock(target):
    A = NeuronGroup(2, "", threshold="True", reset="")
    synapses = Synapses(A, A, "w : volt", on_pre="w += 1*mV")
    synapses.connect(i=[1, 0], j=[0, 0])
    seen = StateMonitor(synapses, "w", record=1, dt=0.2 * ms)
    run(0.6 * ms, target=target)

    np.testing.assert_allclose(seen.w / mV, [[0, 2, 4]])
    np.testing.assert_allclose(seen.t / ms, [0, 0.2, 0.4])


# -------------------------------------------------------------------------------- many at once


def test_states_are_copied_and_put_back():
    synapses = connected(EDGES, "w : 1\nv : volt\nk : integer\nb : boolean\neta : 1 (shared)")
    synapses.w, synapses.v, synapses.eta = np.arange(N), 2 * mV, 9
    kept = synapses.get_states(["w", "v", "eta", "k", "b"])
    assert kept["w"].tolist() == list(range(N))
    np.testing.assert_allclose(kept["v"] / mV, [2] * N)
    synapses.w, synapses.v, synapses.eta, synapses.k = 0, "1*mV*i", 1, 4
    synapses.set_states(kept)

    assert synapses.w[:].tolist() == list(range(N))
    np.testing.assert_allclose(synapses.v / mV, [2] * N)
    assert (synapses.eta, synapses.k[:].tolist()) == (9, [0] * N)
    plain = synapses.get_states(["v"], units=False)
    np.testing.assert_allclose(plain["v"], [2e-3] * N)
    synapses.set_states({"v": np.full(N, 1e-3)}, units=False)
    np.testing.assert_allclose(synapses.v / mV, [1] * N)


@pytest.mark.parametrize("before", [1.5, np.arange(N) + 0.5], ids=["one value", "many"])
@pytest.mark.parametrize("new", [7, np.arange(N) * 2.0], ids=["one value", "many"])
def test_states_are_set_all_or_none(before, new):
    synapses = connected(EDGES, "w : 1\nv : volt")
    synapses.w = before
    with pytest.raises(DimensionMismatchError, match="'v' cannot be set"):
        synapses.set_states({"w": new, "v": 3})

    assert synapses.w[:].tolist() == np.broadcast_to(before, N).tolist()
    assert synapses.v_[:].tolist() == [0] * N


def test_traces_are_as_before_if_states_cannot_be_set(target):
    A = NeuronGroup(2, "", threshold="True", reset="")
    synapses = Synapses(A, A, "w : volt\nda/dt = -a/ms : 1 (event-driven)", on_pre="a += 1")
    synapses.connect(i=[1, 0], j=[0, 0])
    net = Network(A, synapses)
    net.run(0.3 * ms, target=target)
    traces, times = synapses.a[:], synapses.lastupdate_[:]
    assert traces.min() > 2
    with pytest.raises(DimensionMismatchError, match="'w' cannot be set"):
        synapses.set_states({"a": 5, "w": 3})

    assert synapses.a[:].tolist() == traces.tolist()
    assert synapses.lastupdate_[:].tolist() == times.tolist()


# ----------------------------------------------------------------------------- numbers of synapses


@pytest.mark.parametrize(("name", "side"), [("N_incoming", POST), ("N_outgoing", PRE)])
def test_numbers_of_synapses_are_known_where_synapses_are_read_and_written(name, side):
    synapses = connected(EDGES)
    counts = np.bincount(side)[side]
    synapses.w = f"1.0/{name}"

    np.testing.assert_array_equal(synapses.w[:], 1 / counts)
    np.testing.assert_array_equal(synapses.w[f"{name} > 2"], 1 / counts[counts > 2])
