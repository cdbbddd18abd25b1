"""Texts are data: hostile ones give an error or equal numbers on all targets; nothing is run."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eqsim import (
    Cpp,
    Network,
    NeuronGroup,
    Numpy,
    SpikeMonitor,
    StateMonitor,
    ms,
    mV,
    start_scope,
)
from eqsim.build.toolchain import find_compiler
from eqsim.errors import EqsimError
from eqsim.targets.cpp.target import render_cpp
from eqsim.targets.identifiers import is_reserved

COMMAND = "touch executed"


@pytest.fixture(autouse=True)
def nothing_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.iterdir()) == []


EXPRESSIONS = [
    f"__import__('os').system('{COMMAND}')",
    f'system("{COMMAND}")',
    f"eval('{COMMAND}')",
    "open('executed', 'w')",
    "().__class__.__bases__",
    "v.__class__",
    "__builtins__",
    "__import__",
    "_v",
    f'1); system("{COMMAND}"); (1',
    f'v; system("{COMMAND}"); v',
    "v */ 1",
    "v /* 1",
    "v // 0 */ system",
    "v \\\n + 1",
    "v\\",
    '#include "executed"',
    "v ??/\n",
    "v ??= 1",
    'v + "\\""',
    "v + '\\''",
    "{{ 7*7 }}",
    "{% for x in y %}",
    "%s%s%n",
    "${IFS}",
    "`touch executed`",
    "$(touch executed)",
    "v\x00",
    "v\x1b[2J",
    "v\u2028system()",
    "v\u202e",
    "((((((((((" * 100,
    "-" * 100000 + "v",
    "9" * 5000,
    "[" * 1000,
    "lambda: 0",
    "yield v",
    "(v := 3)",
    "*v",
    "f'{v}'",
    "print",
    "asm('int3')",
    "std::abort()",
    "sizeof(int)",
    "simulation->failure = 1",
    "Simulation",
    "clocks.step",
]  # fmt: skip


PLACES = ("equation", "subexpression", "threshold", "reset", "refractory", "event", "regular",
          "value", "index", "unit", "flag", "line")  # fmt: skip


@pytest.mark.parametrize("text", EXPRESSIONS, ids=lambda text: repr(text[:30]))
@pytest.mark.parametrize("place", PLACES)
def test_hostile_text_gives_one_error(place: str, text: str) -> None:
    with pytest.raises(EqsimError) as caught:
        use(place, text)
    assert "\x1b" not in str(caught.value)
    assert "\x00" not in str(caught.value)
    assert len(str(caught.value)) < 20000


def use(place: str, text: str) -> None:
    """Put a text where a user may put one, and run."""
    equations = {
        "equation": f"dv/dt = ({text})/ms : 1",
        "subexpression": f"dv/dt = x/ms : 1\nx = ({text}) : 1",
        "unit": f"dv/dt = -v/ms : {text}",
        "flag": f"dv/dt = -v/ms : 1 ({text})",
        "line": f"dv/dt = -v/ms : 1\n({text})",
    }.get(place, "dv/dt = -v/ms : 1")
    condition = f"({text}) > 1"
    cells = NeuronGroup(
        2,
        equations,
        threshold=condition if place == "threshold" else "v > 1",
        reset=f"v = ({text})" if place == "reset" else "v = 0",
        refractory=f"({text})*ms" if place == "refractory" else False,
        events={"other": condition if place == "event" else "v > 2"},
        method="euler",
    )
    if place == "regular":
        cells.run_regularly(f"v = ({text})")
    if place == "value":
        cells.v = text
    if place == "index":
        cells.v[condition] = 1
    Network(cells).run(0.2 * ms, target="numpy")


NAMES = [
    "NULL", "INFINITY", "NAN", "EOF", "RAND_MAX", "simulation", "Simulation", "clocks", "count_",
    "rows_", "instance_", "neurongroup_v", "cells_v", "n_", "range_", "part_", "worker_", "errno",
    "uniform", "normal", "philox", "power", "modulo", "uint64_t", "size_t", "EQSIM_FUNCTION",
    "eqsim", "std", "printf", "malloc", "linux", "unix", "stdin", "I", "_Complex_I", "M_PI",
    "__LINE__", "assert", "signed", "override", "final", "omp_get_thread_num", "advance", "Clocks",
    "defaultclock_dt", "a" * 300, "dt_", "t_", "v1", "key_", "step_", "element_", "visited_",
    "__attribute__", "__builtin_inf", "L", "u8", "R", "E", "f", "x0x",
]  # fmt: skip


@pytest.mark.compiler
def test_names_that_collide_with_generated_code_give_errors_or_equal_results() -> None:
    accepted = [name for name in NAMES if is_accepted(f"{name} : 1")]
    assert len(accepted) > 40
    equations = "\n".join(
        [f"d{name}/dt = ({number} - {name})/(10*ms) : 1" for number, name in enumerate(accepted)]
        + [f"{name}_x = 2*{name} : 1" for name in accepted]
    )
    reset = "; ".join(f"{name} += 1; {name}_local = {name}" for name in accepted)

    def simulated(target: Numpy | Cpp) -> list[np.ndarray[Any, Any]]:
        cells = NeuronGroup(3, equations, threshold="i > 0", reset=reset, method="euler")
        Network(cells).run(0.3 * ms, target=target)
        return [getattr(cells, f"{name}_") for name in accepted]

    expected = simulated(Numpy())
    assert np.array_equal(np.array(simulated(Cpp(threads=1))), np.array(expected))


def is_accepted(equation: str) -> bool:
    try:
        NeuronGroup(1, equation)
    except EqsimError:
        return False
    return True


OBJECT_NAMES = ["simulation", "NULL", "int", "clocks", "main", "advance", "namespace", "random",
                "defaultclock", "a" * 200, "n_cells", "Simulation", "this"]  # fmt: skip


@pytest.mark.compiler
def test_objects_named_like_generated_code_run() -> None:
    def simulated(target: Numpy | Cpp) -> tuple[list[np.ndarray[Any, Any]], list[Any]]:
        start_scope()
        groups = [
            NeuronGroup(2, "dv/dt = (k - v)/ms : 1\nk : 1", threshold="v > 1", reset="v = 0",
                        method="euler", name=name)
            for name in OBJECT_NAMES
        ]  # fmt: skip
        traces = [StateMonitor(group, "v", name=f"{group.name}_v") for group in groups]
        spikes = [SpikeMonitor(group, name=f"{group.name}_spikes") for group in groups]
        for number, group in enumerate(groups):
            group.k = number
        Network(*groups, *traces, *spikes, name="NULL").run(0.5 * ms, target=target)
        return [trace.v_ for trace in traces], [each.t_.tolist() for each in spikes]

    traces, spikes = simulated(Numpy())
    compiled, compiled_spikes = simulated(Cpp(threads=1))
    assert np.array_equal(np.array(traces), np.array(compiled))
    assert spikes == compiled_spikes
    assert any(spikes)


@pytest.mark.parametrize(
    "name",
    [f'a"; system("{COMMAND}"); "', "a b", "a/b", "../a", "a\n", "a\\", "*/", "", "*", "a**",
     "_a", "1a", "ä", "a;", None, 3, b"a"],
)  # fmt: skip
def test_object_with_a_hostile_name_is_refused(name: Any) -> None:
    group = NeuronGroup(1, "v : 1", threshold="v > 1", name="cells")
    for make in (
        lambda: NeuronGroup(1, "v : 1", name=name),
        lambda: StateMonitor(group, "v", name=name),
        lambda: SpikeMonitor(group, name=name),
        lambda: Network(group, name=name),
        lambda: NeuronGroup(1, "v : 1", events={name: "v > 1"}),
    ):
        with pytest.raises(EqsimError, match="is no name for"):
            make()


COMMENTS = [
    "*/ system(); /*",
    "backslash at the end \\",
    "backslash and blank \\ ",
    "trigraph ??/",
    '#include "nothing"',
    "form feed \f and vertical tab \v",
    "separator \u2028 system();",
    "carriage return \r and more",
    "{{ 7*7 }} {% endfor %} {#",
    '"); system("touch executed"); ("',
    "'",
    "ä ∂ 神",
    "\x1b[2J",
]


@pytest.mark.compiler
def test_comments_never_reach_the_generated_code() -> None:
    def simulated(target: Numpy | Cpp) -> tuple[Any, str]:
        lines = ["dv/dt = (I - v)/ms : 1"]
        lines = [
            f"dv{number}/dt = (1  # {comment}\n - v{number}  # {comment}\n)/ms : 1  # {comment}"
            for number, comment in enumerate(COMMENTS)
        ]
        code = "\n".join(f"v{number} = 0  # {text}" for number, text in enumerate(COMMENTS))
        cells = NeuronGroup(
            2, "\n".join(lines), threshold="v0 > 0.3  # \\", reset=code, method="euler"
        )
        cells.run_regularly(code.replace("= 0", "+= 0.1"))
        net = Network(cells)
        source = render_cpp(net.lower({}).program).text("simulation.cpp")
        net.run(0.5 * ms, target=target)
        return [getattr(cells, f"v{number}_") for number in range(len(COMMENTS))], source

    expected, source = simulated(Numpy())
    compiled, _ = simulated(Cpp(threads=1))
    assert np.array_equal(np.array(expected), np.array(compiled))
    for line in source.splitlines():
        assert not line.endswith("\\")
        if line.startswith("//"):
            assert not any(word in line for word in ("system", "{{", "*/", "include", "\x1b"))


def test_hostile_values_in_the_namespace_are_refused() -> None:
    for value in ("1); system()", b"1", Path("executed"), print, object, [], {}, eval):
        cells = NeuronGroup(1, "dv/dt = -v/tau : volt", namespace={"tau": value})
        cells.v = 1 * mV
        with pytest.raises(EqsimError, match="'tau', used by"):
            Network(cells).run(1 * ms, target="numpy")


@pytest.mark.compiler
def test_macros_of_the_included_headers_are_never_names_in_generated_code(tmp_path: Path) -> None:
    cells = NeuronGroup(2, "dv/dt = -v/ms : 1", threshold="v > rand()", reset="v = 0")
    sources = render_cpp(Network(cells, SpikeMonitor(cells)).lower({}).program)
    folder = tmp_path / "sources"
    sources.write(folder)
    toolchain = find_compiler()
    assert toolchain is not None
    command = [*toolchain.command, *toolchain.flags, "-dM", "-E", sources.main]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    shutil.rmtree(folder)
    macros = re.findall(r"^#define ([A-Za-z]\w*)", done.stdout, flags=re.MULTILINE)
    assert len(macros) > 50
    assert [macro for macro in macros if not is_reserved(macro)] == []
