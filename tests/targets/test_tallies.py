"""Counting arriving events, and adding afterwards, gives the bits of adding at each event."""

import numpy as np
import pytest

from eqsim import (
    Cpp,
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    Synapses,
    kHz,
    ms,
    seed,
    start_scope,
)
from eqsim.network.naming import restart_numbering
from eqsim.targets import Numpy
from eqsim.targets.c_program import program_context
from eqsim.targets.c_tallies import tally_of
from eqsim.targets.cpp.target import DIALECT

THREADS = (1, 2, 3, 8)
CELLS = """
dv/dt = -v/(7*ms) : 1 (unless refractory)
dg/dt = -g/(3*ms) : 1
x : 1
"""


def cells(n, dtype=np.float64):
    """Neurons of which some are refractory at any time, all with values of their own."""
    group = NeuronGroup(
        n,
        CELLS,
        threshold="v > 0.9",
        reset="v = 0",
        refractory=0.5 * ms,
        method="exact",
        namespace={"ms": ms},
        dtype=dtype,
    )
    group.v, group.g, group.x = "rand()", "rand()", "rand()"
    return group


def connected(sources, targets, on_pre, delay=None, model="", **connection):
    """Synapses between two groups."""
    synapses = Synapses(sources, targets, model, on_pre=on_pre, delay=delay)
    synapses.connect(**connection)
    return synapses


def equal_weights(rate):
    """Volleys of one weight: to all, several times to some, with delays, in single precision."""
    sources, targets = PoissonGroup(300, rate), cells(301)
    single = cells(97, np.float32)
    parts = connected(sources, targets, "v += 0.0123; g += 0.7", p=0.3)
    parts.pre.delay = "rand()*ms"
    return [
        sources,
        targets,
        single,
        parts,
        connected(sources, targets, "v += 0.0031", p=0.4, n=3),
        connected(sources[20:250], targets[7:], "g += 0.1*x", p=0.9),
        connected(sources, single, "v += 0.0077", delay=0.3 * ms, p=0.5),
    ]


def crowded(rate):
    """More arriving events in a step than are counted together."""
    sources, targets = PoissonGroup(420, rate), cells(400)
    return [
        sources,
        targets,
        connected(sources, targets, "v += 1.7e-5", p=1),
        connected(sources, targets, "g += 0.3", delay=0.2 * ms, p=1),
    ]


def results(model, rate, target):
    """The values of all groups after a run."""
    start_scope()
    restart_numbering()
    seed(11)
    objects = model(rate)
    Network(objects).run(2 * ms, target=target)
    groups = [each for each in objects if isinstance(each, NeuronGroup)]
    return [np.asarray(values) for each in groups for values in each.get_states().values()]


@pytest.mark.compiler
@pytest.mark.parametrize(
    ("model", "rate"),
    [(equal_weights, 3 * Hz), (equal_weights, 4 * kHz), (crowded, 9.5 * kHz)],
    ids=["few", "many", "crowded"],
)
def test_counted_events_give_the_bits_of_single_ones(model, rate):
    expected = results(model, rate, Numpy())

    for threads in THREADS:
        for ours, theirs in zip(results(model, rate, Cpp(threads)), expected, strict=True):
            assert ours.tobytes() == theirs.tobytes()


TALLIED = {
    "v += 0.1": True,
    "g += 0.1; v += 0.2": True,
    "v += 0.1; g += 0.1; g += 0.2": False,
    "g += 0.1*x_post": True,
    "g += 0.1*exp(-x_post)": True,
    "g += shared_w": True,
    "g += w": False,
    "g += x_pre": False,
    "g += 0.1*j": False,
    "g += 0.1*g_post": False,
    "g += 0.1; v += 0.1*g_post": False,
    "g_pre += 0.1": False,
    "g = 0.5*g + 0.1": False,
    "g += 0.1*rand()": False,
    "g += 0.1; w += 1": False,
}


@pytest.mark.parametrize(("code", "expected"), TALLIED.items())
def test_events_are_counted_where_all_of_a_target_add_the_same(code, expected):
    sources, targets = cells(5), cells(4)
    synapses = connected(sources, targets, code, model="w : 1\nshared_w : 1 (shared)", p=1)
    synapses.w = "rand()"
    program = Network(sources, targets, synapses).lower({}).program
    kernels = {k.name: k for k in program.kernels}
    contexts = {k.name: k.tally for k in program_context(program, DIALECT, "1").kernels}

    assert (tally_of(program, kernels["synapses_pre"]) is not None) is expected
    assert (contexts["synapses_pre"] is not None) is expected


def test_events_of_targets_are_not_counted_where_sources_are_found_through_a_list():
    sources, targets = cells(5), cells(4)
    synapses = Synapses(sources, targets, on_post="g_pre += 0.1")
    synapses.connect(p=1)
    program = Network(sources, targets, synapses).lower({}).program

    found = [tally_of(program, kernel) for kernel in program.kernels]
    assert found == [None] * len(found)
