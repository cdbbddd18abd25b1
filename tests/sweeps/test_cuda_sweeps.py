"""Sweeps on devices: batches are instances of the same kernels, as many as there is room for."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import emulation
import numpy as np
import pytest
from emulation import EmulatedCuda
from fake_driver import install

from eqsim import Cuda, Network, NeuronGroup, SpikeMonitor, StateMonitor, Synapses, ms, sweep
from eqsim.build.library import build_library
from eqsim.cli import main
from eqsim.errors import SweepError, TargetError
from eqsim.sweeps.executors import workers_of
from eqsim.sweeps.job import Job
from eqsim.sweeps.networks import NetworkRunner
from eqsim.sweeps.recording import recordings_of
from eqsim.sweeps.sampling import grid
from eqsim.targets.cuda import memory as plan
from eqsim.targets.cuda.memory import memory_on_device

pytestmark = [pytest.mark.compiler, pytest.mark.cuda]
DURATION = 8 * ms
MODES = ("launches", "graph", "persistent")


def bits(found):
    """All values of a sweep, those of different lengths one by one."""
    for name in found.data_vars:
        for place, values in np.ndenumerate(found[name].values):
            yield name, place, np.asarray(values).tobytes()


def test_batches_have_the_bits_of_processors_in_every_mode(model):
    net, namespace, axes = model
    options = {"duration": DURATION, "namespace": namespace, "repeats": 2, "seed": 3, "batch": 5}
    expected = list(bits(sweep(net, axes, target="cpp", **options)))

    for order, mode in enumerate(MODES):
        found = sweep(net, axes, target=EmulatedCuda(mode=mode, order=str(order)), **options)
        assert found.attrs["programs"] == 1
        assert list(bits(found)) == expected, mode


def network():
    cells = NeuronGroup(
        40, "dv/dt = (drive - v)/tau : 1\ndw/dt = gain*(w**2 + 1)/ms : 1",
        threshold="v > 1", reset="v = 0", method="euler", name="cells",
    )  # fmt: skip
    loop = Synapses(cells, cells, on_pre="v_post += 0.01", delay=1 * ms, name="loop")
    loop.connect(j="(i + 1) % 40")
    spikes = SpikeMonitor(cells, name="spikes")
    return Network(cells, loop, spikes, StateMonitor(cells, "v", record=True, name="trace"))


AROUND = {"tau": 5 * ms, "drive": 1.5, "gain": 0.0}
DRIVES = {"drive": np.linspace(0.5, 3, 12)}


def swept(target, space=DRIVES, **options):
    given = {"duration": 5 * ms, "record": ["trace.v", "spikes.count"], "namespace": AROUND}
    return sweep(network(), space, target=target, seed=1, **{**given, **options})


def test_all_batches_run_one_library(monkeypatch):
    built = []
    monkeypatch.setattr(
        emulation, "build_library", lambda *given: built.append(build_library(*given)) or built[-1]
    )

    swept(EmulatedCuda(), batch=2)

    assert (len(built), len(set(built))) == (6, 1)


@pytest.mark.parametrize("mode", MODES)
def test_a_run_that_diverges_takes_nothing_with_it(mode):
    gains = [0.0, 1e9, 0.1, 1e9, 0.2]
    target = EmulatedCuda(mode=mode)

    found = swept(target, {"gain": gains}, errors="keep", batch=5)

    assert found["status"].values.tolist() == ["done", "failed", "done", "failed", "done"]
    expected = swept("cpp", {"gain": [gain for gain in gains if gain < 1]})
    np.testing.assert_array_equal(found["trace.v"].values[::2], expected["trace.v"].values)


# ------------------------------------------------------------------------------------- memory


def job_of(target, runs=4000):
    net = network()
    space = grid({"drive": np.linspace(0.5, 3, runs)})
    return Job(net, AROUND, space, 1, 1, 5 * ms, recordings_of(None, net), target)


@pytest.fixture
def fake_driver(monkeypatch, tmp_path):
    return partial(install, monkeypatch, tmp_path)


def needed_by(runner):
    instances = runner.model.first.instances
    return memory_on_device(instances.program, instances.template)


def test_a_batch_is_as_large_as_the_free_memory_of_the_device_allows(fake_driver):
    fake_driver(FREE=10**11)
    plenty = NetworkRunner(job_of(Cuda()))
    needed = needed_by(plenty)
    assert plenty.at_once > 300

    fake_driver_of = {n: int((needed.common + needed.each * n) / 0.8) + 200 for n in (1, 7, 100)}
    for wanted, free in fake_driver_of.items():
        fake_driver(FREE=free)
        assert NetworkRunner(job_of(Cuda())).at_once == wanted
    fake_driver(FREE=1000)
    assert NetworkRunner(job_of(Cuda())).at_once == 1


def test_workers_of_one_device_share_its_memory(fake_driver):
    needed = needed_by(NetworkRunner(job_of(Cuda(device=0))))
    fake_driver(FREE=int(4 * (needed.common + needed.each * 10) / 0.8) + 200, DEVICES=2)

    assert NetworkRunner(job_of(Cuda()), workers=8).at_once == 10
    assert NetworkRunner(job_of(Cuda(device=0)), workers=4).at_once == 10


@pytest.mark.parametrize("instances", [1, 9])
def test_what_is_planned_is_enough(model, instances, monkeypatch):
    monkeypatch.setattr(plan, "RECORDS", 2**18)  # as emulated
    net, namespace, axes = model
    job = Job(net, namespace, grid(axes), 2, 1, DURATION, recordings_of(None, net), EmulatedCuda())
    needed = needed_by(NetworkRunner(job))
    allowed = needed.common + instances * needed.each

    assert needed.instances(allowed) == instances
    monkeypatch.setenv("EQSIM_EMULATED_MEMORY", str(allowed))
    runs = min(instances, job.runs)
    first = NetworkRunner(job)
    first.at_once = runs
    assert not first.run(0, runs).failures


# ------------------------------------------------------------------------------ several devices


@dataclass(frozen=True)
class Watched(EmulatedCuda):
    """Tells on which devices the first batches are, which wait for each other."""

    seen: Any = None

    def open(self, program, memory):
        number, barrier = self.seen
        number.append((threading.get_ident(), self.device))
        if len(number) <= 2:
            barrier.wait(timeout=60)
        return super().open(program, memory)


def test_threads_have_a_device_each(monkeypatch):
    monkeypatch.setenv("EQSIM_EMULATED_DEVICES", "2")
    seen = []

    found = swept(Watched(seen=(seen, threading.Barrier(2))), batch=1)

    assert len(seen) == 12
    assert len(set(seen)) == 2
    assert {device for _, device in seen} == {0, 1}
    expected = swept("cpp")
    assert list(bits(found)) == list(bits(expected))


def test_a_certain_device_is_the_only_one(fake_driver):
    fake_driver(DEVICES=4)

    for target, count in ((Cuda(), 4), (Cuda(device=2), 1)):
        workers = workers_of(None, job_of(target, runs=2))
        workers.executor.shutdown()
        assert workers.count == count


def test_a_device_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setenv("EQSIM_EMULATED_DEVICES", "2")

    with pytest.raises(SweepError, match="RunError: the device failed"):
        swept(EmulatedCuda(device=2), retries=0)


# -------------------------------------------------------------------------------- no device


@dataclass(frozen=True)
class Missing(EmulatedCuda):
    def unavailable(self):
        return "NVIDIA's driver finds no device; 'nvidia-smi' tells what it sees"

    def open(self, program, memory):
        raise TargetError(f"target 'cuda' cannot run here\n  {self.unavailable()}")


class Away(Executor):
    """Like an executor of other machines: nobody here knows whether those have devices."""

    def __init__(self):
        self.tries = 0

    def submit(self, function, *arguments, **options):
        self.tries += 1
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments, **options))
        except Exception as error:
            future.set_exception(error)
        return future


TOLD = "target 'cuda' cannot run here\n  NVIDIA's driver finds no device; 'nvidia-smi' tells"


def test_a_machine_without_a_device_is_told_before_anything_runs():
    with pytest.raises(TargetError) as failure:
        swept(Missing())
    assert str(failure.value).startswith(TOLD)


def test_workers_without_a_device_are_told_after_all_tries():
    executor = Away()

    with pytest.raises(TargetError) as failure:
        swept(Missing(), executor=executor, batch=12, retries=2)

    assert str(failure.value).startswith(TOLD)
    assert executor.tries == 3


# ------------------------------------------------------------------------------ command line

SCRIPT = """
from eqsim import *
tau = 5*ms
cells = NeuronGroup(2, 'dv/dt = (2 - v)/tau : 1', threshold='v > 1', reset='v = 0',
                    method='exact', name='cells')
spikes = SpikeMonitor(cells, name='spikes')
run(20*ms)
"""


def test_the_command_line_sweeps_on_devices(tmp_path, monkeypatch, capsys):
    script = tmp_path / "model.py"
    script.write_text(SCRIPT)
    opened = []

    def emulated(self, program, memory):
        opened.append((self.architecture, memory.instances))
        return EmulatedCuda(self.architecture).open(program, memory)

    monkeypatch.setattr(Cuda, "unavailable", lambda _: None)
    monkeypatch.setattr(Cuda, "open", emulated)
    command = ["sweep", str(script), "--grid", "tau=2,4,8ms", "--record", "n=spikes.count"]

    status = main([*command, "--target", "cuda", "--architecture", "sm_90", "--batch", "3"])

    assert status == 0
    assert opened == [("sm_90", 3)]
    assert "tau" in capsys.readouterr().out
    assert main([*command, "--architecture", "sm_90"]) != 0
    assert "--architecture is for devices" in capsys.readouterr().err
