"""What tests of wrong input share: a machine that would tell if something were compiled."""

from __future__ import annotations

from typing import Any

import pytest

import eqsim
from eqsim.build import library
from eqsim.build.toolchain import Toolchain
from eqsim.targets.cpp import target as cpp


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A machine whose compiler cannot be run: the list of what was to be compiled."""
    found: list[Any] = []

    class Watched:
        @staticmethod
        def run(command: list[str], **_: Any) -> None:
            found.append(command)
            raise OSError("there is no compiler")

    monkeypatch.setattr(library, "subprocess", Watched)
    monkeypatch.setattr(cpp, "find_compiler", lambda: Toolchain(("no-compiler",), "", ()))
    monkeypatch.setenv("EQSIM_CACHE_DIR", "unused")
    eqsim.set_target(eqsim.Cpp(threads=1))
    return found
