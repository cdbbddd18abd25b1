import mpmath
import numpy as np
import pytest

from eqsim.expressions.nodes import Binary, BinaryOperator, Call, Literal, Name, Unary
from eqsim.expressions.parser import parse_expression
from eqsim.expressions.printer import to_text
from eqsim.expressions.singularities import without_singularities
from eqsim.expressions.traverse import called_functions
from eqsim.source import Source
from eqsim.targets.numpy import mathematics


def parse(text):
    return parse_expression(Source(text), functions=None)


# name: (text, the name in which it is singular, the singularity)
RATES = {
    # Hodgkin and Huxley 1952, doi:10.1113/jphysiol.1952.sp004764, with their sign of the potential
    "alpha_n of 1952": ("0.01*(u + 10)/(exp((u + 10)/10) - 1)", "u", -10),
    "alpha_m of 1952": ("0.1*(u + 25)/(exp((u + 25)/10) - 1)", "u", -25),
    # and with today's
    "alpha_n, numerator first": (
        "0.01*(10*mV - v)/mV/(exp((10*mV - v)/(10*mV)) - 1)/ms",
        "v",
        0.01,
    ),
    "alpha_n, one first": ("0.01*(v + 55*mV)/mV/(1 - exp(-(v + 55*mV)/(10*mV)))/ms", "v", -0.055),
    "alpha_n, minus in front": ("-0.01*(v + 55)/(exp(-0.1*(v + 55)) - 1)/ms", "v", -55),
    "alpha_n, all minus": ("-(0.01*(-55 - v))/(-(1 - exp(-(v + 55)/10)))", "v", -55),
    "alpha_n, decimals": ("(0.1 - 0.01*u)/(exp(1 - 0.1*u) - 1)/ms", "u", 10),
    "alpha_m, decimals": ("(2.5 - 0.1*u)/(exp(2.5 - 0.1*u) - 1)", "u", 25),
    "alpha_m, numerator first": (
        "0.1*(v + 40*mV)/mV/(1 - exp(-(v + 40*mV)/(10*mV)))/ms",
        "v",
        -0.04,
    ),
    "alpha_m, unit first": ("(1/ms)*0.1*(v/mV + 40)/(1 - exp(-0.1*(v/mV + 40)))", "v", -0.04),
    "alpha_m, unit in the denominator": (
        "0.1/mV*(v + 40*mV)/((1 - exp(-(v + 40*mV)/(10*mV)))*ms)",
        "v",
        -0.04,
    ),
    "alpha_m, factor in the denominator": ("(v + 40)/(10*(1 - exp(-(v + 40)/10)))", "v", -40),
    "alpha_m, factor in the sum": ("(v + 40)/(10 - 10*exp(-(v + 40)/10))", "v", -40),
    "alpha_m, expm1": ("-0.1*(v + 40)/expm1(-(v + 40)/10)", "v", -40),
    "alpha_m, inverse of a quotient": ("1/((1 - exp(-(v + 40)/10))/(0.1*(v + 40)))", "v", -40),
    # Traub and Miles 1991, doi:10.1017/CBO9780511895401
    "Traub and Miles, alpha_m": (
        "0.32*(mV**-1)*(13.*mV-v+VT)/(exp((13.*mV-v+VT)/(4.*mV))-1.)/ms",
        "v",
        -0.05,
    ),
    "Traub and Miles, beta_m": (
        "0.28*(mV**-1)*(v-VT-40.*mV)/(exp((v-VT-40.*mV)/(5.*mV))-1.)/ms",
        "v",
        -0.023,
    ),
    "Traub and Miles, alpha_n": (
        "0.032*(mV**-1)*(15.*mV-v+VT)/(exp((15.*mV-v+VT)/(5.*mV))-1.)/ms",
        "v",
        -0.048,
    ),
    "Traub and Miles, in an equation": (
        "0.32*(13-v)/(exp((13-v)/4)-1)*(1-m) - 0.28*(v-40)/(exp((v-40)/5)-1)*m",
        "v",
        13,
    ),
    # Pospischil et al. 2008, doi:10.1007/s00422-008-0263-8
    "Pospischil, alpha_m": (
        "-0.32*(v - VT - 13*mV)/mV/(exp(-(v - VT - 13*mV)/(4*mV)) - 1)/ms",
        "v",
        -0.05,
    ),
    "Pospischil, beta_m": (
        "0.28*(v - VT - 40*mV)/mV/(exp((v - VT - 40*mV)/(5*mV)) - 1)/ms",
        "v",
        -0.023,
    ),
    "Pospischil, alpha_n": (
        "-0.032*(v - VT - 15*mV)/mV/(exp(-(v - VT - 15*mV)/(5*mV)) - 1)/ms",
        "v",
        -0.048,
    ),
    "Pospischil, I_L": ("0.055*(-27*mV - v)/mV/(exp((-27*mV - v)/(3.8*mV)) - 1)/ms", "v", -0.027),
    # Destexhe et al. 1998, doi:10.1523/JNEUROSCI.18-10-03574.1998, and other constant fields
    "flux": ("v/(1 - exp(-v/k))", "v", 0),
    "T-current": (
        "P*z**2*F**2*v/(R*T)*(Ci - Co*exp(-z*F*v/(R*T)))/(1 - exp(-z*F*v/(R*T)))",
        "v",
        0,
    ),
    "T-current, other order": (
        "P*z*F*(z*v*F/(R*T))*(Ci - Co*exp(-z*v*F/(R*T)))/(1 - exp(-z*v*F/(R*T)))",
        "v",
        0,
    ),
    "T-current, by NEURON": (
        "(0.001)*2*F*(Ci*(z*v/k/(exp(z*v/k) - 1)) - Co*(-z*v/k/(exp(-z*v/k) - 1)))",
        "v",
        0,
    ),
    "flux, shifted": ("g*(v - VT)/(1 - exp((VT - v)*g/k))", "v", -0.063),
    # the other way round
    "exprel by hand": ("(exp(v/k) - 1)/v", "v", 0),
    "exprel by hand, one first": ("(1 - exp(-v/k))/(v/k)*g", "v", 0),
    "exprel by hand, expm1": ("k*expm1((v - VT)/k)/(v - VT)", "v", -0.063),
    "inside of another function": ("exp(-v/(exp(v) - 1))", "v", 0),
    "one inside the other": ("v/(exp(v) - 1)*exp(v/expm1(v))", "v", 0),
    "a square": ("v*v/(1 - exp(-v))/(exp(v) - 1)", "v", 0),
}
VALUES = {
    "mV": 0.001, "ms": 0.001, "VT": -0.063, "m": 0.3, "P": 1e-4, "z": 2.0, "F": 96485.3,
    "R": 8.314, "T": 309.0, "Ci": 2.4e-4, "Co": 2.0, "k": 0.0133, "g": 0.7,
}  # fmt: skip


