"""The object that users build models from: a block of equations that can be joined and renamed."""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Iterator, Mapping
from typing import Any

from eqsim.equations.block_parser import parse_block
from eqsim.equations.declarations import Declaration, EquationBlock, VariableKind
from eqsim.equations.display import block_latex
from eqsim.equations.identifiers import check_identifier
from eqsim.errors import EquationError, ModelError, did_you_mean, message
from eqsim.expressions.dimensions import is_noise
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Expr,
    Literal,
    Name,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.traverse import free_names, substitute
from eqsim.source import Source
from eqsim.units.arguments import LARGEST, shown
from eqsim.units.dimensions import DIMENSIONLESS, base_unit_for
from eqsim.units.quantity import Quantity, dimension_of, si_value

Replacement = str | float | Quantity


class Equations(Mapping[str, Declaration]):
    """A block of equations; immutable.

    Parameters
    ----------
    text : str or EquationBlock
        The equations, one to a line: ``dx/dt = expression : unit (flags)``,
        ``x = expression : unit (flags)`` or ``x : unit (flags)``.
    **substitutions : str, number or Quantity
        What to put for names: another name, or a value for a name that the equations do not
        define.

    Raises
    ------
    EquationError
        If the text is wrong, or a new name cannot be used.
    ModelError
        If there is nothing to substitute, or a value is no single number.

    Notes
    -----
    As a mapping it gives the :class:`~eqsim.equations.declarations.Declaration` of each name, in
    the order of the text.

    Examples
    --------
    >>> membrane = Equations("dv/dt = (E - v + I)/tau : volt", E="E_rest")
    >>> print(membrane + "I : volt")
    dv/dt = (E_rest - v + I) / tau : volt
    I : volt
    >>> sorted(membrane.identifiers)
    ['E_rest', 'I', 'tau', 'v']
    """

    __slots__ = ("_block",)
    _block: EquationBlock

    def __init__(self, text: str | EquationBlock = "", **substitutions: Replacement) -> None:
        if not isinstance(text, str | EquationBlock):
            raise ModelError(
                f"equations cannot be {shown(text)}\n"
                "  expected: a text, such as 'dv/dt = -v/(10*ms) : volt'"
            )
        block = text if isinstance(text, EquationBlock) else parse_block(Source(text))
        self._block = _substituted(block, substitutions)

    @property
    def block(self) -> EquationBlock:
        """The declarations, for the stages that follow."""
        return self._block

    def substitute(self, **substitutions: Replacement) -> Equations:
        """Return the equations with other names or values in them, as given to the class.

        Examples
        --------
        >>> print(Equations("dv/dt = -v/tau : volt").substitute(v="u"))
        du/dt = -u / tau : volt
        """
        return Equations(self._block, **substitutions)

    def __getitem__(self, name: str) -> Declaration:
        for declaration in self._block.declarations:
            if declaration.name == name:
                return declaration
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (declaration.name for declaration in self._block.declarations)

    def __len__(self) -> int:
        return len(self._block.declarations)

    def __add__(self, other: Equations | str) -> Equations:
        if not isinstance(other, Equations | str):
            return NotImplemented
        return Equations(_joined(self._block, _block(other)))

    def __radd__(self, other: str) -> Equations:
        if not isinstance(other, str):
            return NotImplemented
        return Equations(_joined(_block(other), self._block))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equations) and self._block == other._block

    def __hash__(self) -> int:
        return hash(self._block)

    def __reduce__(self) -> tuple[type[Equations], tuple[EquationBlock]]:
        return Equations, (self._block,)

    def __str__(self) -> str:
        return "\n".join(str(declaration) for declaration in self._block.declarations)

    def __repr__(self) -> str:
        return f"Equations({str(self)!r})"

    def _repr_latex_(self) -> str:
        return block_latex(self._block)

    @property
    def names(self) -> frozenset[str]:
        """Every name that is defined."""
        return self._block.names

    @property
    def diff_eq_names(self) -> frozenset[str]:
        """The names that have a differential equation."""
        return self._names_of(VariableKind.DIFFERENTIAL)

    @property
    def subexpr_names(self) -> frozenset[str]:
        """The names of subexpressions."""
        return self._names_of(VariableKind.SUBEXPRESSION)

    @property
    def parameter_names(self) -> frozenset[str]:
        """The names of parameters."""
        return self._names_of(VariableKind.PARAMETER)

    @property
    def eq_names(self) -> frozenset[str]:
        """The names that have a right side."""
        return self.diff_eq_names | self.subexpr_names

    @property
    def identifiers(self) -> frozenset[str]:
        """Every name that is defined or read, units and constants included."""
        return self.names.union(*(_reads(d) for d in self._block.declarations))

    @property
    def is_stochastic(self) -> bool:
        """Whether white noise stands in a differential equation."""
        return any(is_noise(name) for name in self.identifiers)

    @property
    def dependencies(self) -> dict[str, frozenset[str]]:
        """The names defined here that each right side needs, directly or through others."""
        direct = {d.name: _reads(d) & self.names for d in self._block.declarations}
        return {name: _reachable(name, direct) for name in direct}

    def _names_of(self, kind: VariableKind) -> frozenset[str]:
        return frozenset(d.name for d in self._block.of_kind(kind))


