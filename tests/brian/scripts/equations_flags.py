"""Covers: equations-lines equations-flags equations-builtins equations-shared equations-comments"""

from brian2 import *

defaultclock.dt = 0.1 * ms
eqs = """
dv/dt = (gain*drive - v)/tau + leak/ms   : 1   # the membrane
drive = 1 + 0.5*sin(2*pi*freq*t) + shift : 1   # subexpression over
                                               # a comment
shift = base*2                            : 1 (shared)
leak : 1
gain : 1 (constant)
tau : second (constant)
freq : Hz (shared, constant)
base : 1 (shared)
big = v > 1.2 : boolean
number : integer
flag : boolean
n_steps = t_in_timesteps : integer
held = v*2 : 1 (constant over dt)
combined = (v
            + leak) : 1
"""
G = NeuronGroup(6, eqs, method="rk4")
G.gain = "1 + i/N"
G.tau = "(5 + 5*i)*ms"
G.freq = 40 * Hz
G.base = 0.05
G.leak = [0, 0.01, 0.02, 0.03, 0, 0]
G.number = "i // 2"
G.flag = "i % 2 == 0"
M = StateMonitor(G, ["v", "drive", "big", "held", "combined", "n_steps", "shift"], record=True)
run(25 * ms)
G.base = 0.5
run(5 * ms)
deterministic = dict(
    v=G.v[:],
    drive=M.drive[:, ::10],
    big=M.big[:, ::10],
    held=M.held[:, -1],
    combined=M.combined[3, ::20],
    steps=M.n_steps[0, -1],
    number=G.number[:],
    flag=G.flag[:],
    freq=asarray(G.freq),
    tau=asarray(G.tau_),
    shift=M.shift[0, -1],
    t=asarray(G.t),
    N=asarray(G.N),
    dt=asarray(G.dt),
    i=G.i[:],
)
