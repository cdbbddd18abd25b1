import math
from fractions import Fraction as F

import pytest

from eqsim.errors import IntegratorError
from eqsim.expressions.printer import to_text
from eqsim.integrators import ButcherTableau, ExplicitRungeKutta, by_name, integrate


def test_a_row_that_does_not_sum_to_its_node_is_refused():
    with pytest.raises(IntegratorError, match=r"row 2 of the tableau sums to 1/3\n.*node, 1/2"):
        ButcherTableau.from_text("0 |\n 1/2 | 1/3\n | 0 1")


def test_weights_that_do_not_sum_to_one_are_refused():
    with pytest.raises(IntegratorError, match="weights of the tableau sum to 1/2"):
        ButcherTableau.from_text("0 |\n 1/2 | 1/2\n | 0 1/2")


def test_an_implicit_tableau_is_refused():
    with pytest.raises(IntegratorError, match="row 1 of the tableau has 1 entries"):
        ButcherTableau(nodes=(F(1),), matrix=((F(1),),), weights=(F(1),))


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(IntegratorError, match="2 nodes, 1 rows and 1 weights"):
        ButcherTableau(nodes=(F(0), F(1)), matrix=((),), weights=(F(1),))


def test_the_update_of_rk4_reads_as_in_books(system):
    rule = integrate(system(v="f(v, t)"), by_name("rk4"))
    assert [f"{s.target} = {to_text(s.value)}" for s in rule.statements] == [
        "_k1_v = f(v, t)",
        "_x2_v = v + dt / 2.0 * _k1_v",
        "_k2_v = f(_x2_v, t + dt / 2.0)",
        "_x3_v = v + dt / 2.0 * _k2_v",
        "_k3_v = f(_x3_v, t + dt / 2.0)",
        "_x4_v = v + dt * _k3_v",
        "_k4_v = f(_x4_v, t + dt)",
        "_new_v = v + dt / 6.0 * (_k1_v + 2.0 * _k2_v + 2.0 * _k3_v + _k4_v)",
        "v = _new_v",
    ]


def test_a_time_that_is_held_for_the_step_is_not_moved(system):
    rule = integrate(system(v="f(v, t)", constant="t"), by_name("rk2"))
    assert "t + " not in " ".join(to_text(s.value) for s in rule.statements)


def test_a_variable_at_rest_is_not_assigned(system):
    for name in ("exact", "exponential_euler", "euler", "rk4"):
        rule = integrate(system(v="-v/tau + w", w="0", constant="tau"), by_name(name))
        assert {s.target for s in rule.statements if not s.target.startswith("_")} == {"v"}


def test_a_six_stage_tableau_needs_no_code(system, simulate):
    # Kutta's fifth order method as corrected by Nystroem.
    kutta_5 = ExplicitRungeKutta(
        name="rk5",
        order=5.0,
        tableau=ButcherTableau.from_text("""
            0   |
            1/3 | 1/3
            2/5 | 4/25  6/25
            1   | 1/4  -3     15/4
            2/3 | 2/27  10/9 -50/81  8/81
            4/5 | 2/25  12/25 2/15   8/75  0
                | 23/192 0 125/192 0 -27/64 125/192
        """),
    )
    rule = integrate(system(v="v * (2.0 - v)"), kutta_5)
    exact = 2 / (1 + (2 / 0.3 - 1) * math.exp(-2))
    errors = [abs(simulate(rule, {"v": 0.3}, 1 / n, n)["v"] - exact) for n in (8, 16, 32)]
    assert math.log2(errors[1] / errors[2]) == pytest.approx(5, abs=0.2)
