"""Bifurcations against formulas, the literature, and independent calculations."""

import numpy as np
import pytest
from analysed_models import (
    DENSITY,
    FITZHUGH_NAGUMO,
    FITZHUGH_NAGUMO_PARAMETERS,
    HODGKIN_HUXLEY,
    HODGKIN_HUXLEY_BOX,
    HOPF_REGIME,
    MORRIS_LECAR,
    MORRIS_LECAR_PLANE,
    PLANE,
    SADDLE_NODE_REGIME,
)
from scipy.optimize import fsolve

from eqsim import analysis, ms, mV, nA, nS, pF


def of(kind, diagram):
    return [point for point in diagram.points if point.kind == kind]


def morris_lecar(regime, low=0, high=300):
    return analysis.Bifurcation(
        MORRIS_LECAR, {"I": (low * DENSITY, high * DENSITY)}, MORRIS_LECAR_PLANE, parameters=regime
    )


@pytest.mark.parametrize("ranges", [(-1, 1), (-1, 0.7), (-0.9, 2.3)])
def test_the_saddle_node_of_the_quadratic_neuron_is_exactly_at_zero(ranges):
    diagram = analysis.Bifurcation(
        "dv/dt = (v**2 + I)/ms : 1\nI : 1", {"I": ranges}, {"v": (-2, 2)}
    )

    (fold,) = diagram.points
    (branch,) = diagram.branches
    assert (fold.kind, fold.parameters["I"], fold.state["v"]) == ("fold", 0.0, 0.0)
    assert branch["I"] == pytest.approx(-(branch["v"] ** 2), abs=1e-12)
    assert np.all(branch.stable == (branch["v"] < 0))


def test_hopf_points_of_fitzhugh_and_nagumo_are_where_the_trace_is_zero():
    diagram = analysis.Bifurcation(
        FITZHUGH_NAGUMO, {"I": (0, 1.6)}, PLANE, parameters=FITZHUGH_NAGUMO_PARAMETERS
    )

    found = of("Hopf", diagram)

    for point, sign in zip(found, (-1, 1), strict=True):
        v = sign * np.sqrt(1 - 0.8 / 12.5)
        w = (v + 0.7) / 0.8
        assert point.state == pytest.approx({"v": v, "w": w}, abs=1e-10)
        assert point.parameters["I"] == pytest.approx(w - v + v**3 / 3, abs=1e-10)
        # det - trace**2/4 with trace zero: the frequency is the root of the determinant.
        frequency = np.sqrt(-((0.8 / 12.5) ** 2) + 1 / 12.5)
        assert point.period / ms == pytest.approx(2 * np.pi / frequency, abs=1e-8)
        assert point.criticality == "subcritical"


@pytest.mark.parametrize(
    ("regime", "kind", "literature", "digits"),
    [
        # Ermentrout & Terman (2010), section 3.2: Hopf points at about 94 and 212.
        (HOPF_REGIME, "Hopf", (94, 212), 0.2),
        # Section 3.3: the saddle-node at 39.96; the Hopf point at 97.79.
        (SADDLE_NODE_REGIME, "fold", (39.96,), 5e-3),
        (SADDLE_NODE_REGIME, "Hopf", (97.79,), 5e-3),
    ],
)
def test_bifurcations_of_morris_and_lecar_are_those_of_the_literature(
    regime, kind, literature, digits
):
    low = 10 if regime is SADDLE_NODE_REGIME else 0
    found = of(kind, morris_lecar(regime, low))

    assert [p.parameters["I"] / DENSITY for p in found] == pytest.approx(literature, abs=digits)


def independent_morris_lecar(regime, test, guess):
    """Solve for (v, I) with differences and SciPy, from nothing but the published equations."""
    c = {
        name: float(regime[name] / unit)
        for name, unit in (("V_3", mV), ("V_4", mV))
    } | {"g_Ca": 4.4 if regime is HOPF_REGIME else 4.0, "phi": regime["phi"]}  # fmt: skip

    def rates(v, w, current):
        m = (1 + np.tanh((v + 1.2) / 18)) / 2
        total = current - 2 * (v + 60) - 8 * w * (v + 84) - c["g_Ca"] * m * (v - 120)
        target = (1 + np.tanh((v - c["V_3"]) / c["V_4"])) / 2
        return total / 20, c["phi"] * (target - w) * np.cosh((v - c["V_3"]) / (2 * c["V_4"]))

    def jacobian(v, w, current, h=1e-5):
        by_v = (np.subtract(rates(v + h, w, current), rates(v - h, w, current))) / (2 * h)
        by_w = (np.subtract(rates(v, w + h, current), rates(v, w - h, current))) / (2 * h)
        return np.stack([by_v, by_w], axis=1)

    def equations(unknowns):
        return [*rates(*unknowns), test(jacobian(*unknowns))]

    return fsolve(equations, guess, xtol=1e-13)


