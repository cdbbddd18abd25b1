"""What variables were: delay equations against closed forms, delays of synapses, what is kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eqsim import (
    Cpp,
    History,
    IntegrationError,
    Network,
    NeuronGroup,
    StateMonitor,
    Synapses,
    ms,
    mV,
    nA,
    run,
    second,
    sweep,
    volt,
)
from eqsim.errors import (
    DimensionError,
    DimensionMismatchError,
    EquationError,
    ModelError,
)

DECAY = "dx/dt = -past_x(t - 1*ms, i)/ms : 1"


def by_steps(t):
    """The solution of x'(t) = -x(t - 1), x = 1 before 0, by the method of steps, up to t = 3."""
    return 1 - t + np.where(t > 1, (t - 1) ** 2 / 2, 0) - np.where(t > 2, (t - 2) ** 3 / 6, 0)


# ------------------------------------------------------------------------------ delay equations


@pytest.mark.parametrize(
    ("method", "order"),
    [("euler", 1), ("exponential_euler", 1), ("rk2", 2), ("heun", 2), ("rk4", 2),
     ("rkf45", 2)],
)  # fmt: skip
def test_methods_have_their_order_up_to_that_of_the_interpolation(method, order):
    errors = []
    for dt in (0.1, 0.05):
        group = NeuronGroup(1, DECAY, method=method, dt=dt * ms)
        group.x = 1
        past_x = History(group, "x", 1 * ms)
        monitor = StateMonitor(group, "x", record=0)
        Network(group, past_x, monitor).run(3 * ms, target="numpy")
        errors.append(np.abs(monitor.x[0] - by_steps(monitor.t / ms)).max())

    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.15)


def test_a_delay_equation_on_every_target(target):
    group = NeuronGroup(3, DECAY, method="rk2")
    group.x = [1, 2, -1]
    past_x = History(group, "x", 1 * ms)
    net = Network(group, past_x)
    net.run(1.3 * ms, target=target)
    net.run(1.7 * ms, target=target)

    assert group.x[:] == pytest.approx(by_steps(np.float64(3)) * np.array([1, 2, -1]), abs=2e-3)
    assert group.x[1] == 2 * group.x[0]


def test_a_delay_that_no_step_divides_is_interpolated():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1\nseen = past_x(t - 0.33*ms, i) : 1", method="euler")
    past_x = History(group, "x", 0.33 * ms)
    monitor = StateMonitor(group, ["x", "seen"], record=0)
    Network(group, past_x, monitor).run(2 * ms, target="numpy")

    assert monitor.seen[0] == pytest.approx(np.maximum(monitor.x[0] - 0.33, 0), abs=1e-12)


def test_delays_differ_and_change():
    group = NeuronGroup(
        3, "dx/dt = 1/ms : 1\nseen = past_x(t - tau, i) : 1\ntau : second", method="euler"
    )
    group.tau = [0, 0.5, 2] * ms
    past_x = History(group, "x", 2 * ms)
    group.run_regularly("tau += int(t > 3*ms)*0.1*ms*(2 - i)", dt=1 * ms)
    monitor = StateMonitor(group, ["seen", "tau"], record=True)
    Network(group, past_x, monitor).run(6 * ms, target="numpy")

    assert monitor.tau[:, 0] / ms == pytest.approx([0, 0.5, 2])
    assert monitor.tau[:, -1] / ms == pytest.approx([0.4, 0.7, 2])
    expected = np.maximum(monitor.t / ms - monitor.tau / ms, 0)
    assert monitor.seen == pytest.approx(expected, abs=1e-12)


def test_what_has_not_been_yet_is_what_is_now():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1\nseen = past_x(t + x*ms, i) : 1", method="euler")
    past_x = History(group, "x", 1 * ms)
    monitor = StateMonitor(group, ["x", "seen"], record=0)
    Network(group, past_x, monitor).run(2 * ms, target="numpy")

    assert (monitor.seen == monitor.x).all()


