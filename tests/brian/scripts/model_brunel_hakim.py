"""Covers: models-noise models-sparse-random"""

from brian2 import *

seed(8)
N, Vr, theta, tau = 600, 10 * mV, 20 * mV, 20 * ms
J, muext, sigmaext, C = 0.1 * mV * 3, 25 * mV, 1 * mV, 60
group = NeuronGroup(
    N,
    """dV/dt = (-V + muext + sigmaext*sqrt(tau)*xi)/tau : volt""",
    threshold="V > theta",
    reset="V = Vr",
    refractory=2 * ms,
    method="euler",
)
group.V = "Vr + rand()*(theta - Vr)"
conn = Synapses(group, group, on_pre="V += -J", delay=2 * ms)
conn.connect(p="1.0*C/N_pre")
sp = SpikeMonitor(group)
run(100 * ms)
counts = asarray(sp.count, dtype=float)
late = asarray(sp.i[asarray(sp.t) > 0.05])
stochastic = dict(
    counts=(mean(counts), 3 * std(counts) / sqrt(N)),
    late=(len(late) / N, 0.1),
    n=(len(conn), 60 * sqrt(N)),
    V=(mean(group.V / mV), 0.3),
)
