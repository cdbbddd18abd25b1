"""A sweep of an exported project is that of its network, by processes of its program."""

from __future__ import annotations

import shutil
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from compiled_projects import compile_project
from emulation import emulated

from eqsim import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PopulationRateMonitor,
    Run,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    open_sweep,
    sweep,
)  # fmt: skip
from eqsim.build import project as building
from eqsim.build.sources import SourceFile, Sources
from eqsim.errors import DimensionMismatchError, ModelError, SweepError
from eqsim.sweeps import programs
from eqsim.targets import Cpp, Cuda
from eqsim.targets.cuda.target import render_cuda

pytestmark = pytest.mark.compiler

DURATION = 20 * ms
POINTS = {"tau": [5, 10] * ms, "cells.v": [[0, 0, 0] * mV, [1, 2, 3] * mV]}


def network():
    noise = PoissonGroup(4, rates=200 * Hz, name="noise")
    cells = NeuronGroup(
        3,
        "dv/dt = (18*mV - v)/tau + gain*v**2/mV/ms + 2*mV*xi/tau**0.5 : volt",
        threshold="v > 15*mV", reset="v = 0*mV", method="euler", name="cells",
    )  # fmt: skip
    links = Synapses(noise, cells, "w : volt", on_pre="v += w", name="links")
    links.connect()
    links.w = np.arange(12) * 0.1 * mV
    return Network(
        noise, cells, links,
        StateMonitor(cells, "v", record=[0, 2], name="trace"),
        SpikeMonitor(cells, "v", name="spikes"),
        PopulationRateMonitor(cells, name="rate"),
    )  # fmt: skip


CONSTANTS = {"tau": 8 * ms, "gain": 0.0}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("swept") / "project"
    network().export(folder, DURATION, namespace=CONSTANTS)
    return folder


def of_network(space, **options):
    return sweep(network(), space, duration=DURATION, namespace=CONSTANTS, target="cpp", **options)


def assert_same(one, two):
    assert set(one.data_vars) == set(two.data_vars)
    for name, values in one.data_vars.items():
        np.testing.assert_array_equal(values.values, two[name].values, name)
        assert values.dims == two[name].dims
        assert values.attrs.get("units") == two[name].attrs.get("units")


def test_results_are_bit_by_bit_those_of_the_network(project):
    found = sweep(str(project), POINTS, repeats=2, seed=3)

    expected = of_network(POINTS, repeats=2, seed=3)
    assert_same(found, expected)
    np.testing.assert_array_equal(found["seed"].values, expected["seed"].values)
    assert len(np.unique(found["trace.v"].values[..., -1])) == found["trace.v"][..., -1].size
    assert found.attrs["programs"] == 1


@pytest.mark.parametrize("what", ["cells", "links", "mean(trace.v)", "spikes.count", "rate"])
def test_texts_mean_what_they_mean_of_a_network(project, what):
    space = {"seed": np.array([1, 2**64 - 1], dtype=np.uint64)}
    assert_same(sweep(project, space, record=what), of_network(space, record=what))


def test_functions_get_the_loaded_results(project):
    found = sweep(
        project, {"tau": [5] * ms}, seed=1,
        record={
            "n": lambda results: len(results["spikes"].t),
            "tau_twice": lambda results: 2 * results.parameters["tau"],
            "end": lambda results: results.t,
        },
    )  # fmt: skip
    assert found["n"].values[0] > 0
    assert found["tau_twice"].values == [0.01]
    assert found["end"].values == [0.02]


def test_duration_is_that_of_the_export_unless_it_is_told(project):
    found = sweep(project, {"seed": [1]}, record="trace.t", duration=3 * ms)
    assert found["trace.t"].shape == (1, 30)
    assert_same(
        sweep(project, {"seed": [1]}, record="trace"),
        sweep(project, {"seed": [1]}, record="trace", duration=DURATION),
    )


def test_duration_of_several_runs_cannot_be_told(tmp_path):
    folder, cells = tmp_path / "project", NeuronGroup(1, "dv/dt = -v/ms : 1", method="exact")
    Network(cells).export(folder, stages=[Run(1 * ms), Run(2 * ms)])
    with pytest.raises(ModelError) as caught:
        sweep(folder, {"seed": [1]}, duration=5 * ms)
    assert str(caught.value) == (
        f"the program of {str(folder)!r} has several runs, 3 ms in all: it cannot last 5 ms\n"
        "  leave out 'duration', or export other stages"
    )