def test_what_is_older_than_what_is_kept_ends_the_run():
    group = NeuronGroup(
        1, "dx/dt = (1 + past_x(t - tau, i))/ms : 1\ndtau/dt = 1 : second", method="euler"
    )
    past_x = History(group, "x", 1 * ms)
    net = Network(group, past_x)
    with pytest.raises(IntegrationError, match="'x' of neuron 0"):
        net.run(3 * ms, target="numpy")

    assert 1 < net.t / ms < 1.4


# ------------------------------------------------------------------------------------- networks

N_OSCILLATORS = 12
DRAWN = np.random.default_rng(3)
STRENGTH = DRAWN.uniform(0, 0.1, (N_OSCILLATORS, N_OSCILLATORS))
OMEGA, BEGIN = DRAWN.normal(0.3, 0.05, N_OSCILLATORS), DRAWN.uniform(0, 6, N_OSCILLATORS)


def oscillators(delays):
    """Oscillators of Kuramoto that hear each other after delays, in milliseconds."""
    group = NeuronGroup(
        N_OSCILLATORS, "dphi/dt = (omega + heard)/ms : 1\nomega : 1\nheard : 1", method="euler",
        name="oscillators",
    )  # fmt: skip
    group.phi, group.omega = BEGIN, OMEGA
    past = History(group, "phi", 4 * ms, name="past")
    synapses = Synapses(
        group, group,
        """k : 1
           lag : second
           heard_post = k*sin(past_phi(t - lag, i) - phi_post) : 1 (summed)""",
        namespace={"past_phi": past}, name="synapses",
    )  # fmt: skip
    synapses.connect()
    i, j = synapses.i[:], synapses.j[:]
    synapses.k, synapses.lag = STRENGTH[i, j], delays[i, j] * ms
    return Network(group, past, synapses)


def expected_phases(delays, steps):
    """The same by NumPy: shape (steps + 1, n)."""
    phases = BEGIN[np.newaxis]
    for step in range(steps):
        place = np.maximum(step - delays / 0.1, 0)
        row = np.floor(place + 1e-12).astype(int)
        sources = np.arange(N_OSCILLATORS)[:, np.newaxis]
        old, new = phases[row, sources], phases[np.minimum(row + 1, step), sources]
        heard = old + (place - row) * (new - old)
        change = OMEGA + (STRENGTH * np.sin(heard - phases[-1])).sum(axis=0)
        phases = np.concatenate([phases, [phases[-1] + 0.1 * change]])
    return phases


def test_synapses_with_delays_of_potentials_on_every_target(target):
    delays = DRAWN.integers(1, 40, STRENGTH.shape) * 0.1
    net = oscillators(delays)
    net.run(5 * ms, target=target)
    net.run(5 * ms, target=target)
    reference = oscillators(delays)
    reference.run(10 * ms, target="numpy")

    assert net["oscillators"].phi[:] == pytest.approx(expected_phases(delays, 100)[-1], abs=1e-12)
    if target.name != "cuda":
        assert (net["oscillators"].phi[:] == reference["oscillators"].phi[:]).all()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0, 4), min_size=N_OSCILLATORS, max_size=N_OSCILLATORS))
def test_any_delays_are_those_of_the_formula(lags):
    delays = np.outer(lags, np.ones(N_OSCILLATORS))
    net = oscillators(delays)
    net.run(6 * ms, target="numpy")

    assert net["oscillators"].phi[:] == pytest.approx(expected_phases(delays, 60)[-1], abs=1e-9)


def test_subexpressions_parts_and_single_precision_are_kept():
    group = NeuronGroup(
        5, "dv/dt = 1*mV/ms : volt\nrate = i*v : volt", method="euler", dtype="float32"
    )
    reader = NeuronGroup(3, "seen = past(t - 0.5*ms, 2 - i) : volt")
    past = History(group[1:4], "rate", 1 * ms)
    monitor = StateMonitor(reader, "seen", record=True)
    run(2 * ms, target="numpy")

    assert past.values.dtype == np.float32
    expected = np.outer([3, 2, 1], np.maximum(monitor.t / ms - 0.5, 0))
    assert monitor.seen / mV == pytest.approx(expected, abs=1e-5)


