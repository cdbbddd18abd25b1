"""What connectors take and give: two sides to the connections between them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError, ModelError
from eqsim.network.groups.group_arguments import checked_shape
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.randomness import mixed, one_key
from eqsim.network.synapses.connect_arguments import ConnectArguments
from eqsim.network.synapses.connectivity import NewSynapses
from eqsim.network.synapses.given_connections import count_of_weights, numbers_below
from eqsim.network.synapses.growing import MOST_SYNAPSES, too_many
from eqsim.network.synapses.stored import StoredSynapses
from eqsim.network.variables.variables import checked_values
from eqsim.runtime.rules import Rule
from eqsim.units.arguments import shown
from eqsim.units.dimensions import dimension_name
from eqsim.units.quantity import dimension_of, si_value, with_dimension

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sides:
    """The two populations that a connector connects.

    Parameters
    ----------
    pre_shape, post_shape : tuple of int
        How many elements each has along each axis; elements are numbered row by row.
    shift : int or None
        Element ``i`` of the first is the same as, or lies where, element ``i + shift`` of the
        second does; None if neither is known.

    Examples
    --------
    >>> Sides((4,), (6,), shift=2).own()
    array([2, 3, 4, 5])
    """

    pre_shape: tuple[int, ...]
    post_shape: tuple[int, ...]
    shift: int | None = None

    @classmethod
    def of_shapes(cls, pre_shape: Any, post_shape: Any = None) -> Sides:
        """Return the sides of two shapes; elements of equal shapes lie at the same places."""
        pre = checked_shape(pre_shape)
        post = pre if post_shape is None else checked_shape(post_shape)
        return cls(pre, post, 0 if pre == post else None)

    @classmethod
    def of_groups(cls, source: StateOwner, target: StateOwner) -> Sides:
        """Return the sides of two groups; parts of one group may share elements."""
        sides = cls.of_shapes(source.shape, target.shape)
        if source.storage is target.storage:
            return replace(sides, shift=source.first_stored - target.first_stored)
        return sides

    @property
    def n_pre(self) -> int:
        """How many elements the first side has."""
        return math.prod(self.pre_shape)

    @property
    def n_post(self) -> int:
        """How many elements the second side has."""
        return math.prod(self.post_shape)

    def reversed(self) -> Sides:
        """Return the sides exchanged."""
        shift = None if self.shift is None else -self.shift
        return Sides(self.post_shape, self.pre_shape, shift)

    def own(self) -> Whole:
        """Return for each element of the first side its own number on the second, -1 if none.

        Raises
        ------
        ModelError
            If it is not known which elements are the same.
        """
        if self.shift is None:
            raise ModelError(
                "include_self=False needs sides whose elements correspond, but their shapes are"
                f" {self.pre_shape} and {self.post_shape}\n"
                "  groups of one shape do, and parts of one group; otherwise leave it out"
            )
        numbers = np.arange(self.n_pre) + self.shift
        return np.where((numbers >= 0) & (numbers < self.n_post), numbers, -1)


@dataclass(frozen=True, eq=False)
class Connections:
    """Who is connected to whom, in rows: source by source, and by target within a source.

    Unpacks to ``pre, post``, and to ``pre, post, weights`` if there are weights.

    Parameters
    ----------
    sides : Sides
        What is connected.
    made : ndarray of int32 or None
        Numbers of the targets, shape (n,); None if they follow from a rule.
    begin : ndarray of int64
        Connections of source ``i`` are ``begin[i]`` up to ``begin[i + 1]``, shape (n_pre + 1,).
    weights : ndarray or Quantity, optional
        One for each connection, shape (n,).
    rule : Rule, optional
        The rule by which they are made, if there is one. What follows from it is read-only: with
        an array that can be written there is none.

    Examples
    --------
    >>> made = Connections.of_pairs(Sides.of_shapes(3, 2), [2, 0, 2], [1, 1, 0])
    >>> pre, post = made
    >>> pre, post, made.begin
    (array([0, 2, 2], dtype=int32), array([1, 0, 1], dtype=int32), array([0, 1, 1, 3]))
    """

    sides: Sides
    made: NDArray[np.int32] | None
    begin: Whole
    weights: Any = None
    rule: Rule | None = None

    def __post_init__(self) -> None:
        given = [each for each in (self.made, self.begin) if each is not None]
        if any(each.flags.writeable for each in given):
            object.__setattr__(self, "rule", None)

    @classmethod
    def following(cls, sides: Sides, rule: Rule) -> Connections:
        """Return connections that follow from a rule.

        Raises
        ------
        ModelError
            If there are more than synapses can be.
        """
        new = NewSynapses.following(rule, is_by_source=True)
        assert new.rule is not None
        assert new.rule.begin is not None
        made = None if new.made is None else _read_only(new.made.astype(np.int32))
        return cls(sides, made, _read_only(new.rule.begin.astype(np.int64)), rule=new.rule)

    @classmethod
    def in_rows(cls, sides: Sides, counts: Any, post: Any) -> Connections:
        """Return connections made source by source, in ascending order of targets.

        Parameters
        ----------
        sides : Sides
            What is connected.
        counts : array_like of int
            How many each source has, shape (n_pre,).
        post : array_like of int
            The targets, shape (n,).

        Raises
        ------
        ModelError
            If there is no such target, or sources have other numbers of targets than there are.
        """
        _check_sides(sides)
        begin = np.zeros(sides.n_pre + 1, dtype=np.int64)
        lengths = numbers_below(MOST_SYNAPSES + 1, counts, "the counts of connections")
        targets = numbers_below(sides.n_post, post, "targets")
        if lengths.shape != (sides.n_pre,) or lengths.sum(dtype=np.int64) != len(targets):
            raise ModelError(
                f"{len(lengths)} sources have {lengths.sum(dtype=np.int64)} connections, but there"
                f" are {sides.n_pre} sources and {len(targets)} targets\n"
                "  counts has the number of targets of each source"
            )
        np.cumsum(lengths, out=begin[1:])
        return cls(sides, targets.astype(np.int32, copy=False), begin)

    @classmethod
    def of_pairs(cls, sides: Sides, pre: Any, post: Any, weights: Any = None) -> Connections:
        """Return connections given in any order.

        Parameters
        ----------
        sides : Sides
            What is connected.
        pre, post : array_like of int
            Numbers of sources and targets that exist, shape (n,).
        weights : array_like or Quantity, optional
            One for each, shape (n,).

        Raises
        ------
        ModelError
            If there are more than synapses can be, or there is no such source or target.
        """
        _check_sides(sides)
        sources = numbers_below(sides.n_pre, pre, "sources").astype(np.int64, copy=False)
        targets = numbers_below(sides.n_post, post, "targets")
        if len(sources) > MOST_SYNAPSES:
            raise too_many(len(sources))
        n_weights = len(sources) if weights is None else count_of_weights(weights)
        if not len(sources) == len(targets) == n_weights:
            raise ModelError(
                f"there are {len(sources)} sources, {len(targets)} targets and"
                f" {n_weights} weights\n  each connection has one of each"
            )
        places = sources * sides.n_post
        places += targets
        counts = np.bincount(sources, minlength=sides.n_pre)
        if weights is None:
            places.sort()
        else:
            order = np.argsort(places, kind="stable")
            united = with_dimension(np.asarray(si_value(weights)), dimension_of(weights))
            places, weights = places[order], united[order]
        places %= sides.n_post
        return replace(cls.in_rows(sides, counts, places), weights=weights)

    @cached_property
    def post(self) -> NDArray[np.int32]:
        """Numbers of the targets, shape (n,); to change those of a rule, take a copy."""
        if self.made is not None:
            return self.made
        assert self.rule is not None
        return _read_only(self.rule.targets(np.dtype(np.int32)))

    @property
    def pre(self) -> NDArray[np.int32]:
        """Numbers of the sources, shape (n,)."""
        return np.repeat(np.arange(self.sides.n_pre, dtype=np.int32), np.diff(self.begin))

    @property
    def n_pre(self) -> int:
        """How many elements there are that may be sources."""
        return self.sides.n_pre

    @property
    def n_post(self) -> int:
        """How many elements there are that may be targets."""
        return self.sides.n_post

    @property
    def pre_shape(self) -> tuple[int, ...]:
        """How many sources there are along each axis."""
        return self.sides.pre_shape

    @property
    def post_shape(self) -> tuple[int, ...]:
        """How many targets there are along each axis."""
        return self.sides.post_shape

    @property
    def n_outgoing(self) -> Whole:
        """How many connections each source has, shape (n_pre,)."""
        return np.diff(self.begin)

    @property
    def n_incoming(self) -> Whole:
        """How many connections each target has, shape (n_post,)."""
        return np.bincount(self.post, minlength=self.n_post)

    def __len__(self) -> int:
        return int(self.begin[-1])

    def __iter__(self) -> Iterator[Any]:
        yield self.pre
        yield self.post
        if self.weights is not None:
            yield self.weights

    def __repr__(self) -> str:
        weights = "" if self.weights is None else ", with weights"
        sides = f"{self.pre_shape} to {self.post_shape}"
        return f"<Connections: {len(self)}, from {sides}{weights}>"


def _read_only(values: NDArray[Any]) -> NDArray[Any]:
    values.flags.writeable = False
    return values


def _check_sides(sides: Any) -> None:
    if not isinstance(sides, Sides):
        raise ModelError(
            f"sides is {shown(sides)}\n  expected: Sides, such as Sides.of_shapes(10, 20)"
        )


class Connector(ABC):
    """Says who is connected to whom.

    A class of its own defines :meth:`connections`. It is used by ``S.connect(connector)``, or
    alone, ``connector(pre_shape, post_shape)``.

    Parameters
    ----------
    seed : int, optional
        Where chance comes from, from 0 up to 2**64 - 1: the same connections each time. Without
        it, they follow from :func:`eqsim.seed`.

    Examples
    --------
    >>> class Next(Connector):
    ...     def connections(self, sides, key):
    ...         i = np.arange(sides.n_pre - 1)
    ...         return Connections.of_pairs(sides, i, i + 1)
    >>> Next()(4).post
    array([1, 2, 3], dtype=int32)
    """

    def __init__(self, *, seed: int | None = None) -> None:
        is_whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
        if seed is not None and not (is_whole and 0 <= seed < 2**64):
            raise ModelError(
                f"the seed of a connector is a whole number from 0 up to 2**64 - 1, not {seed!r}"
            )
        self.seed = seed

    @abstractmethod
    def connections(self, sides: Sides, key: int) -> Connections:
        """Return the connections between two sides.

        Parameters
        ----------
        sides : Sides
            What is connected.
        key : int
            The key of everything random, 64 bits.
        """

    def made(self, sides: Sides, key: int) -> Connections:
        """Return the connections, by the connector's own seed if it has one."""
        own = key if self.seed is None else mixed(int(self.seed), 0)
        found = self.connections(sides, own)
        if not isinstance(found, Connections):
            raise ModelError(
                f"'connections' of {type(self).__name__} returned {shown(found)}\n"
                "  expected: Connections, such as Connections.of_pairs(sides, i, j)"
            )
        return found

    def __call__(self, pre_shape: Any, post_shape: Any = None) -> Connections:
        """Return the connections between populations of two shapes.

        Parameters
        ----------
        pre_shape : int or tuple of int
            How many sources there are, or how many along each axis.
        post_shape : int or tuple of int, optional
            The same for the targets; by default the same population.

        Returns
        -------
        Connections
            Sources, targets, and weights if the connector gives any.

        Raises
        ------
        ModelError
            If the shapes do not suit the connector.
        """
        sides = Sides.of_shapes(pre_shape, post_shape)
        with one_key() as key:
            return self.made(sides, key)


