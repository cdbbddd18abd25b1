"""Brian's device ``runtime``: runs happen in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsim.errors import ModelError, did_you_mean, message
from eqsim.network.messages import LOGGER


class Device:
    """Where runs happen: in this process, compiled or not.

    Parameters
    ----------
    name : str
        What ``set_device`` calls it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.build_on_run = True

    def activate(self, build_on_run: bool = True, **options: Any) -> None:
        """Let runs happen here from now on."""
        check_options(self.name, options)
        self.build_on_run = build_on_run

    def resume(self) -> None:
        """Be where runs happen."""

    def deactivate(self) -> None:
        """Be no longer where runs happen."""

    def reinit(self) -> None:
        """Forget what was run; there is nothing to forget."""

    def build(self, **options: Any) -> None:
        """Do nothing: ``run`` has run what it was called for, and compiled what that needed."""
        check_options(self.name, options)

    def run(self, *arguments: Any, **options: Any) -> None:
        """Refuse: there is no program to run again."""
        raise ModelError(
            "device.run() runs the program of a standalone device, and this is"
            f" {self.name!r}\n"
            "  call run(), or set_device('cpp_standalone', build_on_run=False) at the beginning"
        )

    def delete(self, *arguments: Any, **options: Any) -> None:
        """Do nothing: there are no files."""

    def insert_code(self, slot: str, code: str) -> None:
        """Warn that there is no main program that code could be inserted into."""
        LOGGER.warning(
            "device %r has no main program: code for the slot %r is ignored; write it as"
            " statements, group.run_regularly, group.run_at, or a function with"
            " @implementation('cpp', ...)",
            self.name,
            slot,
        )


def check_options(name: str, options: Mapping[str, Any]) -> None:
    """Refuse options that no device of Brian's has.

    Raises
    ------
    ModelError
        If there is one.
    """
    for option in options:
        if option not in BUILD_OPTIONS:
            raise ModelError(
                message(
                    f"{option!r} is no option of the device {name!r}",
                    f"known: build_on_run, {', '.join(BUILD_OPTIONS)}",
                    did_you_mean(option, BUILD_OPTIONS),
                )
            )


BUILD_OPTIONS = (
    "directory", "results_directory", "compile", "run", "run_args", "with_output", "clean",
    "debug", "additional_source_files", "direct_call",
)  # fmt: skip
