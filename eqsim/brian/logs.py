"""Brian's logger: its switches, set on eqsim's log."""

from __future__ import annotations

import logging
import re
from typing import Any

from eqsim.network.messages import LOGGER

logger = LOGGER


def get_logger(module_name: str = "eqsim") -> logging.Logger:
    """Return the log of a part of a script, below that of eqsim."""
    return LOGGER.getChild(re.sub(r"^(eqsim|brian2)\.?", "", module_name) or "script")


class _Suppressed(logging.Filter):
    """Drops messages that have certain words in their name or text."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self.part = part

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a message is shown."""
        return self.part not in record.name and self.part not in record.getMessage()


class BrianLogger:
    """What is told while eqsim works.

    Examples
    --------
    >>> BrianLogger.log_level_error()
    >>> BrianLogger.log_level_info()
    """

    @staticmethod
    def log_level_debug() -> None:
        """Show everything."""
        LOGGER.setLevel(logging.DEBUG)

    log_level_diagnostic = log_level_debug

    @staticmethod
    def log_level_info() -> None:
        """Show which choices are made for the user; the default."""
        LOGGER.setLevel(logging.INFO)

    @staticmethod
    def log_level_warn() -> None:
        """Show what is doubtful only."""
        LOGGER.setLevel(logging.WARNING)

    @staticmethod
    def log_level_error() -> None:
        """Show errors only."""
        LOGGER.setLevel(logging.ERROR)

    @staticmethod
    def suppress_hierarchy(name: str, filter_log_file: bool = False) -> None:
        """Do not show what a part of the package says: ``'brian2.codegen'``."""
        LOGGER.addFilter(_Suppressed(re.sub(r"^brian2\b", "eqsim", name)))

    @staticmethod
    def suppress_name(name: str, filter_log_file: bool = False) -> None:
        """Do not show messages of a name."""
        LOGGER.addFilter(_Suppressed(name))

    @staticmethod
    def initialize(*arguments: Any, **options: Any) -> None:
        """Do nothing: the log needs no beginning."""
