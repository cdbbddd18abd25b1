"""Quotients by what is the same for all elements as products with its reciprocal, computed once.

A vector unit divides at about a tenth of the speed at which it multiplies. Keeps values up to
rounding: one more rounding, of the reciprocal, which is a normal number unless the divisor lies
within a factor of four of the ends of the range.

Quotients whose exact value may matter are left as they are: those of integers, those in conditions
and in the arguments of functions with jumps, such as ``floor``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    Expr,
    Literal,
    Logical,
    Name,
    Select,
)
from eqsim.expressions.statements import Accumulate, Assign, Statement
from eqsim.expressions.traverse import free_names, map_children
from eqsim.program.nodes import Kernel, Once, Program
from eqsim.program.traverse import targets, written
from eqsim.program.types import expression_type, name_types

_WITH_JUMPS = frozenset({"floor", "ceil", "int", "sign", "timestep"})
_PREFIX = "_reciprocal_"
_JUMPING = (BinaryOperator.FLOOR_DIVIDE, BinaryOperator.MODULO)


def multiply_by_reciprocals(program: Program) -> Program:
    """Replace quotients by values that all elements share by products; after they are hoisted."""
    return replace(program, kernels=tuple(_changed(program, kernel) for kernel in program.kernels))


def _changed(program: Program, kernel: Kernel) -> Kernel:
    if isinstance(kernel.space, Once):
        return kernel
    change = _Reciprocals(program, kernel)
    body = tuple(map(change.statement, kernel.body))
    return replace(kernel, prologue=(*kernel.prologue, *change.computed()), body=body)


class _Reciprocals:
    """One pass over a body, collecting the reciprocals that it needs."""

    def __init__(self, program: Program, kernel: Kernel) -> None:
        self.types = name_types(kernel)
        self.real = kernel.real
        names = written(kernel)
        changed = {binding.array for binding in kernel.bindings if binding.name in names}
        self.shared = {target for s in kernel.prologue for target in targets(s)}
        self.shared |= {
            binding.name
            for binding in kernel.bindings
            if program.array(binding.array).extent is None and binding.array not in changed
        }
        self.names: dict[Expr, str] = {}
        self.before = sum(name.startswith(_PREFIX) for name in self.shared)

    def computed(self) -> Iterator[Statement]:
        """Yield the statements that compute the reciprocals."""
        for divisor, name in self.names.items():
            yield Assign(name, Binary(BinaryOperator.DIVIDE, Literal(1.0), divisor))

    def statement(self, statement: Statement) -> Statement:
        """Return the statement; bodies of branches run for few elements and stay."""
        if isinstance(statement, Assign | Accumulate):
            return replace(statement, value=self._product(statement.value))
        return statement

    def _product(self, expr: Expr) -> Expr:
        match expr:
            case Compare() | Logical():
                return expr
            case Call(function, _) if function in _WITH_JUMPS:
                return expr
            case Binary(operator, _, _) if operator in _JUMPING:
                return expr
            case Select(condition, if_true, if_false, span):
                return Select(condition, self._product(if_true), self._product(if_false), span)
        changed = map_children(expr, self._product)
        match changed:
            case Binary(BinaryOperator.DIVIDE, dividend, divisor, span):
                factor = self._reciprocal(dividend, divisor)
                if factor is not None:
                    return Binary(BinaryOperator.MULTIPLY, dividend, factor, span)
        return changed

    def _reciprocal(self, dividend: Expr, divisor: Expr) -> Name | None:
        """Return the name of a divisor's reciprocal, None if the quotient is to stay."""
        if isinstance(divisor, Literal) and not isinstance(divisor.value, bool):
            divisor = Literal(float(divisor.value))
        known = free_names(divisor) <= self.shared
        dtype = expression_type(divisor, self.types, self.real)
        is_same = expression_type(dividend, self.types, self.real) is dtype
        if not (known and is_same and dtype.is_float):
            return None
        number = self.before + len(self.names)
        name = self.names.setdefault(divisor, f"{_PREFIX}{number}")
        self.types[name] = dtype
        return Name(name)
