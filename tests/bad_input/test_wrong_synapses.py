"""What users write wrongly about synapses: what they are told, and that nothing changes.

Each script continues the one in `SETUP`. A case names the kind of error, words that the message
must have, and, where a text of the user is wrong, the part of it that is underlined.
"""

from __future__ import annotations

import itertools
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsim
from eqsim.errors import EqsimError, ModelError

SETUP = '''
from eqsim import *
import numpy as np

tau = 10*ms
A = NeuronGroup(
    3,
    """dx/dt = -x/tau : 1
       v : volt
       k : integer
       g : 1 (shared)
       c : 1 (constant)
       double_v = 2*v : volt""",
    threshold='x > 0.5',
    reset='x = 0',
    events={'high': 'x > 0.4'},
    method='exact',
    name='A',
)
B = NeuronGroup(
    4,
    """dv/dt = (s*volt - v)/tau : volt (unless refractory)
       s : 1
       u : 1
       twice_u = 2*u : 1
       z : 1 (constant)
       l : 1 (linked)""",
    threshold='v > 10*mV',
    reset='v = 0*mV',
    refractory=1*ms,
    method='exact',
    name='B',
)
P = NeuronGroup(4, 'q : 1', name='P')
B.l = linked_var(P, 'q')
S = Synapses(
    A,
    B,
    """w : 1
       weight : volt
       n : integer
       fixed : 1 (constant)
       eta : 1 (shared)
       half_w = w/2 : 1
       da/dt = -a/tau : 1 (event-driven)""",
    on_pre='u_post += w; a += 1',
    on_post={'back': 'w += 0.1'},
    multisynaptic_index='copy',
    name='S',
)
S.connect(i=[2, 0, 1], j=[1, 3, 0])
S.w, S.weight, S.n, S.eta = [1, 2, 3], 2*mV, 4, 5
S.delay = [0.2, 0.5, 0.3]*ms
D = Synapses(A, B, on_pre='u += 1', delay=0.3*ms, name='D')
D.connect(i=[0, 1], j=[1, 2])
A.x, B.v = [0, 1, 0.6], 11*mV
net = Network(A, B, P, S, D, name='net')
net.run(0.3*ms, target='numpy')
start_scope()
'''

RAISED = (EqsimError, AttributeError, IndexError)


@dataclass(frozen=True)
class Case:
    """A script with a mistake, and the error that it gives."""

    what: str
    script: str
    error: str
    words: tuple[str, ...]
    under: str | None = None


def new(arguments: str, *, run: bool = False) -> str:
    """A script that makes synapses from A to B, and runs them if the mistake is found then."""
    script = f"T = Synapses(A, B, {arguments}, name='T')"
    return script + "\nT.connect()\nNetwork(A, B, P, T).run(1*ms)" if run else script


def sums(
    text: str, *words: str, under: str, run: bool = False, error: str = "EquationError"
) -> Any:
    return Case(f"sum {text!r}", new(repr(text), run=run), error, words, under)


def code(text: str, error: str, *words: str, under: str, model: str = "w : 1") -> Case:
    """A mistake in on_pre that is found when it runs."""
    script = new(f"{model!r}, on_pre={text!r}", run=True)
    return Case(f"code {text!r} with {model!r}", script, error, words, under)


def model(text: str, error: str, *words: str, under: str | None = None, run: bool = False) -> Case:
    script = new(f"{text!r}, on_pre=''", run=run)
    return Case(f"model {text!r}", script, error, words, under)


def use(script: str, error: str, *words: str, under: str | None = None) -> Case:
    return Case(script, script, error, words, under)


UNCONNECTED = "T = Synapses(A, B, 'w : 1', on_pre='u += w', name='T')\n"

