"""Statements over expression trees: what a kernel does, element by element.

``Accumulate`` is the only statement in which two elements can meet in one place, ``Emit`` the only
one that appends. Everything else touches the element's own values only, which is why the same body
serves any number of threads and every target.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from eqsim.expressions.nodes import Expr, Kind


class Distribution(Enum):
    """Distributions of the counter-based random numbers.

    The value is the user's name for it; ``BERNOULLI`` is what comparing ``rand()`` with a
    probability becomes.
    """

    UNIFORM = "rand"
    NORMAL = "randn"
    POISSON = "poisson"
    BINOMIAL = "binomial"
    BERNOULLI = "bernoulli"


@dataclass(frozen=True, slots=True)
class Assign:
    """``target = value``; the target is a variable, or a local that this statement defines."""

    target: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Accumulate:
    """``target += value`` where several elements may share the target."""

    target: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Draw:
    """Define the local ``target`` as a random number.

    Parameters
    ----------
    target : str
        A new local name.
    distribution : Distribution
        What is drawn.
    arguments : tuple of Expr
        Parameters of the distribution: the mean for ``POISSON``, the number of trials and their
        probability for ``BINOMIAL``, the probability for ``BERNOULLI``, which has to be the same
        for all elements, otherwise nothing.
    stream : str
        Name of the random stream; two draws of one stream in one step are the same number.
    """

    target: str
    distribution: Distribution
    arguments: tuple[Expr, ...]
    stream: str


@dataclass(frozen=True, slots=True)
class Gather:
    """Define the local ``target`` as one element of an array that the kernel does not change.

    Parameters
    ----------
    target : str
        A new local name.
    array : str
        Name of an array of the program, of any extent.
    index : Expr
        Which element: an integer that lies in the array.
    kind : Kind
        What the array holds.
    """

    target: str
    array: str
    index: Expr
    kind: Kind = Kind.FLOAT


@dataclass(frozen=True, slots=True)
class Invoke:
    """Define the local ``target`` as the result of a function of the program.

    Parameters
    ----------
    target : str
        A new local name.
    function : str
        Name of one of the program's functions.
    arguments : tuple of Expr
        What it is called with.
    kind : Kind
        What it returns.
    """

    target: str
    function: str
    arguments: tuple[Expr, ...]
    kind: Kind = Kind.FLOAT


@dataclass(frozen=True, slots=True)
class MatrixExponential:
    """Define ``size * size`` locals as the exponential of a small matrix, row by row.

    Parameters
    ----------
    targets : tuple of str
        New local names, shape (size * size,).
    entries : tuple of Expr
        Entries of the matrix, shape (size * size,).
    """

    targets: tuple[str, ...]
    entries: tuple[Expr, ...]

    @property
    def size(self) -> int:
        """The number of rows."""
        return math.isqrt(len(self.entries))


@dataclass(frozen=True, slots=True)
class Branch:
    """Run ``body`` for the elements where ``condition`` holds."""

    condition: Expr
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class While:
    """Run ``body`` again and again for the elements for which ``condition`` holds before it.

    Names that are defined before the loop are carried from one pass to the next, and on to what
    follows; others are local to one pass. Whoever makes a loop bounds the number of its passes.

    Parameters
    ----------
    condition : Expr
        A truth value, over names that are defined before the loop.
    body : tuple of Statement
        One pass. It defines and assigns only: no random numbers, rows, sums or checks.
    """

    condition: Expr
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """Note a problem of the element unless ``fine`` holds; the run ends after the step.

    Parameters
    ----------
    fine : Expr
        A truth value.
    problem : str
        Key of the problem: ``"neurongroup.not_finite"``.
    """

    fine: Expr
    problem: str


@dataclass(frozen=True, slots=True)
class Emit:
    """Append one row to a buffer."""

    buffer: str
    values: tuple[Expr, ...]


Statement = (
    Assign
    | Accumulate
    | Draw
    | Gather
    | Invoke
    | MatrixExponential
    | Branch
    | While
    | Check
    | Emit
)
