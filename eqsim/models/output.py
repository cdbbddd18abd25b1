"""How an open synapse acts on the neuron behind it: as a current, or through a conductance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eqsim.units import mmolar, mV
from eqsim.units.dimensions import Dimension
from eqsim.units.quantity import dimension_of


@dataclass(frozen=True)
class Output:
    """What flows into the neuron behind a synapse.

    Parameters
    ----------
    name : str
        The output's name.
    describes : str
        What is modelled.
    expression : str
        The inward current, of what is open (``g``) and the membrane potential (``V``).
    is_current : bool
        Whether what is open is a current already, and no conductance.
    parameters : mapping of str to number or Quantity
        The values of its parameters.
    references : tuple of str
        Where it comes from, with DOI.
    """

    name: str
    describes: str
    expression: str
    is_current: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    references: tuple[str, ...] = ()

    def flowing(self, g: str, potential: str) -> str:
        """Return the expression of the current, of names in the place where it is used."""
        return self.expression.format(g=g, V=potential)

    def dimension_of_open(self, current: Dimension, potential: Dimension) -> Dimension:
        """Return the dimension of what is open, where the current has a dimension."""
        return current if self.is_current else current / potential


def CUBA() -> Output:  # noqa: N802 - the field's name for it
    """Return the output of current-based synapses: what is open is the current.

    Examples
    --------
    >>> CUBA().flowing("g", "V")
    'g'
    """
    return Output("CUBA", "a current, whatever the potential", "{g}", is_current=True)


def COBA(E: Any = 0 * mV) -> Output:  # noqa: N802, N803 - the field's names
    """Return the output of conductance-based synapses.

    Parameters
    ----------
    E : Quantity
        The reversal potential.

    Examples
    --------
    >>> COBA(-80*mV).flowing("g", "V")
    'g*(E - V)'
    """
    return Output("COBA", "a conductance", "{g}*(E - {V})", parameters={"E": E})


def MgBlock(  # noqa: N802 - as the others
    E: Any = 0 * mV,  # noqa: N803 - the field's names
    Mg: Any = 1.2 * mmolar,  # noqa: N803
    steepness: Any = 0.062 / mV,
    Mg_half: Any = 3.57 * mmolar,  # noqa: N803
) -> Output:
    """Return the output of NMDA receptors: a conductance that magnesium blocks at rest.

    Parameters
    ----------
    E : Quantity
        The reversal potential.
    Mg : Quantity
        The concentration of magnesium outside.
    steepness : Quantity
        How steeply the block depends on the potential.
    Mg_half : Quantity
        The concentration that blocks half of the current at 0 mV.

    Examples
    --------
    >>> sorted(MgBlock().parameters)
    ['E', 'Mg', 'Mg_half', 'steepness']
    """
    return Output(
        "MgBlock",
        "a conductance that magnesium blocks at rest",
        "{g}*(E - {V})/(1 + Mg/Mg_half*exp(-steepness*{V}))",
        parameters={"E": E, "Mg": Mg, "Mg_half": Mg_half, "steepness": steepness},
        references=(
            "Jahr, C. E. & Stevens, C. F. (1990), Journal of Neuroscience 10, 3178,"
            " doi:10.1523/JNEUROSCI.10-09-03178.1990",
        ),
    )


OUTPUTS = (CUBA, COBA, MgBlock)
"""All outputs, in the order of their table."""


def potential_parameters(output: Output) -> tuple[str, ...]:
    """Return the parameters that are potentials."""
    volt = dimension_of(mV)
    return tuple(n for n, value in output.parameters.items() if dimension_of(value) is volt)
