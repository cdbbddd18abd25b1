"""The engine: a simulation that is closed, busy, made twice, or from before a fork."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import numpy as np
import pytest

from eqsim import Cpp, Network, NeuronGroup, StateMonitor
from eqsim.errors import RunError
from eqsim.runtime.engine import Library, LibrarySimulation

pytestmark = pytest.mark.compiler


def opened(steps: int, threads: int = 1, size: int = 10):
    """Open a simulation; return it with the name of a record."""
    group = NeuronGroup(size, "dx/dt = 1/ms : 1", method="euler", name="cells")
    monitor = StateMonitor(group, "x", record=[0], name="trace")
    lowered = Network(group, monitor).lower({})
    for name, clock in lowered.clocks.items():
        lowered.memory.arrays[f"{name}.dt"][0] = clock.dt_
        lowered.memory.arrays[f"{name}.end"][0] = steps
    return Cpp(threads=threads).open(lowered.program, lowered.memory), "trace.values"


def test_a_closed_simulation_is_refused_and_closes_again():
    simulation, record = opened(10)
    assert simulation.advance(3) == 3
    assert len(simulation.take(record)[0][0]) == 3
    simulation.close()
    simulation.close()

    for use in (lambda: simulation.advance(1), lambda: simulation.take(record)):
        with pytest.raises(RunError, match=r"^the simulation is closed$"):
            use()


def test_a_simulation_that_another_thread_runs_is_refused():
    simulation, record = opened(20_000_000)
    thread = threading.Thread(target=simulation.advance, args=(1_000_000,))
    refused: list[str] = []
    thread.start()
    time.sleep(0.01)
    for use in (simulation.close, lambda: simulation.take(record), lambda: simulation.advance(1)):
        try:
            use()
        except RunError as error:
            refused.append(str(error))
        if not thread.is_alive():
            pytest.skip("the other thread was faster")
    thread.join()

    assert refused == ["the simulation is running in another thread"] * 3
    assert len(simulation.take(record)[0][0]) == 1_000_000
    simulation.close()


def test_initialising_again_changes_nothing():
    simulation, record = opened(10)
    simulation.advance(2)

    simulation.__init__(None, 1, np.zeros(0), [], {}, 1)

    assert len(simulation.take(record)[0][0]) == 2
    simulation.close()


def test_making_a_simulation_of_nothing_is_refused():
    with pytest.raises(TypeError):
        LibrarySimulation(None, 1, np.zeros(0), [], {}, 1)
    with pytest.raises(RunError, match="cannot load the compiled simulation"):
        Library("/nothing.so")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_simulation_from_before_a_fork_is_refused_and_can_be_closed():
    simulation, record = opened(10)
    source, sink = os.pipe()
    with warnings.catch_warnings():
        # That threads do not survive a fork is what this is about.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        said = []
        for use in (lambda: simulation.advance(1), lambda: simulation.take(record)):
            try:
                use()
            except RunError as error:
                said.append("'spawn'" in str(error))
        simulation.close()
        os.write(sink, repr(said).encode())
        os._exit(0)
    os.close(sink)
    with open(source) as pipe:  # noqa: PTH123 - a number
        assert pipe.read() == "[True, True]"
    os.waitpid(child, 0)

    assert simulation.advance(20) == 10
    simulation.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_run_with_threads_ends_in_a_forked_process_with_the_same_results(compiled_programs):
    script = """
    import os, sys
    from eqsim import Cpp, Network, NeuronGroup, ms, seed
    def results():
        seed(3)
        G = NeuronGroup(20000, 'dx/dt = -x/ms + xi*ms**-0.5 : 1', method='euler', name='cells')
        Network(G).run(2*ms, target=Cpp(threads=2))
        return G.x[:].tobytes()
    expected = results()
    child = os.fork()
    if child == 0:
        os._exit(7 if results() == expected else 1)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "EQSIM_CACHE_DIR": str(compiled_programs)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 7, done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs limits of memory")
def test_fewer_threads_than_asked_for_do_the_same(compiled_programs):
    script = """
    import resource
    from eqsim import Cpp, Network, NeuronGroup, SpikeMonitor, ms, seed

    def opened(threads):
        seed(3)
        G = NeuronGroup(3000, 'dx/dt = -x/ms + xi*ms**-0.5 : 1', threshold='x > 1', reset='x = 0',
                        method='euler', name='cells')
        lowered = Network(G, SpikeMonitor(G, name='spikes')).lower({})
        for name, clock in lowered.clocks.items():
            lowered.memory.arrays[f'{name}.dt'][0] = clock.dt_
            lowered.memory.arrays[f'{name}.end'][0] = 100
        return Cpp(threads=threads).open(lowered.program, lowered.memory), lowered

    def spikes(simulation):
        return [column.tobytes() for column in simulation.take('spikes')[0]]

    def threads():
        return int(open('/proc/self/status').read().split('Threads:')[1].split()[0])

    whole, _ = opened(2)
    whole.advance(100)
    expected = spikes(whole)
    assert len(expected[0]) > 400

    # Room for the stacks of few threads.
    used = 1024 * int(open('/proc/self/status').read().split('VmSize:')[1].split()[0])
    before = threads()
    resource.setrlimit(resource.RLIMIT_AS, (used + 60 * 2**20, -1))
    simulation, _ = opened(64)
    print(threads() - before)
    simulation.advance(50)
    simulation.advance(50)
    assert spikes(simulation) == expected
    simulation.close()
    assert threads() == before
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "EQSIM_CACHE_DIR": str(compiled_programs)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert 0 < int(done.stdout) < 63


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs the times of threads")
def test_threads_that_wait_sleep(compiled_programs):
    script = """
    import time
    from eqsim import Cpp, Network, NeuronGroup, ms

    G = NeuronGroup(10, 'dx/dt = 1/ms : 1', method='euler', name='cells')
    lowered = Network(G).lower({})
    simulation = Cpp(threads=2).open(lowered.program, lowered.memory)
    simulation.advance(1)
    time.sleep(0.1)
    began = time.process_time()
    time.sleep(0.5)
    print(time.process_time() - began)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "EQSIM_CACHE_DIR": str(compiled_programs)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 0.1
