"""Lines as they stand in scripts of models, with the value and the unit they must have."""

from __future__ import annotations

import math

import numpy as np
import pytest

import eqsim.units
from eqsim.errors import DimensionMismatchError
from eqsim.units import UNITS, constants, dimension_of, si_value

NAMESPACE = {
    **{name: getattr(np, name) for name in ["linspace", "zeros", "ones", "zeros_like", "ones_like",
        "concatenate", "hstack", "diff", "mean", "median", "std", "sqrt", "exp", "log", "tanh",
        "sort", "where", "clip", "unique", "histogram", "cumsum", "percentile", "nanmean",
        "interp", "dot", "pi", "nan", "inf", "maximum", "abs", "sin", "argmax", "repeat", "tile",
        "digitize", "meshgrid", "outer", "float64", "int32", "random", "isnan", "isclose"]},
    **{name: getattr(eqsim.units, name) for name in eqsim.units.__all__},
    **{name: getattr(constants, name) for name in constants.__all__},
    "math": math,
    "np": np,
}  # fmt: skip
SETUP = """
area = 20000*umetre**2
Cm = 1*ufarad*cm**-2*area
gl = 5e-5*siemens*cm**-2*area
El = -65*mV
tau = 10*ms
N = 4
train = array([1, 4, 9, 16])*ms
v = linspace(-80, -50, 4)*mV
dt = 0.1*ms
rate = 15*Hz
R = 100*Mohm
I = 0.2*nA
T = 36*kelvin + zero_celsius
"""
exec(SETUP, NAMESPACE)

