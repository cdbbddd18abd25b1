"""Which names a user may give to a variable, and why not the others."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from types import MappingProxyType

from eqsim.errors import EquationError
from eqsim.expressions.dimensions import is_noise
from eqsim.expressions.functions import CONSTANTS, FUNCTIONS
from eqsim.source import Span
from eqsim.units.names import UNITS

NEURON_RESERVED: Mapping[str, str] = MappingProxyType(
    {
        "t": "the time",
        "dt": "the time step",
        "t_in_timesteps": "the number of the time step",
        "i": "the index of the element",
        "N": "the number of elements",
        "not_refractory": "whether a neuron is ready to spike",
        "refractory": "the refractory period",
        "refractory_until": "the end of the refractory period",
        "lastspike": "the time of the last spike",
    }
)
"""Names that every group defines, with what they are."""

SYNAPSE_RESERVED: Mapping[str, str] = MappingProxyType(
    {
        **NEURON_RESERVED,
        "j": "the index of the target",
        "delay": "the delay of the synapse",
        "lastupdate": "the time of the last update",
        "N_pre": "the number of source elements",
        "N_post": "the number of target elements",
        "N_incoming": "the number of synapses onto the target",
        "N_outgoing": "the number of synapses from the source",
    }
)
"""Names that synapses define, with what they are."""

_C_WORDS = frozenset({
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else",
    "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long", "register",
    "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch",
    "typedef", "union", "unsigned", "void", "volatile", "while", "main", "asm",
})  # fmt: skip
_CPP_WORDS = frozenset({
    "alignas", "alignof", "and", "and_eq", "bitand", "bitor", "bool", "catch", "char16_t",
    "char32_t", "char8_t", "class", "co_await", "co_return", "co_yield", "compl", "concept",
    "const_cast", "consteval", "constexpr", "constinit", "decltype", "delete",
    "dynamic_cast", "explicit", "export", "false", "friend", "mutable", "namespace", "new",
    "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq", "private",
    "protected", "public", "reinterpret_cast", "requires", "static_assert", "static_cast",
    "template", "this", "thread_local", "throw", "true", "try", "typeid", "typename",
    "using", "virtual", "wchar_t", "xor", "xor_eq",
})  # fmt: skip
_SUFFIXES = ("_pre", "_post")


def check_identifier(
    name: str,
    span: Span | None = None,
    *,
    reserved: Mapping[str, str] = NEURON_RESERVED,
) -> None:
    """Raise if a variable cannot have this name.

    Parameters
    ----------
    name : str
        What the user wrote.
    span : Span, optional
        Where.
    reserved : mapping of str to str, optional
        Names that the group defines itself, with what they are.

    Raises
    ------
    EquationError
        If the name has a meaning already, or cannot be a name.

    Examples
    --------
    >>> check_identifier("tau")
    >>> check_identifier("pi")
    Traceback (most recent call last):
    eqsim.errors.EquationError: 'pi' cannot be the name of a variable: it is a constant
      use another name, for example 'pi_'
    """
    found = _reason(name, reserved)
    if found is None:
        return
    reason, other = found
    raise EquationError(
        f"{name!r} cannot be the name of a variable: {reason}",
        span,
        hint=f"use another name, for example {other!r}",
    )


def _reason(name: str, reserved: Mapping[str, str]) -> tuple[str, str] | None:
    """Return why a name cannot be used and one that can, or None."""
    other = f"{name}_var"
    if not name.isascii() or not name.isidentifier():
        return "names are letters, digits and underscores", "x1"
    if name.startswith("_"):
        return "a leading underscore is kept for the simulator", name.lstrip("_") or "x"
    if name in reserved:
        return f"it is {reserved[name]}", other
    if is_noise(name):
        return "it is white noise", f"{name.replace('xi', 'noise', 1)}"
    for table, meaning in (
        (FUNCTIONS, "a function"),
        (CONSTANTS, "a constant"),
        (UNITS, "a unit"),
    ):
        if name in table:
            return f"it is {meaning}", f"{name}_"
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            side = "source" if suffix == "_pre" else "target"
            return f"{suffix!r} stands for the {side} of a synapse", f"{suffix[1:]}_" + (
                name[: -len(suffix)] or "x"
            )
    return _word_reason(name)


def _word_reason(name: str) -> tuple[str, str] | None:
    if keyword.iskeyword(name):
        return "it is a word of Python", f"{name}_var"
    if name in _C_WORDS or name in _CPP_WORDS:
        return "it is a word of C++, which is generated", f"{name}_var"
    return None
