"""Linked variables: what they show, through which index, in which places, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import (
    EventMonitor,
    Network,
    NetworkOperation,
    NeuronGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    kHz,
    linked_var,
    ms,
    mV,
    run,
    second,
    volt,
)
from eqsim.errors import DimensionError, DimensionMismatchError, EquationError, ModelError


def counting(n, **options):
    """A group whose ``x`` of neuron ``k`` grows by ``k + 1`` in a step."""
    return NeuronGroup(n, "dx/dt = (i + 1)/(0.1*ms) : 1", method="euler", **options)


def follower(n, kind="1", **options):
    return NeuronGroup(n, f"y : {kind} (linked)", **options)


def test_groups_of_one_size_are_linked_one_to_one(target):
    H, G = counting(3), follower(3)
    G.y = linked_var(H, "x")
    M = StateMonitor(G, "y")
    Network(H, G, M).run(0.3 * ms, target=target)

    np.testing.assert_allclose(M.y, [[0, 1, 2], [0, 2, 4], [0, 3, 6]])
    np.testing.assert_allclose(G.y, [3, 6, 9])


def test_index_says_whose_value_each_element_sees(target):
    H, G = counting(3), follower(5)
    G.y = linked_var(H, "x", index=[2, 0, 0, 1, 2])
    M = StateMonitor(G, "y", record=[3, 0])
    Network(H, G, M).run(0.2 * ms, target=target)

    np.testing.assert_allclose(M.y, [[0, 2], [0, 3]])
    np.testing.assert_allclose(G.y, [6, 2, 2, 4, 6])
    np.testing.assert_allclose(G[1:4].y, [2, 2, 4])
    np.testing.assert_allclose(G.y["y > 3"], [6, 4, 6])


def test_group_of_one_element_and_shared_variable_are_seen_by_all(target):
    H = counting(1)
    S = NeuronGroup(3, "s : 1 (shared)\ntwice = 2*s : 1 (shared)")
    S.s = 7
    G = NeuronGroup(4, "x : 1 (linked)\ns : 1 (linked)\nd : 1 (linked)\nz = x + s : 1 (shared)")
    G.x, G.s, G.d = linked_var(H, "x"), linked_var(S, "s"), linked_var(S.twice)
    M = StateMonitor(G, ["x", "s", "d", "z"], record=[3])
    Network(H, S, G, M).run(0.2 * ms, target=target)

    np.testing.assert_allclose(M.x, [[0, 1]])
    np.testing.assert_allclose(M.s, [[7, 7]])
    np.testing.assert_allclose(M.d, [[14, 14]])
    np.testing.assert_allclose(M.z, [[7, 8]])
    np.testing.assert_allclose(G.x, [2, 2, 2, 2])


def test_parts_of_groups_can_be_linked_to(target):
    H, G = counting(5), NeuronGroup(2, "a : 1 (linked)\nb : 1 (linked)\nc : 1 (linked)")
    G.a = linked_var(H[2:4], "x")
    G.b = linked_var(H[1:5], "x", index=[3, 0])
    G.c = linked_var(H[4:], "x")
    Network(H, G).run(0.1 * ms, target=target)

    np.testing.assert_allclose(G.a, [3, 4])
    np.testing.assert_allclose(G.b, [5, 2])
    np.testing.assert_allclose(G.c, [5, 5])


def test_linked_variable_can_be_given_as_a_view():
    H, G = counting(2), follower(2)
    H.x = [3, 4]
    G.y = linked_var(H.x, index=[1, 0])

    np.testing.assert_allclose(G.y, [4, 3])


def test_values_are_seen_live_and_not_copied():
    H, G = NeuronGroup(2, "x : volt"), follower(2, "volt")
    G.y = linked_var(H, "x")
    H.x = [1, 2] * mV
    np.testing.assert_allclose(G.y / mV, [1, 2])
    H.x[1] = 5 * mV
    np.testing.assert_allclose(G.y_, [0.001, 0.005])


def test_chains_of_links_reach_the_stored_values(target):
    H, B, G = counting(3), NeuronGroup(2, "m : 1 (linked)"), follower(4)
    B.m = linked_var(H, "x", index=[2, 1])
    G.y = linked_var(B, "m", index=[0, 1, 1, 0])
    L = follower(4)
    L.y = linked_var(G, "y")
    M = StateMonitor(L, "y", record=[2, 0])
    Network(H, B, G, L, M).run(0.2 * ms, target=target)

    np.testing.assert_allclose(G.y, [6, 4, 4, 6])
    np.testing.assert_allclose(M.y, [[0, 2], [0, 3]])


def test_chain_onto_one_value_is_one_value(target):
    H, B, G = counting(1), follower(3), follower(5)
    B.y = linked_var(H, "x")
    G.y = linked_var(B, "y")
    Network(H, B, G).run(0.1 * ms, target=target)

    np.testing.assert_allclose(G.y, np.ones(5))


def test_subexpression_of_another_group_has_that_groups_names(target):
    H = NeuronGroup(
        3,
        """
        dx/dt = 1/(0.1*ms) : 1
        n : integer
        mark = scale*(x + 10*i) + N + n : 1
        both = 2*mark + t/(0.1*ms)*0 : 1
        """,
        method="euler",
        namespace={"scale": 100},
    )
    H.n = [1, 2, 3]
    G = NeuronGroup(2, "y : 1 (linked)\nz : 1 (linked)\nn : integer\nw = y + scale : 1",
                    namespace={"scale": -1})  # fmt: skip
    G.y = linked_var(H, "mark", index=[2, 0])
    G.z = linked_var(H, "both", index=[1, 1])
    M = StateMonitor(G, ["y", "z", "w"], record=[0])
    Network(H, G, M).run(0.2 * ms, target=target)

    np.testing.assert_allclose(M.y, [[2006, 2106]])
    np.testing.assert_allclose(M.z, [[2 * 1005, 2 * 1105]])
    np.testing.assert_allclose(M.w, [[2005, 2105]])
    np.testing.assert_allclose(G.y, [2206, 204])


def test_subexpression_sees_the_caller_of_run():
    scale = 3
    H, G = NeuronGroup(2, "s = scale*i : 1"), follower(2)
    G.y = linked_var(H, "s")
    M = StateMonitor(G, "y")
    run(0.1 * ms, target="numpy")

    assert (scale, M.y[1, 0], G.y[1]) == (3, 3, 3)


def test_subexpression_may_call_functions_of_its_group(target):
    course = TimedArray([1, 2, 3], dt=0.1 * ms)
    H = NeuronGroup(2, "s = f(t) + 10*i : 1", namespace={"f": course})
    G = NeuronGroup(2, "y : 1 (linked)", namespace={"f": TimedArray([0, 0], dt=1 * ms)})
    G.y = linked_var(H, "s", index=[1, 0])
    M = StateMonitor(G, "y")
    Network(H, G, M).run(0.3 * ms, target=target)

    np.testing.assert_allclose(M.y, [[11, 12, 13], [1, 2, 3]])


def test_refractoriness_and_last_spikes_of_another_group_can_be_linked_to(target):
    H = NeuronGroup(
        2, "v : 1", threshold="i == 0 and t < dt/2", reset="v += 1", refractory=0.25 * ms
    )
    G = NeuronGroup(2, "free : boolean (linked)\nlast : second (linked)\nspikes : 1 (linked)")
    G.free, G.last = linked_var(H, "not_refractory"), linked_var(H, "lastspike")
    G.spikes = linked_var(H, "v")
    M = StateMonitor(G, ["free", "last", "spikes"])
    Network(H, G, M).run(0.5 * ms, target=target)

    np.testing.assert_array_equal(M.free[0], [True, False, True, True, True])
    np.testing.assert_array_equal(M.free[1], [True] * 5)
    np.testing.assert_allclose(M.last[0, 1:] / ms, 0, atol=1e-12)
    np.testing.assert_allclose(M.spikes[0], [0, 1, 1, 1, 1])
    assert M.free.dtype == bool


def test_equations_thresholds_and_resets_see_linked_variables(target):
    H = counting(2)
    G = NeuronGroup(
        3,
        """
        y : 1 (linked)
        dv/dt = y/(0.1*ms) : 1
        seen : 1
        """,
        threshold="y > 3 and v > 0",
        reset="seen = y; v = -100",
        events={"low": "y < 2"},
        method="euler",
    )
    G.y = linked_var(H, "x", index=[1, 0, 1])
    S, E = SpikeMonitor(G, "y"), EventMonitor(G, "low")
    Network(H, G, S, E).run(0.3 * ms, target=target)

    # The source is older, so its step comes first.
    np.testing.assert_array_equal(S.i, [0, 2])
    np.testing.assert_allclose(S.y, [4, 4])
    np.testing.assert_allclose(G.seen, [4, 0, 4])
    np.testing.assert_allclose(G.v, [-100 + 6, 6, -100 + 6])
    np.testing.assert_array_equal(E.i, [1])


def test_exact_takes_a_linked_variable_as_constant_over_the_step(target):
    tau, drive = 5 * ms, 3.0
    H = NeuronGroup(2, "k : 1\nbase : 1\nI = k*base : 1")
    H.k, H.base = [1, 2], drive
    G = NeuronGroup(2, "I : 1 (linked)\ng : 1 (linked)\ndv/dt = (I - g*v)/tau : 1", method="exact")
    G.I, G.g = linked_var(H, "I"), linked_var(H, "k", index=[1, 0])
    Network(H, G).run(2 * ms, target=target, namespace={"tau": tau})

    k, g = np.array([1, 2]), np.array([2, 1])
    np.testing.assert_allclose(G.v, k * drive / g * (1 - np.exp(-g * 2 / 5)), rtol=1e-12)


def test_expressions_over_linked_variables_are_evaluated():
    H, G = counting(3), NeuronGroup(3, "y : 1 (linked)\nz : 1\nw = y**2 : 1")
    H.x = [1, 2, 3]
    G.y = linked_var(H, "x", index=[2, 1, 0])
    G.z = "10*y + i"
    G.z["y > 2"] = "-w"

    np.testing.assert_allclose(G.z, [-9, 21, 12])
    np.testing.assert_allclose(G.w[1:], [4, 1])
    np.testing.assert_allclose(G.y.mean(), 2)
    assert G.get_states(["y"])["y"].tolist() == [3, 2, 1]


def test_regular_operations_and_poisson_input_see_linked_variables(target):
    H, G = counting(2), NeuronGroup(2, "y : 1 (linked)\nz : 1\nv : 1")
    G.y = linked_var(H, "x", index=[1, 0])
    G.run_regularly("z += y", when="end")
    P = PoissonInput(G, "v", 2, 10 * kHz, "y")
    Network(H, G, P).run(0.2 * ms, target=target)

    np.testing.assert_allclose(G.z, [2 + 4, 1 + 2])
    np.testing.assert_allclose(G.v, [2 * (2 + 4), 2 * (1 + 2)])


@pytest.mark.parametrize("flags", ["", " (constant)", " (shared)"])
def test_index_may_be_an_integer_variable(target, flags):
    H, G = counting(3), NeuronGroup(4, f"y : 1 (linked)\nk : integer{flags}")
    G.y = linked_var(H, "x", index="k")
    G.k = 2 if "shared" in flags else [2, 0, 1, 2]
    M = StateMonitor(G, "y")
    net = Network(H, G, M)
    net.run(0.2 * ms, target=target)
    expected = [3, 3, 3, 3] if "shared" in flags else [3, 1, 2, 3]
    np.testing.assert_allclose(M.y[:, 1], expected)

    G.k = 1
    net.run(0.1 * ms, target=target)
    np.testing.assert_allclose(M.y[:, 2], [4, 4, 4, 4])
    np.testing.assert_allclose(G.y, [6, 6, 6, 6])


def test_index_may_change_during_a_run_and_beyond_the_source_means_its_ends(target):
    H = NeuronGroup(5, "x : 1")
    H.x = [10, 11, 12, 13, 14]
    G = NeuronGroup(2, "y : 1 (linked)\nk : integer")
    G.y = linked_var(H[1:4], "x", index="k")
    G.run_regularly("k += 2*int(i == 0) - int(i == 1)", when="end")
    G.k = [0, 2]
    M = StateMonitor(G, "y")
    Network(H, G, M).run(0.4 * ms, target=target)

    np.testing.assert_allclose(M.y, [[11, 13, 13, 13], [13, 12, 11, 11]])


def test_python_in_the_midst_of_a_run_may_change_index_and_link(target):
    H, G = NeuronGroup(3, "x : 1"), NeuronGroup(2, "y : 1 (linked)\nk : integer (constant)")
    H.x = [10, 20, 30]
    G.y = linked_var(H, "x", index="k")
    M = StateMonitor(G, "y")

    def change(t):
        if t < 0.05 * ms:
            G.k = [99, -99]
        elif t > 0.15 * ms:
            G.y = linked_var(H, "x", index=[1, 1])

    operation = NetworkOperation(change, when="end")
    Network(H, G, M, operation).run(0.4 * ms, target=target)

    np.testing.assert_allclose(M.y, [[10, 30, 30, 20], [10, 10, 10, 20]])


def test_kinds_of_values_are_kept(target):
    H = NeuronGroup(2, "n : integer\nb : boolean\nv : volt")
    H.n, H.b, H.v = [3, 2**30], [True, False], [1, 2] * mV
    G = NeuronGroup(
        2,
        "n : integer (linked)\nb : boolean (linked)\nv : volt (linked)\nh = n // 2 : integer",
        dtype=np.float32,
    )
    G.n, G.b = linked_var(H, "n", index=[1, 0]), linked_var(H, "b")
    G.v = linked_var(H, "v")
    M = StateMonitor(G, ["n", "b", "v", "h"])
    Network(H, G, M).run(0.1 * ms, target=target)

    assert (M.n.ravel().tolist(), M.h.ravel().tolist()) == ([2**30, 3], [2**29, 1])
    assert M.b.ravel().tolist() == [True, False]
    np.testing.assert_allclose(M.v.ravel() / volt, [1e-3, 2e-3], rtol=1e-6)


def test_group_linked_to_its_own_neighbours_sees_values_of_before_the_step(target):
    n = 1001
    G = NeuronGroup(n, "left : 1 (linked)\ndx/dt = (left - x)/(0.4*ms) : 1", method="euler")
    G.left = linked_var(G, "x", index=np.roll(np.arange(n), 1))
    G.x = np.arange(n) % 7
    Network(G).run(1 * ms, target=target)

    x = np.arange(n) % 7.0
    for _ in range(10):
        x = x + 0.25 * (np.roll(x, 1) - x)
    np.testing.assert_allclose(G.x, x, rtol=1e-12)


def test_resets_of_neighbours_in_one_step_do_not_see_each_other(target):
    G = NeuronGroup(6, "left : 1 (linked)\nx : 1", threshold="x > 0", reset="x = -left")
    G.left = linked_var(G, "x", index=np.roll(np.arange(6), 1))
    G.x = [1, 2, 3, 0, 5, 6]
    Network(G).run(0.1 * ms, target=target)

    np.testing.assert_allclose(G.x, [-6, -1, -2, 0, 0, -5])


def test_group_linked_to_itself_one_to_one_sees_its_variable_change(target):
    G = NeuronGroup(2, "own : 1 (linked)\nx : 1\nz : 1", threshold="x > 0", reset="x = 5; z = own")
    G.own = linked_var(G, "x")
    G.x = 1
    Network(G).run(0.1 * ms, target=target)

    np.testing.assert_allclose(G.z, [5, 5])


def test_groups_linked_to_each_other_are_integrated_one_after_the_other(target):
    model = "other : 1 (linked)\ndx/dt = other/(0.1*ms) : 1"
    A, B = (NeuronGroup(3, model, method="euler") for _ in range(2))
    A.other, B.other = linked_var(B, "x"), linked_var(A, "x", index=[2, 1, 0])
    A.x, B.x = [1, 2, 3], [10, 20, 30]
    Network(A, B).run(0.2 * ms, target=target)

    a, b = np.array([1, 2, 3]), np.array([10, 20, 30])
    for _ in range(2):
        a = a + b
        b = b + a[::-1]
    np.testing.assert_allclose(A.x, a)
    np.testing.assert_allclose(B.x, b)


def test_groups_on_different_clocks_can_be_linked(target):
    H = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", dt=0.2 * ms)
    G = NeuronGroup(2, "y : 1 (linked)\nz : 1")
    G.y = linked_var(H, "x")
    M = StateMonitor(G, "y", record=[0])
    Network(H, G, M).run(0.6 * ms, target=target)

    np.testing.assert_allclose(M.y, [[0, 0.2, 0.2, 0.4, 0.4, 0.6]])


def test_single_values_are_seen_by_what_runs_once_in_a_step(target):
    H = counting(1)
    G = NeuronGroup(
        3,
        """
        y : 1 (linked)
        once = 2*y : 1 (shared, constant over dt)
        total : 1 (shared)
        """,
    )
    G.y = linked_var(H, "x")
    G.run_regularly("total += y", when="end")
    M = StateMonitor(G, "once", record=[2])
    Network(H, G, M).run(0.3 * ms, target=target)

    np.testing.assert_allclose(M.once, [[0, 2, 4]])
    np.testing.assert_allclose(G.total, 1 + 2 + 3)


def test_synaptic_code_sees_linked_variables_of_both_sides(target):
    H = NeuronGroup(3, "x : 1\ns = 100*x + i : 1")
    H.x = [1, 2, 3]
    model = "y : 1 (linked)\nz : 1 (linked)\nw : 1 (linked)\nv : 1"
    A, B = (NeuronGroup(2, model, threshold="t < dt/2 and v < 5") for _ in range(2))
    for group, index in ((A, [2, 0]), (B, [1, 2])):
        group.y = linked_var(H, "x", index=index)
        group.z = linked_var(H, "s", index=index)
        group.w = linked_var(group, "v")
    A.v, B.v = [0, 9], [10, 20]
    S = Synapses(A, B, "c : 1", on_pre="c = z_pre + y; v += y_post + 0.1*y_pre + w_post")
    S.connect()
    Network(H, A, B, S).run(0.1 * ms, target=target)

    np.testing.assert_allclose(S.c["i == 0"], [302 + 2, 302 + 3])
    np.testing.assert_allclose(S.c["i == 1"], [0, 0])
    np.testing.assert_allclose(B.v, [10 + 2 + 0.3 + 10, 20 + 3 + 0.3 + 20])


def test_synapses_have_and_give_linked_variables_in_the_order_of_their_creation(target):
    given = SpikeGeneratorGroup(3, [0, 1, 2, 0, 1, 2], np.arange(6) * 0.1 * ms)
    G, L = NeuronGroup(3, "v : 1"), NeuronGroup(6, "g : 1")
    L.g = 10 * np.arange(6)
    S = Synapses(
        given,
        G,
        """
        p : 1 (linked)
        o : 1 (linked)
        q : 1 (linked)
        k : integer
        c : 1
        d : 1
        sub = p + i : 1
        """,
        on_pre="c = p; d += q; k += 1",
    )
    S.connect(i=[2, 0, 1, 0, 2, 1], j=[0, 1, 2, 0, 1, 0])
    S.p = linked_var(L, "g", index=[5, 4, 3, 2, 1, 0])
    S.o = linked_var(L, "g")
    S.q = linked_var(L, "g", index="k")
    S.k = [0, 1, 2, 3, 2, 1]
    A = NeuronGroup(6, "w : 1 (linked)\nu : 1 (linked)")
    A.w, A.u = linked_var(S, "c"), linked_var(S, "sub", index=[5, 4, 3, 2, 1, 0])
    M, R = StateMonitor(S, ["p", "q"], record=[0, 5]), StateMonitor(A, "u")
    Network(given, G, L, S, A, M, R).run(0.6 * ms, target=target)

    np.testing.assert_allclose(S.p, [50, 40, 30, 20, 10, 0])
    np.testing.assert_allclose(S.o, [0, 10, 20, 30, 40, 50])
    np.testing.assert_allclose(S.c, [50, 40, 30, 20, 10, 0])
    np.testing.assert_allclose(S.d, [10, 30, 50, 70, 50, 30])
    np.testing.assert_allclose(A.w, S.c)
    np.testing.assert_allclose(R.u[:, 0], [1, 12, 20, 31, 40, 52])
    np.testing.assert_allclose(M.p, [[50] * 6, [0] * 6])
    np.testing.assert_allclose(M.q, [[0, 0, 0, 10, 10, 10], [10, 10, 20, 20, 20, 30]])


def test_synapses_made_after_a_link_need_a_new_one():
    G, L = NeuronGroup(2, "v : 1"), NeuronGroup(6, "g : 1")
    S = Synapses(G, G, "p : 1 (linked)")
    S.connect(i=[0], j=[1])
    S.p = linked_var(L, "g", index=[3])
    S.connect(i=[1], j=[1])
    with pytest.raises(ModelError) as caught:
        S.p[:]

    assert str(caught.value) == (
        "'synapses' has 2 elements, and had 1 when a variable of 'neurongroup_1' was linked to one"
        " of its own\n  link it again"
    )


def test_variable_can_be_linked_anew_between_runs(target):
    H, G = counting(2), follower(2)
    G.y = linked_var(H, "x")
    M = StateMonitor(G, "y")
    net = Network(H, G, M)
    net.run(0.1 * ms, target=target)
    G.y = linked_var(H, "x", index=[1, 1])
    net.run(0.1 * ms, target=target)

    np.testing.assert_allclose(M.y, [[0, 2], [0, 2]])


def test_indices_and_sizes_are_not_part_of_the_program():
    def program(n, m, index):
        H, G = counting(n), follower(m)
        G.y = linked_var(H, "x", index=index)
        return Network(H, G, StateMonitor(G, "y")).lower({}).program

    assert program(2, 3, [0, 1, 0]) == program(7, 2, [6, 6])


def test_arrays_given_as_index_are_copied():
    H, G = counting(3), follower(2)
    H.x = [5, 6, 7]
    index = np.array([0, 2])
    G.y = linked_var(H, "x", index=index)
    index[:] = 1

    np.testing.assert_allclose(G.y, [5, 7])


def test_states_are_set_together_or_not_at_all():
    H, G = counting(2), NeuronGroup(2, "y : 1 (linked)\nz : 1")
    G.y = linked_var(H, "x")
    before = G.links["y"]
    with pytest.raises(ModelError):
        G.set_states({"y": linked_var(H, "x", index=[0, 0]), "z": [1, 2, 3]})

    assert G.links["y"] is before


WRONG_LINKS = [
    ("G.q = linked_var(H, 'x')", ModelError, "'q' of 'G' is not declared as linked\n  write 'q :"),
    (
        "G.y = linked_var(H, 'v')",
        DimensionMismatchError,
        "no unit, and 'v' of 'H' has the unit vol",
    ),
    ("G.y = linked_var(H, 'n')", ModelError, "is a number, and 'n' of 'H' is an integer\n  write"),
    ("G.y = linked_var(H, 'b')", ModelError, "'y' of 'G' is a number, and 'b' of 'H' is a truth"),
    ("G.y = linked_var(H, 'x')", ModelError, "'y' of 'G' has 3 elements, and 'x' of 'H' has 2\n"),
    ("G.y = linked_var(H, 'x', index=[0, 1])", ModelError, "must have 3 numbers, one for each"),
    ("G.y = linked_var(H, 'x', index=[0, 1, 2])", IndexError, "is 2 at position 2, and 'H' has"),
    ("G.y = linked_var(H, 'x', index=[0, -1, 1])", IndexError, "is -1 at position 1"),
    ("G.y = linked_var(H, 'x', index=[0.5, 1, 1])", ModelError, "must be a list of whole numbers"),
    ("G.y = linked_var(H, 'x', index=[[0, 1, 1]])", ModelError, "must be a list of whole numbers"),
    ("G.y = linked_var(H, 'x', index=2)", ModelError, "must be a list of whole numbers"),
    (
        "G.y = linked_var(H, 'x', index=[0, 1, 1]*mV)",
        ModelError,
        "must be a list of whole numbers",
    ),
    ("G.y = linked_var(H, 'x', index='q')", ModelError, "'G' has no integer variable 'q'"),
    (
        "G.y = linked_var(H, 'x', index='u')",
        ModelError,
        "'u' that says whose 'x' each element sees",
    ),
    (
        "G.y = linked_var(H, 's', index=[0, 0, 0])",
        ModelError,
        "is one value for all: a link to it",
    ),
    ("G.y = linked_var(H, 'xx')", ModelError, "'H' has no variable 'xx' to link to\n  its variab"),
    ("G.y = linked_var(H, 'X')", ModelError, "did you mean 'x'?"),
    ("G.y = linked_var(H)", ModelError, "'H' has no variable None to link to"),
    ("G.y = linked_var(H.x, 'x')", ModelError, "'x' is a variable already: leave out the name"),
    ("G.y = linked_var(3, 'x')", ModelError, "3 has no variables to link to\n  expected: a group"),
    ("G.y = linked_var(H.i)", ModelError, "'H' has no variable 'i' to link to"),
    ("G.y[0] = linked_var(H, 'x')", ModelError, "a variable is linked as a whole: G.y = linked_v"),
    (
        "G[0:2].y = linked_var(H, 'x')",
        ModelError,
        "of a part of 'G' cannot be linked\n  link that",
    ),
    ("G.z = linked_var(G, 'z')", ModelError, "'z' of 'G' would be linked to itself, through 'z'"),
    ("G.y = linked_var(F, 'o')", ModelError, "'y' of 'G' would be linked to itself, through 'o'"),
    ("G.y = linked_var(F, 'twice')", ModelError, "would be linked to itself, through 'twice' of"),
    ("G.z = 5", ModelError, "'z' of 'G' is linked: its values are those of K.x\n  set K.x, or"),
    ("G.z[1] = 5", ModelError, "'z' of 'G' is linked: its values are those of K.x"),
    ("G.z = 'i'", ModelError, "'z' of 'G' is linked: its values are those of K.x"),
    ("G.y = 5", ModelError, "is linked: it has no values of its own to set\n  link it: G.y = lin"),
    ("G.y[:]", EquationError, "'y' is linked, but to no other variable"),
    ("G.q = 'y'", EquationError, "'y' is linked, but to no other variable"),
    ("G.q = 'w'", EquationError, "link it: G.y = linked_var(group, 'variable')"),
]


@pytest.mark.parametrize(("statement", "error", "text"), WRONG_LINKS)
def test_wrong_links_are_refused_and_change_nothing(statement, error, text):
    H = NeuronGroup(2, "x : 1\nv : volt\nn : integer\nb : boolean\ns : 1 (shared)", name="H")
    K = NeuronGroup(3, "x : 1", name="K")
    model = "y : 1 (linked)\nz : 1 (linked)\nq : 1\nu : 1\nk : integer\nw = 2*y : 1"
    G = NeuronGroup(3, model, name="G")
    F = NeuronGroup(3, "o : 1 (linked)\ntwice = 2*o : 1", name="F")
    G.z, F.o = linked_var(K, "x"), linked_var(G, "y")
    before = dict(G.links)
    names = {"G": G, "H": H, "F": F, "linked_var": linked_var, "mV": mV}
    with pytest.raises(error) as caught:
        exec(statement, names)

    assert text in str(caught.value)
    assert G.links == before


def test_numbers_in_an_index_variable_are_checked_when_a_run_begins():
    H, G = counting(3, name="H"), NeuronGroup(2, "y : 1 (linked)\nk : integer", name="G")
    G.y = linked_var(H, "x", index="k")
    G.k = [2, 3]
    for action in (lambda: Network(H, G).run(1 * ms, target="numpy"), lambda: G.y[:]):
        with pytest.raises(IndexError) as caught:
            action()
        assert str(caught.value) == ("'k' of 'G' is 3 at position 1, and 'H' has elements 0 to 2")


def test_group_that_is_linked_to_must_be_in_the_network():
    H, G = counting(3, name="H"), follower(3, name="G")
    G.y = linked_var(H[:3], "x")
    with pytest.raises(ModelError) as caught:
        Network(G).run(1 * ms, target="numpy")

    assert str(caught.value).startswith("'y' of 'G' is linked to 'x' of 'subgroup'")
    assert str(caught.value).endswith(
        "whose group is not in the network\n  add 'H' to the network; if a new group took its"
        " place, make what uses it anew"
    )


def test_linked_variable_that_is_not_linked_is_refused():
    G = follower(2, name="G")
    with pytest.raises(EquationError) as caught:
        Network(G).run(1 * ms, target="numpy")

    assert str(caught.value).splitlines()[0] == "'y' is linked, but to no other variable"
    assert str(caught.value).endswith("link it: G.y = linked_var(group, 'variable')")


@pytest.mark.parametrize("code", ["y = 1", "y += 1"])
def test_code_cannot_write_linked_variables(code):
    H, G = counting(1), NeuronGroup(1, "y : 1 (linked)", threshold="y > 0", reset=code)
    G.y = linked_var(H, "x")
    with pytest.raises(EquationError, match="'y'"):
        Network(H, G).run(1 * ms, target="numpy")


def test_units_of_a_linked_subexpression_are_checked_where_it_is_read():
    H, G = NeuronGroup(2, "x : 1\ns = x + 1*second : 1"), follower(2)
    G.y = linked_var(H, "s")
    with pytest.raises(DimensionError, match="second"):
        G.y[:]
    assert second
