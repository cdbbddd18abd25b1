"""One program, run again with other scalars, each time into a folder of results."""

from brian2 import *

set_device("cpp_standalone", build_on_run=False)
G = NeuronGroup(
    4,
    """dv/dt = (I - v)/tau : volt (unless refractory)
    I : volt
    tau : second (shared, constant)
    ref : second""",
    threshold="v > 10*mV",
    reset="v = 0*mV",
    refractory="ref",
    method="exact",
)
G.tau = 10 * ms
G.ref = 2 * ms
G.I = [5, 11, 15, 20] * mV
spikes = SpikeMonitor(G)
traces = StateMonitor(G, "v", record=True)
run(50 * ms)
device.build(run=False, with_output=False)
counts, last = [], []
for number, tau in enumerate([5, 10, 20] * ms):
    device.run(results_directory=f"result_{number}", run_args={G.tau: tau}, with_output=False)
    counts.append(array(spikes.count))
    last.append(array(traces.v[:, -1]))
device.run(results_directory="both", run_args={G.tau: 7 * ms, G.I: 18 * mV}, with_output=False)
both = array(spikes.count)
device.run(run_args={G.v: 3 * mV}, with_output=False)
deterministic = dict(
    counts=counts, last=last, both=both, first=traces.v[:, 0], tau=G.tau_[:], I=G.I_[:]
)
