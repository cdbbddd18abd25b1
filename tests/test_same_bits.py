"""The same bits for any number of threads, in this process and in a program of its own.

Every example, and every model of the benchmarks in small, runs with several numbers of threads
side by side: the simulations take the same steps; all that is recorded and all state at the end
have to be the same.
"""

import runpy
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

import eqsim
from eqsim import Cpp, Network, NeuronGroup, SpikeMonitor, StateMonitor, ms, seed, start_scope
from eqsim.build.toolchain import find_compiler
from eqsim.network.clocks import Clock
from eqsim.network.naming import restart_numbering
from eqsim.network.running import network as networks
from eqsim.program.nodes import PROFILE, Lifetime
from eqsim.runtime.manifest import Manifest
from eqsim.runtime.memory import Memory
from eqsim.runtime.rules import POINTERS, Rule
from eqsim.runtime.simulation import CheckFailedError
from eqsim.targets.cpp import target as cpp
from eqsim.targets.environment import header

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
THREADS = (1, 2, 3, 8)
STEPS = 120
pytestmark = [pytest.mark.compiler, pytest.mark.slow]


class Lockstep:
    """Simulations of one program by different numbers of threads, which do the same.

    The caller's memory is that of the first. What a function changes in it in a pause is given to
    the others. After ``steps`` steps the first goes on alone.
    """

    def __init__(self, program, memory, steps):
        self.program = program
        self.steps_left = steps
        self.held = {}
        self.memories = [memory, *(copied(memory) for _ in THREADS[1:])]
        self.simulations = [
            Cpp(threads).open(program, each)
            for threads, each in zip(THREADS, self.memories, strict=True)
        ]
        self.recorded = 0

    def advance(self, ticks):
        together = min(ticks, self.steps_left)
        done = self.advance_all(together)
        if self.paused is None and done == together < ticks:
            self.part()
            done += self.simulations[0].advance(ticks - done)
        self.steps_left -= min(done, together)
        return done

    def part(self):
        """Let all but the first end."""
        records = [b.name for b in self.program.buffers if b.lifetime is Lifetime.RUN]
        self.held = {record: self.take(record) for record in records}
        self.compare_arrays()
        for simulation in self.simulations[1:]:
            simulation.close()
        del self.simulations[1:], self.memories[1:]

    def advance_all(self, ticks):
        if self.paused is not None:
            for memory in self.memories[1:]:
                for name, values in self.memories[0].arrays.items():
                    memory.arrays[name][...] = values
        done = [self.attempt(simulation, ticks) for simulation in self.simulations]
        assert len(set(map(str, done))) == 1
        if isinstance(done[0], CheckFailedError):
            raise done[0]
        if self.paused is not None:
            self.compare_arrays()
        return done[0]

    @staticmethod
    def attempt(simulation, ticks):
        try:
            return simulation.advance(ticks)
        except CheckFailedError as error:
            return error

    @property
    def paused(self):
        (place,) = {simulation.paused for simulation in self.simulations}
        return place

    def events(self):
        found = [simulation.events() for simulation in self.simulations]
        for other in found[1:]:
            for name, instances in found[0].items():
                for rows, others in zip(instances, other[name], strict=True):
                    assert rows.tobytes() == others.tobytes(), name
        return found[0]

    def resume(self, pause, events):
        for simulation in self.simulations:
            simulation.resume(pause, events)

    def take(self, record):
        found = [simulation.take(record) for simulation in self.simulations]
        for threads, other in zip(THREADS, found, strict=False):
            for columns, others in zip(found[0], other, strict=True):
                for column, same in zip(columns, others, strict=True):
                    assert column.tobytes() == same.tobytes(), (record, threads)
        self.recorded += sum(len(columns[0]) for columns in found[0])
        if record not in self.held:
            return found[0]
        return [
            tuple(map(np.concatenate, zip(before, now, strict=True)))
            for before, now in zip(self.held.pop(record), found[0], strict=True)
        ]

    def compare_arrays(self):
        for threads, memory in zip(THREADS, self.memories, strict=False):
            for name in {array.name for array in self.program.arrays} - {PROFILE}:
                same = memory.arrays[name].tobytes()
                assert self.memories[0].arrays[name].tobytes() == same, (name, threads)

    def close(self):
        self.compare_arrays()
        for simulation in self.simulations:
            simulation.close()


def copied(memory):
    arrays = {name: np.array(values) for name, values in memory.arrays.items()}
    return Memory(memory.instances, memory.extents, arrays)


@dataclass(frozen=True)
class AnyThreads(Cpp):
    """Compiled code with each number of threads."""

    steps: int = sys.maxsize

    def open(self, program, memory):
        return Lockstep(program, memory, self.steps)


class Opened(list):
    """What was compared, and whether runs have their length: one thread ends them alone then."""

    is_whole = False


