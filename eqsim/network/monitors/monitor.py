"""What all monitors have in common: columns that are kept in snapshots."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from eqsim.errors import ModelError, did_you_mean, message
from eqsim.network.monitors.columns import Columns
from eqsim.network.objects import NetworkObject
from eqsim.network.snapshots import Part, Parts
from eqsim.units.arguments import flag, names
from eqsim.units.quantity import si_value


class Monitor(NetworkObject):
    """An object that records and that nothing else in a network depends on."""

    determines_time = False
    columns: Mapping[str, Columns]
    """What is recorded, under the names by which snapshots know it."""

    def snapshot(self) -> dict[str, Part]:
        """Return what was recorded."""
        parts = super().snapshot()
        for prefix, columns in self.columns.items():
            parts |= columns.snapshot(prefix)
        return parts

    def get_states(
        self,
        vars: str | Iterable[str] | None = None,  # noqa: A002 - the field's users know the name
        units: bool = True,
    ) -> dict[str, Any]:
        """Return what was recorded, and counted, as a dictionary of arrays.

        Parameters
        ----------
        vars : str or iterable of str, optional
            Which of what the monitor has, as ``'t'`` for the times; by default all. Of a
            StateMonitor, arrays of variables are of shape (n_times, n_recorded).
        units : bool
            Whether with units; without, values are in SI units.

        Raises
        ------
        ModelError
            If the monitor has none of that name.
        """
        known = self._states()
        chosen = known if vars is None else names(vars, "vars", "one name, or a list of names")
        for name in chosen:
            if name not in known:
                raise ModelError(
                    message(
                        f"{self.name!r} has no {name!r} to get",
                        f"it has: {', '.join(known)}",
                        did_you_mean(name, known),
                    )
                )
        with_units = flag(units, "units")
        found = {name: self._state(name) for name in chosen}
        return found if with_units else {name: si_value(each) for name, each in found.items()}

    @abstractmethod
    def _states(self) -> tuple[str, ...]:
        """Return the names of what :meth:`get_states` gives."""

    def _state(self, name: str) -> Any:
        """Return one of these."""
        return getattr(self, name)

    def may_resize(self, part: str) -> bool:
        """Return whether a part has as many rows as there were recorded."""
        return part.partition(".")[0] in self.columns

    def check_snapshot(self, saved: Parts) -> None:
        """Refuse what is no record of this monitor."""
        super().check_snapshot(saved)
        for prefix, columns in self.columns.items():
            columns.check(self.name, prefix, saved)

    def restore_snapshot(self, saved: Parts) -> None:
        """Put back what was recorded."""
        super().restore_snapshot(saved)
        for prefix, columns in self.columns.items():
            columns.restore(prefix, saved)

    def forget(self) -> None:
        """Drop everything recorded."""
        for columns in self.columns.values():
            columns.clear()
