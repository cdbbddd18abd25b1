"""Poisson groups and Poisson input: rates, probabilities, distributions, where they act."""

from __future__ import annotations

import logging
import math

import numpy as np
import pytest
from scipy import stats

from eqsim import (
    Hz,
    Network,
    NetworkOperation,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    kHz,
    ms,
    mV,
    nS,
    run,
    seed,
    start_scope,
    uV,
    volt,
)
from eqsim.errors import DimensionError, DimensionMismatchError, ModelError, UnknownNameError
from eqsim.network.naming import restart_numbering
from eqsim.network.running.parameters import values_to_set


def within(count, expected, deviation, tolerance=4):
    """Whether a count is as far from what is expected as chance allows."""
    return abs(count - expected) <= tolerance * deviation


# -- Poisson groups -----------------------------------------------------------------------------


def test_each_neuron_spikes_with_its_own_probability(target):
    rates, steps = np.array([0, 10, 100, 1000, 5000]), 50
    P = PoissonGroup(1000, np.repeat(rates, 200) * Hz)
    M = SpikeMonitor(P)
    Network(P, M).run(steps * 0.1 * ms, target=target)

    counts, p = M.count.reshape(5, 200).sum(axis=1), rates * 1e-4
    for count, probability in zip(counts, p, strict=True):
        deviation = math.sqrt(200 * steps * probability * (1 - probability))
        assert within(count, 200 * steps * probability, deviation)
    assert counts[0] == 0


def test_times_of_first_spikes_are_geometric(target):
    n, steps = 3000, 60
    P = PoissonGroup(n, 500 * Hz)
    M = SpikeMonitor(P)
    Network(P, M).run(steps * 0.1 * ms, target=target)

    first = np.full(n, steps)
    np.minimum.at(first, M.i, np.round(M.t_ / 1e-4).astype(int))
    observed = np.bincount(first, minlength=steps + 1)
    p = stats.geom.pmf(np.arange(1, steps + 1), 0.05)
    assert stats.chisquare(observed, n * np.append(p, 1 - p.sum())).pvalue > 1e-3


def test_a_rate_of_one_spike_per_step_is_certain(target):
    P = PoissonGroup(3, 10 * kHz)
    M = SpikeMonitor(P)
    Network(P, M).run(1 * ms, target=target)

    np.testing.assert_array_equal(M.count, [10, 10, 10])


def test_rates_can_be_set_between_runs(target):
    P = PoissonGroup(4, 0 * Hz)
    M = SpikeMonitor(P)
    net = Network(P, M)
    net.run(1 * ms, target=target)
    P.rates[:2] = 10 * kHz
    net.run(1 * ms, target=target)
    P.rates = "i*0*Hz"
    net.run(1 * ms, target=target)

    np.testing.assert_array_equal(M.count, [10, 10, 0, 0])


def test_one_rate_for_all_may_become_different_rates_in_the_midst_of_a_run(target):
    P = PoissonGroup(50, 0 * Hz)
    M = SpikeMonitor(P)
    rates = {0.2: 10 * kHz, 0.4: np.repeat([0, 10], [20, 30]) * kHz, 0.7: 0 * Hz}

    def change(t):
        for time, new in rates.items():
            if abs(t / ms - time) < 0.01:
                P[:].rates = new

    Network(P, M, NetworkOperation(change, when="start")).run(1 * ms, target=target)

    counts = np.bincount(np.round(M.t / (0.1 * ms)).astype(int), minlength=10)
    np.testing.assert_array_equal(counts, [0, 0, 50, 50, 30, 30, 30, 0, 0, 0])
    assert set(M.i[M.t > 0.35 * ms]) == set(range(20, 50))


