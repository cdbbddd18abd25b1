"""Methods of the user: descriptions, functions, registered names."""

import textwrap

import numpy as np
import pytest

from eqsim import Network, NeuronGroup, explicit_method, ms, register_method, seed
from eqsim.errors import EquationError, IntegratorError
from eqsim.integrators import Interpretation, as_method, by_name, choice, integrate
from eqsim.integrators.structure import NoiseType

KUTTA = """
    k1 = f(x, t)
    k2 = f(x + dt/2*k1, t + dt/2)
    k3 = f(x - dt*k1 + 2*dt*k2, t + dt)
    x_new = x + dt/6*(k1 + 4*k2 + k3)
"""


@pytest.fixture(autouse=True)
def _own_names(monkeypatch):
    """Methods that a test registers are gone after it."""
    monkeypatch.setattr(choice, "_registered", {})


def pendulum(method, dt, target):
    """Angle and speed after 4 ms."""
    group = NeuronGroup(
        1,
        "dx/dt = p/ms : 1\ndp/dt = (-sin(x) + 0.3*cos(2*t/ms))/ms : 1",
        method=method,
        namespace={"ms": ms},
        dt=dt * ms,
    )
    group.x = 1
    Network(group).run(4 * ms, target=target)
    return np.array([group.x[0], group.p[0]])


def by_hand(system):
    """Heun's method without noise, as the statements of a step."""
    lines = [f"k_{name} = {drift}" for name, drift in system.drifts.items()]
    lines += [f"before_{name} = {name}" for name in system.drifts]
    lines += [f"{name} = {name} + dt*k_{name}" for name in system.drifts]
    lines += ["t_end = t + dt"]
    lines += [
        f"l_{name} = {drift.replace('2 * t', '2 * t_end')}"
        for name, drift in system.drifts.items()
    ]
    lines += [f"{name} = before_{name} + dt/2*(k_{name} + l_{name})" for name in system.drifts]
    return "\n".join(lines)


def test_a_description_is_a_method_with_its_order(target):
    method = explicit_method(KUTTA, order=3)
    exact = pendulum("rk4", 1 / 256, target)
    errors = [np.abs(pendulum(method, 1 / n, target) - exact).max() for n in (8, 16, 32)]
    slope = -np.polyfit(np.log([8, 16, 32]), np.log(errors), 1)[0]
    assert slope == pytest.approx(3, abs=0.1)
    assert pendulum(method, 1 / 8, target) == pytest.approx(pendulum("rk3", 1 / 8, target))


def test_a_function_that_returns_text_is_a_method(target):
    exact = pendulum("rk4", 1 / 256, target)
    errors = [np.abs(pendulum(by_hand, 1 / n, target) - exact).max() for n in (16, 32, 64)]
    slope = -np.polyfit(np.log([16, 32, 64]), np.log(errors), 1)[0]
    assert slope == pytest.approx(2, abs=0.1)
    assert pendulum(by_hand, 1 / 8, target) == pytest.approx(pendulum("heun", 1 / 8, target))


def test_a_registered_name_is_a_method_of_every_group(target):
    register_method("kutta", KUTTA)
    register_method("heun_by_hand", by_hand)
    register_method("classic", by_name("rk4"))
    assert pendulum("kutta", 0.125, target) == pytest.approx(pendulum("rk3", 0.125, target))
    assert pendulum("heun_by_hand", 0.125, target) == pytest.approx(
        pendulum("heun", 0.125, target)
    )
    assert pendulum("classic", 0.125, target).tobytes() == pendulum("rk4", 0.125, target).tobytes()
    with pytest.raises(IntegratorError, match="did you mean 'kutta'"):
        by_name("kuta")


def test_a_function_sees_drifts_and_noises_without_units(system):
    seen = []

    def look(text):
        seen.append(text)
        return "x = x"

    rule = integrate(system(x="-x/tau + s*xi_1 - xi_2", y="0"), as_method(look))
    assert seen[0].drifts == {"x": "-x / tau", "y": "0"}
    assert list(seen[0].noises["x"]) == ["xi_1", "xi_2"]
    assert seen[0].noises["x"]["xi_1"] == "s"
    assert seen[0].noises["y"] == {}
    assert rule.integrator == "look"