def test_readers_may_have_other_steps():
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", dt=0.5 * ms)
    past = History(group, "x", 2 * ms)
    fast = NeuronGroup(1, "seen = past(t - 1*ms, 0) : 1", dt=0.1 * ms)
    slow = NeuronGroup(1, "seen = past(t - 1*ms, 0) : 1", dt=1 * ms)
    monitors = [StateMonitor(each, "seen", record=0) for each in (fast, slow)]
    Network(group, past, fast, slow, monitors).run(5 * ms, target="numpy")

    for monitor in monitors:
        assert monitor.seen[0] == pytest.approx(np.maximum(monitor.t / ms - 1, 0))


# ------------------------------------------------------------------------- before the first step


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (None, [2, 2]),
        (5 * mV, [5, 5]),
        ([5, 6] * mV, [5, 6]),
        (lambda t: 3 * mV + t * mV / ms, [2.5, 2.5]),
        (lambda t: [3, 4] * mV, [3, 4]),
    ],
    ids=["present", "number", "numbers", "function", "function of numbers"],
)
@pytest.mark.parametrize("start", [0, 7])
def test_what_was_before_the_first_step(before, expected, start):
    group = NeuronGroup(2, "dv/dt = 0*volt/second : volt", method="euler")
    group.v = 2 * mV
    net = Network(group)
    net.run(start * ms, target="numpy")
    past_v = History(group, "v", 1 * ms, before=before)
    reader = NeuronGroup(2, "seen = past_v(t - 1*ms, i) : volt")
    monitor = StateMonitor(reader, "seen", record=True)
    net.add(past_v, reader, monitor)
    net.run(1.5 * ms, target="numpy")

    assert monitor.seen[:, 5] / mV == pytest.approx(expected)
    assert monitor.seen[:, 11:] / mV == pytest.approx(np.full((2, 4), 2))


# --------------------------------------------------------------------------- what is kept of runs


def decay(dt=0.1):
    group = NeuronGroup(1, DECAY, method="rk2", name="group", dt=dt * ms)
    group.x = 1
    past = History(group, "x", 1 * ms, name="past")
    group.namespace["past_x"] = past
    return Network(group, past)


def test_a_network_is_put_back_with_what_was(tmp_path):
    net = decay()
    net.run(1.5 * ms, target="numpy")
    net.store(filename=tmp_path / "state")
    net.run(1 * ms, target="numpy")
    expected = net["group"].x[0]
    net.restore(filename=tmp_path / "state")
    net.run(1 * ms, target="numpy")
    other = decay()
    other.restore(filename=tmp_path / "state")
    other.run(1 * ms, target="numpy")

    assert net["group"].x[0] == other["group"].x[0] == expected


@pytest.mark.parametrize(("first", "second"), [(0.1, 0.05), (0.05, 0.1), (0.02, 0.1)])
def test_steps_of_another_length_find_what_was(first, second):
    net = decay(first)
    net.run(1.5 * ms, target="numpy")
    net["group"].clock.dt = second * ms
    net.run(1.5 * ms, target="numpy")

    assert net["group"].x[0] == pytest.approx(by_steps(np.float64(3)), abs=4e-3)


def test_snapshots_of_other_steps_are_put_back():
    net = decay(0.1)
    net.run(1.5 * ms, target="numpy")
    net.store()
    net["group"].clock.dt = 0.05 * ms
    net.run(1.5 * ms, target="numpy")
    net.restore()
    net.run(1.5 * ms, target="numpy")
    expected = decay(0.1)
    expected.run(3 * ms, target="numpy")

    assert net["group"].x[0] == expected["group"].x[0]


def test_a_history_that_missed_steps_begins_anew():
    group = NeuronGroup(
        1, "dx/dt = 1/ms : 1\nseen = past_x(t - 1*ms, i) : 1", method="euler",
    )  # fmt: skip
    past_x = History(group, "x", 1 * ms)
    monitor = StateMonitor(group, "seen", record=0)
    net = Network(group, past_x, monitor)
    net.run(2 * ms, target="numpy")
    past_x.active = False
    monitor.active = False
    net.run(2 * ms, target="numpy")
    past_x.active = monitor.active = True
    net.run(2 * ms, target="numpy")

    assert monitor.seen[0][20:30] == pytest.approx(4)