def test_a_program_of_its_own_that_is_made_for_one_rate_takes_no_other():
    P, Q = PoissonGroup(3, 10 * Hz, name="P"), PoissonGroup(3, [10, 10, 10] * Hz, name="Q")
    lowered = Network(P, Q).lower({})

    assert lowered.equal == {"P.rates"}
    for values in ({"P.rates": 7 * Hz}, {"P.rates": [7] * 3 * Hz}, {"Q.rates": [1, 2, 3] * Hz}):
        assert len(values_to_set(lowered, values)) == 1
    message = (
        "'P.rates' cannot get values that differ among neurons: the program relies on one value"
        " for all\n  make the group with an array of values, equal or not"
    )
    with pytest.raises(ModelError) as caught:
        values_to_set(lowered, {"P.rates": [1, 2, 3] * Hz})
    assert str(caught.value) == message


def test_rates_that_a_run_changes_are_those_of_each_neuron(target):
    P = PoissonGroup(40, 0 * Hz)
    P.run_regularly("rates = 10*kHz*int(i < 7)", dt=0.5 * ms)
    M = SpikeMonitor(P)
    Network(P, M).run(1 * ms, target=target)

    assert set(M.i) == set(range(7))


def test_spikes_of_one_rate_depend_on_neither_restarts_nor_how_the_run_is_cut(target):
    def spikes(*parts):
        start_scope()
        restart_numbering()
        seed(5)
        P = PoissonGroup(3000, 15 * Hz)
        M = SpikeMonitor(P)
        net = Network(P, M)
        net.store()
        net.run(1 * ms, target=target)
        net.restore()
        for part in parts:
            net.run(part * ms, target=target)
        return M.i[:].tolist(), M.t_[:].tolist()

    assert spikes(2) == spikes(0.7, 1.1, 0.2)
    assert len(spikes(2)[0]) > 40


def test_any_condition_of_one_probability_is_met_with_it(target):
    seed(3)
    G = NeuronGroup(
        2000,
        "p : 1 (shared)",
        threshold="rand() < p and i % 2 == 0",
        reset="",
        refractory=0.3 * ms,
    )
    G.p = 0.01
    M = SpikeMonitor(G)
    Network(G, M).run(10 * ms, target=target)

    assert within(len(M.i), 1000 * 100 * 0.01, math.sqrt(1000), 5)
    assert not np.any(M.i % 2)
    gaps = [np.diff(times / ms) for times in M.spike_trains().values()]
    assert min(gap.min() for gap in gaps if gap.size) > 0.25


def test_rates_by_an_expression_follow_time_and_index(target):
    start = 0.5 * ms
    P = PoissonGroup(4, "10*kHz*int(i == 2)*int(t > start - dt/2)")
    M = SpikeMonitor(P)
    Network(P, M).run(1 * ms, target=target, namespace={"start": start})

    np.testing.assert_array_equal(M.count, [0, 0, 5, 0])
    np.testing.assert_allclose(M.t / ms, [0.5, 0.6, 0.7, 0.8, 0.9])


def test_constants_of_an_expression_come_from_where_run_is_called_or_from_the_namespace():
    rate = 10 * kHz
    P, Q = PoissonGroup(1, "rate"), PoissonGroup(1, "rate", namespace={"rate": 0 * Hz})
    M, L = SpikeMonitor(P), SpikeMonitor(Q)
    run(1 * ms, target="numpy")

    assert (rate, M.num_spikes, L.num_spikes) == (10 * kHz, 10, 0)


def test_a_random_expression_is_evaluated_once_in_a_step(target):
    P = PoissonGroup(50, "20*kHz*int(rand() < 0.5)")
    rates = StateMonitor(P, "rates", when="thresholds")
    spikes = SpikeMonitor(P)
    Network(P, rates, spikes).run(2 * ms, target=target)

    high = rates.rates > 0 * Hz
    assert 300 < high.sum() < 700
    steps = np.round(spikes.t / (0.1 * ms)).astype(int)
    np.testing.assert_array_equal(np.sort(spikes.i * 20 + steps), np.flatnonzero(high))


