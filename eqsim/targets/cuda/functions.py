"""Functions from outside the language on devices: their own texts, or those for processors."""

from __future__ import annotations

import re
from dataclasses import replace

from eqsim.errors import TargetError
from eqsim.program.functions import ForeignCode, ProgramFunction
from eqsim.program.nodes import Program

_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*(\S+).*$", re.MULTILINE)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_KNOWN = frozenset({"<math.h>", "<cmath>", "<stdint.h>", "<cstdint>"})
"""Headers whose functions devices have too."""


def with_device_code(program: Program) -> tuple[Program, tuple[ForeignCode, ...]]:
    """Return the program with a text for devices for each of its functions.

    A function has its own for ``'cuda'``, or one for ``'cpp'`` that is plain: the definition of
    the function and nothing else, without headers but those of mathematics.

    Parameters
    ----------
    program : Program
        The program.

    Raises
    ------
    TargetError
        If a function has neither.
    """
    functions = tuple(map(_with_code, program.functions))
    codes = tuple(code for f in functions for code in [f.code_for("cuda")] if code is not None)
    return replace(program, functions=functions), codes


def _with_code(function: ProgramFunction) -> ProgramFunction:
    own = function.code_for("cuda")
    if own is not None:
        if own.sources or own.libraries:
            raise TargetError(
                f"target 'cuda' cannot call {function.symbol!r}\n"
                "  its implementation needs compiled files or libraries, which run on processors"
                " only; write it as one text"
            )
        return function
    code = function.code_for("cpp")
    if code is None:
        return function
    text = plain_text(code, function.symbol)
    if text is None:
        raise TargetError(
            f"target 'cuda' cannot call {function.symbol!r}\n"
            "  its implementation for 'cpp' is more than the definition of one function of numbers"
            "\n  add one with @implementation('cuda', ...): the same with '__device__' before each"
            " function, or run on target='cpp'"
        )
    return replace(function, code=(*function.code, ("cuda", replace(code, text=text))))


def plain_text(code: ForeignCode, symbol: str) -> str | None:
    """Return the text of a plain function as one for devices, None if it is not plain.

    Examples
    --------
    >>> code = ForeignCode("double half(double x) { return x/2; }")
    >>> plain_text(code, "half")
    '__device__ double half(double x) { return x/2; }'
    """
    if code.sources or code.libraries or not set(code.headers) | _included(code) <= _KNOWN:
        return None
    text = _COMMENT.sub("", _INCLUDE.sub("", code.text))
    definition = re.match(
        rf"\s*(?:static\s+|inline\s+)*[\w:\s]+?\b{symbol}\s*\([^()]*\)\s*{{", text
    )
    if definition is None or not _ends_with_body(text, definition.end()):
        return None
    start = re.search(rf"^[^\n]*?\b{symbol}\s*\(", code.text, re.MULTILINE)
    assert start is not None
    return f"{code.text[: start.start()]}__device__ {code.text[start.start() :].lstrip()}"


def _included(code: ForeignCode) -> set[str]:
    return {found.group(1) for found in _INCLUDE.finditer(code.text)}


def _ends_with_body(text: str, begin: int) -> bool:
    """Return whether the body that begins at a place is the last thing in the text."""
    depth = 1
    for place in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return not text[place + 1 :].strip(" \t\n;")
    return False