# Line, SI value, unit.
IDIOMS = [
    ("area", 2e-8, "metre**2"),
    ("Cm", 2e-10, "farad"),
    ("gl", 1e-8, "siemens"),
    ("Cm/gl", 0.02, "second"),
    ("(6*nS)/(5e-5*siemens*cm**-2)", 1.2e-8, "metre**2"),
    ("100*uS/cm**2*area", 2e-8, "siemens"),
    ("El + R*I", -0.045, "volt"),
    ("R*I/mV", 20, "1"),
    ("0.7*nA*3/10", 2.1e-10, "amp"),
    ("(1/(10*ms))/Hz", 100, "1"),
    ("1/tau", 100, "hertz"),
    ("1./tau + rate", 115, "hertz"),
    ("rate*dt", 1.5e-3, "1"),
    ("sum([1*mV, 2*mV])", 3e-3, "volt"),
    ("[1, 2]*mV", [1e-3, 2e-3], "volt"),
    ("array([1*mV, 2*mV])", [1e-3, 2e-3], "volt"),
    ("linspace(1, 10, 3)*ms", [1e-3, 5.5e-3, 1e-2], "second"),
    ("linspace(0*mV, 10*mV, 3)", [0, 5e-3, 1e-2], "volt"),
    ("arange(3)*ms", [0, 1e-3, 2e-3], "second"),
    ("arange(0*ms, 3*ms, 1*ms)", [0, 1e-3, 2e-3], "second"),
    ("full(3, nan)*second", [math.nan] * 3, "second"),
    ("full(2, El)", [-0.065] * 2, "volt"),
    ("ones(2)*El", [-0.065] * 2, "volt"),
    ("zeros(2)*volt", [0, 0], "volt"),
    ("zeros_like(v)", [0] * 4, "volt"),
    ("ones_like(v)*mV", [1e-3] * 4, "volt"),
    ("diff(train)", [3e-3, 5e-3, 7e-3], "second"),
    ("1/diff(train)", [1000 / 3, 200, 1000 / 7], "hertz"),
    ("mean(train)", 7.5e-3, "second"),
    ("std(diff(train))/mean(diff(train))", math.sqrt(8 / 3) / 5, "1"),
    ("median(train)", 6.5e-3, "second"),
    ("train/ms", [1, 4, 9, 16], "1"),
    ("train[-1] - train[0]", 1.5e-2, "second"),
    ("len(train)/(1*second)", 4, "hertz"),
    ("train[train > 5*ms]", [9e-3, 16e-3], "second"),
    ("train[(train > 2*ms) & (train < 10*ms)]", [4e-3, 9e-3], "second"),
    ("sum(train < 10*ms)", 3, "1"),
    ("max(train)", 16e-3, "second"),
    ("max(1*mV, 3*mV)", 3e-3, "volt"),
    ("min(train)/ms", 1, "1"),
    ("max(N//8, 1)", 1, "1"),
    ("sorted([3*mV, 1*mV])[0]", 1e-3, "volt"),
    ("abs(El)", 0.065, "volt"),
    ("-El", 0.065, "volt"),
    ("int(tau/dt)", 100, "1"),
    ("int(round(tau/dt))", 100, "1"),
    ("round(tau/ms)", 10, "1"),
    ("float(tau/ms)", 10, "1"),
    ("exp(-dt/tau)", math.exp(-0.01), "1"),
    ("math.exp(-dt/tau)", math.exp(-0.01), "1"),
    ("(exp((v - El)/(5*mV)))[0]", math.exp(-3), "1"),
    ("sqrt(2*tau)*mV", math.sqrt(0.02) * 1e-3, "volt*second**0.5"),
    ("2*mV*sqrt(2/tau)", 2e-3 * math.sqrt(200), "volt/second**0.5"),
    ("(5*mV)*tau**-0.5", 5e-3 / 0.1, "volt/second**0.5"),
    ("tau**.5/tau**.5", 1, "1"),
    ("0.32*(mV**-1)*(13*mV - v[0] + El)/(exp((13*mV - v[0] + El)/(4*mV)) - 1.)/ms",
     320 * 28 / math.expm1(7), "hertz"),
    ("0.32*(mV**-1)*4*mV/exprel((13*mV - v[0] + El)/(4*mV))/ms",
     1280 / (math.expm1(7) / 7), "hertz"),
    ("R*T*0 + 3*ohm*kelvin", 3, "ohm*kelvin"),
    ("gas_constant*T/faraday_constant*log(140/5.)", 8.31446261815324 * 309.15 / 96485.33212331
     * math.log(28), "volt"),
    ("5*mM/(2*mM)", 2.5, "1"),
    ("240*nmolar", 2.4e-4, "mole/metre**3"),
    ("1.25*molar/liter*1e-3*liter", 1.25, "molar"),
    ("3*uM - 1*uM", 2e-3, "mM"),
    ("1*mM*um**3", 1e-18, "mole"),
    ("pi*(1*um)**2", math.pi * 1e-12, "metre**2"),
    ("4*pi*(5*umeter)**3/3", 4 * math.pi * 125e-18 / 3, "metre**3"),
    ("150*ohm*cm", 1.5, "ohm*metre"),
    ("1*umetre2 + 1*um**2", 2e-12, "metre**2"),
    ("sin(2*pi*10*Hz*25*ms)", 1, "1"),
    ("where(v > El, v, El)", [-0.065, -0.065, -0.06, -0.05], "volt"),
    ("clip(v, -70*mV, -60*mV)", [-0.07, -0.07, -0.06, -0.06], "volt"),
    ("maximum(v, -60*mV)", [-0.06, -0.06, -0.06, -0.05], "volt"),
    ("maximum(v, 0*mV)", [0] * 4, "volt"),
    ("concatenate([train, [20]*ms])[-1]", 0.02, "second"),
    ("hstack([train, train]).shape[0]", 8, "1"),
    ("unique(hstack([train, train]))/ms", [1, 4, 9, 16], "1"),
    ("sort(train)[::-1]", [16e-3, 9e-3, 4e-3, 1e-3], "second"),
    ("histogram(train, bins=[0, 5, 20]*ms)[0]", [2, 2], "1"),
    ("interp(2*ms, train, v)", -0.08 + 0.01 / 3, "volt"),
    ("cumsum(diff(train))", [3e-3, 8e-3, 15e-3], "second"),
    ("percentile(v, 50)", -0.065, "volt"),
    ("nanmean([1, nan]*mV)", 1e-3, "volt"),
    ("isnan(full(2, nan)*second)", [True, True], "1"),
    ("repeat(train, 2).shape[0]", 8, "1"),
    ("tile(train, (2, 1)).shape[0]", 2, "1"),
    ("train.mean()/ms", 7.5, "1"),
    ("(train - train.mean()).std()", np.std([1e-3, 4e-3, 9e-3, 16e-3]), "second"),
    ("outer(v, train)[0][0]", -8e-5, "volt*second"),
    ("dot([1, 2]*mV, [3, 4]*nA)", 11e-12, "watt"),
    ("float64(3)*mV", 3e-3, "volt"),
    ("int32(3)*ms", 3e-3, "second"),
    ("3*ms*int32(2)", 6e-3, "second"),
    ("array(5)*mV", 5e-3, "volt"),
    ("(v > -60*mV)*1*mV", [0, 0, 0, 1e-3], "volt"),
    ("[i*10*ms for i in range(3)][2]", 0.02, "second"),
    ("sum(x for x in train)", 0.03, "second"),
    ("dict(tau=10*ms)['tau']", 0.01, "second"),
    ("1*second + 0", 1, "second"),
    ("tau > 0", True, "1"),
    ("tau < inf*second", True, "1"),
    ("0 < tau <= 10*ms", True, "1"),
    ("(3*volt/metre)*(2*mm)", 6e-3, "volt"),
    ("1*kgram/kilogram", 1, "1"),
    ("elementary_charge/coulomb", 1.602176634e-19, "1"),
    ("60*Gohm*(1*pA)", 0.06, "volt"),
    ("1*joule/coulomb", 1, "volt"),
    ("1*watt/amp", 1, "volt"),
    ("1*ohm*siemens", 1, "1"),
    ("1*farad*volt/second", 1, "amp"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "value", "unit"), IDIOMS)
