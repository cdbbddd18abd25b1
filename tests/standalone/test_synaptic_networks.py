"""Exported networks with synapses: the program's results are those of a run within Python."""

import shutil
import subprocess

import numpy as np
import pytest

import eqsim
from eqsim import Cpp, Network, NeuronGroup, SpikeMonitor, StateMonitor, Synapses, ms, seed

pytestmark = [
    pytest.mark.compiler,
    pytest.mark.skipif(shutil.which("cmake") is None, reason="needs CMake"),
]

TRACES = """w : 1
dapre/dt = -apre/(20*ms) : 1 (event-driven)
dapost/dt = -apost/(20*ms) : 1 (event-driven)"""


def network():
    seed(5)
    A = NeuronGroup(20, "dv/dt = (1.5 - v)/(10*ms) + 0.3*xi*(10*ms)**-0.5 : 1",
                    threshold="v > 1", reset="v = 0", method="euler", name="A")  # fmt: skip
    B = NeuronGroup(15, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0",
                    method="exact", name="B")  # fmt: skip
    S = Synapses(A, B, TRACES, on_pre="v_post += w; apre += 0.01; w = clip(w + apost, 0, 1)",
                 on_post="apost -= 0.01; w = clip(w + apre, 0, 1)", delay=1.5 * ms,
                 name="S")  # fmt: skip
    S.connect(p=0.5)
    S.w = "0.2 + 0.1*rand()"
    T = Synapses(B, B, "g : 1\nn : 1", on_pre="v_post += g; n += 1", name="T")
    T.connect(i=[3, 0, 0, 7], j=[1, 2, 1, 0])
    T.g, T.delay = 0.05, [3, 0, 1, 2] * ms
    return [A, B, S, T, SpikeMonitor(B, name="M"), StateMonitor(T, ["n", "g"], True, name="N")]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "project"
    first = Network(network(), name="both")
    # What is on its way when the project is written arrives when the program runs.
    first.run(20 * ms, target=Cpp(threads=1))
    first.export(folder, 40 * ms)
    subprocess.run(
        ["cmake", "-S", folder, "-B", folder / "build"], check=True, capture_output=True
    )
    subprocess.run(["cmake", "--build", folder / "build"], check=True, capture_output=True)
    subprocess.run([folder / "build" / "simulate"], cwd=folder, check=True, capture_output=True)
    first.run(40 * ms, target=Cpp(threads=1))
    return first, eqsim.load(folder / "results")


def test_spikes_are_the_same(results):
    run, loaded = results
    since = run["M"].t >= 20 * ms

    assert since.sum() > 20
    np.testing.assert_array_equal(loaded["M"].i, run["M"].i[since])
    np.testing.assert_array_equal(loaded["M"].t_, run["M"].t_[since])


@pytest.mark.parametrize("name", ["i", "j", "w"])
def test_state_is_in_the_order_of_creation(results, name):
    run, loaded = results

    np.testing.assert_array_equal(getattr(loaded["S"], name), getattr(run["S"], name)[:])


@pytest.mark.parametrize("name", ["i", "j", "n", "g"])
def test_synapses_that_were_made_in_another_order(results, name):
    run, loaded = results

    np.testing.assert_array_equal(getattr(loaded["T"], name), getattr(run["T"], name)[:])


def test_what_was_recorded_of_synapses(results):
    run, loaded = results

    np.testing.assert_array_equal(loaded["N"].n, run["N"].n[:, -loaded["N"].n.shape[1] :])
    assert loaded["N"].n.max() > 0
