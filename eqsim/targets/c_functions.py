"""Functions from outside the language in the C family: how they are called, and their texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from eqsim.build.sources import Requirements
from eqsim.errors import TargetError
from eqsim.expressions.nodes import Kind
from eqsim.program.dtypes import DType
from eqsim.program.functions import CodeFile, ForeignCode, ProgramFunction
from eqsim.program.nodes import Program
from eqsim.program.types import kind_type
from eqsim.targets.c_printer import C_TYPES
from eqsim.targets.identifiers import IdentifierTable

NAMESPACE = "functions"
"""The namespace of what kernels call."""
FOLDER = "functions"
"""Where copies of the user's files lie, below the sources of a program."""

_T = TypeVar("_T")
_OWN = frozenset({"bind"})
_INCLUDE = re.compile(
    r"^[ \t]*#[ \t]*include[ \t]*(?P<file><[^>\n]+>|\"[^\"\n]+\")[ \t]*(?://[^\n]*)?$",
    re.MULTILINE,
)


_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ValueContext:
    """A name in a text that stands for values of the program."""

    name: str
    c_type: str
    member: str
    is_array: bool


@dataclass(frozen=True, slots=True)
class DependencyContext:
    """A name in a text that stands for another function."""

    name: str
    function: FunctionContext


@dataclass(frozen=True, slots=True)
class FunctionContext:
    """What a template sees of a function.

    Parameters
    ----------
    name : str
        Identifier of what kernels call.
    symbol : str
        What the text calls it.
    result : str
        C type of the result.
    parameters, arguments : str
        The list of its parameters with their types, and the same without.
    text : str
        The text, without its includes.
    headers : tuple of str
        What is included before it.
    macros : tuple of (str, str)
        Names that are defined for headers and text, with their values.
    own_macros : tuple of str
        Names that the text defines itself.
    values, dependencies : tuple
        What names in the text stand for.
    """

    name: str
    symbol: str
    result: str
    parameters: str
    arguments: str
    text: str
    headers: tuple[str, ...]
    macros: tuple[tuple[str, str], ...]
    own_macros: tuple[str, ...]
    values: tuple[ValueContext, ...]
    dependencies: tuple[DependencyContext, ...]


@dataclass(frozen=True, slots=True)
class CompiledFile:
    """One of the user's files, compiled by a file of ours that defines its macros before."""

    path: str
    macros: tuple[tuple[str, str], ...]
    copy: CodeFile

    @property
    def included(self) -> str:
        """The path of the copy, as the file of ours includes it."""
        return self.copy.path.removeprefix(f"{FOLDER}/")


@dataclass(frozen=True, slots=True)
class FunctionsContext:
    """All functions of a program.

    Parameters
    ----------
    functions : tuple of FunctionContext
        Each after those that it needs.
    sources : tuple of CompiledFile
        Files that are compiled besides.
    included : tuple of CodeFile
        Copies of headers, with paths below the sources of the program.
    requirements : Requirements
        What they need from outside.
    """

    functions: tuple[FunctionContext, ...]
    sources: tuple[CompiledFile, ...]
    included: tuple[CodeFile, ...]
    requirements: Requirements

    @property
    def copies(self) -> tuple[CodeFile, ...]:
        """The user's files."""
        return (*(unit.copy for unit in self.sources), *self.included)

    @property
    def has_values(self) -> bool:
        """Whether texts read values of the program."""
        return any(function.values for function in self.functions)


def called_names(program: Program) -> dict[str, tuple[str, ProgramFunction]]:
    """Return for each function of a program what kernels call, and the function."""
    names = _identifiers(program)
    return {f.name: (f"{NAMESPACE}::{names[f.name]}", f) for f in program.functions}


def _identifiers(program: Program) -> dict[str, str]:
    table = IdentifierTable(_OWN)
    return {function.name: table.add(function.name) for function in program.functions}


