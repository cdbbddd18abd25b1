"""Options of methods: what they take, and the errors about what they do not."""

import textwrap

import pytest

from eqsim import Network, NeuronGroup, ms, mV, uvolt
from eqsim.errors import IntegratorError
from eqsim.integrators import ALL, Adaptive, by_name, integrate

ADAPTIVE = [integrator for integrator in ALL if isinstance(integrator, Adaptive)]

WRONG = {
    "misspelt": (
        "rkf45",
        {"max_step": 10},
        """
        'rkf45' has no option 'max_step'
          did you mean 'max_steps'?
          its options: 'absolute_error', 'absolute_error_per_variable', 'relative_error', \
'max_steps', 'adaptable_timestep', 'use_last_timestep', 'save_step_count', 'save_failed_steps'
        """,
    ),
    "none": (
        "rk4",
        {"beta": 0.5},
        """
        'rk4' has no option 'beta'
          its options: none
        """,
    ),
    "place of the second stage": (
        "rk2",
        {"beta": 0},
        """
        the option 'beta' of 'rk2' cannot be 0
          which part of the step the second slope lies after the first: 1/2 is the midpoint \
method, 2/3 Ralston's, 1 Heun's
          expected: a number above 0, up to 1
        """,
    ),
    "negative error": (
        "cash_karp",
        {"relative_error": -1e-3},
        """
        the option 'relative_error' of 'cash_karp' cannot be -0.001
          error that is tolerated relative to the size of a variable
          expected: a number from 0 on, without unit
        """,
    ),
    "part of a step": (
        "cash_karp",
        {"max_steps": 10.5},
        """
        the option 'max_steps' of 'cash_karp' cannot be 10.5
          how many steps a neuron may try within dt
          expected: a whole number from 1 on
        """,
    ),
    "number for a switch": (
        "cash_karp",
        {"save_step_count": 1},
        """
        the option 'save_step_count' of 'cash_karp' cannot be 1
          whether the number of steps is kept, as '_step_count'
          expected: True or False
        """,
    ),
    "number for a dict": (
        "cash_karp",
        {"absolute_error_per_variable": 1e-3},
        """
        the option 'absolute_error_per_variable' of 'cash_karp' cannot be 0.001
          errors that are tolerated in single variables
          expected: a dict of variables and values from 0 on
        """,
    ),
    "contradiction": (
        "rodas3_adaptive",
        {"adaptable_timestep": False, "save_step_count": True},
        """
        the option 'save_step_count' of 'rodas3_adaptive' contradicts adaptable_timestep=False
          steps that are all as long as dt make no use of 'save_step_count': leave one of \
the two out
        """,
    ),
    "nothing tolerated": (
        "rkf45",
        {"absolute_error": 0, "relative_error": 0},
        """
        'rkf45' has neither an absolute nor a relative error above 0
          no step could be accurate enough: give one of them
        """,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_option_is_told_with_what_would_be_right(name):
    method, options, expected = WRONG[name]
    with pytest.raises(IntegratorError) as caught:
        by_name(method).configured(options)
    assert str(caught.value) == textwrap.dedent(expected).strip()
    with pytest.raises(IntegratorError) as caught:
        NeuronGroup(1, "dv/dt = -v/ms : 1", method=method, method_options=options)
    assert textwrap.dedent(expected).strip().splitlines()[0] in str(caught.value)


@pytest.mark.parametrize("value", [0, -0.5, 1.5, "1/2", None, True, float("nan"), float("inf")])
def test_a_place_outside_of_the_step_is_refused(value):
    with pytest.raises(IntegratorError, match=r"the option 'beta' of 'rk2' cannot be"):
        by_name("rk2").configured({"beta": value})


@pytest.mark.parametrize(("beta", "name"), [(0.5, "midpoint"), (2 / 3, "ralston"), (1, "heun")])
def test_places_of_the_second_stage_are_those_of_known_methods(beta, name, system, simulate):
    model = system(v="v*(2 - v) + sin(t)")
    configured = by_name("rk2").configured({"beta": beta})
    ends = [
        simulate(integrate(model, method), {"v": 0.3}, 0.1, 5)["v"]
        for method in (configured, by_name(name))
    ]
    assert ends[0] == pytest.approx(ends[1], rel=1e-6 if beta == 2 / 3 else 1e-15)


def test_options_are_those_of_one_method_and_no_other():
    configured = by_name("rkf45").configured({"max_steps": 7})
    assert configured.max_steps == 7
    assert by_name("rkf45").max_steps != 7
    assert by_name("rkf45").configured({}) is by_name("rkf45")


@pytest.mark.parametrize("integrator", ADAPTIVE, ids=lambda i: i.name)
def test_what_is_kept_is_what_was_asked_for(integrator):
    assert set(integrator.memory) == {"_last_timestep"}
    options = {"save_step_count": True, "save_failed_steps": True, "use_last_timestep": False}
    assert set(integrator.configured(options).memory) == {"_step_count", "_failed_steps"}
    fixed = integrator.configured({"adaptable_timestep": False})
    assert fixed.memory == {}
    assert fixed.constants == {}


@pytest.mark.parametrize("integrator", ADAPTIVE, ids=lambda i: i.name)
def test_steps_of_fixed_length_are_those_of_the_method_itself(integrator, system):
    model = system(v="v*(2 - v)", w="v*sin(t)")
    fixed = integrate(model, integrator.configured({"adaptable_timestep": False}))
    assert fixed.statements == integrate(model, integrator.method).statements


def test_a_tolerance_of_one_variable_has_its_unit():
    def group(**options):
        return NeuronGroup(
            1,
            "dv/dt = (10*mV - v)/(5*ms) : volt",
            method="rkf45",
            method_options=options,
            namespace={"ms": ms, "mV": mV},
        )

    made = group(absolute_error_per_variable={"v": 1 * uvolt})
    Network(made).run(1 * ms, target="numpy")
    assert made.v[0] / mV == pytest.approx(1.8127, rel=1e-3)
    with pytest.raises(IntegratorError) as caught:
        group(absolute_error_per_variable={"v": 1e-6})
    assert "the absolute error of 'v' cannot be 1e-06\n  expected: a value in volt" in str(
        caught.value
    )
