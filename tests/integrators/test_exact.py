import math
import re

import mpmath
import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from eqsim.expressions.nodes import Literal
from eqsim.expressions.printer import to_text
from eqsim.expressions.statements import MatrixExponential
from eqsim.integrators import by_name, integrate
from eqsim.integrators.exact import _second_difference

EXACT = by_name("exact")


def texts_of(matrix, vector):
    """Return equations with a name for each entry that is not zero, and the names' values."""
    texts, values = {}, {}
    for i, row in enumerate(matrix):
        terms = ["0"]
        for j, entry in enumerate(row):
            if entry:
                values[f"a{i}{j}"] = entry
                terms.append(f"a{i}{j}*x{j}")
        if vector[i]:
            values[f"b{i}"] = vector[i]
            terms.append(f"b{i}")
        texts[f"x{i}"] = " + ".join(terms)
    return texts, values


@pytest.fixture(scope="session")
def check(system, simulate, affine_flow):
    def check(matrix, vector, start, dt):
        texts, values = texts_of(matrix, vector)
        rule = integrate(system(**texts, constant=" ".join(values)), EXACT)
        state = {f"x{i}": value for i, value in enumerate(start)}
        got = list(simulate(rule, state, dt, **values).values())
        flow = affine_flow(matrix, vector, dt)
        want = (flow @ [*start, 1.0])[:-1]
        # Relative to what is added up, which is what rounding errors are relative to.
        scale = np.abs(flow).max() * max(1.0, *np.abs(start))
        assert np.abs(np.array(got, float) - want).max() <= 1e-12 * scale
        return rule

    return check


def test_the_reference_of_these_tests_is_right(affine_flow):
    rng = np.random.default_rng(0)
    for n in (1, 3, 5):
        matrix, vector = rng.normal(size=(n, n)), rng.normal(size=n)
        augmented = np.block([[matrix, vector[:, None]], [np.zeros((1, n + 1))]])
        want = scipy.linalg.expm(augmented)
        assert affine_flow(matrix, vector, 1.0) == pytest.approx(want, rel=1e-12, abs=1e-13)


entries = st.one_of(st.sampled_from([0.0, 0.0, 1.0, -1.0, -2.0]), st.floats(-3, 3))


@st.composite
def linear_systems(draw):
    n = draw(st.integers(1, 4))
    matrix = draw(st.lists(st.lists(entries, min_size=n, max_size=n), min_size=n, max_size=n))
    vector = draw(st.lists(entries, min_size=n, max_size=n))
    start = draw(st.lists(st.floats(-2, 2), min_size=n, max_size=n))
    return matrix, vector, start, draw(st.floats(0.01, 1))


@settings(max_examples=200, deadline=None)
@given(case=linear_systems())
def test_any_linear_system_is_solved(case, check):
    check(*case)


@settings(max_examples=100, deadline=None)
@given(
    rates=st.lists(
        st.one_of(st.sampled_from([0.0, -1.0, -1.0 - 1e-9, 1e-12]), st.floats(-30, 3)),
        min_size=3,
        max_size=3,
    ),
    vector=st.lists(entries, min_size=3, max_size=3),
    dt=st.floats(1e-3, 1),
)
def test_a_variable_with_decoupled_inputs_needs_no_matrix(rates, vector, dt, check):
    matrix = np.diag(rates)
    matrix[0, 1:] = [1.5, -0.7]
    rule = check(matrix.tolist(), vector, [0.3, 1.0, -0.5], dt)
    assert not any(isinstance(s, MatrixExponential) for s in rule.statements)


SPECIAL = {
    "zero": ([[0.0]], [0.0]),
    "constant slope": ([[0.0]], [2.0]),
    "harmonic": ([[0, 1], [-4, 0]], [0, 1]),
    "damped, complex": ([[-1, 3], [-3, -1]], [1, 1]),
    "defective cycle": ([[1, -1], [1, -1]], [0, 2]),
    "chain of equal rates": ([[-1, 1, 0], [0, -1, 1], [0, 0, -1]], [0, 0, 1]),
    "chain of integrators": ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], [0, 0, 1]),
    "singular": ([[1, 2], [2, 4]], [1, 0]),
    "cycle beside a decay": ([[0, 1, 0], [-1, 0, 0], [0, 0, -2]], [0, 0, 1]),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_systems_without_eigenvectors_or_fixed_points_are_solved(name, check):
    matrix, vector = SPECIAL[name]
    start = [1.0, -0.5, 0.25][: len(vector)]
    check(np.array(matrix, float).tolist(), vector, start, 0.3)


