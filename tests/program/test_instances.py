"""Several instances of one program give what as many single runs give."""

from __future__ import annotations

import numpy as np
import pytest

from eqsim import (
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    ms,
    mV,
)
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Role
from eqsim.program.passes import optimise
from eqsim.runtime.memory import Memory, replicate
from eqsim.targets import Numpy

INSTANCES = 3


def lowered():
    """A network with everything: noise, refractoriness, draws, shared variables, all monitors."""
    G = NeuronGroup(
        11,
        """
        dv/dt = (v_rest - v + drive + bias)/tau + 3*mV*xi/tau**0.5 : volt (unless refractory)
        dw/dt = (k*v - w)/(20*ms) : volt
        drive = 15*mV + 2*mV*i/N : volt
        bias : volt (shared)
        jitter = rand() : 1 (constant over dt)
        tau : second (constant)
        """,
        threshold="v > v_rest + 10*mV + jitter*mV",
        reset="v = v_rest + randn()*mV; w += 1*mV",
        refractory="1*ms + rand()*2*ms",
        method="euler",
    )
    G.run_regularly("bias = rand()*mV; w *= 0.9", dt=1 * ms)
    G.tau = "5*ms + i*ms"
    recorders = (
        StateMonitor(G, ["v", "w", "drive"], record=[1, 7]),
        StateMonitor(G, ["v", "bias"], record=True, dt=0.5 * ms),
        SpikeMonitor(G, "w"),
        SpikeMonitor(G[3:8], record=False),
        PopulationRateMonitor(G),
        PopulationRateMonitor(G[2:5]),
    )
    net = Network(G, recorders)
    made = net.lower({"v_rest": -60 * mV, "k": 0.3})
    for clock in made.program.clocks:
        made.memory.arrays[clock.end][:] = round(20e-3 / made.clocks[clock.name].dt_)
        made.memory.arrays[clock.dt][:] = made.clocks[clock.name].dt_
    return made


def advance(program, memory, target):
    simulation = target.open(program, memory)
    ticks = 0
    while (done := simulation.advance(7)) == 7:
        ticks += done
    records = {
        buffer.name: [[c.copy() for c in rows] for rows in simulation.take(buffer.name)]
        for buffer in program.buffers
        if buffer.lifetime.name == "RUN"
    }
    simulation.close()
    return records


def different(program, memory):
    """Give each instance its own key, constants and initial values."""
    for array in program.arrays:
        values = memory.arrays[array.name]
        if not array.per_instance:
            continue
        for instance in range(memory.instances):
            if array.name == "random.key":
                values[instance] += 17 * instance
            elif array.role in (Role.CONSTANT, Role.PARAMETER) and array.dtype.is_float:
                values[instance] *= 1 + 0.1 * instance
    return memory


def single(program, memory, instance):
    arrays = {}
    for array in program.arrays:
        values = memory.arrays[array.name]
        own = values[instance : instance + 1] if array.per_instance else values
        arrays[array.name] = np.array(own)
    return Memory(1, memory.extents, arrays)


@pytest.fixture
def model():
    made = lowered()
    return made.program, different(made.program, replicate(made.program, made.memory, INSTANCES))


def test_instances_together_equal_single_runs_bit_for_bit(target, model):
    program, memory = model
    singles = [single(program, memory, instance) for instance in range(INSTANCES)]

    together = advance(program, memory, target)

    for instance, alone in enumerate(singles):
        records = advance(program, alone, target)
        for array in program.arrays:
            if array.per_instance:
                found = np.ravel(memory.arrays[array.name][instance])
                np.testing.assert_array_equal(found, alone.arrays[array.name].ravel(), array.name)
        for name, rows in records.items():
            for column, expected in zip(together[name][instance], rows[0], strict=True):
                np.testing.assert_array_equal(column, expected, name)


def test_instances_differ_in_their_spikes(target, model):
    program, memory = model

    spikes = advance(program, memory, target)["spikemonitor"]

    assert all(len(rows[0]) > 5 for rows in spikes)
    assert len({rows[1].tobytes() for rows in spikes}) == INSTANCES


@pytest.mark.compiler
def test_targets_agree_on_several_instances(target, model):
    program, memory = model
    reference = Memory(
        INSTANCES, memory.extents, {name: v.copy() for name, v in memory.arrays.items()}
    )

    records = advance(program, memory, target)

    expected = advance(program, reference, Numpy())
    for name, values in reference.arrays.items():
        np.testing.assert_array_equal(memory.arrays[name], values, name)
    for name, rows in expected.items():
        for found, other in zip(records[name], rows, strict=True):
            for column, wanted in zip(found, other, strict=True):
                np.testing.assert_array_equal(column, wanted, name)


def test_equal_instances_have_equal_results(target):
    made = lowered()
    memory = replicate(made.program, made.memory, INSTANCES)

    advance(made.program, memory, target)

    for array in made.program.arrays:
        if array.per_instance:
            values = memory.arrays[array.name]
            assert (values == values[0]).all(), array.name


def test_replicated_memory_is_a_copy():
    made = lowered()
    memory = replicate(made.program, made.memory, 2)

    for array in made.program.arrays:
        assert not np.shares_memory(memory.arrays[array.name], made.memory.arrays[array.name])
    assert memory.ordered(made.program)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.astype(np.float32), "float32 instead of float64"),
        (lambda v: v[:-1], "10 values instead of 11"),
        (lambda v: np.repeat(v, 2)[::2], "not contiguous"),
    ],
)
def test_memory_that_does_not_fit_is_refused_before_compiled_code_sees_it(change, message):
    made = lowered()
    name = "neurongroup.v"
    arrays = {**made.memory.arrays, name: change(made.memory.arrays[name])}

    with pytest.raises(ValueError, match=message):
        Memory(1, made.memory.extents, arrays).ordered(made.program)


def test_program_of_a_network_is_in_its_final_form():
    made = lowered()

    assert {array.dtype for array in made.program.arrays} <= set(DType)
    assert set(made.memory.arrays) == {array.name for array in made.program.arrays}
    again = optimise(made.program)
    assert {k.name for k in again.kernels} == {k.name for k in made.program.kernels}