def test_a_run_that_fails_takes_nothing_with_it(project):
    gains = {"gain": [0.0, -1e200]}
    kept = sweep(project, gains, record="cells.v", errors="keep", seed=1)
    assert kept["status"].values.tolist() == ["done", "failed"]
    assert np.isnan(kept["cells.v"].values[1]).all()

    with pytest.raises(SweepError) as caught:
        sweep(project, gains, record="cells.v", seed=1)
    assert str(caught.value).startswith(
        "a run of the sweep failed\n  gain = -1e+200\n"
        "    RunError: the program failed: exit status 1\n"
    )
    assert "'v' of neuron " in str(caught.value)
    assert str(caught.value).endswith("\n  errors='keep' goes on without them")


def test_a_program_that_is_killed_is_one_failed_run(project, monkeypatch):
    plain = programs.command_of

    def killing(*args, seed, **options):
        command = plain(*args, seed=seed, **options)
        return ["sh", "-c", "kill -SEGV $$"] if seed == 2 else command

    monkeypatch.setattr(programs, "command_of", killing)
    found = sweep(project, {"seed": [1, 2, 3]}, record="cells.v", errors="keep")
    assert found["failure"].values.tolist() == [
        "", "RunError: the program failed: ended by SIGSEGV", "",
    ]  # fmt: skip


def test_store_goes_on_where_it_ended_and_temporary_folders_are_removed(
    project, tmp_path, monkeypatch
):
    monkeypatch.setattr(programs.tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    store, done = tmp_path / "out.zarr", []
    options = {"record": "cells.v", "seed": 1, "batch": 1, "store": store}
    few = ProcessPoolExecutor(1)

    def stop(n, total, failed):
        done.append(n)
        if n >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(project, POINTS, progress=stop, **options)
    begun = int((open_sweep(store)["status"].values == "done").sum())
    with few:
        found = sweep(project, POINTS, executor=few, progress=False, **options)

    assert begun >= 2
    assert (found["status"].values == "done").all()
    assert_same(found.load(), sweep(project, POINTS, record="cells.v", seed=1))
    assert list((tmp_path / "temporary").iterdir()) == []


def test_another_project_is_not_taken_for_the_one_of_a_store(project, tmp_path):
    options = {"record": "cells.v", "seed": 1, "store": tmp_path / "out.zarr"}
    sweep(project, {"tau": [5] * ms}, **options)
    other = tmp_path / "other"
    shutil.copytree(project, other)
    constants = other / "state" / "namespace.gain.npy"
    np.save(constants, np.load(constants) + 1e-9)
    with pytest.raises(SweepError, match="is that of another sweep: the model differs"):
        sweep(other, {"tau": [5] * ms}, **options)


def test_program_is_built_once(project, tmp_path, monkeypatch):
    done, folder, built = building.executable_of(project), tmp_path / "project", []
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns("build"))

    def build(where):
        built.append(where)
        shutil.copy(done, where / building.EXECUTABLE)

    monkeypatch.setattr(building, "_build", build)
    sweep(folder, {"tau": [5, 6, 7] * ms}, record="cells.v")
    assert built == [folder]


