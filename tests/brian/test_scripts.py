"""Scripts in Brian's language give what Brian 2 gives."""

import json
import os
from pathlib import Path

import pytest
from brian_reference import REFERENCES, found_by
from script_comparison import differences
from scripts_running import SCRIPTS, run

import eqsim

HERE = Path(__file__).parent
REFERENCE = json.loads(REFERENCES["scripts"].read_text(encoding="utf-8"))
NAMES = sorted(path.stem for path in SCRIPTS.glob("*.py"))
LIVE = os.environ.get("EQSIM_BRIAN2_PYTHON")
"""The interpreter of an environment with Brian 2, for the comparison with itself."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("script", NAMES)
def test_script_finds_what_brian_found(script):
    eqsim.set_target("numpy")

    assert (
        differences(REFERENCE["scripts"][script], run("eqsim.brian", SCRIPTS / f"{script}.py"))
        == []
    )


def test_there_are_scripts_enough_and_a_reference_for_each():
    assert len(NAMES) >= 40
    assert sorted(REFERENCE["scripts"]) == NAMES
    assert REFERENCE["brian2"] == "2.9.0"


@pytest.mark.slow
@pytest.mark.skipif(LIVE is None, reason="EQSIM_BRIAN2_PYTHON names no interpreter with Brian 2")
def test_reference_is_what_brian_finds_now():
    found = found_by(LIVE, "brian2", "scripts")
    told = {name: differences(REFERENCE["scripts"][name], found[name]) for name in NAMES}

    assert {name: text for name, text in told.items() if text} == {}


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"deterministic": {"n": [1, 2]}}, {"deterministic": {"n": [1, 3]}}),
        ({"deterministic": {"v": [1.0, 2.0]}}, {"deterministic": {"v": [1.0, 2.00001]}}),
        ({"deterministic": {"v": [1.0]}}, {"deterministic": {"v": [1.0, 2.0]}}),
        ({"deterministic": {"v": 1.0}}, {"deterministic": {"w": 1.0}}),
        ({"deterministic": {"v": [[1.0], [2, 3]]}}, {"deterministic": {"v": [[1.0], [2, 4]]}}),
        ({"stochastic": {"x": [1.0, 0.1]}}, {"stochastic": {"x": [1.5, 0.1]}}),
    ],
)
def test_comparison_sees_what_differs(expected, found):
    assert differences(expected, expected) == []
    assert differences(expected, found) != []


def covered():
    """Return for each line of the language the scripts that say that they use it."""
    by_line = {}
    for script in NAMES:
        head = (SCRIPTS / f"{script}.py").read_text(encoding="utf-8").split('"""')[1]
        for line in head.removeprefix("Covers:").split():
            by_line.setdefault(line, []).append(script)
    return by_line


def test_every_line_of_the_language_is_used_by_a_script_or_has_a_test_of_its_own():
    lines = {}
    for text in (HERE / "language.txt").read_text(encoding="utf-8").splitlines():
        if text and not text.startswith("#"):
            key, meaning, *elsewhere = (part.strip() for part in text.split("|"))
            lines[key] = (meaning, elsewhere)
    by_line = covered()

    assert sorted(by_line.keys() - lines.keys()) == []
    for key, (_, elsewhere) in lines.items():
        assert key in by_line or elsewhere, f"no script uses {key}"
        for place in elsewhere:
            assert (HERE.parents[1] / place).exists(), place
