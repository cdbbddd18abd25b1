"""CUDA: the same bodies as C++, compiled by nvcc; run by an emulation of CUDA on the processor."""

import dataclasses
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eqsim import (
    Cuda,
    EventMonitor,
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpikeMonitor,
    StateMonitor,
    TimedArray,
    linked_var,
    ms,
)
from eqsim.build.library import LIBRARY, build_library, compile_sources
from eqsim.build.nvcc import find_nvcc
from eqsim.build.sources import SourceFile, Sources
from eqsim.build.toolchain import find_compiler
from eqsim.errors import BuildError, TargetError
from eqsim.expressions.nodes import Literal
from eqsim.expressions.statements import Accumulate, Check, While
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Binding, Elements, Events
from eqsim.program.verify import verify
from eqsim.runtime.engine import Library, LibrarySimulation
from eqsim.runtime.memory import replicate
from eqsim.runtime.simulation import CheckFailedError
from eqsim.targets import Numpy, by_name
from eqsim.targets.c_program import program_context, run_buffers
from eqsim.targets.cpp.target import DIALECT as CPP
from eqsim.targets.cpp.target import render_cpp
from eqsim.targets.cuda.target import DIALECT as CUDA
from eqsim.targets.cuda.target import render_cuda

EMULATION = Path(__file__).with_name("emulated_cuda")
INSTANCES, STEPS = 2, 30


def population():
    """Noise, refractoriness, reset, custom events, regular operations, clocks, all monitors."""
    group = NeuronGroup(
        520,
        """
        dv/dt = (drive - v)/tau + 0.5*xi*tau**-0.5 : 1 (unless refractory)
        drive : 1
        common : 1 (shared)
        """,
        threshold="v > 1",
        reset="v = 0",
        refractory=1 * ms,
        events={"near": "v > 0.8"},
        method="euler",
        namespace={"tau": 2 * ms},
        name="population",
    )
    group.drive = "i/300.0"
    group.run_on_event("near", "drive += 0.01")
    group.run_regularly("common = common + rand()", dt=0.5 * ms)
    group.run_regularly("drive = drive*0.99 + 0.001*common", dt=0.3 * ms)
    part = group[100:450]
    return Network(
        group,
        StateMonitor(group, ["v", "drive"], record=[0, 7, 519]),
        StateMonitor(part, "v", record=True, dt=0.2 * ms),
        StateMonitor(group, "v", record=True),
        SpikeMonitor(part),
        SpikeMonitor(group, variables="v"),
        EventMonitor(part, "near"),
        PopulationRateMonitor(part),
        PopulationRateMonitor(group),
    )


def numbers():
    """Single precision, truth values and integers, counts drawn, arrays, a matrix exponential."""
    single = NeuronGroup(
        70,
        "dx/dt = (sin(x) - x)/(5*ms) + drive(t, i % 3)/ms + xi*(1*ms)**-0.5 : 1",
        threshold="x > 1",
        reset="x -= 1",
        method="euler",
        dtype=np.float32,
        namespace={"drive": TimedArray(np.linspace(-1, 1, 21).reshape(7, 3), dt=0.25 * ms)},
        name="single",
    )
    whole = NeuronGroup(
        40,
        """
        dx/dt = 1/ms : 1
        count : integer
        flag : boolean
        last : integer (shared)
        bound : 1
        """,
        threshold="x > 0.45",
        reset="x = 0; count += poisson(3.5) + binomial(i, 0.4) + i // 3;"
        " flag = not flag and count % 2 == 0",
        method="euler",
        name="whole",
    )
    whole.run_regularly("last = last + 1; bound = clip(bound + count, -inf, 1e3)", dt=1 * ms)
    linear = NeuronGroup(
        33,
        """
        dx/dt = (-x + y)/tau : 1
        dy/dt = (-y - x*gain)/tau : 1
        tau : second (constant)
        gain : 1 (constant)
        """,
        method="exact",
        name="linear",
    )
    linear.x, linear.tau, linear.gain = 1, "(1 + i)*ms", "0.1*i"
    return Network(
        single,
        whole,
        linear,
        StateMonitor(single, "x", record=True),
        StateMonitor(whole, ["count", "flag", "bound"], record=True),
        StateMonitor(linear, "y", record=[3]),
        SpikeMonitor(single, variables="x"),
        SpikeMonitor(whole, variables=["flag", "count"]),
    )


