"""Generated code over the whole language: no warnings, clean under sanitizers and clang-tidy."""

import os
import pickle
import re
import runpy
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from compiled_projects import compile_project

from eqsim import Network, NeuronGroup, SpikeMonitor, StateMonitor, Synapses, ms
from eqsim.build.library import build_library
from eqsim.build.sources import SourceFile
from eqsim.build.toolchain import find_compiler
from eqsim.errors import BuildError
from eqsim.program.nodes import Lifetime
from eqsim.targets.c_program import history_buffers, run_buffers
from eqsim.targets.cpp.target import render_cpp

HERE = Path(__file__).parent
language = runpy.run_path(str(HERE / "language.py"))["language"]
THREADS = (1, 3)

pytestmark = pytest.mark.compiler


def compiled(sources, *flags):
    """Return the library that a compiler makes of sources with further flags."""
    toolchain = find_compiler()
    assert toolchain is not None
    return build_library(sources, replace(toolchain, flags=(*toolchain.flags, *flags)))


def changed(sources, name, before, after):
    """Return sources in which one text stands in place of another."""
    assert before in sources.text(name)
    return replace(
        sources,
        files=tuple(
            SourceFile(file.path, file.text.replace(before, after)) if file.path == name else file
            for file in sources.files
        ),
    )


# ------------------------------------------------------------------------------------ warnings


def test_the_programs_cover_the_language_and_every_way_of_the_templates(language):
    assert language.missing == frozenset()
    assert len(language.cases) < 16


@pytest.mark.slow
def test_generated_code_has_no_warnings(language):
    for case in language.cases:
        compiled(render_cpp(case.program), "-Werror")


def test_a_planted_warning_is_noticed(language):
    sources = render_cpp(language.cases[-1].program)
    unused = changed(sources, "simulation.cpp", "int64_t tick = 0;", "int64_t tick = 0, unused;")

    with pytest.raises(BuildError, match="unused variable"):
        compiled(unused, "-Werror")


# ---------------------------------------------------------------------------------- sanitizers

SANITIZERS = {
    "thread": (("-fsanitize=thread",), ("tsan",), {"TSAN_OPTIONS": "exitcode=66"}),
    "address": (
        ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"),
        ("asan", "ubsan"),
        # Python leaves memory to the end of the process.
        {"ASAN_OPTIONS": "detect_leaks=0:exitcode=66", "UBSAN_OPTIONS": "exitcode=66"},
    ),
}
_QUICK = ("-O1", "-g1")


@pytest.fixture(params=SANITIZERS)
def sanitizer(request):
    """A sanitizer that works here."""
    toolchain = find_compiler()
    if toolchain is None or "g++" not in toolchain.command[0]:
        pytest.skip("the sanitizers are those of GCC")
    _, libraries, _ = SANITIZERS[request.param]
    if not all(runtime(name).is_file() for name in libraries):
        pytest.skip(f"GCC has no libraries for -fsanitize={request.param}")
    done = watched(request.param, "-c", "print('works')")
    if done.stdout != "works\n":
        pytest.skip(f"-fsanitize={request.param} does not work here: {done.stderr[:200]}")
    return request.param


def runtime(name):
    toolchain = find_compiler()
    asked = [*toolchain.command, f"-print-file-name=lib{name}.so"]
    return Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())


def watched(sanitizer, *command):
    """Run Python in a process in which a sanitizer sees all memory and all locks."""
    _, libraries, options = SANITIZERS[sanitizer]
    preloaded = ":".join(str(runtime(name)) for name in libraries)
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **options, "LD_PRELOAD": preloaded},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def described(case, library):
    """What the process under a sanitizer needs to run a program."""
    program, memory = case.program, case.memory
    numbered = [*run_buffers(program), *history_buffers(program)]
    return {
        "name": case.name,
        "library": str(library),
        "instances": memory.instances,
        "extents": np.array([memory.extents[e] for e in program.extents], dtype=np.int64),
        "names": [array.name for array in program.arrays],
        "arrays": [np.array(values) for values in memory.ordered(program)],
        "records": {b.name: [c.dtype.numpy for c in b.columns] for b in numbered},
        "pauses": [pause.name for pause in program.pauses],
        "buffers": [b.name for b in program.buffers if b.lifetime is Lifetime.STEP],
        "problems": program.problems,
    }


def sanitized(sanitizer, threads, given, folder):
    """Run cases with sources under a sanitizer."""
    flags, _, _ = SANITIZERS[sanitizer]
    every = [described(case, compiled(sources, *_QUICK, *flags)) for case, sources in given]
    file = folder / "cases.pickle"
    file.write_bytes(pickle.dumps(every))
    return watched(sanitizer, str(HERE / "run_sanitized.py"), str(file), str(threads))


@pytest.mark.slow
def test_sanitizers_find_nothing(language, sanitizer, tmp_path):
    given = [(case, render_cpp(case.program)) for case in language.cases]

    outcomes = []
    # Functions with a state begin anew in each process.
    for threads in THREADS:
        done = sanitized(sanitizer, threads, given, tmp_path)
        assert done.returncode == 0, done.stderr[:4000]
        assert done.stderr == ""
        outcomes.append(done.stdout.splitlines())

    assert len(outcomes[0]) == len(language.cases)
    assert outcomes[0] == outcomes[1]


