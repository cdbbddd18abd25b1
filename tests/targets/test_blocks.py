"""What is done for a block of elements at once is what is done for each."""

import numpy as np
import pytest

from eqsim import (
    Cpp,
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeMonitor,
    Synapses,
    ms,
    mV,
    seed,
    start_scope,
)
from eqsim.network.naming import restart_numbering
from eqsim.program.nodes import Program
from eqsim.targets import Numpy
from eqsim.targets.c_blocks import drawn_at_once, rare_branch
from eqsim.targets.c_program import program_context
from eqsim.targets.cpp.target import DIALECT

SIZES = (1, 7, 8, 9, 255, 256, 257, 1000)
"""Around what a vector and a block hold."""


def thresholds(n):
    """Few, many and all elements with an event; a refractory time and a condition for it."""
    drives = ("15*mV", "25*mV*i/N", "900*mV")
    groups = [
        NeuronGroup(
            n,
            "dv/dt = (drive - v)/(5*ms) : volt (unless refractory)\ndrive : volt (constant)",
            threshold="v > 14*mV",
            reset="v = 0*mV",
            refractory=refractory,
            method="exact",
            namespace={"mV": mV, "ms": ms},
        )
        for refractory in (0.3 * ms, "v > 14*mV")
        for _ in drives
    ]
    for group, drive in zip(groups, 2 * drives, strict=True):
        group.drive = drive
    return groups


def rates(n):
    """Poisson groups: events that are rare, usual, certain; rates that differ."""
    different = PoissonGroup(n, rates="1000*Hz + 9000*Hz*i/N", namespace={"Hz": Hz})
    return [*(PoissonGroup(n, rates=rate * Hz) for rate in (0, 15, 3000, 10000)), different]


def inputs(n):
    """Numbers of events by inversion and by rejection, mirrored and certain."""
    group = NeuronGroup(
        n,
        "dv/dt = -v/(5*ms) : volt (unless refractory)",
        threshold="v > 5*mV",
        reset="v = 0*mV",
        refractory=0.5 * ms,
        method="exact",
        namespace={"mV": mV, "ms": ms},
    )
    cases = [(1000, 20), (20, 9000), (9, 10000), (3, 0), (1000, 5000), (1, 4000), (200, 400)]
    drives = [PoissonInput(group, "v", N=k, rate=r * Hz, weight=0.1 * mV) for k, r in cases]
    return [group, *drives]


def noise(n):
    """Normal and uniform numbers in vectors and in branches."""
    group = NeuronGroup(
        n,
        """
        dv/dt = -v/(5*ms) + 3*mV*xi/(2*ms)**0.5 : volt
        w : 1
        k : 1
        """,
        threshold="v > 5*mV*rand()",
        reset="v = -mV*rand(); w += randn()",
        method="euler",
        namespace={"mV": mV, "ms": ms},
    )
    group.run_regularly("k = poisson(2.5) + poisson(30) + poisson(0.001*i)", dt=0.2 * ms)
    return [group]


def plasticity(n):
    """Rows longer than a block, several synapses between two neurons, functions in their code."""
    sources = NeuronGroup(4, "x : 1", threshold="rand() < 0.5", name="sources")
    cells = NeuronGroup(
        n,
        """
        dv/dt = (g - v)/(3*ms) : 1 (unless refractory)
        dg/dt = -g/(2*ms) : 1
        """,
        threshold="v > 0.5",
        reset="v = -0.0",
        refractory=0.3 * ms,
        method="exact",
        namespace={"ms": ms},
    )
    cells.v = "0.6*rand()"
    plastic = Synapses(
        sources,
        cells,
        """
        w : 1
        dA/dt = -A/(2*ms) : 1 (event-driven)
        dB/dt = -B/(3*ms) : 1 (event-driven)
        """,
        on_pre="g_post += w*exp(-w); A += 0.1; w = clip(w + B, 0, 0.3)",
        on_post="B -= 0.1; w = clip(w + A, 0, 0.3)",
        namespace={"ms": ms},
    )
    plastic.connect()
    plastic.connect("i < 2")
    plastic.w = "0.2*rand()"
    constant = Synapses(sources, cells, on_pre="v_post += 0.01; v_post -= 0.01")
    constant.connect(p=0.5)
    return [sources, cells, plastic, constant]


MODELS = (thresholds, rates, inputs, noise, plasticity)


def results(model, n, target):
    start_scope()
    restart_numbering()
    seed(7)
    objects = model(n)
    monitors = [
        SpikeMonitor(each) for each in objects if isinstance(each, NeuronGroup | PoissonGroup)
    ]
    Network(objects, monitors).run(2 * ms, target=target)
    found = [np.asarray(values) for m in monitors for values in (m.i[:], m.t[:], m.count[:])]
    states = (each.get_states() for each in objects if isinstance(each, NeuronGroup | Synapses))
    return [*found, *(np.asarray(v) for state in states for v in state.values())]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_blocks_of_elements_give_the_bits_of_single_ones(model, n):
    expected = results(model, n, Numpy())

    assert any(values.size for values in expected)
    for threads in (1, 3):
        for ours, theirs in zip(results(model, n, Cpp(threads=threads)), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)
            assert ours.tobytes() == theirs.tobytes()


def program_of(model) -> Program:
    start_scope()
    return Network(model(3)).lower({}).program


def test_events_are_searched_for_where_nothing_else_happens():
    program = program_of(thresholds)
    searched = {k.name for k in program.kernels if rare_branch(program, k) is not None}

    assert searched == {k.name for k in program.kernels if "threshold" in k.name}


def test_numbers_are_drawn_at_once_if_their_distribution_is_common():
    program = program_of(noise)
    counts = {k.name: len(drawn_at_once(program, k)) for k in program.kernels}

    assert sorted(count for count in counts.values() if count) == [1, 1, 2]


def test_what_synapses_compute_is_computed_in_vectors_and_added_one_by_one():
    kernels = program_context(program_of(plasticity), DIALECT, "1").kernels
    found = {k.name: (k.vector, len(k.additions)) for k in kernels if k.shape == "arrivals"}

    assert found["synapses_pre"] == (True, 1)
    assert found["synapses_post"] == (True, 0)
    assert found["synapses_1_pre"] == (False, 0)
