"""Whatever a user gives by mistake to groups, synapses, monitors and networks is told in words.

Each argument in turn gets each mistake while the others are right, and the result runs. What an
error left behind must be what was there before it.
"""

from __future__ import annotations

import runpy
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsim
from eqsim import (
    BinomialFunction,
    Clock,
    Cpp,
    Cuda,
    Equations,
    EventClock,
    EventMonitor,
    Function,
    Hz,
    Network,
    NetworkOperation,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    Restore,
    Run,
    Set,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Store,
    Synapses,
    TimedArray,
    linked_var,
    ms,
    mV,
)
from eqsim.errors import EqsimError

TOOLKIT = runpy.run_path(str(Path(__file__).with_name("test_wrong_arguments.py")))
mistakes, limited = TOOLKIT["mistakes"], TOOLKIT["limited"]

TOLD = (EqsimError, AttributeError, IndexError, KeyError)
"""Attributes, indices and names of objects give Python's kinds of error, with texts by eqsim."""

EQUATIONS = """dv/dt = -v/(10*ms) : volt
w : 1
k : integer
b : boolean
s : volt (shared)
twice = 2*w : 1"""

GIVEN = (
    "None", "text", "empty text", "nan", "inf", "-1", "0.5", "2**63", "10**400", "True", "complex",
    "volts", "array of ms", "infinite seconds", "1e300 seconds", "1e-300 seconds", "mixed units",
    "empty list", "dict by number", "ragged", "list of texts", "numbers that overflow",
    "nan array", "three axes", "object array", "complex array", "strings", "masked", "lambda",
    "generator", "group",
)  # fmt: skip


def group(**options: Any) -> NeuronGroup:
    return NeuronGroup(
        3, EQUATIONS, threshold="v > 1*mV", reset="v = 0*mV", events={"high": "w > 1"},
        method="exact", **options,
    )  # fmt: skip


def synapses() -> Synapses:
    between = group()
    made = Synapses(between, between, "u : volt\nn : integer", on_pre="v_post += u")
    made.connect()
    return made


def simulate(*objects: Any) -> None:
    Network(*objects).run(0.2 * ms, target="numpy")


def state(owner: Any) -> dict[str, Any]:
    values = {name: np.array(v.values) for name, v in owner.stored_variables.items()}
    return values | {"attributes": sorted(owner.__dict__), "number": len(owner)}


def unchanged(owner: Any, change: Callable[[], object]) -> None:
    """Make a change, which leaves everything as it was if it fails."""
    before = state(owner)
    try:
        change()
    except Exception:
        after = state(owner)
        assert before.keys() == after.keys()
        assert all(np.array_equal(before[name], after[name]) for name in before)
        raise


def made(make: Callable[..., Any]) -> Callable[..., None]:
    return lambda **arguments: simulate(make(**arguments))


def beside(make: Callable[..., Any]) -> Callable[..., None]:
    """Make something for a group, which is given where None stands for it."""

    def call(**arguments: Any) -> None:
        cells = group()
        name = "target" if "target" in arguments else "source"
        if arguments[name] is None:
            arguments[name] = cells
        thing = make(**arguments)
        if isinstance(thing, Synapses):
            thing.connect()
        simulate(cells, thing)

    return call


def connected(**arguments: Any) -> None:
    cells = group()
    links = Synapses(cells, cells, "u : volt", on_pre="v_post += u")
    unchanged(links, lambda: links.connect(**arguments))
    simulate(cells, links)


def sets(make: Callable[[], Any], name: str) -> Callable[..., None]:
    def call(value: Any) -> None:
        owner = make()
        unchanged(owner, lambda: setattr(owner, name, value))

    return call


def sets_item(make: Callable[[], Any], name: str) -> Callable[..., None]:
    def call(index: Any, value: Any) -> None:
        owner = make()
        unchanged(owner, lambda: getattr(owner, name).__setitem__(index, value))

    return call


