"""Neurons of the ventral cochlear nucleus: the same currents in other amounts, other responses.

Rothman and Manis (2003), doi:10.1152/jn.00127.2002: conductances of types I-c and II.
"""

from eqsim.brian import *

defaultclock.dt = 0.025 * ms
C, Eh, EK, El, ENa, q10 = 12 * pF, -43 * mV, -70 * mV, -65 * mV, 55 * mV, 3.0 ** ((37 - 22) / 10)
neurons = NeuronGroup(
    2,
    """
    dv/dt = (gl*(El - v) + gNa*m**3*h*(ENa - v) + gHT*(0.85*n**2 + 0.15*p)*(EK - v)
             + gLT*w**4*z*(EK - v) + gh*r*(Eh - v) + I)/C : volt
    u = v/mV : 1
    dm/dt = q10*(1/(1 + exp(-(u + 38)/7)) - m)/tau_m : 1
    tau_m = (10/(5*exp((u + 60)/18) + 36*exp(-(u + 60)/25)) + 0.04)*ms : second
    dh/dt = q10*(1/(1 + exp((u + 65)/6)) - h)/tau_h : 1
    tau_h = (100/(7*exp((u + 60)/11) + 10*exp(-(u + 60)/25)) + 0.6)*ms : second
    dn/dt = q10*((1 + exp(-(u + 15)/5))**-0.5 - n)/tau_n : 1
    tau_n = (100/(11*exp((u + 60)/24) + 21*exp(-(u + 60)/23)) + 0.7)*ms : second
    dp/dt = q10*(1/(1 + exp(-(u + 23)/6)) - p)/tau_p : 1
    tau_p = (100/(4*exp((u + 60)/32) + 5*exp(-(u + 60)/22)) + 5)*ms : second
    dw/dt = q10*((1 + exp(-(u + 48)/6))**-0.25 - w)/tau_w : 1
    tau_w = (100/(6*exp((u + 60)/6) + 16*exp(-(u + 60)/45)) + 1.5)*ms : second
    dz/dt = q10*(0.5 + 0.5/(1 + exp((u + 71)/10)) - z)/tau_z : 1
    tau_z = (1000/(exp((u + 60)/20) + exp(-(u + 60)/8)) + 50)*ms : second
    dr/dt = q10*(1/(1 + exp((u + 76)/7)) - r)/tau_r : 1
    tau_r = (100000/(237*exp((u + 60)/12) + 17*exp(-(u + 60)/14)) + 25)*ms : second
    gl : siemens (constant)
    gNa : siemens (constant)
    gHT : siemens (constant)
    gLT : siemens (constant)
    gh : siemens (constant)
    I : amp
    """,
    method="exponential_euler",
)
# The conductances at 22 degrees Celsius, times two at 37.
neurons.gl = [4, 4] * nS
neurons.gNa = [2000, 2000] * nS
neurons.gHT = [300, 300] * nS
neurons.gLT = [0, 400] * nS
neurons.gh = [1, 40] * nS
neurons.v = El
traces = StateMonitor(neurons, "v", record=True)

run(60 * ms)
neurons.I = [150, 700] * pA
run(60 * ms)
neurons.I = 0 * pA
run(20 * ms)

figure(figsize=(7, 5))
for k, name in enumerate(
    ("type I-c, 150 pA: fires repeatedly", "type II, 700 pA: fires at the onset")
):
    subplot(2, 1, k + 1)
    plot((traces.t - 50 * ms) / ms, traces.v[k] / mV)
    xlim(0, 90)
    ylabel("potential (mV)")
    title(name)
xlabel("time (ms)")
tight_layout()
savefig("rothman_manis.png", dpi=120)
