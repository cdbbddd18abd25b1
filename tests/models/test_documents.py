"""The examples of BrainPy's documents on models, in their order, said in eqsim.

Using built-in models; customizing neuron models; building network models; the quickstart with its
gamma oscillation, and the repeated runs over ``g_max``.
"""

import numpy as np
import pytest

from eqsim import (
    Network,
    SpikeMonitor,
    StateMonitor,
    cm,
    initializers,
    models,
    mS,
    ms,
    mV,
    nA,
    nS,
    seed,
    uA,
)  # fmt: skip
from eqsim.build.cache import cache_directory

specific = mS / cm**2
per_area = uA / cm**2

# -- using built-in models ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "shape"), [(1, (1,)), (10, (10,)), ((10, 10), (10, 10)), ((5, 4, 2), (5, 4, 2))]
)
def test_a_model_is_initialized_with_a_geometry(size, shape):
    assert models.HH(size).shape == shape


def test_heterogeneous_parameters_are_given_in_three_ways():
    array = models.HH(5, gNa=np.random.default_rng(1).uniform(110, 130, 5) * specific)
    initializer = models.HH(5, ENa=initializers.OneInit(50 * mV))
    function = models.HH(5, ENa=lambda shape: np.linspace(41, 59, *shape) * mV)

    assert len(set(np.asarray(array.gNa))) == 5
    np.testing.assert_allclose(initializer.ENa / mV, 50)
    assert ((function.ENa / mV > 40) & (function.ENa / mV < 60)).all()


def test_three_neurons_with_different_gna_fire_repetitively_and_differently():
    cells = models.HH(
        3, gNa=initializers.Uniform(100 * specific, 140 * specific, seed=3),
        gL=0.03 * specific, I=6 * per_area, dt=0.05 * ms,
    )  # fmt: skip
    spikes = SpikeMonitor(cells)
    Network(cells, spikes).run(100 * ms, target="numpy")

    assert (spikes.count >= 5).all()
    times = spikes.spike_trains()
    assert len({round(float(times[i][2] / ms), 3) for i in range(3)}) == 3


def test_initial_values_are_given_in_three_ways():
    cells = models.HH(
        3, V=initializers.Uniform(-80 * mV, -60 * mV),
        m=lambda shape: np.full(shape, 0.4), h=[0.7, 0.1, 0.2],
    )  # fmt: skip

    assert ((-80 * mV < cells.V) & (-60 * mV > cells.V)).all()
    np.testing.assert_allclose(cells.m, 0.4)
    np.testing.assert_allclose(cells.h, [0.7, 0.1, 0.2])


def test_an_exponential_synapse_has_heterogeneous_weights():
    cells = models.LIF(10)
    made = models.Exponential(
        cells, cells, p=0.5, g_max=initializers.Uniform(0.1 * nS, 1 * nS), output=models.COBA()
    )

    assert 30 < made.N < 70
    assert ((made.g_max > 0.1 * nS) & (made.g_max < 1 * nS)).all()


def test_a_parameter_is_changed_between_runs():
    cells = models.HH(5, gL=0.03 * specific, I=6 * per_area, dt=0.05 * ms)
    spikes = SpikeMonitor(cells)
    network = Network(cells, spikes)
    network.run(60 * ms, target="numpy")
    first = spikes.num_spikes
    cells.gNa = 50 * specific
    network.run(20 * ms, target="numpy")
    second = spikes.num_spikes - first

    assert first >= 20
    assert second <= 5


def test_morris_lecar_oscillates():
    group = models.MorrisLecar(1, I=100 * per_area, V=-20 * mV)
    seen = StateMonitor(group, ["V", "w"], record=0)
    Network(group, seen).run(300 * ms, target="numpy")

    late = seen.t > 150 * ms
    assert np.ptp(seen.V[0][late] / mV) > 40
    assert np.ptp(seen.w[0][late]) > 0.2


def test_ampa_synapses_connect_two_neurons():
    first = models.HH(1, gL=0.03 * specific, I=6 * per_area, dt=0.05 * ms)
    second = models.HH(1, gL=0.03 * specific, dt=0.05 * ms)
    made = models.AMPA(first, second, g_max=1 * specific)
    spikes = [SpikeMonitor(cells) for cells in (first, second)]
    Network(first, second, made, *spikes).run(60 * ms, target="numpy")

    assert spikes[0].num_spikes >= 3
    assert spikes[1].num_spikes >= spikes[0].num_spikes - 1
    assert spikes[1].t[0] > spikes[0].t[0]


