import subprocess
import sys

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from eqsim.errors import EquationError
from eqsim.expressions.functions import FUNCTIONS
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Comparison,
    Literal,
    Logical,
    LogicalOperator,
    Name,
    Select,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.printer import to_text
from eqsim.expressions.symbolic import from_sympy, latex, to_sympy
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


numbers = st.recursive(
    st.one_of(
        st.sampled_from([0, 1, 2, 3, 0.5, 1.75]).map(Literal), st.sampled_from("abc").map(Name)
    ),
    lambda inner: st.one_of(
        st.builds(Unary, st.just(UnaryOperator.NEGATE), inner),
        st.builds(Binary, st.sampled_from(list(BinaryOperator)[:4]), inner, inner),
        st.builds(
            Binary,
            st.just(BinaryOperator.POWER),
            inner,
            st.sampled_from([0, 1, 2, 3]).map(Literal),
        ),
        st.builds(
            lambda name, argument: Call(name, (argument,)),
            st.sampled_from(["exp", "sin", "cos", "tanh", "abs", "arctan", "expm1"]),
            inner,
        ),
        st.builds(
            lambda name, *arguments: Call(name, arguments),
            st.sampled_from(["minimum", "maximum"]),
            inner,
            inner,
        ),
        st.builds(
            Select,
            st.builds(
                Logical,
                st.sampled_from(LogicalOperator),
                st.builds(Compare, st.sampled_from(list(Comparison)[:4]), inner, inner),
                st.builds(
                    Unary,
                    st.just(UnaryOperator.NOT),
                    st.builds(Compare, st.sampled_from(list(Comparison)[:4]), inner, inner),
                ),
            ),
            inner,
            inner,
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(tree=numbers)
def test_there_and_back_has_the_same_value(tree):
    names = {"a": 0.7310585, "b": 1.4142135, "c": 2.7015116}
    try:
        want = value(tree, **names)
    except (ZeroDivisionError, OverflowError):
        return
    if not np.isfinite(want) or abs(want) > 1e6:
        return
    assert value(from_sympy(to_sympy(tree)), **names) == pytest.approx(want, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda f: f.name)
def test_every_function_comes_back(function):
    expr = Call(function.name, tuple(Name(name) for name in "xyz"[: function.n_arguments]))
    back = from_sympy(to_sympy(expr))
    assert isinstance(back, Call)
    assert back.function == function.name
    assert set(back.arguments) == set(expr.arguments)


@pytest.mark.parametrize(
    "text",
    [
        "x // 0.3", "x % 0.3", "int(x > 0.5)*2", "(x > 0.5)*2 + 1", "f(x) + 1", "x**0.5", "x**-2",
        "x**y", "1/(x*y)", "-x/y", "x > y or y >= x and x != 2", "not x == y", "arcsin(1)",
        "exp(1)", "1/3*x", "maximum(maximum(x, y), 1)",
    ],
)  # fmt: skip
def test_forms_keep_their_values(text):
    expr = parse(text)
    names = {"x": 0.8, "y": 0.35, "f": np.cosh}
    want = value(expr, **names)
    assert value(from_sympy(to_sympy(expr)), **names) == pytest.approx(want, rel=1e-14)


@pytest.mark.parametrize(
    "foreign",
    [
        sympy.oo, sympy.zoo, sympy.nan, sympy.I, sympy.gamma(sympy.Symbol("x")),
        sympy.Piecewise((1, sympy.Symbol("x") > 0)), sympy.Xor(*sympy.symbols("a b")),
    ],
)  # fmt: skip
def test_what_the_language_cannot_say_is_refused(foreign):
    with pytest.raises(EquationError, match=r"SymPy's .* has no form in equations"):
        from_sympy(foreign)


def test_latex_takes_names():
    assert latex(parse("(E_L - v)/tau_m"), {"E_L": r"E_\mathrm{L}"}) == (
        r"\frac{E_\mathrm{L} - v}{\tau_{m}}"
    )


def test_sympy_is_imported_when_it_is_needed_only():
    script = "import sys, eqsim.expressions.symbolic; assert 'sympy' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
