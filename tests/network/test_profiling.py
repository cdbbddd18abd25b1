"""How long parts take: only when it is asked for, and added over runs."""

from __future__ import annotations

import pytest

from eqsim import (
    Cpp,
    Network,
    NetworkOperation,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    ms,
    profiling_summary,
    run,
    second,
)
from eqsim.errors import ModelError
from eqsim.network.running.profiling import ProfilingSummary, profiling_summary_of
from eqsim.targets.cpp.target import render_cpp
from eqsim.targets.cuda.target import render_cuda


def network():
    cells = NeuronGroup(
        5, "dv/dt = 1/ms : 1", threshold="v > 1", reset="v = 0", method="euler", name="cells"
    )
    return Network(cells, SpikeMonitor(cells, name="spikes"))


PARTS = {
    "cells_state_update",
    "cells_threshold",
    "cells_reset",
    "spikes_count",
    "spikes_record",
}


def test_all_parts_have_times_that_are_sorted(target):
    net = network()
    net.run(2 * ms, profile=True, target=target)
    names = [name for name, _ in net.profiling_info]
    times = [spent for _, spent in net.profiling_info]

    assert set(names) == PARTS
    assert all(spent.dimension is second.dimension and spent > 0 * ms for spent in times)
    assert times == sorted(times, reverse=True)


def test_times_add_over_runs(target):
    net = network()
    net.run(2 * ms, profile=True, target=target)
    first = dict(net.profiling_info)
    net.run(2 * ms, target=target)
    assert dict(net.profiling_info) == first
    net.run(2 * ms, profile=True, target=target)

    assert all(spent > first[name] for name, spent in net.profiling_info)


def test_operations_and_what_is_lowered_again_count(target):
    net = network()
    monitor = StateMonitor(net["cells"], "v", record=0, name="trace")
    monitor.active = False

    def activate():
        monitor.active = True

    net.add(monitor, NetworkOperation(activate, name="activate", dt=1 * ms))
    net.run(2 * ms, profile=True, target=target)
    spent = dict(net.profiling_info)

    assert spent.keys() == PARTS | {"activate", "trace_time", "trace_values"}
    assert all(time > 0 * ms for time in spent.values())


def test_parts_have_the_names_of_their_objects(target):
    groups = [NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler") for _ in range(3)]
    Network(groups[0])
    net = Network(groups[1:])
    net.run(0.2 * ms, profile=True, target=target)

    assert {name for name, _ in net.profiling_info} == {
        "neurongroup_1_state_update",
        "neurongroup_2_state_update",
    }


def test_profiling_changes_no_results(target):
    def simulate(profile):
        net = network()
        net.run(5 * ms, profile=profile, target=target)
        return net["spikes"].t_.tobytes(), net["cells"].v[:].tobytes()

    assert simulate(True) == simulate(False)


@pytest.mark.compiler
def test_code_without_profiling_measures_nothing():
    lowered = network().lower({})
    plain = render_cpp(lowered.program).text("simulation.cpp")
    profiled = render_cpp(network().lower({}, is_profiled=True).program).text("simulation.cpp")

    assert "chrono" not in plain
    assert "seconds" not in plain
    assert profiled.count("+= seconds() - began") == len(PARTS)


def test_cuda_waits_for_each_kernel_to_measure_it():
    text = render_cuda(network().lower({}, is_profiled=True).program).text("simulation.cu")

    assert "eqsim::spent(simulation->engine, simulation->host.profile[0]);" in text


SECONDS = {"fast": 0.25, "slow": 2.5, "middle": 1.25}


def test_table_shows_seconds_and_percent_of_the_longest_first():
    summary = profiling_summary_of(SECONDS, None, "network")

    assert repr(summary) == (
        "part    seconds   percent\n"
        "------  --------  -------\n"
        "slow    2.500000     62.5\n"
        "middle  1.250000     31.2\n"
        "fast    0.250000      6.2"
    )
    assert "<td>slow</td><td>2.500000</td><td>62.5</td>" in summary._repr_html_()


def test_as_many_are_shown_as_asked_for():
    summary = profiling_summary_of(SECONDS, 1, "network")

    assert summary.entries == (("slow", 2.5),)
    assert summary.total == 4.0
    assert repr(ProfilingSummary((("nothing", 0.0),), 0.0)).endswith("0.0")


@pytest.mark.parametrize("show", [0, -1, 1.5, "all", True])
def test_wrong_numbers_of_parts_are_refused(show):
    with pytest.raises(ModelError, match="show must be a number of parts"):
        profiling_summary_of(SECONDS, show, "network")


def test_summary_without_a_profiled_run_is_refused():
    net = network()
    net.run(0.1 * ms, target="numpy")

    with pytest.raises(ModelError, match=r"(?s)'network' was profiled.*profile=True"):
        net.profiling_summary()
    assert net.profiling_info == []


def test_summary_of_the_runs_of_the_caller(target):
    with pytest.raises(ModelError, match="was profiled"):
        profiling_summary()
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="group")
    run(0.5 * ms, profile=True, target=target)

    ((name, spent),) = profiling_summary(show=3).entries
    assert (name, spent > 0) == ("group_state_update", True)
    assert group.x[0] > 0


@pytest.mark.compiler
def test_threads_do_not_matter():
    net = network()
    for threads in (1, 2):
        net.run(1 * ms, profile=True, target=Cpp(threads=threads))

    assert {name for name, _ in net.profiling_info} == PARTS
