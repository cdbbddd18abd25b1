"""Arrays as zarr 3 lays them down: their description as JSON, and the bytes of a chunk.

Written here and not by the package zarr, which reads them: a chunk gets its name when it is
complete, may lie beyond the end that its array has so far, and costs microseconds.

References
----------
.. [1] Zarr core specification, version 3. https://zarr-specs.readthedocs.io/en/latest/v3/core/
.. [2] The codec ``vlen-utf8``. https://github.com/zarr-developers/zarr-extensions
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError

Metadata = dict[str, Any]

METADATA = "zarr.json"
PARTIAL = ".partial"
"""The folder of what is not complete: no description names it."""

_FILLS: dict[str, Any] = {"float64": "NaN", "complex128": ["NaN", "NaN"], "string": ""}


def described(
    dims: Sequence[str],
    shape: Sequence[int],
    chunk: Sequence[int],
    dtype: str,
    attributes: Mapping[str, Any],
    fill: Any = None,
) -> Metadata:
    """Return the description of an array.

    Parameters
    ----------
    dims : sequence of str
        Names of its axes.
    shape, chunk : sequence of int
        Its lengths, and those of a chunk.
    dtype : str
        The name of a numpy type, or ``string``.
    attributes : mapping
        ``units`` and more.
    fill : optional
        What is where no chunk is; by default nan, zero or an empty text.
    """
    to_bytes: Metadata = {"name": "bytes", "configuration": {"endian": "little"}}
    if dtype == "string":
        to_bytes = {"name": "vlen-utf8", "configuration": {}}
    absent = False if dtype == "bool" else 0
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(map(int, shape)),
        "data_type": dtype,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(map(int, chunk))}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "."}},
        "fill_value": _FILLS.get(dtype, absent) if fill is None else fill,
        "codecs": [
            to_bytes,
            {"name": "zstd", "configuration": {"level": _LEVEL, "checksum": False}},
        ],
        "attributes": dict(attributes),
        "dimension_names": list(dims),
        "storage_transformers": [],
    }


_LEVEL = 1


def group(attributes: Mapping[str, Any], arrays: Mapping[str, Metadata]) -> Metadata:
    """Return the description of a group, with those of all its arrays."""
    return {
        "zarr_format": 3,
        "node_type": "group",
        "attributes": dict(attributes),
        "consolidated_metadata": {
            "kind": "inline",
            "must_understand": False,
            "metadata": dict(arrays),
        },
    }


def chunk_of(metadata: Metadata) -> tuple[int, ...]:
    """Return the lengths of the chunks of an array."""
    return tuple(metadata["chunk_grid"]["configuration"]["chunk_shape"])


def write_chunk(root: Path, name: str, index: Sequence[int], values: NDArray[Any]) -> None:
    """Write a chunk, complete or not at all.

    Parameters
    ----------
    root : Path
        The folder of the group.
    name : str
        The array.
    index : sequence of int
        The number of the chunk along each axis.
    values : ndarray
        As large as the chunks of the array are; of texts or numbers.
    """
    raw = _texts(values) if values.dtype.kind in "UO" else np.ascontiguousarray(values)
    if isinstance(raw, np.ndarray):
        raw = raw.astype(raw.dtype.newbyteorder("<"), copy=False)
    write(root, root / name / chunk_name(index), bytes(_zstd().encode(raw)))


def chunk_name(index: Sequence[int]) -> str:
    """Return the name of the file of a chunk.

    Examples
    --------
    >>> chunk_name((0, 3))
    'c.0.3'
    """
    return ".".join(["c", *map(str, index)])


def chunks_in(folder: Path) -> list[tuple[int, ...]]:
    """Return the numbers of the chunks that an array has."""
    names = (each.name for each in os.scandir(folder) if each.name.startswith("c."))
    return [tuple(map(int, name.split(".")[1:])) for name in names]


def write(root: Path, final: Path, content: bytes) -> None:
    """Write a file, complete or not at all, in place of what has its name."""
    partial = partial_in(root)
    try:
        partial.write_bytes(content)
        partial.replace(final)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def partial_in(root: Path) -> Path:
    """Return a new name for what is not complete, which tells the process that writes it."""
    return root / PARTIAL / f"{os.getpid()}-{uuid.uuid4().hex}"


def read_metadata(folder: Path) -> Metadata:
    """Return the description of an array or group."""
    found: Metadata = json.loads((folder / METADATA).read_text(encoding="utf-8"))
    return found


def as_json(metadata: Metadata) -> bytes:
    """Return the text of a description."""
    return json.dumps(metadata, indent=1).encode()


def _texts(values: NDArray[Any]) -> bytes:
    texts = [str(each).encode() for each in values.ravel()]
    parts = [len(texts).to_bytes(4, "little")]
    for each in texts:
        parts += [len(each).to_bytes(4, "little"), each]
    return b"".join(parts)


def _zstd() -> Any:
    try:
        from numcodecs.zstd import Zstd
    except ImportError as error:
        raise missing() from error
    return Zstd(level=_LEVEL)


def missing() -> ModelError:
    """Return the error about packages that a store needs."""
    return ModelError(
        "a store of a sweep needs the packages zarr and xarray\n"
        "  install them with: pip install 'eqsim[sweep]'; or leave out 'store'"
    )