@pytest.mark.parametrize(
    ("regime", "kind", "test", "guesses"),
    [
        (HOPF_REGIME, "Hopf", np.trace, [(-25, 0.14, 94), (8, 0.6, 212)]),
        (SADDLE_NODE_REGIME, "fold", np.linalg.det, [(-29, 0.0085, 40)]),
        (SADDLE_NODE_REGIME, "Hopf", np.trace, [(8, 0.4, 98)]),
    ],
)
def test_bifurcations_of_morris_and_lecar_are_those_of_another_calculation(
    regime, kind, test, guesses
):
    low = 10 if regime is SADDLE_NODE_REGIME else 0
    found = of(kind, morris_lecar(regime, low))

    for point, guess in zip(found, guesses, strict=True):
        v, w, current = independent_morris_lecar(regime, test, guess)
        assert point.parameters["I"] / DENSITY == pytest.approx(current, abs=1e-4)
        assert point.state["v"] / mV == pytest.approx(v, abs=1e-4)
        assert point.state["w"] == pytest.approx(w, abs=1e-6)


def test_hopf_points_of_hodgkin_and_huxley_are_those_of_the_literature():
    # Hassard (1978): 9.78 and 154.5. doi:10.1016/0022-5193(78)90168-6
    diagram = analysis.Bifurcation(HODGKIN_HUXLEY, {"I": (0, 180)}, HODGKIN_HUXLEY_BOX)

    first, last = of("Hopf", diagram)

    assert first.parameters["I"] == pytest.approx(9.78, abs=0.01)
    assert last.parameters["I"] == pytest.approx(154.5, abs=0.1)
    assert (first.criticality, last.criticality) == ("subcritical", "supercritical")


def test_cycles_of_hodgkin_and_huxley_go_through_their_folds():
    # Rinzel & Miller (1980): repetitive firing is possible from 6.26 on, and the branch of cycles
    # ends at the upper Hopf point. doi:10.1016/0025-5564(80)90109-1
    diagram = analysis.Bifurcation(HODGKIN_HUXLEY, {"I": (0, 180)}, HODGKIN_HUXLEY_BOX)

    (family,) = diagram.limit_cycles()

    current = family.parameters["I"]
    assert current.min() == pytest.approx(6.26, abs=0.02)
    assert current[[0, -1]] == pytest.approx([9.78, 154.5], abs=0.1)
    assert not family.stable[0]
    assert family.stable[-1]


def test_small_cycles_are_followed_where_a_fold_is_near():
    # Adaptive exponential neurons of Naud et al. (2008), with parameters of Brette & Gerstner
    # (2005): the Hopf point is 0.13 pA before the fold. doi:10.1007/s00422-008-0264-7
    text = """
    dV/dt = (-g*(V - E) + g*D*exp((V - V_T)/D) - w + I)/C : volt
    dw/dt = (a*(V - E) - w)/tau_w : amp
    I : amp
    """
    values = {
        "g": 30 * nS, "E": -70.6 * mV, "D": 2 * mV, "V_T": -50.4 * mV, "C": 281 * pF, "a": 4 * nS,
        "tau_w": 144 * ms,
    }  # fmt: skip
    plane = {"V": (-90 * mV, -30 * mV), "w": (-0.5 * nA, 1 * nA)}
    diagram = analysis.Bifurcation(text, {"I": (0 * nA, 1.5 * nA)}, plane, parameters=values)

    hopf, fold = diagram.points
    (family,) = diagram.limit_cycles()

    # Where the trace is zero, and where the determinant is, by the equations.
    for point, ratio in ((hopf, 281 / (30 * 144)), (fold, 4 / 30)):
        v = -50.4 + 2 * np.log(1 + ratio)
        assert point.state["V"] / mV == pytest.approx(v, abs=1e-8)
    assert hopf.criticality == "subcritical"
    assert not family.stable.any()


