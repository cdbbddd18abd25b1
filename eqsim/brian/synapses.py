"""Brian's class of synapses, with the arguments that old scripts give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.synapses import synapses as _synapses

Statements = str | Mapping[str, str] | None


class Synapses(_synapses.Synapses):
    """Synapses, also with statements by the names ``pre`` and ``post``, in Brian's order.

    Parameters
    ----------
    source, target, model, on_pre, on_post, **options
        As for :class:`eqsim.Synapses`.
    pre, post
        Other names of ``on_pre`` and ``on_post``.
    connect : None
        Was taken by Brian long ago: the method of this name is called now.

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
        **options: Any,
    ) -> None:
        if connect is not None:
            raise TypeError("synapses are made by a call: synapses.connect(...), not by connect=")
        on_pre = _only("pre", on_pre, pre)
        on_post = _only("post", on_post, post)
        super().__init__(source, target, model, on_pre, on_post, **options)


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
