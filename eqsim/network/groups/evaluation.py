"""Expressions evaluated at once: initial values, conditions as indices, subexpressions.

The same road as a run takes, with a program of one kernel on the reference interpreter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.check import check_condition, check_expression, kind_error
from eqsim.equations.scope import functions_of, kinds_of
from eqsim.errors import EquationError, ModelError, raise_together
from eqsim.expressions.kinds import Kind, kind_of
from eqsim.expressions.nodes import Call, Expr, Name
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.statements import Emit, Statement
from eqsim.expressions.traverse import depends_on, free_names
from eqsim.network.clocks import Clock
from eqsim.network.kernels.builder import Lowered, ProgramBuilder
from eqsim.network.kernels.links import unlinked
from eqsim.network.kernels.names import GroupNames
from eqsim.network.objects import SLOTS
from eqsim.network.randomness import RandomKey, as_array
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Buffer, Column, Elements, Lifetime, Once
from eqsim.program.types import kind_type
from eqsim.source import Source
from eqsim.targets.numpy.interpreter import Interpreter
from eqsim.units.dimensions import DIMENSIONLESS

if TYPE_CHECKING:
    from eqsim.network.groups.state_owner import StateOwner

_RESULT = "evaluation_result"


def evaluate(
    owner: StateOwner,
    text: str,
    around: Mapping[str, Any],
    target: str | None = None,
    *,
    unitless: bool = False,
) -> NDArray[Any]:
    """Return the values of an expression, without unit.

    Parameters
    ----------
    owner : StateOwner
        The group over whose elements it is evaluated.
    text : str
        The expression.
    around : mapping of str to object
        Where constants come from that the group does not have.
    target : str, optional
        A variable of the group whose dimension and kind the values are to have.
    unitless : bool
        Whether values without unit are in the SI unit of the target.

    Returns
    -------
    ndarray
        Shape (N,), or () if the target is shared.
    """
    shown = f"expression for {target!r} of {owner.name!r}" if target else f"{owner.name!r}"
    expr = parse_expression(Source(text, shown), functions=None)
    errors: list[EquationError] = []
    names = _names(owner, around, expr, errors)
    symbol = names.scope[target] if target is not None else None
    dimension = None if symbol is None else symbol.dimension
    if unitless and dimension is not None:
        misfits: list[EquationError] = []
        check_expression(expr, names.scope, misfits, dimension=DIMENSIONLESS)
        dimension = dimension if misfits else DIMENSIONLESS
    found = check_expression(expr, names.scope, errors, dimension=dimension)
    if found is not None and symbol is not None:
        if symbol.value_kind is Kind.INTEGER and found[0] is Kind.FLOAT:
            # As where values are stored: what follows the decimal point is dropped.
            expr = Call("int", (expr,), expr.span)
        else:
            wrong = kind_error(symbol.name, symbol.value_kind, expr, found[0])
            errors += [] if wrong is None else [wrong]
    raise_together(names.advised(errors))
    return values_of(names, expr, once=symbol is not None and symbol.shared)


def evaluate_condition(
    owner: StateOwner, text: str, around: Mapping[str, Any]
) -> NDArray[np.bool_]:
    """Return for which elements a condition holds, shape (N,)."""
    expr = parse_expression(Source(text, f"condition on {owner.name!r}"), functions=None)
    errors: list[EquationError] = []
    names = _names(owner, around, expr, errors)
    check_condition(expr, names.scope, errors)
    raise_together(names.advised(errors))
    return values_of(names, expr)


def _names(
    owner: StateOwner, around: Mapping[str, Any], expr: Expr, errors: list[EquationError]
) -> GroupNames:
    """Return what names mean, those in the subexpressions that are used included."""
    names = owner.names(around)
    _check_used(names, expr, errors)
    return names


def _check_used(names: GroupNames, expr: Expr, errors: list[EquationError]) -> None:
    """Look up what an expression needs and check the texts of the groups that it comes from."""
    owner = names.owner
    used = names.resolve_in(expr)
    for name, subexpression in used.items():
        # What refractoriness stands for has names of its own; the user's text is within it. That
        # noise stands in a subexpression is told where it is used.
        is_declared = owner.declaration(name) is not None
        period = None if owner.refractoriness is None else owner.refractoriness.expression
        text = subexpression if is_declared else period
        if text is not None and name not in owner.noisy_subexpressions:
            check_expression(text, names.scope, errors)
    needed = frozenset[str]().union(*map(free_names, (expr, *used.values())))
    errors += unlinked(owner, needed)
    for name in sorted(needed & owner.links.keys()):
        made, found = owner.links[name], list[EquationError]()
        source = made.source.names(names.around)
        _check_used(source, Name(made.target.name), found)
        errors += source.advised(found)


def values_of(names: GroupNames, expr: Expr, *, once: bool = False) -> NDArray[Any]:
    """Return the values of a checked expression, without unit.

    Parameters
    ----------
    names : GroupNames
        What names mean, those of the expression looked up.
    expr : Expr
        The expression.
    once : bool
        Whether there is one value for all elements.

    Returns
    -------
    ndarray
        Shape (N,), or () if there is one value.
    """
    owner = names.owner
    if once and depends_on(expr, [n for n, symbol in names.scope.items() if not symbol.shared]):
        raise ModelError(
            f"a shared variable of {owner.name!r} cannot be set from values that differ between"
            " its elements"
        )
    kind = kind_of(expr, kinds_of(names.scope), functions_of(names.scope))
    lowered = _lower(names, owner.relative(expr), kind_type(kind, DType.FLOAT64), once=once)
    simulation = Interpreter(lowered.program, lowered.memory)
    simulation.advance(1)
    (values,) = simulation.take(_RESULT)[0]
    return owner.chosen(values) if not once else values.reshape(())


def _lower(names: GroupNames, expr: Expr, dtype: DType, *, once: bool) -> Lowered:
    owner = names.owner
    builder = ProgramBuilder("evaluation", SLOTS)
    writer = names.writer(builder)
    extent = builder.extent(builder.label(owner.storage), owner.stored_size)
    builder.buffer(Buffer(_RESULT, (Column("value", dtype),), Lifetime.RUN))
    body: list[Statement] = []
    value = writer.expression(expr, body)
    body.append(Emit(_RESULT, (value,)))
    space = Once() if once else Elements(extent)
    # Random numbers follow from the key alone, which is new each time, and not from the time.
    once_only = builder.clock(Clock(owner.clock.dt, name=_RESULT))
    kernel = replace(writer.kernel("evaluation", space, body, ()), clock=once_only.name)
    builder.kernel(kernel, "start", 0, 0)
    lowered = builder.finish(as_array(RandomKey().value))
    arrays = lowered.memory.arrays
    arrays[once_only.end][:] = 1
    for name, clock in lowered.clocks.items():
        if name != once_only.name and isinstance(clock, Clock):
            arrays[f"{name}.dt"][:] = clock.dt_
            arrays[f"{name}.timestep"][:] = round(owner.storage.reached_time / clock.dt_)
    return lowered
