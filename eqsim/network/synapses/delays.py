"""Delays of pathways as users give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.clocks import seconds
from eqsim.network.sides import Side
from eqsim.network.synapses.pathways import Pathway, delay_name
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity

if TYPE_CHECKING:
    from eqsim.network.synapses.synapses import Synapses


def set_given_delays(synapses: Synapses, delay: Any) -> None:
    """Let the pathways that a delay is given for have this one for all their synapses."""
    if delay is None:
        return
    given = delay if isinstance(delay, Mapping) else {Side.SOURCE.value: delay}
    for pathway, value in given.items():
        if pathway not in synapses.pathways:
            known = ", ".join(map(repr, synapses.pathways)) or "none"
            raise ModelError(
                f"{synapses.name!r} has no pathway {pathway!r} that could have a delay\n"
                f"  its pathways: {known}"
            )
        time = seconds(value, f"the delay of {pathway!r} of {synapses.name!r}")
        key = delay_name(pathway)
        check_delay(synapses, key, np.asarray(time))
        synapses.variables[key] = replace(
            synapses.variables[key], values=np.array([time]), is_shared=True
        )


def delayed_pathway(synapses: Synapses) -> Pathway:
    """Return the pathway whose delay is that of the synapses, if none is named."""
    if Side.SOURCE.value in synapses.pathways:
        return synapses.pathways[Side.SOURCE.value]
    known = ", ".join(f"{synapses.name}.{p}.delay" for p in synapses.pathways)
    raise AttributeError(
        f"{synapses.name!r} has no pathway 'pre' whose delay this could be\n  its delays: {known}"
    )


def delay_names(synapses: Synapses) -> list[str]:
    """Return the keys of the delays among the variables of synapses."""
    return [pathway.delay_name for pathway in synapses.pathways.values()]


def check_one_delay(synapses: Synapses, name: str, item: Any, value: Any) -> None:
    """Refuse to set the delay of some synapses where it is one for all."""
    everything = item is Ellipsis or (isinstance(item, slice) and item == slice(None))
    if not everything or np.ndim(value) > 0:
        raise ModelError(
            f"the delay of {name.removesuffix('.delay')!r} of {synapses.name!r} is one for all"
            " synapses\n  leave out delay= in Synapses(...) to give each its own"
        )


def check_delay(synapses: Synapses, name: str, values: NDArray[Any]) -> None:
    """Refuse negative delays."""
    wrong = np.flatnonzero(np.atleast_1d(values) < 0)
    if len(wrong):
        value = Quantity(float(np.atleast_1d(values)[wrong[0]]), SECOND)
        where = "" if np.ndim(values) == 0 else f" at position {wrong[0]}"
        raise ModelError(
            f"the delay of {name.removesuffix('.delay')!r} of {synapses.name!r} must not be"
            f" negative, but is {value}{where}"
        )