def test_rates_and_weights_may_be_functions_of_the_time(target):
    rate = TimedArray([[0, 10, 0], [10, 0, 10]] * kHz, dt=0.2 * ms)
    weight = TimedArray([1, 2, 3] * mV, dt=0.1 * ms)
    P, G = PoissonGroup(3, "rate(t, i)"), NeuronGroup(2, "v : volt")
    M = SpikeMonitor(P)
    net = Network(P, M, G, PoissonInput(G, "v", 1, 10 * kHz, "weight(t)*(1 + i)"))
    net.run(0.3 * ms, target=target, namespace={"rate": rate, "weight": weight})

    np.testing.assert_array_equal(M.i, [1, 1, 0, 2])
    np.testing.assert_allclose(G.v / mV, [6, 12])


def test_rates_can_be_read_and_recorded(target):
    P = PoissonGroup(3, "i*Hz + t/second*10*kHz")
    M = StateMonitor(P, "rates", record=[2])
    Network(P, M).run(0.3 * ms, target=target)

    np.testing.assert_allclose(M.rates / Hz, [[2, 3, 4]])
    np.testing.assert_allclose(P.rates / Hz, [3, 4, 5])
    np.testing.assert_allclose(PoissonGroup(2, 5 * Hz).rates / Hz, [5, 5])


def test_parts_and_monitors_see_the_spikes(target):
    P = PoissonGroup(4, np.array([0, 10, 10, 0]) * kHz)
    spikes, rate = SpikeMonitor(P[1:3]), PopulationRateMonitor(P[2:])
    Network(P, spikes, rate).run(0.2 * ms, target=target)

    np.testing.assert_array_equal(spikes.i, [0, 1, 0, 1])
    np.testing.assert_allclose(rate.rate / Hz, [5000, 5000])
    assert P[2:].rates[0] == 10 * kHz


def test_two_groups_and_two_seeds_give_different_spikes(target):
    def trains(number):
        seed(number)
        P, Q = PoissonGroup(10, 500 * Hz), PoissonGroup(10, 500 * Hz)
        M, L = SpikeMonitor(P), SpikeMonitor(Q)
        Network(P, Q, M, L).run(20 * ms, target=target)
        return [list(zip(m.i, np.round(m.t_ / 1e-4), strict=True)) for m in (M, L)]

    first, again, other = trains(3), trains(3), trains(4)
    assert first == again
    assert first[0] != first[1]
    assert first[0] != other[0]


def test_spikes_are_found_in_the_slot_that_is_given():
    P = PoissonGroup(1, 10 * kHz, when="before_end", order=3, dt=0.5 * ms)

    assert (P.events["spike"].when, P.events["spike"].order) == ("before_end", 3)
    assert P.clock.dt == 0.5 * ms


def test_no_reset_is_missed(caplog):
    with caplog.at_level(logging.WARNING, "eqsim"):
        P = PoissonGroup(1, 1 * Hz)
        Network(P).run(0.1 * ms, target="numpy")

    assert caplog.records == []


def test_a_rate_beyond_one_spike_per_step_is_told_once(caplog):
    P = PoissonGroup(2, [1, 20] * kHz)
    net = Network(P)
    for _ in range(2):
        net.run(0.1 * ms, target="numpy")

    (told,) = caplog.records
    assert told.getMessage() == (
        "poissongroup: a rate of 20 kHz means more than one spike in a step of 100 us;"
        " there is at most one"
    )


def test_rates_that_are_not_possible_leave_the_group_as_it_was():
    P = PoissonGroup(3, 5 * Hz)
    for wrong, error, text in (
        ([1, -2, 3] * Hz, ModelError, "'rates' would become -2 Hz at position 1\n"),
        ("(i - 1)*Hz", ModelError, "'rates' would become -1 Hz at position 0\n"),
        ([1, 2] * Hz, ModelError, "'rates' takes 3 values here, not an array of shape"),
        (5 * mV, DimensionMismatchError, "'rates' cannot be set to 5*mV"),
        (5, DimensionMismatchError, "'rates' cannot be set to 5, which has no unit"),
        ("5*mV", DimensionError, "this must have dimension 1/s"),
        (float("nan") * Hz, ModelError, "'rates' would become nan"),
        (None, ModelError, "'rates' needs numbers"),
    ):
        with pytest.raises(error) as caught:
            P.rates = wrong
        assert text in str(caught.value)
    np.testing.assert_array_equal(P.rates_, [5, 5, 5])


