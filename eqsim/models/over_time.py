"""Inputs and parameters of models that follow the time: arrays over time, expressions of t."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from eqsim.equations.declarations import EquationBlock
from eqsim.equations.equations import Equations
from eqsim.errors import DimensionMismatchError, EquationError, ModelError
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.traverse import free_names
from eqsim.models.usual_units import example_of, unit_phrase
from eqsim.network.functions.timedarray import TimedArray
from eqsim.source import Source
from eqsim.units.dimensions import DIMENSIONLESS, Dimension, base_unit_for
from eqsim.units.quantity import dimension_of

if TYPE_CHECKING:
    from eqsim.models.neuron import NeuronModel


def values_over_time(model: NeuronModel, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the given values that the equations are to follow.

    Parameters
    ----------
    model : NeuronModel
        The model.
    values : mapping of str to value
        What its names are set to.

    Raises
    ------
    ModelError, DimensionMismatchError
        If a variable is to follow an array over time, or an array does not fit.
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, TimedArray):
            _check(model, name, value)
            found[name] = value
        elif isinstance(value, str) and name not in model.variables and _uses_time(value):
            found[name] = value
    return found


def following(
    equations: Equations, values: Mapping[str, Any], dimensions: Mapping[str, Dimension]
) -> Equations:
    """Return equations with expressions of the time in place of inputs and parameters.

    Parameters
    ----------
    equations : Equations
        Those of the model.
    values : mapping of str to TimedArray or str
        What names follow.
    dimensions : mapping of str to Dimension
        Those of the names.
    """
    if not values:
        return equations
    kept = tuple(d for d in equations.block.declarations if d.name not in values)
    return Equations(EquationBlock(kept, equations.block.sources)) + "\n".join(
        f"{name} = {_followed(value)} : {base_unit_for(dimensions[name])}"
        for name, value in values.items()
    )


def _followed(value: Any) -> str:
    if isinstance(value, TimedArray):
        return f"{value.name}({'t, i' if value.has_columns else 't'})"
    return f"({value})"


def _uses_time(text: str) -> bool:
    try:
        return "t" in free_names(parse_expression(Source(text), functions=None))
    except EquationError:  # told where the value is set
        return False


def _check(model: NeuronModel, name: str, value: TimedArray) -> None:
    if name in model.variables:
        raise ModelError(
            f"{model.name}: {name!r} cannot follow an array over time: it is a variable, which"
            " follows its equation\n"
            f"  what can: {', '.join((*model.inputs, *model.parameters))}"
        )
    wanted, found = model.dimension_of(name), dimension_of(value.values)
    if found is wanted:
        return
    lines = [
        f"{model.name}: {name!r} {unit_phrase(wanted)}, but the array over time"
        f" {unit_phrase(found)}"
    ]
    if found is DIMENSIONLESS:
        lines.append(
            f"  give its values a unit: {name}=TimedArray({example_of('values', wanted)}, dt=...)"
        )
    raise DimensionMismatchError("\n".join(lines))
