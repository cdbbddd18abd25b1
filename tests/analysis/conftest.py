"""The models that several test files analyse can be imported by their name."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def close_figures():
    """Leave no figure open."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")
