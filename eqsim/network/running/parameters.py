"""What of a lowered network can be set without making its program anew, and what cannot."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError, did_you_mean, message
from eqsim.network.clocks import AnyClock, Clock
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.groups.poissoninput import PoissonInput
from eqsim.network.groups.spikegenerator import SpikeGeneratorGroup
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.kernels.builder import Lowered
from eqsim.network.objects import NetworkObject
from eqsim.network.synapses.synapses import Synapses
from eqsim.network.variables.variables import Variable, checked_values
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Role
from eqsim.runtime.manifest import ParameterKind, StoredParameter
from eqsim.targets.cpp.project import StepLimit

_NAMESPACE = "namespace"
_SET_BY_USERS = (Role.STATE, Role.PARAMETER)


def parameters_of(lowered: Lowered) -> tuple[StoredParameter, ...]:
    """Return what users can set of a program: constants first, then variables group by group.

    Parameters
    ----------
    lowered : Lowered
        The network.
    """
    return (*_constants(lowered), *_variables(lowered))


def _constants(lowered: Lowered) -> Iterator[StoredParameter]:
    kinds = {array.name: array.dtype for array in lowered.program.arrays}
    for array, dimension in lowered.constants.items():
        if array not in kinds:
            continue
        label, _, name = array.partition(".")
        owner = lowered.labels.get(label)
        is_period = owner is not None and name == "refractory"
        yield StoredParameter(
            name=name if owner is None else f"{_user_name(owner)}.{name}",
            array=array,
            dimension=dimension,
            kind=_kind(kinds[array]),
            is_constant=True,
            is_nonnegative=is_period,
        )


def _variables(lowered: Lowered) -> Iterator[StoredParameter]:
    bound = {array.name for array in lowered.program.arrays}
    for label, owner in lowered.labels.items():
        if not isinstance(owner, StateOwner) or owner.storage is not owner:
            continue
        for name, variable in owner.variables.items():
            array = f"{label}.{name}"
            if array not in bound or not _can_be_set(owner, name, variable):
                continue
            in_order = not isinstance(owner, Synapses) or len(variable.values) == 1
            has_order = not in_order and owner.connectivity.order is not None
            yield StoredParameter(
                name=f"{owner.name}.{name}",
                array=array,
                dimension=variable.dimension,
                kind=_kind(variable.dtype),
                is_constant=variable.role is Role.PARAMETER,
                is_nonnegative=variable.is_nonnegative,
                is_equal=array in lowered.equal,
                order=f"{label}.order" if has_order else None,
            )


def _can_be_set(owner: StateOwner, name: str, variable: Variable) -> bool:
    if variable.is_read_only or variable.role not in _SET_BY_USERS:
        return False
    # Delays are laid out in tables; what is stored with neurons belongs to the time of an event.
    is_laid_out = isinstance(owner, Synapses) and (
        name.endswith(".delay") or (owner.traces is not None and name in owner.traces.sides)
    )
    return not is_laid_out


def _user_name(named: Any) -> str:
    return str(getattr(named, "name", named))


def _kind(dtype: DType) -> ParameterKind:
    if dtype is DType.BOOLEAN:
        return ParameterKind.TRUTH
    return ParameterKind.FRACTION if dtype.is_float else ParameterKind.WHOLE


def values_to_set(lowered: Lowered, given: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a program that hold other values, whole and as they are stored.

    Parameters
    ----------
    lowered : Lowered
        The network.
    given : mapping of str to object
        For parameters by name a value, or an array with one per element.

    Raises
    ------
    ModelError, DimensionMismatchError
        If there is no such parameter, or a value does not fit.
    """
    known = {parameter.name: parameter for parameter in parameters_of(lowered)}
    return {
        known[name].array: _stored(lowered, known[name], value)
        for name, value in given.items()
        if _is_known(name, known)
    }


def _is_known(name: str, known: Mapping[str, StoredParameter]) -> bool:
    if name in known:
        return True
    raise ModelError(
        message(
            f"the model has no parameter {name!r} to set between runs",
            f"its parameters: {', '.join(known) or 'none'}",
            did_you_mean(name, known),
        )
    )


def _stored(lowered: Lowered, parameter: StoredParameter, value: Any) -> NDArray[Any]:
    before = lowered.memory.arrays[parameter.array]
    if isinstance(value, str):
        raise ModelError(
            f"{parameter.name!r} takes values between runs of a program of its own, not the"
            f" expression {value!r}\n  its result depends on what the runs before it did"
        )
    is_truth = parameter.kind is ParameterKind.TRUTH
    variable = Variable(
        parameter.name,
        parameter.dimension,
        DType.BOOLEAN if is_truth else DType(str(before.dtype)),
        before,
        Role.PARAMETER,
        is_nonnegative=parameter.is_nonnegative,
    )
    checked = checked_values(variable, value, before.size)
    if parameter.is_equal and (checked != checked.flat[0]).any():
        raise ModelError(
            f"{parameter.name!r} cannot get values that differ among neurons: the program relies"
            " on one value for all\n"
            "  make the group with an array of values, equal or not"
        )
    new = np.empty_like(before)
    if parameter.order is None or checked.ndim == 0:
        new[...] = checked.reshape(before.shape) if checked.ndim else checked
    else:
        new[_order(lowered, parameter)] = checked
    return new


def _order(lowered: Lowered, parameter: StoredParameter) -> NDArray[Any]:
    synapses = lowered.labels[parameter.array.partition(".")[0]]
    assert isinstance(synapses, Synapses)
    order = synapses.connectivity.order
    assert order is not None
    return order


# ------------------------------------------------------------------------------------- steps


def step_limits(lowered: Lowered, start: float) -> dict[str, StepLimit]:
    """Return for each clock with a step whether and how far that can be changed.

    Parameters
    ----------
    lowered : Lowered
        The network.
    start : float
        Up to when it has run, in seconds.
    """
    return {
        name: _step_limit(clock, lowered, start)
        for name, clock in lowered.clocks.items()
        if isinstance(clock, Clock)
    }


def _step_limit(clock: AnyClock, lowered: Lowered, start: float) -> StepLimit:
    if start != 0:
        return StepLimit("the network had run before it was exported, and counts steps")
    longest, limited = math.inf, ""
    for named in lowered.labels.values():
        fixed = _counts_steps(named, clock)
        if fixed is not None:
            return StepLimit(fixed)
        if isinstance(named, PoissonInput) and named.clock is clock and longest * named.rate_ > 1:
            longest, limited = 1 / named.rate_, f"the rate of '{named.name}' is {named.rate}"
    return StepLimit("", longest, limited)


def _counts_steps(named: object, clock: AnyClock) -> str | None:
    """Return what an object has made for the steps of a clock, None if nothing."""
    if isinstance(named, TimedArray):
        return f"how '{named.name}' meets the steps was checked when the program was made"
    if not isinstance(named, NetworkObject):
        return None
    if isinstance(named, SpikeGeneratorGroup) and named.clock is clock:
        return f"the times of '{named.name}' are laid out in steps"
    return None
