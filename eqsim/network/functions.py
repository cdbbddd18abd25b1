"""Functions of the user: Python for the interpreter, C++ for compiled targets."""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Callable as AnyCallable
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError, ModelError, did_you_mean
from eqsim.expressions.functions import KindRule, Signature
from eqsim.expressions.nodes import Call, Expr, Kind, Name
from eqsim.expressions.statements import Invoke, Statement
from eqsim.network.codefiles import digest_of_libraries, included_files, text_of
from eqsim.network.lowering.calls import Callable, ExternalFunction
from eqsim.network.variables import with_unit
from eqsim.program.dtypes import DType
from eqsim.program.functions import CodeFile, ForeignCode, ProgramFunction
from eqsim.program.nodes import Array, Role
from eqsim.units.dimensions import DIMENSIONLESS, Dimension, dimension_name
from eqsim.units.quantity import dimension_of, si_value

if TYPE_CHECKING:
    from eqsim.network.lowering.builder import ProgramBuilder
    from eqsim.network.lowering.names import KernelWriter

COMPILED = ("cpp", "cuda")
"""Targets for which a function has an implementation as text."""
IGNORED = ("cython",)
"""Targets of other simulators, accepted so that scripts need no change."""

_KINDS = {"float": Kind.FLOAT, "integer": Kind.INTEGER, "boolean": Kind.BOOLEAN, "any": None}
_RULES = {
    Kind.BOOLEAN: KindRule.BOOLEAN,
    Kind.INTEGER: KindRule.INTEGER,
    Kind.FLOAT: KindRule.FLOAT,
}
_VALUE_TYPES = {"b": np.bool_, "i": np.int64, "u": np.int64, "f": np.float64}


@dataclass(frozen=True)
class _Implementation:
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


