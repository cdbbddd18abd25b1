"""The methods and attributes of NumPy arrays, for quantities.

Every method calls the NumPy function of its name, which knows how to treat the unit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np


def _call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


class ArrayMethods:
    """Attributes and methods that arrays have; mixed into :class:`Quantity`."""

    __slots__ = ()
    value: Any

    def _like(self, value: Any) -> Any:
        raise NotImplementedError

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes; ``()`` for a scalar."""
        return np.shape(self.value)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return np.ndim(self.value)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.size(self.value))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the numbers."""
        return np.asarray(self.value).dtype

    @property
    def T(self) -> Any:  # noqa: N802 - NumPy's name
        """The array with its axes reversed."""
        return self._like(np.transpose(self.value))

    @property
    def flat(self) -> Any:
        """The elements one after the other, as quantities."""
        return iter(self.ravel())

    @property
    def real(self) -> Any:
        """The real part."""
        return self._like(np.real(self.value))

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return self._like(np.imag(self.value))

    def copy(self) -> Self:
        """Return a quantity with its own memory."""
        copied: Self = self._like(np.array(self.value) if self.ndim else self.value)
        return copied

    def view(self) -> Any:
        """Return a quantity that shares the memory."""
        return self._like(self.value)

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """Return the quantity with numbers of another floating-point type."""
        return self._like(np.asarray(self.value).astype(dtype, copy=copy))

    def item(self, *index: Any) -> Any:
        """Return one element as a scalar quantity."""
        return self._like(np.asarray(self.value).item(*index))

    def tolist(self) -> Any:
        """Return a (nested) list of scalar quantities."""
        if self.ndim == 0:
            return self
        return [self._like(row).tolist() for row in self.value]

    def fill(self, item: Any) -> None:
        """Set every element to one quantity."""
        _call(np.copyto, self, item)

    def reshape(self, *shape: Any, order: Any = "C") -> Any:
        """Return the elements in another shape."""
        return self._like(np.asarray(self.value).reshape(*shape, order=order))

    def transpose(self, *axes: Any) -> Any:
        """Return the array with its axes in another order."""
        return self._like(np.asarray(self.value).transpose(*axes))

    def flatten(self) -> Any:
        """Return a copy with one axis."""
        return self._like(np.asarray(self.value).flatten())

    def ravel(self) -> Any:
        """Return the elements along one axis, without a copy where possible."""
        return _call(np.ravel, self)

    def squeeze(self, axis: Any = None) -> Any:
        """Return the array without axes of length one."""
        return _call(np.squeeze, self, axis=axis)

    def repeat(self, repeats: Any, axis: Any = None) -> Any:
        """Return every element several times."""
        return _call(np.repeat, self, repeats, axis=axis)

    def take(self, indices: Any, axis: Any = None) -> Any:
        """Return the elements at indices."""
        return _call(np.take, self, indices, axis=axis)

    def sort(self, axis: int = -1) -> None:
        """Sort in place."""
        np.asarray(self.value).sort(axis=axis)

    def argsort(self, axis: Any = -1) -> Any:
        """Return the indices that would sort the array."""
        return _call(np.argsort, self, axis=axis)

    def searchsorted(self, v: Any, side: Any = "left") -> Any:
        """Return where quantities would be inserted to keep the order."""
        return _call(np.searchsorted, self, v, side=side)

    def nonzero(self) -> Any:
        """Return the indices of the elements that are not zero."""
        return _call(np.nonzero, self)

    def sum(self, axis: Any = None, **kwargs: Any) -> Any:
        """Return the sum."""
        return _call(np.sum, self, axis=axis, **kwargs)

    def mean(self, axis: Any = None, **kwargs: Any) -> Any:
        """Return the arithmetic mean."""
        return _call(np.mean, self, axis=axis, **kwargs)

    def std(self, axis: Any = None, **kwargs: Any) -> Any:
        """Return the standard deviation."""
        return _call(np.std, self, axis=axis, **kwargs)

    def var(self, axis: Any = None, **kwargs: Any) -> Any:
        """Return the variance, in the square of the unit."""
        return _call(np.var, self, axis=axis, **kwargs)

    def min(self, axis: Any = None, **kwargs: Any) -> Any:
        """Return the smallest element."""
        return _call(np.min, self, axis=axis, **kwargs)

    def max(self, axis: Any = None, **kwargs: Any) -> Any:
        """Return the largest element."""
        return _call(np.max, self, axis=axis, **kwargs)

    def ptp(self, axis: Any = None) -> Any:
        """Return the difference of the largest and the smallest element."""
        return _call(np.ptp, self, axis=axis)

    def argmin(self, axis: Any = None) -> Any:
        """Return the index of the smallest element."""
        return _call(np.argmin, self, axis=axis)

    def argmax(self, axis: Any = None) -> Any:
        """Return the index of the largest element."""
        return _call(np.argmax, self, axis=axis)

    def cumsum(self, axis: Any = None) -> Any:
        """Return the sums up to every element."""
        return _call(np.cumsum, self, axis=axis)

    def prod(self, axis: Any = None) -> Any:
        """Return the product, in a power of the unit."""
        return _call(np.prod, self, axis=axis)

    def dot(self, other: Any) -> Any:
        """Return the dot product."""
        return _call(np.dot, self, other)

    def trace(self) -> Any:
        """Return the sum of the diagonal."""
        return _call(np.trace, self)

    def diagonal(self, offset: int = 0) -> Any:
        """Return the elements on a diagonal."""
        return _call(np.diagonal, self, offset=offset)

    def clip(self, min: Any = None, max: Any = None) -> Any:  # noqa: A002 - NumPy's names
        """Return the elements limited to a range."""
        return _call(np.clip, self, min, max)

    def round(self, decimals: int = 0) -> Any:
        """Refuse: the result would depend on the unit."""
        return _call(np.round, self, decimals)

    def any(self, axis: Any = None) -> Any:
        """Whether an element is not zero."""
        return _call(np.any, self, axis=axis)

    def all(self, axis: Any = None) -> Any:
        """Whether no element is zero."""
        return _call(np.all, self, axis=axis)

    def conj(self) -> Any:
        """Return the complex conjugate."""
        return self._like(np.conj(self.value))
