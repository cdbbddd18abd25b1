"""Networks and the magic one: what runs, what is reported, what stops a run."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest

import eqsim
from eqsim import (
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    Quantity,
    SpikeMonitor,
    StateMonitor,
    ms,
    run,
    second,
    start_scope,
)
from eqsim.errors import MagicError, ModelError, TargetError


def counter(**options):
    G = NeuronGroup(1, "n : integer", **options)
    G.run_regularly("n += 1")
    return G


def test_network_takes_objects_lists_and_dictionaries(target):
    groups = [counter() for _ in range(2)]
    named = {"a": counter(), "b": (counter(),)}
    net = Network(groups, named)
    net.run(0.1 * ms, target=target)

    assert len(net) == 4
    assert [G.n[0] for G in (*groups, named["a"], named["b"][0])] == [1] * 4


def test_objects_can_be_added_and_removed_between_runs(target):
    G, H = counter(), counter()
    net = Network(G)
    net.run(0.1 * ms, target=target)
    net.add(H)
    net.run(0.1 * ms, target=target)
    net.remove(G)
    net.run(0.1 * ms, target=target)

    assert (G.n[0], H.n[0]) == (2, 2)
    with pytest.raises(ModelError, match="is not in the network"):
        net.remove(G)


def test_objects_are_found_by_name():
    G = counter(name="pyramidal")
    net = Network(G)

    assert net["pyramidal"] is G
    assert "pyramidal" in net
    assert G in net
    with pytest.raises(KeyError, match="did you mean 'pyramidal'"):
        net["pyramidel"]


def test_object_added_twice_runs_once(target):
    G = counter()
    Network(G, [G]).run(0.1 * ms, target=target)

    assert G.n[0] == 1


def test_two_objects_of_one_name_are_refused():
    with pytest.raises(ModelError, match="two objects of the network are called 'a'"):
        Network(counter(name="a"), counter(name="a"))


def test_names_are_numbered():
    assert [counter().name for _ in range(3)] == ["neurongroup", "neurongroup_1", "neurongroup_2"]


@pytest.mark.parametrize("thing", [3, "G", None, object()])
def test_what_is_no_object_of_a_network_is_refused(thing):
    with pytest.raises(ModelError, match="is no object that a network can run"):
        Network(thing)


def test_time_of_a_network(target):
    net = Network(counter())
    assert net.t == 0 * ms
    net.run(1.5 * ms, target=target)

    assert net.t == 1.5 * ms


def test_unknown_target_is_refused():
    with pytest.raises(TargetError, match=r"(?s)no target 'cppp'.*did you mean 'cpp'"):
        Network(counter()).run(1 * ms, target="cppp")


def test_target_of_a_network_holds_for_its_runs(target):
    G = counter()
    net = Network(G, target=target)
    net.run(1 * ms)

    assert G.n[0] == 10


def test_failed_run_leaves_state_and_time_as_they_were():
    G = counter()
    net = Network(G)
    net.run(1 * ms, target="numpy")
    H = NeuronGroup(1, "x : 1")
    H.run_regularly("x = nobody")
    net.add(H)

    with pytest.raises(ValueError, match="nobody"):
        net.run(1 * ms, target="numpy", namespace={})
    assert (G.n[0], net.t) == (10, 1 * ms)


# ------------------------------------------------------------------------------------- magic


def test_magic_run_takes_what_has_a_name(target):
    G = counter()
    hidden = [counter()]
    run(1 * ms, target=target)

    assert G.n[0] == 10
    assert hidden[0].n[0] == 0


def test_magic_runs_go_on_with_the_same_objects(target):
    G = counter()
    M = StateMonitor(G, "n", record=0)
    run(0.5 * ms, target=target)
    run(0.5 * ms, target=target)

    np.testing.assert_allclose(M.t / ms, np.arange(10) / 10)
    assert G.n[0] == 10


def test_magic_run_of_new_objects_begins_anew(target):
    G = counter()
    run(0.5 * ms, target=target)
    G = counter()
    M = StateMonitor(G, "n", record=0)
    run(0.5 * ms, target=target)

    assert M.t[0] == 0 * ms


def test_magic_run_of_old_and_new_objects_is_refused():
    G = counter()
    run(0.5 * ms, target="numpy")
    H = counter()

    with pytest.raises(MagicError, match="was part of the last run and 'neurongroup_1' was not"):
        run(0.5 * ms, target="numpy")
    assert (G.n[0], H.n[0]) == (5, 0)


def test_new_monitors_never_make_a_magic_run_ambiguous(target):
    G = NeuronGroup(1, "dx/dt = 1/ms : 1", threshold="x > 10", method="euler")
    run(0.5 * ms, target=target)
    M = StateMonitor(G, "x", record=0)
    S, R = SpikeMonitor(G), PopulationRateMonitor(G)
    run(0.5 * ms, target=target)

    np.testing.assert_allclose(M.t / ms, np.arange(5, 10) / 10)
    assert (S.num_spikes, len(R)) == (0, 5)


def test_start_scope_leaves_earlier_objects_out(target):
    G = counter()
    start_scope()
    H = counter()
    run(0.5 * ms, target=target)

    assert (G.n[0], H.n[0]) == (0, 5)


def test_magic_run_without_objects_is_refused():
    with pytest.raises(MagicError, match="no objects to run were found"):
        run(1 * ms, target="numpy")


def test_magic_run_in_a_function_takes_its_locals(target):
    def simulate():
        G = counter()
        run(1 * ms, target=target)
        return G.n[0]

    assert [simulate(), simulate()] == [10, 10]


def test_magic_run_reads_constants_where_it_is_called(target):
    G = NeuronGroup(1, "x : 1")
    G.run_regularly("x = c")

    def simulate(G, c):
        assert c
        run(0.1 * ms, target=target)
        return G.x[0]

    assert [simulate(G, 3), simulate(G, 4.5)] == [3, 4.5]


def test_failed_magic_run_can_be_repeated_after_the_mistake_is_mended():
    G = NeuronGroup(1, "x : 1")
    G.run_regularly("x += missing")
    with pytest.raises(ValueError, match="missing"):
        run(0.1 * ms, target="numpy")
    missing = 2  # noqa: F841
    run(0.1 * ms, target="numpy")

    assert G.x[0] == 2


def test_subgroups_and_operations_need_no_name_of_their_own(target):
    G = counter()
    part = G[0:1]
    M = SpikeMonitor(NeuronGroup(1, "x : 1", threshold="True"))
    del M
    run(0.1 * ms, target=target)

    assert part.n[0] == 1


# ----------------------------------------------------------------------- reports and stopping


def test_report_is_called_at_start_and_end_with_quantities(target):
    calls = []
    G = counter()
    net = Network(G)
    net.run(1 * ms, target=target)
    net.run(2 * ms, report=lambda *args: calls.append(args), target=target)

    assert len(calls) >= 2
    for elapsed, _completed, start, duration in calls:
        assert all(isinstance(x, Quantity) and x.dimension is second.dimension
                   for x in (elapsed, start, duration))  # fmt: skip
        assert (start, duration) == (1 * ms, 2 * ms)
    assert [calls[0][1], calls[-1][1]] == [0, 1]
    assert calls[0][0] == 0 * ms
    assert [c[1] for c in calls] == sorted(c[1] for c in calls)


def test_report_comes_as_often_as_asked_for(target):
    calls = []
    G = NeuronGroup(100, "dv/dt = xi*ms**-0.5 : 1", method="euler")
    Network(G).run(
        0.3 * second, report=lambda *args: calls.append(args), report_period=1e-6 * second,
        target=target,
    )  # fmt: skip

    assert len(calls) > 3


@pytest.mark.parametrize("report", ["text", "stdout", "stderr"])
def test_report_as_text(capsys, report):
    Network(counter()).run(2 * ms, report=report, target="numpy")
    out, err = capsys.readouterr()

    text = err if report == "stderr" else out
    assert "2 ms" in text
    assert "100%" in text
    assert not (out if report == "stderr" else err)


@pytest.mark.parametrize("report", ["loudly", 3])
def test_unknown_report_is_refused(report):
    with pytest.raises(ModelError, match="is not known"):
        Network(counter()).run(1 * ms, report=report, target="numpy")


def test_run_can_be_stopped_from_a_report_and_continued(target):
    G = counter()
    M = StateMonitor(G, "n", record=0)
    net = Network(G, M)

    def report(_elapsed, completed, _start, _duration):
        if completed > 0:
            net.stop()

    net.run(100 * second, report=report, report_period=1e-6 * second, target=target)
    steps = int(G.n[0])

    assert 0 < steps < 1_000_000
    assert net.t_ == pytest.approx(steps * 1e-4)
    assert len(M.t) == steps
    net.run(1 * ms, target=target)
    assert G.n[0] == steps + 10
    np.testing.assert_array_equal(M.n[0], np.arange(steps + 10) + 1)


def test_stopped_run_of_several_clocks_goes_on_without_a_gap(target):
    G = NeuronGroup(1, "n : integer\nslow : integer")
    G.run_regularly("n += 1")
    G.run_regularly("slow += 1", dt=1 * ms)
    M = StateMonitor(G, ["n"], record=0)
    net = Network(G, M)
    net.run(
        100 * second, report=lambda _e, c, _s, _d: c > 0 and net.stop(),
        report_period=1e-6 * second, target=target,
    )  # fmt: skip
    stopped = int(G.n[0])
    net.run(5 * ms, target=target)

    np.testing.assert_array_equal(M.t_, np.arange(len(M.t)) * 1e-4)
    assert G.n[0] == stopped + 50
    assert G.slow[0] == -(-int(G.n[0]) // 10)


def test_magic_stop_stops_the_magic_run(target):
    G = counter()
    run(
        100 * second, report=lambda _e, c, _s, _d: c > 0 and eqsim.stop(),
        report_period=1e-6 * second, target=target,
    )  # fmt: skip

    assert 0 < G.n[0] < 1_000_000


def test_error_in_a_report_ends_the_run_and_keeps_what_was_recorded(target):
    G = counter()
    M = StateMonitor(G, "n", record=0)
    net = Network(G, M)

    def report(_elapsed, completed, _start, _duration):
        if completed > 0:
            raise RuntimeError("told")

    with pytest.raises(RuntimeError, match="told"):
        net.run(100 * second, report=report, report_period=1e-6 * second, target=target)
    assert len(M.t) == G.n[0] > 0
    net.run(1 * ms, target=target)
    np.testing.assert_array_equal(M.n[0], np.arange(len(M.t)) + 1)


@pytest.mark.parametrize("kind", ["numpy", pytest.param("cpp", marks=pytest.mark.compiler)])
def test_interrupt_from_the_keyboard_keeps_what_was_recorded(kind):
    script = f"""
    import eqsim
    G = eqsim.NeuronGroup(10, 'n : integer')
    G.run_regularly('n += 1')
    M = eqsim.StateMonitor(G, 'n', record=0)
    net = eqsim.Network(G, M)
    started = lambda e, c, s, d: print('running', flush=True) if c > 0 else None
    try:
        net.run(1e7*eqsim.second, report=started, report_period=1e-3*eqsim.second, target='{kind}')
    except KeyboardInterrupt:
        print('interrupted', int(G.n[0]) == len(M.n[0]) == round(net.t_/1e-4) > 0, flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)

    assert out.splitlines()[-1] == "interrupted True"
    assert process.returncode == 0


