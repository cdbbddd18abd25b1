"""Targets of synapses that follow from a rule are made when somebody asks for them."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from emulation import EmulatedCuda

from eqsim import (
    Cuda,
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    seed,
    sweep,
)
from eqsim.connect import FixedPreNum
from eqsim.network.synapses import connectivity
from eqsim.runtime.rules import Rule
from eqsim.targets.cuda.target import opened

RULES = [
    {"p": 0.2},
    {"condition": "i != j", "p": "0.01*(i % 9)"},
    {"j": "k for k in sample(N_post, size=7)"},
    {"i": "k for k in sample(N_pre, size=7) if k != j"},
]


@pytest.fixture
def made(monkeypatch):
    """The numbers of synapses of which targets were made; none are made before."""
    numbers: list[int] = []
    original = Rule.targets

    def counted(self: Rule, dtype: Any) -> Any:
        numbers.append(int(self.begin[-1]))
        return original(self, dtype)

    monkeypatch.setattr(connectivity, "AT_ONCE", 0)
    monkeypatch.setattr(Rule, "targets", counted)
    return numbers


def network(**arguments):
    seed(4)
    cells = NeuronGroup(
        50, "dv/dt = (drive - v)/(5*ms) : 1\nsum_w : 1", threshold="v > 1", reset="v = 0",
        method="exact", name="cells",
    )  # fmt: skip
    synapses = Synapses(cells, cells, "w : 1", on_pre="v_post += w", delay=1 * ms, name="synapses")
    synapses.connect(**arguments)
    synapses.w = "0.01*rand()"
    cells.v = "rand()"
    spikes = SpikeMonitor(cells, name="spikes")
    return Network(cells, synapses, spikes, StateMonitor(synapses, "w", [0, 3], name="weights"))


def recorded(net):
    return (net["spikes"].i[:].tolist(), net["spikes"].t[:].tobytes(), net["weights"].w.tobytes())


@pytest.mark.compiler
@pytest.mark.cuda
@pytest.mark.parametrize("arguments", RULES, ids=str)
def test_a_run_on_a_device_makes_no_targets_on_the_host(arguments, made):
    net = network(**arguments)
    net.run(5 * ms, namespace={"drive": 2}, target=EmulatedCuda())
    n = net["synapses"].N
    found = recorded(net)
    assert made == []
    # Asked for, they are there, once for all questions.
    j, i = net["synapses"].j[:], net["synapses"].i[:]
    net.store()
    assert made == [n] * len(made)
    assert len(made) <= 1

    other = network(**arguments)
    other.run(5 * ms, namespace={"drive": 2}, target="cpp")
    assert found == recorded(other)
    assert len(found[0]) > 20
    assert j.tobytes() == other["synapses"].j[:].tobytes()
    assert i.tobytes() == other["synapses"].i[:].tobytes()


@pytest.mark.compiler
@pytest.mark.cuda
def test_batches_of_a_sweep_make_them_on_the_device(made):
    space = {"drive": [1.5, 2.0, 2.5]}
    options = {"duration": 5 * ms, "record": ["spikes.t", "spikes.i"], "seed": 1, "batch": 2}
    found = sweep(network(p=0.2), space, target=EmulatedCuda(), **options, namespace={"drive": 1})
    assert made == []
    expected = sweep(network(p=0.2), space, target="cpp", **options, namespace={"drive": 1})
    for name in ("spikes.t", "spikes.i"):
        for ours, theirs in zip(found[name].values, expected[name].values, strict=True):
            assert np.array_equal(ours, theirs)


@pytest.mark.compiler
@pytest.mark.cuda
def test_networks_of_a_sweep_have_their_own(made):
    def connected(probability):
        return network(p=probability)

    space = {"probability": [0.1, 0.3]}
    options = {"duration": 5 * ms, "record": ["spikes.count"], "seed": 1, "namespace": {"drive": 2}}
    found = sweep(connected, space, target=EmulatedCuda(), **options)
    assert made == []
    expected = sweep(connected, space, target="cpp", **options)
    np.testing.assert_array_equal(found["spikes.count"].values, expected["spikes.count"].values)


@pytest.mark.compiler
@pytest.mark.cuda
def test_summed_variables_need_none_on_the_host(made):
    def run(target):
        net = network(p=0.2)
        sums = Synapses(net["cells"], net["cells"], "sum_w_post = v_pre : 1 (summed)", name="sums")
        sums.connect(j="k for k in sample(N_post, size=9)")
        net.add(sums)
        net.run(2 * ms, namespace={"drive": 2}, target=target)
        return net["cells"].sum_w[:].tobytes()

    found = run(EmulatedCuda())
    assert made == []
    assert found == run("cpp")


# ------------------------------------------------------------------------------- large networks


@dataclass
class Simulation:
    """Does nothing until the end."""

    memory: Any
    clocks: tuple[Any, ...]

    def advance(self, ticks: int) -> int:
        for clock in self.clocks:
            self.memory.arrays[clock.timestep][:] = self.memory.arrays[clock.end]
        return 0

    def take(self, record: str) -> list[Any]:
        return [()]

    def close(self) -> None:
        pass

    paused = None


@dataclass(frozen=True)
class FakeCuda(Cuda):
    """A device that is given everything and does nothing."""

    given: list[Any] = field(default_factory=list, compare=False)

    def unavailable(self):
        return None

    def open(self, program, memory):
        class Library:
            path = ""

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(
                "eqsim.targets.cuda.target.LibrarySimulation", lambda *a: self.given.append(a)
            )
            opened(Library(), program, memory, 0)
        return Simulation(memory, program.clocks)


def large():
    seed(8)
    cells = NeuronGroup(70_000, "v : 1", threshold="v > 1", name="cells")
    synapses = Synapses(cells, cells, on_pre="v_post += 0.1", name="synapses")
    synapses.connect(j="k for k in sample(N_post, size=720)")
    return Network(cells, synapses)


def test_fifty_million_synapses_take_no_memory_of_the_host():
    tracemalloc.start()
    try:
        target = FakeCuda()
        net = large()
        net.run(1 * ms, target=target, namespace={})
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    n = net["synapses"].N
    assert n == 70_000 * 720 > 50_000_000
    assert most < 0.1 * 4 * n
    ((_, _, _, arrays, *_, rules),) = target.given
    assert sum(array is None for array in arrays) == len(rules) == 1
    # Now that they are asked for, they are those that a program for processors gets.
    lowered = large().lower({})
    assert np.array_equal(net["synapses"].j[:], lowered.memory.arrays["synapses.targets"])


def test_the_plan_of_memory_has_the_targets_and_what_making_them_takes():
    from eqsim.targets.cuda.memory import memory_on_device

    lowered = large().lower({})
    without = type(lowered.memory)(1, lowered.memory.extents, lowered.memory.arrays)
    with_rule = memory_on_device(lowered.program, lowered.memory)
    copied = memory_on_device(lowered.program, without)
    assert copied.common > 4 * 50_000_000
    assert 0 < with_rule.common - copied.common < 2**27
    assert not lowered.memory.arrays.is_made("synapses.targets")
