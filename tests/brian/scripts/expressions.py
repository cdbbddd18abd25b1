"""Covers: expressions-syntax expressions-types expressions-modulo expressions-functions expressions-augmented"""

from brian2 import *

G = NeuronGroup(
    9,
    """x : 1
n : integer
b : boolean
y : 1
k : integer
v : volt""",
)
G.x = "(i - 4)*0.7"
G.n = "i - 4"
G.b = "x > 0 and not (n == 2) or n < -3"
out = {}
for name, text in dict(
    mod="x % 1.5",
    imod="n % 3",
    floordiv="x // 0.4",
    ifloor="n // 3",
    div="n / 4",
    power="n**2 + x**2",
    negative="-n**2",
    comparison="int(x >= 0) + int(n != 0)*10",
    fromint="int(x)",
    frombool="int(b)*2",
    absolute="abs(n) + abs(x)",
    signs="sign(x) + sign(n)",
    clipped="clip(x, -1, 1) + clip(n, -2, 2)",
    expr="exprel(x) + expm1(x) + log1p(abs(x))",
    trig="sin(x) + cos(x) + tan(x) + sinh(x) + cosh(x) + tanh(x)",
    inverse="arcsin(x/4) + arccos(x/4) + arctan(x)",
    logs="log(abs(x) + 1) + log10(abs(x) + 1)",
    rounding="floor(x)*10 + ceil(x)",
    sqrts="sqrt(abs(x)) + exp(x)",
    consts="pi + e*x",
    chained="(x < 1) and (x > -1)",
    steps="timestep(x*ms + 10*ms, 0.1*ms)",
    infinite="1/inf + x",
    nested="int(x > 0)*(1 + 2*x) + int(x <= 0)*(3 - (x - 1))",
    bools="int(not b) + int(b or x > 1)",
).items():
    if name in ("chained",):
        G.b = text
        out[name] = array(G.b[:])
    else:
        G.y = text
        out[name] = array(G.y[:])
G.k = "n*2"
G.k = "x*2.6"
out["truncated"] = array(G.k[:])
R = NeuronGroup(
    3,
    "a : 1\nc : 1\nd : integer\nv : volt",
    threshold="True",
    reset="""
a += 1.5; a *= 2
a -= 0.25; a /= 1.5
c = a**2 % 3   # statements share a line
step = int(a) + 1
half = step / 2
is_big = half > 1
d += step
c += half*int(is_big)
v = v + 2*mV
c = c*1.01
""",
)
run(0.5 * ms)
out.update(a=R.a[:], c=R.c[:], d=R.d[:], v=asarray(R.v))
refused = []
for text in (
    "x = 1 if v > 0 else 2",
    "x[0] = 1",
    "x = v.real",
    "x = a ^ 2",
    "x = [1]",
    "x = b & 1",
    "x = sin(x=1)",
    "s = -b",
    "x = 1 and 2",
):
    try:
        N_ = NeuronGroup(1, "x : 1\nv : 1\nb : boolean\na : 1", threshold="x > 0", reset=text)
        net = Network(N_)
        net.run(0 * ms)
        refused.append(0)
    except Exception:
        refused.append(1)
out["refused"] = refused
deterministic = out
