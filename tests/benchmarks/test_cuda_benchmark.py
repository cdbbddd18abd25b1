"""What measures devices works, up to the figures: on the emulation, with tiny networks."""

from __future__ import annotations

import json
import sys

import cuda
import numpy as np
import pytest
from cuda_protocol import cases, measuring, networks, peers
from cuda_protocol.devices import Emulated
from cuda_protocol.report import Report
from microcircuit import PROBABILITIES, RATES, SIZES, WHOLE, in_degrees, microcircuit

import eqsim
from eqsim.build.sources import SourceFile, Sources
from eqsim.build.toolchain import find_compiler
from eqsim.targets.cuda.target import render_cuda

pytestmark = [pytest.mark.compiler, pytest.mark.cuda]


@pytest.fixture
def measured(monkeypatch, tmp_path, capsys):
    """The lines that a piece prints, and the figures that its file has."""
    if find_compiler() is None:
        pytest.skip("there is no C++ compiler")
    path = tmp_path / "figures.json"

    def measure(piece, *options):
        given = [piece, "--emulated", "--json", str(path), *map(str, options)]
        monkeypatch.setattr(sys, "argv", ["cuda.py", *given])
        cuda.main()
        written = path.read_text().splitlines() if path.exists() else []
        return capsys.readouterr().out.splitlines(), [json.loads(line) for line in written]

    return measure


def table_of(lines):
    return [line for line in lines if line.startswith("|")]


