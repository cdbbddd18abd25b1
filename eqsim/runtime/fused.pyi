from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike, NDArray

def multiply_add(a: ArrayLike, b: ArrayLike, c: ArrayLike) -> NDArray[Any]: ...
def polynomial(coefficients: Sequence[float], x: NDArray[Any]) -> NDArray[Any]: ...
