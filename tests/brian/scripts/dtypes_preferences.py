"""Covers: running-preferences running-logging neurons-dtype"""

from brian2 import *

BrianLogger.log_level_error()
BrianLogger.suppress_hierarchy("brian2.codegen")
BrianLogger.suppress_name("resolution_conflict")
prefs.codegen.target = "numpy"
prefs["core.default_float_dtype"] = float32
A = NeuronGroup(3, "dv/dt = (1 - v)/(5*ms) : 1\nn : integer", method="euler")
prefs.core.default_float_dtype = float64
B = NeuronGroup(3, "dv/dt = (1 - v)/(5*ms) : 1\nw : 1", method="euler", dtype={"w": float32})
C = NeuronGroup(3, "dv/dt = (1 - v)/(5*ms) : 1", method="euler", dtype=float32)
run(5 * ms)
stochastic = dict(A=(float(A.v[0]), 1e-6), C=(float(C.v[0]), 1e-6))
deterministic = dict(
    B=B.v[:],
    kinds=[
        A.v[:].dtype == float32,
        B.v[:].dtype == float64,
        B.w[:].dtype == float32,
        C.v[:].dtype == float32,
        A.n[:].dtype == int32,
    ],
)
