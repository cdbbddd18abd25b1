"""What a sweep keeps of each run: monitors, texts such as ``'mean(cells.v)'``, or functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError, did_you_mean
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.monitors.events import EventMonitor
from eqsim.network.monitors.monitor import Monitor
from eqsim.network.monitors.rates import PopulationRateMonitor
from eqsim.network.monitors.states import StateMonitor
from eqsim.network.objects import NetworkObject
from eqsim.network.running.network import Network
from eqsim.runtime.results import RecordedObject
from eqsim.units.dimensions import DIMENSIONLESS, Dimension
from eqsim.units.quantity import Quantity, dimension_of, si_value

Values = dict[str, tuple[NDArray[Any], Dimension]]
"""What is kept of one run: arrays in SI units, with their dimensions."""

REDUCTIONS: dict[str, Callable[[NDArray[Any]], Any]] = {
    "first": lambda values: values[..., 0],
    "last": lambda values: values[..., -1],
    "max": np.max,
    "mean": np.mean,
    "median": np.median,
    "min": np.min,
    "std": np.std,
    "sum": np.sum,
}
"""What a text may do with values; ``first`` and ``last`` are meant along time."""


class Recorded(Protocol):
    """The results of one run, of a network or of a program."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters of the point."""

    def __getitem__(self, wanted: Any) -> Any:
        """Return an object by its name."""

    def monitors(self) -> list[str]:
        """Return the names of the objects that recorded something."""


class RunResults:
    """The results of one run of a sweep, as functions of ``record`` see them.

    Parameters
    ----------
    network : Network
        The network after the run.
    parameters : mapping of str to object
        The parameters of the point.
    seed : int
        The seed of the run.
    names : mapping of str to str
        Names that the user has for objects, and their own.

    Notes
    -----
    ``results[M]`` is the monitor or group ``M`` as it is after the run, by the object or its name.
    It is good within the function only: what is kept must be returned as numbers.
    """

    def __init__(
        self,
        network: Network,
        parameters: Mapping[str, Any],
        seed: int,
        names: Mapping[str, str],
    ) -> None:
        self.network = network
        self.parameters = parameters
        self.seed = seed
        self._names = names

    @property
    def t(self) -> Quantity:
        """The time at the end of the run."""
        return self.network.t

    def monitors(self) -> list[str]:
        """Return the names of the monitors."""
        recorded = (each for each in self.network.all_objects if isinstance(each, Monitor))
        return [str(each.name) for each in recorded]

    def __getitem__(self, wanted: Any) -> Any:
        if isinstance(wanted, NetworkObject):
            return self.network[str(wanted.name)]
        name = self._names.get(wanted, wanted)
        if name in self.network:
            return self.network[name]
        known = [str(each.name) for each in self.network.all_objects]
        hint = did_you_mean(str(wanted), [*known, *self._names])
        raise ModelError(
            f"the network has no object {wanted!r}\n  its objects: {', '.join(known)}"
            + (f"\n  {hint}" if hint else "")
        )


@dataclass(frozen=True)
class Recording:
    """One entry of ``record``.

    Parameters
    ----------
    name : str or None
        The user's name for it; None for an object whose parts name themselves.
    what : object
        A function, a text, or a name of an object.
    """

    name: str | None
    what: Any

    def values(self, results: Recorded) -> Iterator[tuple[str, Any]]:
        """Yield the names and values of what is kept of a run."""
        if callable(self.what):
            yield str(self.name), self.what(results)
        elif _TEXT.fullmatch(self.what):
            yield self.name or self.what, _reduced(self.what, results)
        else:
            yield from _parts(self.name or self.what, results[self.what])

    def kept_whole(self, network: Network) -> Iterator[tuple[str, StateMonitor, str]]:
        """Yield of which state monitors it keeps all, and not what is made of it.

        The name of what is kept, the monitor, and one of its variables or ``'t'``.
        """
        if isinstance(self.what, _Everything):
            for each in network.all_objects:
                if isinstance(each, StateMonitor):
                    yield from _whole(str(each.name), each)
            return
        if callable(self.what):
            return
        owner, _, variable = self.what.strip().partition(".")
        monitor = network[owner] if owner in network else None  # noqa: SIM401 - it has no get
        if isinstance(monitor, StateMonitor) and not variable:
            yield from _whole(self.name or owner, monitor)
        elif isinstance(monitor, StateMonitor):
            recorded = variable.removesuffix("_")
            if recorded in ("t", *monitor.variables):
                yield self.name or self.what, monitor, recorded

    def check(self, results: Recorded) -> None:
        """Refuse a text that means nothing, before anything was run.

        Raises
        ------
        ModelError
            If there is no such object, variable or reduction.
        """
        if isinstance(self.what, _Everything):
            self.what(results)
        if callable(self.what):
            return
        if _TEXT.fullmatch(self.what):
            _meant(self.what, results)
        elif not isinstance(results[self.what], _RECORDED):
            raise _no_record(self.what)


