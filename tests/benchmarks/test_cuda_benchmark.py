"""What measures devices works, up to the figures: on the emulation, with tiny networks."""

from __future__ import annotations

import json
import sys

import cuda
import numpy as np
import pytest
from measure import tell
from microcircuit import PROBABILITIES, RATES, SIZES, WHOLE, in_degrees, microcircuit

import eqsim
from eqsim.build.toolchain import find_compiler

pytestmark = [pytest.mark.compiler, pytest.mark.cuda]


@pytest.fixture
def measured(monkeypatch, tmp_path, capsys):
    """The table that a piece prints, and the figures that it writes."""
    if find_compiler() is None:
        pytest.skip("there is no C++ compiler")

    def measure(piece, *options):
        path = tmp_path / "figures.json"
        monkeypatch.setattr(
            sys, "argv", ["cuda.py", piece, "--emulated", "--json", str(path), *options]
        )
        cuda.main()
        shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
        return shown, [json.loads(line) for line in path.read_text().splitlines()]

    return measure


@pytest.mark.parametrize("piece", ["device", "peers", *cuda.PIECES])
def test_each_piece_prints_one_table(measured, piece, monkeypatch):
    # A network of a million synapses has no place here.
    plastic = [case for case in cuda.PIECES["plastic"] if case.network != "stdp"]
    monkeypatch.setitem(cuda.PIECES, "plastic", plastic)

    shown, figures = measured(piece)

    assert len(shown) == 2 + len(figures)
    assert len({line.count("|") for line in shown}) == 1
    assert all(f["piece"] == piece and f["name"].startswith("emulated") for f in figures)
    if piece in cuda.PIECES:
        assert {f["network"] for f in figures} == {c.network for c in cuda.PIECES[piece]}
        assert all(f["us per step"] > 0 and f["device MB"] > 0 for f in figures)


def test_what_has_no_time_left_is_left_out(measured, monkeypatch, capsys):
    monkeypatch.setattr(cuda, "DEADLINE", -1.0)

    monkeypatch.setattr(cuda, "tell", lambda text: told.append(text) or tell(text))
    told = []
    with pytest.raises(FileNotFoundError):
        measured("small")

    assert told
    assert all(text.startswith("left out for lack of time: Case(") for text in told)


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
        assert cuda.bytes_per_event(lowered.program, lowered.memory) == size


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

    rates = (np.array(spikes.count) - before) / 0.4
    of = np.repeat(np.arange(8), np.round(SIZES / 10).astype(int))[: len(group)]
    found = np.array([rates[: len(of)][of == population].mean() for population in range(8)])
    np.testing.assert_allclose(found, RATES, rtol=0.25, atol=0.2)