def hodgkin_huxley():
    """Exponential Euler with the usual rate functions, and no recorded event."""
    group = NeuronGroup(
        3,
        """
        dv/dt = (drive - 0.3*(v + 54.4) - 120*m**3*h*(v - 50) - 36*n**4*(v + 77))/ms : 1
        dm/dt = (1/exprel(-(v + 40)/10)*(1 - m) - 4*exp(-(v + 65)/18)*m)/ms : 1
        dh/dt = (0.07*exp(-(v + 65)/20)*(1 - h) - h/(1 + exp(-(v + 35)/10)))/ms : 1
        dn/dt = (0.1/exprel(-(v + 55)/10)*(1 - n) - 0.125*exp(-(v + 65)/80)*n)/ms : 1
        drive : 1
        """,
        method="exponential_euler",
        dt=0.01 * ms,
        name="membrane",
    )
    group.v, group.drive = -60, "5*i"
    return Network(group, StateMonitor(group, ["v", "m"], record=True))


def inputs():
    """Poisson spikes and input, and groups that see values of each other and of themselves."""
    random = PoissonGroup(300, "500*Hz*(1 + i/300)", name="random")
    source = NeuronGroup(3, "dx/dt = (i + 1)/ms : 1\ns = 2*x : 1", method="euler", name="source")
    cells = NeuronGroup(
        270,
        """
        y : 1 (linked)
        z : 1 (linked)
        left : 1 (linked)
        k : integer
        dv/dt = (y + z + 0.01*left - v)/ms : 1
        """,
        threshold="v > 5",
        reset="v = left",
        method="exact",
        name="cells",
    )
    cells.y = linked_var(source, "x", index="k")
    cells.z = linked_var(source, "s", index=np.arange(270) % 3)
    cells.left = linked_var(cells, "v", index=np.roll(np.arange(270), 1))
    cells.k = "i % 3"
    noise = PoissonInput(cells[10:200], "v", 10, 300 * Hz, "0.1*y", name="noise")
    monitors = [
        SpikeMonitor(random, name="random_spikes"),
        SpikeMonitor(cells[1:], name="cell_spikes"),
        StateMonitor(cells, ["y", "z"], record=[5, 3], name="traces"),
    ]
    return Network(random, source, cells, noise, monitors)


MODELS = (population, numbers, hodgkin_huxley, inputs)
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def program_of(model):
    return model().lower({}).program


@pytest.fixture
def nvcc():
    toolchain = find_nvcc("sm_90")
    if toolchain is None:
        pytest.skip("there is no nvcc")
    return replace(
        toolchain, flags=(*toolchain.flags, "-Werror=all-warnings", "-Xcompiler=-Wextra")
    )


# --------------------------------------------------------------------------------------- text


@every_model
def test_the_text_is_the_same_each_time_and_shows_the_users_lines(model):
    first = render_cuda(program_of(model))
    render_cuda.cache_clear()

    assert render_cuda(program_of(model)) == first
    for kernel in program_of(model).kernels:
        for line in kernel.origin:
            assert f"// {line}\n" in first.text("simulation.cu")


@every_model
def test_bodies_are_those_of_cpp_but_for_what_is_appended_and_added(model):
    program = program_of(model)
    compared = 0
    # Element by element, as on a device.
    dialects = (dataclasses.replace(CPP, has_blocks=False), CUDA)
    cpp, cuda = (program_context(program, dialect, "1") for dialect in dialects)
    for ours, theirs in zip(cuda.kernels, cpp.kernels, strict=True):
        assert ours.setup == theirs.setup
        own = re.compile(
            r"\s*(record_\.|\+\+record_|\(\(.*record_|event_ =|rows_\[|"
            r"eqsim::add|.* \+= |.*eqsim::note)"
        )
        lines = [
            [line for line in kernel.body if not own.match(line)] for kernel in (ours, theirs)
        ]
        assert lines[0] == lines[1]
        compared += len(lines[0])
        text = render_cuda(program).text("simulation.cu")
        for line in (*ours.setup, *ours.body):
            assert f" {line}\n" in text
    assert compared >= 10


def test_the_rate_of_a_population_is_counted_atomically():
    text = render_cuda(program_of(population)).text("simulation.cu")

    assert re.search(r"eqsim::add\(simulation->\w*count\[instance_\], INT64_C\(1\)\);", text)


# ------------------------------------------------------------------------------------- options


@pytest.mark.parametrize("architecture", ["sm_75", "sm_90", "sm_90a", "sm_120"])
def test_known_architectures_are_taken(architecture):
    assert Cuda(architecture).architecture == architecture


@pytest.mark.parametrize("architecture", ["", "90", "sm_", "sm_70", "compute_90", "native", 90])
def test_other_architectures_are_refused(architecture):
    with pytest.raises(TargetError, match=r"no architecture of CUDA devices: .*\n  expected 'sm_"):
        Cuda(architecture)


def test_running_is_refused_in_one_clear_message():
    lowered = hodgkin_huxley().lower({})

    assert "compiles CUDA and does not run it" in by_name("cuda").unavailable()
    with pytest.raises(TargetError, match="target 'cuda' cannot run here\n  this version"):
        Cuda().open(lowered.program, lowered.memory)