def on_network(use: Callable[..., Any]) -> Callable[..., None]:
    """Use a network, which has its time and runs on whatever happens."""

    def call(**arguments: Any) -> None:
        cells = group(name="cells")
        net = Network(cells, StateMonitor(cells, "v", record=True), name="net")
        net.run(0.1 * ms, target="numpy")
        net.store("kept")
        objects, reached = net.objects, net.t_
        try:
            use(net, **arguments)
        except Exception:
            assert (net.objects, net.t_) == (objects, reached)
            net.run(0.1 * ms, target="numpy")
            raise

    return call


def over_time(**arguments: Any) -> None:
    drive = TimedArray(**arguments)
    cells = NeuronGroup(2, "x = drive(t) : volt", namespace={"drive": drive})
    simulate(cells, StateMonitor(cells, "x", record=True))


def called(**arguments: Any) -> None:
    cells = NeuronGroup(2, "y : 1\nx = f(y) : 1", namespace={"f": Function(**arguments)})
    simulate(cells, StateMonitor(cells, "x", record=True))


def linked(**arguments: Any) -> None:
    source = NeuronGroup(3, "a : volt")
    cells = NeuronGroup(3, "l : volt (linked)")
    if arguments["group_or_variable"] is None:
        arguments["group_or_variable"] = source
    cells.l = linked_var(**arguments)
    simulate(source, cells)


PATHWAY = {"key": "path", "text": "v_post += u", "delay": 0.1 * ms, "event": "spike"}


def pathways(key: Any, text: Any, delay: Any, event: Any) -> None:
    cells = group()
    named = {"delay": {key: delay}, "on_event": {key: event}}
    links = Synapses(cells, cells, "u : volt", on_pre={key: text}, **named)
    links.connect()
    simulate(cells, links)


