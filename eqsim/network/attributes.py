"""Objects that refuse what is misspelt: keywords when they are made, attributes afterwards."""

from __future__ import annotations

import inspect
from abc import ABCMeta
from functools import cache
from typing import Any

from eqsim.errors import ModelError, did_you_mean, message

_SIMILAR = 0.8
"""Names that are less alike are two names."""


class _Making(ABCMeta):
    """Makes objects, and notes when one is complete."""

    @property
    def __signature__(cls) -> inspect.Signature:
        """The arguments of the class, as help and editors show them."""
        found = inspect.signature(cls.__init__)  # type: ignore[misc]
        return found.replace(parameters=list(found.parameters.values())[1:])

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an object.

        Raises
        ------
        ModelError
            If it takes no argument of a name.
        """
        known = _keywords(cls)
        for name in kwargs:
            if known is not None and name not in known:
                raise ModelError(
                    message(
                        f"{cls.__name__} has no argument {name!r}",
                        f"its arguments: {', '.join(known)}",
                        did_you_mean(name, known),
                    )
                )
        made = super().__call__(*args, **kwargs)
        own = frozenset(name for name in made.__dict__ if not name.startswith("_"))
        object.__setattr__(made, "_made_with", own)
        return made


@cache
def _keywords(cls: type) -> tuple[str, ...] | None:
    """Return the names of the arguments of a class, None if it takes any."""
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]  # type: ignore[misc]
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return tuple(p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY))


class FixedAttributes(metaclass=_Making):
    """What refuses attributes, once it is made, that are one of its own misspelt.

    Others may be set: users keep things of theirs at objects.

    Examples
    --------
    >>> from eqsim import Network
    >>> net = Network(name='network')
    >>> net.shedule = ['start', 'end']
    Traceback (most recent call last):
        ...
    AttributeError: 'network' has no attribute 'shedule' to set
      did you mean 'schedule'?
      something of yours of that name: add_attribute('shedule') first
    """

    def __setattr__(self, name: str, value: object) -> None:
        found = getattr(type(self), name, None)
        own = getattr(self, "name", type(self).__name__)
        if isinstance(found, property) and found.fset is None:
            raise AttributeError(f"{name!r} of {own!r} cannot be set")
        is_new = found is None and name not in self.__dict__ and not name.startswith("_")
        if is_new and "_made_with" in self.__dict__ and name not in self._added:
            meant = did_you_mean(name, self._settable(), _SIMILAR)
            if meant is not None:
                raise AttributeError(
                    message(
                        f"{own!r} has no attribute {name!r} to set",
                        meant,
                        f"something of yours of that name: add_attribute({name!r}) first",
                    )
                )
        object.__setattr__(self, name, value)

    @property
    def _added(self) -> frozenset[str]:
        """The names under which the user keeps something."""
        added: frozenset[str] = self.__dict__.get("_names_added", frozenset())
        return added

    def add_attribute(self, name: str) -> None:
        """Let the user keep something of their own at the object, whatever it is called.

        Parameters
        ----------
        name : str
            Under which name.

        Raises
        ------
        AttributeError
            If the object has something of that name.

        Examples
        --------
        >>> from eqsim import NeuronGroup
        >>> G = NeuronGroup(3, 'v : 1')
        >>> G.add_attribute('region')
        >>> G.region = 'CA1'
        """
        if hasattr(self, name):
            own = getattr(self, "name", type(self).__name__)
            raise AttributeError(f"{own!r} has {name!r} already")
        object.__setattr__(self, "_names_added", self._added | {name})

    def _settable(self) -> list[str]:
        """Return what users can set: properties of the class, and what it was made with."""
        members = inspect.getmembers(type(self), lambda found: isinstance(found, property))
        properties = (name for name, found in members if found.fset is not None)
        return [*properties, *sorted(self.__dict__["_made_with"])]
