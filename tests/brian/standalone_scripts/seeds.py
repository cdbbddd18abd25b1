"""Random numbers: the same for a seed, and of the right distribution."""

from brian2 import *

set_device("cpp_standalone", build_on_run=False)
seed(4321)
P = PoissonGroup(300, rates=40 * Hz)
G = NeuronGroup(300, "dv/dt = -v/(10*ms) + 0.3*xi*(10*ms)**-0.5 : 1", method="euler")
G.v = "rand()"
start = StateMonitor(G, "v", record=True, dt=5 * ms)
S = Synapses(P, G, on_pre="v_post += 0")
S.connect(p=0.1)
spikes = SpikeMonitor(P)
run(50 * ms)
device.build(with_output=False)
n, first, last = spikes.num_spikes, array(start.v[:, 0]), array(start.v[:, -1])
synapses_made = len(S.i[:])
device.run(with_output=False)
again = spikes.num_spikes
deterministic = dict(same=[n == again, allclose(last, start.v[:, -1])])
stochastic = dict(
    spikes=[n, sqrt(n)],
    first=[mean(first), std(first) / sqrt(300)],
    spread=[std(last), std(last) / sqrt(600)],
    synapses=[synapses_made, sqrt(synapses_made)],
)
