"""What connect makes: against Python's own loops, in distribution, in cost, in memory."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eqsim import Network, NeuronGroup, StateMonitor, Synapses, mV, ms, seed
from eqsim.errors import DimensionMismatchError, EqsimError, ModelError, UnknownNameError
from eqsim.network.randomness import RandomKey
from eqsim.network.synapses import collecting, connecting, random_pairs, samples
from eqsim.network.synapses.connect_arguments import ConnectArguments
from eqsim.network.synapses.connecting import new_synapses
from eqsim.network.synapses.connectivity import NewSynapses, sources_of
from eqsim.network.synapses.pair_expressions import Between
from eqsim.network.synapses.pairs import PairEvaluation
from eqsim.network.synapses.uniforms import Uniforms
from eqsim.runtime.choosing import Samples, Trials, count_drawn

Pairs = list[tuple[int, int]]

MODEL = """
x : 1
m : integer
b : boolean
theta : 1 (shared)
double_x = 2*x : 1
"""


def group(n: int, name: str) -> NeuronGroup:
    made = NeuronGroup(n, MODEL, name=name)
    made.x = np.arange(n) / 2
    made.m = np.arange(n) % 3
    made.b = np.arange(n) % 2 == 0
    made.theta = 1.5
    return made


def between(n_source: int = 5, n_target: int = 7, **around: Any) -> Between:
    return Between(group(n_source, "sources"), group(n_target, "targets"), "synapses", around)


def made(groups: Between, key: int = 1, **arguments: Any) -> NewSynapses:
    return new_synapses(ConnectArguments(**arguments), groups, key)


def ends(synapses: NewSynapses) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    sources = sources_of(synapses)
    assert len(sources) == len(synapses.targets)
    return sources, synapses.targets


def pairs(synapses: NewSynapses) -> Pairs:
    sources, targets = ends(synapses)
    return list(zip(sources.tolist(), targets.tolist(), strict=True))


def names_of(number: int, suffix: str) -> dict[str, Any]:
    """One neuron's variables, as Python's own loops are to see them."""
    values = {
        "x": number / 2,
        "m": number % 3,
        "b": number % 2 == 0,
        "theta": 1.5,
        "double_x": float(number),
    }
    return {name + suffix: value for name, value in values.items()}


def names_of_pair(i: int, j: int) -> dict[str, Any]:
    sizes = {"N_pre": 5, "N_post": 7, "i": i, "j": j}
    return {**sizes, **names_of(i, "_pre"), **names_of(j, "_post"), **names_of(j, "")}


# -- conditions ---------------------------------------------------------------------------------

CONDITIONS = [
    "True",
    "i != j",
    "i == j",
    "j == i + 3",
    "i == j and i > 2",
    "x_pre > 0 and j == N_post - 1 - i and m_post != 1",
    "j == 2",
    "2 == j",
    "j == x_pre",
    "j == i and j == 4 - i",
    "m_post == m_pre",
    "(i + j) % 2 == 0",
    "x_pre < x_post",
    "x < 1",
    "double_x_pre + double_x > 6",
    "b_pre and not b_post",
    "b",
    "i < 2",
    "j > 3 or i == 0",
    "0 < i < j",
    "theta_pre + theta > 2",
    "N_pre == 5 and N_post == 7",
    "i // 2 == j // 2",
    "i == m_post",
    "j // 2 == i and x_pre > 0",
    "i == 3 and j != 2",
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_condition_is_looked_at_for_each_pair(condition: str) -> None:
    expected = [(i, j) for i in range(5) for j in range(7) if eval(condition, names_of_pair(i, j))]
    found = made(between(), condition=condition)

    assert pairs(found) == expected
    assert found.sources is None
    assert found.counts is not None
    assert found.counts.shape == (5,)


@pytest.mark.parametrize("condition", [None, True, np.True_])
def test_without_condition_all_are_connected(condition: Any) -> None:
    found = made(between(2, 3), condition=condition)
    assert pairs(found) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


@pytest.mark.parametrize("condition", [False, np.False_, "False", "i > 9", "j == 9"])
def test_condition_that_never_holds_connects_nothing(condition: Any) -> None:
    found = made(between(2, 3), condition=condition)

    assert pairs(found) == []
    assert found.counts is not None
    assert found.counts.tolist() == [0, 0]


def test_constants_come_from_the_caller_and_the_namespace_goes_first() -> None:
    groups = between(3, 3, limit=1, w=2 * ms)
    assert pairs(made(groups, condition="i + j < limit")) == [(0, 0)]
    assert len(made(groups, condition="w > 1*ms")) == 9

    named = Between(groups.source, groups.target, "synapses", {"limit": 1}, {"limit": 2})
    assert len(made(named, condition="i + j < limit")) == 3


# -- generators ---------------------------------------------------------------------------------

GENERATORS = [
    # o is the number of the element, suffix its side, {size} how many partners there are
    "{o}",
    "{o} + 1",
    "{o} + 1 if {o} < {size} - 1",
    "2 if b{s}",
    "m{s}",
    "{size} - 1 - {o}",
    "k for k in range({o} - 5, {o} + 6) if k >= 0 and k < {size} and k != {o}",
    "k for k in range(3)",
    "k for k in range({o})",
    "k for k in range({o}, 0, -1)",
    "k for k in range({size} - 1, -1, -2)",
    "k for k in range(1, {size}, 2) if k != 3",
    "k for k in range(0)",
    "k for k in range(5, 2)",
    "3 for k in range({o})",
    "k // 2 for k in range(2*{size})",
    "(k * 3 + {o}) % {size} for k in range(4)",
    "k + m{s} for k in range(m{s} + 2)",
    "abs(k) for k in range(-2, 3)",
    "k for k in range({size}) if x{s} < k and b{s}",
    "k for k in range(int(x{s}), int(x{s}) + 2)",
    "k for k in range({size}) if b{s}",
]


def python_partners(text: str, names: dict[str, Any]) -> list[int]:
    """What Python's own comprehension gives; without a loop, one of a single round."""
    if " for " not in text:
        value, _, condition = text.partition(" if ")
        text = f"{value} for _ in [0] if {condition or True}"
    return list(eval(f"[{text}]", names))


