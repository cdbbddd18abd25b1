"""Equations as mathematics for notebooks."""

from __future__ import annotations

from eqsim.equations.declarations import Declaration, EquationBlock, VariableKind
from eqsim.expressions.nodes import Name
from eqsim.expressions.symbolic import latex


def block_latex(block: EquationBlock) -> str:
    r"""Return a block of equations as LaTeX, one line per declaration, aligned at ``=``.

    Examples
    --------
    >>> from eqsim.equations.block_parser import parse_block
    >>> from eqsim.source import Source
    >>> print(block_latex(parse_block(Source("dv/dt = -v/tau : volt (unless refractory)"))))
    \begin{align*}
    \frac{\mathrm{d} v}{\mathrm{d} t} &= - \frac{v}{\tau} && \text{in volt (unless refractory)}
    \end{align*}
    """
    lines = " \\\\\n".join(map(_line, block.declarations))
    return f"\\begin{{align*}}\n{lines}\n\\end{{align*}}"


def _line(declared: Declaration) -> str:
    name = latex(Name(declared.name))
    if declared.kind is VariableKind.DIFFERENTIAL:
        name = rf"\frac{{\mathrm{{d}} {name}}}{{\mathrm{{d}} t}}"
    right = "" if declared.expression is None else f"= {latex(declared.expression)}"
    unit = declared.unit.replace("_", r"\_").replace("**", r"\^{}")
    flags = ", ".join(sorted(flag.value for flag in declared.flags))
    return rf"{name} &{right} && \text{{in {unit}{f' ({flags})' if flags else ''}}}"
