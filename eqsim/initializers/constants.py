"""One value for all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.initializers.base import Initializer, common_dimension, single_number


class Constant(Initializer):
    """The same value everywhere.

    Parameters
    ----------
    value : number or Quantity
        The value.

    Examples
    --------
    >>> from eqsim import mV
    >>> Constant(-65*mV)(2)
    array([-65., -65.])*mV
    """

    def __init__(self, value: Any) -> None:
        super().__init__(common_dimension(type(self).__name__, value=value))
        self.value = value

    def _numbers(self, n: int, key: int) -> NDArray[np.float64]:
        del key
        return np.full(n, single_number(type(self).__name__, "value", self.value))

    def parameters(self) -> dict[str, Any]:
        """Return the value."""
        return {"value": self.value}


class ZeroInit(Constant):
    """Zero everywhere, which fits any unit.

    Examples
    --------
    >>> ZeroInit()((2, 2))
    array([[0., 0.],
           [0., 0.]])
    """

    def __init__(self) -> None:
        super().__init__(0)

    def parameters(self) -> dict[str, Any]:
        """Return nothing: there is no choice."""
        return {}


class OneInit(Constant):
    """One everywhere, times a value.

    Parameters
    ----------
    value : number or Quantity
        What one is multiplied with.

    Examples
    --------
    >>> from eqsim import mV
    >>> OneInit(50*mV)(3)
    array([50., 50., 50.])*mV
    """

    def __init__(self, value: Any = 1.0) -> None:
        super().__init__(value)