@pytest.mark.compiler
def test_points_of_a_sweep_have_histories_of_their_own():
    lags = [0.5, 1, 2] * ms
    group = NeuronGroup(1, "dx/dt = -past_x(t - lag, i)/ms : 1", method="rk2", name="group")
    group.x = 1
    past_x = History(group, "x", 2 * ms, name="past")
    namespace = {"past_x": past_x}
    net = Network(group, past_x)
    result = sweep(
        net, {"lag": lags}, duration=3 * ms, record={"x": lambda r: float(r[group].x[0])},
        namespace=namespace, target=Cpp(threads=1),
    )  # fmt: skip
    for lag, found in zip(lags, result["x"].values, strict=True):
        net.store()
        net.run(3 * ms, namespace={**namespace, "lag": lag}, target=Cpp(threads=1))
        assert found == group.x[0]
        net.restore()


# ---------------------------------------------------------------------------------- what is wrong


def wrong(text, longest=20 * ms, **constants):
    group = NeuronGroup(2, text, method="euler", name="cells")
    past_x = History(group, "x", longest, name="past")
    Network(group, past_x).run(1 * ms, namespace={"past_x": past_x, **constants}, target="numpy")


@pytest.mark.parametrize(
    ("text", "constants", "kind", "told"),
    [
        ("dx/dt = -past_x(t - tau, i)/ms : 1", {"tau": 30 * ms}, EquationError,
         "'past_x' keeps what was in the last 20*ms, but 'tau' takes the value 30*ms\n"
         "  equations of 'cells', line 1, column 10\n"
         "    dx/dt = -past_x(t - tau, i)/ms : 1\n"
         "             ^^^^^^^^^^^^^^^^^^\n"
         "  keep it for longer: History(..., longest=30*ms)"),
        ("dx/dt = -past_x(t - tau, i)/ms : 1", {"tau": -1 * ms}, EquationError,
         "'past_x' knows nothing of the future, but 'tau' takes the value -1*ms\n"
         "  equations of 'cells', line 1, column 10\n"
         "    dx/dt = -past_x(t - tau, i)/ms : 1\n"
         "             ^^^^^^^^^^^^^^^^^^\n"
         "  a delay is 0 or longer"),
        ("dx/dt = -past_x(t - 1*ms, i + 1)/ms : 1", {}, EquationError,
         "'past_x' keeps values of 2 elements, from 0 to 1, but 'i + 1' takes the value 2\n"
         "  equations of 'cells', line 1, column 10\n"
         "    dx/dt = -past_x(t - 1*ms, i + 1)/ms : 1\n"
         "             ^^^^^^^^^^^^^^^^^^^^^^^\n"
         "  choose an element of 'cells'"),
        ("dx/dt = -past_x(1*mV, i)/ms : 1", {}, DimensionError, "'past_x' takes"),
        ("dx/dt = -past_x(t - 1*ms)/ms : 1", {}, EquationError, "takes 2 arguments"),
    ],
    ids=["long", "future", "element", "unit", "arguments"],
)  # fmt: skip
def test_wrong_calls(text, constants, kind, told):
    with pytest.raises(kind) as caught:
        wrong(text, **constants)
    assert told in str(caught.value)


def test_a_history_must_be_in_the_network():
    group = NeuronGroup(1, DECAY, method="euler", name="cells")
    past_x = History(group, "x", 1 * ms, name="past")
    with pytest.raises(ModelError) as caught:
        Network(group).run(1 * ms, target="numpy", namespace={"past_x": past_x})
    assert str(caught.value) == (
        "a text calls 'past_x', and <History 'past'> is not in the network\n"
        "  add it, as groups and monitors are: Network(...).add(...)"
    )


CELLS = "dv/dt = -v/ms : volt\nn : integer"


