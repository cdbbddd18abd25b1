"""Initializers: distributions, seeds, units, places where they are used."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eqsim import NeuronGroup, Synapses, initializers, mV, nS, seed
from eqsim.errors import EqsimError
from eqsim.initializers import (
    Constant,
    LogNormal,
    Normal,
    OneInit,
    TruncatedNormal,
    Uniform,
    ZeroInit,
)  # fmt: skip

SIGMA = np.sqrt(np.log(1.25))
DISTRIBUTIONS = {
    "uniform": (Uniform(-70, -50, seed=1), stats.uniform(-70, 20)),
    "normal": (Normal(3, 2, seed=1), stats.norm(3, 2)),
    "log-normal": (LogNormal(2, 1, seed=1), stats.lognorm(SIGMA, scale=2 / np.sqrt(1.25))),
    "truncated": (TruncatedNormal(1, 2, -1, 4, seed=1), stats.truncnorm(-1, 1.5, 1, 2)),
    "narrow": (TruncatedNormal(0, 1, 0.1, 0.2, seed=1), stats.truncnorm(0.1, 0.2)),
    "tail": (TruncatedNormal(0, 1, lower=4, seed=1), stats.truncnorm(4, np.inf)),
    "lower tail": (TruncatedNormal(0, 1, upper=-4, seed=1), stats.truncnorm(-np.inf, -4)),
    "half": (TruncatedNormal(0, 1, lower=-0.5, seed=1), stats.truncnorm(-0.5, np.inf)),
    "upper": (TruncatedNormal(0, 1, upper=1, seed=1), stats.truncnorm(-np.inf, 1)),
    "far to one side": (TruncatedNormal(0, 1, -1e9, 1, seed=1), stats.truncnorm(-np.inf, 1)),
    "far tail between": (TruncatedNormal(0, 1, 5, 5.1, seed=1), stats.truncnorm(5, 5.1)),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_values_have_their_distribution(name):
    initializer, expected = DISTRIBUTIONS[name]
    values = np.asarray(initializer(20000))

    assert stats.kstest(values, expected.cdf).pvalue > 1e-3


def test_a_check_of_distributions_can_fail():
    assert stats.kstest(Normal(0.1, 1, seed=1)(20000), stats.norm.cdf).pvalue < 1e-3


@given(low=st.floats(-10, 10), width=st.floats(0.001, 20), number=st.integers(0, 2**64 - 1))
def test_truncated_values_stay_within_limits(low, width, number):
    values = TruncatedNormal(0, 1, low, low + width, seed=number)(50)

    assert (values >= low).all()
    assert (values <= low + width).all()


@pytest.mark.parametrize("kind", initializers.ALL, ids=lambda kind: kind.__name__)
def test_every_initializer_fills_any_shape_and_shows_itself(kind):
    initializer = kind(2.0) if kind is Constant else kind()

    assert initializer((2, 3, 4)).shape == (2, 3, 4)
    assert initializer(5).shape == (5,)
    assert repr(initializer).startswith(kind.__name__ + "(")


def test_one_seed_gives_one_set_of_values():
    seed(5)
    first, second = Uniform()(4), Uniform()(4)
    seed(5)

    np.testing.assert_array_equal(Uniform()(4), first)
    assert (first != second).all()
    np.testing.assert_array_equal(Uniform(seed=3)(4), Uniform(seed=3)(4))


def test_the_numbers_of_a_seed_are_the_same_on_every_machine():
    np.testing.assert_array_equal(
        np.round(Uniform(seed=1)(3), 8), [0.96847986, 0.87679618, 0.24438548]
    )
    np.testing.assert_array_equal(
        np.round(Normal(seed=1)(3), 8), [1.88020063, -0.61435841, -0.16532682]
    )


def test_values_are_set_wherever_values_are_set():
    group = NeuronGroup((2, 3), "v : volt\nw : 1 (shared)\nk : integer")
    group.v = Uniform(-70 * mV, -50 * mV)
    group.w = OneInit(4)
    group.v["v < -60*mV"] = ZeroInit()
    group.v[1] = Constant(7 * mV)
    group.k = lambda shape: np.full(shape, 3)
    synapses = Synapses(group, group, "g : siemens")
    synapses.connect(p=0.5)
    synapses.g = Normal(5 * nS, 1 * nS)
    part = group[2:5]
    part.v = OneInit(1 * mV)

    assert group.w == 4
    assert group.v[1] == 7 * mV
    assert (group.k[:] == 3).all()
    assert len(set(np.asarray(synapses.g))) == synapses.N
    np.testing.assert_allclose(group.v[2:5] / mV, 1)


def test_an_array_of_the_shape_of_a_grid_is_set_row_by_row():
    group = NeuronGroup((2, 3), "v : volt")
    group.v = np.arange(6).reshape(2, 3) * mV

    np.testing.assert_allclose(group.v / mV, range(6))


REFUSED = {
    "min_val of Uniform is 2, above max_val, which is 1": lambda: Uniform(2, 1),
    "the parameters of Normal have different units: mean in volt, scale in siemens\n"
    "  give all of them the unit of the values": lambda: Normal(1 * mV, 1 * nS),
    "scale of Normal must not be negative, but is -1": lambda: Normal(0, -1),
    "mean of LogNormal must be positive, but is 0": lambda: LogNormal(0, 1),
    "scale of TruncatedNormal must be positive, but is 0": lambda: TruncatedNormal(0, 0),
    "there is nothing between the limits of TruncatedNormal, 1 and 1": lambda: TruncatedNormal(
        0, 1, 1, 1
    ),
    "'loc' of TruncatedNormal is None\n  expected: one finite number": lambda: TruncatedNormal(
        None
    ),
    "a shape is a whole number from 0 on, or a tuple of them, not -1": lambda: Normal()(-1),
    "a shape is a whole number from 0 on, or a tuple of them, not (2, 1.5)": lambda: Normal()(
        (2, 1.5)
    ),
    "'value' of Constant is [1, 2]\n  expected: one finite number": lambda: Constant([1, 2]),
    "'max_val' of Uniform is inf\n  expected: one finite number": lambda: Uniform(0, np.inf),
    "a seed is a whole number from 0 up to 2**64 - 1, not -1": lambda: Uniform(seed=-1),
    "'v' cannot be set to an array, which has no unit\n  expected: a value in volt": lambda: (
        setattr(NeuronGroup(2, "v : volt"), "v", Uniform(1, 2))
    ),
    "'v' takes 2 values here, not an array of shape (3,)": lambda: setattr(
        NeuronGroup(2, "v : 1"), "v", lambda shape: np.zeros(3)
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_does_not_fit_is_refused(text):
    with pytest.raises(EqsimError) as caught:
        REFUSED[text]()

    assert str(caught.value) == text