@pytest.mark.parametrize(
    ("rates", "error", "text"),
    [
        (-1 * Hz, ModelError, "'rates' would become -1 Hz at position 0\n  it must not be neg"),
        (3, DimensionMismatchError, "'rates' cannot be set to 3, which has no unit"),
        ([1, 2] * Hz, ModelError, "'rates' takes 3 values here"),
        ("1*Hz +", SyntaxError, r"rates of 'poissongroup', line 1"),
    ],
)
def test_rates_are_checked_when_a_group_is_made(rates, error, text):
    with pytest.raises(error, match=text):
        PoissonGroup(3, rates)


@pytest.mark.parametrize(
    ("rates", "error", "text"),
    [
        ("5*mV", DimensionError, "rates of 'poissongroup', line 1"),
        ("unknown", UnknownNameError, "'unknown' is not defined"),
        ("i > 2", ValueError, "'rates' is a number, but"),
        ("rates + 1*Hz", ValueError, "rates"),
    ],
)
def test_expressions_for_rates_are_checked_when_a_run_begins(rates, error, text):
    P = PoissonGroup(3, rates)
    with pytest.raises(error, match=text):
        Network(P).run(1 * ms, target="numpy")


def test_rates_by_an_expression_cannot_be_set():
    P = PoissonGroup(3, "5*Hz")
    with pytest.raises(ModelError, match="is an expression, evaluated in each step, and cannot"):
        P.rates = 3 * Hz


# -- Poisson input ------------------------------------------------------------------------------


def test_counts_are_binomial(target):
    G = NeuronGroup(2000, "n : integer")
    P = PoissonInput(G, "n", N=20, rate=1 * kHz, weight=1)
    M = StateMonitor(G, "n")
    Network(G, P, M).run(1 * ms, target=target)

    counts = np.diff(M.n, axis=1).ravel()
    observed = np.bincount(counts, minlength=21)[:8]
    expected = len(counts) * stats.binom.pmf(np.arange(8), 20, 0.1)
    scale = observed.sum() / expected.sum()
    assert stats.chisquare(observed, expected * scale).pvalue > 1e-3


def test_input_is_independent_between_neurons_and_between_inputs(target):
    G = NeuronGroup(500, "a : 1\nb : 1")
    inputs = [PoissonInput(G, name, 100, 500 * Hz, 1) for name in ("a", "b")]
    M = StateMonitor(G, True)
    Network(G, inputs, M).run(2 * ms, target=target)

    a, b = (np.diff(values, axis=1) for values in (M.a, M.b))
    for x, y in ((a, b), (a[:-1], a[1:]), (a[:, :-1], a[:, 1:])):
        correlation = np.corrcoef(x.ravel(), y.ravel())[0, 1]
        assert abs(correlation) < 4 / math.sqrt(x.size)


def test_potential_has_mean_and_variance_of_shot_noise(target):
    tau, n, rate, weight = 5 * ms, 100, 20 * Hz, 0.5 * mV
    G = NeuronGroup(2000, "dv/dt = -v/tau : volt", method="exact")
    P = PoissonInput(G, "v", n, rate, weight)
    Network(G, P).run(50 * ms, target=target, namespace={"tau": tau})

    decay, p = math.exp(-0.1 / 5), float(rate * 0.1 * ms)
    mean = n * p * 0.5 / (1 - decay)
    variance = n * p * (1 - p) * 0.25 / (1 - decay**2)
    assert within(np.mean(G.v / mV), mean, math.sqrt(variance / 2000))
    assert within(np.var(G.v / mV), variance, variance * math.sqrt(2 / 2000))


