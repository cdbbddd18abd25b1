"""Delays under another step: the program lays them out as a run within Python does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsim
from eqsim import (
    Cpp,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    defaultclock,
    kHz,
    ms,
    second,
    seed,
)

pytestmark = [pytest.mark.compiler, pytest.mark.slow]

TRACES = """w : 1
da/dt = -a/(10*ms) : 1 (event-driven)
db/dt = -b/(10*ms) : 1 (event-driven)"""
MONITORS = {"spikes": ("i", "t_"), "heard": ("i", "t_"), "weights": ("w_", "t_")}
SYNAPSES = {"plastic": ("w", "i", "j"), "both": ("w", "n"), "one": ("n",), "late": ("n",)}


def network() -> Network:
    """One delay for all, delays of each synapse on both sides, with and without traces."""
    seed(7)
    sources = PoissonGroup(40, 0.3 * kHz, name="sources")
    cells = NeuronGroup(
        30, "dv/dt = -v/(5*ms) : 1", threshold="v > 1", reset="v = 0", method="exact", name="cells"
    )
    plastic = Synapses(
        sources, cells, TRACES, delay={"pre": 0.7 * ms, "post": 1.3 * ms}, name="plastic",
        on_pre="v_post += w; a += 0.1; w = clip(w + b, 0, 1)",
        on_post="b -= 0.1; w = clip(w + a, 0, 1)",
    )  # fmt: skip
    plastic.connect(p=0.5)
    plastic.w = "0.3*rand()"
    both = Synapses(
        sources, cells, "w : 1\nn : integer", on_pre="v_post += 0.2*w; w = 0.99*w + 0.01*exp(-w)",
        on_post="w = clip(w + 0.1*v_pre_part, 0, 1); n += 1", name="both",
        namespace={"v_pre_part": 0.1},
    )  # fmt: skip
    both.connect(i=np.arange(200) % 40, j=np.arange(200) * 7 % 30)
    both.w = "rand()"
    both.pre.delay = "3*ms*rand()"
    both.post.delay = "0.25*ms*(j % 5)"
    one = Synapses(cells, cells[5:], "n : integer", on_pre="n += 1", name="one")
    one.connect(i=2, j=3)
    one.delay = 0.45 * ms
    late = Synapses(cells, cells, "n : integer", on_pre="n += 1; v_post += 0.01", name="late")
    late.connect(p=0.2)
    late.delay = "5*ms*rand()"
    return Network(
        sources, cells, plastic, both, one, late, SpikeMonitor(cells, name="spikes"),
        SpikeMonitor(sources, name="heard"),
        StateMonitor(both, "w", record=[0, 7, 100], name="weights"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, compiled: Callable[..., Any]) -> Any:
    eqsim.start_scope()
    defaultclock.dt = 0.1 * ms
    return compiled(network(), tmp_path_factory.mktemp("delays") / "project", 60 * ms)


# Longer and shorter steps, steps of which no delay is a multiple, and one longer than most delays.
@pytest.mark.parametrize("step", ["0.05 ms", "0.2 ms", "0.37 ms", "1.5 ms", "2.5 ms"])
def test_delays_follow_the_step(exported: Any, step: str) -> None:
    within = network()
    defaultclock.dt = float(step.split()[0]) * ms
    within.run(60 * ms, target=Cpp(threads=1))
    assert within["spikes"].num_spikes > 5

    for threads in (1, 3):
        results = exported.run("--dt", step, f"--threads={threads}")
        for owners in (MONITORS, SYNAPSES):
            for name, fields in owners.items():
                for field in fields:
                    ours = np.asarray(getattr(results[name], field))
                    theirs = np.asarray(getattr(within[name], field)[:])
                    assert ours.tobytes() == theirs.tobytes(), (name, field)


def test_the_step_of_the_export_given_again_changes_nothing(exported: Any) -> None:
    first = exported.run(results="first")["spikes"]
    again = exported.run("--dt", "0.2ms", "--set", "defaultclock.dt=0.1ms", results="again")

    assert again["spikes"].t_.tobytes() == first.t_.tobytes()
    assert len(first.t_) > 5


def test_delays_of_too_many_steps_are_refused(exported: Any) -> None:
    said = exported.refusal("--dt", "0.1ns")

    assert "--dt: a delay of 'plastic_pre' would be 7000000 steps long; at most 1000000" in said
    assert "take a larger step" in said


def test_networks_that_had_run_keep_their_step(
    tmp_path: Path, compiled: Callable[..., Any]
) -> None:
    continued = network()
    continued.run(1 * ms, target="numpy")
    program = compiled(continued, tmp_path / "project", 0.01 * second)

    assert "cannot be changed: the network had run before" in program.refusal("--dt", "0.2ms")
