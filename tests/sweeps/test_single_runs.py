"""Each run of a sweep is bit for bit its own single run, on every target."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from eqsim import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeMonitor,
    Synapses,
    ms,
    network_operation,
    seed,
    start_scope,
    sweep,
)
from eqsim.sweeps import SweepWarning, sampling
from eqsim.units.quantity import si_value

DURATION = 12 * ms


def everything(results):
    """All that groups and monitors have after a run."""
    found = {}
    for each in results.network.all_objects:
        for name in getattr(each, "variables", ()):
            values = getattr(each, name)
            values = values.get() if hasattr(values, "get_item") else values
            found[f"{each.name}.{name}"] = np.array(si_value(values), dtype=float)
        if isinstance(each, SpikeMonitor):
            found |= {f"{each.name}.i": each.i.copy(), f"{each.name}.t": each.t_.copy()}
    found["now"] = results.network.t_
    return found


def alone(net, namespace, point, key, target):
    """The single run that a user would make."""
    around = dict(namespace)
    net.restore()
    seed(int(key))
    for name, value in point.items():
        owner, dot, variable = name.partition(".")
        if dot:
            setattr(net[owner], variable, value)
        else:
            around[name] = value
    net.run(DURATION, namespace=around, target=target)

    class Results:
        network = net

    return everything(Results)


def test_each_run_is_its_own_single_run(model, target):
    net, namespace, axes = model
    net.store()
    space = sampling.grid(axes)

    found = sweep(
        net, space, duration=DURATION, record=everything, repeats=2, seed=3,
        namespace=namespace, target=target,
    )  # fmt: skip

    assert found.attrs["programs"] == 1
    shape = [*space.shape.values(), 2]
    for run in (0, 1, 5, 2 * len(space) - 1):
        place = np.unravel_index(run, shape)
        point = space.point(run // 2)
        expected = alone(net, namespace, point, found["seed"].values[place], target)
        for name, values in expected.items():
            kept = found[f"{name}_end" if name in axes else name].values[place]
            own, beyond = np.split(np.atleast_1d(kept), [np.size(values)])
            np.testing.assert_array_equal(own, np.atleast_1d(values), f"{name} of {point}")
            assert np.isnan(beyond).all()  # where other runs recorded more


def two_neurons():
    cells = NeuronGroup(
        2, "dv/dt = (drive - v)/tau : 1", threshold="v > 1", reset="v = 0", method="exact",
        name="cells",
    )  # fmt: skip
    return Network(cells, SpikeMonitor(cells, name="spikes"))


def test_batches_and_threads_change_nothing(target, noisy):
    net, namespace, axes = noisy
    options = {"duration": DURATION, "record": everything, "seed": 3, "namespace": namespace}

    whole = sweep(net, axes, batch=8, target=target, **options)
    parts = sweep(net, axes, batch=3, target=target, **options)

    for name in whole.data_vars:
        for one, other in zip(whole[name].values.ravel(), parts[name].values.ravel(), strict=True):
            np.testing.assert_array_equal(one, other, name)


def test_a_network_is_left_as_it_is(target, connected):
    net, namespace, axes = connected
    net.run(5 * ms, namespace=namespace, target=target)
    before = (net.t, net["cells"].v[:].copy(), len(net["spikes"].t_), net["drive"].w[:].copy())
    seed(9)
    expected = np.random.rand()  # noqa: NPY002 - what scripts use
    seed(9)

    sweep(net, axes, duration=5 * ms, namespace=namespace, target=target)

    after = (net.t, net["cells"].v[:], len(net["spikes"].t_), net["drive"].w[:])
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(si_value(one), si_value(other))
    assert np.random.rand() == expected  # noqa: NPY002


def test_python_functions_run_one_by_one_and_that_is_said(target):
    cells = NeuronGroup(1, "dv/dt = rate : 1\nrate : Hz", method="euler", name="cells")
    calls = []

    @network_operation(dt=5 * ms)
    def halve():
        calls.append(1)
        cells.v = cells.v[:] / 2

    net = Network(cells, halve)
    with pytest.warns(SweepWarning, match="its runs are made one by one"):
        found = sweep(
            net, {"cells.rate": [100, 200] / (1000 * ms)}, duration=10 * ms,
            record="cells.v", target=target,
        )  # fmt: skip

    assert len(calls) == 4
    np.testing.assert_allclose(found["cells.v"].values.ravel(), [0.75, 1.5])
    assert cells.v[0] == 0
    assert net.t == 0 * ms


def network_of(n, p):
    cells = NeuronGroup(
        n, "dv/dt = (1.5 - v)/tau : 1", threshold="v > 1", reset="v = 0", method="exact",
        name="cells",
    )  # fmt: skip
    loop = Synapses(cells, cells, on_pre="v_post += 0.1", name="loop")
    loop.connect(p=p)
    cells.v = "rand()"
    return Network(cells, loop, SpikeMonitor(cells, name="spikes"))


def test_sizes_connections_and_their_seeds_share_one_program(target):
    space = {"n": [5, 9], "connectivity_seed": [1, 2], "tau": [5, 8] * ms}

    found = sweep(
        lambda n: network_of(n, 0.5), space, duration=DURATION, target=target,
        record={
            "pairs": lambda results: len(results["loop"]),
            "n_spikes": lambda results: results["spikes"].num_spikes,
        },
        seed=3,
    )  # fmt: skip

    assert found.attrs["programs"] == 1
    assert (found["pairs"].values[:, :, 0] == found["pairs"].values[:, :, 1]).all()
    assert len(np.unique(found["pairs"].values)) > 2
    for place in np.ndindex(2, 2, 2):
        n, connectivity = space["n"][place[0]], space["connectivity_seed"][place[1]]
        tau = space["tau"][place[2]]
        seed(connectivity)
        net = network_of(n, 0.5)
        seed(int(found["seed"].values[place]))
        net.run(DURATION, namespace={"tau": tau}, target=target)
        assert len(net["loop"]) == found["pairs"].values[place]
        assert net["spikes"].num_spikes == found["n_spikes"].values[place]


def test_subexpressions_and_expressions_see_the_constants_of_their_point(target):
    tau, offset = 100 * ms, 50.0  # none of the points has these
    cells = NeuronGroup(2, "dx/dt = 1/tau : 1\ny = x + offset : 1", method="euler", name="cells")
    net = Network(cells)

    found = sweep(
        net, {"offset": [1.0, 2.0], "cells.x": ["offset*i"]}, duration=1 * ms, target=target,
        record={"text": "cells.y", "function": lambda results: results["cells"].y[:]},
        namespace={"tau": 1 * ms},
    )  # fmt: skip

    np.testing.assert_allclose(found["text"].values[:, 0], [[2, 3], [3, 5]])
    np.testing.assert_array_equal(found["text"].values, found["function"].values)
    assert (tau, offset) == (100 * ms, 50.0)


def test_function_may_return_its_names(target):
    def make():
        tau = 5 * ms
        cells = NeuronGroup(1, "dv/dt = drive/tau : 1", method="euler", name="cells_of_make")
        return locals()

    found = sweep(
        make, {"drive": [1.0, 2.0]}, duration=5 * ms, record={"v": "last(cells.v)"}, target=target
    )

    np.testing.assert_allclose(found["v"].values, [1, 2])


def test_objects_in_scope_are_swept_over_as_with_run(target):
    start_scope()
    tau = 5 * ms
    cells = NeuronGroup(2, "dv/dt = (drive - v)/tau : 1", threshold="v > 1", reset="v = 0",
                        method="exact")  # fmt: skip
    spikes = SpikeMonitor(cells)

    found = sweep({"drive": [0.5, 2, 4]}, duration=DURATION, target=target,
                  record={"n": lambda results: results[spikes].num_spikes})  # fmt: skip

    assert found["n"].values.tolist() == [0, 6, 16]
    assert tau == 5 * ms


def test_seeds_are_a_parameter(target, noisy):
    net, namespace, _ = noisy

    found = sweep(net, {"seed": [5, 6, 5]}, duration=DURATION, namespace=namespace, target=target,
                  record="cells.v")  # fmt: skip

    v = found["cells.v"].values
    assert (v[0] == v[2]).all()
    assert (v[0] != v[1]).any()


@pytest.mark.compiler
def test_a_sweep_compiles_once(tmp_path, monkeypatch, noisy):
    from eqsim.build import library

    monkeypatch.setenv("EQSIM_CACHE_DIR", str(tmp_path))
    compiled = []
    compile_sources = library.compile_sources
    monkeypatch.setattr(
        library, "compile_sources", lambda *given: (compiled.append(1), compile_sources(*given))
    )
    net, namespace, axes = noisy

    with warnings.catch_warnings():
        sweep(net, axes, duration=DURATION, namespace=namespace, target="cpp", repeats=5)

    assert len(compiled) == 1


def test_two_programs_are_told(target):
    def make(order):
        right = "-v/tau" if order == 1 else "-v**2/tau"
        cells = NeuronGroup(1, f"dv/dt = {right} : 1", method="euler", name="cells")
        cells.v = 1
        return Network(cells)

    with pytest.warns(SweepWarning, match="2 programs"):
        found = sweep(make, {"order": [1, 2]}, duration=1 * ms, record="cells.v",
                      namespace={"tau": 10 * ms}, target=target)  # fmt: skip

    assert found.attrs["programs"] == 2


RATES = [
    [300 * Hz, np.linspace(1, 900, 20) * Hz, np.full(20, 70) * Hz, 200 * Hz],
    ["300*Hz", "40*i*Hz", "rand()*500*Hz", "100*Hz + 200*Hz", "200*int(rand() < 0.01)*Hz"],
]


@pytest.mark.parametrize("rates", RATES)
def test_one_rate_for_all_beside_one_for_each(target, rates):
    def network():
        inputs = PoissonGroup(20, 100 * Hz, name="inputs")
        return Network(inputs, SpikeMonitor(inputs, name="spikes"))

    options = {"duration": 30 * ms, "record": "spikes.count", "repeats": 2, "seed": 3}
    with pytest.warns(SweepWarning, match="are 2 programs"):
        found = sweep(network(), {"inputs.rates": rates}, target=target, batch=3, **options)

    for place, key in np.ndenumerate(found["seed"].values):
        single = network()
        seed(int(key))
        single["inputs"].rates = rates[place[0]]
        single.run(30 * ms, target=target)
        np.testing.assert_array_equal(found["spikes.count"].values[place], single["spikes"].count)


@pytest.mark.parametrize("p", [0.0, 0.4])
def test_points_without_delays_have_the_program_of_those_with_delays(p, target):
    def network():
        seed(5)
        cells = NeuronGroup(
            20, "dv/dt = (1.2 - v)/(5*ms) : 1", threshold="v > 1", reset="v = 0",
            method="exact", name="cells",
        )  # fmt: skip
        cells.v = "rand()"
        loop = Synapses(cells, cells, "w : 1", on_pre="v_post += w", on_post="w += 0.01*rand()",
                        name="loop")  # fmt: skip
        loop.connect(p=p)
        loop.w = "0.1*rand()"
        return Network(cells, loop)

    space = {"loop.delay": [0, 1] * ms, "loop_post.delay": [0.5, 0] * ms}
    options = {"record": ["cells.v", "loop.w"] if p else "cells.v", "namespace": {}}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = sweep(network(), space, duration=DURATION, target=target, **options)

    assert found.attrs["programs"] == 1
    for place, key in np.ndenumerate(found["seed"].values):
        single = network()
        seed(int(key))
        single["loop"].delay = space["loop.delay"][place[0]]
        single["loop"].post.delay = space["loop_post.delay"][place[1]]
        single.run(DURATION, namespace={}, target=target)
        np.testing.assert_array_equal(found["cells.v"].values[place], single["cells"].v)
        if p:
            np.testing.assert_array_equal(found["loop.w"].values[place], single["loop"].w)


def test_expressions_of_several_networks_are_drawn_in_threads():
    cells = NeuronGroup(20, "v : 1", threshold="v > 2", name="cells")
    loop = Synapses(cells, cells, on_pre="v += 1", name="loop")
    loop.connect(j="i")
    texts = ["rand()", "2*rand()", "rand() + rand()"]
    space = {"loop.delay": np.arange(1, 9) * ms, "cells.v": texts}

    found = sweep(Network(cells, loop), space, duration=1 * ms, record={"end": "cells.v"},
                  batch=1, seed=3, namespace={})  # fmt: skip

    for place, key in np.ndenumerate(found["seed"].values):
        seed(int(key))
        cells.v = texts[place[1]]
        np.testing.assert_array_equal(found["end"].values[place], cells.v[:])
