"""What can be set when a program runs gives the very run of a script with those values."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsim
from eqsim import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    defaultclock,
    kHz,
    ms,
    mV,
    second,
    seed,
    us,
    volt,
)

pytestmark = pytest.mark.compiler

Compile = Callable[..., Any]


def model(tau: Any = 10 * ms, **changes: Any) -> Network:
    """Noisy neurons with parameters of each kind, and a rate that synapses spread."""
    cells = NeuronGroup(
        8,
        """dv/dt = (drive - v)/tau + sigma*xi/tau**0.5 : volt (unless refractory)
           drive : volt
           sigma : volt (shared)
           level : integer
           is_on : boolean""",
        threshold="v > 15*mV and is_on and level < 3",
        reset="v = 0*mV",
        refractory=changes.get("refractory", 1 * ms),
        method="euler",
        name="cells",
        namespace={"tau": tau},
    )
    cells.v = changes.get("v", 5 * mV)
    cells.drive = changes.get("drive", 20 * mV)
    cells.sigma = changes.get("sigma", 2 * mV)
    cells.is_on = changes.get("is_on", True)
    cells.level = changes.get("level", 0)
    links = Synapses(cells, cells, "w : volt", on_pre="v_post += w", name="links")
    # Made from the last source to the first: stored in another order.
    links.connect(i=[7, 3, 3, 0], j=[0, 2, 1, 5])
    links.w = changes.get("w", [0.1, 0.2, 0.3, 0.4] * mV)
    return Network(
        cells,
        links,
        StateMonitor(cells, "v", record=True, name="traces"),
        SpikeMonitor(cells, name="spikes"),
    )


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory, compiled: Compile) -> Any:
    eqsim.start_scope()
    return compiled(model(), tmp_path_factory.mktemp("exported") / "project", 30 * ms)


def assert_same(results: eqsim.Results, network: Network) -> None:
    assert (results["traces"].t_ == network["traces"].t_).all()
    assert (results["traces"].v_ == network["traces"].v_).all()
    assert (results["spikes"].i == network["spikes"].i).all()
    assert (results["spikes"].t_ == network["spikes"].t_).all()
    assert len(results["spikes"].i) > 0


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        (["cells.tau=5ms"], {"tau": 5 * ms}),
        (["cells.tau=5000 us"], {"tau": 5000 * us}),
        (["cells.refractory=0"], {"refractory": 0 * ms}),
        (["cells.v=-60mV", "cells.drive=30*mV"], {"v": -60 * mV, "drive": 30 * mV}),
        (["cells.sigma=0.5 mV"], {"sigma": 0.5 * mV}),
        (["cells.drive=0.03 volt", "cells.level=2"], {"drive": 0.03 * volt, "level": 2}),
        (["links.w=3mV", "links.w=4mV"], {"w": 4 * mV}),
    ],
)
def test_what_is_set_is_as_in_a_script(
    program: Any, options: list[str], changes: dict[str, Any]
) -> None:
    results = program.run("--seed", "7", *(f"--set={option}" for option in options))

    network = model(**changes)
    seed(7)
    network.run(30 * ms, target="numpy")
    assert_same(results, network)


def test_files_of_parameters_have_values_for_each_element(program: Any, tmp_path: Path) -> None:
    drive, weights = np.linspace(15, 40, 8), [0.1, 2, 3, 4]
    file = tmp_path / "values.json"
    file.write_text(
        json.dumps(
            {
                "cells.tau": "7 ms",
                "cells.drive": {"values": drive.tolist(), "unit": "mV"},
                "links.w": ["0.1 mV", "2*mV", "3mV", "4 mV"],
                "cells.is_on": [True, True, False, True, True, 1, 1, "true"],
                "cells.level": [0, 0, 0, 2, 3, 0, 0, 0],
            }
        )
    )

    results = program.run("--seed=3", "--params", str(file), "--set=cells.sigma=1mV")

    network = model(
        7 * ms,
        drive=drive * mV,
        w=weights * mV,
        is_on=[True, True, False, True, True, True, True, True],
        level=[0, 0, 0, 2, 3, 0, 0, 0],
        sigma=1 * mV,
    )
    seed(3)
    network.run(30 * ms, target="numpy")
    assert_same(results, network)
    assert (results["links"].w_ == weights * mV / volt).all()


def test_the_step_is_as_in_a_script(program: Any) -> None:
    results = program.run("--seed=5", "--dt", "50us")

    defaultclock.dt = 50 * us
    network = model()
    seed(5)
    network.run(30 * ms, target="numpy")
    assert_same(results, network)
    assert results["traces"].v.shape == (8, 600)


def test_a_seed_gives_the_numbers_of_eqsim_seeded_before_the_export(
    tmp_path: Path, compiled: Compile
) -> None:
    def noise() -> Network:
        group = NeuronGroup(4, "dx/dt = xi/ms**0.5 : 1", method="euler", name="noise")
        group.x = "rand()"
        return Network(group, StateMonitor(group, "x", record=True, name="traces"))

    seed(1)
    network = noise()
    exported = compiled(network, tmp_path / "project", 5 * ms)
    initial = network["noise"].x_[:].copy()
    network.run(5 * ms, target="numpy")
    results = exported.run("--seed", str(2**64 - 1))
    same = exported.run(results="same")

    other = noise()
    other["noise"].x_ = initial
    seed(2**64 - 1)
    other.run(5 * ms, target="numpy")
    assert (results["traces"].x_ == other["traces"].x_).all()
    assert (same["traces"].x_ == network["traces"].x_).all()
    assert (results["traces"].x_[:, -1] != same["traces"].x_[:, -1]).any()


def test_results_say_what_was_set(program: Any, tmp_path: Path) -> None:
    file = tmp_path / "values.json"
    file.write_text('{"cells.level": 1, "links.w": ["1 mV", "1mV", "1mV", 0]}')
    options = ["--seed=5", "--dt=50us", "--set=cells.tau=5ms", "--params", str(file)]

    results = program.run(*options)

    assert results.settings == {
        "seed": "5",
        "dt": "50us",
        "cells.tau": "5ms",
        "cells.level": "1",
        "links.w": "see params.json",
    }
    assert results.parameters["cells.tau"] == 5 * ms
    assert results.parameters["cells.sigma"] == 2 * mV
    assert results.parameters["cells.drive"].shape == (8,)
    assert results.parameters["cells.is_on"].all()
    assert list(results.parameters["links.w"]) == [1 * mV, 1 * mV, 1 * mV, 0 * mV]
    assert len(results.parameters) == 7
    assert "cells.v" not in results.parameters
    assert "cells.tau" in repr(results.parameters)
    assert (program.folder / "results" / "params.json").read_text() == file.read_text()
    assert program.run().settings == {}
    assert not (program.folder / "results" / "params.json").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--set", "cells.tua=5ms"], "no parameter 'cells.tua' (did you mean 'cells.tau'?)"),
        (["--set", "nothing=5ms"], "no parameter 'nothing'; --help lists the parameters"),
        (["--set", "cells.tau"], "--set takes NAME=VALUE, for example --set tau=5ms"),
        (["--set", "cells.tau="], "--set takes NAME=VALUE"),
        (["--set", "=5ms"], "--set takes NAME=VALUE"),
        (
            ["--set", "cells.tau=5mV"],
            "'cells.tau' takes a value in second, such as '1 s', not '5mV'",
        ),
        (["--set", "cells.tau=5"], "takes a value in second, such as '1 s', not '5'"),
        (["--set", "cells.drive=5 ms"], "takes a value in volt, such as '1 V', not '5 ms'"),
        (["--set", "cells.level=1mV"], "takes a number without unit, not '1mV'"),
        (["--set", "cells.level=1.5"], "is a whole number in the model and takes no '1.5'"),
        (["--set", "cells.level=3e9"], "is a whole number in the model and takes no '3e9'"),
        (["--set", "cells.is_on=2"], "'cells.is_on' takes true or false, not '2'"),
        (["--set", "cells.refractory=-1ms"], "must not be negative, not '-1ms'"),
        (["--set", "cells.tau=5mss"], "there is no unit 'mss' (did you mean 'ms'?); write"),
        (["--set", "cells.tau=5*"], "it ends too soon"),
        (["--set", "cells.tau=(5ms"], "')' is missing"),
        (["--set", "cells.tau=5ms)"], "')' cannot stand there"),
        (["--set", "cells.tau=5**ms"], "an exponent is missing"),
        (["--set", "cells.tau=5ms + 3ms"], "a number or unit is missing"),
        (["--set", "cells.tau=1/0*s"], "it is not finite"),
        (["--set", "cells.lastspike=0ms"], "no parameter 'cells.lastspike'"),
        (["--dt", "0"], "--dt takes a time above 0, not '0'"),
        (["--dt", "2 mV"], "--dt takes a time such as 20ms"),
        (["--set", "defaultclock.dt=-1ms"], "takes a time above 0, not '-1ms'"),
        (["--seed", "-1"], "--seed takes a whole number from 0 to 2**64 - 1, not '-1'"),
        (["--seed", "18446744073709551616"], "not '18446744073709551616'"),
        (["--seed", "1.5"], "not '1.5'"),
        (["--params", "nowhere.json"], "cannot read 'nowhere.json': No such file"),
        (["--params", "."], "cannot read '.': it is a folder"),
        (["--params="], "--params takes the name of a file"),
    ],
)
def test_wrong_values_are_refused_with_what_was_expected(
    program: Any, options: list[str], said: str
) -> None:
    status = 1 if said.startswith("cannot read") else 2
    assert said in program.refusal(*options, status=status)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is no JSON: line 1: expected a value"),
        ('{"cells.tau": "5 ms",\n "cells.tau": "6 ms"}', "line 2: 'cells.tau' is there twice"),
        ('{"cells.tau": 5 ms}', "line 1: expected ','"),
        ('{"cells.tau": "5 ms"', "line 1: expected ','"),
        ('{"cells.tau": "5 ms"} 3', "something follows its end"),
        ('{"cells.tau": nan}', "expected a value"),
        ('{"cells.tau": 1e999}', "expected a value"),
        ('{"cells\\u0020": 1}', "this escape is not understood"),
        ("[" * 30, "too many brackets"),
        ("[1, 2]", "must hold names with values"),
        ('{"cells.tau": 5}', "takes a value in second, such as '1 s', not '5'"),
        ('{"cells.tau": true}', "'cells.tau' takes a number, not true or false"),
        ('{"cells.tau": null}', "'cells.tau' takes a value, not null or a table"),
        (
            '{"cells.tau": ["5 ms"]}',
            "'cells.tau' takes one value, not an array: at the export it was one",
        ),
        ('{"cells.v": ["5 mV", "6 mV"]}', "'cells.v' takes 8 values, not 2"),
        ('{"cells.v": {"values": 3}}', 'or {"values": [..], "unit": "mV"}'),
        ('{"cells.v": {"values": 3, "unit": "ms"}}', "takes a value in volt, such as '1 V'"),
        ('{"defaultclock.dt": 3}', "'defaultclock.dt' takes a text with a time"),
        ('{"cels.v": 3}', "no parameter 'cels.v' (did you mean 'cells.v'?)"),
    ],
)
def test_wrong_files_of_parameters_are_refused(
    program: Any, tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "values.json"
    file.write_text(content)

    assert said in program.refusal("--params", str(file))


def test_one_file_of_parameters_is_enough(program: Any, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")

    assert "--params takes one file" in program.refusal(*["--params", f"{tmp_path}/a.json"] * 2)


def test_refused_options_leave_the_results_as_they_were(program: Any) -> None:
    program.run()
    before = (program.folder / "results" / "run.json").read_bytes()

    program.refusal("--set", "cells.tau=5mV")
    program.refusal("--dt", "2 mV")

    assert (program.folder / "results" / "run.json").read_bytes() == before


# -- steps ----------------------------------------------------------------------------------------


def generator() -> Network:
    return Network(SpikeGeneratorGroup(1, [0, 0], [1, 2] * ms, name="given"))


def array() -> Network:
    current = TimedArray([1, 2], dt=1 * ms, name="current")
    space = {"current": current}
    return Network(
        NeuronGroup(1, "dx/dt = current(t)/ms : 1", method="euler", name="cells", namespace=space)
    )


def continued() -> Network:
    network = Network(NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="cells"))
    network.run(1 * ms, target="numpy")
    return network


def binomial_input() -> Network:
    group = NeuronGroup(1, "x : 1", name="cells")
    return Network(group, PoissonInput(group, "x", 10, 1000 * Hz, 1, name="input"))


def two_clocks() -> Network:
    return Network(
        NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="slow", dt=1 * ms),
        NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="fast", dt=0.1 * ms),
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "said"),
    [
        (
            generator,
            "cannot be changed: the times of 'given' are laid out in steps; set it in the",
        ),
        (array, "how 'current' meets the steps was checked when the program was made"),
        (continued, "the network had run before it was exported"),
        (binomial_input, "can be up to 1 ms: the rate of 'input' is 1 kHz"),
        (two_clocks, "the model has several clocks: set the step of one with --set: clock.dt,"),
    ],
)
def test_steps_that_the_model_was_made_for_stay(
    tmp_path: Path, compiled: Compile, network: Callable[[], Network], said: str
) -> None:
    exported = compiled(network(), tmp_path / "project", 3 * ms)

    assert said in exported.refusal("--dt", "2ms")
    if network is generator:
        assert exported.start("--dt", "0.1ms").returncode == 0
        assert "cannot be changed" in exported.start("--help").stdout


@pytest.mark.slow
def test_each_clock_has_a_step_and_single_times_follow(tmp_path: Path, compiled: Compile) -> None:
    def network() -> Network:
        eqsim.start_scope()
        fast = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="fast")
        slow = NeuronGroup(1, "dx/dt = 1/ms : 1", method="euler", name="slow", dt=1 * ms)

        fast.run_at("x = 0", times=[1.05, 2] * ms, name="reset")
        return Network(
            fast,
            slow,
            StateMonitor(fast, "x", record=True, name="traces"),
            StateMonitor(slow, "x", record=True, name="slow_traces"),
        )

    first = network()
    exported = compiled(first, tmp_path / "project", 5 * ms)
    clock = str(first["slow"].clock.stem)

    results = exported.run("--dt=25us", f"--set={clock}.dt=0.5ms")

    defaultclock.dt = 25 * us
    other = network()
    other["slow"].clock.dt = 0.5 * ms
    other.run(5 * ms, target="numpy")
    assert (results["traces"].x_ == other["traces"].x_).all()
    assert results["slow_traces"].x.shape == (1, 10)
    assert (results["slow_traces"].x_ == other["slow_traces"].x_).all()


def test_what_the_program_relies_on_is_no_parameter(tmp_path: Path) -> None:
    table = TimedArray(np.ones((3, 2)), dt=1 * ms, name="table")
    space = {"table": table, "column": 1, "scale": 2.0}
    group = NeuronGroup(
        2,
        "dx/dt = scale*table(t, column)/ms : 1",
        method="euler",
        name="cells",
        namespace=space,
    )
    Network(group).export(tmp_path / "project", 1 * ms)

    described = json.loads((tmp_path / "project" / "model.json").read_text())
    assert {each["name"] for each in described["parameters"]} == {"cells.scale", "cells.x"}


def test_rates_of_poisson_groups_cannot_be_negative(tmp_path: Path, compiled: Compile) -> None:
    group = PoissonGroup(3, 10 * Hz, name="inputs")
    exported = compiled(Network(group, SpikeMonitor(group, name="spikes")), tmp_path / "p", 9 * ms)

    assert "must not be negative, not '-3 Hz'" in exported.refusal("--set=inputs.rates=-3 Hz")
    assert exported.run("--set=inputs.rates=100 kHz")["spikes"].count.tolist() == [90] * 3


def test_rates_that_the_program_takes_for_one_cannot_differ(
    tmp_path: Path, compiled: Compile
) -> None:
    group = PoissonGroup(3, 100 * kHz, name="inputs")
    exported = compiled(Network(group, SpikeMonitor(group, name="spikes")), tmp_path / "p", 1 * ms)
    said = (
        "values that differ: the program relies on one value for all; make the group in the"
        " script with an array of values, equal or not, and export the model again"
    )

    file = tmp_path / "rates.json"
    file.write_text('{"inputs.rates": ["1 Hz", "1 Hz", "2 Hz"]}')
    assert f"'inputs.rates' cannot get {said}" in exported.refusal("--params", str(file))
    file.write_text('{"inputs.rates": ["0 Hz", "0 Hz", "0 Hz"]}')
    assert exported.run("--params", str(file))["spikes"].count.tolist() == [0] * 3

    np.save(exported.folder / "state" / "inputs.rates.npy", [1e5, 0, 0])
    assert f"inputs.rates.npy' holds {said}" in exported.refusal(status=1)


# -- units ----------------------------------------------------------------------------------------

READER = """
#include "quantities.h"
#include <cstring>
#include <iostream>
int main() {
    std::string line;
    while (std::getline(std::cin, line)) {
        const standalone::Quantity read = standalone::quantity(line);
        uint64_t bits;
        std::memcpy(&bits, &read.value, sizeof bits);
        std::cout << bits;
        for (const double each : read.exponents) std::cout << ' ' << each;
        std::cout << '\\n';
    }
}
"""
TEXTS = {
    "10*mV": "10*mV",
    "5ms": "5*ms",
    "0.3nS": "0.3*nS",
    "2 nS/cm**2": "2*nS/cm**2",
    "2 nS/cm^2": "2*nS/cm**2",
    "2 nS/cm2": "2*nS/cm2",
    "-60 mV": "-60*mV",
    "+3e-3 volt": "3e-3*volt",
    "3 uA/(cm**2*ms)": "3*uA/(cm**2*ms)",
    "1/(2*ms)": "1/(2*ms)",
    "2 mV/ms**0.5": "2*mV/ms**0.5",
    "2 mV*ms**(-1/2)": "2*mV*ms**(-1/2)",
    "1.5e3 Hz": "1.5e3*Hz",
    ".5 mM": ".5*mM",
    "7 ohm*um": "7*ohm*um",
}


def test_all_units_mean_what_they_mean_in_scripts(tmp_path: Path, program: Any) -> None:
    names = sorted(eqsim.units.names.UNITS)
    expected = [*names, *TEXTS.values()]
    (tmp_path / "reader.cpp").write_text(READER)
    command = ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{program.folder}"]
    subprocess.run([*command, "reader.cpp", "-o", "reader"], cwd=tmp_path, check=True)

    read = subprocess.run(
        [tmp_path / "reader"], input="\n".join([*names, *TEXTS]), capture_output=True, text=True,
        check=True,
    ).stdout.splitlines()  # fmt: skip

    assert len(names) > 900
    assert len(read) == len(expected)
    for text, line in zip(expected, read, strict=True):
        quantity = eval(text, dict(eqsim.units.names.UNITS))
        bits, *exponents = line.split()
        value = np.float64(eqsim.units.quantity.si_value(quantity))
        assert int(bits) == value.view(np.uint64), text
        dimension = eqsim.units.get_dimensions(quantity)
        assert [float(e) for e in exponents] == [float(e) for e in dimension.exponents], text


# -- progress -------------------------------------------------------------------------------------


def wall_seconds(program: Any) -> float:
    return float(json.loads((program.folder / "results" / "run.json").read_text())["wall_seconds"])


@pytest.fixture
def duration(program: Any) -> int:
    """How many seconds to simulate so that it takes more than half a second on this machine."""
    seconds = 15
    while True:
        seconds *= 2
        program.start(f"--duration={seconds}", "--threads=1")
        if wall_seconds(program) > 0.5:
            return seconds


def test_progress_is_told_if_asked_for(program: Any, duration: int) -> None:
    quiet = program.start("--duration=60", "--threads=1")
    told = program.start("--duration=60", "--threads=1", "--progress")

    assert quiet.stderr == ""
    lines = told.stderr.splitlines()
    assert "of 1 min 0 s simulated in" in lines[0]
    assert lines[-1].startswith("100% of 1 min 0 s")

    lines = program.start(
        f"--duration={duration}", "--threads=1", "--progress"
    ).stderr.splitlines()
    assert 3 <= len(lines) <= 10 * wall_seconds(program) + 2


def test_progress_is_one_line_on_a_terminal(program: Any, duration: int) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [program.folder / "simulate", f"--duration={duration}", "--threads=1"],
        cwd=program.folder, stderr=theirs, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.wait(60) == 0
    time.sleep(0.1)
    shown = os.read(ours, 10**6).decode()
    os.close(theirs)
    os.close(ours)

    assert shown.count("\r") > 2
    assert shown.count("\n") == 1
    assert re.search(r"\r100% of [^\r]+ simulated in [^\r]+\r\n$", shown)


def test_times_are_plain_seconds_too(program: Any) -> None:
    assert program.run("--duration=0.01", "--dt=2e-4").t == 0.01 * second
