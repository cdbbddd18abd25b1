"""Values for variables and parameters, made from their shape: constant, or drawn at random.

An initializer is called with a shape and returns values, with their unit. Wherever values are
given it can stand for them: ``G.v = initializers.Uniform(-70*mV, -50*mV)``,
``models.HH(10, gNa=initializers.Normal(...))``, ``S.w = ...``. Any other callable that takes a
shape does the same, such as ``lambda shape: numpy.random.rand(*shape)``.
"""

from __future__ import annotations

from eqsim.initializers.base import Initializer
from eqsim.initializers.constants import Constant, OneInit, ZeroInit
from eqsim.initializers.distributions import LogNormal, Normal, Uniform
from eqsim.initializers.truncated import TruncatedNormal

ALL: tuple[type[Initializer], ...] = (
    Constant,
    ZeroInit,
    OneInit,
    Uniform,
    Normal,
    TruncatedNormal,
    LogNormal,
)
"""All initializers, in the order of their table."""

__all__ = [
    "ALL",
    "Constant",
    "Initializer",
    "LogNormal",
    "Normal",
    "OneInit",
    "TruncatedNormal",
    "Uniform",
    "ZeroInit",
]