CASES = [
    # ---------------------------------------------------------------------- without connections
    use(UNCONNECTED + "T.w = 1", "ModelError", "'T' has no synapses yet", "T.connect(...)"),
    use(UNCONNECTED + "T.w[0] = 1", "ModelError", "no synapses yet"),
    use(UNCONNECTED + "T.w[0, 1] = 1", "ModelError", "no synapses yet"),
    use(UNCONNECTED + "T.w['i == j'] = 1", "ModelError", "no synapses yet"),
    use(UNCONNECTED + "T.w = 'rand()'", "ModelError", "no synapses yet"),
    use(UNCONNECTED + "T.delay = 1*ms", "ModelError", "no synapses yet"),
    use(UNCONNECTED + "T[0, :]", "ModelError", "no synapses yet"),
    use(UNCONNECTED + "T.set_states({'w': 1})", "ModelError", "no synapses yet"),
    use(UNCONNECTED + "StateMonitor(T, 'w', record=True)", "ModelError", "no synapses yet"),
    use(UNCONNECTED + "StateMonitor(T, 'w', record=[2])", "ModelError", "no synapses yet"),
    use(UNCONNECTED + "Network(A, B, P, T).run(1*ms)", "ModelError", "'T' has no synapses",
        "T.connect(...) before the run"),
    use("T = Synapses(A, S, on_pre='w_post += 1', name='T')\nT.connect(i=0, j=0)\nS.connect()",
        "ModelError", "'T' connects synapses of 'S', which cannot grow", "before those of 'T'"),
    # ---------------------------------------------------------------------------------- indices
    use("S.w[3] = 1", "IndexError", "3 is no index for the 3 elements of 'S'"),
    use("S.w[-4]", "IndexError", "-4 is no index"),
    use("S.w[1.5]", "IndexError", "1.5 is no index"),
    use("S.w[[0, 3]] = 1", "IndexError", "[0, 3] is no index"),
    use("S.w[3, 0] = 1", "IndexError", "3 is no index for the elements of 'A', 0 to 2"),
    use("S.w[0, 4]", "IndexError", "4 is no index for the elements of 'B', 0 to 3"),
    use("S.w[0, [1, 4]] = 1", "IndexError", "[1, 4] is no index for the elements of 'B'"),
    use("S.w[0, 1, 1]", "IndexError", "1 is no index for the synapses of a pair, 0 to 0"),
    use("S.w[1.5, 0] = 1", "IndexError", "1.5 is no index for the elements of 'A'"),
    use("S.w[None, 0] = 1", "IndexError", "None is no index for the elements of 'A'"),
    use("S.w[True, 0] = 1", "IndexError", "True is no index"),
    use("S.w[1*mV, 0] = 1", "IndexError", "mV is no index for the elements of 'A'"),
    use("S.w[0, 1, 2, 3] = 1", "IndexError", "4 indices", "S.w[source, target]"),
    use("T = Synapses(A, B, 'w : 1', name='T')\nT.connect()\nT.w[0, 1, 0] = 1", "IndexError",
        "'T' does not number the synapses of a pair", "multisynaptic_index='k'"),
    use("S.w[P, 0] = 1", "IndexError", "'P' is no part of 'A'"),
    use("S.w[B, A] = 1", "IndexError", "'B' is no part of 'A'"),
    use("S.w['x', 0] = 1", "EquationError", "a condition must be true or false",
        "condition on 'A'", under="x"),
    use("S.w[0, 'y > 1'] = 1", "UnknownNameError", "'y' is not defined", "condition on 'B'",
        under="y"),
    use("S.w['w > 1*mV'] = 1", "DimensionError", "condition on 'S'", under="1*mV"),
    use("S[0, 7]", "IndexError", "7 is no index for the elements of 'B'"),
    use("S.eta['w > 1'] = 3", "ModelError", "'eta' is shared"),
    # ----------------------------------------------------------------------------------- values
    use("S.w = [1, 2]", "ModelError", "'w' takes 3 values here", "(2,)"),
    use("S.w[1, :] = [1, 2, 3]", "ModelError", "'w' takes 1 value here", "(3,)"),
    use("S.w['i > 0'] = [1, 2, 3]", "ModelError", "'w' takes 2 values here"),
    use("S.w = np.ones((3, 1))", "ModelError", "'w' takes 3 values here", "(3, 1)"),
    use("S.w = [1, np.nan, 3]", "ModelError", "'w' would become nan at position 1"),
    use("S.w = '1/(i - 1)'", "ModelError", "'w' would become inf at position 2"),
    use("S.weight = [1, 2, 3]", "DimensionMismatchError", "'weight' cannot be set",
        "expected: a value in volt"),
    use("S.weight[1] = 3", "DimensionMismatchError", "cannot be set to 3, which has no unit"),
    use("S.w = 1*mV", "DimensionMismatchError", "expected: a number without unit"),
    use("S.weight = 'i'", "DimensionError", "expression for 'weight' of 'S'", under="i"),
    use("S.weight = 'rubbish*mV'", "UnknownNameError", "'rubbish' is not defined",
        under="rubbish"),
    use("S.w = 'x'", "UnknownNameError", "'x' is not defined", "x_pre", under="x"),
    use("S.n = 1.5", "ModelError", "'n' is an integer"),
    use("S.eta = 'i'", "ModelError", "shared variable of 'S'"),
    use("S.eta = [1, 2, 3]", "ModelError", "'eta' is one value for all 3 elements of 'S'"),
    use("S.half_w = 1", "ModelError", "'half_w' of 'S' is computed", "make it a parameter"),
    use("S.copy = 1", "ModelError", "'copy' of 'S' is set by the simulation only"),
    use("S.wieght = 2*mV", "AttributeError", "'S' has no variable 'wieght'",
        "did you mean 'weight'?"),
    use("S.wieght", "AttributeError", "'S' has no variable 'wieght'", "did you mean 'weight'?"),
    use("S.v_post = 1*mV", "ModelError", "'v_post' belongs to 'B'", "write B.v = ..."),
    use("S.x_pre[0] = 1", "ModelError", "'x_pre' belongs to 'A'", "write A.x = ..."),
    use("S.i = 1", "AttributeError", "'i' of 'S' cannot be set"),
    use("S.j[0] = 1", "ModelError", "'j' of 'S' follows from its connections", "S.connect(...)"),
    use("S.N_incoming = 1", "ModelError", "'N_incoming' of 'S' follows from its connections"),
    use("S.N = 5", "AttributeError", "'N' of 'S' cannot be set"),
    use("S.pre = 5", "AttributeError", "'pre'"),
    use("S.set_states({'w': 9, 'weight': 2})", "DimensionMismatchError", "'weight' cannot be set"),
    use("S.set_states({'w': 9, 'a': 7, 'wieght': 2})", "ModelError", "'wieght'"),
    # ----------------------------------------------------------------------------------- delays
    use(new("on_pre='u += 1', delay=-1*ms"), "ModelError",
        "the delay of 'pre' of 'T' must not be negative"),
    use(new("on_pre='u += 1', delay=np.nan*ms"), "ModelError", "must be one finite time"),
    use(new("on_pre='u += 1', delay=np.inf*ms"), "ModelError", "must be one finite time"),
    use(new("on_pre='u += 1', delay=[1, 2]*ms"), "ModelError", "must be one finite time"),
    use(new("on_pre='u += 1', delay=1*mV"), "DimensionMismatchError",
        "the delay of 'pre' of 'T' must be a time", "write for example 10*ms"),
    use(new("on_pre='u += 1', delay=2"), "DimensionMismatchError", "not 2, which has no unit"),
    use(new("on_pre='u += 1', delay='2*ms'"), "DimensionMismatchError", "must be a time"),
    use(new("on_pre='u += 1', delay={'post': 1*ms}"), "ModelError", "'T' has no pathway 'post'",
        "its pathways: 'pre'"),
    use(new("on_pre={'up': 'u += 1'}, delay=1*ms"), "ModelError", "no pathway 'pre'",
        "its pathways: 'up'"),
    use(new("'w : 1', delay=1*ms"), "ModelError", "no pathway 'pre'", "its pathways: none"),
    use("S.delay = -1*ms", "ModelError", "the delay of 'pre' of 'S' must not be negative"),
    use("S.delay[2] = -1*ms", "ModelError", "must not be negative"),
    use("S.delay = [1, -2, 3]*ms", "ModelError", "-2 ms at position 1"),
    use("S.delay = '(i - 1)*ms'", "ModelError", "must not be negative"),
    use("S.back.delay = -1*ms", "ModelError", "the delay of 'back' of 'S' must not be negative"),
    use("S.delay = [1, np.nan, 3]*ms", "ModelError", "would become nan at position 1"),
    use("S.delay = [1, 2]*ms", "ModelError", "takes 3 values here"),
    use("S.delay = 1*mV", "DimensionMismatchError", "expected: a value in second"),
    use("S.delay = 1", "DimensionMismatchError", "expected: a value in second"),
    use("S.delay = 'i*mV'", "DimensionError", "delay", under="i*mV"),
    use("D.delay = [1, 2]*ms", "ModelError", "the delay of 'pre' of 'D' is one for all synapses",
        "leave out delay="),
    use("D.delay[1] = 1*ms", "ModelError", "one for all synapses"),
    use("D.delay[0, 1] = 1*ms", "ModelError", "one for all synapses"),
    use("D.delay['i == 0'] = 1*ms", "ModelError", "one for all synapses"),
    use("D.delay = '(1 + i)*ms'", "ModelError", "shared variable of 'D'"),
    use("D.delay = -1*ms", "ModelError", "must not be negative"),
    use("D.post.delay = 1*ms", "AttributeError", "'post'"),
    use(new("on_pre='u += 1', delay=1000*second", run=True), "ModelError", "a delay of 'T_pre'",
        "shorter delays"),
    # ----------------------------------------------------------------------------------- events
    use(new("on_pre='u += 1', on_event='hihg'"), "ModelError", "'A' has no event 'hihg'",
        "did you mean 'high'?"),
    use(new("on_pre='u += 1', on_post='u = 0', on_event='high'"), "ModelError",
        "'B' has no event 'high'", "its events: 'spike'"),
    use(new("on_pre={'p': 'u += 1', 'q': 'u += 2'}, on_event={'p': 'high', 'q': 'low'}"),
        "ModelError", "'A' has no event 'low'"),
    use(new("on_pre={'p': 'u += 1'}, on_event={'r': 'high'}"), "ModelError",
        "the pathway 'r', which 'T' does not have", "its pathways: 'p'"),
    use(new("on_pre='u += 1', on_event=3"), "ModelError", "on_event of 'T'", "not 3"),
    use(new("on_pre='u += 1', on_event={'pre': 3}"), "ModelError", "'A' has no event 3"),
    use("Synapses(P, B, on_pre='u += 1')", "ModelError", "'P' has no threshold"),
    use("Synapses(A, P, on_post='q += 1')", "ModelError", "'P' has no threshold"),
    use("SpikeMonitor(S)", "ModelError", "'S' has no threshold"),
    # -------------------------------------------------------------------------- summed variables
    sums("v_post = 1*mV : volt (summed)", "'v' of 'B' is a differential equation",
         "nothing can be summed into it", "'v : volt'", under="v_post"),
    sums("twice_u_post = 1 : 1 (summed)", "'twice_u' of 'B' is a subexpression",
         under="twice_u_post"),
    sums("z_post = 1 : 1 (summed)", "'z' of 'B' is a parameter (constant)", under="z_post"),
    sums("g_pre = 1 : 1 (summed)", "'g' of 'A' is a parameter (shared)", under="g_pre"),
    sums("l_post = 1 : 1 (summed)", "'l' of 'B' is a parameter (linked)", under="l_post"),
    sums("r_post = 1 : 1 (summed)", "'B' has no variable 'r' to sum into", under="r_post"),
    sums("ss_post = 1 : 1 (summed)", "did you mean 's_post'?", under="ss_post"),
    sums("s = 1 : 1 (summed)", "'s' of a summed variable has no side", "write s_post or s_pre",
         under="s"),
    sums("s_post = 1*mV : volt (summed)", "'s_post' is in 'volt' here, but 's' of 'B' in '1'",
         under="s_post = 1*mV : volt (summed)", error="DimensionError"),
    sums("s_post = 1*mV : 1 (summed)", "'s_post' has no dimension but right side",
         under="1*mV", run=True, error="DimensionError"),
    sums("s_post = s_post + 1 : 1 (summed)", "'s_post' is what is summed into", under="s_post"),
    sums("s_post = s + 1 : 1 (summed)", "summed over what changes with it", under="s + 1",
         run=True),
    sums("s_post = r : 1 (summed)\nr = 2*s_post : 1", "summed over what changes with it",
         under="r", run=True),
    sums("s_post : 1 (summed)", "a parameter cannot be 'summed'", under="summed"),
    sums("ds_post/dt = 1/ms : 1 (summed)", "a differential equation cannot be 'summed'",
         under="summed"),
    sums("s_post = 1 : 1 (summed)\ns_post = 2 : 1 (summed)", "'s_post' is declared twice",
         under="s_post"),
    sums("s_post = 1 : 1 (summed, shared)", "'shared' and 'summed' exclude each other",
         under="shared"),
    sums("s_post = b : 1 (summed)\ndb/dt = -b/tau : 1 (event-driven)",
         "'s_post' is needed in each step", "'b'", "only known when events arrive",
         under="s_post = b : 1 (summed)"),
    use("T = Synapses(P, P, 'q_post = q_pre : 1 (summed)', name='T')\nT.connect()\n"
        "Network(P, T).run(1*ms)", "EquationError", "summed over what changes with it",
        under="q_pre"),
    # ------------------------------------------------------------------------- event-driven
    model("da/dt = -b/tau : 1 (event-driven)\ndb/dt = -b/tau : 1 (clock-driven)", "EquationError",
          "'a' is event-driven, but 'b'", "changes in between", "make 'a' (clock-driven)",
          under="da/dt = -b/tau : 1 (event-driven)"),
    model("da/dt = -b/tau : 1 (event-driven)\ndb/dt = -b/tau : 1", "EquationError",
          "'a' is event-driven, but 'b'", under="da/dt = -b/tau : 1 (event-driven)"),
    model("da/dt = -b/tau : 1 (clock-driven)\ndb/dt = -b/tau : 1 (event-driven)", "EquationError",
          "'a' is needed in each step, but 'b'", "make 'b' (clock-driven)",
          under="da/dt = -b/tau : 1 (clock-driven)"),
    model("da/dt = -r/tau : 1 (clock-driven)\nr = 2*b : 1\ndb/dt = -b/tau : 1 (event-driven)",
          "EquationError", "'a' is needed in each step, but 'b'",
          under="da/dt = -r/tau : 1 (clock-driven)"),
    model("r = b : 1 (constant over dt)\ndb/dt = -b/tau : 1 (event-driven)", "EquationError",
          "'r' is needed in each step", under="r = b : 1 (constant over dt)"),
    model("da/dt = -a**2/tau : 1 (event-driven)", "IntegratorError", "need an exact solution",
          "da/dt is not linear", "make them (clock-driven)", "equations of 'T'", run=True),
    model("da/dt = (sin(t/ms) - a)/tau : 1 (event-driven)", "EquationError",
          "'t' changes between events", "make the equation (clock-driven)", under="t"),
    model("da/dt = (r - a)/tau : 1 (event-driven)\nr = t/ms : 1", "EquationError",
          "'t' changes between events", under="t"),
    model("da/dt = -a/(100*dt) : 1 (event-driven)", "EquationError", "'dt' stands in an event",
          "make the equation (clock-driven)", under="dt"),
    model("da/dt = (x_pre - a)/tau : 1 (event-driven)", "EquationError",
          "'x_pre' changes between events", under="x_pre"),
    model("da/dt = (v/mV - a)/tau : 1 (event-driven)", "EquationError",
          "'v' changes between events", under="v"),
    model("da/dt = (r - a)/tau : 1 (event-driven)\nr = x_pre : 1", "EquationError",
          "'x_pre' changes between events", under="x_pre"),
    model("da/dt = -a/tau + xi*tau**-0.5 : 1 (event-driven)", "EquationError",
          "the event-driven 'a' cannot have white noise", under="xi"),
    model("da/dt = (rand() - a)/tau : 1 (event-driven)", "EquationError",
          "'rand' cannot stand in a differential equation", under="rand()", run=True),
    # -------------------------------------------------------------------------- flags and names
    model("da/dt = -a/tau : 1 (event-driven, clock-driven)", "EquationError",
          "'clock-driven' and 'event-driven' exclude each other", under="clock-driven"),
    model("da/dt = -a/tau : 1 (unless refractory)", "EquationError",
          "cannot be 'unless refractory'", "'clock-driven', 'event-driven'",
          under="unless refractory"),
    model("a : 1 (event-driven)", "EquationError", "a parameter cannot be 'event-driven'",
          under="event-driven"),
    model("a : 1 (konstant)", "EquationError", "'konstant' is not a flag",
          "did you mean 'constant'?", under="konstant"),
    use("NeuronGroup(1, 'a = 1 : 1 (summed)')", "EquationError",
        "a subexpression cannot be 'summed'", under="summed"),
    use("NeuronGroup(1, 'da/dt = 1/ms : 1 (event-driven)')", "EquationError",
        "cannot be 'event-driven'", under="event-driven"),
    use("Synapses(A, B, Equations('da/dt = -a/tau : 1 (unless refractory)'))", "EquationError",
        "cannot be 'unless refractory'", under="da/dt = -a/tau : 1 (unless refractory)"),
    *(
        model(f"{name} : {unit}", "EquationError", f"'{name}' cannot be the name of a variable",
              meaning, under=name)
        for name, unit, meaning in (
            ("i", "1", "the index"), ("j", "1", "the index of the target"),
            ("t", "second", "the time"), ("dt", "second", "the time step"),
            ("N", "1", "the number"), ("N_pre", "1", "'_pre' stands for the source"),
            ("N_incoming", "1", "the number of synapses onto the target"),
            ("delay", "second", "the delay"),
            ("lastupdate", "second\nda/dt = -a/ms : 1 (event-driven)", "last update"),
            ("w_pre", "1", "'_pre' stands for the source"),
            ("w_post", "1", "'_post' stands for the target"),
            ("_w", "1", "underscore"), ("exp", "1", "a function"), ("mV", "1", "a unit"),
            ("xi", "1", "white noise"), ("lambda", "1", "Python"),
        )
    ),
    model("x : 1", "EquationError", "'x' is a variable of 'A' too", "'x_pre'", under="x"),
    model("u : 1", "EquationError", "'u' is a variable of 'B' too", "'u_post'", under="u"),
    model("v : volt", "EquationError", "'v' is a variable of 'A' too", under="v"),
    model("twice_u : 1", "EquationError", "'twice_u' is a variable of 'B' too", under="twice_u"),
    use("Synapses(A, B, Equations('j : 1'))", "EquationError", "'j' cannot be the name",
        under="j"),
    use(new("'w : 1', multisynaptic_index='w'"), "EquationError", "'w' cannot be the name",
        "number of the synapse within its pair", under="w"),
    use(new("'w : 1', multisynaptic_index='j'"), "EquationError", "'j' cannot be the name"),
    use(new("'w : 1', multisynaptic_index='u'"), "ModelError", "'u' cannot number the synapses",
        "a variable of 'B'"),
    use(new("'w : 1', multisynaptic_index='a b'"), "ModelError", "'a b' is no name"),
    use(new("'w : 1', multisynaptic_index=3"), "ModelError", "3 is no name"),
    # ------------------------------------------------------------------------------------ models
    use(new("3"), "ModelError", "the equations of 'T' must be a text or Equations, not 3"),
    model("w  1", "EquationSyntaxError", "missing after 'w'", "expected", under="w"),
    model("r = ww : 1", "UnknownNameError", "'ww' is not defined", under="ww", run=True),
    model("r = 1*mV : 1", "DimensionError", "'r' has no dimension", under="1*mV", run=True),
    model("db/dt = xi/tau**0.5 : 1 (clock-driven)\ndr/dt = xi/tau**0.5 : 1 (clock-driven)",
          "EquationError", "white noise 'xi' stands in several equations", under="xi", run=True),
    use(new("'w : 1', dtype={'r': 'float32'}"), "ModelError", "dtype names 'r'"),
    use(new("'w : 1', namespace=3"), "ModelError", "the namespace of 'T' must be a dict"),
    use(new("'db/dt = -b/tau : 1 (clock-driven)', method='eulr'"), "IntegratorError",
        "did you mean 'euler'?"),
    use(new("'w : 1', order='1'"), "ModelError", "order must be a whole number"),
    use("Synapses(A, B, name='a b')", "ModelError", "'a b' is no name for an object"),
    # ------------------------------------------------------------------------------------ groups
    use("Synapses(3, B)", "ModelError", "must connect groups, not 3"),
    use("Synapses(A, 'B')", "ModelError", "must connect groups, not 'B'"),
    use("Synapses(None, B)", "ModelError", "must connect groups, not None"),
    use("Synapses('w : 1', A, B)", "ModelError", "must connect groups, not 'w : 1'"),
    use("Synapses(SpikeMonitor(A), B)", "ModelError", "must connect groups"),
    use("Synapses(S[0, :], B)", "ModelError", "must connect groups"),
    use("Network(A, S).run(1*ms)", "ModelError", "'S' connects 'B'", "add 'B' to the network"),
    use("Network(S, P).run(1*ms)", "ModelError", "'S' connects 'A'", "add 'A' to the network"),
    use("T = Synapses(A[1:], B, on_pre='u += 1', name='T')\nT.connect()\n"
        "Network(B, P, T).run(1*ms)", "ModelError", "'T' connects", "add 'A' to the network"),
    use("T = Synapses(A, S, on_pre='w_post += 1', name='T')\nT.connect()\n"
        "Network(A, B, P, T).run(1*ms)", "ModelError", "'T' connects 'S'", "add 'S'"),
    use("Network(A, B, P, StateMonitor(S, 'w')).run(1*ms)", "ModelError", "records from 'S'",
        "add 'S' to the network"),
    # -------------------------------------------------------------------------------- pathways
    use(new("on_pre=3"), "ModelError", "on_pre of 'T' must be a text, or a dict of texts, not 3"),
    use(new("on_pre=['u += 1']"), "ModelError", "on_pre of 'T' must be a text"),
    use(new("on_post={'p': 3}"), "ModelError", "on_post of 'T' must be a text", "not 3 for 'p'"),
    use(new("on_pre={3: 'u += 1'}"), "ModelError", "3 is no name for a pathway"),
    use(new("on_pre={'a b': 'u += 1'}"), "ModelError", "'a b' is no name for a pathway"),
    use(new("'w : 1', on_pre={'w': 'u += 1'}"), "ModelError", "'w' cannot be the name of a"),
    use(new("on_pre={'connect': 'u += 1'}"), "ModelError", "'connect' cannot be the name"),
    use(new("on_pre={'p': 'u += 1'}, on_post={'p': 'u = 0'}"), "ModelError",
        "'p' cannot be the name of a pathway", "taken"),
    use(new("on_pre='u += 1'") + "\nT.connect()\nT.pre.when = 'synapse'\n"
        "Network(A, B, P, T).run(1*ms)", "ModelError", "no slot 'synapse'",
        "did you mean 'synapses'?"),
    use(new("on_pre='u += 1'") + "\nT.connect()\nT.pre.when = 'start'\n"
        "Network(A, B, P, T).run(1*ms)", "ModelError", "before the step has looked",
        "'when'"),
    # ------------------------------------------------------------------------------------- code
    use(new("on_pre='u += (1'"), "EquationSyntaxError", "a bracket is never closed",
        "'pre' of 'T'", under="("),
    use(new("on_pre='u += 1\\nif u > 1: u = 0'"), "EquationSyntaxError", "code has no 'if'",
        under="if"),
    use(new("on_pre='u'"), "EquationSyntaxError", "a statement must assign", under="u"),
    use(new("on_pre='u[0] = 1'"), "EquationSyntaxError", "'pre' of 'T'", under="u["),
    use(new("on_post={'back': 'u == 1'}"), "EquationSyntaxError", "'back' of 'T'", under="u =="),
    code("v_post += w", "DimensionError", "'w' has no dimension but is added to 'v_post'",
         "'pre' of 'T'", under="w"),
    code("u += 1\nv += w", "DimensionError", "'w' has no dimension but is added to 'v'",
         under="w"),
    code("u = v", "DimensionError", "'u' has no dimension but right side", under="v"),
    code("u += ww", "UnknownNameError", "'ww' is not defined", under="ww"),
    code("u += q_post", "UnknownNameError", "'q_post' is not defined", under="q_post"),
    code("qq += 1", "UnknownNameError", "'qq' is not defined", under="qq"),
    code("u += x", "UnknownNameError", "'x' is not defined", "x_pre", under="x"),
    code("q_post = 1", "EquationError", "'q_post' cannot be the name of a variable",
         "'_post' stands for the target", under="q_post"),
    code("w = 1", "EquationError", "'w' is constant and cannot be assigned", under="w",
         model="w : 1 (constant)"),
    code("z_post = 1", "EquationError", "'z_post' is constant and cannot be assigned",
         under="z_post"),
    code("c_pre += 1", "EquationError", "'c_pre' is constant", under="c_pre"),
    code("tau += 1*ms", "EquationError", "'tau' is a constant from outside", under="tau"),
    code("w = 1", "EquationError", "'w' is shared", "run_regularly", under="w",
         model="w : 1 (shared)"),
    code("g_pre = 1", "EquationError", "'g_pre' is shared", under="g_pre"),
    code("l_post = 1", "EquationError", "'l_post'", "cannot be assigned", under="l_post"),
    code("i = 1", "EquationError", "'i' is set by the simulator", under="i"),
    code("j += 1", "EquationError", "'j' is set by the simulator", under="j"),
    code("t = 1*ms", "EquationError", "'t' is set by the simulator", under="t"),
    code("N_pre = 1", "EquationError", "'N_pre' is set by the simulator", under="N_pre"),
    code("delay = 1*ms", "EquationError", "'delay' is set by the simulator", under="delay"),
    code("lastupdate = 1*ms", "EquationError", "'lastupdate'", under="lastupdate"),
    code("lastspike_post = 1*ms", "EquationError", "'lastspike_post' is set by the simulator",
         under="lastspike_post"),
    code("not_refractory_post = True", "EquationError", "is set by the simulator",
         under="not_refractory_post"),
    code("r = 1", "EquationError", "'r' is a subexpression and cannot be assigned", under="r",
         model="r = 1 : 1"),
    code("twice_u_post = 1", "EquationError", "'twice_u_post' is a subexpression",
         under="twice_u_post"),
    code("k_pre = 1.5", "EquationError", "'k_pre' is an integer", under="1.5"),
    code("w = xi", "EquationError", "white noise 'xi' can only stand in a differential equation",
         under="xi"),
    use("T = Synapses(A, B, 'w : 1', name='T')\nT.connect()\nT.run_regularly('w = 1*mV')\n"
        "Network(A, B, P, T).run(1*ms)", "DimensionError", "regular operation of 'T'",
        under="1*mV"),
    use("S.run_regularly(3)", "ModelError", "the regular operation of 'S' must be a text, not 3"),
]  # fmt: skip


