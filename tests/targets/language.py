"""Models that between them use every construct of the language, and what tells which they use."""

import runpy
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from jinja2 import Environment, nodes

from eqsim import (
    BinomialFunction,
    EventClock,
    Function,
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    ms,
    mV,
    network_operation,
    seed,
    start_scope,
)
from eqsim.expressions.functions import FUNCTIONS
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Comparison,
    Expr,
    Logical,
    LogicalOperator,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.statements import Distribution, Draw, Statement
from eqsim.expressions.traverse import walk
from eqsim.network.naming import restart_numbering
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Arrivals, Elements, Events, IndexSpace, Lifetime, Moments, Rows
from eqsim.program.partition import Partition, is_serial, partition
from eqsim.program.traverse import expressions, statements_of, table_of
from eqsim.runtime.memory import Memory, replicate
from eqsim.targets import Numpy
from eqsim.targets.cpp import target as cpp
from eqsim.targets.environment import environment

HERE = Path(__file__).parent
SIZE = 300

# -------------------------------------------------------------------------------------- models


def synapses(n, run):
    """Delays of all kinds, plasticity, sums, synapses that change by themselves, records."""
    sources = PoissonGroup(n, 400 * Hz, name="sources")
    cells = NeuronGroup(
        n,
        """dv/dt = (g + total - v)/(5*ms) : 1
        dg/dt = -g/(3*ms) : 1
        total : 1""",
        threshold="v > 0.4",
        reset="v = 0",
        method="euler",
        namespace={"ms": ms},
        name="cells",
    )
    plastic = Synapses(
        sources,
        cells,
        """w : 1
        da/dt = -a/(10*ms) : 1 (event-driven)
        ds/dt = (w - s)/ms : 1 (clock-driven)
        total_post = 0.1*s : 1 (summed)""",
        on_pre={"pre": "g_post += w; a += 0.1; w = clip(w + 0.01*a, 0, 1)", "late": "w *= 0.99"},
        on_post="w = clip(w - 0.01*a*exp(-w), 0, 1)",
        delay={"pre": 0.3 * ms},
        namespace={"ms": ms},
        method="euler",
        name="plastic",
    )
    plastic.connect(p=0.1)
    plastic.w = "0.3*rand()"
    plastic.late.delay = "0.1*ms*(i % 7)"
    back = Synapses(cells, sources, "k : integer", on_pre="k += 1", name="back")
    back.connect(i=[3, 0, 2, 2], j=[1, 5, 0, 0])
    back.delay = [0.4, 0, 0.2, 0.1] * ms
    both = Synapses(cells, cells, on_pre="v_post += 0.1*v_pre; v_pre -= 0.01", name="both")
    both.connect(p=0.05)
    given = SpikeGeneratorGroup(
        3, [0, 1, 2, 0], [0, 0.3, 0.3, 0.7] * ms, period=1 * ms, name="given"
    )
    to_few = Synapses(given, cells[10:20], on_pre="v_post += 0.2", name="to_few")
    to_few.connect()
    network = Network(
        sources, cells, plastic, back, both, given, to_few,
        SpikeMonitor(cells), SpikeMonitor(given),
        StateMonitor(plastic, ["w", "s"], record=[0, 5], when="synapses", order=-5),
    )  # fmt: skip
    run(network, 3 * ms)
    # What is on its way where delays change arrives by itself.
    plastic.late.delay = 0.2 * ms
    back.delay = [0.1, 0.2, 0, 0.3] * ms
    run(network, 2 * ms)


def many_targets(n, run):
    """Targets whose numbers need four bytes."""
    sources = PoissonGroup(5, 2000 * Hz)
    cells = NeuronGroup(2**16 + n, "v : 1")
    links = Synapses(sources, cells, on_pre="v_post += 1")
    links.connect(i=np.arange(5), j=2**16 + np.arange(5))
    run(Network(sources, cells, links), 1 * ms)


