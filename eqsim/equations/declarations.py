"""What a block of equations declares, line by line, before anything is checked against a group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from eqsim.errors import EquationError
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Expr
from eqsim.expressions.printer import to_text
from eqsim.source import Source, Span
from eqsim.units.dimensions import Dimension, base_unit_for


class VariableKind(Enum):
    """What a line declares; the value is how a message names it."""

    DIFFERENTIAL = "differential equation"
    SUBEXPRESSION = "subexpression"
    PARAMETER = "parameter"


class Flag(Enum):
    """What a line says in brackets at its end; the value is the user's words."""

    UNLESS_REFRACTORY = "unless refractory"
    CONSTANT = "constant"
    SHARED = "shared"
    CONSTANT_OVER_DT = "constant over dt"
    LINKED = "linked"
    EVENT_DRIVEN = "event-driven"
    CLOCK_DRIVEN = "clock-driven"
    SUMMED = "summed"


FlagTable = Mapping[VariableKind, frozenset[Flag]]

_PARAMETER_FLAGS = frozenset({Flag.CONSTANT, Flag.SHARED, Flag.LINKED})

NEURON_FLAGS: FlagTable = MappingProxyType(
    {
        VariableKind.DIFFERENTIAL: frozenset({Flag.UNLESS_REFRACTORY}),
        VariableKind.SUBEXPRESSION: frozenset({Flag.SHARED, Flag.CONSTANT_OVER_DT}),
        VariableKind.PARAMETER: _PARAMETER_FLAGS,
    }
)
"""The flags in equations of neurons."""

SYNAPSE_FLAGS: FlagTable = MappingProxyType(
    {
        VariableKind.DIFFERENTIAL: frozenset({Flag.EVENT_DRIVEN, Flag.CLOCK_DRIVEN}),
        VariableKind.SUBEXPRESSION: frozenset({Flag.SUMMED, Flag.SHARED, Flag.CONSTANT_OVER_DT}),
        VariableKind.PARAMETER: _PARAMETER_FLAGS,
    }
)
"""The flags in equations of synapses."""

ALL_FLAGS: FlagTable = MappingProxyType(
    {kind: NEURON_FLAGS[kind] | SYNAPSE_FLAGS[kind] for kind in VariableKind}
)
"""The flags in equations that are not yet given to a group."""

EXCLUSIVE_FLAGS = (
    frozenset({Flag.EVENT_DRIVEN, Flag.CLOCK_DRIVEN}),
    *(frozenset({Flag.LINKED, other}) for other in (Flag.CONSTANT, Flag.SHARED)),
    *(frozenset({Flag.SUMMED, other}) for other in (Flag.SHARED, Flag.CONSTANT_OVER_DT)),
)
"""Pairs of flags that cannot be given together."""


def forbidden_flag(
    flag: Flag, kind: VariableKind, allowed: frozenset[Flag], span: Span
) -> EquationError:
    """Return the error for a flag that a kind of declaration cannot have here."""
    return EquationError(
        f"a {kind.value} cannot be {flag.value!r}", span, details=(possible_flags(kind, allowed),)
    )


def possible_flags(kind: VariableKind, allowed: frozenset[Flag]) -> str:
    """Return the line of an error message that names the flags of a kind of declaration."""
    words = ", ".join(sorted(repr(flag.value) for flag in allowed)) or "none"
    return f"flags of a {kind.value} here: {words}"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One line of a block of equations.

    Parameters
    ----------
    name : str
        The variable that it declares.
    kind : VariableKind
        What the line is.
    value_kind : Kind
        What kind of value the variable holds.
    dimension : Dimension
        The dimension of the variable, also where the line gives its derivative.
    expression : Expr or None
        The right side; None for a parameter.
    flags : frozenset of Flag
        What is said in brackets.
    span, name_span : Span
        Where the line and its name stand.
    """

    name: str
    kind: VariableKind
    value_kind: Kind
    dimension: Dimension
    expression: Expr | None
    flags: frozenset[Flag]
    span: Span = field(compare=False, repr=False)
    name_span: Span = field(compare=False, repr=False)

    @property
    def left(self) -> str:
        """The left side: ``dv/dt`` or ``v``."""
        return f"d{self.name}/dt" if self.kind is VariableKind.DIFFERENTIAL else self.name

    @property
    def unit(self) -> str:
        """What stands after the colon: ``volt``, ``1``, ``boolean``, ``integer``."""
        if self.value_kind is Kind.FLOAT:
            return base_unit_for(self.dimension)
        return str(self.value_kind.value)

    def __str__(self) -> str:
        right = "" if self.expression is None else f" = {to_text(self.expression)}"
        flags = ", ".join(sorted(flag.value for flag in self.flags))
        return f"{self.left}{right} : {self.unit}" + (f" ({flags})" if flags else "")


@dataclass(frozen=True, slots=True)
class EquationBlock:
    """The declarations of a text, in its order.

    Parameters
    ----------
    declarations : tuple of Declaration
        No two of the same name.
    sources : tuple of Source
        The texts from which they come.
    """

    declarations: tuple[Declaration, ...]
    sources: tuple[Source, ...] = field(default=(), compare=False, repr=False)

    def of_kind(self, kind: VariableKind) -> tuple[Declaration, ...]:
        """Return the declarations of one kind."""
        return tuple(d for d in self.declarations if d.kind is kind)

    @property
    def names(self) -> frozenset[str]:
        """Every name that is declared."""
        return frozenset(d.name for d in self.declarations)
