"""Covers: models-networks expressions-quadratic inputs-run-regularly"""

from brian2 import *

defaultclock.dt = 0.5 * ms
N = NeuronGroup(
    40,
    """dv/dt = (0.04*v**2 + 5*v + 140 - u + I)/ms : 1
du/dt = a*(b*v - u)/ms : 1
I : 1
drive : 1
a : 1
b : 1
c : 1
d : 1""",
    threshold="v >= 30",
    reset="v = c; u += d",
    method="euler",
)
exc, inh = N[:32], N[32:]
exc.a, exc.b, exc.c, exc.d = 0.02, 0.2, "-65 + 15*(i/32.0)**2", "8 - 6*(i/32.0)**2"
inh.a, inh.b, inh.c, inh.d = "0.02 + 0.08*i/8.0", "0.25 - 0.05*i/8.0", -65, 2
N.v = -65
N.u = "b*v"
exc.run_regularly("drive = 5*(1 + sin(t/(7*ms) + i))", dt=1 * ms)
N.run_regularly("I = drive", dt=1 * ms, order=1)
S = Synapses(N, N, "w : 1", on_pre={"up": "I_post += w"})
S.connect(condition="(i*7 + j) % 6 == 0")
S.w["i < 32"] = "0.5*((i + j) % 5)/5.0"
S.w["i >= 32"] = "-1.0*((i + j) % 3)/3.0"
sp = SpikeMonitor(N)
run(200 * ms)
deterministic = dict(v=N.v[:], u=N.u[:], counts=sp.count[:], i=sp.i[:])