@pytest.mark.parametrize("generator", GENERATORS)
def test_generator_of_targets_is_a_comprehension_for_each_source(generator: str) -> None:
    text = generator.format(o="i", s="_pre", size="N_post")
    names = {"N_post": 7}
    expected = [
        (i, j)
        for i in range(5)
        for j in python_partners(text, {**names, "i": i, **names_of(i, "_pre")})
    ]
    found = made(between(5, 7), j=text)

    assert pairs(found) == expected
    assert found.sources is None


@pytest.mark.parametrize("generator", GENERATORS)
def test_generator_of_sources_is_a_comprehension_for_each_target(generator: str) -> None:
    text = generator.format(o="j", s="_post", size="N_pre")
    names = {"N_pre": 7}
    expected = [
        (i, j)
        for j in range(5)
        for i in python_partners(text, {**names, "j": j, **names_of(j, "_post")})
    ]
    found = made(between(7, 5), i=text)

    assert pairs(found) == expected
    assert (found.counts is None) == (found.rule is None)


@pytest.mark.parametrize(
    "condition",
    ["j != i", "x_post > 1", "k != i and x_post != x_pre", "x > 1 or k == 0", "i < 4 and m == 1"],
)
def test_condition_of_a_generator_may_speak_of_the_partner(condition: str) -> None:
    expected = [
        (i, k + 1)
        for i in range(5)
        for k in range(6)
        if eval(condition, {**names_of_pair(i, k + 1), "k": k})
    ]
    assert pairs(made(between(), j=f"k + 1 for k in range(6) if {condition}")) == expected


def test_what_comes_before_the_partner_is_looked_at_first() -> None:
    # The last source has no next one, which only the first half of the condition knows.
    found = made(between(4, 4), j="i + 1 if x_post > 0.5 and i < N_pre - 1")
    assert pairs(found) == [(1, 2), (2, 3)]


def test_partners_that_do_not_exist_are_skipped_if_asked_for() -> None:
    text = "k for k in range(i - 1, i + 2) if x_post != 1"
    found = made(between(4, 4), j=text, skip_if_invalid=True)
    assert pairs(found) == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 1), (2, 3), (3, 3)]

    found = made(between(2, 3), i="j - 1", skip_if_invalid=True)
    assert pairs(found) == [(0, 1), (1, 2)]


def test_sizes_and_probabilities_are_clipped_if_asked_for() -> None:
    groups = between(3, 4)
    found = made(groups, j="k for k in sample(4, size=5*i - 1)", skip_if_invalid=True)
    assert found.counts is not None
    assert found.counts.tolist() == [0, 4, 4]

    found = made(groups, j="k for k in sample(4, p=2.0*i - 1)", skip_if_invalid=True)
    assert found.counts is not None
    assert found.counts.tolist() == [0, 4, 4]
    assert len(made(groups, p="100.0*(i + j)", skip_if_invalid=True)) == 11