SLOT: dict[str, Any] = {"when": "start", "order": 0}
TIMES = {"indices": [0, 1, 2], "times": [0.1, 0.2, 0.3] * ms, "period": 1 * ms, "sorted": False}
CASES: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "NeuronGroup": (made(NeuronGroup), {
        "N": 3, "model": EQUATIONS, "method": "exact", "method_options": None,
        "threshold": "v > 1*mV", "reset": "v = 0*mV", "refractory": 1 * ms,
        "events": {"high": "w > 1"},
        "namespace": {}, "dtype": np.float64, "order": 0, "name": "cells*"}),
    "NeuronGroup with a step": (made(NeuronGroup), {"N": 3, "model": EQUATIONS, "dt": 0.1 * ms}),
    "NeuronGroup with a clock": (made(NeuronGroup), {
        "N": 3, "model": EQUATIONS, "clock": Clock(0.1 * ms)}),
    "constant": (lambda value: simulate(NeuronGroup(
        1, "dv/dt = -v/T : 1", namespace={"T": value}, method="euler")), {"value": 10 * ms}),
    "dtype of a variable": (lambda dtype: NeuronGroup(1, "v : 1", dtype={"v": dtype}), {
        "dtype": np.float32}),
    "Equations": (Equations, {"text": "dv/dt = -v/ms : 1"}),
    "substitution": (lambda value: Equations("dv/dt = -v/T : 1", T=value), {"value": 10 * ms}),
    "PoissonGroup": (made(PoissonGroup), dict(N=3, rates=10 * Hz, **SLOT)),
    "PoissonInput": (beside(PoissonInput), dict(
        target=None, target_var="v", N=10, rate=10 * Hz, weight=1 * mV, **SLOT)),
    "SpikeGeneratorGroup": (made(SpikeGeneratorGroup), dict(N=3, **TIMES)),
    "set_spikes": (lambda **spikes: SpikeGeneratorGroup(3, [0], [0.1] * ms).set_spikes(**spikes),
                   TIMES),
    "SpikeMonitor": (beside(SpikeMonitor), {
        "source": None, "variables": ["w"], "record": True, "order": 0, "when": "end"}),
    "EventMonitor": (beside(EventMonitor), {
        "source": None, "event": "high", "variables": "w", "record": True}),
    "StateMonitor": (beside(StateMonitor), {
        "source": None, "variables": ["v"], "record": True, **SLOT}),
    "PopulationRateMonitor": (beside(PopulationRateMonitor), {"source": None, "name": "rate*"}),
    "Synapses": (beside(Synapses), {
        "source": None, "model": "u : volt", "on_pre": "v_post += u", "on_post": "u = 1*mV",
        "delay": 0.1 * ms, "on_event": "spike", "multisynaptic_index": "n", "namespace": {},
        "dtype": None, "method": "exact"}),
    "pathways": (pathways, PATHWAY),
    "connect": (connected, {"condition": "i != j", "p": 0.5, "n": 1, "namespace": None}),
    "connect by indices": (connected, {
        "i": [0, 1], "j": [1, 2], "n": 1, "skip_if_invalid": False}),
    "connect by a generator": (connected, {"j": "k for k in range(2)", "n": 2}),
    **{f"G.{name}": (sets(group, name), {"value": value}) for name, value in {
        "v": 1 * mV, "v_": 1, "w": 1, "k": 1, "b": True, "s": 1 * mV, "namespace": {},
        "order": 1}.items()},
    **{f"G.{name}[...]": (sets_item(group, name), {"index": 0, "value": v}) for name, v in {
        "v": 1 * mV, "v_": 1, "k": 1, "b": True}.items()},
    **{f"S.{name}": (sets(synapses, name), {"value": value}) for name, value in {
        "u": 1 * mV, "n": 1, "delay": 1 * ms}.items()},
    "S.u[...]": (sets_item(synapses, "u"), {"index": 0, "value": 1 * mV}),
    "S.u[i, j]": (lambda i, j: synapses().u[i, j], {"i": 0, "j": 1}),
    "G[...]": (lambda index: group()[index], {"index": 0}),
    "set_states": (lambda **given: group().set_states(**given), {
        "values": {"v": 1 * mV}, "units": True, "format": "dict"}),
    "get_states": (lambda **given: group().get_states(**given), {
        "vars": ["v"], "units": True, "format": "dict"}),
    "get_states of all": (lambda **given: group().get_states(**given), {
        "subexpressions": False, "read_only_variables": True}),
    "run_regularly": (lambda **given: group().run_regularly(**given), dict(code="w = 1", **SLOT)),
    "run_at": (lambda **given: group().run_at(**given), dict(
        code="w = 1", times=[0.1, 0.2] * ms, **SLOT)),
    "run_on_event": (lambda **given: group().run_on_event(**given), dict(
        event="high", code="w = 0", **SLOT)),
    "set_event_schedule": (lambda **given: group().set_event_schedule(**given), dict(
        event="high", **SLOT)),
    "TimedArray": (over_time, {"values": [1, 2, 3] * mV, "dt": 0.1 * ms}),
    "array over time at a place": (TimedArray([[1, 2], [3, 4]] * mV, dt=1 * ms), {
        "t": 0.1 * ms, "i": 0}),
    "Function": (called, {
        "pyfunc": np.abs, "arg_units": [1], "return_unit": 1, "arg_types": ["float"],
        "return_type": "float", "stateless": True, "name": "f"}),
    "BinomialFunction": (BinomialFunction, {"n": 3, "p": 0.5, "approximate": True}),
    "Clock": (Clock, {"dt": 0.1 * ms, "name": "clock*"}),
    "EventClock": (EventClock, {"times": [0.1, 0.2] * ms}),
    "NetworkOperation": (NetworkOperation, dict(function=lambda: None, **SLOT)),
    "Network": (lambda thing: Network(thing), {"thing": group()}),
    "linked_var": (linked, {"group_or_variable": None, "name": "a", "index": [0, 1, 2]}),
    "run": (on_network(lambda net, **given: net.run(**given)), {
        "duration": 0.2 * ms, "report": None, "report_period": 1 * eqsim.second, "namespace": {},
        "profile": False, "target": "numpy"}),
    "add": (on_network(lambda net, thing: net.add(thing)), {"thing": group()}),
    "remove": (on_network(lambda net, thing: net.remove(thing)), {"thing": []}),
    "net[...]": (on_network(lambda net, name: net[name]), {"name": "cells"}),
    "in": (on_network(lambda net, name: name in net), {"name": "cells"}),
    "schedule": (on_network(lambda net, slots: setattr(net, "schedule", slots)), {
        "slots": ["start", "groups", "thresholds", "synapses", "resets", "end"]}),
    "store": (on_network(lambda net, **given: net.store(**given)), {"name": "kept"}),
    "restore": (on_network(lambda net, **given: net.restore(**given)), {
        "name": "kept", "restore_random_state": False}),
    "network states": (on_network(lambda net, **given: net.get_states(**given)), {
        "units": True, "format": "dict", "subexpressions": False, "read_only_variables": True}),
    "set network states": (on_network(lambda net, name, values: net.set_states({name: values})),
                           {"name": "cells", "values": {"v": 1 * mV}}),
    "Cpp": (Cpp, {"threads": 1}),
    "Cuda": (Cuda, {"architecture": "sm_90", "sums": "fixed", "mode": "auto", "device": 0}),
    "Run": (Run, {"duration": 1 * ms}),
    "Set": (Set, {"values": {"tau": 1 * ms}}),
    "Store": (Store, {"name": "kept"}),
    "Restore": (Restore, {"name": "kept", "restore_random_state": False}),
    "seed": (lambda value: (eqsim.seed(value), eqsim.seed(None)), {"value": 1}),
}  # fmt: skip

