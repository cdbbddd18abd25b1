"""What users write wrongly, and what they are told: one error each, before anything is compiled.

The text files beside this module hold the scripts with the messages in full, as users see them.
Each script continues the one in `SETUP`.
"""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsim
from eqsim.errors import EqsimError, ModelError, UnknownNameError

SETUP = '''
from eqsim import *
import numpy as np

tau = 10*ms
G = NeuronGroup(
    3,
    """dv/dt = (I - v)/tau : volt (unless refractory)
       I : volt
       k : integer
       b : boolean
       g : 1 (shared)
       c : 1 (constant)
       double_v = 2*v : volt""",
    threshold='v > 10*mV',
    reset='v = 0*mV',
    refractory=1*ms,
    events={'high': 'v > 5*mV'},
    method='euler',
    name='cells',
)
S = SpikeMonitor(G)
M = StateMonitor(G, 'v', record=[0, 2])
net = Network(G, S, M, name='net')
G.I = [20, 200, 400]*mV
G.k = [1, 2, 3]
net.run(1*ms, target='numpy')
start_scope()
'''

RAISED = (EqsimError, AttributeError, IndexError, KeyError)
"""Attributes and indices give Python's own kinds of error, with texts by eqsim."""

FILES = sorted(Path(__file__).parent.glob("*.txt"))


@dataclass(frozen=True)
class Case:
    """A script with a mistake, and the error that it gives."""

    file: str
    what: str
    script: str
    error: str
    message: str


def cases_of(path: Path) -> list[Case]:
    cases = []
    for block in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, body = block.split("\n", 1)
        script, told = body.split("\n---\n")
        error, message = told.rstrip().split(": ", 1)
        cases.append(Case(path.stem, title, script, error, message))
    return cases


CASES = [case for path in FILES for case in cases_of(path)]


def state(names: dict[str, Any]) -> dict[str, Any]:
    """Everything about the objects of the setup that a wrong statement could change."""
    group, spikes, voltages, net = (names[name] for name in ("G", "S", "M", "net"))
    clock = eqsim.defaultclock
    return {
        **{name: variable.values.copy() for name, variable in group.variables.items()},
        "namespace": dict(group.namespace),
        "attributes": sorted(group.__dict__),
        "events": dict(group.events),
        "codes": dict(group.event_codes),
        "contained": group.contained_objects,
        "recorded": voltages.v_.copy(),
        "times": voltages.t_.copy(),
        "spikes": (spikes.i.tolist(), spikes.t_.tolist(), spikes.count.tolist()),
        "objects": net.objects,
        "schedule": net.schedule,
        "network": (net.name, net.t_, net.target),
        "clock": (clock.timestep, clock.dt_),
        "seed": eqsim.current_seed(),
    }


