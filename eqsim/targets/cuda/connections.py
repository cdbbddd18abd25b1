"""The memory that a device takes while it makes synapses by rules."""

from __future__ import annotations

from eqsim.runtime.rules import Law, Rule

_TILES, _PIECES, _DRAWN = 65_536, 262_144, 2**24
"""What is worked on at a time, as in ``chosen.h``."""
_DRAWN_OF_TILE, _LARGEST_PIECE = 1024, 4096
_LONG, _SHORT = 8, 4


def bytes_while_made(rule: Rule, n: int) -> int:
    """Return how many bytes a device takes, at most, while it makes ``n`` synapses by a rule."""
    samples = rule.law is Law.SAMPLE
    all_ = n + rule.rows
    pieces = min(_PIECES, rule.rows + all_ // _LARGEST_PIECE + 1) if samples else 0
    tiles = 0 if samples else min(_TILES, -(-all_ // _DRAWN_OF_TILE) + 1)
    scanned = 2 * _LONG * max(pieces, tiles)
    of_rows = rule.rows * (3 * _LONG + _SHORT)
    of_sources = 2 * _SHORT * (rule.sources + 1) if rule.by_target else 0
    of_pieces = pieces * (2 * _LONG + 4 * _SHORT) + (_SHORT * min(_DRAWN, all_) if samples else 0)
    # One value at least of each array.
    return scanned + of_rows + of_sources + of_pieces + 24 * _LONG