def test_synaptic_currents_with_the_time_constant_of_the_membrane(system, simulate, affine_flow):
    rule = integrate(
        system(
            v="(ge + gi - (v - El))/taum",
            ge="-ge/taue",
            gi="-gi/taui",
            constant="El taum taue taui",
        ),
        EXACT,
    )
    dt, el, tau = 1e-4, -0.06, 5e-3
    values = {"El": el, "taum": tau, "taue": tau, "taui": 10e-3}
    end = simulate(rule, {"v": -0.05, "ge": 2e-3, "gi": -1e-3}, dt, **values)
    matrix = [[-1 / tau, 1 / tau, 1 / tau], [0, -1 / tau, 0], [0, 0, -100.0]]
    want = (affine_flow(matrix, [el / tau, 0, 0], dt) @ [-0.05, 2e-3, -1e-3, 1.0])[:-1]
    assert list(end.values()) == pytest.approx(list(want), rel=1e-14)


def test_what_cannot_influence_a_variable_is_not_in_its_update(system):
    rule = integrate(system(x="y", y="-x", z="-z/tau + u", u="1", constant="tau"), EXACT)
    (matrix,) = [s for s in rule.statements if isinstance(s, MatrixExponential)]
    assert matrix.size == 2
    new_x = rule.statements[1]
    assert to_text(new_x.value) == "_propagator0_0 * x + _propagator0_1 * y"


def test_entries_that_are_zero_by_form_are_literal_zeros(system):
    rule = integrate(system(x="y", y="z - x", z="w", w="-z"), EXACT)
    (matrix,) = [s for s in rule.statements if isinstance(s, MatrixExponential)]
    assert matrix.size == 4
    assert matrix.entries.count(Literal(0.0)) == 11


@pytest.mark.parametrize("dt_over_tau", [1e-3, 1.0, 800.0, 1e4])
def test_long_steps_do_not_overflow(dt_over_tau, system, simulate, affine_flow):
    rule = integrate(system(v="(u - v)/taum", u="(1 - u)/tauu", constant="taum tauu"), EXACT)
    for taum, tauu in [(1.0, 1 / dt_over_tau), (1 / dt_over_tau, 1.0)]:
        end = simulate(rule, {"v": 0.5, "u": 0.5}, 1.0, taum=taum, tauu=tauu)
        matrix = [[-1 / taum, 1 / taum], [0, -1 / tauu]]
        want = (affine_flow(matrix, [0, 1 / tauu], 1.0) @ [0.5, 0.5, 1.0])[:-1]
        assert list(end.values()) == pytest.approx(list(want), rel=1e-12)


@settings(max_examples=200, deadline=None)
@given(x=st.floats(-50, 5), y=st.floats(-50, 5), scale=st.sampled_from([1.0, 1e-2, 1e-4, 0.0]))
def test_second_differences_have_full_accuracy(x, y, scale, evaluate):
    x, y = x * scale, y * scale
    got = evaluate(_second_difference(Literal(x), Literal(y)))
    with mpmath.workdps(60):
        # A small distance between the three points avoids the special cases of the formula.
        a, b, c = mpmath.mpf(x), mpmath.mpf(y) + mpmath.mpf(10) ** -20, mpmath.mpf(10) ** -19

        def first(p, q):
            return (mpmath.exp(p) - mpmath.exp(q)) / (p - q)

        want = (first(a, b) - first(b, c)) / (a - c) if a != c else mpmath.nan
    assert got == pytest.approx(float(want), rel=2e-14)


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"v": "-v/tau + xi", "constant": "tau"}, "dv/dt contains the noise 'xi'"),
        ({"v": "v*v"}, "dv/dt is not linear in the variables"),
        ({"v": "-g*v", "g": "-g"}, "dv/dt is not linear in the variables"),
        ({"v": "-v + t"}, "dv/dt contains 't', which may change within a step"),
        ({"v": "-v + I(t)"}, "dv/dt contains 't', which may change within a step"),
        ({"v": "-v + rand()"}, r"dv/dt contains 'rand\(\)', which may change"),
        ({"u": "-u", "v": "(I - v)/tau"}, "dv/dt contains 'I', 'tau', which may change"),
    ],
)
def test_refusals_name_the_equation_and_the_reason(texts, reason, system):
    assert re.match(reason, EXACT.refusal(system(**texts)))


def test_names_that_are_constant_over_the_step_are_coefficients(system):
    assert EXACT.refusal(system(v="(I - v)/tau + pi*dt", constant="I tau")) is None
    assert EXACT.refusal(system(v="-v + t", constant="t")) is None


def test_terms_that_cancel_do_not_stand_in_the_way(system, simulate):
    rule = integrate(system(v="v**2 - v*v - v"), EXACT)
    assert simulate(rule, {"v": 2.0}, 0.5)["v"] == pytest.approx(2 * math.exp(-0.5), rel=1e-15)
