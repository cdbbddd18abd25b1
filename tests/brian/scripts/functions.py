"""Covers: running-functions running-function-object"""

from brian2 import *


@implementation("cpp", "double saturated(double x, double top) { return x > top ? top : x; }")
@implementation(
    "cython", "cdef double saturated(double x, double top):\n    return top if x > top else x"
)
@check_units(x=volt, top=volt, result=volt)
def saturated(x, top):
    return clip(x, -inf * volt, top)


@check_units(n=1, result=1)
def squares(n):
    return n**2


@declare_types(a="integer", result="integer")
@check_units(a=1, result=1)
def doubled(a):
    return 2 * a


halved = Function(lambda x: x / 2, arg_units=[volt], return_unit=volt, arg_names=["x"])
G = NeuronGroup(
    4,
    """dv/dt = (saturated(drive, 4*mV) - v)/(5*ms) : volt
drive = i*2*mV : volt
q : 1
d : integer
h : volt""",
    method="euler",
)
G.q = "squares(i) + 1"
G.d = "doubled(i)"
if "numpy" in str(prefs["codegen.target"]):
    pass
run(10 * ms)
G.h = "v*0.5"
deterministic = dict(
    v=asarray(G.v), q=G.q[:], d=G.d[:], h=asarray(G.h), python=float(saturated(3 * mV, 1 * mV))
)
