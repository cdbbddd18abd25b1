"""Implementations of functions for compiled targets, as the user gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.functions.codefiles import digest_of_libraries, included_files, text_of
from eqsim.network.functions.given_mapping import checked_mapping
from eqsim.program.dtypes import DType
from eqsim.program.functions import CodeFile, ForeignCode
from eqsim.program.nodes import Array, Role
from eqsim.targets.identifiers import is_reserved
from eqsim.units.quantity import si_value

if TYPE_CHECKING:
    from eqsim.network.functions.functions import Function
    from eqsim.network.kernels.builder import ProgramBuilder

_VALUE_TYPES: Mapping[str, type] = {"b": np.bool_, "i": np.int64, "u": np.int64, "f": np.float64}


@dataclass(frozen=True)
class Implementation:
    """How a function is computed on a compiled target, as the user gave it."""

    text: str
    namespace: Mapping[str, Any]
    dependencies: Mapping[str, Function]
    headers: tuple[str, ...]
    sources: tuple[Path, ...]
    include_dirs: tuple[Path, ...]
    libraries: tuple[str, ...]
    library_dirs: tuple[Path, ...]
    macros: tuple[tuple[str, str | None], ...]

    def foreign_code(self, function: str, name: str, builder: ProgramBuilder) -> ForeignCode:
        """Return the implementation with the files that it needs, as programs hold it.

        Parameters
        ----------
        function : str
            Name of the function, for errors.
        name : str
            Its name in the program.
        builder : ProgramBuilder
            Takes the values and the other functions that it needs.
        """
        sources = [(path, text_of(path, function)) for path in self.sources]
        folders = list(dict.fromkeys([*self.include_dirs, *(p.parent for p in self.sources)]))
        includes = [f"#include {header}" for header in self.headers]
        texts = [*includes, self.text, *(text for _, text in sources)]
        return ForeignCode(
            text=self.text,
            headers=self.headers,
            sources=tuple(CodeFile(path.name, text) for path, text in sources),
            included=tuple(included_files(texts, folders)),
            include_dirs=tuple(map(str, folders)),
            library_dirs=tuple(map(str, self.library_dirs)),
            libraries=self.libraries,
            macros=self.macros,
            contents=digest_of_libraries(self.libraries, self.library_dirs),
            values=tuple(
                (key, _add_values(value, f"{name}.{key}", builder))
                for key, value in self.namespace.items()
            ),
            dependencies=tuple(
                (key, other.add_to(builder)) for key, other in self.dependencies.items()
            ),
        )


def implementation_of(  # noqa: PLR0913 - the field's users know these names
    name: str,
    target: str,
    code: Any,
    *,
    namespace: Mapping[str, Any] | None = None,
    dependencies: Mapping[str, Function] | None = None,
    headers: Iterable[str] = (),
    sources: Iterable[Any] = (),
    include_dirs: Iterable[Any] = (),
    libraries: Iterable[str] = (),
    library_dirs: Iterable[Any] = (),
    define_macros: Iterable[Any] = (),
) -> Implementation:
    """Return an implementation of a function as text, checked.

    Parameters
    ----------
    name : str
        What the text calls the function.
    target : str
        For which target it is.
    code, namespace, dependencies, headers, sources, include_dirs, libraries, library_dirs
        As for :func:`~eqsim.implementation`.
    define_macros
        As there.

    Raises
    ------
    ModelError
        If something does not fit.
    """
    text = "" if code is None else code
    if not isinstance(text, str):
        raise ModelError(
            f"the implementation of {name!r} for {target!r} must be a text, not {code!r}"
        )
    if is_reserved(name):
        raise ModelError(
            f"{name!r} cannot be the name of a function in C++, where it means something else\n"
            "  give it another one: @implementation(..., name='f')"
        )
    named = tuple(_header(header, name) for header in _listed(headers, "headers", name))
    if not named and re.search(rf"\b{name}\s*\(", text) is None:
        raise ModelError(
            f"the implementation of {name!r} for {target!r} defines no function {name!r}\n"
            f"  expected in its text: double {name}(double x) {{ ... }}, or a header that has it"
        )
    return Implementation(
        text=text,
        namespace=_checked_namespace(namespace, name),
        dependencies=_checked_dependencies(dependencies, name),
        headers=named,
        sources=_files(sources, name),
        include_dirs=_folders(include_dirs, "include_dirs", name),
        libraries=tuple(str(each) for each in _listed(libraries, "libraries", name)),
        library_dirs=_folders(library_dirs, "library_dirs", name),
        macros=tuple(_macro(each, name) for each in _listed(define_macros, "define_macros", name)),
    )


def _listed(given: Any, what: str, name: str) -> list[Any]:
    if isinstance(given, str | bytes | Path) or not isinstance(given, Iterable):
        raise ModelError(f"{what} of {name!r} must be a list, not {given!r}")
    return list(given.items()) if isinstance(given, Mapping) else list(given)


def _header(header: Any, name: str) -> str:
    text = header.strip() if isinstance(header, str) else ""
    if re.fullmatch(r"<[^<>\n]+>|\"[^\"\n]+\"", text):
        return str(text)
    if re.fullmatch(r"[^<>\"\n]+", text):
        return f'"{text}"'
    raise ModelError(
        f"{header!r} is no header of {name!r}\n  expected: '<math.h>' or '\"mine.h\"'"
    )


def _files(given: Any, name: str) -> tuple[Path, ...]:
    files = tuple(Path(each).expanduser().resolve() for each in _listed(given, "sources", name))
    for file in files:
        text_of(file, name)
    return files


def _folders(given: Any, what: str, name: str) -> tuple[Path, ...]:
    folders = tuple(Path(each).expanduser().resolve() for each in _listed(given, what, name))
    for folder in folders:
        if not folder.is_dir():
            raise ModelError(f"{str(folder)!r} in {what} of {name!r} is no folder")
    return folders


def _macro(given: Any, name: str) -> tuple[str, str | None]:
    macro, value = (given, None) if isinstance(given, str) else given
    if not isinstance(macro, str) or not re.fullmatch(r"[A-Za-z_]\w*", macro, re.ASCII):
        raise ModelError(f"{macro!r} in define_macros of {name!r} is no name")
    if value is not None and "\n" in str(value):
        raise ModelError(f"the value of the macro {macro!r} of {name!r} has more than one line")
    return macro, None if value is None else str(value)


def _checked_dependencies(given: Any, name: str) -> Mapping[str, Function]:
    dependencies = dict(checked_mapping(given, f"dependencies of {name!r}"))
    for key, other in dependencies.items():
        _check_key(key, "dependencies", name)
        if not hasattr(other, "add_to"):
            raise ModelError(
                f"the dependency {key!r} of {name!r} must be a function with implementations, not"
                f" {other!r}"
            )
    return dependencies


def _checked_namespace(given: Any, name: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for key, value in checked_mapping(given, f"namespace of {name!r}").items():
        _check_key(key, "namespace", name)
        values = np.asarray(si_value(value))
        too_large = values.dtype.kind == "u" and values.size and values.max() >= 2**63
        if values.dtype.kind not in _VALUE_TYPES or values.size == 0 or too_large:
            raise ModelError(
                f"{key!r} in the namespace of {name!r} is {value!r}\n"
                "  expected: a number, or an array of numbers"
            )
        found[key] = value
    return found


def _check_key(key: Any, what: str, name: str) -> None:
    if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z_]\w*", key, re.ASCII):
        raise ModelError(f"{key!r} in {what} of {name!r} is no name in C++")


def _add_values(value: Any, name: str, builder: ProgramBuilder) -> str:
    """Add the values of a name in a text to a program; return the name of their array."""
    values = np.asarray(si_value(value))
    stored: NDArray[Any] = values.astype(_VALUE_TYPES[values.dtype.kind]).ravel()
    extent = None if values.ndim == 0 else builder.extent(name, stored.size)
    array = Array(name, DType(stored.dtype.name), extent, False, Role.CONSTANT)
    return builder.array(array, stored)
