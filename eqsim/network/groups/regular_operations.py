"""Code that runs for all elements of a group at times of its own."""

from __future__ import annotations

from eqsim.equations.code import CodeBlock
from eqsim.equations.equations import Equations
from eqsim.network.clocks import AnyClock, Clock, choose_any_clock
from eqsim.network.event_clocks import EventClock
from eqsim.network.functions.given_code import given_code
from eqsim.network.groups.state_owner import StateOwner
from eqsim.network.naming import ObjectName, new_name
from eqsim.network.objects import NetworkObject
from eqsim.program.dtypes import DType
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


class OperatedGroup(StateOwner):
    """A group for all elements of which code runs at times of its own.

    Parameters
    ----------
    name, order, clock, n, equations, real
        As for every group.
    """

    def __init__(
        self, name: str, order: int, clock: Clock, n: int, equations: Equations, real: DType
    ) -> None:
        super().__init__(name, order, clock, n, equations, real)
        self._operations: list[RegularOperation] = []

    def run_regularly(
        self,
        code: str,
        dt: Quantity | None = None,
        clock: AnyClock | None = None,
        *,
        when: str = "start",
        order: int = 0,
        name: str | None = None,
    ) -> RegularOperation:
        """Run statements for all elements at regular times.

        Parameters
        ----------
        code : str
            Statements.
        dt, clock : Quantity, Clock, optional
            How often; by default each step of the group.
        when, order : str, int
            Where in the step.
        name : str, optional
            Name of the operation.

        Returns
        -------
        RegularOperation
            What was added; set its ``active`` to False to suspend it.

        Raises
        ------
        EquationError
            If the code does not follow the language.
        ModelError, DimensionMismatchError
            If another argument does not fit.
        """
        parsed = given_code(code, f"regular operation of {self.name!r}")
        own: AnyClock = self.clock
        if dt is not None or clock is not None:
            own = choose_any_clock(dt, clock, self.name)
        return self._operate(parsed, self._name_of(name, "run_regularly"), when, order, own)

    def run_at(
        self,
        code: str,
        times: Quantity,
        when: str = "start",
        order: int = 0,
        name: str | None = None,
    ) -> RegularOperation:
        """Run statements for all elements at single times.

        Parameters
        ----------
        code : str
            Statements; ``t`` in them is the very time, which need not lie on the grid of the
            group's steps.
        times : Quantity
            The times, shape (n,), in seconds; none negative, none twice. Those before the
            beginning of the run that follows are left out, with a warning.
        when, order : str, int
            Where in the step, if the time is that of one.
        name : str, optional
            Name of the operation.

        Returns
        -------
        RegularOperation
            What was added; set its ``active`` to False to suspend it.

        Raises
        ------
        EquationError
            If the code does not follow the language.
        ModelError, DimensionMismatchError
            If the times or another argument do not fit.

        Examples
        --------
        >>> from eqsim import NeuronGroup, ms, run
        >>> G = NeuronGroup(2, 'last : second')
        >>> _ = G.run_at('last = t', [2, 3.14]*ms)
        >>> run(5*ms, target='numpy')
        >>> G.last[:]
        array([3.14, 3.14])*ms
        """
        parsed = given_code(code, f"operation at single times of {self.name!r}")
        clock = EventClock(times)
        return self._operate(parsed, self._name_of(name, "run_at"), when, order, clock)

    def _name_of(self, name: str | None, made_by: str) -> str:
        """Return the name of an operation, made from the group's if none is given."""
        if name is not None:
            return name
        return ObjectName(new_name(f"{self.name}_{made_by}*"), f"{self.stem}_{made_by}")

    def _operate(
        self, code: CodeBlock, name: str, when: str, order: int, clock: AnyClock
    ) -> RegularOperation:
        operation = RegularOperation(self, code, name, when, order, clock)
        self._operations.append(operation)
        return operation
