"""What owns state: access to variables by attribute, by index, by expression."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.equations.declarations import Flag
from eqsim.errors import DimensionMismatchError, ModelError, did_you_mean, message
from eqsim.network import recording
from eqsim.network.caller import caller_names
from eqsim.network.functions.calls import Callee
from eqsim.network.functions.given_mapping import checked_mapping
from eqsim.network.functions.given_values import given_values
from eqsim.network.groups.evaluation import evaluate, evaluate_condition
from eqsim.network.groups.population import Population
from eqsim.network.kernels.names import GroupNames
from eqsim.network.snapshots import Part, Parts
from eqsim.network.variables.element_indices import ElementIndices
from eqsim.network.variables.grid_places import is_place, numbers_at
from eqsim.network.variables.indices import chosen_by
from eqsim.network.variables.linked import LinkedVariable, link
from eqsim.network.variables.states import default_names, named_values, states_of
from eqsim.network.variables.variables import (
    Variable,
    VariableView,
    check_for_all,
    checked_values,
    with_unit,
)
from eqsim.program.dtypes import DType
from eqsim.units.arguments import names, shown
from eqsim.units.dimensions import DIMENSIONLESS, SECOND, base_unit_for
from eqsim.units.quantity import dimension_of, si_value

_FROM_CLOCK = ("t", "dt", "t_in_timesteps")


class StateOwner(Population):
    """A population whose variables are read and written by name.

    Parameters
    ----------
    name, order, clock, n, equations, real
        As for every population.
    """

    # Attributes that are not variables; anything else that is set must be a variable.
    _own = frozenset({"when", "order", "active", "creation", "namespace", "timestep"})

    @property
    def storage(self) -> StateOwner:
        """The group whose arrays hold this one's values."""
        return self

    def names(self, around: Mapping[str, Any]) -> GroupNames:
        """Return what names mean where the names around the group are these."""
        return GroupNames(self, around)

    def expanded(self, name: str) -> Variable:
        """Return a variable after giving each element a value of its own, as they have here."""
        return self.variables[name]

    @property
    def i(self) -> VariableView:
        """The elements' numbers, shape (N,); ``G.i['v > 0*mV']`` gives those of some."""
        return VariableView(self, "i")

    @property
    def indices(self) -> ElementIndices:
        """The elements' numbers as plain arrays: ``G.indices['v > 0*mV']``."""
        return ElementIndices(self)

    def __getattr__(self, name: str) -> Any:
        if "variables" not in self.__dict__ or self._is_internal(name):
            raise AttributeError(name)
        if self.has_variable(name):
            return VariableView(self, name)
        stem = name.removesuffix("_")
        if stem != name and self.has_variable(stem):
            return VariableView(self, stem, unitless=True)
        if stem in _FROM_CLOCK:
            return self._from_clock(stem, unitless=stem != name)
        if name == "state":
            # Not a method of the class, so that a model may have a variable of this name.
            return self._state
        raise AttributeError(self._unknown(name))

    def where_kept(self, name: str) -> str | None:
        """Return the advice where a variable is, if another object keeps it for this one."""
        del name
        return None

    def _from_clock(self, name: str, *, unitless: bool) -> Any:
        if name == "t_in_timesteps":
            return self.storage.timestep
        value = self.storage.reached_time if name == "t" else self.clock.dt_
        return value if unitless else with_unit(value, SECOND)

    def _unknown(self, name: str) -> str:
        known = sorted({*self.variables, *self.equations})
        return message(
            f"{self.name!r} has no variable {name!r}",
            f"its variables: {', '.join(known) or 'none'}",
            did_you_mean(name, known) or did_you_mean(name, self._settable(), 0.75),
        )

    def _settable(self) -> list[str]:
        """Return what can be set beside variables: attributes, and delays by their last name."""
        return [*self._own, *(name.rpartition(".")[2] for name in self.variables)]

    def __setattr__(self, name: str, value: Any) -> None:
        is_own = "variables" not in self.__dict__ or name in self._own
        if name == "namespace":
            value = dict(checked_mapping(value, f"the namespace of {self.name!r}"))
        if is_own or self._is_internal(name):
            object.__setattr__(self, name, value)
            return
        stem = name.removesuffix("_")
        if self.has_variable(name):
            self.write(name, slice(None), value)
        elif stem != name and self.has_variable(stem):
            self.write(stem, slice(None), value, unitless=True)
        elif stem in _FROM_CLOCK:
            raise AttributeError(
                f"{name!r} of {self.name!r} follows its clock and cannot be set\n"
                f"  a step is set at the clock: {self.name}.clock.dt = 0.1*ms"
            )
        elif hasattr(type(self), name) or name in self.__dict__:
            raise AttributeError(f"{name!r} of {self.name!r} cannot be set")
        else:
            raise AttributeError(self._unknown(name))

    def add_attribute(self, name: str) -> None:
        """Let the user keep something at the group that is no variable of it."""
        super().add_attribute(name)
        self._own = self._own | {name}

    def _is_internal(self, name: str) -> bool:
        # Integration methods keep variables with an underscore, such as _step_count.
        return name.startswith("_") and name not in self.variables

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self.variables]

    def read(self, name: str) -> Any:
        """Return the values of a variable or subexpression, without unit."""
        if name == "i":
            return np.arange(self.N)
        if name in self.variables:
            variable = self.variables[name]
            values = variable.values
            if variable.dtype is DType.BOOLEAN:
                values = values != 0
            return values[0] if variable.is_shared else values
        return self.evaluate(name)

    def write(self, name: str, item: Any, value: Any, *, unitless: bool = False) -> None:
        """Set values of a variable.

        Parameters
        ----------
        name : str
            A stored variable.
        item : index or str
            Which elements: an index, a slice, an array, or a condition; of a grid also one index
            for each axis.
        value : number, Quantity, array, str or callable
            New values, an expression that gives them, or what makes them from their shape, such
            as an initializer. Those of a grid, or of a part of it, may have its shape.
        unitless : bool
            Whether the values are in SI units without saying so.

        Raises
        ------
        ModelError, DimensionMismatchError, EquationError
            If the value does not fit; the variable is then as it was.
        """
        variable = self.variables.get(name)
        if variable is None and not self.has_variable(name):
            raise ModelError(self._unknown(name))
        if isinstance(value, LinkedVariable):
            self._link(name, item, value)
            return
        if variable is None and self._is_linked(name):
            raise ModelError(self._not_own(name))
        if variable is None:
            raise ModelError(
                f"{name!r} of {self.name!r} is computed from its equation and cannot be set\n"
                f"  make it a parameter ('{name} : unit') to set it"
            )
        if variable.is_read_only:
            raise ModelError(f"{name!r} of {self.name!r} is set by the simulation only")
        value = self._given(variable, item, value)
        recorder = recording.begun()
        if recorder is not None:
            given = with_unit(value, variable.dimension) if unitless else value
            recorder.write(self, name, item, given)
            return
        index = self.resolve_index(item, name)
        size = self._number_chosen(variable, index)
        if isinstance(value, VariableView):
            value = value.get()
        if isinstance(value, str):
            self._write_expression(variable, index, value, unitless=unitless)
            return
        self._store(variable, index, checked_values(variable, value, size, unitless=unitless))

    def _given(self, variable: Variable, item: Any, value: Any) -> Any:
        """Return what is given: values made for their shape, and those of a grid in a row."""
        if isinstance(value, Callee):
            raise ModelError(self._over_time(variable, value))
        if variable.is_shared:
            made = given_values(variable.name, value, (1,))
            is_one = is_place(item, self.shape)
            chosen = numbers_at(item, self.shape, str(self.name)).ravel() if is_one else item
            check_for_all(variable, self, chosen, made)
            return made
        if _is_everything(item):
            return given_values(variable.name, value, self.shape)
        if is_place(item, self.shape):
            chosen = numbers_at(item, self.shape, str(self.name))
        elif callable(value):
            chosen = chosen_by(self.resolve_index(item, variable.name), self.N, self.name)
        else:
            return value
        return given_values(variable.name, value, chosen.shape)

    def _over_time(self, variable: Variable, value: Callee) -> str:
        """Return why a variable cannot be set to an array over time or another function."""
        name, unit = variable.name, base_unit_for(variable.dimension)
        return (
            f"{name!r} of {self.name!r} cannot be set to a function of time, {value!r}\n"
            f"  equations call functions: '{name} = f(t) : {unit}'; a model of the library does so"
            f" where it is called with {name}=..."
        )

    def _is_linked(self, name: str) -> bool:
        declared = self.declaration(name)
        return declared is not None and Flag.LINKED in declared.flags

    def _not_own(self, name: str) -> str:
        """Return why the values of a linked variable cannot be set."""
        made = self.links.get(name)
        if made is None:
            return (
                f"{name!r} of {self.name!r} is linked: it has no values of its own to set\n"
                f"  link it: {self.name}.{name} = linked_var(group, 'variable')"
            )
        shown = f"{made.target.source.name}.{made.target.name}"
        return (
            f"{name!r} of {self.name!r} is linked: its values are those of {shown}\n"
            f"  set {shown}, or leave out the flag 'linked'"
        )

    def _link(self, name: str, item: Any, target: LinkedVariable) -> None:
        if not isinstance(item, slice) or item != slice(None):
            raise ModelError(
                f"a variable is linked as a whole: {self.name}.{name} = linked_var(...)"
            )
        self._links[name] = link(self, name, target)

    def _number_chosen(self, variable: Variable, index: Any) -> int:
        """Return how many values of a variable an index chooses."""
        return 1 if variable.is_shared else chosen_by(index, self.N, self.name).size

    def _store(self, variable: Variable, index: Any, values: NDArray[Any]) -> None:
        """Put checked values into the chosen places of a variable."""
        variable.values[index] = values

    def _write_expression(
        self, variable: Variable, index: Any, text: str, *, unitless: bool
    ) -> None:
        numbers = self.evaluate(text, variable.name, unitless=unitless)
        values = with_unit(numbers, variable.dimension)
        if not variable.is_shared and np.ndim(si_value(values)) == 1:
            values = values[index]
        size = self._number_chosen(variable, index)
        checked = checked_values(variable, values, size)
        free = self._writable(variable)
        if free is not None:
            checked = np.where(free[index], checked, variable.values[index])
        self._store(variable, index, checked)

    def _writable(self, variable: Variable) -> NDArray[np.bool_] | None:
        """Return for which elements an expression may change a variable now, None for all."""
        declared = self.declaration(variable.name)
        if declared is None or Flag.UNLESS_REFRACTORY not in declared.flags:
            return None
        return self.read("not_refractory") if self.has_variable("not_refractory") else None

    def resolve_index(self, item: Any, name: str) -> Any:
        """Return an index for NumPy from what a user writes in brackets.

        Raises
        ------
        IndexError
            If an element does not exist.
        """
        shared = name in self.variables and self.variables[name].is_shared
        if isinstance(item, str):
            if shared:
                raise ModelError(f"{name!r} is shared by the group: it takes no index")
            item = self.evaluate_condition(item)
        if isinstance(item, VariableView):
            item = item.get()
        if shared:
            return slice(None)
        if isinstance(item, StateOwner):
            item = self._numbers_of(item)
        if not isinstance(item, slice) and dimension_of(item) is not DIMENSIONLESS:
            raise DimensionMismatchError(
                f"an index has no unit, as {shown(item)} has\n"
                "  expected: numbers of elements, a slice, or a condition as a text"
            )
        if is_place(item, self.shape):
            numbers = numbers_at(item, self.shape, str(self.name))
            return numbers.ravel() if numbers.ndim else int(numbers)
        chosen_by(item, self.N, self.name)
        return item

    def _numbers_of(self, part: StateOwner) -> NDArray[np.int64]:
        """Return the numbers of the elements of a part of this group, or of one around it."""
        chosen = np.zeros(self.storage.stored_size, dtype=bool)
        if part.storage is self.storage:
            chosen[part.stored_numbers(np.arange(part.N))] = True
        numbers = np.flatnonzero(self.chosen(chosen))
        if len(numbers) != part.N:
            raise IndexError(f"{part.name!r} is no part of {self.name!r}")
        return numbers

    def evaluate(
        self, text: str, target: str | None = None, *, unitless: bool = False
    ) -> NDArray[Any]:
        """Return the values of an expression for each element, now, in SI units.

        Parameters
        ----------
        text : str
            An expression over the group's names and the caller's.
        target : str, optional
            The variable that it is to have the dimension and kind of.
        unitless : bool
            Whether it may have no dimension instead, as a number of SI units.
        """
        recording.ask_for(f"the values of {text!r} in {self.name!r}")
        return evaluate(self, text, caller_names(), target, unitless=unitless)

    def evaluate_condition(self, text: str) -> NDArray[np.bool_]:
        """Return for which elements a condition holds, now."""
        recording.ask_for(f"where {text!r} holds in {self.name!r}")
        return evaluate_condition(self, text, caller_names())

    def get_states(
        self,
        vars: Iterable[str] | None = None,  # noqa: A002 - the field's users know these names
        units: bool = True,
        format: str = "dict",  # noqa: A002
        subexpressions: bool = False,
        read_only_variables: bool = True,
    ) -> Any:
        """Return copies of the values of variables.

        Parameters
        ----------
        vars : iterable of str, optional
            Which; by default all stored ones.
        units : bool
            Whether with units.
        format : str
            ``'dict'``, or ``'pandas'`` for a DataFrame with a row per element, which has no units.
        subexpressions : bool
            Whether, by default, also those that are computed where they are used.
        read_only_variables : bool
            Whether, by default, also those that only the simulation sets; without them the result
            can be given to :meth:`set_states`.

        Returns
        -------
        dict or DataFrame
            Values by name.

        Raises
        ------
        ModelError
            If there is no such variable, or the format is unknown.
        """
        if vars is None:
            chosen = list(
                default_names(
                    self, subexpressions=subexpressions, read_only_variables=read_only_variables
                )
            )
        else:
            chosen = list(names(vars, "vars", "the name of a variable, or a list of names"))
        for name in chosen:
            if not self.has_variable(name) and name not in (*_FROM_CLOCK, "i", "N"):
                raise ModelError(self._unknown(name))
        return states_of(self, chosen, units=units, format=format)

    def set_states(
        self,
        values: Mapping[str, Any],
        units: bool = True,
        format: str = "dict",  # noqa: A002 - the field's users know the name
    ) -> None:
        """Set several variables at once; if one value does not fit, none is changed.

        Parameters
        ----------
        values : mapping of str to value, or DataFrame
            New values by name.
        units : bool
            Whether the values have units; without, they are in SI units.
        format : str
            ``'dict'`` or ``'pandas'``: what ``values`` is.

        Raises
        ------
        ModelError, DimensionMismatchError
            If a value does not fit.
        """
        given = named_values(self, values, units=units, format=format)
        before = {name: v.values.copy() for name, v in self.variables.items()}
        links = dict(self._links)
        try:
            for name, value in given.items():
                self.write(name, slice(None), value, unitless=not units)
        except BaseException:
            for name, saved in before.items():
                self._put_back(name, saved)
            self._links = links
            raise

    def _state(self, name: str, use_units: bool = True) -> VariableView:
        """Return one variable, to read and to write."""
        if not self.has_variable(name):
            raise ModelError(self._unknown(name))
        return VariableView(self, name, unitless=not use_units)

    @property
    def lowered_from(self) -> tuple[object, ...]:
        """What a program is made from: the arrays of the variables, and links."""
        arrays = (variable.values for variable in self.variables.values())
        return (*super().lowered_from, *arrays, *self._links.values())

    def snapshot(self) -> dict[str, Part]:
        """Return the values of the variables."""
        kept = super().snapshot()
        for name, variable in self.variables.items():
            kept[f"variable.{name}"] = variable.values
        return kept

    def restore_snapshot(self, saved: Parts) -> None:
        """Put back values."""
        super().restore_snapshot(saved)
        for name in self.variables:
            self._put_back(name, np.asarray(saved[f"variable.{name}"]))

    def _put_back(self, name: str, values: NDArray[Any]) -> None:
        self.variables[name].values[:] = values


def _is_everything(item: Any) -> bool:
    return isinstance(item, slice) and item == slice(None)
