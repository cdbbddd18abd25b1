"""Phase lines and planes: nullclines, trajectories, limit cycles, pictures."""

import functools

import numpy as np
import pytest
from analysed_models import (
    DENSITY,
    FITZHUGH_NAGUMO,
    FITZHUGH_NAGUMO_PARAMETERS,
    HOPF_REGIME,
    MORRIS_LECAR,
    MORRIS_LECAR_PLANE,
    PLANE,
    SADDLE_NODE_REGIME,
)
from matplotlib import pyplot
from scipy.integrate import solve_ivp

from eqsim import NeuronGroup, analysis, ms, mV, second

RINGS = """
dx/dt = (x*(r2 - 1)*(4 - r2) - y)/ms : 1
dy/dt = (y*(r2 - 1)*(4 - r2) + x)/ms : 1
r2 = x**2 + y**2 : 1
"""


@functools.cache
def rings():
    return analysis.PhasePlane(RINGS, {"x": (-3, 3), "y": (-3, 3)})


def fitzhugh_nagumo(current):
    parameters = {**FITZHUGH_NAGUMO_PARAMETERS, "I": current}
    return analysis.PhasePlane(FITZHUGH_NAGUMO, PLANE, parameters=parameters)


def morris_lecar(current, regime):
    return analysis.PhasePlane(
        MORRIS_LECAR, MORRIS_LECAR_PLANE, parameters={**regime, "I": current * DENSITY}
    )


def test_nullclines_are_the_formulas():
    curves = fitzhugh_nagumo(0.8).nullclines()

    (cubic,), (line,) = curves["v"], curves["w"]
    assert cubic["w"] == pytest.approx(cubic["v"] - cubic["v"] ** 3 / 3 + 0.8, abs=1e-9)
    assert line["w"] == pytest.approx((line["v"] + 0.7) / 0.8, abs=1e-9)
    assert cubic["w"].min() < -2.9
    assert cubic["w"].max() > 2.9


def test_nullclines_with_units_and_a_pole():
    plane = morris_lecar(38, SADDLE_NODE_REGIME)

    (curve,) = plane.nullclines()["w"]

    expected = 0.5 * (1 + np.tanh((curve["v"] / mV - 12) / 17.4))
    assert curve["w"] == pytest.approx(expected, abs=1e-9)


def test_a_pole_is_no_nullcline():
    plane = analysis.PhasePlane(
        "dx/dt = 1/x/ms : 1\ndy/dt = -y/ms : 1", {"x": (-1, 1), "y": (-1, 1)}
    )

    curves = plane.nullclines()

    assert curves["x"] == ()
    assert len(curves["y"]) == 1
    assert plane.fixed_points() == ()


def test_the_vector_field_is_the_right_side():
    states, rates = fitzhugh_nagumo(0.8).vector_field(5)

    v, w = states["v"], states["w"]
    assert v[0].tolist() == [-3, -1.5, 0, 1.5, 3]
    assert rates["v"] * ms == pytest.approx(v - v**3 / 3 - w + 0.8)
    assert rates["w"] * ms == pytest.approx((v + 0.7 - 0.8 * w) / 12.5)


def test_a_trajectory_is_that_of_scipy():
    plane = morris_lecar(100, HOPF_REGIME)
    path = plane.trajectory({"v": -40 * mV, "w": 0.1}, 200 * ms)

    def rates(_, state):
        v, w = state
        m, winf = (1 + np.tanh((v + 1.2) / 18)) / 2, (1 + np.tanh((v - 2) / 30)) / 2
        current = 100 - 2 * (v + 60) - 8 * w * (v + 84) - 4.4 * m * (v - 120)
        return current / 20, 0.04 * (winf - w) * np.cosh((v - 2) / 60)

    exact = solve_ivp(rates, (0, 200), (-40, 0.1), "DOP853", path.t / ms, rtol=1e-11, atol=1e-12)
    assert path["v"] / mV == pytest.approx(exact.y[0], abs=2e-3)
    assert path["w"] == pytest.approx(exact.y[1], abs=2e-5)


def test_trajectories_can_be_followed_backwards():
    line = analysis.PhaseLine("dv/dt = -v/(10*ms) : 1", {"v": (0, 5)})

    back = line.trajectory({"v": 1}, -10 * ms)

    assert back.t[-1] / ms == pytest.approx(-10)
    assert back["v"][-1] == pytest.approx(np.e, rel=1e-7)


def test_a_trajectory_that_leaves_for_infinity_ends():
    line = analysis.PhaseLine("dv/dt = (v**2 + 1)/ms : 1", {"v": (-2, 2)})

    path = line.trajectory({"v": 0}, 1 * second)

    assert path.t[-1] / ms == pytest.approx(np.pi / 2, abs=0.02)
    assert np.all(np.isfinite(path["v"]))


