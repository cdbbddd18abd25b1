"""Networks of excitatory and inhibitory neurons, from BrainPy's documentation.

One has synaptic conductances, as in Brette, R. et al. (2007), doi:10.1007/s10827-007-0038-6. The
documentation makes it of two groups with four projections and, customised, of one group with a
projection of each part: both are one model. The other has synaptic currents and is made of parts
of one group; the documentation says that it shows "the typical oscillation pattern".
"""

import numpy as np
import pytest

from eqsim import (
    Cpp,
    Network,
    NeuronGroup,
    Numpy,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    seed,
    volt,
)

CONDUCTANCES = """
dV/dt = (V_rest - V + I_syn + current)/(20*ms) : volt (unless refractory)
I_syn = g_e*(0*mV - V) + g_i*(-80*mV - V) : volt
dg_e/dt = -g_e/(5*ms) : 1
dg_i/dt = -g_i/(10*ms) : 1
"""
CURRENTS = """
dV/dt = (V_rest - V + I_e - I_i + current)/(10*ms) : volt (unless refractory)
dI_e/dt = -I_e/(2*ms) : volt
dI_i/dt = -I_i/(2*ms) : volt
"""
COMPILED = Cpp(threads=1)
TARGETS = (Numpy(), Cpp(threads=1), Cpp(threads=2))

pytestmark = pytest.mark.compiler


def conductance_neurons(size, name):
    return NeuronGroup(
        size, CONDUCTANCES, threshold="V > -50*mV", reset="V = V_rest", refractory=5 * ms,
        method="exponential_euler", name=name,
        namespace={"V_rest": -60 * mV, "current": 20 * mV, "mV": mV, "ms": ms},
    )  # fmt: skip


def projection(source, target, kind):
    weight = {"e": 0.6, "i": 6.7}[kind]
    return Synapses(source, target, on_pre=f"g_{kind}_post += {weight}")


def as_one_group(num_exc, num_inh, prob):
    """One population with a projection of each of its parts."""
    neurons = conductance_neurons(num_exc + num_inh, "neurons")
    neurons.V = "(-55 + 2*randn())*mV"
    excitation = projection(neurons[:num_exc], neurons, "e")
    inhibition = projection(neurons[num_exc:], neurons, "i")
    excitation.connect(p=prob)
    inhibition.connect(p=prob)
    return neurons, excitation, inhibition


def as_two_groups(num_exc, neurons, excitation, inhibition):
    """Two populations with four projections: the same synapses and the same begin."""
    parts = (
        conductance_neurons(num_exc, "excitatory"),
        conductance_neurons(len(neurons) - num_exc, "inhibitory"),
    )
    first = (0, num_exc)
    parts[0].V, parts[1].V = neurons.V_[:num_exc] * volt, neurons.V_[num_exc:] * volt
    projections = []
    for whole, source, kind in ((excitation, parts[0], "e"), (inhibition, parts[1], "i")):
        i, j = np.asarray(whole.i), np.asarray(whole.j)
        for part, begin in zip(parts, first, strict=True):
            inside = (j >= begin) & (j < begin + len(part))
            made = projection(source, part, kind)
            made.connect(i=i[inside], j=j[inside] - begin)
            projections.append(made)
    return parts, projections


def in_order(*trains):
    """Time and number of spikes of monitors, numbered on from one to the next, in order."""
    times = np.concatenate([np.asarray(train.t_) for train in trains])
    begins = np.cumsum([0, *(len(train.count) for train in trains[:-1])])
    i = np.concatenate([np.asarray(m.i) + b for m, b in zip(trains, begins, strict=True)])
    order = np.lexsort((i, times))
    return times[order], i[order]


