"""The exponential of small matrices."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from eqsim.targets.numpy.mathematics.arguments import Array, alike
from eqsim.targets.numpy.mathematics.formats import bits_of, magnitude_of, power_of_two
from eqsim.targets.numpy.mathematics.pairs import Pair, exact_product, exact_sum, fast_sum
from eqsim.targets.numpy.mathematics.rounding import maximum

_INVERSE_FACTORIALS = (
    (1.0, 0.0),
    (1.0, 0.0),
    (0.5, 0.0),
    (0.16666666666666666, 9.25185853854297e-18),
    (0.041666666666666664, 2.3129646346357427e-18),
    (0.008333333333333333, 1.1564823173178714e-19),
    (0.001388888888888889, -5.300543954373577e-20),
    (0.0001984126984126984, 1.7209558293420705e-22),
    (2.48015873015873e-05, 2.1511947866775882e-23),
    (2.7557319223985893e-06, -1.858393274046472e-22),
    (2.755731922398589e-07, 2.3767714622250297e-23),
    (2.505210838544172e-08, -1.448814070935912e-24),
    (2.08767569878681e-09, -1.20734505911326e-25),
    (1.6059043836821613e-10, 1.2585294588752098e-26),
    (1.1470745597729725e-11, 2.0655512752830745e-28),
    (7.647163731819816e-13, 7.03872877733453e-30),
    (4.779477332387385e-14, 4.399205485834081e-31),
    (2.8114572543455206e-15, 1.6508842730861433e-31),
    (1.5619206968586225e-16, 1.1910679660273754e-32),
    (8.22063524662433e-18, 2.2141894119604265e-34),
    (4.110317623312165e-19, 1.4412973378659527e-36),
)


def _multiply(a: Pair, b: Pair) -> Pair:
    total = Pair(np.zeros_like(a.high), np.zeros_like(a.high))
    for k in range(len(a.high)):
        column = Pair(a.high[:, k, None], a.low[:, k, None])
        row = Pair(b.high[None, k], b.low[None, k])
        p = exact_product(column.high, row.high)
        s = exact_sum(total.high, p.high)
        cross = column.high * row.low + column.low * row.high
        low = (s.low + total.low) + (p.low + cross)
        total = fast_sum(s.high, np.where(low - low == 0, low, 0.0))
    return total


_BALANCING_SWEEPS = 6


_LARGEST_SCALING = 500


def _balancing_exponent(column: Array, row: Array) -> Array:
    of_column, of_row = (bits_of(x).view(np.int64) >> 52 for x in (column, row))
    one = 1023
    without_row = np.where(column == 0, 0, one - 2 - of_column)
    with_row = np.where(column == 0, of_row - (one - 2), (of_row - of_column) >> 1)
    return np.asarray(np.where(row == 0, without_row, with_row))


def _balanced(entries: Array) -> tuple[Array, Array]:
    a, k = entries.copy(), np.zeros(entries.shape[1:], dtype=np.int64)
    for i in list(range(len(a))) * _BALANCING_SWEEPS:
        column, row = np.zeros(entries.shape[2:]), np.zeros(entries.shape[2:])
        others = [j for j in range(len(a)) if j != i]
        for j in others:
            column = np.asarray(column + magnitude_of(a[j, i]))
            row = np.asarray(row + magnitude_of(a[i, j]))
        wanted = _balancing_exponent(column, row)
        shift = np.clip(wanted, -_LARGEST_SCALING - k[i], _LARGEST_SCALING - k[i])
        up, down = (power_of_two(1023 + e, a) for e in (shift, -shift))
        better = column * up + row * down < 0.95 * (column + row)
        k[i] += np.where(better, shift, 0)
        a[others, i] *= np.where(better, up, 1.0)
        a[i, others] *= np.where(better, down, 1.0)
    return a, k


def _largest_row_sum(entries: Array) -> Array:
    norm = np.zeros(entries.shape[2:])
    for row in entries:
        total = np.zeros_like(norm)
        for entry in row:
            total = total + magnitude_of(entry)
        norm = np.asarray(maximum(norm, total))
    return norm


def _taylor_polynomial(a: Array) -> Pair:
    diagonal = np.arange(len(a))
    power = Pair(np.zeros_like(a), np.zeros_like(a))
    power.high[diagonal, diagonal], power.low[diagonal, diagonal] = _INVERSE_FACTORIALS[20]
    for high, low in reversed(_INVERSE_FACTORIALS[:20]):
        power = _multiply(Pair(a, np.zeros_like(a)), power)
        s = exact_sum(power.high[diagonal, diagonal], high)
        renewed = fast_sum(s.high, s.low + (power.low[diagonal, diagonal] + low))
        power.high[diagonal, diagonal], power.low[diagonal, diagonal] = renewed
    return power


def matrix_exponential(entries: ArrayLike) -> Array:
    """Return e^A for small square matrices.

    Parameters
    ----------
    entries : array_like, shape (n, n, ...)
        Rows and columns first; the other axes count matrices.

    Returns
    -------
    ndarray, shape (n, n, ...)
        float32 for float32, else float64; all nan where the row sums of A are not finite.

    References
    ----------
    Moler, C. and Van Loan, C. (2003). Nineteen dubious ways to compute the exponential of a
    matrix, twenty-five years later. SIAM Review 45, 3-49. doi:10.1137/S00361445024180

    Parlett, B. N. and Reinsch, C. (1969). Balancing a matrix for calculation of eigenvalues and
    eigenvectors. Numerische Mathematik 13, 293-304. doi:10.1007/BF02165404

    Examples
    --------
    >>> matrix_exponential([[0.0, 1.0], [0.0, 0.0]])
    array([[1., 1.],
           [0., 1.]])
    """
    (given,) = alike((entries,), integers=False)
    matrix = given.astype(np.float64)
    with np.errstate(all="ignore"):
        norm = _largest_row_sum(matrix)
        finite = norm - norm == 0
        matrix, exponents = _balanced(matrix)
        norm = _largest_row_sum(matrix)
        finite &= norm - norm == 0
        squarings, scale = np.zeros(norm.shape, dtype=np.int64), np.ones(norm.shape)
        while np.any(large := finite & (norm > 0.5)):
            squarings = squarings + large
            scale = np.where(large, scale * 0.5, scale)
            norm = np.where(large, norm * 0.5, norm)
        power = _taylor_polynomial(matrix * scale)
        for done in range(int(np.max(squarings, initial=0))):
            square = _multiply(power, power)
            more = squarings > done
            power = Pair(
                *(np.where(more, new, old) for new, old in zip(square, power, strict=True))
            )
        back = power_of_two(1023 + exponents[:, None] - exponents[None], matrix)
        return np.asarray(np.where(finite, power.high * back, np.nan).astype(given.dtype))
