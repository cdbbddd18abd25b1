"""Covers: units-numpy units-pylab units-unitless units-check units-constants"""

from brian2 import *
from brian2.units.constants import faraday_constant, gas_constant, zero_celsius

x = linspace(-70, -50, 5) * mV
y = arange(0 * mV, 5 * mV, 1 * mV)
grid = ones((3, 2)) * nS
grid[1, :] = [4 * nS, 5 * nS]
T = zero_celsius + 25 * kelvin
nernst = gas_constant * T / faraday_constant * log(140 / 5.0)


@check_units(I=amp, R=ohm, wait=second, result=volt)
def ohmic(I, R, wait=0 * second):
    return I * R


try:
    ohmic(1 * mV, 2 * ohm)
    checked = False
except DimensionMismatchError:
    checked = True
deterministic = dict(
    mean=float(mean(x)),
    std=float(std(x)),
    sum=float(sum(grid)),
    var=float(var(x)),
    diff=asarray(diff(x)),
    cumsum=asarray(cumsum(x)),
    y=asarray(y),
    dot=float(dot(x, x)),
    where=asarray(where(x > -60 * mV, x, 0 * mV)),
    clipped=asarray(clip(x, -65 * mV, -55 * mV)),
    sqrt=float(sqrt(4 * mV**2)),
    maximum=asarray(maximum(x, -60 * mV)),
    max=float(x.max()),
    argmin=argmin(abs(x + 60 * mV)),
    concat=asarray(hstack([x / mV, y / mV])),
    grid=asarray(grid),
    nernst=float(nernst),
    ohmic=float(ohmic(2 * nA, 3 * Mohm)),
    checked=checked,
    trace=float(trace(grid)),
    prod=float(prod(array([2, 3]) * mV)),
    unitless=mV / volt,
    ravel=asarray(grid.ravel()),
    reshape=asarray(x.reshape(5, 1)),
    sorted=asarray(sort(-x)),
    round=asarray(around(x / mV)),
    floor=floor(2.7),
    equal=asarray(x == x[0]),
    isin=asarray(in1d([1, 2, 3], [2])),
    shape=shape(zeros(4)),
    reals=real(3 * mV) / mV,
    angles=[arctan2(1, 2), hypot(3, 4), float(interp(1.5, [1, 2], [10, 20]))],
    array=asarray(Quantity([1 * mV, 2 * mV])),
    repeated=asarray(repeat(x, 2)),
)
