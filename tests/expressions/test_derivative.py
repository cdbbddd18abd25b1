import math

import numpy as np
import pytest

from eqsim.errors import EquationError
from eqsim.expressions.derivative import _PARTIALS, derivative
from eqsim.expressions.functions import FUNCTIONS
from eqsim.expressions.nodes import Call, Literal, Name, Select
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.printer import to_text
from eqsim.source import Source

NUMPY = {
    **{name: getattr(np, name) for name in FUNCTIONS if hasattr(np, name)},
    "int": lambda x: np.trunc(np.asarray(x, float)),
    "exprel": lambda x: np.expm1(x) / x,
    "inverse_exprel": lambda x: x / np.expm1(x),
    "select": np.where,
    "timestep": lambda t, dt: np.floor(t / dt),
}


def parse(text):
    return parse_expression(Source(text), functions=None)


def value(expr, **names):
    with np.errstate(all="ignore"):
        return float(eval(to_text(expr), {**NUMPY, **names}))


DETERMINISTIC = [f for f in FUNCTIONS.values() if f.distribution is None]


@pytest.mark.parametrize("function", DETERMINISTIC, ids=lambda f: f.name)
def test_every_function_has_the_slope_of_its_graph(function):
    points = [0.31, 0.17, 0.53][: function.n_arguments]
    names = ["x", "y", "z"][: function.n_arguments]
    expr = Call(function.name, tuple(map(Name, names)))
    for name, at in zip(names, points, strict=True):
        here = dict(zip(names, points, strict=True))
        up, down = {**here, name: at + 1e-6}, {**here, name: at - 1e-6}
        want = (value(expr, **up) - value(expr, **down)) / 2e-6
        assert value(derivative(expr, name), **here) == pytest.approx(want, rel=1e-8, abs=1e-8)


def test_random_functions_have_no_derivative():
    assert not [f for f in FUNCTIONS.values() if f.distribution and f.name in _PARTIALS]
    with pytest.raises(EquationError, match="the function 'poisson' has no known derivative"):
        derivative(parse("v + poisson(v)"), "v")


@pytest.mark.parametrize(
    "text",
    [
        "a*x**3 - x/a", "x**a", "a**x", "x**x", "exp(-x*x/2)/(1 + x)", "-(x - 1)*(x + 2)*x",
        "sin(a*x)*cos(x)", "x % 0.4", "x // 0.4", "int(x > 0.2)*x", "clip(x, 0, 1)*x",
        "maximum(x, a)", "minimum(a, x)", "log(x)/sqrt(x)",
    ],
)  # fmt: skip
def test_rules_combine(text):
    expr = parse(text)
    for x in (0.3, 0.7):
        up, down = value(expr, x=x + 1e-6, a=0.6), value(expr, x=x - 1e-6, a=0.6)
        got = value(derivative(expr, "x"), x=x, a=0.6)
        assert got == pytest.approx((up - down) / 2e-6, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("x", [0.0, 1e-12, -1e-7, 9.9e-6, 1.1e-5, 1e-3])
def test_the_slope_of_exprel_is_accurate_near_zero(x):
    slope = derivative(parse("exprel(x)"), "x")
    series = sum(n * x ** (n - 1) / math.factorial(n + 1) for n in range(1, 12))
    with np.errstate(all="ignore"):
        assert value(slope, x=x) == pytest.approx(series, rel=1e-10)


@pytest.mark.parametrize("x", [0.0, 1e-12, -1e-7, 9.9e-5, 1.1e-4, -1e-3, 1e-2])
def test_the_slope_of_the_inverse_of_exprel_is_accurate_near_zero(x):
    slope = derivative(parse("inverse_exprel(x)"), "x")
    series = -1 / 2 + x / 6 - x**3 / 180 + x**5 / 5040
    with np.errstate(all="ignore"):
        assert value(slope, x=x) == pytest.approx(series, rel=1e-11)


def test_what_does_not_depend_on_the_name_has_slope_zero():
    assert derivative(parse("exp(a)*poisson(b)"), "x") == Literal(0.0)
    assert derivative(parse("x > 1 and not x < 2"), "x") == Literal(0.0)


def test_each_branch_of_a_selection_is_derived():
    expr = Select(parse("x > 1"), parse("2*x"), parse("3*x"))
    assert to_text(derivative(expr, "x")) == "select(x > 1, 2.0, 3.0)"
