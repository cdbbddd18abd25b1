"""Programs in a loop: reinit, activate, build into temporary folders."""

from brian2 import *

set_device("cpp_standalone", build_on_run=False)
found = []
for rate in [50, 100, 200] * Hz:
    device.reinit()
    device.activate(build_on_run=False)
    G = NeuronGroup(
        2, "dx/dt = rate*(i + 1) : 1", threshold="x > 1", reset="x = 0", method="euler"
    )
    spikes = SpikeMonitor(G)
    network = Network(G, spikes)
    network.run(30 * ms)
    network.run(20 * ms)
    device.build(directory=None, with_output=False)
    found.append([array(spikes.count), array(G.x[:])])
device.reinit()
device.activate(directory="last", with_output=False)
G = NeuronGroup(1, "dx/dt = -x/(10*ms) : 1", method="exact")
G.x = 1
network = Network(G)
network.run(10 * ms)
deterministic = dict(counts=[f[0] for f in found], x=[f[1] for f in found], last=G.x[:])
