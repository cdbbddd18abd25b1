"""Programs with tables of synapses, made by hand, and a plain interpreter to compare with."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from emulation import EmulatedCuda

from eqsim import Cpp
from eqsim.build.toolchain import find_compiler
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.statements import (
    Accumulate,
    Assign,
    Branch,
    Distribution,
    Draw,
    Emit,
    Gather,
    While,
)
from eqsim.program.dtypes import DType
from eqsim.program.nodes import (
    RANDOM_KEY,
    Array,
    Arrivals,
    Binding,
    Buffer,
    Clock,
    Column,
    Elements,
    Events,
    Kernel,
    Launch,
    Lifetime,
    Moments,
    Once,
    Program,
    Role,
    Rows,
    Table,
)
from eqsim.program.types import name_types
from eqsim.program.verify import verify
from eqsim.runtime.memory import Memory
from eqsim.source import Source
from eqsim.targets import Numpy
from eqsim.targets.cpp import target as cpp
from eqsim.targets.numpy import random
from eqsim.targets.numpy.evaluate import compile_expression, convert

CLOCK = Clock("clock")
INDEX = Column("i", DType.INT32)
HISTORY = (Column("timestep", DType.INT64), INDEX)
MANY = tuple(Cpp(threads) for threads in (1, 2, 3, 4))

# ------------------------------------------------------------------------------ making programs


def tree(text):
    return parse_expression(Source(text))


def code(*lines):
    """Statements from 'name = expression', 'name += expression', or statements as they are."""
    made = []
    for line in lines:
        if not isinstance(line, str):
            made.append(line)
        elif " += " in line:
            target, value = line.split(" += ")
            made.append(Accumulate(target, tree(value)))
        else:
            target, value = line.split(" = ", 1)
            made.append(Assign(target, tree(value)))
    return tuple(made)


def where(condition, *lines):
    return Branch(tree(condition), code(*lines))


def emit(buffer, *values):
    return Emit(buffer, tuple(map(tree, values)))


def uniform(target, stream):
    return Draw(target, Distribution.UNIFORM, (), stream)


class Sketch:
    """A program that grows with its memory.

    Arrays take their types and sizes from their values: what has one axis is held by an extent.
    """

    def __init__(self, steps=10, instances=1):
        self.instances = instances
        self.extents, self.values, self.arrays = {}, {}, {}
        self.buffers, self.tables, self.kernels, self.streams = [], [], [], []
        for array in CLOCK.arrays:
            self.arrays[array.name] = array
        self.values |= {
            "clock.dt": np.full(1, 1e-4),
            "clock.timestep": np.zeros(1, np.int64),
            "clock.end": np.full(1, steps, np.int64),
        }

    def array(self, name, values, extent=None, per_instance=True, role=Role.STATE):
        values = np.array(values)
        if extent is not None:
            self.extents.setdefault(extent, values.shape[-1])
            assert self.extents[extent] == values.shape[-1], name
        stored = values.reshape((1, -1) if values.ndim < 2 else values.shape)
        if per_instance and len(stored) == 1:
            stored = np.repeat(stored, self.instances, axis=0)
        dtype = DType(values.dtype.name)
        self.arrays[name] = Array(name, dtype, extent, per_instance, role)
        self.values[name] = np.ascontiguousarray(stored)
        return name

    def index(self, name, values, extent, dtype=np.int32):
        values = np.asarray(values, dtype=dtype)
        return self.array(name, values, extent, per_instance=False, role=Role.INDEX)

    def table(
        self, name, synapses, rows, others, begin, *, first=0, delays=None, entries=None,
        other=None, other_type=np.int32, n_rows=None,
    ):  # fmt: skip
        """A table; ``other`` is an array of numbers or the name of one that is there."""
        parts = 1 if delays is None else len(delays)
        self.extents.setdefault(rows, (len(begin) - 1) // parts if n_rows is None else n_rows)
        if isinstance(other, np.ndarray | list):
            other = self.index(f"{name}.other", other, synapses, other_type)
        self.tables.append(
            Table(
                name=name,
                synapses=synapses,
                rows=rows,
                first=self.index(f"{name}.first", first, None, np.int64),
                begin=self.index(f"{name}.begin", begin, f"{name}.begin"),
                others=others,
                delays=None
                if delays is None
                else self.index(f"{name}.delays", delays, f"{name}.delays"),
                entries=None
                if entries is None
                else self.index(f"{name}.entries", entries, f"{name}.entries"),
                other=other,
            )
        )
        return name

    def events(self, name, extent):
        self.buffers.append(Buffer(name, (INDEX,), Lifetime.STEP, extent))
        return name

    def record(self, name, *dtypes):
        columns = tuple(Column(f"c{k}", dtype) for k, dtype in enumerate(dtypes))
        self.buffers.append(Buffer(name, columns, Lifetime.RUN))
        return name

    def history(self, name, extent, depth, steps=(), elements=()):
        buffer = Buffer(name, HISTORY, Lifetime.HISTORY, extent)
        self.buffers.append(buffer)
        self.extents[name] = len(steps)
        given = (np.int64(depth), np.array(steps, np.int64), np.array(elements, np.int32))
        for array, values in zip(buffer.arrays, given, strict=True):
            self.arrays[array.name] = array
            self.values[array.name] = np.atleast_1d(values)
        return name

    def kernel(self, name, space, bindings, *body, index="k", real=DType.FLOAT64, prologue=()):
        """A kernel; bindings are names of arrays, or pairs of an array and an index."""
        bound = []
        for known, place in bindings.items():
            array, *rest = (place,) if isinstance(place, str) else place
            dtype = self.arrays[array].dtype.loaded
            bound.append(Binding(known, array, dtype, *rest))
        body, prologue = code(*body), code(*prologue)
        draws = [s.stream for s in body if isinstance(s, Draw)]
        self.streams += draws
        if draws and RANDOM_KEY not in self.arrays:
            self.array(RANDOM_KEY, np.arange(self.instances)[:, None] + 77, role=Role.BUILTIN)
        kernel = Kernel(name, space, index, "clock", real, tuple(bound), prologue, body)
        self.kernels.append(kernel)
        return kernel

    def spikes(self, extent, rates, history=None):
        """Elements of an extent that have events again and again; returns the name of those."""
        self.array(f"{extent}.phase", np.zeros_like(rates), extent)
        self.array(f"{extent}.rate", rates, extent)
        events = self.events(f"{extent}.spike", extent)
        phase = {"phase": f"{extent}.phase"}
        spaces = Elements(extent), Events(events)
        self.kernel(
            f"{extent}_find", spaces[0], phase | {"rate": f"{extent}.rate"},
            "phase = phase + rate", where("phase >= 1.0", emit(events, "k")),
        )  # fmt: skip
        self.kernel(f"{extent}_reset", spaces[1], phase, "phase = phase - 1.0")
        if history is not None:
            step = {"step": "clock.timestep"}
            self.kernel(f"{extent}_keep", spaces[1], step, emit(history, "step", "k"))
        return events

    def finish(self):
        return self.program(), self.memory()

    def program(self):
        return verify(
            Program(
                name="sketch",
                extents=tuple(self.extents),
                clocks=(CLOCK,),
                arrays=tuple(self.arrays.values()),
                buffers=tuple(self.buffers),
                streams=tuple(self.streams),
                kernels=tuple(self.kernels),
                launches=tuple(Launch(kernel.name, "synapses", 0) for kernel in self.kernels),
                tables=tuple(self.tables),
            )
        )

    def memory(self):
        return Memory(self.instances, dict(self.extents), self.values)


def rows_of(sources, n_rows, parts=None, n_parts=1):
    """Where each part of each row begins, for entries sorted by row and part."""
    number = np.asarray(sources) * n_parts + (0 if parts is None else np.asarray(parts))
    counts = np.bincount(number.astype(np.int64), minlength=n_rows * n_parts)
    return np.concatenate([[0], np.cumsum(counts)])


# ------------------------------------------------------------------------------ running programs


def copied(memory):
    arrays = {name: values.copy() for name, values in memory.arrays.items()}
    return Memory(memory.instances, memory.extents, arrays)


def run(program, memory, target):
    """Run to the end on copies; return the arrays, and the rows of records and histories."""
    memory = copied(memory)
    simulation = target.open(program, memory)
    while simulation.advance(3) == 3:
        pass
    rows = {
        buffer.name: simulation.take(buffer.name)
        for buffer in program.buffers
        if buffer.lifetime is not Lifetime.STEP
    }
    simulation.close()
    return memory.arrays, rows


def same(one, other):
    """Assert that arrays and rows of two runs have the same bits."""
    for name, values in one[0].items():
        assert values.dtype == other[0][name].dtype
        assert values.tobytes() == other[0][name].tobytes(), name
    assert one[1].keys() == other[1].keys()
    for name, instances in one[1].items():
        for columns, others in zip(instances, other[1][name], strict=True):
            for column, wanted in zip(columns, others, strict=True):
                assert column.dtype == wanted.dtype, name
                assert column.tobytes() == wanted.tobytes(), name


# ------------------------------------------------------------------------------ plain interpreter


_known = {}


def run_plainly(program, memory):
    """Run to the end, element by element, statement by statement; the same only once."""
    values = tuple((name, values.tobytes()) for name, values in memory.arrays.items())
    key = program, memory.instances, values
    if key not in _known:
        _known[key] = _run_plainly(program, memory)
    return _known[key]


def _run_plainly(program, memory):
    plain = _Plain(program, copied(memory))
    with np.errstate(all="ignore"):
        while plain.step < int(plain.memory.arrays["clock.end"].flat[0]):
            plain.tick()
    return plain.memory.arrays, plain.taken()


class _Plain:
    def __init__(self, program, memory):
        self.program, self.memory = program, memory
        self.names = {array.name: array for array in program.arrays}
        everyone = range(memory.instances)
        self.rows = {b.name: [[] for _ in everyone] for b in program.buffers}
        for buffer in program.buffers:
            if buffer.lifetime is Lifetime.HISTORY:
                _, steps, elements = (memory.arrays[a.name].tolist() for a in buffer.arrays)
                rows = list(zip(steps, elements, strict=True))
                self.rows[buffer.name] = [list(rows) for _ in everyone]

    @property
    def step(self):
        return int(self.memory.arrays["clock.timestep"].flat[0])

    def tick(self):
        for launch in self.program.launches:
            kernel = self.program.kernel(launch.kernel)
            for instance in range(self.memory.instances):
                _Body(self, kernel, instance).run()
        self.memory.arrays["clock.timestep"] += 1

    def value(self, name, index=0, instance=0):
        """One value of an array, and where it lies."""
        array = self.names[name]
        size = 1 if array.extent is None else self.memory.extents[array.extent]
        values = self.memory.arrays[name].reshape(-1, size)
        return values, (instance if array.per_instance else 0, 0 if size == 1 else int(index))

    def read(self, name, index=0, instance=0):
        values, place = self.value(name, index, instance)
        return values[place]

    def entries(self, kernel, instance):
        """All entries that a kernel visits, in order, each with its row's element."""
        space = kernel.space
        table = self.program.table(space.table)
        for part, row, element in self._parts(space, table, instance):
            if 0 <= row < self.memory.extents[table.rows]:
                n_parts = (
                    1
                    if table.delays is None
                    else self.memory.extents[self.names[table.delays].extent]
                )
                place = row * n_parts + part
                for entry in range(*(int(self.read(table.begin, place + k)) for k in (0, 1))):
                    number = entry if table.entries is None else self.read(table.entries, entry)
                    yield int(number), element

    def _parts(self, space, table, instance):
        """Which parts of which rows are visited, in order, and of which elements."""
        first = int(self.read(table.first))
        match space:
            case Rows():
                for row in range(self.memory.extents[table.rows]):
                    yield 0, row, row + first
            case Moments(_, steps, period):
                every = int(self.read(period))
                now = self.step % every if every else self.step
                for row in range(self.memory.extents[table.rows]):
                    if int(self.read(steps, row)) == now:
                        yield 0, row, None
            case Arrivals(_, events, _, since):
                for part, element in self._arrived(table, self.rows[events][instance], since):
                    yield part, element - first, element

    def _arrived(self, table, events, since):
        if table.delays is None:
            yield from ((0, element) for (element,) in events)
            return
        for part in range(self.memory.extents[self.names[table.delays].extent]):
            then = self.step - int(self.read(table.delays, part))
            counts = since is None or then >= int(self.read(since))
            yield from ((part, element) for step, element in events if counts and step == then)

    def taken(self):
        return {
            buffer.name: [
                tuple(
                    np.array([row[k] for row in rows], dtype=column.dtype.numpy)
                    for k, column in enumerate(buffer.columns)
                )
                for rows in self.rows[buffer.name]
            ]
            for buffer in self.program.buffers
            if buffer.lifetime is not Lifetime.STEP
        }


