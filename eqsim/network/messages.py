"""What eqsim tells while it works: choices that it made for the user, on the log ``eqsim``."""

from __future__ import annotations

import logging
import sys

LOGGER = logging.getLogger("eqsim")


class _ShownByDefault(logging.Handler):
    """Prints messages on the standard error stream unless the program set up logging itself."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one message."""
        if not logging.getLogger().handlers:
            # Looked up each time: notebooks and tests replace the stream.
            sys.stderr.write(f"eqsim: {record.getMessage()}\n")


def show_messages() -> None:
    """Let messages be seen; ``logging.getLogger('eqsim').setLevel('WARNING')`` silences them."""
    if not LOGGER.handlers:
        LOGGER.addHandler(_ShownByDefault())
        LOGGER.setLevel(logging.INFO)
