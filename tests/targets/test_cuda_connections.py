"""Targets of synapses that are made on the device are those that the host made."""

from dataclasses import replace

import numpy as np
import pytest
from emulation import ORDERS, emulated, quick, with_shared_parts_compiled

from eqsim import Network, NeuronGroup, Synapses, ms, seed
from eqsim.build.library import build_library
from eqsim.build.sources import SourceFile
from eqsim.build.toolchain import find_compiler
from eqsim.connect import All2All, FixedPostNum, FixedPreNum, FixedProb, One2One
from eqsim.errors import RunError
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
    {"condition": "i < 7", "p": 0.3},
    {"j": "i"},
    {"j": "k for k in sample(N_post, p=0.2)"},
    {"j": "k for k in sample(3, N_post, 4, p=0.3) if k != i"},
    {"j": "k for k in range(5, 73, 3)"},
    {"p": 1e-12},
    {"condition": "i != j", "p": 1e-300},
    # probabilities of rows
    {"p": "0.1 + 0.001*i"},
    {"condition": "i != j", "p": "(i % 5)*0.25"},
    {"condition": "i > 3", "p": "(i + 1.0)**-3"},
    # samples
    {"j": "k for k in sample(N_post, size=9)"},
    {"j": "k for k in sample(2, N_post, 3, size=i % 24) if k != i"},
    {"j": "k for k in sample(N_post, size=N_post - 4) if k != i"},
    # of sources for each target
    {"i": "k for k in sample(N_pre, size=7)"},
    {"i": "k for k in sample(N_pre, size=N_pre - 3) if k != j"},
    {"i": "k for k in sample(N_pre, p=0.1)"},
    {"i": "k for k in sample(N_pre, p=0.01*j) if k != j"},
    {"i": "k for k in range(4)"},
]
CONNECTORS = [
    One2One(),
    All2All(include_self=False),
    FixedProb(0.2),
    FixedProb(0.2, include_self=False),
    FixedPostNum(5),
    FixedPostNum(0.8, include_self=False),
    FixedPreNum(5, include_self=False),
    FixedPreNum(0.3),
]
COPIED = [
    {"condition": "i + j > 40"},
    {"p": "0.005*(i + j)"},
    {"p": "rand()**8"},
    {"i": [3, 1, 2], "j": [2, 2, 5]},
    {"p": 0.1, "n": 2},
    {"j": "k for k in range(80, 5, -3)"},
    {"j": "k for k in range(i, i + 3)", "skip_if_invalid": True},
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
    toolchain = quick(compiler)
    if change is not None:
        path, text, other = change
        texts = {file.path: file.text for file in sources.files}
        assert texts[path].count(text) == 1
        texts[path] = texts[path].replace(text, other)
        files = tuple(SourceFile(path, text) for path, text in texts.items())
        return Library(str(build_library(replace(sources, files=files), toolchain)))
    return Library(str(build_library(with_shared_parts_compiled(sources, toolchain), toolchain)))


def arrived(lowered, library):
    """What arrives where the device does not get the targets from the host."""
    arrays = lowered.memory.copied(lambda _, values: np.array(values))
    arrays["defaultclock.dt"][:], arrays["defaultclock.end"][:] = 1e-4, 1
    simulation = opened(library, lowered.program, replace(lowered.memory, arrays=arrays), 0)
    assert simulation.advance(1) == 1
    simulation.close()
    assert not arrays.is_made("synapses.targets")
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
    check_all_orders(lowered, monkeypatch)


def check_all_orders(lowered, monkeypatch):
    assert list(lowered.memory.rules) == ["synapses.targets"]
    assert lowered.memory.rules["synapses.targets"].wrong_part() is None
    library, expected = library_of(lowered.program), expected_of(lowered)
    for order in ORDERS:
        monkeypatch.setenv("EQSIM_EMULATED_ORDER", order)
        assert arrived(lowered, library).tobytes() == expected.tobytes()


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda c: f"{type(c).__name__}-{vars(c)}")
def test_connections_of_connectors_are_made_on_the_device(connector, monkeypatch):
    seed(5)
    cells = NeuronGroup(60, "x : 1", threshold="True", name="target")
    # Of parts of one group some elements have themselves as partners, and others have not.
    is_whole = isinstance(connector, One2One)
    ends = (cells, cells) if is_whole else (cells[5:50], cells[20:])
    synapses = Synapses(*ends, "w : 1", on_pre="x_post += w", name="synapses")
    synapses.connect(connector)
    synapses.w = "rand()"
    check_all_orders(Network(cells, synapses).lower({"ms": ms}), monkeypatch)


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


