"""The explicit Runge-Kutta methods: one constant each."""

from __future__ import annotations

from eqsim.integrators.tableau import ButcherTableau, ExplicitRungeKutta

RK2 = ExplicitRungeKutta(
    name="rk2",
    order=2.0,
    aliases=("midpoint",),
    references=(
        "Runge C (1895). Ueber die numerische Aufloesung von Differentialgleichungen. "
        "Mathematische Annalen 46:167-178. doi:10.1007/BF01446807",
    ),
    tableau=ButcherTableau.from_text("""
        0   |
        1/2 | 1/2
            | 0   1
    """),
)

RK4 = ExplicitRungeKutta(
    name="rk4",
    order=4.0,
    references=(
        "Butcher JC (1996). A history of Runge-Kutta methods. Applied Numerical Mathematics "
        "20(3):247-260. doi:10.1016/0168-9274(95)00108-5",
    ),
    tableau=ButcherTableau.from_text("""
        0   |
        1/2 | 1/2
        1/2 | 0   1/2
        1   | 0   0   1
            | 1/6 1/3 1/3 1/6
    """),
)
