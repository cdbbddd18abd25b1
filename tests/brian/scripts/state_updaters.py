"""Covers: methods-table methods-exact methods-explicit methods-info"""

from brian2 import *

defaultclock.dt = 0.2 * ms
lin = """dx/dt = (y - x)/(5*ms) : 1
dy/dt = (I - y)/(11*ms) : 1
I : 1 (constant)"""
non = """dx/dt = (x - x**3/3 - y + 0.5*cos(t*2*pi*50*Hz))/ms : 1
dy/dt = 0.08*(x + 0.7 - 0.8*y)/ms : 1"""
cond = """dm/dt = (1 - m)*a - m*b : 1
a = 0.5*exp(-v)/ms : Hz
b = 0.1*exp(v/3)/ms : Hz
dv/dt = (m*3 - v)/(4*ms) : 1"""
out = {}
for method in ("exact", "linear", "euler", "rk2", "rk4", "exponential_euler"):
    start_scope()
    text = lin if method in ("exact", "linear") else non
    if method == "exponential_euler":
        text = cond
    G = NeuronGroup(3, text, method=method)
    if text is lin:
        G.I = [1, 2, 3]
    if text is non:
        G.x = [-1, 0, 1.5]
    run(20 * ms)
    out[method] = [array(getattr(G, n)[:]) for n in sorted(G.equations.diff_eq_names)]
start_scope()
own = ExplicitStateUpdater("""
k = dt*f(x, t)
l = dt*f(x + k/3, t + dt/3)
x_new = x + 1.5*l - 0.5*k
""")
G = NeuronGroup(2, non, method=own)
G.x = [0.2, -0.3]
run(10 * ms)
out["own"] = [array(G.x[:]), array(G.y[:])]
chosen = [euler, rk4, exact, exponential_euler, linear, heun, milstein, rk2]
start_scope()
G = NeuronGroup(1, non, method=rk4)
run(5 * ms)
out["object"] = [array(G.x[:])]
start_scope()
G = NeuronGroup(1, "dv/dt = -v/(5*ms) + t/second**2*second*Hz : 1", method=("exact", "euler"))
G.v = 1
run(5 * ms)
out["list"] = [array(G.v[:])]
deterministic = {name: array(values) for name, values in out.items()}