class Function(Callable):
    """A function of the user that equations, statements and Python can call.

    Usually it is made by :func:`implementation`.

    Parameters
    ----------
    pyfunc : callable
        The function in Python. On the target ``'numpy'`` it is called with one array for each
        argument, shape (n,), with the units of the arguments, and returns an array of this shape
        or a single value.
    arg_units : sequence, optional
        What each argument must have: a unit, 1 for plain numbers, ``bool`` for truth values, the
        name of another argument for its unit, None for anything. By default what
        :func:`~eqsim.check_units` says.
    return_unit : unit, str or callable, optional
        What the result has: a unit, 1, ``bool``, the name of an argument for its unit, or a
        function of the dimensions of those arguments that are checked.
    arg_types : sequence of str, optional
        What each argument may be: ``'float'``, ``'integer'``, ``'boolean'`` or ``'any'``, which is
        the default. By default what :func:`~eqsim.declare_types` says.
    return_type : str, optional
        What the result is: ``'float'``, ``'integer'``, ``'boolean'``, or ``'highest'`` for the
        highest of the types of the arguments.
    stateless : bool
        Whether equal arguments give equal results. If not (random numbers, counters), the function
        is called once for each element in order, by one thread, and can only stand where random
        functions can.
    name : str, optional
        What its C++ code calls it; by default the name of the Python function.

    Raises
    ------
    ModelError
        If units or types do not fit the arguments.

    Examples
    --------
    >>> from eqsim import Function, NeuronGroup, mV
    >>> def rectified(x):
    ...     return x*(x > 0*mV)
    >>> clipped = Function(rectified, arg_units=[mV], return_unit=mV)
    >>> G = NeuronGroup(3, 'v : volt')
    >>> G.v = 'clipped((i - 1)*mV)'
    >>> G.v/mV
    array([0., 0., 1.])
    """

    def __init__(  # noqa: PLR0913 - the field's users know these names
        self,
        pyfunc: AnyCallable[..., Any],
        arg_units: Sequence[Any] | None = None,
        return_unit: Any = None,
        arg_types: Sequence[str] | None = None,
        return_type: str | None = None,
        *,
        stateless: bool = True,
        name: str | None = None,
    ) -> None:
        if not callable(pyfunc):
            raise ModelError(f"a function must be given as one of Python, not as {pyfunc!r}")
        self.pyfunc = pyfunc
        self.stem = _checked_symbol(name or getattr(pyfunc, "__name__", "function"))
        self.__doc__ = getattr(pyfunc, "__doc__", None)
        self.__name__ = self.stem
        self.stateless = bool(stateless)
        described = _Description(self.stem, pyfunc, arg_units, return_unit, arg_types, return_type)
        self._signature = described.signature()
        self._takes = described.takes()
        self._result = described.result_kind()
        self._python: AnyCallable[..., Any] = pyfunc
        self._discards_units = False
        self._implementations: dict[str, _Implementation] = {}

    @property
    def name(self) -> str:
        """What its C++ code calls it."""
        return self.stem

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets for which there is an implementation."""
        return ("numpy", *self._implementations)

    def __repr__(self) -> str:
        return f"<Function {self.stem!r} for {', '.join(map(repr, self.targets))}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the Python function."""
        return self.pyfunc(*args, **kwargs)

    def implement(self, target: str, code: Any = None, **options: Any) -> None:
        """Add an implementation, as :func:`implementation` does.

        Parameters
        ----------
        target, code, **options
            As for :func:`implementation`.
        """
        if not isinstance(target, str) or target not in (*COMPILED, "numpy", *IGNORED):
            known = (*COMPILED, "numpy")
            raise ModelError(
                f"there is no target {target!r} for an implementation of {self.stem!r}\n"
                f"  known: {', '.join(map(repr, known))}"
                + _line(did_you_mean(str(target), known))
            )
        if target in IGNORED:
            return
        if target == "numpy":
            self._implement_in_python(code, **options)
        else:
            made = _implementation(self.stem, target, code, **options)
            self._implementations[target] = made
        self.__dict__.pop("external", None)

    def _implement_in_python(self, code: Any = None, *, discard_units: bool = False) -> None:
        if code is not None and not callable(code):
            raise ModelError(
                f"the implementation of {self.stem!r} for 'numpy' is a Python function, not"
                f" {code!r}"
            )
        self._python = self.pyfunc if code is None else code
        self._discards_units = bool(discard_units)

    @cached_property
    def external(self) -> ExternalFunction:
        """What equations see of the function."""
        return _UserFunction(
            name=self.stem,
            n_arguments=len(self._takes),
            dimensions=self._signature,
            kind=_RULES[self._result],
            takes=self._takes,
            is_stateless=self.stateless,
            owner=self,
        )

    def add_to(self, builder: ProgramBuilder) -> str:
        """Add the function to a program, with those that it needs; return its name there."""
        name = builder.label(self)
        code = tuple(
            (target, self._foreign_code(target, given, name, builder))
            for target, given in sorted(self._implementations.items())
        )
        return builder.function(
            ProgramFunction(
                name=name,
                symbol=self.stem,
                arguments=self._takes,
                result=self._result,
                is_stateless=self.stateless,
                python=self._in_python,
                code=code,
            )
        )

    def _foreign_code(
        self, target: str, given: _Implementation, name: str, builder: ProgramBuilder
    ) -> ForeignCode:
        del target
        sources = [(path, text_of(path, self.stem)) for path in given.sources]
        beside = [path.parent for path in given.sources]
        folders = list(dict.fromkeys([*given.include_dirs, *beside]))
        includes = [f"#include {header}" for header in given.headers]
        texts = [*includes, given.text, *(text for _, text in sources)]
        return ForeignCode(
            text=given.text,
            headers=given.headers,
            sources=tuple(CodeFile(path.name, text) for path, text in sources),
            included=tuple(included_files(texts, folders)),
            include_dirs=tuple(map(str, folders)),
            library_dirs=tuple(map(str, given.library_dirs)),
            libraries=given.libraries,
            macros=given.macros,
            contents=digest_of_libraries(given.libraries, given.library_dirs),
            values=tuple(
                (key, _add_values(value, f"{name}.{key}", builder))
                for key, value in given.namespace.items()
            ),
            dependencies=tuple(
                (key, other.add_to(builder)) for key, other in given.dependencies.items()
            ),
        )

    @cached_property
    def _in_python(self) -> AnyCallable[..., NDArray[Any]]:
        """The function over plain arrays."""
        return _OverArrays(
            self.stem, self._python, self._signature, discards_units=self._discards_units
        )


