"""Fixed points: all of them, where they are, and what they are."""

import itertools

import numpy as np
import pytest
from analysed_models import (
    DENSITY,
    HODGKIN_HUXLEY,
    HODGKIN_HUXLEY_BOX,
    MORRIS_LECAR,
    MORRIS_LECAR_PLANE,
    SADDLE_NODE_REGIME,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from eqsim import Hz, NeuronGroup, analysis, linked_var, models, ms, mV
from eqsim.errors import ModelError

entries = st.integers(-40, 40).map(lambda k: k / 8)


def linear(matrix, offset):
    names = [f"x{k}" for k in range(len(matrix))]
    lines = []
    for row, name in zip(matrix, names, strict=True):
        terms = [
            f"({float(c)!r})*({n} - ({float(o)!r}))"
            for c, n, o in zip(row, names, offset, strict=True)
        ]
        lines.append(f"d{name}/dt = ({' + '.join(terms)})/second : 1")
    return "\n".join(lines), names


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda n: st.tuples(
            st.lists(st.lists(entries, min_size=n, max_size=n), min_size=n, max_size=n),
            st.lists(entries, min_size=n, max_size=n),
        )
    )
)
def test_linear_systems_have_the_point_and_the_eigenvalues_that_numpy_finds(system):
    matrix, offset = np.array(system[0]), np.array(system[1])
    if np.linalg.cond(matrix) > 1e4:
        return
    text, names = linear(matrix, offset)

    (point,) = analysis.fixed_points(text, dict.fromkeys(names, (-6, 6)))

    assert list(point.state.values()) == pytest.approx(list(offset), abs=1e-9)
    expected = np.linalg.eigvals(matrix)
    found = np.asarray(point.eigenvalues / Hz)
    # Defective matrices have eigenvalues that are known to the root of rounding only.
    for value in expected:
        assert np.min(np.abs(found - value)) < 1e-5 * (1 + np.abs(expected).max())
    for value, vector in zip(found, point.eigenvectors, strict=True):
        v = np.array(list(vector.values()))
        assert np.linalg.norm(v) == pytest.approx(1)
        assert matrix @ v == pytest.approx(value * v, abs=1e-6 * (1 + np.abs(expected).max()))
    assert np.all(np.diff(found.real) <= 0)
    if np.min(np.abs(expected.real)) > 1e-3:
        assert point.stable == bool(np.all(expected.real < 0))
        saddle = bool(np.any(expected.real < 0) and np.any(expected.real > 0))
        assert (point.kind == "saddle") == saddle
    if np.min(np.abs(expected.real)) > 1e-3 and np.max(np.abs(expected.imag)) > 1e-2:
        assert point.kind in ("focus", "saddle")


@pytest.mark.parametrize(
    ("matrix", "kind", "stable"),
    [
        ([[-1, 0], [0, -2]], "node", True),
        ([[1, 0], [0, 2]], "node", False),
        ([[-1, 0], [0, 2]], "saddle", False),
        ([[-1, -2], [2, -1]], "focus", True),
        ([[1, -2], [2, 1]], "focus", False),
        ([[0, -2], [2, 0]], "centre", False),
        ([[-1, 1], [0, -1]], "node", True),
        ([[-1, 0, 0], [0, -1, -2], [0, 2, -1]], "focus", True),
        ([[-1, 0, 0], [0, 0, -2], [0, 2, 0]], "centre", False),
        ([[1, 0, 0], [0, -1, -2], [0, 2, -1]], "saddle", False),
    ],
)
def test_the_kind_follows_from_the_eigenvalues(matrix, kind, stable):
    text, names = linear(matrix, [0.5] * len(matrix))

    (point,) = analysis.fixed_points(text, dict.fromkeys(names, (-1, 1)))

    assert (point.kind, point.stable) == (kind, stable)


