"""Scripts of the folder run as in a process that speaks Brian."""

import sys
from pathlib import Path

import pytest

import eqsim.brian
from eqsim.brian.preferences import prefs
from eqsim.network.messages import LOGGER
from eqsim.units.conversions import let_conversions_lose_units

sys.path.append(str(Path(__file__).resolve().parent))

# Their import is of Brian 2, which is not installed here.
collect_ignore_glob = ["scripts/*", "standalone_scripts/*"]


@pytest.fixture(autouse=True)
def process_for_brian(fresh_scope):
    """Begin with the preferences as they are at first, and end so."""
    let_conversions_lose_units(True)
    level, filters = LOGGER.level, list(LOGGER.filters)
    yield
    let_conversions_lose_units(False)
    prefs.reset_to_defaults()
    for name in ("cpp_standalone", "cuda_standalone"):
        eqsim.brian.all_devices[name].reinit()
    eqsim.brian.set_device("runtime")
    LOGGER.setLevel(level)
    LOGGER.filters[:] = filters
