"""Dynamics of few variables: phase planes, fixed points and bifurcations."""

from __future__ import annotations

from eqsim.analysis.fixed_points import FixedPoint, fixed_points
from eqsim.analysis.limit_cycles import LimitCycle
from eqsim.analysis.phase import PhaseLine, PhasePlane
from eqsim.analysis.trajectories import Trajectory

__all__ = [
    "FixedPoint",
    "LimitCycle",
    "PhaseLine",
    "PhasePlane",
    "Trajectory",
    "fixed_points",
]
