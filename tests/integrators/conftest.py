"""Update rules as Python functions, to be compared with solutions that are known otherwise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from eqsim.expressions.linear import split_noise
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.printer import to_text
from eqsim.expressions.statements import Assign, Draw, MatrixExponential
from eqsim.integrators import ODE, ODESystem, UpdateRule
from eqsim.source import Source


def exprel(x):
    small = np.abs(x) < 1e-300
    return np.where(small, 1.0, np.expm1(x) / np.where(small, 1.0, x))


def expm(matrix):
    """Return the exponential of a matrix by scaling and squaring in extended precision.

    That of SciPy subtracts exponentials of close eigenvalues if the matrix is triangular.
    """
    matrix = np.asarray(matrix, np.longdouble)
    squarings = max(0, int(np.log2(max(np.abs(matrix).sum(axis=1).max(), 1e-9))) + 3)
    scaled, power = matrix / 2**squarings, np.eye(len(matrix), dtype=np.longdouble)
    total = power.copy()
    for n in range(1, 18):
        power = power @ scaled / n
        total += power
    for _ in range(squarings):
        total = total @ total
    return total.astype(float)


FUNCTIONS = {
    "exp": np.exp, "exprel": exprel, "sin": np.sin, "cos": np.cos, "tanh": np.tanh,
    "sqrt": np.sqrt, "abs": np.abs, "maximum": np.maximum, "expm": expm,
    "select": np.where, "pi": np.pi, "array": np.array,
}  # fmt: skip


def line(statement) -> str:
    match statement:
        case Assign(target, value):
            return f"{target} = {to_text(value)}"
        case Draw(target, _, (), stream):
            return f"{target} = draw({stream!r})"
        case MatrixExponential(targets, entries):
            matrix = f"array([{', '.join(map(to_text, entries))}], float)"
            shape = (statement.size, statement.size)
            return f"{', '.join(targets)}, = expm({matrix}.reshape({shape})).ravel()"
    raise AssertionError(statement)


@pytest.fixture(scope="session")
def system() -> Callable[..., ODESystem]:
    """Make a system of texts: ``system(v="-v/tau + xi", constant="tau")``."""

    def make(constant: str = "", **drifts: str) -> ODESystem:
        equations = []
        for variable, text in drifts.items():
            expr = parse_expression(Source(text), functions=None)
            equations.append(ODE(variable, *split_noise(expr, ["xi", "xi_1", "xi_2"])))
        return ODESystem(tuple(equations), frozenset(constant.split()))

    return make


@pytest.fixture(scope="session")
def simulate() -> Callable[..., dict[str, np.ndarray]]:
    """Run a rule: ``simulate(rule, state, dt, n_steps, draw=None, **constants)``."""

    def run(rule: UpdateRule, state: dict, dt: float, n_steps: int = 1, draw=None, **constants):
        program = compile("\n".join(map(line, rule.statements)), rule.integrator, "exec")
        names = {**FUNCTIONS, **constants, **state, "dt": dt}
        for step in range(n_steps):
            names["t"] = step * dt
            if draw is not None:
                names["draw"] = lambda stream, step=step: draw(stream, step)
            with np.errstate(all="ignore"):
                exec(program, names)
        return {name: names[name] for name in state}

    return run


@pytest.fixture(scope="session")
def affine_flow() -> Callable[..., np.ndarray]:
    """Solve ``dx/dt = matrix x + vector``: ``affine_flow(matrix, vector, dt)``.

    The result is the matrix that takes ``(*x, 1)`` at the start to the same at the end.
    """

    def flow(matrix, vector, dt):
        n = len(vector)
        augmented = np.zeros((n + 1, n + 1))
        augmented[:n, :n], augmented[:n, n] = matrix, vector
        return expm(augmented * dt)

    return flow


@pytest.fixture(scope="session")
def evaluate() -> Callable[..., float]:
    """Compute an expression: ``evaluate(expr, v=1.0)``."""

    def value(expr, **values):
        with np.errstate(all="ignore"):
            return float(eval(to_text(expr), {**FUNCTIONS, **values}))

    return value
