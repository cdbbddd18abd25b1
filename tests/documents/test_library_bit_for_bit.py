"""Models, connectors, synapses and inputs of the library in all pairs: one result on all targets.

A network has one model of neurons, with all models of synapses that fit it. Connectors and inputs
are dealt out so that over all networks each meets each model, and each model of synapses.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eqsim import (
    Cpp,
    Hz,
    Network,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    cm,
    connect,
    initializers,
    inputs,
    models,
    mS,
    ms,
    mV,
    nA,
    nS,
    seed,
    start_scope,
    uA,
)
from eqsim.network.naming import restart_numbering

pytestmark = pytest.mark.compiler

DURATION = 20 * ms
PER_AREA, S_PER_AREA = uA / cm**2, mS / cm**2
SHAPE = (4, 4)

MODELS = {
    "LIF": (0.5 * nA, 1 * nS),
    "AdExIF": (1 * nA, 1 * nS),
    "HH": (10 * PER_AREA, 0.02 * S_PER_AREA),
    "Izhikevich": (15.0, None),
}
"""A current that lets them spike, and a conductance of synapses, None if they have no units."""

CONNECTORS = (
    lambda: connect.FixedProb(0.4, seed=1),
    lambda: connect.GridEight(periodic_boundary=True),
    lambda: connect.SmallWorld(4, 0.3, seed=2),
    lambda: connect.GaussianProb(1.5, normalize=False, include_self=False, seed=3),
    lambda: connect.FixedPreNum(5, include_self=False, seed=4),
    lambda: connect.ScaleFree(2, seed=5),
    lambda: connect.All2All(include_self=False),
)

SYNAPSES = (
    ("Exponential", {}),
    ("DualExponential", {}),
    ("Alpha", {}),
    ("AMPA", {}),
    ("GABAa", {}),
    ("NMDA", {}),
    ("GapJunction", {}),
    ("DualExponential", {"plasticity": models.STP}),
    ("Exponential", {"plasticity": models.PairSTDP}),
)


def current(number: int, size: Any) -> Any:
    """Return one of the inputs that are arrays over time."""
    made = (
        lambda: inputs.constant_current([(0, 2 * ms), (size, 18 * ms)]),
        lambda: inputs.sinusoidal_input(size, 100 * Hz, DURATION, bias=True),
        lambda: inputs.ou_process(size, 0.2 * size, 5 * ms, DURATION, n=16, seed=6),
        lambda: inputs.ramp_current(0.5 * size, 1.5 * size, DURATION),
        lambda: inputs.square_input(size, 100 * Hz, DURATION, bias=True),
    )
    return made[number % len(made)]()


def events(number: int) -> Any:
    """Return one of the inputs that spike."""
    made = (
        lambda: inputs.PoissonGroup(16, 200 * Hz),
        lambda: inputs.SpikeTimeGroup(16, [1, 4.5, 9] * ms, [[0, 3], 5, [6, 15]]),
        lambda: inputs.FrequencyGroup(16, np.linspace(100, 400, 16) * Hz),
    )
    return made[number % len(made)]()


def of_model(name: str) -> tuple[Network, dict[str, Any]]:
    """Return a network of one model, and its objects by name."""
    start_scope()
    restart_numbering()
    seed(7)
    number = list(MODELS).index(name)
    size, conductance = MODELS[name]
    low, high = (-70, -55) if conductance is None else (-70 * mV, -55 * mV)
    cells = getattr(models, name)(
        SHAPE, I=current(number, size), V=initializers.Uniform(low, high, seed=8)
    )
    noise = events(number)
    parts: list[Any] = [cells, noise]
    for k, (kind, options) in enumerate(SYNAPSES):
        given: dict[str, Any] = dict(options)
        strength: Any = 0.05 if conductance is None else conductance
        if kind in ("Exponential", "DualExponential", "Alpha") or conductance is None:
            given["output"] = models.CUBA() if conductance is None else models.COBA(0 * mV)
        if kind == "GapJunction":
            given = {}
        else:
            given["delay"] = (k % 3) * 0.5 * ms
        made = getattr(models, kind)(
            cells, cells, CONNECTORS[(k + number) % len(CONNECTORS)](),
            g_max=initializers.Constant(strength), **given,
        )  # fmt: skip
        parts.append(made)
    moving = 2.0 if conductance is None else 2 * mV
    parts.append(models.Delta(noise, cells, connect.FixedPostNum(2, seed=9), g_max=moving))
    monitors = {
        "trace": StateMonitor(cells, "V", record=True, dt=0.5 * ms, name="trace"),
        "spikes": SpikeMonitor(cells, name="spikes"),
        "rate": PopulationRateMonitor(cells, name="rate"),
    }
    return Network(*parts, *monitors.values()), {"cells": cells, **monitors}


def recorded(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "V": found["trace"].V_.copy(), "t": found["spikes"].t_.copy(),
        "i": found["spikes"].i.copy(), "rate": found["rate"].rate_.copy(),
        "state": np.array(found["cells"].V_),
    }  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.slow
def test_interpreter_processor_and_program_give_the_same_bits(
    name: str, tmp_path: Path, results_of: Any
) -> None:
    network, found = of_model(name)
    network.run(DURATION, target="numpy")
    expected = recorded(found)
    assert len(expected["t"]) >= 12
    assert np.isfinite(expected["V"]).all()

    network, found = of_model(name)
    network.export(tmp_path, DURATION)
    network.run(DURATION, target=Cpp(threads=2))
    for what, values in recorded(found).items():
        np.testing.assert_array_equal(values, expected[what], err_msg=what)

    results = results_of(tmp_path)
    own = {
        "V": results["trace"].V_, "t": results["spikes"].t_, "i": results["spikes"].i,
        "rate": results["rate"].rate_, "state": results[found["cells"].name].V_,
    }  # fmt: skip
    for what, values in own.items():
        np.testing.assert_array_equal(values, expected[what], err_msg=what)


def test_all_pairs_of_the_library_are_met() -> None:
    synapses, connectors = range(len(SYNAPSES)), range(len(CONNECTORS))
    dealt = {(s, (s + m) % len(CONNECTORS)) for s in synapses for m in range(len(MODELS))}
    of_models = {(m, (s + m) % len(CONNECTORS)) for s in synapses for m in range(len(MODELS))}

    assert of_models == {(m, c) for m in range(len(MODELS)) for c in connectors}
    assert all(len({c for s, c in dealt if s == each}) >= 4 for each in synapses)