@pytest.mark.parametrize(("sign", "criticality"), [(-1, "supercritical"), (1, "subcritical")])
def test_the_normal_form_has_the_cycles_of_its_formula(sign, criticality):
    text = f"""
    dx/dt = (p*x - 2*y + ({sign})*x*r2)/ms : 1
    dy/dt = (2*x + p*y + ({sign})*y*r2)/ms : 1
    r2 = x**2 + y**2 : 1
    p : 1
    """
    diagram = analysis.Bifurcation(text, {"p": (-1, 1)}, {"x": (-2, 2), "y": (-2, 2)})

    (hopf,) = diagram.points
    (family,) = diagram.limit_cycles()

    assert (hopf.kind, hopf.criticality) == ("Hopf", criticality)
    assert hopf.parameters["p"] == pytest.approx(0, abs=1e-12)
    assert family.period / ms == pytest.approx(np.full(len(family), np.pi), rel=1e-6)
    p = family.parameters["p"]
    assert family.maximum["x"] == pytest.approx(np.sqrt(-sign * p), abs=1e-4)
    assert np.all(family.stable == (sign < 0))
    assert abs(p[-1]) == pytest.approx(1, abs=0.01)


def test_cycles_of_a_diagram_are_those_of_the_phase_plane():
    parameters = {"a": 0.7, "b": 0.8, "tau": 3}
    diagram = analysis.Bifurcation(FITZHUGH_NAGUMO, {"I": (0, 1)}, PLANE, parameters=parameters)
    (family,) = diagram.limit_cycles()
    cycle = min(family, key=lambda each: abs(each.parameters["I"] - 0.8))

    (expected,) = analysis.PhasePlane(
        FITZHUGH_NAGUMO, PLANE, parameters={**parameters, "I": cycle.parameters["I"]}
    ).limit_cycles()

    assert cycle.stable
    assert cycle.period / ms == pytest.approx(expected.period / ms, rel=1e-6)
    assert cycle.maximum["v"] == pytest.approx(expected.maximum["v"], abs=1e-4)
    assert cycle.minimum["w"] == pytest.approx(expected.minimum["w"], abs=1e-4)


def test_multipliers_of_three_variables_are_those_of_the_decoupled_one():
    text = """
    dx/dt = (p*x - y - x*(x**2 + y**2))/ms : 1
    dy/dt = (x + p*y - y*(x**2 + y**2))/ms : 1
    dz/dt = -0.3*z/ms : 1
    p : 1
    """
    box = {"x": (-2, 2), "y": (-2, 2), "z": (-1, 1)}
    (family,) = analysis.Bifurcation(text, {"p": (-0.5, 0.5)}, box).limit_cycles()

    for cycle in list(family)[::5]:
        p = cycle.parameters["p"]
        expected = sorted([1, np.exp(-2 * p * 2 * np.pi), np.exp(-0.3 * 2 * np.pi)])
        assert sorted(np.real(cycle.multipliers)) == pytest.approx(expected, abs=1e-4)
        assert cycle.stable == (p > 1e-6)


@pytest.mark.parametrize(
    ("text", "kind", "n_branches"),
    [
        ("dx/dt = (p*x - x**2)/ms : 1\np : 1", "branch point", 2),
        ("dx/dt = (p*x - x**3)/ms : 1\np : 1", "branch point", 2),
    ],
)
def test_crossing_branches_are_all_followed(text, kind, n_branches):
    diagram = analysis.Bifurcation(text, {"p": (-1, 1.1)}, {"x": (-1.5, 1.5)})

    (point,) = of(kind, diagram)
    assert point.parameters["p"] == pytest.approx(0, abs=1e-9)
    assert point.state["x"] == pytest.approx(0, abs=1e-9)
    assert len(diagram.branches) == n_branches


def test_an_isolated_branch_is_found_and_closes():
    diagram = analysis.Bifurcation(
        "dx/dt = (x**2 + p**2 - 0.25)/ms : 1\np : 1", {"p": (-1, 1)}, {"x": (-1, 1)}
    )

    (branch,) = diagram.branches
    assert branch["x"] ** 2 + branch["p"] ** 2 == pytest.approx(np.full(len(branch), 0.25))
    folds = of("fold", diagram)
    assert sorted(p.parameters["p"] for p in folds) == pytest.approx([-0.5, 0.5], abs=1e-12)


def test_folds_and_the_cusp_of_the_normal_form():
    diagram = analysis.Bifurcation(
        "dx/dt = (p + q*x - x**3)/ms : 1\np : 1\nq : 1",
        {"p": (-1, 1), "q": (-1, 1)}, {"x": (-2, 2)},
    )  # fmt: skip

    (curve,) = diagram.curves
    (cusp,) = diagram.points
    assert 4 * curve["q"] ** 3 == pytest.approx(27 * curve["p"] ** 2, abs=1e-9)
    assert (cusp.kind, *cusp.parameters.values()) == (
        "cusp", pytest.approx(0, abs=1e-8), pytest.approx(0, abs=1e-8),
    )  # fmt: skip


