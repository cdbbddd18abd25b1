"""Values of groups and networks as dictionaries and tables, and back."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from eqsim import Network, NeuronGroup, Quantity, Synapses, ms, mV
from eqsim.errors import DimensionMismatchError, ModelError


@pytest.fixture
def group():
    made = NeuronGroup(
        3,
        "dv/dt = -v/(5*ms) : volt\nk : integer\nb : boolean\ng : volt (shared)\n"
        "twice = 2*v : volt\nr = rand() : 1 (constant over dt)",
        threshold="v > 1*volt", reset="v = 0*volt", refractory=2 * ms, method="exact",
        name="group",
    )  # fmt: skip
    made.v, made.k, made.b, made.g = "i*mV", "i", "i == 1", 4 * mV
    return made


def test_states_are_the_stored_variables_with_units(group):
    states = group.get_states()

    assert set(states) == {"v", "k", "b", "g", "r", "lastspike"}
    assert isinstance(states["v"], Quantity)
    np.testing.assert_allclose(states["v"] / mV, [0, 1, 2])
    assert states["g"] == 4 * mV
    assert states["b"].dtype == bool


def test_choice_of_variables(group):
    assert set(group.get_states(["v", "twice"])) == {"v", "twice"}
    assert set(group.get_states("v")) == {"v"}
    assert "twice" in group.get_states(subexpressions=True)
    assert "r" not in group.get_states(read_only_variables=False)
    np.testing.assert_array_equal(group.get_states(["i", "N"])["i"], [0, 1, 2])
    with pytest.raises(ModelError, match="has no variable 'w'"):
        group.get_states(["w"])


def test_states_are_copies(group):
    states = group.get_states()
    group.v = 0 * mV
    states["k"][:] = 7

    np.testing.assert_allclose(states["v"] / mV, [0, 1, 2])
    np.testing.assert_array_equal(group.k, [0, 1, 2])


@pytest.mark.parametrize("units", [True, False])
def test_states_go_back_as_a_dictionary(group, units):
    states = group.get_states(units=units, read_only_variables=False)
    group.set_states({"v": 9 * mV, "k": 9, "b": False, "g": 9 * mV})
    group.set_states(states, units=units)

    np.testing.assert_allclose(group.v / mV, [0, 1, 2])
    np.testing.assert_array_equal(group.k, [0, 1, 2])
    np.testing.assert_array_equal(group.b, [False, True, False])
    assert group.g == 4 * mV


def test_states_as_a_table(group):
    table = group.get_states(units=False, format="pandas")

    assert isinstance(table, pd.DataFrame)
    assert table.shape == (3, 6)
    np.testing.assert_allclose(table["v"], [0, 1e-3, 2e-3])
    np.testing.assert_allclose(table["g"], [4e-3] * 3)
    assert (table["b"].dtype, table["k"].dtype) == (bool, np.int32)


def test_states_go_back_as_a_table(group):
    table = group.get_states(units=False, format="pandas", read_only_variables=False)
    table["v"] *= 2
    table["g"] = 5e-3
    group.set_states(table, units=False, format="pandas")

    np.testing.assert_allclose(group.v / mV, [0, 2, 4])
    assert group.g == 5 * mV


def test_column_of_a_shared_variable_has_one_value(group):
    table = pd.DataFrame({"v": [1e-3] * 3, "g": [1e-3, 2e-3, 1e-3]})

    with pytest.raises(ModelError, match="'g' is shared by 'group': its column must have one"):
        group.set_states(table, units=False, format="pandas")
    np.testing.assert_allclose(group.v / mV, [0, 1, 2])


def test_tables_have_no_units(group):
    with pytest.raises(ModelError, match=r"(?s)a DataFrame has no units.*units=False"):
        group.get_states(format="pandas")
    with pytest.raises(ModelError, match="a DataFrame has no units"):
        group.set_states(pd.DataFrame({"v": [0, 0, 0]}), format="pandas")


def test_wrong_forms_are_refused(group):
    with pytest.raises(ModelError, match=r"(?s)no format 'csv'.*'dict', 'pandas'"):
        group.get_states(format="csv")
    with pytest.raises(ModelError, match="must be a dict by name of variable, not"):
        group.set_states([1, 2])
    with pytest.raises(ModelError, match="must be a DataFrame, not"):
        group.set_states({"v": [1, 2, 3]}, units=False, format="pandas")


def test_missing_pandas_is_told(group, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(ModelError, match=r"(?s)needs the package pandas.*eqsim\[pandas\]"):
        group.get_states(units=False, format="pandas")


def test_states_are_set_all_or_none(group):
    for wrong, error in (
        ({"v": 7 * mV, "k": 1.5}, ModelError),
        ({"v": 7 * mV, "g": 3}, DimensionMismatchError),
        ({"v": 7 * mV, "twice": 3 * mV}, ModelError),
        ({"v": 7 * mV, "nothing": 3}, ModelError),
    ):
        with pytest.raises(error):
            group.set_states(wrong)
        np.testing.assert_allclose(group.v / mV, [0, 1, 2])


def test_parts_of_groups_have_states(group):
    part = group[1:]
    part.set_states({"v": [5, 6] * mV})

    np.testing.assert_allclose(part.get_states(["v"])["v"] / mV, [5, 6])
    np.testing.assert_allclose(group.v / mV, [0, 5, 6])


def test_single_variables_by_name(group):
    view = group.state("v")
    view.set_item(slice(1), 7 * mV)
    assert view.get_item(0) == 7 * mV
    assert view.get_item("v < 2*mV") == [1] * mV
    assert not isinstance(group.state("v", use_units=False)[0], Quantity)
    group.state("v").set_item("i > 0", "twice")

    np.testing.assert_allclose(group.v / mV, [7, 2, 4])
    with pytest.raises(ModelError, match="has no variable 'w'"):
        group.state("w")


def test_a_variable_may_be_called_state():
    made = NeuronGroup(2, "state : integer")
    made.state = 3

    np.testing.assert_array_equal(made.state, [3, 3])


# ---------------------------------------------------------------------------------- networks


@pytest.fixture
def network(group):
    other = NeuronGroup(2, "x : 1", name="other")
    other.x = [1, 2]
    synapses = Synapses(group, other, "w : 1", name="synapses")
    synapses.connect()
    synapses.w = "i"
    return Network(group, other, synapses)


def test_states_of_a_network_by_name(network):
    states = network.get_states()

    assert {"group", "other", "synapses"} <= states.keys()
    np.testing.assert_array_equal(states["other"]["x"], [1, 2])
    np.testing.assert_array_equal(states["synapses"]["w"], [0, 0, 1, 1, 2, 2])


@pytest.mark.parametrize("kind", ["dict", "pandas"])
def test_states_of_a_network_go_back(network, kind):
    options = {"units": False, "format": kind}
    states = network.get_states(**options, read_only_variables=False)
    states = {name: states[name] for name in ("group", "other")}
    network["other"].x = 0
    network["group"].v = 0 * mV
    network.set_states(states, **options)

    np.testing.assert_array_equal(network["other"].x, [1, 2])
    np.testing.assert_allclose(network["group"].v / mV, [0, 1, 2])


def test_states_of_a_network_are_set_all_or_none(network):
    with pytest.raises(ModelError, match="takes 2 values here"):
        network.set_states({"group": {"v": 5 * mV}, "other": {"x": [1, 2, 3]}})
    with pytest.raises(ModelError, match=r"(?s)no group 'othr'.*did you mean 'other'"):
        network.set_states({"group": {"v": 5 * mV}, "othr": {"x": 1}})
    with pytest.raises(ModelError, match="must be a dict by name of group"):
        network.set_states([1])

    np.testing.assert_allclose(network["group"].v / mV, [0, 1, 2])
