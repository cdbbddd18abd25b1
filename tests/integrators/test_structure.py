"""What kind of equations a system consists of."""

import pytest

from eqsim.integrators.structure import NoiseType, noise_type, structure

NOISE = [
    ({"x": "-x"}, NoiseType.NONE),
    ({"x": "-x + xi"}, NoiseType.ADDITIVE),
    ({"x": "-x + s*xi", "constant": "s"}, NoiseType.ADDITIVE),
    ({"x": "-x + sin(t)*xi", "constant": "t"}, NoiseType.ADDITIVE),
    ({"x": "xi_1 + 2*xi_2", "y": "x*y - xi_1"}, NoiseType.ADDITIVE),
    ({"x": "-x + t*xi"}, NoiseType.DIAGONAL),
    ({"x": "-x + x*xi"}, NoiseType.DIAGONAL),
    ({"x": "-x + y*xi", "y": "-y"}, NoiseType.DIAGONAL),
    ({"x": "x*xi_1", "y": "y*y*xi_2"}, NoiseType.DIAGONAL),
    ({"x": "-y*xi", "y": "x*xi"}, NoiseType.DIAGONAL),
    ({"x": "x*xi_1 + x*xi_2"}, NoiseType.COMMUTATIVE),
    ({"x": "x*xi_1 + 2*x*xi_2", "y": "y*xi_1 - y*xi_2"}, NoiseType.COMMUTATIVE),
    ({"x": "x*y*xi_1", "y": "y*x*xi_1 + 3*x*y*xi_2 - x*y*xi_2"}, NoiseType.GENERAL),
    ({"x": "xi_1", "y": "x*xi_2"}, NoiseType.GENERAL),
    ({"x": "xi_1 + x*xi_2"}, NoiseType.GENERAL),
    ({"x": "x*xi_1 + x*x*xi_2"}, NoiseType.GENERAL),
    ({"x": "floor(x)*xi_1 + floor(x)*xi_2"}, None),
]


@pytest.mark.parametrize(("texts", "expected"), NOISE)
def test_noise_has_the_simplest_type_that_it_can_have(texts, expected, system):
    found = noise_type(system(**texts))
    if expected is None:
        assert found in (NoiseType.COMMUTATIVE, NoiseType.GENERAL)
    else:
        assert found is expected


def test_the_types_of_noise_are_ordered():
    assert [kind.rank for kind in NoiseType] == [0, 1, 2, 3, 4]
    assert NoiseType.ADDITIVE.rank < NoiseType.COMMUTATIVE.rank


@pytest.mark.parametrize(
    ("texts", "flags"),
    [
        # linear, linear in itself, constant coefficients, autonomous
        ({"x": "-x/tau + y", "y": "0", "constant": "tau"}, (True, True, True, True)),
        ({"x": "-x/tau", "y": "0"}, (True, True, False, True)),
        ({"x": "-x*y", "y": "-y"}, (False, True, True, True)),
        ({"x": "x*x", "y": "-y"}, (False, False, True, True)),
        ({"x": "-x + t", "y": "-y"}, (True, True, False, False)),
        ({"x": "-x + t", "y": "-y", "constant": "t"}, (True, True, True, False)),
        ({"x": "-x + t*xi", "y": "-y"}, (True, True, True, False)),
        ({"x": "exp(y) - x", "y": "-y"}, (False, True, True, True)),
        ({"x": "exp(x)*t", "y": "-y"}, (False, False, False, False)),
    ],
)
def test_the_structure_of_an_equation(texts, flags, system):
    first, second = structure(system(**texts))
    assert (first.variable, second.variable) == ("x", "y")
    assert flags == (
        first.is_linear,
        first.is_linear_in_itself,
        first.has_constant_coefficients,
        first.is_autonomous,
    )
    assert second.noise is NoiseType.NONE
    assert second.is_linear_in_itself


def test_each_equation_tells_of_its_own_noise(system):
    found = structure(system(x="-x + xi_1", y="y*xi_2", z="x - z"))
    kinds = [equation.noise for equation in found]
    assert kinds == [NoiseType.ADDITIVE, NoiseType.DIAGONAL, NoiseType.NONE]
