"""Ion channels, and the neurons that they make up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from eqsim.equations.declarations import VariableKind
from eqsim.equations.equations import Equations
from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.expressions.fold import divide, negate
from eqsim.expressions.linear import is_identically_zero, linear_coefficients
from eqsim.expressions.printer import to_text
from eqsim.expressions.traverse import free_names
from eqsim.models.neuron import NeuronModel
from eqsim.models.values import EquationsField, refuse_unknown, shown
from eqsim.units import cm, mS, mV, pF, uF
from eqsim.units.dimensions import base_unit_for
from eqsim.units.quantity import dimension_of

_SPECIFIC = dimension_of(mS / cm**2 * mV)
_ABSOLUTE = dimension_of(mS * mV)


@dataclass(frozen=True, kw_only=True)
class ChannelModel:
    """A model of an ion channel: a current per area, and the gates that it goes through.

    Parameters
    ----------
    name : str
        The channel's name.
    describes : str
        What is modelled, in a sentence.
    equations : str or Equations
        The current, outward, per area or of the whole cell, and the gates, as functions of the
        membrane potential ``V``.
    current : str
        The name of the current.
    parameters : mapping of str to number or Quantity
        Default values.
    initial : mapping of str to str
        Initial values of the gates; by default the steady state of each gate whose equation is
        linear in it, at the initial potential, and zero of others.
    references : tuple of str
        Where the model comes from, with DOI.

    Examples
    --------
    >>> from eqsim import cm, models, mS
    >>> weak = models.NaHH(gNa=60*mS/cm**2)
    >>> weak.parameters["gNa"]
    600*siemens/metre**2
    >>> print(models.Leak.equations)
    I_L = gL * (V - EL) : amp/metre**2
    """

    name: str
    describes: str
    equations: EquationsField = EquationsField()  # noqa: RUF009 - converts
    current: str
    parameters: Mapping[str, Any]
    initial: Mapping[str, str] = field(default_factory=dict)
    references: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("parameters", "initial"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        refuse_unknown(self.name, [self.current], {"names": tuple(self.equations)})
        found = self.equations[self.current].dimension
        if found not in (_SPECIFIC, _ABSOLUTE):
            raise DimensionMismatchError(
                f"{self.name}: the current {self.current!r} is in {base_unit_for(found)}\n"
                f"  it must be a current per area, in {base_unit_for(_SPECIFIC)}, or of a whole"
                f" cell, in {base_unit_for(_ABSOLUTE)}"
            )
        rest = {each: state for each in self.gates if (state := self._steady_state(each))}
        object.__setattr__(self, "initial", MappingProxyType({**rest, **self.initial}))
        object.__setattr__(self, "__doc__", str(self))

    @property
    def gates(self) -> tuple[str, ...]:
        """The gates."""
        return tuple(d.name for d in self.equations.block.of_kind(VariableKind.DIFFERENTIAL))

    @property
    def reference(self) -> str:
        """Where the model comes from, with DOI."""
        return "; ".join(self.references)

    def _steady_state(self, gate: str) -> str | None:
        """Return where a gate rests, if its equation is linear in it."""
        rate = self.equations[gate].expression
        assert rate is not None
        through = instantaneous(self.equations, gate)
        if any(gate in reads(self.equations, name) for name in through):
            return None
        linear = linear_coefficients(rate, gate)
        if linear is None or is_identically_zero(linear[0]):
            return None
        slope, intercept = linear
        return to_text(divide(negate(intercept), slope))

    def __call__(self, **parameters: Any) -> ChannelModel:
        """Return the channel with other default values.

        Raises
        ------
        ModelError, DimensionMismatchError
            If it has no such parameter, or a value has another unit.
        """
        refuse_unknown(self.name, parameters, {"parameters": tuple(self.parameters)})
        for name, value in parameters.items():
            wanted = dimension_of(self.parameters[name])
            if dimension_of(value) is not wanted:
                raise DimensionMismatchError(
                    f"{self.name}: {name!r} is in {base_unit_for(wanted)}, but {value!r} is in"
                    f" {base_unit_for(dimension_of(value))}"
                )
        return replace(self, parameters={**self.parameters, **parameters})

    def renamed(self, suffix: str) -> ChannelModel:
        """Return the channel with a suffix to all its names, beside another one of its kind.

        Examples
        --------
        >>> from eqsim import models
        >>> models.Leak.renamed("_fast").current
        'I_L_fast'
        """
        own = {name: f"{name}{suffix}" for name in (*self.equations, *self.parameters)}
        values = {own[name]: value for name, value in self.parameters.items()}
        initial = {own[gate]: _expression(value, own) for gate, value in self.initial.items()}
        equations = Equations(self.equations.block, **own)
        return replace(
            self,
            name=f"{self.name}{suffix}",
            equations=equations,
            current=own[self.current],
            parameters=values,
            initial=initial,
        )

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.describes}", "", "equations"]
        lines += [f"  {each}" for each in self.equations.block.declarations]
        lines += ["parameters"]
        lines += [f"  {name} = {shown(value)}" for name, value in self.parameters.items()]
        lines += [f"reference: {each}" for each in self.references]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<ChannelModel {self.name}({', '.join(self.parameters)}): {self.describes}>"


def _expression(text: str, names: Mapping[str, str]) -> str:
    """Return an expression with other names."""
    used = Equations(f"value = {text} : 1")
    known = {old: new for old, new in names.items() if old in used.identifiers}
    renamed = Equations(used.block, **known)["value"].expression
    assert renamed is not None
    return to_text(renamed)


def conductance_neuron(
    *channels: ChannelModel,
    name: str = "ConductanceNeuron",
    C: Any = None,  # noqa: N803 - the field's name for it
    V: Any = -65 * mV,  # noqa: N803
    V_th: Any = 0 * mV,  # noqa: N803
    method: str | None = None,
) -> NeuronModel:
    """Return the model of a neuron whose membrane has channels.

    Parameters
    ----------
    *channels : ChannelModel
        The channels; two of one kind need other names (:meth:`ChannelModel.renamed`).
    name : str
        The model's name.
    C : Quantity, optional
        Capacitance: per area, by default 1 uF/cm**2, where the currents are; else of the cell.
    V : Quantity
        The potential at the beginning; gates begin in their steady states there.
    V_th : Quantity
        Each crossing of this potential upwards is a spike.
    method : str, optional
        The integration method; by default ``'exponential_euler'``, or ``'rk4'`` where an
        instantaneous gate makes the equation of the potential nonlinear.

    Raises
    ------
    ModelError
        If there is no channel, or what is given is none.
    EquationError
        If two channels have a name in common.

    Examples
    --------
    >>> from eqsim import models
    >>> axon = models.conductance_neuron(models.NaHH, models.KHH, models.Leak)
    >>> axon.variables
    ('V', 'm', 'h', 'n')
    """
    if not channels:
        raise ModelError(f"{name} needs at least one channel, such as models.Leak")
    for channel in channels:
        if not isinstance(channel, ChannelModel):
            raise ModelError(f"{name} is made of channels, not of {channel!r}")
    _check_parameters(name, channels)
    unit, capacitance = _units(name, channels, C)
    currents = " - ".join(channel.current for channel in channels)
    equations = Equations(f"dV/dt = (I + I_syn - {currents})/C : volt\nI : {unit}\nI_syn : {unit}")
    for channel in channels:
        equations = equations + channel.equations
    chosen = method or ("rk4" if _is_nonlinear(channels) else "exponential_euler")
    initial = {g: v for channel in channels for g, v in channel.initial.items()}
    return NeuronModel(
        name=name,
        describes=f"neuron with the channels {', '.join(c.name for c in channels)}",
        equations=equations,
        parameters={
            "C": capacitance,
            "V_th": V_th,
            **{n: v for channel in channels for n, v in channel.parameters.items()},
        },
        threshold="V > V_th",
        refractory="V > V_th",
        initial={"V": V, **_in_order(initial, equations)},
        method=chosen,
        references=tuple(dict.fromkeys(r for channel in channels for r in channel.references)),
    )


def _check_parameters(name: str, channels: Iterable[ChannelModel]) -> None:
    owners: dict[str, ChannelModel] = {}
    for channel in channels:
        for parameter, value in channel.parameters.items():
            other = owners.setdefault(parameter, channel)
            if other is not channel and repr(other.parameters[parameter]) != repr(value):
                raise ModelError(
                    f"{name}: {parameter!r} is {other.parameters[parameter]} in {other.name} and"
                    f" {value} in {channel.name}\n"
                    f"  give both one value, or rename one: {channel.name}.renamed('_2')"
                )


def _units(name: str, channels: Iterable[ChannelModel], C: Any) -> tuple[str, Any]:  # noqa: N803
    """Return the unit of the currents, and the capacitance that goes with it."""
    owners = {channel.equations[channel.current].dimension: channel for channel in channels}
    if len(owners) > 1:
        per_area, whole = owners[_SPECIFIC], owners[_ABSOLUTE]
        raise DimensionMismatchError(
            f"{name}: the current of {per_area.name} is per area, that of {whole.name} of a whole"
            " cell\n  give all channels currents of one kind"
        )
    if _SPECIFIC in owners:
        unit, example, written = "amp/meter**2", 1 * uF / cm**2, "1*uF/cm**2"
        capacitance = example if C is None else C
    else:
        unit, example, written, capacitance = "amp", 20 * pF, "20*pF", C
    if capacitance is None or dimension_of(capacitance) is not dimension_of(example):
        raise DimensionMismatchError(
            f"{name}: the capacitance C must be in {base_unit_for(dimension_of(example))}, as its"
            f" currents are in {base_unit_for(next(iter(owners)))}, "
            + ("but is not given" if capacitance is None else f"not {capacitance}")
            + f"\n  write for example C={written}"
        )
    return unit, capacitance


def _in_order(initial: Mapping[str, Any], equations: Equations) -> dict[str, Any]:
    """Return initial values such that each comes after those that it is computed from."""
    ordered: dict[str, Any] = {}

    def place(state: str, above: tuple[str, ...]) -> None:
        if state in ordered or state in above:
            return
        used = Equations(f"value = {initial[state]} : 1").identifiers
        names = used | frozenset().union(
            *(reads(equations, each) for name in used & equations.subexpr_names
              for each in (name, *instantaneous(equations, name)))
        )  # fmt: skip
        for other in initial:
            if other in names:
                place(other, (*above, state))
        ordered[state] = initial[state]

    for state in initial:
        place(state, ())
    return ordered


def _is_nonlinear(channels: Iterable[ChannelModel]) -> bool:
    """Return whether a current depends on the potential through more than its driving force."""
    return any(
        "V" in reads(channel.equations, name)
        for channel in channels
        for name in instantaneous(channel.equations, channel.current)
    )


def instantaneous(equations: Equations, name: str) -> frozenset[str]:
    """Return the subexpressions that a name stands for, without itself and without states."""
    found: frozenset[str] = frozenset()
    waiting = reads(equations, name) & equations.subexpr_names
    while waiting:
        found |= waiting
        needed = frozenset[str]().union(*(reads(equations, each) for each in waiting))
        waiting = (needed & equations.subexpr_names) - found
    return found


def reads(equations: Equations, name: str) -> frozenset[str]:
    """Return the names on the right side of an equation."""
    expression = equations[name].expression
    return frozenset() if expression is None else free_names(expression)
