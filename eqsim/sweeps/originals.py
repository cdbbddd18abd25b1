"""Functions of ``record`` that ask the user's own objects, which no run of a sweep changes."""

from __future__ import annotations

import dis
import functools
import inspect
import types
from collections.abc import Iterable, Iterator
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
            found = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
            for name, attribute in _asked(function.__code__):
                each = found.get(name)
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


def _asked(code: types.CodeType) -> Iterator[tuple[str, str]]:
    """Yield names from outside a function and the attributes for which it asks them."""
    before = None
    for each in dis.get_instructions(code):
        is_attribute = each.opname in ("LOAD_ATTR", "LOAD_METHOD")
        if is_attribute and before is not None and before.opname in ("LOAD_GLOBAL", "LOAD_DEREF"):
            yield str(before.argval), str(each.argval)
        before = each
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _asked(inner)


def _changes(each: Any, attribute: str) -> bool:
    """Return whether runs change what an attribute of an object says."""
    if isinstance(each, Monitor):
        return attribute not in _STAYS
    return isinstance(each, StateOwner) and each.has_variable(attribute.removesuffix("_"))
