"""Covers: neurons-subgroups running-function-object running-summaries methods-exact units-check"""

from brian2 import *
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.namespace import get_local_namespace

# What scripts write that eqsim once did not take.
either = Function(lambda a, b: where(a > 0, a, b), arg_units=[None, 1], return_unit=lambda a, b: a)
G = NeuronGroup(
    10,
    "dv/dt = (2 - v)/tau : 1\nu = either(v - 1, 0.5) : 1\ntau : second",
    threshold="v > 1.5",
    reset="v = 0",
    method="exact",
    method_options={"simplify": False},
)
G.tau = "(5 + i)*ms"
last, beyond = G[-3:], G[4:50]
last.v = 0.7
spikes = SpikeMonitor(beyond)
silent = NeuronGroup(2, "x : 1")
S = Synapses(G, silent, on_pre="x_post += 1", on_post="")
S.connect()
net = Network(G, spikes, silent, S)
net.run(20 * ms, profile=True)
summaries = [len(str(profiling_summary(net, show=2))) > 0, len(str(scheduling_summary(net))) > 0]


@check_units(x=volt, y=None, result=lambda x, y: x)
def larger(x, y):
    return x + 0 * mV


deterministic = dict(
    sizes=[len(last), len(beyond)],
    last=last.v[:],
    i=spikes.i,
    t=spikes.t,
    u=G.u[:],
    x=silent.x[:],
    summaries=summaries,
    larger=float(larger(3 * mV, 2)),
    dimensions=(3 * mV).dimensions == volt.dim,
)
