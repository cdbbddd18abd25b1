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


TEAMS = """
import ctypes
from eqsim import Cpp, Network, NeuronGroup, SpikeMonitor, ms, seed
from eqsim.errors import RunError

openmp = ctypes.CDLL('libgomp.so.1')

def model():
    seed(3)
    G = NeuronGroup(3000, 'dx/dt = -x/ms + xi*ms**-0.5 : 1', threshold='x > 1', reset='x = 0',
                    method='euler', name='cells')
    return Network(G, SpikeMonitor(G, name='spikes'))

def opened(network):
    lowered = network.lower({})
    for name, clock in lowered.clocks.items():
        lowered.memory.arrays[f'{name}.dt'][0] = clock.dt_
        lowered.memory.arrays[f'{name}.end'][0] = 100
    return Cpp(threads=2).open(lowered.program, lowered.memory), lowered

def spikes(simulation):
    return [column.tobytes() for column in simulation.take('spikes')[0]]

whole, _ = opened(model())
whole.advance(100)
expected = spikes(whole)
assert len(expected[0]) > 400
"""


@pytest.mark.parametrize(
    "script",
    [
        # Fewer threads later: refused before anything is computed, and it goes on with all.
        """
        simulation, lowered = opened(model())
        simulation.advance(50)
        openmp.omp_set_max_active_levels(0)
        try:
            simulation.advance(50)
        except RunError as error:
            print(str(error))
        assert [int(lowered.memory.arrays[f'{n}.timestep'][0]) for n in lowered.clocks] == [50]
        openmp.omp_set_max_active_levels(1)
        assert simulation.advance(50) == 50
        assert spikes(simulation) == expected
        """,
        # Fewer threads from the beginning on: all work is done, and the team stays.
        """
        simulation, _ = opened(model())
        openmp.omp_set_max_active_levels(0)
        simulation.advance(50)
        openmp.omp_set_max_active_levels(1)
        simulation.advance(50)
        assert spikes(simulation) == expected
        print('fewer threads than at the beginning')
        """,
        # A caller who lets the system choose: not within a simulation, and again after it.
        """
        openmp.omp_set_dynamic(1)
        simulation, _ = opened(model())
        for _ in range(10):
            simulation.advance(10)
        assert openmp.omp_get_dynamic() == 1
        assert spikes(simulation) == expected
        print('fewer threads than at the beginning')
        """,
    ],
    ids=["later", "first", "dynamic"],
)
def test_the_team_of_threads_stays_that_of_the_first_advance(script, compiled_programs):
    done = subprocess.run(
        [sys.executable, "-c", TEAMS + textwrap.dedent(script)],
        env={**os.environ, "EQSIM_CACHE_DIR": str(compiled_programs)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    if "libgomp.so.1: cannot open" in done.stderr:
        pytest.skip("OpenMP is not that of GCC")
    assert done.returncode == 0, done.stderr
    assert "fewer threads than at the beginning" in done.stdout
