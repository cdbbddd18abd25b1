"""Random numbers follow from the seed, and from nothing else that does not matter."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    current_seed,
    ms,
    seed,
)
from eqsim.errors import ModelError


def noisy(n=12):
    G = NeuronGroup(
        n, "dv/dt = (1.2 - v)/(5*ms) + 0.4*xi*(5*ms)**-0.5 : 1\nk : integer", threshold="v > 1",
        reset="v = 0.2*rand()", refractory="1*ms*rand()", method="euler",
    )  # fmt: skip
    G.run_regularly("k = poisson(3.5); v += 0.01*randn()", dt=0.3 * ms)
    return G


def simulate(target, *durations):
    G = noisy()
    S, M = SpikeMonitor(G), StateMonitor(G, ["v", "k"], record=True)
    net = Network(G, S, M)
    for duration in durations:
        net.run(duration, target=target)
    return S.i, S.t_, M.v, M.k, M.t_, G.v[:], G.lastspike_[:]


def same(left, right):
    return all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def test_same_seed_gives_the_same_numbers(target):
    seed(4)
    first = simulate(target, 20 * ms)
    seed(4)

    assert same(first, simulate(target, 20 * ms))


def test_another_seed_gives_other_numbers(target):
    seed(4)
    first = simulate(target, 5 * ms)
    seed(5)

    assert not np.isin(simulate(target, 5 * ms)[2], first[2][:, 1:]).any()


def test_another_network_of_the_same_script_gets_other_numbers(target):
    seed(4)

    assert not same(simulate(target, 5 * ms), simulate(target, 5 * ms))


@pytest.mark.parametrize("parts", [(10, 10), (0.1, 19.9), (3, 0, 7.3, 9.7), (0.7, 19.3)])
def test_run_in_parts_equals_the_run_in_one_bit_for_bit(target, parts):
    seed(4)
    whole = simulate(target, 20 * ms)
    seed(4)

    assert same(whole, simulate(target, *(part * ms for part in parts)))


def test_targets_give_the_same_numbers(target):
    seed(4)
    reference = simulate("numpy", 10 * ms)
    seed(4)

    assert same(reference, simulate(target, 10 * ms))


def test_targets_may_change_between_runs(target):
    seed(4)
    reference = simulate("numpy", 10 * ms)
    seed(4)
    G = noisy()
    S, M = SpikeMonitor(G), StateMonitor(G, ["v", "k"], record=True)
    net = Network(G, S, M)
    net.run(4 * ms, target=target)
    net.run(6 * ms, target="numpy")

    assert same(reference, (S.i, S.t_, M.v, M.k, M.t_, G.v[:], G.lastspike_[:]))


def test_many_elements_get_the_same_numbers_with_more_threads(target):
    def state(chosen):
        seed(2)
        G = NeuronGroup(20_001, "dv/dt = xi*ms**-0.5 : 1", threshold="v > 0.5", method="euler")
        M = SpikeMonitor(G)
        Network(G, M).run(1 * ms, target=chosen)
        return G.v[:], M.i, M.t_

    assert same(state("numpy"), state(target))


def test_elements_get_numbers_of_their_own_whatever_the_size_of_the_group(target):
    def values(n):
        seed(3)
        G = NeuronGroup(n, "x : 1")
        G.run_regularly("x = rand()")
        Network(G).run(0.3 * ms, target=target)
        return G.x[:]

    np.testing.assert_array_equal(values(100)[:7], values(7))
    assert len(np.unique(values(100))) == 100


def test_each_use_of_a_random_function_is_a_number_of_its_own(target):
    G = NeuronGroup(50, "a : 1\nb : 1\nc : 1")
    G.run_regularly("a = rand() - rand(); b = rand(); c = rand()")
    Network(G).run(0.1 * ms, target=target)

    assert (G.a != 0).all()
    assert len(np.unique([G.b[:], G.c[:]])) == 100


def test_each_step_has_numbers_of_its_own(target):
    G = NeuronGroup(5, "x : 1")
    G.run_regularly("x = rand()")
    M = StateMonitor(G, "x", record=True, when="end")
    Network(G, M).run(20 * ms, target=target)

    assert len(np.unique(M.x)) == 5 * 200
    assert ((M.x >= 0) & (M.x < 1)).all()


@pytest.mark.parametrize(
    ("draw", "mean", "variance"),
    [("rand()", 0.5, 1 / 12), ("randn()", 0, 1), ("poisson(2.5)", 2.5, 2.5),
     ("poisson(40)", 40, 40)],
)  # fmt: skip
def test_distributions_have_their_mean_and_variance(draw, mean, variance):
    seed(11)
    n = 200_000
    G = NeuronGroup(n, "x : 1")
    G.x = draw

    # Five standard errors.
    assert np.mean(G.x) == pytest.approx(mean, abs=5 * np.sqrt(variance / n))
    assert np.var(G.x) == pytest.approx(variance, rel=5 * np.sqrt(3 / n))


def test_mean_of_a_poisson_number_may_differ_between_elements(target):
    G = NeuronGroup(3, "rate : 1\nk : integer")
    G.rate = [0, 5, 1000]
    G.run_regularly("k += poisson(rate)")
    Network(G).run(10 * ms, target=target)

    assert G.k[0] == 0
    assert 350 < G.k[1] < 650
    assert 98_000 < G.k[2] < 102_000


def test_seed_also_seeds_numpy():
    seed(3)
    first = np.random.rand()  # noqa: NPY002
    seed(3)

    assert np.random.rand() == first  # noqa: NPY002


def test_seed_without_a_number_is_a_new_one_that_can_be_asked_for():
    seed()
    first = current_seed()
    seed()

    assert current_seed() != first


@pytest.mark.parametrize("value", [-1, 2**64, 1.5, "3", True])
def test_what_is_no_seed_is_refused(value):
    seed(3)

    with pytest.raises(ModelError, match="a seed is a whole number"):
        seed(value)
    assert current_seed() == 3


@pytest.mark.parametrize("value", [0, 2**63, 2**64 - 1, np.int32(7)])
def test_any_number_of_64_bits_is_a_seed(target, value):
    seed(value)
    G = NeuronGroup(3, "x : 1")
    G.run_regularly("x = rand()")
    Network(G).run(0.1 * ms, target=target)

    assert len(np.unique(G.x)) == 3