def changed_kernel(program, name, **changes):
    kernel = next(k for k in program.kernels if k.name == name)
    kernels = tuple(replace(k, **changes) if k is kernel else k for k in program.kernels)
    return verify(replace(program, kernels=kernels))


def test_sums_of_fractions_are_refused():
    program = program_of(population)
    kernel = next(k for k in program.kernels if k.name.endswith("_reset"))
    total = Binding("total", "population.common", DType.FLOAT64)
    program = changed_kernel(
        program,
        kernel.name,
        bindings=(*kernel.bindings, total),
        body=(*kernel.body, Accumulate("total", Literal(0.5))),
    )

    with pytest.raises(TargetError, match=r"it adds numbers with fractions to 'total'\n    v = 0"):
        render_cuda(program)


# ------------------------------------------------------------------------------------- compiler


@pytest.mark.nvcc
@every_model
def test_nvcc_compiles_without_warnings_to_a_library_with_the_interface(model, nvcc, tmp_path):
    sources = render_cuda(program_of(model))
    sources.write(tmp_path)

    compile_sources(sources, nvcc, tmp_path, "cuda")

    assert Library(str(tmp_path / LIBRARY)).path


@pytest.mark.nvcc
def test_nvccs_errors_show_the_users_line(nvcc, tmp_path):
    sources = render_cuda(program_of(hodgkin_huxley))
    wrong = sources.text("simulation.cu").replace("eqsim::exprel(", "eqsim::exprell(", 1)
    sources = Sources((SourceFile("simulation.cu", wrong), *sources.files[1:]), sources.main)
    sources.write(tmp_path)

    with pytest.raises(BuildError, match=r"nvcc failed with exit status \d+\n") as failure:
        compile_sources(sources, nvcc, tmp_path, "cuda")
    assert "    dv/dt = (drive" in str(failure.value)
    assert "exprell" in str(failure.value)


