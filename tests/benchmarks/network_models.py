"""Networks that eqsim and Brian 2 both understand.

Each function takes the simulator's module and returns objects. The models are those of Brette et
al. (2007), J. Comput. Neurosci. 23:349, doi:10.1007/s10827-007-0038-6, and others that simulators
are usually compared by.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import ceil
from typing import Any

from microcircuit import microcircuit
from population_models import hodgkin_huxley

CURRENTS = """
dv/dt = (ge + gi - (v - El))/taum : volt (unless refractory)
dge/dt = -ge/taue : volt
dgi/dt = -gi/taui : volt
"""
CONDUCTANCES = """
dv/dt = (gl*(El - v) + ge*(Ee - v) + gi*(Ei - v) - g_na*(m*m*m)*h*(v - ENa)
         - g_kd*(n*n*n*n)*(v - EK))/Cm : volt
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dge/dt = -ge/taue : siemens
dgi/dt = -gi/taui : siemens
alpha_m = 0.32*(mV**-1)*4*mV/exprel((13*mV - v + VT)/(4*mV))/ms : Hz
beta_m = 0.28*(mV**-1)*5*mV/exprel((v - VT - 40*mV)/(5*mV))/ms : Hz
alpha_h = 0.128*exp((17*mV - v + VT)/(18*mV))/ms : Hz
beta_h = 4/(1 + exp((40*mV - v + VT)/(5*mV)))/ms : Hz
alpha_n = 0.032*(mV**-1)*5*mV/exprel((15*mV - v + VT)/(5*mV))/ms : Hz
beta_n = 0.5*exp((10*mV - v + VT)/(40*mV))/ms : Hz
"""
PLASTIC = """
w : {unit}
dApre/dt = -Apre/taupre : {unit} (event-driven)
dApost/dt = -Apost/taupost : {unit} (event-driven)
"""
AT_PRE = "ge += w; Apre += dApre; w = clip(w + Apost, {none}, wmax)"
AT_POST = "Apost += dApost; w = clip(w + Apre, {none}, wmax)"

Objects = list[Any]


def _membranes(simulator: Any, neurons: int) -> Any:
    """Return integrate-and-fire neurons with synaptic currents that decay."""
    ms, mV = simulator.ms, simulator.mV
    constants = {
        "taum": 20 * ms,
        "taue": 5 * ms,
        "taui": 10 * ms,
        "Vt": -50 * mV,
        "Vr": -60 * mV,
        "El": -49 * mV,
    }
    group = simulator.NeuronGroup(
        neurons,
        CURRENTS,
        threshold="v > Vt",
        reset="v = Vr",
        refractory=5 * ms,
        method="exact",
        namespace=constants,
    )
    group.v = "-60*mV + rand()*10*mV"
    return group


def _balanced(simulator: Any, group: Any, probability: float, weights: tuple[Any, Any]) -> Objects:
    """Return synapses from four fifths of a group to ``ge``, and from the others to ``gi``."""
    border = 4 * len(group) // 5
    found = []
    for sources, effect, weight in (
        (group[:border], "ge += weight", weights[0]),
        (group[border:], "gi += weight", weights[1]),
    ):
        synapses = simulator.Synapses(sources, group, on_pre=effect, namespace={"weight": weight})
        synapses.connect(p=probability)
        found.append(synapses)
    return found


def cuba(simulator: Any, neurons: int, inputs: int = 80) -> Objects:
    """Return benchmark 2 of Brette et al.: currents, ``inputs`` synapses per neuron."""
    mV = simulator.mV
    group = _membranes(simulator, neurons)
    weights = (1.62 * mV * 80 / inputs, -9 * mV * 80 / inputs)
    return [group, *_balanced(simulator, group, inputs / neurons, weights)]


def cuba_dense(simulator: Any, neurons: int) -> Objects:
    """Return the same with 1000 synapses per neuron."""
    return cuba(simulator, neurons, 1000)


def coba(simulator: Any, neurons: int) -> Objects:
    """Return benchmark 1 of Brette et al.: conductances, kept active by a current."""
    ms, mV = simulator.ms, simulator.mV
    constants = {
        "taum": 20 * ms,
        "taue": 5 * ms,
        "taui": 10 * ms,
        "Vt": -50 * mV,
        "Vr": -60 * mV,
        "El": -60 * mV,
        "Ee": 0 * mV,
        "Ei": -80 * mV,
        "drive": 12 * mV,
    }
    group = simulator.NeuronGroup(
        neurons,
        """
        dv/dt = (El - v + drive + ge*(Ee - v) + gi*(Ei - v))/taum : volt (unless refractory)
        dge/dt = -ge/taue : 1
        dgi/dt = -gi/taui : 1
        """,
        threshold="v > Vt",
        reset="v = Vr",
        refractory=5 * ms,
        method="euler",
        namespace=constants,
    )
    group.v = "-60*mV + rand()*10*mV"
    group.ge = "4*rand()"
    group.gi = "20*rand()"
    return [group, *_balanced(simulator, group, 80 / neurons, (0.6, 6.7))]


def cobahh(simulator: Any, neurons: int) -> Objects:
    """Return benchmark 3 of Brette et al.: Hodgkin-Huxley neurons with conductances."""
    ms, mV, nS, cm = simulator.ms, simulator.mV, simulator.nS, simulator.cm
    area = 20000 * simulator.umetre**2
    constants = {
        "Cm": 1 * simulator.ufarad * cm**-2 * area,
        "gl": 5e-5 * simulator.siemens * cm**-2 * area,
        "g_na": 100 * simulator.msiemens * cm**-2 * area,
        "g_kd": 30 * simulator.msiemens * cm**-2 * area,
        "El": -60 * mV,
        "EK": -90 * mV,
        "ENa": 50 * mV,
        "VT": -63 * mV,
        "Ee": 0 * mV,
        "Ei": -80 * mV,
        "taue": 5 * ms,
        "taui": 10 * ms,
    }
    group = simulator.NeuronGroup(
        neurons,
        CONDUCTANCES,
        threshold="v > -20*mV",
        refractory=3 * ms,
        method="exponential_euler",
        namespace=constants,
    )
    group.v = "-60*mV + (randn()*5 - 5)*mV"
    group.ge = "(randn()*1.5 + 4)*10*nS"
    group.gi = "(randn()*12 + 20)*10*nS"
    return [group, *_balanced(simulator, group, 80 / neurons, (6 * nS, 67 * nS))]


def uncoupled(simulator: Any, neurons: int) -> Objects:
    """Return Hodgkin-Huxley neurons without synapses."""
    return [hodgkin_huxley(simulator, neurons)]


def brunel(simulator: Any, neurons: int) -> Objects:
    """Return Brunel's network (2000), doi:10.1023/A:1008925309027, with one delay."""
    ms, mV = simulator.ms, simulator.mV
    group = simulator.NeuronGroup(
        neurons,
        "dv/dt = -v/taum : volt (unless refractory)",
        threshold="v > theta",
        reset="v = vr",
        refractory=2 * ms,
        method="exact",
        namespace={"taum": 20 * ms, "theta": 20 * mV, "vr": 0 * mV},
    )
    border = 4 * neurons // 5
    synapses = []
    for sources, weight in ((group[:border], 0.1 * mV), (group[border:], -0.5 * mV)):
        made = simulator.Synapses(
            sources, group, on_pre="v += weight", delay=1.5 * ms, namespace={"weight": weight}
        )
        made.connect(p=0.1)
        synapses.append(made)
    drive = simulator.PoissonInput(group, "v", N=1000, rate=20 * simulator.Hz, weight=0.1 * mV)
    return [group, *synapses, drive]


