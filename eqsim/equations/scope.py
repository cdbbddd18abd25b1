"""What names mean where a text is checked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

from eqsim.equations.code import CodeBlock
from eqsim.equations.declarations import Declaration, EquationBlock, Flag, VariableKind
from eqsim.expressions.dimensions import is_noise
from eqsim.expressions.functions import CONSTANTS, FUNCTIONS, Function, Signature
from eqsim.expressions.kinds import Kind
from eqsim.expressions.nodes import Expr
from eqsim.expressions.traverse import called_functions, free_names
from eqsim.units.dimensions import DIMENSIONLESS, SECOND, Dimension
from eqsim.units.names import UNITS


class Origin(Enum):
    """Where a name comes from."""

    VARIABLE = "variable"
    SUBEXPRESSION = "subexpression"
    BUILTIN = "built-in variable"
    CONSTANT = "constant"
    LOCAL = "local variable"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a name means.

    Parameters
    ----------
    name : str
        The name.
    value_kind : Kind
        What kind of value it has.
    dimension : Dimension
        The dimension of the value.
    origin : Origin
        Where it comes from; ``CONSTANT`` is a value from outside.
    writable : bool
        Whether code may assign to it.
    shared : bool
        Whether all elements have one value in common.
    function : Function or None
        For a function what it takes and returns; kind and dimension are then those of the result,
        as far as they do not depend on its arguments.
    is_noisy : bool
        Whether white noise stands in the subexpression of this name, so that it has a meaning in
        differential equations only.
    """

    name: str
    value_kind: Kind
    dimension: Dimension
    origin: Origin
    writable: bool = False
    shared: bool = False
    function: Function | None = None
    is_noisy: bool = False


Scope = Mapping[str, Symbol]


def functions_of(scope: Scope) -> Mapping[str, Function]:
    """Return what may be called: the functions of the language, and those of a scope."""
    own = {name: symbol.function for name, symbol in scope.items() if symbol.function is not None}
    return {**own, **FUNCTIONS} if own else FUNCTIONS


def kinds_of(scope: Scope) -> dict[str, Kind]:
    """Return the kinds of all names of a scope; for functions those of their results."""
    return {name: symbol.value_kind for name, symbol in scope.items()}


def _builtin(name: str, kind: Kind, dimension: Dimension, shared: bool = True) -> Symbol:
    return Symbol(name, kind, dimension, Origin.BUILTIN, shared=shared)


TIME_SYMBOLS: Scope = MappingProxyType(
    {
        "t": _builtin("t", Kind.FLOAT, SECOND),
        "dt": _builtin("dt", Kind.FLOAT, SECOND),
        "t_in_timesteps": _builtin("t_in_timesteps", Kind.INTEGER, DIMENSIONLESS),
    }
)
"""The time, as every group on a regular clock knows it."""

NEURON_SYMBOLS: Scope = MappingProxyType(
    {
        **TIME_SYMBOLS,
        "i": _builtin("i", Kind.INTEGER, DIMENSIONLESS, shared=False),
        "N": _builtin("N", Kind.INTEGER, DIMENSIONLESS),
    }
)
"""What every group of neurons defines."""

SYNAPSE_SYMBOLS: Scope = MappingProxyType(
    {
        **TIME_SYMBOLS,
        "i": _builtin("i", Kind.INTEGER, DIMENSIONLESS, shared=False),
        "j": _builtin("j", Kind.INTEGER, DIMENSIONLESS, shared=False),
        "N": _builtin("N", Kind.INTEGER, DIMENSIONLESS),
        "N_pre": _builtin("N_pre", Kind.INTEGER, DIMENSIONLESS),
        "N_post": _builtin("N_post", Kind.INTEGER, DIMENSIONLESS),
        "N_outgoing": _builtin("N_outgoing", Kind.INTEGER, DIMENSIONLESS, shared=False),
        "N_incoming": _builtin("N_incoming", Kind.INTEGER, DIMENSIONLESS, shared=False),
    }
)
"""What synapses define; ``N`` counts the synapses."""