def test_variable_of_a_generator_hides_a_variable_of_the_group() -> None:
    assert pairs(made(between(1, 7), j="m + 4 for m in range(2)")) == [(0, 4), (0, 5)]


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["k", "k + i", "i - k", "abs(k) % 7", "2*k + 1", "k // 2", "k % 7"]),
    st.integers(-8, 8),
    st.integers(-8, 12),
    st.integers(-4, 4).filter(bool),
    st.sampled_from(["", " if k != i", " if k % 2 == 0 and i > 1", " if j != 3", " if k < j < 6"]),
    st.sampled_from(["{}", "i + {}", "{}*m_pre", "{} - i"]),
)
def test_generators_mean_what_python_means(
    element: str, start: int, stop: int, step: int, condition: str, bound: str
) -> None:
    text = f"{element} for k in range({bound.format(start)}, {bound.format(stop)}, {step})"
    expected: Pairs = []
    for i in range(4):
        names = {"i": i, **names_of(i, "_pre")}
        for j, k in eval(f"[({element}, k) {text.partition(element)[2]}]", names):
            holds = eval(condition.removeprefix(" if ") or "True", {"i": i, "j": j, "k": k})
            if 0 <= j < 7 and holds:
                expected.append((i, j))
    assert pairs(made(between(4, 7), j=text + condition, skip_if_invalid=True)) == expected


# -- indices ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("i", "j", "expected"),
    [
        ([2, 0, 1], [1, 1, 0], [(2, 1), (0, 1), (1, 0)]),
        (0, [1, 2], [(0, 1), (0, 2)]),
        ([1, 1], 2, [(1, 2), (1, 2)]),
        (1, 2, [(1, 2)]),
        (np.int64(1), np.uint8(2), [(1, 2)]),
        (range(2), (3, 4), [(0, 3), (1, 4)]),
        (np.array([1.0, 2.0]), np.array([0, 1], dtype=np.uint64), [(1, 0), (2, 1)]),
        (np.array([[0], [1]]), np.array([[2, 3]]), [(0, 2), (0, 3), (1, 2), (1, 3)]),
        ([], [], []),
        ([], 1, []),
    ],
)
def test_indices_are_taken_in_their_order(i: Any, j: Any, expected: Pairs) -> None:
    found = made(between(), i=i, j=j)

    assert pairs(found) == expected
    assert found.sources is not None
    assert found.sources.dtype == np.int32


def test_views_of_numbers_are_indices() -> None:
    groups = between(3, 3)
    found = made(groups, i=groups.source.i, j=groups.source.m)
    assert pairs(found) == [(0, 0), (1, 1), (2, 2)]


def test_indices_that_do_not_exist_are_skipped_if_asked_for() -> None:
    found = made(between(), i=[-1, 4, 5, 0], j=[0, 6, 0, 7e300], skip_if_invalid=True)
    assert pairs(found) == [(4, 6)]


def test_indices_are_thinned_out() -> None:
    i = np.repeat(np.arange(5), 2000)
    found = made(between(), i=i, j=3, p=0.25)
    sources, _ = ends(found)
    assert 2300 < len(found) < 2700
    assert (np.diff(sources) >= 0).all()

    assert len(made(between(), i=i, j=3, p=0.0)) == 0
    of_pairs = made(between(), i=i, j=3, p="0.5*(i % 2)")
    assert set(ends(of_pairs)[0].tolist()) == {1, 3}
    assert 1850 < len(of_pairs) < 2150


def test_index_of_a_large_array_is_checked_in_all_parts() -> None:
    i = np.zeros(200_000)
    i[150_001] = 0.5
    with pytest.raises(ModelError, match=r"i = 0\.5 at position 150001 is no whole number"):
        made(between(), i=i, j=0)
    i[150_001] = 5
    with pytest.raises(IndexError, match="i = 5 at position 150001 does not exist"):
        made(between(), i=i, j=0)


# -- how many synapses a pair gets --------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [{}, {"condition": "i != j"}, {"j": "k for k in range(i)"}, {"i": "j"},
     {"i": [3, 1], "j": [0, 0]}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("n", [0, 1, 2, 3, np.int16(2), "2", "j", "i*j", "m_post + i"])
def test_each_pair_is_made_n_times_in_a_row(arguments: dict[str, Any], n: Any) -> None:
    groups = between(5, 5)
    single = pairs(made(groups, **arguments))
    expected = [
        (i, j)
        for i, j in single
        for _ in range(int(eval(str(n), names_of_pair(i, j))) if isinstance(n, str) else n)
    ]
    assert pairs(made(groups, n=n, **arguments)) == expected


def test_one_pair_may_have_very_many_synapses() -> None:
    found = made(between(3, 3), i=[0, 2], j=[1, 2], n="100000*i + 1")
    assert Counter(pairs(found)) == {(0, 1): 1, (2, 2): 200_001}


