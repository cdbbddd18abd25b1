"""Linear equations with sparse matrices, solved by statements."""

import numpy as np
import pytest

from eqsim.expressions.nodes import Literal, Name
from eqsim.expressions.printer import to_text
from eqsim.integrators.elimination import Elimination


def arrow(n):
    """A matrix of ones on the diagonal, in the first row and in the first column."""
    edge = {(0, k) for k in range(n)} | {(k, 0) for k in range(n)}
    return edge | {(k, k) for k in range(n)}


def solved(matrix, right):
    """Solve equations with the entries and the right side as names, and return the statements."""
    n = len(right)
    names = {
        f"m{i}_{j}": float(matrix[i, j]) for i in range(n) for j in range(n) if matrix[i, j] != 0
    }
    values = {**names, **{f"r{i}": float(value) for i, value in enumerate(right)}}
    entries = {(i, j): Name(f"m{i}_{j}") for i, j in np.argwhere(matrix != 0).tolist()}
    elimination = Elimination(entries, n)
    statements, solution = elimination.solution([Name(f"r{i}") for i in range(n)], "_u")
    everything = [*elimination.statements, *statements]
    assert len({s.target for s in everything}) == len(everything)
    for statement in everything:
        values[statement.target] = eval(to_text(statement.value), {}, values)
    return np.array([eval(to_text(value), {}, values) for value in solution]), everything


@pytest.mark.parametrize("density", [0.0, 0.1, 0.4, 1.0])
@pytest.mark.parametrize("n", [1, 2, 5, 12, 30])
def test_the_solution_is_that_of_numpy(n, density):
    rng = np.random.default_rng([n, int(10 * density)])
    for _ in range(5):
        matrix = rng.standard_normal((n, n)) * (rng.random((n, n)) < density)
        np.fill_diagonal(matrix, 0)
        np.fill_diagonal(matrix, (1 + np.abs(matrix).sum(axis=1)) * rng.choice([-1, 1], n))
        right = rng.standard_normal(n)
        found, _ = solved(matrix, right)
        assert found == pytest.approx(np.linalg.solve(matrix, right), rel=1e-12, abs=1e-14)


def test_an_arrow_costs_as_many_statements_as_it_has_variables():
    counts = []
    for n in (10, 20, 40):
        matrix = np.zeros((n, n))
        for i, j in arrow(n):
            matrix[i, j] = n if i == j else 1.0
        found, statements = solved(matrix, np.arange(n) + 1.0)
        assert found == pytest.approx(np.linalg.solve(matrix, np.arange(n) + 1.0))
        counts.append(len(statements))
    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0])
    assert counts[0] < 6 * 10


def test_several_right_sides_share_the_factors():
    matrix = {(0, 0): Name("a"), (0, 1): Name("b"), (1, 0): Name("c"), (1, 1): Name("d")}
    elimination = Elimination(matrix, 2)
    n_factors = len(elimination.statements)
    values = {"a": 4.0, "b": 1.0, "c": -1.0, "d": 3.0}
    for statement in elimination.statements:
        values[statement.target] = eval(to_text(statement.value), {}, values)
    for number, right in enumerate(([1.0, 2.0], [-3.0, 0.5])):
        statements, solution = elimination.solution(list(map(Literal, right)), f"_u{number}_")
        for statement in statements:
            values[statement.target] = eval(to_text(statement.value), {}, values)
        found = [eval(to_text(value), {}, values) for value in solution]
        assert found == pytest.approx(np.linalg.solve([[4, 1], [-1, 3]], right))
    assert len(elimination.statements) == n_factors


def test_a_diagonal_matrix_needs_one_division_for_each_variable():
    elimination = Elimination({(i, i): Name(f"d{i}") for i in range(4)}, 4)
    assert [to_text(s.value) for s in elimination.statements] == [
        f"1.0 / d{i} + (d{i} - d{i})" for i in range(4)
    ]
