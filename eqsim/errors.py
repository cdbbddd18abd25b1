"""Everything that eqsim raises.

::

    EqsimError
    ├── EquationError (ValueError)       a text is wrong; carries the place, prints a caret
    │   ├── EquationSyntaxError          the text does not follow the language
    │   ├── UnknownNameError             a name that nothing defines
    │   ├── DimensionError               units that do not fit, inside an equation
    │   ├── CyclicDefinitionError        subexpressions that need each other
    │   └── EquationsError               several of the above, found in one block
    ├── DimensionMismatchError           units that do not fit, in a calculation with quantities
    ├── ModelError (ValueError)          a value, a shape or an option given by the user is wrong
    │   └── MagicError                   ``run()`` cannot tell which objects are meant
    ├── IntegratorError (ValueError)     the method cannot treat this system
    ├── TargetError                      the target cannot express or run this program
    ├── BuildError                       the compiler failed: command, log, the user's line
    ├── RunError                         a simulation failed while it ran
    │   └── IntegrationError             the integration of an equation failed
    └── SweepError                       points of a sweep failed, or its store cannot be used

A message says what is wrong, where, what was expected or is known, and what to do, in this order.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence

from eqsim.source import Span


class EqsimError(Exception):
    """Base of all errors that eqsim raises on purpose."""


class EquationError(EqsimError, ValueError):
    """A text of the user is wrong at a place.

    Parameters
    ----------
    problem : str
        What is wrong, in the user's words, without a full stop.
    span : Span, optional
        Where.
    details : sequence of str
        What was expected or is known, one line each.
    hint : str, optional
        What to do.
    """

    def __init__(
        self,
        problem: str,
        span: Span | None = None,
        *,
        details: Sequence[str] = (),
        hint: str | None = None,
    ) -> None:
        self.problem = problem
        self.span = span
        self.details = tuple(details)
        self.hint = hint
        where = problem if span is None else f"{problem}\n{span.pointed()}"
        super().__init__(message(where, *details, hint))


class EquationSyntaxError(EquationError, SyntaxError):
    """The text does not follow the language."""

    @property
    def msg(self) -> str:  # type: ignore[override]
        """What tracebacks show, which know the parts of a SyntaxError only."""
        return str(self.args[0])

    def __str__(self) -> str:
        # SyntaxError would add its own idea of file and line.
        return str(self.args[0])


class UnknownNameError(EquationError, KeyError):
    """A name that nothing defines."""

    def __str__(self) -> str:
        # KeyError would print the repr of the message.
        return str(self.args[0])


class CyclicDefinitionError(EquationError):
    """Subexpressions that need each other."""


class EquationsError(EquationError):
    """Several errors that were found in one block of equations.

    Parameters
    ----------
    errors : sequence of EquationError
        At least two.
    """

    def __init__(self, errors: Sequence[EquationError]) -> None:
        self.errors = tuple(errors)
        shown = (f"{type(error).__name__}: {error}" for error in errors)
        super().__init__("\n\n".join((f"{len(self.errors)} errors", *shown)))


class DimensionMismatchError(EqsimError, TypeError):
    """Units that do not fit, in a calculation with quantities."""


class DimensionError(EquationError, DimensionMismatchError):
    """Units that do not fit, inside an equation."""


class ModelError(EqsimError, ValueError):
    """A value, a shape or an option given by the user is wrong."""


class MagicError(ModelError):
    """``run()`` cannot tell which objects are meant."""


class IntegratorError(EqsimError, ValueError):
    """The integration method cannot treat this system of equations."""


class TargetError(EqsimError):
    """The target cannot express or run this program."""


class BuildError(EqsimError):
    """The compiler failed."""


class RunError(EqsimError, RuntimeError):
    """A simulation failed while it ran."""


class IntegrationError(RunError):
    """The integration of a differential equation failed for an element of a group.

    Parameters
    ----------
    message : str
        Which variable of which element, when, and what to do.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)


class SweepError(EqsimError, RuntimeError):
    """Points of a sweep failed, or its store cannot be used.

    Parameters
    ----------
    message : str
        What happened and what to do.
    failures : dict of int to str, optional
        For each run that failed, by its number, why.
    """

    def __init__(self, message: str, failures: Mapping[int, str] | None = None) -> None:
        super().__init__(message)
        self.failures = dict(failures or {})


def raise_together(errors: Iterable[EquationError]) -> None:
    """Raise what was found: nothing, the only error, or all of them as one.

    The user mends a model once, not error by error.
    """
    found = list(errors)
    if len(found) == 1:
        raise found[0]
    if found:
        raise EquationsError(found)


def message(problem: str, *lines: str | None) -> str:
    """Return the text of an error: what is wrong, and below it what is known and what to do.

    Parameters
    ----------
    problem : str
        What is wrong, in the user's words, without a full stop.
    *lines : str or None
        What stands below it; a line that is None is left out, so that what
        :func:`did_you_mean` returns can be one.

    Examples
    --------
    >>> known = ["tau", "v"]
    >>> print(message("there is no 'tua'", "known: tau, v", did_you_mean("tua", known)))
    there is no 'tua'
      known: tau, v
      did you mean 'tau'?
    """
    return "\n  ".join((problem, *(line for line in lines if line is not None)))


def did_you_mean(name: str, known: Collection[str], similarity: float = 0.6) -> str | None:
    """Return the question that offers the known name closest to ``name``.

    ``similarity`` is what :func:`difflib.get_close_matches` asks for, from 0 to 1.

    Examples
    --------
    >>> did_you_mean("tua", ["E", "tau", "v"])
    "did you mean 'tau'?"
    >>> did_you_mean("xyz", ["E", "tau", "v"]) is None
    True
    """
    folded = name.casefold()
    by_case = [k for k in known if k.casefold() == folded]
    close = by_case or difflib.get_close_matches(name, sorted(known), n=3, cutoff=similarity)
    if not close:
        return None
    best = min(close, key=lambda k: abs(len(k) - len(name)))
    return f"did you mean {best!r}?"