# -- types --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_target", "dtype"), [(65536, np.uint16), (65537, np.int32)])
@pytest.mark.parametrize("arguments", [{"j": "N_post - 1"}, {"i": [0], "j": [65535]}], ids=str)
def test_targets_need_two_bytes_where_they_suffice(
    n_target: int, dtype: Any, arguments: dict[str, Any]
) -> None:
    groups = Between(group(1, "sources"), NeuronGroup(n_target, ""), "synapses", {})
    found = made(groups, **arguments)
    assert found.targets.dtype == dtype
    assert found.targets[0] >= 65535


def test_parts_of_groups_count_from_their_first_element() -> None:
    whole = group(10, "cells")
    groups = Between(whole[2:5], whole[6:10], "synapses", {})

    assert pairs(made(groups, condition="i == j")) == [(0, 0), (1, 1), (2, 2)]
    assert pairs(made(groups, condition="x_pre == 2 and x_post == 4")) == [(2, 2)]
    assert pairs(made(groups, j="k for k in range(i, N_post)")) == [
        (i, j) for i in range(3) for j in range(i, 4)
    ]
    assert pairs(made(groups, i="j - 1", skip_if_invalid=True)) == [(0, 1), (1, 2), (2, 3)]
    with pytest.raises(IndexError, match=r"j = 4 does not exist: .* has 4 elements"):
        made(groups, i=0, j=4)


# -- chance -------------------------------------------------------------------------------------


RANDOM = [
    {"p": 0.3},
    {"p": 0.9},
    {"p": "0.3"},
    {"p": "0.02 + 0.9*i/N_pre"},
    {"p": "(i + j)/(N_pre + N_post)"},
    {"p": "0.3*rand()"},
    {"condition": "i != j", "p": 0.3},
    {"condition": "rand() < 0.3 and i != j and randn() > 0"},
    {"condition": "i == j", "p": 0.5},
    {"condition": "poisson(1 + m_pre) + binomial(2, 0.5) > 1"},
    {"condition": "j > 40*rand()", "p": "0.5*(j % 2) + 0.2"},
    {"j": "k for k in sample(N_post, p=0.3)"},
    {"j": "k + i % 2 for k in sample(i, N_post - 1, 2, p=0.1 + 0.5*i/N_pre) if k != 7"},
    {"j": "k for k in sample(N_post, size=9)"},
    {"j": "k for k in sample(N_post, size=int(rand()*N_post))"},
    {"j": "k for k in sample(0, i + 1, size=(i + 1)//2)"},
    {"j": "int(rand()*N_post)"},
    {"j": "k for k in range(int(3*rand()), 20) if rand() < 0.5 and x_post > x_pre"},
    {"i": "k for k in sample(N_pre, p=0.3)"},
    {"i": "k for k in sample(N_pre, size=25 - j % 2)"},
    {"i": np.arange(25).repeat(30), "j": np.tile(np.arange(30), 25), "p": 0.3},
    {"i": np.arange(25).repeat(30), "j": np.tile(np.arange(30), 25), "p": "j/N_post"},
    {"p": 0.3, "n": "1 + poisson(2)"},
]  # fmt: skip


def name_of(arguments: dict[str, Any]) -> str:
    return str({k: "array" if isinstance(v, np.ndarray) else v for k, v in arguments.items()})


