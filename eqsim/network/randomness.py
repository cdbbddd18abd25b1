"""The seed, and the keys of random numbers that follow from it.

Numbers are made from (key, stream, step, element) and nothing else. The key is the seed mixed
with a number that each network takes when it first runs after :func:`seed`: so the same script
gives the same numbers on every target, the second network of a script gives others than the first,
and a run continued is the run that was not interrupted.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsim.errors import ModelError
from eqsim.network.snapshots import Part, Parts, check_parts

_WORD = 2**64
_NUMPY_GENERATOR = "MT19937"
"""The generator behind ``np.random.rand`` and its like."""


@dataclass
class _RandomState:
    """The seed and how often a key was made from it."""

    seed: int
    is_given: bool = False
    generation: int = 0
    keys: int = 0


_state = _RandomState(secrets.randbits(63))


def seed(value: int | None = None) -> None:
    """Set the seed of everything random from now on, NumPy's generator included.

    Parameters
    ----------
    value : int, optional
        From 0 up to 2**64 - 1. Without it a new seed is taken from the system.

    Raises
    ------
    ModelError
        If it is no such number.

    Examples
    --------
    >>> seed(42)
    >>> current_seed()
    42
    """
    is_given = value is not None
    if value is None:
        value = secrets.randbits(63)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | np.integer)
        or not (0 <= value < _WORD)
    ):
        raise ModelError(f"a seed is a whole number from 0 up to 2**64 - 1, not {value!r}")
    _state.seed = int(value)
    _state.is_given = is_given
    _state.generation += 1
    _state.keys = 0
    np.random.seed(int(value) % 2**32)  # noqa: NPY002 - scripts use NumPy's own generator


def current_seed() -> int:
    """Return the seed in use: repeat a run that was not seeded by passing it to :func:`seed`.

    Returns
    -------
    int
        From 0 up to 2**64 - 1.

    Examples
    --------
    >>> from eqsim import seed
    >>> seed(7)
    >>> current_seed()
    7
    """
    return _state.seed


def is_seeded() -> bool:
    """Return whether the seed in use was given to :func:`seed`, and not taken from the system."""
    return _state.is_given


class RandomKey:
    """The key of one network, or of values that a user sets by expressions.

    It is made when first needed and kept until :func:`seed` is called or it is renewed.
    """

    def __init__(self) -> None:
        self._generation = -1
        self._key = 0

    @classmethod
    def fixed(cls) -> RandomKey:
        """Return a key for a program that is not run."""
        made = cls()
        made._generation = _state.generation
        return made

    @property
    def is_made(self) -> bool:
        """Whether it is there already."""
        return self._generation == _state.generation

    @property
    def value(self) -> int:
        """The key: 64 bits."""
        if self._generation != _state.generation:
            self.renew()
        return self._key

    def renew(self) -> None:
        """Take a new key."""
        self._key = mixed(_state.seed, _state.keys)
        self._generation = _state.generation
        _state.keys += 1

    def snapshot(self) -> dict[str, Part]:
        """Return the key, and all that random numbers of this process follow from."""
        kept: dict[str, Part] = {
            "has_key": self._generation == _state.generation,
            "key": np.array(self._key, dtype=np.uint64),
            "seed": np.array(_state.seed, dtype=np.uint64),
            "keys": _state.keys,
        }
        numpy_state: Any = np.random.get_state(legacy=False)  # noqa: NPY002 - scripts use it
        if numpy_state["bit_generator"] == _NUMPY_GENERATOR:
            words = numpy_state["state"]
            kept |= {"numpy.key": words["key"], "numpy.position": words["pos"]}
            kept |= {
                "numpy.has_gauss": numpy_state["has_gauss"],
                "numpy.gauss": numpy_state["gauss"],
            }
        return kept

    def check_snapshot(self, saved: Parts) -> None:
        """Refuse what is no state of random numbers.

        Raises
        ------
        ModelError
            If parts are missing or have another form.
        """
        check_parts("random numbers", self.snapshot(), saved, _never, _is_of_numpy)

    def restore_snapshot(self, saved: Parts) -> None:
        """Put back what :meth:`snapshot` returned: the numbers that come next are those again."""
        _state.seed, _state.keys = int(saved["seed"]), int(saved["keys"])
        self._key = int(saved["key"])
        self._generation = _state.generation if saved["has_key"] else -1
        if "numpy.key" in saved:
            words, position = np.asarray(saved["numpy.key"]), int(saved["numpy.position"])
            gauss = int(saved["numpy.has_gauss"]), float(saved["numpy.gauss"])
            state = (_NUMPY_GENERATOR, words, position, *gauss)
            np.random.set_state(state)  # noqa: NPY002 - scripts use it


def _never(part: str) -> bool:
    del part
    return False


def _is_of_numpy(part: str) -> bool:
    return part.startswith("numpy.")


class UpcomingKeys:
    """The keys that this process would take next; none is taken.

    Parameters
    ----------
    unused : int, optional
        A key that was taken and with which nothing has run: it comes first.

    Examples
    --------
    >>> seed(1)
    >>> upcoming, key = UpcomingKeys(), RandomKey()
    >>> upcoming.take() == (key.value, 1)
    True
    """

    def __init__(self, unused: int | None = None) -> None:
        self.taken = 0
        self.unused = unused
        self._keys = _state.keys
        self._seed = _state.seed
        self._generation = _state.generation

    @property
    def is_outdated(self) -> bool:
        """Whether :func:`seed` was called since."""
        return self._generation != _state.generation

    def take(self) -> tuple[int, int]:
        """Return the next one, and its number: 0 for that of the network."""
        if self.unused is not None:
            key, self.unused = self.unused, None
            return key, 0
        self.taken += 1
        return mixed(self._seed, self._keys + self.taken - 1), self.taken


@contextmanager
def one_key() -> Iterator[int]:
    """Take one key for everything random in a block, whatever is evaluated there.

    A block that is left by an error has taken none: what is refused leaves no trace. Keys that
    are taken inside the block are others than all that are taken outside.
    """
    before = _state.keys
    _state.keys = (before + 1) << 32
    try:
        yield mixed(_state.seed, before)
    except BaseException:
        _state.keys = before
        raise
    _state.keys = before + 1


def mixed(value: int, number: int) -> int:
    """Return 64 bits that depend on all bits of both numbers.

    The finaliser of SplitMix64 [1]_, which is a bijection of 64-bit words.

    References
    ----------
    .. [1] Steele, G. L., Lea, D. & Flood, C. H. (2014). Fast splittable pseudorandom number
       generators. OOPSLA. doi:10.1145/2660193.2660195
    """
    word = (value + 0x9E3779B97F4A7C15 * (number + 1)) % _WORD
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % _WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB % _WORD
    return word ^ (word >> 31)


def as_array(*keys: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return keys as the array that programs hold them in, one per instance."""
    return np.array(keys, dtype=np.uint64).view(np.int64)
