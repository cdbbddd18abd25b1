"""The method 'exact' against SciPy's matrix exponential, on 218 random linear systems.

Each neuron has a system of its own, all of one form are one group, and one step is made. Rates are
in units of 1/dt. Errors are relative to what is added up: to ``|exp(A)| |x|``, row by row, for the
system with its constants as one more variable of value 1. SciPy [1]_ subtracts exponentials of
close eigenvalues where a matrix is triangular; what it is compared with has 50 digits.

References
----------
.. [1] Al-Mohy AH, Higham NJ (2009). A new scaling and squaring algorithm for the matrix
   exponential. SIAM Journal on Matrix Analysis and Applications 31(3):970-989.
   doi:10.1137/09074721X
"""

import functools

import mpmath
import numpy as np
import pytest
import scipy.linalg

from eqsim import Network, NeuronGroup, defaultclock, second

TOLERANCE = 1e-13
"""What SciPy's result is compared with; eqsim's own errors are smaller."""
DT = 1e-4


def rates(random, size):
    """Rates from slow to a thousand times as fast, some equal, some zero."""
    found = -(10.0 ** random.uniform(-2, 1, size))
    found[random.random(size) < 0.3] = found[0]
    found[random.random(size) < 0.1] = found[0] * (1 + 1e-9)
    found[random.random(size) < 0.15] = 0.0
    return found


def cascade(random, n):
    return np.diag(rates(random, n)) + np.diag(random.uniform(-2, 2, n - 1), -1)


def triangle(random, n):
    return np.diag(rates(random, n)) + np.tril(random.normal(size=(n, n)), -1)


def star(random, n):
    """A membrane and the currents into it."""
    matrix = np.diag(rates(random, n))
    matrix[0, 1:] = random.uniform(-2, 2, n - 1)
    return matrix


def ring(random, n):
    matrix = np.diag(rates(random, n))
    matrix[np.arange(n), np.roll(np.arange(n), -1)] = random.uniform(-2, 2, n)
    return matrix


def unimodular(random, n):
    """A matrix of integers whose inverse has integers only, and that inverse."""
    signs = random.choice([-1, 0, 0, 1], (n, n))
    matrix = (np.tril(signs, -1) + np.eye(n)) @ (np.triu(signs, 1) + np.eye(n))
    return matrix, np.round(np.linalg.inv(matrix))


def transformed(random, blocks):
    change, back = unimodular(random, len(blocks))
    return change @ blocks @ back


def defective(random, n):
    """One Jordan block."""
    rate = random.choice([0.0, -0.5, -1.0, 0.25])
    return transformed(random, rate * np.eye(n) + np.diag(np.ones(n - 1), 1))


def oscillating(random, n):
    """Pairs of complex eigenvalues, and one that is real if their number is odd."""
    blocks = np.diag(random.integers(-8, 1, n) / 8.0)
    for i in range(0, n - 1, 2):
        frequency = random.integers(1, 24) / 8.0
        blocks[i + 1, i + 1] = blocks[i, i]
        blocks[i, i + 1], blocks[i + 1, i] = frequency, -frequency
    return transformed(random, blocks)


def singular(random, n):
    """Half of the eigenvalues are zero."""
    blocks = np.diag(np.where(np.arange(n) % 2, random.integers(-16, 1, n) / 16.0, 0.0))
    return transformed(random, blocks)


def dense(random, n):
    return random.normal(size=(n, n))


def stiff(random, n):
    """Eigenvalues that differ by a factor of a thousand."""
    return transformed(random, np.diag(-np.logspace(-2, 1, n)))


def nothing(random, n):
    return np.zeros((n, n))


def alone(random, n):
    return np.diag(rates(random, n))


FULL = (oscillating, defective, singular, dense, stiff, nothing)
FORMS = {
    "one variable": (1, 20, (alone,)),
    "star": (4, 25, (star,)),
    "cascade": (5, 25, (cascade,)),
    "triangle": (4, 20, (triangle,)),
    "ring": (6, 20, (ring,)),
    "2 variables": (2, 36, FULL),
    "4 variables": (4, 36, FULL),
    "6 variables": (6, 36, FULL),
}
"""Number of variables, number of systems, and how they are made, in turn."""


