"""Binomial random numbers in models: the function of the language, and the object."""

import numpy as np
import pytest
from scipy import stats

from eqsim import (
    BinomialFunction,
    Network,
    NeuronGroup,
    Numpy,
    StateMonitor,
    Synapses,
    ms,
    mV,
    seed,
)
from eqsim.errors import DimensionMismatchError, EquationError, ModelError

CASES = [(1, 0.3), (10, 0.25), (100, 0.5), (1000, 0.97), (30, 0.0), (30, 1.0), (0, 0.5)]


def fits(values, n, p):
    """Whether numbers have the frequencies of a binomial distribution."""
    expected = stats.binom.pmf(np.arange(n + 1), n, p) * values.size
    found = np.bincount(values.astype(int).ravel(), minlength=n + 1)
    usable = expected > 5
    if usable.sum() == 1:
        return bool(found[usable][0] == values.size)
    statistic = np.sum((found - expected)[usable] ** 2 / expected[usable])
    return stats.chi2.sf(statistic, usable.sum() - 1) > 1e-3


@pytest.mark.parametrize(("n", "p"), CASES)
def test_numbers_in_equations_are_binomial(target, n, p):
    drawn = BinomialFunction(n, p)
    group = NeuronGroup(
        2000,
        """x = drawn() : integer (constant over dt)
        y = binomial(k, p) : integer (constant over dt)
        k : integer""",
    )
    group.k = n
    monitor = StateMonitor(group, ["x", "y"], record=True)
    Network(group, monitor).run(0.3 * ms, target=target, namespace={"drawn": drawn, "p": p})

    assert monitor.x_.dtype.kind == monitor.y_.dtype.kind == "i"
    assert fits(monitor.x_, n, p)
    assert fits(monitor.y_, n, p)


def test_every_target_draws_the_same_numbers(target):
    released = BinomialFunction(20, 0.6, approximate=False, name="released")
    found = []
    for each in (Numpy(), target):
        group = NeuronGroup(50, "x : integer\ny : integer", threshold="True", reset="x += f()")
        group.run_regularly("y += binomial(x + 1, 0.5/(i + 1)) + f()")
        seed(11)
        Network(group).run(1 * ms, target=each, namespace={"f": released})
        found.append((group.x[:].tolist(), group.y[:].tolist()))

    assert found[0] == found[1]


def test_each_use_is_a_new_number(target):
    drawn = BinomialFunction(1000.0, 0.5)
    assert drawn.n == 1000
    group = NeuronGroup(200, "x : integer\ny : integer")
    group.run_regularly("x = drawn(); y = drawn()")
    Network(group).run(0.1 * ms, target=target, namespace={"drawn": drawn})

    assert np.abs(np.corrcoef(group.x[:], group.y[:])[0, 1]) < 0.3
    assert len(set(group.x[:].tolist())) > 20


def test_synapses_and_initial_values_draw_too(target):
    drawn = BinomialFunction(10, 0.5)
    source = NeuronGroup(30, "", threshold="t_in_timesteps == 0")
    sink = NeuronGroup(30, "x : 1")
    synapses = Synapses(source, sink, "w : integer", on_pre="x_post += drawn() + 100*w")
    synapses.connect(condition="i == j")
    synapses.w = "binomial(4, 0.5)"
    names = {"drawn": drawn}
    Network(source, sink, synapses).run(0.1 * ms, target=target, namespace=names)

    assert set(synapses.w[:].tolist()) <= set(range(5))
    assert np.array_equal(sink.x[:] // 100, synapses.w[:])


def test_other_parameters_are_the_same_program():
    programs = []
    for n, p in ((5, 0.5), (10**6, 0.25)):
        group = NeuronGroup(3, "x : integer", name="cells")
        group.run_regularly("x = drawn()")
        names = {"drawn": BinomialFunction(n, p, name="drawn")}
        programs.append(Network(group, name="net").lower(names).program)

    assert programs[0] == programs[1]


def test_python_calls_give_one_number():
    drawn = BinomialFunction(5, 1.0)

    assert drawn() == 5
    assert (drawn.n, drawn.p, drawn.approximate) == (5, 1.0, True)
    assert repr(drawn) == "<BinomialFunction 'binomial', n = 5, p = 1.0>"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("dx/dt = drawn()/ms : 1", "'drawn' cannot stand in a differential equation"),
        ("x = drawn() : 1", "the subexpression 'x' draws a random number at each use"),
        ("x = binomial(3, 0.5) : 1", "the subexpression 'x' draws a random number at each use"),
        ("x = drawn : 1", "'drawn' is a function and is not called"),
        ("x = drawn(3) : 1 (constant over dt)", "'drawn' takes no arguments, not 1"),
        ("x = binomial(3) : 1 (constant over dt)", "'binomial' takes 2 arguments, not 1"),
        ("x = binomial(3.5, 0.5) : 1 (constant over dt)", "'binomial' takes an integer here"),
        ("x = binomial(i, 1*mV) : 1 (constant over dt)", "'binomial' takes an argument with no"),
        ("x = 1 < drawn() < 3 : boolean (constant over dt)", "in the middle of a chain"),
    ],
)
def test_wrong_uses_are_shown(text, told):
    def build_and_run():
        group = NeuronGroup(1, text)
        Network(group).run(1 * ms, namespace={"drawn": BinomialFunction(3, 0.5)})

    with pytest.raises(EquationError) as caught:
        build_and_run()
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ((-1, 0.5), ModelError, "the number n of trials of 'binomial' is -1"),
        ((1.5, 0.5), ModelError, "is 1.5\n  expected: a whole number from 0 up to 2**53 - 1"),
        ((True, 0.5), ModelError, "is True"),
        ((2**53, 0.5), ModelError, "expected: a whole number"),
        (("3", 0.5), ModelError, "is '3'"),
        ((3 * mV, 0.5), DimensionMismatchError, "n of 'binomial' has the unit V"),
        ((3, 1.5), ModelError, "the probability p of 'binomial' is 1.5"),
        ((3, -0.1), ModelError, "expected: a number from 0 to 1"),
        ((3, np.nan), ModelError, "expected: a number from 0 to 1"),
        ((3, True), ModelError, "expected: a number from 0 to 1"),
        ((3, [0.5]), ModelError, "expected: a number from 0 to 1"),
        ((3, 0.5 * mV), DimensionMismatchError, "p of 'binomial' has the unit V"),
    ],
)
def test_wrong_parameters_say_what_is_expected(arguments, error, told):
    with pytest.raises(error) as caught:
        BinomialFunction(*arguments)
    assert told in str(caught.value)
