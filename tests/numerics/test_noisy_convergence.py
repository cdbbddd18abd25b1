"""Paths and moments of random processes converge with the order that each method claims.

Each group records the Brownian motion that drives it, as a variable ``w`` with ``dw/dt = xi``:
every method integrates it as the sum of the increments that it draws. The processes are functions
of the Brownian motion at the end, so the solution of each path is known for steps of any length.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from eqsim import Cpp, Network, NeuronGroup, second, seed
from eqsim.errors import IntegratorError
from eqsim.expressions.linear import split_noise
from eqsim.expressions.parser import parse_expression
from eqsim.integrators import ALL, ODE, Integrator, Interpretation, ODESystem, by_name
from eqsim.integrators.structure import NoiseType, noise_type
from eqsim.network.naming import restart_numbering
from eqsim.source import Source
from eqsim.targets import Numpy

TARGETS = (
    pytest.param(Numpy(), id="numpy"),
    pytest.param(Cpp(threads=1), id="cpp", marks=pytest.mark.compiler),
)
N_PATHS = 5000
STEPS = (16, 32, 64, 128)
"""Numbers of steps that lead to the end, after one second."""

ITO, STRATONOVICH = Interpretation.ITO, Interpretation.STRATONOVICH


def sense_of(integrator: Integrator) -> Interpretation:
    """Return the sense in which a process is written for a method."""
    is_stratonovich = integrator.interpretation is STRATONOVICH
    return STRATONOVICH if is_stratonovich else ITO


@dataclass(frozen=True, eq=False)
class Process:
    """Equations whose solution at the end is a function of the Brownian motions there.

    Parameters
    ----------
    equations : dict of str to str
        Right sides by variable, for times without unit.
    start : dict of str to float
        Initial values.
    solution : callable
        From the sense of the integrals and the Brownian motions, each of shape (paths,), to the
        values of the variables.
    noise : NoiseType
        How noise enters.
    ito : dict of str to str, optional
        Right sides in the sense of Ito where they are others.
    noises : tuple of str, optional
        Names of the noises.
    constants : dict of str to float, optional
        Constants.
    without_correction : bool, optional
        Whether the noise is such that methods of order 1/2 have order 1, as for additive noise.
    """

    equations: dict[str, str]
    start: dict[str, float]
    solution: Callable
    noise: NoiseType
    ito: dict[str, str] = field(default_factory=dict)
    noises: tuple[str, ...] = ("xi_0",)
    constants: dict[str, float] = field(default_factory=dict)
    without_correction: bool = False

    def drifts(self, sense: Interpretation) -> dict[str, str]:
        """The right sides, those of the Brownian motions too."""
        own = self.ito if sense is ITO and self.ito else self.equations
        return {**own, **{f"w{number}": name for number, name in enumerate(self.noises)}}

    def text(self, sense: Interpretation) -> str:
        lines = []
        for variable, right in self.drifts(sense).items():
            for name in self.noises:
                right = right.replace(name, f"({name}*second**0.5)")
            lines.append(f"d{variable}/dt = ({right})/second : 1")
        return "\n".join(lines)

    @property
    def namespace(self) -> dict:
        return {"second": second, **self.constants}

    def system(self, sense: Interpretation) -> ODESystem:
        equations = []
        for name, right in self.drifts(sense).items():
            expr = parse_expression(Source(right), functions=None)
            equations.append(ODE(name, *split_noise(expr, self.noises)))
        return ODESystem(tuple(equations), frozenset({"second", *self.constants}))

    def moments(self, sense: Interpretation) -> tuple[np.ndarray, np.ndarray]:
        """The means of the variables and of their squares, by Gauss's quadrature."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(40)
        grid = np.meshgrid(*[nodes] * len(self.noises))
        weight = functools.reduce(np.multiply.outer, [weights] * len(self.noises))
        weight = (weight / weight.sum()).ravel()
        values = np.array(self.solution(sense, *(each.ravel() for each in grid)))
        return values @ weight, values**2 @ weight


MU, S = 0.5, 0.7


def geometric(sense, w):
    correction = S**2 / 2 if sense is ITO else 0.0
    return [0.8 * np.exp(MU - correction + S * w)]


def with_two_noises(sense, w0, w1):
    correction = (0.5**2 + 0.4**2) / 2 if sense is ITO else 0.0
    return [0.8 * np.exp(MU - correction + 0.5 * w0 + 0.4 * w1)]


def turning(sense, w):
    growth = math.exp(0.6**2 / 2) if sense is ITO else 1.0
    angle = 1.0 + 0.6 * w
    return [growth * np.cos(angle), growth * np.sin(angle)]


def bounded(_, w):
    return [np.tanh(0.3 + 0.5 + 0.8 * w)]


