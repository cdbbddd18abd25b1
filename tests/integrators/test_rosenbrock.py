"""Linearly implicit methods: coefficients, derivatives, refusals."""

import math

import numpy as np
import pytest

from eqsim import Network, NeuronGroup, TimedArray, check_units, implementation, ms
from eqsim.errors import IntegratorError
from eqsim.expressions.nodes import Call
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.printer import to_text
from eqsim.expressions.traverse import walk
from eqsim.integrators import ALL, ODE, Adaptive, ODESystem, by_name, integrate
from eqsim.integrators.rosenbrock import Rosenbrock, RosenbrockTableau
from eqsim.source import Source

ROSENBROCK = [integrator for integrator in ALL if isinstance(integrator, Rosenbrock)]


def test_the_coefficients_of_rodas3_are_those_that_were_published():
    """Sandu et al. (1997), doi:10.1016/S1352-2310(97)83212-8, for the stages u = Gamma k."""
    found = by_name("rodas3").tableau.transformed()
    flat = [value for row in found.explicit for value in row]
    assert flat == pytest.approx([0, 2, 0, 2, 0, 1], abs=1e-14)
    flat = [value for row in found.couplings for value in row]
    assert flat == pytest.approx([4, 1, -1, 1, -1, -8 / 3], abs=1e-14)
    assert found.weights == pytest.approx((2, 0, 1, 1), abs=1e-14)
    assert found.errors == pytest.approx((0, 0, 0, 1), abs=1e-14)
    assert found.nodes == pytest.approx((0, 0, 1, 1), abs=1e-14)
    assert found.slopes == pytest.approx((1 / 2, 3 / 2, 0, 0), abs=1e-14)


@pytest.mark.parametrize("integrator", ROSENBROCK, ids=lambda i: i.name)
def test_transformed_coefficients_lead_back_to_the_tableau(integrator):
    tableau = integrator.tableau
    found = tableau.transformed()
    again = RosenbrockTableau.from_transformed(
        tableau.gamma, found.explicit, found.couplings, found.weights, found.errors
    )
    assert again.weights == pytest.approx(tableau.weights, abs=1e-12)
    for mine, theirs in ((again.explicit, tableau.explicit), (again.implicit, tableau.implicit)):
        assert [v for row in mine for v in row] == pytest.approx(
            [v for row in theirs for v in row], abs=1e-12
        )


def test_tableaus_that_do_not_fit_are_refused():
    with pytest.raises(IntegratorError, match="the rows of a Rosenbrock method have 0, 2 entries"):
        RosenbrockTableau(0.5, ((), (1.0, 2.0)), ((), (1.0,)), (0.5, 0.5))
    with pytest.raises(IntegratorError, match=r"sum to 0\.75\n  expected 1, of 2 weights"):
        RosenbrockTableau(0.5, ((), (1.0,)), ((), (1.0,)), (0.5, 0.25))


def stability(tableau, z):
    """What a step makes of 1 for the equation dx/dt = z x with a step of 1."""
    n = tableau.stages
    both = np.eye(n) * tableau.gamma
    for i in range(n):
        both[i, :i] += np.array(tableau.explicit[i]) + np.array(tableau.implicit[i])
    return 1 + z * np.array(tableau.weights) @ np.linalg.solve(np.eye(n) - z * both, np.ones(n))


@pytest.mark.parametrize("integrator", ROSENBROCK, ids=lambda i: i.name)
def test_steps_are_stable_for_any_decay_and_damp_the_fastest(integrator, system, simulate):
    rule = integrate(system(x="rate*x", constant="rate"), integrator)
    for z in (-1e-3, -1.0, -30.0, -1e3, -1e8):
        end = simulate(rule, {"x": 1.0}, 1.0, rate=z)["x"]
        assert end == pytest.approx(stability(integrator.tableau, z), rel=1e-6, abs=1e-9)
        assert abs(end) <= 1
    assert abs(end) < 1e-6


@pytest.mark.parametrize("integrator", ROSENBROCK, ids=lambda i: i.name)
def test_equations_that_do_not_change_cost_nothing(integrator, system):
    rule = integrate(system(x="-x + y", y="0"), integrator)
    assert [name for name, _ in rule.values] == ["x"]


