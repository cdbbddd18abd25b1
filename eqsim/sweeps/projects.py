"""Exported projects as models of a sweep: what their programs can be given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from eqsim.errors import ModelError
from eqsim.network.functions.timedarray import TimedArray
from eqsim.network.variables.variables import Variable, checked_values
from eqsim.program.dtypes import DType
from eqsim.program.nodes import RANDOM_KEY, Role
from eqsim.runtime.manifest import FILE_NAME, Manifest, StoredParameter
from eqsim.targets import Cpp, Cuda, Target
from eqsim.units.dimensions import SECOND
from eqsim.units.quantity import Quantity, si_value, with_dimension

_KINDS = {"fraction": DType.FLOAT64, "whole": DType.INT32, "truth": DType.BOOLEAN}


@dataclass(frozen=True)
class Project:
    """The folder that ``Network.export`` wrote.

    Parameters
    ----------
    folder : Path
        The folder, as all workers see it.
    manifest : Manifest
        What it says of itself.
    """

    folder: Path
    manifest: Manifest

    @classmethod
    def at(cls, folder: Path) -> Project:
        """Return the project in a folder.

        Raises
        ------
        ModelError
            If there is none.
        """
        path = folder / FILE_NAME
        if not path.is_file() or not (folder / "CMakeLists.txt").is_file():
            raise ModelError(
                f"there is no project of eqsim in {str(folder)!r}\n"
                "  give the sweep a folder that Network.export wrote, or a Network"
            )
        return cls(folder.resolve(), Manifest.from_json(path.read_text("utf-8"), str(path)))

    def duration(self, wanted: Quantity | None) -> Quantity:
        """Return how long a run is: as the export says, or as is wanted.

        Raises
        ------
        ModelError
            If something else is wanted of a program that has several runs.
        """
        own = Quantity(self.manifest.duration, SECOND)
        if wanted is None or si_value(wanted) == si_value(own):
            return own
        plan = json.loads((self.folder / "state" / "stages.json").read_text("utf-8"))
        if sum("run" in stage for stage in plan["stages"]) > 1:
            raise ModelError(
                f"the program of {str(self.folder)!r} has several runs, {own} in all: it cannot"
                f" last {wanted}\n  leave out 'duration', or export other stages"
            )
        return wanted

    def target(self, wanted: str | Target | None) -> Target:
        """Return the target for which the program was written.

        Raises
        ------
        ModelError
            If another one is wanted.
        """
        own: Target = Cuda() if (self.folder / "simulation.cu").is_file() else Cpp()
        if wanted is None or wanted == own.name:
            return own
        if isinstance(wanted, type(own)):
            return wanted
        raise ModelError(
            f"the project {str(self.folder)!r} is one for the target {own.name!r}\n"
            "  leave out 'target', or export the network for another one"
        )

    @cached_property
    def known(self) -> dict[str, StoredParameter]:
        """What its program can be given, by name."""
        return {each.name: each for each in self.manifest.parameters}

    def check(self, name: str, values: Any) -> None:
        """Refuse values of a parameter that the program would refuse, before anything runs.

        Parameters
        ----------
        name : str
            The parameter.
        values : array, Quantity, or list
            One value for each point.

        Raises
        ------
        ModelError, DimensionMismatchError
            If one does not fit.
        """
        parameter = self.known[name]
        shape = self._array(parameter.array).shape
        size = shape[0] if shape else 1
        variable = Variable(
            name,
            parameter.dimension,
            _KINDS[parameter.kind],
            np.zeros(size),
            Role.PARAMETER,
            is_nonnegative=parameter.is_nonnegative,
        )
        if not isinstance(values, list):
            checked_values(variable, values, len(values))
            return
        for each in values:
            if isinstance(each, str | TimedArray):
                raise ModelError(
                    f"{name!r} of a program takes numbers, not {each!r}\n"
                    "  sweep over the network itself for expressions and arrays over time"
                )
            checked_values(variable, each, size)

    def digest(self, varied: Iterable[str]) -> str:
        """Return a digest of the program and of the state in which its runs begin.

        Parameters
        ----------
        varied : iterable of str
            Parameters whose values in the state do not matter.
        """
        left_out = {self.known[name].array for name in varied} | {RANDOM_KEY}
        unread = {self._path(str(a.file)) for a in self.manifest.arrays if a.name in left_out}
        found = hashlib.sha256()
        sources = [*self.folder.glob("simulation.*"), *(self.folder / "state").iterdir()]
        for path in sorted({*sources} - unread):
            found.update(path.name.encode() + path.read_bytes())
        return found.hexdigest()

    def constants(self, varied: Iterable[str]) -> Iterator[str]:
        """Yield the constants of the equations that are the same for all points, as texts."""
        for name, parameter in sorted(self.known.items()):
            if parameter.is_constant and "." not in name and name not in varied:
                stored = np.load(self._path(self._array(parameter.array).file))
                yield f"{name} = {with_dimension(stored[()], parameter.dimension)}"

    def _array(self, name: str) -> Any:
        return next(each for each in self.manifest.arrays if each.name == name)

    def _path(self, file: str) -> Path:
        return self.folder / "state" / file