PROCESSES = {
    "geometric Brownian motion": Process(
        {"x": "mu*x + s*x*xi_0"},
        {"x": 0.8},
        geometric,
        NoiseType.DIAGONAL,
        constants={"mu": MU, "s": S},
    ),
    "growth that depends on the time": Process(
        {"x": "2*t/second*mu*x + s*x*xi_0"},
        {"x": 0.8},
        geometric,
        NoiseType.DIAGONAL,
        constants={"mu": MU, "s": S},
    ),
    "two equations that share a noise": Process(
        {"x": "-y - 0.6*y*xi_0", "y": "x + 0.6*x*xi_0"},
        {"x": 1.0, "y": 0.0},
        turning,
        NoiseType.DIAGONAL,
    ),
    "a curved factor": Process(
        {"x": "0.5*(1 - x*x) + 0.8*(1 - x*x)*xi_0"},
        {"x": math.tanh(0.3)},
        bounded,
        NoiseType.DIAGONAL,
        ito={"x": "(0.5 - 0.64*x)*(1 - x*x) + 0.8*(1 - x*x)*xi_0"},
    ),
    "a factor that depends on the time": Process(
        {"x": "w0 + (1 + t/second)*xi_0"},
        {"x": 0.0},
        lambda _, w: [2 * w],
        NoiseType.DIAGONAL,
        without_correction=True,
    ),
    "two noises in one equation": Process(
        {"x": "mu*x + 0.5*x*xi_0 + 0.4*x*xi_1"},
        {"x": 0.8},
        with_two_noises,
        NoiseType.COMMUTATIVE,
        noises=("xi_0", "xi_1"),
        constants={"mu": MU},
    ),
    "two additive noises": Process(
        {"x": "0.3 + 0.5*xi_0 + 0.4*xi_1"},
        {"x": 0.8},
        lambda _, w0, w1: [1.1 + 0.5 * w0 + 0.4 * w1],
        NoiseType.ADDITIVE,
        noises=("xi_0", "xi_1"),
    ),
}


OU = Process(
    {"x": "2*(0.5 - x) + 0.8*xi_0"},
    {"x": 1.5},
    lambda *_: pytest.fail("this is no function of the Brownian motion at the end"),
    NoiseType.ADDITIVE,
)
"""The Ornstein-Uhlenbeck process, of which the moments are known."""


# -------------------------------------------------------------------------- who accepts what

NOISY = [integrator for integrator in ALL if integrator.interpretation is not None]
EVERY = set(PROCESSES)
ACCEPTED = {
    "euler": {"two additive noises"},
    "euler_maruyama": EVERY,
    "exponential_euler": EVERY - {"a curved factor"},
    "heun": EVERY,
    "milstein": EVERY - {"two noises in one equation", "two additive noises"},
    "milstein_ito": EVERY - {"two noises in one equation", "two additive noises"},
    "milstein_symbolic_ito": EVERY,
    "milstein_symbolic_stratonovich": EVERY,
}
REASONS = {
    "euler": {
        "geometric Brownian motion": (
            "the noise 'xi_0' in dx/dt is multiplied with a factor that depends on 'x'"
        ),
        "growth that depends on the time": (
            "the noise 'xi_0' in dx/dt is multiplied with a factor that depends on 'x'"
        ),
        "two equations that share a noise": (
            "the noise 'xi_0' in dx/dt is multiplied with a factor that depends on 'y'"
        ),
        "a curved factor": (
            "the noise 'xi_0' in dx/dt is multiplied with a factor that depends on 'x'"
        ),
        "a factor that depends on the time": (
            "the noise 'xi_0' in dx/dt is multiplied with a factor that depends on 't'"
        ),
        "two noises in one equation": (
            "the noise 'xi_0' in dx/dt is multiplied with a factor that depends on 'x'"
        ),
    },
    "exponential_euler": {"a curved factor": "dx/dt is not linear in 'x'"},
    "milstein": {
        "two noises in one equation": "dx/dt contains 2 noises: 'xi_0', 'xi_1'",
        "two additive noises": "dx/dt contains 2 noises: 'xi_0', 'xi_1'",
    },
    "milstein_ito": {
        "two noises in one equation": "dx/dt contains 2 noises: 'xi_0', 'xi_1'",
        "two additive noises": "dx/dt contains 2 noises: 'xi_0', 'xi_1'",
    },
}
"""Why a method refuses a process."""

NOISE_LAST = {"exact", "independent", "exponential_midpoint"}
"""Methods without noise that may have another reason to refuse a process."""

PAIRS = [
    pytest.param(integrator, name, id=f"{integrator.name}-{name}")
    for integrator in NOISY
    for name, process in PROCESSES.items()
    if integrator.refusal(process.system(sense_of(integrator))) is None
]


def test_these_methods_accept_noise():
    assert {integrator.name for integrator in NOISY} == set(ACCEPTED)
    assert {each.name for each in ALL if each.noise is not NoiseType.NONE} == set(ACCEPTED)
    for integrator in NOISY:
        assert integrator.strong_order in (0.5, 1.0)
        assert integrator.weak_order == 1.0


