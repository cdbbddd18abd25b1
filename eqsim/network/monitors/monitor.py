"""What all monitors have in common: columns that are kept in snapshots."""

from __future__ import annotations

from collections.abc import Mapping

from eqsim.network.monitors.columns import Columns
from eqsim.network.objects import NetworkObject
from eqsim.network.snapshots import Part, Parts


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