def test_devices_are_told_to_programs_by_the_numbers_of_this_process(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,GPU-7")
    seen = [programs._environment(n)["CUDA_VISIBLE_DEVICES"] for n in (None, 0, 1)]
    assert seen == ["4,GPU-7", "4", "GPU-7"]
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert programs._environment(1)["CUDA_VISIBLE_DEVICES"] == "1"


@pytest.mark.cuda
def test_programs_for_devices_are_swept_the_same_way(project, tmp_path):
    folder, net = tmp_path / "project", network()
    net.export(folder, DURATION, namespace=CONSTANTS, target=Cuda(mode="persistent"))
    sources = emulated(render_cuda(net.lower(CONSTANTS).program))
    Sources(tuple(SourceFile(f.path, f.text) for f in sources.files), "simulation.cpp").write(
        folder
    )
    options = ["-std=c++17", "-O0", "-ffp-contract=off", "-fwrapv", "-I.", "-w"]
    options += ["-DEQSIM_DEVICE=1", "-DEQSIM_DEVICE_MODE=3"]
    (folder / "build").mkdir()
    files = ("simulation.cpp", *sources.also)
    compile_project(folder, options, sources=files, executable=str(building.EXECUTABLE))

    space = {"tau": [5, 10] * ms}
    assert_same(
        sweep(folder, space, record="cells.v", seed=1),
        sweep(project, space, record="cells.v", seed=1),
    )


KNOWN = "gain, tau, noise.rates, cells.v, links.w, seed"
WRONG = [
    (
        {"tua": [1] * ms}, {}, ModelError,
        "the model has no parameter 'tua' that a sweep could vary\n"
        f"  it has: {KNOWN}\n  did you mean 'tau'?",
    ),
    (
        {"tau": [1] * mV}, {}, DimensionMismatchError,
        "'tau' cannot be set to an array, which has the unit V\n"
        "  expected: a value in second",
    ),
    (
        {"cells.v": [[1, 2] * mV]}, {}, ModelError,
        "'cells.v' takes 3 values here, not an array of shape (2,)",
    ),
    (
        {"cells.v": ["rand()*mV"]}, {}, ModelError,
        "'cells.v' of a program takes numbers, not 'rand()*mV'\n"
        "  sweep over the network itself for expressions and arrays over time",
    ),
    (
        {"connectivity_seed": [1]}, {}, ModelError,
        "the network of a project is connected already: 'connectivity_seed' cannot vary it\n"
        "  give the sweep a function that makes and returns the network",
    ),
    (
        {"tau": [1] * ms}, {"record": "spike"}, ModelError,
        "the project has no results of 'spike'\n"
        "  it has those of: {objects}\n  did you mean 'spikes'?",
    ),
    (
        {"tau": [1] * ms}, {"record": "trace.w"}, ModelError,
        "'trace.w' cannot be recorded: 'trace' has no values 'w'\n  it has: record, t, v",
    ),
    (
        {"tau": [1] * ms}, {"target": "numpy"}, ModelError,
        "the project {folder!r} is one for the target 'cpp'\n"
        "  leave out 'target', or export the network for another one",
    ),
    (
        {"tau": [1] * ms}, {"namespace": {}}, ModelError,
        "a project has its constants from its export, and takes no namespace\n"
        "  vary them in the space: {{'tau': [5]*ms}}",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("space", "options", "kind", "text"), WRONG)
def test_mistakes_are_told_before_anything_runs(project, monkeypatch, space, options, kind, text):
    monkeypatch.setattr(programs, "command_of", None)
    with pytest.raises(kind) as caught:
        sweep(project, space, **{"record": "cells.v", **options})
    objects = "noise, cells, links, trace, spikes, rate"
    assert str(caught.value) == text.format(folder=str(project), objects=objects)


def test_a_folder_that_is_no_project(tmp_path):
    with pytest.raises(ModelError) as caught:
        sweep(tmp_path, {"tau": [1] * ms})
    assert str(caught.value) == (
        f"there is no project of eqsim in {str(tmp_path)!r}\n"
        "  give the sweep a folder that Network.export wrote, or a Network"
    )


def test_a_worker_that_does_not_see_the_folder_says_so(project, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    shutil.copytree(project, gone)
    monkeypatch.setattr(programs.ProjectRunner, "prepare", lambda _: shutil.rmtree(gone))
    with pytest.raises(SweepError) as caught:
        sweep(gone, {"tau": [1] * ms}, record="cells.v")
    text = str(caught.value)
    assert f"cannot run the project\n  there is no project of eqsim in {str(gone)!r}\n" in text
    assert text.endswith("\n  the folder must be one that all workers see")


def test_threads_are_those_of_the_target(project, monkeypatch):
    seen, plain = [], programs.command_of

    def noted(*args, **options):
        seen.append(options["threads"])
        return plain(*args, **options)

    monkeypatch.setattr(programs, "command_of", noted)
    for target in (None, Cpp(threads=2)):
        sweep(project, {"seed": [1]}, record="cells.v", target=target)
    assert seen == [1, 2]


def test_a_network_needs_a_duration():
    with pytest.raises(ModelError) as caught:
        sweep(network(), {"tau": [1] * ms}, namespace=CONSTANTS)
    assert str(caught.value) == "a sweep of a network needs a duration\n  write: duration=100*ms"


def test_command_takes_a_project(project, capsys):
    from eqsim.cli import main

    assert main(["sweep", str(project), "--grid", "tau=5,10ms", "--record", "cells.v"]) == 0
    assert "cells.v" in capsys.readouterr().out
    assert main(["sweep", str(Path("nowhere")), "--grid", "tau=5ms"]) != 0
    assert "there is no script 'nowhere', and no folder of a project" in capsys.readouterr().err
