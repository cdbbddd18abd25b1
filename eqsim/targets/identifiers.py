"""Names of a program to identifiers of the C family, readable and without collisions."""

from __future__ import annotations

import re

RESERVED = frozenset(
    """
    alignas alignof and and_eq asm atomic_cancel atomic_commit atomic_noexcept auto bitand bitor
    bool break case catch char char8_t char16_t char32_t class compl concept const consteval
    constexpr constinit const_cast continue co_await co_return co_yield decltype default delete do
    double dynamic_cast else enum explicit export extern false float for friend goto if inline int
    long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected
    public reflexpr register reinterpret_cast requires restrict return short signed sizeof static
    static_assert static_cast struct switch synchronized template this thread_local throw true try
    typedef typeid typename typeof union unsigned using virtual void volatile wchar_t while xor
    xor_eq
    int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t intptr_t uintptr_t size_t
    ptrdiff_t ssize_t intmax_t uintmax_t
    NULL EOF NAN INFINITY HUGE_VAL INT8_MIN INT16_MIN INT32_MIN INT64_MIN INT8_MAX INT16_MAX
    INT32_MAX INT64_MAX UINT8_MAX UINT16_MAX UINT32_MAX UINT64_MAX SIZE_MAX INT64_C UINT64_C
    INTPTR_MAX RAND_MAX EXIT_SUCCESS EXIT_FAILURE MB_CUR_MAX BUFSIZ SEEK_SET SEEK_CUR SEEK_END
    FILENAME_MAX FOPEN_MAX L_tmpnam TMP_MAX stdin stdout stderr errno assert linux unix i386
    eqsim simulation clocks omp_get_thread_num omp_get_num_threads malloc calloc realloc free
    memcpy memset abort exit dim3 threadIdx blockIdx blockDim gridDim warpSize
    """.split()
)
"""Keywords, macros and types of the headers that generated code includes, and its own names."""


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
        while candidate in RESERVED or candidate in self._taken:
            candidate, number = f"{readable}_{number}", number + 1
        self._taken.add(candidate)
        return candidate

    def as_dict(self) -> dict[str, str]:
        """Return all identifiers by name."""
        return dict(self._identifiers)