def connector_of(arguments: ConnectArguments, weight: Any) -> Connector | None:
    """Return the connector that ``connect`` was given, None if it was given something else.

    Raises
    ------
    ModelError
        If a connector and other arguments exclude each other.
    """
    connector = arguments.condition
    if isinstance(connector, type) and issubclass(connector, Connector):
        raise ModelError(
            f"{connector.__name__} is a class of connectors\n  make one: {connector.__name__}(...)"
        )
    if not isinstance(connector, Connector):
        if weight is not None:
            raise ModelError(
                "weight names the variable that gets the weights of a connector, and there is"
                " none\n  give it: connect(connector, weight='w'), or set S.w after connect"
            )
        return None
    others = (arguments.i, arguments.j, arguments.p, arguments.n, arguments.skip_if_invalid)
    defaults = (None, None, 1.0, 1, False)
    if not all(np.ndim(o) == 0 and o == d for o, d in zip(others, defaults, strict=True)):
        raise ModelError(
            f"connect takes {type(connector).__name__} alone: it says everything about the"
            " pairs\n  leave out i, j, p, n and skip_if_invalid"
        )
    return connector


def checked_weights(
    synapses: StoredSynapses, made: Connections, weight: str | None
) -> dict[str, NDArray[Any]]:
    """Return the weights for a variable of synapses by its name, none if none are asked for.

    Raises
    ------
    ModelError, DimensionMismatchError
        If there are none, or the variable cannot have them.
    """
    if weight is None:
        return {}
    if made.weights is None:
        raise ModelError(
            f"the connector gives no weights for {weight!r} of {synapses.name!r}\n"
            f"  set them after connect: {synapses.name}.{weight} = ..."
        )
    variable = synapses.variables.get(weight)
    if variable is None or variable.is_read_only or variable.is_shared:
        declared = [d.name for d in synapses.equations.block.declarations]
        raise ModelError(
            f"{synapses.name!r} has no variable {weight!r} with a value for each synapse\n"
            f"  its variables: {', '.join(declared) or 'none'}"
        )
    if dimension_of(made.weights) is not variable.dimension:
        given, needed = map(dimension_name, (dimension_of(made.weights), variable.dimension))
        raise DimensionMismatchError(
            f"the weights of the connector have the unit {given}, and {weight!r} of"
            f" {synapses.name!r} has {needed}\n  give the connector weights in {needed}"
        )
    weights = with_dimension(np.asarray(si_value(made.weights)), variable.dimension)
    return {weight: checked_values(variable, weights, len(made))}


def new_synapses_of(made: Connections) -> NewSynapses:
    """Return connections as synapses to be made."""
    return NewSynapses(made.made, None, made.n_outgoing, made.rule, is_by_source=True)
