"""Milstein's methods: the correction, with derivatives and without."""

import math

import numpy as np
import pytest

from eqsim.expressions.printer import to_text
from eqsim.expressions.statements import Draw
from eqsim.integrators import by_name, integrate

SYMBOLIC = ("milstein_symbolic_ito", "milstein_symbolic_stratonovich")
FREE = ("milstein_ito", "milstein")


def values(rule):
    return {name: to_text(value) for name, value in rule.values}


def test_the_correction_is_half_the_factor_times_its_derivative(system):
    model = system(x="-x + x*x*xi")
    ito, stratonovich = (integrate(model, by_name(name)) for name in SYMBOLIC)
    start = {"x": 3.0, "dt": 0.25, "sqrt": math.sqrt, "_normal_xi": 2.0}
    increment = 0.5 * 2.0
    common = 3.0 - 0.25 * 3.0 + 9.0 * increment
    slope = 9.0 * 6.0 / 2
    assert eval(values(ito)["x"], dict(start)) == pytest.approx(
        common + slope * (increment**2 - 0.25)
    )
    assert eval(values(stratonovich)["x"], dict(start)) == pytest.approx(
        common + slope * increment**2
    )


def test_additive_noise_has_no_correction(system):
    model = system(x="-x + s*xi", constant="s")
    for name in SYMBOLIC:
        assert values(integrate(model, by_name(name))) == {
            "x": "x + dt * -x + s * (sqrt(dt) * _normal_xi)"
        }


def test_each_noise_is_drawn_once(system):
    model = system(x="x*xi_1 + 2*x*xi_2", y="y*xi_1")
    for name in SYMBOLIC:
        rule = integrate(model, by_name(name))
        assert [s.stream for s in rule.statements if isinstance(s, Draw)] == ["xi_1", "xi_2"]


def test_noises_in_one_equation_have_products_of_their_increments(system, simulate):
    """With x a number the methods agree with one noise of the summed factors."""
    normals = {"xi_1": 0.7, "xi_2": -1.3}
    two = integrate(system(x="2*x*xi_1 + 3*x*xi_2"), by_name("milstein_symbolic_stratonovich"))
    one = integrate(system(x="x*xi"), by_name("milstein_symbolic_stratonovich"))
    ends = [
        simulate(two, {"x": 1.5}, 0.01, draw=lambda name, _: normals[name])["x"],
        simulate(one, {"x": 1.5}, 0.01, draw=lambda *_: 2 * 0.7 - 3 * 1.3)["x"],
    ]
    assert ends[0] == pytest.approx(ends[1], rel=1e-14)


@pytest.mark.parametrize(("free", "symbolic"), list(zip(FREE, SYMBOLIC, strict=True)))
def test_the_method_without_derivatives_is_close_to_that_with_them(
    free, symbolic, system, simulate
):
    model = system(x="cos(x) + sin(x)*xi")
    normals = np.linspace(-2, 2, 9)
    differences = []
    for dt in (1e-3, 1e-4, 1e-5):
        ends = [
            simulate(integrate(model, by_name(name)), {"x": 0.5}, dt, draw=lambda *_: normals)["x"]
            for name in (free, symbolic)
        ]
        differences.append(np.abs(ends[0] - ends[1]).max())
    # What is left out of the difference is of order dt**1.5.
    slope = np.polyfit(np.log([1e-3, 1e-4, 1e-5]), np.log(differences), 1)[0]
    assert slope == pytest.approx(1.5, abs=0.1)


def test_what_the_stratonovich_method_without_derivatives_leaves_out_has_no_mean(system, simulate):
    """A mean of order dt**1.5 in each step would make paths and moments of order 1/2."""
    model = system(x="cos(x) + sin(x)*xi")
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    means = []
    for dt in (1e-2, 1e-3):
        ends = [
            simulate(integrate(model, by_name(name)), {"x": 1.0}, dt, draw=lambda *_: nodes)["x"]
            for name in ("milstein", "milstein_symbolic_stratonovich")
        ]
        means.append(abs((ends[0] - ends[1]) @ weights) / weights.sum())
    assert math.log10(means[0] / means[1]) == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("name", SYMBOLIC)
@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (
            {"x": "xi_1", "y": "x*xi_2"},
            "the noises 'xi_1', 'xi_2' do not commute: it matters in which order they act, which"
            " their increments do not say",
        ),
        (
            {"x": "h(x)*xi"},
            "the factors of noise in dx/dt have no known derivative: the function 'h' has no known"
            " derivative",
        ),
    ],
)
def test_what_the_increments_do_not_say_is_refused(name, texts, reason, system):
    assert by_name(name).refusal(system(**texts)) == reason


@pytest.mark.parametrize("name", FREE)
@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"x": "x*xi_1 + x*xi_2"}, "dx/dt contains 2 noises: 'xi_1', 'xi_2'"),
        (
            {"x": "xi_1", "y": "x*xi_2"},
            "the noise 'xi_2' in dy/dt is multiplied with a factor that depends on 'x', which"
            " another noise drives",
        ),
    ],
)
def test_more_than_one_noise_for_an_equation_is_refused(name, texts, reason, system):
    assert by_name(name).refusal(system(**texts)) == reason


def test_a_factor_without_known_derivative_is_no_matter_for_the_others(system):
    for name in FREE:
        assert by_name(name).refusal(system(x="h(x)*xi")) is None
