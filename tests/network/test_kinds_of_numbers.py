"""Numbers are integers or floating-point numbers as they are written, whatever is left out."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import Network, NeuronGroup, ms, second

N = 60_000
LAST = float(N - 1)


def after_operation(model, code, target, **options):
    group = NeuronGroup(N, model, **options)
    group.run_regularly(code)
    Network(group).run(0.1 * ms, target=target)
    return group


@pytest.mark.parametrize(
    "code",
    [
        "x = 1.0*i*i*i*i",
        "x = i*1.0*i*i*i",
        "x = i/1*i*i*i",
        "x = (0.0 + i)*i*i*i",
        "x = i**1*i*i*i",
        "j = i; x = 1.0*j*j*j*j",
        "x = k*1.0*k*k*k",
        "x = -1.0*i*i*i*-i",
    ],
)
def test_float_factor_keeps_products_of_integers_from_wrapping(code):
    model = "x : 1\nk : integer"
    group = NeuronGroup(N, model)
    group.k = "i"
    group.run_regularly(code)
    Network(group).run(0.1 * ms, target="numpy")
    assert group.x[N - 1] == pytest.approx(LAST**4, rel=1e-15)


@pytest.mark.compiler
def test_float_factors_in_equations_and_code_have_the_same_bits_on_each_target(target):
    model = "dv/dt = (1.0*i*i*i*i - v)/ms : 1\nx : 1"
    group = after_operation(model, "x = 1.0*i*i*i*i - (0.0 - i)", target, method="euler")
    index = np.arange(N, dtype=np.float64)
    fourth = index * index * index * index

    np.testing.assert_array_equal(group.x[:], fourth + index)
    assert (group.v[1:] > 0).all()


@pytest.mark.compiler
def test_int_of_an_integer_is_exact_in_single_precision(target):
    model = "n : integer\nx : 1"
    group = after_operation(model, "n = int(16777217 + i)", target, dtype=np.float32)

    np.testing.assert_array_equal(group.n[:], 16777217 + np.arange(N))


@pytest.mark.compiler
def test_infinite_exponent_is_a_number_like_any_other(target):
    group = NeuronGroup(2, "dv/dt = v**inf/ms : 1", method="euler", dt=0.1 * ms)
    group.v = [0.5, 0.25]
    Network(group).run(0.2 * ms, target=target)
    np.testing.assert_array_equal(group.v[:], [0.5, 0.25])


def test_local_that_becomes_a_fraction_late_is_one_everywhere():
    group = after_operation("x : 1", "b = 1; a = b; c = 1; b = c; c = 1.5; x = a/2 + b", "numpy")
    assert group.x[0] == 1.5


def test_coefficients_made_of_integers_do_not_wrap(target):
    group = NeuronGroup(
        1, "dv/dt = v*k*k*k*k/(1e19*second) : 1\nk : integer", method="exact", dt=100 * ms
    )
    group.k = 60_000
    group.v = 1
    Network(group).run(1 * second, target=target)

    assert group.v[0] == pytest.approx(np.exp(60_000.0**4 / 1e19))


def test_text_that_sets_an_integer_drops_what_follows_the_decimal_point():
    group = NeuronGroup(4, "n : integer\nx : 1")
    group.x = [-1.7, -0.2, 0.9, 2.5]
    group.n = "x"

    assert group.n[:].tolist() == [-1, 0, 0, 2]
