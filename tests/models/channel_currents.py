"""Ion channels of the papers, written anew with plain numbers: ms, mV, uA/cm^2, mS/cm^2.

Nothing here is read from eqsim. A channel is the outward current and the rates of change of its
gates, of the potential and the gates.
"""

import numpy as np

from tests.models.right_hand_sides import rate


def leak(v):
    return 0.3 * (v + 54.387), []


def na_hh(v, m, h):
    # As in the paper: potentials from rest, here -65 mV.
    u = v + 65
    am, bm = 0.1 * rate(u - 25, 10), 4 * np.exp(-u / 18)
    ah, bh = 0.07 * np.exp(-u / 20), 1 / (1 + np.exp((30 - u) / 10))
    return 120 * m**3 * h * (u - 115), [am - (am + bm) * m, ah - (ah + bh) * h]


def k_hh(v, n):
    u = v + 65
    an, bn = 0.01 * rate(u - 10, 10), 0.125 * np.exp(-u / 80)
    return 36 * n**4 * (u + 12), [an - (an + bn) * n]


def na_traub_miles(v, m, h):
    u = v + 63
    am, bm = 0.32 * rate(u - 13, 4), 0.28 * rate(40 - u, 5)
    ah, bh = 0.128 * np.exp((17 - u) / 18), 4 / (1 + np.exp((40 - u) / 5))
    return 100 * m**3 * h * (v - 50), [am - (am + bm) * m, ah - (ah + bh) * h]


def k_traub_miles(v, n):
    u = v + 63
    an, bn = 0.032 * rate(u - 15, 5), 0.5 * np.exp((10 - u) / 40)
    return 30 * n**4 * (v + 90), [an - (an + bn) * n]


def na_wang_buzsaki(v, h):
    am, bm = 0.1 * rate(v + 35, 10), 4 * np.exp(-(v + 60) / 18)
    ah, bh = 0.07 * np.exp(-(v + 58) / 20), 1 / (np.exp(-0.1 * (v + 28)) + 1)
    return 35 * (am / (am + bm)) ** 3 * h * (v - 55), [5 * (ah - (ah + bh) * h)]


def k_wang_buzsaki(v, n):
    an, bn = 0.01 * rate(v + 34, 10), 0.125 * np.exp(-(v + 44) / 80)
    return 9 * n**4 * (v + 90), [5 * (an - (an + bn) * n)]


def na_p(v, h):
    """Model 1 of the paper; its conductance there is 2.8 nS in a cell of 21 pF."""
    m = 1 / (1 + np.exp((v + 40) / -6))
    steady = 1 / (1 + np.exp((v + 48) / 6))
    return 0.1 * m * h * (v - 50), [(steady - h) * np.cosh((v + 48) / 12) / 10000]


def k_a(v, a, b):
    a_inf = np.cbrt(0.0761 * np.exp(0.0314 * (v + 94.22)) / (1 + np.exp(0.0346 * (v + 1.17))))
    b_inf = (1 + np.exp(0.0688 * (v + 53.3))) ** -4.0
    tau_a = 0.3632 + 1.158 / (1 + np.exp(0.0497 * (v + 55.96)))
    tau_b = 1.24 + 2.678 / (1 + np.exp(0.0624 * (v + 50)))
    return 47.7 * a**3 * b * (v + 75), [(a_inf - a) / tau_a, (b_inf - b) / tau_b]


def k_m(v, p):
    p_inf = 1 / (1 + np.exp(-(v + 35) / 10))
    tau = 608 / (3.3 * np.exp((v + 35) / 20) + np.exp(-(v + 35) / 20))
    return 0.07 * p * (v + 90), [(p_inf - p) / tau]


def ca_l(v, q, r):
    aq, bq = 0.055 * rate(v + 27, 3.8), 0.94 * np.exp((-75 - v) / 17)
    ar, br = 0.000457 * np.exp((-13 - v) / 50), 0.0065 / (np.exp((-15 - v) / 28) + 1)
    return 0.1 * q**2 * r * (v - 120), [aq - (aq + bq) * q, ar - (ar + br) * r]


def ca_t(v, u):
    x = v + 2
    s = 1 / (1 + np.exp(-(x + 57) / 6.2))
    steady = 1 / (1 + np.exp((x + 81) / 4))
    # Measured at 24 degrees, with a Q10 of 3 brought to 36: 3**1.2 is 3.7.
    tau = (30.8 + (211.4 + np.exp((x + 113.2) / 5)) / (1 + np.exp((x + 84) / 3.2))) / 3.7
    return 0.4 * s**2 * u * (v - 120), [(steady - u) / tau]


def i_h(v, k):
    steady = 1 / (1 + np.exp((v + 75) / 5.5))
    per_ms = np.exp(-14.59 - 0.086 * v) + np.exp(-1.87 + 0.0701 * v)
    return 0.02 * k * (v + 43), [(steady - k) * per_ms]
