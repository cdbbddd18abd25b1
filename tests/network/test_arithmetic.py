"""Numbers in equations and statements behave as Python's and NumPy's do."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import Network, NeuronGroup, ms
from eqsim.errors import EquationError

INTEGERS = np.array([-7, -4, -1, 0, 1, 3, 7, 10])
FRACTIONS = np.array([-7.5, -2.0, -0.25, 0.0, 0.25, 1.5, 2.0, 7.5])


def computed(target, expression, unit="1", **constants):
    """Return what an expression gives for each neuron in a run."""
    G = NeuronGroup(len(INTEGERS), f"k : integer\nx : 1\nb : boolean\nresult : {unit}")
    G.k, G.x, G.b = INTEGERS, FRACTIONS, "k > 0"
    G.run_regularly(f"result = {expression}")
    Network(G).run(0.1 * ms, target=target, namespace=constants)
    return G.result_[:]


def test_quotient_of_integers_is_numpys_in_double_precision(target):
    G = NeuronGroup(1000, "x : 1")
    G.run_regularly("x = i/N")
    Network(G).run(0.1 * ms, target=target)

    np.testing.assert_array_equal(G.x[:], np.arange(1000) / 1000)


EXPRESSIONS = {
    "k//3": INTEGERS // 3,
    "k//(-3)": INTEGERS // -3,
    "k % 3": INTEGERS % 3,
    "k % (-3)": INTEGERS % -3,
    "x//2": FRACTIONS // 2,
    "x//(-0.5)": FRACTIONS // -0.5,
    "x % 2": FRACTIONS % 2,
    "x % (-2)": FRACTIONS % -2,
    "k/2": INTEGERS / 2,
    "k**2": INTEGERS.astype(float) ** 2,
    "2**k": 2.0**INTEGERS,
    "2**(-1)": np.full(8, 0.5),
    "-k**2": -(INTEGERS.astype(float) ** 2),
    "k + 1/2": INTEGERS + 0.5,
    "int(x)": np.trunc(FRACTIONS),
    "int(b)": (INTEGERS > 0).astype(float),
    "int(k > 3) + int(x < 0)": (INTEGERS > 3) * 1.0 + (FRACTIONS < 0),
    "int(b and x > 1)": ((INTEGERS > 0) & (FRACTIONS > 1)) * 1.0,
    "int(not b or k == 3)": (~(INTEGERS > 0) | (INTEGERS == 3)) * 1.0,
    "int(-1 < x < 2)": ((FRACTIONS > -1) & (FRACTIONS < 2)) * 1.0,
    "sign(k)": np.sign(INTEGERS),
    "sign(x)": np.sign(FRACTIONS),
    "abs(k)": np.abs(INTEGERS),
    "clip(k, -2, 5)": np.clip(INTEGERS, -2, 5),
    "clip(k, -2, 5)//2": np.clip(INTEGERS, -2, 5) // 2,
    "clip(x, -0.5, 1.5)": np.clip(FRACTIONS, -0.5, 1.5),
    "floor(x)": np.floor(FRACTIONS),
    "ceil(x)": np.ceil(FRACTIONS),
    "exprel(0*x)": np.ones(8),
    "timestep(0.3*second, 0.1*second)": np.full(8, 3.0),
    "sqrt(abs(x))": np.sqrt(np.abs(FRACTIONS)),
    "3*(x + 1) - x/4": 3 * (FRACTIONS + 1) - FRACTIONS / 4,
    "7 // 2 * 2 % 4 - 1": np.full(8, 7 // 2 * 2 % 4 - 1.0),
    "2 ** 3 ** 2": np.full(8, 512.0),
    "abs(k)/(k + 20)": np.abs(INTEGERS) / (INTEGERS + 20),
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression_gives_what_python_gives(expression):
    np.testing.assert_array_equal(computed("numpy", expression), EXPRESSIONS[expression])


def test_all_expressions_together_give_on_each_target_what_python_gives(target):
    names = {f"result_{number}": expr for number, expr in enumerate(EXPRESSIONS)}
    G = NeuronGroup(8, "k : integer\nx : 1\nb : boolean\n" + "\n".join(f"{n} : 1" for n in names))
    G.k, G.x, G.b = INTEGERS, FRACTIONS, "k > 0"
    G.run_regularly("\n".join(f"{n} = {expr}" for n, expr in names.items()))
    Network(G).run(0.1 * ms, target=target)

    for name, expression in names.items():
        np.testing.assert_array_equal(getattr(G, name)[:], EXPRESSIONS[expression], expression)


FUNCTIONS = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log10": np.log10, "log1p": np.log1p,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "arctan": np.arctan, "sqrt": np.sqrt,
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_agrees_with_numpy_to_a_few_units_in_the_last_place(name):
    values = np.linspace(0.01, 8, 200)
    G = NeuronGroup(200, "x : 1\ny : 1")
    G.x = values
    G.y = f"{name}(x)"

    np.testing.assert_allclose(G.y[:], FUNCTIONS[name](values), rtol=4e-15)


@pytest.mark.parametrize("name", ["arcsin", "arccos"])
def test_inverse_function_agrees_with_numpy(name):
    G = NeuronGroup(21, "x : 1\ny : 1")
    G.x = np.linspace(-1, 1, 21)
    G.y = f"{name}(x)"

    np.testing.assert_allclose(G.y[:], getattr(np, name)(G.x[:]), rtol=1e-15, atol=1e-16)


def test_exprel_is_one_at_zero_and_infinite_where_it_overflows():
    assert computed("numpy", "exprel(x*0)")[0] == 1
    assert computed("numpy", "exprel(1000 + 0*x)")[0] == np.inf


def test_exponential_of_a_large_number_is_infinite_on_each_target(target):
    assert (computed(target, "1/exp(1000 + 0*x)") == 0).all()


@pytest.mark.parametrize("constant", ["pi", "e"])
def test_constants_are_known_without_a_namespace(constant):
    assert computed("numpy", constant)[0] == getattr(np, constant)


def test_infinity_can_be_compared_with():
    assert computed("numpy", "int(x < inf)")[0] == 1


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("b and x", "'and' needs truth values, but 'x' is a number"),
        ("not x", "'not' needs truth values"),
        ("-b", "is a truth value and has no negative"),
        ("abs(b)", "'abs' takes numbers"),
        ("b + b", "between two truth values"),
        ("b < x", "is a truth value and has no order"),
    ],
)
def test_truth_values_and_numbers_are_not_mixed_up(expression, message):
    with pytest.raises(EquationError, match=message):
        computed("numpy", f"int({expression})")


@pytest.mark.parametrize(
    "expression",
    ["x ^ 2", "x & 1", "x | 1", "x[0]", "x.y", "x if b else 1", "f(x=1)", "lambda: 1", "'x'"],
)
def test_python_beyond_the_language_is_refused(expression):
    with pytest.raises(EquationError):
        computed("numpy", expression)


def test_new_names_in_statements_are_locals_typed_by_what_they_hold(target):
    G = NeuronGroup(4, "x : 1\nk : integer")
    G.run_regularly("half = i/2; whole = i//2; large = i > 1; x = half + int(large); k = whole")
    Network(G).run(0.1 * ms, target=target)

    np.testing.assert_array_equal(G.x[:], [0, 0.5, 2, 2.5])
    np.testing.assert_array_equal(G.k[:], [0, 0, 1, 1])


def test_local_that_later_holds_a_fraction_holds_fractions_from_the_start(target):
    G = NeuronGroup(2, "x : 1\ny : 1")
    G.run_regularly("a = 3; x = a/2; a = 0.5; y = a")
    Network(G).run(0.1 * ms, target=target)

    assert (G.x[0], G.y[0]) == (1.5, 0.5)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [("+= 3", 10), ("-= 3", 4), ("*= 3", 21), ("/= 2", 3.5), ("//= 2", 3), ("%= 4", 3),
     ("**= 2", 49)],
)  # fmt: skip
def test_augmented_assignment(statement, expected):
    G = NeuronGroup(1, "x : 1")
    G.x = 7
    G.run_regularly(f"x {statement}")
    Network(G).run(0.1 * ms, target="numpy")

    assert G.x[0] == expected


def test_statements_run_one_after_the_other(target):
    G = NeuronGroup(1, "x : 1\ny : 1")
    G.run_regularly("x = 2; y = x*3; x = y + 1")
    Network(G).run(0.1 * ms, target=target)

    assert (G.x[0], G.y[0]) == (7, 6)


def test_integers_wrap_around_as_in_numpy(target):
    G = NeuronGroup(1, "k : integer\nx : 1")
    G.k = 2**31 - 1
    G.run_regularly("x = k*k; k = k")
    Network(G).run(0.1 * ms, target=target)

    assert G.x[0] == float((2**31 - 1) ** 2)
    assert G.k[0] == 2**31 - 1