def test_a_function_gets_the_increments_of_noise(target):
    def maruyama(text):
        lines = []
        for name, drift in text.drifts.items():
            noise = " + ".join(f"({g})*dW_{xi}" for xi, g in text.noises[name].items())
            lines.append(f"new_{name} = {name} + dt*({drift}) + {noise}")
        return "\n".join([*lines, *(f"{name} = new_{name}" for name in text.drifts)])

    ends = []
    for method in (maruyama, "euler_maruyama"):
        seed(4)
        group = NeuronGroup(
            200,
            "dx/dt = -x/ms + x*xi_a/ms**0.5 + xi_b/ms**0.5 : 1\ndy/dt = x/ms + xi_b/ms**0.5 : 1",
            method=method,
            namespace={"ms": ms},
        )
        group.x = 1
        Network(group).run(1 * ms, target=target)
        ends.append([group.x[:], group.y[:]])
    assert ends[0][0] == pytest.approx(ends[1][0], rel=1e-12, abs=1e-14)
    assert ends[0][1] == pytest.approx(ends[1][1], rel=1e-12, abs=1e-14)


FUNCTIONS = {
    "unknown name": (
        lambda text: "v = v + dt*tua",
        EquationError,
        "'tua' is unknown here\n"
        "  the step of the method '<lambda>', line 1, column 12\n"
        "    v = v + dt*tua\n"
        "               ^^^\n"
        "  known: dt, t, tau, v\n"
        "  did you mean 'tau'?",
    ),
    "random numbers": (
        lambda text: "v = v + randn()",
        EquationError,
        "'randn' is no function that a step can call\n"
        "  the step of the method '<lambda>', line 1, column 9\n"
        "    v = v + randn()\n"
        "            ^^^^^^^\n"
        "  random numbers come from the noise: dW_xi is the increment of xi",
    ),
    "no variable": (
        lambda text: "k = dt*v",
        EquationError,
        "the step changes none of the variables\n"
        "  the step of the method '<lambda>', line 1, column 1\n"
        "    k = dt*v\n"
        "    ^^^^^^^^\n"
        "  variables: v",
    ),
    "no text": (
        lambda text: ["v = v"],
        IntegratorError,
        "the function of the method '<lambda>' returned ['v = v']\n"
        "  expected: the statements of a step as a text, such as 'v = v + dt*(-v/tau)'",
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_that_returns_something_wrong_is_told_so(name, system):
    function, error, expected = FUNCTIONS[name]
    method = as_method(function)
    with pytest.raises(error) as caught:
        integrate(system(v="-v/tau", constant="tau"), method)
    assert str(caught.value) == expected


def test_noise_is_accepted_as_far_as_it_was_asked_for(system):
    text = "x_new = x + dt*f(x, t) + g(x, t)*dW"
    multiplicative, additive = system(v="v*xi"), system(v="-v + xi")
    for stochastic, noise in (
        (None, NoiseType.GENERAL),
        ("multiplicative", NoiseType.GENERAL),
        ("additive", NoiseType.ADDITIVE),
    ):
        method = explicit_method(text, stochastic=stochastic)
        assert method.noise is noise
        assert method.refusal(additive) is None
        assert (method.refusal(multiplicative) is None) == (stochastic != "additive")
    no_noise = explicit_method(KUTTA)
    assert no_noise.refusal(additive) == "dv/dt contains the noise 'xi'"


def test_the_sense_of_noise_is_told(system):
    text = "x_new = x + dt*f(x, t) + g(x, t)*dW"
    method = explicit_method(text, name="mine", interpretation=Interpretation.ITO)
    rule = integrate(system(v="v*xi"), method)
    assert rule.reason == "'mine' (noise in the sense of Ito) because it was asked for"


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (
            lambda: explicit_method("x_new = x + g(x, t)*dW", stochastic="coloured"),
            """
            'coloured' is no kind of noise
              known: 'additive', 'multiplicative'
            """,
        ),
        (
            lambda: explicit_method(KUTTA, stochastic="additive"),
            """
            the method is to accept additive noise, but its description has none
              write where it enters: g(x, t)*dW
            """,
        ),
        (
            lambda: register_method("rk4", KUTTA),
            """
            there is a method 'rk4' already
              give yours another name
            """,
        ),
        (
            lambda: register_method("my method", KUTTA),
            """
            'my method' cannot be the name of a method
              expected: a word
            """,
        ),
        (
            lambda: register_method("number", 4),
            """
            4 is no integration method
              expected: its name, explicit_method(...), or a function that returns the statements \
of a step
            """,
        ),
    ],
)
def test_what_cannot_be_a_method_is_told_why(make, expected):
    with pytest.raises(IntegratorError) as caught:
        make()
    assert str(caught.value) == textwrap.dedent(expected).strip()


def test_a_name_can_be_registered_again_with_the_same_method():
    register_method("kutta", KUTTA)
    register_method("kutta", KUTTA)
    with pytest.raises(IntegratorError, match="there is a method 'kutta' already"):
        register_method("kutta", "x_new = x + dt*f(x, t)")