def test_the_matrix_has_no_entries_for_variables_that_do_not_meet(system):
    rule = integrate(system(x="-x*x", y="-y*y*y", z="x - z"), by_name("rosenbrock"))
    entries = [s.target for s in rule.statements if s.target.startswith("_w")]
    assert not {"_w0_1", "_w1_0", "_w1_2", "_w2_1", "_w0_2"} & set(entries)


def test_a_time_that_is_held_for_the_step_has_no_derivative(system):
    for constant in ("", "t"):
        rule = integrate(system(x="sin(t)*x", constant=constant), by_name("rosenbrock"))
        texts = [to_text(s.value) for s in rule.statements]
        assert any("cos(t)" in text for text in texts) == (not constant)


@pytest.mark.parametrize("name", ["backward_euler", "rosenbrock", "rodas3", "rodas4"])
def test_inputs_in_pieces_are_constants_where_derivatives_are_taken(name, target):
    ends = []
    pieces = TimedArray([2.5, 2.5], dt=2 * ms)
    for text, stimulus in (("stimulus(t)", pieces), ("stimulus", 2.5)):
        group = NeuronGroup(
            1,
            f"dv/dt = ({text}*sin(t/ms)*(1 - v*v) - v)/ms : 1",
            method=name,
            namespace={"stimulus": stimulus, "ms": ms},
        )
        Network(group).run(4 * ms, target=target)
        ends.append(group.v[0])
    assert ends[0] == pytest.approx(ends[1], rel=1e-13)
    assert abs(ends[0]) > 0.1


@implementation("cpp", "double rectified(double x) { return x > 0 ? x : 0; }")
@check_units(x=1, result=1)
def rectified(x):
    return np.maximum(x, 0)


@pytest.mark.parametrize(
    "integrator",
    [
        i
        for i in ALL
        if isinstance(i, Rosenbrock) or isinstance(getattr(i, "method", 0), Rosenbrock)
    ],
    ids=lambda i: i.name,
)
def test_a_function_without_a_known_derivative_is_refused_by_name(integrator):
    group = NeuronGroup(
        1,
        "dv/dt = (rectified(v) - v)/ms : 1",
        method=integrator,
        namespace={"rectified": rectified, "ms": ms},
    )
    with pytest.raises(IntegratorError) as caught:
        Network(group).run(1 * ms, target="numpy")
    assert (
        "dv/dt has no derivative that is known: the function 'rectified' has no known derivative"
    ) in str(caught.value)


def test_a_random_function_is_refused_by_name():
    drift = parse_expression(Source("rand()*v"), functions=None)
    reason = by_name("rosenbrock").refusal(ODESystem((ODE("v", drift),)))
    assert reason is None or "'rand'" in reason


def test_the_stiff_end_of_a_fast_gate_is_reached_in_large_steps(target):
    """A rate of 1e6 per step: the fast variable sits on its fixed point after a few steps."""
    for name in ("backward_euler", "rosenbrock", "rodas3", "rodas4"):
        group = NeuronGroup(
            1,
            "dx/dt = -1e6*(x - y*y)/ms : 1\ndy/dt = -y/(10*ms) : 1",
            method=name,
            namespace={"ms": ms},
            dt=1 * ms,
        )
        group.x, group.y = 5, 1
        Network(group).run(10 * ms, target=target)
        assert group.y[0] == pytest.approx(math.exp(-1), rel=0.06)
        assert group.x[0] == pytest.approx(float(group.y[0]) ** 2, rel=0.2)


def test_adaptive_methods_share_the_tableau():
    for integrator in ALL:
        if isinstance(integrator, Adaptive) and isinstance(integrator.method, Rosenbrock):
            assert integrator.method in ROSENBROCK
            assert integrator.order == integrator.method.order


def test_each_exponential_of_a_right_side_is_written_once_in_the_jacobian(system):
    rule = integrate(system(v="-v + exp(v/k)", constant="k"), by_name("backward_euler"))
    calls = [n for s in rule.statements for n in walk(s.value) if isinstance(n, Call)]
    assert {to_text(call) for call in calls} <= {"exp(v / k)", "exp(_x1_v / k)"}
