"""Every tableau satisfies the conditions of its order, and not those of the next.

There is one condition for each rooted tree; see Hairer E, Noersett SP, Wanner G (1993),
doi:10.1007/978-3-540-78862-1, and for Rosenbrock methods Hairer E, Wanner G (1996),
doi:10.1007/978-3-642-05221-7, section IV.7.
"""

import functools
import itertools
import math
from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest

from eqsim.integrators import ALL, Adaptive, ButcherTableau, by_name
from eqsim.integrators.rosenbrock import Rosenbrock
from eqsim.integrators.tableau import ExplicitRungeKutta


@functools.cache
def trees(n):
    """All rooted trees of n vertices; a tree is the sorted tuple of the trees below its root."""
    if n == 1:
        return [()]
    found = set()
    for first in range(1, n):
        for branch, rest in itertools.product(trees(first), trees(n - first)):
            found.add(tuple(sorted((branch, *rest))))
    return sorted(found)


def size(tree):
    return 1 + sum(map(size, tree))


def density(tree):
    return size(tree) * math.prod(map(density, tree))


def stage_weights(tree, several, single):
    """The elementary weights of the stages; a vertex with one branch has a matrix of its own."""
    matrix = single if len(tree) == 1 else several
    branches = (matrix @ stage_weights(branch, several, single) for branch in tree)
    return functools.reduce(np.multiply, branches, np.ones(len(matrix)))


def order_of(weights, several, single):
    """The order up to which all conditions are satisfied."""
    order = 0
    while all(
        abs(np.dot(weights, stage_weights(tree, several, single)) - 1 / density(tree)) < 1e-10
        for tree in trees(order + 1)
    ):
        order += 1
    return order


def matrix_of(rows, diagonal=0.0):
    n = len(rows)
    matrix = np.eye(n) * float(diagonal)
    for i, row in enumerate(rows):
        matrix[i, : len(row)] += np.array(row, float)
    return matrix


def coefficients(integrator):
    """The weights, the embedded ones, and the matrices for several branches and for one."""
    tableau = getattr(integrator, "method", integrator).tableau
    if isinstance(tableau, ButcherTableau):
        explicit = matrix_of(tableau.matrix)
        both = explicit, explicit
    else:
        explicit = matrix_of(tableau.explicit)
        both = explicit, explicit + matrix_of(tableau.implicit, tableau.gamma)
    embedded = None if tableau.embedded is None else np.array(tableau.embedded, float)
    return np.array(tableau.weights, float), embedded, *both


TABLEAUS = [
    integrator
    for integrator in ALL
    if isinstance(integrator, ExplicitRungeKutta | Rosenbrock | Adaptive)
]


def test_there_are_as_many_trees_as_there_must_be():
    assert [len(trees(n)) for n in range(1, 7)] == [1, 1, 2, 4, 9, 20]


@pytest.mark.parametrize("integrator", TABLEAUS, ids=lambda i: i.name)
def test_a_tableau_has_the_order_of_its_method(integrator):
    weights, embedded, several, single = coefficients(integrator)
    assert order_of(weights, several, single) == integrator.order
    if isinstance(integrator, Adaptive):
        assert embedded is not None
    if embedded is not None:
        assert order_of(embedded, several, single) == integrator.order - 1


@pytest.mark.parametrize("beta", [0.1, 1 / 3, 0.5, 2 / 3, 1.0])
def test_every_place_of_the_second_stage_gives_second_order(beta):
    weights, _, several, single = coefficients(by_name("rk2").configured({"beta": beta}))
    assert several[1, 0] == pytest.approx(beta, abs=1e-6)
    assert order_of(weights, several, single) == 2


def test_a_wrong_coefficient_costs_the_order():
    rk4 = by_name("rk4")
    weights = (F(1, 6), F(1, 6), F(1, 2), F(1, 6))
    wrong = replace(rk4, tableau=replace(rk4.tableau, weights=weights))
    found, _, several, single = coefficients(wrong)
    assert order_of(found, several, single) == 2
    rodas = by_name("rodas3")
    implicit = ((), (1.0,), (-1 / 4, -1 / 4), (1 / 12, 1 / 6, -3 / 4))
    wrong = replace(rodas, tableau=replace(rodas.tableau, implicit=implicit))
    found, _, several, single = coefficients(wrong)
    assert order_of(found, several, single) < 3