# -- customizing neuron models ------------------------------------------------------------------


def test_ten_lif_neurons_of_the_document_fire_at_their_rate():
    group = models.LIF(
        10, V_rest=0 * mV, V_reset=-5 * mV, V_th=20 * mV, tau=10 * ms, tau_ref=5 * ms,
        V=initializers.Normal(-5 * mV, 1 * mV), I=0.22 * nA,
    )  # fmt: skip
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(200 * ms, target="numpy")

    interval = 5 + 10 * np.log(27 / 2)
    for train in spikes.spike_trains().values():
        np.testing.assert_allclose(np.diff(train / ms), interval, atol=0.2)


# -- building network models --------------------------------------------------------------------


@pytest.mark.compiler
def test_the_balanced_network_of_4000_is_irregular_and_asynchronous():
    seed(11)
    cell = {
        "V_rest": -60 * mV, "V_th": -50 * mV, "V_reset": -60 * mV, "tau": 20 * ms,
        "tau_ref": 5 * ms, "I": 0.2 * nA,
    }  # fmt: skip
    excitatory, inhibitory = (
        models.LIF(n, **cell, V=initializers.Normal(-55 * mV, 2 * mV)) for n in (3200, 800)
    )
    excitation = {"g_max": 6 * nS, "tau": 5 * ms, "output": models.COBA(0 * mV), "p": 0.02}
    inhibition = {"g_max": 67 * nS, "tau": 10 * ms, "output": models.COBA(-80 * mV), "p": 0.02}
    groups = (excitatory, inhibitory)
    projections = [
        models.Exponential(source, target, **options)
        for source, options in ((excitatory, excitation), (inhibitory, inhibition))
        for target in groups
    ]
    spikes = [SpikeMonitor(group) for group in groups]
    Network(*groups, *projections, *spikes).run(300 * ms, target="cpp")

    rates = [each.num_spikes / group.N / 0.3 for each, group in zip(spikes, groups, strict=True)]
    trains = [np.diff(t / ms) for t in spikes[0].spike_trains().values() if len(t) > 4]
    variation = np.mean([np.std(each) / np.mean(each) for each in trains])
    assert all(5 < rate < 60 for rate in rates)
    assert variation > 0.6
    assert sum(each.N for each in projections) == pytest.approx(0.02 * 4000**2, rel=0.02)


# -- quickstart: gamma oscillation --------------------------------------------------------------


def coherence(spikes, n, bin_ms=0.5, start_ms=200, stop_ms=500):
    """Mean over pairs of the correlation of binned trains, as Wang and Buzsaki define it."""
    edges = np.arange(start_ms, stop_ms + bin_ms, bin_ms)
    t, i = np.asarray(spikes.t / ms), np.asarray(spikes.i)
    trains = np.array([np.histogram(t[i == k], edges)[0] > 0 for k in range(n)], dtype=float)
    counts = np.sqrt(np.outer(trains.sum(1), trains.sum(1)))
    pairs = (trains @ trains.T) / np.maximum(counts, 1)
    return (pairs.sum() - np.trace(pairs)) / (n * (n - 1))


@pytest.mark.compiler
def test_gamma_oscillations_depend_on_g_max_and_are_compiled_once():
    seed(3)
    n = 100
    cells = models.WangBuzsaki(
        n, I=1.2 * per_area, V=initializers.Uniform(-70 * mV, -50 * mV), dt=0.04 * ms
    )
    made = models.GradedGABAa(cells, cells, "i != j", g_max=0.1 / n * specific)
    spikes = SpikeMonitor(cells)
    network = Network(cells, made, spikes)
    network.store()
    found, compiled = [], []
    for g_max in (0.03, 0.1, 0.15):
        network.restore()
        made.g_max = g_max / n * specific
        network.run(500 * ms, target="cpp")
        found.append((coherence(spikes, n), spikes.num_spikes / n / 0.5))
        compiled.append(len(list(cache_directory().iterdir())))

    coherent, rates = zip(*found, strict=True)
    assert coherent[0] < 0.7 < coherent[1]
    assert rates[0] > rates[1] > rates[2]
    assert 30 < rates[1] < 60  # gamma
    assert compiled[0] == compiled[2]
