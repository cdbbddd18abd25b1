"""Covers: models-noise neurons-adaptive"""

from brian2 import *

seed(5)
eqs = """dv/dt = -v/(10*ms) : volt
dvt/dt = (10*mV - vt)/(15*ms) : volt"""
IF = NeuronGroup(800, model=eqs, reset="v = 0*mV; vt += 3*mV", threshold="v > vt", method="exact")
IF.vt = 10 * mV
PG = PoissonGroup(800, 500 * Hz)
C = Synapses(PG, IF, on_pre="v += 3*mV")
C.connect(j="i")
sp = SpikeMonitor(IF)
rate = PopulationRateMonitor(IF)
run(100 * ms)


def told(x):
    x = asarray(x, dtype=float)
    return mean(x), std(x) / sqrt(len(x))


stochastic = dict(
    counts=told(sp.count), vt=told(IF.vt / mV), v=told(IF.v / mV), rate=(mean(rate.rate / Hz), 3)
)
