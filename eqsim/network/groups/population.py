"""Elements that follow equations: how many they are, and what their names mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.declarations import Declaration, Flag, VariableKind
from eqsim.equations.equations import Equations
from eqsim.equations.scope import (
    NEURON_SYMBOLS,
    REFRACTORY_SYMBOLS,
    Symbol,
    noisy_subexpressions,
)
from eqsim.errors import EquationError, ModelError, raise_together
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Expr
from eqsim.network.clocks import Clock
from eqsim.network.events import Event
from eqsim.network.groups.refractoriness import Refractoriness
from eqsim.network.objects import SteppedObject
from eqsim.network.variables.linked import Link
from eqsim.network.variables.methods import GivenMethod
from eqsim.network.variables.variables import Variable
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Role
from eqsim.program.types import kind_type
from eqsim.runtime.memory import zeros
from eqsim.units.dimensions import Dimension

_DTYPES = {Kind.BOOLEAN: DType.BOOLEAN, Kind.INTEGER: DType.INT32}


class Population(SteppedObject):
    """Elements that follow the same equations.

    Parameters
    ----------
    name : str
        Name, or stem with a star.
    order, clock
        As for every object of a network.
    n : int
        How many elements it has.
    equations : Equations
        The equations that declare its variables.
    real : DType
        Precision in which it computes.
    """

    def __init__(
        self, name: str, order: int, clock: Clock, n: int, equations: Equations, real: DType
    ) -> None:
        super().__init__(name, "groups", order, clock)
        self._n = n
        self.equations = equations
        self.real = real
        self.namespace: dict[str, Any] = {}
        self._links: dict[str, Link] = {}
        self._given_names: frozenset[str] = frozenset()
        self.variables: dict[str, Variable] = {}

    @property
    def stored_size(self) -> int:
        """How many elements the group's arrays have."""
        return self.N

    @property
    def stored_variables(self) -> Mapping[str, Variable]:
        """The variables with all elements that are stored."""
        return self.variables

    @property
    def links(self) -> Mapping[str, Link]:
        """What the linked variables are linked to, as far as they are, by name."""
        return self._links

    def is_linked_to(self, owner: Population) -> bool:
        """Return whether one of its linked variables shows values of a group."""
        return any(made.source is owner for made in self._links.values())

    @property
    def events(self) -> Mapping[str, Event]:
        """The events that the group's elements have, by name."""
        return {}

    @property
    def extra_symbols(self) -> Mapping[str, Symbol]:
        """What names mean that neither the equations nor every group define."""
        return {}

    @property
    def given_names(self) -> frozenset[str]:
        """Names in the texts that are not the user's words."""
        return self._given_names

    def take_as_given(self) -> None:
        """Note that the names of the equations are not the user's words."""
        self._given_names = self.equations.names

    def relative(self, expr: Expr) -> Expr:
        """Return an expression over this group as one over the elements that are stored."""
        return expr

    @property
    def constants(self) -> Mapping[str, float | int]:
        """Constants that the group's expressions need beside the user's."""
        return {}

    @property
    def method(self) -> Any:
        """The integration method as given, None if it is chosen."""
        return self.integration.given

    @property
    def integration(self) -> GivenMethod:
        """The integration method as given, with its options."""
        return GivenMethod(None, None)

    @property
    def refractoriness(self) -> Refractoriness | None:
        """How long elements are refractory after a spike, None if they are not."""
        return None

    def stored_numbers(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return where elements, as this group numbers them, are stored."""
        return numbers

    def element_phrase(self, name: str) -> str:
        """Return how messages call an element of the group, if that has the name.

        ``{number}`` stands for its number.
        """
        return f"neuron {{number}} of {name!r}"

    def element_text(self, stored: int) -> str:
        """Return how messages call an element, given where it is stored."""
        number = int(self.user_numbers(np.array([stored]))[0])
        return self.element_phrase(str(self.name)).format(number=number)

    def user_numbers(self, stored: NDArray[Any]) -> NDArray[Any]:
        """Return the numbers by which users know elements; the inverse of stored_numbers."""
        return stored

    @property
    def first_stored(self) -> int:
        """The number, among the elements that are stored, of the first of this group."""
        return 0

    def chosen(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return this group's part of values for the elements that are stored."""
        return values

    def __len__(self) -> int:
        return self.N

    @property
    def N(self) -> int:  # noqa: N802 - the field's name for it
        """How many elements the group has."""
        return self._n

    @property
    def shape(self) -> tuple[int, ...]:
        """How many elements there are along each axis: ``(N,)`` unless the group is a grid."""
        return (self.N,)

    def declaration(self, name: str) -> Declaration | None:
        """Return the line of the equations that declares a name, None if none does."""
        return next((d for d in self.equations.block.declarations if d.name == name), None)

    def substitutable(self, name: str) -> Expr | None:
        """Return the right-hand side of a subexpression that is put in where it is used."""
        declared = self.declaration(name)
        if (
            declared is None
            or declared.kind is not VariableKind.SUBEXPRESSION
            or Flag.CONSTANT_OVER_DT in declared.flags
        ):
            return None
        return declared.expression

    def dimension_of_variable(self, name: str) -> Dimension:
        """Return the dimension of a variable or subexpression."""
        if name in self.variables:
            return self.variables[name].dimension
        declared = self.declaration(name)
        if declared is not None:
            return declared.dimension
        return {**NEURON_SYMBOLS, **REFRACTORY_SYMBOLS}[name].dimension

    def dtype_of_variable(self, name: str) -> DType:
        """Return the type of the values of a variable or subexpression."""
        if name in self.variables:
            return self.variables[name].dtype
        declared = self.declaration(name)
        if declared is None:
            return DType.BOOLEAN if name == "not_refractory" else self.real
        return kind_type(declared.value_kind, self.real)

    def has_variable(self, name: str) -> bool:
        """Return whether the name can be read by attribute."""
        return name in self.variables or self.declaration(name) is not None

    @property
    def noisy_subexpressions(self) -> Collection[str]:
        """The subexpressions with white noise in them, which have no values of their own."""
        return noisy_subexpressions(self.equations.block).keys()

    def check_has_values(self, name: str) -> None:
        """Refuse a subexpression that cannot be read outside of differential equations.

        Raises
        ------
        ModelError
            If there is white noise in it.
        """
        if name in self.noisy_subexpressions:
            raise ModelError(
                f"{name!r} of {self.name!r} has white noise in it, and no value of its own\n"
                "  only differential equations can use it: take the variable that they change"
            )

    @property
    def _initial_length(self) -> int:
        """How many values a variable has at first that is not shared."""
        return self.N

    def _zeros(self, size: int, dtype: DType) -> NDArray[Any]:
        try:
            return zeros(size, dtype.numpy)
        except MemoryError:
            raise ModelError(
                f"there is not enough memory for the variables of {self.N} neurons\n"
                "  make the group smaller, or give it dtype='float32'"
            ) from None

    def add_declared(self, dtypes: Mapping[str, DType]) -> None:
        """Make the arrays of all declared variables that are stored.

        Raises
        ------
        EquationError
            If a variable has the name of an attribute that groups have.
        """
        raise_together(
            EquationError(
                f"{declared.name!r} cannot be the name of a variable",
                declared.name_span,
                details=["groups have an attribute of this name"],
                hint="choose another name",
            )
            for declared in self.equations.block.declarations
            if hasattr(type(self), declared.name) or declared.name in self.__dict__
        )
        for declared in self.equations.block.declarations:
            constant_over_dt = Flag.CONSTANT_OVER_DT in declared.flags
            if declared.kind is VariableKind.SUBEXPRESSION and not constant_over_dt:
                continue
            if Flag.LINKED in declared.flags:
                continue
            shared = Flag.SHARED in declared.flags
            dtype = dtypes.get(declared.name) or _DTYPES.get(declared.value_kind, self.real)
            # Truth values as wide as the numbers beside them keep loops over both in vectors.
            stored = self.real if dtype is DType.BOOLEAN else dtype
            self.variables[declared.name] = Variable(
                name=declared.name,
                dimension=declared.dimension,
                dtype=dtype,
                values=self._zeros(1 if shared else self._initial_length, stored),
                role=Role.PARAMETER if declared.kind is VariableKind.PARAMETER else Role.STATE,
                is_shared=shared,
                is_read_only=constant_over_dt,
            )