def test_the_normal_form_of_bogdanov_and_takens():
    diagram = analysis.Bifurcation(
        "dx/dt = y/ms : 1\ndy/dt = (p + q*y + x**2 + x*y)/ms : 1\np : 1\nq : 1",
        {"p": (-0.5, 0.3), "q": (-0.6, 0.7)}, {"x": (-2, 2), "y": (-1, 1)},
    )  # fmt: skip

    curves = {curve.kind: curve for curve in diagram.curves}
    # Folds at p = 0; Hopf points at x = -q, p = -q**2 with x < 0.
    assert curves["fold"]["p"] == pytest.approx(0, abs=1e-9)
    assert curves["Hopf"]["p"] == pytest.approx(-(curves["Hopf"]["q"] ** 2), abs=1e-9)
    (takens,) = diagram.points
    assert takens.kind == "Bogdanov-Takens"
    assert list(takens.parameters.values()) == pytest.approx([0, 0], abs=1e-6)


def test_the_generalised_hopf_point_of_the_normal_form():
    text = """
    dx/dt = (p*x - y + q*x*r2 - x*r2**2)/ms : 1
    dy/dt = (x + p*y + q*y*r2 - y*r2**2)/ms : 1
    r2 = x**2 + y**2 : 1
    p : 1
    q : 1
    """
    diagram = analysis.Bifurcation(
        text, {"p": (-1, 1), "q": (-0.7, 1)}, {"x": (-2, 2), "y": (-2, 2)}
    )

    (point,) = diagram.points
    assert point.kind == "generalised Hopf"
    assert list(point.parameters.values()) == pytest.approx([0, 0], abs=1e-6)


def test_sections_are_diagrams_at_values_of_the_second_parameter():
    diagram = analysis.Bifurcation(
        FITZHUGH_NAGUMO, {"I": (0, 1), "a": (0.5, 1)}, PLANE, parameters={"b": 0.8, "tau": 12.5}
    )

    v = -np.sqrt(1 - 0.8 / 12.5)
    for a, section in diagram.sections(3):
        (hopf,) = section.points
        assert hopf.parameters["I"] == pytest.approx((v + a) / 0.8 - v + v**3 / 3, abs=1e-9)


def test_a_slow_variable_is_swept_as_a_parameter():
    # Hindmarsh & Rose (1984): the fast subsystem over the slow current z.
    text = """
    dx/dt = (y - x**3 + 3*x**2 - z + I)/ms : 1
    dy/dt = (1 - 5*x**2 - y)/ms : 1
    dz/dt = 0.006*(4*(x + 1.6) - z)/ms : 1
    I : 1
    """
    diagram = analysis.Bifurcation(
        text, {"z": (-1, 3)}, {"x": (-2.5, 2.5), "y": (-20, 5)}, parameters={"I": 2}
    )

    # Fixed points: z = 1 - 5x**2 - x**3 + 3x**2 + I; folds at x = 0 and x = -4/3.
    (branch,) = diagram.branches
    x = branch["x"]
    assert branch["z"] == pytest.approx(3 - 2 * x**2 - x**3, abs=1e-9)
    folds = sorted(point.state["x"] for point in of("fold", diagram))
    assert folds == pytest.approx([-4 / 3, 0], abs=1e-9)


def test_diagrams_are_drawn_with_units():
    diagram = morris_lecar(SADDLE_NODE_REGIME, 10, 150)
    axes = diagram.plot()

    assert (axes.get_xlabel(), axes.get_ylabel()) == ("I (A/m^2)", "v (mV)")
    labels = {text.get_text() for text in axes.get_legend().get_texts()}
    assert labels == {
        "stable fixed points", "unstable fixed points", "stable limit cycles",
        "unstable limit cycles", "fold", "subcritical Hopf",
    }  # fmt: skip
    periods = diagram.plot_periods()
    assert periods.get_ylabel() == "period (ms)"


def test_objects_tell_what_they_are():
    diagram = analysis.Bifurcation(
        FITZHUGH_NAGUMO, {"I": (0, 1)}, PLANE, parameters=FITZHUGH_NAGUMO_PARAMETERS
    )

    assert repr(diagram.points) == (
        "(<subcritical Hopf at I = 0.331281, v = -0.967471, w = -0.334339>,)"
    )
    assert "fixed points with 1 bifurcation" in repr(diagram.branches[0])
