"""Bounds over boxes: never too narrow, and not much wider than they must be."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eqsim.analysis.compiled import compile_together
from eqsim.analysis.intervals import _FUNCTIONS, Bounds, bounds_of, is_continuous
from eqsim.expressions.functions import FUNCTIONS
from eqsim.expressions.parser import parse_expression
from eqsim.source import Source

UNARY = sorted(
    name for name, f in FUNCTIONS.items() if f.n_arguments == 1 and not f.is_random
)  # fmt: skip
EXPRESSIONS = [
    *(f"{name}(x)" for name in UNARY),
    "x + y", "x - y", "x*y", "x/y", "x//y", "x % y", "x**2", "x**3", "x**-2", "abs(x)**1.5",
    "minimum(x, y)", "maximum(x, y)", "clip(x, y, y + 1)", "int(x < y)", "int(x >= y and y > 0)",
    "int(not (x < 0))", "int(x == y)", "int(x != y)", "-x", "x*x", "exp(-x)*(y - x)/(1 + y**2)",
]  # fmt: skip
ends = st.integers(-300, 300).map(lambda k: k / 100)


def parsed(text):
    return parse_expression(Source(text))


def test_every_function_without_chance_has_bounds():
    assert _FUNCTIONS.keys() == {n for n, f in FUNCTIONS.items() if not f.is_random}


@pytest.mark.parametrize("text", EXPRESSIONS)
@settings(max_examples=30, deadline=None)
@given(sides=st.tuples(ends, ends, ends, ends))
def test_bounds_hold_for_all_points_of_a_box(text, sides):
    expr = parsed(text)
    x, y = sorted(sides[:2]), sorted(sides[2:])
    box = Bounds(np.array([[x[0]], [y[0]]]), np.array([[x[1]], [y[1]]]))
    points = np.array(list(itertools.product(np.linspace(*x, 23), np.linspace(*y, 23)))).T

    low, high = (side[0, 0] for side in bounds_of([expr], ["x", "y"], box))
    values = compile_together([expr], ["x", "y"])(points)[0]

    values = values[np.isfinite(values)]
    slack = 1e-9 * (1 + np.abs(values))
    assert np.all(values >= low - slack)
    assert np.all(values <= high + slack)


@pytest.mark.parametrize("text", [t for t in EXPRESSIONS if "/y" not in t])
def test_bounds_of_a_point_are_the_value(text):
    expr = parsed(text)
    point = np.array([[0.7], [0.4]])

    found = bounds_of([expr], ["x", "y"], Bounds(point, point))

    value = compile_together([expr], ["x", "y"])(point)[0, 0]
    assert (found.low[0, 0], found.high[0, 0]) == pytest.approx((value, value), nan_ok=True)


@pytest.mark.parametrize(
    ("text", "continuous"),
    [("abs(x)", True), ("clip(x, 0, 1)", True), ("floor(x)", False), ("int(x > 0)", False),
     ("x % 2", False), ("sign(x)", False), ("tanh(x)", True)],
)  # fmt: skip
def test_steps_are_told_from_corners(text, continuous):
    assert is_continuous(parsed(text)) is continuous
