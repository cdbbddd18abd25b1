"""Snapshots of networks: everything that a run changes, in memory or in a file.

A snapshot is plain arrays and numbers. Objects say themselves what they keep
(:meth:`~eqsim.network.objects.NetworkObject.snapshot`), so that a new kind of object needs nothing
here. A file is an ``.npz`` of NumPy without pickled objects.
"""

from __future__ import annotations

import contextlib
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError, RunError, did_you_mean, message
from eqsim.network.objects import NetworkObject
from eqsim.network.randomness import RandomKey

FORMAT = "eqsim snapshot"
FORMAT_VERSION = 1
_HEAD, _NETWORK, _RANDOM, _OBJECT = "eqsim", "network", "random", "object"

Kept = Mapping[str, NDArray[Any]]


@dataclass
class Present:
    """Where a network stands.

    Parameters
    ----------
    key : RandomKey
        The key of its random numbers.
    time : float
        The time up to which it has run, in seconds.
    """

    key: RandomKey
    time: float = 0.0


@dataclass(frozen=True)
class Snapshot:
    """What was kept of a network.

    Parameters
    ----------
    time : float
        The network's time, in seconds.
    randomness : mapping of str to ndarray
        The state of random numbers.
    objects : mapping of str to mapping of str to ndarray
        For each object by name what it kept.
    """

    time: float
    randomness: Kept
    objects: Mapping[str, Kept]


def take_snapshot(present: Present, objects: Iterable[NetworkObject]) -> Snapshot:
    """Return copies of everything that a run changes.

    Parameters
    ----------
    present : Present
        Time and key of the network.
    objects : iterable of NetworkObject
        All its objects.
    """
    return Snapshot(
        present.time,
        _copied(present.key.snapshot()),
        {str(each.name): _copied(each.snapshot()) for each in objects},
    )


def _copied(parts: Mapping[str, Any]) -> Kept:
    return {name: np.array(part) for name, part in parts.items()}


def put_back(
    snapshot: Snapshot,
    present: Present,
    objects: Iterable[NetworkObject],
    *,
    restore_random_state: bool,
) -> None:
    """Put back everything, or nothing if something does not fit.

    Parameters
    ----------
    snapshot : Snapshot
        What was kept.
    present : Present
        Time and key of the network; get those of the snapshot.
    objects : iterable of NetworkObject
        All objects of the network; get the state of those of the same names.
    restore_random_state : bool
        Whether the random numbers that follow are those that followed before.

    Raises
    ------
    ModelError
        If an object is missing or new, or is not as it was.
    """
    found = {str(each.name): each for each in objects}
    _check_names(snapshot.objects, found)
    for name, each in found.items():
        each.check_snapshot(snapshot.objects[name])
    _check_clocks(snapshot.objects, found)
    if restore_random_state:
        present.key.check_snapshot(snapshot.randomness)
    for name, each in found.items():
        each.restore_snapshot(snapshot.objects[name])
    present.time = snapshot.time
    if restore_random_state:
        present.key.restore_snapshot(snapshot.randomness)
    else:
        present.key.renew()


def _check_names(saved: Iterable[str], found: Iterable[str]) -> None:
    missing, new = sorted(set(saved) - set(found)), sorted(set(found) - set(saved))
    if not missing and not new:
        return
    raise ModelError(
        message(
            "the network has other objects than the snapshot",
            f"not in the network: {', '.join(map(repr, missing))}" if missing else None,
            f"not in the snapshot: {', '.join(map(repr, new))}" if new else None,
            "a snapshot is restored into objects of the same names, monitors included",
        )
    )


def _check_clocks(saved: Mapping[str, Kept], found: Mapping[str, NetworkObject]) -> None:
    """Refuse different states for objects that share a clock now."""
    states: dict[int, tuple[str, list[bytes]]] = {}
    for name, each in found.items():
        parts = [part for part in saved[name] if part == "timestep" or part.startswith("clock.")]
        state = [saved[name][part].tobytes() for part in sorted(parts)]
        first, known = states.setdefault(id(each.clock), (name, state))
        if known != state:
            raise ModelError(
                f"{first!r} and {name!r} share the clock {each.clock.name!r}\n"
                "  in the snapshot they have clocks of their own"
            )


