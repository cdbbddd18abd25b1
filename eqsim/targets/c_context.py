"""What the templates of the C family see: identifiers and printed lines, no logic."""

from __future__ import annotations

from dataclasses import dataclass

from eqsim.targets.c_functions import FunctionsContext


@dataclass(frozen=True, slots=True)
class ArrayContext:
    """A member of the simulation that points to the caller's memory.

    Parameters
    ----------
    member, c_type : str
        Its name and the type of its values.
    comment : str
        Role and shape.
    factors : tuple of str
        Members whose product is the number of values.
    written : bool
        Whether a kernel changes it.
    fixed : bool
        Whether nobody changes it: it says where something is.
    """

    member: str
    c_type: str
    comment: str
    factors: tuple[str, ...]
    written: bool
    fixed: bool


@dataclass(frozen=True, slots=True)
class EventsContext:
    """A member of the simulation that holds the events of a step."""

    member: str
    extent: str


@dataclass(frozen=True, slots=True)
class RecordContext:
    """A member of the simulation that holds what a monitor recorded.

    Parameters
    ----------
    member : str
        Its name.
    columns : int
        Number of columns.
    widths : str
        Bytes per value of each column.
    sources : tuple of str
        For each kernel that appends to it the member with the number of its elements; empty text
        for a kernel that runs once.
    """

    member: str
    columns: int
    widths: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClockContext:
    """Members for a clock's state, and names for its state within a tick.

    ``times`` is the member with listed times, empty for a grid.
    """

    dt: str
    times: str
    timestep: str
    end: str
    step: str
    due: str
    time: str
    running: str


@dataclass(frozen=True, slots=True)
class HistoryContext:
    """A member of the simulation that holds the events of the last steps.

    Parameters
    ----------
    member : str
        Its name.
    widths : str
        Bytes per value of each column.
    steps, elements, rows : str
        Members with the rows that it begins with, and with their number.
    depth, extent : str
        Members with the number of steps that are kept, and of elements that may have events.
    """

    member: str
    widths: str
    steps: str
    elements: str
    rows: str
    depth: str
    extent: str


@dataclass(frozen=True, slots=True)
class TableContext:
    """How a kernel finds the entries of a table that it visits.

    Parameters
    ----------
    partition : str
        How workers share them: ``"events"``, ``"others"`` or ``"serial"``.
    rows, first, begin, entries, other : str
        Members with the number of rows and with what the table consists of; empty if it lacks
        that.
    delays, n_delays : str
        Members with the delays and their number, empty if there are none.
    other_type : str
        Type of the values of ``other``.
    owned : str
        Member with the number of the elements by whose owners the work is shared, empty if one
        worker visits everything.
    event : str
        Identifier of the number of the row's element, empty if there is none.
    row : list of str
        Lines to run once per row.
    events, sources, since : str
        Members of the events that are visited, with the number of the elements that may have one,
        and with the first step that counts.
    steps, period : str
        Members with the step of each row, and with the number of steps after which all come again.
    """

    partition: str
    rows: str
    first: str
    begin: str
    delays: str
    n_delays: str
    entries: str
    other: str
    other_type: str
    owned: str
    event: str
    row: list[str]
    events: str = ""
    sources: str = ""
    since: str = ""
    steps: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True)
class AdditionContext:
    """What the entries of a block add to places that they may share, one after the other.

    Parameters
    ----------
    c_type, name : str
        Type and name of what is added, an array with a value for each entry of a block.
    lines : list of str
        Lines that add the value of one entry.
    """

    c_type: str
    name: str
    lines: list[str]


@dataclass(frozen=True, slots=True)
class SumContext:
    """A sum of each target, by pointer, and the name of what it adds for each event."""

    pointer: str
    name: str


@dataclass(frozen=True, slots=True)
class TallyContext:
    """What targets do when it is known how many events have reached them.

    Parameters
    ----------
    member : str
        Member of the simulation with the number of events of each target.
    c_type : str
        Type of what is added.
    target : str
        Identifier of the target's number.
    lines : list of str
        Lines per target: how often it adds, and what.
    sums : tuple of SumContext
        What it is added to.
    mean : str
        How many events reach targets, roughly, for each event of a source.
    """

    member: str
    c_type: str
    target: str
    lines: list[str]
    sums: tuple[SumContext, ...]
    mean: str


