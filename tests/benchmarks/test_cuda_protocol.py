"""The parts of what measures devices: activity, time, the words of other programs, guests."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import cuda
import numpy as np
import pytest
from cuda_protocol import activity, devices, peers, report, tools
from cuda_protocol.cases import Case
from measure import MeasurementError

import eqsim
from eqsim import Cuda, measure
from eqsim.build.nvcc import find_nvcc
from eqsim.build.toolchain import find_compiler

HERE = Path(__file__).resolve().parent
FAKES = HERE / "fakes"


@pytest.fixture
def compiler():
    if find_compiler() is None:
        pytest.skip("there is no C++ compiler")


@pytest.fixture
def on_path(monkeypatch, tmp_path):
    """Puts a program on the path, of which the text of a script in Python is given."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def make(name, text):
        path = folder / name
        path.write_text(f"#!{sys.executable}\n{text}")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Runs a piece on the emulation; returns its table, other lines, and what was told."""

    def call(piece, *options):
        path = tmp_path / "figures.json"
        given = [piece, "--emulated", "--json", str(path), *map(str, options)]
        monkeypatch.setattr(sys, "argv", ["cuda.py", *given])
        cuda.main()
        said = capsys.readouterr()
        rows = (
            [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        )
        return rows, said.out.splitlines(), said.err

    return call


# ------------------------------------------------------------------------------------- activity


def test_a_clock_has_no_variation_and_a_poisson_process_that_of_one():
    steps = np.arange(100.0)
    random = np.random.default_rng(1)
    poisson = np.cumsum(random.exponential(size=20_000))

    assert activity.isi_cv(np.zeros(100, dtype=int), steps) == 0
    assert activity.isi_cv(np.zeros(20_000, dtype=int), poisson) == pytest.approx(1, abs=0.03)
    assert np.isnan(activity.isi_cv(np.array([0, 1, 0, 1]), np.arange(4.0)))
    assert np.isnan(activity.isi_cv(np.array([], dtype=int), np.array([])))


@pytest.mark.parametrize("seed", range(10))
def test_the_variation_is_that_of_the_librarys_measure(seed):
    random = np.random.default_rng(seed)
    i, t = random.integers(0, 5, 30), random.permutation(1000)[:30].astype(float)
    trains = [np.sort(t[i == neuron]) * eqsim.ms for neuron in range(5)]

    each = measure.cv(trains)

    assert activity.isi_cv(i, t) == pytest.approx(np.nanmean(each), rel=1e-9)


def test_rates_are_known_for_sizes_that_have_them():
    (cuba,) = activity.expected("cuba", 4000)

    assert cuba.wrong(np.full(4000, 5), 1.0) is None
    assert cuba.wrong(np.full(4000, 10), 1.0) == "rate 10.00 Hz, expected 4.70 to 6.10"
    assert len(activity.expected("microcircuit", 77_169)) == 8
    assert activity.expected("brunel", 100_000) == ()
    assert activity.expected("cuba", 128) == ()
    assert activity.expected("no such network", 4000) == ()


def test_a_population_at_another_rate_than_published_is_named():
    ranges = activity.expected("microcircuit", 77_169)
    counts = np.repeat(activity.RATES * 10, activity.SIZES)
    assert activity.wrong_rates(ranges, counts, 10.0) == []

    counts[20683 : 20683 + 5834] = 0
    assert activity.wrong_rates(ranges, counts, 10.0) == ["L2/3I 0.00 Hz, expected 1.90 to 3.70"]


# ----------------------------------------------------------------------------------------- time


def test_what_would_not_end_in_time_is_not_begun(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(report.time, "perf_counter", lambda: now[0])
    deadline = report.Deadline(100.0)

    assert deadline.fits(1e12)
    now[0] = 10.0
    deadline.took(1000.0, 10.0)
    assert deadline.left() == 90.0
    assert deadline.fits(8000.0)
    assert not deadline.fits(10_000.0)
    assert deadline.fits(10_000.0, by="another")
    now[0] = 85.0
    assert deadline.fits(1.0)
    now[0] = 95.0
    assert not deadline.fits(1.0)


def test_clocks_are_those_since_the_last_look(on_path, monkeypatch):
    on_path("nvidia-smi", "print(1980)\nprint(1755, flush=True)\nprint('N/A', end='')\n")
    clocks = devices.Clocks()
    clocks._process.wait()

    assert clocks.seen() == "1755-1980"
    assert clocks.seen() == ""


def test_a_device_tells_what_it_is(on_path, monkeypatch):
    said = "NVIDIA H200, 580.1, 1980 MHz, 3201 MHz, 143771 MiB, Disabled"
    on_path("nvidia-smi", f"print('{said}', flush=True)\n")
    monkeypatch.setattr(Cuda, "unavailable", lambda self: None)
    monkeypatch.setattr(devices, "find_nvcc", lambda architecture: "nvcc")

    assert devices.Gpu("sm_90").facts() == {
        "name": "NVIDIA H200",
        "driver_version": "580.1",
        "clocks.max.sm": "1980 MHz",
        "clocks.max.mem": "3201 MHz",
        "memory.total": "143771 MiB",
        "mig.mode.current": "Disabled",
        "architecture": "sm_90",
    }


def test_what_measures_parts_is_compiled_once(on_path, monkeypatch, tmp_path):
    monkeypatch.setenv("EQSIM_CACHE_DIR", str(tmp_path / "cache"))
    program = """#!/bin/sh\necho '{"part": "copy", "value": 4300, "unit": "GB/s"}'\n"""
    compiler = on_path(
        "another-nvcc",
        "import pathlib, sys\n"
        f"made, calls = pathlib.Path(sys.argv[-1]), pathlib.Path({str(tmp_path)!r}) / 'calls'\n"
        f"made.write_text({program!r})\n"
        "made.chmod(0o755)\n"
        "calls.open('a').write(' '.join(sys.argv[1:-1]) + chr(10))\n",
    )
    toolchain = SimpleNamespace(command=(str(compiler),), identity="another nvcc")
    monkeypatch.setattr(Cuda, "unavailable", lambda self: None)
    monkeypatch.setattr(devices, "find_nvcc", lambda architecture: toolchain)

    for _ in range(2):
        parts = devices.Gpu("sm_90").parts("copy")
        assert parts == [{"part": "copy", "value": 4300, "unit": "GB/s"}]

    (call,) = (tmp_path / "calls").read_text().splitlines()
    assert call.startswith("-arch=sm_90 -std=c++17 -O3 ")
    assert call.endswith("device.cu -o")


