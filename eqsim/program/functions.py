"""Functions from outside the language: what the statement ``Invoke`` calls.

A program holds everything that such a function consists of: for compiled targets texts and what
their compiler is told, for the reference interpreter a Python function. It is part of the
program's identity, and so of what decides whether something is compiled anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eqsim.expressions.nodes import Kind


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A file that is compiled with a function or included by it.

    Parameters
    ----------
    path : str
        Where it lies: relative to the sources of the program, with ``/``.
    text : str
        What it holds.
    """

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class ForeignCode:
    """A function in the language of a compiled target, and what its compiler needs.

    Parameters
    ----------
    text : str
        Text that defines the function, or nothing if a header does.
    headers : tuple of str
        What is included before it, each with its brackets or quotation marks: ``'<math.h>'``.
    sources : tuple of CodeFile
        Files that are compiled too.
    included : tuple of CodeFile
        Copies of the user's headers; their paths are relative to a folder for included files.
    include_dirs, library_dirs : tuple of str
        Folders in which the compiler and the linker search.
    libraries : tuple of str
        Names of libraries that are linked: ``'m'``.
    macros : tuple of (str, str or None)
        Names that are defined for headers, text and sources, each with its value if it has one.
    contents : str
        What distinguishes the libraries from others of the same names.
    values : tuple of (str, str)
        Names in the text that stand for values, each with the array that holds them.
    dependencies : tuple of (str, str)
        Names in the text that stand for other functions, each with the function of the program.
    """

    text: str
    headers: tuple[str, ...] = ()
    sources: tuple[CodeFile, ...] = ()
    included: tuple[CodeFile, ...] = ()
    include_dirs: tuple[str, ...] = ()
    library_dirs: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    macros: tuple[tuple[str, str | None], ...] = ()
    contents: str = ""
    values: tuple[tuple[str, str], ...] = ()
    dependencies: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ProgramFunction:
    """A function that kernels invoke.

    Parameters
    ----------
    name : str
        Unique in the program.
    symbol : str
        What its code calls it.
    arguments : tuple of Kind or None
        Kinds to which arguments are converted; None leaves an argument as it is.
    result : Kind
        Kind of the result.
    is_stateless : bool
        Whether the result depends on the arguments only. If not, calls are made in the order of
        the elements, by one worker.
    python : callable or None
        Takes an array for each argument, all of shape (n,), and returns what NumPy makes an array
        of this shape, or of a single value.
    code : tuple of (str, ForeignCode)
        For compiled targets, by name of the target.
    """

    name: str
    symbol: str
    arguments: tuple[Kind | None, ...]
    result: Kind
    is_stateless: bool = True
    python: Callable[..., Any] | None = None
    code: tuple[tuple[str, ForeignCode], ...] = ()

    def code_for(self, target: str) -> ForeignCode | None:
        """Return the function in the language of a target, None if it has none."""
        return dict(self.code).get(target)
