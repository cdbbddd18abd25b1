"""The runs of a script, recorded for a program of its own."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from eqsim.errors import ModelError
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.kernels.builder import Lowered
from eqsim.network.recording import EndOfModel, recorded_by
from eqsim.network.running.export import write_project
from eqsim.network.running.network import Network
from eqsim.network.running.parameters import parameters_of, values_to_set
from eqsim.network.running.stages import Exportable, Restore, Run, Set, Stage, Store
from eqsim.network.variables.variables import VariableView, with_unit
from eqsim.runtime.memory import Memory
from eqsim.runtime.progress import Report
from eqsim.runtime.rules import Rule
from eqsim.targets import Target
from eqsim.targets.projects import rendering_for
from eqsim.units.quantity import Quantity


@dataclass
class _Recorded:
    """A network as it was when its first run was recorded."""

    network: Network
    exportable: Exportable
    before: Mapping[str, NDArray[Any]]
    """The values of all arrays that follow from no rule; no run changes them."""
    rules: Mapping[str, Rule]
    """What the others follow from: they are not made."""

    @classmethod
    def now(cls, network: Network, exportable: Exportable) -> _Recorded:
        """Return what a network is now."""
        memory = exportable.lowered.memory
        before = {n: np.array(memory.arrays[n]) for n in memory.arrays if n not in memory.rules}
        return cls(network, exportable, before, dict(memory.rules))

    def has_changed(self, name: str, memory: Memory) -> bool:
        """Return whether an array has other values now."""
        rule = self.rules.get(name)
        if rule is None:
            return not _are_same(memory.arrays[name], self.before[name])
        if name in memory.rules:
            return memory.content(name) != rule.content()
        values = memory.arrays[name]
        return not _are_same(values, rule.targets(values.dtype))


class ScriptRecorder:
    r"""Takes down what a script does with one network.

    Examples
    --------
    >>> from eqsim import NeuronGroup, ms, run
    >>> from eqsim.network.recording import recorded_by
    >>> recorder = ScriptRecorder()
    >>> with recorded_by(recorder):
    ...     G = NeuronGroup(1, 'dx/dt = rate : 1\nrate : Hz', method='euler', name='G')
    ...     run(1*ms)
    ...     G.rate = 1/ms
    ...     run(2*ms)
    >>> recorder.stages
    [Run(duration=1*ms), Set(values={'G.rate': 1*kHz}), Run(duration=2*ms)]
    """

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self._recorded: _Recorded | None = None

    @property
    def has_begun(self) -> bool:
        """Whether something was recorded."""
        return self._recorded is not None

    def run(
        self,
        network: Network,
        duration: Quantity,
        around: Mapping[str, Any],
        report: Report | None = None,
        period: float = 10.0,
    ) -> None:
        """Record a run, and which constants it changes.

        What is to be reported is left to the program, which tells by itself how far it is.

        Raises
        ------
        ModelError
            If the network is another one than before, or not as it was.
        """
        del report, period
        self._follow(network, around)
        self.stages.append(Run(duration))

    def _follow(self, network: Network, around: Mapping[str, Any]) -> None:
        """Begin with a network, or record what of it is not as it was."""
        if self._recorded is None:
            self._recorded = _Recorded.now(network, network.exportable(around))
            return
        self._check_network(network)
        with recorded_by(None):
            changed = self._changed_constants(network.exportable(around).lowered)
        self.stages += [Set(changed)] if changed else []

    def _check_network(self, network: Network) -> None:
        recorded = self._recorded
        assert recorded is not None
        if recorded.network is not network:
            raise ModelError(
                f"a program of its own runs one network, and after {recorded.network.name!r} this"
                f" is {network.name!r}\n  put all objects into one network, or write a script each"
            )
        if recorded.exportable.upcoming.is_outdated:
            raise ModelError(
                "seed() between two runs cannot be recorded\n"
                "  call it before the first run, or give the program the option --seed"
            )

    def _changed_constants(self, lowered: Lowered) -> dict[str, Any]:
        """Return constants that have other values than before, by name."""
        recorded = self._recorded
        assert recorded is not None
        if lowered.program != recorded.exportable.lowered.program:
            raise ModelError(
                "the network is not as it was in the first run: objects, equations or delays are"
                " others\n  a program of its own can change values between runs; make everything"
                " before the first run"
            )
        known = {each.array: each for each in parameters_of(lowered) if each.is_constant}
        changed = {}
        for array in lowered.memory.arrays:
            if array.endswith(_CLOCKS) or not recorded.has_changed(array, lowered.memory):
                continue
            if array not in lowered.constants:
                raise ModelError(
                    f"{array!r} is not as it was in the first run\n  a program of its own can"
                    " change values between runs by group.variable = value only"
                )
            values = lowered.memory.arrays[array]
            changed[known[array].name] = with_unit(values[0].item(), known[array].dimension)
            recorded.before[array][...] = values
        return changed

    def store(self, network: Network, name: str, around: Mapping[str, Any]) -> None:
        """Record that the state is kept."""
        self._follow(network, around)
        self.stages.append(Store(name))

    def restore(self, network: Network, name: str, *, restore_random_state: bool) -> None:
        """Record that the state is put back."""
        if self._recorded is None:
            raise ModelError(f"{network.name!r} was not stored under the name {name!r}")
        self._check_network(network)
        self.stages.append(Restore(name, restore_random_state))

    def write(self, owner: StateOwner, name: str, item: Any, value: Any) -> None:
        """Record that all values of a variable are set.

        Raises
        ------
        ModelError
            If only some are set, or by an expression, or the value does not fit.
        """
        recorded = self._recorded
        assert recorded is not None
        is_whole = item is Ellipsis or (isinstance(item, slice) and item == slice(None))
        if not is_whole or owner.storage is not owner:
            raise ModelError(
                f"some values of {name!r} of {owner.name!r} are set after a run: a program of its"
                f" own can set all of them\n  write {owner.storage.name}.{name} = value, with one"
                " for each if they differ"
            )
        given = value.get() if isinstance(value, VariableView) else copy.deepcopy(value)
        values = {f"{owner.name}.{name}": given}
        values_to_set(recorded.exportable.lowered, values)
        self.stages.append(Set(values))

    def unknown(self, what: str) -> NoReturn:
        """End the script, of which the rest is no model.

        Raises
        ------
        EndOfModel
            Always.
        """
        raise EndOfModel(what)

    @property
    def recorded(self) -> tuple[Network, Lowered]:
        """The network, and what it was lowered to at its first run."""
        if self._recorded is None:
            raise ModelError(_NO_RUN)
        return self._recorded.network, self._recorded.exportable.lowered

    def export(
        self, directory: Path, duration: Quantity | None = None, target: str | Target = "cpp"
    ) -> None:
        """Write the project.

        Parameters
        ----------
        directory : Path
            Its folder.
        duration : Quantity, optional
            How long it is to run, in place of what the script says.
        target : {'cpp', 'cuda'} or Target
            For processors or for NVIDIA devices.

        Raises
        ------
        ModelError
            If there was no run, or several and a duration is given.
        """
        if not any(isinstance(stage, Run) for stage in self.stages):
            raise ModelError(_NO_RUN)
        runs = [place for place, stage in enumerate(self.stages) if isinstance(stage, Run)]
        stages = list(self.stages)
        if duration is not None and len(runs) > 1:
            raise ModelError(
                f"the script has {len(runs)} runs, and a duration is for one\n"
                "  leave out the duration, or change the script"
            )
        if duration is not None:
            stages[runs[0]] = Run(duration)
        recorded = self._recorded
        assert recorded is not None
        with recorded_by(None):
            write_project(recorded.exportable, stages, directory, rendering_for(target))


def _are_same(first: NDArray[Any], second: NDArray[Any]) -> bool:
    # What an array over time is outside of its places is no number.
    return np.array_equal(first, second, equal_nan=first.dtype.kind == "f")


_NO_RUN = "the script has no run\n  add one: run(100*ms), or network.run(100*ms)"
_CLOCKS = (".timestep", ".end", ".dt")
"""What of a clock no lowering sets."""
