"""Covers: models-networks inputs-chains"""

from brian2 import *

Vr, Vt, taum, taupsp, weight = -70 * mV, -55 * mV, 10 * ms, 0.325 * ms, 14.86 * mV
P = NeuronGroup(
    50,
    Equations(
        """dV/dt = (-(V - Vr) + x)*(1./taum) : volt
dx/dt = (-x + y)*(1./taupsp) : volt
dy/dt = -y*(1./taupsp) + 25.27*mV/ms*0 : volt""".replace(" + 25.27*mV/ms*0", "")
    ),
    threshold="V > Vt",
    reset="V = Vr",
    refractory=1 * ms,
    method="exact",
)
spike_input = SpikeGeneratorGroup(5, arange(5), 2 * ms + arange(5) * 0.1 * ms)
S = Synapses(P, P, on_pre="y += weight")
S.connect(j="k for k in range((int(i/5) + 1)*5, (int(i/5) + 2)*5) if i < N_pre - 5")
Sinput = Synapses(spike_input, P[:5], on_pre="y += weight*1.1")
Sinput.connect()
P.V = "Vr + 0.05*(i % 3)*(Vt - Vr)"
sp = SpikeMonitor(P)
run(30 * ms)
deterministic = dict(V=asarray(P.V), counts=sp.count[:], t=asarray(sp.t), n=len(S))
