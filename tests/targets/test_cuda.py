"""CUDA: the same bodies as C++ between other skeletons, compiled by nvcc."""

import dataclasses
import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from cuda_models import MODELS, hodgkin_huxley, plasticity, population
from fake_driver import install

from eqsim import Cuda, Network, NetworkOperation, NeuronGroup
from eqsim.build.library import build_library, compile_sources
from eqsim.build.nvcc import find_nvcc
from eqsim.build.sources import SourceFile, Sources
from eqsim.errors import BuildError, TargetError
from eqsim.expressions.nodes import Literal
from eqsim.expressions.statements import Accumulate, Check
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Binding, Elements
from eqsim.program.passes.fusion import fuse_kernels
from eqsim.program.verify import verify
from eqsim.runtime.engine import Library
from eqsim.targets.c_program import program_context
from eqsim.targets.cpp.target import DIALECT as CPP
from eqsim.targets.cuda import driver
from eqsim.targets.cuda.functions import with_device_code
from eqsim.targets.cuda.sharing import Sharing, sharing
from eqsim.targets.cuda.target import DIALECT as CUDA
from eqsim.targets.cuda.target import render_cuda

every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def program_of(model):
    return model().lower({}).program


@pytest.fixture
def nvcc():
    """Return nvcc as it takes no warning and compiles for two kinds of devices at once."""
    toolchain = find_nvcc("sm_90")
    if toolchain is None:
        pytest.skip("there is no nvcc")
    # What the processor does in between need not be fast, and is soon compiled.
    left = [flag for flag in toolchain.flags if flag not in ("-O3", "-arch=sm_90")]
    flags = ["-O1", "-Werror=all-warnings", "-Xcompiler=-Wextra", "-Xptxas=-v"]
    flags += [f"-gencode=arch=compute_{n},code=sm_{n}" for n in (75, 90)]
    return replace(toolchain, flags=(*left, *flags))


@pytest.fixture
def lasting_cache(request, monkeypatch):
    """Keep what is compiled for later sessions of the tests, where pytest keeps things."""
    if hasattr(request.config, "cache"):
        monkeypatch.setenv("EQSIM_CACHE_DIR", str(request.config.cache.mkdir("nvcc")))


REGISTERS = 65536
"""How many a block may have on all devices since sm_75."""
SPILLED_BY_WHOLE_STEPS = 256
"""Bytes of a thread that a kernel may store and load again which holds all of a step."""


MAKING = (
    *("sum_steps", "count_successes", "write_successes"),
    *("show_missing", "draw_missing", "count_chosen", "write_chosen"),
    *("sort_rows", "add_up"),
    *("count_entries", "begin_segments", "place_entries", "sort_segments"),
)
"""Kernels that make targets of synapses, or sort tables, before the simulation runs."""


@dataclass(frozen=True)
class Resources:
    """What a kernel takes of a processor of a device, by the assembler's report."""

    registers: int
    stack: int
    spilled: int


def resources_in(log):
    """Return what each kernel takes for each architecture."""
    found = re.findall(
        r"Compiling entry function '(\w+)' for '(\w+)'\n"
        r".*\n\s*(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads\n"
        r".*Used (\d+) registers",
        log,
    )
    return {
        (kernel, architecture): Resources(int(registers), int(stack), int(stores) + int(loads))
        for kernel, architecture, stack, stores, loads, registers in found
    }


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
    program = fuse_kernels(program_of(model))
    compared = 0
    # Element by element, as on a device.
    dialects = (dataclasses.replace(CPP, has_blocks=False), CUDA)
    programs = (program, with_device_code(program)[0])
    cpp, cuda = (
        program_context(each, dialect, "1")
        for each, dialect in zip(programs, dialects, strict=True)
    )
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

    assert re.search(
        r"eqsim::add<alone_>\(simulation->\w*count\[instance_\], INT64_C\(1\)\);", text
    )


# ------------------------------------------------------------------------------------- options


@pytest.mark.parametrize("architecture", ["sm_75", "sm_90", "sm_90a", "sm_120"])
def test_known_architectures_are_taken(architecture):
    assert Cuda(architecture).architecture == architecture