@pytest.mark.parametrize("arguments", RANDOM, ids=name_of)
def test_size_of_portions_makes_no_difference(
    arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pairs(made(between(25, 30), **arguments))
    assert 4 < len(whole) < 3000
    for portion in (3, 64):
        for module in (collecting, connecting):
            monkeypatch.setattr(module, "SMALLEST_PORTION", portion)
        monkeypatch.setattr(collecting, "_SMALLEST_EVALUATED", portion)
        monkeypatch.setattr(collecting, "_LARGEST_EVALUATED", portion)
        assert pairs(made(between(25, 30), **arguments)) == whole


@pytest.mark.parametrize("arguments", RANDOM, ids=name_of)
def test_key_decides_what_is_made(arguments: dict[str, Any]) -> None:
    groups = between(25, 30)
    first = pairs(made(groups, key=3, **arguments))
    assert pairs(made(groups, key=3, **arguments)) == first
    assert pairs(made(groups, key=4, **arguments)) != first


SAME = [
    ({"p": 0.3}, [(1, 3), (1, 4), (2, 2)]),
    ({"p": "0.3 + 0.3*i"}, [(1, 0), (2, 0), (2, 1), (2, 2), (2, 3), (2, 4)]),
    ({"p": "0.1*(i + j)"}, [(0, 1), (0, 4), (2, 1), (2, 2), (2, 4)]),
    ({"j": "k for k in sample(5, size=2)"}, [(0, 3), (0, 4), (1, 1), (1, 3), (2, 0), (2, 2)]),
    ({"condition": "rand() < 0.3"}, [(0, 3), (1, 1), (2, 4)]),
    ({"j": "i", "n": "poisson(1.5)"}, [(1, 1), (1, 1), (2, 2), (2, 2)]),
    ({"j": "int(2 + randn())"}, [(0, 3), (1, 2), (2, 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "expected"), SAME, ids=str)
def test_synapses_are_the_same_on_every_machine(
    arguments: dict[str, Any], expected: Pairs
) -> None:
    assert pairs(made(between(3, 5), key=2026, **arguments)) == expected


def check_frequencies(found: Pairs, expected: np.ndarray[Any, Any], n: int) -> None:
    """Compare how often each pair is made with its probability, in ``n`` repetitions."""
    counted = np.zeros(expected.shape)
    for (i, j), count in Counter(found).items():
        counted[i, j] = count
    certain = (expected == 0.0) | (expected == 1.0)
    assert (counted[certain] == n * expected[certain]).all()
    p = expected[~certain]
    squares = (counted[~certain] - n * p) ** 2 / (n * p * (1 - p))
    # Each is nearly the square of a standard normal number.
    assert abs(squares.sum() - p.size) < 5 * np.sqrt(2 * p.size)


SOURCE, TARGET = np.meshgrid(np.arange(12), np.arange(15), indexing="ij")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"p": 0.2}, np.full((12, 15), 0.2)),
        ({"p": 0.85}, np.full((12, 15), 0.85)),
        ({"p": "i/(N_pre - 1)"}, SOURCE / 11),
        ({"p": "0.5**i"}, 0.5**SOURCE),
        ({"p": "j/(N_post - 1)"}, TARGET / 14),
        ({"p": "exp(-(i - j)**2/8)"}, np.exp(-((SOURCE - TARGET) ** 2) / 8)),
        ({"p": 0.5, "condition": "i != j"}, 0.5 * (SOURCE != TARGET)),
        ({"p": "0.5*rand()"}, np.full((12, 15), 0.25)),
        ({"condition": "i == j", "p": 0.3}, 0.3 * (SOURCE == TARGET)),
        ({"condition": "randn() > 0 and rand() < 0.5"}, np.full((12, 15), 0.25)),
        ({"condition": "poisson(0.7) == 0"}, np.full((12, 15), np.exp(-0.7))),
        ({"condition": "binomial(2, 0.5) == 1"}, np.full((12, 15), 0.5)),
        (
            {"j": "k for k in sample(2, N_post, 3, p=0.4)"},
            0.4 * ((TARGET >= 2) & (TARGET % 3 == 2)),
        ),
        ({"j": "k for k in sample(N_post, size=i)"}, SOURCE / 15),
        ({"i": "k for k in sample(N_pre, size=(j + 1)//2)"}, ((TARGET + 1) // 2) / 12),
        ({"j": "k for k in range(N_post) if rand() < 0.1"}, np.full((12, 15), 0.1)),
        ({"i": SOURCE.ravel(), "j": TARGET.ravel(), "p": 0.3}, np.full((12, 15), 0.3)),
    ],
    ids=lambda value: name_of(value) if isinstance(value, dict) else "",
)
def test_every_pair_has_its_probability(
    arguments: dict[str, Any], expected: np.ndarray[Any, Any]
) -> None:
    groups, n = between(12, 15), 150
    found = [pair for key in range(n) for pair in pairs(made(groups, key=key, **arguments))]
    check_frequencies(found, expected, n)


@pytest.mark.parametrize("size", [0, 1, 4, 7, 8, 15])
def test_samples_are_different_and_in_ascending_order(size: int) -> None:
    for key in range(20):
        found = made(between(9, 15), key=key, j=f"k for k in sample(N_post, size={size})")
        rows = found.targets.reshape(9, size).astype(int)
        assert (np.diff(rows, axis=1) > 0).all()


def test_values_of_a_sample_keep_the_order_of_the_range() -> None:
    found = made(between(9, 15), j="k for k in sample(14, -1, -2, size=4)")
    rows = found.targets.reshape(9, 4).astype(int)
    assert (np.diff(rows, axis=1) < 0).all()
    assert (rows % 2 == 0).all()


def test_probabilities_of_0_and_1_are_certain() -> None:
    groups = between(3, 4)
    assert len(made(groups, p=0)) == 0
    assert len(made(groups, p=0.0)) == 0
    assert len(made(groups, p="1.0")) == 12
    assert pairs(made(groups, p="1.0*int(i == 1)")) == [(1, j) for j in range(4)]
    assert len(made(groups, j="k for k in sample(N_post, p=1)")) == 12


# -- cost and memory ----------------------------------------------------------------------------


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many random numbers were drawn, each time."""
    found: list[int] = []
    original = Uniforms.numbers

    def counted(self: Uniforms, n: int) -> Any:
        found.append(n)
        return original(self, n)

    def counting(kind: Any) -> Any:
        def choose(self: Any, *arguments: Any) -> Any:
            before = self.drawn
            counts = kind.choose(self, *arguments)
            found.append(self.drawn - before)
            return counts

        return type(kind.__name__, (kind,), {"choose": choose})

    monkeypatch.setattr(Uniforms, "numbers", counted)
    monkeypatch.setattr(random_pairs, "Trials", counting(Trials))
    monkeypatch.setattr(samples, "Samples", counting(Samples))
    return found


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """For how many pairs an expression was evaluated, each time."""
    found: list[int] = []
    original = PairEvaluation.values

    def counted(self: PairEvaluation, *arguments: Any, **extra: Any) -> Any:
        values = original(self, *arguments, **extra)
        found.append(len(values))
        return values

    monkeypatch.setattr(PairEvaluation, "values", counted)
    return found


@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        ({"p": 0.001}, 1.1),
        ({"p": "0.001"}, 1.1),
        ({"p": "0.001 + 0.000001*i/N_pre"}, 4.1),
        ({"p": "0.002*int(i < 1000)"}, 4.1),
        ({"condition": "i != j", "p": 0.001}, 1.1),
        ({"j": "k for k in sample(N_post, p=0.001)"}, 1.1),
        ({"j": "k for k in sample(N_post, size=3)"}, 1.1),
        ({"j": "k for k in sample(N_post, size=1000)"}, 1.3),
        ({"j": "k for k in sample(N_post, size=N_post - 3)"}, 0.01),
        ({"i": "k for k in sample(N_pre, size=N_pre - 3)"}, 0.01),
        ({"i": "k for k in sample(N_pre, p=0.001)"}, 1.1),
    ],
    ids=str,
)  # fmt: skip
def test_number_of_draws_is_that_of_synapses(
    arguments: dict[str, Any], most: float, draws: list[int]
) -> None:
    found = made(between(2000, 3000), **arguments)
    assert found.rule is not None
    assert 0 < sum(draws) + count_drawn(found.rule.packed(), 2) <= most * len(found) + 200


def test_large_samples_are_taken_in_pieces(draws: list[int]) -> None:
    groups = Between(group(2, "sources"), NeuronGroup(300_000, ""), "synapses", {})
    found = made(groups, j="k for k in sample(N_post, size=30000 + i*240000)")
    first, second = np.split(found.targets, [30_000])
    for sample in (first, second):
        assert (np.diff(sample) > 0).all()
        assert 0 <= sample[0] <= sample[-1] < 300_000
    # 30 000 are drawn for the first sample, and for the second 30 000 that are left out.
    assert found.rule is not None
    assert sum(draws) + count_drawn(found.rule.packed(), 2) < 1.3 * 60_000
    # The middle of a sample of so many lies within five standard deviations.
    assert abs(np.median(first) - 150_000) < 5 * 300_000 / np.sqrt(4 * 30_000)


@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        ({"condition": "i != j", "p": 0.01}, 1.02),
        ({"condition": "i == j"}, 1.01),
        ({"condition": "i == j and x_pre > 1 and x_post > 1"}, 3.1),
        ({"condition": "i < 3 and x_post >= 0"}, 1.0),
        ({"condition": "i < 3"}, 0.0),
        ({"j": "k for k in sample(N_post, p=0.01) if k != i"}, 1.02),
        ({"j": "k for k in range(i - 2, i + 3)", "skip_if_invalid": True}, 1.0),
    ],
    ids=str,
)
def test_expressions_are_evaluated_for_what_is_chosen_only(
    arguments: dict[str, Any], most: float, evaluated: list[int]
) -> None:
    found = made(between(1000, 1000), **arguments)
    assert sum(evaluated) <= most * len(found) + 1001


def peak(groups: Between, arguments: dict[str, Any]) -> tuple[int, int, int]:
    """How many synapses are made, their bytes, and the bytes that making them needs in all."""
    tracemalloc.start()
    try:
        found = made(groups, **arguments)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    arrays = (found.targets, found.sources, found.counts)
    return len(found), sum(a.nbytes for a in arrays if a is not None), most


@pytest.mark.parametrize(
    "arguments",
    [
        {"p": 0.1},
        {"p": "0.2*i/N_pre"},
        {"p": 0.05, "n": 2},
        {"j": "k for k in sample(N_post, p=0.1)"},
        {"j": "k for k in sample(N_post, size=316)"},
        {"i": "k for k in sample(N_pre, size=316)"},
        {"j": "k for k in range(0, N_post, 10)"},
    ],
    ids=str,
)
def test_a_million_synapses_need_little_more_memory_than_they_are(
    arguments: dict[str, Any],
) -> None:
    groups = between(3163, 3163)
    n, size, most = peak(groups, arguments)
    assert n > 900_000
    assert most < 1.5 * size


@pytest.mark.parametrize(
    "arguments",
    [
        {"condition": "i != j", "p": 0.1},
        {"p": "0.1 + 0.000001*(i + j)"},
        {"j": "k for k in sample(N_post, p=0.1) if k != i"},
    ],
    ids=str,
)
def test_evaluating_expressions_needs_memory_for_a_portion_only(
    arguments: dict[str, Any],
) -> None:
    n, size, most = peak(between(1500, 2000), arguments)
    assert n > 250_000
    assert most - size < 8e6


def test_too_much_is_refused_before_any_work(draws: list[int], evaluated: list[int]) -> None:
    large = NeuronGroup(2_000_000, "")
    groups = Between(large, large, "synapses", {})
    with pytest.raises(ModelError, match=r"more than 2\*\*31 - 1 synapses: about 4e\+12"):
        made(Between(large[:10], large, "synapses", {}), n=200_000)
    with pytest.raises(ModelError, match=r"more than 2\*\*31 - 1 synapses: about 4e\+10"):
        made(groups, p=0.01)
    with pytest.raises(ModelError, match="more than 1e\\+12 pairs would have to be looked at"):
        made(groups, condition="i + j == 7")
    with pytest.raises(ModelError, match="more than 1e\\+12 pairs would have to be looked at"):
        made(groups, j="k for k in range(500000000) if k < 0")
    assert draws == []
    assert sum(evaluated) <= 3 * 8192


# -- synapses -----------------------------------------------------------------------------------


def test_synapses_are_numbered_in_the_order_of_their_creation() -> None:
    cells = group(4, "cells")
    synapses = Synapses(cells, cells, "w : 1")
    synapses.connect(i="k for k in range(2) if k != j")
    synapses.connect(condition="i == j and i > 2")
    synapses.connect(i=[3, 0], j=[1, 3])

    expected = [(1, 0), (0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (3, 3), (3, 1), (0, 3)]
    assert list(zip(synapses.i[:], synapses.j[:], strict=True)) == expected


def test_constants_are_those_that_the_caller_sees() -> None:
    cells = group(4, "cells")
    synapses = Synapses(cells, cells, "w : 1")
    width = 1
    synapses.connect(j="k for k in range(i, i + width)")
    synapses.connect(j="k for k in range(i, i + width)", namespace={"width": 0})
    assert len(synapses) == 4 * width
    with pytest.raises(UnknownNameError, match="'height' is not defined"):
        synapses.connect(j="k for k in range(i, i + height)")


def test_same_seed_gives_the_same_synapses_and_a_second_call_others() -> None:
    def connected() -> list[Pairs]:
        cells = group(20, "cells")
        found = []
        for _ in range(2):
            synapses = Synapses(cells, cells, "w : 1")
            synapses.connect(p=0.2)
            found.append(list(zip(synapses.i[:], synapses.j[:], strict=True)))
        return found

    seed(5)
    first = connected()
    seed(5)
    assert connected() == first
    assert first[0] != first[1]


@pytest.mark.parametrize(
    "arguments", [{}, {"p": 0.3}, {"condition": "rand() < 0.1"}, {"j": "i"}], ids=str
)
def test_a_call_takes_one_key_however_much_is_evaluated(arguments: dict[str, Any]) -> None:
    cells = group(20, "cells")
    seed(5)
    keys = [RandomKey().value for _ in range(3)]
    seed(5)
    assert RandomKey().value == keys[0]
    Synapses(cells, cells, "w : 1").connect(**arguments)
    assert RandomKey().value == keys[2]


REFUSED: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"j": "k for k in sample(30, p=0.5)"}, IndexError),
    ({"p": "0.1*j"}, ModelError),
    ({"condition": "rand() < 0.5", "n": "5 - j"}, ModelError),
    ({"i": [0, 1], "j": [1, 20]}, IndexError),
    ({"i": 1 * ms, "j": 2}, DimensionMismatchError),
    ({"condition": "i < unknown"}, UnknownNameError),
]


@pytest.mark.parametrize(("arguments", "error"), REFUSED, ids=str)
def test_refused_call_leaves_everything_as_it_was(
    arguments: dict[str, Any], error: type[Exception]
) -> None:
    def run(*, wrong: bool) -> tuple[Any, ...]:
        seed(9)
        cells = group(20, "cells")
        synapses = Synapses(cells, cells, "w : 1")
        synapses.connect(p=0.1)
        synapses.w = "rand()"
        if wrong:
            before = synapses.connectivity
            with pytest.raises(error):
                synapses.connect(**arguments)
            assert synapses.connectivity is before
        weights = synapses.w[:].tolist()
        synapses.connect(p=0.1)
        return weights, synapses.i[:].tolist(), synapses.j[:].tolist(), RandomKey().value

    assert run(wrong=True) == run(wrong=False)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"j": "i + 3", "n": 2}, "the target 5 for the source 2 does not exist"),
        ({"i": "k - j for k in range(2, 0, -1)"}, "the source -1 for the target 2 and k = 1"),
        ({"i": "k for k in sample(9, size=9)"}, "the source 5 for the target 0 and k = 5"),
        ({"i": "k for k in range(j, j + 3, j)"}, "the step of the range is 0 for the target 0"),
        ({"i": "k for k in sample(5, p=1 - j)"}, "the probability is -1 for the target 2"),
        ({"i": "k for k in sample(j, size=1)"}, "a sample of size 1 cannot be taken from 0"),
        ({"i": "j", "n": "1 - j"}, "number of synapses is -1 for the target 2 and the source 2"),
        ({"p": "j/2"}, "the probability is -0.5 for the source 0 and the target 3"),
    ],
    ids=str,
)
def test_errors_name_the_pair(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises((EqsimError, IndexError)) as caught:
        made(between(5, 5), **arguments)

    assert text in str(caught.value)
    assert f"connect({list(arguments)[0 if 'n' not in arguments or 'does' in text else 1]}" in str(
        caught.value
    )


def test_partners_may_be_powers_of_integers():
    group = NeuronGroup(6, MODEL)
    both = Synapses(group, group)
    both.connect(j="i + (-1)**k for k in range(2)", skip_if_invalid=True)

    assert sorted(zip(both.i, both.j, strict=True)) == [
        (i, j) for i in range(6) for j in (i - 1, i + 1) if 0 <= j < 6
    ]
    with pytest.raises(ModelError) as raised:
        Synapses(group, group, name="S").connect(j="(i + 1)**(-1)", skip_if_invalid=True)
    assert str(raised.value) == (
        "the partner of the source 1 is 0.5\n"
        "  connect(j=...) of 'S', line 1, column 1\n"
        "    (i + 1)**(-1)\n"
        "    ^^^^^^^^^^^^^\n"
        "  elements have whole numbers; int(...) drops what follows the decimal point"
    )


@pytest.mark.parametrize("p", ["2*exp(-abs(i - j)/2)", "2 - 2*int(i == 3)", "3.0"])
def test_probabilities_above_1_are_certain(p):
    group = NeuronGroup(30, MODEL)
    synapses = Synapses(group, group)
    synapses.connect(p=p)
    made = set(zip(synapses.i, synapses.j, strict=True))
    i, j = np.indices((30, 30))
    certain = eval(p, {"exp": np.exp, "abs": np.abs, "i": i, "j": j, "int": np.asarray}) >= 1

    assert {(a, b) for a, b in np.argwhere(certain & (i == i))} <= made
    assert "3.0" == p or len(made) < 900


def test_variables_of_targets_are_read_without_suffix():
    source, target = NeuronGroup(2, "x : 1"), NeuronGroup(3, "y : volt\nz = 2*y : volt")
    target.y = [1, 2, 3] * mV
    synapses = Synapses(source, target, "w : 1")
    synapses.connect(i=[0, 1, 1], j=[2, 0, 2])
    recorded = StateMonitor(synapses, ["y", "z"], record=True)
    Network(source, target, synapses, recorded).run(0.1 * ms)

    np.testing.assert_allclose(synapses.y / mV, [3, 1, 3])
    np.testing.assert_allclose(synapses.y_[1], 1e-3)
    np.testing.assert_allclose(recorded.z[:, 0] / mV, [6, 2, 6])
    with pytest.raises(AttributeError, match="has no variable 'x'"):
        synapses.x  # noqa: B018
    with pytest.raises(ModelError, match="'y' belongs to 'neurongroup_1' and is set there"):
        synapses.y = 3 * mV