@pytest.mark.parametrize(
    ("n", "rate", "counts"), [(7, 10 * kHz, 7), (0, 1 * kHz, 0), (9, 0 * Hz, 0)]
)
def test_certain_numbers_of_spikes(target, n, rate, counts):
    G = NeuronGroup(3, "v : volt")
    Network(G, PoissonInput(G, "v", n, rate, 1 * mV)).run(0.1 * ms, target=target)

    np.testing.assert_allclose(G.v / mV, counts)


def test_weight_is_evaluated_for_each_neuron_in_each_step(target):
    scale = 2 * mV
    G = NeuronGroup(3, "v : volt\nw : 1")
    G.w = [1, 2, 3]
    P = PoissonInput(G, "v", 5, 10 * kHz, "w*scale*int(t > 0*ms) + i*uV")
    Network(G, P).run(0.2 * ms, target=target, namespace={"scale": scale})

    np.testing.assert_allclose(G.v / uV, 5 * (2000 * np.array([1, 2, 3]) + 2 * np.arange(3)))


def test_part_of_a_group_gets_input_and_the_rest_does_not(target):
    G = NeuronGroup(6, "v : 1\nw = 10*i : 1")
    inputs = [
        PoissonInput(G[1:4], "v", 2, 10 * kHz, 1),
        PoissonInput(G[3:6], "v", 3, 10 * kHz, "w + 100*i"),
    ]
    Network(G, inputs).run(0.1 * ms, target=target)

    np.testing.assert_allclose(G.v, [0, 2, 2, 2 + 90, 3 * 140, 3 * 250])


@pytest.mark.parametrize("refractory", [0.35 * ms, "v > 0", "0.35*ms"])
def test_flagged_variable_of_a_refractory_neuron_gets_nothing(target, refractory):
    G = NeuronGroup(
        2,
        "dv/dt = 0/second : 1 (unless refractory)\nu : 1",
        threshold="i == 0 and t < dt/2",
        reset="v = 100",
        refractory=refractory,
    )
    inputs = [PoissonInput(G, name, 1, 10 * kHz, 1) for name in ("v", "u")]
    Network(G, inputs).run(0.3 * ms, target=target)

    held, free = G.v[0], G.v[1]
    assert (held, free) == (100, 3)
    np.testing.assert_array_equal(G.u, [3, 3])


def test_input_acts_in_its_slot(target):
    G = NeuronGroup(1, "v : 1\nseen : 1")
    G.run_regularly("seen = v", when="synapses", order=0)
    Network(G, PoissonInput(G, "v", 1, 10 * kHz, 1, order=-1)).run(0.1 * ms, target=target)
    assert G.seen[0] == 1

    H = NeuronGroup(1, "v : 1\nseen : 1")
    H.run_regularly("seen = v", when="synapses", order=0)
    Network(H, PoissonInput(H, "v", 1, 10 * kHz, 1, when="end")).run(0.1 * ms, target=target)
    assert H.seen[0] == 0


def test_single_precision_group_gets_input(target):
    G = NeuronGroup(4, "dv/dt = -v/(10*ms) : volt", method="exact", dtype=np.float32)
    Network(G, PoissonInput(G, "v", 3, 10 * kHz, 1 * mV)).run(0.1 * ms, target=target)

    np.testing.assert_allclose(G.v / mV, 3, rtol=1e-6)


def test_inactive_input_and_inactive_group_get_nothing(target):
    G = NeuronGroup(1, "v : 1")
    P = PoissonInput(G, "v", 1, 10 * kHz, 1)
    net = Network(G, P)
    P.active = False
    net.run(0.1 * ms, target=target)
    P.active, G.active = True, False
    net.run(0.1 * ms, target=target)
    assert G.v[0] == 0
    G.active = True
    net.run(0.1 * ms, target=target)
    assert G.v[0] == 1