@pytest.mark.parametrize("architecture", ["", "90", "sm_", "sm_70", "compute_90", "native", 90])
def test_other_architectures_are_refused(architecture):
    with pytest.raises(TargetError, match=r"no architecture of CUDA devices: .*\n  expected 'sm_"):
        Cuda(architecture)


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ({"sums": "exact"}, "no option of CUDA: sums='exact'\n  known: 'fixed', 'fast'"),
        (
            {"mode": "graphs"},
            "no option of CUDA: mode='graphs'\n"
            "  known: 'auto', 'launches', 'graph', 'persistent'\n"
            "  did you mean 'graph'?",
        ),
    ],
)
def test_other_options_are_refused(option, text):
    with pytest.raises(TargetError) as failure:
        Cuda(**option)
    assert str(failure.value) == text


def test_operations_of_python_are_refused_by_name():
    def look():
        pass

    net = Network(NeuronGroup(1, "v : 1"), NetworkOperation(look, name="look"))

    with pytest.raises(TargetError) as failure:
        Cuda().check(net.lower({}).program)
    assert str(failure.value) == (
        "target 'cuda' cannot pause for 'look'\n"
        "  it runs Python code in the midst of a step; use target='cpp'"
    )


def changed_kernel(program, name, **changes):
    kernel = next(k for k in program.kernels if k.name == name)
    kernels = tuple(replace(k, **changes) if k is kernel else k for k in program.kernels)
    return verify(replace(program, kernels=kernels))


def test_sums_of_fractions_into_one_place_have_one_thread_unless_any_order_will_do():
    program = program_of(population)
    kernel = next(k for k in program.kernels if k.name.endswith("_reset"))
    total = Binding("total", "population.common", DType.FLOAT64)
    program = changed_kernel(
        program,
        kernel.name,
        bindings=(*kernel.bindings, total),
        body=(*kernel.body, Accumulate("total", Literal(0.5))),
    )
    changed = program.kernel(kernel.name)

    assert sharing(program, changed, "fixed") is Sharing.ONCE
    assert sharing(program, changed, "fast") is Sharing.TILES


def test_fast_sums_are_made_by_all_lanes_at_once():
    program = program_of(plasticity)
    kicks = program.kernel("kicks_pre")

    assert sharing(program, kicks, "fixed") is Sharing.TARGETS
    assert sharing(program, kicks, "fast") is Sharing.ENTRIES


@pytest.mark.parametrize("sums", ["fixed", "fast"])
def test_summed_variables_go_through_the_synapses_of_each_target(sums):
    program = program_of(plasticity)
    kernel = program.kernel("learning_sum_total")

    assert sharing(program, kernel, sums) is Sharing.SEGMENTS
    text = render_cuda(program, sums).text("simulation.cu")
    assert text.count("eqsim::Segments learning_outgoing_begin_learning_targets;") == 1


# ------------------------------------------------------------------------------------- devices

TOOLKIT = "Cuda compilation tools, release 13.0, V13.0.48"


@pytest.fixture
def fake_driver(monkeypatch, tmp_path):
    """A driver that says what a test wants."""
    return partial(install, monkeypatch, tmp_path)


@pytest.mark.compiler
@pytest.mark.parametrize(
    ("facts", "architecture", "text"),
    [
        ({}, "sm_90", None),
        ({}, "sm_75", None),
        ({"STATUS": 100}, "sm_90", r"driver finds no device \(cuInit: 100\); 'nvidia-smi' tells"),
        ({"DEVICES": 0}, "sm_90", "NVIDIA's driver finds no device; 'nvidia-smi' tells"),
        (
            {"VERSION": 12020},
            "sm_90",
            "driver is too old: it runs CUDA 12.2, and nvcc makes programs for CUDA 13.0; install",
        ),
        (
            {"MAJOR": 8, "MINOR": 6},
            "sm_90",
            "the device is of architecture 'sm_86' and does not run code for 'sm_90'; use"
            r" Cuda\('sm_86'\)",
        ),
        ({"MAJOR": 10}, "sm_90a", "of architecture 'sm_100' and does not run code for 'sm_90a'"),
    ],
)
def test_what_is_missing_on_a_machine_is_told(fake_driver, facts, architecture, text):
    fake_driver(**facts)

    found = driver.missing_device(architecture, TOOLKIT)

    assert (found is None) if text is None else re.search(text, found)