@pytest.mark.parametrize(("size", "duration"), [((320, 80), 30), ((3200, 800), 150)])
def test_two_ways_to_make_a_network_make_the_same_spikes(size, duration):
    num_exc, num_inh = size
    target = COMPILED if duration > 100 else Cpp(threads=2)
    seed(2)
    prob = 0.02 * 4000 / (num_exc + num_inh)
    neurons, excitation, inhibition = as_one_group(num_exc, num_inh, prob)
    parts, projections = as_two_groups(num_exc, neurons, excitation, inhibition)
    together, apart = SpikeMonitor(neurons), [SpikeMonitor(part) for part in parts]
    Network(neurons, excitation, inhibition, together).run(duration * ms, target=target)
    Network(parts, projections, apart).run(duration * ms, target=target)

    assert sum(map(len, projections)) == len(excitation) + len(inhibition)
    assert together.num_spikes > num_exc * duration / 1e3 * 10
    assert all(map(np.array_equal, in_order(together), in_order(*apart)))


def test_the_network_of_conductances_is_active_and_irregular():
    seed(2)
    neurons, excitation, inhibition = as_one_group(3200, 800, 0.02)
    spikes = SpikeMonitor(neurons)
    Network(neurons, excitation, inhibition, spikes).run(300 * ms, target=COMPILED)
    counts = np.asarray(spikes.count) / 0.3
    trains = [train / ms for train in spikes.spike_trains().values() if len(train) > 4]
    variations = [np.std(np.diff(train)) / np.mean(np.diff(train)) for train in trains]

    # Alone a neuron would come to -40 mV, beyond its threshold, and spike at 53 Hz.
    assert 5 < counts[:3200].mean() < 40
    assert counts[3200:].mean() == pytest.approx(counts[:3200].mean(), rel=0.25)
    assert np.mean(variations) > 0.3


def oscillating(num=1000, prob=0.1):
    """The network of currents with its parts, and monitors."""
    half = num // 2
    namespace = {"V_rest": -52 * mV, "current": 3 * mV, "mV": mV, "ms": ms}
    group = NeuronGroup(
        num, CURRENTS, threshold="V >= -50*mV", reset="V = -60*mV", refractory=5 * ms,
        method="exact", namespace=namespace,
    )  # fmt: skip
    group.V = "V_rest + rand()*2*mV"
    weight = {"J": 1 / np.sqrt(prob * half) * mV}
    exc_conn = Synapses(group[:half], group, on_pre="I_e_post += J", namespace=weight)
    exc_conn.connect(p=prob)
    inh_conn = Synapses(group[half:], group, on_pre="I_i_post += J", namespace=weight)
    inh_conn.connect(p=prob)
    return group, exc_conn, inh_conn


def test_the_network_of_currents_is_the_same_on_all_targets():
    found = []
    for chosen in TARGETS:
        seed(4)
        parts = oscillating(100)
        spikes = SpikeMonitor(parts[0])
        Network(parts, spikes).run(40 * ms, target=chosen)
        found.append((spikes.t_[:], spikes.i[:], parts[0].V_[:]))

    assert len(found[0][0]) > 50
    for other in found[1:]:
        assert all(map(np.array_equal, found[0], other))


def test_the_network_of_currents_is_balanced_and_oscillates():
    seed(4)
    parts = oscillating()
    rates, spikes = PopulationRateMonitor(parts[0]), SpikeMonitor(parts[0])
    synaptic = StateMonitor(parts[0], ["I_e", "I_i"], record=range(50))
    Network(parts, rates, spikes, synaptic).run(500 * ms, target=COMPILED)
    excitation, inhibition = synaptic.I_e[:, 1000:], synaptic.I_i[:, 1000:]

    assert spikes.count[:500].mean() == pytest.approx(spikes.count[500:].mean(), rel=0.05)
    assert excitation.mean() / mV == pytest.approx(inhibition.mean() / mV, rel=0.3)
    smooth = np.asarray(rates.smooth_rate(width=1 * ms))[1000:]
    deviation = smooth - smooth.mean()
    likeness = np.correlate(deviation, deviation, "full")[len(deviation) - 1 :]
    likeness /= likeness[0]
    # The rate of the population comes again with the period of a neuron, and is low in between.
    period = 100 + int(np.argmax(likeness[100:600]))
    assert likeness[period] > 0.5
    assert likeness[period // 2] < -0.3
    single = np.mean(np.diff(spikes.spike_trains()[0] / ms))
    assert period * 0.1 == pytest.approx(single, rel=0.1)