def _whole(name: str, monitor: StateMonitor) -> Iterator[tuple[str, StateMonitor, str]]:
    for variable in ("t", *monitor.variables):
        yield f"{name}.{variable}", monitor, variable


_RECORDED = (Monitor, RecordedObject, StateOwner)


def recordings_of(record: Any, network: Network | None) -> tuple[Recording, ...]:
    """Return what a user means by ``record``.

    Parameters
    ----------
    record : None, NetworkObject, str, callable, list of these, or mapping of names to these
        None for everything that the network's monitors record.
    network : Network or None
        The network, where there is one before the sweep.

    Raises
    ------
    ModelError
        If it is something else, or there is nothing to record.
    """
    if record is None or record is True:
        return (Recording(None, _Everything()),)
    if isinstance(record, Mapping):
        named = [_one(checked_name(name), what, network) for name, what in record.items()]
    else:
        listed = record if isinstance(record, list | tuple) else [record]
        named = [_one(None, what, network) for what in listed]
    if not named:
        raise ModelError("nothing is recorded: give 'record' a monitor, a text or a function")
    return tuple(named)


def _one(name: str | None, what: Any, network: Network | None) -> Recording:
    if isinstance(what, NetworkObject):
        if network is not None and str(what.name) not in network:
            raise ModelError(f"{what.name!r} is not in the network: it would record nothing")
        return Recording(name, str(what.name))
    if isinstance(what, str):
        return Recording(name, what)
    if callable(what):
        return Recording(name or getattr(what, "__name__", "value").strip("<>"), what)
    raise ModelError(
        f"{what!r} cannot be recorded\n"
        "  expected: a monitor, a text such as 'mean(cells.v)', or a function of the results"
    )


class _Everything:
    """All that monitors recorded."""

    def __call__(self, results: Recorded) -> Any:
        found: dict[str, Any] = {}
        for name in results.monitors():
            found |= dict(_parts(name, results[name]))
        if not found:
            raise ModelError(
                "the network has no monitor, so the sweep would keep nothing\n"
                "  add one, or give 'record' a text or a function"
            )
        return found


_TEXT = re.compile(r"\s*(?:(\w+)\s*\(\s*(\w+)\.(\w+)\s*\)|(\w+)\.(\w+))\s*")


def _meant(text: str, results: Recorded) -> tuple[str | None, Any]:
    """Return the reduction, and of what: ``('mean', trace.v)`` for ``mean(trace.v)``."""
    found = _TEXT.fullmatch(text)
    assert found is not None
    reduction, owner, name = found[1], found[2] or found[4], found[3] or found[5]
    each = results[owner]
    try:
        value = getattr(each, name)
    except AttributeError as error:
        raise ModelError(f"{text!r} cannot be recorded: {error}") from None
    if reduction is not None and reduction not in REDUCTIONS:
        hint = did_you_mean(reduction, REDUCTIONS)
        raise ModelError(
            f"{text!r} cannot be recorded: there is no reduction {reduction!r}\n"
            f"  known: {', '.join(REDUCTIONS)}; or give a function of the results"
            + (f"\n  {hint}" if hint else "")
        )
    return reduction, value


