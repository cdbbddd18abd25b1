"""The explicit Runge-Kutta methods of fixed step: one constant each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from eqsim.integrators.options import Option, part
from eqsim.integrators.tableau import ButcherTableau, ExplicitRungeKutta

_RUNGE = (
    "Runge C (1895). Ueber die numerische Aufloesung von Differentialgleichungen. "
    "Mathematische Annalen 46:167-178. doi:10.1007/BF01446807"
)
_RALSTON = (
    "Ralston A (1962). Runge-Kutta methods with minimum error bounds. Mathematics of Computation "
    "16(80):431-437. doi:10.1090/S0025-5718-1962-0150954-0"
)
_BUTCHER = (
    "Butcher JC (1996). A history of Runge-Kutta methods. Applied Numerical Mathematics "
    "20(3):247-260. doi:10.1016/0168-9274(95)00108-5"
)

MIDPOINT = ExplicitRungeKutta(
    name="midpoint",
    order=2.0,
    references=(_RUNGE,),
    tableau=ButcherTableau.from_text("""
        0   |
        1/2 | 1/2
            | 0   1
    """),
)


@dataclass(frozen=True, slots=True)
class SecondOrderRungeKutta(ExplicitRungeKutta):
    """The explicit Runge-Kutta methods of two stages, by the place of the second one."""

    @property
    def options(self) -> Mapping[str, Option]:
        """The place of the second stage."""
        return {
            "beta": part(
                "which part of the step the second slope lies after the first: 1/2 is the midpoint"
                " method, 2/3 Ralston's, 1 Heun's"
            )
        }

    def _with_options(self, values: Mapping[str, Any]) -> SecondOrderRungeKutta:
        return replace(self, tableau=_two_stages(values["beta"]))


def _two_stages(beta: float) -> ButcherTableau:
    # Every place of the second stage gives a method of second order, so a near one will do.
    node = Fraction(beta).limit_denominator(2**20) or Fraction(beta)
    return ButcherTableau((Fraction(0), node), ((), (node,)), (1 - 1 / (2 * node), 1 / (2 * node)))


RK2 = SecondOrderRungeKutta(
    name="rk2", order=2.0, references=(_RUNGE, _RALSTON), tableau=_two_stages(0.5)
)

RALSTON = ExplicitRungeKutta(
    name="ralston",
    order=2.0,
    aliases=("ralston2",),
    references=(_RALSTON,),
    tableau=ButcherTableau.from_text("""
        0   |
        2/3 | 2/3
            | 1/4 3/4
    """),
)

RK3 = ExplicitRungeKutta(
    name="rk3",
    order=3.0,
    references=(_BUTCHER,),
    tableau=ButcherTableau.from_text("""
        0   |
        1/2 | 1/2
        1   | -1   2
            | 1/6 2/3 1/6
    """),
)

HEUN3 = ExplicitRungeKutta(
    name="heun3",
    order=3.0,
    references=(_BUTCHER,),
    tableau=ButcherTableau.from_text("""
        0   |
        1/3 | 1/3
        2/3 | 0   2/3
            | 1/4 0   3/4
    """),
)

RALSTON3 = ExplicitRungeKutta(
    name="ralston3",
    order=3.0,
    references=(_RALSTON,),
    tableau=ButcherTableau.from_text("""
        0   |
        1/2 | 1/2
        3/4 | 0   3/4
            | 2/9 1/3 4/9
    """),
)

SSPRK3 = ExplicitRungeKutta(
    name="ssprk3",
    order=3.0,
    references=(
        "Shu CW, Osher S (1988). Efficient implementation of essentially non-oscillatory "
        "shock-capturing schemes. Journal of Computational Physics 77(2):439-471. "
        "doi:10.1016/0021-9991(88)90177-5",
    ),
    tableau=ButcherTableau.from_text("""
        0   |
        1   | 1
        1/2 | 1/4 1/4
            | 1/6 1/6 2/3
    """),
)

RK4 = ExplicitRungeKutta(
    name="rk4",
    order=4.0,
    references=(_BUTCHER,),
    tableau=ButcherTableau.from_text("""
        0   |
        1/2 | 1/2
        1/2 | 0   1/2
        1   | 0   0   1
            | 1/6 1/3 1/3 1/6
    """),
)

RK4_ALTERNATIVE = ExplicitRungeKutta(
    name="rk4_alternative",
    order=4.0,
    aliases=("rk4_38rule", "rk4_38"),
    references=(_BUTCHER,),
    tableau=ButcherTableau.from_text("""
        0   |
        1/3 |  1/3
        2/3 | -1/3  1
        1   |  1   -1   1
            |  1/8  3/8 3/8 1/8
    """),
)
