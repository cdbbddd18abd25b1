"""Covers: neurons-args-more synapses-summed-subgroups running-more synapses-conditional"""

from brian2 import *

clock = Clock(dt=0.2 * ms)
G = NeuronGroup(
    6,
    """dv/dt = (s1 + s2 - v)/(5*ms) : 1 (unless refractory)
s1 : 1
s2 : 1
alive : boolean
steps : integer""",
    threshold="v > 0.5 and alive",
    reset="""
v -= 0.4  # a subtractive reset
steps += 1
""",
    refractory=1 * ms,
    method="euler",
    clock=clock,
)
G.alive = "i != 3"
src = NeuronGroup(6, "r : 1", dt=0.2 * ms)
src.r = "1.0*i"
A = Synapses(src[:3], G, "s1_post = r_pre*0.3 : 1 (summed)", clock=clock)
A.connect()
B = Synapses(src[3:], G, "s2_post = r_pre*0.2 : 1 (summed)", clock=clock)
B.connect(j="i + 3")
kick = SpikeGeneratorGroup(1, [0, 0, 0], [1.2, 2.2, 4.4] * ms, clock=clock)
K = Synapses(kick, G, on_pre="v_post = v_post*int(v_post < 0.3) + 0.3*int(v_post >= 0.3)")
K.connect(i=0, j=[1, 2, 4])
sp = SpikeMonitor(G)
mon = StateMonitor(G, "s1", record=True, clock=clock)
run(20 * ms)
G.alive = True
run(5 * ms)
deterministic = dict(
    v=G.v[:], counts=sp.count[:], steps=G.steps[:], s1=G.s1[:], mon=mon.s1[:, 5], t=asarray(sp.t)
)
