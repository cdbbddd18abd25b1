"""Parameters, sizes, steps and seeds are no part of what is compiled."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import (
    Cpp,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    ms,
    mV,
    run,
    seed,
)
from eqsim.targets.cpp.target import render_cpp

pytestmark = pytest.mark.compiler
MODEL = "dv/dt = (El - v)/tau + sigma*xi*tau**-0.5 : volt\ntau : second\nbias : volt (shared)"


@pytest.fixture
def count(own_programs):
    """How many programs lie in the cache."""
    return lambda: len(list(own_programs.glob("*/simulation.so")))


def model(n=10, record=(0, 3), refractory=1 * ms, part=(2, 6), step=0.5 * ms):
    G = NeuronGroup(
        n, MODEL, threshold="v > El + 5*mV", reset="v = El", refractory=refractory, method="euler"
    )
    G.tau = "5*ms + i*ms"
    G.run_regularly("bias = rand()*mV; v += bias", dt=step)
    return Network(
        G, StateMonitor(G, "v", record=list(record)), SpikeMonitor(G[part[0] : part[1]]),
        PopulationRateMonitor(G),
    )  # fmt: skip


@pytest.fixture
def compiled(count):
    """The model compiled once."""
    model().run(1 * ms, target="cpp", namespace={"El": 0 * mV, "sigma": 1 * mV})
    return count()


CHANGES = {
    "size": {"n": 57},
    "recorded neurons": {"record": (1, 2, 4)},
    "one recorded neuron": {"record": (5,)},
    "refractory period": {"refractory": 3 * ms},
    "subgroup": {"part": (0, 9)},
    "step of an operation": {"step": 0.3 * ms},
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_model_of_the_same_form_is_not_compiled_again(compiled, count, change):
    net = model(**CHANGES[change])
    net.run(1 * ms, target="cpp", namespace={"El": 0 * mV, "sigma": 1 * mV})

    assert count() == compiled


@pytest.mark.parametrize("constants", [(-60.5, 2), (0, 0), (1e-9, 1e9)])
def test_changed_constants_are_not_compiled_again(compiled, count, constants):
    El, sigma = constants
    model().run(1 * ms, target="cpp", namespace={"El": El * mV, "sigma": sigma * mV})

    assert count() == compiled


def test_changed_step_duration_seed_and_threads_are_not_compiled_again(compiled, count):
    names = {"El": 0 * mV, "sigma": 1 * mV}
    seed(99)
    defaultclock.dt = 0.05 * ms
    net = model()
    net.run(2.35 * ms, target=Cpp(threads=2), namespace=names)
    net.run(0 * ms, target=Cpp(threads=1), namespace=names)

    assert count() == compiled


def test_same_model_in_a_loop_is_not_compiled_again(count):
    before = count()
    rates = []
    for drive in np.linspace(0, 3, 5):
        G = NeuronGroup(
            3, "dv/dt = (drive - v)/tau_m : 1", threshold="v > 1", reset="v = 0", method="exact"
        )
        M = SpikeMonitor(G)
        tau_m = 5 * ms
        run(20 * ms, target="cpp")
        assert drive >= 0
        assert tau_m > 0 * ms
        rates.append(M.num_spikes)

    assert count() == before + 1
    assert rates[0] == 0 < rates[-1]


def test_changed_equation_is_compiled_again(compiled, count):
    G = NeuronGroup(10, MODEL.replace("(El - v)", "(2*El - v)"), method="euler")
    G.tau = 5 * ms
    Network(G).run(1 * ms, target="cpp", namespace={"El": 0 * mV, "sigma": 1 * mV})

    assert count() == compiled + 1


def test_program_of_a_model_is_the_same_however_often_it_is_made():
    names = {"El": 0 * mV, "sigma": 1 * mV}
    first, second = (model().lower(names).program for _ in range(2))

    assert first == second
    assert render_cpp(first) == render_cpp(second)


def test_integer_constant_in_place_of_a_float_is_another_program():
    G = NeuronGroup(1, "x : 1")
    G.run_regularly("x = c//2")
    net = Network(G)
    results = []
    for c in (3, 3.5, True):
        net.run(0.1 * ms, target="cpp", namespace={"c": c})
        results.append(G.x[0])

    assert results == [1, 1, 0]


def test_size_one_and_many_give_the_same_to_each_neuron(target):
    def first(n):
        seed(2)
        G = NeuronGroup(n, "dv/dt = (1.5 - v)/(5*ms) + xi*ms**-0.5 : 1", threshold="v > 1",
                        reset="v = 0", method="euler")  # fmt: skip
        M = SpikeMonitor(G)
        Network(G, M).run(20 * ms, target=target)
        return G.v[0], M.spike_trains()[0] / ms

    small, large = first(1), first(100)

    assert small[0] == large[0]
    np.testing.assert_array_equal(small[1], large[1])
