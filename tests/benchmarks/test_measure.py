"""The arithmetic and the tables of the benchmarks; no times."""

from __future__ import annotations

import sys

import measure
import population
import pytest
import scaling
import startup


def test_summaries_are_medians_with_ranges():
    found = measure.summary([0.3, 0.1, 0.2])

    assert found == measure.Summary(0.2, 0.1, 0.3, 3)
    assert found.text("s") == "200 ms (100-300)"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2.5, "s", "2.5 s (2.5-2.5)"),
        (2.5e-5, "s", "25 us (25-25)"),
        (102.71, "MB", "103 MB (103-103)"),
        (1.25, "ns", "1.25 ns (1.25-1.25)"),
        (0.5, "x", "0.5 x (0.5-0.5)"),
        (12345.0, "MB", "12345 MB (12345-12345)"),
    ],
)
def test_values_are_written_with_a_unit_that_suits_them(value, unit, text):
    assert measure.summary([value]).text(unit) == text


def test_nothing_has_no_summary():
    with pytest.raises(measure.MeasurementError, match="nothing to summarise"):
        measure.summary([])


def test_ratios_are_taken_pair_by_pair():
    assert measure.ratio([1.0, 2.0, 4.0], [3.0, 4.0, 4.0]) == measure.Summary(2.0, 1.0, 3.0, 3)


def test_rounds_alternate_and_turn_around():
    order = []

    def case(name):
        order.append(name)
        return {"seconds": float(len(order))}

    cases = {"a": lambda: case("a"), "b": lambda: case("b")}
    found = measure.alternate(cases, 3, str.strip)

    assert order == ["a", "b", "b", "a", "a", "b"]
    assert measure.column(found["a"], "seconds") == [1.0, 4.0, 5.0]


def test_figures_are_the_last_line_of_a_process():
    command = [sys.executable, "-c", "print('noise'); print('{\"import\": 0.25, \"spikes\": 3}')"]

    assert measure.figures_of(command, {}) == {"import": 0.25, "spikes": 3.0}


@pytest.mark.parametrize("output", ["", "no figures", "[1, 2]"])
def test_outputs_without_figures_are_errors(output):
    with pytest.raises(measure.MeasurementError, match="the last line holds no figures"):
        measure.parsed(output)


def test_failed_processes_are_errors():
    with pytest.raises(measure.MeasurementError, match=r"exit status 1: .*\n(.|\n)*broken"):
        measure.figures_of([sys.executable, "-c", "raise SystemExit('broken')"], {})


def test_tables_are_aligned_markdown():
    assert measure.table(["name", "x"], [["a", "10"]]) == (
        "| name | x  |\n|------|----|\n| a    | 10 |"
    )


def test_processes_keep_byte_code_in_a_folder_that_goes_away(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    with measure.clean_environment() as (folder, environment):
        assert folder.is_dir()

    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["PYTHONPYCACHEPREFIX"].startswith(str(folder))
    assert not folder.exists()


def test_brian_is_left_out_unless_it_is_named(monkeypatch, capsys):
    monkeypatch.delenv(measure.BRIAN_VARIABLE, raising=False)

    assert measure.brian_python(None) is None
    assert "Brian 2 is left out" in capsys.readouterr().out


def test_the_machine_is_described():
    assert set(measure.machine()) >= {"processor", "processors", "compiler", "python"}


def test_the_table_of_startup_has_a_row_per_quantity_with_and_without_brian():
    figures = {"import": 0.5, "import_memory": 40.0, "make": 0.1, "first_step": 0.2}
    figures |= {"total": 0.4, "compile": 1.0, "processor": 0.3, "import_processor": 0.3}
    ours = {name: [figures] for name in ("eqsim import", "eqsim cold", "eqsim warm")}
    theirs = {row.theirs[0]: [figures] for row in startup.ROWS if row.theirs is not None}

    alone, both = startup.report(ours), startup.report({**ours, **theirs})

    assert len(alone.splitlines()) == len(both.splitlines()) == 2 + len(startup.ROWS)
    assert "2 x (2-2)" in both
    assert "2 x" not in alone


def test_the_rows_of_startup_name_cases_that_exist(tmp_path):
    cases = startup.Startup(tmp_path, {}, tmp_path / "python").cases()

    assert {row.ours[0] for row in startup.ROWS} <= set(cases)
    assert {row.theirs[0] for row in startup.ROWS if row.theirs is not None} <= set(cases)


def test_rows_of_populations_hold_the_time_per_update_and_the_ratio():
    small = population.Population("leaky", 100, 0.1)
    others = {"total": 0.1, "processor": 0.2, "spikes": 7.0}
    found = {
        "eqsim, float64, 1 thread": [{"simulation": 1e-3, **others}],
        population.REFERENCE: [{"simulation": 2e-3, **others}],
    }

    ours, theirs = population.report(small, found)

    assert ours[0] == "leaky 100"
    assert ours[3] == "10 ns (10-10)"
    assert ours[6:] == ["7", "2 x (2-2)"]
    assert theirs[6:] == ["7", "-"]


def test_results_of_brian_are_read_from_its_folder(tmp_path):
    (tmp_path / "last_run_info.txt").write_text("0.25 1\n")
    (tmp_path / "_dynamic_array_spikes_i_123").write_bytes(bytes(12))

    assert population.brian_results(tmp_path) == {"simulation": 0.25, "spikes": 3}


def test_a_folder_without_results_is_an_error(tmp_path):
    with pytest.raises(measure.MeasurementError, match="no results"):
        population.brian_results(tmp_path)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_exponent_is_that_of_the_power_law(power):
    sizes = [1e3, 2e3, 4e3, 8e3]

    assert scaling.exponent(sizes, [3e-4 * size**power for size in sizes]) == pytest.approx(power)


def test_every_point_of_a_series_has_a_size():
    for series in scaling.SERIES.values():
        assert len(series.populations) == len(series.sizes)
