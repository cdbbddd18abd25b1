import math

import pytest

from eqsim.expressions.functions import CONSTANTS, FUNCTIONS, KindRule
from eqsim.expressions.statements import Distribution

TEXT = """rand randn poisson sqrt exp log log10 log1p expm1 exprel sin cos tan sinh cosh tanh
    arcsin arccos arctan abs sign floor ceil clip int timestep minimum maximum"""
NAMES = TEXT.split()


def test_the_table_holds_the_functions_of_the_language():
    assert set(FUNCTIONS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_function_is_listed_under_its_name(name):
    assert FUNCTIONS[name].name == name


@pytest.mark.parametrize("distribution", Distribution)
def test_random_functions_carry_their_distribution(distribution):
    assert FUNCTIONS[distribution.value].distribution is distribution


def test_only_three_functions_are_random():
    assert sum(f.distribution is not None for f in FUNCTIONS.values()) == len(Distribution)


@pytest.mark.parametrize("name", ["abs", "sign", "clip", "minimum", "maximum"])
def test_these_return_the_highest_kind(name):
    assert FUNCTIONS[name].kind is KindRule.HIGHEST


@pytest.mark.parametrize("name", ["int", "timestep", "poisson"])
def test_these_return_integers(name):
    assert FUNCTIONS[name].kind is KindRule.INTEGER


def test_constants_have_their_values():
    assert dict(CONSTANTS) == {"pi": math.pi, "e": math.e, "inf": math.inf}


def test_the_tables_cannot_be_changed():
    with pytest.raises(TypeError):
        FUNCTIONS["f"] = FUNCTIONS["exp"]