UNHASHABLE = {("pathways", "key"), ("set network states", "name")}
"""Keys of dicts, which Python itself refuses where they are written."""


def outcome(call: Callable[..., Any], right: dict[str, Any], argument: str, mistake: Any) -> Any:
    """Return what is wrong with how a call with a mistake ends, None if nothing is."""
    try:
        with limited():
            call(**{**right, argument: mistake})
    except TOLD as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        by_us = Path(frame.filename).is_relative_to(Path(eqsim.__file__).parent)
        told = str(error.args[0]) if error.args else ""
        return None if by_us and len(told) > 25 else f"{type(error).__name__}: {told}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


@pytest.fixture(autouse=True)
def runs_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", CASES)
def test_mistakes_are_told_and_change_nothing(name: str) -> None:
    call, right = CASES[name]
    call(**right)
    found = {}
    for argument in right:
        for mistake in GIVEN:
            given = mistakes()[mistake]
            if (name, argument) in UNHASHABLE and type(given).__hash__ is None:
                continue
            if (name, argument) in UNHASHABLE and not isinstance(given, str | float | type(None)):
                continue
            problem = outcome(call, right, argument, given)
            if problem is not None:
                found[f"{argument}={mistake}"] = problem
    assert not found


FLAGS = [
    ("SpikeMonitor", "record"), ("EventMonitor", "record"), ("Function", "stateless"),
    ("BinomialFunction", "approximate"), ("run", "profile"), ("get_states", "units"),
    ("set_states", "units"), ("restore", "restore_random_state"), ("get_states of all",
    "subexpressions"), ("get_states of all", "read_only_variables"), ("SpikeGeneratorGroup",
    "sorted"), ("connect by indices", "skip_if_invalid"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "argument"), FLAGS)
@pytest.mark.parametrize("given", ["False", 2, 0.0, [True]], ids=repr)
def test_flags_are_true_or_false(name: str, argument: str, given: Any) -> None:
    call, right = CASES[name]
    with pytest.raises(EqsimError, match="True or False"):
        call(**{**right, argument: given})


def test_planted_faults_are_found() -> None:
    assert outcome(lambda value: [0] * value, {"value": 1}, "value", {}) is not None
    assert outcome(lambda value: [0][value], {"value": 0}, "value", 5) is not None
    assert outcome(lambda value: value, {"value": 0}, "value", 5) is None

    def half_done(value: Any) -> None:
        cells = group()

        def change() -> None:
            cells.w[0] = 5
            raise eqsim.errors.ModelError("an error that comes when half is done")

        unchanged(cells, change)

    assert "AssertionError" in outcome(half_done, {"value": 0}, "value", 5)
