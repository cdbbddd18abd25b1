"""Systems to smaller ones: variables that follow from the others where nothing moves.

A gating variable enters its own equation linearly, so that its steady value is a formula. Put in
where the variable stands, most neuron models have one equation left, whose roots are all found.

This keeps all fixed points, because a variable is eliminated only where the coefficient by which
the formula divides is bounded away from zero over the whole box.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from eqsim.analysis.compiled import compile_together
from eqsim.analysis.intervals import Bounds, bounds_of, is_continuous
from eqsim.analysis.rates import System
from eqsim.expressions.fold import divide, fold, negate
from eqsim.expressions.linear import linear_coefficients
from eqsim.expressions.nodes import Expr
from eqsim.expressions.traverse import depends_on, substitute

_PIECES = 4096
"""Into how many boxes the coefficient's domain is divided at most."""


@dataclass(frozen=True)
class Reduced:
    """A system in which some variables follow from the others.

    Parameters
    ----------
    system : System
        What is left.
    formulas : tuple of (str, Expr)
        The eliminated variables over the names that are left.
    """

    system: System
    formulas: tuple[tuple[str, Expr], ...]

    def complete(self, full: System, points: np.ndarray) -> np.ndarray:
        """Return points of the full system from points of what is left, both scaled."""
        values = dict(zip(self.system.names, points * self.system.scale[:, None], strict=True))
        if self.formulas:
            exprs = [expr for _, expr in self.formulas]
            computed = compile_together(exprs, self.system.names)(
                points * self.system.scale[:, None]
            )
            values |= dict(zip([name for name, _ in self.formulas], computed, strict=True))
        return full.scaled(np.array([values[name] for name in full.names]))


def reduced(full: System) -> Reduced:
    """Return a system without the variables that follow from the others, all but one at most."""
    equations = dict(zip(full.variables, full.drifts, strict=True))
    formulas: dict[str, Expr] = {}
    while len(equations) > 1:
        found = _steady(full, equations)
        if found is None:
            break
        variable, formula = found
        del equations[variable]
        equations = {
            name: fold(substitute(drift, {variable: formula})) for name, drift in equations.items()
        }
        formulas = {
            name: fold(substitute(expr, {variable: formula})) for name, expr in formulas.items()
        }
        formulas[variable] = formula
    kept = [k for k, name in enumerate(full.names) if name not in formulas]
    system = replace(
        full,
        variables=tuple(equations),
        drifts=tuple(equations.values()),
        dimensions=tuple(full.dimensions[k] for k in kept),
        lower=full.lower[kept],
        upper=full.upper[kept],
    )
    return Reduced(system, tuple(formulas.items()))


def _steady(full: System, equations: dict[str, Expr]) -> tuple[str, Expr] | None:
    """Return a variable whose own equation gives its steady value, and the value."""
    # From the last on: the first variable is usually the membrane potential.
    for variable in reversed(equations):
        coefficients = linear_coefficients(equations[variable], variable)
        if coefficients is None:
            continue
        slope, rest = coefficients
        if is_continuous(slope) and _never_zero(full, slope, list(equations)):
            return variable, fold(divide(negate(rest), slope))
    return None


def _never_zero(full: System, slope: Expr, variables: list[str]) -> bool:
    names = [n for n in full.names if depends_on(slope, (n,))]
    if not names:
        value = compile_together([slope], full.names)(full.lower[:, None])[0, 0]
        return bool(np.isfinite(value) and value != 0)
    if any(name not in variables and name in full.variables for name in names):
        return False
    rows = [full.names.index(name) for name in names]
    boxes = divided(full.lower[rows], full.upper[rows], _PIECES)
    bounds = bounds_of([slope], names, boxes)
    low, high = bounds.low[0], bounds.high[0]
    return bool(np.all(low > 0) or np.all(high < 0))


def divided(lower: np.ndarray, upper: np.ndarray, pieces: int) -> Bounds:
    """Return equal boxes that cover a box, about so many, as columns."""
    along = max(2, round(pieces ** (1 / len(lower))))
    steps = np.indices((along,) * len(lower)).reshape(len(lower), -1)
    widths = ((upper - lower) / along)[:, None]
    low = lower[:, None] + steps * widths
    return Bounds(low, low + widths)
