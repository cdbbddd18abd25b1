"""Exported projects: built and run without Python, they record the very bytes of a run inside."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compiled_projects import compile_project

import eqsim
from eqsim import (
    Cpp,
    EventMonitor,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    defaultclock,
    ms,
    mV,
    second,
    volt,
)
from eqsim.build.toolchain import REQUIRED_FLAGS, find_compiler
from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.network.naming import restart_numbering
from eqsim.targets.cpp.target import render_cpp

STATE = {
    "NeuronGroup": (),
    "StateMonitor": ("t", "record"),
    "SpikeMonitor": ("i", "t", "count"),
    "EventMonitor": ("i", "t", "count"),
    "PopulationRateMonitor": ("t", "rate"),
}


def leaky_integrate_and_fire() -> Network:
    """Refractory neurons, recorded as a whole and in parts."""
    group = NeuronGroup(
        97,
        """dv/dt = (25*mV - v)/tau : volt (unless refractory)
           I : amp (shared)
           unused : 1""",
        threshold="v > 15*mV",
        reset="v = 0*mV",
        refractory=2 * ms,
        method="exact",
        namespace={"tau": 10 * ms},
    )
    group.v = "10*mV*rand()"
    group.unused = "i**2"
    part = group[20:40]
    return Network(
        group,
        StateMonitor(group, "v", record=[3, 90, 5]),
        StateMonitor(part, "v"),
        StateMonitor(group, "v", record=[], name="nobody"),
        SpikeMonitor(group),
        SpikeMonitor(part, variables="v", name="spikes_of_part"),
        SpikeMonitor(part, record=False, name="counts_of_part"),
        PopulationRateMonitor(group),
        PopulationRateMonitor(part, name="rate_of_part"),
    )


def hodgkin_huxley() -> Network:
    """Stiff equations with n beside N: names that differ by case only."""
    group = NeuronGroup(
        10,
        """dv/dt = (I - 36*n**4*(v + 77) - 120*m**3*h*(v - 50) - 0.3*(v + 54.4))/ms : 1
           dm/dt = (0.1*(v + 40)/(1 - exp(-(v + 40)/10))*(1 - m) - 4*exp(-(v + 65)/18)*m)/ms : 1
           dn/dt = (0.01*(v + 55)/(1 - exp(-(v + 55)/10))*(1 - n)
                    - 0.125*exp(-(v + 65)/80)*n)/ms : 1
           dh/dt = (0.07*exp(-(v + 65)/20)*(1 - h) - h/(1 + exp(-(v + 35)/10)))/ms : 1
           I = 100.0*i/N : 1""",
        threshold="v > -20",
        refractory="v > -40",
        method="exponential_euler",
        dt=0.02 * ms,
    )
    group.v, group.m, group.n, group.h = -65, 0.05, 0.32, 0.6
    return Network(
        group,
        StateMonitor(group, ["v", "I", "not_refractory"]),
        SpikeMonitor(group, variables=["n", "h"]),
    )


def noise_in_single_precision() -> Network:
    """Random numbers in both precisions, on several clocks."""
    single = NeuronGroup(
        70,
        "dx/dt = -x/(5*ms) + xi/ms**0.5 : 1",
        threshold="x > 1.5",
        reset="x = rand()",
        method="euler",
        dtype=np.float32,
        dt=0.25 * ms,
    )
    double = NeuronGroup(
        33,
        """dy/dt = (z - y)/(7*ms) + 0.2*mV*xi/ms**0.5 : volt
           z : volt
           flips : integer""",
        method="euler",
    )
    double.run_regularly("z = randn()*mV; flips += 1", dt=0.7 * ms)
    return Network(
        single,
        double,
        StateMonitor(single, "x", record=[0, 69], dt=1 * ms),
        StateMonitor(double, ["y", "flips"]),
        SpikeMonitor(single, variables="x"),
    )


def custom_events() -> Network:
    """Events that are no spikes, with code and recorded variables; truth values as state."""
    group = NeuronGroup(
        12,
        """dv/dt = (i + 1)*mV/ms : volt
           up : boolean
           crossings : integer""",
        threshold="v > 20*mV",
        reset="v = 0*mV; up = not up",
        events={"half": "v > 10*mV and v < 12*mV"},
        method="euler",
    )
    group.run_on_event("half", "crossings += 1")
    return Network(
        group,
        EventMonitor(group, "half", variables=["v", "up"]),
        SpikeMonitor(group, record=False),
        StateMonitor(group, ["up", "crossings"], record=[1, 2]),
    )


MODELS = [
    leaky_integrate_and_fire,
    hodgkin_huxley,
    noise_in_single_precision,
    custom_events,
]


@dataclass
class Built:
    """A network with its project, compiled."""

    network: Network
    folder: Path

    def run(self, *options: str, environment: dict[str, str] | None = None) -> Any:
        return subprocess.run(
            ["./simulate", *options],
            cwd=self.folder,
            env=environment or {},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def compiled(
    network: Network, folder: Path, duration: Any, flags: tuple[str, ...] | None = None
) -> Built:
    network.export(folder, duration)
    toolchain = find_compiler()
    assert toolchain is not None
    chosen = toolchain.flags if flags is None else flags
    compile_project(folder, (*chosen, "-Werror"))
    return Built(network, folder)


def assert_same(network: Network, results: eqsim.Results) -> None:
    """Compare all bytes of what was recorded, and of the final state."""
    compared = [each for each in network.objects if type(each).__name__ in STATE]
    assert set(results) == {each.name for each in compared}
    for each in compared:
        names = [*STATE[type(each).__name__], *getattr(each, "variables", ())]
        if getattr(each, "record", True) is False:
            names = ["count"]
        if each.name == "nobody":
            continue
        for name in names:
            expected = getattr(each, name)
            found = getattr(results[each.name], name)
            assert eqsim.units.get_dimensions(found) is eqsim.units.get_dimensions(expected)
            inside, outside = numbers(expected), numbers(found)
            assert outside.shape == inside.shape
            assert outside.dtype == inside.dtype or name == "count"
            same = outside.astype(inside.dtype).tobytes() == inside.tobytes()
            assert same, f"{each.name}.{name}"


def numbers(values: Any) -> np.ndarray:
    """Return values in SI units, of a quantity, a view of a group's variable, or an array."""
    return np.asarray(getattr(values, "value", values))


