"""Synapses and rules of plasticity of the papers, written anew with plain numbers: ms, mV.

Nothing here is read from eqsim. What opens a synapse is a list of arrivals, each with the part of
the transmitter that it releases; the outcome is how far one synapse of strength 1 is open at the
end, or the weight of a synapse after spikes on both sides.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

TIGHT: dict[str, Any] = {"method": "DOP853", "rtol": 1e-9, "atol": 1e-12}


def summed(kernel, arrivals, end):
    return sum(part * kernel(end - t) for t, part in arrivals if t < end)


def exponential(arrivals, end):
    return summed(lambda s: np.exp(-s / 5), arrivals, end)


def dual_exponential(arrivals, end):
    """Normalised so that the highest point of one opening is 1."""
    top = 1 * 10 / (10 - 1) * np.log(10 / 1)
    height = np.exp(-top / 10) - np.exp(-top / 1)
    return summed(lambda s: (np.exp(-s / 10) - np.exp(-s / 1)) / height, arrivals, end)


def alpha(arrivals, end):
    return summed(lambda s: s / 5 * np.exp(1 - s / 5), arrivals, end)


def pulsed(arrivals, end, opening, closing, duration):
    """Two states, in closed form from one change of the transmitter to the next."""
    changes = sorted({0.0, end, *(t for t, _ in arrivals), *(t + duration for t, _ in arrivals)})
    g = 0.0
    for begin, stop in pairwise(changes):
        if begin >= end - 1e-9:
            break
        past = [(t, part) for t, part in arrivals if t <= begin + 1e-9]
        is_on = bool(past) and begin < past[-1][0] + duration - 1e-9
        to = opening * past[-1][1] if is_on else 0.0
        g = to / (to + closing) + (g - to / (to + closing)) * np.exp(
            -(to + closing) * (stop - begin)
        )
    return g


def ampa(arrivals, end):
    return pulsed(arrivals, end, 0.98 * 0.5, 0.18, 0.5)


def gaba_a(arrivals, end):
    return pulsed(arrivals, end, 0.53 * 1.0, 0.18, 1.0)


def nmda(arrivals, end):
    y, begin = [0.0, 0.0], 0.0
    for t, part in (*arrivals, (end, 0.0)):
        if t > end:
            t = end
        if t > begin:
            y = solve_ivp(
                lambda _, y: [0.5 * y[1] * (1 - y[0]) - y[0] / 100, -y[1] / 2],
                (begin, t), y, **TIGHT,
            ).y[:, -1]  # fmt: skip
        begin, y = t, [y[0], y[1] + part]
    return y[0]


def graded_gaba_a(potential, end):
    return solve_ivp(
        lambda t, y: 12 * (1 - y) / (1 + np.exp(-potential(t) / 2)) - 0.1 * y,
        (0, end), [0.0], **TIGHT,
    ).y[0, -1]  # fmt: skip


def magnesium(v):
    return 1 / (1 + 1.2 / 3.57 * np.exp(-0.062 * v))


# -- plasticity ---------------------------------------------------------------------------------


def std(times):
    """What each arrival releases."""
    x, last, parts = 1.0, None, []
    for t in times:
        x = x if last is None else 1 - (1 - x) * np.exp(-(t - last) / 800)
        parts.append(0.5 * x)
        x, last = x - 0.5 * x, t
    return parts


def stp(times):
    u, x, last, parts = 0.0, 1.0, None, []
    for t in times:
        if last is not None:
            u *= np.exp(-(t - last) / 1500)
            x = 1 - (1 - x) * np.exp(-(t - last) / 200)
        u += 0.15 * (1 - u)
        parts.append(u * x)
        x, last = x - u * x, t
    return parts


def pair_stdp(pre, post):
    """The weight after all pairs, from 0.5 within 0 and 1."""
    w = 0.5
    for t, is_pre in sorted([*((t, True) for t in pre), *((t, False) for t in post)]):
        if is_pre:
            w -= 0.0105 * sum(np.exp((s - t) / 20) for s in post if s < t)
        else:
            w += 0.01 * sum(np.exp((s - t) / 20) for s in pre if s < t)
        w = min(max(w, 0.0), 1.0)
    return w


def triplet_stdp(pre, post):
    """All triplets of spikes, in the minimal model of visual cortex."""
    w = 0.5
    for t, is_pre in sorted([*((t, True) for t in pre), *((t, False) for t in post)]):
        if is_pre:
            w -= 7.1e-3 * sum(np.exp((s - t) / 33.7) for s in post if s < t)
        else:
            r1 = sum(np.exp((s - t) / 16.8) for s in pre if s < t)
            o2 = sum(np.exp((s - t) / 114) for s in post if s < t)
            w += 6.5e-3 * r1 * o2
        w = min(max(w, 0.0), 1.0)
    return w