@functools.cache
def systems(form):
    """Matrices (N, n + 1, n + 1) of rates in Hz, and starts (N, n + 1) with a last one of 1."""
    n, count, kinds = FORMS[form]
    random = np.random.default_rng(list(FORMS).index(form))
    matrices, starts = np.zeros((count, n + 1, n + 1)), np.ones((count, n + 1))
    for k in range(count):
        matrices[k, :n, :n] = kinds[k % len(kinds)](random, n) / DT
        matrices[k, :n, n] = random.choice([0.0, 1.0]) * random.normal(size=n) / DT
        starts[k, :n] = random.normal(size=n) * 10.0 ** random.uniform(-2, 2, n)
    return matrices, starts


@functools.cache
def reference(form):
    """The values after one step, and the sizes of what is added up in them, in 50 digits."""
    matrices, starts = systems(form)
    values, sizes = np.zeros(starts.shape), np.zeros(starts.shape)
    with mpmath.workdps(50):
        for k, (matrix, start) in enumerate(zip(matrices, starts, strict=True)):
            flow = np.array(mpmath.expm(mpmath.matrix((matrix * DT).tolist())).tolist())
            values[k] = (flow @ start).astype(float)
            sizes[k] = (np.abs(flow) @ np.abs(start)).astype(float)
    return values, sizes


@functools.cache
def by_scipy(form):
    """The values after one step by SciPy."""
    matrices, starts = systems(form)
    flows = [scipy.linalg.expm(matrix * DT) for matrix in matrices]
    return np.array([flow @ start for flow, start in zip(flows, starts, strict=True)])


def by_eqsim(form, target):
    matrices, starts = systems(form)
    n = len(starts[0]) - 1
    used = [(i, j) for i in range(n) for j in range(n + 1) if np.any(matrices[:, i, j])]
    lines = [f"a{i}{j} : Hz" for i, j in used]
    for i in range(n):
        terms = [f"a{i}{j}" + f"*x{j}" * (j < n) for j in range(n + 1) if (i, j) in used]
        lines.append(f"dx{i}/dt = {' + '.join(terms)} : 1")
    group = NeuronGroup(len(starts), "\n".join(lines), method="exact")
    for i, j in used:
        setattr(group, f"a{i}{j}", matrices[:, i, j] / second)
    for i in range(n):
        setattr(group, f"x{i}", starts[:, i])
    Network(group).run(defaultclock.dt, target=target)
    return np.array([getattr(group, f"x{i}") for i in range(n)] + [np.ones(len(starts))]).T


def test_the_systems_are_of_all_kinds():
    shapes = [matrix[:-1, :-1] * DT for form in FORMS for matrix in systems(form)[0]]
    assert len(shapes) == 218
    eigenvalues = [np.linalg.eigvals(shape) for shape in shapes]
    assert sum(np.abs(values.imag).max() > 0.1 for values in eigenvalues) >= 20
    assert sum(np.linalg.matrix_rank(shape) < len(shape) for shape in shapes) >= 40
    for n in (2, 4, 6):
        block = defective(np.random.default_rng(n), n)
        rest = block - np.trace(block) / n * np.eye(n)
        assert np.any(np.linalg.matrix_power(rest, n - 1))
        assert not np.any(np.linalg.matrix_power(rest, n))


@pytest.mark.parametrize("form", FORMS)
def test_one_step_is_the_exponential_of_the_matrix(form, target):
    want, sizes = reference(form)
    assert np.all(np.abs(by_eqsim(form, target) - want) <= 2e-15 * sizes)


def test_one_step_is_that_of_scipy_wherever_scipy_is_right(target):
    n_equal = 0
    for form in FORMS:
        got, scipys = by_eqsim(form, target), by_scipy(form)
        want, sizes = reference(form)
        is_right = np.all(np.abs(scipys - want) <= 0.9 * TOLERANCE * sizes, axis=1)
        is_equal = np.all(np.abs(got - scipys) <= TOLERANCE * sizes, axis=1)
        assert np.all(is_equal[is_right])
        n_equal += is_equal.sum()
    # The others have rates that are close to each other or far apart, where SciPy loses digits.
    assert n_equal >= 200
