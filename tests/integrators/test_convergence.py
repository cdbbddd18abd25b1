"""Every method converges with its order, on every problem that it accepts."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eqsim.integrators import ALL, ButcherTableau, ExplicitRungeKutta, by_name

RALSTON = ExplicitRungeKutta(
    name="ralston",
    order=2.0,
    tableau=ButcherTableau.from_text("""
        0   |
        2/3 | 2/3
            | 1/4 3/4
    """),
)
KUTTA_3_8 = ExplicitRungeKutta(
    name="rk38",
    order=4.0,
    tableau=ButcherTableau.from_text("""
        0   |
        1/3 |  1/3
        2/3 | -1/3  1
        1   |  1   -1   1
            |  1/8  3/8 3/8 1/8
    """),
)

PROBLEMS = {
    "decay": (
        {"v": "(E - v) / tau", "constant": "E tau"},
        lambda _, y: [(2.0 - y[0]) / 0.5],
        {"v": 0.3},
    ),
    "logistic growth": (
        {"v": "v * (2.0 - v)"},
        lambda _, y: [y[0] * (2.0 - y[0])],
        {"v": 0.3},
    ),
    "pendulum": (
        {"x": "p", "p": "-sin(x) - 0.1*p"},
        lambda _, y: [y[1], -math.sin(y[0]) - 0.1 * y[1]],
        {"x": 1.0, "p": 0.0},
    ),
    "forced": (
        {"v": "cos(3*t) - v*(1 + t)"},
        lambda t, y: [math.cos(3 * t) - y[0] * (1 + t)],
        {"v": 0.3},
    ),
    "gates": (
        {"v": "-m*m*v + 1", "m": "(1/(1 + exp(-v)) - m)/(0.5 + 0.1*v)"},
        lambda _, y: [
            -y[1] * y[1] * y[0] + 1,
            (1 / (1 + math.exp(-y[0])) - y[1]) / (0.5 + 0.1 * y[0]),
        ],
        {"v": 0.0, "m": 0.1},
    ),
}
CONSTANTS = {"E": 2.0, "tau": 0.5}


@pytest.mark.parametrize("integrator", [*ALL, RALSTON, KUTTA_3_8], ids=lambda i: i.name)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_error_falls_with_the_order_of_the_method(integrator, problem, system, simulate):
    texts, slopes, start = PROBLEMS[problem]
    model = system(**texts)
    if integrator.refusal(model) is not None:
        pytest.skip("refused")
    exact = solve_ivp(
        slopes, (0, 1), list(start.values()), method="DOP853", rtol=1e-12, atol=1e-13
    ).y[:, -1]
    rule = integrator.integrate(model)
    n_steps = [40, 80, 160] if integrator.order < 3 else [20, 40, 80]
    errors = []
    for n in n_steps:
        end = simulate(rule, dict(start), 1 / n, n, **CONSTANTS)
        errors.append(np.abs(np.array(list(end.values())) - exact).max())
    if integrator.order == math.inf or (integrator.name, problem) == (
        "exponential_euler",
        "decay",
    ):
        assert max(errors) < 1e-11
        return
    slope = math.log2(errors[-2] / errors[-1])
    assert slope == pytest.approx(integrator.order, abs=0.1)


def test_each_method_meets_a_problem_that_it_accepts_and_each_problem_a_method(system):
    models = [system(**texts) for texts, _, _ in PROBLEMS.values()]
    for integrator in ALL:
        assert any(integrator.refusal(model) is None for model in models)
    for model in models:
        assert by_name("rk4").refusal(model) is None


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
    rule = kutta_5.integrate(system(v="v * (2.0 - v)"))
    exact = 2 / (1 + (2 / 0.3 - 1) * math.exp(-2))
    errors = [abs(simulate(rule, {"v": 0.3}, 1 / n, n)["v"] - exact) for n in (8, 16, 32)]
    assert math.log2(errors[1] / errors[2]) == pytest.approx(5, abs=0.2)
