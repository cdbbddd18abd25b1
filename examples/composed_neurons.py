"""Five neurons composed of ion channels, each with the behaviour that its currents give it.

* adapting: a pyramidal cell of cortex whose M-current slows its spikes down; Pospischil, M. et al.
  (2008), Biological Cybernetics 99, 427, doi:10.1007/s00422-008-0263-8
* late: a pyramidal cell with the A-current of Connor, Walter & McKown (1977), Biophysical Journal
  18, 81, doi:10.1016/S0006-3495(77)85598-7, which delays its first spike
* rebound: a relay cell of the thalamus with T- and h-current, which fires when it is let go;
  Huguenard, J. R. & McCormick, D. A. (1992), Journal of Neurophysiology 68, 1373,
  doi:10.1152/jn.1992.68.4.1373
* fast: an interneuron of hippocampus; Wang, X.-J. & Buzsaki, G. (1996), Journal of Neuroscience
  16, 6402, doi:10.1523/JNEUROSCI.16-20-06402.1996
* pacemaker: a cell of the centre of breathing with persistent sodium current, which bursts by
  itself; Butera, R. J., Rinzel, J. & Smith, J. C. (1999), Journal of Neurophysiology 82, 382,
  doi:10.1152/jn.1999.82.1.382

Usage: python examples/composed_neurons.py [folder for the picture]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from eqsim import Network, SpikeMonitor, StateMonitor, cm, inputs, models, mS, ms, mV, nS, pF, uA

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
conductance = mS / cm**2

adapting = models.conductance_neuron(
    models.NaTraubMiles(gNa=50 * conductance, V_T=-61.5 * mV),
    models.KTraubMiles(gK=5 * conductance, V_T=-61.5 * mV),
    models.KM(gM=0.07 * conductance),
    models.Leak(gL=0.02 * conductance, EL=-70.3 * mV),
    V=-70 * mV,
)
late = models.conductance_neuron(
    models.NaTraubMiles,
    models.KTraubMiles,
    models.KA(gA=10 * conductance),
    models.Leak(gL=0.05 * conductance, EL=-68 * mV),
    V=-75 * mV,
)
rebound = models.conductance_neuron(
    models.NaTraubMiles(gNa=90 * conductance),
    models.KTraubMiles(gK=30 * conductance),
    models.CaT(gCaT=1.2 * conductance),
    models.Ih,
    models.Leak(gL=0.02 * conductance, EL=-80 * mV),
    V=-70 * mV,
)
fast = models.conductance_neuron(
    models.NaWangBuzsaki,
    models.KWangBuzsaki,
    models.Leak(gL=0.1 * conductance, EL=-65 * mV),
)

# Channels of one's own: here with currents of the whole cell, and a gate that two channels share.
whole_cell = {
    "NaButera": (
        "I_Na",
        """
        I_Na = gNa*m_inf**3*(1 - n)*(V - ENa) : amp
        m_inf = 1/(1 + exp(-(V + 34*mV)/(5*mV))) : 1
        """,
        {"gNa": 28 * nS, "ENa": 50 * mV},
    ),
    "NaPButera": (
        "I_NaP",
        """
        I_NaP = gNaP*mp_inf*h*(V - ENa) : amp
        mp_inf = 1/(1 + exp(-(V + 40*mV)/(6*mV))) : 1
        dh/dt = (1/(1 + exp((V + 48*mV)/(6*mV))) - h)/tau_h : 1
        tau_h = 10*second/cosh((V + 48*mV)/(12*mV)) : second
        """,
        {"gNaP": 2.8 * nS, "ENa": 50 * mV},
    ),
    "KButera": (
        "I_K",
        """
        I_K = gK*n**4*(V - EK) : amp
        dn/dt = (1/(1 + exp(-(V + 29*mV)/(4*mV))) - n)*cosh((V + 29*mV)/(8*mV))/(10*ms) : 1
        """,
        {"gK": 11.2 * nS, "EK": -85 * mV},
    ),
    "LeakButera": ("I_L", "I_L = gL*(V - EL) : amp", {"gL": 2.8 * nS, "EL": -58 * mV}),
}
pacemaker = models.conductance_neuron(
    *(
        models.ChannelModel(
            name=name,
            describes="a channel of the pacemaker",
            current=current,
            equations=equations,
            parameters=parameters,
        )
        for name, (current, equations, parameters) in whole_cell.items()
    ),
    C=21 * pF,
    V=-52 * mV,
    V_th=-20 * mV,
)

per_area = uA / cm**2
step = inputs.constant_current([(0, 50 * ms), (1 * per_area, 400 * ms), (0, 50 * ms)])
strong = inputs.constant_current([(0, 50 * ms), (5 * per_area, 400 * ms), (0, 50 * ms)])
held_down = inputs.constant_current([(-1 * per_area, 200 * ms), (0 * per_area, 300 * ms)])
cells = {
    "adapting (Na, K, M)": (adapting(1, I=step, dt=0.05 * ms), 500),
    "late (Na, K, A)": (late(1, I=strong, dt=0.05 * ms), 500),
    "rebound (Na, K, T, h)": (rebound(1, I=held_down, dt=0.05 * ms), 500),
    "fast (Na, K)": (fast(1, I=step, dt=0.05 * ms), 500),
    "pacemaker (Na, K, NaP)": (pacemaker(1, h=0.5, dt=0.05 * ms), 8000),
}
traces = {
    name: StateMonitor(cell, "V", record=0, dt=max(longest / 20000, 0.05) * ms)
    for name, (cell, longest) in cells.items()
}
spikes = {name: SpikeMonitor(cell) for name, (cell, _) in cells.items()}
Network(*(cell for cell, _ in cells.values()), *traces.values(), *spikes.values()).run(8000 * ms)

figure, axes = plt.subplots(5, 1, figsize=(8, 9), layout="constrained")
for panel, (name, (_, longest)) in zip(axes, cells.items(), strict=True):
    trace = traces[name]
    panel.plot(trace.t / ms, trace.V[0] / mV, color="tab:blue", linewidth=0.7)
    panel.set(xlim=(0, longest), ylabel="V (mV)")
    panel.set_title(name, fontsize=10, loc="left")
    within = spikes[name].t / ms < longest
    print(f"{name}: {within.sum()} spikes in {longest} ms")
axes[-1].set_xlabel("time (ms)")
figure.savefig(folder / "composed_neurons.png", dpi=110)
