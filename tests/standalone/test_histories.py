"""Programs of their own keep what was, as runs in this process do."""

import numpy as np
import pytest

from eqsim import Cpp, History, Network, NeuronGroup, StateMonitor, Synapses, ms

pytestmark = pytest.mark.compiler


def network():
    group = NeuronGroup(
        3, "dx/dt = (heard - past_x(t - tau, i))/ms : 1\nheard : 1\ntau : second", method="rk4",
        name="group",
    )  # fmt: skip
    group.x, group.tau = [1, 2, -1], [0.5, 1, 1.33] * ms
    past = History(group, "x", 2 * ms, before=lambda t: 1 + t / ms, name="past")
    group.namespace["past_x"] = past
    synapses = Synapses(
        group, group, "heard_post = 0.1*past_x(t - (1 + i)*0.3*ms, i) : 1 (summed)",
        namespace={"past_x": past}, name="synapses",
    )  # fmt: skip
    synapses.connect("i != j")
    monitor = StateMonitor(group, "x", record=True, name="monitor")
    return Network(group, past, synapses, monitor)


def test_a_program_of_its_own_gives_the_same_bits(compiled, tmp_path):
    here = network()
    here.run(2 * ms, target=Cpp(threads=1))
    program = compiled(here, tmp_path, 3 * ms)
    here.run(3 * ms, target=Cpp(threads=1))

    for threads in (1, 2):
        results = program.run("--threads", str(threads), results=f"results-{threads}")
        assert np.array_equal(results["group"].x, here["group"].x)
        assert np.array_equal(results["monitor"].x, here["monitor"].x[:, 20:])
