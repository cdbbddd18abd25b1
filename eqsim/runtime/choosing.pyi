from typing import Any

from numpy.typing import NDArray

class Rows:
    columns: int
    def __init__(
        self,
        lengths: NDArray[Any],
        first: int = 0,
        start: int = 0,
        step: int = 1,
        slope: int = 0,
        without_self: bool = False,
    ) -> None: ...
    def __len__(self) -> int: ...

def choose_all(rows: Rows, partners: NDArray[Any], threads: int) -> NDArray[Any]: ...

class Trials:
    def __init__(self, key: int, stream: int, rate: float) -> None: ...
    @property
    def drawn(self) -> int: ...
    def choose(self, rows: Rows, partners: NDArray[Any], threads: int) -> NDArray[Any] | None: ...

class Samples:
    def __init__(self, key: int) -> None: ...
    @property
    def drawn(self) -> int: ...
    def choose(
        self, rows: Rows, sizes: NDArray[Any], partners: NDArray[Any], threads: int
    ) -> NDArray[Any]: ...

def rows_ascend(numbers: NDArray[Any], begin: NDArray[Any], threads: int) -> bool: ...
