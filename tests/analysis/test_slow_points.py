"""Fixed and slow points of networks: against fixed points of equations, SciPy, closed forms."""

import numpy as np
import pytest
from scipy.optimize import root

from eqsim import (
    Cpp,
    Hz,
    Network,
    NeuronGroup,
    Numpy,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    analysis,
    ms,
    mV,
    nA,
    second,
)
from eqsim.errors import DimensionMismatchError, ModelError

TARGETS = [
    pytest.param(Numpy(), id="numpy"),
    pytest.param(Cpp(threads=1), id="cpp", marks=pytest.mark.compiler),
]


def rate_network(weights, nonlinearity="tanh(rec)", tau="10*ms"):
    n = len(weights)
    cells = NeuronGroup(
        n, f"dx/dt = ({nonlinearity} + drive - x)/({tau}) : 1\nrec : 1\ndrive : 1", name="cells"
    )
    synapses = Synapses(cells, cells, "w : 1\nrec_post = w*x_pre : 1 (summed)", name="synapses")
    synapses.connect()
    synapses.w = weights[synapses.j[:], synapses.i[:]]
    return Network(cells, synapses)


@pytest.mark.parametrize("target", TARGETS)
def test_a_linear_network_has_its_one_fixed_point_and_eigenvalues(target):
    drawn = np.random.default_rng(5)
    weights = drawn.normal(0, 0.2, (6, 6))
    net = rate_network(weights, "rec")
    net["cells"].drive = np.arange(6)
    (point,) = analysis.slow_points(
        net, {"cells.x": drawn.normal(size=(5, 6))}, namespace={}, target=target
    )

    assert point.state["cells.x"] == pytest.approx(
        np.linalg.solve(np.eye(6) - weights, np.arange(6)), abs=1e-8
    )
    expected = np.linalg.eigvals(weights - np.eye(6)) / 0.01
    found = np.asarray(point.eigenvalues / Hz)
    assert np.sort_complex(found) == pytest.approx(np.sort_complex(expected), rel=1e-4)
    assert found.real.tolist() == sorted(found.real, reverse=True)
    assert point.stable is bool((expected.real < 0).all())
    assert point.is_fixed
    assert point.jacobian == pytest.approx((weights - np.eye(6)) / 0.01, abs=1e-2)
    assert repr(point).startswith("<stable fixed point, 6 variables, speed ")


def test_a_chaotic_network_has_the_fixed_points_that_scipy_finds():
    drawn = np.random.default_rng(6)
    weights = drawn.normal(0, 2 / np.sqrt(10), (10, 10))
    # Some begin near the point in the middle, which few of the others reach.
    starts = drawn.normal(size=(30, 10)) * np.where(np.arange(30) < 5, 0.05, 1)[:, np.newaxis]
    points = analysis.slow_points(
        rate_network(weights), {"cells.x": starts}, namespace={}, target="numpy"
    )
    found = np.array([point.state["cells.x"] for point in points])

    def rates(x):
        return np.tanh(weights @ x) - x

    assert len(points) >= 3
    for state in found:
        assert np.abs(rates(state)).max() < 1e-6
        assert root(rates, state, tol=1e-12).x == pytest.approx(state, abs=1e-6)
    # tanh is odd: with each point there is its negative.
    middle = [state for state in found if np.abs(state).max() < 1e-6]
    assert len(middle) == 1
    assert not points[0].is_fixed or points[0].speed / Hz < 1e-4


DECISION = """
ds/dt = -s/(0.06*second) + (1 - s)*0.641*r : 1
r = Hz*z/(1 - exp(-0.154*z)) : Hz
z = 270*(0.3725*s - 0.1137*other + 0.3297 + 0.00117*mu*(1 + coherence*(1 - 2*i))) - 108 : 1
other : 1
"""


def test_the_decision_network_has_the_points_that_brainpy_prints():
    """Those of BrainPy's document on high-dimensional analysis."""
    constants = {"mu": 20, "coherence": 0.5}
    areas = NeuronGroup(2, DECISION, name="areas")
    others = Synapses(areas, areas, "other_post = s_pre : 1 (summed)")
    others.connect("i != j")
    starts = {"areas.s": np.random.default_rng(5).uniform(size=(40, 2))}
    points = analysis.slow_points(
        Network(areas, others), starts, namespace=constants, target="numpy"
    )

    printed = [(0.01394652, 0.657389), (0.28276348, 0.4063521), (0.700452, 0.00486421)]
    assert [point.kind for point in points] == ["node", "saddle", "node"]
    for point, expected in zip(points, printed, strict=True):
        assert point.state["areas.s"] == pytest.approx(expected, abs=2e-6)


def test_a_ring_has_a_line_of_slow_points():
    n = 32
    angles = 2 * np.pi * np.arange(n) / n
    weights = 4 * np.cos(angles[:, None] - angles) / n
    net = rate_network(weights)
    starts = np.array([np.cos(angles - shift) for shift in np.linspace(0, 6, 9)])
    points = analysis.slow_points(
        net, {"cells.x": starts}, speed=0.1 * Hz, namespace={}, target="numpy"
    )
    bumps = [p for p in points if np.ptp(p.state["cells.x"]) > 0.1]
    peaks = {int(np.argmax(point.state["cells.x"])) for point in bumps}

    assert len(peaks) >= 6
    for point in bumps:
        # Along the line nothing pulls.
        assert abs(np.asarray(point.eigenvalues / Hz).real.max()) < 1