def test_input_is_found_by_run():
    G = NeuronGroup(1, "v : 1")
    P = PoissonInput(G, "v", 1, 10 * kHz, 1)
    run(0.2 * ms, target="numpy")

    assert G.v[0] == 2
    assert (P.target, P.target_var, P.N, P.rate, P.weight) == (G, "v", 1, 10 * kHz, 1)


def test_weight_is_shown_as_it_was_given():
    G = NeuronGroup(1, "v : volt")

    assert PoissonInput(G, "v", 1, 1 * Hz, 2 * mV).weight == 2 * mV
    assert PoissonInput(G, "v", 1, 1 * Hz, "rand()*mV").weight == "rand()*mV"


def test_results_do_not_change_when_an_input_is_continued(target):
    def final(parts):
        seed(5)
        G = NeuronGroup(10, "v : 1")
        net = Network(G, PoissonInput(G, "v", 10, 1 * kHz, "rand()"))
        for part in parts:
            net.run(part, target=target)
        return G.v[:]

    np.testing.assert_array_equal(final([2 * ms]), final([0.7 * ms, 1.3 * ms]))


WRONG_INPUTS = [
    (
        (None, "v", 1, 1 * Hz, 1 * mV),
        ModelError,
        "cannot give input to None\n  expected: a group of",
    ),
    (("G", "x", 1, 1 * Hz, 1 * mV), ModelError, "has no variable 'x' for input\n  its variables"),
    (("G", "vv", 1, 1 * Hz, 1 * mV), ModelError, "did you mean 'v'"),
    (("G", 3, 1, 1 * Hz, 1 * mV), ModelError, "has no variable 3 for input"),
    (("G", "sub", 1, 1 * Hz, 1 * mV), ModelError, "'sub' of 'cells' cannot get input: it is comp"),
    (("G", "once", 1, 1 * Hz, 1 * mV), ModelError, "cannot get input: it is computed"),
    (("G", "g", 1, 1 * Hz, 1 * mV), ModelError, "is shared by the group, and input is drawn for"),
    (("G", "c", 1, 1 * Hz, 1 * mV), ModelError, "cannot get input: it is constant"),
    (("G", "b", 1, 1 * Hz, 1), ModelError, "cannot get input: it is a truth value"),
    (("G", "l", 1, 1 * Hz, 1 * mV), ModelError, "belongs to another group: give the input to"),
    (("G", "lastspike", 1, 1 * Hz, 1 * ms), ModelError, "it is set by the simulation only"),
    (("G", "v", 1.5, 1 * Hz, 1 * mV), ModelError, "is 1.5\n  expected: a whole number from 0 up"),
    (("G", "v", -1, 1 * Hz, 1 * mV), ModelError, "is -1\n  expected: a whole number from 0 up"),
    (("G", "v", True, 1 * Hz, 1 * mV), ModelError, "is True\n  expected: a whole number from 0"),
    (
        ("G", "v", 1, -1 * Hz, 1 * mV),
        ModelError,
        "the rate of 'poissoninput' must not be negative",
    ),
    (("G", "v", 1, 1, 1 * mV), DimensionMismatchError, "must have the unit hertz, not 1"),
    (
        ("G", "v", 1, 1 * mV, 1 * mV),
        DimensionMismatchError,
        "the rate of 'poissoninput' must have",
    ),
    (("G", "v", 1, [1, 2] * Hz, 1 * mV), ModelError, "the rate of 'poissoninput' must be one fin"),
    (("G", "v", 1, "5*Hz", 1 * mV), ModelError, "the rate of 'poissoninput' must be a number"),
    (
        ("G", "v", 1, 1 * Hz, 1),
        DimensionMismatchError,
        "weight of 'poissoninput' must have the uni",
    ),
    (("G", "v", 1, 1 * Hz, 1 * nS), DimensionMismatchError, "must have the unit volt, not 1*nS"),
    (
        ("G", "v", 1, 1 * Hz, [1, 2] * mV),
        ModelError,
        "one value, not an array\n  for a weight per",
    ),
    (("G", "v", 1, 1 * Hz, float("inf") * mV), ModelError, "must be one finite number"),
    (("G", "v", 1, 1 * Hz, None), ModelError, "must be a number, not None"),
    (("G", "n", 1, 1 * Hz, 1.5), ModelError, "must be a whole number, as 'n' is, not 1.5"),
    (("G", "v", 1, 1 * Hz, "w*"), SyntaxError, "weight of 'poissoninput', line 1"),
]


