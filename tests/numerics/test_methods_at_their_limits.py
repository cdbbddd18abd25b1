"""Integration methods where something is zero, infinite, thrown away, or named unluckily."""

import math

import numpy as np
import pytest

from eqsim import IntegrationError, Network, NeuronGroup, explicit_method, ms
from eqsim.errors import EquationError, IntegratorError
from eqsim.integrators import ALL, by_name
from eqsim.integrators.adaptive import Adaptive

ADAPTIVE = [each.name for each in ALL if isinstance(each, Adaptive)]
IMPLICIT = ["backward_euler", "rosenbrock", "rodas3", "rodas4"]


def end(equations, method, target, duration=1, dt=0.1, options=None, **start):
    group = NeuronGroup(
        1, equations, method, method_options=options, dt=dt * ms, namespace={"ms": ms}
    )
    for name, value in start.items():
        setattr(group, name, value)
    Network(group).run(duration * ms, target=target)
    return {name: float(getattr(group, name)[0]) for name in start}


@pytest.mark.parametrize(
    "right",
    ["floor(v)", "ceil(v)", "sign(v)", "int(v)", "v % 2", "v // 1", "abs(v)", "v*floor(v)"],
)
def test_steps_and_corners_are_no_polynomials(right):
    group = NeuronGroup(1, f"dv/dt = ({right})/ms : 1", "independent", namespace={"ms": ms})
    with pytest.raises(IntegratorError, match="neither linear nor quadratic in 'v'"):
        Network(group).run(1 * ms, target="numpy")


@pytest.mark.parametrize("growth", [0.1, 10.0, 30.0])
def test_a_population_that_grows_from_next_to_nothing_keeps_its_digits(growth, target):
    found = end("dv/dt = growth*(v - v**2)/ms : 1\ngrowth : 1", "independent", target, 1, 1,
                v=1e-9, growth=growth)["v"]  # fmt: skip
    factor = math.exp(growth)
    assert found == pytest.approx(1e-9 * factor / (1 + 1e-9 * (factor - 1)), rel=1e-14)


def test_a_quadratic_equation_may_have_no_square_after_all(target):
    found = end("dv/dt = (a*v**2 + b*v + 1)/ms : 1\na : 1\nb : 1", "independent", target, 1, 1,
                v=0.5, a=0.0, b=40.0)["v"]  # fmt: skip
    assert found == pytest.approx(0.5 * math.exp(40) + math.expm1(40) / 40, rel=1e-13)


@pytest.mark.parametrize("method", IMPLICIT)
def test_infinite_derivatives_end_the_run_and_do_not_stop_a_variable(method, target):
    with pytest.raises(IntegrationError, match=r"'x' of neuron 0 .* is nan[\s\S]*derivatives"):
        end("dx/dt = (1 - sqrt(x))/ms : 1", method, target, x=0.0)


@pytest.mark.parametrize("method", [m for m in ADAPTIVE if "rodas" in m])
def test_steps_with_infinite_derivatives_are_never_accepted(method, target):
    with pytest.raises(IntegrationError) as caught:
        end("dx/dt = (1 - sqrt(x))/ms : 1", method, target, x=0.0)
    assert str(caught.value) == (
        "the equations of neuron 0 of 'neurongroup' give no numbers within the dt at t = 0 s\n"
        f"  method {method!r}, dt = 100 us\n"
        "  look for what they divide by, take the root of, or make infinite"
    )


@pytest.mark.parametrize("method", ADAPTIVE)
def test_a_variable_at_rest_at_zero_needs_no_absolute_error(method, target):
    options = {"absolute_error": 0}
    assert end("dx/dt = -x/ms : 1", method, target, options=options, x=0.0)["x"] == 0


@pytest.mark.parametrize("method", ADAPTIVE)
def test_steps_of_refractory_neurons_that_stand_still_do_not_count(method, target):
    group = NeuronGroup(
        2,
        "dv/dt = v**2/ms : 1 (unless refractory)\ndw/dt = (v - w)/ms : 1",
        method,
        threshold="v > 1",
        reset="v = 100",
        refractory=1 * ms,
        dt=0.2 * ms,
        namespace={"ms": ms},
    )
    group.v = [0.99, 0.1]
    Network(group).run(1 * ms, target=target)
    assert group.v[0] == 100
    assert group.v[1] == pytest.approx(1 / 9, rel=1e-5)