@pytest.fixture
def lockstep(monkeypatch):
    """Let every run be one of few steps by all numbers of threads; what was compared."""
    opened = Opened()
    toolchain = find_compiler()
    strict = replace(toolchain, flags=(*toolchain.flags, "-Werror"))
    monkeypatch.setattr(cpp, "find_compiler", lambda: strict)

    class Kept(AnyThreads):
        def open(self, program, memory):
            opened.append(super().open(program, memory))
            return opened[-1]

    execution = networks.Execution

    def few_steps(network, plan):
        if opened.is_whole:
            return execution(network, replace(plan, target=Kept(steps=STEPS)))
        steps = [x.clock.dt_ for x in network.all_objects if isinstance(x.clock, Clock)]
        end = min(plan.end, plan.start + STEPS * min(steps, default=1))
        return execution(network, replace(plan, target=Kept(), end=end))

    monkeypatch.setattr(networks, "Execution", few_steps)
    return opened


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_have_the_same_bits_for_any_number_of_threads(
    example, lockstep, monkeypatch, tmp_path
):
    monkeypatch.setattr(sys, "argv", [str(example), str(tmp_path)])
    try:
        runpy.run_path(str(example), run_name="__main__")
    except (ArithmeticError, LookupError, RuntimeError, ValueError):
        # It does something with the results that only runs of their length have.
        start_scope()
        restart_numbering()
        lockstep.is_whole = True
        runpy.run_path(str(example), run_name="__main__")
    plt.close("all")

    assert lockstep or "run(" not in example.read_text(encoding="utf-8")


def test_an_element_that_one_of_three_threads_leaves_out_is_noticed(lockstep, monkeypatch):
    def planted(path):
        text = header(path)
        whole = "return {least(begin, total), least(end, total)};"
        assert path != "cpp/runtime.h" or whole in text
        return text.replace(whole, whole.replace("total)};", "total) - (worker.threads == 3)};"))

    monkeypatch.setattr(cpp, "header", planted)
    cpp.render_cpp.cache_clear()
    group = NeuronGroup(500, "dx/dt = 1/ms : 1", method="euler", name="cells")
    with pytest.raises(AssertionError, match=r"\('cells.x', 3\)"):
        Network(group).run(1 * ms)
    cpp.render_cpp.cache_clear()


# ------------------------------------------------------------------------------ benchmark models

HERE = ROOT / "tests"
with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(HERE / "benchmarks")
    MODELS = runpy.run_path(str(HERE / "benchmarks" / "network_models.py"))["NETWORKS"]
SIZES = {"relay": 20, "song_abbott": 200, "cuba_dense": 1200, "stdp": 1500}
DURATION = 12 * ms


@pytest.fixture(scope="module")
def build():
    """What exports a network and compiles the program quickly."""
    made = runpy.run_path(str(HERE / "standalone" / "conftest.py"))["compiled"]
    return getattr(made, "__wrapped__", None) or made._fixture_function


def records(found):
    """All that the monitors hold, as bytes."""
    fields = {"spikes": ["i", "t_"], "traces": ["v_", "t_"]}
    return {
        (name, field): np.ascontiguousarray(getattr(found[name], field)).tobytes()
        for name in fields
        for field in fields[name]
    }


def state(folder):
    """All arrays of a program of its own after its run, by name, as bytes."""
    manifest = Manifest.from_json((folder / "model.json").read_text(), "model.json")
    bound = {array.name: array for array in manifest.arrays if array.bound}
    files = {array.name: array.file for array in manifest.arrays}

    def stored(name):
        return np.load(folder / "state" / files[name])

    found = {name: stored(name) for name, array in bound.items() if array.file is not None}
    for each in manifest.rules:
        named = {part: getattr(each, part) for part in POINTERS if getattr(each, part) is not None}
        rule = Rule.of_numbers(stored(each.numbers), {p: stored(n) for p, n in named.items()})
        found[each.array] = rule.targets(np.dtype(bound[each.array].dtype))
    assert found.keys() == bound.keys()
    return {name: values.tobytes() for name, values in found.items()}


@pytest.mark.parametrize("model", MODELS)
def test_benchmarks_have_the_same_bits_everywhere(model, lockstep, build, tmp_path):
    seed(5)
    objects = MODELS[model](eqsim, SIZES.get(model, 600))
    spikes = SpikeMonitor(objects[0], name="spikes")
    traces = StateMonitor(objects[0], "v", record=range(0, len(objects[0]), 7), name="traces")
    network = Network(objects, spikes, traces)
    program = build()(network, tmp_path / "project", DURATION)
    network.run(DURATION)

    (within,) = lockstep
    assert within.recorded > 0
    arrays = {name: values.tobytes() for name, values in within.memories[0].arrays.items()}
    for threads in THREADS:
        assert records(program.run(f"--threads={threads}")) == records(network), threads
        outside = state(program.folder / "results")
        assert {name: arrays[name] for name in outside} == outside, threads