def test_large_samples_are_taken_in_pieces():
    seed(5)
    source = NeuronGroup(4, "", threshold="True", name="source")
    target = NeuronGroup(9_500, "x : 1", name="target")
    synapses = Synapses(source, target, "w : 1", on_pre="x_post += w", name="synapses")
    synapses.connect(j="k for k in sample(N_post, size=4200 + 900*i)")
    synapses.w = "rand()"
    lowered = Network(source, target, synapses).lower({})
    found, expected = arrived(lowered, library_of(lowered.program)), expected_of(lowered)
    assert found.tobytes() == expected.tobytes()


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


def test_a_rule_stays_where_nothing_further_is_made():
    made, lowered = network(p=0.1)
    made["synapses"].connect(condition="i > 1000")
    made["synapses"].connect(p=0)
    rule = made.lower({}).memory.rules["synapses.targets"]
    assert rule.content() == lowered.memory.rules["synapses.targets"].content()


OTHERS = {"condition": "i != j"}
SAMPLES = {"j": "k for k in sample(N_post, size=40) if k != i"}
SOURCES = {"i": "k for k in sample(N_pre, size=40)"}
CHANCES = {"p": "(i % 5)*0.25"}
WAIT = "\n            __syncthreads();"
MISTAKES = {
    "barrier of a sum": (OTHERS, "scans.h", "= until;\n    __syncthreads();", "= until;"),
    "sum": (OTHERS, "scans.h", "if (each < warp) sum.before", "if (each <= warp) sum.before"),
    "place": (OTHERS, "gaps.h", "    place += all.before;\n", ""),
    "itself": (OTHERS, "gaps.h", "partner != found.row +", "partner != found.row + 1 +"),
    "acceptance": (CHANCES, "gaps.h", "trials.accept, trials", "trials.skip, trials"),
    "shifts": (CHANCES, "connections.h", "rule.begin[row] - begin", "rule.begin[row]"),
    "barrier of sorting": (SAMPLES, "scans.h", f"^ distance, n);{WAIT}", "^ distance, n);"),
    "repeated numbers": (SAMPLES, "scans.h", "values[each - 1] != value)", "true)"),
    "left out": (SAMPLES, "samples.h", "(dropped >= 0 && column > dropped)", "0"),
    "sorted sources": (SOURCES, "connections.h", "launch(sort_rows", "if (!n) launch(sort_rows"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_found(mistake, monkeypatch):
    arguments, *change = MISTAKES[mistake]
    _, lowered = network(**arguments)
    library, expected = library_of(lowered.program, change), expected_of(lowered).tobytes()
    found = set()
    for order in ORDERS:
        monkeypatch.setenv("EQSIM_EMULATED_ORDER", order)
        try:
            found.add(arrived(lowered, library).tobytes())
        except RunError as failure:  # synapses are counted
            assert "makes other synapses than it tells" in str(failure)  # noqa: PT017
            found.add(b"")
    assert found != {expected}


DAMAGED = {
    "chance": ({"p": 0.03}, {"parameter": 0.04}),
    "fewer": ({"condition": "i != j", "p": 0.4}, {"key": 4}),
    "lengths": ({"condition": "i < 7", "p": 0.3}, {"key": 4}),
    "chances": (CHANCES, {"key": 4}),
    "samples": (SAMPLES, {"parameter": 39.0}),
    "sources": (SOURCES, {"key": 4}),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_rule_that_makes_other_synapses_than_it_should_is_told(damage):
    arguments, change = DAMAGED[damage]
    _, lowered = network(**arguments)
    rules = {name: replace(rule, **change) for name, rule in lowered.memory.rules.items()}
    memory = replace(lowered.memory, rules=rules)
    n = len(lowered.memory.arrays["synapses.w"])
    simulation = opened(library_of(lowered.program), lowered.program, memory, 0)
    for _ in range(2):
        with pytest.raises(RunError) as failure:
            simulation.advance(1)
        told, counts = str(failure.value).split("\n")
        assert (
            told == "a connection has a rule that makes other synapses than it tells the begins of"
        )
        assert counts.startswith("  it makes ")
        assert counts.endswith(f" of {n}")
    simulation.close()


@pytest.mark.parametrize("file", ["connections.h", "segments.h"])
def test_too_little_memory_for_what_is_made_at_first_is_told(file):
    seed(5)
    target = NeuronGroup(90, "x : 1\ny : 1", name="target")
    model = "w : 1\ny_post = w*x_pre : 1 (summed)"
    source = NeuronGroup(88, "x : 1", threshold="True", name="source")
    synapses = Synapses(source, target, model, on_pre="x_post += w", name="synapses")
    synapses.connect(p=0.03)
    lowered = Network(source, target, synapses).lower({})
    line = "    const Taken taken(memory);"
    more = '    int32_t* much = nullptr;\n    memory.want("much", much, INT64_C(1) << 41);\n'
    library = library_of(lowered.program, (file, line, more + line))
    simulation = opened(library, lowered.program, lowered.memory, 0)
    for _ in range(2):
        with pytest.raises(RunError, match=r"^the device has too little memory for 'much'\n"):
            simulation.advance(1)
    simulation.close()
