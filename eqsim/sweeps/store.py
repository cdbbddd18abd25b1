"""The store of a sweep: a zarr hierarchy to which each batch is written whole, or not at all.

::

    sweep.zarr/
        zarr.json                      what was asked for, and who did it
        parameters/<name>              values along each axis, or of each point
        seeds                          the seed of each run
        batches/<first>-<last>/<name>  what is kept of consecutive runs, one chunk each

A batch is written into a folder of its own that gets its name when it is complete. So there is one
writer for each, whatever is killed leaves nothing half done, and a batch that is written twice is
the same one.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import platform
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError, SweepError
from eqsim.sweeps.batches import Batch, stacked
from eqsim.version import __version__

FORMAT = "eqsim sweep"
FORMAT_VERSION = 1
_HEAD, _BATCHES, _PARAMETERS, _LOCK = "eqsim", "batches", "parameters", ".writer"
_SEEDS = "seeds"
_PARTIAL = ".partial"

Header = dict[str, Any]


def _zarr() -> Any:
    try:
        import zarr
    except ImportError as error:
        raise ModelError(
            "a store of a sweep needs the package zarr\n"
            "  install it with: pip install 'eqsim[sweep]'; or leave out 'store'"
        ) from error
    return zarr


def provenance() -> Header:
    """Return who runs a sweep: versions, host, time."""
    return {
        "eqsim": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "host": platform.node(),
        "machine": platform.machine(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


class Store:
    """A store that is there.

    Parameters
    ----------
    path : Path
        Its folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(
        cls,
        path: Path,
        header: Header,
        parameters: Mapping[str, NDArray[Any]],
        seeds: NDArray[np.uint64],
    ) -> Store:
        """Make a store, complete or not at all.

        Raises
        ------
        SweepError
            If it cannot be written.
        """
        zarr = _zarr()
        partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}{_PARTIAL}")
        whole = {"format": FORMAT, "format_version": FORMAT_VERSION, **header}
        with _complete_or_nothing(partial, path):
            group = zarr.open_group(str(partial), mode="w", zarr_format=3)
            group.attrs[_HEAD] = whole
            saved = group.create_group(_PARAMETERS)
            for name, values in parameters.items():
                _write_array(saved, name, values)
            _write_array(group, _SEEDS, seeds)
            group.create_group(_BATCHES)
        return cls(path)

    @property
    def header(self) -> Header:
        """What the store was made for.

        Raises
        ------
        SweepError
            If the folder holds no sweep, or one of another version of the store.
        """
        try:
            text = (self.path / "zarr.json").read_text(encoding="utf-8")
            found = json.loads(text)["attributes"][_HEAD]
        except (OSError, KeyError, ValueError, TypeError):
            raise SweepError(f"{str(self.path)!r} is no store of a sweep") from None
        if found.get("format_version") != FORMAT_VERSION:
            raise SweepError(
                f"{str(self.path)!r} has version {found.get('format_version')} of the store, and"
                f" this eqsim reads version {FORMAT_VERSION}\n  open it with"
                f" eqsim {found.get('eqsim')}"
            )
        return dict(found)

    @property
    def parameters(self) -> dict[str, NDArray[Any]]:
        """The parameters of the points, in SI units and in the order of the space."""
        group = _zarr().open_group(str(self.path), mode="r")[_PARAMETERS]
        return {name: np.asarray(group[name][...]) for name in self.header["units"]}

    @property
    def seeds(self) -> NDArray[np.uint64]:
        """The seed of each run."""
        return np.asarray(_zarr().open_group(str(self.path), mode="r")[_SEEDS][...])

    def done(self) -> list[tuple[int, int]]:
        """Return the runs that are kept: the first of each batch, and the one after its last."""
        found = []
        for each in (self.path / _BATCHES).iterdir():
            first, dash, last = each.name.partition("-")
            if dash and first.isdigit() and last.isdigit():
                found.append((int(first), int(last)))
        return sorted(found)

    def write(self, batch: Batch) -> None:
        """Write a batch, complete or not at all.

        Raises
        ------
        SweepError
            If there is no room for it.
        """
        zarr = _zarr()
        folder = self.path / _BATCHES
        final = folder / f"{batch.first:09d}-{batch.last:09d}"
        partial = folder / f"{uuid.uuid4().hex}{_PARTIAL}"
        with _complete_or_nothing(partial, final):
            group = zarr.open_group(str(partial), mode="w", zarr_format=3)
            for name, column in batch.values.items():
                _write_column(group, name, stacked(column))
            group.attrs.update(
                {
                    "units": batch.units,
                    "failures": {str(run): text for run, text in batch.failures.items()},
                    "seconds": batch.seconds,
                    "host": platform.node(),
                    "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
                }
            )

    def read(self) -> Iterator[Batch]:
        """Yield the batches that are complete."""
        zarr = _zarr()
        for first, last in self.done():
            name = f"{_BATCHES}/{first:09d}-{last:09d}"
            group = zarr.open_group(str(self.path), path=name, mode="r")
            attributes = dict(group.attrs)
            values = {name: _read_column(array, group) for name, array in group.arrays()}
            failures = {int(run): text for run, text in attributes["failures"].items()}
            for column in values.values():
                for run in failures:
                    column[run - first] = None
            values = {name: column for name, column in values.items() if ":" not in name}
            yield Batch(
                first, last, values, dict(attributes["units"]), failures, attributes["seconds"]
            )

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only sweep that writes into the store.

        Raises
        ------
        SweepError
            If another process does so.
        """
        import fcntl

        with (self.path / _LOCK).open("a+", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.seek(0)
                raise SweepError(
                    f"another sweep is writing into {str(self.path)!r}: {lock.read().strip()}\n"
                    "  wait for its end, or look at it with eqsim.open_sweep"
                ) from None
            lock.truncate(0)
            lock.write(f"process {os.getpid()} on {platform.node()}")
            lock.flush()
            self._remove_leftovers()
            yield

    def _remove_leftovers(self) -> None:
        """Remove what killed writers left, unless it is so new that one may be at work still."""
        for each in (self.path / _BATCHES).glob(f"*{_PARTIAL}"):
            with contextlib.suppress(OSError):
                if time.time() - each.stat().st_mtime > _OLD:
                    shutil.rmtree(each, ignore_errors=True)


_OLD = 3600.0
"""Seconds after which nobody writes a batch any more."""


@contextlib.contextmanager
def _complete_or_nothing(partial: Path, final: Path) -> Iterator[None]:
    try:
        yield
        partial.rename(final)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST) and final.is_dir():
            return  # another worker has written the very same
        reason = error.strerror or str(error)
        raise SweepError(
            f"cannot write into the store {str(final)!r}: {reason}\n"
            "  what is in the store is complete; make room, and the same call goes on"
        ) from error
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _write_column(group: Any, name: str, values: NDArray[Any]) -> None:
    if values.dtype != object:
        _write_array(group, name, values)
        return
    shapes = [each.shape for each in values]
    rank = max(map(len, shapes))
    padded = np.array([(*shape, *(1,) * (rank - len(shape))) for shape in shapes], dtype=np.int64)
    flat = np.concatenate([np.ravel(each) for each in values])
    _write_array(group, name, flat)
    _write_array(group, f"{name}:shapes", padded.reshape(len(values), rank))


def _write_array(group: Any, name: str, values: NDArray[Any]) -> None:
    chunks = tuple(max(1, size) for size in values.shape)
    group.create_array(name, data=values, chunks=chunks)


def _read_column(array: Any, group: Any) -> list[NDArray[Any] | None]:
    values = np.asarray(array[...])
    name = array.basename
    if ":" in name or f"{name}:shapes" not in group:
        return list(values)
    shapes = np.asarray(group[f"{name}:shapes"][...])
    ends = np.cumsum(np.prod(shapes, axis=1))
    parts = np.split(values, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
