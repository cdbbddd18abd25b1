"""Sums in any order: the spikes of fixed sums until rounding differs, and their rates after it."""

import numpy as np
import pytest
from cuda_models import MODELS, both_sides, plasticity
from emulation import emulated, quick, with_shared_parts_compiled

from eqsim import ms
from eqsim.build.library import build_library
from eqsim.build.toolchain import find_compiler
from eqsim.runtime.engine import Library
from eqsim.runtime.memory import replicate
from eqsim.targets import Cpp
from eqsim.targets.c_program import run_buffers
from eqsim.targets.cuda.target import MODES, opened, render_cuda

pytestmark = [pytest.mark.compiler, pytest.mark.cuda]
STEPS = 60


def memory_of(lowered):
    memory = replicate(lowered.program, lowered.memory, 1)
    for name, clock in lowered.clocks.items():
        memory.arrays[f"{name}.dt"][...] = clock.dt_
        memory.arrays[f"{name}.end"][...] = round(STEPS * 0.1 * ms / clock.dt)
    return memory


def spikes(simulation, buffers):
    """Take what was recorded; return who had an event at which time, by monitor."""
    taken = {buffer.name: simulation.take(buffer.name)[0] for buffer in buffers}
    return {
        buffer.name: [column.tolist() for column in taken[buffer.name][:2]]
        for buffer in buffers
        if buffer.columns[0].name == "i"
    }


def counts(recorded):
    names = recorded[0]
    return {name: sum(len(step[name][0]) for step in recorded) for name in names}


def compare(model, order, monkeypatch):
    """Return the spikes of fixed and of fast sums, step by step, and when rounding first differs.

    That is the first step after which a bit of the state is another one; ``STEPS`` if none is.
    """
    compiler = find_compiler()
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    toolchain = quick(compiler)
    monkeypatch.setenv("EQSIM_EMULATED_ORDER", order)
    lowered = model().lower({})
    program, buffers = lowered.program, run_buffers(lowered.program)
    sources = with_shared_parts_compiled(emulated(render_cuda(program, "fast")), toolchain)
    library = Library(str(build_library(sources, toolchain)))
    fixed_memory, fast_memory = memory_of(lowered), memory_of(lowered)
    fixed = Cpp(threads=1).open(program, fixed_memory)
    fast = opened(library, program, fast_memory, MODES.index("launches"))
    expected, found, first = [], [], STEPS
    for step in range(STEPS):
        assert fixed.advance(1) == fast.advance(1) == 1
        expected.append(spikes(fixed, buffers))
        found.append(spikes(fast, buffers))
        equal = all(
            values.tobytes() == fast_memory.arrays[name].tobytes()
            for name, values in fixed_memory.arrays.items()
        )
        first = first if equal else min(first, step)
    return expected, found, first


@pytest.mark.parametrize("order", ["backwards", "1"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_spikes_are_those_of_fixed_sums_until_rounding_differs_and_rates_stay(
    model, order, monkeypatch
):
    expected, found, first = compare(model, order, monkeypatch)

    assert found[: first + 1] == expected[: first + 1]
    rates, fast_rates = counts(expected), counts(found)
    for name, count in rates.items():
        # A spike that comes a step earlier or later is one; chance alone would give sqrt(count).
        assert fast_rates[name] == pytest.approx(count, abs=max(1.0, 0.2 * np.sqrt(count)))


@pytest.mark.parametrize("model", [plasticity, both_sides], ids=lambda model: model.__name__)
def test_rounding_does_differ_where_many_spikes_add_to_one_neuron(model, monkeypatch):
    expected, _, first = compare(model, "1", monkeypatch)

    assert first < STEPS
    assert sum(counts(expected).values()) > 10
