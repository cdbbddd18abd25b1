"""A program of its own says what diverged as a run in process does, and keeps what it recorded."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compiled_projects import compile_project

import eqsim
from eqsim import IntegrationError, Network, NeuronGroup, StateMonitor, Synapses, ms
from eqsim.build.toolchain import find_compiler

pytestmark = pytest.mark.compiler


def network() -> Network:
    """Neurons of which one can diverge, and synapses of which one can, made in another order."""
    cells = NeuronGroup(
        6,
        "dv/dt = v**3/ms : 1\ndx/dt = x**3/ms : 1",
        threshold="x > 1",
        method="euler",
        name="cells",
    )
    wires = Synapses(
        cells[1:], cells, "dw/dt = w**3/ms : 1 (clock-driven)", method="euler", name="wires"
    )
    wires.connect(i=[4, 0, 2], j=[3, 1, 2])
    return Network(cells, wires, StateMonitor(cells, "v", record=[4], name="trace"))


def simulate(project: Path, *options: str) -> Any:
    return subprocess.run(
        [project / "simulate", *options],
        cwd=project, env={}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def executable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "project"
    network().export(folder, 3 * ms)
    toolchain = find_compiler()
    assert toolchain is not None
    compile_project(folder, (*toolchain.flags, "-Werror"))
    return folder / "simulate"


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize(
    ("variable", "element", "said"),
    [
        ("v", 4, "'v' of neuron 4 of 'cells' is inf after the step at t = 700 us\n"),
        ("w", 2, "'w' of synapse 2 of 'wires' (from neuron 2 to neuron 2) is inf after the step"),
        ("x", 5, "'x' of neuron 5 of 'cells' is inf after the step at t = 2.9 ms\n"),
    ],
)
def test_the_message_is_that_of_a_run_in_process(
    executable: Path, tmp_path: Path, variable: str, element: int, said: str, threads: str
) -> None:
    made = network()
    owner: Any = made["wires" if variable == "w" else "cells"]
    getattr(owner, variable)[element] = 3
    made.export(tmp_path / "project", 3 * ms)
    shutil.copy(executable, tmp_path / "project")

    done = simulate(tmp_path / "project", "--threads", threads)
    with pytest.raises(IntegrationError) as raised:
        made.run(3 * ms, target="numpy")

    assert str(raised.value).startswith(said)
    assert done.stderr == f"simulate: {raised.value}\n"
    assert done.returncode == 1
    trace = eqsim.load(tmp_path / "project" / "results", partial=True)["trace"]
    assert (trace.v_ == made["trace"].v_).all()
    assert np.isfinite(trace.v_).all()
