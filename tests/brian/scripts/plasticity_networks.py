"""Covers: synapses-order-independence synapses-on-synapses synapses-noise"""

from brian2 import *

G = SpikeGeneratorGroup(3, [0, 1, 2, 1], [1, 1, 2, 4] * ms)
H = NeuronGroup(2, "v : 1\nlast : 1\nrelease : 1")
S = Synapses(
    G,
    H,
    "dy/dt = -y/(10*ms) : 1 (clock-driven)\nu : 1\nR : 1",
    on_pre="""
y += 1
u += 0.1
v_post += u*0.5""",
    method="exact",
)
S.connect()
astro = NeuronGroup(
    2,
    "dc/dt = (total - c)/(5*ms) : 1\ntotal : 1",
    method="euler",
    threshold="c > 0.15",
    reset="c = 0",
)
up = Synapses(S, astro, "total_post = y_pre*0.3 : 1 (summed)")
up.connect(j="i % 2")
down = Synapses(astro, S, on_pre="R_post += 1")
down.connect(condition="i == j % 2")
run(12 * ms)
deterministic = dict(y=S.y[:], u=S.u[:], R=S.R[:], v=H.v[:], c=astro.c[:])