def functions_context(program: Program, members: IdentifierTable, target: str) -> FunctionsContext:
    """Return what templates see of the functions of a program.

    Parameters
    ----------
    program : Program
        A verified program.
    members : IdentifierTable
        Members of the simulation, by name of the array.
    target : str
        For which target the functions are needed.

    Raises
    ------
    TargetError
        If a function has no implementation for the target.
    """
    names = _identifiers(program)
    codes: list[ForeignCode] = []
    made: dict[str, FunctionContext] = {}
    for function in program.functions:
        code = function.code_for(target)
        if code is None:
            raise _without_implementation(function, target)
        codes.append(code)
        # A parameter that is named like the function would hide it.
        parameters = [(t, f"{function.symbol}_{n}_") for n, t in enumerate(_taken(function))]
        made[function.name] = FunctionContext(
            name=names[function.name],
            symbol=function.symbol,
            result=_c_type(function.result),
            parameters=", ".join(map(" ".join, parameters)),
            arguments=", ".join(name for _, name in parameters),
            text=_INCLUDE.sub("", code.text).rstrip(),
            headers=_once((*code.headers, *_included(code.text))),
            macros=_macros(code),
            own_macros=_once(_DEFINE.findall(code.text)),
            values=tuple(_value(program, members, *value) for value in code.values),
            dependencies=tuple(DependencyContext(name, made[o]) for name, o in code.dependencies),
        )
    return FunctionsContext(
        functions=tuple(made.values()),
        sources=_sources(codes),
        included=tuple(_copies_of_headers(codes)),
        requirements=_requirements(codes),
    )


def _without_implementation(function: ProgramFunction, target: str) -> TargetError:
    known = [name for name, _ in function.code]
    known += [] if function.python is None else ["numpy"]
    return TargetError(
        f"target {target!r} cannot call {function.symbol!r}\n"
        f"  it has implementations for: {', '.join(map(repr, known)) or 'nothing'}\n"
        f"  add one with @implementation({target!r}, ...), or run on another target"
    )


def _c_type(kind: Kind) -> str:
    return C_TYPES[kind_type(kind, DType.FLOAT64)]


def _taken(function: ProgramFunction) -> list[str]:
    return [_c_type(kind or Kind.FLOAT) for kind in function.arguments]


def _macros(code: ForeignCode) -> tuple[tuple[str, str], ...]:
    # A name without a value is 1, as it is on the command line of compilers.
    return tuple((name, "1" if value is None else value) for name, value in code.macros)


def _value(program: Program, members: IdentifierTable, name: str, array: str) -> ValueContext:
    held = program.array(array)
    return ValueContext(name, C_TYPES[held.dtype], members[array], held.extent is not None)


def _included(text: str) -> list[str]:
    """Return the includes of a text: inside a namespace they would declare other things."""
    return [found["file"] for found in _INCLUDE.finditer(text)]


def _requirements(codes: Sequence[ForeignCode]) -> Requirements:
    # Copies go first: they are what decides whether a program is compiled anew.
    copies = (f"{FOLDER}/include",) if any(code.included for code in codes) else ()
    return Requirements(
        include_dirs=_once((*copies, *(f for code in codes for f in code.include_dirs))),
        library_dirs=_once(folder for code in codes for folder in code.library_dirs),
        libraries=_once(library for code in codes for library in code.libraries),
        contents=_once(code.contents for code in codes if code.contents),
    )


def _copies_of_headers(codes: Sequence[ForeignCode]) -> Iterator[CodeFile]:
    # Of headers with one name the first is found, as it is in the user's folders.
    found: set[str] = set()
    for file in (file for code in codes for file in code.included):
        if file.path not in found:
            found.add(file.path)
            yield CodeFile(f"{FOLDER}/include/{file.path}", file.text)


def _sources(codes: Sequence[ForeignCode]) -> tuple[CompiledFile, ...]:
    given = _once((source, _macros(code)) for code in codes for source in code.sources)
    return tuple(
        CompiledFile(
            f"{FOLDER}/unit_{number}.cpp",
            macros,
            CodeFile(f"{FOLDER}/source_{number}/{source.path}", source.text),
        )
        for number, (source, macros) in enumerate(given, start=1)
    )


def _once(values: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))
