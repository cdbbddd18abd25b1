"""Functions of the user: Python for the interpreter, C++ for compiled targets."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import DimensionMismatchError, ModelError, did_you_mean, message
from eqsim.expressions.functions import KindRule, Signature
from eqsim.expressions.nodes import Call, Expr, Name
from eqsim.expressions.statements import Invoke, Statement
from eqsim.network.functions.calls import Callee, ExternalFunction
from eqsim.network.functions.functioncode import Implementation, implementation_of
from eqsim.network.functions.signatures import Description
from eqsim.network.variables.variables import with_unit
from eqsim.program.functions import ProgramFunction
from eqsim.units.arguments import flag
from eqsim.units.dimensions import Dimension, dimension_name
from eqsim.units.quantity import dimension_of, si_value

if TYPE_CHECKING:
    from eqsim.network.kernels.builder import ProgramBuilder
    from eqsim.network.kernels.kernel_writer import KernelWriter

COMPILED = ("cpp", "cuda")
"""Targets for which a function has an implementation as text."""
IGNORED = ("cython",)
"""Targets of other simulators, accepted so that scripts need no change."""


class Function(Callee):
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
    >>> def squared(x):
    ...     return x*x
    >>> f = Function(squared, arg_units=[mV], return_unit=mV**2)
    >>> G = NeuronGroup(3, 'v : volt**2')
    >>> G.v = 'f(i*mV)'
    >>> G.v/mV**2
    array([0., 1., 4.])
    """

    def __init__(  # noqa: PLR0913 - the field's users know these names
        self,
        pyfunc: Callable[..., Any],
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
        is_named = name is not None
        self.stem = _checked_symbol(name if is_named else getattr(pyfunc, "__name__", "function"))
        self.__doc__ = getattr(pyfunc, "__doc__", None)
        self.__name__ = self.stem
        self.stateless = flag(stateless, f"stateless of {self.stem!r}")
        described = Description(self.stem, pyfunc, arg_units, return_unit, arg_types, return_type)
        self._parameters = tuple(described.names)
        self._signature = described.signature()
        self._takes = described.takes()
        self._result = described.result_kind()
        self._python: Callable[..., Any] = pyfunc
        self._discards_units = False
        self._implementations: dict[str, Implementation] = {}
        self._is_being_added = False

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

        Raises
        ------
        ModelError
            If something does not fit; the function is then as it was.
        """
        if not isinstance(target, str) or target not in (*COMPILED, "numpy", *IGNORED):
            known = (*COMPILED, "numpy")
            raise ModelError(
                message(
                    f"there is no target {target!r} for an implementation of {self.stem!r}",
                    f"known: {', '.join(map(repr, known))}",
                    did_you_mean(str(target), known),
                )
            )
        if target in IGNORED:
            return
        take = self._implement_in_python if target == "numpy" else implementation_of
        _check_options(options, take, f"{self.stem!r} for {target!r}")
        if target == "numpy":
            self._implement_in_python(code, **options)
        else:
            made = implementation_of(self.stem, target, code, **options)
            self._implementations[target] = made
        for made_before in ("external", "_in_python"):
            self.__dict__.pop(made_before, None)

    def _implement_in_python(self, code: Any = None, *, discard_units: bool = False) -> None:
        if code is not None and not callable(code):
            raise ModelError(
                f"the implementation of {self.stem!r} for 'numpy' is a Python function, not"
                f" {code!r}"
            )
        self._python = self.pyfunc if code is None else code
        self._discards_units = flag(discard_units, f"discard_units of {self.stem!r}")

    @cached_property
    def external(self) -> ExternalFunction:
        """What equations see of the function."""
        return _UserFunction(
            name=self.stem,
            n_arguments=len(self._takes),
            dimensions=self._signature,
            kind=KindRule.of(self._result),
            takes=self._takes,
            is_stateless=self.stateless,
            parameters=self._parameters,
            owner=self,
        )

    def add_to(self, builder: ProgramBuilder) -> str:
        """Add the function to a program, with those that it needs; return its name there."""
        name = builder.label(self)
        if builder.has_function(name):
            return name
        if self._is_being_added:
            raise ModelError(f"the function {self.stem!r} needs itself, through its dependencies")
        self._is_being_added = True
        try:
            code = tuple(
                (target, given.foreign_code(self.stem, name, builder))
                for target, given in sorted(self._implementations.items())
            )
        finally:
            self._is_being_added = False
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

    @cached_property
    def _in_python(self) -> Callable[..., NDArray[Any]]:
        """The function over plain arrays."""
        return _OverArrays(
            self.stem, self._python, self._signature, discards_units=self._discards_units
        )


@dataclass(frozen=True, eq=False)
class _OverArrays:
    """A Python function that is given units, and takes and returns plain arrays."""

    name: str
    function: Callable[..., Any]
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


def _checked_symbol(name: Any) -> str:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise ModelError(
            f"{name!r} is no name of a function\n"
            "  give it one with @implementation(..., name='f'), or use 'def' instead of 'lambda'"
        )
    return name


def _check_options(options: Iterable[str], take: Callable[..., Any], of: str) -> None:
    parameters = inspect.signature(take).parameters.values()
    known = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    for option in options:
        if option not in known:
            raise ModelError(
                message(
                    f"{option!r} is no option of an implementation of {of}",
                    f"known: {', '.join(known)}",
                    did_you_mean(option, known),
                )
            )


_MADE = "_eqsim_function"
"""Where a Python function keeps what was made of it: both live as long as each other."""


def has_units(value: Any) -> bool:
    """Return whether something is a Python function that tells its units."""
    return callable(value) and "_arg_units" in getattr(value, "__dict__", {})


def python_function(pyfunc: Callable[..., Any]) -> Function:
    """Return a Python function that tells its units as one that equations can call.

    The same one each time, so that models that use it are the same.
    """
    found = pyfunc.__dict__.get(_MADE)
    # Decorators copy what they find: it may be another function's.
    if not isinstance(found, Function) or found.pyfunc is not pyfunc:
        found = pyfunc.__dict__[_MADE] = Function(pyfunc)
    return found


def implementation(
    target: str,
    code: Any = None,
    *,
    name: str | None = None,
    stateless: bool = True,
    **options: Any,
) -> Callable[[Any], Function]:
    """Return a decorator that gives a function an implementation for a target.

    Parameters
    ----------
    target : str
        ``'cpp'``; ``'numpy'``, where the Python function itself is the implementation unless
        ``code`` is another one; ``'cuda'``, for devices, where a plain text for ``'cpp'`` will do
        too. Names of targets of other simulators (``'cython'``) are accepted and do nothing.
    code : str or callable, optional
        Text that defines a function of the same name: ``double f(double x) { ... }``. Arguments
        are ``double``, ``int64_t`` or ``bool`` and converted as C++ does. What the text defines
        besides is seen by nothing else, so two functions may use the same names in it.
    name : str, optional
        What the text calls the function; by default the name of the Python function.
    stateless : bool
        Whether equal arguments give equal results: False for random numbers and counters. It is
        said where the function is made, by the innermost of several decorators.
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
    >>> import numpy as np
    >>> from eqsim import NeuronGroup, check_units, implementation, run, ms
    >>> @implementation('cpp', '''
    ... double rectified(double x) { return x > 0 ? x : 0; }
    ... ''')
    ... @check_units(x=1, result=1)
    ... def rectified(x):
    ...     return np.maximum(x, 0)
    >>> G = NeuronGroup(3, 'dx/dt = rectified(i - 1)/ms : 1', method='euler')
    >>> run(1*ms, target='numpy')
    >>> G.x[:]
    array([0., 0., 1.])
    """

    def decorate(function: Any) -> Function:
        if isinstance(function, Function):
            made = function
            if not stateless or name is not None:
                raise ModelError(
                    f"{made.stem!r} is made already: give 'name' and 'stateless' to the decorator"
                    " that is next to it"
                )
        else:
            made = Function(function, name=name, stateless=stateless)
        made.implement(target, code, **options)
        return made

    return decorate