@dataclass(frozen=True)
class _OverArrays:
    """A Python function that is given units, and takes and returns plain arrays."""

    name: str
    function: AnyCallable[..., Any]
    signature: Signature
    discards_units: bool = field(kw_only=True)

    def __call__(self, *arrays: NDArray[Any]) -> Any:
        # What check_units makes takes single truth values only; results are checked here.
        function = self.function
        if "_arg_units" in getattr(function, "__dict__", {}):
            function = getattr(function, "__wrapped__", function)
        if self.discards_units:
            return si_value(function(*arrays))
        given = zip(arrays, self.signature.arguments, strict=True)
        returned = function(
            *(with_unit(a, d) if isinstance(d, Dimension) else a for a, d in given)
        )
        wanted, values = self.signature.result, si_value(returned)
        found = dimension_of(returned)
        if isinstance(wanted, Dimension) and found is not wanted and np.any(values):
            raise DimensionMismatchError(
                f"{self.name}() returned {dimension_name(found)}, not {dimension_name(wanted)}\n"
                "  the unit of its result is said to be that, in check_units or return_unit"
            )
        return values


@dataclass(frozen=True, slots=True)
class _UserFunction(ExternalFunction):
    """A function of the user as equations call it."""

    owner: Function | None = None

    def lowered(self, call: Call, writer: KernelWriter, before: list[Statement]) -> Expr:
        """Return the local that holds the result of a call."""
        assert self.owner is not None
        local = writer.local(f"{call.function}_value")
        name = self.owner.add_to(writer.builder)
        before.append(Invoke(local, name, call.arguments, self.owner._result))  # noqa: SLF001
        return Name(local, call.span)


