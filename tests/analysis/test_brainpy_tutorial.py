"""The tutorial on dynamics analysis of BrainPy's documents, example by example.

The model is FitzHugh-Nagumo's with a = 0.7, b = 0.8, tau = 12.5; its time has no unit, here it
is in milliseconds.
"""

import numpy as np
import pytest
from analysed_models import FITZHUGH_NAGUMO, FITZHUGH_NAGUMO_PARAMETERS, PLANE

from eqsim import NeuronGroup, StateMonitor, analysis, ms, run


@pytest.fixture
def neuron():
    group = NeuronGroup(1, FITZHUGH_NAGUMO, method="rk4", dt=0.02 * ms)
    for name, value in FITZHUGH_NAGUMO_PARAMETERS.items():
        setattr(group, name, value)
    return group


@pytest.fixture
def plane(neuron):
    return analysis.PhasePlane(neuron, PLANE, parameters={"I": 0.8})


def test_the_fixed_point_is_the_unstable_node_that_the_document_prints(plane):
    (point,) = plane.fixed_points()

    assert point.state["v"] == pytest.approx(-0.2729009589972752, abs=1e-9)
    assert point.state["w"] == pytest.approx(0.5338738012534059, abs=1e-9)
    assert (point.kind, point.stable) == ("node", False)
    assert str(point) == "unstable node at v = -0.272901, w = 0.533874"


def test_the_trajectory_winds_onto_the_limit_cycle(plane):
    path = plane.trajectory({"v": -2.8, "w": -1.8}, 100 * ms)
    (cycle,) = plane.limit_cycles()

    late = path.t > 60 * ms
    assert path.t[-1] / ms == pytest.approx(100)
    assert cycle.stable
    assert path["v"][late].max() == pytest.approx(cycle.maximum["v"], abs=1e-3)
    assert path["w"][late].min() == pytest.approx(cycle.minimum["w"], abs=1e-3)


def test_the_simulation_shows_the_same_periodic_activity(neuron, plane):
    neuron.v, neuron.w, neuron.I = -2.8, -1.8, 0.8
    monitor = StateMonitor(neuron, ["v", "w"], record=True)
    run(100 * ms, target="numpy")
    path = plane.trajectory({"v": -2.8, "w": -1.8}, 100 * ms)

    for name in ("v", "w"):
        followed = np.interp(monitor.t / ms, path.t / ms, path[name])
        assert np.max(np.abs(followed - getattr(monitor, name)[0])) < 5e-3


def test_pictures_of_the_phase_plane_have_all_that_the_document_draws(plane):
    axes = plane.plot_nullclines()
    plane.plot_vector_field(axes)
    plane.plot_fixed_points(axes)
    plane.plot_trajectory({"v": -2.8, "w": -1.8}, 100 * ms, axes)

    assert (axes.get_xlabel(), axes.get_ylabel()) == ("v", "w")
    assert (axes.get_xlim(), axes.get_ylim()) == ((-3, 3), (-3, 3))
    lines = [line.get_xydata() for line in axes.lines]
    assert any(np.allclose(line[0], (-2.8, -1.8)) for line in lines if len(line) > 1)
    assert any(np.allclose(line, (-0.2729009589972752, 0.5338738012534059)) for line in lines)


def test_stability_changes_where_the_current_of_codimension_one_makes_it(neuron):
    diagram = analysis.Bifurcation(neuron, {"I": (0, 1)}, PLANE)
    (branch,) = diagram.branches
    (hopf,) = diagram.points

    assert branch["I"][[0, -1]].tolist() == [0, 1]
    assert np.all(branch.stable == (branch["I"] < hopf.parameters["I"]))
    assert hopf.kind == "Hopf"


def test_curves_of_codimension_two_are_where_the_trace_is_zero(neuron):
    diagram = analysis.Bifurcation(neuron, {"a": (0.5, 1), "I": (0, 1)}, PLANE)
    (curve,) = diagram.curves

    # v = -sqrt(1 - b/tau), and the fixed point's equations give I for each a.
    v = -np.sqrt(1 - 0.8 / 12.5)
    current = (v + curve["a"]) / 0.8 - v + v**3 / 3
    assert curve.kind == "Hopf"
    assert curve["v"] == pytest.approx(np.full(len(current), v), abs=1e-9)
    assert curve["I"] == pytest.approx(current, abs=1e-9)
    assert (curve["a"].min(), curve["a"].max()) == pytest.approx((0.5, 1.0))


@pytest.mark.parametrize("swept", [{"I": (0, 1)}, {"a": (0.5, 1), "I": (0, 1)}])
def test_bifurcations_of_a_variable_are_drawn(neuron, swept):
    diagram = analysis.Bifurcation(neuron, swept, PLANE, step=0.05)

    axes = diagram.plot("v")

    assert [axes.get_xlabel(), axes.get_ylabel()] == [*swept, "v"][:2]
    assert axes.lines
