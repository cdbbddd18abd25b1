"""Counters to random numbers, with the same bits as the generated C++ and CUDA code.

The mirror of ``templates/common/random.h``, which explains the layout of the counter. A number
is a function of key, stream, step and element, and of nothing else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eqsim.targets.numpy import mathematics

Elements = NDArray[np.int64]
Words = tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64]]

_LOW = 0xFFFFFFFF
_LOW_WORD, _HALF = np.uint64(_LOW), np.uint64(32)
_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_UNIT = 1.1102230246251565e-16
_ROUNDS_OF_REJECTION = 64
_RARE = 0.0625
_SMALLEST_BLOCK, _LARGEST_BLOCK = 64, 65536
_AT_ONCE = 8
"""How many gaps are drawn together: 1.5 times as fast as one by one, the same bits."""
_STIRLING_SMALL = np.array(
    [
        0.0,
        0.08106146679532726,
        0.0413406959554093,
        0.02767792568499834,
        0.020790672103765093,
        0.016644691189821193,
        0.013876128823070748,
        0.01189670994589177,
        0.010411265261972096,
        0.009255462182712733,
    ]
)
_ARCTANH_TAIL = (
    0.05263157894736842,
    0.058823529411764705,
    0.06666666666666667,
    0.07692307692307693,
    0.09090909090909091,
    0.1111111111111111,
    0.14285714285714285,
    0.2,
    0.3333333333333333,
)


def philox(counter: tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike], key: int) -> Words:
    """Encrypt a counter of four 32-bit words with ten rounds of Philox4x32.

    Parameters
    ----------
    counter : tuple of four array_like
        Words, each from 0 to 2^32 - 1; arrays are broadcast.
    key : int
        From 0 to 2^64 - 1; its low half is the first word of the key.

    Returns
    -------
    tuple of four uint64 arrays
        Four random words of 32 bits.

    References
    ----------
    Salmon, J. K. et al. (2011). Parallel random numbers: as easy as 1, 2, 3. Proceedings of SC11.
    doi:10.1145/2063384.2063405

    Examples
    --------
    >>> [f"{word:08x}" for word in philox((0, 0, 0, 0), 0)]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    c0, c1, c2, c3 = (np.asarray(word, dtype=np.uint64) for word in counter)
    k0, k1 = key & _LOW, key >> 32
    for _ in range(10):
        p0, p1 = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1 = (p1 >> _HALF) ^ c1 ^ np.uint64(k0), p1 & _LOW_WORD
        c2, c3 = (p0 >> _HALF) ^ c3 ^ np.uint64(k1), p0 & _LOW_WORD
        k0, k1 = (k0 + 0x9E3779B9) & _LOW, (k1 + 0xBB67AE85) & _LOW
    return c0, c1, c2, c3


def _words(
    key: int, stream: int, step: int, elements: ArrayLike, block: int | NDArray[np.int64] = 0
) -> Words:
    element = np.asarray(elements, dtype=np.int64).astype(np.uint64) & np.uint64(_LOW)
    last = (step >> 32 & 0xFFFF) << 16 | block
    return philox((element, step & _LOW, stream & _LOW, last), key)


def _whole_number(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.float64]:
    upper = np.asarray(high >> np.uint64(5)).astype(np.float64)
    lower = np.asarray(low >> np.uint64(6)).astype(np.float64)
    return np.asarray(upper * 67108864.0 + lower)


def uniform(key: int, stream: int, step: int, elements: ArrayLike) -> NDArray[np.float64]:
    """Return one number in [0, 1), a multiple of 2^-53, for each element.

    Parameters
    ----------
    key : int
        Key of the instance, from 0 to 2^64 - 1.
    stream : int
        Number of the random variable, from 0 to 2^32 - 1.
    step : int
        Time step; numbers repeat after 2^48 steps.
    elements : array_like of int
        Indices; numbers repeat after 2^32 elements.

    Returns
    -------
    float64 array, shape of ``elements``

    Examples
    --------
    >>> uniform(1, 0, 0, [0, 1])
    array([0.89025918, 0.67199827])
    """
    a, b, _, _ = _words(key, stream, step, elements)
    return np.asarray(_whole_number(a, b) * _UNIT)


