"""The reference interpreter: runs a program with NumPy, array by array.

It follows the same types, the same order and the same mathematical functions as the compiled
targets, so their results are equal bit for bit. Clear before fast; what is known before the run
(types, conversions, which names are arrays) is settled once, when a kernel is prepared.

Shapes. In a kernel over elements every value broadcasts to (instances, extent); in a kernel over
events all instances' events are one axis, (events,); in a kernel that runs once (instances, 1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from eqsim.expressions.statements import (
    Accumulate,
    Assign,
    Branch,
    Distribution,
    Draw,
    Emit,
    MatrixExponential,
    Statement,
)
from eqsim.program.dtypes import DType
from eqsim.program.nodes import (
    RANDOM_KEY,
    Binding,
    Buffer,
    Clock,
    Elements,
    Events,
    Kernel,
    Lifetime,
    Once,
    Program,
)
from eqsim.program.traverse import filled, written
from eqsim.program.types import name_types
from eqsim.runtime.memory import Memory
from eqsim.runtime.simulation import GRID_TOLERANCE
from eqsim.targets.numpy import mathematics, random
from eqsim.targets.numpy.evaluate import Environment, Evaluate, compile_expression, convert

Values = NDArray[Any]


@dataclass
class _State:
    """What changes while a program runs, beside the memory of the host.

    Parameters
    ----------
    events : dict
        For each buffer of a step the instances and elements of its rows, in order.
    records : dict
        For each record and instance the chunks of each column.
    """

    events: dict[str, tuple[Values, Values]] = field(default_factory=dict)
    records: dict[str, list[list[list[Values]]]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Visit:
    """The elements for which a kernel runs: where each value of its environment lives.

    Parameters
    ----------
    instances, elements : ndarray
        Indices that broadcast to the shape of the kernel's values.
    """

    instances: Values
    elements: Values

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one value for each element."""
        return np.broadcast_shapes(self.instances.shape, self.elements.shape)


class Interpreter:
    """A program with its memory, run by NumPy.

    Parameters
    ----------
    program : Program
        A verified program.
    memory : Memory
        The host's arrays; changed in place.
    """

    def __init__(self, program: Program, memory: Memory) -> None:
        self.program = program
        self.memory = memory
        shapes = {
            array.name: (
                memory.instances if array.per_instance else 1,
                1 if array.extent is None else memory.extents[array.extent],
            )
            for array in program.arrays
        }
        arrays = zip(program.arrays, memory.ordered(program), strict=True)
        self.arrays = {array.name: values.reshape(shapes[array.name]) for array, values in arrays}
        self.state = _State()
        for buffer in program.buffers:
            if buffer.lifetime is Lifetime.STEP:
                nothing = np.zeros(0, dtype=np.int64)
                self.state.events[buffer.name] = (nothing, nothing)
            else:
                self._clear(buffer)
        self._launches = [
            (program.kernel(launch.kernel).clock, _Execution(self, program.kernel(launch.kernel)))
            for launch in program.launches
        ]

    def advance(self, ticks: int) -> int:
        """Run up to ``ticks`` points in time; return how many were run."""
        with np.errstate(all="ignore"):
            for done in range(ticks):
                due = self._due()
                if not due:
                    return done
                for clock, execution in self._launches:
                    if clock in due:
                        execution.run()
                for clock in due:
                    self.arrays[f"{clock}.timestep"] += 1
        return ticks

    def take(self, record: str) -> list[tuple[Values, ...]]:
        """Return and forget what was recorded."""
        buffer = self.program.buffer(record)
        taken = [
            tuple(
                np.concatenate(chunks) if chunks else np.zeros(0, dtype=column.dtype.numpy)
                for chunks, column in zip(instance, buffer.columns, strict=True)
            )
            for instance in self.state.records[record]
        ]
        self._clear(buffer)
        return taken

    def close(self) -> None:
        """Forget everything recorded."""
        for buffer in self.program.buffers:
            if buffer.lifetime is Lifetime.RUN:
                self._clear(buffer)

    def _clear(self, buffer: Buffer) -> None:
        self.state.records[buffer.name] = [
            [[] for _ in buffer.columns] for _ in range(self.memory.instances)
        ]

    def _due(self) -> set[str]:
        running = [c for c in self.program.clocks if self._step(c) < self.arrays[c.end][0, 0]]
        times = {c.name: self._step(c) * self.arrays[c.dt][0, 0] for c in running}
        now = min(times.values(), default=np.inf)
        # Grids that meet up to rounding meet.
        return {
            c.name
            for c in running
            if times[c.name] - now <= GRID_TOLERANCE * self.arrays[c.dt][0, 0]
        }

    def _step(self, clock: Clock) -> int:
        return int(self.arrays[clock.timestep][0, 0])


