"""Bifurcation diagrams to pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.analysis.axes import add_legend, given_or_new, scale_of, scales_of
from eqsim.analysis.local_bifurcations import BifurcationKind
from eqsim.analysis.rates import System
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import si_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from eqsim.analysis.bifurcation import Bifurcation
    from eqsim.analysis.diagrams import Branch, Curve, CycleBranch
    from eqsim.analysis.local_bifurcations import BifurcationPoint

_MARKERS = {
    BifurcationKind.FOLD: ("s", "C3"),
    BifurcationKind.HOPF: ("o", "C1"),
    BifurcationKind.BRANCH: ("D", "C4"),
    BifurcationKind.CUSP: ("*", "C3"),
    BifurcationKind.BOGDANOV_TAKENS: ("P", "C2"),
    BifurcationKind.GENERALISED_HOPF: ("X", "C1"),
}
_CURVES = {BifurcationKind.FOLD: "C3", BifurcationKind.HOPF: "C1"}


def draw_diagram(
    system: System,
    name: str,
    branches: Sequence[Branch],
    cycles: Sequence[CycleBranch],
    ax: Axes | None,
) -> Axes:
    """Draw a variable over the swept parameter; return the Axes."""
    axes, (parameter,) = given_or_new(ax), system.parameters
    scales = scales_of(system)
    across, up = scales[parameter], scales[name]
    for branch in branches:
        x, y = across(branch[parameter]), up(branch[name])
        for part, stable in runs(branch.stable):
            axes.plot(
                x[part], y[part], "-" if stable else "--", color="k",
                linewidth=1.6 if stable else 1.0,
                label=f"{'stable' if stable else 'unstable'} fixed points",
            )  # fmt: skip
    for family in cycles:
        x = across(family.parameters[parameter])
        for extreme in (family.minimum[name], family.maximum[name]):
            for part, stable in runs(family.stable):
                axes.plot(
                    x[part], up(extreme)[part], "-" if stable else ":", color="C0",
                    label=f"{'stable' if stable else 'unstable'} limit cycles",
                )  # fmt: skip
    for branch in branches:
        for point in branch.points:
            _mark(axes, point, across(point.parameters[parameter]), up(point.state[name]))
    axes.set_xlabel(across.label)
    axes.set_ylabel(up.label)
    add_legend(axes)
    return axes


def draw_periods(system: System, cycles: Sequence[CycleBranch], ax: Axes | None) -> Axes:
    """Draw the periods of limit cycles over the swept parameter; return the Axes."""
    axes, (parameter,) = given_or_new(ax), system.parameters
    across = scales_of(system)[parameter]
    # Where cycles come near a saddle their periods grow without limit.
    usual = max((float(np.median(si_value(family.period))) for family in cycles), default=1.0)
    up = scale_of("period", np.array([usual]), SECOND)
    for family in cycles:
        x, y = across(family.parameters[parameter]), up(family.period)
        for part, stable in runs(family.stable):
            axes.plot(
                x[part], y[part], "-" if stable else ":", color="C0",
                label=f"{'stable' if stable else 'unstable'} limit cycles",
            )  # fmt: skip
    axes.set_xlabel(across.label)
    axes.set_ylabel(up.label)
    add_legend(axes)
    return axes


def draw_curves(
    system: System, curves: Sequence[Curve], points: Sequence[BifurcationPoint], ax: Axes | None
) -> Axes:
    """Draw the curves of bifurcations in the plane of both parameters; return the Axes."""
    axes = given_or_new(ax)
    scales = [scales_of(system)[name] for name in system.parameters]
    for curve in curves:
        x, y = (scale(curve[name]) for scale, name in zip(scales, system.parameters, strict=True))
        axes.plot(x, y, color=_CURVES[curve.kind], label=str(curve.kind))
    for point in points:
        place = [
            float(scale(point.parameters[name]))
            for scale, name in zip(scales, system.parameters, strict=True)
        ]
        _mark(axes, point, *place)
    limits = zip(system.lower[system.n :], system.upper[system.n :], scales, strict=True)
    (x_range, y_range) = [(float(scale(low)), float(scale(high))) for low, high, scale in limits]
    axes.set_xlim(*x_range)
    axes.set_ylim(*y_range)
    axes.set_xlabel(scales[0].label)
    axes.set_ylabel(scales[1].label)
    add_legend(axes)
    return axes


def draw_surface(
    system: System,
    name: str,
    sections: Sequence[tuple[Any, Bifurcation]],
    curves: Sequence[Curve],
    ax: Axes | None,
) -> Axes:
    """Draw a variable over both parameters, as lines in space; return the Axes."""
    axes: Any = given_or_new(ax, projection="3d")
    scales = scales_of(system)
    first, second = system.parameters
    for value, section in sections:
        for branch in section.branches:
            x, z = scales[first](branch[first]), scales[name](branch[name])
            for part, stable in runs(branch.stable):
                y = np.full(len(x[part]), float(scales[second](value)))
                axes.plot(
                    x[part], y, z[part], color="k" if stable else "0.6", linewidth=0.9,
                    label=f"{'stable' if stable else 'unstable'} fixed points",
                )  # fmt: skip
    for curve in curves:
        axes.plot(
            *(scales[key](curve[key]) for key in (first, second, name)),
            color=_CURVES[curve.kind], linewidth=2, label=str(curve.kind),
        )  # fmt: skip
    axes.set_xlabel(scales[first].label)
    axes.set_ylabel(scales[second].label)
    axes.set_zlabel(scales[name].label)
    axes.set_box_aspect(None, zoom=0.85)
    add_legend(axes)
    made: Axes = axes
    return made


def runs(flags: NDArray[np.bool_]) -> Iterator[tuple[slice, bool]]:
    """Yield the parts of a curve with one flag; each goes on to where the next begins.

    Examples
    --------
    >>> list(runs(np.array([True, True, False])))
    [(slice(0, 3, None), True), (slice(2, 3, None), False)]
    """
    changes = np.flatnonzero(flags[1:] != flags[:-1]) + 1
    begins = [0, *changes.tolist()]
    for begin, end in zip(begins, [*begins[1:], len(flags)], strict=True):
        yield slice(begin, min(end + 1, len(flags))), bool(flags[begin])


def _mark(axes: Axes, point: BifurcationPoint, x: float, y: float) -> None:
    marker, colour = _MARKERS[point.kind]
    label = f"{point.criticality} {point.kind}" if point.criticality else str(point.kind)
    axes.plot(
        float(x), float(y), marker, color=colour, markeredgecolor="k", markersize=7, zorder=5,
        label=label,
    )  # fmt: skip
