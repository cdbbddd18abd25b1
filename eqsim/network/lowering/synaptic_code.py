"""The statements that run at synapses, as those of a kernel.

What is only added to is added, so that targets may share the work in any way that keeps the order;
neurons that are refractory keep what is held; a neuron that is source and target of a synapse has
one value under two names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eqsim.equations.check_code import assigned_value
from eqsim.equations.code import Assignment
from eqsim.equations.declarations import Flag
from eqsim.expressions.nodes import (
    Binary,
    BinaryOperator,
    Compare,
    Comparison,
    Expr,
    Name,
    Select,
    Unary,
    UnaryOperator,
)
from eqsim.expressions.statements import Accumulate, Assign, Branch, Statement
from eqsim.expressions.traverse import free_names
from eqsim.network.kernels.kernel_writer import names_of
from eqsim.network.kernels.synapse_names import SynapseNames, SynapseWriter
from eqsim.network.sides import Side
from eqsim.network.synapses.synapses import Synapses
from eqsim.program.traverse import expressions


class SynapticCode:
    """The lowering of statements of one Synapses object.

    Parameters
    ----------
    synapses : Synapses
        The synapses.
    names : SynapseNames
        What names mean.
    writer : SynapseWriter
        Writes their kernels.
    """

    def __init__(self, synapses: Synapses, names: SynapseNames, writer: SynapseWriter) -> None:
        self.synapses = synapses
        self.names = names
        self.writer = writer

    def statements(self, statements: Iterable[Assignment]) -> list[Statement]:
        """Return statements of the user as those of a kernel over stored values."""
        body: list[Statement] = []
        for statement in statements:
            target = self.names.stored_name(statement.target)
            added = self._addition(statement)
            if added is None:
                body += self._held(self.writer.assign(target, assigned_value(statement)))
            else:
                value = self.writer.expression(added, body)
                body += self._held([Accumulate(target, value)])
        return self._told_twice(_accumulated_once(body))

    def _addition(self, statement: Assignment) -> Expr | None:
        """Return what a statement adds to a variable of either side, None if it does not."""
        if self.writer.side_of_name(self.names.stored_name(statement.target)) is None:
            return None
        match statement.operator:
            case BinaryOperator.ADD:
                return statement.value
            case BinaryOperator.SUBTRACT:
                return Unary(UnaryOperator.NEGATE, statement.value)
            case _:
                return None

    def _held(self, statements: list[Statement]) -> Iterator[Statement]:
        """Yield statements that leave what is held while a neuron is refractory."""
        for statement in statements:
            if not isinstance(statement, Assign | Accumulate):
                yield statement
                continue
            free = self._freedom_of(statement.target)
            if free is None:
                yield statement
            elif isinstance(statement, Assign):
                value = Select(free, statement.value, Name(statement.target))
                yield Assign(statement.target, value)
            else:
                yield Branch(free, (statement,))

    def _freedom_of(self, target: str) -> Expr | None:
        """Return the condition under which a neuron's variable may change, None if always."""
        found = self.names.side_variable(target)
        if found is None:
            return None
        side, stem = found
        group = self.synapses.side(side)
        declared = group.declaration(stem)
        flagged = declared is not None and Flag.UNLESS_REFRACTORY in declared.flags
        if not flagged or not group.has_variable("not_refractory"):
            return None
        return self.names.substituted(Name("not_refractory" + side.suffix))

    def _told_twice(self, body: list[Statement]) -> list[Statement]:
        """Return a body in which a neuron that is source and target has one value.

        Where a statement writes ``v_post`` and another uses ``v_pre`` of the same group, a synapse
        from a neuron to itself has one variable under two names.
        """
        if self.synapses.source.storage is not self.synapses.target.storage:
            return body
        written = {s.target for part in body for s in _parts(part)}
        used = names_of(body)
        same = Compare(Comparison.EQUAL, Name(Side.SOURCE.element), Name(Side.TARGET.element))
        result: list[Statement] = []
        for statement in body:
            targets = [part.target for part in _parts(statement)]
            twins = [twin for t in targets if (twin := self._twin(t)) in used and twin is not None]
            result += _without_accumulation(statement) if twins else [statement]
            for target in targets:
                other = self._twin(target)
                if other is not None and other in used and target in written:
                    result.append(Assign(other, Select(same, Name(target), Name(other))))
        return result

    def _twin(self, name: str) -> str | None:
        """Return the name by which a variable of one side is known as that of the other side."""
        found = self.names.side_variable(name)
        if found is None:
            return None
        side, stem = found
        other = side.other
        return stem + other.suffix


def _parts(statement: Statement) -> Iterator[Assign | Accumulate]:
    """Yield the assignments and additions of a statement."""
    if isinstance(statement, Assign | Accumulate):
        yield statement
    if isinstance(statement, Branch):
        for inner in statement.body:
            yield from _parts(inner)


def _accumulated_once(body: list[Statement]) -> list[Statement]:
    """Return a body whose additions are to what it neither reads nor changes otherwise."""
    targets = [part.target for statement in body for part in _parts(statement)]
    read = {
        name
        for statement in body
        for part in (statement, *_parts(statement))
        for expression in expressions(part)
        for name in free_names(expression)
    }
    result: list[Statement] = []
    for statement in body:
        added = [p.target for p in _parts(statement) if isinstance(p, Accumulate)]
        plain = any(t in read or targets.count(t) > 1 for t in added)
        result += _without_accumulation(statement) if plain else [statement]
    return result


def _without_accumulation(statement: Statement) -> list[Statement]:
    """Return a statement with additions written as assignments."""
    match statement:
        case Accumulate(target, value):
            return [Assign(target, Binary(BinaryOperator.ADD, Name(target), value))]
        case Branch(condition, (Accumulate(target, value),)):
            total = Binary(BinaryOperator.ADD, Name(target), value)
            return [Assign(target, Select(condition, total, Name(target)))]
        case _:
            return [statement]
