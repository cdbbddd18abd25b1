"""Equations are shown as mathematics."""

from __future__ import annotations

from eqsim.equations.equations import Equations


def test_a_notebook_shows_equations_with_fractions_greek_letters_units_and_flags():
    equations = Equations("""
        dv/dt = (E - v)/tau_m : volt (unless refractory)
        I = g*(E - v) : amp
        g : siemens/metre**2 (constant, shared)
    """)

    shown = equations._repr_latex_()

    assert shown.splitlines() == [
        r"\begin{align*}",
        r"\frac{\mathrm{d} v}{\mathrm{d} t} &= \frac{E - v}{\tau_{m}}"
        r" && \text{in volt (unless refractory)} \\",
        r"I &= g \left(E - v\right) && \text{in amp} \\",
        r"g & && \text{in siemens/metre\^{}2 (constant, shared)}",
        r"\end{align*}",
    ]
