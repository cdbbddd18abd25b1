"""NumPy arrays to function values, with the same bits as the generated C++ and CUDA code.

The mirror of ``templates/common/mathematics.h``, operation by operation: that header says which
operations are allowed and how accurate each function is. Functions take arrays or scalars and give
the input's type back: float32, float64, or int64 where a function has integers. They never warn.
"""

from __future__ import annotations

from eqsim.targets.numpy.mathematics.division import floor_divide, modulo
from eqsim.targets.numpy.mathematics.exponentials import (
    cosh,
    exp,
    expm1,
    exprel,
    inverse_exprel,
    sinh,
    tanh,
)
from eqsim.targets.numpy.mathematics.logarithms import log, log1p, log2, log10
from eqsim.targets.numpy.mathematics.matrices import matrix_exponential
from eqsim.targets.numpy.mathematics.powers import power
from eqsim.targets.numpy.mathematics.rounding import (
    abs,  # noqa: A004 - the name of the function in equations
    ceil,
    clip,
    floor,
    maximum,
    minimum,
    sign,
    sqrt,
    timestep,
    to_integer,
)
from eqsim.targets.numpy.mathematics.trigonometry import (
    arccos,
    arcsin,
    arctan,
    cos,
    cosine_of_turns,
    sin,
    tan,
)

__all__ = [
    "abs",
    "arccos",
    "arcsin",
    "arctan",
    "ceil",
    "clip",
    "cos",
    "cosh",
    "cosine_of_turns",
    "exp",
    "expm1",
    "exprel",
    "floor",
    "floor_divide",
    "inverse_exprel",
    "log",
    "log1p",
    "log2",
    "log10",
    "matrix_exponential",
    "maximum",
    "minimum",
    "modulo",
    "power",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "timestep",
    "to_integer",
]