def state(names: dict[str, Any]) -> dict[str, Any]:
    """Everything about the objects of the setup that a wrong statement could change."""
    found: dict[str, Any] = {}
    for group in (names[name] for name in "ABPSD"):
        for name in group.variables:
            found[f"{group.name}.{name}"] = np.array(group.read(name))
    for synapses in (names["S"], names["D"]):
        found[f"{synapses.name}.ends"] = (synapses.i[:].tolist(), synapses.j[:].tolist())
        found[f"{synapses.name}.attributes"] = sorted(synapses.__dict__)
        found[f"{synapses.name}.contained"] = synapses.contained_objects
        for pathway in synapses.pathways.values():
            found[pathway.name] = (pathway.when, pathway.order, pathway.event, pathway.active)
    net = names["net"]
    found["network"] = (net.objects, net.schedule, net.t_)
    found["clock"] = (eqsim.defaultclock.timestep, eqsim.defaultclock.dt_)
    found["seed"] = eqsim.current_seed()
    return found


def same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return first.keys() == second.keys() and all(
        np.array_equal(value, second[name])
        if isinstance(value, np.ndarray)
        else value == second[name]
        for name, value in first.items()
    )


def underlined(message: str) -> list[str]:
    """What carets stand under."""
    lines = message.splitlines()
    return [
        text[len(marks) - len(marks.lstrip()) : len(marks)]
        for text, marks in itertools.pairwise(lines)
        if marks.strip() and not marks.strip().strip("^")
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_mistake_gives_one_clear_error_and_changes_nothing(
    case: Case, compilations: list[Any]
) -> None:
    names: dict[str, Any] = {"__name__": "script"}
    exec(SETUP, names)
    before = state(names)

    with pytest.raises(RAISED) as caught:
        exec(case.script, names)

    told = str(caught.value)
    assert type(caught.value).__name__ == case.error, told
    for words in case.words:
        assert words in told
    assert underlined(told) == ([] if case.under is None else [case.under])
    raising = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert Path(raising.filename).is_relative_to(Path(eqsim.__file__).parent)
    assert max(map(len, told.splitlines()[:1])) <= 110
    assert not told.splitlines()[0].endswith(".")
    assert compilations == []
    assert same(state(names), before)


def test_run_after_all_mistakes_is_the_run_without_them(compilations: list[Any]) -> None:
    wrong: dict[str, Any] = {"__name__": "script"}
    exec(SETUP, wrong)
    for case in CASES:
        with pytest.raises(RAISED):
            exec(case.script, wrong)
    eqsim.defaultclock.timestep = 3
    exec("net.run(2*ms, target='numpy')", wrong)

    eqsim.defaultclock.timestep = 0
    right: dict[str, Any] = {"__name__": "script"}
    exec(SETUP, right)
    exec("net.run(2*ms, target='numpy')", right)
    after, expected = ({k: v for k, v in state(each).items() if isinstance(v, np.ndarray)}
                       for each in (wrong, right))  # fmt: skip
    assert same(after, expected)
    assert after["S.w"].tolist() != [1, 2, 3]
    assert compilations == []


@pytest.mark.parametrize("name", ["code", "event"])
def test_what_a_pathway_does_is_given_when_the_synapses_are_made(name):
    group = eqsim.NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
    synapses = eqsim.Synapses(group, group, on_pre="v_post += 1")

    with pytest.raises(AttributeError):
        setattr(synapses.pre, name, "other")


@pytest.mark.parametrize("order", ["1", 1.5, True, None])
def test_the_order_of_a_pathway_is_a_whole_number(order):
    group = eqsim.NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
    synapses = eqsim.Synapses(group, group, on_pre="v_post += 1")

    with pytest.raises(ModelError, match="order must be a whole number"):
        synapses.pre.order = order
    assert synapses.pre.order == -1
