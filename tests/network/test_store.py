"""Snapshots of networks: what comes back, what does not, files, and what is refused."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eqsim import (
    EventMonitor,
    Hz,
    Network,
    NetworkOperation,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    current_seed,
    defaultclock,
    ms,
    restore,
    run,
    seed,
    start_scope,
    store,
)
from eqsim.errors import MagicError, ModelError, RunError


def noisy(n=20, name="cells", **options):
    group = NeuronGroup(
        n,
        "dv/dt = (1.3 - v)/(5*ms) + 0.3*xi*(5*ms)**-0.5 : 1 (unless refractory)\n"
        "k : integer\nb : boolean\ns : 1 (shared)\nr = rand() : 1 (constant over dt)",
        threshold="v > 1", reset="v = 0; k += 1; b = not b", refractory="rand()*ms",
        events={"high": "v > 0.9"}, method="euler", name=name, **options,
    )  # fmt: skip
    group.run_regularly("s += 1", dt=0.5 * ms, name=f"{name}_regular")
    return group


def network(**options):
    """Return a network with one of everything."""
    cells = noisy(**options)
    cells.v = "rand()"
    sink = NeuronGroup(5, "x : 1", name="sink")
    synapses = Synapses(
        cells, sink, "w : 1\nda/dt = -a/(3*ms) : 1 (event-driven)",
        on_pre="x_post += w; a += 1; w += 0.01*a", delay=0.7 * ms, name="synapses",
    )  # fmt: skip
    synapses.connect(p=0.5)
    synapses.w = "rand()"
    train = SpikeGeneratorGroup(3, [0, 2, 1], [0.3, 1.1, 1.7] * ms, period=2 * ms, name="train")
    noise = PoissonGroup(4, 500 * Hz, name="noise")
    inputs = [
        Synapses(source, sink, on_pre="x_post += 0.5", delay=0.4 * ms, name=f"from_{source.name}")
        for source in (train, noise)
    ]
    for each in inputs:
        each.connect()
    return Network(
        cells,
        sink,
        synapses,
        train,
        noise,
        inputs,
        PoissonInput(sink, "x", 20, 100 * Hz, 0.25, name="input"),
        SpikeMonitor(train, name="of_train"),
        SpikeMonitor(noise, name="of_noise"),
        StateMonitor(cells, ["v", "b"], record=[1, 3], name="trace"),
        StateMonitor(sink, "x", record=True, dt=0.3 * ms, name="slow"),
        SpikeMonitor(cells, "k", name="spikes"),
        SpikeMonitor(cells, record=False, name="counts"),
        EventMonitor(cells, "high", name="high"),
        PopulationRateMonitor(cells, name="rate"),
    )


def state(net):
    """Return everything that a user sees of a network."""
    cells, synapses = net["cells"], net["synapses"]
    return {
        "t": net.t_,
        **{f"cells.{name}": cells.read(name).copy() for name in ("v", "k", "b", "s", "r")},
        "lastspike": cells.lastspike_[:],
        "t of cells": cells.t_,
        "x": net["sink"].x[:],
        "w": synapses.w[:],
        "a": synapses.a[:],
        "i": np.array(synapses.i[:]),
        "j": np.array(synapses.j[:]),
        "trace.t": net["trace"].t_,
        "trace.v": net["trace"].v,
        "trace.b": net["trace"].b,
        "slow": net["slow"].x,
        "slow.t": net["slow"].t_,
        "spikes.i": net["spikes"].i,
        "spikes.t": net["spikes"].t_,
        "spikes.k": net["spikes"].k,
        "counts": net["counts"].count,
        "high": net["high"].t_,
        "train": net["of_train"].t_,
        "train.i": net["of_train"].i,
        "noise": net["of_noise"].t_,
        "rate": net["rate"].rate_,
    }


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


# ------------------------------------------------------------------------- what comes back


def test_everything_comes_back(target):
    net = network()
    net.run(7.3 * ms, target=target)
    before = state(net)
    net.store()
    net.run(5 * ms, target=target)
    assert not np.array_equal(state(net)["cells.v"], before["cells.v"])
    net.restore()

    assert_same(state(net), before)


def test_replay_with_the_random_state_is_exact(target):
    net = network()
    net.run(7.3 * ms, target=target)
    net.store("there")
    net.run(6 * ms, target=target)
    first = state(net)
    for _ in range(2):
        net.restore("there", restore_random_state=True)
        net.run(6 * ms, target=target)
        assert_same(state(net), first)

    assert first["spikes.i"].size > 20


def test_replay_goes_on_as_if_nothing_had_been_stored(target):
    seed(3)
    plain = network()
    plain.run(9 * ms, target=target)
    whole = state(plain)
    start_scope()
    seed(3)
    net = network()
    net.run(4 * ms, target=target)
    net.store()
    net.run(2 * ms, target=target)
    net.restore(restore_random_state=True)
    net.run(5 * ms, target=target)

    assert_same(state(net), whole)


def test_restoring_without_the_random_state_gives_new_numbers_that_follow_from_the_seed(target):
    def simulate():
        start_scope()
        seed(11)
        net = network()
        net.store()
        runs = []
        for _ in range(3):
            net.restore()
            net.run(5 * ms, target=target)
            runs.append(state(net)["cells.v"])
        return runs

    first, second_, third = simulate()
    assert not np.array_equal(first, second_)
    assert not np.array_equal(second_, third)
    for mine, theirs in zip(simulate(), (first, second_, third), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_random_values_set_by_expressions_come_again_with_the_random_state():
    group = NeuronGroup(5, "x : 1")
    net = Network(group)
    net.store()
    group.x = "rand()"
    before = group.x[:]
    of_numpy = np.random.rand(3)  # noqa: NPY002 - what scripts use
    net.restore(restore_random_state=True)
    group.x = "rand()"

    np.testing.assert_array_equal(group.x, before)
    np.testing.assert_array_equal(np.random.rand(3), of_numpy)  # noqa: NPY002
    net.restore()
    group.x = "rand()"
    assert not np.array_equal(group.x, before)


def test_a_seed_set_later_goes_with_the_random_state():
    net = network()
    seed(5)
    net.store()
    net.run(2 * ms, target="numpy")
    first = state(net)
    seed(6)
    net.restore(restore_random_state=True)
    assert current_seed() == 5
    net.run(2 * ms, target="numpy")

    assert_same(state(net), first)


def test_storing_changes_nothing(target):
    def simulate(stores):
        start_scope()
        seed(2)
        net = network()
        for _ in range(3):
            if stores:
                net.store()
            net.run(2 * ms, target=target)
        return state(net)

    assert_same(simulate(True), simulate(False))


def test_network_that_never_ran_is_stored_and_restored(target):
    net = network()
    net.store()
    before = state(net)
    net.run(2 * ms, target=target)
    net.restore()

    assert_same(state(net), before)
    assert net.t == 0 * ms
    net.run(2 * ms, target=target)
    assert len(net["rate"].t) == 20


def test_snapshots_have_names_and_are_copies(target):
    group = NeuronGroup(2, "x : 1")
    net = Network(group)
    for value in (1, 2):
        group.x = value
        net.store(f"with_{value}")
    group.x = 3
    for value in (2, 1, 2):
        net.restore(f"with_{value}")
        np.testing.assert_array_equal(group.x, [value] * 2)
        group.x *= 10

    group.x = 5
    net.store("with_1")
    net.restore("with_1")
    np.testing.assert_array_equal(group.x, [5, 5])


def test_arrays_taken_before_stay_as_they_were(target):
    group = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler")
    monitor = StateMonitor(group, "x", record=True)
    net = Network(group, monitor)
    net.store()
    net.run(0.5 * ms, target=target)
    taken, times = monitor.x, monitor.t
    net.restore()
    group.x = 7
    net.run(0.5 * ms, target=target)

    np.testing.assert_allclose(taken[0], [0, 0.1, 0.2, 0.3, 0.4])
    assert len(times) == 5
    assert monitor.x[0, 0] == 7


def test_steps_of_clocks_come_back(target):
    group = NeuronGroup(1, "n : integer", dt=0.2 * ms)
    group.run_regularly("n += 1")
    other = NeuronGroup(1, "n : integer")
    other.run_regularly("n += 1")
    net = Network(group, other)
    net.run(1 * ms, target=target)
    net.store()
    group.clock.dt, defaultclock.dt = 0.5 * ms, 0.05 * ms
    net.run(1 * ms, target=target)
    assert (group.n[0], other.n[0]) == (7, 30)
    net.restore()

    assert (group.clock.dt, defaultclock.dt) == (0.2 * ms, 0.1 * ms)
    assert group.t_in_timesteps == group.clock.timestep == 5
    net.run(1 * ms, target=target)
    assert (group.n[0], other.n[0]) == (10, 20)


def test_single_times_come_again(target):
    group = NeuronGroup(1, "n : integer")
    group.run_at("n += 1", [0.15, 0.45, 0.5] * ms)
    net = Network(group)
    net.run(0.2 * ms, target=target)
    net.store()
    for _ in range(2):
        net.restore()
        net.run(0.3 * ms, target=target)
        assert group.n[0] == 2


def test_spikes_on_their_way_come_back(target):
    source = NeuronGroup(2, "x : 1", threshold="t_in_timesteps == 3*i + 2")
    sink = NeuronGroup(2, "y : 1")
    synapses = Synapses(source, sink, on_pre="y_post += 1")
    synapses.connect(j="i")
    synapses.delay = "(1 + i)*ms"
    net = Network(source, sink, synapses)
    net.run(0.7 * ms, target=target)
    net.store()
    for _ in range(2):
        net.run(3 * ms, target=target)
        np.testing.assert_array_equal(sink.y, [1, 1])
        net.restore()
        np.testing.assert_array_equal(sink.y, [0, 0])


def test_synapses_made_later_are_gone(target):
    source, sink = NeuronGroup(3, "x : 1", threshold="True", reset=""), NeuronGroup(3, "y : 1")
    synapses = Synapses(source, sink, "w : 1", on_pre="y_post += w")
    synapses.connect(j="i")
    synapses.w = 1
    net = Network(source, sink, synapses)
    net.store()
    synapses.connect(i=0, j=2)
    synapses.w = [1, 2, 3, 4]
    net.run(0.1 * ms, target=target)
    np.testing.assert_array_equal(sink.y, [1, 2, 7])
    net.restore()
    net.run(0.2 * ms, target=target)

    assert len(synapses) == 3
    np.testing.assert_array_equal(sink.y, [2, 2, 2])


def test_operations_are_part_of_the_network(target):
    calls = []
    operation = NetworkOperation(lambda t: calls.append(float(t / ms)), dt=0.2 * ms)
    net = Network(operation)
    net.run(0.3 * ms, target=target)
    net.store()
    net.run(0.2 * ms, target=target)
    net.restore()
    net.run(0.2 * ms, target=target)

    np.testing.assert_allclose(calls, [0, 0.2, 0.4, 0.4])


# ------------------------------------------------------------------------- the magic network


def test_tutorial_loop(target):
    group = NeuronGroup(1, "dx/dt = 1/tau : 1", method="euler")
    monitor = StateMonitor(group, "x", record=0)
    store()
    results = []
    for tau in [1, 2, 4] * ms:
        assert tau
        restore()
        run(1 * ms, target=target)
        results.append((group.x[0], len(monitor.t), group.t_))

    np.testing.assert_allclose(results, [(1, 10, 1e-3), (0.5, 10, 1e-3), (0.25, 10, 1e-3)])


def test_magic_store_between_runs(target):
    group = NeuronGroup(1, "n : integer")
    group.run_regularly("n += 1")
    run(0.5 * ms, target=target)
    store("half")
    run(0.5 * ms, target=target)
    restore("half")
    run(0.2 * ms, target=target)

    assert group.n[0] == 7
    assert group.t_ == pytest.approx(7e-4)


def test_magic_restore_of_other_objects_is_refused():
    group = NeuronGroup(1, "x : 1", name="known")
    group.x = 1
    store()
    group.x = 2
    late = StateMonitor(group, "x", record=0, name="late")
    with pytest.raises(ModelError, match=r"(?s)other objects.*not in the snapshot: 'late'"):
        restore()
    assert group.x[0] == 2
    del late
    restore()

    assert group.x[0] == 1


def test_magic_run_of_objects_made_after_the_snapshot_is_ambiguous():
    group = NeuronGroup(1, "x : 1")
    store()
    late = NeuronGroup(1, "x : 1", name="late")

    with pytest.raises(MagicError, match="'late'"):
        run(0.1 * ms, target="numpy")
    assert group.t_ == late.t_ == 0


def test_magic_restore_without_a_snapshot_is_refused():
    group = NeuronGroup(1, "x : 1")

    with pytest.raises(ModelError, match=r"(?s)was not stored under the name 'default'.*none"):
        restore()
    assert group.x[0] == 0


def test_magic_files(tmp_path, target):
    group = NeuronGroup(1, "n : integer", name="counter")
    group.run_regularly("n += 1", name="counting")
    run(0.3 * ms, target=target)
    store(filename=tmp_path / "state")
    start_scope()
    group = NeuronGroup(1, "n : integer", name="counter")
    group.run_regularly("n += 1", name="counting")
    restore(filename=tmp_path / "state")
    run(0.2 * ms, target=target)

    assert group.n[0] == 5
    assert group.t_ == pytest.approx(5e-4)


# ------------------------------------------------------------------------------------- files


def test_file_goes_to_another_process(tmp_path, target):
    path = tmp_path / "snapshot.npz"
    net = network()
    net.run(5 * ms, target=target)
    net.store("kept", filename=path)
    net.run(5 * ms, target=target)
    expected = state(net)
    start_scope()
    seed(77)
    other = network()
    other.restore("kept", filename=path, restore_random_state=True)
    other.run(5 * ms, target=target)

    assert_same(state(other), expected)


def test_file_is_arrays_without_pickled_objects(tmp_path):
    net = network()
    net.run(2 * ms, target="numpy")
    net.store(filename=str(tmp_path / "snapshot"))

    with np.load(tmp_path / "snapshot", allow_pickle=False) as arrays:
        assert arrays["eqsim/format"] == "eqsim snapshot"
        np.testing.assert_array_equal(arrays["object/cells/variable.v"], net["cells"].v)
        assert all(arrays[name].dtype.kind in "biufU" for name in arrays.files)
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]


def test_file_is_replaced_as_a_whole(tmp_path, monkeypatch):
    group = NeuronGroup(2, "x : 1")
    net = Network(group)
    path = tmp_path / "snapshot.npz"
    net.store(filename=path)
    group.x = 1

    def fail(file, **arrays):
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", fail)
        with pytest.raises(RunError, match=r"cannot write the snapshot .*No space left"):
            net.store(filename=path)
    assert [each.name for each in tmp_path.iterdir()] == ["snapshot.npz"]
    net.restore(filename=path)

    np.testing.assert_array_equal(group.x, [0, 0])


def test_files_that_are_not_there_are_told(tmp_path):
    net = Network(NeuronGroup(1, "x : 1"))

    with pytest.raises(RunError, match=r"cannot read the snapshot .*No such file"):
        net.restore(filename=tmp_path / "nothing")
    with pytest.raises(RunError, match=r"cannot write the snapshot .*No such file"):
        net.store(filename=tmp_path / "no" / "folder")
    with pytest.raises(RunError, match="cannot read the snapshot"):
        net.restore(filename=tmp_path)


def saved(tmp_path):
    group = NeuronGroup(3, "x : 1", name="group")
    net = Network(group)
    path = tmp_path / "snapshot.npz"
    net.store(filename=path)
    group.x = 5
    return net, group, path


FOREIGN = {
    "text": lambda path: path.write_text("x = 1"),
    "nothing": lambda path: path.write_bytes(b""),
    "one array": lambda path: np.save(path.open("wb"), np.zeros(3)),
    "other arrays": lambda path: np.savez(path.open("wb"), x=np.zeros(3)),
    "no arrays": lambda path: zipfile.ZipFile(path, "w").close(),
    "another archive": lambda path: zipfile.ZipFile(path, "w").writestr("a.txt", "text"),
    "another format": lambda path: np.savez(path.open("wb"), **{"eqsim/format": np.array(3)}),
}


@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_foreign_files_are_refused(tmp_path, make):
    net, group, path = saved(tmp_path)
    make(path)

    with pytest.raises(RunError, match=r"is no snapshot of eqsim|is damaged"):
        net.restore(filename=path)
    np.testing.assert_array_equal(group.x, [5] * 3)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_files_are_refused_or_hold_what_was_stored(tmp_path, data):
    net, group, path = saved(tmp_path)
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans(), "truncated"):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(content))

    try:
        net.restore(filename=path)
    except (RunError, ModelError):
        np.testing.assert_array_equal(group.x, [5] * 3)
    else:
        np.testing.assert_array_equal(group.x, [0] * 3)


def rewritten(path, **changes):
    with np.load(path) as arrays:
        content = {name: arrays[name] for name in arrays.files}
    content |= {name.replace("__", "/"): value for name, value in changes.items()}
    with path.open("wb") as file:
        np.savez(file, **{name: value for name, value in content.items() if value is not None})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"eqsim__version": np.array(2)}, "has version 2 of the format"),
        ({"eqsim__name": np.array("other")}, r"(?s)holds the snapshot 'other', not 'default'"),
        ({"network__time": None}, "is damaged"),
        ({"network__time": np.array(-1.0)}, "is damaged"),
        ({"network__time": np.array([0.0])}, "is damaged"),
        ({"object__group__timestep": None}, "the snapshot has no 'timestep'"),
        ({"object__group__timestep": np.array(1.5)}, "'timestep' is int64, in the snapshot"),
        ({"object__group__clock.dt": np.array(-1.0)}, "has the step -1.0 s"),
        ({"object__group__more": np.zeros(2)}, "it has no 'more', which the snapshot has"),
        ({"object__other__x": np.zeros(2)}, "not in the network: 'other'"),
    ],
)
def test_content_that_does_not_fit_is_refused(tmp_path, changes, said):
    net, group, path = saved(tmp_path)
    rewritten(path, **changes)

    with pytest.raises((RunError, ModelError), match=said):
        net.restore(filename=path)
    np.testing.assert_array_equal(group.x, [5] * 3)


def test_random_state_that_is_not_there_is_refused(tmp_path):
    net, group, path = saved(tmp_path)
    rewritten(path, random__seed=None)

    with pytest.raises(ModelError, match="the snapshot has no 'seed'"):
        net.restore(filename=path, restore_random_state=True)
    np.testing.assert_array_equal(group.x, [5] * 3)
    net.restore(filename=path)
    np.testing.assert_array_equal(group.x, [0] * 3)


def test_file_of_a_script_is_restored_in_a_new_process(tmp_path):
    script = """
    import sys
    from eqsim import *
    seed(4)
    G = NeuronGroup(5, 'dx/dt = xi*ms**-0.5 : 1', method='euler')
    M = StateMonitor(G, 'x', record=True, dt=0.2*ms)
    if sys.argv[1] == 'first':
        run(0.5*ms, target='numpy')
        store(filename='state')
    else:
        restore(filename='state', restore_random_state=True)
    run(0.5*ms, target='numpy')
    print(G.x[:].tobytes().hex(), M.x.tobytes().hex(), G.t)
    """
    said = [
        subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), which],
            cwd=tmp_path, capture_output=True, text=True, check=True,
        ).stdout
        for which in ("first", "second")
    ]  # fmt: skip

    assert said[0] == said[1] != ""


# ---------------------------------------------------------------------------------- refusals


def test_unknown_names_are_refused():
    net = Network(NeuronGroup(1, "x : 1"))
    net.store("before")

    with pytest.raises(ModelError, match=r"(?s)its snapshots: 'before'.*did you mean 'before'"):
        net.restore("befor")
    for wrong in (3, None):
        with pytest.raises(ModelError, match="must be a text"):
            net.store(wrong)


def test_missing_and_new_objects_are_both_told():
    first, second_ = NeuronGroup(1, "x : 1", name="first"), NeuronGroup(1, "x : 1", name="second_")
    net = Network(first)
    net.store()
    net.remove(first)
    net.add(second_)

    with pytest.raises(ModelError) as caught:
        net.restore()
    assert str(caught.value) == (
        "the network has other objects than the snapshot\n"
        "  not in the network: 'first'\n"
        "  not in the snapshot: 'second_'\n"
        "  a snapshot is restored into objects of the same names, monitors included"
    )


@pytest.mark.parametrize(
    ("model", "n", "said"),
    [
        ("x : 1", 4, "'x' has 4 values, in the snapshot 3 values"),
        ("x : 1 (shared)", 3, "'x' has 1 value, in the snapshot 3 values"),
        ("y : 1", 3, "it has no 'x', which the snapshot has"),
        ("x : 1\ny : 1", 3, "the snapshot has no 'y'"),
        ("x : integer", 3, "'x' is int32, in the snapshot float64"),
    ],
)
def test_other_groups_of_the_same_name_are_refused(tmp_path, model, n, said):
    path = tmp_path / "snapshot"
    Network(NeuronGroup(3, "x : 1", name="group")).store(filename=path)
    other = NeuronGroup(n, model, name="group")
    net = Network(other)

    with pytest.raises(
        ModelError, match=r"(?s)'group' is not as it was in the snapshot"
    ) as caught:
        net.restore(filename=path)
    assert said in str(caught.value)


def test_monitors_of_other_things_are_refused(tmp_path):
    def monitored(record, variables):
        group = NeuronGroup(3, "x : 1\ny : 1", name="group", threshold="x > 3", reset="x = 0")
        return Network(
            group,
            StateMonitor(group, variables, record=record, name="trace"),
            SpikeMonitor(group, variables, name="spikes"),
        )

    path = tmp_path / "snapshot"
    net = monitored([0, 1], ["x"])
    net.run(0.3 * ms, target="numpy")
    net.store(filename=path)

    for record, variables, said in (
        ([0], ["x"], "of others than 1 neuron"),
        ([0, 1], ["x", "y"], "the snapshot has no 'y'"),
        ([0, 1], ["y"], "it has no 'x'"),
    ):
        with pytest.raises(ModelError, match=said):
            monitored(record, variables).restore(filename=path)


def test_nothing_is_restored_if_one_object_does_not_fit():
    first, second_ = NeuronGroup(2, "x : 1", name="first"), NeuronGroup(2, "x : 1", name="last")
    net = Network(first, second_)
    net.store()
    first.x = 4
    net.remove(second_)
    net.add(NeuronGroup(3, "x : 1", name="last"))
    net.run(0.1 * ms, target="numpy")

    with pytest.raises(ModelError, match="'last' is not as it was"):
        net.restore()
    np.testing.assert_array_equal(first.x, [4, 4])
    assert net.t == 0.1 * ms


def test_objects_that_share_a_clock_now_and_did_not_then_are_refused(tmp_path):
    path = tmp_path / "snapshot"

    def pair(**options):
        return Network(
            NeuronGroup(1, "x : 1", name="first"), NeuronGroup(1, "x : 1", name="last", **options)
        )

    net = pair(dt=0.2 * ms)
    net.store(filename=path)

    with pytest.raises(ModelError, match=r"(?s)'first' and 'last' share the clock"):
        pair().restore(filename=path)
    pair(dt=0.5 * ms).restore(filename=path)


def test_other_single_times_are_refused():
    group = NeuronGroup(1, "x : 1", name="group")
    group.run_at("x = 1", [1, 2] * ms, name="change")
    net = Network(group)
    net.store()
    other = NeuronGroup(1, "x : 1", name="group")
    other.run_at("x = 1", [1, 3] * ms, name="change")
    net.remove(group)
    net.add(other)

    with pytest.raises(ModelError, match="its clock 'eventclock_1' has other times"):
        net.restore()
