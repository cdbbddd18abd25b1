"""Functions of ``record`` that ask the user's own objects, which no run of a sweep changes."""

from __future__ import annotations

import contextlib
import dis
import functools
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from eqsim.errors import ModelError
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.monitors.monitor import Monitor
from eqsim.network.running.network import Network
from eqsim.sweeps.recording import Recording

_STAYS = frozenset({"clock", "dt", "event", "name", "record", "source", "variables"})
"""What monitors are made with."""


def check_functions(recordings: Iterable[Recording], network: Network) -> None:
    """Refuse functions that ask for values of a network that is not simulated.

    Parameters
    ----------
    recordings : iterable of Recording
        What is kept.
    network : Network
        The user's own network, of which copies are simulated.

    Raises
    ------
    ModelError
        If one does: all runs would have the values from before the sweep.
    """
    own = {id(each) for each in network.all_objects}
    for recording in recordings:
        for function in _functions(recording.what):
            for name, attribute, each in _asked(
                function.__code__, function.__globals__, _closed_over(function)
            ):
                if id(each) in own and _changes(each, attribute):
                    results = next(iter(function.__code__.co_varnames), "results")
                    raise ModelError(
                        f"{recording.name!r} of 'record' asks for '{name}.{attribute}', which no"
                        " run of the sweep changes: a copy of the network is simulated\n"
                        f"  write: {results}[{name}].{attribute}"
                    )


def _functions(what: Any) -> Iterator[types.FunctionType]:
    """Yield the function of Python that a user gave, if it is one."""
    if isinstance(what, functools.partial):
        yield from _functions(what.func)
    elif isinstance(what, types.MethodType):
        yield from _functions(what.__func__)
    elif isinstance(what, types.FunctionType):
        yield what


def _closed_over(function: types.FunctionType) -> dict[str, Any]:
    """Return what the names of enclosing functions mean that have a value by now."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        # A cell is empty until the enclosing function assigns its name.
        with contextlib.suppress(ValueError):
            found[name] = cell.cell_contents
    return found


def _asked(
    code: types.CodeType, of_module: Mapping[str, Any], enclosing: Mapping[str, Any]
) -> Iterator[tuple[str, str, Any]]:
    """Yield names from outside a function, the attributes asked for, and what the names mean."""
    own = {*code.co_varnames, *code.co_cellvars}
    outside = {name: each for name, each in enclosing.items() if name not in own}
    meanings = {"LOAD_GLOBAL": of_module, "LOAD_DEREF": outside}
    before = None
    for each in dis.get_instructions(code):
        is_attribute = each.opname in ("LOAD_ATTR", "LOAD_METHOD")
        if is_attribute and before is not None and before.opname in meanings:
            name = str(before.argval)
            yield name, str(each.argval), meanings[before.opname].get(name)
        before = each
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _asked(inner, of_module, outside)


def _changes(each: Any, attribute: str) -> bool:
    """Return whether runs change what an attribute of an object says."""
    if isinstance(each, Monitor):
        return attribute not in _STAYS
    return isinstance(each, StateOwner) and each.has_variable(attribute.removesuffix("_"))