@dataclass
class _Description:
    """What is said of the arguments and the result of a function."""

    name: str
    pyfunc: AnyCallable[..., Any]
    arg_units: Sequence[Any] | None
    return_unit: Any
    arg_types: Sequence[str] | None
    return_type: str | None

    def __post_init__(self) -> None:
        said = getattr(self.pyfunc, "__dict__", {})
        self.arg_units = said.get("_arg_units") if self.arg_units is None else self.arg_units
        self.return_unit = (
            said.get("_return_unit") if self.return_unit is None else self.return_unit
        )
        self.arg_types = said.get("_arg_types") if self.arg_types is None else self.arg_types
        self.return_type = (
            said.get("_return_type") if self.return_type is None else self.return_type
        )
        names = _parameter_names(self.pyfunc)
        if self.arg_units is None and names == []:
            self.arg_units = []
        if self.arg_units is None or self.return_unit is None:
            raise ModelError(
                f"the units of the {'arguments' if self.arg_units is None else 'result'} of the"
                f" function {self.name!r} are not known\n"
                f"  write @check_units(x=volt, result=1) right above 'def {self.name}', with its"
                " arguments"
            )
        if isinstance(self.arg_units, str) or not isinstance(self.arg_units, Sequence):
            raise ModelError(f"arg_units of {self.name!r} must be a list, not {self.arg_units!r}")
        if names is not None and len(names) != len(self.arg_units):
            raise ModelError(
                f"the function {self.name!r} has {len(names)} arguments, and units for"
                f" {len(self.arg_units)}"
            )
        self.names = names or [f"x{n}" for n in range(len(self.arg_units))]
        if self.arg_types is not None and len(self.arg_types) != len(self.names):
            raise ModelError(
                f"the function {self.name!r} has {len(self.names)} arguments, and types for"
                f" {len(self.arg_types)}"
            )

    def signature(self) -> Signature:
        """Return the dimensions of arguments and result."""
        arguments: list[Dimension | int | None] = []
        assert self.arg_units is not None
        for position, unit in enumerate(self.arg_units):
            other = self._position(unit) if isinstance(unit, str) else None
            if other is None:
                arguments.append(_dimension(unit, self.name))
            elif other < position:
                arguments.append(other)
            else:
                arguments.append(self._later(other, position))
        return Signature(tuple(arguments), self._result_dimension())

    def _later(self, other: int, position: int) -> Dimension | None:
        """Return what an argument has that must have the unit of a later one."""
        assert self.arg_units is not None
        unit = self.arg_units[other]
        if isinstance(unit, str) or unit is None:
            raise ModelError(
                f"the argument {self.names[position]!r} of {self.name!r} is said to have the unit"
                f" of {self.names[other]!r}, which has none of its own\n"
                f"  say it the other way round: {self.names[other]}={self.names[position]!r}"
            )
        return _dimension(unit, self.name)

    def _result_dimension(self) -> Dimension | AnyCallable[..., Dimension]:
        unit = self.return_unit
        if isinstance(unit, str):
            position = self._position(unit)
            return lambda *dimensions: dimensions[position]
        if not callable(unit) or unit is bool:
            found = _dimension(unit, self.name)
            assert found is not None
            return found
        assert self.arg_units is not None
        checked = [n for n, u in enumerate(self.arg_units) if u is not None and u is not bool]
        return lambda *dimensions: unit(*(dimensions[position] for position in checked))

    def _position(self, name: str) -> int:
        if name not in self.names:
            raise ModelError(
                f"the units of {self.name!r} name the argument {name!r}, which it does not have\n"
                f"  it has: {', '.join(self.names) or 'none'}"
            )
        return self.names.index(name)

    def takes(self) -> tuple[Kind | None, ...]:
        """Return what each argument may be."""
        assert self.arg_units is not None
        types = self.arg_types or ["any"] * len(self.names)
        return tuple(
            Kind.BOOLEAN if unit is bool else self._kind(word)
            for unit, word in zip(self.arg_units, types, strict=True)
        )

    def result_kind(self) -> Kind:
        """Return what the result is."""
        if self.return_unit is bool:
            return Kind.BOOLEAN
        if self.return_type == "highest":
            taken = self.takes()
            known = [kind for kind in taken if kind is not None]
            return max(known) if known and len(known) == len(taken) else Kind.FLOAT
        found = self._kind(self.return_type or "float")
        if found is None:
            raise ModelError(f"the result of {self.name!r} cannot be of the type 'any'")
        return found

    def _kind(self, word: Any) -> Kind | None:
        if word not in _KINDS:
            raise ModelError(
                f"{word!r} is no type of an argument or result of {self.name!r}\n"
                "  known: 'float', 'integer', 'boolean', for arguments 'any', for results 'highest'"
            )
        return _KINDS[word]


def _dimension(unit: Any, name: str) -> Dimension | None:
    if unit is None:
        return None
    if unit is bool:
        return DIMENSIONLESS
    if isinstance(unit, Dimension):
        return unit
    try:
        return dimension_of(unit)
    except (TypeError, ValueError):
        raise ModelError(f"{unit!r} is no unit of an argument or result of {name!r}") from None


def _parameter_names(pyfunc: AnyCallable[..., Any]) -> list[str] | None:
    """Return the names of a function's arguments, None if it does not tell them."""
    try:
        parameters = inspect.signature(pyfunc).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        return None
    return [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY and p.default is p.empty]


def _checked_symbol(name: Any) -> str:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise ModelError(
            f"{name!r} is no name of a function\n"
            "  give it one with @implementation(..., name='f'), or use 'def' instead of 'lambda'"
        )
    return name


def _line(hint: str | None) -> str:
    return "" if hint is None else f"\n  {hint}"