def test_a_line_of_a_script_has_its_value_and_unit(line, value, unit):
    result = eval(line, dict(NAMESPACE))
    np.testing.assert_allclose(si_value(result), value, rtol=1e-12, atol=1e-30)
    expected = eval(unit, dict(UNITS))
    assert dimension_of(result) is dimension_of(expected)


WRONG = [
    "tau + 1", "1 - tau", "tau > 5", "tau == 10", "exp(tau)", "log(v)", "sin(10*Hz)", "El + I",
    "v + train", "tau + 1/tau", "float(tau)", "int(tau)", "round(tau)", "math.sqrt(tau)",
    "np.array([1*mV, 2*mV])", "np.array([1*mV, 2])", "np.mean([1*mV, 2*mV])", "sum([1*mV, 2*ms])",
    "np.full(2, 3*mV)", "where(v > El, v, 3)", "concatenate([v, train])", "concatenate([v, [1]])",
    "linspace(0*mV, 10, 3)", "arange(0*ms, 5*ms)", "interp(2, train, v)", "clip(v, -70, -60)",
    "v > -60", "v[v > -60]", "2**tau", "tau**tau", "tau//2", "np.floor(v)", "np.round(v)",
    "histogram(train, bins=[0, 5, 20])", "max(1*mV, 3*ms)", "sorted([1*mV, 1*ms])",
    "random.poisson(rate)", "[0]*ms + [1]", "isclose(v, 1)", "v.searchsorted(3)", "range(3*ms)",
    "zeros(3*ms)", "np.zeros(3).__setitem__(0, 3*mV)", "v.__setitem__(0, 5)", "train[1*ms]",
]  # fmt: skip


@pytest.mark.parametrize("line", WRONG)
def test_a_line_that_would_lose_or_mix_units_raises(line):
    with pytest.raises((DimensionMismatchError, TypeError, IndexError, ValueError)):
        eval(line, dict(NAMESPACE))