def cells_of(lines, column):
    """The values of a column of the printed table."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table_of(lines)]
    return [row[rows[0].index(column)] for row in rows[2:]]


@pytest.fixture
def only_cuba(monkeypatch):
    monkeypatch.setitem(cases.PIECES, "small", [cases.Case("cuba", 1000, "launches")])


@pytest.mark.parametrize("piece", ["device", "huge", *cuda.PIECES])
def test_each_piece_prints_one_table(measured, piece, monkeypatch):
    # A network of a million synapses has no place here.
    plastic = [case for case in cases.PIECES["plastic"] if case.network != "stdp"]
    monkeypatch.setitem(cases.PIECES, "plastic", plastic)
    lines, figures = measured(piece)

    shown = table_of(lines)
    assert len(shown) == 2 + len(figures)
    assert len({line.count("|") for line in shown}) == 1
    assert all(f["piece"] == piece and f["name"].startswith("emulated") for f in figures)
    if piece != "device":
        known = cases.huge(cases.HUGE) if piece == "huge" else cuda.PIECES[piece]
        assert {f["network"] for f in figures} == {c.network for c in known}
        assert all(0 < f["lowest"] <= f["us per step"] <= f["highest"] for f in figures)
        assert all(f["device MB"] > 0 and f["us recording"] > 0 for f in figures)
        assert {f["activity"] for f in figures} == {"ok: spikes of numpy"}


def test_what_has_no_time_left_is_left_out(measured, monkeypatch):
    monkeypatch.setattr(cuda, "DEADLINE", -1.0)

    lines, figures = measured("delays")

    assert not figures
    assert not table_of(lines)
    assert [line for line in lines if "for lack of time" in line] == [
        "left out, for lack of time: Case(network='brunel', neurons=128, mode='graph', "
        f"sums='{sums}', instances=1, steps=4)"
        for sums in ("fixed", "fast")
    ]


@pytest.mark.usefixtures("only_cuba")
def test_what_has_no_room_is_left_out(measured, monkeypatch):
    monkeypatch.setattr(Emulated, "free_memory", lambda self: 10**8)

    lines, figures = measured("small")

    assert not figures
    assert lines[-1] == (
        "left out, as it needs 0.3 GB and 0.1 GB are free: Case(network='cuba', neurons=128, "
        "mode='launches', sums='fixed', instances=1, steps=4)"
    )


def test_what_has_no_room_for_its_synapses_is_not_even_made(measured, monkeypatch):
    monkeypatch.setattr(Emulated, "free_memory", lambda self: 10**9)
    monkeypatch.setattr(measuring.Bench, "_compile", lambda self, cases: None)
    monkeypatch.setattr(cuda, "tiny", lambda case: case)

    lines, figures = measured("huge", "--synapses", "1e9")

    assert not figures
    left = [line for line in lines if line.startswith("left out, as it needs 4.0 GB")]
    assert len(left) == 4


@pytest.mark.usefixtures("only_cuba")
def test_a_second_call_measures_what_is_left(measured, monkeypatch):
    first, before = measured("small")
    again, after = measured("small")

    assert len(before) == len(after) == 1
    assert table_of(first) == table_of(again)

    monkeypatch.setitem(
        cases.PIECES, "small", [*cases.PIECES["small"], cases.Case("cuba", 1000, "graph")]
    )
    _, more = measured("small")
    assert [row["mode"] for row in more] == ["launches", "graph"]
    assert more[1]["x"] == pytest.approx(more[0]["us per step"] / more[1]["us per step"])

    monkeypatch.setattr(cuda, "commit", lambda: "another")
    lines, others = measured("small")
    assert len(others) == 4
    assert len(table_of(lines)) == 2 + 2


# -------------------------------------------------------------------------------- planted faults


def altered(monkeypatch, text, other):
    """Let the kernels of devices be others than those of the processor."""

    def render(program, sums="fixed"):
        sources = render_cuda(program, sums)
        main = sources.text("simulation.cu")
        assert text in main
        changed = SourceFile("simulation.cu", main.replace(text, other))
        return Sources((changed, *sources.files[1:]), sources.main, (), sources.requirements)

    monkeypatch.setattr(measuring, "render_cuda", render)


@pytest.mark.usefixtures("only_cuba")
def test_other_spikes_than_the_processors_are_reported(measured, monkeypatch):
    altered(monkeypatch, "v > Vt", "v > Vt - 0.003")

    lines, (row,) = measured("small")

    (shown,) = cells_of(lines, "activity")
    assert shown == row["activity"]
    assert shown.startswith("WRONG: ")
    assert " spikes in 16 steps, on numpy " in shown


@pytest.mark.parametrize("sums", cases.BOTH)
def test_spikes_that_depend_on_the_mode_are_reported(measured, monkeypatch, sums):
    case = cases.Case("cuba", 1000, "launches", sums, instances=2)
    monkeypatch.setitem(cases.PIECES, "small", [case])
    counted = measuring.Bench._timed

    def timed(self, case, made):
        seconds, counts, times = counted(self, case, made)
        counts["spikes"][1, :20] += 1
        return seconds, counts, times

    monkeypatch.setattr(measuring.Bench, "_timed", timed)

    lines, _ = measured("small")

    assert cells_of(lines, "activity") == ["WRONG: other spikes in instance 1 than recorded"]


def test_wrong_rates_are_reported(measured, monkeypatch):
    # Of a size that the published rates are for, if there were no excitation.
    monkeypatch.setitem(cases.PIECES, "small", [cases.Case("cuba", 1000, "launches", steps=1)])
    monkeypatch.setattr(cuda, "tiny", lambda case: case)
    made = networks.network_models.cuba
    monkeypatch.setitem(
        networks.network_models.NETWORKS,
        "cuba",
        lambda simulator, neurons: made(simulator, neurons)[:1],
    )
    lines, (row,) = measured("small")

    (shown,) = cells_of(lines, "activity")
    assert shown == f"WRONG: rate {row['rate Hz']:.2f} Hz, expected 4.70 to 6.10"


# ------------------------------------------------------------------------------------- networks


def test_events_move_what_pathways_read_and_write():
    eqsim.start_scope()
    cells = eqsim.NeuronGroup(10, "v : 1", threshold="v > 1", name="cells")
    fixed = eqsim.Synapses(cells, cells, on_pre="v_post += 0.1", name="fixed")
    fixed.connect(p=0.5)
    learned = eqsim.Synapses(cells, cells, "w : 1\nx : 1", on_pre="v_post += w; x += 1")
    learned.connect(j="i")
    learned.w = "rand()"
    for synapses, size in ((fixed, 2), (learned, 2 + 8 + 16)):
        lowered = eqsim.Network(cells, synapses).lower({})
        assert networks.bytes_per_event(lowered.program, lowered.memory) == size


def test_events_are_those_of_the_synapses_of_who_spikes():
    made = networks.made_of("brunel_poisson", 200)

    of_all = made.fans["spikes"].sum() + made.fans["inputs"].sum()
    assert of_all == made.synapses
    assert abs(made.fans["inputs"].mean() - 10) < 2


def test_the_largest_networks_have_so_many_synapses():
    for case in cases.huge([1e5, 1e6]):
        synapses = networks.made_of(case.network, case.neurons).synapses
        expected = cases.SYNAPSES[case.network](case.neurons)
        assert abs(synapses / expected - 1) < 0.02, case
        assert round(expected, -5) in (1e5, 1e6)
    assert cases.huge([3e9])[0].neurons == 387_298
    with pytest.raises(ValueError, match="numbers of synapses are positive, not -1"):
        cases.huge([1e6, -1])


def test_synapses_of_one_object_can_be_counted_with_32_bits(monkeypatch):
    monkeypatch.setattr(networks.network_models, "MOST", 10_000)
    eqsim.start_scope()

    group, *synapses = networks.network_models.vogels_abbott(eqsim, 2000)

    assert len(group) == 2000
    assert len(synapses) == 7 + 2
    assert max(len(each) for each in synapses) < 10_500
    assert abs(sum(len(each) for each in synapses) / 80_000 - 1) < 0.03


@pytest.mark.parametrize("network", cases.SYNAPSES)
def test_as_many_synapses_are_made_as_the_deadline_reckons_with(network):
    neurons = {"stdp": 3000, "microcircuit": 772}.get(network, 1000)

    made = networks.made_of(network, neurons)

    assert made.synapses == pytest.approx(cases.SYNAPSES[network](neurons), rel=0.15)
    assert cases.Case(network, neurons).looked_at == made.recorder.source.N


def test_the_microcircuit_has_the_connections_of_the_paper():
    # Table 5 of Potjans and Diesmann gives probabilities that two neurons are connected at all.
    numbers = in_degrees() * SIZES[:, None]
    expected = -np.expm1(numbers * np.log1p(-1 / (SIZES[:, None] * SIZES[None, :])))
    np.testing.assert_allclose(expected, PROBABILITIES, rtol=1e-9)
    assert 2.9e8 < numbers.sum() < 3.1e8

    eqsim.start_scope()
    group, synapses = microcircuit(eqsim, 772)
    assert len(group) == 772
    assert abs(len(synapses) / (numbers.sum() * 1e-4) - 1) < 0.02


def test_a_tenth_of_the_microcircuit_has_the_rates_of_the_whole():
    eqsim.start_scope()
    eqsim.seed(2)
    group, synapses = microcircuit(eqsim, WHOLE // 10)
    spikes = eqsim.SpikeMonitor(group, record=False)
    net = eqsim.Network(group, synapses, spikes)
    net.run(100 * eqsim.ms)
    before = np.array(spikes.count)

    net.run(400 * eqsim.ms)

    counts = np.array(spikes.count) - before
    of = np.repeat(np.arange(8), np.round(SIZES / 10).astype(int))[: len(group)]
    found = np.array([counts[: len(of)][of == k].mean() / 0.4 for k in range(8)])
    np.testing.assert_allclose(found, RATES, rtol=0.25, atol=0.2)
    ranges = measuring.expected("microcircuit", len(group))
    assert measuring.wrong_rates(ranges, counts, 0.4) == []
    # A planted fault: one population at twice its rate.
    wrong = measuring.wrong_rates(
        ranges, np.where(np.arange(len(group)) < 2068, 4, 1) * counts, 0.4
    )
    assert [text.split()[0] for text in wrong] == ["L2/3E"]


def test_reports_of_other_pieces_stay_apart(tmp_path):
    path = tmp_path / "figures.json"
    about = {"commit": "a", "name": "b"}
    Report({**about, "piece": "small"}, path).add({"x": 1})

    assert Report({**about, "piece": "small"}, path).rows == [{"x": 1}]
    assert Report({**about, "piece": "large"}, path).rows == []
    assert peers.steps_of(cases.Case("cuba", 1, steps=2000)) == 10_000
