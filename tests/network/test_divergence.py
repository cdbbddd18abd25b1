"""Values of equations that are not finite end a run, and the message says which and where."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import eqsim
from eqsim import (
    IntegrationError,
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    network_operation,
)
from eqsim.errors import RunError


def diverging(n=5, **options):
    group = NeuronGroup(n, "dw/dt = -w/ms : 1\ndv/dt = v**3/ms : 1", method="euler", **options)
    group.v = [0.1] * (n - 2) + [3, 3]
    return group


def message(network, target, duration=10 * ms):
    with pytest.raises(IntegrationError) as raised:
        network.run(duration, target=target)
    return str(raised.value)


def test_the_variable_the_neuron_the_step_and_what_to_do_are_told(target):
    network = Network(diverging())

    assert message(network, target) == (
        "'v' of neuron 3 of 'neurongroup' is inf after the step at t = 700 us\n"
        "  method 'euler', dt = 100 us\n"
        "  the integration diverged: use a smaller dt, or a method for stiff equations such as"
        " 'rosenbrock' or 'exponential_euler'"
    )


def test_the_error_is_one_of_a_run():
    assert issubclass(eqsim.IntegrationError, RunError)


def test_the_first_variable_of_the_equations_is_told(target):
    group = NeuronGroup(2, "dw/dt = (w + v)/ms : 1\ndv/dt = v/ms : 1", method="euler")
    group.variables["v"].values[1] = np.nan

    assert message(Network(group), target).startswith("'w' of neuron 1 of 'neurongroup' is nan")


def test_values_whose_sum_is_not_finite_are_fine(target):
    group = NeuronGroup(2, "dw/dt = -w/second : 1\ndv/dt = -v/second : 1", method="euler")
    group.v = group.w = 1.5e308
    Network(group).run(1 * ms, target=target)

    assert np.isfinite(group.v[:]).all()


def test_names_are_those_of_the_user(target):
    hidden = NeuronGroup(1, "x : 1")
    group = diverging(name="cells")

    assert "of 'cells' is inf" in message(Network(hidden, group), target)
    again = diverging()
    assert again.name == "neurongroup_1"
    assert "of 'neurongroup_1' is inf" in message(Network(again), target)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
def test_synapses_are_told_as_the_user_made_them_with_what_they_connect(target, order):
    sources, targets = NeuronGroup(6, "x : 1"), NeuronGroup(4, "y : 1")
    synapses = Synapses(
        sources[1:], targets[1:], "dw/dt = w**3/ms : 1 (clock-driven)", method="euler"
    )
    synapses.connect(i=np.array([1, 3, 4])[order], j=np.array([2, 0, 1])[order])
    synapses.w[order.index(1)] = 4

    found = message(Network(sources, targets, synapses), target)

    assert found.startswith(
        f"'w' of synapse {order.index(1)} of 'synapses' (from neuron 3 to neuron 0) is inf after"
    )


def test_synapses_between_synapses_and_through_their_sources(target):
    group = NeuronGroup(3, "x : 1")
    inner = Synapses(group, group, "u : 1")
    inner.connect(j="i")
    outer = Synapses(
        inner, group, "dw/dt = (x_post + w)*w**3/ms : 1 (clock-driven)", method="euler"
    )
    outer.connect(i=[0, 1, 2], j=[2, 1, 0])
    outer.w[2] = 4

    found = message(Network(group, inner, outer), target)

    assert found.startswith("'w' of synapse 2 of 'synapses_1' (from synapse 2 to neuron 0) is inf")


def test_a_part_of_a_group_changes_nothing(target):
    group = diverging()
    trace = StateMonitor(group[3:], "v", record=True)

    assert message(Network(group, trace), target).startswith("'v' of neuron 3 of 'neurongroup'")
    assert len(trace.t) == 8


def test_what_was_recorded_is_kept_and_the_run_goes_on_when_values_are_mended(target):
    group = diverging()
    trace = StateMonitor(group, "v", record=[3])
    network = Network(group, trace)
    network.store()

    message(network, target)

    assert network.t == group.clock.t == 0.8 * ms
    assert len(trace.t) == 8
    assert np.isfinite(trace.v_).all()
    group.v = 0.1
    network.run(1 * ms, target=target)
    assert network.t_ == pytest.approx(1.8e-3)
    assert len(trace.t) == 18
    network.restore()
    assert "at t = 700 us" in message(network, target)


def test_what_an_event_sets_back_in_the_same_step_may_be_infinite(target):
    group = NeuronGroup(
        4,
        """
        dv/dt = (-70*mV - v + 2*mV*exp((v + 50*mV)/(0.05*mV)) + drive)/(10*ms) : volt
        drive : volt (constant)
        """,
        threshold="v > 20*mV",
        reset="v = -60*mV",
        method="euler",
    )
    group.v, group.drive = -70 * mV, "40*mV*i"
    spikes = SpikeMonitor(group, "v")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Network(group, spikes).run(200 * ms, target=target)

    assert np.isinf(spikes.v_).any()


def test_what_an_event_looks_at_is_never_no_number(target):
    group = NeuronGroup(3, "dv/dt = v/ms : 1\nfar = 2*v : 1", events={"far": "far > 10"},
                        method="euler")  # fmt: skip
    group.variables["v"].values[1] = np.nan

    assert message(Network(group), target).startswith(
        "'v' of neuron 1 of 'neurongroup' is nan after the step at t = 0 s\n"
    )


def test_infinite_values_that_stay_are_told_after_the_run(target):
    group = NeuronGroup(3, "dv/dt = v**2/ms : 1", threshold="v > 1", method="euler")
    group.v = [0, 1e200, 0]
    network = Network(group)

    assert message(network, target, 1 * ms).startswith(
        "'v' of neuron 1 of 'neurongroup' is inf after the step at t = 900 us\n"
    )
    assert network.t == 1 * ms


@pytest.mark.parametrize(
    ("on_pre", "element"),
    [
        ("a += w*exp(1e4)", "synapse 0 of 'synapses' (from neuron 0 to neuron 0)"),
        ("a += exp(1e4)", "neuron 0 of 'neurongroup'"),
    ],
)
def test_event_driven_variables_are_looked_at_after_the_run(target, on_pre, element):
    source = NeuronGroup(1, "dx/dt = 1/ms : 1", threshold="x > 0.5", reset="x = 0", method="euler")
    synapses = Synapses(
        source, source, "da/dt = -a/(10*ms) : 1 (event-driven)\nw : 1", on_pre=on_pre
    )
    synapses.connect()
    synapses.w = 1

    assert message(Network(source, synapses), target, 5 * ms) == (
        f"'a' of {element} is inf after the step at t = 4.9 ms\n"
        "  'synapses' integrates it from one event to the next: look at what the code of the"
        " events does to it"
    )


def test_parameters_and_groups_that_are_not_integrated_may_be_anything(target):
    group = NeuronGroup(2, "dv/dt = -v/ms : 1\nlimit : 1")
    resting = NeuronGroup(2, "dv/dt = -v/ms : 1")
    resting.active = False
    group.variables["limit"].values[:] = np.inf
    resting.variables["v"].values[:] = np.nan

    Network(group, resting).run(1 * ms, target=target)
    group.variables["v"].values[:] = np.nan
    Network(group, resting).run(0 * ms, target=target)


def test_refractory_neurons_are_checked_too(target):
    group = NeuronGroup(
        2,
        "dv/dt = -v/ms : 1 (unless refractory)\ndu/dt = u**3/ms : 1",
        threshold="v > 1",
        refractory=5 * ms,
        method="euler",
    )
    group.v, group.u = [2, 0], [4, 0]

    assert message(Network(group), target).startswith("'u' of neuron 0 of 'neurongroup' is inf")


def test_a_step_with_an_operation_is_completed_before_the_error(target):
    group = diverging()
    times = []

    @network_operation
    def note(t):
        times.append(t)

    trace = StateMonitor(group, "v", record=[3])
    network = Network(group, note, trace)

    note.when = "after_groups"
    assert "at t = 700 us" in message(network, target)
    assert len(times) == len(trace.t) == 8


def test_single_precision_has_its_own_infinity(target):
    group = diverging(dtype=np.float32)

    assert "is inf after the step at t = 500 us" in message(Network(group), target)
