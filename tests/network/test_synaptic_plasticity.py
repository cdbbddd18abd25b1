"""Plasticity: traces that follow events, against closed forms; noise in synapses."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    defaultclock,
    linked_var,
    ms,
    run,
    second,
)

TAU_PRE, TAU_POST, UP, DOWN = 20e-3, 30e-3, 0.01, -0.0105
PAIRS = """
    w : 1
    da/dt = -a/tau_pre : 1 (event-driven)
    db/dt = -b/tau_post : 1 (event-driven)
"""
CONSTANTS = {"tau_pre": TAU_PRE * second, "tau_post": TAU_POST * second, "up": UP, "down": DOWN}
EDGES = [(3, 1), (0, 0), (1, 2), (0, 1), (2, 0), (3, 1), (1, 1), (0, 2), (2, 2)]
PRE, POST = (np.array(side) for side in zip(*EDGES, strict=True))
STEPS = 250


def trains(n, number, rate=0.05):
    """In which steps each of n neurons spikes."""
    return np.random.default_rng(number).random((n, STEPS)) < rate


def generator(spikes):
    who, steps = np.nonzero(spikes)
    return SpikeGeneratorGroup(len(spikes), who, (steps + 0.3) * 0.1 * ms)


def events(pre, post, delays=(0, 0)):
    """Yield what arrives at each synapse: its number, the step, 'pre' or 'post', in order."""
    for synapse, (i, j) in enumerate(EDGES):
        found = [(step + delays[0], 0) for step in np.flatnonzero(pre[i])]
        found += [(step + delays[1], 1) for step in np.flatnonzero(post[j])]
        for step, side in sorted(found):
            if step < STEPS:
                yield synapse, step, ("pre", "post")[side]


def sum_over_pairs(pre, post, delays=(0, 0)):
    """The change of each weight, as a sum over all pairs of events at the synapse."""
    change = np.zeros(len(EDGES))
    for synapse, (i, j) in enumerate(EDGES):
        before = np.flatnonzero(pre[i]) + delays[0]
        after = np.flatnonzero(post[j]) + delays[1]
        before, after = before[before < STEPS], after[after < STEPS]
        lag = (after[:, None] - before[None, :]) * 1e-4
        change[synapse] = UP * np.exp(-lag / TAU_PRE)[lag >= 0].sum()
        change[synapse] += DOWN * np.exp(lag / TAU_POST)[lag < 0].sum()
    return change


# ------------------------------------------------------------------------------------- pairs


def plain(synapses):
    return []


def traces_watched(synapses):
    return [StateMonitor(synapses, ["a", "b"])]


def one_delay_each(synapses):
    synapses.pre.delay, synapses.post.delay = 1.3 * ms, 0.4 * ms
    return []


def traces_given(synapses):
    synapses.a = np.zeros(len(EDGES))
    synapses.b = "0*i"
    synapses.lastupdate = "0*ms*j"
    return []


VARIANTS = [
    pytest.param(plain, (0, 0), id="plain"),
    pytest.param(traces_watched, (0, 0), id="watched"),
    pytest.param(traces_given, (0, 0), id="given"),
    pytest.param(one_delay_each, (13, 4), id="delayed"),
]


@pytest.mark.parametrize(("prepared", "delays"), VARIANTS)
def test_pairs_of_spikes_change_weights_as_their_closed_form(target, prepared, delays):
    pre, post = trains(4, 1), trains(3, 2)
    sources, targets = generator(pre), generator(post)
    synapses = Synapses(sources, targets, PAIRS, on_pre="a += up; w += b",
                        on_post="b += down; w += a", namespace=CONSTANTS)  # fmt: skip
    synapses.connect(i=PRE, j=POST)
    synapses.w = "0.5 + 0.01*i"
    more = prepared(synapses)
    Network(sources, targets, synapses, more).run(STEPS * 0.1 * ms, target=target)

    expected = 0.5 + 0.01 * PRE + sum_over_pairs(pre, post, delays)
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(synapses.w, expected, rtol=1e-12)


def test_delays_of_single_synapses_shift_their_pairs(target):
    pre, post = trains(4, 1), trains(3, 2)
    sources, targets = generator(pre), generator(post)
    synapses = Synapses(sources, targets, PAIRS, on_pre="a += up; w += b",
                        on_post="b += down; w += a", namespace=CONSTANTS)  # fmt: skip
    synapses.connect(i=PRE, j=POST)
    rng = np.random.default_rng(3)
    forth, back = rng.integers(0, 30, len(EDGES)), rng.integers(0, 30, len(EDGES))
    synapses.pre.delay, synapses.post.delay = forth * 0.1 * ms, back * 0.1 * ms
    Network(sources, targets, synapses).run(STEPS * 0.1 * ms, target=target)

    expected = [
        sum_over_pairs(pre, post, delays)[synapse]
        for synapse, delays in enumerate(zip(forth, back, strict=True))
    ]
    np.testing.assert_allclose(synapses.w, expected, rtol=1e-12)


@pytest.mark.parametrize("prepared", [plain, traces_watched, traces_given])
def test_traces_are_seen_as_of_the_last_event_of_the_synapse(target, prepared):
    pre, post = trains(4, 5, 0.02), trains(3, 6, 0.02)
    sources, targets = generator(pre), generator(post)
    synapses = Synapses(sources, targets, PAIRS, on_pre="a += up; w += b",
                        on_post="b += down; w += a", namespace=CONSTANTS)  # fmt: skip
    synapses.connect(i=PRE, j=POST)
    more = prepared(synapses)
    Network(sources, targets, synapses, more).run(STEPS * 0.1 * ms, target=target)

    last, a, b = np.zeros(len(EDGES)), np.zeros(len(EDGES)), np.zeros(len(EDGES))
    for synapse, step, side in events(pre, post):
        now = step * 1e-4
        a[synapse] = a[synapse] * np.exp(-(now - last[synapse]) / TAU_PRE) + UP * (side == "pre")
        b[synapse] = b[synapse] * np.exp(-(now - last[synapse]) / TAU_POST) + DOWN * (
            side == "post"
        )
        last[synapse] = now
    np.testing.assert_allclose(synapses.lastupdate / second, last, rtol=1e-12)
    np.testing.assert_allclose(synapses.a, a, rtol=1e-11, atol=1e-300)
    np.testing.assert_allclose(synapses.b, b, rtol=1e-11, atol=1e-300)


def test_traces_may_be_set_in_the_midst_and_synapses_added(target):
    pre, post = trains(4, 7), trains(3, 8)
    sources, targets = generator(pre), generator(post)
    synapses = Synapses(sources, targets, PAIRS, on_pre="a += up; w += b",
                        on_post="b += down; w += a", namespace=CONSTANTS)  # fmt: skip
    synapses.connect(i=PRE[:6], j=POST[:6])
    net = Network(sources, targets, synapses)
    net.run(6 * ms, target=target)
    synapses.a[2] = 0.5
    net.run(6 * ms, target=target)
    synapses.connect(i=PRE[6:], j=POST[6:])
    net.run(6 * ms, target=target)
    synapses.b["i == 3"] = "0.25 + j"
    synapses.w = 0
    net.run(7 * ms, target=target)

    w, a, b, last = (np.zeros(len(EDGES)) for _ in range(4))
    found = sorted((step, side == "post", s) for s, step, side in events(pre, post))
    for step in range(STEPS):
        if step == 60:
            a[2] = 0.5
        if step == 180:
            b[PRE == 3] = 0.25 + POST[PRE == 3]
            w[:] = 0
        for _, is_post, s in [each for each in found if each[0] == step]:
            if s >= 6 and step < 120:
                continue
            elapsed = step * 1e-4 - last[s]
            a[s] *= np.exp(-elapsed / TAU_PRE)
            b[s] *= np.exp(-elapsed / TAU_POST)
            a[s] += 0 if is_post else UP
            b[s] += DOWN if is_post else 0
            w[s] += a[s] if is_post else b[s]
            last[s] = step * 1e-4
    np.testing.assert_allclose(synapses.w, w, rtol=1e-11)
    np.testing.assert_allclose(synapses.a, a, rtol=1e-11)
    np.testing.assert_allclose(synapses.b, b, rtol=1e-11)


def test_traces_that_are_bounded_and_read_before_they_change(target):
    """Nearest neighbours: a trace jumps to a value, and is read before it does."""
    pre, post = trains(4, 11), trains(3, 12)
    sources, targets = generator(pre), generator(post)
    synapses = Synapses(
        sources,
        targets,
        PAIRS + "seen : 1",
        on_pre="w += a*b; seen += a; a = 1",
        on_post="b = 1; w -= 0.5*a; seen += b",
        namespace=CONSTANTS,
    )
    synapses.connect(i=PRE, j=POST)
    Network(sources, targets, synapses).run(STEPS * 0.1 * ms, target=target)

    w, a, b, last, seen = (np.zeros(len(EDGES)) for _ in range(5))
    for s, step, side in events(pre, post):
        elapsed = step * 1e-4 - last[s]
        a[s] *= np.exp(-elapsed / TAU_PRE)
        b[s] *= np.exp(-elapsed / TAU_POST)
        if side == "pre":
            w[s] += a[s] * b[s]
            seen[s] += a[s]
            a[s] = 1
        else:
            b[s] = 1
            w[s] -= 0.5 * a[s]
            seen[s] += b[s]
        last[s] = step * 1e-4
    np.testing.assert_allclose(synapses.w, w, rtol=1e-11)
    np.testing.assert_allclose(synapses.seen, seen, rtol=1e-11)


def test_traces_that_both_sides_change(target):
    pre, post = trains(4, 13), trains(3, 14)
    sources, targets = generator(pre), generator(post)
    synapses = Synapses(
        sources, targets, "dc/dt = -c/tau_pre : 1 (event-driven)\nw : 1",
        on_pre="c += 1; w += c", on_post="c -= 0.5; w -= c**2", namespace=CONSTANTS,
    )  # fmt: skip
    synapses.connect(i=PRE, j=POST)
    Network(sources, targets, synapses).run(STEPS * 0.1 * ms, target=target)

    w, c, last = (np.zeros(len(EDGES)) for _ in range(3))
    for s, step, side in events(pre, post):
        c[s] = c[s] * np.exp(-(step * 1e-4 - last[s]) / TAU_PRE) + (1 if side == "pre" else -0.5)
        w[s] += c[s] if side == "pre" else -(c[s] ** 2)
        last[s] = step * 1e-4
    np.testing.assert_allclose(synapses.w, w, rtol=1e-11)


def test_weights_stay_within_bounds(target):
    pre, post = trains(4, 21, 0.1), trains(3, 22, 0.1)
    sources, targets = generator(pre), generator(post)
    synapses = Synapses(
        sources,
        targets,
        PAIRS,
        on_pre="a += up; w = clip(w + 5*b, 0, 1)",
        on_post="b += down; w = clip(w + 5*a, 0, 1)",
        namespace=CONSTANTS,
    )
    synapses.connect(i=PRE, j=POST)
    synapses.w = 0.5
    seen = StateMonitor(synapses, "w", record=True, dt=1 * ms)
    Network(sources, targets, synapses, seen).run(STEPS * 0.1 * ms, target=target)

    assert seen.w.min() == 0
    assert seen.w.max() == 1
    assert len(np.unique(seen.w)) > 10


def arrivals_of(steps, changes):
    """When events arrive whose delay was the last one of (step, delay) set before they were."""
    return np.array(
        [step + [delay for since, delay in changes if since <= step][-1] for step in steps], int
    )


@pytest.mark.parametrize("one", [True, False], ids=["one for all", "one each"])
@pytest.mark.parametrize("more", [True, False], ids=["more synapses", "the same"])
def test_pairs_while_delays_change_and_synapses_come(target, one, more):
    pre, post = trains(4, 91), trains(3, 92)
    sources, targets = generator(pre), generator(post)
    synapses = Synapses(sources, targets, PAIRS, on_pre="a += up; w += b",
                        on_post="b += down; w += a", namespace=CONSTANTS,
                        delay={"pre": 1.5 * ms, "post": 0.8 * ms} if one else None)  # fmt: skip
    n = 7 if more else len(EDGES)
    synapses.connect(i=PRE[:n], j=POST[:n])
    if not one:
        synapses.pre.delay, synapses.post.delay = 1.5 * ms, 0.8 * ms
    net = Network(sources, targets, synapses)
    net.run(8 * ms, target=target)
    if more:
        synapses.connect(i=PRE[n:], j=POST[n:])
        if not one:
            synapses.pre.delay[n:], synapses.post.delay[n:] = 1.5 * ms, 0.8 * ms
    else:
        synapses.pre.delay = 0.6 * ms
        net.run(4 * ms, target=target)
        synapses.post.delay = 2.1 * ms
    net.run(STEPS * 0.1 * ms - net.t, target=target)

    forth = [(0, 15)] if more else [(0, 15), (80, 6)]
    back = [(0, 8)] if more else [(0, 8), (120, 21)]
    expected = np.zeros(len(EDGES))
    for s, (i, j) in enumerate(EDGES):
        since = 80 if s >= n else 0
        x, y = np.flatnonzero(pre[i]), np.flatnonzero(post[j])
        x, y = arrivals_of(x[x >= since], forth), arrivals_of(y[y >= since], back)
        lag = np.subtract.outer(y[y < STEPS], x[x < STEPS]) * 1e-4
        expected[s] = UP * np.exp(-lag / TAU_PRE)[lag >= 0].sum()
        expected[s] += DOWN * np.exp(lag / TAU_POST)[lag < 0].sum()
    np.testing.assert_allclose(synapses.w, expected, rtol=1e-11)


# ------------------------------------------------------------------------ triplets, depression


def test_triplets_of_spikes(target):
    """Pfister and Gerstner (2006), doi:10.1523/JNEUROSCI.1425-06.2006; all-to-all."""
    tau_plus, tau_x, tau_minus, tau_y = 16.8e-3, 101e-3, 33.7e-3, 125e-3
    A2p, A3p, A2m, A3m = 5e-3, 6.2e-3, 7e-3, 2.3e-4
    pre, post = trains(4, 31), trains(3, 32)
    sources, targets = generator(pre), generator(post)
    names = {"tau_plus": tau_plus, "tau_x": tau_x, "tau_minus": tau_minus, "tau_y": tau_y}
    constants = {name: value * second for name, value in names.items()}
    synapses = Synapses(
        sources,
        targets,
        """w : 1
           dr1/dt = -r1/tau_plus : 1 (event-driven)
           dr2/dt = -r2/tau_x : 1 (event-driven)
           do1/dt = -o1/tau_minus : 1 (event-driven)
           do2/dt = -o2/tau_y : 1 (event-driven)""",
        on_pre="w -= o1*(A2m + A3m*r2); r1 += 1; r2 += 1",
        on_post="w += r1*(A2p + A3p*o2); o1 += 1; o2 += 1",
        namespace={**constants, "A2p": A2p, "A3p": A3p, "A2m": A2m, "A3m": A3m},
    )
    synapses.connect(i=PRE, j=POST)
    Network(sources, targets, synapses).run(STEPS * 0.1 * ms, target=target)

    def trace(spikes, now, tau, *, now_too):
        """The sum over earlier spikes, and over one at the very time if it acted before."""
        earlier = spikes[spikes <= now] if now_too else spikes[spikes < now]
        return np.exp(-(now - earlier) / tau).sum()

    expected = np.zeros(len(EDGES))
    for s, (i, j) in enumerate(EDGES):
        x, y = np.flatnonzero(pre[i]) * 1e-4, np.flatnonzero(post[j]) * 1e-4
        for now in x:
            r2 = trace(x, now, tau_x, now_too=False)
            expected[s] -= trace(y, now, tau_minus, now_too=False) * (A2m + A3m * r2)
        for now in y:
            o2 = trace(y, now, tau_y, now_too=False)
            expected[s] += trace(x, now, tau_plus, now_too=True) * (A2p + A3p * o2)
    np.testing.assert_allclose(synapses.w, expected, rtol=1e-11, atol=1e-15)


def test_depression_and_facilitation_in_a_regular_train(target):
    """Tsodyks, Pawelzik, Markram (1998), doi:10.1162/089976698300017502; after n spikes."""
    interval, tau_f, tau_d, U = 5e-3, 50e-3, 30e-3, 0.2
    sources = SpikeGeneratorGroup(1, [0] * 8, np.arange(1, 9) * interval * second)
    cells = NeuronGroup(1, "g : 1")
    synapses = Synapses(
        sources,
        cells,
        """du/dt = -u/tau_f : 1 (event-driven)
           dx/dt = (1 - x)/tau_d : 1 (event-driven)
           released : 1""",
        on_pre="u += U*(1 - u); released = u*x; x -= released; g += released",
        namespace={"tau_f": tau_f * second, "tau_d": tau_d * second, "U": U},
    )
    synapses.connect()
    synapses.x = 1
    seen = StateMonitor(cells, "g", dt=interval * second, when="end")
    Network(sources, cells, synapses, seen).run(9 * interval * second, target=target)

    # The spikes so far, each with what is left: u after n spikes is a geometric sum.
    keep_u, keep_x = (1 - U) * np.exp(-interval / tau_f), np.exp(-interval / tau_d)
    u = U * (1 - keep_u ** np.arange(1, 9)) / (1 - keep_u)
    x, released = 1.0, []
    for each in u:
        released.append(each * x)
        x = 1 - (1 - x * (1 - each)) * keep_x
    np.testing.assert_allclose(np.diff(seen.g[0]), released, rtol=1e-12)
    np.testing.assert_allclose(synapses.released[0], released[-1], rtol=1e-12)


def test_each_synapse_may_have_constants_of_its_own(target):
    pre = trains(4, 41)
    sources = generator(pre)
    synapses = Synapses(
        sources, NeuronGroup(3, ""),
        "tau : second (constant)\nda/dt = (b - a)/tau : 1 (event-driven)\nb : 1\nseen : 1",
        on_pre="seen = a; a += 1",
    )  # fmt: skip
    synapses.connect(i=PRE, j=POST)
    synapses.tau = "(1 + i + 10*j)*ms"
    synapses.b = "0.1*j"
    Network(sources, synapses.target, synapses).run(STEPS * 0.1 * ms, target=target)

    for s, (i, j) in enumerate(EDGES):
        a = seen = last = 0.0
        for step in np.flatnonzero(pre[i]):
            now, rest = step * 1e-4, 0.1 * j
            a = rest + (a - rest) * np.exp(-(now - last) / (1e-3 * (1 + i + 10 * j)))
            seen, a, last = a, a + 1, now
        np.testing.assert_allclose(synapses.seen[s], seen, rtol=1e-12)


def test_event_driven_equations_may_depend_on_each_other(target):
    """An alpha function: two equations with one time constant."""
    sources = SpikeGeneratorGroup(1, [0, 0, 0], [1, 4, 11] * ms)
    synapses = Synapses(
        sources,
        NeuronGroup(1, ""),
        """dx/dt = (y - x)/tau : 1 (event-driven)
           dy/dt = -y/tau : 1 (event-driven)
           seen : 1""",
        on_pre="seen = x; y += 1",
        namespace={"tau": 3 * ms},
    )
    synapses.connect()
    Network(sources, synapses.target, synapses).run(15 * ms, target=target)

    lags = (11 - np.array([1, 4])) / 3
    np.testing.assert_allclose(synapses.seen[0], (lags * np.exp(-lags)).sum(), rtol=1e-12)


@pytest.mark.parametrize("declared", ["", "tau : second (shared)", "tau : second (constant)"])
@pytest.mark.parametrize("n", [1, 3])
def test_constant_that_changes_between_runs_counts_from_the_last_event_on(target, declared, n):
    sources = SpikeGeneratorGroup(1, [0], [0] * ms)
    targets = SpikeGeneratorGroup(n, [*range(n)] * 2, np.repeat([10, 20], n) * ms)
    synapses = Synapses(
        sources,
        targets,
        f"w : 1\nda/dt = -a/tau : 1 (event-driven)\n{declared}",
        on_pre="a += 1",
        on_post="w += a",
    )
    synapses.connect()
    net = Network(sources, targets, synapses)
    for duration, tau in ((15, 10 * ms), (7, 40 * ms)):
        if declared:
            synapses.tau = tau
        net.run(duration * ms, namespace={} if declared else {"tau": tau}, target=target)

    # The last event before the change was at 10 ms.
    np.testing.assert_allclose(synapses.w, [np.exp(-1) + np.exp(-1.25)] * n, rtol=1e-12)
    np.testing.assert_allclose(synapses.a, [np.exp(-1.25)] * n, rtol=1e-12)


@pytest.mark.parametrize("method", ["exact", "euler", "rk4", None])
def test_event_driven_equations_are_exact_whatever_the_method(target, method):
    sources = SpikeGeneratorGroup(1, [0, 0], [1, 21] * ms)
    synapses = Synapses(
        sources,
        NeuronGroup(1, ""),
        """da/dt = -a/tau : 1 (event-driven)
           dy/dt = -y/tau : 1 (clock-driven)
           seen : 1""",
        on_pre="seen = a; a += 1",
        method=method,
        namespace={"tau": 5 * ms},
    )
    synapses.connect()
    Network(sources, synapses.target, synapses).run(25 * ms, target=target)

    np.testing.assert_allclose(synapses.seen[0], np.exp(-4), rtol=1e-12)


def test_clock_driven_and_event_driven_agree_where_events_are(target):
    pre, post = trains(4, 51), trains(3, 52)
    sources, targets = generator(pre), generator(post)
    common = "w : 1\nda/dt = -a/tau_pre : 1 ({0})\ndb/dt = (0.1 - b)/tau_post : 1 ({0})"
    both = []
    for flag in ("event-driven", "clock-driven"):
        synapses = Synapses(sources, targets, common.format(flag), on_pre="a += up; w += b",
                            on_post="b += down; w += a", method="exact",
                            namespace=CONSTANTS)  # fmt: skip
        synapses.connect(i=PRE, j=POST)
        # At rest before the first event: a step is made in step 0 before events are found.
        synapses.b = 0.1
        both.append(synapses)
    Network(sources, targets, both).run(STEPS * 0.1 * ms, target=target)

    np.testing.assert_allclose(both[0].w, both[1].w, rtol=1e-11)
    assert np.ptp(both[0].w) > 0.1


@pytest.mark.parametrize(
    ("method", "right"),
    [
        ("euler", "(0.5*{x}*(1 - q) - q**2)/(2*ms)"),
        ("rk2", "(0.5*{x}*(1 - q) - q**2)/(2*ms)"),
        ("rk4", "(0.5*{x}*(1 - q) - q**2)/(2*ms)"),
        ("exponential_euler", "(0.5*{x} - q)/(2*ms)"),
        ("exact", "-q/(2*ms)"),
    ],
)
def test_clock_driven_equations_are_integrated_as_those_of_neurons(target, method, right):
    cells = NeuronGroup(3, "dx/dt = (1 - x)/(3*ms) : 1", method="euler")
    cells.x = [0.1, 0.5, 0.9]
    synapses = Synapses(cells, cells, f"dq/dt = {right.format(x='x_pre')} : 1 (clock-driven)",
                        method=method)  # fmt: skip
    synapses.connect()
    pairs = NeuronGroup(9, f"dq/dt = {right.format(x='x')} : 1\nx : 1 (linked)", method=method)
    pairs.x = linked_var(cells, "x", index=np.repeat(np.arange(3), 3))
    synapses.q, pairs.q = "0.1*i + 0.01*j", "0.1*(i//3) + 0.01*(i % 3)"
    Network(cells, synapses, pairs).run(2 * ms, target=target)

    assert synapses.q[:].tolist() == pairs.q[:].tolist()


def test_plasticity_between_neurons_of_one_group_with_autapses(target):
    spikes = trains(3, 61)
    cells = generator(spikes)
    edges = [(0, 0), (2, 1), (1, 0), (1, 1), (0, 2)]
    i, j = zip(*edges, strict=True)
    synapses = Synapses(cells, cells, PAIRS, on_pre="a += up; w += b", on_post="b += down; w += a",
                        namespace=CONSTANTS)  # fmt: skip
    synapses.connect(i=i, j=j)
    Network(cells, synapses).run(STEPS * 0.1 * ms, target=target)

    for s, (first, second_one) in enumerate(edges):
        x, y = np.flatnonzero(spikes[first]), np.flatnonzero(spikes[second_one])
        lag = (y[:, None] - x[None, :]) * 1e-4
        expected = UP * np.exp(-lag / TAU_PRE)[lag >= 0].sum()
        expected += DOWN * np.exp(lag / TAU_POST)[lag < 0].sum()
        np.testing.assert_allclose(synapses.w[s], expected, rtol=1e-12)


def test_plasticity_of_parts_of_groups(target):
    spikes = trains(9, 71)
    cells = generator(spikes)
    synapses = Synapses(cells[2:5], cells[5:], PAIRS, on_pre="a += up; w += b",
                        on_post="b += down; w += a", namespace=CONSTANTS)  # fmt: skip
    synapses.connect()
    Network(cells, synapses).run(STEPS * 0.1 * ms, target=target)

    for s, (i, j) in enumerate(zip(synapses.i, synapses.j, strict=True)):
        lag = np.subtract.outer(np.flatnonzero(spikes[5 + j]), np.flatnonzero(spikes[2 + i]))
        expected = UP * np.exp(-lag * 1e-4 / TAU_PRE)[lag >= 0].sum()
        expected += DOWN * np.exp(lag * 1e-4 / TAU_POST)[lag < 0].sum()
        np.testing.assert_allclose(synapses.w[s], expected, rtol=1e-12)


def test_several_runs_with_traces_are_one_run(target):
    found = []
    for parts in ([STEPS], [1, 0, 99, 50, 7, STEPS - 157]):
        pre, post = trains(4, 81), trains(3, 82)
        sources, targets = generator(pre), generator(post)
        synapses = Synapses(sources, targets, PAIRS, on_pre="a += up; w += b",
                            on_post="b += down; w += a", namespace=CONSTANTS,
                            delay={"pre": 1.7 * ms})  # fmt: skip
        synapses.connect(i=PRE, j=POST)
        net = Network(sources, targets, synapses)
        defaultclock.timestep = 0
        for part in parts:
            net.run(part * 0.1 * ms, target=target)
            _ = synapses.a[:], synapses.lastupdate[:]
        found.append(np.concatenate([synapses.w, synapses.a, synapses.b, synapses.lastupdate_]))

    assert found[0].tobytes() == found[1].tobytes()


# ------------------------------------------------------------------------------------- noise


def test_noise_of_each_synapse_is_its_own(target):
    cells = NeuronGroup(40, "")
    synapses = Synapses(
        cells, cells, "dx/dt = -x/tau + (2/tau)**0.5*xi : 1 (clock-driven)", method="euler",
        namespace={"tau": 2 * ms},
    )  # fmt: skip
    other = Synapses(
        cells, cells, "dx/dt = -x/tau + (2/tau)**0.5*xi : 1 (clock-driven)", method="euler",
        namespace={"tau": 2 * ms},
    )  # fmt: skip
    synapses.connect()
    other.connect()
    Network(cells, synapses, other).run(20 * ms, target=target)

    # With Euler's method the variance is 1/(1 - dt/(2 tau)).
    n, variance = 1600, 1 / (1 - 0.1 / 4)
    x = synapses.x[:]
    assert abs(x.mean()) < 4 * np.sqrt(variance / n)
    assert abs(x.var() / variance - 1) < 4 * np.sqrt(2 / n)
    of_sources = x.reshape(40, 40).mean(axis=1)
    assert of_sources.var() < 2.5 * variance / 40
    of_targets = x.reshape(40, 40).mean(axis=0)
    assert of_targets.var() < 2.5 * variance / 40
    assert abs(np.corrcoef(x, other.x)[0, 1]) < 4 / np.sqrt(n)


def test_release_by_chance_is_binomial_and_independent(target):
    sources = NeuronGroup(20, "", threshold="True", reset="")
    cells = NeuronGroup(50, "n : 1")
    synapses = Synapses(sources, cells, "released : 1\nlast : 1\nboth : 1", on_pre="""
        now = int(rand() < 0.25)
        both += now*last
        last = now
        released += now
        n += now""")  # fmt: skip
    synapses.connect()
    Network(sources, cells, synapses).run(20 * ms, target=target)

    n, p, trials = 1000, 0.25, 200
    counts = synapses.released[:]
    assert abs(counts.mean() - p * trials) < 4 * np.sqrt(p * (1 - p) * trials / n)
    assert abs(counts.var() / (p * (1 - p) * trials) - 1) < 4 * np.sqrt(2 / n)
    # in successive steps
    assert abs(synapses.both[:].mean() / (trials - 1) - p * p) < 4 * np.sqrt(p / n / trials)
    # between the synapses of one source and of one target
    sums = counts.reshape(20, 50)
    assert abs(sums.sum(axis=1).var() / (50 * p * (1 - p) * trials) - 1) < 4 * np.sqrt(2 / 20)
    assert abs(sums.sum(axis=0).var() / (20 * p * (1 - p) * trials) - 1) < 4 * np.sqrt(2 / 50)
    assert cells.n[:].sum() == counts.sum()


def test_each_use_of_a_random_number_in_synapses_is_another_number(target):
    cells = NeuronGroup(30, "", threshold="True", reset="")
    synapses = Synapses(
        cells,
        cells,
        "a : 1\nb : 1\nc : 1\nd : 1\nf : 1",
        on_pre={"one": "a = rand(); b = rand()", "two": "c = rand()"},
        on_post="d = rand()",
    )
    synapses.connect()
    synapses.f = "rand()"
    Network(cells, synapses).run(0.1 * ms, target=target)

    drawn = [getattr(synapses, name)[:] for name in "abcdf"]
    assert len(np.unique(np.concatenate(drawn))) == 5 * 900
    assert all(0.45 < values.mean() < 0.55 for values in drawn)


def test_random_jumps_of_traces_are_those_of_single_synapses(target):
    sources = SpikeGeneratorGroup(2, [0, 1], [0, 0] * ms)
    cells = NeuronGroup(50, "")
    synapses = Synapses(
        sources, cells, "da/dt = -a/(5*ms) : 1 (event-driven)\nw : 1", on_pre="a += rand(); w += a"
    )
    synapses.connect()
    Network(sources, cells, synapses).run(0.2 * ms, target=target)

    assert len(np.unique(synapses.a)) == len(np.unique(synapses.w)) == 100


def test_random_numbers_of_synapses_do_not_depend_on_how_they_are_stored(target):
    drawn = []
    for i, j in (([0, 0, 1, 1], [0, 1, 0, 1]), ([0, 0, 1, 1, 1], [0, 1, 0, 1, 1])):
        cells = NeuronGroup(2, "", threshold="True", reset="", name=f"cells_{len(drawn)}")
        synapses = Synapses(cells, cells, "w : 1", on_pre="w = rand()", name=f"s_{len(drawn)}")
        synapses.connect(i=i, j=j)
        defaultclock.timestep = 0
        Network(cells, synapses).run(0.1 * ms, target=target)
        drawn.append(synapses.w[:])

    assert len(np.unique(drawn[0])) == 4
    assert len(np.unique(drawn[1])) == 5


def test_variables_of_synapses_with_noise_reach_the_target_by_events(target):
    sources = NeuronGroup(2, "", threshold="True", reset="")
    cells = NeuronGroup(3, "v : 1")
    synapses = Synapses(
        sources, cells, "dw/dt = 0/second + xi*ms**-0.5 : 1 (clock-driven)", on_pre="v += w",
        method="euler",
    )  # fmt: skip
    synapses.connect()
    seen = StateMonitor(synapses, "w", record=True, when="end")
    run(1 * ms, target=target)

    np.testing.assert_allclose(cells.v, seen.w.sum(axis=1).reshape(2, 3).sum(axis=0), rtol=1e-12)
