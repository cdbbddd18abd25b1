"""Names of a program to identifiers of the C family, readable and without collisions."""

from __future__ import annotations

import re

_RESERVED_TEXT = """
BUFSIZ EOF EXIT_FAILURE EXIT_SUCCESS FILENAME_MAX FOPEN_MAX HUGE_VAL INFINITY INT16_MAX
INT16_MIN INT32_MAX INT32_MIN INT64_C INT64_MAX INT64_MIN INT8_MAX INT8_MIN INTPTR_MAX
L_tmpnam MB_CUR_MAX NAN NULL RAND_MAX SEEK_CUR SEEK_END SEEK_SET SIZE_MAX TMP_MAX
UINT16_MAX UINT32_MAX UINT64_C UINT64_MAX UINT8_MAX abort alignas alignof and and_eq asm
assert atomic_cancel atomic_commit atomic_noexcept auto bitand bitor blockDim blockIdx
bool break calloc case catch char char16_t char32_t char8_t class clocks co_await
co_return co_yield compl concept const const_cast consteval constexpr constinit continue
decltype default delete dim3 do double dynamic_cast else enum eqsim errno exit explicit
export extern false float for free friend goto gridDim i386 if inline int int16_t int32_t
int64_t int8_t intmax_t intptr_t linux long malloc memcpy memset mutable namespace new
noexcept not not_eq nullptr operator or or_eq
private protected ptrdiff_t public realloc reflexpr register reinterpret_cast requires
restrict return short signed simulation size_t sizeof ssize_t static static_assert
static_cast stderr stdin stdout struct switch synchronized template this threadIdx
thread_local throw true try typedef typeid typename typeof uint16_t uint32_t uint64_t
uint8_t uintmax_t uintptr_t union unix unsigned using virtual void volatile warpSize
wchar_t while xor xor_eq
"""
RESERVED = frozenset(_RESERVED_TEXT.split())
"""Keywords, macros and types of the headers that generated code includes, and its own names."""

_MACRO_FAMILIES = re.compile(
    r"""EQSIM_[A-Z_]+ | U?INT\w*_(MAX|MIN|WIDTH|C) | FD_[A-Z]+ | NFDBITS
    | (SIZE|PTRDIFF|SIG_ATOMIC|WCHAR|WINT)_(MAX|MIN|WIDTH) | (BIG|LITTLE|PDP)_ENDIAN | BYTE_ORDER
    | W(IF)?(CONTINUED|EXITED|SIGNALED|STOPPED|UNTRACED|NOHANG|NOWAIT)
    | W(EXITSTATUS|STOPSIG|TERMSIG)
    | [bl]e(16|32|64)toh | hto[bl]e(16|32|64) | alloca | strn?dupa
    | (ADJ|CLOCKS?|CLONE|CLOSE_RANGE|CPU|MOD|PTHREAD|SCHED|SEEK|STA|TIMER?)_[A-Z_]+ | CSIGNAL
    | F_(LOCK|OK|TEST|TLOCK|ULOCK) | L_(INCR|SET|XTND) | [RWX]_OK | STD(ERR|IN|OUT)_FILENO
    | TEMP_FAILURE_RETRY | pthread_\w+ | sched_priority""",
    re.VERBOSE,
)
"""Macros of the same headers that come in families."""


def is_reserved(identifier: str) -> bool:
    """Return whether an identifier means something in generated code already."""
    return identifier in RESERVED or _MACRO_FAMILIES.fullmatch(identifier) is not None


class IdentifierTable:
    """Give each name of one scope an identifier of its own.

    The name itself where that is possible, its readable characters otherwise; a digit is added
    where two names would meet.

    Examples
    --------
    >>> table = IdentifierTable()
    >>> table.add("neurongroup.v"), table.add("neurongroup_v"), table.add("double")
    ('neurongroup_v', 'neurongroup_v_2', 'double_2')
    """

    def __init__(self, taken: frozenset[str] = frozenset()) -> None:
        self._taken = set(taken)
        self._identifiers: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        return self._identifiers[name]

    def add(self, name: str) -> str:
        """Return the identifier for a name, the same one each time."""
        if name not in self._identifiers:
            self._identifiers[name] = self._unique(name)
        return self._identifiers[name]

    def fresh(self, readable: str) -> str:
        """Return an identifier like ``readable`` that nothing else has."""
        return self._unique(readable)

    def _unique(self, name: str) -> str:
        readable = re.sub(r"_+", "_", re.sub(r"\W", "_", name, flags=re.ASCII)).strip("_") or "x"
        if readable[0].isdigit():
            readable = f"x{readable}"
        candidate, number = readable, 2
        while is_reserved(candidate) or candidate in self._taken:
            candidate, number = f"{readable}_{number}", number + 1
        self._taken.add(candidate)
        return candidate

    def as_dict(self) -> dict[str, str]:
        """Return all identifiers by name."""
        return dict(self._identifiers)
