"""Projects make the targets of synapses that follow from a rule: there are no files of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsim
from eqsim import Network, NeuronGroup, SpikeMonitor, Synapses, ms, seed
from eqsim.connect import FixedPreNum
from eqsim.errors import RunError
from eqsim.runtime.manifest import FORMAT_VERSION
from eqsim.runtime.rules import _ROW

pytestmark = [pytest.mark.compiler, pytest.mark.slow]

KINDS = {
    "fixed": {"condition": "i != j", "p": 0.1},
    "chances": {"p": "0.002*i"},
    "lengths": {"condition": "i < 50", "p": 0.2},
    "samples": {"j": "k for k in sample(N_post, size=9) if k != i"},
    "sources": {"i": "k for k in sample(N_pre, size=9)"},
    "connector": {"condition": FixedPreNum(7, include_self=False)},
    "given": {"condition": "i + j > 150"},
}
WITH_RULES = [name for name in KINDS if name != "given"]


def network(number: int = 3) -> Network:
    seed(number)
    cells = NeuronGroup(
        100, "dv/dt = (1.5 - v)/(5*ms) : 1", threshold="v > 1", reset="v = 0", method="exact",
        namespace={"ms": ms}, name="cells",
    )  # fmt: skip
    cells.v = "rand()"
    made = Network(cells, SpikeMonitor(cells, name="spikes"))
    for name, arguments in KINDS.items():
        synapses = Synapses(cells[:90], cells, "w : 1", on_pre="v_post += w", name=name)
        if name == "connector":
            synapses = Synapses(cells, cells, "w : 1", on_pre="v_post += w", name=name)
        synapses.connect(**arguments)
        synapses.w = "0.001*rand()"
        made.add(synapses)
    return made


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, compiled: Callable[..., Any]) -> Any:
    return compiled(network(), tmp_path_factory.mktemp("rules") / "project", 15 * ms)


def copied(exported: Any, folder: Path) -> Any:
    shutil.copytree(exported.folder, folder)
    return type(exported)(folder)


@pytest.mark.parametrize("threads", ["1", "2"])
def test_synapses_are_those_of_the_network(exported: Any, threads: str) -> None:
    results = exported.run("--threads", threads, results=f"with {threads}")
    net = network()
    net.run(15 * ms, target="cpp")

    assert len(results["spikes"].i) > 100
    assert results["spikes"].t_.tobytes() == net["spikes"].t_[:].tobytes()
    for name in KINDS:
        for attribute in ("i", "j", "w"):
            found, expected = getattr(results[name], attribute), getattr(net[name], attribute)[:]
            assert found.dtype == expected.dtype
            assert np.array_equal(found, expected), (name, attribute)


@pytest.mark.parametrize(("version", "is_cloned"), [(8, False), (11, False), (12, True)])
def test_functions_are_cloned_by_compilers_that_know_the_processors(
    version: int, is_cloned: bool, exported: Any
) -> None:
    if (found := shutil.which("g++")) is None:
        pytest.skip("there is no g++")
    names = ("-U__GNUC__", f"-D__GNUC__={version}", "-D__x86_64__", "-D__gnu_linux__")
    source = '#include "clones.h"\nEQSIM_CLONES\n'
    done = subprocess.run(
        [found, "-E", "-P", "-x", "c++", *names, "-I.", "-"],
        cwd=exported.folder, input=source, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ("target_clones" in done.stdout) is is_cloned
    uses = [p.name for p in exported.folder.glob("*.h") if "target_clones" in p.read_text()]
    assert uses == ["clones.h"]


def test_there_are_no_files_of_targets(exported: Any) -> None:
    exported.run()
    files = {path.name for path in exported.folder.rglob("*.npy")}
    for name in WITH_RULES:
        assert not files & {f"{name}.targets.npy", f"{name}.i.npy", f"{name}.j.npy"}
        assert f"{name}.targets.numbers.npy" in files
    assert files >= {"given.targets.npy", "given.i.npy", "given.j.npy"}
    content = json.loads((exported.folder / "model.json").read_text())
    assert [rule["array"] for rule in content["rules"]] == [f"{n}.targets" for n in WITH_RULES]
    with_own = {rule["array"]: bool(rule["parameters"]) for rule in content["rules"]}
    assert [name for name, own in with_own.items() if own] == ["chances.targets"]


def test_another_network_is_other_data_and_no_other_code(exported: Any, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    network(4).export(folder, 15 * ms)
    for name in ("main.cpp", "simulation.cpp"):
        assert (folder / name).read_text() == (exported.folder / name).read_text()
    shutil.copy(exported.folder / "simulate", folder / "simulate")
    found, other = type(exported)(folder).run(), network(4)
    for name in WITH_RULES:
        assert np.array_equal(found[name].j, other[name].j[:])


def test_a_new_seed_of_the_program_leaves_connections_as_they_are(exported: Any) -> None:
    first = exported.run("--seed", "8", results="seeded")
    assert np.array_equal(first["samples"].j, network()["samples"].j[:])


def test_stages_go_back_to_the_same_synapses(exported: Any, tmp_path: Path) -> None:
    program = copied(exported, tmp_path / "project")
    stages = [{"store": "a"}, {"run": 0.015}, {"restore": "a"}, {"run": 0.015}]
    path = program.folder / "state" / "stages.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "stages": stages}))
    again, once = program.run(), exported.run(results="once")
    assert again["spikes"].t_.tobytes() == once["spikes"].t_.tobytes()


def begin(values: np.ndarray) -> np.ndarray:
    values[5] += 1
    return values


def shorter(values: np.ndarray) -> np.ndarray:
    values[-1] -= 1
    return values


def backwards(values: np.ndarray) -> np.ndarray:
    values[5] = values[4] - 1
    return values


def negative(values: np.ndarray) -> np.ndarray:
    values[2] = -1
    return values


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("fixed.targets.begin", begin, "holds a rule that makes other synapses than it tells the"),
        ("sources.targets.begin", begin, "holds a rule that makes other synapses than it tells"),
        ("samples.targets.begin", shorter, "does not tell where synapses begin"),
        ("samples.targets.begin", backwards, "does not tell where synapses begin"),
        ("samples.targets.numbers", negative, "holds no rule"),
        ("samples.targets.numbers", lambda v: v[:-1], "has the shape (12,), and the model needs"),
        (
            "chances.targets.parameters",
            lambda v: v[1:],
            "has the shape (89,), and the model needs",
        ),
    ],
)
def test_a_rule_that_is_changed_is_told(
    file: str, change: Callable[..., np.ndarray], told: str, exported: Any, tmp_path: Path
) -> None:
    program = copied(exported, tmp_path / "project")
    path = program.folder / "state" / f"{file}.npy"
    np.save(path, change(np.load(path)))
    assert told in program.refusal(status=1)


def with_number(field: str, value: int) -> Callable[..., np.ndarray]:
    def changed(values: np.ndarray) -> np.ndarray:
        values[[name for name, _ in _ROW].index(field)] = value
        return values

    return changed


def with_first(value: float) -> Callable[..., np.ndarray]:
    def changed(values: np.ndarray) -> np.ndarray:
        values[0] = value
        return values

    return changed


NO_RULE, NO_PARTNERS = "holds no rule", "holds a rule with partners that do not exist"
UNSOUND = {
    "law": ("fixed.targets.numbers", with_number("law", 3), NO_RULE),
    "own": ("fixed.targets.numbers", with_number("own", -1), NO_RULE),
    "step": ("fixed.targets.numbers", with_number("step", 0), NO_RULE),
    "steps": ("fixed.targets.numbers", with_number("step", 2), NO_PARTNERS),
    "start": ("fixed.targets.numbers", with_number("start", 1), NO_PARTNERS),
    "slope": ("samples.targets.numbers", with_number("slope", -1), NO_PARTNERS),
    "columns": ("sources.targets.numbers", with_number("columns", 91), NO_PARTNERS),
    "far columns": ("sources.targets.numbers", with_number("columns", 1 << 40), NO_RULE),
    "length": ("lengths.targets.lengths", with_first(101), NO_PARTNERS),
    "negative length": ("lengths.targets.lengths", with_first(-1), NO_PARTNERS),
    "chance": ("chances.targets.parameters", with_first(np.nan), "with neither a probability nor"),
}


@pytest.mark.parametrize("kind", UNSOUND)
def test_a_rule_that_is_none_is_refused(kind: str, exported: Any, tmp_path: Path) -> None:
    file, change, told = UNSOUND[kind]
    program = copied(exported, tmp_path / "project")
    program.run()
    for folder in (program.folder / "results" / "state", program.folder / "state"):
        path = folder / f"{file}.npy"
        np.save(path, change(np.load(path)))
    with pytest.raises(RunError) as refused:
        eqsim.load(program.folder / "results", verify=False)[file.split(".")[0]].j  # noqa: B018
    assert str(refused.value).startswith(
        f"{str(program.folder / 'results' / 'state' / f'{file}.npy')!r} is damaged\n"
    )
    refusal = program.refusal(status=1)
    assert f"{file}.npy" in refusal
    assert told in refusal


@pytest.mark.parametrize("change", [begin, backwards])
def test_results_with_a_rule_that_makes_other_synapses_are_refused(
    change: Callable[..., np.ndarray], exported: Any, tmp_path: Path
) -> None:
    program = copied(exported, tmp_path / "project")
    program.run()
    path = program.folder / "results" / "state" / "fixed.targets.begin.npy"
    np.save(path, change(np.load(path)))
    with pytest.raises(RunError, match=r"^'.*fixed\.targets\.\w+\.npy' is damaged\n"):
        eqsim.load(program.folder / "results", verify=False)["fixed"].j  # noqa: B018


@pytest.mark.parametrize("version", [FORMAT_VERSION - 1, FORMAT_VERSION + 1])
def test_results_of_another_version_are_refused(
    version: int, exported: Any, tmp_path: Path
) -> None:
    exported.run()
    folder = tmp_path / "results"
    shutil.copytree(exported.folder / "results", folder)
    path = folder / "model.json"
    content = {**json.loads(path.read_text()), "format_version": version}
    path.write_text(json.dumps(content))
    with pytest.raises(RunError) as refused:
        eqsim.load(folder, verify=False)
    assert str(refused.value) == (
        f"{str(path)!r} has format version {version}, and this eqsim reads version"
        f" {FORMAT_VERSION}\n  it was written by eqsim {content['eqsim_version']}: read it with"
        " that version"
    )
