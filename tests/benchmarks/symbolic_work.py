"""How long it takes to turn equations into a program, without the compiler, in a new process.

Run ``python tests/benchmarks/symbolic_work.py``; ``--rounds`` sets how often. The model is a
Hodgkin-Huxley neuron with twelve equations. Printed are medians and ranges of

* ``import eqsim``, for comparison;
* ``lowering``, from the objects to the program, as before each run, with its processor time;
  and ``again``, once more in the same process;
* ``import sympy`` after that. It counts with the lowering only if the lowering imports SymPy.

The limit is set on the lowering, with the import of SymPy where it is needed. Nothing fails if it
is passed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from measure import (
    Figures,
    alternate,
    clean_environment,
    column,
    figures_of,
    summary,
    table,
    tell,
    write,
)

HERE = Path(__file__).resolve()
METHODS = ("exponential_euler", "heun", "rk4", "dormand_prince", "rodas3", "rodas4_adaptive")
TIMES = ("import eqsim", "lowering", "processor time", "again", "import sympy")
LOADED = "sympy loaded"
LIMIT = 0.3
"""Seconds that the lowering may take, with the import of SymPy if it needs that."""

MODEL = """
dv/dt = (I_app - g_L*(v - E_L) - I_Na - I_K - I_A - I_T - I_M - I_h - I_KCa)/C : volt
I_Na = g_Na*m**3*h*(v - E_Na) : amp/metre**2
I_K = g_K*n**4*(v - E_K) : amp/metre**2
I_A = g_A*a**3*b*(v - E_K) : amp/metre**2
I_T = g_T*s**2*u*(v - E_Ca) : amp/metre**2
I_M = g_M*w*(v - E_K) : amp/metre**2
I_h = g_h*r*(v - E_h) : amp/metre**2
I_KCa = g_KCa*Ca/(Ca + 1)*(v - E_K) : amp/metre**2
dm/dt = (1 - m)/exprel(-(v + 40*mV)/(10*mV))/ms - 4*exp(-(v + 65*mV)/(18*mV))/ms*m : 1
dh/dt = 0.07*exp(-(v + 65*mV)/(20*mV))/ms*(1 - h) - h/(1 + exp(-(v + 35*mV)/(10*mV)))/ms : 1
dn/dt = 0.1*(1 - n)/exprel(-(v + 55*mV)/(10*mV))/ms - 0.125*exp(-(v + 65*mV)/(80*mV))/ms*n : 1
da/dt = (1/(1 + exp(-(v + 50*mV)/(20*mV))) - a)/(5*ms) : 1
db/dt = (1/(1 + exp((v + 80*mV)/(6*mV))) - b)/(15*ms) : 1
ds/dt = (1/(1 + exp(-(v + 57*mV)/(6.2*mV))) - s)/(0.6*ms + 1*ms/cosh((v + 70*mV)/(20*mV))) : 1
du/dt = (1/(1 + exp((v + 81*mV)/(4*mV))) - u)/(30*ms + 50*ms/cosh((v + 80*mV)/(15*mV))) : 1
dw/dt = (1/(1 + exp(-(v + 35*mV)/(10*mV))) - w)/(100*ms/cosh((v + 35*mV)/(40*mV))) : 1
dr/dt = (1/(1 + exp((v + 75*mV)/(5.5*mV))) - r)/(100*ms + 500*ms/cosh((v + 72*mV)/(11*mV))) : 1
dCa/dt = -k_Ca*I_T - Ca/(80*ms) : 1
dg_e/dt = -g_e/(5*ms) : 1
I_app = I_0*(1 + g_e) : amp/metre**2
"""


def measured(method: str) -> Figures:
    """Return the times of one process, in seconds."""
    times: Figures = {}
    began = time.perf_counter()
    import eqsim

    times["import eqsim"] = time.perf_counter() - began
    mS, uA = eqsim.msiemens / eqsim.cm**2, eqsim.uA / eqsim.cm**2
    constants = {
        "C": 1 * eqsim.uF / eqsim.cm**2,
        "I_0": 5 * uA,
        "k_Ca": 0.01 / (uA * eqsim.ms),
        **{"E_" + name: value * eqsim.mV for name, value in _REVERSALS.items()},
        **{"g_" + name: value * mS for name, value in _CONDUCTANCES.items()},
    }
    group = eqsim.NeuronGroup(
        10, MODEL, threshold="v > 0*mV", refractory="v > 0*mV", method=method, namespace=constants
    )
    network = eqsim.Network(group)
    began, processor = time.perf_counter(), time.process_time()
    network.lower({})
    times["lowering"] = time.perf_counter() - began
    times["processor time"] = time.process_time() - processor
    times[LOADED] = float("sympy" in sys.modules)
    began = time.perf_counter()
    network.lower({})
    times["again"] = time.perf_counter() - began
    began = time.perf_counter()
    import sympy  # noqa: F401

    times["import sympy"] = time.perf_counter() - began
    return times


_REVERSALS = {"L": -54.4, "Na": 50.0, "K": -77.0, "Ca": 120.0, "h": -40.0}
_CONDUCTANCES = {
    "L": 0.3, "Na": 120.0, "K": 36.0, "A": 5.0, "T": 0.4, "M": 0.1, "h": 0.05, "KCa": 0.5,
}  # fmt: skip


def cases(environment: Mapping[str, str]) -> dict[str, Callable[[], Figures]]:
    """Return what is measured, by the name of the method."""
    return {
        method: partial(figures_of, [sys.executable, HERE, "--one", method], environment)
        for method in METHODS
    }


def row(method: str, figures: Sequence[Figures]) -> list[str]:
    """Return the row of a method in the table."""
    is_loaded = any(column(figures, LOADED))
    totals = [each["lowering"] + (each["import sympy"] if is_loaded else 0) for each in figures]
    worst = max(totals)
    return [
        method,
        *(summary(column(figures, name)).text("s") for name in TIMES),
        "yes" if is_loaded else "no",
        "within" if worst <= LIMIT else "above",
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        sys.stdout.write(json.dumps(measured(chosen.one)) + "\n")
        return
    with clean_environment() as (_, environment):
        found = cases(environment)
        found["exponential_euler"]()  # compiles the byte code
        results = alternate(found, chosen.rounds, tell)
    head = ("method", *TIMES, "SymPy was imported", f"limit {LIMIT * 1000:.0f} ms")
    write(table(head, [row(method, figures) for method, figures in results.items()]))


if __name__ == "__main__":
    main()
