"""What a sweep is to do, as one value that other processes can take."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eqsim.errors import ModelError, did_you_mean
from eqsim.network.functions.calls import Callee
from eqsim.network.functions.functions import has_units
from eqsim.network.kernels.externals import is_constant
from eqsim.network.objects import NetworkObject
from eqsim.network.randomness import mixed
from eqsim.network.running.arguments import flatten
from eqsim.network.running.network import Network
from eqsim.sweeps.projects import Project
from eqsim.sweeps.recording import Recording
from eqsim.sweeps.sampling import Space
from eqsim.targets import Target
from eqsim.units.quantity import Quantity, dimension_of, si_value

SEED = "seed"
"""The parameter that is the seed of each run."""
CONNECTIVITY_SEED = "connectivity_seed"
"""The parameter that is the seed with which a function makes the network."""

DURATION = "duration"
"""The parameter that is how long each run is."""
OF_RUNS = frozenset({SEED, CONNECTIVITY_SEED, DURATION})
"""Parameters that are no part of a model."""


def ambiguous_duration() -> ModelError:
    """Return why how long runs are cannot be varied where equations use the same name."""
    return ModelError(
        f"{DURATION!r} is ambiguous: it is how long runs are, and a constant of the equations\n"
        "  give the constant another name in the model"
    )


Maker = Callable[..., Any]
_WORD = 2**64


def checked_seed(seed: Any) -> int:
    """Return a seed.

    Raises
    ------
    ModelError
        If it is none.
    """
    is_whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not is_whole or not 0 <= seed < _WORD:
        raise ModelError(f"a seed is a whole number from 0 up to 2**64 - 1, not {seed!r}")
    return int(seed)


def checked_seeds(space: Space) -> None:
    """Refuse seeds of a space that are none.

    Raises
    ------
    ModelError
        If one is none.
    """
    for name in space.columns.keys() & {SEED, CONNECTIVITY_SEED}:
        for seed in space.columns[name]:
            is_whole = isinstance(seed, float | np.floating) and float(seed).is_integer()
            checked_seed(int(seed) if is_whole else seed)


@dataclass(frozen=True)
class Job:
    """What a sweep is to do.

    Parameters
    ----------
    model : Network, function or Project
        The network, or what makes it, or an exported project.
    namespace : dict of str to object
        Constants of the equations.
    space : Space
        The points.
    repeats : int
        How many runs each point has.
    seed : int
        The seed of the sweep.
    duration : Quantity
        How long a run is, or the longest one.
    recordings : tuple of Recording
        What is kept of each run.
    target : Target
        Where runs are simulated.
    names : dict of str to str
        Names that the user has for objects of the network, and their own.
    """

    model: Network | Maker | Project
    namespace: Mapping[str, Any]
    space: Space
    repeats: int
    seed: int
    duration: Quantity
    recordings: tuple[Recording, ...]
    target: Target
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def maker(self) -> Maker:
        """The function that makes the network."""
        assert not isinstance(self.model, Network | Project)
        return self.model

    @property
    def runs(self) -> int:
        """How many runs there are: point by point, the repeats of a point one after the other."""
        return len(self.space) * self.repeats

    def point_of(self, run: int) -> dict[str, Any]:
        """Return the parameters of a run."""
        return self.space.point(run // self.repeats)

    def seed_of(self, run: int) -> int:
        """Return the seed of a run: what ``seed()`` takes to repeat it alone."""
        if SEED not in self.space.columns:
            return mixed(self.seed, run)
        given = int(self.space.columns[SEED][run // self.repeats])
        return given if self.repeats == 1 else mixed(given, run % self.repeats)

    def duration_of(self, run: int) -> Quantity:
        """Return how long a run is."""
        if DURATION not in self.space.columns:
            return self.duration
        found: Quantity = self.space.columns[DURATION][run // self.repeats]
        return found

    def described(self, run: int) -> str:
        """Return the parameters of a run as a text."""
        told = [f"{name} = {value}" for name, value in self.point_of(run).items()]
        if self.repeats > 1:
            told.append(f"repeat {run % self.repeats}")
        return ", ".join(told)

    def taken(self) -> frozenset[str]:
        """Return the parameters that the function that makes the network takes."""
        if isinstance(self.model, Network | Project):
            return frozenset()
        names = self.space.columns.keys()
        kinds = inspect.signature(self.model).parameters
        if any(kind.kind is kind.VAR_KEYWORD for kind in kinds.values()):
            return frozenset(names) - OF_RUNS
        return frozenset(names & kinds.keys())


def digest_of_space(space: Space, repeats: int) -> str:
    """Return a digest of the points of a sweep."""
    found = hashlib.sha256(f"{repeats} {dict(space.shape)}".encode())
    for name, values in space.columns.items():
        found.update(f"|{name}|".encode())
        if isinstance(values, list):
            for each in values:
                found.update(_bytes_of(each))
        else:
            numbers = np.asarray(si_value(values))
            found.update(f"{dimension_of(values)}|{numbers.dtype}|".encode() + numbers.tobytes())
    return found.hexdigest()


def _bytes_of(value: Any) -> bytes:
    """Return bytes that differ where values do."""
    stored = getattr(value, "stored", value)
    if isinstance(stored, Quantity | np.ndarray | list | tuple | float | int):
        numbers = np.asarray(si_value(stored))
        if numbers.dtype.kind in "biuf":
            return numbers.tobytes() + str((numbers.shape, dimension_of(stored))).encode()
    return str(value).encode()


def constants_in(names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names of a namespace that equations may use: other things stay where they are."""
    return {
        name: value
        for name, value in names.items()
        if not name.startswith("__")
        and (is_constant(value) or isinstance(value, Callee) or has_units(value))
    }


