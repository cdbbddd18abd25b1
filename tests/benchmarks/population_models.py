"""Neurons without connections, for each simulator that understands them.

Each function takes the simulator's module, the number of neurons and the precision of their
variables, and returns a group.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

HODGKIN_HUXLEY = """
dv/dt = (gl*(El - v) - g_na*(m*m*m)*h*(v - ENa) - g_kd*(n*n*n*n)*(v - EK) + I)/Cm : volt
dm/dt = 0.32*(mV**-1)*4*mV/exprel((13*mV - v + VT)/(4*mV))/ms*(1 - m)
        - 0.28*(mV**-1)*5*mV/exprel((v - VT - 40*mV)/(5*mV))/ms*m : 1
dn/dt = 0.032*(mV**-1)*5*mV/exprel((15*mV - v + VT)/(5*mV))/ms*(1 - n)
        - 0.5*exp((10*mV - v + VT)/(40*mV))/ms*n : 1
dh/dt = 0.128*exp((17*mV - v + VT)/(18*mV))/ms*(1 - h)
        - 4/(1 + exp((40*mV - v + VT)/(5*mV)))/ms*h : 1
I : amp (constant)
"""
LEAKY = """
dv/dt = (drive - v)/tau : volt (unless refractory)
drive : volt (constant)
"""
NOISY = "dv/dt = (drive - v)/tau + sigma*sqrt(2/tau)*xi : volt (unless refractory)"


def _dtype(precision: str) -> Any:
    """Return a type of NumPy's, which is not imported before the simulator: that is measured."""
    return getattr(importlib.import_module("numpy"), precision)


def hodgkin_huxley(simulator: Any, neurons: int, precision: str = "float64") -> Any:
    """Return Traub and Miles' neurons, driven by currents from 0 to 0.7 nA."""
    cm, mV, ufarad, siemens, msiemens = (
        getattr(simulator, name) for name in ("cm", "mV", "ufarad", "siemens", "msiemens")
    )
    area = 20000 * simulator.umetre**2
    constants = {
        "Cm": 1 * ufarad * cm**-2 * area,
        "gl": 5e-5 * siemens * cm**-2 * area,
        "g_na": 100 * msiemens * cm**-2 * area,
        "g_kd": 30 * msiemens * cm**-2 * area,
        "El": -65 * mV,
        "EK": -90 * mV,
        "ENa": 50 * mV,
        "VT": -63 * mV,
    }
    group = simulator.NeuronGroup(
        neurons,
        HODGKIN_HUXLEY,
        threshold="v > -40*mV",
        refractory="v > -40*mV",
        method="exponential_euler",
        namespace=constants,
        dtype=_dtype(precision),
    )
    group.v = -65 * mV
    group.I = "0.7*nA*i/N"
    return group


def leaky(simulator: Any, neurons: int, precision: str = "float64") -> Any:
    """Return leaky integrate-and-fire neurons with refractoriness; a third of them fires."""
    group = simulator.NeuronGroup(
        neurons,
        LEAKY,
        threshold="v > 20*mV",
        reset="v = 0*mV",
        refractory=5 * simulator.ms,
        method="exact",
        namespace={"tau": 20 * simulator.ms},
        dtype=_dtype(precision),
    )
    group.drive = "30*mV*i/N"
    return group


def noisy(simulator: Any, neurons: int, precision: str = "float64") -> Any:
    """Return noisy leaky integrate-and-fire neurons, integrated by Euler and Maruyama."""
    ms, mV = simulator.ms, simulator.mV
    return simulator.NeuronGroup(
        neurons,
        NOISY,
        threshold="v > 20*mV",
        reset="v = 0*mV",
        refractory=5 * ms,
        method="euler",
        namespace={"tau": 20 * ms, "sigma": 5 * mV, "drive": 15 * mV},
        dtype=_dtype(precision),
    )


MODELS: dict[str, Callable[..., Any]] = {
    "hodgkin_huxley": hodgkin_huxley,
    "leaky": leaky,
    "noisy": noisy,
}


def objects_of(simulator: Any, model: str, neurons: int, precision: str = "float64") -> list[Any]:
    """Return the objects of a model of this file, or a network of network_models.py.

    The group whose spikes are recorded is the first.
    """
    if model in MODELS:
        return [MODELS[model](simulator, neurons, precision)]
    networks = importlib.import_module("network_models").NETWORKS
    made: list[Any] = networks[model](simulator, neurons)
    return made