def counted(n, run):
    """Events that reach targets of equal weight so often that they are counted first."""
    sources = PoissonGroup(n, 300 * Hz)
    cells = NeuronGroup(n, "v : 1\nlistens : boolean (constant)")
    cells.listens = "i % 2 == 0"
    at_once = Synapses(sources, cells, on_pre="v_post += 0.5")
    later = Synapses(sources, cells, on_pre="v_post += 0.25*int(listens_post)", delay=0.2 * ms)
    at_once.connect(p=0.9)
    later.connect(p=0.9)
    run(Network(sources, cells, at_once, later), 2 * ms)


def outside(n, run):
    """Functions of users with files, values and states; arrays over time; pauses; single times."""
    rectified = Function(lambda x: np.maximum(x, 0), [1], 1, name="rectified")
    rectified.implement(
        "cpp",
        "#define HALF 0.5\n#include <cmath>\ndouble rectified(double x)"
        " { return OFFSET - 1 + (x > 0 ? x : 0) + 0*HALF*offset[0]*scale*std::fabs(x); }",
        define_macros=[("OFFSET", 1)],
        headers=["<cstdlib>"],
        namespace={"offset": np.zeros(3), "scale": 2.0},
    )
    twice = Function(lambda x: 2 * np.maximum(x, 0), [1], 1, name="twice")
    twice.implement(
        "cpp",
        "double twice(double x) { return 2*rectified(x); }",
        dependencies={"rectified": rectified},
    )
    calls = [0]

    def counted():
        calls[0] += 1
        return calls[0]

    count = Function(counted, [], 1, return_type="integer", stateless=False, name="counted")
    count.implement("cpp", "static int64_t calls = 0;\nint64_t counted() { return ++calls; }")
    group = NeuronGroup(
        n,
        """dv/dt = (drive(t, i) - twice(v) + number)/ms : 1
        k : integer
        number : integer""",
        threshold="v > 1",
        reset="v = 0; number = some()",
        method="euler",
        namespace={
            "drive": TimedArray(np.linspace(0, 9, 4 * n).reshape(4, n), dt=0.3 * ms),
            "twice": twice,
            "counted": count,
            "some": BinomialFunction(20, 0.3),
            "ms": ms,
        },
    )
    group.run_regularly("k = counted()", dt=0.4 * ms)
    group.run_at("v = v + binomial(3, 0.5)*0.01", times=EventClock([0.15, 0.4, 0.77] * ms).times)

    @network_operation(dt=0.5 * ms)
    def push():
        group.v[0] += 0.1

    run(Network(group, push, SpikeMonitor(group)), 2 * ms)


def adaptive(n, run):
    """A method that chooses its steps, in single and double precision."""
    groups = [
        NeuronGroup(
            n,
            "dx/dt = y/ms : 1\ndy/dt = (5*(1 - x**2)*y - x)/ms : 1",
            method="rkf45",
            namespace={"ms": ms},
            dtype=dtype,
        )
        for dtype in (np.float32, np.float64)
    ]
    for group in groups:
        group.x = "2*i/N"
    run(Network(groups), 1 * ms)


def quiet(n, run):
    """One clock, no event, nothing to wait for, a function that needs nothing."""
    half = Function(lambda x: x / 2, [1], 1, name="half")
    half.implement("cpp", "double half(double x) { return x/2; }")
    group = NeuronGroup(n, "dv/dt = (half(i)*mV - v)/ms : volt", method="exact",
                        namespace={"ms": ms, "mV": mV, "half": half})  # fmt: skip
    run(Network(group), 1 * ms)


# What only programs made by hand can have.


