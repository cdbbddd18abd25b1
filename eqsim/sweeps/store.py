"""The store of a sweep: a zarr hierarchy that is the result itself, one chunk for each batch.

::

    sweep.zarr/
        zarr.json          who made it, what for, and the description of all arrays
        <parameter>/       values along an axis, or of each point
        seed/              the seed of each run
        <name>/            what is kept of the runs: axes of the parameters, repeats, its own
        status/            which runs are done: the last chunk of a batch that is written
        failure/           why runs failed, if some did
        .batches.jsonl     where and when each batch ran
        .partial/          what is not complete yet

Whoever runs a batch writes its chunks of ``<name>/``. The sweep itself is the only one that writes
descriptions and ``status``: what is no longer there when something is killed was not in the store,
and a batch that is written twice is the same one.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
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

from eqsim.errors import SweepError
from eqsim.sweeps import hierarchy
from eqsim.sweeps.batches import Batch
from eqsim.sweeps.columns import Form, padded
from eqsim.sweeps.hierarchy import METADATA, PARTIAL, Metadata, chunk_of
from eqsim.sweeps.layout import Boxes, Layout
from eqsim.sweeps.results import (
    ABOUT,
    DONE,
    FAILED,
    FAILURE,
    MISSING,
    STATUS,
    coordinates,
    own_axes,
    units_of,
)

FORMAT = "eqsim sweep"
FORMAT_VERSION = 2
_LOCK, _LOG = ".writer", ".batches.jsonl"

_VALUES = 2**14
"""How many values a chunk of arrays has at least, so that long ones do not need too many."""
_OLD = 3600.0
"""Seconds after which nobody writes a chunk any more."""


class Store:
    """A store of a sweep.

    Parameters
    ----------
    path : Path
        Its folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(
        cls, path: Path, layout: Layout, boxes: Boxes, attributes: Mapping[str, Any]
    ) -> Store:
        """Make a store, complete or not at all, unless another process has just made one.

        Parameters
        ----------
        path : Path
            Its folder.
        layout : Layout
            How the runs lie along axes.
        boxes : Boxes
            The batches.
        attributes : mapping
            Who makes it and what for.

        Raises
        ------
        SweepError
            If it cannot be written.
        """
        check_packages()
        arrays = {}
        with _told(path):
            root = path.with_name(f"{path.name}.{uuid.uuid4().hex}{PARTIAL}")
            try:
                (root / PARTIAL).mkdir(parents=True)
                for name, each in coordinates(layout).items():
                    arrays[name] = _write_whole(root, name, each.dims, each.values, each.attrs)
                dims, shape = tuple(layout.dims), tuple(layout.dims.values())
                arrays[STATUS] = hierarchy.described(
                    dims, shape, boxes.chunk, "string", ABOUT[STATUS], MISSING
                )
                (root / STATUS).mkdir()
                (root / STATUS / METADATA).write_bytes(hierarchy.as_json(arrays[STATUS]))
                told = [name for name in arrays if name not in dims]
                whole = {
                    "format": FORMAT,
                    "format_version": FORMAT_VERSION,
                    **attributes,
                    "coordinates": " ".join([*told, FAILURE]),
                }
                (root / METADATA).write_bytes(hierarchy.as_json(hierarchy.group(whole, arrays)))
                root.rename(path)
            except BaseException:
                shutil.rmtree(root, ignore_errors=True)
                if not (path / METADATA).is_file():
                    raise
        return cls(path)

    @property
    def attributes(self) -> dict[str, Any]:
        """What the store was made for.

        Raises
        ------
        SweepError
            If the folder holds no sweep, or one of another version of the store.
        """
        try:
            found = dict(hierarchy.read_metadata(self.path)["attributes"])
        except (OSError, KeyError, ValueError, TypeError):
            found = {}
        if found.get("format") != FORMAT:
            raise SweepError(f"{str(self.path)!r} is no store of a sweep")
        if found.get("format_version") != FORMAT_VERSION:
            raise SweepError(
                f"{str(self.path)!r} has version {found.get('format_version')} of the store, and"
                f" this eqsim reads version {FORMAT_VERSION}\n  open it with"
                f" eqsim {found.get('eqsim')}"
            )
        return found

    @property
    def boxes(self) -> Boxes:
        """The batches of the sweep."""
        status = hierarchy.read_metadata(self.path / STATUS)
        return Boxes(tuple(status["shape"]), chunk_of(status))

    def done(self) -> list[tuple[int, int]]:
        """Return the runs that are kept: the first of each batch, and the one after its last."""
        return sorted(map(self.boxes.runs, hierarchy.chunks_in(self.path / STATUS)))

    def failed(self) -> list[tuple[int, int]]:
        """Return the batches with runs that failed."""
        import xarray

        found = xarray.open_zarr(str(self.path), chunks=None)
        if FAILURE not in found.coords:
            return []
        runs = np.flatnonzero(np.asarray(found[STATUS].values).ravel() == FAILED)
        boxes = self.boxes
        return sorted({boxes.runs(boxes.index(int(run))) for run in runs})

    def write(self, batch: Batch) -> None:
        """Write the values of a batch; they count when the sweep has taken it down.

        Raises
        ------
        SweepError
            If there is no room for them, or they do not fit to those of other batches.
        """
        boxes = self.boxes
        index = boxes.index(batch.first)
        assert boxes.runs(index) == (batch.first, batch.last)
        extent = boxes.extent(index)
        with _told(self.path):
            for name, form in batch.forms.items():
                metadata = self._array(name, form, boxes)
                form_in(metadata, len(extent)).joined(name, form)
                chunk = chunk_of(metadata)
                own = chunk[len(extent) :]
                counts = (max(1, -(-n // m)) for n, m in zip(form.extent, own, strict=True))
                for place in itertools.product(*map(range, counts)):
                    origin = [k * m for k, m in zip(place, own, strict=True)]
                    part = padded(batch.values[name], origin, own, form.dtype)
                    if part is not None:
                        whole = _filled(part.reshape(*extent, *own), chunk, np.nan)
                        hierarchy.write_chunk(self.path, name, (*index, *place), whole)

    def _array(self, name: str, form: Form, boxes: Boxes) -> Metadata:
        """Return the description of an array, which the first of its batches makes."""
        folder = self.path / name
        if not folder.exists():
            dims = hierarchy.read_metadata(self.path / STATUS)["dimension_names"]
            own = [max(1, n) for n in form.extent]
            if own:
                own[-1] = max(own[-1], -(-_VALUES // int(np.prod([*boxes.chunk, *own[:-1]]))))
            made = hierarchy.described(
                [*dims, *own_axes(name, form)],
                [*boxes.shape, *form.extent],
                [*boxes.chunk, *own],
                form.dtype,
                units_of(form.unit),
            )
            partial = hierarchy.partial_in(self.path)
            partial.mkdir()
            (partial / METADATA).write_bytes(hierarchy.as_json(made))
            try:
                partial.rename(folder)
            except OSError:
                shutil.rmtree(partial, ignore_errors=True)
                if not folder.exists():
                    raise
        return hierarchy.read_metadata(folder)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Ledger]:
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
            with _told(self.path):
                lock.truncate(0)
                lock.write(f"process {os.getpid()} on {platform.node()}")
                lock.flush()
                self._remove_leftovers()
            yield Ledger(self)

    def _remove_leftovers(self) -> None:
        """Remove what killed writers left, unless it is so new that one may be at work still."""
        for each in (self.path / PARTIAL).iterdir():
            with contextlib.suppress(OSError):
                if time.time() - each.stat().st_mtime > _OLD:
                    shutil.rmtree(each) if each.is_dir() else each.unlink()


class Ledger:
    """Takes down which batches are done, and what the arrays look like by that.

    Parameters
    ----------
    store : Store
        The store, of which this is the only one.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._path = store.path
        self._boxes = store.boxes
        found = hierarchy.read_metadata(store.path)
        self._attributes = found["attributes"]
        self._arrays: dict[str, Metadata] = found["consolidated_metadata"]["metadata"]

    def take(self, batch: Batch) -> None:
        """Take down that a batch is written.

        Parameters
        ----------
        batch : Batch
            What :meth:`Store.write` has written; its values are not needed.

        Raises
        ------
        SweepError
            If there is no room, or the values do not fit to those of other batches.
        """
        with _told(self._path):
            changed = [name for name, form in batch.forms.items() if self._grows(name, form)]
            if batch.failures and FAILURE not in self._arrays:
                about = self._arrays[STATUS]
                dims, shape = about["dimension_names"], about["shape"]
                self._arrays[FAILURE] = hierarchy.described(
                    dims, shape, chunk_of(about), "string", ABOUT[FAILURE]
                )
                (self._path / FAILURE).mkdir(exist_ok=True)
                changed.append(FAILURE)
            for name in changed:
                content = hierarchy.as_json(self._arrays[name])
                hierarchy.write(self._path, self._path / name / METADATA, content)
            if changed:
                content = hierarchy.as_json(hierarchy.group(self._attributes, self._arrays))
                hierarchy.write(self._path, self._path / METADATA, content)
            if FAILURE in self._arrays:
                self._write(batch, FAILURE, lambda run: batch.failures.get(run, ""), "")
            self._log(batch)
            told = (DONE, FAILED)
            self._write(batch, STATUS, lambda run: told[run in batch.failures], MISSING)

    def _grows(self, name: str, form: Form) -> bool:
        """Make an array as large as a batch needs it; return whether it was not so before."""
        made = self._arrays.get(name) or hierarchy.read_metadata(self._path / name)
        rank = len(self._boxes.shape)
        before = form_in(made, rank)
        after = before.joined(name, form)
        if name in self._arrays and after == before:
            return False
        made["shape"][rank:] = after.extent
        self._arrays[name] = made
        return True

    def _write(self, batch: Batch, name: str, text: Any, fill: str) -> None:
        index = self._boxes.index(batch.first)
        texts = np.array([text(run) for run in range(batch.first, batch.last)], dtype=object)
        whole = _filled(texts.reshape(self._boxes.extent(index)), self._boxes.chunk, fill)
        hierarchy.write_chunk(self._path, name, index, whole)

    def _log(self, batch: Batch) -> None:
        told = {
            "runs": [batch.first, batch.last],
            "host": batch.host,
            "seconds": round(batch.seconds, 6),
            "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        }
        with (self._path / _LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(told) + "\n")


def form_in(metadata: Metadata, rank: int) -> Form:
    """Return what the values of an array have in common.

    Parameters
    ----------
    metadata : dict
        The description of the array.
    rank : int
        How many of its axes are those of the runs.
    """
    unit = metadata["attributes"].get("units", "1")
    return Form(unit, metadata["data_type"] == "complex128", tuple(metadata["shape"][rank:]))


def check_packages() -> None:
    """Refuse to make a store where nobody could read it.

    Raises
    ------
    ModelError
        If zarr or xarray is missing.
    """
    if any(importlib.util.find_spec(name) is None for name in ("zarr", "xarray")):
        raise hierarchy.missing()


def _write_whole(
    root: Path, name: str, dims: tuple[str, ...], values: NDArray[Any], attrs: Mapping[str, Any]
) -> Metadata:
    dtype = "string" if values.dtype.kind == "U" else values.dtype.name
    metadata = hierarchy.described(dims, values.shape, values.shape, dtype, attrs)
    (root / name).mkdir()
    (root / name / METADATA).write_bytes(hierarchy.as_json(metadata))
    hierarchy.write_chunk(root, name, (0,) * values.ndim, values)
    return metadata


def _filled(values: NDArray[Any], shape: tuple[int, ...], fill: Any) -> NDArray[Any]:
    """Return values at the beginning of a larger array."""
    if values.shape == shape:
        return values
    whole = np.full(shape, fill, dtype=values.dtype)
    whole[tuple(map(slice, values.shape))] = values
    return whole


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Tell a user why nothing can be written."""
    try:
        yield
    except OSError as error:
        raise SweepError(
            f"cannot write into the store {str(path)!r}: {error.strerror or error}\n"
            "  what is in the store is complete; make room, and the same call goes on"
        ) from error
