import math

import pytest

from eqsim.expressions.functions import CONSTANTS, FUNCTIONS, Function, KindRule, function_of
from eqsim.expressions.nodes import Call, Kind
from eqsim.expressions.statements import Distribution

TEXT = """rand randn poisson binomial sqrt exp log log10 log1p expm1 exprel inverse_exprel
    sin cos tan sinh cosh tanh arcsin arccos arctan abs sign floor ceil clip int timestep
    minimum maximum"""
NAMES = TEXT.split()


def test_the_table_holds_the_functions_of_the_language():
    assert set(FUNCTIONS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_function_is_listed_under_its_name(name):
    assert FUNCTIONS[name].name == name


CALLED = [each for each in Distribution if each is not Distribution.BERNOULLI]
"""Distributions that have a function; the other is what a comparison becomes."""


@pytest.mark.parametrize("distribution", CALLED)
def test_random_functions_carry_their_distribution(distribution):
    assert FUNCTIONS[distribution.value].distribution is distribution


def test_only_functions_with_a_distribution_are_random():
    assert sum(f.is_random for f in FUNCTIONS.values()) == len(CALLED)


def test_a_function_from_outside_is_random_if_it_has_a_state():
    assert Function("f", is_stateless=False).is_random
    assert not Function("f").is_random


def test_arguments_are_numbers_unless_a_function_says_otherwise():
    assert Function("f", 2).taken == (Kind.FLOAT, Kind.FLOAT)
    assert Function("f", 2, takes=(None, Kind.BOOLEAN)).taken == (None, Kind.BOOLEAN)


def test_a_call_means_its_definition_before_the_function_of_its_name():
    own = Function("exp")

    assert function_of(Call("exp", (), definition=own)) is own
    assert function_of(Call("exp", ())) is FUNCTIONS["exp"]
    assert function_of(Call("f", ())) is None


@pytest.mark.parametrize("name", ["abs", "sign", "clip", "minimum", "maximum"])
def test_these_return_the_highest_kind(name):
    assert FUNCTIONS[name].kind is KindRule.HIGHEST


@pytest.mark.parametrize("name", ["int", "timestep", "poisson", "binomial"])
def test_these_return_integers(name):
    assert FUNCTIONS[name].kind is KindRule.INTEGER


def test_constants_have_their_values():
    assert dict(CONSTANTS) == {"pi": math.pi, "e": math.e, "inf": math.inf}


def test_the_tables_cannot_be_changed():
    with pytest.raises(TypeError):
        FUNCTIONS["f"] = FUNCTIONS["exp"]
