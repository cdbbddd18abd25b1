"""What synapses are given as texts: equations, and what events do on either side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from eqsim.equations.block_parser import parse_block
from eqsim.equations.check_declarations import check_declarations
from eqsim.equations.code import parse_code
from eqsim.equations.declarations import SYNAPSE_FLAGS, Flag
from eqsim.equations.equations import Equations
from eqsim.equations.identifiers import SYNAPSE_RESERVED, check_identifier
from eqsim.errors import EquationError, ModelError, did_you_mean, message, raise_together
from eqsim.network.events import SPIKE
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.naming import check_name
from eqsim.network.sides import Side
from eqsim.network.synapses.model import check_model
from eqsim.network.synapses.pathways import Pathway
from eqsim.network.synapses.stored import LASTUPDATE
from eqsim.source import Source
from eqsim.units.arguments import shown

if TYPE_CHECKING:
    from eqsim.network.synapses.synapses import Synapses


def _check_number(number: str, sides: tuple[StateOwner, StateOwner]) -> None:
    check_name(number, "the number of a synapse within its pair")
    check_identifier(number, reserved=SYNAPSE_RESERVED)
    for group in sides:
        if group.has_variable(number):
            raise ModelError(
                f"{number!r} cannot number the synapses of a pair: it is a variable of"
                f" {group.name!r} too\n  choose another name"
            )


def _by_name(given: Any, side: Side, name: str) -> Mapping[str, str]:
    argument = f"on_{side.value}"
    if given is None:
        return {}
    pathways = given if isinstance(given, Mapping) else {side.value: given}
    for pathway, text in pathways.items():
        if not isinstance(text, str):
            raise ModelError(
                f"{argument} of {name!r} must be a text, or a dict of texts, not {text!r}"
                + ("" if pathway == side.value else f" for {pathway!r}")
            )
    return pathways


def _events_by_pathway(given: Any, pathways: Iterable[str], name: str) -> Mapping[str, str]:
    if isinstance(given, str):
        return dict.fromkeys(pathways, given)
    if not isinstance(given, Mapping):
        raise ModelError(f"on_event of {name!r} must be a name or a dict of names, not {given!r}")
    for pathway in given:
        if pathway not in pathways:
            raise ModelError(
                f"on_event names the pathway {pathway!r}, which {name!r} does not have\n"
                f"  its pathways: {', '.join(map(repr, pathways)) or 'none'}"
            )
    return {pathway: given.get(pathway, SPIKE) for pathway in pathways}


def given_equations(
    model: Any, name: str, source: StateOwner, target: StateOwner, number: str | None
) -> Equations:
    """Return the equations of synapses, checked.

    Raises
    ------
    EquationError
        Everything that is wrong in the declarations.
    ModelError
        If they are no equations, or the name of the number within a pair does not fit.
    """
    if model is None:
        model = ""
    if isinstance(model, str):
        equations = Equations(parse_block(Source(model, f"equations of {name!r}"), SYNAPSE_FLAGS))
    elif isinstance(model, Equations):
        equations = model
    else:
        raise ModelError(f"the equations of {name!r} must be a text or Equations, not {model!r}")
    errors: list[EquationError] = []
    reserved = dict(SYNAPSE_RESERVED)
    if not any(Flag.EVENT_DRIVEN in d.flags for d in equations.block.declarations):
        # Scripts may keep this time by themselves.
        del reserved[LASTUPDATE]
    if number is not None:
        _check_number(number, (source, target))
        reserved[number] = "the number of the synapse within its pair"
    check_declarations(equations.block, errors, allowed=SYNAPSE_FLAGS, reserved=reserved)
    check_model(equations, source, target, errors)
    raise_together(errors)
    return equations


def given_pathways(
    synapses: Synapses, on_pre: Any, on_post: Any, on_event: Any
) -> dict[str, Pathway]:
    """Return the pathways of synapses from what is done on events, by name."""
    texts: dict[str, tuple[Side, str]] = {}
    for side, given in ((Side.SOURCE, on_pre), (Side.TARGET, on_post)):
        for pathway, text in _by_name(given, side, synapses.name).items():
            check_name(pathway, f"a pathway of {synapses.name!r}")
            if pathway in texts or _is_taken(synapses, pathway):
                raise ModelError(
                    f"{pathway!r} cannot be the name of a pathway of {synapses.name!r}:"
                    " it is taken\n  choose another name for the pathway"
                    + (", or for the variable" * (synapses.declaration(pathway) is not None))
                )
            if text.strip() or synapses.side(side).events:
                texts[pathway] = (side, text)
    events = _events_by_pathway(on_event, texts, synapses.name)
    return {
        pathway: Pathway(
            synapses,
            pathway,
            side,
            parse_code(Source(text, f"{pathway!r} of {synapses.name!r}")),
            _known_event(synapses, side, events[pathway]),
        )
        for pathway, (side, text) in texts.items()
    }


def _is_taken(synapses: Synapses, pathway: str) -> bool:
    return (
        synapses.declaration(pathway) is not None
        or hasattr(type(synapses), pathway)
        or pathway in synapses.__dict__
    )


def _known_event(synapses: Synapses, side: Side, event: str) -> str:
    known = list(synapses.side(side).events)
    if isinstance(event, str) and event in known:
        return event
    group = synapses.side(side).name
    is_spike = isinstance(event, str) and event == SPIKE
    what = "has no threshold" if is_spike else f"has no event {shown(event)}"
    raise ModelError(
        message(
            f"{group!r} {what} that {synapses.name!r} could react to",
            f"its events: {', '.join(map(repr, known)) or 'none'}",
            did_you_mean(str(event), known),
        )
    )