def normal(key: int, stream: int, step: int, elements: ArrayLike) -> NDArray[np.float64]:
    """Return one normal number with mean 0 and variance 1 for each element.

    The parameters are those of `uniform`.

    References
    ----------
    Box, G. E. P. and Muller, M. E. (1958). A note on the generation of random normal deviates.
    Annals of Mathematical Statistics 29, 610-611. doi:10.1214/aoms/1177706645

    Examples
    --------
    >>> normal(1, 0, 0, [0, 1])
    array([-0.4138978 , -0.88116355])
    """
    a, b, c, d = _words(key, stream, step, elements)
    u = (_whole_number(a, b) + 1.0) * _UNIT
    turns = _whole_number(c, d) * _UNIT
    radius = np.sqrt(-2.0 * mathematics.log(u))
    return np.asarray(radius * mathematics.cosine_of_turns(turns))


def _stirling_correction(k: NDArray[np.float64]) -> NDArray[np.float64]:
    s = 1.0 / (k * k)
    series = (0.08333333333333333 - s * (0.002777777777777778 - s * 0.0007936507936507937)) / k
    small = _STIRLING_SMALL[np.where((k >= 0.0) & (k < 10.0), k, 0.0).astype(np.int64)]
    return np.where(k < 10.0, small, series)


def _deviance(k: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``k log(k / mean) - (k - mean)``, accurate where k is near a large mean."""
    d = k - mean
    v = d / (k + mean)
    z = v * v
    p = z * _ARCTANH_TAIL[0] + _ARCTANH_TAIL[1]
    for coefficient in _ARCTANH_TAIL[2:]:
        p = p * z + coefficient
    near, far = d * v + 2.0 * k * v * z * p, k * mathematics.log(k / mean) - d
    return np.where(np.fabs(v) < 0.1, near, far)


def _log_poisson(k: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log of the probability of k events."""
    half_log = 0.5 * mathematics.log(6.283185307179586 * k)
    return np.where(k == 0.0, -mean, -_deviance(k, mean) - half_log - _stirling_correction(k))


def _poisson_by_inversion(u: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.int64]:
    probability = mathematics.exp(-mean)
    total, k = probability, np.zeros(mean.shape, dtype=np.int64)
    for count in range(1, 129):
        active = u >= total
        if not np.any(active):
            break
        k = np.where(active, count, k)
        probability = probability * mean / count
        total = np.where(active, total + probability, total)
    return k


def _poisson_by_rejection(
    place: tuple[int, int, int], elements: Elements, mean: NDArray[np.float64]
) -> NDArray[np.int64]:
    b = 0.931 + 2.53 * np.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha, quick = 1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2.0)
    result, pending = np.floor(mean + 0.5), np.arange(mean.size)
    for block in range(_ROUNDS_OF_REJECTION):
        if pending.size == 0:
            break
        words = _words(*place, elements[pending], block)
        u = _whole_number(words[0], words[1]) * _UNIT - 0.5
        v = (_whole_number(words[2], words[3]) + 1.0) * _UNIT
        m, a_, b_ = mean[pending], a[pending], b[pending]
        us = 0.5 - np.fabs(u)
        k = np.floor((2.0 * a_ / us + b_) * u + m + 0.43)
        at_once = (us >= 0.07) & (v <= quick[pending])
        possible = ~((k < 0.0) | ((us < 0.013) & (v > us)))
        height = mathematics.log(v * inverse_alpha[pending] / (a_ / (us * us) + b_))
        accepted = at_once | (possible & (height <= _log_poisson(k, m)))
        result[pending[accepted]] = k[accepted]
        pending = pending[~accepted]
    return result.astype(np.int64)


def poisson(
    key: int, stream: int, step: int, elements: ArrayLike, mean: ArrayLike
) -> NDArray[np.int64]:
    """Return a number of events for each element.

    Parameters
    ----------
    key, stream, step, elements
        As for `uniform`.
    mean : array_like
        Expected number, broadcast against ``elements``. Numbers for means that are not positive,
        or nan, are 0; above 1e15 they are rounded from a normal number.

    Returns
    -------
    int64 array, shape of ``elements`` and ``mean`` broadcast

    References
    ----------
    Hörmann, W. (1993). The transformed rejection method for generating Poisson random variables.
    Insurance: Mathematics and Economics 12, 39-45. doi:10.1016/0167-6687(93)90997-4

    Examples
    --------
    >>> poisson(1, 0, 0, [0, 1, 2], [0.5, 5.0, 50.0])
    array([ 1,  6, 44])
    """
    element, expected = np.broadcast_arrays(
        np.asarray(elements, dtype=np.int64), np.asarray(mean, dtype=np.float64)
    )
    shape, element, expected = element.shape, element.ravel(), expected.ravel()
    result = np.zeros(element.shape, dtype=np.int64)
    small = (expected > 0.0) & (expected < 10.0)
    large = (expected >= 10.0) & (expected <= 1e15)
    huge = expected > 1e15
    with np.errstate(all="ignore"):
        u = uniform(key, stream, step, element[small])
        result[small] = _poisson_by_inversion(u, expected[small])
        place = (key, stream, step)
        result[large] = _poisson_by_rejection(place, element[large], expected[large])
        spread = np.sqrt(expected[huge]) * normal(key, stream, step, element[huge])
        rounded = np.floor(expected[huge] + spread + 0.5)
        result[huge] = mathematics.to_integer(rounded)
    return result.reshape(shape)