REFRACTORY_SYMBOLS: Scope = MappingProxyType(
    {
        "not_refractory": _builtin("not_refractory", Kind.BOOLEAN, DIMENSIONLESS, shared=False),
        "lastspike": _builtin("lastspike", Kind.FLOAT, SECOND, shared=False),
    }
)
"""What a group of neurons with a refractory period defines."""


def symbol_of(declaration: Declaration) -> Symbol:
    """Return what the name of a declaration means."""
    is_subexpression = declaration.kind is VariableKind.SUBEXPRESSION
    fixed = declaration.flags & {Flag.CONSTANT, Flag.LINKED}
    return Symbol(
        declaration.name,
        declaration.value_kind,
        declaration.dimension,
        Origin.SUBEXPRESSION if is_subexpression else Origin.VARIABLE,
        writable=not is_subexpression and not fixed,
        shared=Flag.SHARED in declaration.flags,
    )


def block_scope(block: EquationBlock) -> dict[str, Symbol]:
    """Return what the names of a block mean.

    The targets of summed variables are not among them: they are declared elsewhere.
    """
    noisy = noisy_subexpressions(block)
    return {
        d.name: replace(symbol_of(d), is_noisy=d.name in noisy)
        for d in block.declarations
        if Flag.SUMMED not in d.flags
    }


def noisy_subexpressions(block: EquationBlock) -> dict[str, frozenset[str]]:
    """Return for the subexpressions with white noise in them, or in what they use, which noise."""
    used = {
        d.name: free_names(d.expression)
        for d in block.of_kind(VariableKind.SUBEXPRESSION)
        if d.expression is not None
    }
    found: dict[str, frozenset[str]] = {}
    while True:
        grown = {}
        for name, names in used.items():
            inner = (found[each] for each in names & found.keys())
            noise = frozenset(filter(is_noise, names)).union(*inner)
            if noise:
                grown[name] = noise
        if grown == found:
            return found
        found = grown


def external_constant(name: str, kind: Kind, dimension: Dimension) -> Symbol:
    """Return the symbol for a value from outside."""
    return Symbol(name, kind, dimension, Origin.CONSTANT, shared=True)


def external_function(name: str, function: Function) -> Symbol:
    """Return the symbol for a function from outside."""
    rule, result = function.dimensions, DIMENSIONLESS
    if isinstance(rule, Signature) and isinstance(rule.result, Dimension):
        result = rule.result
    kind = function.kind.returned or Kind.FLOAT
    return Symbol(name, kind, result, Origin.FUNCTION, shared=True, function=function)


def externals(text: EquationBlock | CodeBlock | Expr, known: Collection[str]) -> frozenset[str]:
    """Return the names and functions that a text uses and that must be found outside.

    Parameters
    ----------
    text : EquationBlock, CodeBlock or Expr
        What is looked through.
    known : collection of str
        Names that are defined already. The names that the text itself defines, units, constants,
        the functions of the language and noise need not be among them.

    Returns
    -------
    frozenset of str
        What is left.

    Examples
    --------
    >>> from eqsim.equations.code import parse_code
    >>> from eqsim.source import Source
    >>> sorted(externals(parse_code(Source("x = a*mV; v += x*exp(b)")), known={"v"}))
    ['a', 'b']
    """
    match text:
        case EquationBlock():
            right_sides = [d.expression for d in text.declarations if d.expression is not None]
            own = text.names | set(known)
            found = frozenset[str]().union(*(_used(right, own) for right in right_sides))
        case CodeBlock():
            found = _used_in_code(text, known)
        case _:
            found = _used(text, known)
    return frozenset(name for name in found if not is_noise(name))


def _used_in_code(code: CodeBlock, known: Collection[str]) -> frozenset[str]:
    defined = set(known)
    found: set[str] = set()
    for statement in code.statements:
        found |= _used(statement.value, defined)
        if statement.operator is None:
            defined.add(statement.target)
        elif statement.target not in defined:
            found.add(statement.target)
    return frozenset(found)


def _used(expr: Expr, known: Iterable[str]) -> frozenset[str]:
    names = free_names(expr) - UNITS.keys() - CONSTANTS.keys()
    return (names | (called_functions(expr) - FUNCTIONS.keys())).difference(known)
