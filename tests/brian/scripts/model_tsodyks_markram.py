"""Covers: models-plasticity synapses-short-term"""

from brian2 import *

U, tau_d, tau_f, tau_e = 0.4, 200 * ms, 100 * ms, 3 * ms
pre = SpikeGeneratorGroup(
    2, [0] * 8 + [1] * 5, concatenate([arange(8) * 12.5 + 5, arange(5) * 20 + 7]) * ms
)
post = NeuronGroup(
    2,
    """dv/dt = (I - v)/(15*ms) : 1
dI/dt = -I/tau_e : 1""",
    method="exact",
)
S = Synapses(
    pre,
    post,
    """dx/dt = (1 - x)/tau_d : 1 (event-driven)
du/dt = (U - u)/tau_f : 1 (event-driven)
w : 1""",
    on_pre="""u += U*(1 - u)
r = u*x
I_post += w*r
x -= r""",
)
S.connect(j="i")
S.x, S.u, S.w = 1, U, "2 + i"
M = StateMonitor(post, ["I", "v"], record=True)
run(120 * ms)
deterministic = dict(x=S.x[:], u=S.u[:], I=M.I[:, ::40], v=post.v[:])