@pytest.mark.parametrize(
    ("text", "ranges", "expected"),
    [
        # The period of van der Pol's equation with mu = 10 in the literature is 19.07837.
        (
            "dx/dt = y/ms : 1\ndy/dt = (10*(1 - x**2)*y - x)/ms : 1",
            {"x": (-3, 3), "y": (-20, 20)}, [(19.07837, True)],
        ),
        ("dx/dt = y/ms : 1\ndy/dt = -x/ms : 1", {"x": (-3, 3), "y": (-3, 3)}, []),
        ("dx/dt = -x/ms : 1\ndy/dt = -y/ms : 1", {"x": (-3, 3), "y": (-3, 3)}, []),
    ],
)  # fmt: skip
def test_limit_cycles_are_found_with_their_periods(text, ranges, expected):
    plane = analysis.PhasePlane(text, ranges)

    found = plane.limit_cycles()

    assert sorted(c.stable for c in found) == sorted(stable for _, stable in expected)
    assert [c.period / ms for c in found] == pytest.approx([p for p, _ in expected], abs=1e-4)


def test_nested_cycles_are_told_apart():
    periods = [cycle.period / ms for cycle in rings().limit_cycles()]

    assert periods == pytest.approx([2 * np.pi, 2 * np.pi], abs=1e-6)
    assert sorted(cycle.stable for cycle in rings().limit_cycles()) == [False, True]


def test_multipliers_are_those_of_the_formula():
    inner, outer = sorted(rings().limit_cycles(), key=lambda cycle: cycle.maximum["x"])

    # With r' = r (r2 - 1) (4 - r2): the slope is 6 at r = 1 and -24 at r = 2.
    assert inner.multipliers[0] == pytest.approx(np.exp(6 * 2 * np.pi), rel=1e-4)
    assert outer.multipliers[1] == pytest.approx(np.exp(-24 * 2 * np.pi), rel=1e-4)
    assert inner.maximum["x"] == pytest.approx(1, abs=1e-5)
    assert outer.amplitude["y"] == pytest.approx(2, abs=1e-5)


def test_a_stable_cycle_and_rest_are_parted_by_an_unstable_cycle():
    stable = {c.stable for c in morris_lecar(90, HOPF_REGIME).limit_cycles()}

    assert stable == {True, False}


def test_the_separatrix_parts_what_rests_from_what_spikes():
    plane = morris_lecar(38, SADDLE_NODE_REGIME)
    saddle = plane.fixed_points()[1]
    rest = plane.fixed_points()[0]

    for path in plane.separatrices():
        assert path["v"][0] / mV == pytest.approx(saddle.state["v"] / mV, abs=1e-3)
        for side, comes_near in ((-2 * mV, True), (2 * mV, False)):
            start = {"v": path["v"][20] + side, "w": path["w"][20]}
            after = plane.trajectory(start, 30 * ms)
            near = after["v"].max() < saddle.state["v"] + 10 * mV
            assert near == comes_near or path["w"][20] > saddle.state["w"]
    assert rest.stable
    assert len(plane.separatrices()) == 2


def test_the_phase_line_has_arrows_towards_stable_states():
    line = analysis.PhaseLine("dv/dt = (v - v**3)/ms : 1", {"v": (-2, 2)})

    axes = line.plot()

    markers = {
        round(float(drawn.get_xdata()[0]), 6): drawn.get_marker()
        for drawn in axes.lines if drawn.get_marker() in ("<", ">")
    }  # fmt: skip
    assert markers == {-1.5: ">", -0.5: "<", 0.5: ">", 1.5: "<"}
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("v", "dv/dt (kHz)")


def test_pictures_have_units_on_their_axes():
    axes = morris_lecar(38, SADDLE_NODE_REGIME).plot()

    assert (axes.get_xlabel(), axes.get_ylabel()) == ("v (mV)", "w")
    assert axes.get_xlim() == pytest.approx((-80, 60))
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [
        "dv/dt = 0", "dw/dt = 0", "stable manifold of a saddle", "stable node", "saddle",
        "unstable focus",
    ]  # fmt: skip


@pytest.mark.parametrize("size", [(5, 8), (8, 10)])
def test_the_legend_of_a_plane_covers_neither_lines_nor_labels(size):
    figure, (above, below) = pyplot.subplots(2, 1, figsize=size, layout="constrained")
    for axes in (above, below):
        morris_lecar(38, SADDLE_NODE_REGIME).plot(axes)
    figure.canvas.draw()

    legend = above.get_legend().get_window_extent()
    assert legend.y1 <= above.xaxis.get_tightbbox().y0
    assert legend.y0 >= below.get_window_extent().y1
    assert below.get_legend().get_window_extent().y0 >= 0
    pyplot.close(figure)


def test_a_plane_tells_what_it_is():
    group = NeuronGroup(1, MORRIS_LECAR, namespace=SADDLE_NODE_REGIME, name="cells")

    plane = analysis.PhasePlane(group, MORRIS_LECAR_PLANE)

    assert repr(plane) == "<PhasePlane of cells: v from -80 mV to 60 mV, w from -0.1 to 1.1>"
    assert plane.ranges["w"] == (-0.1, 1.1)


def test_what_is_drawn_of_a_plane_adds_to_one_picture():
    plane = fitzhugh_nagumo(0.8)
    axes = plane.plot_nullclines()
    count = len(axes.lines)

    assert plane.plot_fixed_points() is axes
    assert plane.plot_trajectory({"v": -2.8, "w": -1.8}, 10 * ms) is axes
    assert len(axes.lines) > count
    assert plane.plot() is not axes
    other = pyplot.figure().add_subplot()
    assert plane.plot_limit_cycles(other) is plane.plot_fixed_points() is other
    pyplot.close("all")
    assert plane.plot_fixed_points() not in (axes, other)