@pytest.mark.compiler
@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_project_records_the_bytes_of_a_run_in_process(
    model: Callable[[], Network], tmp_path: Path
) -> None:
    network = model()
    built = compiled(network, tmp_path / "project", 60 * ms)
    before = network.t
    done = {n: built.run("--threads", n, "--results", f"with {n}") for n in ("1", "3")}

    network.run(60 * ms, target=Cpp(threads=1))

    assert before == 0 * second
    for n, process in done.items():
        assert process.returncode == 0, process.stderr
        results = eqsim.load(built.folder / f"with {n}")
        assert results.t == network.t
        assert_same(network, results)


@pytest.mark.compiler
@pytest.mark.slow
def test_neither_threads_nor_the_processor_change_a_byte(tmp_path: Path) -> None:
    network = noise_in_single_precision()
    built = compiled(
        network, tmp_path / "project", 60 * ms, (*REQUIRED_FLAGS, "-DEQSIM_WITHOUT_THREADS")
    )

    done = built.run("--threads", "2")
    network.run(60 * ms, target="cpp")

    assert done.returncode == 0
    assert "built without threads: one thread instead of 2" in done.stderr
    assert_same(network, eqsim.load(built.folder / "results"))


@pytest.mark.compiler
@pytest.mark.slow
def test_a_continued_network_is_exported_as_it_stands(tmp_path: Path) -> None:
    network = noise_in_single_precision()
    network.run(7 * ms, target="numpy")
    built = compiled(network, tmp_path / "project", 1 * second)
    for each in network.objects:
        if hasattr(each, "forget"):
            each.forget()
    counted = network["spikemonitor"].count

    assert built.run("--duration=21e-3").returncode == 0
    network.run(21 * ms, target="cpp")

    results = eqsim.load(built.folder / "results")
    assert results.start == 7 * ms
    assert results.t == network.t
    assert (results["statemonitor"].x_ == network["statemonitor"].x_).all()
    assert (results["neurongroup_1"].y_ == network["neurongroup_1"].y_[:]).all()
    assert counted.sum() == 0


def test_a_run_after_a_change_of_steps_has_the_numbers_of_the_program(tmp_path: Path) -> None:
    network = noise_in_single_precision()
    network.run(7 * ms, target="numpy")
    defaultclock.dt = 0.05 * ms
    network.export(tmp_path / "project", 1 * second)

    network.run(1 * ms, target="numpy")

    exported = np.load(tmp_path / "project" / "state" / "random.key.npy")
    assert network.present.key.value == int(exported.view(np.uint64))


def test_simulation_cpp_is_the_file_that_runs_in_process(tmp_path: Path) -> None:
    network = leaky_integrate_and_fire()

    network.export(tmp_path / "project", 1 * second)

    sources = render_cpp(network.lower({}).program)
    for file in sources.files:
        assert (tmp_path / "project" / file.path).read_bytes() == file.text.encode()