@pytest.mark.parametrize(("arguments", "error", "text"), WRONG_INPUTS)
def test_wrong_inputs_are_refused(arguments, error, text):
    G = NeuronGroup(
        2,
        """
        v : volt
        n : integer
        b : boolean
        c : volt (constant)
        g : volt (shared)
        l : volt (linked)
        sub = 2*v : volt
        once = rand()*mV : volt (constant over dt)
        """,
        threshold="v > 1*mV",
        refractory=1 * ms,
        name="cells",
    )
    group, *rest = arguments
    with pytest.raises(error) as caught:
        PoissonInput(G if group == "G" else group, *rest)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("weight", "error", "text"),
    [
        ("1*nS", DimensionError, "weight of 'poissoninput', line 1, column 1"),
        ("unknown*mV", UnknownNameError, "'unknown' is not defined"),
        ("v > 1*mV", ValueError, "'v' is a number, but"),
    ],
)
def test_expressions_for_weights_are_checked_when_a_run_begins(weight, error, text):
    G = NeuronGroup(2, "v : volt")
    with pytest.raises(error, match=text):
        Network(G, PoissonInput(G, "v", 1, 1 * Hz, weight)).run(1 * ms, target="numpy")


def test_rate_of_more_than_one_spike_per_step_is_refused():
    G = NeuronGroup(2, "v : volt")
    net = Network(G, PoissonInput(G, "v", 1, 20 * kHz, 1 * mV))
    with pytest.raises(ModelError) as caught:
        net.run(1 * ms, target="numpy")

    assert str(caught.value) == (
        "the rate of 'poissoninput', 20 kHz, is more than one spike in a step of 100 us\n"
        "  take more inputs of a lower rate, or a smaller dt"
    )
    assert (G.v_[0], net.t) == (0, 0 * ms)


def test_group_of_an_input_must_be_in_the_network():
    G = NeuronGroup(2, "v : volt", name="cells")
    P = PoissonInput(G[:1], "v", 1, 1 * Hz, 1 * mV)
    with pytest.raises(ModelError) as caught:
        Network(P).run(1 * ms, target="numpy")

    assert str(caught.value) == (
        "'poissoninput' gives input to 'subgroup', whose group is not in the network\n"
        "  add 'cells' to the network; if a new group took its place, make what uses it anew"
    )


def test_synapses_get_no_input():
    G = NeuronGroup(2, "v : volt")
    S = Synapses(G, G, "w : volt")
    with pytest.raises(ModelError, match="cannot give input to <Synapses 'synapses'>"):
        PoissonInput(S, "w", 1, 1 * Hz, 1 * mV)


def test_values_and_numbers_of_inputs_are_not_part_of_the_program():
    def program(n, rate, weight):
        G = NeuronGroup(2, "v : volt")
        return Network(G, PoissonInput(G, "v", n, rate, weight)).lower({}).program

    assert program(1, 1 * Hz, 1 * mV) == program(1000, 50 * Hz, 2 * volt)


def test_sizes_may_be_whole_numbers_of_floating_point():
    group = NeuronGroup(0.8 * 4000, "v : volt")

    assert (group.N, type(group.N)) == (3200, int)
    assert PoissonGroup(np.float64(3), 1 * Hz).N == 3
    PoissonInput(group, "v", 1e3, 1 * Hz, 1 * mV)