@pytest.mark.parametrize(
    ("text", "ranges", "expected"),
    [
        ("dx/dt = (x - x**3)/ms : 1", {"x": (-2, 2)}, [(-1,), (0,), (1,)]),
        ("dx/dt = x**2/ms : 1", {"x": (-2, 2)}, [(0,)]),
        ("dx/dt = (x**2 - 1e-10)/ms : 1", {"x": (-2, 2)}, [(-1e-5,), (1e-5,)]),
        ("dx/dt = (x**2 + 1e-6)/ms : 1", {"x": (-2, 2)}, []),
        ("dx/dt = (1 + x)*(1 - x)/ms : 1", {"x": (-1, 1)}, [(-1,), (1,)]),
        ("dx/dt = sin(pi*x)/ms : 1", {"x": (-5.5, 5.5)}, [(k,) for k in range(-5, 6)]),
        ("dx/dt = (abs(x) - 1)/ms : 1", {"x": (-3, 3)}, [(-1,), (1,)]),
        ("dx/dt = (clip(x, -1, 1) - x/2)/ms : 1", {"x": (-4, 4)}, [(-2,), (0,), (2,)]),
        ("dx/dt = (int(x > 1) - x/3)/ms : 1", {"x": (-4, 4)}, [(0,), (3,)]),
        ("dx/dt = 1/x/ms : 1", {"x": (-1, 1)}, []),
        ("dx/dt = (log(x) - 1)/ms : 1", {"x": (-1, 4)}, [(np.e,)]),
        (
            "dx/dt = x*(3 - x - 2*y)/ms : 1\ndy/dt = y*(2 - x - y)/ms : 1",
            {"x": (-1, 4), "y": (-1, 4)}, [(0, 0), (0, 2), (1, 1), (3, 0)],
        ),
        (
            "dx/dt = (x**2 + y**2 - 4)/ms : 1\ndy/dt = (x*y - 1)/ms : 1",
            {"x": (-3, 3), "y": (-3, 3)},
            sorted(
                (s * a, s * b)
                for s in (1, -1)
                for a, b in [
                    (np.sqrt(2 + np.sqrt(3)), np.sqrt(2 - np.sqrt(3))),
                    (np.sqrt(2 - np.sqrt(3)), np.sqrt(2 + np.sqrt(3))),
                ]
            ),
        ),
        (
            "dx/dt = sin(pi*x)*cos(pi*y)/ms : 1\ndy/dt = sin(pi*y)/ms : 1",
            {"x": (-2.5, 2.5), "y": (-2.5, 2.5)},
            [(x, y) for x in range(-2, 3) for y in range(-2, 3)],
        ),
        (
            "dx/dt = 10*(y - x)/ms : 1\ndy/dt = (x*(28 - z) - y)/ms : 1\n"
            "dz/dt = (x*y - 8/3*z)/ms : 1",
            {"x": (-30, 30), "y": (-30, 30), "z": (-1, 50)},
            [(-np.sqrt(72), -np.sqrt(72), 27), (0, 0, 0), (np.sqrt(72), np.sqrt(72), 27)],
        ),
    ],
)  # fmt: skip
def test_all_fixed_points_are_found(text, ranges, expected):
    found = analysis.fixed_points(text, ranges)

    values = np.array([list(point.state.values()) for point in found]).reshape(-1, len(ranges))
    assert len(found) == len(expected)
    assert values == pytest.approx(np.array(expected).reshape(-1, len(ranges)), abs=1e-7)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-30, 30), min_size=1, max_size=6, unique=True))
def test_no_root_of_a_polynomial_is_lost(roots):
    factors = "*".join(f"(x - ({root / 10}))" for root in roots)

    found = analysis.fixed_points(f"dx/dt = {factors}/ms : 1", {"x": (-3.5, 3.5)})

    expected = sorted(root / 10 for root in roots)
    assert [point.state["x"] for point in found] == pytest.approx(expected, abs=1e-9)
    # The slope of a polynomial changes its sign from each root to the next.
    signs = [bool(point.stable) for point in found]
    assert all(one != other for one, other in itertools.pairwise(signs))