MOST = 2**30
"""Synapses of one object at most, half of those that simulators with numbers of 32 bits have."""


def _parts(group: Any, synapses: float) -> list[Any]:
    """Return a group in parts that have no more than a billion of so many synapses each."""
    count = max(1, ceil(synapses / MOST))
    borders = [round(part * len(group) / count) for part in range(count + 1)]
    return [group[begin:end] for begin, end in pairwise(borders)]


def vogels_abbott(simulator: Any, neurons: int) -> Objects:
    """Return the network of Vogels and Abbott as Spice's benchmark has it, of any size.

    Source: Vogels, T. P. and Abbott, L. F. (2005), J. Neurosci. 25:10786,
    doi:10.1523/JNEUROSCI.3508-05.2005; Bautembach, D., Oikonomidis, I. and Argyros, A. (2021),
    doi:10.1109/HPEC49654.2021.9622834. Two of a hundred pairs are connected, and weights fall with
    the square of the size. By Euler, all from rest.
    """
    ms, mV = simulator.ms, simulator.mV
    group = simulator.NeuronGroup(
        neurons,
        """
        dv/dt = (El - v + drive + ge*(Ee - v) + gi*(Ei - v))/taum : volt (unless refractory)
        dge/dt = -ge/taue : 1
        dgi/dt = -gi/taui : 1
        """,
        threshold="v > -50*mV",
        reset="v = El",
        refractory=5 * ms,
        method="euler",
        namespace={
            "taum": 20 * ms,
            "taue": 5 * ms,
            "taui": 10 * ms,
            "El": -60 * mV,
            "Ee": 0 * mV,
            "Ei": -80 * mV,
            "drive": 20 * mV,
        },
    )
    group.v = -60 * mV
    border = 4 * neurons // 5
    synapses = []
    for sources, effect, weight in (
        (group[:border], "ge += weight", 0.4),
        (group[border:], "gi += weight", 5.1),
    ):
        for part in _parts(sources, 0.02 * len(sources) * neurons):
            constants = {"weight": weight * 16e6 / neurons**2}
            made = simulator.Synapses(
                part, group, on_pre=effect, delay=0.8 * ms, namespace=constants
            )
            made.connect(p=0.02)
            synapses.append(made)
    return [group, *synapses]


