"""Random processes: their moments are those of the mathematics, within three standard errors."""

import math

import numpy as np
import pytest

from eqsim import Cpp, Network, NeuronGroup, StateMonitor, ms, seed
from eqsim.targets import Numpy

N = 4000
TAU, SIGMA, DT = 2.0, 0.7, 0.1
"""Time constant and step in ms, and the standard deviation of the process in continuous time."""
OU = "dx/dt = (mu - x)/tau + sigma*sqrt(2/tau)*xi : 1"
PARAMETERS = {"tau": TAU * ms, "sigma": SIGMA, "mu": 0.3, "ms": ms}
DECAY = 1 - DT / TAU
"""What Euler and Maruyama's method makes of exp(-dt/tau), a process of its own."""
VARIANCE = SIGMA**2 * 2 * DT / TAU / (1 - DECAY**2)


def check_moments(values, mean, variance, kurtosis=3.0):
    """Compare independent values with their distribution."""
    n = values.size
    assert abs(values.mean() - mean) < 3 * math.sqrt(variance / n)
    assert abs(values.var() - variance) < 3 * variance * math.sqrt((kurtosis - 1) / n)


def check_uncorrelated(x, y, correlation=0.0):
    """Compare the correlation of independent pairs with what it is to be."""
    error = (1 - correlation**2) / math.sqrt(x.size)
    assert abs(np.corrcoef(x.ravel(), y.ravel())[0, 1] - correlation) < 3 * error + 1e-12


def ornstein_uhlenbeck(target, number=1):
    """Values of a population long after its start, shape (steps, N)."""
    seed(number)
    group = NeuronGroup(N, OU, method="euler", namespace=PARAMETERS, dt=DT * ms)
    group.x = 0.3
    network = Network(group)
    network.run(10 * TAU * ms, target=target)
    trace = StateMonitor(group, "x", record=True)
    network.add(trace)
    network.run(4 * TAU * ms, target=target)
    return np.array(trace.recorded("x").T)


def test_an_ornstein_uhlenbeck_process_has_its_mean_variance_and_correlation_time(target):
    x = ornstein_uhlenbeck(target)
    for step in (0, 40, 79):
        check_moments(x[step], 0.3, VARIANCE)
    for lag in (1, 5, 20, 60):
        check_uncorrelated(x[10], x[10 + lag], DECAY**lag)
    # The correlation time from the neighbours of all steps: -dt/log(correlation).
    deviations = x - 0.3
    correlation = (deviations[1:] * deviations[:-1]).mean() / (deviations**2).mean()
    error = math.sqrt((1 - DECAY**2) / deviations[1:].size)
    assert abs(correlation - DECAY) < 3 * error
    assert -DT / math.log(correlation) == pytest.approx(TAU, rel=0.05)
    check_uncorrelated(x[0, : N // 2], x[0, N // 2 :])


def test_discretisation_is_the_only_difference_to_continuous_time(target):
    seed(2)
    group = NeuronGroup(N, OU, method="euler", namespace=PARAMETERS, dt=DT / 20 * ms)
    group.x = 0.3
    Network(group).run(2 * TAU * ms, target=target)
    check_moments(group.x[:], 0.3, SIGMA**2 * (1 - math.exp(-4)))


def test_noise_of_one_name_is_shared_and_of_two_names_independent(target):
    group = NeuronGroup(
        N,
        """
        dx/dt = xi_a/ms**0.5 : 1
        dy/dt = xi_b/ms**0.5 : 1
        dz/dt = (xi_a - 2*xi_b)/ms**0.5 : 1
        """,
        method="euler",
        namespace={"ms": ms},
    )
    Network(group).run(4 * ms, target=target)
    x, y, z = (np.array(values) for values in (group.x[:], group.y[:], group.z[:]))
    check_moments(x, 0, 4)
    check_moments(y, 0, 4)
    check_moments(z, 0, 20)
    check_uncorrelated(x, y)
    check_uncorrelated(x, z, 1 / math.sqrt(5))
    assert z == pytest.approx(x - 2 * y, abs=1e-12)


DRAWS = {
    "rand()": (0.5, 1 / 12, 1.8),
    "2 + 3*randn()": (2.0, 9.0, 3.0),
    "poisson(0.7)": (0.7, 0.7, 3 + 1 / 0.7),
    "poisson(40.0)": (40.0, 40.0, 3 + 1 / 40),
    "rand() - rand()": (0.0, 1 / 6, 2.4),
    "randn()*randn()": (0.0, 1.0, 9.0),
}


@pytest.mark.parametrize("draw", DRAWS)
def test_draws_in_regular_operations_have_their_moments(draw, target):
    group = NeuronGroup(N, "x : 1\nbefore : 1")
    group.run_regularly(f"before = x; x = {draw}")
    Network(group).run(0.3 * ms, target=target)
    x, before = np.array(group.x[:]), np.array(group.before[:])
    check_moments(x, *DRAWS[draw])
    check_moments(before, *DRAWS[draw])
    check_uncorrelated(x, before)
    check_uncorrelated(x[:-1], x[1:])


def test_one_seed_gives_one_result_and_another_seed_another(target):
    first, again, other = (ornstein_uhlenbeck(target, number) for number in (5, 5, 6))
    assert first.tobytes() == again.tobytes()
    assert not np.any(first == other)
    check_uncorrelated(first[20], other[20])


@pytest.mark.compiler
def test_noise_does_not_depend_on_the_target():
    assert ornstein_uhlenbeck(Numpy()).tobytes() == ornstein_uhlenbeck(Cpp(threads=2)).tobytes()
