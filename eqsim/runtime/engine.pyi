from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import DTypeLike, NDArray

from eqsim.runtime.rules import Rule

INTERFACE_VERSION: int

class Library:
    path: str
    def __init__(self, path: str) -> None: ...

class LibrarySimulation:
    def __init__(
        self,
        library: Library,
        instances: int,
        extents: NDArray[Any],
        arrays: list[NDArray[Any] | None],
        records: dict[str, list[DTypeLike]],
        threads: int,
        pauses: Sequence[str] = (),
        buffers: Sequence[str] = (),
        problems: Sequence[str] = (),
        rules: Mapping[int, Rule] | None = None,
    ) -> None: ...
    @property
    def paused(self) -> str | None: ...
    def advance(self, ticks: int) -> int: ...
    def events(self) -> dict[str, list[NDArray[Any]]]: ...
    def resume(self, pause: str, events: Mapping[str, Sequence[NDArray[Any]]]) -> None: ...
    def take(self, record: str) -> list[tuple[NDArray[Any], ...]]: ...
    def close(self) -> None: ...