def test_without_a_device_that_is_said(monkeypatch):
    monkeypatch.setattr(Cuda, "unavailable", lambda self: "no nvcc found")
    monkeypatch.setattr(sys, "argv", ["cuda.py", "small"])

    with pytest.raises(SystemExit, match="cannot measure: no nvcc found"):
        cuda.main()


# ---------------------------------------------------------------------------- ncu and sanitizers

NCU = """
import subprocess, sys
command = sys.argv[sys.argv.index("--launch-count") + 2:]
assert "--print-units" in sys.argv
subprocess.run(command, check=True)
print("==PROF== Connected to process 1")
print("the program's own words")
print('"ID","Process ID","Kernel Name","Metric Name","Metric Unit","Metric Value"')
def row(number, kernel, ns, dram, hits):
    for name, unit, value in (
        ("dram__bytes.sum", "byte", dram),
        ("gpu__time_duration.sum", "ns", ns),
        ("lts__t_sector_hit_rate.pct", "%", hits),
    ):
        print(f'"{number}","1","{kernel}","{name}","{unit}","{value}"')
row(0, "neurons_update(eqsim_simulation, Clocks)", "2,000", "4,000,000", "50")
row(1, "synapses_pre(eqsim_simulation, Clocks)", "5000", "1000000", "75.5")
row(2, "neurons_update(eqsim_simulation, Clocks)", "4000", "2000000", "70")
row(3, "record(eqsim_simulation, Clocks)", "10", "10", "99")
print("==PROF== Disconnected")
"""


@pytest.mark.usefixtures("compiler")
def test_the_two_longest_kernels_are_profiled(on_path, run, monkeypatch):
    monkeypatch.setattr(tools, "PROFILED", (("cuba", 200),))
    on_path("ncu", NCU)

    rows, _, _ = run("profile")

    shown = [[row[name] for name in ("kernel", "launches", "us", "DRAM MB")] for row in rows]
    assert shown == [["neurons_update", 2, 3.0, 3.0], ["synapses_pre", 1, 5.0, 1.0]]
    assert rows[0]["DRAM GB/s"] == pytest.approx(1000)
    assert [row["L2 hits %"] for row in rows] == [60, 75.5]


def test_what_ncu_may_not_do_is_said(on_path, run, monkeypatch):
    monkeypatch.setattr(tools, "PROFILED", (("cuba", 200),))
    on_path("ncu", "print('==ERROR== ERR_NVGPUCTRPERM'); raise SystemExit(9)")

    rows, lines, told = run("profile")

    assert not rows
    assert lines[-1] == "left out, as it failed with status 9: ncu on cuba 200"
    assert "ERR_NVGPUCTRPERM" in told


