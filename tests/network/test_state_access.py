"""State is read and written by attribute, index, condition and expression."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import (
    Network,
    NeuronGroup,
    Quantity,
    StateMonitor,
    Synapses,
    ms,
    mV,
    second,
    seed,
    volt,
)
from eqsim.errors import DimensionMismatchError, EquationError, ModelError

El = -70 * mV


@pytest.fixture
def G():
    group = NeuronGroup(
        6, "v : volt\nx : 1\nk : integer\nb : boolean\ng : volt (shared)\ny = 2*x : 1"
    )
    group.v = np.arange(6) * mV
    return group


def test_variable_has_the_unit_of_its_declaration(G):
    assert isinstance(G.v[:], Quantity)
    assert G.v[:].dimension is volt.dimension
    assert G.v[2] == 2 * mV


def test_underscore_gives_values_without_unit(G):
    assert not isinstance(G.v_[:], Quantity)
    np.testing.assert_array_equal(G.v_[:], np.arange(6) * 1e-3)


def test_values_without_unit_can_be_set_with_the_underscore(G):
    G.v_ = 0.5
    G.v_[1:3] = [1, 2]

    np.testing.assert_array_equal(G.v_[:], [0.5, 1, 2, 0.5, 0.5, 0.5])


def test_slice_is_set(G):
    G.v[2:5] = [7, 8, 9] * mV

    np.testing.assert_allclose(G.v / mV, [0, 1, 7, 8, 9, 5])


@pytest.mark.parametrize(
    ("index", "chosen"),
    [
        (3, [3]), (-1, [5]), (slice(None), [0, 1, 2, 3, 4, 5]), (slice(1, None, 2), [1, 3, 5]),
        ([0, 4], [0, 4]), (np.array([5, 2]), [5, 2]), ("v > 2.5*mV", [3, 4, 5]),
        ("i % 2 == 0", [0, 2, 4]), (np.array([1, 0, 0, 0, 0, 1], dtype=bool), [0, 5]),
        ("i == N - 1", [5]), (np.int64(2), [2]),
    ],
)  # fmt: skip
def test_index_chooses_elements_for_reading_and_writing(G, index, chosen):
    np.testing.assert_allclose(np.atleast_1d(G.v[index] / mV), chosen)

    G.v[index] = 50 * mV
    expected = np.arange(6.0)
    expected[chosen] = 50
    np.testing.assert_allclose(G.v / mV, expected)


@pytest.mark.parametrize("index", [6, -7, [0, 6], "x"])
def test_index_out_of_range_is_refused_and_nothing_changes(G, index):
    with pytest.raises((IndexError, EquationError)):
        G.v[index] = 1 * mV
    np.testing.assert_allclose(G.v / mV, range(6))


def test_expression_takes_names_from_globals_and_locals(G):
    spread = 5 * mV  # noqa: F841
    G.v = "El + i*spread"

    np.testing.assert_allclose(G.v / mV, -70 + 5 * np.arange(6))


def test_expression_takes_names_from_closures(G):
    spread = 5 * mV

    def initialise():
        assert spread
        G.v = "El + i*spread"

    initialise()
    np.testing.assert_allclose(G.v / mV, -70 + 5 * np.arange(6))


def test_local_name_hides_a_global_one(G):
    El = 1 * mV  # noqa: F841
    G.v = "El"

    assert G.v[0] == 1 * mV


def test_namespace_of_the_group_goes_first(target):
    El = 1 * mV  # noqa: F841
    group = NeuronGroup(1, "v : volt", namespace={"El": 3 * mV})
    group.v = "El"
    assert group.v[0] == 3 * mV

    group.run_regularly("v = v + El")
    Network(group).run(0.1 * ms, target=target)
    assert group.v[0] == 6 * mV


def test_namespace_of_the_run_replaces_the_callers_names(target):
    El = 1 * mV  # noqa: F841
    group = NeuronGroup(1, "v : volt")
    group.run_regularly("v = El")
    net = Network(group)
    net.run(0.1 * ms, target=target, namespace={"El": 5 * mV})
    assert group.v[0] == 5 * mV

    with pytest.raises(EquationError, match="El"):
        net.run(0.1 * ms, target=target, namespace={})


def test_constants_are_read_when_the_run_begins(target):
    group = NeuronGroup(1, "v : 1")
    group.run_regularly("v = c")
    net = Network(group)
    for c in (1, 2.5, -3):
        net.run(0.1 * ms, target=target)
        assert group.v[0] == c


def test_variable_of_the_model_hides_a_name_outside():
    v = 100 * mV  # noqa: F841
    group = NeuronGroup(2, "v : volt\nw : volt")
    group.v = 2 * mV
    group.w = "v"

    assert group.w[0] == 2 * mV


def test_random_initial_values_differ_between_elements_and_calls():
    group = NeuronGroup(100, "v : volt")
    group.v = "El + rand()*5*mV"
    first = group.v / mV
    group.v = "El + rand()*5*mV"

    assert len(np.unique(first)) == 100
    assert ((first >= -70) & (first < -65)).all()
    assert not np.isin(first, group.v / mV).any()


def test_random_initial_values_follow_from_the_seed():
    group = NeuronGroup(10, "v : 1\nw : 1")
    values = []
    for _ in range(2):
        seed(5)
        group.v, group.w = "randn()", "poisson(3)"
        values.append((group.v[:], group.w[:]))

    np.testing.assert_array_equal(*values)


def test_conditional_expression_changes_the_chosen_elements_only(G):
    G.v["v > 2.5*mV"] = "v*10 + 1*mV"

    np.testing.assert_allclose(G.v / mV, [0, 1, 2, 31, 41, 51])


def test_shared_variable_takes_one_random_number(G):
    G.g = "rand()*mV"

    assert np.ndim(G.g[:]) == 0
    assert 0 < G.g / mV < 1


def test_shared_variable_cannot_be_set_from_values_of_elements(G):
    with pytest.raises(ModelError, match="shared variable"):
        G.g = "v"


def test_in_place_operations(G):
    G.v += 1 * mV
    G.v *= 2
    G.v[:2] -= 3 * mV
    G.v["i == 5"] /= 2
    G.x += 1.5
    G.k += 2
    G.k //= 2

    np.testing.assert_allclose(G.v / mV, [-1, 1, 6, 8, 10, 6])
    np.testing.assert_array_equal(G.x[:], 1.5)
    np.testing.assert_array_equal(G.k[:], 1)


def test_in_place_operation_with_another_unit_is_refused(G):
    with pytest.raises(DimensionMismatchError):
        G.v += 1
    np.testing.assert_allclose(G.v / mV, range(6))


def test_arithmetic_with_views_has_units(G):
    H = NeuronGroup(6, "v : volt")
    H.v = 1 * mV

    np.testing.assert_allclose((G.v - H.v) / mV, np.arange(6) - 1)
    np.testing.assert_allclose(np.mean(G.v) / mV, 2.5)
    assert (G.v > 2 * mV).sum() == 3
    assert max(G.v) == 5 * mV
    assert len(G.v) == 6
    np.testing.assert_allclose(-G.v / mV, -np.arange(6.0))
    np.testing.assert_allclose(2 * G.v / second / (mV / second), 2 * np.arange(6))


def test_variable_of_one_group_is_assigned_to_another(G):
    H = NeuronGroup(6, "v : volt")
    H.v = G.v
    G.v = 0 * mV

    np.testing.assert_allclose(H.v / mV, range(6))


@pytest.mark.parametrize("value", [1, 1.0, 3 * second, "3*second", "1", [1] * 6])
def test_value_with_another_unit_is_refused_and_nothing_changes(G, value):
    with pytest.raises((DimensionMismatchError, EquationError)):
        G.v = value
    np.testing.assert_allclose(G.v / mV, range(6))


def test_zero_fits_every_unit(G):
    G.v = 0

    assert (G.v == 0 * mV).all()


@pytest.mark.parametrize("value", [[1, 2] * mV, np.ones((2, 3)) * mV, np.ones(7) * mV])
def test_values_of_another_number_are_refused(G, value):
    with pytest.raises(ModelError, match="takes 6 values here"):
        G.v = value


def test_unknown_variable_cannot_be_set_by_mistake(G):
    with pytest.raises(AttributeError, match=r"(?s)no variable 'vv'.*did you mean 'v'"):
        G.vv = 3 * mV
    with pytest.raises(AttributeError, match="no variable 'vv'"):
        _ = G.vv


def test_subexpression_is_read_and_cannot_be_set(G):
    G.x = "i"

    np.testing.assert_array_equal(G.y[:], 2 * np.arange(6))
    np.testing.assert_array_equal(G.y["x > 3"], [8, 10])
    with pytest.raises(ModelError, match="cannot be set"):
        G.y = 3


def test_subexpression_that_is_read_takes_names_from_the_caller():
    group = NeuronGroup(2, "y = factor*i : 1")
    factor = 3  # noqa: F841

    np.testing.assert_array_equal(group.y[:], [0, 3])


def test_integers_take_whole_numbers_and_booleans_truth_values(G):
    G.k = [1, 2, 3, 4, 5, 6]
    G.k[0] = 7.0
    G.b = "k > 3"
    G.b[1] = True

    np.testing.assert_array_equal(G.k[:], [7, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(G.b[:], [True, True, False, True, True, True])
    with pytest.raises(ModelError, match="whole numbers"):
        G.k = 1.5
    with pytest.raises(ModelError, match="'b' is boolean"):
        G.b = 2


def test_what_is_read_is_a_copy(G):
    before = G.v[:]
    G.v = 0 * mV

    np.testing.assert_allclose(before / mV, range(6))


def test_values_take_another_axis_as_those_who_draw_them_ask_for(G):
    assert G.x[:, None].shape == (6, 1)
    assert G.v[None, :].shape == (1, 6)
    assert G.v[:, None].dimension is volt.dimension
    synapses = Synapses(G, G, "w : 1")
    synapses.connect(j="i")
    synapses.w = "i"
    np.testing.assert_array_equal(synapses.w[:, np.newaxis], np.arange(6)[:, np.newaxis])


def test_states_are_got_and_set_as_a_dictionary(G):
    G.x, G.k, G.g = "i/2", "i", 4 * mV
    states = G.get_states(["v", "x", "k", "g"])
    G.v, G.x, G.k, G.g = 0 * mV, 0, 0, 0 * mV
    assert states["v"][3] == 3 * mV
    G.set_states(states)

    np.testing.assert_allclose(G.v / mV, range(6))
    np.testing.assert_array_equal(G.x[:], np.arange(6) / 2)
    np.testing.assert_array_equal(G.k[:], range(6))
    assert G.g == 4 * mV


def test_states_without_units(G):
    states = G.get_states(["v"], units=False)
    assert not isinstance(states["v"], Quantity)

    G.set_states({"v": states["v"] * 2}, units=False)
    np.testing.assert_allclose(G.v / mV, 2 * np.arange(6))


def test_states_are_set_all_or_none(G):
    with pytest.raises(DimensionMismatchError):
        G.set_states({"v": 7 * mV, "x": 3 * mV})
    np.testing.assert_allclose(G.v / mV, range(6))


def test_size_and_indices(G):
    assert len(G) == G.N == 6
    np.testing.assert_array_equal(G.i[:], range(6))


def test_time_of_a_group(target):
    group = NeuronGroup(1, "x : 1", dt=0.2 * ms)
    Network(group).run(1 * ms, target=target)

    assert group.dt == 0.2 * ms
    assert group.t_ == 5 * group.dt_
    assert group.t_in_timesteps == 5


@pytest.mark.parametrize("n", [0, -1, 1.5, "3", True])
def test_number_of_neurons_is_a_whole_number_from_one(n):
    with pytest.raises(ModelError, match="neurons"):
        NeuronGroup(n, "v : 1")


# ---------------------------------------------------------------------------- parts of groups


@pytest.mark.parametrize(
    ("item", "chosen"),
    [
        (slice(2, 5), [2, 3, 4]), (slice(None, 3), [0, 1, 2]), (slice(4, None), [4, 5]), (3, [3]),
        ([1, 2, 3], [1, 2, 3]), (np.arange(4), [0, 1, 2, 3]), (slice(None), list(range(6))),
    ],
)  # fmt: skip
def test_subgroup_is_a_view_of_its_neurons(G, item, chosen):
    part = G[item]
    assert len(part) == part.N == len(chosen)
    np.testing.assert_array_equal(part.i[:], range(len(chosen)))
    np.testing.assert_allclose(part.v / mV, chosen)

    part.v = 60 * mV
    expected = np.arange(6.0)
    expected[chosen] = 60
    np.testing.assert_allclose(G.v / mV, expected)


def test_subgroup_of_a_subgroup(G):
    part = G[1:5][1:3]
    part.v["i == 1"] = "(100 + i + N)*mV"

    np.testing.assert_allclose(G.v / mV, [0, 1, 2, 103, 4, 5])


def test_subgroup_sees_shared_variables_and_subexpressions(G):
    G.g, G.x = 3 * mV, "i"
    G[2:4].g = 4 * mV

    assert G.g == 4 * mV
    np.testing.assert_array_equal(G[2:4].y[:], [4, 6])


def test_subexpression_of_a_subgroup_has_the_values_that_it_has_in_the_group(target):
    group = NeuronGroup(5, "y = i + 10*N : 1\nz : 1")
    part = group[2:4]
    np.testing.assert_array_equal(part.y[:], [52, 53])
    M, W = StateMonitor(part, "y", record=[1]), StateMonitor(group, "y", record=True)
    group.run_regularly("z = N")
    Network(M, W, group).run(0.1 * ms, target=target)

    np.testing.assert_array_equal(M.y, [[53]])
    np.testing.assert_array_equal(W.y[:, 0], np.arange(5) + 50)
    np.testing.assert_array_equal(group.z[:], 5)


def test_unknown_name_in_a_subexpression_that_is_read_is_reported():
    group = NeuronGroup(2, "y = factor_that_nobody_has*i : 1\nz = y : 1")

    with pytest.raises(EquationError, match="factor_that_nobody_has"):
        _ = group.z[:]


@pytest.mark.parametrize(
    "item",
    [slice(0, 6, 2), slice(3, 3), slice(4, 2), slice(7, 9), slice(-9, -7), 6, -1,
     [0, 2], [2, 1], [], [[0, 1]], 1.5, "v > 0*mV"],
)  # fmt: skip
def test_what_is_no_contiguous_part_is_refused(G, item):
    with pytest.raises(IndexError, match="a part is contiguous"):
        G[item]


@pytest.mark.parametrize("part", [slice(0, 7), slice(-2, None), slice(1, -1), slice(-9, 2)])
def test_slices_mean_what_they_mean_for_lists(G, part):
    numbers = list(range(len(G)))

    assert (numbers[G[part].start], len(G[part])) == (numbers[part][0], len(numbers[part]))
    assert G[1:3][0:3].stop == 3


# ---------------------------------------------------------------------------- single precision


def test_single_precision_group_stores_and_records_single_precision(target):
    group = NeuronGroup(
        3, "dv/dt = -v/(10*ms) : volt\nw = 2*v : volt", dtype=np.float32, method="exact"
    )
    group.v = 1 * mV
    M = StateMonitor(group, ["v", "w"], record=True)
    Network(group, M).run(1 * ms, target=target)

    assert group.v_[:].dtype == np.float32
    assert M.v_.dtype == M.w_.dtype == np.float32
    assert M.t_.dtype == np.float64
    np.testing.assert_allclose(group.v_[:], 1e-3 * np.exp(-0.1), rtol=1e-6)


def test_time_is_exact_over_long_runs_in_single_precision(target):
    group = NeuronGroup(1, "x : 1\nk : integer", dtype="float32", dt=1 * ms)
    group.run_regularly("x = t_in_timesteps; k = timestep(t, dt)")
    M = StateMonitor(group, "x", record=0)
    net = Network(group, M)
    net.present.time = 20000.0
    net.run(2 * ms, target=target)

    # 2e7 + 1 steps: single precision would have lost the last ones.
    assert group.k[0] == 20_000_001
    assert M.t_[-1] == 20_000_001 * 1e-3


def test_types_of_single_variables(target):
    group = NeuronGroup(2, "v : 1\nw : 1\nk : integer", dtype={"v": np.float32, "k": np.int64})
    group.k = 2**40
    group.run_regularly("v = 1/3; w = 1/3; k += 1")
    Network(group).run(0.1 * ms, target=target)

    assert group.v[:].dtype == np.float32
    assert group.w[:].dtype == np.float64
    assert group.v[0] == np.float32(1 / 3)
    assert group.w[0] == 1 / 3
    assert group.k[0] == 2**40 + 1


@pytest.mark.parametrize("dtype", [int, "float16", "banana", {"v": "complex128"}])
def test_other_types_are_refused(dtype):
    with pytest.raises(ModelError, match="known: float64, float32"):
        NeuronGroup(1, "v : 1", dtype=dtype)


def test_type_of_an_unknown_variable_is_refused():
    with pytest.raises(ModelError, match="dtype names 'w'"):
        NeuronGroup(1, "v : 1", dtype={"w": np.float32})


def test_numbers_of_neurons_are_chosen_by_condition():
    group = NeuronGroup(4, "x : 1")
    group.x = [3, 1, 4, 1]

    assert np.array_equal(group.indices["x > 2"], [0, 2])
    assert np.array_equal(group.i["x < 2"], [1, 3])
    assert np.array_equal(group[1:].indices["x > 2"], [1])


# -- places on grids -----------------------------------------------------------------------------


@pytest.fixture
def grid():
    group = NeuronGroup((3, 4), "x : 1\nv : volt\ng : volt (shared)", name="grid")
    group.x = "i"
    return group


PLACES = [
    (0, 1), (-1, -1), (1, slice(None)), (slice(None), 2), (slice(2), slice(1, None)),
    ([0, 2], [1, 3]), (..., 0), (np.int64(2), slice(None, None, 2)),
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_place_chooses_elements_of_a_grid(grid, place):
    expected = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(grid.x[place], expected[place].ravel().squeeze())
    np.testing.assert_array_equal(grid.indices[place], expected[place].ravel().squeeze())

    new = -1.0 - np.arange(expected[place].size).reshape(expected[place].shape)
    grid.x[place] = new
    expected[place] = new
    np.testing.assert_array_equal(grid.x, expected.ravel())
    grid.x[place] = lambda shape: np.full(shape, 50.0)
    expected[place] = 50
    grid.x[0, 0] = "i + 7"
    expected[0, 0] = 7
    np.testing.assert_array_equal(grid.x, expected.ravel())


def test_parts_of_a_grid_are_its_rows_and_places(grid):
    np.testing.assert_array_equal(grid[1, :].x, [4, 5, 6, 7])
    np.testing.assert_array_equal(grid[2, 1].x, [9])
    np.testing.assert_array_equal(grid[1:, :].x, np.arange(4, 12))
    with pytest.raises(IndexError) as caught:
        grid[:, 1]
    assert str(caught.value) == (
        "(slice(None, None, None), 1) chooses no part of 'grid'\n"
        "  a part is contiguous: grid[first:last] with 0 <= first < last <= 12, or one index\n"
        "  parts of grids are connected by a connector: connect.BetweenParts"
    )


@pytest.mark.parametrize("place", [(3, 0), (0, 1.5), (0, 0, 0), ("x > 1", 0)], ids=str)
def test_places_beyond_a_grid_are_refused(grid, place):
    text = (
        f"{place!r} is no place on 'grid', a grid of shape (3, 4)\n"
        "  expected: for each axis a number below its length, a slice or an array of numbers; or"
        " one index of an element, counted row by row"
    )
    for use in (lambda: grid.x[place], lambda: grid.x.set_item(place, 1), lambda: grid[place]):
        with pytest.raises(IndexError) as caught:
            use()
        assert str(caught.value) == text
    np.testing.assert_array_equal(grid.x, np.arange(12))


def test_what_does_not_fit_a_part_of_a_grid_is_refused(grid):
    with pytest.raises(ModelError, match=r"'x' takes 4 values here, not an array of shape \(3,\)"):
        grid.x[0, :] = [1, 2, 3]
    with pytest.raises(ModelError, match="'g' is one value for all 12 elements of 'grid'"):
        grid.g[0, 1] = 1 * mV
    with pytest.raises(DimensionMismatchError, match="an index has no unit"):
        grid.x[0, 1 * mV] = 1


def test_parts_of_a_group_are_indices():
    G = NeuronGroup(10, "v : volt\nx : 1", name="G")
    G.v = "i*mV"
    part = G[3:8]
    inner = part[1:3]
    G.v[part] = 0 * mV
    part.v[inner] = "i*volt"

    np.testing.assert_allclose(G.v_[3:8], [0, 1, 2, 0, 0])
    np.testing.assert_array_equal(G.v_[inner], inner.v_)
    np.testing.assert_array_equal(G.v_[G], G.v_)
    for owner, index in ((inner, part), (part, G), (G, NeuronGroup(2, "v : 1"))):
        with pytest.raises(IndexError, match=f"'{index.name}' is no part of '{owner.name}'"):
            owner.v[index]


def test_units_of_variables():
    G = NeuronGroup(1, "v : volt\nx : 1\ny : volt**2")

    assert (G.v.unit, G.x.unit, G.y.unit) == (volt, 1, volt**2)
    assert G.v.dim is volt.dim


def test_expressions_without_unit_are_in_si_units():
    G = NeuronGroup(3, "v : volt\ng : volt (shared)\nk : integer")
    G.v_ = "5*i"
    G.v_["i > 1"] = "1"
    G.k_ = "i/2"

    assert list(G.v_) == [0, 5, 1]
    assert list(G.k) == [0, 0, 1]


@pytest.mark.parametrize("text", ["3*second", "v**2", "3*second + 0*i*second"])
@pytest.mark.parametrize("name", ["v_", "g_"])
def test_expressions_of_another_unit_are_refused_without_unit_too(G, name, text):
    if name == "g_" and "v" in text:
        text = "g**2"
    before = G.v[:].copy(), G.g[:]
    with pytest.raises(DimensionMismatchError):
        setattr(G, name, text)

    assert (G.v[:] == before[0]).all()
    assert G.g[:] == before[1]


@pytest.mark.parametrize("text", ["0.003", "3*mV", "3*volt/1000"])
@pytest.mark.parametrize("name", ["v_", "g_"])
def test_expressions_without_unit_or_of_the_variable_are_taken(G, name, text):
    setattr(G, name, text)

    np.testing.assert_allclose(getattr(G, name), 0.003)