@pytest.mark.compiler
def test_devices_are_counted_and_asked_for_their_memory(fake_driver):
    fake_driver(DEVICES=3, FREE=5_000_000_000)

    assert driver.missing_device("sm_90", TOOLKIT, 2) is None
    assert driver.missing_device("sm_90", TOOLKIT, 3).startswith(
        "there is no device 3: NVIDIA's driver finds 3, counted from 0; the environment variable"
    )
    assert Cuda().devices() == (0, 1, 2)
    assert Cuda(device=1).devices() == (1,)
    assert Cuda(device=2).free_memory() == 5_000_000_002
    assert Cuda(device=3).free_memory() is None


def test_without_a_driver_there_is_no_device(monkeypatch):
    monkeypatch.setattr(driver, "LIBRARY", "libnone.so.1")

    assert Cuda().devices() == ()
    assert Cuda().free_memory() is None


@pytest.mark.parametrize("number", [-1, True, 1.0, "0"])
def test_what_is_no_device_is_refused(number):
    with pytest.raises(TargetError, match="device is the number of one, from 0 on, not "):
        Cuda(device=number)


def test_a_machine_without_a_driver_is_told_what_it_can_do(monkeypatch):
    monkeypatch.setattr(driver, "LIBRARY", "libnone.so.1")

    found = driver.missing_device("sm_90", TOOLKIT)

    assert found.startswith("no driver for NVIDIA devices (libnone.so.1) found; programs can be")


def test_running_without_a_toolkit_is_refused(monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    lowered = hodgkin_huxley().lower({})

    with pytest.raises(TargetError, match="cannot run here\n  no nvcc found\n  install NVIDIA's"):
        Cuda().open(lowered.program, lowered.memory)


# ------------------------------------------------------------------------------------- compiler


@pytest.mark.nvcc
@every_model
@pytest.mark.usefixtures("lasting_cache")
def test_nvcc_compiles_without_warnings_or_spills_to_a_library_with_the_interface(model, nvcc):
    program = program_of(model)
    library = build_library(render_cuda(program), nvcc)
    found = resources_in((library.parent / "compiler.log").read_text())

    assert Library(str(library)).path
    # All kernels, each for both architectures, beside those that make targets of synapses.
    kernels = {kernel.name for kernel in fuse_kernels(program).kernels} | {"eqsim_persistent"}
    own = [name for name, _ in found if not any(kernel in name for kernel in MAKING)]
    assert len(own) == 2 * len(kernels)
    assert {architecture for _, architecture in found} == {"sm_75", "sm_90"}
    for (kernel, architecture), used in found.items():
        is_whole = "eqsim_persistent" in kernel
        assert used.spilled <= (SPILLED_BY_WHOLE_STEPS if is_whole else 0), (kernel, architecture)
        assert used.registers * (512 if is_whole else 256) <= REGISTERS, (kernel, architecture)


@pytest.mark.nvcc
@pytest.mark.usefixtures("lasting_cache")
def test_spills_are_seen(nvcc):
    sources = render_cuda(program_of(hodgkin_huxley))
    text = sources.text("simulation.cu").replace(
        "__launch_bounds__(eqsim::widest_tile, eqsim::blocks_at_once)", ""
    )
    unbound = Sources((SourceFile("simulation.cu", text), *sources.files[1:]), sources.main)

    library = build_library(unbound, replace(nvcc, flags=(*nvcc.flags, "-maxrregcount=32")))

    found = resources_in((library.parent / "compiler.log").read_text())
    assert any(used.spilled for (kernel, _), used in found.items() if "state_update" in kernel)


@pytest.mark.nvcc
@pytest.mark.usefixtures("lasting_cache")
def test_nvcc_compiles_what_measures_the_parts_of_a_device(nvcc):
    file = Path(__file__).parents[1] / "benchmarks" / "cuda_protocol" / "device.cu"
    headers = [f for f in render_cuda(program_of(hodgkin_huxley)).files if f.path.endswith(".h")]
    sources = Sources((SourceFile("device.cu", file.read_text()), *headers), "device.cu")

    assert build_library(sources, nvcc).is_file()


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


def test_more_problems_than_a_number_has_room_for_are_refused(sketches):
    sketch = sketches.Sketch()
    sketch.array("x", np.zeros(3), "cells")
    checks = [Check(sketches.tree("x < 1.0"), f"problem {k}") for k in range(4097)]
    sketch.kernel("grow", Elements("cells"), {"x": "x"}, *checks)

    with pytest.raises(
        TargetError, match=r"cannot tell 4097 problems apart\n  it checks for 4096"
    ):
        render_cuda(sketch.finish()[0])
