"""Brian's class of synapses, with the arguments that old scripts give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsim.network.clocks import Clock
from eqsim.network.events import SPIKE
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.synapses import synapses as _synapses
from eqsim.units.quantity import Quantity

Statements = str | Mapping[str, str] | None


class Synapses(_synapses.Synapses):
    """Synapses, also with statements by the names ``pre`` and ``post``, in Brian's order.

    Parameters
    ----------
    source, target, model, on_pre, on_post, delay
        As for :class:`eqsim.Synapses`.
    pre, post
        Other names of ``on_pre`` and ``on_post``.
    connect : None
        Was taken by Brian long ago: the method of this name is called now.
    on_event, multisynaptic_index, namespace, dtype, dt, clock, order, method, method_options, name
        As for :class:`eqsim.Synapses`.

    Examples
    --------
    >>> from eqsim import NeuronGroup
    >>> group = NeuronGroup(2, 'v : 1', threshold='v > 1', reset='v = 0')
    >>> list(Synapses(group, group, 'w : 1', pre='v_post += w').pathways)
    ['pre']
    """

    def __init__(  # noqa: PLR0913 - Brian's arguments
        self,
        source: StateOwner,
        target: StateOwner | None = None,
        model: Any = None,
        on_pre: Statements = None,
        pre: Statements = None,
        on_post: Statements = None,
        post: Statements = None,
        connect: None = None,
        delay: Quantity | Mapping[str, Quantity] | None = None,
        *,
        on_event: str | Mapping[str, str] = SPIKE,
        multisynaptic_index: str | None = None,
        namespace: Mapping[str, Any] | None = None,
        dtype: Any = None,
        dt: Quantity | None = None,
        clock: Clock | None = None,
        order: int = 0,
        method: Any = None,
        method_options: Mapping[str, Any] | None = None,
        name: str = "synapses*",
    ) -> None:
        if connect is not None:
            raise TypeError("synapses are made by a call: synapses.connect(...), not by connect=")
        on_pre = _only("pre", on_pre, pre)
        on_post = _only("post", on_post, post)
        super().__init__(
            source,
            target,
            model,
            on_pre,
            on_post,
            delay=delay,
            on_event=on_event,
            multisynaptic_index=multisynaptic_index,
            namespace=namespace,
            dtype=dtype,
            dt=dt,
            clock=clock,
            order=order,
            method=method,
            method_options=method_options,
            name=name,
        )


def _only(name: str, now: Statements, once: Statements) -> Statements:
    """Return what is given by one of two names.

    Raises
    ------
    TypeError
        If both are.
    """
    if now is not None and once is not None:
        raise TypeError(f"on_{name} and {name} are the same: give one of them")
    return once if now is None else now
