"""Digests of what a sweep records, functions with the values that they hold."""

from __future__ import annotations

import functools
import hashlib
import types
from collections.abc import Iterable
from typing import Any

import numpy as np

from eqsim.network.kernels.externals import is_constant
from eqsim.sweeps.recording import Recording
from eqsim.units.quantity import Quantity, dimension_of, si_value


def digest_of_recordings(recordings: Iterable[Recording]) -> str:
    """Return a digest of what is kept of each run.

    Parameters
    ----------
    recordings : iterable of Recording
        The entries of ``record``.
    """
    found = hashlib.sha256()
    for each in recordings:
        found.update(f"|{each.name}|".encode() + _bytes_of(each.what, ()))
    return found.hexdigest()


def _bytes_of(what: Any, around: tuple[Any, ...]) -> bytes:
    """Return bytes that differ where texts, values, or functions and what they hold do."""
    if any(what is each for each in around):
        return b"recursion"
    inner = (*around, what)
    if isinstance(what, functools.partial):
        parts = (what.func, *what.args, *(p for pair in what.keywords.items() for p in pair))
        return b"|".join(_bytes_of(part, inner) for part in parts)
    if isinstance(what, types.MethodType):
        return _bytes_of(what.__func__, inner) + _bytes_of(what.__self__, inner)
    if isinstance(what, types.FunctionType):
        return _code(what.__code__) + b"|".join(_bytes_of(each, inner) for each in _held(what))
    if isinstance(what, np.ndarray | Quantity):
        numbers = np.asarray(si_value(what))
        if numbers.dtype.kind in "biuf":
            return numbers.tobytes() + str((numbers.shape, dimension_of(what))).encode()
    if isinstance(what, str) or is_constant(what):
        return repr(what).encode()
    return str(getattr(what, "__qualname__", type(what).__qualname__)).encode()


def _held(function: types.FunctionType) -> list[Any]:
    """Return the values that a function finds outside itself."""
    held = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    for cell in function.__closure__ or ():
        try:
            held.append(cell.cell_contents)
        except ValueError:  # a name that got no value yet
            continue
    names = sorted(_names(function.__code__) & function.__globals__.keys())
    return [*held, *(function.__globals__[name] for name in names)]


def _names(code: types.CodeType) -> set[str]:
    inner = (each for each in code.co_consts if isinstance(each, types.CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _code(code: types.CodeType) -> bytes:
    constants = b"".join(
        _code(each) if isinstance(each, types.CodeType) else repr(each).encode()
        for each in code.co_consts
    )
    return code.co_code + constants + repr(code.co_names).encode()
