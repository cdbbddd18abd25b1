"""Descriptions of methods: what they may say, and the errors about what they may not."""

import textwrap

import numpy as np
import pytest

from eqsim.errors import EquationError
from eqsim.expressions.printer import to_text
from eqsim.integrators import by_name, explicit_method, integrate
from eqsim.integrators.description import Description
from eqsim.integrators.structure import NoiseType

WRONG = {
    "unknown name": (
        "x_support = x + dt*f(x, t)\nx_new = x + dt*f(x_suport, t)",
        """
        'x_suport' is unknown here
          the description of a method, line 2, column 18
            x_new = x + dt*f(x_suport, t)
                             ^^^^^^^^
          known: x, t, dt, dW, x_support
          did you mean 'x_support'?
        """,
    ),
    "no result": (
        "k = dt*f(x, t)",
        """
        the description must end with 'x_new', not with 'k'
          the description of a method, line 1, column 1
            k = dt*f(x, t)
            ^
          write: x_new = ...
        """,
    ),
    "another step": (
        "dt = 2\nx_new = x + dt*f(x, t)",
        """
        'dt' has a meaning in descriptions
          the description of a method, line 1, column 1
            dt = 2
            ^^
          choose another name
        """,
    ),
    "two values of one name": (
        "k = f(x, t)\nk = 2\nx_new = x + dt*k",
        """
        'k' has a value already
          the description of a method, line 2, column 1
            k = 2
            ^
          choose another name
        """,
    ),
    "augmented assignment": (
        "k = x\nk += dt*f(x, t)\nx_new = k",
        """
        a description gives each name one value
          the description of a method, line 2, column 1
            k += dt*f(x, t)
            ^^^^^^^^^^^^^^^
          write: k = ...
        """,
    ),
    "too few arguments": (
        "x_new = x + dt*f(x)",
        """
        'f' takes a state and a time
          the description of a method, line 1, column 16
            x_new = x + dt*f(x)
                           ^^^^
          write: f(x, t)
        """,
    ),
    "too many arguments": (
        "x_new = x + g(x, t, dt)*dW",
        """
        'g' takes a state and a time
          the description of a method, line 1, column 13
            x_new = x + g(x, t, dt)*dW
                        ^^^^^^^^^^^
          write: g(x, t)
        """,
    ),
    "too many arguments of a function of the language": (
        "x_new = x + dt*exp(x, t)",
        """
        'exp' takes 1 argument, not 2
          the description of a method, line 1, column 16
            x_new = x + dt*exp(x, t)
                           ^^^^^^^^^
          write exp(x)
        """,
    ),
    "time that depends on the state": (
        "x_new = x + dt*f(x, t + x)",
        """
        the time given to 'f' may only consist of 't', 'dt' and numbers
          the description of a method, line 1, column 21
            x_new = x + dt*f(x, t + x)
                                ^^^^^
          write for example: f(x, t + dt/2)
        """,
    ),
    "random function": (
        "x_new = x + dt*f(x, t) + randn()",
        """
        'randn' is no function that descriptions can call
          the description of a method, line 1, column 26
            x_new = x + dt*f(x, t) + randn()
                                     ^^^^^^^
          f is the drift, g the factor of the noise, dW its increment
        """,
    ),
    "unknown function": (
        "x_new = x + dt*ex(x)",
        """
        'ex' is no function that descriptions can call
          the description of a method, line 1, column 16
            x_new = x + dt*ex(x)
                           ^^^^^
          f is the drift, g the factor of the noise, dW its increment
          did you mean 'exp'?
        """,
    ),
    "bracket": (
        "x_new = x + dt*(f(x, t)",
        """
        a bracket is never closed
          the description of a method, line 1, column 16
            x_new = x + dt*(f(x, t)
                           ^
        """,
    ),
    "nothing": (
        "  # nothing yet",
        """
        the description is empty
          write: x_new = x + dt*f(x, t)
        """,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_description_is_told_where_and_what_to_write(name):
    text, expected = WRONG[name]
    for parse in (Description.from_text, explicit_method):
        with pytest.raises(EquationError) as caught:
            parse(text)
        assert str(caught.value) == textwrap.dedent(expected).strip()


@pytest.mark.parametrize(
    ("text", "noise", "evaluations"),
    [
        ("x_new = x + dt*f(x, t)", NoiseType.NONE, 1),
        ("x_new = x + dt*f(x, t) + g(x, t)*dW", NoiseType.GENERAL, 1),
        ("k = f(x, t)\nx_new = x + dt*f(x + dt/2*k, t + dt/2)", NoiseType.NONE, 2),
        ("x_new = x + dt*f(x, t) + g(x, t)*dW**2", NoiseType.DIAGONAL, 1),
        ("x_new = x + dt*f(x, t) + g(x, t)", NoiseType.DIAGONAL, 1),
        ("x_new = x + dt*(f(x, t) + f(x, t))", NoiseType.NONE, 1),
    ],
)
def test_a_description_knows_its_noise_and_its_cost(text, noise, evaluations):
    parsed = Description.from_text(text)
    assert parsed.noise is noise
    assert parsed.evaluations == evaluations


def test_each_line_becomes_one_statement_for_each_variable(system):
    rule = integrate(system(v="-v + w", w="t*v"), by_name("heun"))
    assert [f"{s.target} = {to_text(s.value)}" for s in rule.statements] == [
        "_x_support_0_v = v + dt * (-v + w)",
        "_x_support_0_w = w + dt * (t * v)",
        "_new_v = v + dt / 2 * (-v + w + (-_x_support_0_v + _x_support_0_w))",
        "_new_w = w + dt / 2 * (t * v + (t + dt) * _x_support_0_v)",
        "v = _new_v",
        "w = _new_w",
    ]


def test_a_time_that_is_held_for_the_step_stays_as_it_is(system):
    rule = integrate(system(v="f(v, t)", constant="t"), by_name("heun"))
    assert "t + dt" not in " ".join(to_text(s.value) for s in rule.statements)


def test_functions_of_the_language_can_be_called(system, simulate):
    method = explicit_method("size = exp(-abs(x))\nx_new = x + sqrt(dt)*size")
    end = simulate(integrate(system(v="1"), method), {"v": -2.0}, 0.25)
    assert end["v"] == pytest.approx(-2 + 0.5 * np.exp(-2.0))


def test_terms_with_increments_become_sums_over_the_noises_of_an_equation(system, simulate):
    model = system(x="2*xi_1 + 3*xi_2", y="xi_2", z="-z")
    normals = {"xi_1": 1.0, "xi_2": 10.0}
    for name in ("euler", "euler_maruyama", "heun"):
        end = simulate(
            integrate(model, by_name(name)),
            {"x": 0.0, "y": 0.0, "z": 0.0},
            0.25,
            draw=lambda noise, _: normals[noise],
        )
        assert end == {"x": 16.0, "y": 5.0, "z": 0.0}
