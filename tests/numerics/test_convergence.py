"""Every method converges with its order, on every problem and target that it accepts.

The length of a step is no part of the generated code, so each method is compiled once for each
problem.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from eqsim import Cpp, Network, NeuronGroup, second
from eqsim.errors import IntegratorError
from eqsim.expressions.linear import split_noise
from eqsim.expressions.parser import parse_expression
from eqsim.integrators import ALL, ODE, Adaptive, Integrator, ODESystem, by_name
from eqsim.network.naming import restart_numbering
from eqsim.source import Source
from eqsim.targets import Numpy

TARGETS = (
    pytest.param(Numpy(), id="numpy"),
    pytest.param(Cpp(threads=1), id="cpp", marks=pytest.mark.compiler),
)
"""Where methods of fixed step run."""

# ------------------------------------------------------------------------------------- problems


@dataclass(frozen=True, eq=False)
class Problem:
    """Equations with a known solution; the unit of time is a second.

    Parameters
    ----------
    equations : dict of str to str
        The right sides by variable.
    start : dict of str to float
        The initial values.
    slopes : callable
        The right sides once more, for SciPy.
    duration : float
        For how long they are integrated, in seconds.
    steps : dict of float to tuple of int
        Numbers of steps for each order.
    constants : dict of str to float
        Constants.
    """

    equations: dict[str, str]
    start: dict[str, float]
    slopes: Callable
    duration: float
    steps: dict[float, tuple[int, ...]]
    constants: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        lines = (f"d{name}/dt = ({drift})/second : 1" for name, drift in self.equations.items())
        return "\n".join(lines)

    @property
    def namespace(self) -> dict:
        return {"second": second, **self.constants}

    @property
    def system(self) -> ODESystem:
        """What a method gets to see."""
        equations = []
        for name, drift in self.equations.items():
            expr = parse_expression(Source(f"({drift})/second"), functions=None)
            equations.append(ODE(name, *split_noise(expr, [])))
        return ODESystem(tuple(equations), frozenset({"second", *self.constants}))

    @functools.lru_cache  # noqa: B019 - a problem lives as long as this module
    def exact(self) -> np.ndarray:
        """The values at the end, shape (variables,)."""
        return extrapolated(self.slopes, list(self.start.values()), self.duration)


def extrapolated(slopes: Callable, start: list[float], duration: float) -> np.ndarray:
    """Solve equations by extrapolated midpoint rules in extended precision, order 16."""
    x, n_steps, counts = np.array(start, np.longdouble), 32, range(2, 18, 2)
    step = np.longdouble(duration) / n_steps
    for number in range(n_steps):
        t = number * step
        table: list[np.ndarray] = []
        for row, n in enumerate(counts):
            h = step / n
            before, now = x, x + h * np.array(slopes(t, x))
            for k in range(1, n):
                before, now = now, before + 2 * h * np.array(slopes(t + k * h, now))
            last = (before + now + h * np.array(slopes(t + step, now))) / 2
            fresh = [last]
            for column in range(row):
                ratio = np.longdouble(n) ** 2 / np.longdouble(counts[row - column - 1]) ** 2
                fresh.append(fresh[-1] + (fresh[-1] - table[column]) / (ratio - 1))
            table = fresh
        x = table[-1]
    return x.astype(float)


USUAL = {
    1.0: (64, 128, 256),
    2.0: (32, 64, 128),
    3.0: (64, 128, 256),
    4.0: (48, 96, 192),
    5.0: (64, 128, 256),
    math.inf: (1, 4, 16),
}
STIFF = {
    1.0: (128, 256, 512),
    2.0: (64, 128, 256),
    3.0: (64, 128, 256),
    4.0: (64, 128, 256),
    5.0: (64, 128, 256),
    math.inf: (1, 4, 16),
}

PROBLEMS = {
    "gates": Problem(
        {"v": "1 - m*m*v", "m": "(1/(1 + exp(-v)) - m)/(0.5 + 0.1*v)"},
        {"v": 0.0, "m": 0.1},
        lambda t, y: [
            1 - y[1] * y[1] * y[0],
            (1 / (1 + np.exp(-y[0])) - y[1]) / (0.5 + 0.1 * y[0]),
        ],
        2.0,
        USUAL,
    ),
    "FitzHugh and Nagumo": Problem(
        {"v": "v - v**3/3 - w + drive", "w": "0.3*(v + 0.7 - 0.8*w)"},
        {"v": 1.5, "w": -0.4},
        lambda t, y: [y[0] - y[0] ** 3 / 3 - y[1] + 0.7, 0.3 * (y[0] + 0.7 - 0.8 * y[1])],
        1.5,
        USUAL,
        {"drive": 0.7},
    ),
    "forced": Problem(
        {"v": "cos(3*t/second) - v*(1 + t/second)", "u": "sin(2*t/second)*v*u"},
        {"v": 0.3, "u": 1.0},
        lambda t, y: [np.cos(3 * t) - y[0] * (1 + t), np.sin(2 * t) * y[0] * y[1]],
        1.5,
        {**USUAL, 4.0: (160, 320, 640)},
    ),
    "Prothero and Robinson": Problem(
        {"y": "-rate*(y - cos(t/second)) - sin(t/second)", "z": "y - z"},
        {"y": 1.5, "z": 0.2},
        lambda t, y: [-50 * (y[0] - np.cos(t)) - np.sin(t), y[0] - y[1]],
        0.125,
        STIFF,
        {"rate": 50.0},
    ),
    "Kaps": Problem(
        {"y": "-(rate + 2)*y + rate*z**2", "z": "y - z - z**2"},
        {"y": 1.5, "z": 0.5},
        lambda t, y: [-52 * y[0] + 50 * y[1] ** 2, y[0] - y[1] - y[1] ** 2],
        0.125,
        STIFF,
        {"rate": 50.0},
    ),
    "linear": Problem(
        {"x": "-2*x + y", "y": "-x - 0.5*y + 1", "z": "0.3*x - 3*z", "w": "0.7 - 1.2*w"},
        {"x": 1.0, "y": -0.3, "z": 0.4, "w": 2.0},
        lambda t, y: [
            -2 * y[0] + y[1],
            -y[0] - 0.5 * y[1] + 1,
            0.3 * y[0] - 3 * y[2],
            0.7 - 1.2 * y[3],
        ],
        1.0,
        USUAL,
    ),
    "quadratic": Problem(
        {"v": "v*v + 1.3*v + 0.9", "u": "0.4 - u*u", "w": "(0.7 - w)*2"},
        {"v": -1.0, "u": 1.0, "w": 0.1},
        lambda t, y: [y[0] ** 2 + 1.3 * y[0] + 0.9, 0.4 - y[1] ** 2, 2 * (0.7 - y[2])],
        1.5,
        USUAL,
    ),
}


CURVED = "d{}/dt is not linear in the variables of the system"
REFUSED = {
    "exact": {
        "gates": CURVED.format("v"),
        "FitzHugh and Nagumo": CURVED.format("v"),
        "forced": "dv/dt contains 't', which may change within a step",
        "Prothero and Robinson": "dy/dt contains 't', which may change within a step",
        "Kaps": CURVED.format("y"),
        "quadratic": CURVED.format("v"),
    },
    "independent": {
        "gates": "dv/dt contains the variable 'm'",
        "FitzHugh and Nagumo": "dv/dt contains the variable 'w'",
        "forced": "dv/dt contains 't', which may change",
        "Prothero and Robinson": "dy/dt contains 't', which may change",
        "Kaps": "dy/dt contains the variable 'z'",
        "linear": "dx/dt contains the variable 'y'",
    },
    "exponential_euler": {
        "FitzHugh and Nagumo": "dv/dt is not linear in 'v'",
        "Kaps": "dz/dt is not linear in 'z'",
        "quadratic": "dv/dt is not linear in 'v'",
    },
    "exponential_midpoint": {
        "FitzHugh and Nagumo": "dv/dt is not linear in 'v'",
        "Kaps": "dz/dt is not linear in 'z'",
        "quadratic": "dv/dt is not linear in 'v'",
    },
}
"""Why a method refuses a problem; there is no other refusal."""


def group_of(
    problem: Problem, integrator: Integrator, n_steps: int, n: int = 1, **options
) -> NeuronGroup:
    """Make a group at the start of a problem; ``n_steps`` lead to its end."""
    group = NeuronGroup(
        n,
        problem.text,
        method=integrator,
        method_options=options,
        namespace=problem.namespace,
        dt=problem.duration / n_steps * second,
    )
    for variable, value in problem.start.items():
        setattr(group, variable, value)
    return group


def error_of(problem: Problem, group: NeuronGroup) -> float:
    """Return the distance of a group of one neuron from the solution."""
    values = np.array([getattr(group, variable)[0] for variable in problem.start])
    return float(np.linalg.norm(values - problem.exact()))


def errors_of(problem: Problem, integrator: Integrator, target: Numpy | Cpp) -> tuple:
    """Return the lengths of steps and the errors at the end, for steps that are all as long."""
    options = {"adaptable_timestep": False} if isinstance(integrator, Adaptive) else {}
    steps = problem.steps[integrator.order]
    errors = []
    for n_steps in steps:
        restart_numbering()
        group = group_of(problem, integrator, n_steps, **options)
        Network(group).run(problem.duration * second, target=target)
        errors.append(error_of(problem, group))
    return problem.duration / np.array(steps), np.array(errors)


def order_of(lengths: np.ndarray, errors: np.ndarray) -> float:
    """Return the slope of the error over the step, both logarithmic."""
    return float(np.polyfit(np.log(lengths), np.log(errors), 1)[0])


ACCEPTED = [
    pytest.param(integrator, problem, id=f"{integrator.name}-{name}")
    for integrator in ALL
    for name, problem in PROBLEMS.items()
    if integrator.refusal(problem.system) is None
]


@pytest.mark.parametrize("integrator", ALL, ids=lambda i: i.name)
def test_a_method_refuses_these_problems_and_says_why(integrator):
    found = {name: integrator.refusal(problem.system) for name, problem in PROBLEMS.items()}
    refused = {name: reason for name, reason in found.items() if reason is not None}
    assert refused == REFUSED.get(integrator.name, {})
    for name, reason in refused.items():
        network = Network(group_of(PROBLEMS[name], integrator, 1))
        with pytest.raises(IntegratorError) as caught:
            network.run(PROBLEMS[name].duration * second, target="numpy")
        assert reason in str(caught.value)


def test_the_reference_is_that_of_scipy():
    for problem in PROBLEMS.values():
        solved = solve_ivp(
            problem.slopes,
            (0, problem.duration),
            list(problem.start.values()),
            method="DOP853",
            rtol=1e-13,
            atol=1e-15,
        )
        assert solved.success
        assert problem.exact() == pytest.approx(solved.y[:, -1], abs=1e-12)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("integrator", "problem"), ACCEPTED)
def test_the_error_falls_with_the_order_of_the_method(integrator, problem, target):
    lengths, errors = errors_of(problem, integrator, target)
    if math.isinf(integrator.order):
        assert errors.max() < 1e-12
    else:
        assert order_of(lengths, errors) == pytest.approx(integrator.order, abs=0.1)


def test_a_wrong_coefficient_is_found():
    kutta = by_name("rk3")
    weights = (Fraction(1, 4), Fraction(1, 2), Fraction(1, 4))
    wrong = replace(kutta, tableau=replace(kutta.tableau, weights=weights))
    lengths, errors = errors_of(PROBLEMS["FitzHugh and Nagumo"], wrong, Numpy())
    assert order_of(lengths, errors) == pytest.approx(2, abs=0.1)


def test_a_wrong_derivative_by_the_time_is_found():
    """Without it a Rosenbrock method is of first order where the time occurs."""
    exact = by_name("rosenbrock")
    autonomous = replace(exact, tableau=replace(exact.tableau, implicit=((), (-1.0,))))
    lengths, errors = errors_of(PROBLEMS["forced"], autonomous, Numpy())
    assert order_of(lengths, errors) == pytest.approx(1, abs=0.1)


# ------------------------------------------------------------------------------- adaptive steps

ADAPTIVE = [integrator for integrator in ALL if isinstance(integrator, Adaptive)]
LARGE = {"FitzHugh and Nagumo": 4.0, "forced": 6.0, "Kaps": 1.0}
"""Problems with durations that one step of fixed length is much too large for."""


def after_one_dt(integrator, name, target, **options):
    """Return the group after one step ``dt`` that is much too large."""
    restart_numbering()
    problem = replace(PROBLEMS[name], duration=LARGE[name])
    group = group_of(problem, integrator, 1, **options)
    Network(group).run(problem.duration * second, target=target)
    return problem, group


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("integrator", ADAPTIVE, ids=lambda i: i.name)
def test_the_error_of_chosen_steps_follows_the_tolerance(integrator, name, target):
    errors = []
    for tolerance in (1e-4, 1e-6, 1e-8):
        problem, group = after_one_dt(
            integrator,
            name,
            target,
            absolute_error=tolerance,
            relative_error=tolerance,
            max_steps=100_000,
        )
        errors.append(error_of(problem, group))
        assert errors[-1] < 50 * tolerance
    assert errors[0] > 3 * errors[1] > 9 * errors[2]
    problem, group = after_one_dt(integrator, name, target, adaptable_timestep=False)
    assert not error_of(problem, group) < 0.03


def stiffness_group(integrator, rates, **options):
    """Make a group of the problem of Kaps, with a rate for each neuron, of steps of 100 ms."""
    restart_numbering()
    group = NeuronGroup(
        len(rates),
        PROBLEMS["Kaps"].text + "\nrate : 1 (constant)",
        method=integrator,
        method_options={"save_step_count": True, "max_steps": 100_000, **options},
        namespace={"second": second},
        dt=0.1 * second,
    )
    group.y, group.z, group.rate = 1.5, 0.5, rates
    return group


def kept(group, name):
    """Return what a method keeps for each neuron."""
    return np.array(group.variables[name].values)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("integrator", ADAPTIVE, ids=lambda i: i.name)
def test_each_neuron_has_its_own_steps_and_no_part_in_those_of_others(integrator, target):
    rates = np.array([1.0, 400.0, 30.0])
    together = stiffness_group(integrator, rates)
    Network(together).run(0.3 * second, target=target)
    counts = kept(together, "_step_count")
    assert len(set(counts)) == len(rates)
    for number in range(len(rates)):
        alone = stiffness_group(integrator, rates[[number]])
        Network(alone).run(0.3 * second, target=target)
        assert kept(alone, "_step_count")[0] == counts[number]
        assert alone.y[0] == together.y[number]
        assert alone.z[0] == together.z[number]


@pytest.mark.compiler
@pytest.mark.parametrize("integrator", ADAPTIVE, ids=lambda i: i.name)
def test_chosen_steps_are_the_same_on_all_targets(integrator):
    results = []
    for target in (Numpy(), Cpp(threads=1), Cpp(threads=2)):
        group = stiffness_group(integrator, np.linspace(1, 300, 40), save_failed_steps=True)
        Network(group).run(0.3 * second, target=target)
        names = ("y", "z", "_step_count", "_failed_steps")
        results.append(b"".join(kept(group, name).tobytes() for name in names))
    assert results[0] == results[1] == results[2]


def test_failed_steps_are_among_the_steps():
    group = stiffness_group(by_name("rkf45"), np.array([1.0, 400.0]), save_failed_steps=True)
    Network(group).run(0.1 * second, target="numpy")
    counts, failed = kept(group, "_step_count"), kept(group, "_failed_steps")
    assert np.all(failed >= 1)  # the first step, as long as dt
    assert np.all(counts > failed)


@pytest.mark.parametrize("target", TARGETS)
def test_the_last_step_of_a_dt_saves_failures_in_the_next(target):
    counts = []
    for is_kept in (True, False):
        group = stiffness_group(by_name("cash_karp"), np.array([300.0]), use_last_timestep=is_kept)
        Network(group).run(0.2 * second, target=target)
        counts.append(int(kept(group, "_step_count")[0]))
    assert counts[0] < counts[1]


@pytest.mark.parametrize("target", TARGETS)
def test_a_neuron_with_its_own_tolerance_for_one_variable_is_more_accurate(target):
    errors = []
    for tolerated in ({}, {"y": 1e-9, "z": 1e-9}):
        problem, group = after_one_dt(
            by_name("dormand_prince"),
            "Kaps",
            target,
            absolute_error=1e-3,
            relative_error=0,
            absolute_error_per_variable=tolerated,
            max_steps=10_000,
        )
        errors.append(error_of(problem, group))
    assert errors[1] < 1e-3 * errors[0]
