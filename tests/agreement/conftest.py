"""The networks are scripts for two simulators: the tests read them, nothing imports them."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE))

# Their import is of Brian 2, which is not installed here.
collect_ignore = [
    "brunel.py",
    "coba.py",
    "cobahh.py",
    "cuba.py",
    "given_numbers.py",
    "song_abbott.py",
]
