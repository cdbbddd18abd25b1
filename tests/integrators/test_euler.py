import math
import re

import numpy as np
import pytest

from eqsim.expressions.nodes import Name
from eqsim.expressions.printer import to_text
from eqsim.expressions.statements import Assign, Distribution, Draw
from eqsim.integrators import by_name, integrate

EULER = by_name("euler")
OU = {"theta": 2.0, "mu": 0.5, "sigma": 0.8}


@pytest.fixture(scope="module")
def ornstein_uhlenbeck(system):
    return system(x="theta*(mu - x) + sigma*xi", constant="theta mu sigma")


def test_mean_and_variance_are_those_of_the_process(ornstein_uhlenbeck, simulate):
    rng = np.random.default_rng(2)
    n_paths, n_steps = 20_000, 100
    end = simulate(
        integrate(ornstein_uhlenbeck, EULER),
        {"x": np.full(n_paths, 1.5)},
        0.01,
        n_steps,
        draw=lambda *_: rng.standard_normal(n_paths),
        **OU,
    )["x"]
    variance = 0.8**2 / 4 * (1 - math.exp(-4))
    assert end.mean() == pytest.approx(0.5 + math.exp(-2), abs=0.02)
    assert end.var() == pytest.approx(variance, rel=0.05)


def test_equations_that_share_a_noise_share_its_draw(system, simulate):
    rule = integrate(system(x="xi", y="2*xi - xi_1", z="-z"), EULER)
    draws = [s for s in rule.statements if isinstance(s, Draw)]
    assert [(d.stream, d.distribution, d.arguments) for d in draws] == [
        ("xi", Distribution.NORMAL, ()),
        ("xi_1", Distribution.NORMAL, ()),
    ]
    normals = {"xi": 1.0, "xi_1": 3.0}
    end = simulate(rule, {"x": 0.0, "y": 0.0, "z": 0.0}, 0.25, draw=lambda name, _: normals[name])
    assert end == {"x": 0.5, "y": 1.0 - 1.5, "z": 0.0}


def test_the_scale_of_the_noise_can_be_computed_once(ornstein_uhlenbeck):
    new = next(s for s in integrate(ornstein_uhlenbeck, EULER).statements if s.target == "_new_x")
    assert to_text(new.value) == "x + dt * (theta * (mu - x)) + sigma * sqrt(dt) * _normal_xi"


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"v": "-v + v*xi"}, "the noise 'xi' in dv/dt is multiplied .* depends on 'v'"),
        ({"v": "-v + w*xi", "w": "-w"}, "the noise 'xi' in dv/dt .* depends on 'w'"),
        ({"v": "-v + sin(t)*xi"}, "the noise 'xi' in dv/dt .* depends on 't'"),
    ],
)
def test_noise_that_is_not_additive_is_refused(texts, reason, system):
    assert re.match(reason, EULER.refusal(system(**texts)))


def test_noise_whose_factor_is_held_over_the_step_is_additive(system):
    assert EULER.refusal(system(v="-v + sin(t)*s*xi", constant="t s")) is None


def test_rule_keeps_its_locals_apart_from_the_new_values(system):
    rule = integrate(system(x="y + xi", y="0"), EULER)

    assert [s.target for s in rule.locals] == ["_normal_xi"]
    assert [name for name, _ in rule.values] == ["x"]
    new, stored = rule.statements[1:]
    assert (new.target, new.value) == ("_new_x", rule.values[0][1])
    assert stored == Assign("x", Name("_new_x"))


def test_all_new_values_are_computed_before_the_first_is_assigned(system, simulate):
    rule = integrate(system(x="y", y="-x"), EULER)
    assert simulate(rule, {"x": 1.0, "y": 2.0}, 0.5) == {"x": 2.0, "y": 1.5}
    targets = [s.target for s in rule.statements]
    assert targets == ["_new_x", "_new_y", "x", "y"]
