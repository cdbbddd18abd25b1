"""What the equations of synapses may say, given the groups on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eqsim.equations.declarations import Declaration, Flag, VariableKind
from eqsim.equations.equations import Equations
from eqsim.errors import DimensionError, EquationError, did_you_mean
from eqsim.expressions.dimensions import is_noise
from eqsim.expressions.nodes import Name
from eqsim.expressions.traverse import walk
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.sides import Side, side_of
from eqsim.units.dimensions import base_unit_for


def check_model(
    equations: Equations, source: StateOwner, target: StateOwner, errors: list[EquationError]
) -> None:
    """Check the equations of synapses; append what is wrong to ``errors``.

    Parameters
    ----------
    equations : Equations
        The equations.
    source, target : StateOwner
        The groups on both sides.
    errors : list of EquationError
        Where errors are added.
    """
    sides = {Side.SOURCE: source, Side.TARGET: target}
    for declared in equations.block.declarations:
        if Flag.SUMMED in declared.flags:
            errors.extend(_summed_errors(declared, sides))
        else:
            errors.extend(_clashes(declared, sides))
    errors.extend(_mixed_driving(equations))
    for declared in _event_driven(equations):
        errors.extend(_changing_in_between(declared, equations, sides))


def _clashes(declared: Declaration, sides: dict[Side, StateOwner]) -> Iterator[EquationError]:
    for side, group in sides.items():
        if group.has_variable(declared.name):
            yield EquationError(
                f"{declared.name!r} is a variable of {group.name!r} too",
                declared.name_span,
                details=(f"in synapses that one is {declared.name + side.suffix!r}",),
                hint="choose another name for the variable of the synapses",
            )
            return


def _summed_errors(
    declared: Declaration, sides: dict[Side, StateOwner]
) -> Iterator[EquationError]:
    found = side_of(declared.name)
    if found is None:
        yield EquationError(
            f"{declared.name!r} is summed, but is not a variable of the source or target",
            declared.name_span,
            hint=f"write '{declared.name}_post' for a variable of the target",
        )
        return
    side, stem = found
    group = sides[side]
    variable = group.declaration(stem)
    if variable is None:
        known = [d.name + side.suffix for d in group.equations.block.declarations]
        yield EquationError(
            f"{group.name!r} has no variable {stem!r} to sum into",
            declared.name_span,
            details=(f"its variables here: {', '.join(sorted(known)) or 'none'}",),
            hint=did_you_mean(declared.name, known),
        )
    elif variable.kind is not VariableKind.PARAMETER or variable.flags:
        what = variable.kind.value
        if variable.flags:
            what += f" ({', '.join(sorted(flag.value for flag in variable.flags))})"
        yield EquationError(
            f"{stem!r} of {group.name!r} is a {what}: nothing can be summed into it",
            declared.name_span,
            hint=f"declare it there as a parameter: '{stem} : {variable.unit}'",
        )
    elif variable.dimension is not declared.dimension:
        yield DimensionError(
            f"{declared.name!r} is in {declared.unit!r} here, but {stem!r} of {group.name!r} in"
            f" {base_unit_for(variable.dimension)!r}",
            declared.span,
            hint="give both the same unit",
        )
    else:
        yield from _uses(
            declared, {declared.name}, f"{declared.name!r} is what is summed into", "use another"
        )


def _event_driven(equations: Equations) -> list[Declaration]:
    return [d for d in equations.block.declarations if Flag.EVENT_DRIVEN in d.flags]


def _reached(declared: Declaration, equations: Equations) -> Iterator[Declaration]:
    """Yield the declarations that one needs through subexpressions."""
    needed = equations.dependencies[declared.name]
    yield from (equations[name] for name in sorted(needed) if name != declared.name)


def _mixed_driving(equations: Equations) -> Iterator[EquationError]:
    """Yield errors where something known at events meets something known in each step."""
    by_event = {d.name for d in _event_driven(equations)}
    by_clock = {d.name for d in equations.block.of_kind(VariableKind.DIFFERENTIAL)} - by_event
    for declared in equations.block.declarations:
        needed = {d.name for d in _reached(declared, equations)}
        is_clocked = declared.name in by_clock or declared.flags & {
            Flag.SUMMED, Flag.CONSTANT_OVER_DT,
        }  # fmt: skip
        if is_clocked and needed & by_event:
            other = sorted(needed & by_event)[0]
            yield EquationError(
                f"{declared.name!r} is needed in each step, but {other!r}, on which it depends, is"
                " only known when events arrive",
                declared.span,
                hint=f"make {other!r} (clock-driven)",
            )
        if declared.name in by_event and needed & by_clock:
            other = sorted(needed & by_clock)[0]
            yield EquationError(
                f"{declared.name!r} is event-driven, but {other!r}, on which it depends, changes"
                " in between",
                declared.span,
                hint=f"make {declared.name!r} (clock-driven)",
            )


def _changing_in_between(
    declared: Declaration, equations: Equations, sides: dict[Side, StateOwner]
) -> Iterator[EquationError]:
    """Yield errors about what an event-driven equation uses and what changes between events."""
    reason = "changes between events, and the equation is integrated only when they arrive"
    hint = "make the equation (clock-driven)"
    for each in (declared, *_reached(declared, equations)):
        if each.kind is not VariableKind.PARAMETER:
            yield from _uses(each, {"t", "t_in_timesteps"}, reason, hint)
            steps = "'dt' stands in an event-driven equation, which is not integrated in steps"
            yield from _uses(each, {"dt"}, steps, hint)
            changing = set(_changing(sides, equations))
            yield from _uses(each, changing, reason, hint)
        if each.expression is not None:
            for node in walk(each.expression):
                if isinstance(node, Name) and is_noise(node.identifier):
                    yield EquationError(
                        f"the event-driven {declared.name!r} cannot have white noise", node.span,
                        hint=hint,
                    )  # fmt: skip


def _changing(sides: dict[Side, StateOwner], equations: Equations) -> Iterator[str]:
    """Yield the names of what changes by itself on both sides."""
    for side, group in sides.items():
        for declared in group.equations.block.declarations:
            if declared.kind is not VariableKind.PARAMETER:
                yield declared.name + side.suffix
                if side is Side.TARGET and declared.name not in equations.names:
                    yield declared.name


def _uses(
    declared: Declaration, names: Iterable[str], reason: str, hint: str
) -> Iterator[EquationError]:
    if declared.expression is None:
        return
    for node in walk(declared.expression):
        if isinstance(node, Name) and node.identifier in names:
            shown = reason if reason.startswith("'") else f"{node.identifier!r} {reason}"
            yield EquationError(shown, node.span, hint=hint)
