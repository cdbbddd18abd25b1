import math
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eqsim.expressions.printer import to_text
from eqsim.expressions.traverse import called_functions
from eqsim.integrators import by_name, integrate

EXPONENTIAL_EULER = by_name("exponential_euler")


@given(rate=st.floats(-50, 5), constant=st.floats(-3, 3), start=st.floats(-2, 2))
def test_an_equation_alone_is_solved_exactly(rate, constant, start, system, simulate):
    rule = integrate(system(x="A*x + B"), EXPONENTIAL_EULER)
    got = simulate(rule, {"x": start}, 0.5, A=rate, B=constant)["x"]
    z = rate * 0.5
    relaxed = math.expm1(z) / z if z and abs(z) > 1e-300 else 1.0
    want = start * math.exp(z) + constant * 0.5 * relaxed
    assert got == pytest.approx(want, rel=1e-13, abs=1e-14 * (1 + math.exp(z)))


@pytest.mark.parametrize("rate", [0.0, 1e-320, -1e-18, 1e-9, -1e-9])
def test_a_rate_of_zero_is_a_rate_like_any_other(rate, system, simulate):
    rule = integrate(system(x="A*x + B"), EXPONENTIAL_EULER)
    got = simulate(rule, {"x": 1.0}, 0.1, A=rate, B=2.0)["x"]
    assert got == pytest.approx(1.2 + rate * 0.11, rel=2e-16 * 4)


def test_a_variable_at_its_fixed_point_stays_there_exactly(system, simulate):
    rule = integrate(system(v="(E - v)/tau"), EXPONENTIAL_EULER)
    assert simulate(rule, {"v": -0.0651}, 1e-4, 1000, E=-0.0651, tau=0.0137)["v"] == -0.0651


def test_each_equation_costs_one_exponential(system):
    rule = integrate(system(v="(E - v)/tau", g="-g/tau", w="2*u", u="0"), EXPONENTIAL_EULER)
    values = {s.target: s.value for s in rule.statements}
    assert called_functions(values["_new_v"]) == {"exprel"}
    assert to_text(values["_new_g"]) == "g * exp(-1.0 / tau * dt)"
    assert to_text(values["_new_w"]) == "w + dt * (2 * u)"
    assert "_new_u" not in values


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"v": "v*v - u", "u": "-u"}, "dv/dt is not linear in 'v'"),
        ({"u": "-u", "v": "exp(v)"}, "dv/dt is not linear in 'v'"),
        ({"v": "-v*v + xi"}, "dv/dt is not linear in 'v'"),
        ({"v": "-v*v*tanh(v)"}, "dv/dt is not linear in 'v'"),
        ({"v": "tanh(v) + 1/(1 + v)"}, "dv/dt is not linear in 'v'"),
        ({"v": "1/v - v"}, "dv/dt is not linear in 'v'"),
    ],
)
def test_refusals_name_the_equation_and_the_reason(texts, reason, system):
    assert EXPONENTIAL_EULER.refusal(system(**texts)) == reason


@pytest.mark.parametrize(
    ("text", "slope", "rest"),
    [
        ("g*tanh(v)*(E - v)", lambda v: -2 * math.tanh(v), lambda v: 6 * math.tanh(v)),
        ("(E - v)/(1 + exp(-v))", lambda v: -1 / (1 + math.exp(-v)), lambda v: -3 * -1 / (1 + math.exp(-v))),
        ("-v + sin(v)", lambda v: -1.0, math.sin),
        ("v*exp(v) - v*tanh(v) + g", lambda v: math.exp(v) - math.tanh(v), lambda v: 2.0),
        ("v/(g + v) - v", lambda v: 1 / (2 + v) - 1, lambda v: 0.0),
        ("int(v > 0)*(E - v) - v", lambda v: -1.0 - (v > 0), lambda v: 3.0 * (v > 0)),
    ],
)
def test_coefficients_that_depend_on_the_variable_are_held_still(
    text, slope, rest, system, simulate
):
    rule = integrate(system(v=text), EXPONENTIAL_EULER)
    for v, h in [(0.7, 0.1), (-0.3, 0.5)]:
        found = simulate(rule, {"v": v}, h, g=2.0, E=3.0)["v"]
        z = slope(v) * h
        want = v + h * (slope(v) * v + rest(v)) * math.expm1(z) / z
        assert found == pytest.approx(want, rel=1e-13)


