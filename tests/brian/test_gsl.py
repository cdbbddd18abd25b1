"""The names of GSL's methods: adaptive methods that keep to the tolerances of a script."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eqsim import Network, ms
from eqsim.brian import NeuronGroup

METHODS = ("gsl", "gsl_rk2", "gsl_rk4", "gsl_rkf45", "gsl_rkck", "gsl_rk8pd")
EQUATIONS = """dx/dt = y/ms : 1
dy/dt = (3*(1 - x**2)*y - x)/ms : 1"""


def solution():
    def slope(t, state):
        x, y = state
        return [y, 3 * (1 - x**2) * y - x]

    return solve_ivp(slope, (0, 5), [1.0, 0.0], method="DOP853", rtol=1e-12, atol=1e-13).y[:, -1]


def found(method, **options):
    group = NeuronGroup(1, EQUATIONS, method=method, method_options=options, dt=0.5 * ms)
    group.x = 1
    Network(group).run(5 * ms, target="numpy")
    return group


@pytest.mark.parametrize("method", METHODS)
def test_result_follows_the_tolerance(method):
    expected = solution()
    errors = []
    for tolerance in (1e-4, 1e-8):
        group = found(
            method, absolute_error=tolerance, relative_error=tolerance, max_steps=100_000
        )
        errors.append(np.hypot(group.x[0] - expected[0], group.y[0] - expected[1]))

    assert errors[0] < 0.05
    assert errors[1] < 1e-5
    assert errors[1] < errors[0]


@pytest.mark.parametrize("use_last_timestep", [True, False])
def test_options_of_gsl_are_taken(use_last_timestep):
    group = found(
        "gsl_rkf45",
        absolute_error=1e-7,
        absolute_error_per_variable={"x": 1e-9},
        use_last_timestep=use_last_timestep,
        adaptable_timestep=True,
        max_steps=1000,
        save_failed_steps=True,
        save_step_count=True,
    )

    assert group._step_count[0] >= 1
    assert group._failed_steps[0] >= 0
    assert np.hypot(*(np.array([group.x[0], group.y[0]]) - solution())) < 1e-3