def brunel_poisson(simulator: Any, neurons: int) -> Objects:
    """Return Brunel's network as Spice's benchmark has it: half of its neurons are inputs.

    Source: Brunel, N. (2000), J. Comput. Neurosci. 8:183, doi:10.1023/A:1008925309027, and as for
    :func:`vogels_abbott`. One of ten pairs from all to the second half is connected, and weights
    fall with the size.
    """
    ms, mV = simulator.ms, simulator.mV
    half = neurons // 2
    inputs = simulator.PoissonGroup(half, rates=20 * simulator.Hz)
    group = simulator.NeuronGroup(
        half,
        "dv/dt = -v/taum : volt (unless refractory)",
        threshold="v > 20*mV",
        reset="v = 0*mV",
        refractory=2 * ms,
        method="euler",
        namespace={"taum": 20 * ms},
    )
    border = 4 * half // 5
    weight = 0.1 * mV * 20_000 / neurons
    synapses = []
    for sources, strength in ((inputs, 1), (group[:border], 1), (group[border:], -5)):
        for part in _parts(sources, 0.1 * len(sources) * half):
            made = simulator.Synapses(
                part,
                group,
                on_pre="v += weight",
                delay=1.5 * ms,
                namespace={"weight": strength * weight},
            )
            made.connect(p=0.1)
            synapses.append(made)
    return [group, inputs, *synapses]


def stdp(simulator: Any, neurons: int) -> Objects:
    """Return a network of currents in which a million excitatory synapses are plastic."""
    ms, mV = simulator.ms, simulator.mV
    group = _membranes(simulator, neurons)
    border = 4 * neurons // 5
    excitatory, inhibitory = group[:border], group[border:]
    largest = 1.62 * mV
    constants = {
        "taupre": 20 * ms,
        "taupost": 20 * ms,
        "wmax": largest,
        "dApre": 0.01 * largest,
        "dApost": -0.0105 * largest,
    }
    plastic = simulator.Synapses(
        excitatory,
        excitatory,
        PLASTIC.format(unit="volt"),
        on_pre=AT_PRE.format(none="0*volt"),
        on_post=AT_POST.format(none="0*volt"),
        namespace=constants,
    )
    plastic.connect(p=1e6 / border**2)
    plastic.w = "rand()*1.62*mV"
    excitation = simulator.Synapses(
        excitatory, inhibitory, on_pre="ge += weight", namespace={"weight": 1.296 * mV}
    )
    excitation.connect(p=0.01)
    inhibition = simulator.Synapses(
        inhibitory, group, on_pre="gi += weight", namespace={"weight": -9 * mV}
    )
    inhibition.connect(p=0.008)
    return [group, plastic, excitation, inhibition]


def song_abbott(simulator: Any, inputs: int) -> Objects:
    """Return the neuron of Song, Miller & Abbott (2000), doi:10.1038/78829."""
    ms, mV = simulator.ms, simulator.mV
    sources = simulator.PoissonGroup(inputs, rates=15 * simulator.Hz)
    cell = simulator.NeuronGroup(
        1,
        """
        dv/dt = (ge*(Ee - v) + El - v)/taum : volt
        dge/dt = -ge/taue : 1
        """,
        threshold="v > vt",
        reset="v = vr",
        method="euler",
        namespace={
            "taum": 10 * ms,
            "taue": 5 * ms,
            "Ee": 0 * mV,
            "El": -74 * mV,
            "vt": -54 * mV,
            "vr": -60 * mV,
        },
    )
    cell.v = -60 * mV
    constants = {
        "taupre": 20 * ms,
        "taupost": 20 * ms,
        "wmax": 0.01,
        "dApre": 1e-4,
        "dApost": -1.05e-4,
    }
    synapses = simulator.Synapses(
        sources,
        cell,
        PLASTIC.format(unit="1"),
        on_pre=AT_PRE.format(none="0"),
        on_post=AT_POST.format(none="0"),
        namespace=constants,
    )
    synapses.connect()
    synapses.w = "rand()*0.01"
    return [cell, sources, synapses]


def relay(simulator: Any, spikes: int) -> Objects:
    """Return 10,000 neurons, of which ``spikes`` reach 2000 others each in every step."""
    neurons = 10_000
    group = simulator.NeuronGroup(
        neurons,
        "v : 1",
        threshold="i % period == int(t/dt + 0.5) % period",
        reset="v = 0",
        namespace={"period": neurons // spikes},
    )
    synapses = simulator.Synapses(group, group, on_pre="v += 0.5")
    synapses.connect(p=0.2)
    return [group, synapses]


NETWORKS: dict[str, Callable[[Any, int], Objects]] = {
    "cobahh": cobahh,
    "cuba": cuba,
    "cuba_dense": cuba_dense,
    "coba": coba,
    "brunel": brunel,
    "stdp": stdp,
    "song_abbott": song_abbott,
    "uncoupled": uncoupled,
    "relay": relay,
    "microcircuit": microcircuit,
    "vogels_abbott": vogels_abbott,
    "brunel_poisson": brunel_poisson,
}
"""Each returns the group whose spikes are recorded first."""
