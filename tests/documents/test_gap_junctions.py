"""Gap junctions between integrate-and-fire neurons on a grid, with spikelets.

The network of an example in BrainPy's documentation, with its numbers: each neuron is coupled to
its four neighbours, by a current in proportion to the difference of their potentials and by a
small jump (a spikelet) at each spike of a neighbour.
"""

import numpy as np
import pytest

from eqsim import (
    Cpp,
    Network,
    NeuronGroup,
    Numpy,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    seed,
)

SIZE = (10, 10)
CONSTANTS = {"Vr": 0.0, "Vth": 10.0, "tau": 10 * ms, "Iext": 12.0, "noise": 1.0, "ms": ms}
EQUATIONS = """
    dV/dt = (-V + Vr + Igap + Iext + sqrt(1*ms) * noise * xi) / tau : 1
    Igap : 1 # gap junction current
"""
JUNCTIONS = """w : 1 # gap junction conductance
               Igap_post = w * (V_pre - V_post) : 1 (summed)"""
SPIKELET = 0.5
NEIGHBOURS = "abs(i//10 - j//10) + abs(i%10 - j%10) == 1"

compiled = pytest.mark.compiler


def grid_four(height, width):
    """Sources and targets when each place of a grid is connected with its four neighbours."""
    numbers = np.arange(height * width).reshape(height, width)
    pairs = [(numbers[:, :-1], numbers[:, 1:]), (numbers[:-1], numbers[1:])]
    one = np.concatenate([first.ravel() for first, _ in pairs])
    other = np.concatenate([second.ravel() for _, second in pairs])
    return np.concatenate([one, other]), np.concatenate([other, one])


def network(conductance, spikelet=SPIKELET, record=True):
    """The network as in the text; returned with its parts."""
    neurons = NeuronGroup(
        SIZE[0] * SIZE[1], EQUATIONS, threshold="V>Vth", reset="V=Vr", method="euler",
        namespace=CONSTANTS,
    )  # fmt: skip
    neurons.V = "rand() * (Vth - Vr) + Vr"
    S = Synapses(
        source=neurons, target=neurons, model=JUNCTIONS, on_pre=f"V_post += w * {spikelet}"
    )
    pre_index, post_index = grid_four(*SIZE)
    S.connect(i=pre_index, j=post_index)
    S.w = conductance
    mon_st = StateMonitor(neurons, ["V", "Igap"], record=record)
    mon_sp = SpikeMonitor(neurons, record=True)
    return Network(neurons, S, mon_st, mon_sp), S, mon_st, mon_sp


def synchrony(potentials):
    """Variance of the mean potential over the mean variance of single ones.

    Golomb, D. (2007). Neuronal synchrony measures. doi:10.4249/scholarpedia.1347
    """
    return potentials.mean(axis=0).var() / potentials.var(axis=1).mean()


def coherence(spikes, width=2 * ms):
    """Mean over pairs of how many spikes they have in common bins, from 0 to 1.

    Wang, X.-J. & Buzsaki, G. (1996). J. Neurosci. 16:6402.
    doi:10.1523/JNEUROSCI.16-20-06402.1996
    """
    bins = np.asarray(spikes.t / width).astype(int)
    trains = np.zeros((len(spikes.count), bins.max() + 1))
    trains[np.asarray(spikes.i), bins] = 1
    counts = trains.sum(axis=1)
    common = trains @ trains.T / np.sqrt(np.outer(counts, counts))
    return common[~np.eye(len(counts), dtype=bool)].mean()


def test_both_ways_to_connect_neighbours_make_the_same_junctions():
    _, S, _, _ = network(1.0)
    by_condition = Synapses(S.source, S.target, JUNCTIONS)
    by_condition.connect(NEIGHBOURS)

    assert len(S) == 2 * 10 * 9 * 2
    assert {*zip(S.i, S.j, strict=True)} == {*zip(by_condition.i, by_condition.j, strict=True)}
    assert sorted({*np.asarray(S.N_incoming_post)}) == [2, 3, 4]


