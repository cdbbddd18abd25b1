"""The twenty firing patterns: each does what its name says."""

import numpy as np
import pytest

from eqsim import Network, SpikeMonitor, StateMonitor, models, ms


@pytest.fixture(scope="module")
def trains():
    """The spikes of each pattern in ms, in one network."""
    cells = {name: pattern() for name, pattern in models.FIRING_PATTERNS.items()}
    spikes = {name: SpikeMonitor(cell) for name, cell in cells.items()}
    seen = StateMonitor(cells["subthreshold oscillations"], "V", record=0)
    Network(*cells.values(), *spikes.values(), seen).run(400 * ms, target="cpp")
    found = {}
    for name, each in spikes.items():
        t = np.asarray(each.t / ms)
        found[name] = t[t < models.FIRING_PATTERNS[name].duration_ms]
    return found, (np.asarray(seen.t / ms), np.asarray(seen.V[0]))


def bursts(train, gap):
    """Split spikes where they are further apart than a gap."""
    return np.split(train, np.flatnonzero(np.diff(train) > gap) + 1)


CHECKS = {
    "tonic spiking": lambda t: len(t) >= 4 and np.ptp(np.diff(t)[2:]) < 2,
    "phasic spiking": lambda t: len(t) == 1,
    "tonic bursting": lambda t: len(bursts(t, 15)) >= 3 and all(
        len(b) > 1 for b in bursts(t, 15)[:-1]
    ),
    "phasic bursting": lambda t: len(bursts(t, 20)) == 1 and 3 < len(t) < 10,
    "mixed mode": lambda t: len(bursts(t, 15)[0]) > 1 and all(
        len(b) == 1 for b in bursts(t, 15)[1:]
    ),
    "spike frequency adaptation": lambda t: np.diff(t)[-1] > 5 * np.diff(t)[0],
    "class 1 excitability": lambda t: np.diff(t)[0] > 2.5 * np.diff(t)[-1],
    "class 2 excitability": lambda t: np.diff(t)[0] < 2.5 * np.diff(t)[-1] and len(t) > 8,
    "spike latency": lambda t: len(t) == 1 and t[0] > 20,  # the pulse ends at 13 ms
    "subthreshold oscillations": lambda t: len(t) == 1,
    "resonator": lambda t: len(t) == 1 and t[0] > 320,  # only the pair at its own period
    "integrator": lambda t: len(t) == 1 and t[0] < 25,  # only the pair close together
    "rebound spike": lambda t: len(t) == 1 and t[0] > 25,  # after the inhibition
    "rebound burst": lambda t: len(t) > 3 and t[0] > 25 and len(bursts(t, 20)) == 1,
    "threshold variability": lambda t: len(t) == 1 and t[0] > 80,  # the second of equal pulses
    "bistability": lambda t: len(t) > 3 and t[0] > 37.5 and t[-1] < 221,
    "depolarizing after-potential": lambda t: len(t) == 1,
    "accommodation": lambda t: len(t) == 1 and t[0] > 300,  # the steep ramp, though lower
    "inhibition-induced spiking": lambda t: len(t) > 1 and t[0] > 50 and t[-1] < 250,
    "inhibition-induced bursting": lambda t: len(bursts(t, 30)) > 1 and t[0] > 50
    and all(len(b) > 2 for b in bursts(t, 30)),
}  # fmt: skip


def test_there_are_twenty():
    assert len(models.FIRING_PATTERNS) == 20
    assert list(CHECKS) == list(models.FIRING_PATTERNS)


@pytest.mark.compiler
@pytest.mark.parametrize("name", models.FIRING_PATTERNS)
def test_a_pattern_does_what_its_name_says(name, trains):
    assert CHECKS[name](trains[0][name]), trains[0][name]


@pytest.mark.compiler
def test_subthreshold_oscillations_follow_the_spike(trains):
    t, v = trains[1]
    after = (t > 60) & (t < 200)
    crossings = np.count_nonzero(np.diff(np.sign(v[after] - v[after].mean())) > 0)

    assert crossings >= 2
