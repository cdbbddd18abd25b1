"""Kernels of one group: what their names are bound to, and the random numbers that they draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.declarations import Flag
from eqsim.expressions.fold import fold
from eqsim.expressions.functions import function_of
from eqsim.expressions.nodes import Binary, BinaryOperator, Call, Expr, Literal, Name
from eqsim.expressions.statements import Assign, Branch, Distribution, Draw, Statement, While
from eqsim.expressions.traverse import free_names, map_children
from eqsim.network.clocks import EXACT_DT, AnyClock
from eqsim.network.functions.calls import ExternalFunction
from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.network.kernels.links import LinkedBindings
from eqsim.program.dtypes import DType
from eqsim.program.nodes import (
    Array,
    Arrivals,
    Binding,
    Elements,
    IndexSpace,
    Kernel,
    Once,
    Role,
    Rows,
)
from eqsim.program.traverse import expressions, flatten, map_expressions, targets
from eqsim.targets.numpy.evaluate import compile_expression, convert

if TYPE_CHECKING:
    from eqsim.network.kernels.names import GroupNames


class KernelWriter:
    """Writes kernels of one group: finds what names are bound to, and draws random numbers.

    Parameters
    ----------
    builder : ProgramBuilder
        Where kernels, arrays and streams go.
    names : GroupNames
        What names mean.
    clock : AnyClock, optional
        The clock that the kernels run on, by default the group's.
    """

    element = "i"
    """The name of the element's number in a kernel over the group."""

    def __init__(
        self, builder: ProgramBuilder, names: GroupNames, clock: AnyClock | None = None
    ) -> None:
        self.builder = builder
        self.names = names
        self.group_clock = builder.clock(names.owner.clock)
        self.clock = builder.clock(clock or names.owner.clock)
        self.owner = names.owner
        self.label = builder.label(names.owner.storage)
        self._linked = LinkedBindings(self)
        self._locals = 0

    def assign(self, target: str, expr: Expr) -> list[Statement]:
        """Return the statements that assign an expression, its random draws first."""
        statements: list[Statement] = []
        value = self.expression(expr, statements)
        return [*statements, Assign(target, value)]

    def expression(self, expr: Expr, draws: list[Statement]) -> Expr:
        """Return the expression over stored values and locals.

        Parameters
        ----------
        expr : Expr
            As the user wrote it.
        draws : list of Statement
            Takes the draws that must come before: one for each use of a random function.
        """
        return self.draw(fold(self.names.substituted(expr), self.names.kinds), draws)

    def draw(self, expr: Expr, draws: list[Statement]) -> Expr:
        """Return the expression with calls that are no expressions replaced by locals.

        Those are the calls of random functions, and of functions from outside the language.
        """
        expr = map_children(expr, lambda child: self.draw(child, draws))
        function = function_of(expr) if isinstance(expr, Call) else None
        if not isinstance(expr, Call) or function is None:
            return expr
        if isinstance(function, ExternalFunction):
            return function.lowered(expr, self, draws)
        if function.distribution is None:
            return expr
        return self.drawn(expr, function.distribution, expr.arguments, draws)

    def drawn(
        self,
        call: Call,
        distribution: Distribution,
        arguments: tuple[Expr, ...],
        draws: list[Statement],
    ) -> Expr:
        """Return the local that holds a random number, drawn for one call."""
        local = self.local(call.function)
        stream = self.builder.stream(f"{self.label}.{call.function}")
        draws.append(Draw(local, distribution, arguments, stream))
        return Name(local, call.span)

    def local(self, stem: str) -> str:
        """Return a name for a new local."""
        number, self._locals = self._locals, self._locals + 1
        return f"_{stem}_{number}"

    def lowered(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        """Yield statements, and before each the definitions of locals for what it calls."""
        for statement in statements:
            before: list[Statement] = []
            if isinstance(statement, Branch):
                condition = self.draw(statement.condition, before)
                changed: Statement = Branch(condition, tuple(self.lowered(statement.body)))
            elif isinstance(statement, While):
                condition = self.draw(statement.condition, before)
                # What the condition calls is called again before each further pass.
                changed = While(condition, (*self.lowered(statement.body), *before))
            else:
                changed = map_expressions(statement, lambda e: self.draw(e, before))  # noqa: B023
            yield from before
            yield changed

    def in_double(self, expr: Expr) -> Expr:
        """Return an expression with its constants in double precision, and the step too."""
        if self.owner.real is DType.FLOAT64:
            return expr
        if isinstance(expr, Name) and expr.identifier == "dt":
            return Name(self.names.exact_dt, expr.span)
        if isinstance(expr, Name) and expr.identifier in self.names.externals:
            bound = self.binding(expr.identifier)
            if not bound.dtype.is_float:
                return expr
            # Names that end like a side of a synapse mean something of that side.
            name = f"_double_{self.label}_{expr.identifier}_"
            return Name(self.builder.bind(replace(bound, name=name, dtype=DType.FLOAT64)))
        if isinstance(expr, Literal) and float(np.float32(expr.value)) != expr.value:
            array, dtype = self.builder.constant(f"{self.label}.{expr.value!r}", expr.value)
            return Name(self.builder.bind(Binding(f"_{self.label}_{expr.value!r}", array, dtype)))
        return map_children(expr, self.in_double)

    def known_before_run(self, expr: Expr) -> NDArray[Any] | None:
        """Return the values of an expression over stored values that no run can change.

        Parameters
        ----------
        expr : Expr
            An expression of a kernel of this writer.

        Returns
        -------
        ndarray or None
            The value for each stored element, shape (n,); None if a run may change it.
        """
        found = {name: self._known(name) for name in free_names(expr)}
        types = {name: DType(v.dtype.name) for name, v in found.items() if v is not None}
        if len(types) < len(found):
            return None
        known = {name: values for name, values in found.items() if values is not None}
        values = compile_expression(expr, types, self.owner.real)(known)
        return np.broadcast_to(values, (self.owner.stored_size,))

    def present(self, expr: Expr) -> NDArray[Any] | None:
        """Return the values that an expression over stored values has when the run begins.

        Parameters
        ----------
        expr : Expr
            An expression of a kernel of this writer.

        Returns
        -------
        ndarray or None
            The value for each stored element, shape (n,); None if they are not stored, or belong
            to other elements.
        """
        found: dict[str, NDArray[Any]] = {}
        for name in free_names(expr):
            if name in ("t", "t_in_timesteps") or not self._is_bound(name):
                return None
            binding = self.binding(name)
            if binding.index not in (None, self.element):
                return None
            found[name] = convert(self.builder.present_values(binding.array), binding.dtype)
        types = {name: DType(values.dtype.name) for name, values in found.items()}
        values = compile_expression(expr, types, self.owner.real)(found)
        return np.broadcast_to(values, (self.owner.stored_size,))

    def _known(self, name: str) -> NDArray[Any] | None:
        if name == self.element:
            return np.arange(self.owner.stored_size, dtype=np.int64)
        if not self._is_bound(name):
            return None
        binding = self.binding(name)
        declared = self.owner.declaration(name)
        is_constant = declared is not None and Flag.CONSTANT in declared.flags
        if not is_constant and not self.builder.is_fixed(binding.array) and name not in _SIZES:
            return None
        self.builder.rely_on(binding.array)
        values = convert(self.builder.present_values(binding.array), binding.dtype)
        if binding.index in (None, self.element) or self.builder.is_single(binding.array):
            return values
        index = self._known(str(binding.index))
        return None if index is None else values[index]

    def kernel(
        self,
        name: str,
        space: IndexSpace,
        body: Iterable[Statement],
        origin: Iterable[str],
        also: Iterable[Binding] = (),
    ) -> Kernel:
        """Return a kernel over the group's elements with everything bound that its body names.

        Parameters
        ----------
        name : str
            Name of the kernel.
        space : IndexSpace
            For which elements it runs.
        body : iterable of Statement
            What it does.
        origin : iterable of str
            The user's lines.
        also : iterable of Binding
            Bindings of names that the group does not have.
        """
        given = {binding.name: binding for binding in also}
        body = tuple(self.lowered(body))
        found = names_of(body) - _names_in(space)
        prologue: tuple[Statement, ...] = ()
        if "t" in found and self.clock.is_listed:
            step = Binding("_own_timestep", self.clock.timestep, DType.INT64)
            time = Binding("t", self.clock.times, DType.FLOAT64, step.name)
            given |= {step.name: step, time.name: time}
        elif "t" in found:
            steps, dt = self._time()
            product = Binary(BinaryOperator.MULTIPLY, Name(steps.name), Name(dt.name))
            prologue = (Assign("t", product),)
            given |= {steps.name: steps, dt.name: dt}
        bound = [name for name in sorted(found) if self._is_bound(name) and name not in given]
        bindings = self._with_indices([*given.values(), *map(self.binding, bound)], space)
        if isinstance(space, Once):
            body, prologue = (*prologue, *body), ()
        return Kernel(
            name=name,
            space=space,
            index=self.element,
            clock=self.clock.name,
            real=self.owner.real,
            bindings=bindings,
            prologue=prologue,
            body=body,
            origin=tuple(origin),
        )

    def _with_indices(self, bindings: Sequence[Binding], space: IndexSpace) -> tuple[Binding, ...]:
        """Return bindings with those of the numbers that they are indexed by."""
        found = {binding.name: binding for binding in bindings}
        known = {self.element, *_names_in(space)}
        waiting = list(bindings)
        while waiting:
            index = waiting.pop().index
            if index is not None and index not in found and index not in known:
                found[index] = self.binding(index)
                waiting.append(found[index])
        return tuple(found.values())

    def gathering_kernel(
        self,
        name: str,
        through: Binding,
        body: Iterable[Statement],
        origin: Iterable[str],
        space: IndexSpace | None = None,
        also: tuple[Binding, ...] = (),
    ) -> Kernel:
        """Return a kernel that visits the group's elements through an array of their numbers.

        Parameters
        ----------
        name : str
            Name of the kernel.
        through : Binding
            Binds the element's number to the array of numbers.
        body, origin
            As for :meth:`kernel`.
        space : IndexSpace, optional
            For which places of the array it runs, by default for all.
        also : tuple of Binding
            Bindings of names that the group does not have, over the places of the array.
        """
        space = space or Elements(through.array.removesuffix(".indices"))
        kernel = self.kernel(name, space, body, origin, also=(through, *also))
        bindings = tuple(
            binding
            if binding is through
            or binding in also
            or binding.index is not None
            or self.builder.is_single(binding.array)
            else replace(binding, index=through.name)
            for binding in kernel.bindings
        )
        return replace(kernel, index="_position", bindings=bindings)

    def _time(self) -> tuple[Binding, Binding]:
        """Return the step's number and length on the kernel's clock, under free names if need be.

        An operation may run on another clock than its group: the time is that of its own steps,
        and ``dt`` in its text is still the step with which the group is integrated.
        """
        if self.clock == self.group_clock:
            steps, dt = "t_in_timesteps", self.names.exact_dt
        else:
            steps, dt = "_own_timestep", "_own_dt"
        return (
            Binding(steps, self.clock.timestep, DType.INT64),
            Binding(dt, self.clock.dt, DType.FLOAT64),
        )

    def _is_bound(self, name: str) -> bool:
        if name == "i":
            return False
        if self.builder.bound(name) is not None or self.names.linked.local(name) is not None:
            return True
        return name in (EXACT_DT, "t_in_timesteps", "dt", "N") or (
            name in self.owner.variables or name in self.names.externals
        )

    def binding(self, name: str) -> Binding:
        """Return the binding of one name of the group."""
        bound = self.builder.bound(name)
        if bound is not None:
            return bound
        clock, real = self.group_clock, self.owner.real
        linked = self.names.linked.local(name)
        if linked is not None:
            return self._linked.binding(name, *linked)
        if name == "t_in_timesteps":
            return Binding(name, clock.timestep, DType.INT64)
        if name == EXACT_DT:
            return Binding(name, clock.dt, DType.FLOAT64)
        if name == "dt":
            return Binding(name, clock.dt, real)
        if name == "N":
            array = Array(f"{self.label}.N", DType.INT64, None, False, Role.BUILTIN)
            size = np.array([self.owner.stored_size], dtype=np.int64)
            return Binding(name, self.builder.array(array, size), DType.INT64)
        if name in self.names.externals:
            external = self.names.externals[name]
            place = self.builder.label(self.owner) if external.is_own else "namespace"
            added, dtype = self.builder.constant(
                f"{place}.{name}", external.value, external.dimension
            )
            return Binding(name, added, real if dtype.is_float else dtype)
        return self._variable(name)

    def _variable(self, name: str) -> Binding:
        variable = self.owner.stored_variables[name]
        # Times are compared with t, which is always double precision.
        exact = variable.role is Role.BUILTIN
        extent = self.builder.extent(self.label, self.owner.stored_size)
        array = Array(
            f"{self.label}.{name}",
            DType(variable.values.dtype.name),
            None
            if len(variable.values) != self.owner.stored_size or variable.is_shared
            else extent,
            True,
            variable.role,
        )
        added = self.builder.array(array, variable.values)
        dtype = variable.dtype
        loaded = self.owner.real if dtype.is_float and not exact else dtype.loaded
        return Binding(name, added, loaded)


_SIZES = frozenset({"N", "N_pre", "N_post", "N_incoming", "N_outgoing"})
"""Numbers of elements, which no run changes."""


def _names_in(space: IndexSpace) -> set[str]:
    """Return the names that an index space defines beside the element's number."""
    return {space.event} if isinstance(space, Rows | Arrivals) else set()


def names_of(body: Iterable[Statement]) -> set[str]:
    """Return every name that statements define, change or read."""
    found: set[str] = set()
    for statement in flatten(body):
        found.update(targets(statement))
        for expression in expressions(statement):
            found |= free_names(expression)
    return found
