"""The right-hand sides of the papers, written anew with plain numbers: ms, mV, uA/cm^2, mS/cm^2.

Nothing here is read from eqsim: it is what the models of the library are compared with.
"""

import numpy as np


def rate(x, slope):
    """x/(1 - exp(-x/slope)), with its limit."""
    return slope if abs(x) < 1e-9 else x / -np.expm1(-x / slope)


def lif(t, y, i=0.1):  # nA
    return [(-65 - y[0] + 100 * i) / 20]


def exp_if(t, y, i=0.03):
    return [(-65 - y[0] + 3.48 * np.exp((min(y[0], -30) + 59.9) / 3.48) + 100 * i) / 10]


def adex_if(t, y, i=500.0):  # pA, nS, pF
    v, w = y
    current = -30 * (v + 70.6) + 30 * 2 * np.exp((min(v, -30) + 50.4) / 2) - w + i
    return [current / 281, (4 * (v + 70.6) - w) / 144]


def qua_if(t, y, i=0.03):
    return [(0.07 * (y[0] + 65) * (y[0] + 50) + 100 * i) / 10]


def adqua_if(t, y, i=30.0):  # pA; 100 Mohm are 0.1 mV/pA
    v, w = y
    return [(0.07 * (v + 65) * (v + 50) + 0.1 * (i - w)) / 10, (10 * (v + 65) - w) / 10]


def gif(t, y, i=100.0):  # pA
    v, threshold, i1, i2 = y
    return [
        (-70 - v + 0.1 * (i + i1 + i2)) / 20,
        0.005 * (v + 70) - 0.01 * (threshold + 50),
        -0.2 * i1,
        -0.02 * i2,
    ]


def izhikevich(t, y, i=3.0):
    v, u = y
    return [0.04 * v * v + 5 * v + 140 - u + i, 0.02 * (0.2 * v - u)]


def hh(t, y, i=10.0):
    v, m, h, n = y
    # As in the paper: potentials from rest, here -65 mV, with depolarisation positive.
    u = v + 65
    am, bm = 0.1 * rate(u - 25, 10), 4 * np.exp(-u / 18)
    ah, bh = 0.07 * np.exp(-u / 20), 1 / (1 + np.exp((30 - u) / 10))
    an, bn = 0.01 * rate(u - 10, 10), 0.125 * np.exp(-u / 80)
    current = 120 * m**3 * h * (u - 115) + 36 * n**4 * (u + 12) + 0.3 * (u - 10.613)
    return [
        i - current,
        am - (am + bm) * m,
        ah - (ah + bh) * h,
        an - (an + bn) * n,
    ]


def traub_miles(t, y, i=2.0):
    v, m, h, n = y
    u = v + 63
    am, bm = 0.32 * rate(u - 13, 4), 0.28 * rate(40 - u, 5)
    ah, bh = 0.128 * np.exp((17 - u) / 18), 4 / (1 + np.exp((40 - u) / 5))
    an, bn = 0.032 * rate(u - 15, 5), 0.5 * np.exp((10 - u) / 40)
    current = 100 * m**3 * h * (v - 50) + 30 * n**4 * (v + 90) + 0.05 * (v + 65)
    return [i - current, am - (am + bm) * m, ah - (ah + bh) * h, an - (an + bn) * n]


def wang_buzsaki(t, y, i=1.0):
    v, h, n = y
    am, bm = 0.1 * rate(v + 35, 10), 4 * np.exp(-(v + 60) / 18)
    m = am / (am + bm)
    ah, bh = 0.07 * np.exp(-(v + 58) / 20), 1 / (np.exp(-0.1 * (v + 28)) + 1)
    an, bn = 0.01 * rate(v + 34, 10), 0.125 * np.exp(-(v + 44) / 80)
    current = 35 * m**3 * h * (v - 55) + 9 * n**4 * (v + 90) + 0.1 * (v + 65)
    return [i - current, 5 * (ah * (1 - h) - bh * h), 5 * (an * (1 - n) - bn * n)]


def morris_lecar(t, y, i=100.0):
    v, w = y
    m = 0.5 * (1 + np.tanh((v + 1.2) / 18))
    steady = 0.5 * (1 + np.tanh((v - 2) / 30))
    current = 2 * (v + 60) + 4.4 * m * (v - 120) + 8 * w * (v + 84)
    return [(i - current) / 20, 0.04 * np.cosh((v - 2) / 60) * (steady - w)]


def fitzhugh_nagumo(t, y, i=0.8):
    v, w = y
    return [v - v**3 / 3 - w + i, (v + 0.7 - 0.8 * w) / 12.5]


def feedback_fhn(t, y, i=0.5):
    v, w, *stages = y
    feedback = 1.6886 * (stages[-1] + 1.1994)
    chain = np.diff([v, *stages]) * -10 / 10
    return [v - v**3 / 3 - w + feedback + i, (v + 0.7 - 0.8 * w) / 12.5, *chain]