@dataclass(frozen=True, slots=True)
class KernelContext:
    """A kernel with its lines printed.

    Parameters
    ----------
    name : str
        Identifier of the function.
    origin : tuple of str
        Comments: the user's lines.
    shape : str
        ``"once"``, ``"elements"``, ``"events"``, ``"rows"``, ``"arrivals"`` or ``"moments"``.
    extent : str
        Member with the size, empty for ``"once"``.
    step : str
        The number of the current step.
    index : str
        Identifier of the element's number.
    visits, fills, records : str
        Members of the events that are visited or filled and of the record that is appended to;
        empty if there is none.
    record_columns : int
        Number of columns of the record.
    depth : str
        Member with the number of steps that the record holds, empty if it holds all.
    setup : list of str
        Lines before the loop over elements, once per instance.
    body : list of str
        Lines per element: loads, computation, stores.
    vector : bool
        Whether the loop over elements may run in vectors.
    flag : str
        Type of what says whether an element is one of those that are looked for.
    search : list of str
        Lines that say it, where few elements have anything to do; empty if there is no search.
    draws : list of str
        Lines that draw the random numbers of a block of elements.
    visit : str
        Beginning of the call that visits the elements for which a draw succeeds, if only those
        have anything to do; empty otherwise.
    additions : list of AdditionContext
        What is added when the entries of a block are done.
    counted : str
        Type of the number of failed checks, if a loop in vectors has checks.
    scans : list of list of str
        For each check of such a loop the lines that look at one element again.
    serial : bool
        Whether one worker visits all elements.
    first_owner, last_owner : str
        Whose events are visited: from the first up to but not including the last worker.
    table : TableContext or None
        How entries of a table are found, if those are visited.
    tally : TallyContext or None
        What targets do if arriving events are counted first.
    """

    name: str
    origin: tuple[str, ...]
    shape: str
    extent: str
    step: str
    index: str
    visits: str
    fills: str
    records: str
    record_columns: int
    depth: str
    setup: list[str]
    body: list[str]
    vector: bool
    flag: str
    search: list[str]
    draws: list[str]
    visit: str
    additions: list[AdditionContext]
    counted: str
    scans: list[list[str]]
    serial: bool
    first_owner: str
    last_owner: str
    table: TableContext | None
    tally: TallyContext | None

    @property
    def blocks(self) -> bool:
        """Whether elements are visited block by block."""
        return bool(self.search or self.draws)


@dataclass(frozen=True, slots=True)
class ProblemContext:
    """What elements a problem is about: the clock's step, and the member with their number.

    ``extent`` is empty for a kernel that runs once.
    """

    step: str
    extent: str


@dataclass(frozen=True, slots=True)
class LaunchContext:
    """One call in the loop over time, or one pause.

    Parameters
    ----------
    kernel : str
        Identifier of the function, empty for a pause.
    due : str
        Truth value: the clock has a step, in which the launch is still to come.
    number : int
        Position among the kernels.
    pause : int
        Position among the pauses, counted from 1; 0 for a call.
    waits : bool
        Whether all workers wait for each other before it.
    serial : bool
        Whether one thread visits all elements.
    extent : str
        Member with the number of elements, empty for a kernel that runs once.
    ordered : bool
        Whether several elements append to a record, in index order.
    fills : str
        Member of the events that are filled, empty if there is none.
    """

    kernel: str
    due: str
    number: int = 0
    pause: int = 0
    waits: bool = False
    serial: bool = False
    extent: str = ""
    ordered: bool = False
    fills: str = ""


@dataclass(frozen=True, slots=True)
class ProgramContext:
    """All that a template of a simulation sees.

    Parameters
    ----------
    title, version : str
        Name of the program, version of eqsim.
    grid_tolerance : str
        Which part of a step two steps of different clocks may lie apart and still be at one time.
    extents : tuple of str
        Members with the sizes.
    arrays, events, records, histories, clocks, kernels, launches : tuple
        What the program consists of, in its order.
    waits : bool
        Whether all workers wait for each other at the end of a step.
    pauses : int
        How many pauses there are among the launches.
    problems : tuple of ProblemContext
        What checks note, in the order of their numbers.
    profile : str
        Member with the seconds spent in each kernel, empty if they are not measured.
    functions : FunctionsContext
        What kernels call from outside the language.
    """

    title: str
    version: str
    grid_tolerance: str
    extents: tuple[str, ...]
    arrays: tuple[ArrayContext, ...]
    events: tuple[EventsContext, ...]
    records: tuple[RecordContext, ...]
    histories: tuple[HistoryContext, ...]
    clocks: tuple[ClockContext, ...]
    kernels: tuple[KernelContext, ...]
    launches: tuple[LaunchContext, ...]
    waits: bool
    pauses: int
    problems: tuple[ProblemContext, ...]
    profile: str
    functions: FunctionsContext
