"""Systems of text books whose fixed points, bifurcations and cycles are known in closed form.

Strogatz (2015), Nonlinear Dynamics and Chaos. doi:10.1201/9780429492563
Kuznetsov (2004), Elements of Applied Bifurcation Theory. doi:10.1007/978-1-4757-3978-7
Izhikevich (2007), Dynamical Systems in Neuroscience. doi:10.7551/mitpress/2526.001.0001
"""

from __future__ import annotations

from math import acos, asin, exp, pi, sqrt

import numpy as np
import pytest
from scipy.optimize import fsolve

from eqsim import analysis, ms, mV, nA, nS, pA
from eqsim.errors import ModelError

# -- fixed points: state, kind, stable ------------------------------------------------------------

SPLIT = sqrt(1 - 0.6**2)
FIXED_POINTS = {
    "Van der Pol": (
        "dx/dt = y/ms : 1\ndy/dt = (0.5*(1 - x**2)*y - x)/ms : 1",
        {"x": (-3, 3), "y": (-3, 3)},
        [((0, 0), "focus", False)],
    ),
    "Van der Pol, relaxing": (
        "dx/dt = y/ms : 1\ndy/dt = (5*(1 - x**2)*y - x)/ms : 1",
        {"x": (-3, 3), "y": (-9, 9)},
        [((0, 0), "node", False)],
    ),
    "Brusselator": (
        "dx/dt = (1 - 2.5*x + x**2*y)/ms : 1\ndy/dt = (1.5*x - x**2*y)/ms : 1",
        {"x": (0, 4), "y": (0, 4)},
        [((1, 1.5), "focus", True)],
    ),
    "Lotka-Volterra": (
        "dx/dt = x*(2 - y)/ms : 1\ndy/dt = -y*(3 - 1.5*x)/ms : 1",
        {"x": (-1, 5), "y": (-1, 5)},
        [((0, 0), "saddle", False), ((2, 2), "centre", False)],
    ),
    "Duffing": (
        "dx/dt = y/ms : 1\ndy/dt = (x - x**3 - 0.2*y)/ms : 1",
        {"x": (-2, 2), "y": (-2, 2)},
        [((-1, 0), "focus", True), ((0, 0), "saddle", False), ((1, 0), "focus", True)],
    ),
    "competition of rabbits and sheep": (
        "dx/dt = x*(3 - x - 2*y)/ms : 1\ndy/dt = y*(2 - x - y)/ms : 1",
        {"x": (-0.5, 4), "y": (-0.5, 4)},
        [((0, 0), "node", False), ((0, 2), "node", True), ((1, 1), "saddle", False),
         ((3, 0), "node", True)],
    ),
    "pendulum": (
        "dtheta/dt = omega/ms : 1\ndomega/dt = (-sin(theta) - 0.5*omega)/ms : 1",
        {"theta": (-4, 4), "omega": (-3, 3)},
        [((-pi, 0), "saddle", False), ((0, 0), "focus", True), ((pi, 0), "saddle", False)],
    ),
    "driven phase": (
        "dphi/dt = (0.6 - sin(phi))/ms : 1",
        {"phi": (0, 2 * pi)},
        [((asin(0.6),), "node", True), ((pi - asin(0.6),), "node", False)],
    ),
    "theta neuron": (
        "dtheta/dt = (1 - cos(theta) + (1 + cos(theta))*(-0.25))/ms : 1",
        {"theta": (-pi, pi)},
        [((-acos(0.6),), "node", True), ((acos(0.6),), "node", False)],
    ),
    "Selkov, glycolysis": (
        "dx/dt = (-x + 0.08*y + x**2*y)/ms : 1\ndy/dt = (0.6 - 0.08*y - x**2*y)/ms : 1",
        {"x": (0, 3), "y": (0, 3)},
        [((0.6, 0.6 / 0.44), "focus", False)],
    ),
    "genetic switch": (
        "dx/dt = (-x + y)/ms : 1\ndy/dt = (x**2/(1 + x**2) - 0.4*y)/ms : 1",
        {"x": (-0.5, 4), "y": (-0.5, 4)},
        [((0, 0), "node", True), ((0.5, 0.5), "saddle", False), ((2, 2), "node", True)],
    ),
    "quadratic integrate-and-fire": (
        "dv/dt = (v**2 - 0.25)/ms : 1",
        {"v": (-2, 2)},
        [((-0.5,), "node", True), ((0.5,), "node", False)],
    ),
    "Izhikevich, at rest": (
        "dv/dt = (0.04*v**2 + 5*v + 140 - u)/ms : 1\ndu/dt = 0.02*(0.2*v - u)/ms : 1",
        {"v": (-90, -30), "u": (-20, 0)},
        [((-70, -14), "node", True), ((-50, -10), "saddle", False)],
    ),
    "what shares a subexpression": (
        "dx/dt = (f - x)/ms : 1\ndy/dt = (f*g - y)/ms : 1\nf = 1/(1 + x**2) : 1\ng = f + x : 1",
        {"x": (0, 2), "y": (0, 2)},
        [((0.6823278038280194, 2 * 0.6823278038280194**2), "node", True)],
    ),
    "nothing to rest at": (
        "dx/dt = (1 + x**2)/ms : 1\ndy/dt = -y/ms : 1", {"x": (-3, 3), "y": (-3, 3)}, [],
    ),
    "a condition": (
        "dx/dt = (int(x > 0)*(1 - x) + int(x <= 0)*(-1 - x))/ms : 1",
        {"x": (-2.5, 2.25)},
        [((-1,), "node", True), ((1,), "node", True)],
    ),
    "a variable that comes round": (
        "dx/dt = (x % 1 - 0.25)/ms : 1",
        {"x": (-1.1, 2.1)},
        [((k + 0.25,), "node", False) for k in (-1, 0, 1)],
    ),
    "a threshold-linear cell": (
        "dr/dt = (clip(2*r - 1, 0, 4) - r)/ms : 1",
        {"r": (-1, 5.5)},
        [((0,), "node", True), ((1,), "node", False), ((4,), "node", True)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIXED_POINTS)
def test_fixed_points(name: str) -> None:
    text, ranges, expected = FIXED_POINTS[name]
    found = analysis.fixed_points(text, ranges)

    assert [(str(p.kind), p.stable) for p in found] == [(kind, s) for _, kind, s in expected]
    for point, (state, _, _) in zip(found, expected, strict=True):
        assert tuple(point.state.values()) == pytest.approx(state, abs=1e-9)


# -- bifurcations: kind, parameter, state ---------------------------------------------------------


def _selkov(sign: float) -> tuple[str, float, tuple[float, float]]:
    a = 0.08
    b = sqrt((1 - 2 * a + sign * sqrt(1 - 8 * a)) / 2)
    return "Hopf", b, (b, b / (a + b**2))


_HOPF_V = (0.02 - 5) / 0.08
BIFURCATIONS = {
    "Brusselator": (
        "dx/dt = (1.5 - (B + 1)*x + x**2*y)/ms : 1\ndy/dt = (B*x - x**2*y)/ms : 1\nB : 1",
        {"B": (1, 5)}, {"x": (0, 6), "y": (0, 6)},
        [("supercritical Hopf", 1 + 1.5**2, (1.5, (1 + 1.5**2) / 1.5))],
    ),
    "Duffing": (
        "dx/dt = y/ms : 1\ndy/dt = (beta*x - x**3 - 0.2*y)/ms : 1\nbeta : 1",
        {"beta": (-1, 1)}, {"x": (-2, 2), "y": (-2, 2)},
        [("branch point", 0, (0, 0))],
    ),
    "Selkov, glycolysis": (
        "dx/dt = (-x + 0.08*y + x**2*y)/ms : 1\ndy/dt = (b - 0.08*y - x**2*y)/ms : 1\nb : 1",
        {"b": (0.1, 1.2)}, {"x": (0, 3), "y": (0, 6)},
        [_selkov(-1), _selkov(1)],
    ),
    "Izhikevich": (
        "dv/dt = (0.04*v**2 + 5*v + 140 - u + I)/ms : 1\ndu/dt = 0.02*(0.2*v - u)/ms : 1\nI : 1",
        {"I": (-10, 10)}, {"v": (-90, -30), "u": (-20, 0)},
        [("subcritical Hopf", -(0.04 * _HOPF_V**2 + 4.8 * _HOPF_V + 140),
          (_HOPF_V, 0.2 * _HOPF_V)),
         ("fold", 4, (-60, -12))],
    ),
    "logistic growth with harvest": (
        "dx/dt = (x*(1 - x) - h)/ms : 1\nh : 1", {"h": (0, 1)}, {"x": (-0.5, 1.5)},
        [("fold", 0.25, (0.5,))],
    ),
    "transcritical": (
        "dx/dt = (r*x - x**2)/ms : 1\nr : 1", {"r": (-1, 1.25)}, {"x": (-2, 2)},
        [("branch point", 0, (0,))],
    ),
    "subcritical pitchfork with folds": (
        "dx/dt = (r*x + x**3 - x**5)/ms : 1\nr : 1", {"r": (-0.5, 0.5)}, {"x": (-2, 2)},
        [("fold", -0.25, (-sqrt(0.5),)), ("branch point", 0, (0,)), ("fold", -0.25, (sqrt(0.5),))],
    ),
    "overdamped pendulum": (
        "dphi/dt = (omega - sin(phi))/ms : 1\nomega : 1", {"omega": (-1.5, 1.5)},
        {"phi": (-pi, pi)},
        [("fold", -1, (-pi / 2,)), ("fold", 1, (pi / 2,))],
    ),
    "theta neuron": (
        "dtheta/dt = (1 - cos(theta) + (1 + cos(theta))*I)/ms : 1\nI : 1", {"I": (-1, 1)},
        {"theta": (-2, 2)},
        [("fold", 0, (0,))],
    ),
    "Rosenzweig-MacArthur": (
        # Coexistence at x = 1 loses its stability where it passes the hump (K - 1)/2 of the prey.
        "dx/dt = (x*(1 - x/K) - 2*x*y/(1 + x))/ms : 1\ndy/dt = (2*x/(1 + x) - 1)*y/ms : 1\nK : 1",
        {"K": (1.5, 5)}, {"x": (0.2, 4), "y": (0.05, 3)},
        [("supercritical Hopf", 3, (1, (1 - 1 / 3) * 2 / 2))],
    ),
    "FitzHugh-Nagumo": (
        "dv/dt = (v - v**3/3 - w + I)/ms : 1\ndw/dt = 0.08*(v + 0.7 - 0.8*w)/ms : 1\nI : 1",
        {"I": (0, 2)}, {"v": (-3, 3), "w": (-3, 3)},
        [("subcritical Hopf", None, (-sqrt(1 - 0.064), (-sqrt(1 - 0.064) + 0.7) / 0.8)),
         ("subcritical Hopf", None, (sqrt(1 - 0.064), (sqrt(1 - 0.064) + 0.7) / 0.8))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BIFURCATIONS)
def test_bifurcations_of_one_parameter(name: str) -> None:
    text, swept, ranges, expected = BIFURCATIONS[name]
    diagram = analysis.Bifurcation(text, swept, ranges)
    (parameter,) = swept
    found = sorted(diagram.points, key=lambda p: tuple(p.state.values()))

    kinds = [f"{p.criticality} {p.kind}" if " Hopf" in e[0] else str(p.kind)
             for p, e in zip(found, expected, strict=True)]  # fmt: skip
    assert kinds == [kind for kind, _, _ in expected]
    for point, (_, value, state) in zip(found, expected, strict=True):
        assert tuple(point.state.values()) == pytest.approx(state, abs=1e-8)
        if value is not None:
            assert point.parameters[parameter] == pytest.approx(value, abs=1e-8)


def test_the_exponential_neuron_with_units_has_its_rheobase() -> None:
    diagram = analysis.Bifurcation(
        "dV/dt = (gL*(EL - V) + gL*Delta_T*exp((V - V_T)/Delta_T) + I)/(100*pF) : volt\nI : amp",
        {"I": (0 * pA, 1 * nA)},
        {"V": (-80 * mV, -30 * mV)},
        parameters={"gL": 10 * nS, "EL": -70 * mV, "V_T": -50 * mV, "Delta_T": 2 * mV},
    )
    (fold,) = diagram.points

    assert fold.kind == "fold"
    assert fold.state["V"] / mV == pytest.approx(-50, abs=1e-7)
    assert fold.parameters["I"] / pA == pytest.approx(10 * (20 - 2), abs=1e-7)


def test_all_fixed_points_of_wilson_and_cowan_are_those_of_a_search() -> None:
    # Wilson & Cowan (1972), figure 4. doi:10.1016/S0006-3495(72)86068-5
    text = """
    dE/dt = (-E + (1 - E)*(1/(1 + exp(-1.2*(x - 2.8))) - 1/(1 + exp(1.2*2.8))))/(8*ms) : 1
    dJ/dt = (-J + (1 - J)*(1/(1 + exp(-y + 4)) - 1/(1 + exp(4))))/(8*ms) : 1
    x = 12*E - 4*J + P : 1
    y = 13*E - 11*J + Q : 1
    P : 1
    Q : 1
    """

    def rates(state: np.ndarray) -> list[float]:
        e, j = state
        x, y = 12 * e - 4 * j, 13 * e - 11 * j
        first = 1 / (1 + exp(-1.2 * (x - 2.8))) - 1 / (1 + exp(1.2 * 2.8))
        second = 1 / (1 + exp(-y + 4)) - 1 / (1 + exp(4))
        return [-e + (1 - e) * first, -j + (1 - j) * second]

    found = analysis.fixed_points(
        text, {"E": (-0.05, 0.6), "J": (-0.05, 0.6)}, parameters={"P": 0, "Q": 0}
    )
    searched: list[np.ndarray] = []
    for e in np.linspace(0, 0.5, 21):
        for j in np.linspace(0, 0.5, 21):
            root, _, status, _ = fsolve(rates, (e, j), full_output=True, xtol=1e-13)
            is_new = all(np.abs(root - other).max() > 1e-6 for other in searched)
            if status == 1 and np.abs(rates(root)).max() < 1e-12 and is_new:
                searched.append(root)

    assert len(searched) >= 3
    own = np.array([list(point.state.values()) for point in found])
    order = np.lexsort(np.round(np.array(searched)[:, ::-1].T, 9))
    np.testing.assert_allclose(own, np.array(searched)[order], atol=1e-9)


# -- cycles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mu", "period", "amplitude"),
    # Period and amplitude to ten digits: Andersen & Geer (1982), doi:10.1137/0142047
    [(0.5, 6.3806769, 2.0025), (1.0, 6.6632869, 2.00862), (4.0, 10.2035237, 2.02296)],
)
def test_the_cycle_of_van_der_pol(mu: float, period: float, amplitude: float) -> None:
    plane = analysis.PhasePlane(
        "dx/dt = y/ms : 1\ndy/dt = (mu*(1 - x**2)*y - x)/ms : 1\nmu : 1",
        {"x": (-3, 3), "y": (-8, 8)},
        parameters={"mu": mu},
    )
    (cycle,) = plane.limit_cycles()

    assert cycle.stable
    assert cycle.period / ms == pytest.approx(period, abs=2e-6)
    assert cycle.maximum["x"] == pytest.approx(amplitude, abs=2e-4)


@pytest.mark.parametrize("name", ["Lotka-Volterra", "frictionless pendulum"])
def test_the_closed_orbits_of_a_centre_are_no_limit_cycles(name: str) -> None:
    text, ranges = {
        "Lotka-Volterra": FIXED_POINTS["Lotka-Volterra"][:2],
        "frictionless pendulum": (
            "dx/dt = y/ms : 1\ndy/dt = -sin(x)/ms : 1", {"x": (-4, 4), "y": (-3, 3)},
        ),
    }[name]  # fmt: skip
    assert analysis.PhasePlane(text, ranges).limit_cycles() == ()


# -- two parameters -------------------------------------------------------------------------------


def test_the_cusp_of_the_imperfect_pitchfork() -> None:
    diagram = analysis.Bifurcation(
        "dx/dt = (h + r*x - x**3)/ms : 1\nh : 1\nr : 1", {"h": (-1, 1), "r": (-1, 1.5)},
        {"x": (-2, 2)},
    )  # fmt: skip
    (cusp,) = [point for point in diagram.points if point.kind == "cusp"]

    assert (cusp.parameters["h"], cusp.parameters["r"]) == pytest.approx((0, 0), abs=1e-8)
    for curve in diagram.curves:
        # Strogatz, section 3.6: the folds are at h = 2r/3*sqrt(r/3), either sign.
        r = np.clip(curve["r"], 0, None)
        assert np.abs(curve["h"]) == pytest.approx(2 * r / 3 * np.sqrt(r / 3), abs=1e-7)


def test_the_curves_of_bogdanov_and_takens() -> None:
    diagram = analysis.Bifurcation(
        "dx/dt = y/ms : 1\ndy/dt = (a + b*x + x**2 - x*y)/ms : 1\na : 1\nb : 1",
        {"a": (-1, 1), "b": (-2, 2)}, {"x": (-3, 3), "y": (-1, 1)},
    )  # fmt: skip
    (point,) = [p for p in diagram.points if p.kind == "Bogdanov-Takens"]

    assert tuple(point.parameters.values()) == pytest.approx((0, 0), abs=1e-7)
    assert {str(curve.kind) for curve in diagram.curves} == {"fold", "Hopf"}
    for curve in diagram.curves:
        expected = curve["b"] ** 2 / 4 if curve.kind == "fold" else np.zeros(len(curve["b"]))
        assert curve["a"] == pytest.approx(expected, abs=1e-7)
        if curve.kind == "Hopf":
            assert curve["b"].max() <= 1e-6


def test_the_hopf_curve_of_the_brusselator_is_its_parabola() -> None:
    diagram = analysis.Bifurcation(
        "dx/dt = (A - (B + 1)*x + x**2*y)/ms : 1\ndy/dt = (B*x - x**2*y)/ms : 1\nA : 1\nB : 1",
        {"A": (0.5, 2), "B": (1, 5)}, {"x": (0, 3), "y": (0, 8)},
    )  # fmt: skip
    (curve,) = diagram.curves

    assert curve.kind == "Hopf"
    assert curve["B"] == pytest.approx(1 + curve["A"] ** 2, abs=1e-8)
    assert np.ptp(curve["A"]) == pytest.approx(1.5, abs=1e-6)


# -- what is no isolated point --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("dx/dt = (x - y)/ms : 1\ndy/dt = (y - x)/ms : 1", {"x": (-1, 1), "y": (-1, 1)}),
        ("dx/dt = x*y/ms : 1\ndy/dt = x/ms : 1", {"x": (-1, 1.2), "y": (-1, 1)}),
        ("dx/dt = 0*x/ms : 1", {"x": (-1, 1)}),
        ("dx/dt = int(x > 0)*x/ms : 1", {"x": (-1, 1)}),
        ("dx/dt = (x**2 + y**2 - 1)*y/ms : 1\ndy/dt = -(x**2 + y**2 - 1)*x/ms : 1",
         {"x": (-2, 2), "y": (-2, 2)}),
    ],
)  # fmt: skip
def test_a_continuum_of_fixed_points_is_told(text: str, ranges: dict[str, object]) -> None:
    with pytest.raises(ModelError) as raised:
        analysis.fixed_points(text, ranges)
    assert "are not single points in this range\n  they fill a curve or a region" in str(
        raised.value
    )


def test_ranges_the_wrong_way_round_are_told() -> None:
    with pytest.raises(ModelError) as raised:
        analysis.PhasePlane(*FIXED_POINTS["Duffing"][:1], {"x": (2, -2), "y": (-2, 2)})
    assert str(raised.value) == (
        "the range of 'x' is reversed: it goes from 2 to -2\n"
        "  give the lowest value first: 'x': (low, high)"
    )