@pytest.mark.parametrize(
    ("piece", "line"),
    [
        ("profile", "left out, as there is no ncu on the path: profiles of kernels"),
        ("sanitize", "left out, as there is no compute-sanitizer on the path: checks"),
    ],
)
def test_tools_that_are_not_there_are_said_to_be_missing(run, monkeypatch, piece, line):
    monkeypatch.setattr(tools.shutil, "which", lambda name: None)

    rows, lines, _ = run(piece)

    assert not rows
    assert lines[-1] == line


SANITIZER = """
import subprocess, sys
tool = sys.argv[sys.argv.index("--tool") + 1]
if {run} and tool == "memcheck":
    subprocess.run(sys.argv[sys.argv.index("--print-limit") + 2:], check=True)
print("========= COMPUTE-SANITIZER")
if tool == "racecheck":
    print("========= RACECHECK SUMMARY: {races} hazards displayed ({races} errors, 0 warnings)")
elif tool != "initcheck" or {whole}:
    print("========= ERROR SUMMARY: {errors} errors")
"""


@pytest.mark.usefixtures("compiler")
def test_checks_that_find_nothing_say_so(on_path, run, monkeypatch):
    monkeypatch.setattr(tools, "CHECKED", (("cuba", 200),))
    on_path("compute-sanitizer", SANITIZER.format(run=True, races=0, whole=True, errors=0))

    rows, _, _ = run("sanitize")

    assert [(row["tool"], row["mode"]) for row in rows] == [
        (tool, mode) for mode in ("launches", "persistent") for tool in tools.TOOLS
    ]
    assert {row["found"] for row in rows} == {"nothing"}


def test_what_checks_find_is_reported(on_path, run, monkeypatch):
    monkeypatch.setattr(tools, "CHECKED", (("cuba", 200),))
    on_path("compute-sanitizer", SANITIZER.format(run=False, races=3, whole=False, errors=2))

    rows, _, told = run("sanitize")

    assert [row["found"] for row in rows[:4]] == [
        "WRONG: 2 errors, exit status 0",
        "WRONG: 3 errors, exit status 0",
        "WRONG: 2 errors, exit status 0",
        "WRONG: no summary, exit status 0",
    ]
    assert "RACECHECK SUMMARY: 3 hazards" in told


def test_tests_run_in_batches_and_only_once(run, monkeypatch, tmp_path):
    monkeypatch.setattr(tools, "BATCH", 2)
    monkeypatch.setattr(tools, "processors", lambda: 1)
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = cuda: on devices\n")
    text = "import pytest\npytestmark = pytest.mark.cuda\n"
    (folder / "test_a.py").write_text(text + "def test_1(): pass\ndef test_2(): pass\n")
    (folder / "test_b.py").write_text(text + "def test_3(): assert False\n")
    (folder / "test_c.py").write_text("def test_4(): assert False\n")

    rows, _, told = run("tests", "--tests", folder)

    assert [row["first file"].rpartition("/")[2] for row in rows] == ["test_a.py", "test_b.py"]
    counts = [(row["tests"], row["passed"], row["failed"], row["verdict"]) for row in rows]
    assert counts == [(2, 2, 0, "ok"), (1, 0, 1, "WRONG: exit status 1")]
    assert "test_b.py::test_3" in told

    again, lines, _ = run("tests", "--tests", folder)
    assert again == rows
    assert sum(line.startswith("|") for line in lines) == 4


def test_what_does_not_end_in_time_is_ended_and_left_for_another_call(on_path, run, monkeypatch):
    monkeypatch.setattr(tools, "CHECKED", (("cuba", 200),))
    monkeypatch.setattr(tools, "TOOLS", ("memcheck",))
    monkeypatch.setattr(report.Deadline, "left", lambda self: -29.5)
    monkeypatch.setattr(report.Deadline, "fits", lambda self, work: True)
    on_path("compute-sanitizer", "import time\nprint('begun', flush=True)\ntime.sleep(60)\n")

    rows, lines, _ = run("sanitize")

    assert not rows
    assert lines[-2:] == [
        f"left out, as it did not end in time: memcheck of cuba, {mode}"
        for mode in ("launches", "persistent")
    ]


def test_no_tests_are_no_success(run, tmp_path):
    rows, lines, _ = run("tests", "--tests", tmp_path / "nowhere")

    assert not rows
    assert lines[-1].startswith("left out, as pytest found none: tests in ")


# --------------------------------------------------------------------------------------- guests


def ours(network, neurons, seconds):
    """Rate and irregularity of a network on the processor."""
    eqsim.start_scope()
    eqsim.seed(1)
    models = importlib.import_module("network_models")
    objects = models.NETWORKS[network](eqsim, neurons)
    spikes = eqsim.SpikeMonitor(objects[0])
    eqsim.Network(*objects, spikes).run(seconds * eqsim.second)
    rate = spikes.num_spikes / Case(network, neurons).looked_at / seconds
    return rate, activity.isi_cv(spikes.i, spikes.t_)