@pytest.mark.parametrize(
    ("make", "kind", "told"),
    [
        (lambda g: History(g, "V", 1 * ms), ModelError,
         "'cells' has no variable 'V' for 'history' to keep\n"
         "  its variables: n, v\n"
         "  did you mean 'v'?"),
        (lambda g: History(g, "n", 1 * ms), ModelError,
         "'history' keeps numbers with fractions, between which it interpolates, and 'n' of"
         " 'cells' is none"),
        (lambda g: History(g, "v", 0 * ms), ModelError,
         "the longest time of 'history' must be above 0 seconds, not 0*second"),
        (lambda g: History(g, "v", 1 * mV), DimensionMismatchError,
         "the longest time of 'history' must be a time, not 1*mV, which has the unit V\n"
         "  write for example 10*ms"),
        (lambda g: History("cells", "v", 1 * ms), ModelError,
         "'history' cannot keep values of 'cells'\n  expected: a group of neurons"),
        (lambda g: History(g, "v", 1 * ms, before=1 * nA), DimensionMismatchError,
         "what 'history' was before must have the unit V, not 1*nA"),
        (lambda g: History(g, "v", 1 * ms, before=[1, 2, 3] * mV), ModelError,
         "what 'history' was before must be one number, or one for each of 2 elements, not"
         " array([1., 2., 3.])*mV"),
        (lambda g: History(g, "v", 1 * ms, before=np.nan * mV), ModelError,
         "what 'history' was before must be finite, not nan*volt"),
        (lambda g: History(g, "v", 1e9 * second), ModelError,
         "'history' would keep"),
    ],
    ids=["variable", "integer", "zero", "unit", "group", "before's unit", "before's shape",
         "before's value", "size"],
)  # fmt: skip
def test_wrong_histories(make, kind, told):
    group = NeuronGroup(2, CELLS, method="euler", name="cells")
    with pytest.raises(kind) as caught:
        make(group)
    assert str(caught.value).startswith(told)


def test_synapses_have_no_history():
    group = NeuronGroup(2, CELLS, method="euler")
    synapses = Synapses(group, group, "w : 1")
    with pytest.raises(ModelError, match="expected: a group of neurons"):
        History(synapses, "w", 1 * ms)


def test_a_history_tells_of_itself():
    group = NeuronGroup(2, CELLS, method="euler")
    past = History(group, "v", 20 * ms)

    assert (past.source, past.variable, past.longest / ms) == (group, "v", 20)
    assert past.longest_ == 0.02
    assert len(past.values) == (200 + 2) * 2 + 1
    assert past.external.dimensions.result is (1 * volt).dimension


@pytest.mark.parametrize("variable", ["v", "twice"])
def test_values_between_the_last_step_and_a_change_of_dt_are_interpolated(variable):
    group = NeuronGroup(
        1, "dv/dt = 1/ms : 1\ntwice = factor*v : 1\nseen = past(t - 0.5*ms, i) : 1",
        method="euler", dt=1 * ms,
    )  # fmt: skip
    past = History(group, variable, longest=3 * ms)
    net = Network(group, past)
    names = {"past": past, "factor": 2.0}
    net.run(5 * ms, target="numpy", namespace=names)
    group.clock.dt = 0.1 * ms
    monitor = StateMonitor(group, ["v", "seen"], record=True)
    net.add(monitor)
    net.run(1 * ms, target="numpy", namespace=names)

    factor = 2 if variable == "twice" else 1
    np.testing.assert_allclose(monitor.seen, factor * (monitor.v - 0.5), rtol=1e-9)


def test_a_snapshot_of_another_longest_time_changes_nothing(tmp_path):
    def made(longest):
        group = NeuronGroup(1, DECAY, method="euler", name="snapped")
        group.x = 1
        past_x = History(group, "x", longest, name="past_x")
        return group, past_x, Network(group, past_x)

    group, past_x, net = made(1 * ms)
    net.run(2 * ms, target="numpy")
    net.store(filename=tmp_path / "kept")
    del group, past_x, net
    group, past_x, net = made(2 * ms)
    with pytest.raises(ModelError, match=r"(?s)'past_x' is not as it was.*same 'longest'"):
        net.restore(filename=tmp_path / "kept")

    assert (group.x[0], net.t_, past_x.longest_) == (1, 0, 2e-3)


def test_what_has_no_values_has_no_history():
    group = NeuronGroup(1, "dv/dt = noise/ms : 1\nnoise = xi*ms**0.5 : 1", method="euler")
    with pytest.raises(ModelError, match="noise"):
        History(group, "noise", 1 * ms)
