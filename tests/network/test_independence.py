"""What does not belong together does not meet: draws, names, events, clocks."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from eqsim import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    defaultclock,
    ms,
    mV,
    run,
    start_scope,
)
from eqsim.errors import ModelError


def test_each_use_of_a_random_function_draws_numbers_of_its_own(target):
    group = NeuronGroup(50, "x : 1\ny : 1\nz : 1", threshold="i >= 0", reset="z = rand()")
    group.run_regularly("x = rand()")
    group.run_regularly("y = rand()")
    Network(group).run(0.2 * ms, target=target)

    assert not np.intersect1d(group.x[:], group.y[:]).size
    assert not np.intersect1d(group.x[:], group.z[:]).size
    assert not np.intersect1d(group.y[:], group.z[:]).size


def test_a_draw_that_two_integrations_share_is_made_once():
    group = NeuronGroup(
        2,
        "dv/dt = 1/ms + xi_a*ms**-0.5 : 1 (unless refractory)\ndw/dt = v/ms + xi_b*ms**-0.5 : 1",
        threshold="v > 1",
        reset="v = 0",
        refractory=1 * ms,
    )
    program = Network(group).lower({}).program

    assert [stream.split(".")[1] for stream in program.streams] == ["xi_a", "xi_b"]


def test_dt_in_an_operation_is_the_step_of_its_group(target):
    group = NeuronGroup(1, "x : 1\nratio = dt/ms : 1")
    group.run_regularly("x = dt/ms", dt=1 * ms)
    trace = StateMonitor(group, "ratio", dt=0.5 * ms)
    Network(group, trace).run(2 * ms, target=target)

    assert group.x[0] == pytest.approx(0.1)
    assert np.allclose(trace.ratio, 0.1)


def test_an_operation_on_a_slow_clock_sees_who_is_refractory(target):
    group = NeuronGroup(
        1,
        "dv/dt = 1/ms : 1 (unless refractory)",
        threshold="v > 0.85",
        reset="v = 0",
        refractory=0.5 * ms,
        method="euler",
    )
    group.run_regularly("v = v + 10*int(t > 0.5*ms)", dt=1 * ms, when="end")
    slow = StateMonitor(group, "not_refractory", dt=1 * ms)
    fast = StateMonitor(group, "not_refractory")
    Network(group, slow, fast).run(1.1 * ms, target=target)

    assert group.v[0] == 0
    assert np.array_equal(slow.not_refractory[0], [True, False])
    assert np.array_equal(slow.not_refractory[0], fast.not_refractory[0, ::10])


def test_subexpressions_that_need_each_other_are_stored_in_that_order(target):
    group = NeuronGroup(
        1, "a = b*2 : 1 (constant over dt)\nb = t/ms : 1 (constant over dt)", dt=1 * ms
    )
    trace = StateMonitor(group, "a")
    Network(group, trace).run(4 * ms, target=target)

    assert np.allclose(trace.a[0], [0, 2, 4, 6])


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("dspike/dt = 2/ms : 1", {"threshold": "spike > 1", "reset": "spike = 0"}),
        ("v : 1", {"events": {"v": "v > 1"}}),
    ],
)
def test_a_variable_may_have_the_name_of_an_event(model, options, target):
    group = NeuronGroup(2, model, method="euler", **options)

    Network(group).run(1 * ms, target=target)


def test_groups_whose_kernels_would_have_one_name_run_together():
    first = NeuronGroup(1, "v : 1", events={"x_threshold": "v > 1"}, name="g")
    second = NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = 0", name="g_event_x")

    Network(first, second).run(1 * ms, target="numpy")


def test_a_monitor_of_another_group_of_the_same_name_is_refused():
    absent = NeuronGroup(2, "v : 1", name="cells")
    present = NeuronGroup(3, "v : 1", name="cells")
    trace = StateMonitor(absent, "v")

    with pytest.raises(ModelError, match="whose group is not in the network"):
        Network(present, trace).run(1 * ms, target="numpy")


def test_events_are_not_looked_at_before_they_are_found():
    group = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 1", reset="v = 0", method="euler")
    spikes = SpikeMonitor(group, when="start")

    with pytest.raises(ModelError, match="before the step has looked for it"):
        Network(group, spikes).run(1 * ms, target="numpy")


def test_numbers_do_not_come_again_when_steps_are_numbered_anew():
    group = NeuronGroup(3, "x : 1")
    group.run_regularly("x = rand()")
    trace = StateMonitor(group, "x", when="end")
    net = Network(group, trace)
    net.run(1 * ms, target="numpy")
    defaultclock.dt = 0.2 * ms
    net.run(1 * ms, target="numpy")

    assert len(np.unique(trace.x)) == trace.x.size


def test_a_group_that_did_not_run_is_at_time_zero_whatever_others_did():
    Network(NeuronGroup(1, "v : 1")).run(5 * ms, target="numpy")
    fresh = NeuronGroup(1, "x : second")
    fresh.x = "t"

    assert fresh.t == 0 * ms
    assert fresh.x[0] == 0 * ms


def test_a_report_sees_the_time_that_the_run_has_reached():
    group = NeuronGroup(1, "v : 1")
    net = Network(group)
    seen = []

    def report(elapsed, completed, start, duration):
        seen.append((float(completed), net.t_, group.t_))

    net.run(3 * ms, report, report_period=1e-9 * ms / ms * (1 * ms), target="numpy")

    assert seen[-1] == (1.0, 0.003, 0.003)
    assert all(abs(completed * 0.003 - time) < 2e-4 for completed, time, _ in seen)


def test_objects_of_a_finished_run_are_not_kept_alive():
    def simulate():
        group = NeuronGroup(1, "v : 1")
        run(1 * ms, target="numpy")
        return weakref.ref(group)

    reference = simulate()
    gc.collect()

    assert reference() is None


@pytest.mark.parametrize("name", ["e", "mV", "exp"])
def test_a_namespace_cannot_redefine_the_language(name):
    with pytest.raises(ModelError, match=f"'{name}' in the namespace of .* is a name of the"):
        NeuronGroup(1, "v : 1", namespace={name: 3})


def test_a_constant_of_the_caller_that_hides_behind_a_unit_is_told(caplog):
    start_scope()
    e = 5  # noqa: F841 - the equations mean Euler's number
    group = NeuronGroup(1, "dv/dt = e/ms : 1")
    run(1 * ms, target="numpy")

    assert "'e' in the equations is that of the language, not your e = 5" in caplog.text
    assert group.v[0] == pytest.approx(np.e)


def test_a_namespace_may_hold_the_language_as_it_is(target):
    group = NeuronGroup(
        1, "dv/dt = e*mV/ms : volt", namespace={"mV": mV, "e": np.e, "exp": np.exp}, method="euler"
    )
    Network(group).run(1 * ms, target=target)

    assert group.v[0] / mV == pytest.approx(np.e)


def unused(caplog):
    return [each.getMessage() for each in caplog.records if "never used" in each.getMessage()]


@pytest.mark.parametrize(
    ("reset", "told"),
    [
        ("V = 0", ["reset of 'cells': 'V' is set and never used; did you mean 'v'?"]),
        ("u = 0", ["reset of 'cells': 'u' is set and never used; its variables: v"]),
        ("u = 0; u += 1", ["reset of 'cells': 'u' is set and never used; its variables: v"]),
        ("u = 0; v = u", []),
        ("v = 0", []),
    ],
)  # fmt: skip
def test_a_variable_of_the_reset_that_nothing_uses_is_told_once(reset, told, caplog):
    G = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > 1", reset=reset, name="cells",
                    method="euler")  # fmt: skip
    for _ in range(2):
        Network(G).run(0.1 * ms, target="numpy")

    assert unused(caplog) == told


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x_pos = 1", ["'pre' of 'S': 'x_pos' is set and never used; its variables: w"]),
        ("W = 1", ["'pre' of 'S': 'W' is set and never used; did you mean 'w'?"]),
        ("x_post = 1", []),
        ("x = 1", []),
        ("w = 1; y_pre = 2", []),
        ("a = w + 1; x += a", []),
    ],
)
def test_a_variable_of_synapses_that_nothing_uses_is_told(code, told, caplog):
    P = NeuronGroup(1, "y : 1", threshold="y > 1", reset="y = 0")
    G = NeuronGroup(1, "x : 1")
    S = Synapses(P, G, "w : 1", on_pre=code, name="S")
    S.connect()
    Network(P, G, S).run(0.1 * ms, target="numpy")

    assert unused(caplog) == told