RACE = ("thread", "simulation.cpp",
        "        eqsim::meet(simulation->team);\n        if", "        if",
        "WARNING: ThreadSanitizer: data race")  # fmt: skip
OUTSIDE = ("address", "runtime.h", "{least(begin, total), least(end, total)};",
           "{least(begin, total), least(end, total) + (end >= total)};",
           "AddressSanitizer: heap-buffer-overflow")  # fmt: skip
UNDEFINED = ("address", "simulation.cpp", "int64_t tick = 0;",
             "int64_t tick = 0*(1 << (int)(ticks + 40));",
             "runtime error: shift exponent")  # fmt: skip


@pytest.mark.parametrize("fault", [RACE, OUTSIDE, UNDEFINED], ids=["race", "outside", "undefined"])
def test_planted_faults_are_found(language, sanitizer, fault, tmp_path):
    wanted, *planted, said = fault
    if sanitizer != wanted:
        pytest.skip("a fault of another kind")
    case = next(case for case in language.cases if case.name.startswith("clocks"))
    sources = changed(render_cpp(case.program), *planted)

    done = sanitized(sanitizer, 3, [(case, sources)], tmp_path)

    assert done.returncode != 0
    assert said in done.stderr


# -------------------------------------------------------------------------- programs of their own


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with records, synapses, delays and parameters of all kinds."""
    group = NeuronGroup(
        200,
        "dv/dt = (2 - v)/tau : 1\nk : integer\non : boolean",
        threshold="v > 1 and not on",
        reset="v = 0; k += 1",
        method="exact",
        name="cells",
        namespace={"tau": 3 * ms},
    )
    group.v = "i/N"
    links = Synapses(group, group, "w : 1", on_pre="v_post += w", name="links")
    links.connect("abs(i - j) < 4")
    links.w, links.delay = 0.01, "0.1*ms*(i % 3)"
    monitors = (
        StateMonitor(group, "v", record=True, name="traces"),
        SpikeMonitor(group, name="spikes"),
    )
    folder = tmp_path_factory.mktemp("exported") / "project"
    Network(group, links, *monitors).export(folder, 5 * ms)
    return folder


@pytest.mark.slow
def test_sanitizers_find_nothing_in_a_program_of_its_own(project, sanitizer):
    flags, _, options = SANITIZERS[sanitizer]
    usual = (flag for flag in find_compiler().flags if flag != "-fPIC")
    compile_project(project, (*usual, "-O0", *flags, "-Werror"), executable=sanitizer)
    (project / "given.json").write_text('{"cells.v": 0.5, "cells.tau": "2 ms"}')
    for given in (
        ["--help"],
        ["--threads=3", "--progress"],
        [
            "--threads=2",
            "--set=cells.tau=2ms",
            "--set=cells.on=true",
            "--seed=3",
            "--duration=2ms",
        ],
        ["--params=given.json"],
        ["--set=tua=2ms"],
    ):
        done = subprocess.run(
            [f"./{sanitizer}", *given], cwd=project, env={**os.environ, **options}, text=True,
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == (2 if "tua" in given[0] else 0), done.stderr[:4000]
        assert "Sanitizer" not in done.stderr
        assert "runtime error" not in done.stderr


# ---------------------------------------------------------------------------------- clang-tidy

UNCHECKED = (
    # Arguments of kernels and of the C interface are numbers and pointers, in the order in which
    # they are described.
    "bugprone-easily-swappable-parameters",
    # The bits of numbers are taken apart with integers that wrap, see -fwrapv.
    "bugprone-signed-bitwise",
)


@pytest.fixture
def tidy():
    """What clang-tidy says of files of a folder."""
    found = shutil.which("clang-tidy") or shutil.which(
        "clang-tidy", path=str(Path(sys.executable).parent)
    )
    if found is None:
        pytest.skip("needs clang-tidy: pip install clang-tidy")
    checks = ",".join(["-*", "bugprone-*", *(f"-{name}" for name in UNCHECKED)])

    def said(folder, *files):
        command = [found, f"--checks={checks}", "--quiet", "--header-filter=.*", *files, "--"]
        done = subprocess.run(
            [*command, "-std=c++17", "-Wno-unknown-pragmas"], cwd=folder, capture_output=True,
            text=True, timeout=300, check=False,
        )  # fmt: skip
        assert "error:" not in done.stdout, done.stdout
        return sorted(set(re.findall(r"^.*warning: .*$", done.stdout, re.MULTILINE)))

    return said


@pytest.mark.slow
def test_clang_tidy_finds_nothing(language, project, tidy, tmp_path):
    files = []
    for number, case in enumerate(language.cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        render_cpp(case.program).write(folder)
        files.append(f"{number}/simulation.cpp")

    assert tidy(tmp_path, *files) == []
    assert tidy(project, "main.cpp", "standalone.cpp") == []


def test_what_clang_tidy_looks_for_is_found(tidy, tmp_path):
    (tmp_path / "wrong.cpp").write_text("double half(int x) { return (double)(x / 2); }\n")

    assert "bugprone-integer-division" in tidy(tmp_path, "wrong.cpp")[0]