def test_run_warns_of_nothing_when_all_is_well(target):
    G = NeuronGroup(3, "dv/dt = -v/ms : 1", threshold="v > 1", reset="v = 0", method="exact")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Network(G).run(1 * ms, target=target)


# ------------------------------------------------------------- objects of more than one network


def warnings_of(caplog):
    return [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]


def test_a_group_that_remembers_later_spikes_of_another_network_is_told(target, caplog):
    G = NeuronGroup(
        1, "dx/dt = 1/ms : 1", threshold="x > 1", reset="x = 0", refractory=2 * ms, name="G",
        method="euler",
    )  # fmt: skip
    Network(G).run(10 * ms, target=target)
    assert warnings_of(caplog) == []
    Network(G).run(1 * ms, target=target)

    assert warnings_of(caplog) == [
        "G: the run begins at 0 s, but it remembers an event at 9 ms, of a run in another"
        " network, as one to come; give one network all that changes, by its add and remove, or"
        " make G anew"
    ]


@pytest.mark.parametrize(
    "rule", ["da/dt = -a/ms : 1 (event-driven)", "a = t - lastupdate : second"]
)
def test_synapses_that_remember_later_events_of_another_network_are_told(rule, target, caplog):
    P = eqsim.SpikeGeneratorGroup(1, [0], [5] * ms)
    S = eqsim.Synapses(P, P, f"{rule}\nb : 1", on_pre="b = int(a > 0*a)", name="S")
    S.connect()
    Network(P, S).run(10 * ms, target=target)
    Network(P, S).run(1 * ms, target=target)

    assert [text[:63] for text in warnings_of(caplog)] == [
        "S: the run begins at 0 s, but it remembers an event at 5 ms, of"
    ]


def test_groups_without_memory_of_events_run_in_several_networks(target, caplog):
    G = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler")
    for _ in range(2):
        Network(G).run(1 * ms, target=target)

    assert warnings_of(caplog) == []
    assert G.x[0] == pytest.approx(2)