def snapshot_named(name: str, snapshots: Mapping[str, Snapshot], network: str) -> Snapshot:
    """Return the snapshot of that name.

    Raises
    ------
    ModelError
        If there is none.
    """
    if name in snapshots:
        return snapshots[name]
    raise ModelError(
        message(
            f"{network!r} was not stored under the name {name!r}",
            f"its snapshots: {', '.join(map(repr, snapshots)) or 'none'}",
            did_you_mean(str(name), snapshots),
        )
    )


# ------------------------------------------------------------------------------------- files


def write_snapshot(snapshot: Snapshot, name: str, path: Path) -> None:
    """Write a snapshot into a file; what was there is replaced when all is written.

    Raises
    ------
    RunError
        If the file cannot be written; one that was there stays.
    """
    arrays = {
        f"{_HEAD}/format": np.array(FORMAT),
        f"{_HEAD}/version": np.array(FORMAT_VERSION),
        f"{_HEAD}/name": np.array(name),
        f"{_NETWORK}/time": np.array(snapshot.time),
        **{f"{_RANDOM}/{part}": values for part, values in snapshot.randomness.items()},
        **{
            f"{_OBJECT}/{each}/{part}": values
            for each, kept in snapshot.objects.items()
            for part, values in kept.items()
        },
    }
    new = path.with_name(f"{path.name}.{os.getpid()}.part")
    if path.exists() and not path.is_file():
        kind = "a folder" if path.is_dir() else "a device"
        raise RunError(f"cannot write the snapshot {str(path)!r}: it is {kind}, not a file")
    try:
        with new.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        new.replace(path)
    except OSError as error:
        raise RunError(f"cannot write the snapshot {str(path)!r}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)


def read_snapshot(name: str, path: Path) -> Snapshot:
    """Return the snapshot in a file.

    Raises
    ------
    RunError
        If the file cannot be read, is damaged, is none of a snapshot, or has another version.
    ModelError
        If it holds a snapshot of another name.
    """
    try:
        with path.open("rb") as file:
            arrays = _arrays(file, path)
    except OSError as error:
        raise RunError(f"cannot read the snapshot {str(path)!r}: {error.strerror}") from error
    _check_head(arrays, name, path)
    objects: dict[str, dict[str, NDArray[Any]]] = {}
    for key, values in arrays.items():
        kind, _, rest = key.partition("/")
        each, _, part = rest.partition("/")
        if kind == _OBJECT:
            objects.setdefault(each, {})[part] = values
    randomness = {
        key.removeprefix(f"{_RANDOM}/"): values
        for key, values in arrays.items()
        if key.startswith(f"{_RANDOM}/")
    }
    time = arrays.get(f"{_NETWORK}/time")
    if time is None or time.shape != () or time.dtype != np.float64 or not 0 <= time < np.inf:
        raise _damaged(path)
    return Snapshot(float(time), randomness, objects)


def _arrays(file: BinaryIO, path: Path) -> dict[str, NDArray[Any]]:
    if file.read(4) != b"PK\x03\x04":
        raise RunError(f"{str(path)!r} is no snapshot of eqsim")
    file.seek(0)
    with _told_as_damage(path), np.load(file, allow_pickle=False) as opened:
        return {key: np.array(opened[key]) for key in opened.files}


@contextlib.contextmanager
def _told_as_damage(path: Path) -> Iterator[None]:
    try:
        yield
    except (
        EOFError,
        KeyError,
        MemoryError,
        NotImplementedError,
        OSError,
        RuntimeError,
        SyntaxError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> RunError:
    return RunError(f"the snapshot {str(path)!r} is damaged\n  store the network again")


def _check_head(arrays: Mapping[str, NDArray[Any]], name: str, path: Path) -> None:
    format_, version, stored = (
        arrays.get(f"{_HEAD}/{part}", np.array(None)).tolist()
        for part in ("format", "version", "name")
    )
    if format_ != FORMAT:
        raise RunError(f"{str(path)!r} is no snapshot of eqsim")
    if version != FORMAT_VERSION:
        raise RunError(
            f"the snapshot {str(path)!r} has version {version} of the format, and this eqsim reads"
            f" version {FORMAT_VERSION}"
        )
    if stored != name:
        raise ModelError(
            f"the file {str(path)!r} holds the snapshot {stored!r}, not {name!r}\n"
            f"  pass name={stored!r}"
        )
