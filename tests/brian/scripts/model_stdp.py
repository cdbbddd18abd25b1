"""Covers: models-plasticity synapses-clip"""

from brian2 import *

taum, taupre, taupost, Ee, vt, vr, El, taue = (
    10 * ms,
    20 * ms,
    20 * ms,
    0 * mV,
    -54 * mV,
    -60 * mV,
    -74 * mV,
    5 * ms,
)
gmax, dApre = 0.3, 0.01
dApost = -dApre * taupre / taupost * 1.05 * gmax
dApre *= gmax
times = [(k * 7 % 100 + (k % 9) * 0.1) * ms for k in range(300)]
inputs = SpikeGeneratorGroup(30, arange(300) % 30, array([float(x) for x in times]) * second)
neurons = NeuronGroup(
    1,
    """dv/dt = (ge*(Ee - v) + El - v)/taum : volt
dge/dt = -ge/taue : 1""",
    threshold="v > vt",
    reset="v = vr",
    method="euler",
)
neurons.v = vr
S = Synapses(
    inputs,
    neurons,
    """w : 1
dApre/dt = -Apre/taupre : 1 (event-driven)
dApost/dt = -Apost/taupost : 1 (event-driven)""",
    on_pre="""ge += w
Apre += dApre
w = clip(w + Apost, 0, gmax)""",
    on_post="""Apost += dApost
w = clip(w + Apre, 0, gmax)""",
)
S.connect()
S.w = "0.15 + 0.1*(i % 3)"
mon = StateMonitor(S, "w", record=[0, 1])
sp = SpikeMonitor(neurons)
run(110 * ms)
deterministic = dict(
    w=S.w[:], v=asarray(neurons.v), ge=neurons.ge[:], n=sp.count[:], mon=mon.w[:, ::50]
)
