"""The benchmarks are scripts: only what they compute with is tested."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE))

# These need Pythons with other simulators.
collect_ignore = ["brainpy_models.py", "brian2_models.py", "genn_models.py", "nest_models.py"]
