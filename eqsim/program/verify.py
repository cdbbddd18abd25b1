"""What every program satisfies: the specification on which targets rely, as code that runs.

A violation is a mistake of eqsim and never of the user, hence :class:`InvalidProgramError` is no
part of the tree of errors for users.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from eqsim.expressions.nodes import Expr, Select
from eqsim.expressions.printer import to_text
from eqsim.expressions.statements import (
    Accumulate,
    Assign,
    Branch,
    Distribution,
    Draw,
    Emit,
    Gather,
    Invoke,
    MatrixExponential,
    Statement,
    While,
)
from eqsim.expressions.traverse import free_names, walk
from eqsim.program.dtypes import DType
from eqsim.program.nodes import (
    PROFILE,
    PROFILE_ARRAY,
    Array,
    Binding,
    Elements,
    Kernel,
    Launch,
    Lifetime,
    Once,
    Program,
    Role,
)
from eqsim.program.partition import is_serial
from eqsim.program.traverse import (
    emitted,
    event_of,
    expressions,
    flatten,
    statements_of,
    table_of,
    targets,
    written,
)
from eqsim.program.types import expression_type, name_types
from eqsim.program.verify_checks import check_loops, check_problems, conditions
from eqsim.program.verify_functions import (
    check_call_targets,
    check_calls,
    check_functions,
    check_indices,
)
from eqsim.program.verify_tables import (
    check_entries,
    check_events,
    check_histories,
    check_space,
    check_structure,
    check_tables,
)

_N_ARGUMENTS = {
    Distribution.UNIFORM: 0,
    Distribution.NORMAL: 0,
    Distribution.POISSON: 1,
    Distribution.BINOMIAL: 2,
    Distribution.BERNOULLI: 1,
}

_MODEL_VARIABLES = (Role.STATE, Role.PARAMETER, Role.BUILTIN)


class InvalidProgramError(AssertionError):
    """A program breaks the rules that targets rely on."""


def verify(program: Program) -> Program:
    """Return the program if it follows all rules.

    Raises
    ------
    InvalidProgramError
        With everything that is wrong.
    """
    problems = [*_check_names(program), *_check_launches(program)]
    problems += [*_check_buffers(program), *_check_streams(program)]
    problems += [*check_tables(program), *check_histories(program), *check_functions(program)]
    for kernel in program.kernels:
        problems += [f"{kernel.name}: {problem}" for problem in _check_kernel(program, kernel)]
    # What the problems are noted of must be there.
    problems = problems or list(check_problems(program))
    if problems:
        raise InvalidProgramError("\n".join(problems))
    return program


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _check_names(program: Program) -> Iterator[str]:
    kinds = {
        "extents": program.extents,
        "arrays and buffers": [
            *(array.name for array in program.arrays),
            *(buffer.name for buffer in program.buffers),
        ],
        "tables": [table.name for table in program.tables],
        "clocks": [clock.name for clock in program.clocks],
        "kernels": [kernel.name for kernel in program.kernels],
        "launches": [launch.kernel for launch in program.launches if isinstance(launch, Launch)],
        "pauses": [pause.name for pause in program.pauses],
        "streams": program.streams,
        "functions": [function.name for function in program.functions],
    }
    for kind, names in kinds.items():
        for name in _repeated(names):
            yield f"{name!r} appears twice among the {kind}"
    held = {array.name: array for array in program.arrays}
    for clock in program.clocks:
        for array in clock.arrays:
            if held.get(array.name) != array:
                yield f"clock {clock.name!r} lacks its array {array.name!r}"
    for array in program.arrays:
        if array.extent is not None and array.extent not in program.extents:
            yield f"{array.name!r} has the unknown extent {array.extent!r}"
    if program.is_profiled and held.get(PROFILE) != PROFILE_ARRAY:
        yield f"a profiled program lacks its array {PROFILE!r}"


def _check_launches(program: Program) -> Iterator[str]:
    kernels = {kernel.name for kernel in program.kernels}
    launched = {launch.kernel for launch in program.launches if isinstance(launch, Launch)}
    for name in sorted(kernels ^ launched):
        yield f"{name!r} is not both a kernel and launched"
    clocks = {clock.name for clock in program.clocks}
    for pause in program.pauses:
        if pause.clock not in clocks:
            yield f"pause {pause.name!r} has the unknown clock {pause.clock!r}"


def _check_buffers(program: Program) -> Iterator[str]:
    for buffer in program.buffers:
        if any(column.dtype is DType.UINT16 for column in buffer.columns):
            yield f"{buffer.name!r} holds numbers of a type for arrays only"
        if buffer.lifetime is Lifetime.STEP:
            if buffer.extent not in program.extents:
                yield f"{buffer.name!r} lives for a step and has no extent"
            if [column.dtype for column in buffer.columns] != [DType.INT32]:
                yield f"{buffer.name!r} lives for a step and does not hold indices"


def _check_streams(program: Program) -> Iterator[str]:
    # One stream is one number per element and step: a second draw would be the first again.
    drawn = (
        statement.stream
        for kernel in program.kernels
        for statement in statements_of(kernel)
        if isinstance(statement, Draw)
    )
    for name in _repeated(drawn):
        yield f"several draws are from the stream {name!r}"


def _check_kernel(program: Program, kernel: Kernel) -> list[str]:
    # What the other checks look up must be there.
    dangling = list(_check_references(program, kernel))
    checks = (
        _check_bindings,
        _check_scopes,
        _check_emissions,
        _check_draws,
        _check_exponentials,
        check_calls,
        check_entries,
        check_structure,
    )
    problems = dangling or [problem for check in checks for problem in check(program, kernel)]
    # Only what is defined has a type.
    typed = (_check_conditions, check_indices, check_loops)
    return problems or [problem for check in typed for problem in check(kernel)]


def _check_references(program: Program, kernel: Kernel) -> Iterator[str]:
    arrays = {array.name for array in program.arrays}
    buffers = {buffer.name for buffer in program.buffers}
    for binding in kernel.bindings:
        if binding.array not in arrays:
            yield f"{binding.name!r} is bound to the unknown array {binding.array!r}"
    for name in sorted(emitted(kernel) - buffers):
        yield f"appends to the unknown buffer {name!r}"
    yield from check_call_targets(program, kernel)
    yield from check_space(program, kernel)


def _check_bindings(program: Program, kernel: Kernel) -> Iterator[str]:
    extent = program.extent_of(kernel.space)
    names = {binding.name: binding for binding in kernel.bindings}
    if kernel.clock not in {clock.name for clock in program.clocks}:
        yield f"unknown clock {kernel.clock!r}"
    if not kernel.real.is_float:
        yield f"{kernel.real} holds no fractions"
    for name in _repeated([*_indices(kernel), *(b.name for b in kernel.bindings)]):
        yield f"{name!r} is bound twice"
    for binding in kernel.bindings:
        array = program.array(binding.array)
        if not _is_loadable(array, binding):
            yield f"{binding.name!r} is {binding.dtype.value}, its array {array.dtype.value}"
        if binding.index is not None and binding.index != kernel.index:
            yield from _check_index(kernel, binding, names)
        # The kernel's index says that another extent is of the same size.
        elif binding.index is None and array.extent not in (None, extent):
            yield f"{binding.name!r} has extent {array.extent!r} in a kernel over {extent!r}"
        if binding.in_order and (
            table_of(program, kernel.space) is None
            or binding.index is not None
            or binding.name in written(kernel)
        ):
            yield f"{binding.name!r} is no value of the entries of a table that is only read"
    if isinstance(kernel.space, Elements) and kernel.space.extent not in program.extents:
        yield f"unknown extent {kernel.space.extent!r}"


def _indices(kernel: Kernel) -> tuple[str, ...]:
    """Return the names of a body that hold numbers of elements without being bound."""
    event = event_of(kernel)
    return (kernel.index,) if event is None else (kernel.index, event)


def _check_index(kernel: Kernel, binding: Binding, names: Mapping[str, Binding]) -> Iterator[str]:
    visited = {binding.name}
    while binding.index is not None and binding.index not in _indices(kernel):
        index = names.get(binding.index)
        if index is None or index.dtype is not DType.INT64:
            yield f"{binding.name!r} is indexed by {binding.index!r}, which is no index"
            return
        if index.name in visited:
            yield f"{binding.name!r} is indexed by itself"
            return
        visited.add(index.name)
        binding = index


def _is_loadable(array: Array, binding: Binding) -> bool:
    """Whether the values of an array can be computed with in the type of a binding."""
    if not array.dtype.is_float:
        return binding.dtype is array.dtype.loaded
    # Variables of the model may be truth values that are stored as 0 and 1.
    return binding.dtype.is_float or (
        binding.dtype is DType.BOOLEAN and array.role in _MODEL_VARIABLES
    )


def _check_scopes(program: Program, kernel: Kernel) -> Iterator[str]:
    scalars = {b.name for b in kernel.bindings if program.array(b.array).extent is None}
    yield from _check_statements(kernel.prologue, scalars, "the prologue")
    for statement in flatten(kernel.prologue):
        if not isinstance(statement, Assign | Gather | Invoke | MatrixExponential):
            yield f"the prologue has a {type(statement).__name__}"
    in_prologue = {t for s in flatten(kernel.prologue) for t in targets(s)}
    bound = {binding.name for binding in kernel.bindings}
    for name in sorted(in_prologue & bound):
        yield f"the prologue writes {name!r}"
    defined = {*_indices(kernel), *bound, *in_prologue}
    yield from _check_statements(kernel.body, defined, "the body")
    by_name = {binding.name: binding for binding in kernel.bindings}
    fixed = {*_indices(kernel), *in_prologue, *(b.index for b in kernel.bindings)}
    over_entries = table_of(program, kernel.space) is not None
    for statement in flatten(kernel.body):
        for target in targets(statement):
            if target in fixed:
                yield f"the body changes {target!r}"
            binding = by_name.get(target)
            if binding is None:
                continue
            if binding.index not in (None, kernel.index) and not over_entries:
                yield f"the body writes {target!r} through an index"
            if program.array(binding.array).extent is None and not (
                isinstance(kernel.space, Once) or isinstance(statement, Accumulate)
            ):
                yield f"several elements write the single value {target!r}"


def _check_statements(
    statements: Iterable[Statement], defined: Iterable[str], where: str
) -> Iterator[str]:
    known = set(defined)
    for statement in statements:
        for expression in expressions(statement):
            for name in sorted(free_names(expression) - known):
                yield f"{where} uses {name!r} before it is defined"
        if isinstance(statement, Branch | While):
            yield from _check_statements(statement.body, known, where)
        if isinstance(statement, Accumulate) and statement.target not in known:
            yield f"{where} adds to the undefined {statement.target!r}"
        known.update(targets(statement))


def _check_emissions(program: Program, kernel: Kernel) -> Iterator[str]:
    buffers = {buffer.name: buffer for buffer in program.buffers}
    for statement in statements_of(kernel):
        if not isinstance(statement, Emit):
            continue
        buffer = buffers[statement.buffer]
        if len(statement.values) != len(buffer.columns):
            yield f"appends {len(statement.values)} values to {buffer.name!r}"
        else:
            yield from check_events(program, kernel, statement)
    appends = (s.buffer for s in statements_of(kernel) if isinstance(s, Emit))
    for name in _repeated(appends):
        yield f"appends several times to {name!r}"
    step_buffers = [b for b in emitted(kernel) if buffers[b].lifetime is Lifetime.STEP]
    if len(step_buffers) > 1:
        yield f"fills several buffers of a step: {sorted(step_buffers)}"
    over_entries = table_of(program, kernel.space) is not None
    if step_buffers and over_entries and is_serial(program, kernel):
        yield f"fills {step_buffers[0]!r} with the events of elements that it does not own"
    if len(emitted(kernel)) - len(step_buffers) > 1:
        yield f"appends to several records: {sorted(emitted(kernel) - set(step_buffers))}"


def _check_draws(program: Program, kernel: Kernel) -> Iterator[str]:
    for statement in statements_of(kernel):
        if not isinstance(statement, Draw):
            continue
        if statement.stream not in program.streams:
            yield f"draws from the unknown stream {statement.stream!r}"
        if len(statement.arguments) != _N_ARGUMENTS[statement.distribution]:
            yield f"draws {statement.target!r} with {len(statement.arguments)} arguments"


def _check_exponentials(_: Program, kernel: Kernel) -> Iterator[str]:
    for statement in statements_of(kernel):
        if not isinstance(statement, MatrixExponential):
            continue
        counts = len(statement.targets), len(statement.entries)
        if counts[0] != counts[1] or math.isqrt(counts[1]) ** 2 != counts[1] or not counts[1]:
            yield f"a matrix exponential has {counts[1]} entries and {counts[0]} targets"


def _check_conditions(kernel: Kernel) -> Iterator[str]:
    found: list[Expr] = []
    for statement in statements_of(kernel):
        found += conditions(statement)
        for expression in expressions(statement):
            found += [n.condition for n in walk(expression) if isinstance(n, Select)]
    types = name_types(kernel) if found else {}
    for condition in found:
        if expression_type(condition, types, kernel.real) is not DType.BOOLEAN:
            yield f"the condition {to_text(condition)} is no truth value"