def _reduced(text: str, results: Recorded) -> Any:
    """Return what a text means: ``cells.v``, ``mean(trace.v)``."""
    reduction, value = _meant(text, results)
    value = value.get() if hasattr(value, "get_item") else value
    if reduction is None:
        return value
    numbers = np.asarray(si_value(value))
    reduced = REDUCTIONS[reduction](numbers) if numbers.size else np.nan
    dimension = dimension_of(value)
    return reduced if dimension is DIMENSIONLESS else Quantity(reduced, dimension)


def _parts(name: str, each: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a monitor recorded, or the variables of a group, under names of their own."""
    match each:
        case StateMonitor():
            for part, _, variable in _whole(name, each):
                yield part, getattr(each, variable)
        case EventMonitor():
            columns = ("i", "t", *each.variables) if each.record else ()
            for variable in ("count", *columns):
                yield f"{name}.{variable}", getattr(each, variable)
        case PopulationRateMonitor():
            yield f"{name}.t", each.t
            yield f"{name}.rate", each.rate
        case RecordedObject():
            yield from _stored_parts(name, each)
        case StateOwner():
            for variable in each.variables:
                yield f"{name}.{variable}", getattr(each, variable).get()
        case _:
            raise _no_record(name)


def _stored_parts(name: str, each: RecordedObject) -> Iterator[tuple[str, Any]]:
    left_out = _RECORDER if each.kind.endswith("Monitor") else _ENDS
    for variable, values in each.stored.items():
        if variable not in left_out:
            yield f"{name}.{variable}", values.with_unit


_RECORDER, _ENDS = {"record"}, {"i", "j"}
"""Fields of stored monitors and of stored synapses that are no values of a run."""


def _no_record(name: str) -> ModelError:
    return ModelError(f"{name!r} records nothing: it is no monitor and no group")


def kept(recordings: tuple[Recording, ...], results: Recorded) -> Values:
    """Return what is kept of a run, as arrays of its own.

    Raises
    ------
    ModelError
        If a function returns what is no number and no array of numbers.
    """
    found: Values = {}
    for recording in recordings:
        for name, value in recording.values(results):
            parts = value.items() if isinstance(value, dict) else [(name, value)]
            for part, single in parts:
                told = checked_name(part)
                # A value of the end may have the name of a parameter, that of the beginning.
                told = f"{told}_end" if told in results.parameters else told
                found[told] = _array(part, single)
    return found


def checked_name(name: Any) -> str:
    """Return a name for values of the result.

    Raises
    ------
    ModelError
        If the result has another use for it, or it cannot be a folder of a store.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name == "zarr.json":
        raise ModelError(
            f"{name!r} of 'record' is no name for values\n"
            "  expected: a text that does not begin with '.' or '__', and without '/'"
        )
    if name in TAKEN:
        raise ModelError(
            f"{name!r} of 'record' is what the result itself is labelled with\n"
            f"  taken are: {', '.join(TAKEN)}; choose another name"
        )
    return name


_NAME = re.compile(r"(?!\.|__)[^/\\\0]{1,200}")
TAKEN = ("failure", "point", "repeat", "seed", "status")
"""Names of axes and coordinates that each result may have."""


_EXACT = 2.0**53


def _array(name: str, value: Any) -> tuple[NDArray[Any], Dimension]:
    if hasattr(value, "get_item"):
        value = value.get()
    numbers = np.array(si_value(value))
    if numbers.dtype.kind not in "biufc":
        raise ModelError(
            f"{name!r} of 'record' gave {value!r}\n  expected: a number, a quantity or an array"
        )
    if (
        numbers.dtype.kind in "iu"
        and numbers.size
        and np.abs(numbers.astype(float)).max() > _EXACT
    ):
        raise ModelError(
            f"{name!r} of 'record' gave {value!r}, of which a float keeps the first digits only\n"
            "  expected: whole numbers up to 2**53"
        )
    return numbers, dimension_of(value)
