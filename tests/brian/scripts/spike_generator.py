"""Covers: inputs-spike-generator inputs-set-spikes inputs-period"""

from brian2 import *

once = SpikeGeneratorGroup(5, [4, 0, 2, 0], [3, 1, 2.04, 7] * ms)
again = SpikeGeneratorGroup(2, [0, 1, 1], [0.5, 1.0, 2.5] * ms, period=4 * ms)
fine = SpikeGeneratorGroup(1, [0, 0], [1.05, 1.149] * ms, dt=0.05 * ms)
unsorted = SpikeGeneratorGroup(3, [2, 1, 0], [5, 3, 4] * ms, sorted=False)
G = NeuronGroup(5, "v : 1")
S = Synapses(once, G, on_pre="v += 1")
S.connect(j="i")
mons = [SpikeMonitor(x) for x in (once, again, fine, unsorted)]
net = Network(collect(), mons)
net.run(8 * ms)
once.set_spikes([1, 1], [9, 11] * ms)
net.run(8 * ms)
wrong = []
for arguments in (([0, 0], [1.01, 1.02] * ms), ([5], [1] * ms), ([0, 1], [1] * ms)):
    try:
        bad = SpikeGeneratorGroup(2, *arguments)
        Network(bad).run(2 * ms)
        wrong.append(0)
    except Exception:
        wrong.append(1)
deterministic = dict(
    v=G.v[:],
    wrong=wrong,
    **{f"i{k}": m.i[:] for k, m in enumerate(mons)},
    **{f"t{k}": asarray(m.t) for k, m in enumerate(mons)},
)
