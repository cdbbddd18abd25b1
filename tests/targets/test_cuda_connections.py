"""Targets of synapses that are made on the device are those that the host made."""

from dataclasses import replace

import numpy as np
import pytest
from emulation import ORDERS, emulated, quick, with_shared_parts_compiled

from eqsim import Network, NeuronGroup, Synapses, ms, seed
from eqsim.build.library import build_library
from eqsim.build.sources import SourceFile
from eqsim.build.toolchain import find_compiler
from eqsim.runtime.engine import Library
from eqsim.targets.cuda.target import opened, render_cuda

pytestmark = [pytest.mark.compiler, pytest.mark.cuda]

MADE = [
    {"p": 0.03},
    {"p": 0.4},
    {"condition": "i != j", "p": 0.1},
    {"condition": "i != j", "p": 0.95},
    {},
    {"condition": "i != j"},
    {"condition": "i == j"},
    {"j": "i"},
    {"j": "k for k in sample(N_post, p=0.2)"},
    {"j": "k for k in sample(3, N_post, 4, p=0.3) if k != i"},
    {"j": "k for k in range(5, 73, 3)"},
    {"p": 1e-12},
    {"condition": "i != j", "p": 1e-300},
]
COPIED = [
    {"p": "0.1 + 0.001*i"},
    {"condition": "i < 7", "p": 0.3},
    {"condition": "i + j > 40"},
    {"j": "k for k in sample(N_post, size=9)"},
    {"i": "k for k in sample(N_pre, p=0.1)"},
    {"i": [3, 1, 2], "j": [2, 2, 5]},
    {"p": 0.1, "n": 2},
    {"j": "k for k in range(80, 5, -3)"},
]


def network(n_targets=90, parts=False, **arguments):
    """Sources that all spike at once, and what arrives at each target."""
    seed(5)
    source = NeuronGroup(88, "", threshold="True", name="source")
    target = NeuronGroup(n_targets, "x : 1", name="target")
    ends = (source[5:70], target[7:80]) if parts else (source, target)
    synapses = Synapses(*ends, "w : 1", on_pre="x_post += w", name="synapses")
    synapses.connect(**arguments)
    synapses.w = "rand()"
    made = Network(source, target, synapses)
    return made, made.lower({"ms": ms})


def library_of(program, change=None):
    compiler = find_compiler()
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    sources = emulated(render_cuda(program))
    if change is not None:
        texts = {file.path: file.text for file in sources.files}
        assert texts["connections.h"].count(change[0]) == 1
        texts["connections.h"] = texts["connections.h"].replace(*change)
        files = tuple(SourceFile(path, text) for path, text in texts.items())
        sources = replace(sources, files=files)
    toolchain = quick(compiler)
    return Library(str(build_library(with_shared_parts_compiled(sources, toolchain), toolchain)))


def arrived(lowered, library):
    """What arrives where the device cannot read the targets from the host."""
    arrays = {name: np.array(values) for name, values in lowered.memory.arrays.items()}
    arrays["synapses.targets"][:] = 0
    arrays["defaultclock.dt"][:], arrays["defaultclock.end"][:] = 1e-4, 1
    simulation = opened(library, lowered.program, replace(lowered.memory, arrays=arrays), 0)
    assert simulation.advance(1) == 1
    simulation.close()
    return arrays["target.x"]


def expected_of(lowered):
    """What should arrive: additions in the order of sources."""
    arrays = lowered.memory.arrays
    x = np.zeros_like(arrays["target.x"])
    np.add.at(x, arrays["synapses.targets"], arrays["synapses.w"])
    return x


@pytest.mark.parametrize("parts", [False, True], ids=["whole", "parts"])
@pytest.mark.parametrize("arguments", MADE, ids=str)
def test_targets_that_follow_a_rule_are_made_on_the_device(arguments, parts, monkeypatch):
    _, lowered = network(parts=parts, **arguments)
    assert list(lowered.memory.rules) == ["synapses.targets"]
    library, expected = library_of(lowered.program), expected_of(lowered)
    for order in ORDERS:
        monkeypatch.setenv("EQSIM_EMULATED_ORDER", order)
        assert arrived(lowered, library).tobytes() == expected.tobytes()


@pytest.mark.parametrize("arguments", [{"p": 0.001}, {"condition": "i != j"}], ids=str)
def test_targets_of_large_groups_take_four_bytes(arguments):
    n = 70_000 if "p" in arguments else 65_600
    sources = 3 if "p" not in arguments else 88
    seed(5)
    source = NeuronGroup(sources, "", threshold="True", name="source")
    target = NeuronGroup(n, "x : 1", name="target")
    synapses = Synapses(source, target, "w : 1", on_pre="x_post += w", name="synapses")
    synapses.connect(**arguments)
    synapses.w = "rand()"
    lowered = Network(source, target, synapses).lower({})
    assert lowered.memory.arrays["synapses.targets"].dtype == np.int32
    assert (
        arrived(lowered, library_of(lowered.program)).tobytes() == expected_of(lowered).tobytes()
    )


@pytest.mark.parametrize("arguments", COPIED, ids=str)
def test_other_targets_are_copied(arguments):
    _, lowered = network(**arguments)
    assert not lowered.memory.rules


def test_a_rule_ends_where_further_synapses_are_made_or_others_are_restored():
    made, lowered = network(p=0.1)
    assert lowered.memory.rules
    made.store()
    made.restore()
    assert not made.lower({}).memory.rules

    made, _ = network(p=0.1)
    made["synapses"].connect(i=0, j=0)
    assert not made.lower({}).memory.rules


@pytest.mark.parametrize(
    "change",
    [
        ("totals[warp] = until;\n    __syncthreads();", "totals[warp] = until;"),
        ("if (each < warp) sum.before", "if (each <= warp) sum.before"),
        ("targets[place + all.before + k]", "targets[place + k]"),
        ("rule.without_self && partner == row", "rule.without_self && partner == column"),
    ],
    ids=["barrier", "sum", "place", "self"],
)  # fmt: skip
def test_mistakes_are_found(change, monkeypatch):
    _, lowered = network(condition="i != j")
    library, expected = library_of(lowered.program, change), expected_of(lowered).tobytes()
    found = set()
    for order in ORDERS:
        monkeypatch.setenv("EQSIM_EMULATED_ORDER", order)
        found.add(arrived(lowered, library).tobytes())
    assert found != {expected}
