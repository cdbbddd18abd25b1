"""Synapses: what names mean in them, what pathways do and when, and in which order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from eqsim import (
    Cpp,
    Network,
    NeuronGroup,
    Numpy,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    defaultclock,
    linked_var,
    ms,
    mV,
    run,
    second,
    seed,
    start_scope,
)
from eqsim.network.naming import restart_numbering

PARALLEL = (Numpy(), Cpp(threads=1), Cpp(threads=2), Cpp(threads=4))

needs_compiler = pytest.mark.skipif(
    Cpp(threads=1).unavailable() is not None, reason="there is no compiler"
)


def always(n, model="", **arguments):
    """A group whose neurons spike in each step."""
    return NeuronGroup(n, model, threshold="True", reset="", **arguments)


def spiking_once(n, model="v : 1", *, at=0, **arguments):
    """A group whose neurons all spike in one step."""
    return NeuronGroup(n, model, threshold=f"t_in_timesteps == {at}", reset="", **arguments)


# ------------------------------------------------------------------------------------- names


def test_names_of_both_sides_and_of_the_synapses(target):
    tau_pre, tau_post, a_pre = 3 * ms, 5 * ms, 2  # noqa: F841 - in the code
    sources = spiking_once(3, "v : 1\nx = 2*v + i : 1\ng : 1 (shared)")
    targets = NeuronGroup(4, "v : 1\nu : 1\ny = u + i + N : 1")
    sources.v, sources.g = [1, 2, 3], 0.5
    targets.v, targets.u = [10, 20, 30, 40], [5, 6, 7, 8]
    synapses = Synapses(
        sources,
        targets,
        "\n".join(f"o{k} : 1" for k in range(13)) + "\nz = x_pre + y_post + i : 1",
        on_pre="""o0 = v_pre
                  o1 = v
                  o2 = v_post
                  o3 = i
                  o4 = j
                  o5 = x_pre + g_pre
                  o6 = y_post
                  o7 = y
                  o8 = N + 100*N_pre + 10000*N_post
                  o9 = tau_pre/ms + tau_post/ms + a_pre
                  o10 = N_incoming + 100*N_outgoing
                  o11 = z
                  o12 = t/dt""",
    )
    synapses.connect(i=[2, 0, 1, 1], j=[3, 1, 1, 0])
    Network(sources, targets, synapses).run(0.1 * ms, target=target)

    found = [getattr(synapses, f"o{k}")[:].tolist() for k in range(13)]
    assert found == [
        [3, 1, 2, 2],
        [40, 20, 20, 10],
        [40, 20, 20, 10],
        [2, 0, 1, 1],
        [3, 1, 1, 0],
        [8.5, 2.5, 5.5, 5.5],
        [15, 11, 11, 9],
        [15, 11, 11, 9],
        [40304] * 4,
        [10] * 4,
        [101, 102, 202, 201],
        [8 + 15 + 2, 2 + 11, 5 + 11 + 1, 5 + 9 + 1],
        [0] * 4,
    ]


def test_variable_without_ending_that_is_assigned_is_that_of_the_target(target):
    sources = spiking_once(1)
    targets = NeuronGroup(2, "v : 1")
    synapses = Synapses(sources, targets, "w : 1", on_pre="v += w; v_pre -= 1")
    synapses.connect()
    synapses.w = [3, 4]
    Network(sources, targets, synapses).run(0.1 * ms, target=target)

    assert targets.v[:].tolist() == [3, 4]
    assert sources.v[:].tolist() == [-2]


def test_each_group_has_constants_of_its_own(target):
    k_pre, k_post = 1e5, 1e7
    sources = spiking_once(1, "v : 1\nx = k*v : 1", namespace={"k": 2})
    targets = NeuronGroup(1, "v : 1\nx = k*v : 1", namespace={"k": 3})
    sources.v, targets.v = 1, 10
    synapses = Synapses(
        sources,
        targets,
        "o : 1\ny = k*100 + x_pre : 1",
        on_pre="o = y + x_post + k_pre + k_post",
        namespace={"k": 5, "k_pre": k_pre, "k_post": k_post},
    )
    synapses.connect()
    Network(sources, targets, synapses).run(0.1 * ms, target=target)

    assert synapses.o[0] == 500 + 2 + 30 + k_pre + k_post


def test_constant_with_the_ending_of_a_side_gives_way_to_the_variable(target):
    tau_pre = 100 * ms  # noqa: F841 - hidden on purpose
    sources = spiking_once(1, "tau : second")
    targets = NeuronGroup(1, "v : 1")
    sources.tau = 2 * ms
    synapses = Synapses(sources, targets, on_pre="v += tau_pre/ms")
    synapses.connect()
    Network(sources, targets, synapses).run(0.1 * ms, target=target)

    assert targets.v[0] == 2


def test_constants_that_end_like_the_variables_of_a_side(target):
    tau_pre, tau_post, N_of_pre, v_scale_post = 2 * ms, 4 * ms, 3, 0.5  # noqa: F841
    sources = spiking_once(1)
    targets = NeuronGroup(1, "v : 1\nu : 1")
    sources.v, targets.u = 7, 11
    synapses = Synapses(
        sources,
        targets,
        "dx/dt = -x/tau_pre : 1 (event-driven)\nscaled = v_scale_post*v_pre*u_post : 1",
        on_pre="x += N_of_pre*tau_post/tau_pre; v += scaled",
    )
    synapses.connect()
    Network(sources, targets, synapses).run(0.1 * ms, target=target)

    assert synapses.x[0] == 6
    assert targets.v[0] == 0.5 * 7 * 11


def test_refractoriness_of_both_sides(target):
    sources = always(2, "v : 1", refractory=0.3 * ms)
    targets = NeuronGroup(2, "v : 1", threshold="i == 0", refractory=5 * ms)
    synapses = Synapses(
        sources,
        targets,
        "a : 1\nb : 1\nlast : second\nlast_of_target : second",
        on_pre="a += int(not_refractory_pre); b += int(not_refractory_post)\n"
        "last = lastspike_pre; last_of_target = lastspike_post",
    )
    synapses.connect()
    Network(sources, targets, synapses).run(1 * ms, target=target)

    assert synapses.a[:].tolist() == [0] * 4
    assert synapses.b[:].tolist() == [0, 4, 0, 4]
    np.testing.assert_allclose(synapses.last / ms, 0.9)
    np.testing.assert_allclose(synapses.last_of_target / second, [0, -1e4, 0, -1e4])


def test_shared_variables_of_all_three(target):
    sources = spiking_once(2, "g : 1 (shared)\nh = 2*g : 1 (shared)")
    targets = NeuronGroup(2, "v : 1\ng : 1 (shared)")
    synapses = Synapses(sources, targets, "eta : 1 (shared)", on_pre="v += eta*g_pre*h_pre + g")
    synapses.connect()
    sources.g, targets.g, synapses.eta = 2, 0.5, 3
    Network(sources, targets, synapses).run(0.1 * ms, target=target)

    assert targets.v[:].tolist() == [2 * 24.5] * 2


def test_linked_and_stored_subexpressions_of_a_side(target):
    values = NeuronGroup(2, "z : 1")
    values.z = [5, 7]
    sources = spiking_once(2, "z : 1 (linked)\nnow = t/ms : 1 (constant over dt)", at=3)
    sources.z = linked_var(values, "z")
    targets = NeuronGroup(1, "v : 1")
    synapses = Synapses(sources, targets, "w = z_pre + now_pre : 1", on_pre="v += w")
    synapses.connect()
    Network(values, sources, targets, synapses).run(0.5 * ms, target=target)

    assert targets.v[0] == pytest.approx(12 + 0.6, rel=1e-15)


def test_parts_of_groups_number_their_elements_from_zero(target):
    sources = spiking_once(6, "v : 1\nx = v + 100*i + 1000*N : 1")
    targets = NeuronGroup(7, "v : 1\ny = 100*i + 1000*N : 1")
    sources.v = "i"
    part, other = sources[2:5], targets[4:]
    # What a neuron computes for itself does not depend on how it is looked at.
    own_x, own_y = sources.x[:], targets.y[:]
    synapses = Synapses(
        part,
        other,
        "a : 1\nb : 1\nc : 1\nd : 1",
        on_pre="""a = x_pre; b = y_post; c = 10*i + j
                  d = N + 10*N_pre + 100*N_post; v += 1 + v_pre""",
    )
    synapses.connect(i=[2, 0], j=[0, 2])
    Network(sources, targets, synapses).run(0.1 * ms, target=target)

    assert synapses.a[:].tolist() == own_x[[4, 2]].tolist()
    assert synapses.b[:].tolist() == own_y[[4, 6]].tolist()
    assert synapses.c[:].tolist() == [20, 2]
    assert synapses.d[:].tolist() == [332, 332]
    assert targets.v[:].tolist() == [0, 0, 0, 0, 5, 0, 3]
    assert (synapses.i[:].tolist(), synapses.j[:].tolist()) == ([2, 0], [0, 2])
    assert synapses.x_pre[:].tolist() == own_x[[4, 2]].tolist()
    assert synapses.N_outgoing_pre.tolist() == [1, 0, 1]
    assert synapses.N_incoming_post.tolist() == [1, 0, 1]


def test_only_events_of_the_part_arrive(target):
    sources = always(5)
    targets = always(5, "v : 1\nw : 1")
    forth = Synapses(sources[1:3], targets[2:4], on_pre="v += 1", on_post="w += 1")
    forth.connect()
    Network(sources, targets, forth).run(0.2 * ms, target=target)

    assert targets.v[:].tolist() == [0, 0, 4, 4, 0]
    assert targets.w[:].tolist() == [0, 0, 4, 4, 0]


def test_part_of_a_group_on_both_sides(target):
    neurons = spiking_once(6)
    neurons.v = "i"
    synapses = Synapses(neurons[3:], neurons[:3], on_pre="v_post += 10*v_pre; v_pre -= 1")
    synapses.connect(i=[0, 1, 2], j=[2, 1, 0])
    Network(neurons, synapses).run(0.1 * ms, target=target)

    assert neurons.v[:].tolist() == [50, 41, 32, 2, 3, 4]


def test_numbers_of_synapses_count_those_of_one_object(target):
    sources, targets = spiking_once(2), NeuronGroup(2, "v : 1")
    first = Synapses(sources, targets, "o : 1", on_pre="o = N_incoming + 10*N_outgoing + 100*N")
    first.connect(i=[0, 0, 1], j=[0, 1, 1])
    second_one = Synapses(sources, targets, "o : 1", on_pre="o = N_incoming + 10*N_outgoing")
    second_one.connect(i=[0, 0, 0], j=[0, 0, 0])
    Network(sources, targets, first, second_one).run(0.1 * ms, target=target)

    assert first.o[:].tolist() == [321, 322, 312]
    assert second_one.o[:].tolist() == [33] * 3


def test_scripts_may_keep_the_time_of_the_last_update_by_themselves(target):
    sources = NeuronGroup(1, "", threshold="t > 0.15*ms and t < 0.45*ms")
    model = "passed : second\nlastupdate : second"
    code = "passed = t - lastupdate; lastupdate = t"
    synapses = Synapses(sources, NeuronGroup(1, ""), model, on_pre=code)
    synapses.connect()
    Network(sources, synapses.target, synapses).run(1 * ms, target=target)

    np.testing.assert_allclose(synapses.passed / ms, [0.1])
    np.testing.assert_allclose(synapses.lastupdate / ms, [0.4])


def test_lastupdate_is_the_time_of_the_event_before(target):
    sources = SpikeGeneratorGroup(2, [0, 0, 1], [0.2, 0.5, 0.3] * ms)
    synapses = Synapses(sources, NeuronGroup(1, ""), "o : second", on_pre="o = lastupdate")
    synapses.connect(i=[1, 0], j=0)
    net = Network(sources, synapses.target, synapses)
    net.run(0.4 * ms, target=target)
    np.testing.assert_allclose(synapses.lastupdate / ms, [0.3, 0.2])
    np.testing.assert_array_equal(synapses.o / ms, [0, 0])
    net.run(0.4 * ms, target=target)

    np.testing.assert_allclose(synapses.lastupdate / ms, [0.3, 0.5])
    np.testing.assert_allclose(synapses.o / ms, [0, 0.2])


def test_values_of_whole_numbers_and_truth_values(target):
    sources = spiking_once(2, "v : 1\nk : integer\nb : boolean")
    targets = NeuronGroup(2, "n : integer\nany_of_them : boolean")
    sources.k, sources.b = [3, 5], [False, True]
    synapses = Synapses(
        sources,
        targets,
        "q : integer\nswitched : boolean",
        on_pre="n += k_pre*(j + 1)\nq = n // 2\nswitched = b_pre and q > 2\n"
        "any_of_them = any_of_them or b_pre",
    )
    synapses.connect(i=[0, 1, 1], j=[0, 0, 1])
    Network(sources, targets, synapses).run(0.1 * ms, target=target)

    assert targets.n[:].tolist() == [8, 10]
    assert targets.any_of_them[:].tolist() == [True, True]
    assert synapses.q[:].tolist() == [1, 4, 5]
    assert synapses.switched[:].tolist() == [False, True, True]
    assert synapses.q[:].dtype.kind == "i"
    assert synapses.switched[:].dtype.kind == "b"


def test_local_variables_of_a_code(target):
    sources, targets = spiking_once(2), NeuronGroup(2, "v : 1")
    sources.v = [3, 4]
    code = "doubled = 2*v_pre\nbig = doubled > 7\nv += doubled + 100*int(big)"
    synapses = Synapses(sources, targets, on_pre=code)
    synapses.connect(i=[0, 1], j=[0, 1])
    Network(sources, targets, synapses).run(0.1 * ms, target=target)

    assert targets.v[:].tolist() == [6, 108]


def test_local_variable_may_have_the_name_of_a_constant_of_the_caller(target):
    doubled, total = 5 * mV, 7  # noqa: F841 - the code has values of its own
    sources, targets = spiking_once(1), NeuronGroup(1, "v : 1")
    code = "doubled = 2*w; total = doubled + 1; total += 1; v += total"
    synapses = Synapses(sources, targets, "w : 1", on_pre=code)
    synapses.connect()
    synapses.w = 3
    Network(sources, targets, synapses).run(0.1 * ms, target=target)

    assert targets.v[0] == 8


@pytest.mark.parametrize("one", [True, False])
def test_delay_of_the_pathway_pre_is_a_name_in_texts(target, one):
    cells = spiking_once(3)
    synapses = Synapses(
        cells,
        cells,
        "seen : 1\nof_target : 1\ninitial : 1\nsteps = delay/(0.1*ms) : 1",
        on_pre="seen = steps + 10*delay/ms",
        on_post="of_target = delay/ms",
        delay=0.3 * ms if one else None,
    )
    synapses.connect(i=[2, 0, 1], j=[0, 1, 2])
    if not one:
        synapses.delay = "(1 + i)*0.1*ms"
    synapses.initial = "delay/ms"
    delays = np.array([0.3] * 3 if one else [0.3, 0.1, 0.2])
    Network(cells, synapses).run(0.5 * ms, target=target)

    np.testing.assert_allclose(synapses.initial, delays, rtol=1e-14)
    np.testing.assert_allclose(synapses.seen, 20 * delays, rtol=1e-14)
    np.testing.assert_allclose(synapses.of_target, delays, rtol=1e-14)
    np.testing.assert_allclose(synapses.steps, 10 * delays, rtol=1e-14)
    assert synapses.initial["delay > 0.15*ms"].tolist() == synapses.initial[delays > 0.15].tolist()


@pytest.mark.parametrize("n", [65535, 65536, 65537])
def test_groups_whose_numbers_just_fit_into_two_bytes_or_just_do_not(target, n):
    source, cells = spiking_once(1), NeuronGroup(n, "v : 1")
    synapses = Synapses(source, cells, "w : 1", on_pre="v += w")
    of_part = Synapses(source, cells[n - 5 :], "w : 1", on_pre="v += w")
    synapses.connect(i=0, j=[n - 1, 0, n - 2])
    of_part.connect(i=0, j=[4, 0])
    synapses.w, of_part.w = [1, 2, 3], [10, 20]
    Network(source, cells, synapses, of_part).run(0.1 * ms, target=target)

    assert synapses.j[:].tolist() == [n - 1, 0, n - 2]
    assert of_part.j[:].tolist() == [4, 0]
    assert cells.v[[0, n - 5, n - 2, n - 1]].tolist() == [2, 20, 3, 11]
    assert cells.v[:].sum() == 36


# ---------------------------------------------------------------------------------- pathways


def test_pathways_by_name_have_code_order_and_place_of_their_own(target):
    sources = spiking_once(1)
    targets = NeuronGroup(1, "v : 1")
    synapses = Synapses(sources, targets, on_pre={"b": "v = 2*v + 1", "a": "v = 3*v"})
    synapses.connect()
    targets.v = 5
    net = Network(sources, targets, synapses)
    net.run(0.1 * ms, target=target)

    # In the order of the dict: names do not matter.
    assert targets.v[0] == 33
    assert [(p.prepost, p.order, p.when) for p in (synapses.a, synapses.b)] == [
        ("pre", -1, "synapses")
    ] * 2


@pytest.mark.parametrize(
    ("orders", "expected"), [((0, 0), 33), ((0, -5), 31), ((3, 2), 31), ((2, 3), 33)]
)
def test_order_of_pathways_is_theirs_to_set(target, orders, expected):
    sources, targets = spiking_once(1), NeuronGroup(1, "v : 1")
    synapses = Synapses(sources, targets, on_pre={"b": "v = 2*v + 1", "a": "v = 3*v"})
    synapses.connect()
    targets.v = 5
    synapses.b.order, synapses.a.order = orders
    Network(sources, targets, synapses).run(0.1 * ms, target=target)

    assert targets.v[0] == expected


def test_pathway_of_the_source_runs_before_that_of_the_target(target):
    both = spiking_once(1)
    synapses = Synapses(both, both, "x : 1", on_post="x = 2*x", on_pre="x = x + 1")
    synapses.connect()
    synapses.x = 1
    Network(both, synapses).run(0.1 * ms, target=target)

    assert synapses.x[0] == 4
    assert (synapses.pre.order, synapses.post.order) == (-1, 1)
    assert (synapses.pre.prepost, synapses.post.prepost) == ("pre", "post")


@pytest.mark.parametrize(
    ("when", "seen"), [("synapses", 5), ("before_resets", 5), ("after_resets", -1), ("end", -1)]
)
def test_place_of_a_pathway_in_the_step(target, when, seen):
    source = NeuronGroup(1, "v : 1", threshold="v > 1", reset="v = -1")
    source.v = 5
    synapses = Synapses(source, source, "seen : 1", on_pre="seen = v_pre")
    synapses.connect()
    synapses.pre.when = when
    Network(source, synapses).run(0.1 * ms, target=target)

    assert synapses.seen[0] == seen


def test_synapses_act_in_the_order_of_their_creation(target):
    sources, targets = spiking_once(1), NeuronGroup(1, "v : 1")
    first = Synapses(sources, targets, on_pre="v = 2*v + 1", name="z")
    later = Synapses(sources, targets, on_pre="v = 3*v", name="a")
    first.connect()
    later.connect()
    targets.v = 5
    Network(later, targets, first, sources).run(0.1 * ms, target=target)

    assert targets.v[0] == 33


def test_events_by_pathway(target):
    events = {"low": "v > 1", "high": "v > 2"}
    sources = NeuronGroup(3, "v : 1", threshold="v > 3", reset="", events=events)
    sources.v = [1.5, 2.5, 3.5]
    targets = NeuronGroup(3, "a : 1\nb : 1\nc : 1", events={"ready": "i == 1"})
    synapses = Synapses(
        sources,
        targets,
        on_pre={"on_low": "a += 1", "on_high": "b += 1", "on_spike": "c += 1"},
        on_post={"on_ready": "a += 100"},
        on_event={"on_low": "low", "on_high": "high", "on_ready": "ready"},
    )
    synapses.connect(i=[0, 1, 2], j=[0, 1, 2])
    # Events of their own are found after the thresholds.
    Network(sources, targets, synapses).run(0.2 * ms, target=target)

    assert targets.a[:].tolist() == [2, 202, 2]
    assert targets.b[:].tolist() == [0, 2, 2]
    assert targets.c[:].tolist() == [0, 0, 2]
    assert [synapses.pathways[name].event for name in ("on_low", "on_spike", "on_ready")] == [
        "low", "spike", "ready",
    ]  # fmt: skip


def test_one_event_for_all_pathways_and_no_threshold(target):
    neurons = NeuronGroup(2, "a : 1\nb : 1", events={"ready": "i == 1"})
    synapses = Synapses(neurons, neurons, on_pre="a += 1", on_post="b += 1", on_event="ready")
    synapses.connect()
    Network(neurons, synapses).run(0.1 * ms, target=target)

    assert neurons.a[:].tolist() == [1, 1]
    assert neurons.b[:].tolist() == [0, 2]


def test_generator_as_target_gives_events_of_the_target(target):
    sources = always(2)
    times = SpikeGeneratorGroup(3, [0, 2, 2], [0.1, 0.1, 0.3] * ms)
    synapses = Synapses(sources, times, "pre_count : 1\npost_count : 1",
                        on_pre="pre_count += 1", on_post="post_count += 1")  # fmt: skip
    synapses.connect()
    Network(sources, times, synapses).run(0.5 * ms, target=target)

    assert synapses.pre_count[:].tolist() == [5] * 6
    assert synapses.post_count[:].tolist() == [1, 0, 2] * 2


def test_pathway_runs_on_the_clock_of_its_events(target):
    fast, slow = always(1, "a : 1", dt=0.1 * ms), always(1, "a : 1", dt=0.3 * ms)
    synapses = Synapses(
        fast,
        slow,
        "n_pre_events : 1\nn_post_events : 1\nlast : second\nlast_post_time : second",
        on_pre="n_pre_events += 1; last = t",
        on_post="n_post_events += 1; last_post_time = t",
        dt=0.5 * ms,
    )
    synapses.connect()
    Network(fast, slow, synapses).run(1.5 * ms, target=target)

    assert (synapses.n_pre_events[0], synapses.n_post_events[0]) == (15, 5)
    assert synapses.last[0] / ms == pytest.approx(1.4)
    assert synapses.last_post_time[0] / ms == pytest.approx(1.2)


def test_pathway_and_synapses_that_are_not_active_do_nothing(target):
    both = always(1, "a : 1\nb : 1")
    synapses = Synapses(both, both, on_pre="a += 1", on_post="b += 1")
    synapses.connect()
    net = Network(both, synapses)
    synapses.pre.active = False
    net.run(0.2 * ms, target=target)
    assert (both.a[0], both.b[0]) == (0, 2)
    synapses.active = False
    net.run(0.2 * ms, target=target)
    assert (both.a[0], both.b[0]) == (0, 2)
    synapses.active = synapses.pre.active = True
    net.run(0.2 * ms, target=target)

    assert (both.a[0], both.b[0]) == (2, 4)


def test_spikes_of_a_step_act_before_its_resets(target):
    source = always(1)
    targets = NeuronGroup(1, "v : 1", threshold="v > 0.5", reset="v = 0")
    synapses = Synapses(source, targets, on_pre="v += 1")
    synapses.connect()
    spikes = SpikeMonitor(targets)
    Network(source, targets, synapses, spikes).run(0.4 * ms, target=target)

    # What arrives in step 0 is seen by the threshold of step 1, whose reset also takes away
    # what arrives in step 1.
    np.testing.assert_allclose(spikes.t / ms, [0.1, 0.3])


def test_magic_run_takes_synapses_and_their_groups(target):
    sources, targets = spiking_once(1), NeuronGroup(1, "v : 1")
    synapses = Synapses(sources, targets, on_pre="v += 1")
    synapses.connect()
    run(0.1 * ms, target=target)

    assert targets.v[0] == 1


# ---------------------------------------------------------------------------- refractoriness


@pytest.mark.parametrize("code", ["v += 1", "v = v + 1", "v -= -1", "v_post = 1 + v_post"])
def test_what_is_held_while_refractory_is_not_changed_by_synapses(target, code):
    sources = always(1)
    targets = NeuronGroup(
        2,
        "dv/dt = 0/second : 1 (unless refractory)\nu : 1",
        threshold="v > 2.5",
        reset="v = 0",
        refractory=0.4 * ms,
    )
    synapses = Synapses(sources, targets, on_pre=code + "; u += 1")
    synapses.connect()
    seen = StateMonitor(targets, "v", record=True, when="end")
    Network(sources, targets, synapses, seen).run(1 * ms, target=target)

    # Three arrive; the neuron spikes in step 3 and is held until step 7.
    assert seen.v[0].tolist() == [1, 2, 3, 0, 0, 0, 0, 1, 2, 3]
    assert targets.u[:].tolist() == [10, 10]


def test_other_statements_of_the_code_run_while_refractory(target):
    sources = always(1)
    targets = NeuronGroup(1, "v : 1 (constant)\ndx/dt = 0/second : 1 (unless refractory)",
                          threshold="True", refractory=1 * second)  # fmt: skip
    synapses = Synapses(sources, targets, "n : 1\nseen : 1", on_pre="n += 1; x += n; seen = x")
    synapses.connect()
    Network(sources, targets, synapses).run(0.3 * ms, target=target)

    assert synapses.n[0] == 3
    assert (targets.x[0], synapses.seen[0]) == (0, 0)


def test_source_that_is_refractory_holds_its_variables_too(target):
    neurons = NeuronGroup(
        2, "dv/dt = 0/second : 1 (unless refractory)", threshold="i == 0", refractory=1 * second
    )
    synapses = Synapses(neurons, neurons, on_pre="v_pre += 1; v_post += 10")
    synapses.connect()
    Network(neurons, synapses).run(0.1 * ms, target=target)

    assert neurons.v[:].tolist() == [0, 10]


# ------------------------------------------------------------------------------ order of code

EDGES = [(2, 0), (0, 1), (1, 1), (0, 0), (2, 1), (1, 2), (0, 1), (2, 2), (1, 0), (0, 3)]


def run_on(chosen, build, duration=1 * ms):
    """Build a network as in a new process and run it; return what ``build`` returns."""
    start_scope()
    restart_numbering()
    seed(4711)
    defaultclock.timestep = 0
    objects, values = build()
    Network(objects).run(duration, target=chosen)
    return [np.asarray(value()).copy() for value in values]


@needs_compiler
@pytest.mark.compiler
@pytest.mark.parametrize("chosen", PARALLEL, ids=repr)
@pytest.mark.parametrize("delay", [0, 2])
def test_code_that_depends_on_the_order_follows_the_documented_order(chosen, delay, arrivals):
    i, j = map(list, zip(*EDGES, strict=True))
    factors = [0.5 + 0.25 * k for k in range(len(EDGES))]
    spikes = {0: [0, 1, 2], 1: [2], 3: [0, 2], 4: [1]}

    def build():
        who, when = zip(
            *((n, step) for step, all_of in spikes.items() for n in all_of), strict=True
        )
        sources = SpikeGeneratorGroup(3, who, np.array(when) * 0.1 * ms)
        targets = NeuronGroup(4, "v : 1")
        synapses = Synapses(sources, targets, "a : 1\nw : 1", on_pre="v = v*a + w",
                            delay=delay * 0.1 * ms)  # fmt: skip
        synapses.connect(i=i, j=j)
        synapses.a, synapses.w = factors, "10 + i - j"
        return (sources, targets, synapses), (lambda: targets.v,)

    v = [0.0] * 4
    for _, s in arrivals(i, j, spikes, [delay] * len(i), 10):
        v[j[s]] = v[j[s]] * factors[s] + (10 + i[s] - j[s])
    assert run_on(chosen, build)[0].tolist() == v


@needs_compiler
@pytest.mark.compiler
@pytest.mark.parametrize("chosen", PARALLEL, ids=repr)
def test_source_and_target_in_one_group_with_synapses_onto_themselves(chosen, arrivals):
    edges = [(0, 0), (0, 1), (1, 0), (2, 2), (2, 0), (1, 1), (0, 2)]
    i, j = map(list, zip(*edges, strict=True))

    def build():
        neurons = spiking_once(3)
        neurons.v = [1, 2, 4]
        synapses = Synapses(
            neurons,
            neurons,
            "w : 1",
            on_pre="""v_post += w*v_pre
                                                                 v_pre = v_pre/2 + v_post
                                                                 w = v_post - v_pre""",
        )
        synapses.connect(i=i, j=j)
        synapses.w = "0.5*(1 + i) + j"
        return (neurons, synapses), (lambda: neurons.v, lambda: synapses.w)

    v, w = [1.0, 2.0, 4.0], [0.5 * (1 + a) + b for a, b in edges]
    for _, s in arrivals(i, j, {0: [0, 1, 2]}, [0] * len(i), 1):
        v[j[s]] += w[s] * v[i[s]]
        v[i[s]] = v[i[s]] / 2 + v[j[s]]
        w[s] = v[j[s]] - v[i[s]]
    found = run_on(chosen, build)
    assert [values.tolist() for values in found] == [v, w]


def test_later_pathways_see_what_earlier_ones_did(target):
    neurons = spiking_once(2)
    neurons.v = [1, 10]
    synapses = Synapses(neurons, neurons, "x : 1", on_pre="v_post += 1", on_post="x = v_pre")
    synapses.connect()
    Network(neurons, synapses).run(0.1 * ms, target=target)

    assert synapses.x[:].tolist() == [3, 3, 12, 12]


def test_sum_is_added_in_the_documented_order(target, arrivals):
    values = np.random.default_rng(3).normal(size=50) * 10.0 ** np.arange(-25, 25)
    sources = spiking_once(25)
    targets = NeuronGroup(2, "v : 1")
    i, j = np.repeat(np.arange(25), 2)[::-1], np.tile([0, 1], 25)[::-1]
    synapses = Synapses(sources, targets, "w : 1", on_pre="v += w")
    synapses.connect(i=i, j=j)
    synapses.w = values
    Network(sources, targets, synapses).run(0.1 * ms, target=target)

    v = [0.0, 0.0]
    for _, s in arrivals(i, j, {0: range(25)}, [0] * 50, 1):
        v[j[s]] += values[s]
    assert targets.v[:].tolist() == v


# ------------------------------------------------------------------- synapses onto synapses


def test_synapses_as_target(target):
    A, B = spiking_once(2, at=1), NeuronGroup(2, "v : 1")
    carried = Synapses(A, B, "w : 1\ng : 1", on_pre="v += w")
    carried.connect(i=[1, 0, 0], j=[0, 1, 0])
    carried.w = [1, 2, 3]
    control = spiking_once(2, "u : 1")
    control.u = [10, 100]
    onto = Synapses(control, carried, "x : 1", on_pre="w_post = w_post*2 + u_pre; x = w; g += 1")
    onto.connect(i=[0, 1, 1], j=[0, 0, 2])
    Network(A, B, carried, control, onto).run(0.2 * ms, target=target)

    # Synapse 0 gets 10, then 100; synapse 2 gets 100.
    assert carried.w[:].tolist() == [(1 * 2 + 10) * 2 + 100, 2, 106]
    assert carried.g[:].tolist() == [2, 0, 1]
    assert onto.x[:].tolist() == [12, 124, 106]
    assert B.v[:].tolist() == [124 + 106, 2]
    assert onto.w_post[:].tolist() == [124, 124, 106]
    assert onto.j[:].tolist() == [0, 0, 2]
    assert onto.N_incoming_post.tolist() == [2, 0, 1]
    assert onto.w_post["j == 2"].tolist() == [106]
    assert onto.N_post == 3


def test_synapses_as_source_give_their_variables(target):
    A, B = NeuronGroup(2, "z : 1"), NeuronGroup(2, "v : 1")
    A.z = [0.5, 0.25]
    carried = Synapses(A, B, "w : 1")
    carried.connect(i=[1, 0, 0], j=[0, 1, 0])
    carried.w = [1, 2, 3]
    cells = NeuronGroup(2, "s : 1")
    onto = Synapses(carried, cells, "s_post = w_pre*k : 1 (summed)\nk : 1")
    onto.connect(i=[0, 1, 2, 2], j=[0, 0, 0, 1])
    onto.k = [1, 10, 100, 1000]
    Network(A, B, carried, cells, onto).run(0.1 * ms, target=target)

    assert cells.s[:].tolist() == [321, 3000]
    assert onto.i[:].tolist() == [0, 1, 2, 2]
    assert onto.w_pre[:].tolist() == [1, 2, 3, 3]
    assert onto.N_outgoing_pre.tolist() == [1, 1, 2]
    assert onto.k[2, :].tolist() == [100, 1000]


def test_synapses_sum_into_synapses(target):
    A, B = spiking_once(2), NeuronGroup(2, "v : 1")
    carried = Synapses(A, B, "w : 1\ninput : 1", on_pre="v += w*input")
    carried.connect(i=[1, 0], j=[0, 1])
    carried.w = [1, 2]
    astrocytes = NeuronGroup(3, "c : 1")
    astrocytes.c = [1, 2, 3]
    onto = Synapses(astrocytes, carried, "input_post = c_pre : 1 (summed)")
    onto.connect(i=[0, 1, 2], j=[0, 0, 1])
    Network(A, B, carried, astrocytes, onto).run(0.1 * ms, target=target)

    assert carried.input[:].tolist() == [3, 3]
    assert B.v[:].tolist() == [3, 6]


def test_synapses_onto_synapses_may_be_made_before_there_are_any(target):
    A, B = NeuronGroup(2, "v : 1"), NeuronGroup(2, "v : 1")
    carried = Synapses(A, B, "w : 1")
    control = spiking_once(1)
    onto = Synapses(control, carried, on_pre="w_post += 1 + i")
    up = Synapses(carried, B, "v_post = w_pre : 1 (summed)")
    carried.connect(i=[1, 0], j=[0, 1])
    onto.connect(i=0, j=[0, 1])
    up.connect(i=[0, 1], j=[1, 1])
    Network(A, B, carried, control, onto, up).run(0.2 * ms, target=target)

    assert carried.w[:].tolist() == [1, 1]
    assert B.v[:].tolist() == [0, 2]


# ------------------------------------------------------------------------ regular operations


def test_operation_changes_synapses_and_both_sides(target):
    A, B = NeuronGroup(2, "v : 1"), NeuronGroup(2, "u : 1")
    A.v = [1, 2]
    synapses = Synapses(A, B, "w : 1")
    synapses.connect(i=[1, 0, 0], j=[1, 1, 0])
    operation = synapses.run_regularly("w += v_pre; u += w; v_pre += 10*i", dt=0.2 * ms)
    Network(A, B, synapses).run(0.4 * ms, target=target)

    w, v, u = [0, 0, 0], [1, 2], [0, 0]
    for _ in range(2):
        for s, (i, j) in zip((2, 1, 0), ((0, 0), (0, 1), (1, 1)), strict=True):
            w[s] += v[i]
            u[j] += w[s]
            v[i] += 10 * i
    assert [list(x[:]) for x in (synapses.w, A.v, B.u)] == [w, v, u]
    assert operation.when == "start"


def test_operation_of_synapses_draws_for_each(target):
    A = NeuronGroup(10, "")
    synapses = Synapses(A, A, "w : 1")
    synapses.connect()
    synapses.run_regularly("w = rand()")
    Network(A, synapses).run(0.1 * ms, target=target)

    assert len(np.unique(synapses.w)) == 100


def test_operation_may_set_what_is_shared(target):
    A = NeuronGroup(1, "v : 1")
    synapses = Synapses(A, A, "eta : 1 (shared)\nw : 1")
    synapses.connect()
    synapses.run_regularly("eta += 1\nw = eta")
    Network(A, synapses).run(0.3 * ms, target=target)

    assert (synapses.eta[:], synapses.w[0]) == (3, 3)


# ------------------------------------------------------------------------------- no synapses


def test_no_synapses_at_all(target):
    sources, targets = always(2), always(2, "v : 1\ns : 1")
    synapses = Synapses(
        sources,
        targets,
        """w : 1
           dx/dt = -x/ms : 1 (event-driven)
           dy/dt = -y/ms : 1 (clock-driven)
           s_post = y : 1 (summed)""",
        on_pre="v += w; x += 1",
        on_post="x -= 1",
        delay=0.2 * ms,
    )
    synapses.connect(i=np.zeros(0, dtype=int), j=np.zeros(0, dtype=int))
    synapses.run_regularly("w += 1")
    targets.s = 5
    seen = StateMonitor(synapses, "w")
    Network(sources, targets, synapses, seen).run(0.5 * ms, target=target)

    assert (synapses.N, len(synapses), synapses.w[:].tolist()) == (0, 0, [])
    assert seen.w.shape == (0, 5)
    assert targets.v[:].tolist() == [0, 0]
    assert targets.s[:].tolist() == [0, 0]


def test_synapses_may_do_nothing(target):
    A = always(2)
    plain = Synapses(A, A)
    plain.connect()
    with_code = Synapses(A, A, on_pre="")
    with_code.connect()
    Network(A, plain, with_code).run(0.2 * ms, target=target)

    assert (plain.N, with_code.N) == (4, 4)


# ---------------------------------------------------------------------------------- agreement

CODES = {
    "sums": {"on_pre": "v += w", "on_post": "u_pre -= 0.5*w"},
    "other sums": {
        "on_pre": "v_post -= w*x_pre; w *= 0.9",
        "on_post": "w = clip(w + 0.1*u, 0, 5)",
    },
    "order": {"on_pre": "v = v*0.5 + w", "on_post": "u_pre = 0.25*u_pre + w"},
    "one group": {"on_pre": "v_post += 0.5*v_pre; v_pre *= 0.75", "on_post": "u_post = v_pre + w"},
    "random": {"on_pre": "w = rand(); v += w*int(rand() < 0.5)", "on_post": "u += randn()"},
    "traces": {"on_pre": "a += 1; w += 0.1*b", "on_post": "b += 1; w -= 0.1*a; v += a*b"},
    "own": {"on_pre": "w = w*0.5 + i", "on_post": "c = c + w - lastupdate/ms"},
}
MODEL = """
w : 1
c : 1
da/dt = -a/(3*ms) : 1 (event-driven)
db/dt = -b/(7*ms) : 1 (event-driven)
dy/dt = (v_pre - y + randn_free)/(5*ms) + 0.1*xi*ms**-0.5 : 1 (clock-driven)
randn_free = 0.1*w : 1
s_post = y*w : 1 (summed)
"""

cases = some.fixed_dictionaries(
    {
        "code": some.sampled_from(sorted(CODES)),
        "n": some.integers(1, 9),
        "edges": some.lists(some.tuples(some.integers(0, 8), some.integers(0, 8)), max_size=40),
        "kind": some.sampled_from(["none", "one", "each"]),
        "delays": some.lists(some.sampled_from([0.0, 0.1, 0.3, 0.7]), min_size=40, max_size=40),
        "part": some.booleans(),
        "number": some.integers(0, 2**20),
    }
)


def random_network(case):
    n = case["n"]
    neurons = NeuronGroup(
        n,
        "v : 1\nu : 1\ns : 1\nx = v + u : 1",
        threshold="rand() < 0.3",
        reset="v = 0.5*v",
        name="cells",
    )
    neurons.v = "rand()"
    delay = 0.3 * ms if case["kind"] == "one" else None
    first = n // 3 if case["part"] else 0
    synapses = Synapses(
        neurons[first:] if case["part"] else neurons,
        neurons,
        MODEL,
        delay={"pre": delay, "post": delay} if delay is not None else None,
        method="euler",
        **CODES[case["code"]],
    )
    edges = [(a % (n - first), b % n) for a, b in case["edges"]]
    synapses.connect(
        i=np.array([a for a, _ in edges], dtype=int), j=np.array([b for _, b in edges], dtype=int)
    )
    synapses.w = "rand()"
    if case["kind"] == "each":
        synapses.pre.delay = case["delays"][: len(edges)] * ms
        synapses.post.delay = case["delays"][::-1][: len(edges)] * ms
    spikes = SpikeMonitor(neurons)
    seen = StateMonitor(synapses, ["w", "y", "v_post"], dt=0.5 * ms)
    names = ("w", "a", "b", "c", "y", "lastupdate")
    return (neurons, synapses, spikes, seen), (
        lambda: np.concatenate([neurons.v, neurons.u, neurons.s]),
        lambda: np.concatenate([getattr(synapses, name + "_")[:] for name in names]),
        lambda: np.concatenate([spikes.i, spikes.t_]),
        lambda: np.concatenate([getattr(seen, name).ravel() for name in ("w", "y", "v_post")]),
    )


@needs_compiler
@pytest.mark.compiler
@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(case=cases)
def test_random_networks_have_the_same_bits_on_every_target(case):
    def build():
        return random_network(case)

    expected = run_on(PARALLEL[0], build, 2 * ms)
    for chosen in PARALLEL[1:]:
        found = run_on(chosen, build, 2 * ms)
        for reference, values in zip(expected, found, strict=True):
            assert values.tobytes() == reference.tobytes(), chosen