def test_the_rest_of_hodgkin_and_huxley_is_that_of_scipy():
    def total(v):
        m = (0.1 * (v + 40) / (1 - np.exp(-(v + 40) / 10)), 4 * np.exp(-(v + 65) / 18))
        h = (0.07 * np.exp(-(v + 65) / 20), 1 / (1 + np.exp(-(v + 35) / 10)))
        n = (0.01 * (v + 55) / (1 - np.exp(-(v + 55) / 10)), 0.125 * np.exp(-(v + 65) / 80))
        m, h, n = (up / (up + down) for up, down in (m, h, n))
        return -120 * m**3 * h * (v - 50) - 36 * n**4 * (v + 77) - 0.3 * (v + 54.387)

    (point,) = analysis.fixed_points(HODGKIN_HUXLEY, HODGKIN_HUXLEY_BOX, parameters={"I": 0})

    assert point.state["v"] == pytest.approx(brentq(total, -70, -60, xtol=1e-13), abs=1e-10)
    assert (point.kind, point.stable) == ("focus", True)


def test_states_and_eigenvalues_have_units():
    group = NeuronGroup(1, MORRIS_LECAR, namespace=SADDLE_NODE_REGIME)
    group.I = 38 * DENSITY

    rest, saddle, focus = analysis.fixed_points(group, MORRIS_LECAR_PLANE)

    assert str(rest) == "stable node at v = -34.4597 mV, w = 0.00477206"
    assert str(saddle) == "saddle at v = -24.8338 mV, w = 0.0142904"
    assert str(focus) == "unstable focus at v = 4.54752 mV, w = 0.298049"
    assert -35 * mV < rest.state["v"] < -34 * mV
    assert np.all(rest.eigenvalues < 0 * Hz)
    assert rest.eigenvectors[0]["v"].has_same_dimensions(mV)


def test_the_same_is_found_each_time_to_the_last_bit():
    def found():
        points = analysis.fixed_points(
            "dx/dt = sin(3*x)*cos(y)/ms : 1\ndy/dt = sin(x + y**2)/ms : 1",
            {"x": (-3, 3), "y": (-3, 3)},
        )
        return [list(point.state.values()) for point in points]

    assert found() == found()
    assert len(found()) == 33


def test_fixed_variables_take_values_and_expressions():
    text = "dv/dt = (h - v)/(10*ms) : 1\ndh/dt = (0.8 - n - h)/ms : 1\ndn/dt = (v - n)/ms : 1"

    (by_value,) = analysis.fixed_points(text, {"v": (0, 1)}, fixed={"h": 0.25})
    (by_text,) = analysis.fixed_points(text, {"v": (-1, 1), "n": (-1, 1)}, fixed={"h": "0.8 - n"})

    assert by_value.state == {"v": 0.25}
    assert by_text.state == pytest.approx({"n": 0.4, "v": 0.4})


def test_values_come_from_the_group_the_arguments_and_the_caller():
    group = NeuronGroup(3, "dv/dt = (rest + u + I - v)/tau : volt\nu : volt\nI = 1*mV : volt")
    group.u = 3 * mV

    def resting(**given):
        tau, rest = 10 * ms, 2 * mV  # noqa: F841 - the equations' names
        (point,) = analysis.fixed_points(group, {"v": (0 * mV, 20 * mV)}, parameters=given)
        return float(point.state["v"] / mV)

    assert resting() == pytest.approx(6)
    assert resting(u=4 * mV) == pytest.approx(7)
    assert resting(I=0 * mV) == pytest.approx(5)
    assert resting(rest=7 * mV) == pytest.approx(11)


