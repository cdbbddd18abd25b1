"""What each name in the text of one group means, for the checks and for the program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from eqsim.equations.code import CodeBlock
from eqsim.equations.scope import (
    NEURON_SYMBOLS,
    REFRACTORY_SYMBOLS,
    Origin,
    Symbol,
    block_scope,
    external_function,
    externals,
    kinds_of,
)
from eqsim.errors import EquationError, UnknownNameError, did_you_mean
from eqsim.expressions.functions import CONSTANTS, FUNCTIONS
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Call, Expr, Literal, Name
from eqsim.expressions.traverse import free_names, map_children
from eqsim.network.clocks import EXACT_DT, AnyClock
from eqsim.network.functions.calls import ExternalFunction
from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.network.kernels.externals import (
    External,
    function_outside,
    hides_behind_language,
    is_constant,
    resolve_external,
    usable_functions,
    usable_names,
)
from eqsim.network.kernels.kernel_writer import KernelWriter
from eqsim.network.kernels.links import LinkedNames
from eqsim.network.messages import LOGGER
from eqsim.program.dtypes import DType
from eqsim.units.dimensions import SECOND
from eqsim.units.names import UNITS
from eqsim.units.quantity import si_value

if TYPE_CHECKING:
    from eqsim.network.groups.state_owner import StateOwner


_OWN = (Origin.VARIABLE, Origin.SUBEXPRESSION)
_told: WeakKeyDictionary[StateOwner, set[str]] = WeakKeyDictionary()
"""What each group was told already about its names."""


class GroupNames:
    """The names of one group in one run.

    Parameters
    ----------
    owner : StateOwner
        The group.
    around : mapping of str to object
        The namespace of the run.
    """

    element: str | None = "i"
    """The name of an element's number, as it is stored, in expressions; None if it has none."""

    def __init__(self, owner: StateOwner, around: Mapping[str, Any]) -> None:
        self.owner = owner
        self.around = around
        self.linked = LinkedNames(owner, around, self.element)
        self.externals: dict[str, External] = {}
        self.functions: dict[str, ExternalFunction] = {}
        self.scope = self._symbols()
        for name, bound in owner.constants.items():
            self.add_constant(name, bound)

    def _symbols(self) -> dict[str, Symbol]:
        declared = block_scope(self.owner.equations.block)
        for name, link in self.owner.links.items():
            declared[name] = replace(declared[name], shared=link.is_single)
        symbols = {**NEURON_SYMBOLS, **self.owner.extra_symbols, **declared}
        if self.owner.has_variable("not_refractory"):
            symbols |= REFRACTORY_SYMBOLS
        return symbols

    def writer(self, builder: ProgramBuilder, clock: AnyClock | None = None) -> KernelWriter:
        """Return what writes kernels over the group's elements."""
        return KernelWriter(builder, self, clock)

    @property
    def exact_dt(self) -> str:
        """The name of the step in double precision."""
        return "dt" if self.owner.real is DType.FLOAT64 else EXACT_DT

    @property
    def kinds(self) -> dict[str, Kind]:
        """What kinds of values names have, as kernels know them."""
        return kinds_of(self.scope)

    def resolve(self, names: Iterable[str]) -> None:
        """Look up the names that the group does not define; the unknown stay out of the scope.

        Raises
        ------
        ModelError
            If a name stands for something that equations cannot use.
        """
        for name in sorted(names):
            if name in self.scope:
                continue
            function = function_outside(name, self.owner.namespace, self.around)
            if function is not None:
                self.functions[name] = function
                self.scope[name] = external_function(name, function)
                continue
            found = resolve_external(name, self.owner.namespace, self.around, self.owner.name)
            if found is not None:
                self.externals[name] = found
                self.scope[name] = found.symbol

    def resolve_in(self, expr: Expr) -> dict[str, Expr]:
        """Look up what an expression needs, directly or through subexpressions.

        Returns
        -------
        dict of str to Expr
            The subexpressions that are put in where they are used.
        """
        used: dict[str, Expr] = {}
        needed = set(externals(expr, ()))
        while new := {name for name in needed if name not in used and self._is_put_in(name)}:
            for name in sorted(new):
                subexpression = self.owner.substitutable(name)
                assert subexpression is not None
                used[name] = subexpression
                needed |= externals(subexpression, ())
        self.resolve(needed)
        return used

    def _is_put_in(self, name: str) -> bool:
        return self.owner.substitutable(name) is not None

    def tell_hidden(self, names: Iterable[str]) -> None:
        """Tell where a name means something else than the caller's value of that name.

        A unit or constant of the language is meant, or a variable of the group.
        """
        for name in sorted(set(names) - self.scope.keys()):
            if name in self.around and hides_behind_language(name, self.around[name]):
                LOGGER.warning(
                    "%s: %r in the equations is that of the language, not your %s = %r",
                    self.owner.name,
                    name,
                    name,
                    self.around[name],
                )
        told = _told.setdefault(self.owner, set())
        for name in sorted(set(names) & self.scope.keys() - told - self.owner.given_names):
            value = self.around.get(name)
            if self.scope[name].origin in _OWN and is_constant(value):
                told.add(name)
                LOGGER.warning(
                    "%s: %r is a variable of the model, not your %s = %r",
                    self.owner.name,
                    name,
                    name,
                    value,
                )

    def tell_unused(self, codes: Iterable[CodeBlock]) -> None:
        """Tell of locals that no other statement reads: they may be misspelled variables."""
        told = _told.setdefault(self.owner, set())
        for code in codes:
            read = {
                name
                for statement in code.statements
                for name in free_names(statement.value)
                if name != statement.target
            }
            for name in {each.target: None for each in code.statements}:
                if name in self.scope or name in read or name in told:
                    continue
                told.add(name)
                variables = {*self.owner.variables, *self.owner.equations}
                known = sorted(filter(str.isidentifier, variables))
                LOGGER.warning(
                    "%s: %r is set and never used; %s",
                    code.source.name,
                    name,
                    did_you_mean(name, known) or f"its variables: {', '.join(known)}",
                )

    def advised(self, errors: Iterable[EquationError]) -> Iterator[EquationError]:
        """Yield errors, those about unknown names with what to do about them."""
        for error in errors:
            if not isinstance(error, UnknownNameError) or error.span is None:
                yield error
                continue
            name = error.span.text
            if name.isidentifier():
                known = [each for each in self.scope if each.isidentifier()]
                known += usable_names(self.owner.namespace, self.around)
                meant = did_you_mean(name, known) or error.hint
                advice = f"define it in your script or in the namespace: {name} = ..."
                error = UnknownNameError(
                    error.problem, error.span, details=error.details, hint=meant or advice
                )
            elif name.endswith(")"):
                called = name.partition("(")[0].strip()
                outside = usable_functions(self.owner.namespace, self.around)
                meant = did_you_mean(called, [*FUNCTIONS, *outside]) or error.hint
                error = UnknownNameError(
                    error.problem, error.span, details=error.details, hint=meant
                )
            yield error

    def add_constant(self, name: str, value: float | int) -> None:
        """Add a constant of the group that is not the user's: the refractory period."""
        self.externals[name] = External(name, value, SECOND, is_own=True)

    def substituted(self, expr: Expr) -> Expr:
        """Return the expression over stored values only.

        Subexpressions are put in where they are used; units and constants become numbers.
        """
        if isinstance(expr, Name):
            return self.substituted_name(expr)
        if isinstance(expr, Call) and expr.function == "timestep":
            time, step = (self.substituted(argument) for argument in expr.arguments)
            exact = Name(self.exact_dt) if step == Name("dt") else step
            return Call("timestep", (time, exact), expr.span)
        changed = map_children(expr, self.substituted)
        if isinstance(changed, Call) and changed.function in self.functions:
            return replace(changed, definition=self.functions[changed.function])
        return changed

    def substituted_name(self, name: Name) -> Expr:
        """Return a name over stored values only."""
        identifier = name.identifier
        subexpression = self.owner.substitutable(identifier)
        if subexpression is not None:
            return self.substituted(subexpression)
        if identifier in self.linked:
            return self.linked[identifier].expression
        if identifier == EXACT_DT:
            return Name(self.exact_dt)
        if identifier in self.scope:
            return name
        if identifier in CONSTANTS:
            return Literal(CONSTANTS[identifier], name.span)
        if identifier in UNITS:
            return Literal(float(si_value(UNITS[identifier])), name.span)
        return name
