"""Short-term plasticity: a depressing and a facilitating synapse under the same spikes.

Tsodyks, Pawelzik and Markram (1998), doi:10.1162/089976698300017502.
"""

from eqsim.brian import *

times = concatenate([100 + 50 * arange(8), [1000]]) * ms
source = SpikeGeneratorGroup(1, zeros(len(times), dtype=int), times)
targets = NeuronGroup(
    2,
    """
    dv/dt = (I - v)/(20*ms) : volt
    dI/dt = -I/(3*ms) : volt
    """,
    method="exact",
)
S = Synapses(
    source,
    targets,
    """
    dx/dt = (1 - x)/tau_d : 1 (event-driven)
    du/dt = -u/tau_f : 1 (event-driven)
    U : 1 (constant)
    tau_d : second (constant)
    tau_f : second (constant)
    w : volt (constant)
    """,
    on_pre="""
    u += U*(1 - u)
    r = u*x
    I_post += w*r
    x -= r
    """,
)
S.connect()
S.x = 1
S.U = [0.5, 0.15]
S.tau_d = [800, 130] * ms
S.tau_f = [20, 1000] * ms
S.w = [10, 16] * mV
traces = StateMonitor(targets, "v", record=True)

run(1200 * ms)

figure(figsize=(7, 5))
for k, name in enumerate(("depression", "facilitation")):
    subplot(2, 1, k + 1)
    plot(traces.t / ms, traces.v[k] / mV)
    plot(times / ms, zeros(len(times)) - 0.05, "|k")
    ylabel("potential (mV)")
    title(name)
xlabel("time (ms)")
tight_layout()
savefig("tsodyks_markram.png", dpi=120)
