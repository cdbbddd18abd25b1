"""Names of variables and the attributes of groups."""

import numpy as np
import pytest

from eqsim import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
)
from eqsim.errors import EquationError


@pytest.mark.parametrize("name", ["n", "m", "h", "w", "x1", "size", "v_", "E"])
def test_a_variable_can_have_any_name_that_groups_do_not_use(name):
    group = NeuronGroup(3, f"{name} : 1")
    setattr(group, name, [1, 2, 3])

    assert np.array_equal(getattr(group, name)[:], [1, 2, 3])


@pytest.mark.parametrize(
    "name", ["order", "method", "events", "clock", "name", "variables", "real"]
)
def test_a_variable_cannot_have_the_name_of_an_attribute(name):
    with pytest.raises(EquationError, match=f"'{name}' cannot be the name of a variable"):
        NeuronGroup(1, f"{name} : 1")


def test_not_refractory_is_a_truth_value_to_read_and_to_record():
    equations = "dv/dt = 1/ms : 1 (unless refractory)"
    group = NeuronGroup(
        1, equations, threshold="v > 1", reset="v = 0", refractory=1 * ms, method="euler"
    )
    trace = StateMonitor(group, "not_refractory")
    spikes = SpikeMonitor(group, "not_refractory")
    Network(group, trace, spikes).run(1.5 * ms, target="numpy")

    assert group.not_refractory[:].dtype == bool
    assert trace.not_refractory.dtype == bool
    assert np.array_equal(trace.not_refractory[0], [True] * 11 + [False] * 4)
    assert spikes.not_refractory.dtype == bool


def test_a_variable_that_hides_a_constant_of_the_caller_is_told_once(caplog):
    tau, w, rates = 10 * ms, 3, 5 * Hz  # noqa: F841
    group = NeuronGroup(
        1, "dv/dt = -v/tau : 1\ntau : second", threshold="v > 1", reset="v = 0", method="exact"
    )
    group.tau = 5 * ms
    source = PoissonGroup(2, rates=rates)
    synapses = Synapses(source, group, "w : 1", on_pre="v += w")
    synapses.connect()
    net = Network(group, source, synapses)
    with caplog.at_level("WARNING", "eqsim"):
        net.run(1 * ms, target="numpy")
        net.run(1 * ms, target="numpy")

    assert [record.getMessage() for record in caplog.records] == [
        "neurongroup: 'tau' is a variable of the model, not your tau = 10*ms",
        "synapses: 'w' is a variable of the model, not your w = 3",
    ]
