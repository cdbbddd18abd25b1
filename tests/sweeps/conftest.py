"""Networks with every kind of object, and what a sweep varies of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eqsim import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    linked_var,
    ms,
    mV,
    seed,
)

Model = tuple[Network, dict[str, Any], dict[str, Any]]


def noisy_neurons() -> Model:
    cells = NeuronGroup(
        7,
        """
        dv/dt = (rest - v + drive + bias)/tau + 3*mV*xi/tau**0.5 : volt (unless refractory)
        drive : volt
        bias : volt (shared)
        tau : second (constant)
        """,
        threshold="v > rest + 10*mV",
        reset="v = rest + randn()*mV",
        refractory="1*ms + rand()*2*ms",
        method="euler",
        name="cells",
    )
    cells.tau = "5*ms + i*ms"
    cells.v = -60 * mV
    cells.drive = "12*mV + i*mV"
    cells.run_regularly("bias = rand()*mV", dt=1 * ms)
    net = Network(cells, SpikeMonitor(cells, name="spikes"), PopulationRateMonitor(cells))
    space = {
        "rest": np.array([-60, -58]) * mV,
        "cells.drive": [14 * mV, np.arange(7) * 3 * mV],
        "cells.tau": [5, 9] * ms,
    }
    return net, {"rest": -60 * mV}, space


def synapses_with_delays() -> Model:
    seed(4)
    cells = NeuronGroup(
        20, "dv/dt = -v/tau : 1", threshold="v > 1", reset="v = 0", method="exact", name="cells"
    )
    poisson = PoissonGroup(10, 200 * Hz, name="poisson")
    drive = Synapses(poisson, cells, "w : 1", on_pre="v_post += w", name="drive")
    drive.connect(p=0.5)
    drive.w = 0.3
    recurrent = Synapses(cells, cells, on_pre="v_post += strength", delay=1.5 * ms)
    recurrent.connect(condition="i != j", p=0.3)
    net = Network(
        cells, poisson, drive, recurrent,
        SpikeMonitor(cells, name="spikes"), StateMonitor(cells, "v", record=[0, 3], name="trace"),
    )  # fmt: skip
    space = {
        "strength": [0.0, 0.2],
        "drive.w": [0.3, np.linspace(0.1, 0.6, len(drive))],
        "tau": [10, 20] * ms,
    }
    return net, {"tau": 10 * ms, "strength": 0.1}, space


def plasticity() -> Model:
    seed(5)
    source = PoissonGroup(8, 50 * Hz, name="source")
    cells = NeuronGroup(
        4, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact", name="cells"
    )
    learned = Synapses(
        source,
        cells,
        """
        w : 1
        dapre/dt = -apre/taupre : 1 (event-driven)
        dapost/dt = -apost/taupre : 1 (event-driven)
        """,
        on_pre="v_post += w; apre += gain; w = clip(w + apost, 0, 1)",
        on_post="apost -= gain; w = clip(w + apre, 0, 1)",
        name="learned",
    )
    learned.connect()
    learned.w = "0.2 + 0.5*rand()"
    net = Network(source, cells, learned, SpikeMonitor(cells, name="spikes"))
    return net, {"taupre": 20 * ms, "gain": 0.05}, {"gain": [0.01, 0.1], "taupre": [10, 30] * ms}


def inputs() -> Model:
    current = TimedArray([0.0, 2.0, 1.0, 3.0], dt=5 * ms)
    spikes = SpikeGeneratorGroup(3, [0, 1, 2, 0], [1, 4, 9, 14] * ms, name="given")
    cells = NeuronGroup(
        3,
        "dv/dt = (current(t)*gain - v)/(8*ms) : 1",
        threshold="v > 1",
        reset="v -= 1",
        method="euler",
        name="cells",
    )
    to_cells = Synapses(spikes, cells, on_pre="v_post += jump", name="jumps")
    to_cells.connect(j="i")
    to_cells.delay = "1*ms + i*ms"
    noise = PoissonInput(cells, "v", 10, 40 * Hz, weight=0.05)
    net = Network(
        cells, spikes, to_cells, noise,
        SpikeMonitor(cells, name="spikes"), StateMonitor(cells, "v", record=True, name="trace"),
    )  # fmt: skip
    other = TimedArray([2.0, 0.0, 2.5, 0.5], dt=5 * ms)
    space = {"current": [current, other], "jump": [0.1, 0.4], "jumps.delay": [1, 2] * ms}
    return net, {"current": current, "gain": 1.0, "jump": 0.2}, space


def linked_and_summed() -> Model:
    cells = NeuronGroup(
        6,
        """
        dv/dt = (coupling*total - v + phase)/(10*ms) : 1
        total : 1
        phase : 1 (linked)
        """,
        method="heun",
        name="cells",
    )
    clock = NeuronGroup(2, "dphase/dt = speed : 1", method="euler", name="rhythm")
    cells.phase = linked_var(clock, "phase", index=np.array([0, 1, 0, 1, 0, 1]))
    gaps = Synapses(cells, cells, "total_post = v_pre - v_post : 1 (summed)", name="gaps")
    gaps.connect(condition="abs(i - j) == 1")
    cells.v = "i*0.1"
    net = Network(cells, clock, gaps, StateMonitor(cells, "v", record=True, name="trace"))
    space = {"coupling": [0.1, 0.5], "speed": [10 * Hz, 30 * Hz], "cells.v": ["rand()", 0.4]}
    return net, {"coupling": 0.1, "speed": 10 * Hz}, space


def adaptive_steps() -> Model:
    cells = NeuronGroup(
        4, "dv/dt = rate*(1 - v**3) : 1\nrate : Hz (constant)", method="rkf45", name="cells"
    )
    cells.rate = "100*Hz*(i + 1)"
    net = Network(cells, StateMonitor(cells, "v", record=True, name="trace"))
    return net, {}, {"cells.rate": [50 * Hz, 400 * Hz], "cells.v": [0.0, 0.5]}


ALL: tuple[Callable[[], Model], ...] = (
    adaptive_steps,
    inputs,
    linked_and_summed,
    noisy_neurons,
    plasticity,
    synapses_with_delays,
)


@pytest.fixture(params=ALL, ids=lambda model: model.__name__)
def model(request) -> Model:
    """A network, its constants, and a grid of what to vary."""
    return request.param()


@pytest.fixture
def noisy() -> Model:
    """Neurons with noise and random resets."""
    return noisy_neurons()


@pytest.fixture
def connected() -> Model:
    """Neurons with synapses."""
    return synapses_with_delays()
