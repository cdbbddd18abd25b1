"""Variables of synapses that are the same for all synapses of one neuron, stored once for each.

A trace that only the events of one side change, such as the presynaptic trace of pair-based
plasticity, has one value for all synapses of a neuron on that side. It is stored as of the last
event of that neuron, and what synapses would show, the value as of their own last event, follows
from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.expressions.nodes import Expr, Literal
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.printer import to_text
from eqsim.expressions.traverse import substitute
from eqsim.network.sides import Side
from eqsim.network.snapshots import Part, Parts
from eqsim.program.dtypes import DType
from eqsim.source import Source
from eqsim.targets.numpy.evaluate import compile_expression

ELAPSED = "_elapsed"
"""The name, in the rules of traces, of the time since the last event."""


@dataclass(frozen=True, eq=False)
class Traces:
    """The traces of one Synapses object.

    Parameters
    ----------
    sides : mapping of str to Side
        Of which side's neurons each is a variable.
    values : mapping of str to ndarray
        The values, as of each neuron's last event, for all neurons that the side's group stores.
    last : mapping of Side to ndarray
        When each neuron of a side had its last event, in seconds.
    rules : mapping of str to Expr
        How each changes between events: an expression over the traces of the same side, time
        since the last event, and numbers.
    constants : mapping of str to float
        The constants of the equations that the rules follow from.
    named_rules : mapping of str to Expr
        The rules with names in place of those numbers that instances may have others of.
    arrays : mapping of str to str
        The arrays of the program that hold these.
    """

    sides: Mapping[str, Side]
    values: Mapping[str, NDArray[Any]]
    last: Mapping[Side, NDArray[np.float64]]
    rules: Mapping[str, Expr]
    constants: Mapping[str, float]
    named_rules: Mapping[str, Expr] = field(default_factory=dict)
    arrays: Mapping[str, str] = field(default_factory=dict)

    def following(self, arrays: Mapping[str, NDArray[Any]]) -> Traces:
        """Return traces that change by the numbers that a program's memory holds now.

        Parameters
        ----------
        arrays : mapping of str to ndarray
            The memory of one instance.
        """
        numbers = {name: Literal(arrays[at].item()) for name, at in self.arrays.items()}
        rules = {name: substitute(rule, numbers) for name, rule in self.named_rules.items()}
        return replace(self, rules=rules)

    def snapshot(self) -> dict[str, Part]:
        """Return what is kept when a network is stored."""
        kept: dict[str, Part] = {}
        for name, side in self.sides.items():
            kept[f"trace.{side.value}.{name}"] = self.values[name]
        for side, times in self.last.items():
            kept[f"trace_last.{side.value}"] = times
        for name, rule in self.rules.items():
            kept[f"trace_rule.{name}"] = np.frombuffer(to_text(rule).encode(), dtype=np.uint8)
        for name, constant in self.constants.items():
            kept[f"trace_constant.{name}"] = np.array(constant)
        return kept

    @classmethod
    def restored(cls, saved: Parts) -> Traces | None:
        """Return what :meth:`snapshot` kept, None if there were no traces."""
        sides, values, rules, constants = {}, {}, {}, {}
        last = {}
        for part, kept in saved.items():
            kind, _, rest = part.partition(".")
            if kind == "trace":
                side, _, name = rest.partition(".")
                sides[name], values[name] = Side(side), np.array(kept)
            elif kind == "trace_last":
                last[Side(rest)] = np.array(kept)
            elif kind == "trace_rule":
                rules[rest] = parse_expression(Source(bytes(np.asarray(kept)).decode()))
            elif kind == "trace_constant":
                constants[rest] = float(np.asarray(kept))
        return cls(sides, values, last, rules, constants) if sides else None

    def lastupdate(self, numbers: Callable[[Side], NDArray[Any]]) -> NDArray[np.float64]:
        """Return when the last event of either side arrived at each synapse, in seconds.

        Parameters
        ----------
        numbers : callable
            Returns the number of each synapse's neuron on a side.
        """
        before, after = (self.last[side][numbers(side)] for side in Side)
        times: NDArray[np.float64] = np.maximum(before, after)
        return times

    def of_synapses(self, name: str, numbers: Callable[[Side], NDArray[Any]]) -> NDArray[Any]:
        """Return the value of a trace for each synapse, as of the synapse's last event."""
        side = self.sides[name]
        neurons = numbers(side)
        same_side = [trace for trace, other in self.sides.items() if other is side]
        environment = {trace: self.values[trace][neurons] for trace in same_side}
        if name not in self.rules:
            return np.asarray(environment[name])
        environment[ELAPSED] = self.lastupdate(numbers) - self.last[side][neurons]
        types = {trace: DType(values.dtype.name) for trace, values in environment.items()}
        rule = compile_expression(self.rules[name], types, types[name])
        with np.errstate(all="ignore"):
            value = np.asarray(rule(environment)).astype(environment[name].dtype)
        values: NDArray[Any] = np.array(np.broadcast_to(value, neurons.shape))
        return values
