"""Strong order where a solution needs the whole Brownian path: steps of any length share it."""

import math

import numpy as np
import pytest

from eqsim.integrators import ALL, Interpretation, by_name, integrate
from eqsim.integrators.structure import NoiseType

NOISY = [integrator for integrator in ALL if integrator.noise is not NoiseType.NONE]
N_PATHS, FINEST = 2000, 1024
STEPS = (16, 32, 64, 128)


def increments(number, n_steps):
    """Standard normal numbers of steps that follow one path, shape (n_steps, paths)."""
    fine = np.random.default_rng(number).standard_normal((FINEST, N_PATHS))
    return fine.reshape(n_steps, -1, N_PATHS).sum(axis=1) / math.sqrt(FINEST / n_steps)


def ends(simulate, rule, start, n_steps, **constants):
    """Return the variables after one second, shape (variables, paths)."""
    normals = {f"xi_{k}": increments(k, n_steps) for k in (1, 2)}
    state = {name: np.full(N_PATHS, value) for name, value in start.items()}
    end = simulate(
        rule, state, 1 / n_steps, n_steps, draw=lambda name, step: normals[name][step], **constants
    )
    return np.array(list(end.values()))


def slope(errors, steps=STEPS):
    return -np.polyfit(np.log(steps), np.log(errors), 1)[0]


@pytest.mark.parametrize("integrator", NOISY, ids=lambda i: i.name)
def test_paths_with_additive_noise_converge_with_order_one(integrator, system, simulate):
    one, two = (
        system(x=f"theta*(mu - x) + {noise}", constant="theta mu sigma")
        for noise in ("sigma*xi_1", "sigma*xi_1 + 0.5*xi_2")
    )
    takes_two = integrator.refusal(two) is None
    assert takes_two == (integrator.name not in ("milstein", "milstein_ito"))
    constants = {"theta": 2.0, "mu": 0.5, "sigma": 0.8}
    rule = integrate(two if takes_two else one, integrator)
    decay = np.exp(-2.0 * (1 - (np.arange(FINEST) + 0.5) / FINEST))
    noise = 0.8 * increments(1, FINEST)
    if takes_two:
        noise = noise + 0.5 * increments(2, FINEST)
    # From the finest increments, up to an error far below those of the methods.
    exact = 0.5 + math.exp(-2.0) + math.sqrt(1 / FINEST) * decay @ noise
    errors = [
        np.abs(ends(simulate, rule, {"x": 1.5}, n, **constants)[0] - exact).mean() for n in STEPS
    ]
    expected = integrator.additive_order or integrator.strong_order
    assert expected == 1.0
    assert slope(errors) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("name", ["heun", "euler_maruyama", "exponential_euler"])
def test_noises_that_do_not_commute_leave_order_one_half(name, system, simulate):
    """Increments say nothing about the area between two paths, which y is here."""
    integrator = by_name(name)
    rule = integrate(system(x="xi_1", y="x*xi_2"), integrator)
    first, second = increments(1, FINEST), increments(2, FINEST)
    # In the sense of Ito, which is that of Stratonovich here too: x and xi_2 are independent.
    path = np.cumsum(np.vstack([np.zeros(N_PATHS), first]), axis=0)[:-1]
    exact = (path * second).sum(axis=0) / FINEST
    errors = [
        np.abs(ends(simulate, rule, {"x": 0.0, "y": 0.0}, n)[1] - exact).mean()
        for n in (4, 8, 16, 32)
    ]
    assert slope(errors, (4, 8, 16, 32)) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("integrator", NOISY, ids=lambda i: i.name)
def test_every_method_says_in_which_sense_it_takes_noise(integrator, system, simulate):
    """After many steps x*xi has the mean of Ito, or that of Stratonovich."""
    model = system(x="x*xi_1")
    if integrator.interpretation is Interpretation.BOTH:
        assert integrator.refusal(model) is not None
        return
    rule = integrate(model, integrator)
    motion = increments(1, 128).sum(axis=0) / math.sqrt(128)
    end = ends(simulate, rule, {"x": 1.0}, 128)[0]
    correction = {Interpretation.ITO: 0.5, Interpretation.STRATONOVICH: 0.0}
    error = {
        sense: np.abs(end - np.exp(motion - shift)).mean() for sense, shift in correction.items()
    }
    assert min(error, key=error.get) is integrator.interpretation
    assert 2 * min(error.values()) < max(error.values())
