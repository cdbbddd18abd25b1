"""Python functions in the midst of a run: when they run, what they see, what they change."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import eqsim
from eqsim import (
    Clock,
    Cpp,
    EventClock,
    Network,
    NetworkOperation,
    NeuronGroup,
    PopulationRateMonitor,
    Quantity,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    defaultclock,
    ms,
    mV,
    network_operation,
    run,
    second,
    seed,
)
from eqsim.errors import DimensionMismatchError, ModelError, RunError, TargetError
from eqsim.targets.cuda.target import render_cuda

SLOTS = ("start", "groups", "thresholds", "synapses", "resets", "end")


def ramp(n=3, **options):
    return NeuronGroup(
        n, "dv/dt = (1 + i)/ms : 1", threshold="v > 0.95", reset="v = 0", method="euler", **options
    )


# ------------------------------------------------------------------------------ being called


def test_function_is_called_at_each_step_with_or_without_the_time(target):
    times, calls = [], []
    with_time = NetworkOperation(lambda t: times.append(t))
    without = NetworkOperation(lambda: calls.append(1))
    Network(with_time, without).run(0.5 * ms, target=target)

    assert len(calls) == 5
    assert all(isinstance(t, Quantity) and t.dimension is second.dimension for t in times)
    np.testing.assert_array_equal([float(t / second) for t in times], np.arange(5) * 1e-4)


def test_operation_with_its_own_step(target):
    times = []
    slow = NetworkOperation(lambda t: times.append(float(t / ms)), dt=0.4 * ms)
    shared = NetworkOperation(lambda t: times.append(float(t / ms)), clock=Clock(0.5 * ms))
    Network(ramp(), slow, shared).run(1 * ms, target=target)

    np.testing.assert_allclose(times, [0, 0, 0.4, 0.5, 0.8])


def test_operation_at_single_times_that_are_on_no_grid(target):
    seen = []
    group = ramp()

    def look(t):
        seen.append((float(t / ms), float(group.v[0]), float(net.t / ms)))

    net = Network(group, NetworkOperation(look, clock=EventClock([0.2, 0.25, 0.314] * ms)))
    net.run(1 * ms, target=target)

    np.testing.assert_allclose(seen, [(0.2, 0.2, 0.2), (0.25, 0.3, 0.25), (0.314, 0.4, 0.314)])


def test_decorator_with_and_without_arguments(target):
    calls = []

    @network_operation
    def often():
        calls.append("often")

    @network_operation(dt=0.2 * ms, when="end", order=3, name="rarely")
    def rare(t):
        calls.append("rare")

    Network(often, rare).run(0.4 * ms, target=target)

    assert calls == ["often", "rare", "often", "often", "rare", "often"]
    assert (rare.name, rare.when, rare.order, rare.clock.dt) == ("rarely", "end", 3, 0.2 * ms)


def test_magic_run_finds_operations(target):
    calls = []

    @network_operation
    def note():
        calls.append(1)

    run(0.3 * ms, target=target)
    run(0.2 * ms, target=target)

    assert len(calls) == 5


def test_operations_never_make_a_magic_run_ambiguous(target):
    calls = []
    group = ramp()
    run(0.3 * ms, target=target)

    @network_operation
    def note(t):
        calls.append(float(t / ms))

    run(0.2 * ms, target=target)

    np.testing.assert_allclose(calls, [0.3, 0.4])
    assert group.t_ == pytest.approx(5e-4)


def test_methods_and_callable_objects(target):
    class Counter:
        def __init__(self):
            self.times = []

        def note(self, t):
            self.times.append(t)

        def __call__(self):
            self.times.append(None)

    first, second_ = Counter(), Counter()
    Network(NetworkOperation(first.note), NetworkOperation(second_)).run(0.2 * ms, target=target)

    assert len(first.times) == len(second_.times) == 2


def test_inactive_operation_is_not_called(target):
    calls = []
    operation = NetworkOperation(lambda: calls.append(1))
    operation.active = False
    net = Network(ramp(), operation)
    net.run(0.3 * ms, target=target)
    assert calls == []
    operation.active = True
    net.run(0.2 * ms, target=target)

    assert len(calls) == 2


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (3, "needs a function, not 3"),
        (1 * ms, r"(?s)needs a function.*write dt="),
        (lambda a, b: None, r"(?s)takes \(a, b\).*expected: no argument, or one"),
        (lambda t, *, key: None, "takes"),
        (lambda *args: None, "takes"),
        (lambda **options: None, "takes"),
        (dict.fromkeys, "takes"),
        (max, "it is not known which arguments 'max' takes"),
    ],
)
def test_functions_with_other_arguments_are_refused(function, said):
    with pytest.raises(ModelError, match=said):
        NetworkOperation(function)


def test_functions_that_would_not_run_are_refused():
    async def later():
        pass

    def generator():
        yield

    for function in (later, generator):
        with pytest.raises(ModelError, match="would not run when it is called"):
            NetworkOperation(function)


def test_method_without_its_object_is_refused():
    with pytest.raises(ModelError, match=r"(?s)method without its object.*self\.step"):

        class Model:
            @network_operation
            def step(self):
                pass


def test_unknown_options_and_clocks_are_refused():
    with pytest.raises(ModelError, match="no option 'every'"):
        network_operation(every=1 * ms)
    with pytest.raises(ModelError, match="both dt and clock"):
        NetworkOperation(lambda: None, dt=1 * ms, clock=Clock(1 * ms))
    with pytest.raises(DimensionMismatchError, match="must be a time"):
        NetworkOperation(lambda: None, dt=1 * mV)
    with pytest.raises(ModelError, match="no slot"):
        NetworkOperation(lambda: None, when="In the middle")


# -------------------------------------------------------------------------- place in the step


@pytest.mark.parametrize("when", [*SLOTS, "before_groups", "after_thresholds"])
def test_operation_sees_the_values_of_its_place(target, when):
    seen = []
    group = ramp(1)
    spikes = SpikeMonitor(group)

    def look():
        seen.append((float(group.v[0]), spikes.num_spikes))

    net = Network(group, spikes, NetworkOperation(look, when=when))
    net.run(1 * ms, target=target)

    before_integration = when in ("start", "before_groups")
    expected = 0.9 if before_integration else 0.0 if when == "end" else 1.0
    # What comes in the same slot with the same order comes in the order of its making.
    reset = when in ("resets", "end")
    assert seen[-1][0] == pytest.approx(0.0 if reset else expected)
    assert seen[-1][1] == (0 if before_integration or when in ("groups", "thresholds") else 1)


def test_order_decides_within_a_slot_and_age_within_an_order(target):
    calls = []
    makes = [("c", 1), ("a", -1), ("b", 0), ("d", 1)]

    def called(name):
        return lambda: calls.append(name)

    operations = [NetworkOperation(called(name), order=order) for name, order in makes]
    Network(operations).run(0.2 * ms, target=target)

    assert calls == ["a", "b", "c", "d"] * 2


def test_operations_come_between_code_of_the_same_slot(target):
    log = NeuronGroup(1, "word : 1")
    log.run_regularly("word = word*10 + 1", order=0)
    log.run_regularly("word = word*10 + 3", order=2)

    def write():
        log.word[0] = log.word[0] * 10 + 2

    Network(log, NetworkOperation(write, order=1)).run(0.2 * ms, target=target)

    assert log.word[0] == 123123


def test_times_are_those_of_the_step_for_clocks_groups_and_network(target):
    seen = []
    group, slow = ramp(), NeuronGroup(1, "x : 1", dt=0.5 * ms)

    def look(t):
        seen.append((t / ms, net.t / ms, group.t / ms, defaultclock.t / ms, group.t_in_timesteps))

    net = Network(group, slow, NetworkOperation(look, when="thresholds"))
    net.run(0.7 * ms, target=target)
    net.run(0.3 * ms, target=target)

    for step, (t, *others, number) in enumerate(seen):
        assert t == pytest.approx(0.1 * step)
        assert others == [t] * 3
        assert number == step


def test_expressions_are_evaluated_with_the_time_of_the_step(target):
    group = NeuronGroup(2, "x : second\ny = t + 1*ms : second")
    seen = []

    def look():
        group.x = "t"
        seen.append((group.x_[1], group.y_[0]))

    Network(group, NetworkOperation(look)).run(0.3 * ms, target=target)

    np.testing.assert_allclose(seen, [(k * 1e-4, k * 1e-4 + 1e-3) for k in range(3)])


def test_monitors_have_all_rows_up_to_here(target):
    group = ramp()
    states, spikes = StateMonitor(group, "v", record=True), SpikeMonitor(group, "v")
    rate = PopulationRateMonitor(group)
    seen = []

    def look(t):
        step = group.t_in_timesteps
        assert states.v.shape == (3, step + 1)
        assert len(states.t) == step + 1
        assert len(rate.t) == step
        assert spikes.num_spikes == len(spikes.i) == len(spikes.v)
        seen.append(spikes.num_spikes)

    Network(group, states, spikes, rate, NetworkOperation(look, when="resets", order=1)).run(
        3 * ms, target=target
    )

    assert seen[-1] == spikes.num_spikes > 10
    assert seen == sorted(seen)
    assert states.v.shape == (3, 30)


def test_traces_of_synapses_are_those_of_this_step(target):
    def simulate(looked_at):
        source = ramp(3)
        synapses = Synapses(
            source, source, "w : 1\nda/dt = -a/(2*ms) : 1 (event-driven)\n"
            "db/dt = -b/(3*ms) : 1 (event-driven)",
            on_pre="a += 1; w += b", on_post="b += 1; w -= 0.1*a", name="synapses",
        )  # fmt: skip
        synapses.connect()
        monitor = StateMonitor(synapses, ["a", "b", "w"], record=True, when="end")
        seen = []

        def look():
            seen.append(np.array([synapses.a[:], synapses.b[:], synapses.w[:]]))

        watching = [NetworkOperation(look, when="end")] if looked_at else []
        Network(source, synapses, watching or monitor).run(2 * ms, target=target)
        return (
            np.array(seen).transpose(1, 2, 0) if looked_at else (monitor.a, monitor.b, monitor.w)
        )

    for mine, theirs in zip(simulate(True), simulate(False), strict=True):
        np.testing.assert_array_equal(mine, theirs)
        assert mine.any()


# ------------------------------------------------------------------------------ changing things


def test_what_is_written_is_what_the_simulation_goes_on_with(target):
    group = NeuronGroup(4, "dx/dt = 1/ms : 1\nk : integer\ns : 1 (shared)", method="euler")
    group.run_regularly("x += s", when="end")

    def write(t):
        group.x[1] = 5
        group.x["i > 2"] = "-i"
        group.k += 1
        group.s = 1 if t > 0.15 * ms else 0

    Network(group, NetworkOperation(write)).run(0.3 * ms, target=target)

    np.testing.assert_allclose(group.x, [1.3, 6.1, 1.3, -1.9])
    assert group.k[0] == 3


def test_operation_does_what_code_in_the_language_does(target):
    def simulate(by_python):
        seed(5)
        group = NeuronGroup(
            150, "dv/dt = (1.2 - v)/(5*ms) + 0.2*xi*(5*ms)**-0.5 : 1\nn : 1",
            threshold="v > 1", reset="v = 0", refractory=1 * ms, method="euler",
        )  # fmt: skip
        group.v = "rand()"
        monitor = SpikeMonitor(group)
        if by_python:

            def change():
                group.v[:] = np.where(group.n[:] > 1, group.v[:] * 0.5, group.v[:])
                group.n[:] = group.n[:] + 1

            extra = [NetworkOperation(change, dt=1 * ms, when="thresholds")]
        else:
            extra = []
            group.run_regularly("v = v*(0.5 + 0.5*int(n <= 1)); n += 1", dt=1 * ms,
                                when="thresholds")  # fmt: skip
        Network(group, monitor, extra).run(20 * ms, target=target)
        return group.v[:], monitor.i, monitor.t_

    for mine, theirs in zip(simulate(True), simulate(False), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_group_can_be_suspended_in_the_midst_of_a_run(target):
    group, other = ramp(2), ramp(2)
    monitor = SpikeMonitor(other)

    def suspend(t):
        if t == 0.5 * ms:
            group.active = False
        if t > 0.75 * ms and t < 0.85 * ms:
            group.active = True

    net = Network(group, other, monitor, NetworkOperation(suspend, when="before_start"))
    net.run(0.9 * ms, target=target)

    np.testing.assert_allclose(group.v, [0.6, 0.2])
    assert group.t_ == pytest.approx(9e-4)
    np.testing.assert_array_equal(monitor.i, [1])


def test_operation_can_end_its_own_calls(target):
    calls = []

    @network_operation
    def once():
        calls.append(1)
        once.active = len(calls) < 3

    group = ramp(1)
    Network(group, once).run(0.5 * ms, target=target)

    assert len(calls) == 3
    assert group.v[0] == pytest.approx(0.5)


@pytest.mark.parametrize("when", ["before_start", "after_thresholds", "end"])
@pytest.mark.parametrize("delay", [0, 0.25])
def test_synapses_that_get_values_of_their_own_in_a_run_go_on_with_them(target, when, delay):
    def simulate(values_before):
        seed(1)
        source = NeuronGroup(
            200, "dv/dt = (0.3 + i/N)/ms : 1", threshold="v > 0.95", reset="v = 0", method="euler"
        )
        source.v = "rand()"
        sink = NeuronGroup(200, "x : 1")
        synapses = Synapses(source, sink, "w : 1", on_pre="x_post += w", delay=delay * ms)
        synapses.connect(j="i")
        spikes = SpikeMonitor(source, when="end", order=3)
        trace = StateMonitor(sink, "x", record=True, when="end")
        if values_before:
            synapses.w = np.zeros(200)

        @network_operation(when=when)
        def learn(t):
            if 0.35 * ms < t < 0.45 * ms:
                synapses.w = np.arange(200.0)

        Network(source, sink, synapses, spikes, trace, learn).run(3 * ms, target=target)
        return trace.x, spikes.i, spikes.t_

    replaced, in_place = simulate(False), simulate(True)
    for mine, theirs in zip(replaced, in_place, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert (replaced[0][1:, -1] > 0).mean() > 0.6
    assert (np.abs(replaced[2] - 4e-4) < 1e-9).sum() > 5


def test_synapses_can_be_added_in_a_run(target):
    source, sink = ramp(2), NeuronGroup(2, "x : 1")
    synapses = Synapses(source, sink, on_pre="x_post += 1")
    synapses.connect(i=0, j=0)

    @network_operation
    def grow(t):
        if 1.45 * ms < t < 1.55 * ms:
            synapses.connect(i=1, j=1)

    Network(source, sink, synapses, grow).run(2.05 * ms, target=target)

    np.testing.assert_array_equal(sink.x, [2, 1])


def test_spikes_can_be_set_in_a_run(target):
    source = SpikeGeneratorGroup(2, [0], [0.2] * ms)
    monitor = SpikeMonitor(source)

    @network_operation
    def plan(t):
        if 0.45 * ms < t < 0.55 * ms:
            source.set_spikes([1, 0], [0.7, 0.8] * ms)

    Network(source, monitor, plan).run(1 * ms, target=target)

    np.testing.assert_array_equal(monitor.i, [0, 1, 0])
    np.testing.assert_allclose(monitor.t / ms, [0.2, 0.7, 0.8])


def test_random_numbers_are_those_of_a_run_without_a_new_program(target):
    def simulate(toggled):
        seed(8)
        group = NeuronGroup(70, "dx/dt = xi*ms**-0.5 : 1", method="euler")
        other = NeuronGroup(1, "y : 1")

        def toggle(t):
            if toggled and 0.25 * ms < t < 0.35 * ms:
                other.active = False

        Network(group, other, NetworkOperation(toggle)).run(1 * ms, target=target)
        return group.x[:]

    np.testing.assert_array_equal(simulate(True), simulate(False))


def test_network_stays_as_it_is_while_it_runs(target):
    group, late = ramp(1), ramp(1)
    said = []

    def try_things():
        for attempt in (
            lambda: net.add(late),
            lambda: net.remove(group),
            lambda: net.run(1 * ms),
            lambda: net.store(),
            lambda: net.restore(),
        ):
            with pytest.raises(RunError, match="is running") as caught:
                attempt()
            said.append(str(caught.value))

    net = Network(group, NetworkOperation(try_things, dt=1 * ms))
    net.run(0.2 * ms, target=target)

    assert len(said) == 5
    assert group.v[0] == pytest.approx(0.2)
    net.add(late)


def test_magic_run_within_a_magic_run_is_refused(target):
    group = ramp(1)
    refused = []

    @network_operation(dt=1 * ms)
    def again():
        with pytest.raises(RunError, match="'magicnetwork' is running"):
            run(1 * ms)
        refused.append(1)

    run(0.1 * ms, target=target)

    assert refused
    assert group.v[0] == pytest.approx(0.1)


def test_another_network_may_run_within(target):
    outer, inner = ramp(1), ramp(1)
    within = Network(inner)

    def step():
        within.run(0.2 * ms, target=target)

    times = []
    net = Network(
        outer, NetworkOperation(step), NetworkOperation(lambda: times.append(outer.t_), order=1)
    )
    net.run(0.3 * ms, target=target)

    assert inner.v[0] == pytest.approx(0.6)
    assert outer.v[0] == pytest.approx(0.3)
    np.testing.assert_allclose(times, [0, 1e-4, 2e-4])
    np.testing.assert_allclose([net.t_, within.t_], [3e-4, 6e-4])


def test_step_of_a_clock_cannot_change_in_a_run(target):
    group = ramp(1)

    def change():
        defaultclock.dt = 0.05 * ms

    net = Network(group, NetworkOperation(change, dt=1 * ms))
    with pytest.raises(ModelError, match=r"cannot become 50 us while a network runs"):
        net.run(1 * ms, target=target)

    assert defaultclock.dt == 0.1 * ms
    assert net.t == 0.1 * ms
    assert group.v[0] == pytest.approx(0.1)


# ------------------------------------------------------------------------- stopping and failing


@pytest.mark.parametrize("when", ["start", "end"])
def test_stop_ends_the_run_after_the_current_step(target, when):
    group = ramp(1)
    states = StateMonitor(group, "v", record=0)
    calls = []

    @network_operation(when=when)
    def stop(t):
        if 0.25 * ms < t < 0.35 * ms:
            net.stop()

    @network_operation(when="end", order=1)
    def note():
        calls.append(1)

    net = Network(group, states, stop, note)
    net.run(100 * second, target=target)

    assert net.t_ == pytest.approx(4e-4)
    assert len(states.t) == len(calls) == 4
    net.run(0.1 * ms, target=target)
    assert group.v[0] == pytest.approx(0.5)
    assert len(calls) == 5


def test_magic_stop_ends_the_magic_run(target):
    group = ramp(1)

    @network_operation
    def stop(t):
        if t > 0.25 * ms:
            eqsim.stop()

    run(100 * second, target=target)

    assert group.t_ == pytest.approx(4e-4)


class Planned(Exception):
    """What an operation raises in these tests."""


@pytest.mark.parametrize("when", [*SLOTS])
def test_an_exception_completes_the_step_and_the_network_goes_on(target, when):
    def simulate(failing):
        group = ramp(3)
        states, spikes = StateMonitor(group, "v", record=True), SpikeMonitor(group)
        calls = []

        @network_operation(when=when)
        def fail(t):
            if failing and 0.45 * ms < t < 0.55 * ms:
                raise Planned

        @network_operation(when="end", order=1)
        def note(t):
            calls.append(t)

        net = Network(group, states, spikes, fail, note)
        if failing:
            with pytest.raises(Planned):
                net.run(1 * ms, target=target)
            assert net.t_ == pytest.approx(6e-4)
            assert len(calls) == 5
            assert states.v.shape == (3, 6)
            net.run(0.4 * ms, target=target)
        else:
            net.run(1 * ms, target=target)
        return states.v, spikes.i, spikes.t_, group.v[:]

    for failed, whole in zip(simulate(True), simulate(False), strict=True):
        np.testing.assert_array_equal(failed, whole)


def test_an_exception_in_a_report_completes_the_step_too(target):
    group = ramp(1)
    states = StateMonitor(group, "v", record=0)
    calls = []

    def report(_elapsed, completed, _start, _duration):
        if completed > 0:
            raise Planned

    net = Network(group, states, NetworkOperation(lambda: calls.append(1), when="thresholds"))
    with pytest.raises(Planned):
        net.run(100 * second, report=report, report_period=1e-9 * second, target=target)
    steps = len(states.t)

    assert net.t_ == pytest.approx(steps * 1e-4)
    assert group.v[0] == pytest.approx(steps * 0.1)
    net.run(0.2 * ms, target=target)
    np.testing.assert_allclose(states.v[0], np.arange(steps + 2) * 0.1)


def test_what_a_failing_operation_changed_before_is_there(target):
    source, sink = ramp(1), NeuronGroup(1, "x : 1")
    synapses = Synapses(source, sink, "w : 1", on_pre="x_post += w")
    synapses.connect()

    @network_operation
    def fail(t):
        if 0.85 * ms < t < 0.95 * ms:
            synapses.w = 3
            synapses.w[0] = 7
            raise Planned

    net = Network(source, sink, synapses, fail)
    with pytest.raises(Planned):
        net.run(2 * ms, target=target)

    assert sink.x[0] == 7


def test_model_that_is_wrong_after_an_operation_ends_the_run(target):
    group = ramp(1)

    @network_operation
    def spoil(t):
        if 0.25 * ms < t < 0.35 * ms:
            group.when = "nowhere"
            group.run_regularly("v = nobody")

    net = Network(group, spoil)
    with pytest.raises(ValueError, match=r"nowhere|nobody"):
        net.run(1 * ms, target=target, namespace={})

    assert net.t == 0.4 * ms
    assert group.v[0] == pytest.approx(0.4)


@pytest.mark.parametrize("kind", ["numpy", pytest.param("cpp", marks=pytest.mark.compiler)])
def test_interrupt_from_the_keyboard_ends_the_step(kind):
    script = f"""
    import os, signal
    import eqsim
    from eqsim import *
    G = NeuronGroup(10, 'n : integer')
    G.run_regularly('n += 1', when='end')
    M = StateMonitor(G, 'n', record=0)
    @network_operation
    def press(t):
        if 4.95*ms < t < 5.05*ms:
            os.kill(os.getpid(), signal.SIGINT)
    net = Network(G, M, press)
    try:
        net.run(1e7*second, target='{kind}')
    except KeyboardInterrupt:
        print('interrupted', int(G.n[0]), len(M.n[0]), round(net.t_/1e-4))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True, text=True, timeout=60, check=True, env=os.environ,
    )  # fmt: skip

    assert done.stdout.splitlines()[-1] == "interrupted 51 51 51"


