"""What can be done with a kernel: in vectors, once per row, once per block, afterwards."""

from __future__ import annotations

from collections import Counter

from eqsim.expressions.statements import (
    Accumulate,
    Assign,
    Branch,
    Check,
    Draw,
    Emit,
    MatrixExponential,
    While,
)
from eqsim.expressions.traverse import free_names
from eqsim.program.nodes import (
    Array,
    Binding,
    Events,
    Kernel,
    Moments,
    Program,
)
from eqsim.program.partition import is_serial
from eqsim.program.traverse import (
    event_of,
    expressions,
    flatten,
    in_order_of_loading,
    statements_of,
    table_of,
    targets,
    written,
)
from eqsim.program.types import name_types
from eqsim.targets.c_blocks import (
    BRANCHING,
    drawn_at_once,
    has_functions,
    rare_branch,
    visited_only,
)
from eqsim.targets.c_printer import Dialect
from eqsim.targets.c_tallies import tally_of


class KernelAnalysis:
    """What of a kernel is loaded, written and checked when, and whether it runs in vectors.

    Parameters
    ----------
    program : Program
        The program.
    kernel : Kernel
        One of its kernels.
    dialect : Dialect
        The language that it is for.
    """

    def __init__(self, program: Program, kernel: Kernel, dialect: Dialect) -> None:
        self.program = program
        self.kernel = kernel
        self.dialect = dialect
        self.arrays = {array.name: array for array in program.arrays}
        self.places = {binding.name: binding for binding in kernel.bindings}
        self.written = written(kernel)
        self.table = table_of(program, kernel.space)
        self.event = event_of(kernel)
        self.branched = _only_in_branches(kernel) & self.written - self._aliased()
        self.per_row = self._loaded_per_row()
        self.types = name_types(kernel)
        self.at_once = drawn_at_once(program, kernel) if dialect.has_blocks else []
        self.rare = rare_branch(program, kernel) if dialect.has_blocks else None
        self.visited = visited_only(self.rare, self.at_once)
        if self.visited is not None:
            self.at_once, self.rare = [self.visited], None
        self.deferred = self._added_later() if dialect.has_blocks else []
        self.tally = tally_of(program, kernel) if dialect.has_blocks else None
        self.vector = not is_serial(program, kernel) and self._is_vector()
        if not self.vector:
            self.deferred = []
        self.accumulated = {s.target for s in statements_of(kernel) if isinstance(s, Accumulate)}

    def _aliased(self) -> frozenset[str]:
        """Return the names of what one entry of a table may write under several names.

        What an entry writes is then stored in the order of the bindings, whatever happened.
        """
        if self.table is None:
            return frozenset()
        counts = Counter(binding.array for binding in self.kernel.bindings)
        return frozenset(b.name for b in self.kernel.bindings if counts[b.array] > 1)

    def _loaded_per_row(self) -> frozenset[str]:
        """Return the names whose values are the same for all entries of a row."""
        found = set() if self.event is None else {self.event}
        for binding in in_order_of_loading(self.kernel):
            is_single = self._array(binding).extent is None
            if binding.index in found and not is_single and not self._changes(binding):
                found.add(binding.name)
        return frozenset(found)

    def _changes(self, binding: Binding) -> bool:
        """Return whether the kernel writes an array, under this name or another one."""
        return any(
            b.name in self.written and b.array == binding.array for b in self.kernel.bindings
        )

    def _is_vector(self) -> bool:
        if self.table is not None and not self._writes_apart():
            return False
        if self._checks() and not self._finds_afterwards():
            return False
        scalar_only = (Branch, While, Emit, MatrixExponential, Accumulate)
        return not any(
            isinstance(statement, scalar_only)
            or (isinstance(statement, Draw) and self._is_drawn_by_branches(statement))
            for statement in flatten(self.kernel.body)
            if statement not in self.deferred
        )

    def _added_later(self) -> list[Accumulate]:
        """Return the additions that are made when the entries of a block are done.

        Entries may add to one place, so they do it one by one. What they add, if it takes
        functions to compute, is then computed in vectors before.
        """
        added = [s for s in self.kernel.body if isinstance(s, Accumulate)]
        every = [s for s in statements_of(self.kernel) if isinstance(s, Accumulate)]
        is_once = len({s.target for s in added}) == len(every)
        return added if self.table is not None and is_once and has_functions(self.kernel) else []

    def _only_for_additions(self) -> set[str | None]:
        """Return the indices that only what is added later reaches its places by."""
        added = {addition.target for addition in self.deferred}
        others = {b.index for b in self.kernel.bindings if b.name not in added}
        read = {
            n for s in flatten(self.kernel.body) for e in expressions(s) for n in free_names(e)
        }
        return {self.places[name].index for name in added} - others - read

    def _is_drawn_by_branches(self, draw: Draw) -> bool:
        return draw.distribution in BRANCHING and draw not in self.at_once

    def _checks(self) -> list[Check]:
        return [s for s in statements_of(self.kernel) if isinstance(s, Check)]

    def _finds_afterwards(self) -> bool:
        """Return whether stored values tell, when all elements are done, for which checks fail."""
        if isinstance(self.kernel.space, Events) or not self.dialect.counted_check:
            return False
        known = {self.kernel.index, self.event}
        known |= {name for s in self.kernel.prologue for name in targets(s)}
        known |= {b.name for b in self.kernel.bindings if self._is_kept(b)}
        later: set[str] = set()
        for statement in reversed(self.kernel.body):
            if isinstance(statement, Check) and free_names(statement.fine) - (known - later):
                return False
            later.update(targets(statement))
        return True

    def _is_kept(self, binding: Binding) -> bool:
        """Return whether a value that was stored and is loaded again is what it was."""
        if not self._changes(binding):
            return True
        array = self._array(binding)
        aliases = [b for b in self.kernel.bindings if b.array == binding.array]
        is_own = array.extent is not None and binding.index in (None, self.kernel.index)
        return is_own and len(aliases) == 1 and binding.dtype is array.dtype.loaded

    def _writes_apart(self) -> bool:
        """Return whether all entries of a row write places of their own."""
        assert self.table is not None
        if self.table.entries is not None and (
            # Of single deliveries several may be to one synapse; otherwise each is met once.
            isinstance(self.kernel.space, Moments) or self._checks()
        ):
            return False
        written = (b for b in self.kernel.bindings if b.name in self.written)
        return all(
            b.index is None or b.index == self.kernel.index
            for b in written
            if b.name not in {addition.target for addition in self.deferred}
        )

    def _array(self, binding: Binding) -> Array:
        return self.arrays[binding.array]

    def _loaded(self) -> list[str]:
        return [
            binding.name
            for binding in self.kernel.bindings
            if binding.name not in self.accumulated and self._is_read(binding.name)
        ]

    def _is_read(self, name: str) -> bool:
        """Whether the old value may be needed: not if the body first assigns a new one."""
        for statement in self.kernel.body:
            inner = tuple(flatten((statement,)))
            if any(name in free_names(e) for s in inner for e in expressions(s)):
                return True
            if isinstance(statement, Assign) and statement.target == name:
                return False
            if name not in self.branched and any(name in targets(s) for s in inner):
                return True
        return name not in self.branched

    def _is_reloaded(self, binding: Binding) -> bool:
        """Return whether a single value is another one for each entry of a table."""
        return self.table is not None and self._changes(binding)


def _only_in_branches(kernel: Kernel) -> frozenset[str]:
    """Return the names that are assigned inside branches and nowhere else."""
    others = flatten(s for s in kernel.body if not isinstance(s, Branch))
    outside = {target for statement in others for target in targets(statement)}
    inside = {
        target
        for statement in kernel.body
        if isinstance(statement, Branch)
        for part in flatten(statement.body)
        if isinstance(part, Assign)
        for target in targets(part)
    }
    return frozenset(inside - outside)