def test_exporting_changes_neither_state_nor_time(tmp_path: Path) -> None:
    network = noise_in_single_precision()
    group = network["neurongroup"]
    values, time, step = group.x_[:].copy(), network.t, defaultclock.timestep

    network.export(tmp_path / "project", 1 * second)

    assert (group.x_[:] == values).all()
    assert (network.t, defaultclock.timestep) == (time, step)
    assert len(network["statemonitor"].t) == 0


def test_the_same_model_gives_the_same_sources(tmp_path: Path) -> None:
    for name in ("first", "second"):
        restart_numbering()
        custom_events().export(tmp_path / name, 1 * second)

    for file in ("main.cpp", "simulation.cpp", "CMakeLists.txt"):
        texts = {(tmp_path / name / file).read_text() for name in ("first", "second")}
        assert len(texts) == 1


def test_the_callers_names_are_used(tmp_path: Path) -> None:
    speed = 3 * volt / second
    group = NeuronGroup(1, "dv/dt = speed : volt", method="euler")

    Network(group).export(tmp_path / "project", 1 * ms)

    assert np.load(tmp_path / "project" / "state" / "namespace.speed.npy") == speed / (
        volt / second
    )


def test_no_two_files_differ_by_case_only(tmp_path: Path) -> None:
    hodgkin_huxley().export(tmp_path / "project", 1 * ms)

    names = [path.name.casefold() for path in (tmp_path / "project" / "state").iterdir()]
    assert len(set(names)) == len(names)


def test_a_project_is_written_over_and_other_files_stay(tmp_path: Path) -> None:
    network = custom_events()
    network.export(tmp_path, 1 * second)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "main.cpp").write_text("changed")

    network.export(tmp_path, 2 * second)

    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert "standalone" in (tmp_path / "main.cpp").read_text()
    stages = json.loads((tmp_path / "state" / "stages.json").read_text())["stages"]
    assert stages == [{"run": 2.0}]


def test_a_project_that_was_cut_short_can_be_exported_again(tmp_path: Path) -> None:
    custom_events().export(tmp_path, 1 * second)
    (tmp_path / "model.json").rename(tmp_path / "model.json.part")

    custom_events().export(tmp_path, 1 * second)

    assert (tmp_path / "model.json").is_file()


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")

    with pytest.raises(ModelError, match=r"holds other files than a project.*\n.*new folder"):
        custom_events().export(tmp_path, 1 * second)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "project").write_text("")

    with pytest.raises(ModelError, match="it is a file"):
        custom_events().export(tmp_path / "project", 1 * second)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(eqsim.errors.BuildError, match="cannot write the project"):
        custom_events().export(tmp_path / "file" / "project", 1 * second)


def test_a_wrong_model_leaves_no_folder(tmp_path: Path) -> None:
    network = Network(NeuronGroup(1, "dv/dt = unknown_name/ms : 1", method="euler"))

    with pytest.raises(eqsim.errors.EquationError, match="unknown_name"):
        network.export(tmp_path / "project", 1 * second)

    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize(
    ("duration", "error"), [(-1 * ms, ModelError), (1, DimensionMismatchError)]
)
def test_a_wrong_duration_is_refused(tmp_path: Path, duration: Any, error: type) -> None:
    with pytest.raises(error):
        custom_events().export(tmp_path / "project", duration)

    assert not (tmp_path / "project").exists()


@pytest.mark.compiler
@pytest.mark.slow
def test_the_commands_of_the_readme_build_and_run(tmp_path: Path) -> None:
    network = custom_events()
    network.export(tmp_path / "project", 60 * ms)
    readme = (tmp_path / "project" / "README.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", readme, flags=re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]
    network.run(60 * ms, target="cpp")

    for command in commands:
        done = subprocess.run(
            shlex.split(command),
            cwd=tmp_path / "project",
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "warning" not in (done.stdout + done.stderr).lower()

    assert len(blocks[0].splitlines()) == 2
    assert_same(network, eqsim.load(tmp_path / "project" / "results"))


def test_the_readme_names_all_files_and_objects(tmp_path: Path) -> None:
    network = leaky_integrate_and_fire()
    network.export(tmp_path, 60 * mV / mV * ms)
    readme = (tmp_path / "README.md").read_text()

    for path in tmp_path.iterdir():
        assert path.name in readme or path.name in ("README.md", "CMakeLists.txt")
    for name in ("neurongroup", "statemonitor", "spikes_of_part"):
        assert f'results["{name}"]' in readme