def test_variables_with_units_and_of_several_groups_have_scales_of_their_own():
    first = NeuronGroup(2, "dv/dt = (5*mV - v)/(10*ms) : volt", name="first")
    second_ = NeuronGroup(1, "dy/dt = (3 - y)/(1*second) : 1\ndz/dt = -z/ms : amp", name="second")
    (point,) = analysis.slow_points(
        Network(first, second_),
        {"first.v": [[0, 1], [2, 9]] * mV, "second.y": [[0], [9]], "second.z": [[1], [2]] * nA},
        target="numpy",
    )

    assert point.state["first.v"] / mV == pytest.approx([5, 5])
    assert point.state["second.y"] == pytest.approx([3])
    assert point.state["second.z"] / nA == pytest.approx([0], abs=1e-6)
    assert point.eigenvalues / Hz == pytest.approx([-1, -100, -100, -1000], rel=1e-3)


def test_the_network_stays_as_it_is():
    net = rate_network(np.zeros((3, 3)))
    net["cells"].x = [1, 2, 3]
    monitor = StateMonitor(net["cells"], "x", record=True)
    net.add(monitor)
    net.run(1 * ms, target="numpy")
    before = net["cells"].x[:]
    analysis.slow_points(net, {"cells.x": monitor.x.T}, namespace={}, target="numpy")
    net.run(1 * ms, target="numpy")

    assert len(monitor) == 20
    assert monitor.x[:, 10] == pytest.approx(before)
    assert net.t / ms == pytest.approx(2)


GROUP = "dx/dt = -x/ms : 1"


@pytest.mark.parametrize(
    ("make", "candidates", "kind", "told"),
    [
        (lambda: [NeuronGroup(2, GROUP, threshold="x > 1", reset="x = 0", name="cells")],
         {"cells.x": [1, 2]}, ModelError,
         "'cells' has events, 'spike', between which variables move and at which they jump\n"
         "  slow points are those of networks of rates: leave out the threshold"),
        (lambda: [NeuronGroup(2, "dx/dt = -x/ms + xi/ms**0.5 : 1", method="euler", name="cells")],
         {"cells.x": [1, 2]}, ModelError,
         "the equations of 'network' draw random numbers\n"
         "  slow points are those of networks without noise: leave it out"),
        (lambda: [NeuronGroup(2, GROUP, name="cells")], {"cells.y": [1, 2]}, ModelError,
         "candidates are given for 'cells.y', which has no differential equation in the network\n"
         "  variables that have: 'cells.x'"),
        (lambda: [NeuronGroup(2, GROUP, name="cells")], {}, ModelError,
         "candidates are missing for 'cells.x'\n  give values of all variables that move"),
        (lambda: [NeuronGroup(2, GROUP, name="cells")], {"cells.x": [1, 2, 3]}, ModelError,
         "candidates for 'cells.x' must be finite numbers of shape (n_candidates, 2), not [1, 2,"
         " 3]"),
        (lambda: [NeuronGroup(2, GROUP, name="cells")], {"cells.x": [1, 2] * mV},
         DimensionMismatchError,
         "candidates for 'cells.x' must have no unit, not the unit V"),
    ],
    ids=["threshold", "noise", "name", "missing", "shape", "unit"],
)  # fmt: skip
def test_what_is_refused(make, candidates, kind, told):
    with pytest.raises(kind) as caught:
        analysis.slow_points(Network(make()), candidates, namespace={}, target="numpy")
    assert str(caught.value) == told


def test_code_at_times_of_its_own_and_speeds_that_are_none_are_refused():
    cells = NeuronGroup(2, GROUP, name="cells")
    cells.run_regularly("x = 1", dt=1 * ms)
    with pytest.raises(ModelError, match="changes variables otherwise than by their equations"):
        analysis.slow_points(Network(cells), {"cells.x": [1, 2]}, target="numpy")
    other = NeuronGroup(2, GROUP, name="cells")
    with pytest.raises(DimensionMismatchError, match="expected: a value in hertz"):
        analysis.slow_points(Network(other), {"cells.x": [1, 2]}, speed=1 * second, target="numpy")


@pytest.mark.parametrize("dtype", [np.float32, {"x": np.float32}])
def test_rates_of_single_precision_are_refused(dtype):
    cells = NeuronGroup(2, GROUP, method="euler", dtype=dtype, name="cells")
    with pytest.raises(ModelError) as caught:
        analysis.slow_points(Network(cells), {"cells.x": [1, 2]}, namespace={}, target="numpy")
    assert str(caught.value) == (
        "'cells' has variables of type float32, 'x': their rates of change are not exact enough"
        " to find where they are zero\n  make the network with dtype=float64"
    )


def test_synapses_of_events_are_refused():
    cells = NeuronGroup(2, GROUP, name="cells")
    spiking = NeuronGroup(1, GROUP, threshold="x > 1", name="spiking")
    synapses = Synapses(spiking, cells, on_pre="x_post += 1", name="synapses")
    synapses.connect()
    net = Network(cells, synapses, spiking, SpikeMonitor(spiking))
    with pytest.raises(ModelError, match="'synapses' have code for events"):
        analysis.slow_points(net, {"cells.x": [1, 2], "spiking.x": [1]}, target="numpy")