class _Body:
    def __init__(self, plain, kernel, instance):
        self.plain, self.kernel, self.instance = plain, kernel, instance
        self.types = name_types(kernel)
        self.bound = {binding.name: binding for binding in kernel.bindings}

    def run(self):
        plain, kernel = self.plain, self.kernel
        for statement in (s for s in (*kernel.body, *_inner(kernel.body)) if isinstance(s, Emit)):
            buffer = plain.program.buffer(statement.buffer)
            if buffer.lifetime is Lifetime.STEP:
                plain.rows[buffer.name][self.instance] = []
            if buffer.lifetime is Lifetime.HISTORY:
                oldest = plain.step - int(plain.read(buffer.depth))
                known = plain.rows[buffer.name][self.instance]
                plain.rows[buffer.name][self.instance] = [r for r in known if r[0] >= oldest]
        single = {
            name: self.load(binding, {})
            for name, binding in self.bound.items()
            if plain.names[binding.array].extent is None
        }
        for statement in kernel.prologue:
            self.execute(statement, single)
        for index, event in list(self.visited()):
            environment = {**single, kernel.index: np.int64(index)}
            if event is not None and not isinstance(kernel.space, Moments):
                environment[kernel.space.event] = np.int64(event)
            self.visit(environment)

    def visited(self):
        match self.kernel.space:
            case Once():
                return [(0, None)]
            case Elements(extent):
                return [(k, None) for k in range(self.plain.memory.extents[extent])]
            case Events(buffer):
                return [(row[0], None) for row in self.plain.rows[buffer][self.instance]]
            case _:
                return self.plain.entries(self.kernel, self.instance)

    def visit(self, environment):
        waiting = list(self.bound.values())
        while waiting:
            for binding in list(waiting):
                if binding.index is None or binding.index in environment:
                    environment[binding.name] = self.load(binding, environment)
                    waiting.remove(binding)
        added = {s.target for s in _inner(self.kernel.body) if isinstance(s, Accumulate)}
        assigned = {s.target for s in _inner(self.kernel.body) if isinstance(s, Assign | Draw)}
        for statement in self.kernel.body:
            self.execute(statement, environment)
        for name, binding in self.bound.items():
            if name in assigned - added:
                values, place = self.place(binding, environment)
                stored = DType(values.dtype.name)
                values[place] = convert(np.asarray(environment[name]), stored)

    def place(self, binding, environment):
        index = environment.get(binding.index or self.kernel.index, 0)
        return self.plain.value(binding.array, index, self.instance)

    def load(self, binding, environment):
        values, place = self.place(binding, environment)
        return convert(np.asarray(values[place]), binding.dtype)

    def evaluate(self, expr, environment):
        return compile_expression(expr, self.types, self.kernel.real)(environment)

    def execute(self, statement, environment):
        match statement:
            case Assign(target, value):
                found = self.evaluate(value, environment)
                environment[target] = convert(np.asarray(found), self.types[target])
            case Accumulate(target, value):
                found = convert(np.asarray(self.evaluate(value, environment)), self.types[target])
                values, place = self.place(self.bound[target], environment)
                values[place] = values[place] + found
            case Draw(target, Distribution.UNIFORM, (), stream):
                key = int(self.plain.read(RANDOM_KEY, instance=self.instance)) % 2**64
                number = self.plain.program.streams.index(stream)
                element = np.asarray(environment[self.kernel.index])
                drawn = random.uniform(key, number, self.plain.step, element)
                environment[target] = convert(np.asarray(drawn), self.types[target])
            case Branch() | While():
                self.execute_body(statement, environment)
            case Gather(target, array, index):
                value = self.plain.read(array, self.evaluate(index, environment), self.instance)
                environment[target] = convert(np.asarray(value), self.types[target])
            case Emit(buffer, values):
                row = tuple(self.evaluate(value, environment)[()] for value in values)
                self.plain.rows[buffer][self.instance].append(row)
            case _:
                raise NotImplementedError(statement)

    def execute_body(self, statement, environment):
        while self.evaluate(statement.condition, environment):
            for inner in statement.body:
                self.execute(inner, environment)
            if isinstance(statement, Branch):
                return


