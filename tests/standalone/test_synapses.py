"""Projects of networks with synapses: tables among the state, events on their way in results."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from compiled_projects import compile_project

from eqsim import Network, NeuronGroup, Synapses, ms
from eqsim.build.toolchain import find_compiler
from eqsim.program.nodes import Lifetime
from eqsim.runtime.memory import Memory
from eqsim.targets import Numpy

pytestmark = [pytest.mark.compiler, pytest.mark.slow]


def plastic() -> Network:
    """Delays of all lengths, weights that change on both sides, a sum over synapses."""
    cells = NeuronGroup(
        150,
        """dv/dt = (I - v)/(5*ms) : 1
           I : 1
           drive : 1""",
        threshold="v > 1",
        reset="v = 0",
        method="exact",
        namespace={"ms": ms},
        name="cells",
    )
    cells.I = "1.1 + 2*rand()"
    synapses = Synapses(
        cells,
        cells,
        """w : 1
           drive_post = w*v_pre : 1 (summed)""",
        on_pre="v_post += 0.01*w; w *= 0.99",
        on_post="w += 0.01*rand()",
        name="synapses",
    )
    synapses.connect(p=0.05)
    synapses.w = "rand()"
    synapses.delay = "3*ms*rand()"
    return Network(cells, synapses)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Path]:
    """A project, compiled without a warning, and its network."""
    network = plastic()
    folder = tmp_path_factory.mktemp("plastic")
    network.export(folder, 12 * ms)
    toolchain = find_compiler()
    if toolchain is None:
        pytest.skip("there is no compiler")
    compile_project(folder, (*toolchain.flags, "-Werror"))
    return network, folder


def in_process(network: Network, folder: Path) -> dict[str, np.ndarray]:
    """What a run in process makes of the project's state, by name of the file of the results."""
    program = network.lower({}).program
    manifest = json.loads((folder / "model.json").read_text())
    files = {a["name"]: a["file"] for a in manifest["arrays"]}
    arrays = {
        array.name: np.atleast_1d(np.load(folder / "state" / files[array.name]))
        for array in program.arrays
    }
    simulation = Numpy().open(program, Memory(1, manifest["extents"], arrays))
    while simulation.advance(100) == 100:
        pass
    found = {f"state/{files[name]}": values for name, values in arrays.items()}
    for record in manifest["records"]:
        for column, values in zip(
            record["columns"], simulation.take(record["name"])[0], strict=True
        ):
            found[f"records/{column['file']}"] = values
    return found


@pytest.mark.parametrize("threads", ["1", "3"])
def test_results_are_those_of_a_run_in_process(built: tuple[Network, Path], threads: str) -> None:
    network, folder = built
    results = f"with {threads}"
    command = ["./simulate", "--threads", threads, "--results", results]

    subprocess.run(command, cwd=folder, check=True, timeout=60)

    for file, values in in_process(network, folder).items():
        found = np.load(folder / results / file)
        assert found.dtype == values.dtype, file
        assert np.atleast_1d(found).tobytes() == values.tobytes(), file


def test_events_on_their_way_are_a_record_of_their_own(built: tuple[Network, Path]) -> None:
    network, folder = built
    (history,) = (
        buffer
        for buffer in network.lower({}).program.buffers
        if buffer.lifetime is Lifetime.HISTORY
    )
    manifest = json.loads((folder / "model.json").read_text())
    (record,) = (each for each in manifest["records"] if each["name"] == history.name)

    assert [column["name"] for column in record["columns"]] == ["timestep", "i"]
    assert [column["dtype"] for column in record["columns"]] == ["int64", "int32"]
    command = ["./simulate", "--threads", "2", "--results", "again"]
    for _ in range(2):
        subprocess.run(command, cwd=folder, check=True, timeout=60)
        steps, elements = (
            np.load(folder / "again" / "records" / column["file"]) for column in record["columns"]
        )
        assert len(steps) == len(elements) > 0
        assert steps.min() >= 120 - 32
        assert steps.max() < 120
