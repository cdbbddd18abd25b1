"""Code that runs for all elements of a group at times of its own."""

from __future__ import annotations

from eqsim.equations.code import CodeBlock
from eqsim.network.clocks import AnyClock, choose_any_clock
from eqsim.network.groups import StateOwner
from eqsim.network.naming import ObjectName, new_name
from eqsim.network.objects import NetworkObject
from eqsim.units.quantity import Quantity


class RegularOperation(NetworkObject):
    """Code that runs for all elements of a group on a clock of its own.

    It is made by ``run_regularly`` and ``run_at``.
    """

    add_to_magic_network = False

    def __init__(
        self, group: StateOwner, code: CodeBlock, name: str, when: str, order: int, clock: AnyClock
    ) -> None:
        super().__init__(name, when, order, clock)
        self.group = group
        self.code = code
        self.part: tuple[int, int] | None = None
        """The first element for which it runs and the one after the last, None for all."""


def name_of_operation(group: StateOwner, name: str | None, made_by: str) -> str:
    """Return the name of an operation of a group, made from the group's if none is given."""
    if name is not None:
        return name
    return ObjectName(new_name(f"{group.name}_{made_by}*"), f"{group.stem}_{made_by}")


def clock_of_operation(group: StateOwner, dt: Quantity | None, clock: AnyClock | None) -> AnyClock:
    """Return the clock of an operation of a group: by default the group's."""
    if dt is None and clock is None:
        return group.clock
    return choose_any_clock(dt, clock, group.name)
