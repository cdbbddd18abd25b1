"""Variables of neurons that are sums over their synapses."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from eqsim import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    defaultclock,
    ms,
    mV,
    nA,
    nS,
    start_scope,
)

EDGES = [(2, 0), (0, 1), (1, 1), (0, 0), (2, 1), (1, 3), (0, 1)]
PRE, POST = (np.array(side) for side in zip(*EDGES, strict=True))


def sums(values, ends, n):
    """Sums by element, added one after the other in the order of storage."""
    total = np.zeros(n)
    for synapse in sorted(range(len(EDGES)), key=lambda s: (*EDGES[s], s)):
        total[ends[synapse]] += values[synapse]
    return total


def test_sum_over_the_synapses_of_each_target(target):
    sources, cells = NeuronGroup(3, "x : 1"), NeuronGroup(5, "s : 1\ny : 1")
    sources.x, cells.y, cells.s = [1, 10, 100], "0.1*i", 77
    synapses = Synapses(sources, cells, "w : 1\ns_post = w*(x_pre - y_post) : 1 (summed)")
    synapses.connect(i=PRE, j=POST)
    synapses.w = np.random.default_rng(1).normal(size=len(EDGES))
    Network(sources, cells, synapses).run(0.1 * ms, target=target)

    x, y = np.array([1, 10, 100])[PRE], 0.1 * POST
    assert cells.s[:].tolist() == sums(synapses.w[:] * (x - y), POST, 5).tolist()
    assert cells.s[2] == cells.s[4] == 0


def test_sum_over_the_synapses_of_each_source(target):
    sources, cells = NeuronGroup(4, "s : 1"), NeuronGroup(5, "y : 1")
    cells.y, sources.s = "1 + i", 5
    synapses = Synapses(sources, cells, "w : 1\ns_pre = w*y_post : 1 (summed)")
    synapses.connect(i=PRE, j=POST)
    synapses.w = "1/(1 + i + j)"
    Network(sources, cells, synapses).run(0.1 * ms, target=target)

    assert sources.s[:].tolist() == sums((1 + POST) / (1 + PRE + POST), PRE, 4).tolist()
    assert sources.s[3] == 0


def test_several_synapses_sum_into_one_variable(target):
    A, B, cells = NeuronGroup(2, "x : 1"), NeuronGroup(3, "x : 1"), NeuronGroup(4, "s : 1")
    A.x, B.x = [1, 2], [10, 20, 30]
    first = Synapses(A, cells, "s_post = x_pre : 1 (summed)")
    other = Synapses(B, cells, "s_post = 2*x_pre : 1 (summed)")
    back = Synapses(cells, A, "s_pre = 1000 : 1 (summed)")
    first.connect(i=[0, 1, 1], j=[0, 0, 1])
    other.connect(i=[2, 0], j=[0, 2])
    back.connect(i=[2], j=[1])
    Network(A, B, cells, first, other, back).run(0.3 * ms, target=target)

    assert cells.s[:].tolist() == [63, 2, 1020, 0]


def test_several_sums_of_one_synapses_object(target):
    cells = NeuronGroup(3, "x : 1\na : 1\nb : 1\nn : 1")
    cells.x = [1, 10, 100]
    synapses = Synapses(
        cells,
        cells,
        """a_post = x_pre : 1 (summed)
           b_pre = x_post : 1 (summed)
           n_post = 1 : 1 (summed)""",
    )
    synapses.connect(i=[0, 0, 1, 2], j=[1, 2, 2, 2])
    Network(cells, synapses).run(0.1 * ms, target=target)

    assert cells.a[:].tolist() == [0, 1, 111]
    assert cells.b[:].tolist() == [110, 100, 100]
    assert cells.n[:].tolist() == [0, 1, 3]


def test_sums_into_parts_of_a_group_leave_the_rest(target):
    sources, cells = NeuronGroup(2, "x : 1"), NeuronGroup(6, "s : 1")
    sources.x, cells.s = [1, 10], -1
    low = Synapses(sources, cells[1:3], "s_post = x_pre : 1 (summed)")
    high = Synapses(sources, cells[4:], "s_post = 5*x_pre : 1 (summed)")
    low.connect(i=[0, 1, 1], j=[0, 0, 1])
    high.connect(i=[1], j=[1])
    Network(sources, cells, low, high).run(0.2 * ms, target=target)

    assert cells.s[:].tolist() == [-1, 11, 10, -1, 0, 50]


def test_sums_into_parts_that_overlap_are_added(target):
    sources, cells = NeuronGroup(1, "x : 1"), NeuronGroup(4, "s : 1")
    sources.x, cells.s = 1, -1
    low = Synapses(sources, cells[:3], "s_post = x_pre : 1 (summed)")
    high = Synapses(sources, cells[1:], "s_post = 10*x_pre : 1 (summed)")
    low.connect()
    high.connect()
    Network(sources, cells, low, high).run(0.2 * ms, target=target)

    assert cells.s[:].tolist() == [1, 11, 11, 10]


def test_sums_from_parts_of_a_group(target):
    cells = NeuronGroup(6, "x : 1\ns : 1")
    cells.x = "10.0**i"
    synapses = Synapses(cells[3:], cells[:3], "s_post = x_pre : 1 (summed)")
    synapses.connect(i=[0, 2, 2], j=[0, 1, 2])
    Network(cells, synapses).run(0.1 * ms, target=target)

    assert cells.s[:].tolist() == [1e3, 1e5, 1e5, 0, 0, 0]


def test_sums_are_made_before_the_state_is_updated(target):
    sources = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler")
    cells = NeuronGroup(1, "dv/dt = s/ms : 1\ns : 1", method="euler")
    synapses = Synapses(sources, cells, "s_post = x_pre : 1 (summed)")
    synapses.connect()
    seen = StateMonitor(cells, ["s", "v"], when="end")
    Network(sources, cells, synapses, seen).run(0.5 * ms, target=target)

    s = np.arange(5) * 0.1
    np.testing.assert_allclose(seen.s[0], s, atol=1e-15)
    np.testing.assert_allclose(seen.v[0], np.cumsum(s) * 0.1, atol=1e-15)


@pytest.mark.parametrize("order", [-3, 0, 4])
def test_sums_come_right_before_their_group_whatever_its_order(target, order):
    sources = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler")
    cells = NeuronGroup(1, "dv/dt = s/ms : 1\ns : 1", method="euler", order=order)
    synapses = Synapses(sources, cells, "s_post = x_pre : 1 (summed)", order=7)
    synapses.connect()
    Network(sources, cells, synapses).run(0.5 * ms, target=target)

    first = 0 if order <= 0 else 0.1
    assert cells.v[0] == pytest.approx(0.1 * (first * 5 + 1.0), rel=1e-14)


def test_sums_follow_the_clock_of_the_group(target):
    sources = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", dt=0.1 * ms)
    cells = NeuronGroup(1, "s : 1", dt=0.4 * ms)
    synapses = Synapses(sources, cells, "s_post = x_pre : 1 (summed)", dt=0.2 * ms)
    synapses.connect()
    seen = StateMonitor(cells, "s", dt=0.1 * ms, when="end")
    Network(sources, cells, synapses, seen).run(1 * ms, target=target)

    np.testing.assert_allclose(seen.s[0], [0, 0, 0, 0, 0.4, 0.4, 0.4, 0.4, 0.8, 0.8], atol=1e-14)


def test_sums_of_what_is_summed_before(target):
    inputs = NeuronGroup(2, "x : 1")
    inputs.x = [1, 2]
    middle, last = NeuronGroup(2, "s : 1\ny = 10*s : 1"), NeuronGroup(1, "s : 1")
    one = Synapses(inputs, middle, "s_post = x_pre : 1 (summed)")
    two = Synapses(middle, last, "s_post = y_pre : 1 (summed)")
    one.connect(j="i")
    two.connect()
    Network(inputs, middle, last, one, two).run(0.1 * ms, target=target)

    assert last.s[0] == 30


def test_sum_with_subexpressions_constants_and_units(target):
    E, tau = -10 * mV, 5 * ms
    sources = NeuronGroup(2, "v : volt")
    cells = NeuronGroup(2, "v : volt\nI_syn : amp")
    sources.v, cells.v = [1, 2] * mV, [5, 7] * mV
    synapses = Synapses(
        sources,
        cells,
        """dg/dt = -g/tau : siemens (clock-driven)
           drive = g*(E - v_post) : amp
           I_syn_post = drive : amp (summed)""",
        method="euler",
    )
    synapses.connect()
    synapses.g = "(1 + i + 2*j)*nS"
    Network(sources, cells, synapses).run(0.1 * ms, target=target)

    # The sum is made before the conductances decay.
    np.testing.assert_allclose(cells.I_syn / nA, [3e-3 * -15, 7e-3 * -17], rtol=1e-12)
    np.testing.assert_allclose(synapses.g / nS, np.array([1, 3, 2, 4]) * (1 - 0.1 / 5), rtol=1e-12)
    assert (E / mV, tau / ms) == (-10, 5)


def test_synaptic_events_change_what_is_summed_in_the_next_step(target):
    sources = SpikeGeneratorGroup(2, [0, 1], [0, 0.2] * ms)
    cells = NeuronGroup(1, "g_total : 1")
    synapses = Synapses(
        sources, cells, "g : 1\ng_total_post = g : 1 (summed)", on_pre="g += 1 + i"
    )
    synapses.connect()
    seen = StateMonitor(cells, "g_total", when="end")
    Network(sources, cells, synapses, seen).run(0.5 * ms, target=target)

    assert seen.g_total[0].tolist() == [0, 1, 1, 3, 3]


def test_sum_of_whole_numbers(target):
    cells = NeuronGroup(3, "n : integer\nk : integer")
    cells.k = [1, 2, 3]
    synapses = Synapses(cells, cells, "n_post = k_pre + 1 : integer (summed)")
    synapses.connect(i=[0, 1, 2, 2], j=[0, 0, 0, 1])
    Network(cells, synapses).run(0.2 * ms, target=target)

    assert cells.n[:].tolist() == [9, 4, 0]


def test_sum_in_single_precision(target):
    cells = NeuronGroup(2, "x : 1\ns : 1", dtype=np.float32)
    synapses = Synapses(cells, cells, "w : 1\ns_post = w*x_pre : 1 (summed)", dtype=np.float32)
    synapses.connect(n=3)
    cells.x = [0.1, 0.2]
    synapses.w = "0.3*(1 + i)"
    Network(cells, synapses).run(0.1 * ms, target=target)

    np.testing.assert_allclose(cells.s, 3 * (0.03 + 0.12), rtol=1e-6)
    assert cells.s[:].dtype == np.float32


def test_sum_with_random_numbers(target):
    cells = NeuronGroup(2, "s : 1")
    synapses = Synapses(cells, cells, "s_post = noise_free : 1 (summed)\nnoise_free = 0.5*w : 1\n"
                        "w = rand() : 1 (constant over dt)")  # fmt: skip
    synapses.connect(n=100)
    seen = StateMonitor(cells, "s", record=True, when="end")
    Network(cells, synapses, seen).run(1 * ms, target=target)

    assert len(np.unique(seen.s)) == 20
    assert abs(seen.s.mean() - 50) < 4 * 0.5 * np.sqrt(200 / 12 / 20)


def test_run_in_parts_makes_the_same_sums(target):
    found = []
    for parts in ([5], [1, 0, 3, 1]):
        cells = NeuronGroup(4, "dv/dt = (s - v)/ms : 1\ns : 1", method="euler")
        cells.v = "i"
        synapses = Synapses(cells, cells, "s_post = 0.1*v_pre : 1 (summed)")
        synapses.connect(i=[3, 1, 0], j=[0, 1, 2])
        defaultclock.timestep = 0
        net = Network(cells, synapses)
        for part in parts:
            net.run(part * 0.1 * ms, target=target)
        found.append([*cells.v, *cells.s])

    assert found[0] == found[1]


# ------------------------------------------------------------------------------- gap junctions


def gap_junctions(chosen, dt, method):
    start_scope()
    defaultclock.dt, defaultclock.timestep = dt, 0
    cells = NeuronGroup(
        5, "dv/dt = (-v + gap)/tau : 1\ngap : 1\ntau : second (constant)", method=method
    )
    cells.v, cells.tau = [1, -2, 0.5, 3, 0], [5, 6, 7, 8, 9] * ms
    synapses = Synapses(cells, cells, "g : 1\ngap_post = g*(v_pre - v_post) : 1 (summed)")
    synapses.connect(i=[0, 1, 1, 2, 3, 4, 0, 4], j=[1, 0, 2, 1, 4, 3, 4, 0])
    synapses.g = "0.2 + 0.1*(i + j)"
    Network(cells, synapses).run(4 * ms, target=chosen)
    matrix = -np.eye(5)
    for i, j, g in zip(synapses.i, synapses.j, synapses.g, strict=True):
        matrix[j, i] += g
        matrix[j, j] -= g
    return cells.v[:], matrix / np.array([5, 6, 7, 8, 9])[:, None]


def test_gap_junctions_with_euler_are_powers_of_a_matrix(target):
    v, matrix = gap_junctions(target, 0.1 * ms, "euler")
    step = np.eye(5) + 0.1 * matrix

    start = [1, -2, 0.5, 3, 0]
    np.testing.assert_allclose(v, np.linalg.matrix_power(step, 40) @ start, rtol=1e-12)


@pytest.mark.parametrize("method", ["euler", "exact", "exponential_euler"])
def test_gap_junctions_approach_the_matrix_exponential(target, method):
    # What is summed stays during a step: whatever the method, the order is one.
    errors = []
    for dt in (0.1, 0.05, 0.025):
        v, matrix = gap_junctions(target, dt * ms, method)
        exact = expm(4 * matrix) @ [1, -2, 0.5, 3, 0]
        errors.append(np.abs(v - exact).max())

    assert errors[0] < 0.02
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.05)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.05)
