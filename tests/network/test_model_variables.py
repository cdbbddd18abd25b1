"""Lines of equations and their flags."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import (
    Equations,
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    second,
    seed,
    volt,
)
from eqsim.errors import DimensionMismatchError, EquationError, ModelError


def test_subexpression_is_computed_at_each_use(target):
    G = NeuronGroup(3, "x : 1\ny = 2*x + i : 1\nz : 1")
    G.run_regularly("x = 5; z = y")
    M = StateMonitor(G, "y", record=True, when="end")
    Network(G, M).run(0.1 * ms, target=target)

    np.testing.assert_array_equal(G.z[:], [10, 11, 12])
    np.testing.assert_array_equal(M.y[:, 0], [10, 11, 12])
    np.testing.assert_array_equal(G.y[:], [10, 11, 12])


def test_noise_may_stand_in_subexpressions_of_differential_equations(target):
    def final(equations):
        seed(3)
        G = NeuronGroup(5, equations)
        Network(G).run(1 * ms, target=target)
        return G.x[:]

    named = final("dx/dt = (input - x)/ms : 1\ninput = 2*noise : 1\nnoise = 3 + xi*ms**0.5 : 1")

    np.testing.assert_array_equal(named, final("dx/dt = (2*(3 + xi*ms**0.5) - x)/ms : 1"))
    assert len(set(named)) == 5


def test_subexpressions_with_noise_are_left_out_where_all_are_meant():
    G = NeuronGroup(2, "dx/dt = noise/ms : 1\nnoise = xi*ms**0.5 : 1\ny = 2*x : 1")

    assert {"x", "y"} <= G.get_states(subexpressions=True).keys()
    assert "noise" not in G.get_states(subexpressions=True)
    assert StateMonitor(G, True).record_variables == ("x", "y")


def test_noise_of_a_neuron_is_not_that_of_its_synapses():
    G = NeuronGroup(2, "dx/dt = noise/ms : 1\nnoise = xi*ms**0.5 : 1")
    S = Synapses(G, G, "dw/dt = noise_pre/ms : 1 (clock-driven)")
    S.connect()

    with pytest.raises(EquationError, match="white noise stands in 'noise_pre', for differential"):
        Network(G, S).run(1 * ms)


def test_subexpressions_may_use_each_other_in_any_order(target):
    G = NeuronGroup(2, "a = b + 1 : 1\nb = 2*c : 1\nc : 1\nout : 1")
    G.c = 3
    G.run_regularly("out = a")
    Network(G).run(0.1 * ms, target=target)

    assert G.out[0] == 7


def test_constant_over_dt_keeps_its_value_during_a_step(target):
    G = NeuronGroup(1, "x : 1\ny = x : 1 (constant over dt)\nseen : 1\nlive = x : 1")
    G.x = 1
    G.run_regularly("x = 10; seen = y")
    M = StateMonitor(G, ["y", "live"], record=0, when="end")
    Network(G, M).run(0.2 * ms, target=target)

    np.testing.assert_array_equal(M.y[0], [1, 10])
    np.testing.assert_array_equal(M.live[0], [10, 10])


def test_random_number_of_a_constant_over_dt_is_the_same_at_all_uses(target):
    G = NeuronGroup(5, "r = rand() : 1 (constant over dt)\na : 1\nb : 1")
    G.run_regularly("a = r; b = r")
    M = StateMonitor(G, "r", record=True)
    Network(G, M).run(0.3 * ms, target=target)

    np.testing.assert_array_equal(G.a[:], G.b[:])
    assert len(np.unique(M.r)) == 15


@pytest.mark.parametrize("function", ["rand()", "randn()", "poisson(2)"])
def test_random_number_needs_constant_over_dt(function):
    G = NeuronGroup(1, f"r = {function} : 1\nx : 1")

    with pytest.raises(EquationError, match="constant over dt"):
        Network(G).run(0.1 * ms, target="numpy")


def test_shared_variable_has_one_value(target):
    G = NeuronGroup(4, "g : volt (shared)\nv : volt")
    G.g = 2 * mV
    G.run_regularly("g += 1*mV\nv = g*i")
    Network(G).run(0.1 * ms, target=target)

    assert G.g == 3 * mV
    np.testing.assert_allclose(G.v / mV, [0, 3, 6, 9])


def test_shared_variable_gets_one_random_number_and_another_one_each(target):
    G = NeuronGroup(6, "g : 1 (shared)\nv : 1\nw : 1")
    G.run_regularly("g = rand()\nv = rand()\nw = g")
    Network(G).run(0.1 * ms, target=target)

    assert len(np.unique(G.v[:])) == 6
    assert len(np.unique(G.w[:])) == 1
    assert G.g not in G.v[:]


def test_local_of_a_shared_statement_is_known_to_later_ones(target):
    G = NeuronGroup(3, "g : 1 (shared)\nv : 1\nk : integer")
    G.g = 1
    G.run_regularly("before = g; n = 3; g = before + 1; v = before + i; n = n + i; k = n")
    Network(G).run(0.2 * ms, target=target)

    assert G.g[:] == 3
    np.testing.assert_array_equal(G.v[:], [2, 3, 4])
    np.testing.assert_array_equal(G.k[:], [3, 4, 5])


@pytest.mark.parametrize("first", ["v = 1", "x = v", "x = rand()"])
def test_shared_variables_are_written_before_others(first):
    G = NeuronGroup(3, "g : 1 (shared)\nv : 1")
    G.run_regularly(f"{first}; g = 1")

    with pytest.raises(EquationError, match="the shared 'g' is written after"):
        Network(G).run(0.1 * ms, target="numpy")


def test_shared_variable_cannot_be_set_from_values_that_differ():
    G = NeuronGroup(3, "g : 1 (shared)\nv : 1")
    G.run_regularly("g = v")

    with pytest.raises(EquationError, match="'g' is shared, but 'v' is not"):
        Network(G).run(0.1 * ms, target="numpy")


def test_shared_variable_cannot_be_written_by_a_reset():
    G = NeuronGroup(3, "g : 1 (shared)\nv : 1", threshold="v > 1", reset="g = 1")

    with pytest.raises(EquationError, match="'g' is shared and cannot be set on events"):
        Network(G).run(0.1 * ms, target="numpy")


def test_shared_subexpression_refers_to_shared_values_only():
    with pytest.raises(EquationError, match="shared"):
        Network(NeuronGroup(3, "v : 1\ns = 2*v : 1 (shared)")).run(0.1 * ms, target="numpy")


def test_shared_differential_equation_is_not_in_the_language():
    with pytest.raises(EquationError, match="shared"):
        NeuronGroup(3, "dv/dt = 1/ms : 1 (shared)")


def test_shared_subexpression_can_be_read_and_recorded(target):
    G = NeuronGroup(3, "g : 1 (shared)\ns = 2*g : 1 (shared)\nx : 1")
    G.g = 4
    G.run_regularly("x = s + i")
    M = StateMonitor(G, ["s", "g"], record=[0, 2])
    Network(G, M).run(0.1 * ms, target=target)

    assert np.asarray(G.s[:]).ravel()[0] == 8
    np.testing.assert_array_equal(M.s, [[8], [8]])
    np.testing.assert_array_equal(M.g, [[4], [4]])
    np.testing.assert_array_equal(G.x[:], [8, 9, 10])


def test_constant_parameter_cannot_be_written_by_code():
    G = NeuronGroup(3, "p : 1 (constant)\nv : 1")
    G.p = [1, 2, 3]
    G.run_regularly("p = 2")

    with pytest.raises(EquationError, match="'p' is constant"):
        Network(G).run(0.1 * ms, target="numpy")


def test_integer_and_boolean_variables(target):
    G = NeuronGroup(4, "k : integer\nb : boolean\nx : 1")
    G.k = "i - 2"
    G.b = "k >= 0"
    G.run_regularly("k = k*3 + 1; b = not b; x = k/2")
    M = StateMonitor(G, ["k", "b"], record=True, when="end")
    Network(G, M).run(0.1 * ms, target=target)

    np.testing.assert_array_equal(G.k[:], [-5, -2, 1, 4])
    np.testing.assert_array_equal(G.b[:], [True, True, False, False])
    np.testing.assert_array_equal(G.x[:], [-2.5, -1, 0.5, 2])
    assert G.k[:].dtype == np.int32
    assert G.b[:].dtype == bool
    assert M.k.dtype == np.int32
    assert M.b.dtype == bool
    np.testing.assert_array_equal(M.b[:, 0], G.b[:])


def test_fraction_cannot_be_assigned_to_an_integer():
    G = NeuronGroup(4, "k : integer")
    G.run_regularly("k = i/2")

    with pytest.raises(EquationError, match="'k'"):
        Network(G).run(0.1 * ms, target="numpy")


def test_unit_after_the_colon_is_that_of_the_variable_not_of_its_derivative(target):
    G = NeuronGroup(1, "dv/dt = (10*mV - v)/(5*ms) : volt", method="euler")
    Network(G).run(0.1 * ms, target=target)

    assert G.v.dimension is volt.dimension
    assert G.v_[0] == pytest.approx(0.01 * 0.1 / 5)


@pytest.mark.parametrize(
    ("unit", "message"),
    [("mV", "volt"), ("bool", "boolean"), ("volts", "volt"), ("ms", "second")],
)
def test_wrong_unit_names_the_right_one(unit, message):
    with pytest.raises(EquationError, match=message):
        NeuronGroup(1, f"v : {unit}")


@pytest.mark.parametrize(
    "name", ["t", "dt", "t_in_timesteps", "xi", "xi_a", "i", "N", "mV", "exp", "pi", "e", "inf",
             "_x", "v_pre", "v_post", "lambda", "not_refractory", "refractory", "lastspike"],
)  # fmt: skip
def test_reserved_name_cannot_be_declared(name):
    with pytest.raises((EquationError, ModelError)):
        NeuronGroup(1, f"{name} : 1", threshold="False", refractory=1 * ms)


def test_multi_line_equations_and_comments(target):
    G = NeuronGroup(
        1,
        """
        # the membrane
        dv/dt = (a
                 + b)/ms : 1  # both parts
        a = 1 : 1

        b : 1
        """,
        method="euler",
    )
    G.b = 2
    Network(G).run(1 * ms, target=target)

    assert G.v[0] == pytest.approx(3)


def test_equations_objects_can_be_added_and_substituted(target):
    leak = Equations("dx/dt = -x/tau + drive : 1", x="v", tau=10 * ms)
    G = NeuronGroup(1, leak + Equations("drive : Hz"), method="exact")
    G.v = 1
    Network(G).run(10 * ms, target=target)

    assert G.v[0] == pytest.approx(np.exp(-1))


def test_differing_units_are_found_with_all_other_mistakes_at_once():
    G = NeuronGroup(1, "dv/dt = v : volt\nx = v + t : volt", threshold="v > 1", reset="v = 2")

    with pytest.raises(EquationError) as caught:
        Network(G).run(0.1 * ms, target="numpy", namespace={})

    assert len(caught.value.errors) == 4


def test_unknown_name_is_reported_with_its_place():
    G = NeuronGroup(1, "dv/dt = -v/tau_m : 1")

    with pytest.raises(EquationError, match="tau_m"):
        Network(G).run(0.1 * ms, target="numpy", namespace={})


def test_constant_with_the_wrong_dimension_is_reported():
    G = NeuronGroup(1, "dv/dt = -v/tau : 1")

    with pytest.raises(EquationError):
        Network(G).run(0.1 * ms, target="numpy", namespace={"tau": 3 * mV})


@pytest.mark.parametrize("value", [np.array([1.0, 2.0]), "10", None, [1, 2]])
def test_constant_that_is_no_single_number_is_reported(value):
    G = NeuronGroup(1, "x : 1")
    G.run_regularly("x = c")

    with pytest.raises((EquationError, ModelError), match="c"):
        Network(G).run(0.1 * ms, target="numpy", namespace={"c": value})


def test_same_noise_name_is_the_same_number_and_another_name_another_one(target):
    G = NeuronGroup(
        4,
        """
        da/dt = xi_1*second**-0.5 : 1
        db/dt = xi_1*second**-0.5 : 1
        dc/dt = xi_2*second**-0.5 : 1
        """,
        method="euler",
    )
    Network(G).run(1 * ms, target=target)

    np.testing.assert_array_equal(G.a[:], G.b[:])
    assert len(np.unique([G.a[:], G.c[:]])) == 8


def test_noise_has_the_size_of_the_square_root_of_time(target):
    G = NeuronGroup(2000, "dx/dt = xi*second**-0.5 : 1", method="euler")
    Network(G).run(10 * ms, target=target)

    # Standard error of a standard deviation: sigma/sqrt(2 n).
    assert np.std(G.x[:]) == pytest.approx(np.sqrt(0.01), rel=0.08)


def test_plain_noise_in_two_equations_is_an_error():
    G_model = "da/dt = xi*second**-0.5 : 1\ndb/dt = xi*second**-0.5 : 1"

    with pytest.raises(EquationError, match="xi"):
        Network(NeuronGroup(1, G_model, method="euler")).run(0.1 * ms, target="numpy")


def test_time_and_step_can_be_used_in_equations(target):
    G = NeuronGroup(1, "x : second\nn : integer\nd : second")
    G.run_regularly("x = t; n = t_in_timesteps; d = dt")
    Network(G).run(0.5 * ms, target=target)

    assert G.x_[0] == 4 * 1e-4
    assert G.n[0] == 4
    assert G.d[0] == 0.1 * ms


def test_time_in_a_differential_equation_is_that_at_the_beginning_of_the_step(target):
    G = NeuronGroup(1, "dx/dt = t/second**2 : 1", method="euler")
    Network(G).run(0.2 * ms, target=target)

    assert G.x_[0] == 1e-4 * 1e-4


def test_several_equations_are_integrated_from_the_same_old_values(target):
    G = NeuronGroup(1, "da/dt = b/ms : 1\ndb/dt = a/ms : 1", method="euler")
    G.a, G.b = 1, 3
    Network(G).run(0.1 * ms, target=target)

    assert (G.a[0], G.b[0]) == (pytest.approx(1.3), pytest.approx(3.1))


def test_spikes_do_not_need_differential_equations(target):
    G = NeuronGroup(3, "x : 1", threshold="x > 0")
    G.x = [0, 1, 2]
    M = SpikeMonitor(G)
    Network(G, M).run(0.2 * ms, target=target)

    np.testing.assert_array_equal(M.i, [1, 2, 1, 2])


def test_wrong_assignment_to_units_raises():
    G = NeuronGroup(1, "x : second")

    with pytest.raises(DimensionMismatchError):
        G.x = 3 * mV
    G.x = 3 * second
    assert G.x == 3 * second