def same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return first.keys() == second.keys() and all(
        np.array_equal(value, second[name])
        if isinstance(value, np.ndarray)
        else value == second[name]
        for name, value in first.items()
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.what}")
def test_mistake_gives_one_clear_error_and_changes_nothing(
    case: Case, compilations: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {"__name__": "script"}
    exec(SETUP, names)
    before = state(names)

    with pytest.raises(RAISED) as caught:
        exec(case.script, names)

    assert type(caught.value).__name__ == case.error
    told = [line.rstrip() for line in str(caught.value).splitlines()]
    assert told == [line.rstrip() for line in case.message.splitlines()]
    assert raised_by_eqsim(caught.value)
    assert compilations == []
    assert capsys.readouterr().out == ""
    assert same(state(names), before)


def raised_by_eqsim(error: BaseException) -> bool:
    raising = traceback.extract_tb(error.__traceback__)[-1]
    return Path(raising.filename).is_relative_to(Path(eqsim.__file__).parent)


def test_run_after_all_mistakes_is_the_run_without_them(compilations: list[Any]) -> None:
    wrong: dict[str, Any] = {"__name__": "script"}
    exec(SETUP, wrong)
    for case in CASES:
        if "start_scope()" in case.script:  # another network on the default clock
            continue
        with pytest.raises(RAISED):
            exec(case.script, wrong)
    wrong["net"].run(5 * eqsim.ms, target="numpy")

    eqsim.defaultclock.timestep = 0
    right: dict[str, Any] = {"__name__": "script"}
    exec(SETUP, right)
    right["net"].run(5 * eqsim.ms, target="numpy")
    assert np.array_equal(wrong["M"].v_, right["M"].v_)
    assert wrong["S"].i.tolist() == right["S"].i.tolist()
    assert wrong["net"].t == right["net"].t == 6 * eqsim.ms
    assert compilations == []


def test_there_are_many_cases_with_different_titles() -> None:
    titles = [(case.file, case.what) for case in CASES]
    assert len(titles) == len(set(titles)) > 300


def test_first_lines_are_short_and_have_no_full_stop() -> None:
    for case in CASES:
        first = case.message.splitlines()[0]
        assert len(first) <= 110, first
        assert not first.endswith("."), first


def test_group_that_does_not_fit_into_memory_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("eqsim.network.groups.state_owner.np.zeros", full)
    with pytest.raises(ModelError, match="not enough memory for the variables of 5 neurons"):
        eqsim.NeuronGroup(5, "v : 1")


tau = 10 * eqsim.ms

RETRIES = [
    # wrong, what its error says, and the correction, which then runs
    ("dv/dt = -v/tua : 1", {}, "'tua' is not defined", "dv/dt = -v/tau : 1", {}),
    ("dv/dt = -v : 1", {}, "divide by a time constant", "dv/dt = -v/tau : 1", {}),
    ("dv/dt = -v**2/tau : 1", {"method": "exact"}, "methods that can: 'independent', 'euler'",
     "dv/dt = -v**2/tau : 1", {"method": "rk4"}),
    ("dv/dt = -v/tau : 1", {"threshold": "v > 1*mV"}, "compared with 'v'",
     "dv/dt = -v/tau : 1", {"threshold": "v > 1"}),
    ("dv/dt = -v/tau : 1", {"namespace": {"tau": [1, 2]}}, "is a list",
     "dv/dt = -v/tau : 1", {"namespace": {"tau": 2 * eqsim.ms}}),
    ("dv/dt = (1 - v)/tau + 0.1*xi : 1", {}, "is added to '(1 - v) / tau'",
     "dv/dt = (1 - v)/tau + 0.1*xi*tau**-0.5 : 1", {}),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "options", "told", "right", "corrected"), RETRIES)
def test_corrected_model_runs_as_if_there_had_been_no_mistake(
    wrong: str, options: dict[str, Any], told: str, right: str, corrected: dict[str, Any]
) -> None:
    def simulated() -> list[float]:
        eqsim.start_scope()
        cells = eqsim.NeuronGroup(4, right, **corrected)
        cells.v = "0.1*i"
        eqsim.run(2 * eqsim.ms, target="numpy")
        return list(cells.v_)

    eqsim.seed(3)
    expected = simulated()
    eqsim.seed(3)
    with pytest.raises(EqsimError, match=re.escape(told)):
        eqsim.Network(eqsim.NeuronGroup(4, wrong, **options)).run(2 * eqsim.ms, target="numpy")
    assert simulated() == expected


def test_model_corrected_in_the_scope_of_run_takes_the_place_of_the_wrong_one() -> None:
    cells = eqsim.NeuronGroup(1, "dv/dt = 1/ms : 1", method="euler")
    others = eqsim.NeuronGroup(1, "dw/dt = 1/unknown : 1", method="euler")
    with pytest.raises(UnknownNameError, match="'unknown' is not defined"):
        eqsim.run(1 * eqsim.ms, target="numpy")
    others = eqsim.NeuronGroup(1, "dw/dt = 1/ms : 1", method="euler")
    eqsim.run(1 * eqsim.ms, target="numpy")
    assert (cells.v_[0], others.w_[0]) == (pytest.approx(1), pytest.approx(1))
