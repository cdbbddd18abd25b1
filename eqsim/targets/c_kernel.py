"""A kernel to the lines of its body: loads, computation, stores."""

from __future__ import annotations

from collections.abc import Iterable

from eqsim.expressions.statements import (
    Branch,
    Check,
    Draw,
    Gather,
    Statement,
)
from eqsim.expressions.traverse import free_names
from eqsim.program.dtypes import DType
from eqsim.program.nodes import (
    RANDOM_KEY,
    Array,
    Arrivals,
    Binding,
    Events,
    Kernel,
    Lifetime,
    Once,
    Program,
)
from eqsim.program.partition import is_serial
from eqsim.program.traverse import (
    emitted,
    expressions,
    filled,
    in_order_of_loading,
    statements_of,
)
from eqsim.program.types import drawn_type
from eqsim.targets.c_analysis import KernelAnalysis
from eqsim.targets.c_blocks import (
    NUMBERS,
    needed_for,
)
from eqsim.targets.c_context import (
    AdditionContext,
    ClockContext,
    KernelContext,
    SumContext,
    TallyContext,
)
from eqsim.targets.c_functions import called_names
from eqsim.targets.c_printer import C_TYPES, CPrinter, Dialect, bare, converted
from eqsim.targets.c_table import table_context
from eqsim.targets.c_tallies import Tally
from eqsim.targets.identifiers import IdentifierTable