def hindmarsh_rose(t, y, i=2.0):
    x, fast, slow = y
    return [
        fast - x**3 + 3 * x**2 - slow + i,
        1 - 5 * x**2 - fast,
        0.001 * (4 * (x + 1.6) - slow),
    ]


def connor_stevens(t, y, i=12.0):
    v, m, h, n, a, b = y
    am, bm = 0.38 * rate(v + 29.7, 10), 15.2 * np.exp(-0.0556 * (v + 54.7))
    ah, bh = 0.266 * np.exp(-0.05 * (v + 48)), 3.8 / (1 + np.exp(-0.1 * (v + 18)))
    an, bn = 0.02 * rate(v + 45.7, 10), 0.25 * np.exp(-0.0125 * (v + 55.7))
    a_inf = np.cbrt(0.0761 * np.exp(0.0314 * (v + 94.22)) / (1 + np.exp(0.0346 * (v + 1.17))))
    b_inf = (1 + np.exp(0.0688 * (v + 53.3))) ** -4.0
    tau_a = 0.3632 + 1.158 / (1 + np.exp(0.0497 * (v + 55.96)))
    tau_b = 1.24 + 2.678 / (1 + np.exp(0.0624 * (v + 50)))
    current = (
        0.3 * (v + 17)
        + 120 * m**3 * h * (v - 55)
        + 20 * n**4 * (v + 72)
        + 47.7 * a**3 * b * (v + 75)
    )
    return [
        i - current,
        am - (am + bm) * m,
        ah - (ah + bh) * h,
        an - (an + bn) * n,
        (a_inf - a) / tau_a,
        (b_inf - b) / tau_b,
    ]


def pinsky_rinzel(t, y, i=1.5):
    """In the paper's potentials, relative to rest at -60 mV."""
    soma, dendrite, h, n, s, c, q, ca = y
    vs, vd = soma + 60, dendrite + 60
    am, bm = 0.32 * rate(vs - 13.1, 4), 0.28 * rate(40.1 - vs, 5)
    m = am / (am + bm)
    ah, bh = 0.128 * np.exp((17 - vs) / 18), 4 / (1 + np.exp((40 - vs) / 5))
    an, bn = 0.016 * rate(vs - 35.1, 5), 0.25 * np.exp(0.5 - 0.025 * vs)
    a_s, b_s = 1.6 / (1 + np.exp(-0.072 * (vd - 65))), 0.02 * rate(51.1 - vd, 5)
    if vd <= 50:
        ac = np.exp((vd - 10) / 11 - (vd - 6.5) / 27) / 18.975
        bc = 2 * np.exp((6.5 - vd) / 27) - ac
    else:
        ac, bc = 2 * np.exp((6.5 - vd) / 27), 0.0
    aq, bq = min(0.00002 * ca, 0.01), 0.001
    i_ca = 10 * s**2 * (vd - 140)
    in_soma = i - 0.1 * vs - 30 * m**2 * h * (vs - 120) - 15 * n * (vs + 15)
    k_ca = 15 * c * min(ca / 250, 1) * (vd + 15)
    in_dendrite = 0.2 - 0.1 * vd - i_ca - 0.8 * q * (vd + 15) - k_ca
    return [
        (in_soma + 2.1 / 0.5 * (vd - vs)) / 3,
        (in_dendrite + 2.1 / 0.5 * (vs - vd)) / 3,
        ah - (ah + bh) * h,
        an - (an + bn) * n,
        a_s - (a_s + b_s) * s,
        ac - (ac + bc) * c,
        aq - (aq + bq) * q,
        -0.13 * i_ca - 0.075 * ca,
    ]


def wilson_cowan(t, y, i=1.25):
    e, j = y

    def response(x, a, theta):
        return 1 / (1 + np.exp(-a * (x - theta))) - 1 / (1 + np.exp(a * theta))

    return [
        (-e + (1 - e) * response(16 * e - 12 * j + i, 1.3, 4)) / 8,
        (-j + (1 - j) * response(15 * e - 3 * j + 0.5, 2, 3.7)) / 8,
    ]


def stuart_landau(t, y, i=0.1):
    z = complex(*y)
    growth = (0.25 - abs(z) ** 2 + 0.2j) * z + i + 0.05j
    return [growth.real, growth.imag]


def threshold_linear(t, y, i=3.0):  # Hz
    return [(-y[0] + 10 * max(i - 0.5, 0.0)) / 20]


def qif_mean_field(t, y, i=3.0):  # Hz, ms
    r, v = y[0] / 1000, y[1]
    drift = (1 / (np.pi * 10) + 2 * r * v) / 10
    return [1000 * drift, (v**2 - 5 + 15 * 10 * r - (np.pi * 10 * r) ** 2 + i) / 10]


def kuramoto(t, y, i=10.0):  # Hz
    return [(50 + i) / 1000]