@pytest.mark.parametrize(("name", "order"), [("exponential_euler", 1), ("exponential_midpoint", 2)])
def test_order_with_coefficients_that_depend_on_the_variable(name, order, system, simulate):
    # From 1 on, x*exp(x) = exp(1 - t): at the time 1 it is the omega constant.
    rule = integrate(system(x="-x/(1 + x)"), by_name(name))
    exact = 0.5671432904097838
    steps = [16, 32, 64, 128]
    errors = [abs(_final(rule, simulate, n) - exact) for n in steps]
    slopes = [math.log2(a / b) for a, b in zip(errors, errors[1:], strict=False)]

    assert slopes[-1] == pytest.approx(order, abs=0.1)


def _final(rule, simulate, n):
    state = {"x": 1.0}
    for _ in range(n):
        state = simulate(rule, state, 1 / n)
    return state["x"]


def test_the_midpoint_takes_no_noise(system):
    assert by_name("exponential_midpoint").refusal(system(v="-v + xi")) == (
        "dv/dt contains the noise 'xi'"
    )


def test_noise_has_the_variance_that_the_decay_leaves_of_it(system):
    rule = integrate(system(v="-v/tau + s*xi", w="xi", constant="tau s"), EXPONENTIAL_EULER)
    texts = {s.target: to_text(s.value) for s in rule.statements if hasattr(s, "value")}
    assert texts["_new_v"] == (
        "v * exp(-1.0 / tau * dt) + s * sqrt(dt * exprel(2.0 * (-1.0 / tau * dt))) * _normal_xi"
    )
    assert texts["_new_w"] == "w + sqrt(dt) * _normal_xi"


@given(decay=st.floats(0.01, 60), scale=st.floats(0.1, 3))
def test_a_process_that_decays_has_its_variance_with_steps_of_any_length(
    decay, scale, system, simulate
):
    rule = integrate(system(x="-a*x + s*xi", constant="a s"), EXPONENTIAL_EULER)
    end = [simulate(rule, {"x": 0.0}, 1.0, draw=lambda *_: 1.0, a=decay, s=scale)["x"]][0]
    variance = scale**2 * -math.expm1(-2 * decay) / (2 * decay)
    assert end**2 == pytest.approx(variance, rel=1e-12)


HODGKIN_HUXLEY = """
    v = '''(gl*(El - v) - g_na*(m*m*m)*h*(v - ENa) - g_kd*(n*n*n*n)*(v - EK)
           + ge*(Ee - v) + gi*(Ei - v) + I)/Cm'''
    m = '''0.32*(mV**-1)*4*mV/exprel((13*mV - v + VT)/(4*mV))/ms*(1 - m)
           - 0.28*(mV**-1)*5*mV/exprel((v - VT - 40*mV)/(5*mV))/ms*m'''
    n = '''0.032*(mV**-1)*5*mV/exprel((15*mV - v + VT)/(5*mV))/ms*(1. - n)
           - .5*exp((10*mV - v + VT)/(40*mV))/ms*n'''
    h = '''0.128*exp((17*mV - v + VT)/(18*mV))/ms*(1. - h)
           - 4./(1 + exp((40*mV - v + VT)/(5*mV)))/ms*h'''
    ge, gi = '-ge*(1./taue)', '-gi*(1./taui)'
"""


def test_hodgkin_and_huxley_take_milliseconds_and_no_sympy():
    script = (
        textwrap.dedent("""
        import sys, time
        from eqsim.expressions.linear import split_noise
        from eqsim.expressions.parser import parse_expression
        from eqsim.integrators import ODE, ODESystem, integrate
        from eqsim.source import Source
    """)
        + textwrap.dedent(HODGKIN_HUXLEY)
        + textwrap.dedent("""
        texts = {"v": v, "m": m, "n": n, "h": h, "ge": ge, "gi": gi}
        drifts = {name: parse_expression(Source(text)) for name, text in texts.items()}
        durations = []
        for _ in range(5):
            start = time.process_time()
            system = ODESystem(
                tuple(ODE(name, *split_noise(drift, ["xi"])) for name, drift in drifts.items()),
                frozenset("gl El g_na ENa g_kd EK Ee Ei I Cm VT mV ms taue taui".split()),
            )
            rule = integrate(system, ("exact", "exponential_euler", "euler"))
            durations.append(time.process_time() - start)
        assert rule.integrator == "exponential_euler"
        assert "sympy" not in sys.modules
        print(min(durations))
    """)
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 0.02