def in_digits(expr, values):
    """The value in arbitrary precision, with literals as they are written."""
    match expr:
        case Literal(value):
            return mpmath.mpf(repr(value))
        case Name(identifier):
            return values[identifier]
        case Unary(_, operand):
            return -in_digits(operand, values)
        case Call(function, (argument,)):
            return getattr(mpmath, function)(in_digits(argument, values))
        case Binary(operator, left, right):
            a, b = in_digits(left, values), in_digits(right, values)
            return {
                BinaryOperator.ADD: lambda: a + b,
                BinaryOperator.SUBTRACT: lambda: a - b,
                BinaryOperator.MULTIPLY: lambda: a * b,
                BinaryOperator.DIVIDE: lambda: a / b,
                BinaryOperator.POWER: lambda: a**b,
            }[operator]()
    raise AssertionError(expr)


def in_floats(expr, values):
    functions = {name: getattr(mathematics, name) for name in ("exp", "expm1", "exprel")}
    with np.errstate(all="ignore"):
        return eval(to_text(expr), {**functions, **values})


def digits_of(values):
    return {name: mpmath.mpf(repr(value)) for name, value in values.items()}


@pytest.mark.parametrize("name", RATES)
def test_rates_of_published_models_have_values_everywhere(name):
    text, variable, root = RATES[name]
    expr = parse(text)
    regular = without_singularities(expr)
    scale = VALUES["k"] if abs(root) < 1 and variable == "v" and "(v)" not in text else 1.0
    offsets = [0.0] + [s * 10.0**e * scale for s in (-1, 1) for e in (-17, -12, -8, -4, -1, 0, 1)]
    for offset in offsets:
        at = root + offset
        got = in_floats(regular, VALUES | {variable: at})
        with mpmath.workdps(80):
            digits = digits_of(VALUES | {variable: at})
            # Off the singularity of the original by less than any rounding.
            digits[variable] += mpmath.mpf(10) ** -30
            want = in_digits(expr, digits)
            assert float(abs(got - want)) <= 1e-14 * float(abs(want)), (to_text(regular), offset)


