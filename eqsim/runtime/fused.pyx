# cython: language_level=3, boundscheck=False, wraparound=False
"""What NumPy lacks: a product and a sum rounded once.

All numbers are of one type, float64 or float32, and a Python number takes that of the arrays.
"""

from cython cimport floating
from libc.math cimport fma, fmaf

import numpy as np


def multiply_add(a, b, c):
    """Return a b + c, rounded once.

    Parameters
    ----------
    a, b, c : ndarray or float
        Arrays of one shape, or one number each; one of them at least an array.

    Returns
    -------
    ndarray
        Of that shape and type.
    """
    like = a if isinstance(a, (np.ndarray, np.generic)) else b
    kind = like.dtype
    a, b, c = np.asarray(a, dtype=kind), np.asarray(b, dtype=kind), np.asarray(c, dtype=kind)
    result = np.empty(_common_shape(a.shape, _common_shape(b.shape, c.shape)), dtype=kind)
    values = result.reshape(-1)
    if kind == np.float32:
        _multiply_add[float](a.reshape(-1), b.reshape(-1), c.reshape(-1), values)
    else:
        _multiply_add[double](a.reshape(-1), b.reshape(-1), c.reshape(-1), values)
    return result


def polynomial(coefficients, x):
    """Return the value of a polynomial, each step of which is rounded once.

    Parameters
    ----------
    coefficients : sequence of float
        At least one, that of the highest power first.
    x : ndarray
        Where.

    Returns
    -------
    ndarray
        Of the shape and type of ``x``.
    """
    x = np.asarray(x)
    factors = np.array(coefficients, dtype=x.dtype)
    result = np.empty(x.shape, dtype=x.dtype)
    if x.dtype == np.float32:
        _polynomial[float](factors, x.reshape(-1), result.reshape(-1))
    else:
        _polynomial[double](factors, x.reshape(-1), result.reshape(-1))
    return result


cdef tuple _common_shape(tuple first, tuple second):
    if first == second or not second:
        return first
    if not first:
        return second
    raise ValueError(f"shapes {first} and {second} do not go together")


cdef inline floating _fused(floating a, floating b, floating c) noexcept nogil:
    return fmaf(a, b, c) if floating is float else fma(a, b, c)


cdef void _multiply_add(
    const floating[::1] a, const floating[::1] b, const floating[::1] c, floating[::1] result
) noexcept nogil:
    cdef Py_ssize_t i, n = result.shape[0]
    cdef Py_ssize_t of_a = a.shape[0] == n, of_b = b.shape[0] == n, of_c = c.shape[0] == n
    for i in range(n):
        result[i] = _fused(a[i * of_a], b[i * of_b], c[i * of_c])


cdef void _polynomial(
    const floating[::1] factors, const floating[::1] x, floating[::1] result
) noexcept nogil:
    cdef Py_ssize_t i, k
    cdef floating value
    for i in range(x.shape[0]):
        value = factors[0]
        for k in range(1, factors.shape[0]):
            value = _fused(value, x[i], factors[k])
        result[i] = value