def tables():
    """Rows that belong to their elements, records of entries, moments of the elements."""
    made = SimpleNamespace(**runpy.run_path(str(HERE / "conftest.py")))
    n_sources, n_targets, n_synapses = 70, 150, 600
    random = np.random.default_rng(8)
    parts = np.sort(random.integers(0, 2 * n_sources, n_synapses))
    targets = random.integers(0, n_targets, n_synapses)
    targets = targets[np.lexsort((targets, parts))]
    sketch = made.Sketch(steps=20)
    spikes = sketch.spikes("source", random.random(n_sources))
    begin = made.rows_of(parts // 2, n_sources, parts % 2, 2)
    sketch.history("past", "source", 3)
    step = {"step": "clock.timestep"}
    sketch.kernel("keep", Events(spikes), step, made.emit("past", "step", "k"))
    sketch.table("out", "synapses", "source", "target", begin, delays=[3, 0], other=targets)
    incoming = np.argsort(targets, kind="stable")
    begin = made.rows_of(targets[incoming], n_targets)
    sketch.table("in", "synapses", "target", "synapses", begin, entries=incoming)
    sketch.array("w", random.random(n_synapses), "synapses")
    sketch.array("g", np.zeros(n_targets), "target")
    sketch.array("far", random.random(n_targets) < 0.5, "target")
    reached = {"j": "out.other", "w": "w", "g": ("g", "j"), "far": ("far", "j")}
    arrived = Arrivals("out", "past", "source_")
    sketch.kernel("arrive", arrived, reached, made.where("far != (w > 0.5)", "g += w"))
    sketch.record("seen", DType.FLOAT64)
    seen = {name: reached[name] for name in "jwg"}
    sketch.kernel("record", arrived, seen, made.emit("seen", "w + g"))
    sketch.kernel("gather", Rows("in", "e"), {"w": "w", "g": ("g", "e")}, "g += 0.1*w")
    sketch.index("when", [1, 2, 6], "moments", np.int64)
    sketch.index("period", 4, None, np.int64)
    sketch.table("now", "target", "moments", "target", [0, 20, 20, n_targets])
    found = sketch.events("target.spike", "target")
    sketch.kernel("give", Moments("now", "when", "period"), {"g": "g"}, "g = g + 1.0",
                  made.where("g > 3.0", made.emit(found, "k")))  # fmt: skip
    sketch.array("total", 0.0)
    own = {"g": "g", "total": "total"}
    sketch.kernel("reset", Events(found), {"g": "g"}, "g = 0.0")
    found = sketch.events("target.other", "target")
    sketch.kernel("find", Elements("target"), own, "total += g",
                  made.where("g > 1.0", made.emit(found, "k")))  # fmt: skip
    sketch.kernel("lower", Events(found), {"g": "g"}, "g = 0.5*g")
    return sketch.finish()


MODELS = (
    *(runpy.run_path(str(HERE / "test_equality.py"))["MODELS"]),
    synapses, many_targets, counted, outside, adaptive, quiet,
)  # fmt: skip


# ------------------------------------------------------------------------------ their programs


@dataclass(frozen=True)
class Case:
    """A program with its memory before the run."""

    name: str
    program: object
    memory: Memory


class Kept(Numpy):
    """The reference, which keeps the programs that it runs."""

    kept: list

    def open(self, program, memory):
        self.kept.append((program, copied(memory)))
        return super().open(program, memory)


def copied(memory):
    arrays = {name: np.array(values) for name, values in memory.arrays.items()}
    return Memory(memory.instances, dict(memory.extents), arrays)


def cases():
    """All programs of the models, each once, one of them for several instances."""
    found = []
    for model in MODELS:
        start_scope()
        restart_numbering()
        seed(4711)
        target = Kept()
        object.__setattr__(target, "kept", [])

        def run(network, duration, target=target, is_profiled=model is quiet):
            network.run(duration, target=target, namespace={}, profile=is_profiled)

        model(SIZE, run)
        known = []
        for program, memory in target.kept:
            if program not in known:
                known.append(program)
                found.append(Case(f"{model.__name__}-{len(known)}", program, memory))
    found.append(Case("tables", *tables()))
    several = next(case for case in found if case.name == "synapses-1")
    found.append(Case("instances", several.program, replicate(several.program, several.memory, 3)))
    return found


# ------------------------------------------------------------------------------------ coverage


def members(enum):
    return {f"{enum.__name__}.{each.name}" for each in enum}


def classes(union):
    return {each.__name__ for each in union.__args__}


CONSTRUCTS = (
    classes(Expr)
    | classes(Statement)
    | classes(IndexSpace)
    | {"Pause", "profile", "instances"}
    | {f"function {name}" for name, f in FUNCTIONS.items() if f.distribution is None}
    | {
        name
        for enum in (
            UnaryOperator,
            BinaryOperator,
            Comparison,
            LogicalOperator,
            Distribution,
            Lifetime,
            DType,
            Partition,
        )
        for name in members(enum)
    }
    | {f"{space} {way}" for space in ("Elements", "Events") for way in ("shared", "serial")}
    | {"Once serial"}
)
"""What programs may consist of."""


def constructs(case):
    """What a program consists of, as CONSTRUCTS calls it."""
    program = case.program
    yield from (["instances"] if case.memory.instances > 1 else [])
    yield from (["profile"] if program.is_profiled else [])
    yield from (["Pause"] if program.pauses else [])
    yield from (f"DType.{array.dtype.name}" for array in program.arrays)
    yield from (f"Lifetime.{buffer.lifetime.name}" for buffer in program.buffers)
    for kernel in program.kernels:
        space = type(kernel.space).__name__
        yield space
        if table_of(program, kernel.space) is not None:
            yield f"Partition.{partition(program, kernel).name}"
        else:
            yield f"{space} {'serial' if is_serial(program, kernel) else 'shared'}"
        for statement in (*kernel.prologue, *statements_of(kernel)):
            yield type(statement).__name__
            if isinstance(statement, Draw):
                yield f"Distribution.{statement.distribution.name}"
            for expression in expressions(statement):
                for node in walk(expression):
                    yield from _of_node(node)


def _of_node(node):
    yield type(node).__name__
    if isinstance(node, Unary | Binary | Compare | Logical):
        operator = node.operator
        assert isinstance(operator, Enum)
        yield f"{type(operator).__name__}.{operator.name}"
    if isinstance(node, Call):
        yield f"function {node.function}"


class Noting(Environment):
    """Templates like those of an environment that note which way each of their conditions goes."""

    def __init__(self, like):
        super().__init__(
            loader=like.loader, undefined=like.undefined, trim_blocks=True, lstrip_blocks=True,
            keep_trailing_newline=True,
        )  # fmt: skip
        self.there, self.taken = set(), set()
        self.filters["noted"] = self._noted

    def _noted(self, value, condition):
        self.taken.add((condition, bool(value)))
        return value

    def _parse(self, source, name, filename):
        tree = super()._parse(source, name, filename)
        for number, node in enumerate(list(tree.find_all((nodes.If, nodes.CondExpr)))):
            line = source.splitlines()[node.lineno - 1].strip()
            condition = f"{name}, line {node.lineno}, condition {number}: {line}"
            self.there |= {(condition, True), (condition, False)}
            node.test = nodes.Filter(
                node.test, "noted", [nodes.Const(condition)], [], None, None, lineno=node.lineno
            )
        return tree


def ways(found):
    """Which way each condition of the templates goes for each case; and all that there are."""
    templates = Noting(environment())
    taken = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            cpp, "render", lambda name, **given: templates.get_template(name).render(**given)
        )
        for case in found:
            templates.taken = set()
            cpp.render_cpp.__wrapped__(case.program)
            taken.append(templates.taken)
    return taken, templates.there


@dataclass(frozen=True)
class Language:
    """Few programs that cover everything, and what there is to cover that none does."""

    cases: tuple
    missing: frozenset


@pytest.fixture(scope="session")
def language():
    """The language as programs."""
    found = cases()
    taken, there = ways(found)
    covered = [set(constructs(case)) | way for case, way in zip(found, taken, strict=True)]
    missing = CONSTRUCTS | there
    chosen = []
    while best := max((missing & new for new in covered), key=len):
        number = next(k for k, new in enumerate(covered) if missing & new == best)
        chosen.append(found[number])
        missing -= best
    return Language(tuple(chosen), frozenset(missing))