def test_two_coupled_potentials_approach_each_other(target):
    w, tau = 0.7, 10.0
    pair = NeuronGroup(2, "dV/dt = (-V + Igap)/(10*ms) : 1\nIgap : 1", method="euler")
    S = Synapses(pair, pair, JUNCTIONS)
    S.connect("i != j")
    S.w = w
    pair.V = [9, 1]
    M = StateMonitor(pair, ["V", "Igap"], record=True)
    Network(pair, S, M).run(30 * ms, target=target)
    steps = np.arange(300)

    assert M.V[0] + M.V[1] == pytest.approx(10 * (1 - 0.1 / tau) ** steps)
    assert M.V[0] - M.V[1] == pytest.approx(8 * (1 - 0.1 * (1 + 2 * w) / tau) ** steps)


def test_what_flows_into_one_neuron_flows_out_of_its_neighbours(target):
    net, S, mon_st, _ = network(1.0)
    seed(1)
    net.run(3 * ms, target=target)
    V = np.asarray(mon_st.V)
    expected = np.zeros_like(V)
    np.add.at(expected, np.asarray(S.j), V[np.asarray(S.i)] - V[np.asarray(S.j)])

    # The sum of a step is made of the potentials at its begin, and seen at the next.
    assert mon_st.Igap[:, 1:] == pytest.approx(expected[:, :-1], abs=1e-9)
    assert mon_st.Igap.sum(axis=0) == pytest.approx(0, abs=1e-9)


def test_a_spike_makes_a_spikelet_in_each_neighbour(target):
    neurons = NeuronGroup(
        100, "dV/dt = (-V + Igap)/(10*ms) : 1\nIgap : 1",
        threshold="V > 10", reset="V = 0", method="euler",
    )  # fmt: skip
    S = Synapses(neurons, neurons, JUNCTIONS, on_pre=f"V_post += w * {SPIKELET}")
    S.connect(NEIGHBOURS)
    S.w = 1
    neurons.V[55] = 20
    Network(neurons, S).run(0.1 * ms, target=target)
    changed = {int(k): neurons.V[k] for k in np.flatnonzero(neurons.V)}

    by_current = 20 * 0.1 / 10
    assert changed == pytest.approx(dict.fromkeys((45, 54, 56, 65), by_current + SPIKELET))


@compiled
def test_the_network_is_the_same_on_all_targets():
    found = []
    for chosen in (Numpy(), Cpp(threads=1), Cpp(threads=2)):
        seed(12345)
        net, _, mon_st, mon_sp = network(1.0)
        net.run(15 * ms, target=chosen)
        found.append((np.asarray(mon_st.V), np.asarray(mon_sp.t), np.asarray(mon_sp.i)))

    assert len(found[0][1]) > 20
    for other in found[1:]:
        assert all(map(np.array_equal, found[0], other))


@pytest.fixture(scope="module")
def measured():
    """How neurons behave for half a second without junctions, with currents, with spikelets."""
    found = {}
    for name, conductance, spikelet in (
        ("apart", 0.0, 0.0), ("by currents", 1.0, 0.0), ("by currents and spikelets", 1.0, 0.5),
    ):  # fmt: skip
        seed(12345)
        net, _, mon_st, mon_sp = network(conductance, spikelet)
        net.run(500 * ms, target=Cpp(threads=1))
        late = np.asarray(mon_st.V)[:, 1000:]
        found[name] = {
            "spread": late.std(axis=0).mean(),
            "synchrony": synchrony(late),
            "coherence": coherence(mon_sp),
            "rate": mon_sp.num_spikes / 100 / 0.5,
        }
    return found


@compiled
def test_junctions_bring_potentials_together(measured):
    assert measured["by currents"]["spread"] < 0.7 * measured["apart"]["spread"]


@compiled
def test_neurons_spike_on_while_they_are_coupled(measured):
    assert all(30 < each["rate"] < 90 for each in measured.values())


@compiled
def test_spikelets_make_the_neurons_spike_together(measured):
    coupled, apart = measured["by currents and spikelets"], measured["apart"]

    assert coupled["synchrony"] > 5 * apart["synchrony"]
    assert coupled["coherence"] > 2 * apart["coherence"]
    # Neurons apart share as many bins as chance gives: rate times width.
    assert apart["coherence"] == pytest.approx(apart["rate"] * 2e-3, rel=0.1)
