"""Devices' kernels under sanitizers, and bugs planted in them that must be found.

A project of the network is compiled for the processor: with coroutines for threads, where order
shows what is wrong, or with threads of the system, where sanitizers do.
"""

import os
import subprocess

import numpy as np
import pytest
from compiled_projects import SHARED, compiled_object
from cuda_models import both_sides, inputs, plasticity, population
from emulation import emulated

from eqsim import ms
from eqsim.build.sources import SourceFile, Sources
from eqsim.build.toolchain import find_compiler
from eqsim.targets.cuda.target import render_cuda

pytestmark = [pytest.mark.compiler, pytest.mark.cuda]
FLAGS = ("-std=c++17", "-O0", "-g1", "-ffp-contract=off", "-fwrapv", "-I.", "-pthread", "-w",
         "-DEQSIM_DEVICE=1", "-DEQSIM_DEVICE_MODE=1")  # fmt: skip
SANITIZERS = {
    "order": (),
    "address": ("-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
    "thread": ("-fsanitize=thread",),
}


def compiled(model, folder, sanitizer, planted=None, sums="fixed"):
    """Return a command that runs a network, with a bug if one is planted, and its environment."""
    toolchain = find_compiler()
    if toolchain is None:
        pytest.skip("there is no C++ compiler")
    net = model()
    net.export(folder, 0.3 * ms, namespace={}, target="cuda")
    # What reads a project and runs its simulation is not in doubt: it has no sanitizer.
    command = [*toolchain.command, *FLAGS]
    main, shared = (compiled_object(folder, f, command) for f in ("main.cpp", SHARED))
    sources = emulated(render_cuda(net.lower({}).program, sums))
    texts = {file.path: file.text for file in sources.files}
    if sanitizer != "order":
        # Each thread is one of the system: as few as show what blocks and warps do.
        assert "widest_tile = 256;" in texts["shapes.h"]
        texts["shapes.h"] = texts["shapes.h"].replace("widest_tile = 256;", "widest_tile = 64;")
    if planted is not None:
        path, right, wrong = planted
        assert right in texts[path]
        texts[path] = texts[path].replace(right, wrong)
    Sources(tuple(SourceFile(*file) for file in texts.items()), "simulation.cpp").write(folder)
    threads = () if sanitizer == "order" else ("-DEQSIM_EMULATED_THREADS=1",)
    command = [*toolchain.command, *FLAGS, *threads, *SANITIZERS[sanitizer]]
    emulation = compiled_object(folder, "emulation.cpp", command)
    objects = [str(main), str(shared), str(emulation)]
    subprocess.run(
        [*command, *objects, "simulation.cpp", "-o", "simulate"], cwd=folder, check=True
    )
    return folder


def outcome(folder, order):
    """Return how a program ended, what it said, and the bytes of its results."""
    environment = {**os.environ, "EQSIM_EMULATED_ORDER": order}
    done = subprocess.run(
        ["./simulate"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    files = sorted((folder / "results").rglob("*.npy"))
    return done.returncode, done.stderr, [np.load(f).tobytes() for f in files]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "sanitizer"),
    [
        (plasticity, "address"),
        (both_sides, "thread"),
        (both_sides, "address"),
        (plasticity, "thread"),
        (population, "address"),
        (population, "thread"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_sanitizers_find_nothing(model, sanitizer, tmp_path):
    status, said, _ = outcome(compiled(model, tmp_path / "project", sanitizer), "forwards")

    assert (status, "Sanitizer" in said) == (0, False), said


PLANTED = {
    "missing barrier": (
        "order",
        population,
        ("order.h", "= total_of_warp;\n    __syncthreads();", "= total_of_warp;"),
        "fixed",
    ),
    "lists that are joined too early": (
        "order",
        inputs,
        ("order.h", "== (uint32_t)blocks - 1u;\n        if (last) arrived = 0;",
         "== 0u;\n        if (arrived == (uint32_t)blocks) arrived = 0;"),
        "fixed",
    ),
    "lanes that share a target": (
        "order",
        plasticity,
        ("simulation.cpp", "eqsim::turn(place_)", "0"),
        "fixed",
    ),
    "divergent barrier": (
        "order",
        population,
        ("simulation.cpp", "listing_.add(first_, event_);",
         "if (threadIdx.x % 2 == 0) listing_.add(first_, event_);"),
        "fixed",
    ),
    "index out of range": (
        "address",
        both_sides,
        ("simulation.cpp", "if (visit_ < end_) {", "if (visit_ <= end_) {"),
        "fixed",
    ),
    "missing atomic": (
        "thread",
        plasticity,
        ("order.h", "(double& place, double value) { atomicAdd(&place, value); }",
         "(double& place, double value) { place += value; }"),
        "fast",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("bug", PLANTED)
def test_planted_bugs_are_found(bug, tmp_path):
    sanitizer, model, planted, sums = PLANTED[bug]
    folder = compiled(model, tmp_path / "project", sanitizer, planted, sums)
    orders = ("forwards", "backwards", "1", "2") if sanitizer == "order" else ("forwards",)
    found = [outcome(folder, order) for order in orders]

    failed = [said for status, said, _ in found if status != 0]
    different = len({tuple(results) for _, _, results in found}) > 1
    assert failed or different, "nothing was found"
    if sanitizer != "order":
        assert "Sanitizer" in failed[0]
    if bug == "divergent barrier":
        assert "emulated CUDA: only some" in failed[0]