@pytest.mark.parametrize("beta", [1e-9, 4e-7, 0.3, 1])
def test_any_place_of_the_second_stage_is_a_method_of_second_order(beta, target):
    errors = [
        abs(end("dx/dt = -x/ms : 1", "rk2", target, dt=dt, options={"beta": beta}, x=1.0)["x"]
            - math.exp(-1))
        for dt in (0.1, 0.05)
    ]  # fmt: skip
    assert math.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.1)


def test_intermediate_results_may_have_any_names(target):
    usual = explicit_method("k = f(x, t)\nx_new = x + dt/2*(k + f(x + dt*k, t + dt))")
    unlucky = explicit_method("f_0 = f(x, t)\nx_new = x + dt/2*(f_0 + f(x + dt*f_0, t + dt))")
    assert end("dx/dt = -x/ms : 1", unlucky, target, x=1.0) == end(
        "dx/dt = -x/ms : 1", usual, target, x=1.0
    )
    lines = ["a1 = f(x, t)", *(f"b{n} = a1*0" for n in range(9)), "a = 5*a1"]
    many = explicit_method("\n".join([*lines, "x_new = x + dt*a1 + 0*a"]))
    assert end("dx/dt = -x/ms : 1", many, target, 0.1, x=1.0)["x"] == pytest.approx(0.9)


@pytest.mark.parametrize("text", ["x_new = x + a*dW", "x_new = x + a*a", "x_new = x + a**2"])
def test_products_of_noises_are_refused_however_they_are_written(text):
    method = explicit_method(f"a = g(x, t)*dW\n{text}")
    group = NeuronGroup(1, "dx/dt = (x*xi_1 + xi_2)/ms**0.5 : 1", method, namespace={"ms": ms})
    with pytest.raises(IntegratorError, match="dx/dt contains 2 noises"):
        Network(group).run(1 * ms, target="numpy")


def test_states_within_states_are_limited():
    with pytest.raises(EquationError, match="'f' contains others more than 3 deep"):
        explicit_method("x_new = x + dt*f(f(f(f(x, t), t), t), t)")


def test_the_increment_of_a_noise_is_no_variable_of_the_model():
    group = NeuronGroup(
        1,
        "ddW_xi/dt = -dW_xi/ms : 1\ndx/dt = xi/ms**0.5 : 1",
        lambda _: "x = x + dW_xi",
        namespace={"ms": ms},
    )
    with pytest.raises(IntegratorError, match="'dW_xi' is a name of the model and the increment"):
        Network(group).run(1 * ms, target="numpy")


def test_a_function_that_fails_is_told_with_its_method():
    def broken(system):
        return system.drifts["z"]

    group = NeuronGroup(1, "dx/dt = -x/ms : 1", broken, namespace={"ms": ms}, name="cells")
    with pytest.raises(IntegratorError) as caught:
        Network(group).run(1 * ms, target="numpy")
    assert str(caught.value) == (
        "the function of the method 'broken' failed\n"
        "  equations of 'cells'\n"
        "  KeyError: 'z'\n"
        "  it is called with a SystemText and returns the statements of a step"
    )
    assert isinstance(caught.value.__context__, Exception)


@pytest.mark.parametrize(
    "arguments",
    [
        {"description": None},
        {"description": 5},
        {"order": "2"},
        {"interpretation": "Itoo"},
        {"stochastic": [1]},
        {"name": "\U0001f642"},
    ],
    ids=str,
)
def test_what_no_method_can_be_made_of_is_refused(arguments):
    with pytest.raises(IntegratorError, match=r"(must be|cannot be|is no) "):
        explicit_method(**{"description": "x_new = x + dt*f(x, t)", **arguments})


def test_interpretations_are_given_by_their_names():
    method = explicit_method("x_new = x + dt*f(x, t) + g(x, t)*dW", interpretation="Ito")
    assert method.interpretation is by_name("euler_maruyama").interpretation


@pytest.mark.parametrize("method", ADAPTIVE)
def test_states_can_be_read_and_set_again(method):
    group = NeuronGroup(2, "dx/dt = -x/ms : 1", method, namespace={"ms": ms})
    group.x = [1, 2]
    states = group.get_states()
    assert list(states) == ["x"]
    group.set_states(states)
    assert np.array_equal(group.x, [1, 2])
