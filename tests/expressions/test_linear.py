import math
import random
import re
import subprocess
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from eqsim.errors import IntegratorError
from eqsim.expressions.linear import linear_coefficients, split_noise
from eqsim.expressions.nodes import Binary, BinaryOperator, Literal, Name, Unary, UnaryOperator
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.printer import to_text
from eqsim.expressions.traverse import depends_on
from eqsim.source import Source


def parse(text):
    return parse_expression(Source(text), functions=None)


@pytest.mark.parametrize(
    ("text", "slope", "rest"),
    [
        ("v", "1.0", "0.0"),
        ("-v", "-1.0", "-0.0"),
        ("I", "0.0", "I"),
        ("(El - v + R*I)/tau", "-1.0 / tau", "(El + R * I) / tau"),
        ("g*(E - v) + h*(F - v)", "-g + -h", "g * E + h * F"),
        ("2*v*3 - v", "5.0", "0.0"),
        ("v**1 + w**2", "1.0", "w**2"),
        ("v**0 + w", "0.0", "1.0 + w"),
        ("exp(w)*v + sin(w)", "exp(w)", "sin(w)"),
        ("int(w > 1)*v", "int(w > 1) * 1.0", "0.0"),
        ("f(t)*v - f(t)", "f(t)", "-f(t)"),
        ("v**2 - v*v + v", "1.0", "0.0"),
        ("(v + a)**2 - v**2", None, None),
        ("(1 + v)*(1 - v) + v*v + 3*v", "3.0", "1.0"),
    ],
)
def test_coefficients_are_read_off(text, slope, rest):
    found = linear_coefficients(parse(text), "v")
    if slope is not None:
        assert tuple(map(to_text, found)) == (slope, rest)
    values = {"a": 0.3, "v": 0.7, "w": 1.3, "t": 0.2, "El": -0.4, "R": 2.0, "I": 0.9, "tau": 1.7,
              "g": 0.6, "h": 1.1, "E": -0.2, "F": 0.5, "exp": math.exp, "sin": math.sin,
              "f": math.cos}  # fmt: skip
    value, a, b = (eval(to_text(part), dict(values)) for part in (parse(text), *found))
    assert a * 0.7 + b == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize(
    "text",
    [
        "v*v", "v**2", "0.04*v**2 + 5*v + 140 - u + I", "exp(v)", "1/v", "(v*v - 1)/(v - 1)",
        "v**a", "2**v", "v // 2", "v % 2", "int(v > 0)", "v*abs(v)", "rand()*v*v - rand()*v*v",
        "a*v*v - b*v*v", "not v", "v**3 - v", "v**30 - v**30", "v**2.5 - v**2.5", "f(v) - f(v)",
    ],
)  # fmt: skip
def test_what_is_not_linear_has_no_coefficients(text):
    assert linear_coefficients(parse(text), "v") is None


trees = st.recursive(
    st.one_of(st.sampled_from([0, 1, 2, 0.5]).map(Literal), st.sampled_from("avv").map(Name)),
    lambda inner: st.one_of(
        st.builds(Unary, st.just(UnaryOperator.NEGATE), inner),
        st.builds(Binary, st.sampled_from(list(BinaryOperator)[:4]), inner, inner),
    ),
    max_leaves=8,
)


@given(tree=trees, seed=st.integers(0, 2**32))
def test_the_coefficients_give_the_expression_and_none_is_said_of_curves_only(tree, seed):
    generator = random.Random(seed)
    a, *points = (generator.uniform(0.5, 2.0) for _ in range(4))
    found = linear_coefficients(tree, "v")
    try:
        values = [eval(to_text(tree), {"a": a, "v": v}) for v in points]
    except ZeroDivisionError:
        assume(False)
    if found is None:
        return
    assert not any(depends_on(part, ("v",)) for part in found)
    slope, rest = (eval(to_text(part), {"a": a}) for part in found)
    for v, value in zip(points, values, strict=True):
        assert slope * v + rest == pytest.approx(value, rel=1e-9, abs=1e-9)


@given(coefficients=st.lists(st.integers(-3, 3), min_size=3, max_size=3))
def test_a_polynomial_is_linear_where_its_second_power_vanishes(coefficients):
    a, b, c = coefficients
    expr = parse(f"({a})*k*v*v + ({b})*v + ({c}) - (v + {a})*v*k")
    assert (linear_coefficients(expr, "v") is not None) == (a == 1)


def test_noise_is_split_from_the_drift():
    drift, factors = split_noise(
        parse("(mu - x)/tau + sigma*(2/tau)**.5*xi - (xi_1 - a)*b"), ["xi", "xi_1", "xi_2"]
    )
    assert to_text(drift) == "(mu - x) / tau - -a * b"
    assert [(name, to_text(factor)) for name, factor in factors] == [
        ("xi", "sigma * (2 / tau)**0.5"),
        ("xi_1", "-b"),
    ]
    without = parse("-x/tau")
    assert split_noise(without, ["xi"]) == (without, ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exp(xi)", "the noise 'xi' does not enter linearly\n  in exp(xi)"),
        ("xi**2", "the noise 'xi' does not enter linearly"),
        ("a + xi*xi_1", "the noise 'xi' is multiplied with the noise 'xi_1'\n  in a + xi * xi_1"),
    ],
)
def test_noise_that_is_not_simply_added_is_refused(text, message):
    with pytest.raises(IntegratorError, match=re.escape(message)):
        split_noise(parse(text), ["xi", "xi_1"])


def test_no_linear_question_needs_sympy():
    script = """
import sys
from eqsim.expressions.linear import linear_coefficients
from eqsim.expressions.parser import parse_expression
from eqsim.source import Source
for text in ("0.04*v**2 + 5*v", "v**2 - v*v + v", "exp(v)", "a*v"):
    linear_coefficients(parse_expression(Source(text)), "v")
assert "sympy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