def _log_binomial(
    k: NDArray[np.float64], n: NDArray[np.float64], p: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the log of the probability of k successes in n trials."""
    q, rest = 1.0 - p, n - k
    value = _stirling_correction(n) - _stirling_correction(k) - _stirling_correction(rest)
    value = value - _deviance(k, n * p) - _deviance(rest, n * q)
    value = value + 0.5 * mathematics.log(n / (6.283185307179586 * k * rest))
    all_succeed = np.where(rest == 0.0, n * mathematics.log(p), value)
    return np.asarray(np.where(k == 0.0, n * mathematics.log1p(-p), all_succeed))


def _binomial_by_rejection(
    place: tuple[int, int, int],
    elements: Elements,
    n: NDArray[np.float64],
    p: NDArray[np.float64],
) -> NDArray[np.float64]:
    spread, mode = np.sqrt(n * p * (1.0 - p)), np.floor((n + 1.0) * p)
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    alpha, quick = (2.83 + 5.1 / b) * spread, 0.92 - 4.2 / b
    highest = _log_binomial(mode, n, p)
    result, pending = mode.copy(), np.arange(n.size)
    for block in range(_ROUNDS_OF_REJECTION):
        if pending.size == 0:
            break
        words = _words(*place, elements[pending], block)
        u = _whole_number(words[0], words[1]) * _UNIT - 0.5
        v = (_whole_number(words[2], words[3]) + 1.0) * _UNIT
        n_, p_, a_, b_ = n[pending], p[pending], a[pending], b[pending]
        us = 0.5 - np.fabs(u)
        k = np.floor((2.0 * a_ / us + b_) * u + n_ * p_ + 0.5)
        at_once = (us >= 0.07) & (v <= quick[pending])
        possible = ~((k < 0.0) | (k > n_))
        height = mathematics.log(v * alpha[pending] / (a_ / (us * us) + b_))
        below = height <= _log_binomial(k, n_, p_) - highest[pending]
        accepted = at_once | (possible & below)
        result[pending[accepted]] = k[accepted]
        pending = pending[~accepted]
    return result


def _binomial_by_inversion(
    u: NDArray[np.float64], n: NDArray[np.float64], p: NDArray[np.float64]
) -> NDArray[np.float64]:
    odds, probability = p / (1.0 - p), mathematics.exp(n * mathematics.log1p(-p))
    total, k = probability, np.zeros(n.shape)
    for count in range(1, 129):
        active = (u >= total) & (k < n)
        if not np.any(active):
            break
        k = np.where(active, float(count), k)
        probability = probability * (n - count + 1.0) / count * odds
        total = np.where(active, total + probability, total)
    return k


def binomial(
    key: int, stream: int, step: int, elements: ArrayLike, trials: ArrayLike, p: ArrayLike
) -> NDArray[np.int64]:
    """Return a number of successes for each element.

    Parameters
    ----------
    key, stream, step, elements
        As for `uniform`.
    trials, p : array_like
        How many trials there are, and the probability of success in each; broadcast against
        ``elements``. Numbers are 0 where one of them is not positive, or nan, and ``trials`` for
        probabilities from 1 on. Beyond 2^53 trials they are rounded to what a double holds.

    Returns
    -------
    int64 array, shape of ``elements``, ``trials`` and ``p`` broadcast

    References
    ----------
    Hörmann, W. (1993). The generation of binomial random variates. Journal of Statistical
    Computation and Simulation 46, 101-110. doi:10.1080/00949659308811496

    Examples
    --------
    >>> binomial(1, 0, 0, [0, 1, 2], [1, 10, 1000], [0.5, 0.9, 0.25])
    array([  1,   9, 239])
    """
    element, n, probability = np.broadcast_arrays(
        np.asarray(elements, dtype=np.int64),
        np.floor(np.asarray(trials, dtype=np.float64)),
        np.asarray(p, dtype=np.float64),
    )
    shape, element, n, probability = element.shape, element.ravel(), n.ravel(), probability.ravel()
    result = np.zeros(element.shape)
    reflected = probability > 0.5
    less = np.where(reflected, 1.0 - probability, probability)
    possible, certain = (n > 0.0) & (probability > 0.0), probability >= 1.0
    with np.errstate(all="ignore"):
        few = possible & ~certain & (n * less < 10.0)
        many = possible & ~certain & (n * less >= 10.0)
        u = uniform(key, stream, step, element[few])
        result[few] = _binomial_by_inversion(u, n[few], less[few])
        place = (key, stream, step)
        result[many] = _binomial_by_rejection(place, element[many], n[many], less[many])
        turned = possible & ~certain & reflected
        result[turned] = n[turned] - result[turned]
        result[possible & certain] = n[possible & certain]
    return np.asarray(mathematics.to_integer(result)).reshape(shape)


def _size_of_block(p: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return for how many elements numbers tell together which of them succeed."""
    size = np.full(p.shape, _SMALLEST_BLOCK, dtype=np.int64)
    while np.any(grows := (size < _LARGEST_BLOCK) & (size * p <= 2.0)):
        size = np.where(grows, 2 * size, size)
    return size


def _blocks_and_scales(
    p: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the sizes of blocks, and what turns logarithms into gaps between successes."""
    # Most often there is one probability.
    some = p[:1] if p.size > 0 and p.min() == p.max() else p
    with np.errstate(all="ignore"):
        scale = 1.0 / mathematics.log1p(-some)
    return np.broadcast_to(_size_of_block(some), p.shape), np.broadcast_to(scale, p.shape)


def bernoulli(
    key: int, stream: int, step: int, elements: ArrayLike, p: ArrayLike
) -> NDArray[np.bool_]:
    """Return for each element whether it succeeds.

    Where successes are rare, numbers tell how many elements fail before the next one succeeds.
    They belong to blocks of elements, from whose first element on they are counted. Elements are
    independent if they have the same probability.

    Parameters
    ----------
    key, stream, step, elements
        As for `uniform`.
    p : array_like
        Probability of success, broadcast against ``elements``. Nothing succeeds where it is not
        positive, or nan, and everything where it is 1 or more.

    Returns
    -------
    bool array, shape of ``elements`` and ``p`` broadcast

    References
    ----------
    Devroye, L. (1986). Non-Uniform Random Variate Generation. Springer, chapter XIV.
    doi:10.1007/978-1-4613-8643-8

    Examples
    --------
    >>> np.flatnonzero(bernoulli(1, 0, 0, np.arange(1000), 0.005)).tolist()
    [23, 666, 813, 829]
    """
    element, probability = np.broadcast_arrays(
        np.asarray(elements, dtype=np.int64), np.asarray(p, dtype=np.float64)
    )
    shape, element, probability = element.shape, element.ravel(), probability.ravel()
    result = np.zeros(element.shape, dtype=np.bool_)
    often = np.flatnonzero(probability >= _RARE)
    if often.size > 0:
        result[often] = uniform(key, stream, step, element[often]) < probability[often]
    pending = np.flatnonzero((probability > 0.0) & (probability < _RARE))
    size, scale = _blocks_and_scales(probability[pending])
    place = element[pending] & (size - 1)
    first, reached = element[pending] - place, np.full(pending.shape, -1.0)
    for draw in range(0, _LARGEST_BLOCK, _AT_ONCE):
        if pending.size == 0:
            break
        # Elements of one block meet the same numbers.
        blocks, block = np.unique(first, return_inverse=True)
        draws = np.arange(draw, draw + _AT_ONCE)[:, np.newaxis]
        a, b, _, _ = _words(key, stream, step, blocks, draws)
        logarithms = mathematics.log((_whole_number(a, b) + 1.0) * _UNIT)
        for logarithm in logarithms:
            with np.errstate(all="ignore"):
                reached = reached + (1.0 + np.floor(logarithm[block] * scale))
            result[pending[reached == place]] = True
            ahead = reached < place
            pending, place, first, block = pending[ahead], place[ahead], first[ahead], block[ahead]
            reached, scale = reached[ahead], scale[ahead]
    return result.reshape(shape)