class KernelPrinting(KernelAnalysis):
    """The printing of one kernel."""

    def __init__(
        self,
        program: Program,
        kernel: Kernel,
        members: IdentifierTable,
        clocks: dict[str, ClockContext],
        dialect: Dialect,
    ) -> None:
        super().__init__(program, kernel, dialect)
        self.members = members
        self.clock = clocks[kernel.clock]
        # During an advance the steps of clocks live beside the caller's memory.
        self.steps = {clock.timestep: clock.step for clock in clocks.values()}
        table = IdentifierTable()
        self.index = table.add(kernel.index)
        for name in sorted(self.types, key=lambda n: n.startswith("_")):
            table.add(name)
        self.pointers = {
            binding.name: table.fresh(self.members[binding.array])
            for binding in kernel.bindings
            if self._array(binding).extent is not None
        }
        gathered = {s.array for s in statements_of(kernel) if isinstance(s, Gather)}
        self.gathered = {name: table.fresh(members[name]) for name in sorted(gathered)}
        self.names = table.as_dict()
        places = {b.name: self._place(b) for b in kernel.bindings if b.name in self.accumulated}
        self.printer = CPrinter(
            types=self.types,
            real=kernel.real,
            names={**self.names, **places},
            streams={name: number for number, name in enumerate(program.streams)},
            columns={b.name: tuple(c.dtype for c in b.columns) for b in program.buffers},
            declared=frozenset(self._loaded()),
            branch_stores={
                b.name: self._store(b) for b in kernel.bindings if b.name in self.branched
            },
            fills=filled(program, kernel),
            dialect=dialect,
            gathered=self.gathered,
            functions=called_names(program),
            problems={name: number for number, name in enumerate(program.problems)},
            check=self._counted_check() if self.vector else self._check(),
            drawn={
                draw.target: "true"
                if draw is self.visited
                else f"drawn_{number}_[{self.index} - block_.begin]"
                for number, draw in enumerate(self.at_once)
            },
            deferred={
                addition.target: self._added(number)
                for number, addition in enumerate(self.deferred)
            },
        )

    def context(self, name: str) -> KernelContext:
        """Return the kernel as templates see it, under an identifier."""
        kernel, program = self.kernel, self.program
        extent = program.extent_of(kernel.space)
        step_buffer = filled(program, kernel)
        recorded = sorted(emitted(kernel) - {step_buffer})
        serial = is_serial(program, kernel)
        event = "" if self.event is None else self.names[self.event]
        table = table_context(program, kernel, self.members, event, self._loads(per_row=True))
        by_all = serial or (table is not None and table.partition == "others")
        visits = self.members[kernel.space.buffer] if isinstance(kernel.space, Events) else ""
        return KernelContext(
            name=name,
            origin=tuple(map(_comment, kernel.origin)),
            shape=type(kernel.space).__name__.lower(),
            extent="" if extent is None else self.members[f"n_{extent}"],
            step=f"clocks.{self.clock.step}",
            index=self.index,
            visits=visits,
            fills="" if step_buffer is None else self.members[step_buffer],
            records=self.members[recorded[0]] if recorded else "",
            record_columns=len(program.buffer(recorded[0]).columns) if recorded else 0,
            depth=self._depth(recorded),
            setup=self._setup(),
            body=[*self._loads(), *self.printer.statements(kernel.body), *self._stores()],
            vector=self.vector,
            flag="int32_t" if kernel.real is DType.FLOAT32 else "int64_t",
            search=[] if self.rare is None else self._search(self.rare),
            draws=self._drawn_before(),
            visit=self._visit(),
            additions=self._additions(),
            counted=C_TYPES[kernel.real] if self.vector and self._checks() else "",
            scans=[self._scan(check) for check in self._checks()] if self.vector else [],
            serial=serial,
            first_owner="0" if by_all else "worker_.thread",
            last_owner="simulation->threads" if by_all else "worker_.thread + 1",
            table=table,
            tally=None if self.tally is None else self._tally(self.tally),
        )

    def _tally(self, tally: Tally) -> TallyContext:
        assert isinstance(self.kernel.space, Arrivals)
        assert self.table is not None
        target, c_type = self.names[tally.target], C_TYPES[self.kernel.real]
        place = f"[{target} - block_.begin]"
        lines = [self._load(b) for b in self._of_target(tally)]
        lines += self.printer.statements(tally.before)
        sums = []
        for number, (addition, condition) in enumerate(tally.additions):
            value = bare(self.printer.expression(addition.value, self.kernel.real))
            lines.append(f"const {c_type} value_{number}_ = {value};")
            value = f"value_{number}_"
            if condition is not None:
                takes_part = self.printer.expression(condition, DType.BOOLEAN)
                value = f"{takes_part} ? {value} : ({c_type})-0.0"
            lines.append(f"each_{number}_{place} = {value};")
            sums.append(SumContext(self.pointers[addition.target], f"each_{number}_"))
        sources = self.program.buffer(self.kernel.space.events).extent
        synapses = self.members[f"n_{self.table.synapses}"]
        return TallyContext(
            member=self.members.fresh(f"{self.kernel.name}_counts"),
            c_type=c_type,
            target=target,
            lines=lines,
            sums=tuple(sums),
            mean=f"(double)simulation->{synapses} / (double)simulation->"
            + self.members[f"n_{sources}"],
        )

    def _of_target(self, tally: Tally) -> list[Binding]:
        sums = {addition.target for addition, _ in tally.additions}
        return [b for b in self.kernel.bindings if b.index == tally.target and b.name not in sums]

    def _depth(self, recorded: list[str]) -> str:
        """Return the member with the number of steps that a record holds, if not all."""
        buffers = map(self.program.buffer, recorded)
        histories = [b for b in buffers if b.lifetime is Lifetime.HISTORY]
        return self.members[histories[0].depth] if histories else ""

    def _added(self, number: int) -> str:
        assert self.table is not None
        place = self.index if self.table.entries is None else "entry_"
        return f"added_{number}_[{place} - block_.begin]"

    def _additions(self) -> list[AdditionContext]:
        return [
            AdditionContext(
                C_TYPES[self.types[addition.target]],
                f"added_{number}_",
                [
                    *self._loads_of(self._indices(addition.target)),
                    f"{self._place(self.places[addition.target])} += {self._added(number)};",
                ],
            )
            for number, addition in enumerate(self.deferred)
        ]

    def _indices(self, name: str) -> set[str]:
        index = self.places[name].index
        return set() if index is None else {index}

    def _search(self, rare: Branch) -> list[str]:
        """Return the lines that note whether an element has anything to do."""
        before, needed = needed_for(rare, self.kernel.body[:-1])
        condition = bare(self.printer.expression(rare.condition, DType.BOOLEAN))
        return [
            *self._element(s for s in before if s not in self.at_once),
            *self._loads_of(needed),
            *self.printer.statements(before),
            f"found_[{self.index} - block_.begin] = {condition} ? 1 : 0;",
        ]

    def _visit(self) -> str:
        """Return the beginning of the call that visits the elements for which a draw succeeds."""
        if self.visited is None:
            return ""
        stream = self.printer.streams[self.visited.stream]
        return f"numbers_0_.visit(key_, {stream}u, step_, "

    def _drawn_before(self) -> list[str]:
        if self.visited is not None:
            return []
        return [line for n in range(len(self.at_once)) for line in self._draws(n)]

    def _draws(self, number: int) -> list[str]:
        """Return the lines that draw the numbers of a block of elements."""
        stream = self.printer.streams[self.at_once[number].stream]
        place = "block_.begin, block_.end - block_.begin"
        return [
            f"{C_TYPES[self._drawn_type(number)]} drawn_{number}_[eqsim::block_size];",
            f"numbers_{number}_.draw(key_, {stream}u, step_, {place}, drawn_{number}_);",
        ]

    def _drawn_type(self, number: int) -> DType:
        return drawn_type(self.at_once[number].distribution, DType.FLOAT64)

    def _distribution(self, number: int) -> str:
        draw = self.at_once[number]
        values = (bare(self.printer.expression(a, DType.FLOAT64)) for a in draw.arguments)
        kind = NUMBERS[draw.distribution]
        return f"const eqsim::{kind} numbers_{number}_{{{', '.join(values)}}};"

    def _check(self) -> str:
        is_single = isinstance(self.kernel.space, Once)
        return self.dialect.check.format(
            fine="{fine}",
            problem="{problem}",
            element="0" if is_single else self.index,
            size="1" if is_single else "n_",
            step=f"clocks.{self.clock.step}",
        )

    def _counted_check(self) -> str:
        c_type = C_TYPES[self.kernel.real]
        return self.dialect.counted_check.format(fine="{fine}", c_type=c_type)

    def _scan(self, check: Check) -> list[str]:
        """Return the lines that look at one element again, and note it if its check failed."""
        number = self.printer.problems[check.problem]
        note = self.printer.checked(check.fine, number, self._check())
        return [*self._loads_of(set(free_names(check.fine))), note]

    def _loads_of(self, needed: set[str]) -> list[str]:
        """Return the lines that load the values of one element under these names."""
        bindings = in_order_of_loading(self.kernel)
        for binding in reversed(bindings):
            if binding.name in needed and binding.index is not None:
                needed = needed | {binding.index}
        return [
            self._load(binding)
            for binding in bindings
            if binding.name in needed - self.per_row and self._array(binding).extent is not None
        ]

    def _place(self, binding: Binding) -> str:
        """Return the text of the place in memory that a binding stands for."""
        array = self._array(binding)
        if array.extent is not None:
            index = self.index if binding.index is None else self.names[binding.index]
            if binding.in_order and self.table is not None and self.table.entries is not None:
                index = "entry_"
            return f"{self.pointers[binding.name]}[{index}]"
        member = self.members[array.name]
        if member in self.steps:
            return f"clocks.{self.steps[member]}"
        return f"simulation->{member}[{'instance_' if array.per_instance else '0'}]"

    def _load(self, binding: Binding) -> str:
        place, stored = self._place(binding), self._array(binding).dtype
        text = bare(converted(place, stored, binding.dtype))
        constant = "" if binding.name in self.written else "const "
        return f"{constant}{C_TYPES[binding.dtype]} {self.names[binding.name]} = {text};"

    def _setup(self) -> list[str]:
        lines = []
        if any(isinstance(s, Draw) for s in statements_of(self.kernel)):
            key = self.members[RANDOM_KEY]
            lines.append(f"const uint64_t key_ = (uint64_t)simulation->{key}[instance_];")
            lines.append(f"const int64_t step_ = clocks.{self.clock.step};")
            if isinstance(self.kernel.space, Once):
                lines.append("const int64_t element_ = 0;")
        arrays = [binding.array for binding in self.kernel.bindings]
        for binding in self.kernel.bindings:
            array = self._array(binding)
            if array.extent is not None:
                restrict = " __restrict" if arrays.count(array.name) == 1 else ""
                lines.append(self._pointer(binding, array, restrict))
            elif self._is_single(binding):
                lines.append(self._load(binding))
        for name, pointer in self.gathered.items():
            lines.append(self._gathered_pointer(self.arrays[name], pointer))
        numbers = map(self._distribution, range(len(self.at_once)))
        return [*lines, *self.printer.statements(self.kernel.prologue), *numbers]

    def _pointer(self, binding: Binding, array: Array, restrict: str) -> str:
        constant = "" if binding.name in self.written else "const "
        origin = f" + instance_ * simulation->{self.members[f'n_{array.extent}']}"
        return (
            f"{constant}{C_TYPES[array.dtype]}* const{restrict} {self.pointers[binding.name]} ="
            f" simulation->{self.members[array.name]}{origin if array.per_instance else ''};"
        )

    def _gathered_pointer(self, array: Array, pointer: str) -> str:
        member = self.members[array.name]
        size = "1" if array.extent is None else f"simulation->{self.members[f'n_{array.extent}']}"
        origin = f" + instance_ * {size}" if array.per_instance else ""
        c_type = C_TYPES[array.dtype]
        return f"const {c_type}* const __restrict {pointer} = simulation->{member}{origin};"

    def _is_single(self, binding: Binding) -> bool:
        """Return whether a name stands for one value, which all elements see."""
        if self._array(binding).extent is not None or binding.name not in self.printer.declared:
            return False
        if not self._is_reloaded(binding):
            return True
        prologue = (e for s in self.kernel.prologue for e in expressions(s))
        return any(binding.name in free_names(e) for e in prologue)

    def _loads(self, *, per_row: bool = False) -> list[str]:
        """Return the lines that load values, once per row or else once per element."""
        drawn = [s for s in statements_of(self.kernel) if s not in self.at_once]
        lines = [] if per_row else self._element(drawn)
        later = self._only_for_additions()
        for binding in in_order_of_loading(self.kernel):
            is_loaded = binding.name in self.printer.declared
            is_single = self._array(binding).extent is None and not self._is_reloaded(binding)
            if binding.name in later:
                continue
            if is_loaded and not is_single and (binding.name in self.per_row) == per_row:
                lines.append(self._load(binding))
        return lines

    def _element(self, statements: Iterable[Statement]) -> list[str]:
        """Return the line with the number by which statements draw random numbers."""
        draws = any(isinstance(statement, Draw) for statement in statements)
        if not draws or isinstance(self.kernel.space, Once):
            return []
        return [f"const int64_t element_ = {self.index};"]

    def _stores(self) -> list[str]:
        written = self.written - self.accumulated - self.branched
        return [
            self._store(binding) for binding in self.kernel.bindings if binding.name in written
        ]

    def _store(self, binding: Binding) -> str:
        value = converted(self.names[binding.name], binding.dtype, self._array(binding).dtype)
        return f"{self._place(binding)} = {bare(value)};"


def _comment(line: str) -> str:
    # A backslash at its end would join the next line to the comment.
    return " ".join(line.split()).rstrip("\\ ")
