"""The loop over time: what is taken when something fails, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from typing import Any

import numpy as np
import pytest

from eqsim import Network, NeuronGroup, StateMonitor, ms
from eqsim.errors import RunError
from eqsim.program.nodes import Program
from eqsim.runtime.drive import Interruption, deferred_keyboard_interrupt, drive
from eqsim.runtime.memory import Memory
from eqsim.runtime.progress import Progress, make_report
from eqsim.runtime.simulation import Simulation
from eqsim.targets import Numpy


class Failing:
    """A simulation that records one row per record, fails, and has some records that fail too."""

    paused = None

    def __init__(self, failure: BaseException | None, broken: dict[str, BaseException]) -> None:
        self.failure = failure
        self.broken = broken

    def advance(self, ticks: int) -> int:
        if self.failure is not None:
            raise self.failure
        return ticks - 1

    def take(self, record: str) -> list[tuple[np.ndarray, ...]]:
        if record in self.broken:
            raise self.broken[record]
        return [(np.ones(1),)]

    def close(self) -> None:
        pass


class Run:
    """A simulation and three records, of which it notes those that were taken."""

    def __init__(self, simulation: Any) -> None:
        self.simulation = simulation
        self.taken: set[str] = set()
        self.takes = {name: (lambda _rows, name=name: self.taken.add(name)) for name in "abc"}

    def completed(self) -> float:
        return 0.5

    def pause(self, name: str) -> None:
        raise AssertionError(name)


def progress() -> Progress:
    return Progress(make_report(None), 10.0, 0.0, 1.0)


def driven(simulation: Failing) -> tuple[set[str], BaseException | None]:
    """Drive a simulation with three records; return which of them were taken, and the error."""
    run = Run(simulation)
    try:
        drive(run, progress(), Interruption())
    except (RunError, MemoryError, KeyboardInterrupt) as error:
        return run.taken, error
    return run.taken, None


def test_all_records_are_taken_when_the_simulation_fails():
    failure = RunError("out of memory")

    assert driven(Failing(failure, {})) == ({"a", "b", "c"}, failure)


@pytest.mark.parametrize("failure", [RunError("failed"), KeyboardInterrupt()])
def test_a_record_that_cannot_be_taken_neither_hides_the_failure_nor_loses_others(failure):
    lost = MemoryError()

    taken, error = driven(Failing(failure, {"a": lost}))

    assert taken == {"b", "c"}
    assert error is failure
    assert error.__cause__ is lost


def test_of_several_records_that_cannot_be_taken_all_are_told():
    first, second = MemoryError("a"), MemoryError("c")

    taken, error = driven(Failing(None, {"a": first, "c": second}))

    assert taken == {"b"}
    assert error is second
    assert error.__context__ is first


class Pausing:
    """A simulation of one step with two pauses, which may have a record that cannot be taken."""

    def __init__(self, broken: BaseException | None) -> None:
        self.broken = broken
        self.stands = 0
        self.taken = 0

    @property
    def paused(self) -> str | None:
        return None if self.stands in (0, 3) else f"pause {self.stands}"

    def advance(self, ticks: int) -> int:
        self.stands += 1
        return int(self.stands == 3)

    def take(self, record: str) -> list[tuple[np.ndarray, ...]]:
        if self.broken is not None:
            raise self.broken
        self.taken = self.stands
        return [(np.ones(1),)]

    def close(self) -> None:
        pass


class Faulty(Run):
    """Fails at each pause."""

    def pause(self, name: str) -> None:
        raise ValueError(name)


def test_a_failure_at_a_pause_completes_the_step_and_takes_all_records():
    run = Faulty(Pausing(None))

    with pytest.raises(ValueError, match="pause 1"):
        drive(run, progress(), Interruption())
    assert run.simulation.stands == 3
    assert run.simulation.taken == 3


def test_a_record_that_cannot_be_taken_at_a_pause_completes_the_step():
    run = Faulty(Pausing(MemoryError()))

    with pytest.raises(MemoryError):
        drive(run, progress(), Interruption())
    assert run.simulation.stands == 3


class ShortOfMemory(Numpy):
    """The reference, whose monitors' values find no memory in the step ``limit``."""

    limit = 5

    def open(self, program: Program, memory: Memory) -> Simulation:
        return Short(super().open(program, memory), self.limit)