def made_by(
    maker: Maker, given: Mapping[str, Any]
) -> tuple[Network, dict[str, Any], dict[str, str]]:
    """Return the network that a function makes, constants that come with it, and names of objects.

    Parameters
    ----------
    maker : callable
        Returns a Network, objects, or a dict of names such as ``locals()``.
    given : mapping of str to object
        Its arguments.

    Raises
    ------
    ModelError
        If it returns something else.
    """
    name = getattr(maker, "__name__", repr(maker))
    _check_arguments(maker, name, given)
    made = maker(**given)
    if isinstance(made, Network):
        return made, {}, {}
    if isinstance(made, Mapping):
        networks = [value for value in made.values() if isinstance(value, Network)]
        objects = [
            value
            for value in made.values()
            if isinstance(value, NetworkObject) and value.add_to_magic_network
        ]
        network = networks[0] if networks else Network(sorted(objects, key=lambda o: o.creation))
        aliases = {
            name: str(value.name)
            for name, value in made.items()
            if isinstance(value, NetworkObject)
        }
        if len(network):
            return network, constants_in(made), aliases
    elif isinstance(made, NetworkObject) or (isinstance(made, list | tuple) and made):
        return Network(list(flatten([made]))), {}, {}
    raise ModelError(
        f"{name!r} makes no network: it returned {made!r}\n"
        "  let it return a Network, its objects, or locals()"
    )


def _check_arguments(maker: Maker, name: str, given: Mapping[str, Any]) -> None:
    """Refuse a function that needs more than the space has."""
    kinds = inspect.signature(maker).parameters.values()
    variable = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    needed = [
        each.name
        for each in kinds
        if each.default is each.empty and each.kind not in variable and each.name not in given
    ]
    if needed:
        raise ModelError(
            f"{name!r} needs {', '.join(map(repr, needed))}, which is no parameter of the space\n"
            f"  add {{{needed[0]!r}: [...]}} to the space, or give the argument a default"
        )


_MADE = ("dt", "N", "method", "threshold", "reset", "refractory")
"""What groups are made with, and no network can change any more."""


def unknown_parameter(name: str, known: Iterable[str]) -> ModelError:
    """Return the error about a parameter that the model does not have."""
    known = list(dict.fromkeys(known))
    last = name.rpartition(".")[2]
    bare = [each for each in known if each.endswith(f".{name}")]
    if last in _MADE and not bare:
        hint: str | None = (
            f"groups are made with it: give the sweep a function that takes {last!r}"
            f" and makes them, def make({last}): ..., and vary {last!r}"
        )
    else:
        hint = f"did you mean {bare[0]!r}?" if bare else did_you_mean(name, known)
    return ModelError(
        f"the model has no parameter {name!r} that a sweep could vary\n"
        f"  it has: {', '.join(known) or 'none'}" + (f"\n  {hint}" if hint else "")
    )