def _block(equations: Equations | str) -> EquationBlock:
    return equations.block if isinstance(equations, Equations) else parse_block(Source(equations))


def _joined(first: EquationBlock, second: EquationBlock) -> EquationBlock:
    return _without_duplicates(
        (*first.declarations, *second.declarations), (*first.sources, *second.sources)
    )


def _reads(declaration: Declaration) -> frozenset[str]:
    return frozenset() if declaration.expression is None else free_names(declaration.expression)


def _reachable(name: str, direct: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = direct[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return frozenset(found)


def _without_duplicates(
    declarations: tuple[Declaration, ...], sources: tuple[Source, ...]
) -> EquationBlock:
    first: dict[str, Declaration] = {}
    for declaration in declarations:
        other = first.setdefault(declaration.name, declaration)
        if other is not declaration:
            raise EquationError(
                f"{declaration.name!r} is declared twice",
                declaration.name_span,
                details=(f"the other is: {other}",),
                hint="rename one of them: Equations(text, old_name='new_name')",
            )
    return EquationBlock(declarations, sources)


def _substituted(block: EquationBlock, substitutions: Mapping[str, Replacement]) -> EquationBlock:
    used = block.names.union(*(_reads(d) for d in block.declarations))
    mapping: dict[str, Expr] = {}
    for name, replacement in substitutions.items():
        if name not in used:
            hint = did_you_mean(name, used) or f"known: {', '.join(sorted(used))}"
            raise ModelError(message(f"{name!r} is not in the equations", hint))
        if isinstance(replacement, str):
            if name in block.names:
                check_identifier(replacement)
            mapping[name] = _name(replacement)
        elif name in block.names:
            raise ModelError(
                f"{name!r} is defined by the equations and cannot be a value\n"
                "  only another name can be put for it, given as a string"
            )
        else:
            mapping[name] = _value(name, replacement)
    renamed = tuple(_renamed(d, mapping) for d in block.declarations)
    return _without_duplicates(renamed, block.sources)


def _renamed(declaration: Declaration, mapping: Mapping[str, Expr]) -> Declaration:
    name, expression = mapping.get(declaration.name), declaration.expression
    return dataclasses.replace(
        declaration,
        name=name.identifier if isinstance(name, Name) else declaration.name,
        expression=None if expression is None else substitute(expression, mapping),
    )


def _name(identifier: str) -> Name:
    source = Source(identifier, "the new name")
    expr = parse_expression(source)
    if not isinstance(expr, Name):
        raise EquationError(
            f"{identifier!r} is not a name",
            source.whole,
            hint="give a value as a number or a quantity, not as a string",
        )
    return expr


def _value(name: str, replacement: Any) -> Expr:
    """Return a value as an expression, in unscaled units."""
    dimension = dimension_of(replacement)
    number = si_value(replacement)
    if getattr(number, "shape", ()) == () and hasattr(number, "item"):
        number = number.item()
    if not isinstance(number, numbers.Real) or not abs(number) <= LARGEST:  # type: ignore[operator]
        raise ModelError(
            f"{name!r} is not given as a single number that is finite\n"
            f"  but as {shown(replacement)}"
        )
    literal = _literal(number)
    if dimension is DIMENSIONLESS:
        return literal
    unit = parse_expression(Source(base_unit_for(dimension)))
    return Binary(BinaryOperator.MULTIPLY, literal, unit)


def _literal(number: Any) -> Expr:
    if isinstance(number, bool):
        return Literal(number)
    value = int(number) if isinstance(number, numbers.Integral) else float(number)
    if math.copysign(1, value) < 0:
        return Unary(UnaryOperator.NEGATE, Literal(-value))
    return Literal(value)