class Short:
    """A simulation that runs out of memory between the records of one monitor."""

    def __init__(self, simulation: Simulation, limit: int) -> None:
        self.simulation = simulation
        self.left = limit

    @property
    def paused(self) -> str | None:
        return self.simulation.paused

    def advance(self, ticks: int) -> int:
        done = self.simulation.advance(min(ticks, self.left))
        self.left -= done
        if self.left == 0:
            raise RunError("out of memory for what the monitors record")
        return done

    def take(self, record: str) -> list[tuple[Any, ...]]:
        rows = self.simulation.take(record)
        if self.left == 0 and record.endswith(".values"):
            # The last step's time is recorded, and only some of its values.
            return [tuple(column[:-1] for column in instance) for instance in rows]
        return rows

    def close(self) -> None:
        self.simulation.close()


@pytest.mark.parametrize("record", [[0, 2], True, [1], []])
def test_times_and_values_fit_after_a_run_out_of_memory_and_when_it_goes_on(record):
    group = NeuronGroup(3, "n : integer")
    group.run_regularly("n += 1")
    monitor = StateMonitor(group, "n", record=record)
    network = Network(group, monitor)

    with pytest.raises(RunError, match="out of memory"):
        network.run(10 * ms, target=ShortOfMemory())
    network.run(1 * ms, target="numpy")

    kept = 4 if len(monitor.record) else 5
    assert len(monitor) == len(monitor.t) == kept + 10
    assert monitor.n.shape == (len(monitor.record), kept + 10)
    steps = np.rint(monitor.t_ / 1e-4)
    assert steps[kept - 1 : kept + 1].tolist() == [kept - 1, 5]
    for values in monitor.n:
        assert (values == steps + 1).all()


def test_times_and_values_fit_right_after_a_run_out_of_memory():
    group = NeuronGroup(3, "n : integer")
    monitor = StateMonitor(group, "n", record=[0, 2])

    with pytest.raises(RunError, match="out of memory"):
        Network(group, monitor).run(10 * ms, target=ShortOfMemory())

    assert monitor.n.shape == (2, 4)
    assert monitor.t.shape == (4,)


# ------------------------------------------------------------------------------------- Ctrl-C


def test_the_first_interrupt_is_noted_and_the_second_raised():
    before = signal.getsignal(signal.SIGINT)
    interruption = Interruption()

    with deferred_keyboard_interrupt(interruption):
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.by_keyboard
        assert signal.getsignal(signal.SIGINT) is not before
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is before

    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_interrupt_ends_a_long_step():
    script = """
    import os, signal, threading, time
    from eqsim.runtime.drive import Interruption, deferred_keyboard_interrupt
    def press():
        for _ in range(2):
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=press).start()
    began = time.monotonic()
    try:
        with deferred_keyboard_interrupt(Interruption()):
            for _ in range(3000):
                time.sleep(0.01)
    except KeyboardInterrupt:
        print(0.3 < time.monotonic() - began < 20)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert done.stdout == "True\n"


def test_a_handler_that_is_not_of_python_stays():
    # Of a program that embeds Python, say.
    seen: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signal, "getsignal", lambda _number: None)
        patch.setattr(signal, "signal", lambda *given: seen.append(given))
        with deferred_keyboard_interrupt(Interruption()):
            pass

    assert seen == []


def test_threads_leave_the_handler_alone():
    before = signal.getsignal(signal.SIGINT)
    within = []

    def run() -> None:
        with deferred_keyboard_interrupt(Interruption()):
            within.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert within == [before]
