"""One kernel, run by NumPy.

Shapes. In a kernel over elements every value broadcasts to (instances, extent); in a kernel over
events, or over the entries of a table, those of all instances are one axis, (n,); in a kernel that
runs once (instances, 1).

Entries of a table are visited one after the other. Here that happens in rounds: no place in memory
is written twice in one round, and what writes one place does so in order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from eqsim.expressions.statements import (
    Accumulate,
    Assign,
    Branch,
    Check,
    Distribution,
    Draw,
    Emit,
    Gather,
    Invoke,
    MatrixExponential,
    Statement,
    While,
)
from eqsim.program.dtypes import DType
from eqsim.program.nodes import RANDOM_KEY, Binding, Kernel, Lifetime, Program
from eqsim.program.traverse import (
    emitted,
    event_of,
    filled,
    flatten,
    in_order_of_loading,
    invokes_state,
    statements_of,
    written,
)
from eqsim.program.types import name_types
from eqsim.runtime.memory import Memory
from eqsim.targets.numpy import calls, mathematics, random
from eqsim.targets.numpy.evaluate import Environment, Evaluate, compile_expression, convert
from eqsim.targets.numpy.state import FailedCheck, State
from eqsim.targets.numpy.visits import Visit, Visits, rounds

Values = NDArray[Any]

_MOST_ELEMENTS = 2**32
"""More than any extent has: indices are 32 bits wide."""


class Execution:
    """One kernel, prepared to run over and over.

    Parameters
    ----------
    program : Program
        The program.
    kernel : Kernel
        A kernel of it.
    memory : Memory
        The host's arrays, for sizes.
    arrays : mapping of str to ndarray
        All arrays, of shape (instances or 1, extent or 1); changed in place.
    state : State
        The rows of buffers.
    """

    def __init__(
        self,
        program: Program,
        kernel: Kernel,
        memory: Memory,
        arrays: Mapping[str, Values],
        state: State,
    ) -> None:
        self.kernel = kernel
        self.program = program
        self.state = state
        self.arrays = arrays
        self.visits = Visits(program, kernel, memory, arrays, state)
        self.types = name_types(kernel)
        self.fills = filled(program, kernel)
        self.extents = {array.name: array.extent for array in program.arrays}
        self.places = {b.name: b for b in kernel.bindings}
        self.additions = Counter(
            s.target for s in flatten(kernel.body) if isinstance(s, Accumulate)
        )
        self.bindings = in_order_of_loading(kernel)
        self.emitted = emitted(kernel)
        self.changed = [b for b in kernel.bindings if b.name in written(kernel)]
        self.stored = [b for b in self.changed if b.name not in self.additions]
        self.has_state = any(invokes_state(program, s) for s in statements_of(kernel))
        self.prologue = [self._prepare(statement) for statement in kernel.prologue]
        self.body = [self._prepare(statement) for statement in kernel.body]

    def run(self) -> None:
        """Run the kernel for all its elements in all instances."""
        visit = self.visits.now()
        self._prepare_buffers()
        if visit.is_empty:
            return
        if self.visits.table is not None or self.has_state:
            self._run_entries(visit.flat)
            return
        environment = self._loaded(visit)
        self._run_prologue(environment, visit)
        self._run_body(environment, visit)

    def _prepare_buffers(self) -> None:
        if self.fills is not None:
            self.state.clear_events(self.fills)
        for name in self.emitted:
            buffer = self.program.buffer(name)
            if buffer.lifetime is Lifetime.HISTORY:
                step = self.arrays[f"{self.kernel.clock}.timestep"][0, 0]
                self.state.forget_before(name, step - self.arrays[buffer.depth][0, 0])

    def _run_entries(self, visit: Visit) -> None:
        invariants: Environment = {}
        for binding in self.bindings:
            if self.extents[binding.array] is None:
                invariants[binding.name] = self._load(binding, visit, {})
        self._run_prologue(invariants, visit)
        # Single values that entries change are read anew for each.
        kept = {n: np.broadcast_to(v, visit.shape) for n, v in invariants.items()}
        for chosen in self._rounds(visit):
            part = visit.chosen(chosen)
            environment = {name: values[chosen] for name, values in kept.items()}
            self._run_body({**environment, **self._loaded(part)}, part)

    def _run_prologue(self, environment: Environment, visit: Visit) -> None:
        scalars = Visit(visit.instances, np.zeros(1, dtype=np.int64))
        for step in self.prologue:
            step(environment, scalars, None)

    def _run_body(self, environment: Environment, visit: Visit) -> None:
        for step in self.body:
            step(environment, visit, None)
        for binding in self.stored:
            self._store(binding, visit, environment)

    def _rounds(self, visit: Visit) -> Iterator[Values]:
        """Yield which entries run together, in order."""
        together = np.arange(len(visit.elements))
        if self._may_run_together():
            keys = [] if self._only_adds() else self._keys(visit)
            if len(keys) < 2:
                yield from rounds(keys[0]) if keys else [together]
                return
        yield from np.split(together, together[1:])

    def _may_run_together(self) -> bool:
        """Return whether entries that write different places do not disturb each other."""
        bound = Counter(binding.array for binding in self.kernel.bindings)
        if self.has_state or any(bound[binding.array] > 1 for binding in self.changed):
            return False
        records = emitted(self.kernel) - {self.fills}
        return not records or self._only_adds()

    def _only_adds(self) -> bool:
        """Return whether nothing that changes is read: each sum is then made in order anyway."""
        return not self.stored and all(count == 1 for count in self.additions.values())

    def _keys(self, visit: Visit) -> list[Values]:
        """Return which place each entry writes, unless it is another one for each.

        One array for each way in which places go with entries.
        """
        environment = self._loaded(visit)
        keys: dict[bytes, Values] = {}
        for binding in self.changed:
            _, elements = self._index(binding, visit, environment)
            key = visit.instances * _MOST_ELEMENTS + elements
            if len(np.unique(key)) < len(key):
                keys[key.tobytes()] = key
        return list(keys.values())

    def _loaded(self, visit: Visit) -> Environment:
        """Return the values of all names that are bound."""
        environment: Environment = {self.kernel.index: visit.elements}
        event = event_of(self.kernel)
        if event is not None and visit.events is not None:
            environment[event] = visit.events
        for binding in self.bindings:
            environment[binding.name] = self._load(binding, visit, environment)
        return environment

    def _index(
        self, binding: Binding, visit: Visit, environment: Environment
    ) -> tuple[Values, Values]:
        values = self.arrays[binding.array]
        instances = visit.instances if len(values) > 1 else visit.no_instances
        if self.extents[binding.array] is None:
            return instances, visit.no_elements
        if binding.in_order and visit.places is not None:
            return instances, visit.places
        if binding.index is not None:
            return instances, environment[binding.index]
        return instances, visit.elements

    def _load(self, binding: Binding, visit: Visit, environment: Environment) -> Values:
        array = self.arrays[binding.array]
        instances, elements = self._index(binding, visit, environment)
        # One index takes a third of the time of two.
        values = array[instances, elements] if len(array) > 1 else array[0][elements]
        return convert(values, binding.dtype)

    def _store(self, binding: Binding, visit: Visit, environment: Environment) -> None:
        array = self.arrays[binding.array]
        place = self._index(binding, visit, environment)
        value = environment[binding.name]
        array[place] = convert(value, self.program.array(binding.array).dtype)

    def _expression(self, expr: Any) -> Evaluate:
        return compile_expression(expr, self.types, self.kernel.real)

    def _prepare(self, statement: Statement) -> Step:
        match statement:
            case Assign():
                return self._assign(statement)
            case Accumulate():
                return self._accumulate(statement)
            case Draw():
                return self._draw(statement)
            case Gather():
                return self._gather(statement)
            case Invoke():
                return self._invoke(statement)
            case MatrixExponential():
                return self._matrix_exponential(statement)
            case Branch() | While():
                return self._with_body(statement)
            case Check():
                return self._check(statement)
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

    def _assign(self, statement: Assign) -> Step:
        evaluate = self._expression(statement.value)

        def step(environment: Environment, visit: Visit, mask: Values | None) -> None:
            del visit
            self._define(statement.target, environment, evaluate(environment), mask)

        return step

    def _accumulate(self, statement: Accumulate) -> Step:
        evaluate = self._expression(statement.value)
        binding = self.places[statement.target]

        def step(environment: Environment, visit: Visit, mask: Values | None) -> None:
            value = convert(evaluate(environment), self.types[statement.target])
            shape = visit.shape
            chosen = ... if mask is None else np.broadcast_to(mask, shape)
            instances, elements = (
                np.broadcast_to(index, shape)[chosen]
                for index in self._index(binding, visit, environment)
            )
            added = np.broadcast_to(value, shape)[chosen]
            np.add.at(self.arrays[binding.array], (instances, elements), added)

        return step

    def _draw(self, statement: Draw) -> Step:
        stream = self.program.streams.index(statement.stream)
        arguments = [self._expression(argument) for argument in statement.arguments]
        timestep = self.arrays[f"{self.kernel.clock}.timestep"]
        keys = self.arrays[RANDOM_KEY]

        def step(environment: Environment, visit: Visit, mask: Values | None) -> None:
            instances, elements = (
                np.broadcast_to(index, visit.shape) for index in (visit.instances, visit.elements)
            )
            drawn = [
                np.broadcast_to(convert(a(environment), DType.FLOAT64), visit.shape)
                for a in arguments
            ]
            values: Values = np.empty(visit.shape, dtype=_DRAWN[statement.distribution])
            for instance in range(len(keys)):
                chosen = instances == instance if len(keys) > 1 else ...
                values[chosen] = _SAMPLERS[statement.distribution](
                    int(keys[instance, 0]) % 2**64,
                    stream,
                    int(timestep[0, 0]),
                    elements[chosen],
                    *(mean[chosen] for mean in drawn),
                )
            self._define(statement.target, environment, values, mask)

        return step

    def _gather(self, statement: Gather) -> Step:
        evaluate = self._expression(statement.index)
        array = self.arrays[statement.array]

        def step(environment: Environment, visit: Visit, mask: Values | None) -> None:
            instances = visit.instances if len(array) > 1 else visit.no_instances
            index = evaluate(environment)
            if mask is not None:
                # Where nothing is gathered the index may lie anywhere.
                index = np.where(mask, index, 0)
            self._define(statement.target, environment, array[instances, index], mask)

        return step

    def _invoke(self, statement: Invoke) -> Step:
        function = self.program.function(statement.function)
        evaluates = [self._expression(argument) for argument in statement.arguments]

        def step(environment: Environment, visit: Visit, mask: Values | None) -> None:
            chosen = np.broadcast_to(True if mask is None else mask, visit.shape)
            arguments = [
                np.broadcast_to(calls.argument(evaluate(environment), kind), visit.shape)[chosen]
                for evaluate, kind in zip(evaluates, function.arguments, strict=True)
            ]
            results = calls.invoke(function, arguments, int(np.count_nonzero(chosen)))
            values = np.zeros(visit.shape, dtype=results.dtype)
            values[chosen] = results
            self._define(statement.target, environment, values, mask)

        return step

    def _matrix_exponential(self, statement: MatrixExponential) -> Step:
        entries = [self._expression(entry) for entry in statement.entries]
        size, real = statement.size, self.kernel.real

        def step(environment: Environment, visit: Visit, mask: Values | None) -> None:
            del visit
            values = np.broadcast_arrays(*(convert(e(environment), real) for e in entries))
            matrix = np.stack(values).reshape(size, size, *values[0].shape)
            result = mathematics.matrix_exponential(matrix)
            for position, target in enumerate(statement.targets):
                row, column = divmod(position, size)
                self._define(target, environment, result[row, column], mask)

        return step

    def _with_body(self, statement: Branch | While) -> Step:
        condition = self._expression(statement.condition)
        body = [self._prepare(inner) for inner in statement.body]
        return (
            _branch(condition, body) if isinstance(statement, Branch) else _loop(condition, body)
        )

    def _check(self, statement: Check) -> Step:
        fine = self._expression(statement.fine)
        problem = self.program.problems.index(statement.problem)
        timestep = self.arrays[f"{self.kernel.clock}.timestep"]

        def step(environment: Environment, visit: Visit, mask: Values | None) -> None:
            failed = np.broadcast_to(True if mask is None else mask, visit.shape)
            failed = failed & ~convert(fine(environment), DType.BOOLEAN)
            if failed.any():
                found = (
                    np.broadcast_to(index, visit.shape)[failed]
                    for index in (visit.instances, visit.elements)
                )
                instance, element = min(zip(*map(np.ndarray.tolist, found), strict=True))
                self.state.note(FailedCheck(problem, instance, element, int(timestep[0, 0])))

        return step

    def _emit(self, statement: Emit) -> Step:
        buffer = self.program.buffer(statement.buffer)
        columns = [
            (self._expression(value), column.dtype)
            for value, column in zip(statement.values, buffer.columns, strict=True)
        ]

        def rows(environment: Environment, visit: Visit, mask: Values | None) -> list[Values]:
            taken = np.broadcast_to(True if mask is None else mask, visit.shape)
            found = [
                np.broadcast_to(convert(evaluate(environment), dtype), visit.shape)[taken]
                for evaluate, dtype in columns
            ]
            return [np.broadcast_to(visit.instances, visit.shape)[taken], *found]

        def fill(environment: Environment, visit: Visit, mask: Values | None) -> None:
            instances, elements = rows(environment, visit, mask)
            self.state.add_events(buffer.name, instances, elements)

        def keep(environment: Environment, visit: Visit, mask: Values | None) -> None:
            instances, *found = rows(environment, visit, mask)
            self.state.append_to_history(buffer.name, instances, found)

        def record(environment: Environment, visit: Visit, mask: Values | None) -> None:
            instances, *found = rows(environment, visit, mask)
            self.state.append_to_record(buffer.name, instances, found)

        appends = {Lifetime.STEP: fill, Lifetime.HISTORY: keep, Lifetime.RUN: record}
        return appends[buffer.lifetime]


Step = Callable[[Environment, Visit, Values | None], None]


def _branch(condition: Evaluate, body: Sequence[Step]) -> Step:
    def step(environment: Environment, visit: Visit, mask: Values | None) -> None:
        taken = np.broadcast_to(convert(condition(environment), DType.BOOLEAN), visit.shape)
        if mask is not None:
            taken = taken & mask
        if taken.any():
            for inner in body:
                inner(environment, visit, taken)

    return step


def _loop(condition: Evaluate, body: Sequence[Step]) -> Step:
    def step(environment: Environment, visit: Visit, mask: Values | None) -> None:
        running: Values = np.broadcast_to(True if mask is None else mask, visit.shape)
        while True:
            # What an element carries stays when it has ended, so it never begins again.
            running = running & convert(condition(environment), DType.BOOLEAN)
            if not running.any():
                return
            for inner in body:
                inner(environment, visit, running)

    return step


_DRAWN: Mapping[Distribution, type] = {
    Distribution.UNIFORM: np.float64,
    Distribution.NORMAL: np.float64,
    Distribution.POISSON: np.int64,
    Distribution.BINOMIAL: np.int64,
    Distribution.BERNOULLI: np.bool_,
}
_SAMPLERS: Mapping[Distribution, Callable[..., Values]] = {
    Distribution.UNIFORM: random.uniform,
    Distribution.NORMAL: random.normal,
    Distribution.POISSON: random.poisson,
    Distribution.BINOMIAL: random.binomial,
    Distribution.BERNOULLI: random.bernoulli,
}
