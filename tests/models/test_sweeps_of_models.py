"""Synapses of models within sweeps: whatever number is varied, one program runs all points."""

import numpy as np
import pytest

from eqsim import Network, SpikeGeneratorGroup, models, ms, mV, nA, nS, sweep
from eqsim.build import library

SPACES = {
    "strength": {"synapses.g_max": [0.5, 5] * nS},
    "gates": {"synapses.alpha": [0.1, 0.9] / ms},
    "output": {"synapses.E": [-80, 0] * mV},
}


@pytest.mark.compiler
@pytest.mark.parametrize("delay", [None, np.arange(3) * ms], ids=["no delay", "separate delays"])
def test_a_sweep_over_synapses_compiles_once(delay, monkeypatch):
    source = SpikeGeneratorGroup(1, np.zeros(5, int), np.arange(1, 6) * 5 * ms, name="source")
    cells = models.LIF(3, I=0.1 * nA, name="cells")
    synapses = models.AMPA(source, cells, g_max=1 * nS, delay=delay, name="synapses")
    network = Network(source, cells, synapses)
    compiled, compile_sources = [], library.compile_sources
    monkeypatch.setattr(
        library, "compile_sources", lambda *given: (compiled.append(1), compile_sources(*given))[1]
    )
    for space in SPACES.values():
        before = len(compiled)
        result = sweep(
            network, space, duration=30 * ms, progress=False,
            record={"V": lambda results: float(results[cells].V.mean() / mV)},
        )  # fmt: skip

        assert len(compiled) - before <= 1
        assert np.ptp(result["V"].values) > 1e-3


CONNECTED = {
    "Exponential": {"g_max": 1 * nS, "output": models.COBA(0 * mV)},
    "DualExponential": {"g_max": 1 * nS, "output": models.COBA(0 * mV)},
    "Delta": {"g_max": 1 * mV},
    "AMPA": {"g_max": 1 * nS},
    "NMDA": {"g_max": 1 * nS},
}


def sweep_delays(model, delay, delays):
    source = SpikeGeneratorGroup(1, [0], [1] * ms, name="source")
    cells = models.LIF(3, name="cells")
    synapses = getattr(models, model)(
        source, cells, delay=delay, name="synapses", **CONNECTED[model]
    )
    return sweep(
        Network(source, cells, synapses), {"synapses.delay": delays}, duration=8 * ms,
        record={"V": lambda results: float(results[cells].V.mean() / mV)}, target="numpy",
        progress=False,
    )  # fmt: skip


@pytest.mark.parametrize("model", CONNECTED)
def test_delays_of_synapses_that_have_one_are_one_program(model):
    found = sweep_delays(model, 1 * ms, [0, 1, 5] * ms)

    assert found.attrs["programs"] == 1
    assert len(set(found["V"].values)) == 3


@pytest.mark.parametrize("model", ["Exponential", "DualExponential", "Delta"])
def test_no_delay_beside_delays_is_one_program_too(model):
    found = sweep_delays(model, None, [0, 1, 5] * ms)

    assert found.attrs["programs"] == 1
    np.testing.assert_array_equal(
        found["V"].values, sweep_delays(model, 1 * ms, [0, 1, 5] * ms)["V"].values
    )
