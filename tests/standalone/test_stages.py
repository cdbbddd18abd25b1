"""Several runs, changes between them, store and restore: as the same sequence in process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsim
from eqsim import (
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    Restore,
    Run,
    Set,
    SpikeMonitor,
    StateMonitor,
    Store,
    Synapses,
    ms,
    mV,
    network_operation,
    seed,
)
from eqsim.errors import DimensionMismatchError, ModelError

Compile = Callable[..., Any]
RECORDED = {
    "traces": ("t_", "v_"),
    "spikes": ("t_", "i", "count"),
    "rates": ("t_", "rate_"),
    "weights": ("t_", "w_"),
    "cells": ("v_", "drive_", "lastspike_"),
    "links": ("w_",),
}


def model() -> Network:
    """Noise, spikes on their way, weights that change and are stored in another order."""
    cells = NeuronGroup(
        20,
        """dv/dt = (drive - v)/(10*ms) + 3*mV*xi/ms**0.5/3 : volt (unless refractory)
           drive : volt""",
        threshold="v > 15*mV",
        reset="v = 0*mV",
        refractory=1 * ms,
        method="euler",
        name="cells",
    )
    cells.drive = "(14 + 0.4*i)*mV"
    links = Synapses(
        cells,
        cells,
        """w : volt
           dtrace/dt = -trace/(20*ms) : 1 (event-driven)""",
        on_pre="v_post += w; trace += 1",
        on_post="w = clip(w + 0.02*mV*trace, 0*mV, 2*mV)",
        name="links",
    )
    links.connect(i=np.arange(40)[::-1] % 20, j=np.arange(40) * 7 % 20)
    links.w = np.linspace(0.1, 1, 40) * mV
    links.delay = (np.arange(40) % 9) * 0.4 * ms
    fixed = Synapses(cells, cells, on_pre="v_post += 0.2*mV", delay=3 * ms, name="fixed")
    fixed.connect("abs(i - j) == 1")
    return Network(
        cells,
        links,
        fixed,
        StateMonitor(cells, "v", record=[0, 7, 19], name="traces"),
        StateMonitor(links, "w", record=[0, 39], dt=1 * ms, name="weights"),
        SpikeMonitor(cells, name="spikes"),
        PopulationRateMonitor(cells, name="rates"),
    )


def followed(network: Network, stages: list[Any]) -> None:
    """Do in process what a program does."""
    for stage in stages:
        match stage:
            case Run(duration):
                network.run(duration, target="numpy")
            case Set(values):
                for name, value in values.items():
                    group, _, variable = name.partition(".")
                    setattr(network[group], variable, value)
            case Store(name):
                network.store(name)
            case Restore(name, random):
                network.restore(name, restore_random_state=random)


def assert_same(results: eqsim.Results, network: Network) -> None:
    assert results.t == network.t
    for name, attributes in RECORDED.items():
        for attribute in attributes:
            expected = np.asarray(getattr(network[name], attribute))
            found = np.asarray(getattr(results[name], attribute))
            assert found.shape == expected.shape, (name, attribute)
            assert (found == expected).all(), (name, attribute)


@pytest.fixture(scope="module")
def weights() -> Any:
    return np.linspace(0.3, 1.1, 40) * mV


SEQUENCES = {
    "runs": lambda w: [Run(11 * ms), Run(0.05 * ms), Run(12 * ms)],
    "changes": lambda w: [
        Run(11.3 * ms),
        Set({"cells.drive": 25 * mV}),
        Run(7 * ms),
        Set({"links.w": w, "cells.v": np.linspace(0, 10, 20) * mV}),
        Run(10 * ms),
    ],
    "restore": lambda w: [
        Run(9.7 * ms),
        Store("here"),
        Set({"cells.drive": 25 * mV}),
        Run(12 * ms),
        Restore("here"),
        Run(8 * ms),
        Restore("here"),
        Set({"cells.drive": 22 * mV}),
        Run(10 * ms),
    ],
    "restore at the beginning": lambda w: [Store(), Run(15 * ms), Restore(), Run(9 * ms)],
    "restore before the first run": lambda w: [
        Store(),
        Restore(),
        Set({"cells.drive": 18 * mV}),
        Run(9 * ms),
        Restore(),
        Run(9 * ms),
        Restore(restore_random_state=True),
        Run(15 * ms),
        Restore(),
        Run(15 * ms),
    ],
    "restore random state": lambda w: [
        Run(6 * ms),
        Store("a"),
        Run(9 * ms),
        Store("b"),
        Run(3 * ms),
        Restore("a"),
        Restore("b", restore_random_state=True),
        Run(4 * ms),
        Restore("a", restore_random_state=True),
        Run(5 * ms),
        Restore("b"),
        Run(5 * ms),
    ],
}


@pytest.mark.compiler
@pytest.mark.slow
@pytest.mark.parametrize("continued", [False, True])
@pytest.mark.parametrize("sequence", SEQUENCES)
def test_a_program_does_what_the_same_sequence_does_in_process(
    tmp_path: Path, compiled: Compile, weights: Any, sequence: str, continued: bool
) -> None:
    stages = SEQUENCES[sequence](weights)
    network = model()
    seed(4)
    if continued:
        network.run(5 * ms, target="numpy")
        for name in ("traces", "spikes", "rates", "weights"):
            network[name].forget()
    exported = compiled(network, tmp_path / "project", stages=stages)

    results = exported.run("--threads", "2")

    followed(network, stages)
    assert_same(results, network)
    assert len(results["spikes"].i) > 2


@pytest.mark.compiler
def test_seeds_and_values_are_for_all_stages(tmp_path: Path, compiled: Compile) -> None:
    stages = [Store(), Run(5 * ms), Restore(), Set({"cells.drive": 25 * mV}), Run(6 * ms)]
    network = model()
    exported = compiled(network, tmp_path / "project", stages=stages)

    results = exported.run("--seed=9", "--set=links.w=0.4mV")

    network["links"].w = 0.4 * mV
    seed(9)
    followed(network, stages)
    assert_same(results, network)
    assert "--duration is for models with one run" in exported.refusal("--duration=3ms")
    assert results.duration == 11 * ms


@pytest.mark.compiler
def test_damaged_stages_are_refused(tmp_path: Path, compiled: Compile) -> None:
    exported = compiled(model(), tmp_path / "project", stages=[Run(1 * ms), Run(1 * ms)])
    path = exported.folder / "state" / "stages.json"
    for stages, said in (
        ([{"run": "long"}], "stages.json' is damaged; export the model again"),
        ([{"run": -1}], "stages.json' is damaged"),
        ([{"restore": "x"}, {"run": 1}], "nothing was stored under the name 'x'"),
        ([{"set": {"other": "other.npy"}}], "names the array 'other', which the model lacks"),
        ([{"set": {"cells.v": "no.npy"}}], "cannot read './state/no.npy'"),
    ):
        path.write_text(json.dumps({"stages": stages}))
        assert said in exported.refusal(status=1)
    path.unlink()
    assert "cannot read './state/stages.json'" in exported.refusal(status=1)


@pytest.mark.parametrize(
    ("stages", "error", "said"),
    [
        ([], ModelError, r"have no run\n  add one: stages=\[Run\(100\*ms\), ...\]"),
        ([Store()], ModelError, "have no run"),
        ([Run(1 * ms), 3 * ms], ModelError, r"cannot be 3\*ms\n  expected: Run\(duration\), Set"),
        (
            [Run(1 * ms), Store("her"), Restore("here")],
            ModelError,
            r"stored anything under the name 'here'\n  stored: 'her'\n  did you mean 'her'",
        ),
        ([Restore(), Run(1 * ms)], ModelError, "'default'\n  stored: nothing"),
        (
            [Set({"cells.driv": 1 * mV}), Run(1 * ms)],
            ModelError,
            r"no parameter 'cells.driv' to set between runs\n(.|\n)*did you mean 'cells.drive'",
        ),
        (
            [Set({"cells.drive": 1 * ms}), Run(1 * ms)],
            DimensionMismatchError,
            "'cells.drive' cannot be set to 1 ?\\*?ms",
        ),
        ([Set({"cells.v": [1, 2] * mV}), Run(1 * ms)], ModelError, "takes 20 values here"),
        (
            [Run(1 * ms), Set({"cells.v": "v + 1*mV"}), Run(1 * ms)],
            ModelError,
            r"not the expression 'v \+ 1\*mV'\n  its result depends on what the runs before it",
        ),
        ([Set({"links.pre.delay": 1 * ms}), Run(1 * ms)], ModelError, "no parameter 'links.pre"),
    ],
)
def test_wrong_stages_are_refused(
    tmp_path: Path, stages: list[Any], error: type, said: str
) -> None:
    with pytest.raises(error, match=said):
        model().export(tmp_path / "project", stages=stages)
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize(
    ("duration", "error", "said"),
    [
        (1 * mV, DimensionMismatchError, "the duration of a run must be a time"),
        (-1 * ms, ModelError, "negative"),
    ],
)
def test_a_stage_of_no_time_is_refused_when_it_is_made(
    duration: Any, error: type, said: str
) -> None:
    with pytest.raises(error, match=said):
        Run(duration)


def test_a_duration_or_stages_are_given(tmp_path: Path) -> None:
    for given in ({}, {"duration": 1 * ms, "stages": [Run(1 * ms)]}):
        with pytest.raises(ModelError, match=r"a duration or with stages\n  write export\(folder"):
            model().export(tmp_path / "project", **given)


def test_python_functions_are_refused_by_name(tmp_path: Path) -> None:
    @network_operation(dt=1 * ms, name="look")
    def look() -> None:
        pass

    network = model()
    network.add(look)
    with pytest.raises(
        ModelError,
        match=r"'look' runs the Python function 'look', which a program of its own cannot\n"
        r"  set its 'active' to False, or write it in the",
    ):
        network.export(tmp_path / "project", 1 * ms)
    assert not (tmp_path / "project").exists()
    look.active = False
    network.export(tmp_path / "project", 1 * ms)
