"""The benchmarks are scripts: only what they compute with is tested."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE))

# Needs a Python with Brian 2.
collect_ignore = ["brian2_models.py"]
