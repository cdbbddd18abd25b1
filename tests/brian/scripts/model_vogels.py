"""Covers: models-plasticity"""

from brian2 import *

tau, gl, el, er = 20 * ms, 10 * nS, -60 * mV, -80 * mV
vt, memc, bgcurrent = -50 * mV, 200 * pF, 250 * pA
tau_a, tau_g, tau_stdp, eta, rho, gmax = 5 * ms, 10 * ms, 20 * ms, 0.05, 10 * Hz, 100
alpha = 2 * rho * tau_stdp
G = NeuronGroup(
    20,
    """dv/dt = (-gl*(v - el) - (ga*v*0 + ga*(v - 0*mV)) - gi*(v - er) + bgcurrent)/memc : volt (unless refractory)
dga/dt = -ga/tau_a : siemens
dgi/dt = -gi/tau_g : siemens""".replace("ga*v*0 + ", ""),
    threshold="v > vt",
    reset="v = el",
    refractory=5 * ms,
    method="euler",
)
G.v = "el + i*0.5*mV"
Pe, Pi = G[:15], G[15:]
con_e = Synapses(Pe, G, on_pre="ga += 0.3*nS")
con_e.connect(condition="(i + 2*j) % 5 == 0")
con_i = Synapses(
    Pi,
    Pe,
    """w : 1
dApre/dt = -Apre/tau_stdp : 1 (event-driven)
dApost/dt = -Apost/tau_stdp : 1 (event-driven)""",
    on_pre="""Apre += 1
w = clip(w + (Apost - alpha)*eta, 0, gmax)
gi += w*nS""",
    on_post="""Apost += 1
w = clip(w + Apre*eta, 0, gmax)""",
)
con_i.connect(condition="(i + j) % 2 == 0")
con_i.w = 1e-10
sp = SpikeMonitor(G)
run(100 * ms)
deterministic = dict(v=asarray(G.v), w=con_i.w[:], counts=sp.count[:], gi=asarray(G.gi))
