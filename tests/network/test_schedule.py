"""The summary of what happens in a step, in the order in which it does."""

from __future__ import annotations

import pytest

from eqsim import (
    EventClock,
    Network,
    NetworkOperation,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    scheduling_summary,
    seed,
    start_scope,
)
from eqsim.errors import MagicError, ModelError


def network():
    cells = NeuronGroup(
        2,
        "dv/dt = 1/tau : 1\nr = rand() : 1 (constant over dt)",
        threshold="v > 1", reset="v = 0", events={"low": "v < 0.1"}, method="euler", name="cells",
    )  # fmt: skip
    cells.run_on_event("low", "v += 0.1")
    cells.run_regularly("v += 0", dt=0.5 * ms, name="regular")
    cells.run_at("v += 1", [1] * ms, when="end", name="single")
    synapses = Synapses(cells, cells, on_pre="v_post += 0.1", name="synapses")
    synapses.connect()

    def look():
        pass

    return Network(
        cells,
        synapses,
        SpikeMonitor(cells, name="spikes"),
        StateMonitor(cells, "v", record=0, clock=EventClock([1, 2] * ms), name="trace"),
        NetworkOperation(look, when="resets", order=-1, name="operation"),
    )


def test_lines_are_the_launches_of_the_program_in_their_order():
    net = network()
    tau = 1 * ms  # noqa: F841
    summary = net.scheduling_summary()
    program = net.lower({"tau": 1 * ms}).program

    assert len(summary.entries) == len(program.launches)
    assert [each.when for each in summary.entries] == [each.slot for each in program.launches]
    assert [each.order for each in summary.entries] == [each.order for each in program.launches]


def test_objects_parts_and_clocks_are_named():
    entries = network().scheduling_summary({"tau": 1 * ms}).entries
    lines = {
        (each.name, each.part): (each.clock, each.when, each.order, each.active)
        for each in entries
    }
    usual, yes = "100 us (defaultclock)", True

    assert lines["cells", "state update"] == (usual, "groups", 0, yes)
    assert lines["cells", "subexpressions"] == (usual, "before_start", 0, yes)
    assert lines["cells", "threshold"] == (usual, "thresholds", 0, yes)
    assert lines["cells", "event low"] == (usual, "after_thresholds", 0, yes)
    assert lines["cells", "on low"] == (usual, "after_resets", 0, yes)
    assert lines["cells", "reset"] == (usual, "resets", 0, yes)
    assert lines["regular", "code"] == ("500 us (clock)", "start", 0, yes)
    assert lines["single", "code"] == ("single times (eventclock)", "end", 0, yes)
    assert lines["spikes", "record"] == (usual, "thresholds", 1, yes)
    assert lines["trace", "values"] == ("single times (eventclock_1)", "start", 0, yes)
    assert lines["operation", "call look"] == (usual, "resets", -1, yes)
    assert any(name.startswith("synapses") for name, _ in lines)


def test_order_follows_changes_of_the_schedule():
    net = network()
    net["operation"].when = "before_start"
    net["regular"].order = -5
    entries = net.scheduling_summary({"tau": 1 * ms}).entries

    assert [each.name for each in entries[:2]] == ["operation", "cells"]
    assert next(each.name for each in entries if each.when == "start") == "regular"
    net.schedule = ["thresholds", "start", "groups", "synapses", "resets", "end"]
    entries = net.scheduling_summary({"tau": 1 * ms}).entries
    slots = [each.when for each in entries]
    assert slots.index("thresholds") < slots.index("groups")


def test_what_is_not_active_is_listed_where_it_would_be():
    net = network()
    net["spikes"].active = False
    net["operation"].active = False
    entries = net.scheduling_summary({"tau": 1 * ms}).entries
    idle = [(each.name, each.when, each.order) for each in entries if not each.active]

    assert idle == [("spikes", "thresholds", 1), ("operation", "resets", -1)]
    names = [each.name for each in entries]
    assert names.index("operation") < next(
        n for n, each in enumerate(entries) if each.part == "reset"
    )
    net["cells"].active = False
    assert "state update" not in [
        each.part for each in net.scheduling_summary({"tau": 1 * ms}).entries
    ]


def test_tables_are_text_and_html():
    group = NeuronGroup(1, "x : 1", name="group")
    group.run_regularly("x += 1", name="b")
    group.run_regularly("x += 1", order=10, when="end", name="a_long_name")
    summary = Network(group).scheduling_summary()

    assert repr(summary) == str(summary) == (
        "object       part  clock                  when   order  active\n"
        "-----------  ----  ---------------------  -----  -----  ------\n"
        "b            code  100 us (defaultclock)  start      0  yes\n"
        "a_long_name  code  100 us (defaultclock)  end       10  yes"
    )  # fmt: skip
    html = summary._repr_html_()
    assert html.count("<tr>") == 3
    assert "<td>a_long_name</td><td>code</td>" in html


def test_an_empty_network_has_an_empty_table():
    summary = Network().scheduling_summary()

    assert summary.entries == ()
    assert repr(summary).startswith("object  part")


def test_wrong_models_are_told_as_by_a_run():
    with pytest.raises(ValueError, match="tau"):
        network().scheduling_summary({})
    net = network()
    net["operation"].when = "nowhere"
    with pytest.raises(ModelError, match="no slot 'nowhere'"):
        net.scheduling_summary({"tau": 1 * ms})


def test_looking_at_the_schedule_changes_no_random_numbers():
    def simulate(looks):
        start_scope()
        seed(4)
        group = NeuronGroup(5, "dx/dt = xi*ms**-0.5 : 1\ny : 1", method="euler")
        net = Network(group)
        if looks:
            net.scheduling_summary()
        group.y = "rand()"
        net.run(1 * ms, target="numpy")
        return [*group.x, *group.y]

    assert simulate(True) == simulate(False)


def test_schedule_of_the_objects_of_the_caller():
    tau = 1 * ms  # noqa: F841
    group = NeuronGroup(1, "dx/dt = 1/tau : 1", method="euler", name="group")
    (entry,) = scheduling_summary().entries

    assert (entry.name, entry.part) == (group.name, "state update")
    start_scope()
    with pytest.raises(MagicError, match="no objects"):
        scheduling_summary()