class _Execution:
    """One kernel, prepared to run over and over."""

    def __init__(self, interpreter: Interpreter, kernel: Kernel) -> None:
        self.interpreter = interpreter
        self.kernel = kernel
        self.program = interpreter.program
        self.state = interpreter.state
        self.types = name_types(kernel)
        self.fills = filled(self.program, kernel)
        self.written = written(kernel)
        self.arrays = interpreter.arrays
        self.extents = {array.name: array.extent for array in self.program.arrays}
        accumulated = {s.target for s in kernel.body if isinstance(s, Accumulate)}
        accumulated |= {
            s.target
            for branch in kernel.body
            if isinstance(branch, Branch)
            for s in branch.body
            if isinstance(s, Accumulate)
        }
        indices = {binding.index for binding in kernel.bindings}
        # What indexes others is loaded first.
        self.bindings = sorted(kernel.bindings, key=lambda b: b.name not in indices)
        self.places = {b.name: b for b in kernel.bindings}
        self.stored = sorted(self.written - accumulated)
        self.prologue = [self._prepare(statement) for statement in kernel.prologue]
        self.body = [self._prepare(statement) for statement in kernel.body]

    def run(self) -> None:
        """Run the kernel for all its elements in all instances."""
        visit = self._visit()
        environment: Environment = {self.kernel.index: visit.elements}
        scalars = _Visit(visit.instances, np.zeros(1, dtype=np.int64))
        for binding in self.bindings:
            environment[binding.name] = self._load(binding, visit, environment)
        if self.fills is not None:
            self.state.events[self.fills] = (np.zeros(0, np.int64), np.zeros(0, np.int64))
        for step in self.prologue:
            step(environment, scalars, None)
        for step in self.body:
            step(environment, visit, None)
        for name in self.stored:
            self._store(self.places[name], visit, environment[name])

    def _visit(self) -> _Visit:
        instances = np.arange(self.interpreter.memory.instances)[:, np.newaxis]
        match self.kernel.space:
            case Once():
                return _Visit(instances, np.zeros((1, 1), dtype=np.int64))
            case Elements(extent):
                size = self.interpreter.memory.extents[extent]
                return _Visit(instances, np.arange(size)[np.newaxis, :])
            case Events(buffer):
                return _Visit(*self.state.events[buffer])
            case _:
                assert_never(self.kernel.space)

    def _index(
        self, binding: Binding, visit: _Visit, environment: Environment
    ) -> tuple[Values, Values]:
        values = self.arrays[binding.array]
        instances = visit.instances if len(values) > 1 else np.zeros_like(visit.instances)
        if self.extents[binding.array] is None:
            return instances, np.zeros_like(visit.elements[..., :1])
        if binding.index is not None:
            return instances, environment[binding.index]
        return instances, visit.elements

    def _load(self, binding: Binding, visit: _Visit, environment: Environment) -> Values:
        values = self.arrays[binding.array][self._index(binding, visit, environment)]
        return convert(values, binding.dtype)

    def _store(self, binding: Binding, visit: _Visit, value: Values) -> None:
        array = self.arrays[binding.array]
        place = self._index(binding, visit, {})
        array[place] = convert(value, self.program.array(binding.array).dtype)

    def _expression(self, expr: Any) -> Evaluate:
        return compile_expression(expr, self.types, self.kernel.real)

    def _prepare(self, statement: Statement) -> _Step:
        match statement:
            case Assign():
                return self._assign(statement)
            case Accumulate():
                return self._accumulate(statement)
            case Draw():
                return self._draw(statement)
            case MatrixExponential():
                return self._matrix_exponential(statement)
            case Branch():
                return self._branch(statement)
            case Emit():
                return self._emit(statement)
            case _:
                assert_never(statement)

    def _define(
        self, target: str, environment: Environment, value: Values, mask: Values | None
    ) -> None:
        value = convert(value, self.types[target])
        if mask is not None and target in environment:
            value = np.where(mask, value, environment[target])
        environment[target] = value

    def _assign(self, statement: Assign) -> _Step:
        evaluate = self._expression(statement.value)

        def step(environment: Environment, visit: _Visit, mask: Values | None) -> None:
            del visit
            self._define(statement.target, environment, evaluate(environment), mask)

        return step

    def _accumulate(self, statement: Accumulate) -> _Step:
        evaluate = self._expression(statement.value)
        binding = self.places[statement.target]

        def step(environment: Environment, visit: _Visit, mask: Values | None) -> None:
            array = self.arrays[binding.array]
            value = convert(evaluate(environment), self.types[statement.target])
            value = value.astype(array.dtype)
            if mask is not None:
                value = np.where(mask, value, np.zeros_like(value))
            shape = visit.shape
            places = tuple(
                np.broadcast_to(index, shape) for index in self._index(binding, visit, environment)
            )
            np.add.at(array, places, np.broadcast_to(value, shape))

        return step

    def _draw(self, statement: Draw) -> _Step:
        stream = self.program.streams.index(statement.stream)
        arguments = [self._expression(argument) for argument in statement.arguments]
        timestep = self.arrays[f"{self.kernel.clock}.timestep"]
        keys = self.arrays[RANDOM_KEY]

        def step(environment: Environment, visit: _Visit, mask: Values | None) -> None:
            instances, elements = (
                np.broadcast_to(index, visit.shape) for index in (visit.instances, visit.elements)
            )
            drawn = [
                np.broadcast_to(convert(a(environment), DType.FLOAT64), visit.shape)
                for a in arguments
            ]
            values: Values = np.empty(visit.shape, dtype=_DRAWN[statement.distribution])
            for instance in np.unique(instances):
                chosen = instances == instance
                values[chosen] = _SAMPLERS[statement.distribution](
                    int(keys[instance, 0]) % 2**64,
                    stream,
                    int(timestep[0, 0]),
                    elements[chosen],
                    *(mean[chosen] for mean in drawn),
                )
            self._define(statement.target, environment, values, mask)

        return step

    def _matrix_exponential(self, statement: MatrixExponential) -> _Step:
        entries = [self._expression(entry) for entry in statement.entries]
        size, real = statement.size, self.kernel.real

        def step(environment: Environment, visit: _Visit, mask: Values | None) -> None:
            del visit
            values = np.broadcast_arrays(*(convert(e(environment), real) for e in entries))
            matrix = np.stack(values).reshape(size, size, *values[0].shape)
            result = mathematics.matrix_exponential(matrix)
            for position, target in enumerate(statement.targets):
                row, column = divmod(position, size)
                self._define(target, environment, result[row, column], mask)

        return step

    def _branch(self, statement: Branch) -> _Step:
        condition = self._expression(statement.condition)
        body = [self._prepare(inner) for inner in statement.body]

        def step(environment: Environment, visit: _Visit, mask: Values | None) -> None:
            taken = np.broadcast_to(convert(condition(environment), DType.BOOLEAN), visit.shape)
            if mask is not None:
                taken = taken & mask
            if taken.any():
                for inner in body:
                    inner(environment, visit, taken)

        return step

    def _emit(self, statement: Emit) -> _Step:
        buffer = self.program.buffer(statement.buffer)
        columns = [
            (self._expression(value), column.dtype)
            for value, column in zip(statement.values, buffer.columns, strict=True)
        ]

        def rows(environment: Environment, visit: _Visit, mask: Values | None) -> list[Values]:
            taken = np.broadcast_to(True if mask is None else mask, visit.shape)
            found = [
                np.broadcast_to(convert(evaluate(environment), dtype), visit.shape)[taken]
                for evaluate, dtype in columns
            ]
            return [np.broadcast_to(visit.instances, visit.shape)[taken], *found]

        def fill(environment: Environment, visit: _Visit, mask: Values | None) -> None:
            instances, elements = rows(environment, visit, mask)
            self.state.events[buffer.name] = (instances, elements.astype(np.int64))

        def record(environment: Environment, visit: _Visit, mask: Values | None) -> None:
            instances, *found = rows(environment, visit, mask)
            for instance, chunks in enumerate(self.state.records[buffer.name]):
                chosen = instances == instance
                for chunk, values in zip(chunks, found, strict=True):
                    chunk.append(values[chosen])

        return fill if buffer.lifetime is Lifetime.STEP else record


_Step = Callable[[Environment, _Visit, Values | None], None]
_DRAWN: Mapping[Distribution, type] = {
    Distribution.UNIFORM: np.float64,
    Distribution.NORMAL: np.float64,
    Distribution.POISSON: np.int64,
}
_SAMPLERS: Mapping[Distribution, Callable[..., Values]] = {
    Distribution.UNIFORM: random.uniform,
    Distribution.NORMAL: random.normal,
    Distribution.POISSON: random.poisson,
}
