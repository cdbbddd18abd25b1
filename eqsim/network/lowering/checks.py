"""Everything that is wrong in the texts of a group, found before anything is lowered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eqsim.equations.check import check_block, check_condition, check_expression, random_functions
from eqsim.equations.check_code import check_code
from eqsim.equations.code import CodeBlock
from eqsim.equations.declarations import EquationBlock
from eqsim.equations.scope import Scope, externals
from eqsim.errors import EquationError, raise_together
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Expr
from eqsim.expressions.traverse import called_functions, free_names
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.network.groups.refractoriness import RefractoryKind
from eqsim.network.groups.regular_operations import RegularOperation
from eqsim.network.kernels.links import unlinked
from eqsim.network.kernels.names import GroupNames
from eqsim.units.dimensions import SECOND


def check_group(
    group: NeuronGroup, names: GroupNames, operations: Iterable[RegularOperation]
) -> None:
    """Raise everything that is wrong in the texts of a group, at once.

    Raises
    ------
    EquationError
        The only mistake, or all of them.
    """
    operations = list(operations)
    texts = _texts(group, operations)
    names.resolve({name for text in texts for name in externals(text, ())})
    names.tell_hidden({name for text in texts for name in _written_names(text)})
    scope = names.scope
    errors: list[EquationError] = []
    check_block(group.equations.block, scope, errors)
    for event in group.events.values():
        check_condition(event.condition, scope, errors)
    for code in group.event_codes.values():
        check_code(code.code, scope, errors)
        errors += shared_on_events(code.code, scope)
    for operation in operations:
        check_code(operation.code, scope, errors)
    refractoriness = group.refractoriness
    if refractoriness is not None and refractoriness.expression is not None:
        _check_refractory(refractoriness.kind, refractoriness.expression, scope, errors)
    errors += unlinked(group)
    names.tell_unused(text for text in texts if isinstance(text, CodeBlock))
    raise_together(names.advised(errors))


def _texts(
    group: NeuronGroup, operations: Iterable[RegularOperation]
) -> list[EquationBlock | CodeBlock | Expr]:
    texts: list[EquationBlock | CodeBlock | Expr] = [group.equations.block]
    texts += [event.condition for event in group.events.values()]
    texts += [code.code for code in group.event_codes.values()]
    texts += [operation.code for operation in operations]
    refractoriness = group.refractoriness
    if refractoriness is not None and refractoriness.expression is not None:
        texts.append(refractoriness.expression)
    return texts


def _written_names(text: EquationBlock | CodeBlock | Expr) -> Iterator[str]:
    match text:
        case EquationBlock():
            expressions = [d.expression for d in text.declarations if d.expression is not None]
        case CodeBlock():
            expressions = [statement.value for statement in text.statements]
        case _:
            expressions = [text]
    for expression in expressions:
        yield from free_names(expression) | called_functions(expression)


def shared_on_events(code: CodeBlock, scope: Scope) -> Iterator[EquationError]:
    """Yield an error for each statement that sets what is shared on events of single elements."""
    for statement in code.statements:
        symbol = scope.get(statement.target)
        if symbol is not None and symbol.shared and symbol.writable:
            yield EquationError(
                f"{statement.target!r} is shared and cannot be set on events of single neurons",
                statement.target_span,
                hint="set it with run_regularly, or drop the flag 'shared'",
            )


def _check_refractory(
    taken_as: RefractoryKind, period: Expr, scope: Scope, errors: list[EquationError]
) -> None:
    found = check_expression(period, scope, errors)
    if found is None:
        return
    if found[0] is Kind.BOOLEAN:
        meant = RefractoryKind.CONDITION
    else:
        check_expression(period, scope, errors, dimension=SECOND)
        is_random = bool(random_functions(period, scope))
        meant = RefractoryKind.DRAWN_TIME if is_random else RefractoryKind.EXPRESSION
    if meant is not taken_as:
        errors.append(
            EquationError(
                f"this was taken as {taken_as.value} when the group was made, and is"
                f" {meant.value}",
                period.span,
                hint="define the functions that it calls before the group, or in its namespace",
            )
        )