@pytest.mark.parametrize("integrator", ALL, ids=lambda i: i.name)
def test_a_method_refuses_these_processes_and_says_why(integrator):
    sense = sense_of(integrator)
    found = {name: integrator.refusal(each.system(sense)) for name, each in PROCESSES.items()}
    refused = {name: reason for name, reason in found.items() if reason is not None}
    assert PROCESSES.keys() - refused.keys() == ACCEPTED.get(integrator.name, set())
    if integrator in NOISY:
        assert refused == REASONS.get(integrator.name, {})
        assert integrator.refusal(OU.system(sense)) is None
        return
    reason = integrator.refusal(OU.system(sense))
    assert reason == "dx/dt contains the noise 'xi_0'"
    if integrator.name not in NOISE_LAST:
        assert set(refused.values()) == {reason}


def test_the_processes_have_the_noise_that_they_are_said_to_have():
    for process in (*PROCESSES.values(), OU):
        assert noise_type(process.system(ITO)) is process.noise
        assert noise_type(process.system(STRATONOVICH)) is process.noise


def test_a_refusal_reaches_the_user():
    process = PROCESSES["two noises in one equation"]
    with pytest.raises(IntegratorError, match="dx/dt contains 2 noises: 'xi_0', 'xi_1'"):
        simulated(process, by_name("milstein"), 16, Numpy())


# ---------------------------------------------------------------------------- paths and moments


def simulated(
    process: Process, integrator: Integrator, n_steps: int, target: Numpy | Cpp
) -> tuple:
    """Return the variables and the Brownian motions after one second.

    Shapes (variables, paths) and (noises, paths).
    """
    restart_numbering()
    seed(1000 + n_steps)
    group = NeuronGroup(
        N_PATHS,
        process.text(sense_of(integrator)),
        method=integrator,
        namespace=process.namespace,
        dt=1 / n_steps * second,
    )
    for variable, value in process.start.items():
        setattr(group, variable, value)
    Network(group).run(1 * second, target=target)
    motions = [np.array(getattr(group, f"w{k}")[:]) for k in range(len(process.noises))]
    values = [np.array(getattr(group, variable)[:]) for variable in process.start]
    return np.array(values), np.array(motions)


@functools.lru_cache
def ends(integrator: Integrator, name: str, target: Numpy | Cpp) -> list:
    """Return for each length of step the variables at the end and their solutions.

    Shapes (variables, paths).
    """
    process, results = PROCESSES[name], []
    for n_steps in STEPS:
        values, motions = simulated(process, integrator, n_steps, target)
        solution = process.solution(sense_of(integrator), *motions)
        results.append((values, np.array(solution)))
    return results


def errors_of_paths(results: list) -> np.ndarray:
    """Return the mean distance of paths to their solutions for each length of step."""
    return np.array([np.linalg.norm(x - exact, axis=0).mean() for x, exact in results])


def order_of(errors: np.ndarray) -> float:
    return float(-np.polyfit(np.log(STEPS), np.log(errors), 1)[0])


def check_moment(values: np.ndarray, expected: np.ndarray) -> None:
    """Compare the means of rows of independent values with what they are to be."""
    error = values.std(axis=1) / math.sqrt(values.shape[1])
    assert np.all(np.abs(values.mean(axis=1) - expected) < 3 * error)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("integrator", "name"), PAIRS)
def test_paths_converge_with_the_strong_order(integrator, name, target):
    errors = errors_of_paths(ends(integrator, name, target))
    is_trapezoid = (integrator.name, name) == ("heun", "a factor that depends on the time")
    if is_trapezoid or name == "two additive noises":
        assert errors.max() < 1e-14  # the method is exact here
        return
    expected = integrator.strong_order
    if PROCESSES[name].without_correction:
        expected = integrator.additive_order or expected
    assert order_of(errors) == pytest.approx(expected, abs=0.15)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("integrator", "name"), PAIRS)
def test_moments_are_those_of_the_solution(integrator, name, target):
    mean, square = PROCESSES[name].moments(sense_of(integrator))
    values, _ = ends(integrator, name, target)[-1]
    check_moment(values, mean)
    check_moment(values**2, square)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("integrator", NOISY, ids=lambda i: i.name)
def test_an_ornstein_uhlenbeck_process_has_its_moments(integrator, target):
    values, motions = simulated(OU, integrator, 256, target)
    mean = 0.5 + math.exp(-2)
    variance = 0.8**2 / 4 * (1 - math.exp(-4))
    check_moment(values, mean)
    check_moment(values**2, mean**2 + variance)
    check_moment(motions, 0.0)
    check_moment(motions**2, 1.0)
    # The covariance with the Brownian motion: the integral of the decay.
    check_moment(values * motions, 0.8 * (1 - math.exp(-2)) / 2)


def test_the_sense_of_an_integral_is_found_to_be_wrong():
    name = "geometric Brownian motion"
    wrong = replace(by_name("milstein_symbolic_ito"), is_ito=False)
    results = ends(wrong, name, Numpy())
    assert order_of(errors_of_paths(results)) < 0.2
    with pytest.raises(AssertionError):
        check_moment(results[-1][0], PROCESSES[name].moments(ITO)[0])


def test_a_missing_correction_is_found():
    wrong = replace(by_name("euler_maruyama"), strong_order=1.0)
    errors = errors_of_paths(ends(wrong, "geometric Brownian motion", Numpy()))
    assert order_of(errors) != pytest.approx(wrong.strong_order, abs=0.15)