def _implementation(  # noqa: PLR0913 - the field's users know these names
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
) -> _Implementation:
    text = "" if code is None else code
    if not isinstance(text, str):
        raise ModelError(
            f"the implementation of {name!r} for {target!r} must be a text, not {code!r}"
        )
    named = tuple(_header(header, name) for header in _listed(headers, "headers", name))
    if not named and re.search(rf"\b{name}\s*\(", text) is None:
        raise ModelError(
            f"the implementation of {name!r} for {target!r} defines no function {name!r}\n"
            f"  expected in its text: double {name}(double x) {{ ... }}, or a header that has it"
        )
    return _Implementation(
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
    for key, other in dict(given or {}).items():
        _check_key(key, "dependencies", name)
        if not isinstance(other, Function):
            raise ModelError(
                f"the dependency {key!r} of {name!r} must be a function with implementations, not"
                f" {other!r}"
            )
    return dict(given or {})


def _checked_namespace(given: Any, name: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for key, value in dict(given or {}).items():
        _check_key(key, "namespace", name)
        values = np.asarray(si_value(value))
        if values.dtype.kind not in _VALUE_TYPES or values.size == 0:
            raise ModelError(
                f"{key!r} in the namespace of {name!r} is {value!r}\n"
                "  expected: a number, or an array of numbers"
            )
        found[key] = value
    return found


def _check_key(key: Any, what: str, name: str) -> None:
    if (
        not isinstance(key, str)
        or not re.fullmatch(r"[A-Za-z_]\w*", key, re.ASCII)
        or (keyword.iskeyword(key))
    ):
        raise ModelError(f"{key!r} in {what} of {name!r} is no name in C++")


def _add_values(value: Any, name: str, builder: ProgramBuilder) -> str:
    """Add the values of a name in a text to a program; return the name of their array."""
    values = np.asarray(si_value(value))
    stored = np.array(values, dtype=_VALUE_TYPES[values.dtype.kind], order="C").ravel()
    extent = None if values.ndim == 0 else builder.extent(name, stored.size)
    array = Array(name, DType(stored.dtype.name), extent, False, Role.CONSTANT)
    return builder.array(array, stored)


def implementation(
    target: str,
    code: Any = None,
    *,
    name: str | None = None,
    **options: Any,
) -> AnyCallable[[Any], Function]:
    """Return a decorator that gives a function an implementation for a target.

    Parameters
    ----------
    target : str
        ``'cpp'``; ``'numpy'``, where the Python function itself is the implementation unless
        ``code`` is another one; ``'cuda'``, which is kept until the target calls functions. Names
        of targets of other simulators (``'cython'``) are accepted and do nothing.
    code : str or callable, optional
        Text that defines a function of the same name: ``double f(double x) { ... }``. Arguments
        are ``double``, ``int64_t`` or ``bool`` and converted as C++ does. What the text defines
        besides is seen by nothing else, so two functions may use the same names in it.
    name : str, optional
        What the text calls the function; by default the name of the Python function.
    **options
        For texts: ``namespace``, a dict of numbers and arrays, which the text sees under their
        names as single values and as pointers (``const double*``, ``const int64_t*``,
        ``const bool*``), without units; ``dependencies``, a dict of other functions that the text
        calls; ``headers``, a list such as ``['<map>', '"mine.h"']``; ``sources``, files that are
        compiled too; ``include_dirs``, ``libraries``, ``library_dirs``, and ``define_macros``, a
        list of names or of pairs of name and value. For Python: ``discard_units``, whether the
        function is given plain numbers in SI units.

    Returns
    -------
    callable
        Makes a :class:`Function` of a Python function, or adds to one.

    Raises
    ------
    ModelError
        If something does not fit.

    Notes
    -----
    A new text compiles the model anew; other values in ``namespace`` do not. Stateless functions
    are called by several threads at once.

    Examples
    --------
    >>> from eqsim import NeuronGroup, check_units, implementation, run, ms
    >>> @implementation('cpp', '''
    ... double rectified(double x) { return x > 0 ? x : 0; }
    ... ''')
    ... @check_units(x=1, result=1)
    ... def rectified(x):
    ...     return x*(x > 0)
    >>> G = NeuronGroup(3, 'dx/dt = rectified(i - 1.0)/ms : 1', method='euler')
    >>> run(1*ms, target='numpy')
    >>> G.x[:]
    array([0., 0., 1.])
    """

    def decorate(function: Any) -> Function:
        made = function if isinstance(function, Function) else Function(function, name=name)
        made.implement(target, code, **options)
        return made

    return decorate
