"""eqsim gives what Brian 2 gives: five networks of the literature, figure by figure.

What Brian 2 gave is in ``brian2_reference.json``, written by ``reference.py``. Means over ten
networks with seeds of their own may lie three standard errors apart. The two simulators draw
different random numbers, so that no run has a counterpart.
"""

from __future__ import annotations

import functools
import json
from typing import Any

import numpy as np
import pytest
from comparison import (
    DURATIONS,
    REFERENCE,
    SEEDS,
    TOLERANCE,
    Figures,
    coefficient_of_variation,
    collected,
    digest,
    distances,
    figures,
    parameters,
    script,
)

from eqsim import Cpp, Numpy, seed, set_target, start_scope

NETWORKS = tuple(DURATIONS)
INTERPRETED, COMPILED = 0, 1
INTERPRETER_SEEDS = SEEDS[:3]
TARGETS = {
    "numpy": Numpy(),
    "cpp": Cpp(threads=1),
    "cpp-2": Cpp(threads=2),
    "cpp-4": Cpp(threads=4),
}
COMMON = 0.2
"""Seconds for which spikes are compared one by one."""
# Names in the scripts, each a weight or a setting of the model that is made 10 % larger.
FAULTS = {
    "brunel": "excitatory_weight",
    "coba": "excitatory_weight",
    "cobahh": "excitatory_weight",
    "cuba": "excitatory_weight",
    "song_abbott": "largest_weight",
}


def reference(network: str) -> dict[str, Any]:
    """Return what is stored of a network."""
    return json.loads(REFERENCE.read_text(encoding="utf-8"))[network]


def figures_of_brian(network: str, length: int) -> dict[str, list[float]]:
    """Return what Brian 2 gave for the short or the long duration."""
    run = reference(network)["runs"][length]
    assert run["duration"] == DURATIONS[network][length]
    assert run["seeds"] == list(SEEDS)
    return run["figures"]


class Run:
    """One run in eqsim: its figures, and its spikes and weights as bytes."""

    def __init__(self, network: str, target: str, value: int, duration: float, fault: str) -> None:
        start_scope()
        set_target(TARGETS[target])
        seed(value)
        module = script(network, "eqsim.brian")
        if fault:
            setattr(module, fault, 1.1 * getattr(module, fault))
        spikes, weights = module.simulate(duration)
        self.figures: Figures = figures(spikes, weights, duration)
        self.spikes = {
            name: (monitor.i.copy(), monitor.t_.copy()) for name, monitor in spikes.items()
        }
        self.weights = {name: np.array(values).tobytes() for name, values in weights.items()}

    def spikes_until(self, time: float) -> dict[str, tuple[bytes, bytes]]:
        """Return who spiked when, as bytes, up to a time in seconds."""
        return {
            name: (i[t < time].tobytes(), t[t < time].tobytes())
            for name, (i, t) in self.spikes.items()
        }


@functools.cache
def run(network: str, target: str, value: int, duration: float, fault: str = "") -> Run:
    """Run a network once in a session for what several tests look at."""
    return Run(network, target, value, duration, fault)


def runs(
    network: str, target: str, seeds: tuple[int, ...], length: int, fault: str = ""
) -> dict[str, list[float]]:
    """Return the figures of a network, one value for each seed."""
    duration = DURATIONS[network][length]
    return collected([run(network, target, each, duration, fault).figures for each in seeds])


def too_far(found: dict[str, float]) -> dict[str, float]:
    """Return the figures that do not agree, with their distances in standard errors."""
    return {name: distance for name, distance in found.items() if distance > TOLERANCE}


# -- the reference and the figures --------------------------------------------------------------


@pytest.mark.parametrize("network", NETWORKS)
def test_the_reference_was_made_with_the_scripts_as_they_are(network):
    stored = reference(network)

    assert stored["script"] == digest(network), "run: python tests/agreement/reference.py"
    assert stored["versions"]["brian2"] == "2.9.0"


@pytest.mark.parametrize("network", NETWORKS)
def test_constants_of_the_scripts_are_the_same_in_both_packages(network):
    stored = reference(network)["parameters"]
    found = parameters(network, "eqsim.brian")

    assert {name for name in found if isinstance(found[name], float)} == {
        name for name in stored if isinstance(stored[name], float)
    }
    for name, value in found.items():
        if isinstance(value, float):
            assert value == pytest.approx(stored[name], rel=1e-14), name


def test_irregularity_is_the_mean_over_neurons_with_three_spikes():
    indices = np.array([1, 0, 1, 2, 1, 0, 1, 2, 2])
    times = np.array([0.0, 0.0, 1.0, 0.0, 2.0, 5.0, 3.0, 1.0, 4.0])

    # Neuron 0 has one interval and does not count, neuron 1 has 1, 1, 1, and neuron 2 has 1, 3.
    assert coefficient_of_variation(indices, times) == pytest.approx((0.0 + 1.0 / 2.0) / 2)


def test_distances_are_in_standard_errors_of_the_difference():
    ours, theirs = [1.0, 3.0], [5.0, 7.0]  # standard errors 1 and 1, means 2 and 6

    assert distances({"x": ours}, {"x": theirs}) == {"x": pytest.approx(4 / np.sqrt(2))}
    assert distances({"x": [1.0, 1.0]}, {"x": [1.0, 1.0]}) == {"x": 0.0}
    assert distances({"x": [1.0, 1.0]}, {"x": [2.0, 2.0]}) == {"x": np.inf}
    with pytest.raises(ValueError, match="the figures differ"):
        distances({"x": ours}, {"y": theirs})


# -- agreement ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.compiler
@pytest.mark.parametrize("network", NETWORKS)
def test_compiled_code_agrees_with_brian(network):
    ours = runs(network, "cpp", SEEDS, COMPILED)

    assert too_far(distances(ours, figures_of_brian(network, COMPILED))) == {}


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS)
def test_the_interpreter_agrees_with_brian(network):
    ours = runs(network, "numpy", INTERPRETER_SEEDS, INTERPRETED)

    assert too_far(distances(ours, figures_of_brian(network, INTERPRETED))) == {}


@pytest.mark.slow
@pytest.mark.compiler
@pytest.mark.parametrize("network", NETWORKS)
def test_weights_that_are_a_tenth_larger_do_not_agree(network):
    ours = runs(network, "cpp", SEEDS, COMPILED, FAULTS[network])

    assert too_far(distances(ours, figures_of_brian(network, COMPILED))) != {}


# -- one result ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.compiler
@pytest.mark.parametrize("network", NETWORKS)
def test_spikes_and_weights_do_not_depend_on_the_number_of_threads(network):
    duration = DURATIONS[network][INTERPRETED]
    one, two, four = (
        run(network, target, SEEDS[0], duration) for target in ("cpp", "cpp-2", "cpp-4")
    )

    assert one.spikes_until(duration) == two.spikes_until(duration) == four.spikes_until(duration)
    assert one.weights == two.weights == four.weights


@pytest.mark.slow
@pytest.mark.compiler
@pytest.mark.parametrize("network", NETWORKS)
def test_the_interpreter_and_compiled_code_give_the_same_spikes(network):
    duration = DURATIONS[network][INTERPRETED]
    interpreted = run(network, "numpy", SEEDS[0], duration)
    compiled = run(network, "cpp", SEEDS[0], duration)

    assert interpreted.spikes_until(COMMON) == compiled.spikes_until(COMMON)
    assert interpreted.weights == compiled.weights
