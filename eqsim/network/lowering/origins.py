"""The user's lines, which kernels are told to come from."""

from __future__ import annotations

import re

from eqsim.equations.code import CodeBlock
from eqsim.equations.declarations import Declaration


def line_of(declared: Declaration) -> str:
    """Return a declaration as the user wrote it, on one line and without comments."""
    return " ".join(re.sub(r"#[^\n]*", "", declared.span.text).split())


def origin_of(code: CodeBlock) -> list[str]:
    """Return the statements of a code block as the user wrote them, without comments."""
    lines = (line.split("#")[0].strip() for line in code.source.text.split("\n"))
    return [line for line in lines if line]
