"""What a call of connect makes: against Python's own loops, in distribution, in cost and memory."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from eqsim import NeuronGroup, Synapses, ms, seed
from eqsim.errors import ModelError, UnknownNameError
from eqsim.network.randomness import RandomKey
from eqsim.network.synapses import collecting, connecting
from eqsim.network.synapses.connect_arguments import ConnectArguments
from eqsim.network.synapses.connecting import new_synapses
from eqsim.network.synapses.connectivity import NewSynapses
from eqsim.network.synapses.pair_expressions import Between
from eqsim.network.synapses.pairs import PairEvaluation
from eqsim.network.synapses.random_pairs import ByChance, Successes
from eqsim.network.synapses.samples import BySize, hypergeometric
from eqsim.network.synapses.uniforms import Purpose, Uniforms

Pairs = list[tuple[int, int]]

MODEL = "x : 1\nm : integer\nb : boolean\ntheta : 1 (shared)\ndouble_x = 2*x : 1"


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


def ends(synapses: NewSynapses) -> tuple[np.ndarray, np.ndarray]:
    sources = synapses.sources
    if sources is None:
        assert synapses.counts is not None
        sources = np.repeat(np.arange(len(synapses.counts)), synapses.counts)
    return sources, synapses.targets


def pairs(synapses: NewSynapses) -> Pairs:
    sources, targets = ends(synapses)
    assert len(sources) == len(targets)
    return list(zip(sources.tolist(), targets.tolist(), strict=True))


# -- exactly ------------------------------------------------------------------------------------


class Element:
    """What Python's own loops read in place of one neuron's variables."""

    def __init__(self, number: int) -> None:
        self.x, self.m, self.b = number / 2, number % 3, number % 2 == 0
        self.theta, self.double_x = 1.5, float(number)


def python_names(i: int, j: int | None, n_pre: int, n_post: int) -> dict[str, Any]:
    names: dict[str, Any] = {"i": i, "N_pre": n_pre, "N_post": n_post, "exp": np.exp}
    names |= {f"{name}_pre": value for name, value in vars(Element(i)).items()}
    if j is not None:
        for name, value in vars(Element(j)).items():
            names |= {name: value, f"{name}_post": value}
        names["j"] = j
    return names


CONDITIONS = [
    "True",
    "i != j",
    "i == j",
    "j == i + 3",
    "i == j and i > 2",
    "x_pre > 0 and j == N_post - 1 - i and m_post != 1",
    "j == 2",
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
    "j == x_pre",
    "i // 2 == j // 2",
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_condition_is_looked_at_for_each_pair(condition: str) -> None:
    expected = [
        (i, j)
        for i in range(5)
        for j in range(7)
        if eval(condition, python_names(i, j, 5, 7))
    ]
    assert pairs(made(between(), condition=condition)) == expected


@pytest.mark.parametrize("condition", [None, True, np.True_])
def test_without_condition_all_are_connected(condition: Any) -> None:
    found = made(between(2, 3), condition=condition)
    assert pairs(found) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


@pytest.mark.parametrize("condition", [False, np.False_, "False", "i > 9"])
def test_condition_that_never_holds_connects_nothing(condition: Any) -> None:
    found = made(between(2, 3), condition=condition)
    assert pairs(found) == []
    assert found.counts is not None
    assert found.counts.tolist() == [0, 0]


def python_partners(text: str, names: dict[str, Any]) -> list[int]:
    """What Python's own comprehension gives; 'a if b' is a loop of one round."""
    if " for " not in text:
        text = text.replace(" if ", " for _ in [0] if ") if " if " in text else f"{text} for _ in [0]"
    return eval(f"[{text}]", names)


GENERATORS = [
    "i",
    "i + 1",
    "i + 1 if i < N_pre - 1",
    "2 if b_pre",
    "m_pre",
    "N_post - 1 - i",
    "k for k in range(i - 5, i + 6) if k >= 0 and k < 7 and k != i",
    "k for k in range(3)",
    "k for k in range(i)",
    "k for k in range(i, 0, -1)",
    "k for k in range(6, -1, -2)",
    "k for k in range(1, N_post, 2) if k != 3",
    "k for k in range(0)",
    "k for k in range(5, 2)",
    "3 for k in range(i)",
    "k // 2 for k in range(14)",
    "(k * 3 + i) % N_post for k in range(4)",
    "k + m_pre for k in range(m_pre + 2)",
    "abs(k) for k in range(-2, 3)",
    "k for k in range(7) if x_pre < k and b_pre",
    "k for k in range(int(x_pre), int(x_pre) + 2)",
]


@pytest.mark.parametrize("text", GENERATORS)
def test_generator_of_targets_is_a_comprehension_for_each_source(text: str) -> None:
    expected = [
        (i, j) for i in range(5) for j in python_partners(text, python_names(i, None, 5, 7))
    ]
    found = made(between(), j=text)

    assert pairs(found) == expected
    assert found.sources is None


@pytest.mark.parametrize("text", GENERATORS)
def test_generator_of_sources_is_a_comprehension_for_each_target(text: str) -> None:
    swapped = (
        text.replace("N_post", "N_").replace("N_pre", "N_post").replace("N_", "N_", 1)
        if "N_" in text
        else text
    )
    swapped = swapped.replace("N_post", "SIZE_POST").replace("N_ ", "N_pre ").replace("N_)", "N_pre)")
    swapped = swapped.replace("N_,", "N_pre,").replace("N_", "N_pre") if "N_pre" not in swapped else swapped
    swapped = swapped.replace("SIZE_POST", "N_post").replace("x_pre", "x_post").replace("b_pre", "b_post")
    swapped = swapped.replace("m_pre", "m_post")
    assert swapped


@pytest.mark.parametrize(
    "condition",
    ["j != i", "x_post > 1", "k != i and x_post != x_pre", "x > 1 or k == 0", "i < 4 and m == 1"],
)
def test_condition_of_a_generator_may_speak_of_the_target(condition: str) -> None:
    expected = [
        (i, k + 1)
        for i in range(5)
        for k in range(6)
        if eval(condition, {**python_names(i, k + 1, 5, 7), "k": k})
    ]
    assert pairs(made(between(), j=f"k + 1 for k in range(6) if {condition}")) == expected
