"""The folder that a simulation of its own wrote, to what the user recorded, with units."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError, RunError, did_you_mean, message
from eqsim.runtime.manifest import (
    FILE_NAME,
    Field,
    Manifest,
    ParameterKind,
    StoredObject,
    damaged,
    parsed,
)
from eqsim.runtime.rules import Rule
from eqsim.units.arguments import path as given_path
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity, with_dimension

RUN_FILE_NAME = "run.json"
FORMAT = "eqsim results"
FORMAT_VERSION = 2
_COMPLETE, _INTERRUPTED = "complete", "interrupted"
_HEADER_1_0 = (1, 0)
_RECORDS = "records"
_TOTALS = ("num_events", "num_spikes")
"""What a monitor of events tells of its counts, and its results too."""
_PART = 1 << 20
"""How many bytes are read at once for a checksum."""


@dataclass(frozen=True)
class RecordedObject:
    """One object of the network as the simulation left it: its attributes are what it recorded.

    With an underscore at the end an attribute comes in SI units without saying so: ``M.v_``. Where
    events were counted, ``num_spikes`` is how many there were.

    Parameters
    ----------
    name : str
        The object's name.
    kind : str
        Its class: ``"StateMonitor"``.
    stored : mapping of str to StoredValues
        What it recorded, or its final state.
    """

    name: str
    kind: str
    stored: MappingProxyType[str, StoredValues]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        stem = name.removesuffix("_")
        if name in self.stored:
            return self.stored[name].with_unit
        if stem in self.stored:
            return self.stored[stem].plain
        if name in _TOTALS and "count" in self.stored:
            return int(self.stored["count"].plain.sum())
        raise AttributeError(
            message(
                f"{self.name!r} has no values {name!r}",
                f"it has: {', '.join(self.stored)}",
                did_you_mean(name, self.stored),
            )
        )

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.stored]

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name!r}: {', '.join(self.stored)}>"


@dataclass(frozen=True)
class StoredValues:
    """Values in a file, read when they are first asked for.

    Parameters
    ----------
    path : Path
        The file.
    field : Field
        What the values are.
    rows : int or None
        How many rows of a record count; None for state.
    positions : Path or None
        The file that says where each value is, if they are in another order.
    """

    path: Path
    field: Field
    rows: int | None
    positions: Path | None = None

    @cached_property
    def plain(self) -> Any:
        """The values in SI units without saying so; not to be changed in place."""
        values = self._read()
        if self.field.part is not None:
            values = values[slice(*self.field.part)]
        if self.field.size is not None:
            values = np.broadcast_to(values, self.field.size).copy()
        if self.positions is not None:
            values = _chosen(values, self.positions)
        if self.field.is_boolean:
            values = values != 0
        values = np.asarray(values)
        values.flags.writeable = False
        return values if values.ndim else values[()]

    def _read(self) -> NDArray[Any]:
        # A row is a point in time; users index neurons first.
        return _loaded(self.path) if self.rows is None else _first_rows(self.path, self.rows).T

    @property
    def with_unit(self) -> Any:
        """The values with their unit."""
        return with_dimension(self.plain, self.field.dimension)


@dataclass(frozen=True)
class StoredEnds(StoredValues):
    """Sources or targets of synapses that follow from a rule, made when they are asked for.

    Parameters
    ----------
    arrays : mapping of str to Path
        The files of the rule, by the fields of :class:`~eqsim.runtime.manifest.StoredRule`.
    """

    arrays: Mapping[str, Path] = field(default_factory=dict)

    def _read(self) -> NDArray[Any]:
        found = {name: _loaded(path) for name, path in self.arrays.items()}
        begin = found["begin"]
        if self.field.end == "source":
            return np.repeat(np.arange(len(begin) - 1, dtype=np.int32), np.diff(begin))
        try:
            rule = Rule.of_numbers(found.pop("numbers"), found)
            if (wrong := rule.wrong_part()) is not None:
                raise damaged(str(self.arrays[wrong]))
            return rule.targets(np.dtype(np.int32)) - np.int32(rule.first_target)
        except ValueError as error:
            raise damaged(str(self.path)) from error


@dataclass(frozen=True)
class Results:
    """What a simulation recorded, and its final state.

    Parameters
    ----------
    directory : Path
        The folder.
    status : str
        ``"complete"``, or how it ended before.
    start, duration, t : Quantity
        Begin of the run, how long it was to last, and up to when it was simulated, in seconds.
    settings : mapping of str to str
        What was set on the command line, as it was written: ``{"tau": "5ms", "seed": "3"}``.
    parameters : mapping of str to object
        The constants and parameters of the run by name, with units; empty if it did not end by
        itself.
    objects : mapping of str to RecordedObject
        The objects of the network by their names.
    """

    directory: Path
    status: str
    start: Quantity
    duration: Quantity
    t: Quantity
    settings: Mapping[str, str]
    parameters: Mapping[str, Any]
    objects: MappingProxyType[str, RecordedObject]

    def __getitem__(self, name: str) -> RecordedObject:
        if name in self.objects:
            return self.objects[name]
        hint = did_you_mean(str(name), self.objects)
        raise KeyError(
            f"there is no {name!r} in the results; there are: {', '.join(self.objects)}"
            + (f"; {hint}" if hint else "")
        )

    def __contains__(self, name: object) -> bool:
        return name in self.objects

    def __iter__(self) -> Iterator[str]:
        return iter(self.objects)

    def __len__(self) -> int:
        return len(self.objects)

    def __repr__(self) -> str:
        return f"<Results of {str(self.directory)!r}, {self.status}: {', '.join(self.objects)}>"


def load(
    directory: str | os.PathLike[str], *, partial: bool = False, verify: bool = True
) -> Results:
    """Load the results of an exported model.

    Parameters
    ----------
    directory : path
        The folder of results: ``"project/results"``.
    partial : bool
        Whether to load what a run recorded that did not reach its end. The state of groups and the
        counts of events are there only if the run ended by itself. Of a record whose file was cut
        short there are the rows that are left.
    verify : bool
        Whether to read all files and compare them with their checksums.

    Returns
    -------
    Results
        Objects by name: ``results["statemonitor"].v`` has shape (n_recorded, n_times),
        ``results["spikemonitor"].i``, ``.t`` and ``.count``, ``results["ratemonitor"].rate``,
        ``results["neurongroup"].v`` is the final state, shape (N,).

    Raises
    ------
    ModelError
        If the folder holds no results.
    RunError
        If they are incomplete or damaged.

    See Also
    --------
    eqsim.Network.export : Write the project of a model.

    Examples
    --------
    After ``./build/simulate`` in the folder of a project::

        results = eqsim.load("project/results")
        plt.plot(results["traces"].t, results["traces"].v[0])
    """
    folder = given_path(directory, "a folder of results")
    run = _run(folder)
    if run["status"] != _COMPLETE and not partial:
        raise RunError(
            f"the results in {str(folder)!r} are incomplete: the run is {run['status']!r}\n"
            "  run it to its end, or take what was recorded by load(..., partial=True)"
        )
    path = folder / FILE_NAME
    manifest = Manifest.from_json(_text(path), str(path))
    files = _Files(folder, manifest, run["status"], partial=partial)
    if verify:
        _verify(folder, run["files"], partial=partial)
    return Results(
        directory=folder,
        status=run["status"],
        start=Quantity(run["start"], SECOND),
        duration=Quantity(run["duration"], SECOND),
        t=Quantity(run["time"], SECOND),
        settings=MappingProxyType(_settings(run)),
        parameters=_Parameters(files.parameters()),
        objects=MappingProxyType({o.name: files.recorded(o) for o in manifest.objects}),
    )


class _Parameters(Mapping[str, Any]):
    """Values of parameters with units, read when they are asked for."""

    def __init__(self, stored: Mapping[str, StoredValues]) -> None:
        self._stored = stored

    def __getitem__(self, name: str) -> Any:
        return self._stored[name].with_unit

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)

    def __repr__(self) -> str:
        return f"<parameters: {', '.join(self)}>"


def _settings(run: Mapping[str, Any]) -> dict[str, str]:
    single = {name: str(run[name]) for name in ("seed", "dt") if run.get(name) is not None}
    return {**single, **run["set"]}


def _verify(folder: Path, files: Mapping[str, Mapping[str, Any]], *, partial: bool) -> None:
    """Compare files with the lengths and checksums that the run wrote."""
    for name, written in files.items():
        path = folder / name
        checksum, length = _checksum(path)
        if length != written["bytes"]:
            is_left = name.startswith(f"{_RECORDS}/") and length < written["bytes"]
            if is_left and partial:
                continue
            hint = "\n  take the rows that are left by load(..., partial=True)" if is_left else ""
            raise damaged(str(path), f": it has {length} bytes of {written['bytes']}{hint}")
        if checksum != written["crc32"]:
            raise damaged(str(path), f": its checksum is {checksum} instead of {written['crc32']}")


def _checksum(path: Path) -> tuple[str, int]:
    """Return the CRC-32 of a file in hexadecimal digits, and its length."""
    checksum = length = 0
    try:
        with path.open("rb") as file:
            while part := file.read(_PART):
                checksum, length = zlib.crc32(part, checksum), length + len(part)
    except OSError as error:
        raise RunError(f"cannot read {str(path)!r}: {error.strerror}") from error
    return f"{checksum:08x}", length


def _loaded(path: Path) -> NDArray[Any]:
    try:
        values: NDArray[Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise damaged(str(path)) from error
    return values


def _first_rows(path: Path, rows: int) -> NDArray[Any]:
    """Return the first rows of a record, whose file may end after them."""
    shape, dtype = _header(path, is_cut=True)
    with path.open("rb") as file:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        values = np.fromfile(file, dtype, rows * int(np.prod(shape[1:], dtype=np.int64)))
    return values.reshape(rows, *shape[1:])


def _chosen(values: NDArray[Any], positions: Path) -> NDArray[Any]:
    """Return the values at the positions that a file has."""
    where = _loaded(positions)
    if where.dtype.kind != "i" or where.ndim != 1 or values.ndim != 1:
        raise damaged(str(positions))
    if len(where) and (where.min() < 0 or where.max() >= len(values)):
        raise damaged(str(positions))
    chosen: NDArray[Any] = values[where]
    return chosen


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise damaged(str(path)) from error
    except OSError as error:
        raise RunError(f"cannot read {str(path)!r}: {error.strerror}") from error


def _run(folder: Path) -> dict[str, Any]:
    path = folder / RUN_FILE_NAME
    if not path.is_file():
        inner = folder / "results"
        hint = f"  did you mean {str(inner)!r}?" if (inner / RUN_FILE_NAME).is_file() else (
            "  results are written by the program of a model that Network.export wrote"
        )  # fmt: skip
        raise ModelError(f"there are no results in {str(folder)!r}\n{hint}")
    text = _text(path)
    content = parsed(text, str(path), FORMAT, FORMAT_VERSION)
    own = content.get("crc32")
    # The checksum of run.json is that of its text with zeros in its place, which is the last.
    zeroed = "00000000".join(text.rsplit(str(own), 1))
    if own is not None and f"{zlib.crc32(zeroed.encode()):08x}" != own:
        raise damaged(str(path))
    numbers = [content.get(name) for name in ("start", "duration", "time")]
    tables = [content.get(name) for name in ("set", "files")]
    if (
        not isinstance(content.get("status"), str)
        or not all(isinstance(number, int | float) for number in numbers)
        or not all(isinstance(table, dict) for table in tables)
    ):
        raise damaged(str(path))
    return content


class _Files:
    """The files of results, each checked to be what the manifest says."""

    def __init__(self, folder: Path, manifest: Manifest, status: str, *, partial: bool) -> None:
        self.folder = folder
        self.extents = manifest.extents
        self.arrays = {array.name: array for array in manifest.arrays}
        self.rules = {rule.array: rule for rule in manifest.rules}
        self.records = {record.name: record for record in manifest.records}
        self.settable = manifest.parameters
        self.has_state = status in (_COMPLETE, _INTERRUPTED)
        self.is_complete = status == _COMPLETE and not partial

    def recorded(self, stored: StoredObject) -> RecordedObject:
        """Return an object with those of its values that there are."""
        try:
            recorded = [field for field in stored.fields.values() if field.record is not None]
            lengths = [length for length in map(self._rows, recorded) if length is not None]
            if self.is_complete and len(set(lengths)) > 1:
                raise damaged(str(self.folder / _RECORDS))
            rows = min(lengths, default=0)
            values = {
                name: self._values(field, rows)
                for name, field in stored.fields.items()
                if field.record is not None or self.has_state
            }
        except KeyError as error:
            raise damaged(str(self.folder / FILE_NAME)) from error
        return RecordedObject(stored.name, stored.kind, MappingProxyType(values))

    def parameters(self) -> dict[str, StoredValues]:
        """Return the values of what no run changes, if there is a final state."""
        return {
            each.name: self._values(
                Field(
                    each.dimension,
                    array=each.array,
                    positions=each.order,
                    is_boolean=each.kind is ParameterKind.TRUTH,
                ),
                0,
            )
            for each in self.settable
            if each.is_constant and self.has_state
        }

    def _values(self, field: Field, rows: int) -> StoredValues:
        if field.array is None:
            return StoredValues(self._column(field)[0], field, rows)
        positions = None if field.positions is None else self._path(field.positions)
        if field.end is not None:
            rule = self.rules[field.array]
            paths = {
                name: self._path(stored)
                for name, stored in asdict(rule).items()
                if name != "array" and stored is not None
            }
            return StoredEnds(paths["numbers"], field, None, positions, paths)
        return StoredValues(self._path(field.array), field, None, positions)

    def _path(self, name: str) -> Path:
        """Return the file of an array, which is there and is what the manifest says."""
        array = self.arrays[name]
        path = self.folder / "state" / str(array.file)
        if _header(path) != (array.shape, np.dtype(array.dtype)):
            raise damaged(str(path))
        return path

    def _column(self, field: Field) -> tuple[Path, np.dtype[Any], tuple[int, ...]]:
        record = self.records[str(field.record)]
        column = next((c for c in record.columns if c.name == field.column), None)
        if column is None:
            raise damaged(str(self.folder / FILE_NAME))
        row = () if record.extent is None else (self.extents[record.extent],)
        return self.folder / _RECORDS / column.file, np.dtype(column.dtype), row

    def _rows(self, field: Field) -> int | None:
        """Return how many rows there are, None if a row has no values."""
        path, dtype, row = self._column(field)
        shape, found = _header(path, is_cut=not self.is_complete)
        if found != dtype or shape[1:] != row or not shape:
            raise damaged(str(path))
        return None if 0 in row else shape[0]


def _header(path: Path, *, is_cut: bool = False) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and type of an array in a file: of what is left of it, or else of all of it."""
    try:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            if version != _HEADER_1_0:
                raise damaged(str(path))
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            size = path.stat().st_size - file.tell()
    except ValueError as error:
        raise damaged(str(path)) from error
    except OSError as error:
        raise RunError(f"cannot read {str(path)!r}: {error.strerror}") from error
    row = dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
    if is_cut and shape and row:
        return (min(shape[0], size // row), *shape[1:]), dtype
    if size < dtype.itemsize * int(np.prod(shape, dtype=np.int64)):
        raise damaged(str(path))
    return shape, dtype
