"""Dynamics: phase planes, fixed points and bifurcations of few variables, slow points of many."""

from __future__ import annotations

from eqsim.analysis.bifurcation import Bifurcation
from eqsim.analysis.diagrams import Branch, Curve, CycleBranch
from eqsim.analysis.fixed_points import FixedPoint, fixed_points
from eqsim.analysis.limit_cycles import LimitCycle
from eqsim.analysis.local_bifurcations import BifurcationPoint
from eqsim.analysis.network_points import SlowPoint, slow_points
from eqsim.analysis.phase import PhaseLine
from eqsim.analysis.phase_plane import PhasePlane
from eqsim.analysis.trajectories import Trajectory

__all__ = [
    "Bifurcation",
    "BifurcationPoint",
    "Branch",
    "Curve",
    "CycleBranch",
    "FixedPoint",
    "LimitCycle",
    "PhaseLine",
    "PhasePlane",
    "SlowPoint",
    "Trajectory",
    "fixed_points",
    "slow_points",
]