@pytest.mark.parametrize("name", RATES)
def test_no_rate_becomes_nan_where_it_was_finite(name):
    text, variable, root = RATES[name]
    expr = parse(text)
    regular = without_singularities(expr)
    for size in (1.0, 1e2, 710.0, 745.0, 1e4, 1e100, 1e300):
        for at in (root - size, root + size):
            values = {name: np.float64(value) for name, value in VALUES.items()}
            values[variable] = np.float64(at)
            before, after = in_floats(expr, values), in_floats(regular, values)
            if np.isfinite(before):
                assert after == pytest.approx(before, rel=1e-12)


@pytest.mark.parametrize("name", RATES)
def test_no_singularity_is_left(name):
    regular = without_singularities(parse(RATES[name][0]))
    assert "exprel" in called_functions(regular)
    assert without_singularities(regular) is regular


@pytest.mark.parametrize(
    ("text", "regular"),
    [
        ("0.1*(v + 40*mV)/mV/(1 - exp(-(v + 40*mV)/(10*mV)))/ms",
         "0.1 * (10.0 * mV) / mV / exprel(-(v + 40 * mV) / (10 * mV)) / ms"),
        ("a*(v - E)/(exp((v - E)/k) - 1)", "a * k / exprel((v - E) / k)"),
        ("(exp(v/k) - 1)/v", "exprel(v / k) / k"),
        ("g*(v - E)/(exp(g*(v - E)/k) - 1)", "k * 1.0 / exprel(g * (v - E) / k)"),
        ("(w*v + v + u)/(exp((w + 1)*v + u) - 1)", "1.0 / exprel((w + 1) * v + u)"),
    ],
)  # fmt: skip
def test_the_ratio_takes_the_place_of_what_vanished(text, regular):
    assert to_text(without_singularities(parse(text))) == regular


@pytest.mark.parametrize(
    "text",
    [
        "(v + 40)/(1 - exp(-(v + 41)/10))", "v/(exp((v - E)/k) - 1)",
        "(v + E)/(exp((v - E)/k) - 1)",
        "a/(exp(v) - 1)", "1/(1 + exp(-(v + 35)/10))", "v/(1 + exp(v))", "v/(exp(v) - 2)",
        "v/(exp(v*v) - 1)", "v/(exp(sin(v)) - 1)", "v*v/(exp(v) + v)", "(exp(v) - 1)*v",
        "v/exp(v)", "v*exp(v) - 1", "sin(v)/(exp(v) - 1)", "v/(exp(v) - exp(w))",
        "v/(k*exp(v) - 1)",
        "1/(exp(v) - 1)", "abs(v)/(exp(v) - 1)", "v/(exp(abs(v)) - 1)", "v // (exp(v) - 1)",
        "rand()*v/(exp(rand()*v) - 1)", "rand()/(exp(rand()) - 1)", "v/(v - 1)", "exp(v)", "v",
        "(v > 0)/(exp(v) - 1)", "(v - 1/3)/(exp(v - 0.3333) - 1)", "0*v/(exp(0*v) - 1)",
        "v/(rand()*exp(v) - rand())", "v/(exp(v)*exp(v) - 1)", "1e40*v/(exp(v - E) - 1)",
    ],
)  # fmt: skip
def test_everything_else_stays_the_same_tree(text):
    expr = parse(text)
    assert without_singularities(expr) is expr