# ---------------------------------------------------------------------------- where it cannot be


def test_export_with_an_operation_is_refused(tmp_path):
    operation = NetworkOperation(lambda: None, name="controller")
    net = Network(ramp(1), operation)

    with pytest.raises(ModelError, match="'controller' runs the Python function '<lambda>'"):
        net.export(tmp_path / "project", 1 * ms)
    assert not (tmp_path / "project").exists()
    operation.active = False
    net.export(tmp_path / "project", 1 * ms)


def test_cuda_refuses_programs_that_pause():
    net = Network(ramp(1), NetworkOperation(lambda: None, name="controller"))

    with pytest.raises(TargetError, match="cannot pause for 'controller'"):
        render_cuda(net.lower({}).program)


@pytest.mark.compiler
def test_what_operations_do_compiles_nothing(own_programs):
    group = ramp(2)
    operation = NetworkOperation(lambda: group.v.set(0))
    net = Network(group, operation)
    net.run(0.3 * ms, target=Cpp(threads=1))
    compiled = len(list(own_programs.glob("*/simulation.so")))

    operation.function = lambda: group.v.set(1)
    net.run(0.3 * ms, target=Cpp(threads=1))

    np.testing.assert_allclose(group.v, [0, 0])
    assert len(list(own_programs.glob("*/simulation.so"))) == compiled