@pytest.mark.compiler
@pytest.mark.usefixtures("compiler")
@pytest.mark.parametrize(
    ("network", "neurons", "precision", "instances"),
    [("cuba", 1000, "double", 1), ("coba", 1000, "float", 2), ("microcircuit", 3858, "float", 1)],
)
def test_networks_for_genn_do_what_ours_do(monkeypatch, network, neurons, precision, instances):
    monkeypatch.syspath_prepend(FAKES)
    models = importlib.import_module("genn_models")
    options = {"model": network, "neurons": neurons, "seconds": 0.2, "precision": precision}
    options |= {"backend": "cuda", "instances": instances, "rounds": 0, "directory": None}

    found = models.measure(argparse.Namespace(**options | {"rounds": 1}))

    rate, cv = ours(network, neurons, 0.2)
    near = 0.25
    assert found["spikes"] / neurons / 0.2 == pytest.approx(rate, rel=near)
    assert found["cv"] == pytest.approx(cv, rel=near)
    assert found["simulation_low"] <= found["simulation"] <= found["simulation_high"]


@pytest.mark.compiler
@pytest.mark.usefixtures("compiler")
def test_networks_for_spice_do_what_ours_do(monkeypatch, tmp_path):
    monkeypatch.setattr(peers, "SECONDS", 0.2)
    spice = peers.Spice(FAKES / "spice_sources", tmp_path, argparse.Namespace(emulated=True))

    for network in ("vogels_abbott", "brunel_poisson"):
        case = Case(network, 4000)
        found = spice(case, 60.0)

        rate, cv = ours(network, 4000, 0.2)
        assert found["spikes"] / case.looked_at / 0.2 == pytest.approx(rate, rel=0.2)
        assert found["cv"] == pytest.approx(cv, rel=0.15)
        assert found["synapses"] == pytest.approx(0.02 * 4000**2, rel=1.6)
    with pytest.raises(MeasurementError, match="Spice failed: no network cuba"):
        spice(Case("cuba", 4000), 60.0)


@pytest.mark.nvcc
def test_the_program_for_spice_is_taken_by_nvcc(monkeypatch, tmp_path):
    if find_nvcc("sm_90") is None:
        pytest.skip("there is no nvcc")
    monkeypatch.setattr(peers, "SECONDS", 0.02)
    given = argparse.Namespace(emulated=False, architecture="sm_90")

    found = peers.Spice(FAKES / "spice_sources", tmp_path, given)(Case("brunel_poisson", 400), 60)

    assert found["simulation"] > 0


def test_sources_of_spice_that_are_not_there_are_asked_for(tmp_path):
    spice = peers.Spice(tmp_path, tmp_path, argparse.Namespace(emulated=True))

    with pytest.raises(MeasurementError, match="no sources of Spice"):
        spice(Case("vogels_abbott", 4000), 60.0)


GUEST = """
import json, sys
seconds = float(sys.argv[4])
spikes = {rate} * int(sys.argv[3]) * seconds
print(json.dumps({{"simulation": 2 * seconds, "spikes": spikes, "make": 1.0, "cv": 0.5}}))
"""


@pytest.mark.cuda
@pytest.mark.compiler
@pytest.mark.usefixtures("compiler")
def test_guests_are_measured_beside_ours_and_other_rates_are_wrong(on_path, run, monkeypatch):
    monkeypatch.setattr(peers, "COMPARED", [(Case("cuba", 4000), ("cpu", "brian", "genn float"))])
    guest = on_path("brian-python", GUEST.format(rate=500.0))
    failing = on_path("genn-python", "raise SystemExit('no device')")

    rows, lines, told = run("peers", "--brian", guest, "--genn", failing, "--threads", 1)

    programs = [row["program"] for row in rows]
    assert programs[:2] == ["eqsim, CUDA, fixed", "eqsim, CUDA, fast"]
    assert programs[2:] == ["eqsim, C++, 1 threads", "Brian 2, C++"]
    assert [row["activity"] for row in rows[:2]] == ["ok: spikes of numpy"] * 2
    assert rows[2]["activity"] == "ok: rate as eqsim"
    assert rows[3]["us per step"] == pytest.approx(200)
    assert rows[3]["activity"] == f"WRONG: 500.00 Hz, eqsim {rows[0]['rate Hz']:.2f}"
    assert lines[-1].startswith("left out, as it failed: GeNN, float: Case(network='cuba'")
    assert all(row["settings"] for row in rows)
    assert "no device" in told


def test_guests_that_are_not_given_take_no_part():
    given = cuda.options().parse_args(["peers", "--spice", "folder", "--emulated"])

    assert [name for name, _ in peers._guests(given, Path())] == ["cpu", "spice"]
