"""What a model of neurons is: equations, parameters with defaults, what a spike does, a source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from numpy.typing import NDArray

from eqsim.equations.declarations import VariableKind
from eqsim.equations.equations import Equations
from eqsim.errors import ModelError
from eqsim.models.over_time import following, values_over_time
from eqsim.models.values import (
    EquationsField,
    GivenValue,
    declarations,
    refuse_unknown,
    resolved,
    shown,
)
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.groups.group_arguments import checked_shape
from eqsim.network.groups.neurongroup import NeuronGroup
from eqsim.units.dimensions import Dimension
from eqsim.units.quantity import Quantity, dimension_of

_ARGUMENTS = frozenset(
    {"N", "method", "method_options", "dt", "clock", "order", "name", "dtype", "namespace"}
)


@dataclass(frozen=True, kw_only=True)
class NeuronModel:
    """A model of neurons, from which groups are made by calling it.

    Parameters
    ----------
    name : str
        The model's name.
    describes : str
        What is modelled, in a sentence.
    equations : str or Equations
        The equations, without the parameters that have defaults. Parameters that they declare are
        inputs: zero unless they are set, one value for each neuron.
    parameters : mapping of str to number or Quantity
        The parameters' default values, with their units.
    threshold, reset, refractory : str, optional
        As for :class:`~eqsim.NeuronGroup`.
    initial : mapping of str to value
        Initial values, in the order in which they are set: numbers, quantities, initializers, or
        expressions, which may use what was set before them. Others are zero.
    method : str, optional
        The integration method that is recommended.
    references : tuple of str
        Where the model comes from, with DOI.
    potential : str
        The variable that stands for the membrane potential.
    current : str, optional
        The input that synapses add to.

    Raises
    ------
    EquationError
        If the equations do not follow the language.
    ModelError
        If a name is used twice, or an initial value belongs to no variable.

    Examples
    --------
    >>> from eqsim import mV, ms, run
    >>> decay = NeuronModel(
    ...     name="Decay", describes="a potential that decays",
    ...     equations="dV/dt = (E - V)/tau : volt",
    ...     parameters={"E": -70*mV, "tau": 10*ms}, initial={"V": "E + 10*mV"}, method="exact",
    ... )
    >>> cells = decay(2, tau=[10, 20]*ms)
    >>> run(10*ms, target="numpy")
    >>> cells.V
    <decay.V: array([-66.32120559, -63.9346934 ])*mV>
    """

    name: str
    describes: str
    equations: EquationsField = EquationsField()  # noqa: RUF009 - converts
    parameters: Mapping[str, Any]
    threshold: str | None = None
    reset: str | None = None
    refractory: str | None = None
    initial: Mapping[str, Any] = field(default_factory=dict)
    method: str | None = None
    references: tuple[str, ...] = ()
    potential: str = "V"
    current: str | None = "I_syn"

    def __post_init__(self) -> None:
        for name in ("parameters", "initial"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        twice = sorted(self.equations.names & self.parameters.keys())
        if twice:
            raise ModelError(
                f"{self.name}: {twice[0]!r} is both a name of the equations and a parameter with"
                " a default\n  leave out one of them"
            )
        refuse_unknown(self.name, self.initial, {"variables": self.variables})
        object.__setattr__(self, "__doc__", str(self))

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that have a differential equation."""
        return self._names(VariableKind.DIFFERENTIAL)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs: zero unless they are set."""
        return self._names(VariableKind.PARAMETER)

    @property
    def reference(self) -> str:
        """Where the model comes from, with DOI."""
        return "; ".join(self.references)

    def _names(self, kind: VariableKind) -> tuple[str, ...]:
        return tuple(each.name for each in self.equations.block.of_kind(kind))

    def extended(
        self,
        equations: str | Equations = "",
        *,
        parameters: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> NeuronModel:
        """Return a model with more equations, other defaults or other fields.

        Parameters
        ----------
        equations : str or Equations, optional
            Equations that are added.
        parameters, initial : mapping of str to value, optional
            Parameters and initial values that are added or replaced.
        **changes
            Other fields: ``name``, ``threshold``, ``reset`` and so on.

        Examples
        --------
        >>> from eqsim import models, ms
        >>> traced = models.LIF.extended(
        ...     "dx/dt = -x/tau_x : 1", parameters={"tau_x": 20*ms}, name="TracedLIF",
        ...     reset=models.LIF.reset + "; x += 1",
        ... )
        >>> traced.variables
        ('V', 'x')
        """
        return replace(
            self,
            equations=self.equations + equations,
            parameters={**self.parameters, **(parameters or {})},
            initial={**self.initial, **(initial or {})},
            **changes,
        )

    def __call__(  # noqa: PLR0913 - the arguments of a group, under their names there
        self,
        N: int | Sequence[int] | NDArray[Any] | None = None,  # noqa: N803 - the field's name for it
        *,
        method: Any = None,
        method_options: Mapping[str, Any] | None = None,
        namespace: Mapping[str, Any] | None = None,
        dtype: Any = None,
        dt: Quantity | None = None,
        clock: Any = None,
        order: int = 0,
        name: str | None = None,
        **values: Any,
    ) -> NeuronGroup:
        """Return a group of neurons that follow the model.

        Parameters
        ----------
        N : int, tuple, list or array of int
            How many neurons, or how many along each axis of a grid.
        method, method_options, namespace, dtype, dt, clock, order, name
            As for :class:`~eqsim.NeuronGroup`.
        **values
            Parameters, inputs and initial values by name: a number or quantity, an array of the
            group's shape, an initializer or another callable of the shape, or an expression.
            Inputs and parameters may be a :class:`~eqsim.TimedArray`, or an expression of the
            time ``t``, which they then follow.

        Raises
        ------
        ModelError, DimensionMismatchError
            If the model has no such name, or a value does not fit it.
        """
        known = {
            "parameters": tuple(self.parameters),
            "inputs": self.inputs,
            "variables": self.variables,
        }
        refuse_unknown(self.name, values, known, ("N",))
        if N is None:
            raise ModelError(
                f"{self.name}: it is not said how many neurons there are to be\n"
                f"  expected: models.{self.name}(10), or models.{self.name}((10, 10)) for a grid"
            )
        shape = checked_shape(N)
        over_time = values_over_time(self, values)
        given = {
            each: resolved(
                self.name, each, value, self.dimension_of(each), shape, each in self.inputs
            )
            for each, value in values.items()
            if each not in over_time
        }
        stored = {each: v for each, v in self.parameters.items() if each not in over_time}
        single = [each for each in stored if each not in given or given[each].is_single]
        group = NeuronGroup(
            shape,
            following(
                self.equations, over_time, {each: self.dimension_of(each) for each in over_time}
            )
            + declarations(stored, single),
            self.method if method is None else method,
            method_options=method_options,
            threshold=self.threshold,
            reset=self.reset,
            refractory=self.refractory if self.refractory is not None else False,
            namespace={
                **dict(namespace or {}),
                **{v.name: v for v in over_time.values() if isinstance(v, TimedArray)},
            },
            dtype=dtype,
            dt=dt,
            clock=clock,
            order=order,
            name=f"{_identifier(self.name)}*" if name is None else name,
        )
        group.take_as_given()
        for each, value in self._assignments(stored, given):
            setattr(group, each, value)
        return group

    def _assignments(
        self, stored: Mapping[str, Any], given: Mapping[str, GivenValue]
    ) -> list[tuple[str, Any]]:
        """Return what is set, in order: expressions of initial values see all parameters."""
        later = {**self.initial, **{each: None for each in self.variables if each in given}}
        values = {**stored, **self.initial}
        values |= {each: value.value for each, value in given.items()}
        first = [each for each in values if each not in later]
        return [(each, values[each]) for each in (*first, *later)]

    def dimension_of(self, name: str) -> Dimension:
        """Return the dimension of a parameter, an input or a variable."""
        if name in self.parameters:
            return dimension_of(self.parameters[name])
        return self.equations[name].dimension

    def __str__(self) -> str:
        events = {
            "threshold": self.threshold, "reset": self.reset, "refractory": self.refractory,
            "method": self.method,
        }  # fmt: skip
        initial = ", ".join(f"{name} = {shown(value)}" for name, value in self.initial.items())
        lines = [f"{self.name}: {self.describes}", "", "equations"]
        lines += [f"  {each}" for each in self.equations.block.declarations]
        if self.parameters:
            lines += ["parameters"]
            lines += [f"  {name} = {shown(value)}" for name, value in self.parameters.items()]
        lines += [f"{name}: {text}" for name, text in events.items() if text is not None]
        lines += [f"initial values: {initial}"] if initial else []
        lines += [f"reference: {each}" for each in self.references]
        return "\n".join(lines)

    def __repr__(self) -> str:
        given = ", ".join((*self.inputs, *self.parameters))
        return f"<NeuronModel {self.name}({given}): {self.describes}>"


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name).lower()
