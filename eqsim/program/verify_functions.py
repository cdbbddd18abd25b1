"""The rules for functions from outside the language, and for elements that are gathered."""

from __future__ import annotations

from collections.abc import Iterator

from eqsim.expressions.nodes import Kind
from eqsim.expressions.printer import to_text
from eqsim.expressions.statements import Gather, Invoke
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Kernel, Program
from eqsim.program.traverse import flatten, invokes_state, statements_of, written
from eqsim.program.types import expression_type, name_types


def check_functions(program: Program) -> Iterator[str]:
    """Yield what is wrong with the functions themselves."""
    arrays = {array.name for array in program.arrays}
    known: set[str] = set()
    for function in program.functions:
        for target, code in function.code:
            for _, array in code.values:
                if array not in arrays:
                    yield f"{function.name!r} reads the unknown array {array!r} on {target!r}"
            for _, other in code.dependencies:
                if other not in known:
                    yield f"{function.name!r} needs {other!r}, which is not before it"
        known.add(function.name)
    yield from _check_gathered(program)


def _check_gathered(program: Program) -> Iterator[str]:
    """Yield the arrays from which a kernel gathers elements, and which it changes itself."""
    for kernel in program.kernels:
        gathered = {s.array for s in statements_of(kernel) if isinstance(s, Gather)}
        names = written(kernel)
        changed = {binding.array for binding in kernel.bindings if binding.name in names}
        for array in sorted(gathered & changed):
            yield f"{kernel.name}: changes {array!r}, from which it gathers elements"


def check_call_targets(program: Program, kernel: Kernel) -> Iterator[str]:
    """Yield what is gathered from or invoked, and does not exist."""
    arrays = {array.name for array in program.arrays}
    functions = {function.name for function in program.functions}
    for statement in statements_of(kernel):
        if isinstance(statement, Gather) and statement.array not in arrays:
            yield f"gathers from the unknown array {statement.array!r}"
        if isinstance(statement, Invoke) and statement.function not in functions:
            yield f"invokes the unknown function {statement.function!r}"


def check_calls(program: Program, kernel: Kernel) -> Iterator[str]:
    """Yield what is wrong with what is gathered and invoked."""
    bound = {binding.name for binding in kernel.bindings}
    for statement in statements_of(kernel):
        if isinstance(statement, Gather | Invoke) and statement.target in bound:
            yield f"{statement.target!r} is bound and no local"
        if isinstance(statement, Gather):
            yield from _check_gather(program, statement)
        if isinstance(statement, Invoke):
            yield from _check_invoke(program, statement)
    for statement in flatten(kernel.prologue):
        if invokes_state(program, statement):
            yield "the prologue invokes a function whose calls depend on their order"


def _check_gather(program: Program, statement: Gather) -> Iterator[str]:
    array = program.array(statement.array)
    if _kind(array.dtype) is not statement.kind:
        yield f"gathers {statement.kind.value} from {array.name!r}, which is {array.dtype.value}"


def _check_invoke(program: Program, statement: Invoke) -> Iterator[str]:
    function = program.function(statement.function)
    if len(statement.arguments) != len(function.arguments):
        yield f"invokes {function.name!r} with {len(statement.arguments)} arguments"
    if statement.kind is not function.result:
        yield f"takes {statement.kind.value} from {function.name!r}"


def _kind(dtype: DType) -> Kind:
    if dtype.is_float:
        return Kind.FLOAT
    return Kind.BOOLEAN if dtype is DType.BOOLEAN else Kind.INTEGER


def check_indices(kernel: Kernel) -> Iterator[str]:
    """Yield the indices of what is gathered that are no integers."""
    gathered = [s for s in statements_of(kernel) if isinstance(s, Gather)]
    types = name_types(kernel) if gathered else {}
    for statement in gathered:
        if expression_type(statement.index, types, kernel.real) is not DType.INT64:
            yield f"the index {to_text(statement.index)} is no integer"