def test_analysing_changes_no_group_and_joins_no_network(caplog):
    from eqsim import collect

    group = NeuronGroup(2, "dv/dt = (I - v)/(10*ms) : 1\nI : 1", threshold="v > 1", reset="v = 0")
    before = group.get_states()

    analysis.fixed_points(group, {"v": (-1, 1)}, parameters={"I": 0.5})
    analysis.fixed_points("dv/dt = -v/ms : 1", {"v": (-1, 1)})

    assert {name: v.tolist() for name, v in group.get_states().items()} == {
        name: v.tolist() for name, v in before.items()
    }
    assert list(collect()) == [group]
    assert NeuronGroup(1, "dv/dt = -v/ms : 1").name == "neurongroup_1"
    assert "between events: threshold and reset are left out" in caplog.text


def test_noise_is_left_out_and_that_is_told(caplog):
    noisy = "dv/dt = (1 - v)/(10*ms) + 0.1*xi*(10*ms)**-0.5 : 1"

    (point,) = analysis.fixed_points(noisy, {"v": (0, 2)})

    assert point.state["v"] == pytest.approx(1)
    assert "the noise 'xi' is left out of the analysis" in caplog.text


def test_what_is_left_out_of_a_group_is_told_once(caplog):
    group = NeuronGroup(1, "dv/dt = -v/ms : 1", threshold="v > 1", reset="v = 0")

    for _ in range(3):
        analysis.fixed_points(group, {"v": (-1, 1)})

    assert caplog.text.count("are left out") == 1


def test_refractory_neurons_are_analysed_as_if_they_were_not():
    group = NeuronGroup(
        1, "dv/dt = (1 - v)*int(not_refractory)/ms : 1 (unless refractory)",
        threshold="v > 2", reset="v = 0", refractory=2 * ms,
    )  # fmt: skip

    (point,) = analysis.fixed_points(group, {"v": (0, 2)})

    assert (point.state, point.stable) == ({"v": 1.0}, True)


def test_a_model_of_the_library_is_taken_with_its_parameters(caplog):
    caplog.set_level("INFO")
    model = models.NeuronModel(
        name="Leaky", describes="", equations="dv/dt = (E - v)/(10*ms) : 1",
        parameters={"E": 0.5}, threshold="v > 2", reset="v = 0",
    )  # fmt: skip
    (point,) = analysis.fixed_points(model, {"v": (0, 2)})
    (other,) = analysis.fixed_points(model, {"v": (0, 2)}, parameters={"E": 1.5})

    assert (point.state["v"], other.state["v"]) == (0.5, 1.5)
    assert caplog.text.count("Leaky: the analysis is of the dynamics between events") == 1
    assert model(1).name == "leaky"
    with pytest.raises(ModelError, match="'Leaky' has no parameter 'F'"):
        analysis.fixed_points(model, {"v": (0, 2)}, parameters={"F": 1.5})


def test_a_random_subexpression_can_be_given_a_value():
    text = "dv/dt = (u - v)/ms : 1\nu = rand() : 1 (constant over dt)"

    (point,) = analysis.fixed_points(text, {"v": (0, 2)}, parameters={"u": 0.25})

    assert point.state["v"] == 0.25


def test_parts_of_groups_have_their_own_parameters():
    group = NeuronGroup(4, "dv/dt = (E - v)/ms : 1\nE : 1")
    group.E = [1, 2, 3, 4]

    (point,) = analysis.fixed_points(group[2:3], {"v": (0, 5)})

    assert point.state["v"] == 3


def test_the_number_of_a_single_neuron_is_that_in_its_group():
    group = NeuronGroup(4, "dv/dt = (i/N - v)/ms : 1")

    (point,) = analysis.fixed_points(group[2:3], {"v": (0, 5)})

    assert point.state["v"] == 0.5


def test_linked_variables_have_the_values_of_what_they_are_linked_to():
    source = NeuronGroup(1, "x : 1")
    source.x = 0.75
    group = NeuronGroup(1, "dv/dt = (x - v)/ms : 1\nx : 1 (linked)")
    group.x = linked_var(source, "x")

    (point,) = analysis.fixed_points(group, {"v": (0, 5)})
    (other,) = analysis.fixed_points(group, {"v": (0, 5)}, parameters={"x": 2})

    assert (point.state["v"], other.state["v"]) == (0.75, 2)
