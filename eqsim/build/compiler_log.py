"""What of a compiler's log an error shows."""

from __future__ import annotations

_LINES = 12


def last_lines(output: str) -> list[str]:
    """Return the last lines of what a compiler told, marked as its own."""
    return [f"| {line}" for line in output.splitlines()[-_LINES:]]
