"""Inputs and links: the same bits on every target and in a program of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from compiled_projects import compile_project

from eqsim import (
    Cpp,
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    linked_var,
    load,
    ms,
    seed,
)
from eqsim.build.toolchain import find_compiler
from eqsim.targets import Numpy

pytestmark = pytest.mark.compiler

TARGETS = [Numpy(), Cpp(threads=1), Cpp(threads=2), Cpp(threads=3)]


def model() -> Network:
    seed(3)
    given = SpikeGeneratorGroup(
        3, [0, 1, 2, 1], [0.1, 0.2, 0.3, 0.5] * ms, period=2 * ms, name="given"
    )
    random = PoissonGroup(20, "500*Hz*(1 + i/20)", name="random")
    source = NeuronGroup(3, "dx/dt = (i + 1)/ms : 1\ns = 2*x : 1", method="euler", name="source")
    cells = NeuronGroup(
        5,
        """
        y : 1 (linked)
        z : 1 (linked)
        left : 1 (linked)
        k : integer
        dv/dt = (y + z - v)/ms : 1
        """,
        threshold="v > 5",
        reset="v = left",
        method="exact",
        name="cells",
    )
    cells.y = linked_var(source, "x", index="k")
    cells.z = linked_var(source, "s", index=[2, 1, 0, 0, 1])
    cells.left = linked_var(cells, "v", index=[4, 0, 1, 2, 3])
    cells.k = [0, 1, 2, 1, 0]
    noise = PoissonInput(cells[1:4], "v", 10, 300 * Hz, "0.1*y", name="noise")
    synapses = Synapses(given, cells, on_pre="v += 1", name="synapses")
    synapses.connect()
    monitors = [
        SpikeMonitor(given, name="given_spikes"),
        SpikeMonitor(random, name="random_spikes"),
        SpikeMonitor(cells[1:], name="cell_spikes"),
        StateMonitor(cells, ["v", "y", "z"], name="traces"),
        StateMonitor(random, "rates", record=[3], name="rates"),
    ]
    return Network(given, random, source, cells, noise, synapses, monitors)


def test_program_of_its_own_and_all_targets_record_the_same_bits(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    model().export(folder, 10 * ms)
    toolchain = find_compiler()
    assert toolchain is not None
    compile_project(folder, (*toolchain.flags, "-Werror"))
    subprocess.run(["./simulate"], cwd=folder, check=True, timeout=60, capture_output=True)
    loaded = load(folder / "results")

    for target in TARGETS:
        network = model()
        network.run(10 * ms, target=target)
        for name in ("given_spikes", "random_spikes", "cell_spikes"):
            assert network[name].num_spikes > 10
            np.testing.assert_array_equal(network[name].i, loaded[name].i)
            np.testing.assert_array_equal(network[name].t_, loaded[name].t_)
        for name in ("v", "y", "z"):
            np.testing.assert_array_equal(
                getattr(network["traces"], name), getattr(loaded["traces"], name)
            )
        np.testing.assert_array_equal(network["rates"].rates_, loaded["rates"].rates_)
