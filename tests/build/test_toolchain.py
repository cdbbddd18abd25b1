"""Compilers: what is remembered of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eqsim.build import toolchain


def test_flags_are_remembered(tmp_path):
    toolchain._remember(tmp_path / "known.json", ["-fopenmp"])

    assert json.loads((tmp_path / "known.json").read_text()) == ["-fopenmp"]
    assert [path.name for path in tmp_path.iterdir()] == ["known.json"]


@pytest.mark.parametrize("at", ["dump", "replace"])
def test_a_full_disk_is_no_error_and_nothing_is_left(tmp_path, monkeypatch, at):
    def full(*_given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*{"dump": (json, "dump"), "replace": (Path, "replace")}[at], full)

    toolchain._remember(tmp_path / "known.json", ["-fopenmp"])

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_no_error(tmp_path):
    toolchain._remember(tmp_path / "gone" / "known.json", [])
