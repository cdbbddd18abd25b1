import importlib
import pkgutil
import re

import pytest

import eqsim.integrators
from eqsim.errors import IntegratorError
from eqsim.integrators import ALL, Integrator, by_name, choose, integrate

EXPONENTIAL = ("exponential_euler", "exponential_midpoint")


def test_names_and_aliases_are_unique():
    names = [name for integrator in ALL for name in (integrator.name, *integrator.aliases)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("integrator", ALL, ids=lambda i: i.name)
def test_every_name_and_alias_finds_its_method(integrator):
    for name in (integrator.name, *integrator.aliases):
        assert by_name(name) is integrator


@pytest.mark.parametrize("integrator", ALL, ids=lambda i: i.name)
def test_every_method_says_where_it_comes_from(integrator):
    assert integrator.references
    assert all(re.search(r"doi:10\.\d{4,}/\S+$", text) for text in integrator.references)


def test_every_constant_of_the_folder_is_in_the_list():
    modules = [
        importlib.import_module(f"eqsim.integrators.{module.name}")
        for module in pkgutil.iter_modules(eqsim.integrators.__path__)
    ]
    values = [value for module in modules for value in vars(module).values()]
    assert {value for value in values if isinstance(value, Integrator)} == set(ALL)


def test_an_unknown_method_gets_a_question_and_the_list():
    with pytest.raises(IntegratorError) as caught:
        by_name("rk_4")
    assert str(caught.value) == (
        "unknown integration method 'rk_4'\n"
        "  did you mean 'rk4'?\n"
        f"  known: {', '.join(repr(integrator.name) for integrator in ALL)}"
    )


def test_the_first_method_that_fits_is_taken_and_says_why(system):
    linear = system(v="-v/tau", constant="tau")
    curved = system(v="v*v")
    assert integrate(linear).reason == (
        "'exact' because the equations are linear with coefficients constant over a step"
    )
    assert integrate(curved).reason == (
        "'euler' because 'exact' cannot: dv/dt is not linear in the variables of the system"
    )
    assert integrate(curved, ["rk4", "euler"]).integrator == "rk4"
    assert integrate(linear, "ralston2").reason == "'ralston' because it was asked for"


def test_noise_that_is_not_additive_is_taken_in_the_sense_of_stratonovich(system):
    assert integrate(system(v="-v + v*xi")).reason == (
        "'heun' (noise in the sense of Stratonovich) because 'exact' cannot: dv/dt contains the "
        "noise 'xi'; 'euler' cannot: the noise 'xi' in dv/dt is multiplied with a factor that "
        "depends on 'v'"
    )
    assert integrate(system(v="-v + xi")).reason == (
        "'euler' because 'exact' cannot: dv/dt contains the noise 'xi'"
    )
    assert integrate(system(v="-v + v*xi"), "milstein_ito").reason == (
        "'milstein_ito' (noise in the sense of Ito) because it was asked for"
    )


def test_when_none_fits_each_candidate_says_why_not(system):
    with pytest.raises(IntegratorError) as caught:
        choose(system(v="-v*v + v*xi"), ("exact", "rk4", by_name("euler")))
    assert str(caught.value) == (
        "no method can integrate these equations\n"
        "  'exact' cannot: dv/dt is not linear in the variables of the system\n"
        "  'rk4' cannot: dv/dt contains the noise 'xi'\n"
        "  'euler' cannot: the noise 'xi' in dv/dt is multiplied with a factor that depends on "
        "'v'\n"
        "  methods that can: 'euler_maruyama', 'heun', 'milstein', 'milstein_ito', "
        "'milstein_symbolic_ito', 'milstein_symbolic_stratonovich'"
    )


def test_a_method_that_was_asked_for_and_cannot_says_which_can(system):
    with pytest.raises(IntegratorError) as caught:
        integrate(system(v="v*v"), "linear")
    able = [repr(each.name) for each in ALL if each.name not in ("exact", *EXPONENTIAL)]
    assert str(caught.value) == (
        "'linear' cannot integrate these equations\n"
        "  dv/dt is not linear in the variables of the system\n"
        f"  methods that can: {', '.join(able[:8])} and {len(able) - 8} more"
    )
    with pytest.raises(IntegratorError, match=r"'rk4' cannot .*\n  dv/dt contains the noise 'xi'"):
        integrate(system(v="xi"), by_name("rk4"))


def test_there_is_a_method_for_every_system(system):
    for texts in ({"v": "exp(v)"}, {"v": "xi_1 + v*xi_2", "w": "v*xi_1"}):
        for method in ("euler_maruyama", "heun"):
            assert by_name(method).refusal(system(**texts)) is None


def test_methods_by_themselves_are_candidates_too(system):
    rule = integrate(system(v="v*v"), [by_name("exact"), "rk2", by_name("rk4")])
    assert rule.integrator == "rk2"


def test_what_a_system_knows_of_itself(system):
    model = system(v="(I - v)/tau + xi_1 + 2*xi", w="v - t", constant="tau")
    assert model.variables == ("v", "w")
    assert model.noises == ("xi", "xi_1")
    assert model.is_stochastic
    matrix, vector = model.linear_form()
    assert len(matrix) == len(vector) == 2
    assert system(v="v*v").linear_form() is None
