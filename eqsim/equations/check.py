"""Are the names known, do kinds and dimensions fit, may this be written: all errors at once.

Every check appends to a list, so that the user sees everything that is wrong with a model in one
go; :func:`eqsim.errors.raise_together` raises what was found.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator

from eqsim.equations.cycles import cycle_errors
from eqsim.equations.declarations import Declaration, EquationBlock, Flag, VariableKind
from eqsim.equations.scope import (
    Origin,
    Scope,
    block_scope,
    functions_of,
    kinds_of,
    noisy_subexpressions,
)
from eqsim.errors import DimensionError, EquationError
from eqsim.expressions.dimensions import check_dimensions, is_noise, unknown_identifier
from eqsim.expressions.functions import CONSTANTS
from eqsim.expressions.kinds import Kind, kind_of
from eqsim.expressions.nodes import Call, Expr, Name
from eqsim.expressions.parser import (
    not_called,
    random_in_chain,
    unknown_function,
    wrong_number_of_arguments,
)
from eqsim.expressions.printer import short_text
from eqsim.expressions.traverse import walk
from eqsim.source import Span
from eqsim.units.dimensions import SECOND, Dimension, base_unit_for
from eqsim.units.names import UNITS


def check_block(
    block: EquationBlock,
    scope: Scope,
    errors: list[EquationError],
) -> None:
    """Check a block of equations; append what is wrong to ``errors``.

    Parameters
    ----------
    block : EquationBlock
        The equations.
    scope : mapping of str to Symbol
        What other names mean: what the group defines, and values from outside. The names that the
        block declares need not be in it; of linked variables it says more than the block does.
    errors : list of EquationError
        Where errors are added, in the order of the text.

    Examples
    --------
    >>> from eqsim.equations.block_parser import parse_block
    >>> from eqsim.equations.scope import NEURON_SYMBOLS
    >>> from eqsim.source import Source
    >>> block = parse_block(Source("dv/dt = -v/tua : volt", "equations of 'cells'"))
    >>> errors = []
    >>> check_block(block, NEURON_SYMBOLS, errors)
    >>> print(errors[0])
    'tua' is not defined
      equations of 'cells', line 1, column 12
        dv/dt = -v/tua : volt
                   ^^^
      defined here: N, dt, i, t, t_in_timesteps, v
    """
    linked = {d.name for d in block.declarations if Flag.LINKED in d.flags} & scope.keys()
    known = {**scope, **block_scope(block), **{name: scope[name] for name in linked}}
    noisy = noisy_subexpressions(block).keys()
    for declaration in block.declarations:
        _check_declaration(declaration, known, errors, noisy)
    errors.extend(_noise_errors(block))
    errors.extend(cycle_errors(block))


def check_expression(
    expr: Expr,
    scope: Scope,
    errors: list[EquationError],
    *,
    dimension: Dimension | None = None,
) -> tuple[Kind, Dimension | None] | None:
    """Check an expression; append what is wrong to ``errors``.

    Parameters
    ----------
    expr : Expr
        The expression.
    scope : mapping of str to Symbol
        What names mean.
    errors : list of EquationError
        Where errors are added.
    dimension : Dimension, optional
        What the expression must have; anything if not given.

    Returns
    -------
    tuple of Kind and Dimension, or None
        What the expression is; no dimension for what fits everywhere, as 0 does. None if names or
        kinds are wrong.
    """
    if not check_names(expr, scope, errors):
        return None
    return fitting(expr, scope, errors, dimension=dimension)


def check_condition(
    expr: Expr,
    scope: Scope,
    errors: list[EquationError],
) -> None:
    """Check a condition, which must be a truth value; append what is wrong to ``errors``.

    Parameters
    ----------
    expr : Expr
        A threshold, an event, or a refractory condition.
    scope : mapping of str to Symbol
        What names mean.
    errors : list of EquationError
        Where errors are added.
    """
    found = check_expression(expr, scope, errors)
    if found is not None and found[0] is not Kind.BOOLEAN:
        errors.append(
            EquationError(
                f"a condition must be true or false, but {short_text(expr)} is a number",
                expr.span,
                hint="compare it with something: v > v_threshold",
            )
        )


def check_names(
    expr: Expr,
    scope: Scope,
    errors: list[EquationError],
    *,
    noisy: Collection[str] | None = None,
) -> bool:
    """Check that every name and function in ``expr`` is known; return whether all are.

    White noise counts as known only where ``noisy`` are given, the names of the subexpressions
    with noise in them that may be used too.
    """
    before = len(errors)
    seen: set[str] = set()
    for node in walk(expr):
        match node:
            case Name(identifier, span) if identifier not in seen:
                seen.add(identifier)
                errors.extend(_name_errors(identifier, span, scope, noisy))
            case Call():
                errors.extend(_call_errors(node, scope))
            case _:
                pass
    errors.extend(map(random_in_chain, _used_twice(expr, scope)))
    return len(errors) == before


def fitting(
    expr: Expr,
    scope: Scope,
    errors: list[EquationError],
    *,
    dimension: Dimension | None = None,
    left: str | None = None,
) -> tuple[Kind, Dimension | None] | None:
    """Return the kind and the dimension of ``expr``, whose names are known.

    Appends to ``errors`` what does not fit; returns None where the kinds do not. ``left`` is the
    left side of the equation as errors name it.
    """
    functions = functions_of(scope)
    try:
        kind = kind_of(expr, kinds_of(scope), functions)
    except EquationError as error:
        errors.append(error)
        return None
    dimensions = {name: symbol.dimension for name, symbol in scope.items()}
    found = check_dimensions(expr, dimensions, dimension, errors, left=left, functions=functions)
    return kind, found


def kind_error(target: str, kind: Kind, value: Expr, found: Kind) -> EquationError | None:
    """Return the error for a value that a variable cannot hold, None if it can."""
    if found is kind or (kind is Kind.FLOAT and found is Kind.INTEGER):
        return None
    if found is Kind.BOOLEAN:
        hint = "make it 0 or 1 with int(...)"
    elif kind is Kind.BOOLEAN:
        hint = "compare it with something: x > 0"
    else:
        hint = "round it with int(...), which drops what follows the decimal point"
    meaning = {Kind.BOOLEAN: "a truth value", Kind.INTEGER: "an integer", Kind.FLOAT: "a number"}
    return EquationError(
        f"{target!r} is {meaning[kind]}, but {short_text(value)} is {_article(found)}",
        value.span,
        hint=hint,
    )


def random_functions(expr: Expr, scope: Scope) -> list[Call]:
    """Return the calls in ``expr`` that draw random numbers, or differ from use to use."""
    known = functions_of(scope)
    return [
        node
        for node in walk(expr)
        if isinstance(node, Call) and node.function in known and known[node.function].is_random
    ]


def _used_twice(expr: Expr, scope: Scope) -> Iterator[Expr]:
    """Yield random calls in the middle of a chain of comparisons, which stand there twice."""
    seen: set[object] = set()
    for call in random_functions(expr, scope):
        place = call.span or id(call)
        if place in seen:
            yield call
        seen.add(place)


def not_shared(expr: Expr, scope: Scope) -> list[Name]:
    """Return the names in ``expr`` whose value differs from element to element."""
    return [
        node
        for node in walk(expr)
        if isinstance(node, Name)
        and node.identifier in scope
        and not scope[node.identifier].shared
        and scope[node.identifier].origin is not Origin.CONSTANT
    ]


def _article(kind: Kind) -> str:
    return {
        Kind.BOOLEAN: "a truth value",
        Kind.INTEGER: "an integer",
        Kind.FLOAT: "a floating-point number",
    }[kind]


def _name_errors(
    name: str, span: Span | None, scope: Scope, noisy: Collection[str] | None
) -> Iterator[EquationError]:
    if name in scope:
        function = scope[name].function
        if function is not None:
            yield not_called(function, name, span)
        elif scope[name].is_noisy and (noisy is None or name not in noisy):
            yield EquationError(
                f"white noise stands in {name!r}, for differential equations of its group only",
                span,
                hint="a normally distributed random number is randn()",
            )
        return
    if name in CONSTANTS or name in UNITS:
        return
    if not is_noise(name):
        yield unknown_identifier(name, span, scope)
    elif noisy is None:
        yield EquationError(
            f"white noise {name!r} can only stand in a differential equation",
            span,
            hint="a normally distributed random number is randn()",
        )


def _call_errors(call: Call, scope: Scope) -> Iterator[EquationError]:
    functions = functions_of(scope)
    function = functions.get(call.function)
    if function is not None:
        if len(call.arguments) != function.n_arguments:
            yield wrong_number_of_arguments(call, function)
    elif call.function in scope:
        yield EquationError(
            f"{call.function!r} is a {scope[call.function].origin.value}, not a function",
            call.span,
            hint="a product is written with '*'",
        )
    else:
        yield unknown_function(call.function, call.span, functions)


def _check_declaration(
    declaration: Declaration,
    scope: Scope,
    errors: list[EquationError],
    noisy: Collection[str],
) -> None:
    expr = declaration.expression
    if expr is None:
        return
    differential = declaration.kind is VariableKind.DIFFERENTIAL
    # What a subexpression without flags stands for is read where it is used.
    takes_noise = differential or not declaration.flags
    if not check_names(expr, scope, errors, noisy=noisy if takes_noise else None):
        return
    dimension = declaration.dimension / SECOND if differential else declaration.dimension
    wrong: list[EquationError] = []
    found = fitting(expr, scope, wrong, dimension=dimension, left=declaration.left)
    if wrong and differential and _is_unit_of_derivative(declaration, expr, scope):
        wrong = [_unit_of_derivative(declaration)]
    errors.extend(wrong)
    if found is not None:
        error = kind_error(declaration.left, declaration.value_kind, expr, found[0])
        errors.extend([error] if error else [])
    errors.extend(_random_errors(declaration, expr, scope))
    if Flag.SHARED in declaration.flags:
        errors.extend(_sharing_errors(declaration, expr, scope))


def _is_unit_of_derivative(declaration: Declaration, expr: Expr, scope: Scope) -> bool:
    """Whether everything fits if the declared unit is taken as that of the derivative."""
    symbol = scope[declaration.name]
    meant = dataclasses.replace(symbol, dimension=declaration.dimension * SECOND)
    errors: list[EquationError] = []
    fitting(
        expr,
        {**scope, declaration.name: meant},
        errors,
        dimension=declaration.dimension,
    )
    return not errors


def _unit_of_derivative(declaration: Declaration) -> DimensionError:
    meant = base_unit_for(declaration.dimension * SECOND)
    return DimensionError(
        f"{declaration.unit!r} is the unit of {declaration.left!r}, not of {declaration.name!r}",
        declaration.span,
        details=("the unit at the end of a line is that of the variable itself",),
        hint=f"write {meant!r}",
    )


def _random_errors(declaration: Declaration, expr: Expr, scope: Scope) -> Iterator[EquationError]:
    if Flag.CONSTANT_OVER_DT in declaration.flags:
        return
    for call in random_functions(expr, scope):
        if declaration.kind is VariableKind.DIFFERENTIAL:
            yield EquationError(
                f"{call.function!r} cannot stand in a differential equation",
                call.span,
                hint="white noise is 'xi'; other random numbers go into a subexpression"
                " that is (constant over dt)",
            )
        else:
            yield EquationError(
                f"the subexpression {declaration.name!r} draws a random number at each use",
                call.span,
                hint="add the flag (constant over dt), so that it is drawn once per time step",
            )


def _sharing_errors(declaration: Declaration, expr: Expr, scope: Scope) -> Iterator[EquationError]:
    for name in not_shared(expr, scope):
        yield EquationError(
            f"{declaration.name!r} is shared, but {name.identifier!r} is not",
            name.span,
            hint=f"a shared subexpression can only use shared names; declare"
            f" {name.identifier!r} as (shared), or {declaration.name!r} without the flag",
        )


def _noise_errors(block: EquationBlock) -> Iterator[EquationError]:
    """Yield an error for each equation after the first that uses ``xi`` without a suffix."""
    noisy = noisy_subexpressions(block)
    users = [
        (declaration, node)
        for declaration in block.of_kind(VariableKind.DIFFERENTIAL)
        if declaration.expression is not None
        for node in walk(declaration.expression)
        if isinstance(node, Name) and "xi" in noisy.get(node.identifier, (node.identifier,))
    ]
    if len({declaration.name for declaration, _ in users}) < 2:
        return
    first = users[0][0]
    for declaration, node in users:
        if declaration is not first:
            yield EquationError(
                "white noise 'xi' stands in several equations",
                node.span,
                details=(f"the first is that of {first.name!r}",),
                hint=f"name it, 'xi_{declaration.name}': names that differ are independent",
            )
