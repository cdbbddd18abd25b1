"""Scripts that are recorded for programs of their own: what they find changed between runs."""

from __future__ import annotations

from typing import Any

import pytest

from eqsim import Network, NeuronGroup, Synapses, ms
from eqsim.connect import FixedPostNum, FixedPreNum
from eqsim.errors import ModelError
from eqsim.network.recording import recorded_by
from eqsim.network.running.recorder import ScriptRecorder
from eqsim.network.synapses.connectivity import Connectivity
from eqsim.runtime.rules import Rule


def recorded(**arguments: Any) -> tuple[ScriptRecorder, Network, Synapses]:
    recorder = ScriptRecorder()
    cells = NeuronGroup(
        50, "dv/dt = rate : 1\nrate : Hz", threshold="v > 1", reset="v = 0", method="euler",
        name="cells",
    )  # fmt: skip
    synapses = Synapses(cells, cells, on_pre="v_post += 0.1", name="synapses")
    synapses.connect(**arguments)
    net = Network(cells, synapses)
    with recorded_by(recorder):
        net.run(1 * ms, namespace={})
        cells.rate = 1 / ms
    return recorder, net, synapses


@pytest.mark.parametrize("connector", [FixedPreNum(7), FixedPostNum(7)])
def test_targets_of_rules_are_not_made_to_be_compared(
    connector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the targets are made")

    with monkeypatch.context() as patch:
        patch.setattr(Rule, "_made", refuse)
        recorder, net, _ = recorded(condition=connector)
        assert recorder.recorded[1].memory.rules
        with recorded_by(recorder):
            net.run(2 * ms, namespace={})
            net.run(1 * ms, namespace={})
    assert [type(stage).__name__ for stage in recorder.stages] == ["Run", "Set", "Run", "Run"]


@pytest.mark.parametrize("is_same", [True, False])
def test_without_the_rule_targets_are_compared(is_same: bool) -> None:
    recorder, net, synapses = recorded(condition=FixedPreNum(7))
    made = synapses.connectivity
    targets = made.targets if is_same else 49 - made.targets
    synapses.connectivity = Connectivity(made.n_sources, made.n_targets, made.begin, targets)
    with recorded_by(recorder):
        if is_same:
            net.run(2 * ms, namespace={})
            return
        with pytest.raises(ModelError, match="is not as it was in the first run"):
            net.run(2 * ms, namespace={})