def test_nvcc_is_searched_where_cuda_home_says(monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_HOME", str(tmp_path))

    with pytest.raises(BuildError, match="of the environment variable CUDA_HOME has no bin/nvcc"):
        find_nvcc("sm_90")


def test_nvcc_may_be_missing(monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_nvcc("sm_90") is None


# ------------------------------------------------------------------------------------ emulation


def emulated(sources):
    """Return sources that a C++ compiler takes: launches become calls of the emulation."""
    text, launches = re.subn(
        r"([\w:]+)<<<(.+?), (.+?), 0, simulation->stream>>>(\(.*?\));",
        r"emulated::launch(\2, \3, [&] { \1\4; });",
        sources.text("simulation.cu"),
        flags=re.DOTALL,
    )
    assert launches == text.count("emulated::launch") >= 1
    # Little memory for records, so that they are drained several times in each advance.
    text, changed = re.subn(r"INT64_C\(1\) << 28;", "INT64_C(1) << 18;", text)
    assert changed == 1
    files = (SourceFile("simulation.cpp", text), *sources.files[1:])
    header = SourceFile("cuda_runtime.h", (EMULATION / "cuda_runtime.h").read_text())
    return Sources((*files, header), "simulation.cpp")


def opened(library, program, memory):
    return LibrarySimulation(
        Library(str(library)),
        memory.instances,
        np.array([memory.extents[name] for name in program.extents], dtype=np.int64),
        memory.ordered(program),
        {b.name: [c.dtype.numpy for c in b.columns] for b in run_buffers(program)},
        1,
        problems=program.problems,
    )


def run(library, program, memory):
    simulation = opened(library, program, memory)
    assert simulation.advance(STEPS // 3) == STEPS // 3
    early = {b.name: simulation.take(b.name) for b in run_buffers(program)}
    simulation.advance(STEPS)
    late = {b.name: simulation.take(b.name) for b in run_buffers(program)}
    simulation.close()
    return [early, late]


def instances_of(lowered):
    """Return memory for several instances that differ in their noise and in their state."""
    memory = replicate(lowered.program, lowered.memory, INSTANCES)
    for name, clock in lowered.clocks.items():
        memory.arrays[f"{name}.dt"][...] = clock.dt_
        memory.arrays[f"{name}.end"][...] = STEPS
    memory.arrays["random.key"][1] += 12345
    return memory


def bits(recorded):
    return [
        (name, number, [column.tobytes() for column in columns])
        for part in recorded
        for name, instances in part.items()
        for number, columns in enumerate(instances)
    ]


def compile_emulated(program, toolchain, folder):
    flags = ("-O1" if flag == "-O3" else flag for flag in toolchain.flags)
    quick = replace(
        toolchain, flags=(*flags, "-Werror", "-Wno-dangling-pointer", "-U_FORTIFY_SOURCE", "-I.")
    )
    sources = emulated(render_cuda(program))
    sources.write(folder)
    compile_sources(sources, quick, folder, "emulated")


@pytest.mark.compiler
@every_model
def test_emulated_cuda_has_the_bits_of_cpp_in_any_order_of_blocks(model, tmp_path, monkeypatch):
    toolchain = find_compiler()
    if toolchain is None:
        pytest.skip("there is no C++ compiler")
    lowered = model().lower({})
    compile_emulated(lowered.program, toolchain, tmp_path)
    expected_memory = instances_of(lowered)
    library = build_library(render_cpp(lowered.program), toolchain)
    expected = run(library, lowered.program, expected_memory)

    for order in ("forwards", "backwards"):
        monkeypatch.setenv("EQSIM_TEST_ORDER", order)
        memory = instances_of(lowered)
        found = run(tmp_path / LIBRARY, lowered.program, memory)

        assert bits(found) == bits(expected)
        for name, values in memory.arrays.items():
            assert values.tobytes() == expected_memory.arrays[name].tobytes(), name


def failing(sketches):
    """Elements that fail at different steps, in two kernels of which one visits events."""
    sketch = sketches.Sketch(steps=400, instances=3)
    spikes = sketch.spikes("cells", np.linspace(0.2, 0.9, 600))
    sketch.array("x", np.zeros((3, 600)), "cells")
    sketch.array("limit", np.full((3, 600), 1e6), "cells")
    sketch.record("seen", DType.FLOAT64)
    sketch.kernel("grow", Elements("cells"), {"x": "x", "limit": "limit"}, "x = x + 1.0",
                  Check(sketches.tree("x < limit"), "cells.x"))  # fmt: skip
    sketch.kernel("reset", Events(spikes), {"x": "x", "limit": "limit"},
                  Check(sketches.tree("x < limit - 5.0"), "cells.event"))  # fmt: skip
    sketch.kernel("keep", Elements("cells"), {"x": "x"}, sketches.emit("seen", "x"))
    return sketch.finish()


def advance_in_parts(simulation):
    while simulation.advance(150) == 150:
        pass


def failed_check(simulation):
    with pytest.raises(CheckFailedError) as raised:
        advance_in_parts(simulation)
    simulation.close()
    failed = raised.value
    return failed.problem, failed.instance, failed.element, failed.step


@pytest.mark.compiler
def test_emulated_cuda_finds_the_check_that_fails_first(sketches, tmp_path, monkeypatch):
    toolchain = find_compiler()
    if toolchain is None:
        pytest.skip("there is no C++ compiler")
    program, memory = failing(sketches)
    compile_emulated(program, toolchain, tmp_path)
    found = []
    for limits in ({(0, 0): 300, (2, 599): 170, (1, 300): 170}, {(2, 77): 20, (1, 80): 21}):
        for place, limit in limits.items():
            memory.arrays["limit"][place] = limit
        expected = failed_check(Numpy().open(program, sketches.copied(memory)))
        for order in ("forwards", "backwards"):
            monkeypatch.setenv("EQSIM_TEST_ORDER", order)
            simulation = opened(tmp_path / LIBRARY, program, sketches.copied(memory))
            assert failed_check(simulation) == expected
        found.append(expected)
    assert found[0] != found[1]


@pytest.mark.compiler
def test_emulated_cuda_makes_passes_of_its_own_for_each_element(sketches, tmp_path):
    toolchain = find_compiler()
    if toolchain is None:
        pytest.skip("there is no C++ compiler")
    sketch = sketches.Sketch(steps=4, instances=2)
    sketch.array("x", np.linspace(0, 3, 1200).reshape(2, 600), "cells")
    sketch.array("n", np.zeros(600, np.int32), "cells")
    loop = While(sketches.tree("x > 0.1"), sketches.code("x = 0.7*sin(x)", "n = n + 1"))
    sketch.kernel("fall", Elements("cells"), {"x": "x", "n": "n"}, loop, "x = x + 0.5")
    program, memory = sketch.finish()
    compile_emulated(program, toolchain, tmp_path)
    expected, _ = sketches.run(program, memory, Numpy())

    found = sketches.copied(memory)
    opened(tmp_path / LIBRARY, program, found).advance(10)

    assert len(np.unique(expected["n"])) > 3
    for name in ("x", "n"):
        assert found.arrays[name].tobytes() == expected[name].tobytes()


def test_more_problems_than_a_number_has_room_for_are_refused(sketches):
    sketch = sketches.Sketch()
    sketch.array("x", np.zeros(3), "cells")
    checks = [Check(sketches.tree("x < 1.0"), f"problem {k}") for k in range(4097)]
    sketch.kernel("grow", Elements("cells"), {"x": "x"}, *checks)

    with pytest.raises(
        TargetError, match=r"cannot tell 4097 problems apart\n  it checks for 4096"
    ):
        render_cuda(sketch.finish()[0])