def _inner(statements):
    for statement in statements:
        yield statement
        if isinstance(statement, Branch | While):
            yield from _inner(statement.body)


@pytest.fixture(scope="session")
def sketches():
    """Makers of programs with tables, and ways to run them."""
    return SimpleNamespace(
        Sketch=Sketch,
        MANY=MANY,
        tree=tree,
        code=code,
        replace=replace,
        where=where,
        emit=emit,
        uniform=uniform,
        rows_of=rows_of,
        run=run,
        run_plainly=run_plainly,
        same=same,
        copied=copied,
    )


@pytest.fixture(
    params=[
        pytest.param(Numpy(), id="numpy"),
        *(pytest.param(t, id=f"cpp-{t.threads}", marks=pytest.mark.compiler) for t in MANY),
        pytest.param(
            EmulatedCuda(order="3"), id="cuda", marks=(pytest.mark.compiler, pytest.mark.cuda)
        ),
    ]
)
def each_target(request, monkeypatch):
    """The reference, and compiled code with one to four threads, compiled without a warning."""
    missing = request.param.unavailable()
    if missing is not None:
        pytest.skip(missing)
    toolchain = find_compiler()
    if toolchain is not None:
        strict = replace(toolchain, flags=(*toolchain.flags, "-Werror"))
        monkeypatch.setattr(cpp, "find_compiler", lambda: strict)
    return request.param
