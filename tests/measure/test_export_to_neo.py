"""Spikes and signals in Neo's objects, with their units and times."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from eqsim import (
    Hz,
    NeuronGroup,
    PoissonGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    measure,
    ms,
    mV,
    nS,
    run,
)
from eqsim.errors import ModelError

neo = pytest.importorskip("neo")
quantities = pytest.importorskip("quantities")


@pytest.fixture
def recorded() -> Any:
    equations = """
    dv/dt = (20*mV - v)/(10*ms) : volt
    g = 2*nS*i : siemens
    odd = v**2/metre : volt**2/metre
    """
    group = NeuronGroup(3, equations, method="exact")
    noise = PoissonGroup(4, 100 * Hz)
    spikes, rates = SpikeMonitor(noise), PopulationRateMonitor(noise)
    traces = StateMonitor(group, ("v", "g", "odd"), record=[0, 2], dt=0.5 * ms)
    run(50 * ms, target="numpy")
    return spikes, traces, rates


def test_everything_recorded_is_there(recorded: Any) -> None:
    spikes, traces, rates = recorded
    block = measure.to_neo(*recorded, name="first")
    (segment,) = block.segments
    trains, signals = segment.spiketrains, segment.analogsignals

    assert block.name == "first"
    assert len(trains) == 4
    for neuron, train in enumerate(trains):
        assert train.magnitude == pytest.approx(spikes.spike_trains()[neuron] / ms / 1000)
        assert train.annotations == {"neuron": neuron, "monitor": spikes.name}
        assert float(train.t_stop.rescale("ms")) == pytest.approx(50)
    assert [s.name for s in signals] == ["v", "g", "odd", "rate"]
    v, g, odd, rate = signals
    assert v.units == quantities.V
    assert v.rescale("mV").magnitude == pytest.approx((traces.v / mV).T)
    assert float(v.sampling_period.rescale("ms")) == pytest.approx(0.5)
    assert v.annotations["neurons"] == [0, 2]
    assert g.rescale("nS").magnitude == pytest.approx((traces.g / nS).T)
    assert odd.rescale("V**2/m").magnitude == pytest.approx(v.magnitude**2)
    assert rate.rescale("Hz").magnitude[:, 0] == pytest.approx(rates.rate / Hz)


def test_what_neo_does_not_know_is_refused() -> None:
    with pytest.raises(ModelError) as raised:
        measure.to_neo(np.zeros(3))

    assert str(raised.value) == (
        "ndarray cannot be exported to Neo\n"
        "  expected: a SpikeMonitor, StateMonitor, PopulationRateMonitor or SpikeTrains"
    )


def test_without_neo_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "neo", None)
    with pytest.raises(ModelError) as raised:
        measure.to_neo()

    assert str(raised.value) == (
        "Neo is not installed, which to_neo needs\n  install it: pip install 'eqsim[neo]'"
    )
