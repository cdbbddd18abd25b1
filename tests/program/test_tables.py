"""Rules for tables, histories and kernels over entries; how workers share them; their text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eqsim.expressions.nodes import Binary, BinaryOperator, Literal, Name
from eqsim.expressions.statements import Accumulate, Assign, Branch, Distribution, Draw, Emit
from eqsim.program.dtypes import DType
from eqsim.program.nodes import (
    Array,
    Arrivals,
    Binding,
    Buffer,
    Clock,
    Column,
    Elements,
    Events,
    Kernel,
    Launch,
    Lifetime,
    Moments,
    Program,
    Role,
    Rows,
    Table,
)
from eqsim.program.partition import Partition, is_serial, partition
from eqsim.program.passes import optimise
from eqsim.program.printer import program_text
from eqsim.program.traverse import in_order_of_loading
from eqsim.program.verify import InvalidProgramError, verify
from eqsim.program.waiting import waits

CLOCK, OTHER_CLOCK = Clock("clock"), Clock("other")


def numbers(name, extent=None, dtype=DType.INT32):
    return Array(name, dtype, extent, False, Role.INDEX)


def single(name):
    return numbers(name, None, DType.INT64)


def state(name, extent, dtype=DType.FLOAT64):
    return Array(name, dtype, extent, True, Role.STATE)


SPIKES = Buffer("source.spike", (Column("i", DType.INT32),), Lifetime.STEP, "source")
GIVEN = Buffer("target.spike", (Column("i", DType.INT32),), Lifetime.STEP, "target")
PAST = Buffer(
    "source.past",
    (Column("timestep", DType.INT64), Column("i", DType.INT32)),
    Lifetime.HISTORY,
    "source",
)
RECORD = Buffer("record", (Column("k", DType.INT64),), Lifetime.RUN)
OUT = Table("out", "synapses", "rows", "first", "out.begin", "target", other="targets")
LATE = Table(
    "late", "synapses", "rows", "first", "late.begin", "target", delays="delays", other="targets"
)
IN = Table("in", "synapses", "targets", "first", "in.begin", "source", "", "entries", "sources")
IN = replace(IN, delays=None)
MADE = Table("made", "target", "moments", "first", "made.begin", "target", entries="made.entries")

ARRAYS = (
    *CLOCK.arrays,
    *OTHER_CLOCK.arrays,
    *PAST.arrays,
    single("first"),
    single("since"),
    single("period"),
    numbers("steps", "moments", DType.INT64),
    *(numbers(f"{name}.begin", f"{name}.begin") for name in ("out", "late", "in", "made")),
    numbers("delays", "delays"),
    numbers("entries", "synapses"),
    numbers("made.entries", "made.entries"),
    numbers("targets", "synapses", DType.UINT16),
    numbers("sources", "synapses"),
    numbers("zone", "target"),
    state("v", "target"),
    state("g", "target"),
    state("a", "source"),
    state("x", "zones"),
    state("w", "synapses"),
    state("s", None),
    state("b", "target", DType.BOOLEAN),
    numbers("shared", "synapses", DType.FLOAT64),
)
EXTENTS = (
    "source", "target", "synapses", "rows", "targets", "moments", "zones", "source.past",
    "out.begin", "late.begin", "in.begin", "made.begin", "made.entries", "delays",
)  # fmt: skip


def bound(name, array=None, index=None, dtype=DType.FLOAT64):
    return Binding(name, array or name, dtype, index)


J = bound("j", "targets", dtype=DType.INT64)
I = bound("i", "sources", dtype=DType.INT64)  # noqa: E741 - the name that users know
W, V, G = bound("w"), bound("v", index="j"), bound("g", index="j")
A, S = bound("a", index="e"), bound("s")
STEP = bound("step", "clock.timestep", dtype=DType.INT64)
TWICE = Binary(BinaryOperator.MULTIPLY, Name("w"), Literal(2.0))
FIND = Kernel(
    "find", Elements("source"), "k", "clock", DType.FLOAT64, (), (),
    (Emit("source.spike", (Name("k"),)),),
)  # fmt: skip
KEEP = replace(
    FIND,
    name="keep",
    space=Events("source.spike"),
    bindings=(STEP,),
    body=(Emit("source.past", (Name("step"), Name("k"))),),
)
PATHWAY = replace(
    FIND,
    name="pathway",
    space=Arrivals("late", "source.past", "e", "since"),
    bindings=(J, W, V),
    body=(Assign("v", Binary(BinaryOperator.ADD, Name("v"), Name("w"))),),
)
MOMENTS = replace(
    FIND,
    name="given",
    space=Moments("made", "steps", "period"),
    body=(Emit("target.spike", (Name("k"),)),),
)
KERNELS = (FIND, KEEP, PATHWAY, MOMENTS)
VALID = Program(
    name="valid",
    extents=EXTENTS,
    clocks=(CLOCK, OTHER_CLOCK),
    arrays=ARRAYS,
    buffers=(SPIKES, GIVEN, PAST, RECORD),
    streams=("noise",),
    kernels=KERNELS,
    launches=tuple(Launch(kernel.name, "synapses", 0) for kernel in KERNELS),
    tables=(OUT, LATE, IN, MADE),
)


def with_kernels(*kernels):
    launches = tuple(Launch(kernel.name, "synapses", 0) for kernel in kernels)
    return replace(VALID, kernels=kernels, launches=launches)


def with_pathway(**changes):
    return with_kernels(FIND, KEEP, replace(PATHWAY, **changes), MOMENTS)


def with_moments(**changes):
    return with_kernels(FIND, KEEP, PATHWAY, replace(MOMENTS, **changes))


def with_keep(**changes):
    return with_kernels(FIND, replace(KEEP, **changes), PATHWAY, MOMENTS)


def with_table(table):
    kept = tuple(table if known.name == table.name else known for known in VALID.tables)
    return replace(VALID, tables=kept)


def with_array(array):
    kept = tuple(array if known.name == array.name else known for known in VALID.arrays)
    return replace(VALID, arrays=kept)


def with_past(past):
    return replace(VALID, buffers=(SPIKES, GIVEN, past, RECORD))


def adds(target, value=TWICE):
    return Accumulate(target, value)


BROKEN = {
    "a table twice": (
        replace(VALID, tables=(*VALID.tables, OUT)),
        "'out' appears twice among the tables",
    ),
    "rows of nothing": (
        with_table(replace(OUT, rows="nobody")),
        "table 'out': unknown extent 'nobody'",
    ),
    "synapses of nothing": (
        with_table(replace(OUT, synapses="nobody")),
        "unknown extent 'nobody'",
    ),
    "others of nothing": (with_table(replace(OUT, others="nobody")), "unknown extent 'nobody'"),
    "no first element": (with_table(replace(OUT, first="zero")), "unknown array 'zero'"),
    "a first element of each": (
        with_array(numbers("first", "rows", DType.INT64)),
        "'first' is no single int64 value common to all instances",
    ),
    "a first element in half the width": (
        with_array(numbers("first")),
        "'first' is no single int64 value",
    ),
    "no beginnings": (with_table(replace(OUT, begin="zero")), "unknown array 'zero'"),
    "one beginning": (
        with_array(numbers("out.begin")),
        "'out.begin' has extent None, not 'one of its own'",
    ),
    "long beginnings": (
        with_array(numbers("out.begin", "out.begin", DType.INT64)),
        "'out.begin' is int64",
    ),
    "beginnings of each instance": (
        with_array(replace(numbers("out.begin", "out.begin"), per_instance=True)),
        "'out.begin' is not common to all instances",
    ),
    "unknown delays": (with_table(replace(LATE, delays="zero")), "unknown array 'zero'"),
    "delays with fractions": (
        with_array(numbers("delays", "delays", DType.FLOAT64)),
        "'delays' is float64",
    ),
    "unknown entries": (with_table(replace(IN, entries="zero")), "unknown array 'zero'"),
    "others of other synapses": (
        with_array(numbers("targets", "rows")),
        "'targets' has extent 'rows', not 'synapses'",
    ),
    "others of fractions": (
        with_array(numbers("targets", "synapses", DType.FLOAT32)),
        "'targets' is float32",
    ),
    "others that nothing says": (
        with_table(replace(OUT, other=None)),
        "the elements on the other side are 'target', and no array says which",
    ),
    "a history of nobody": (
        with_past(replace(PAST, extent=None)),
        "'source.past' keeps events and lacks the extent None",
    ),
    "a history without room for rows": (
        replace(VALID, extents=tuple(e for e in EXTENTS if e != "source.past")),
        "'source.past' keeps events and lacks the extent 'source.past'",
    ),
    "a history of steps only": (
        with_past(replace(PAST, columns=PAST.columns[:1])),
        "'source.past' keeps events and does not hold steps and indices",
    ),
    "a history without its depth": (
        replace(VALID, arrays=tuple(a for a in ARRAYS if a.name != "source.past.depth")),
        "'source.past' keeps events and lacks its array 'source.past.depth'",
    ),
    "two kernels that keep events": (
        with_kernels(*KERNELS, replace(KEEP, name="again")),
        "several kernels append to 'source.past'",
    ),
    "columns of small numbers": (
        replace(
            VALID,
            buffers=(SPIKES, GIVEN, PAST, replace(RECORD, columns=(Column("k", DType.UINT16),))),
        ),
        "'record' holds numbers of a type for arrays only",
    ),
    "events of the past": (
        with_pathway(space=Events("source.past"), bindings=(), body=()),
        "visits 'source.past', which does not hold the events of the step",
    ),
    "an unknown table": (
        with_pathway(space=Rows("nothing", "e")),
        "pathway: visits the unknown table 'nothing'",
    ),
    "an unknown table at events": (
        with_pathway(space=Arrivals("nothing", "source.spike", "e")),
        "visits the unknown table 'nothing'",
    ),
    "unknown events": (
        with_pathway(space=Arrivals("out", "nothing", "e")),
        "visits the unknown buffer 'nothing'",
    ),
    "all rows with delays": (
        with_pathway(space=Rows("late", "e")),
        "visits the table 'late', which has delays",
    ),
    "moments with delays": (
        with_moments(space=Moments("late", "steps", "period")),
        "visits the table 'late', which has delays",
    ),
    "events of the step after a delay": (
        with_pathway(space=Arrivals("late", "source.spike", "e")),
        "visits 'late', which has delays, for events of the step only",
    ),
    "events of the step from another one on": (
        with_pathway(space=Arrivals("out", "source.spike", "e", "since")),
        "counts events of the step from another one on",
    ),
    "events of the past without delays": (
        with_pathway(space=Arrivals("out", "source.past", "e")),
        "visits 'out', which has no delays, for events of earlier steps",
    ),
    "records as events": (
        with_pathway(space=Arrivals("out", "record", "e")),
        "visits the record 'record'",
    ),
    "events since nothing": (
        with_pathway(space=Arrivals("late", "source.past", "e", "nothing")),
        "unknown array 'nothing'",
    ),
    "steps of another clock": (
        with_pathway(clock="other"),
        "counts the steps of 'source.past' on the clock 'other'",
    ),
    "moments without steps": (
        with_moments(space=Moments("made", "nothing", "period")),
        "unknown array 'nothing'",
    ),
    "steps of other rows": (
        with_array(numbers("steps", "rows", DType.INT64)),
        "'steps' has extent 'rows', not 'moments'",
    ),
    "short steps": (with_array(numbers("steps", "moments")), "'steps' is int32"),
    "a period of each row": (
        with_array(numbers("period", "moments", DType.INT64)),
        "'period' is no single int64 value",
    ),
    "the event bound as well": (
        with_pathway(bindings=(J, W, V, bound("e", "w"))),
        "'e' is bound twice",
    ),
    "a changed event": (with_pathway(body=(Assign("e", Literal(1)),)), "the body changes 'e'"),
    "a changed index": (with_pathway(body=(Assign("j", Literal(1)),)), "the body changes 'j'"),
    "an index by itself": (
        with_pathway(
            bindings=(
                bound("j", "targets", "m", DType.INT64),
                bound("m", "zone", "j", DType.INT64),
                W,
                V,
            )
        ),
        "'j' is indexed by itself",
    ),
    "an index of fractions": (
        with_pathway(bindings=(bound("j", "v", "e"), W, V)),
        "'v' is indexed by 'j', which is no index",
    ),
    "a write to what instances share": (
        with_pathway(bindings=(bound("shared"),), body=(Assign("shared", Literal(1.0)),)),
        "the body writes 'shared', which all instances share",
    ),
    "a sum that is read": (
        with_pathway(body=(adds("v", Name("v")),)),
        "the body adds to 'v' and uses it otherwise",
    ),
    "a sum that is assigned": (
        with_pathway(body=(adds("v"), Assign("v", TWICE))),
        "the body adds to 'v' and uses it otherwise",
    ),
    "a sum that is drawn": (
        with_pathway(body=(adds("v"), Draw("v", Distribution.UNIFORM, (), "noise"))),
        "the body adds to 'v' and uses it otherwise",
    ),
    "a sum into a local": (
        with_pathway(body=(Assign("_x", TWICE), adds("_x"))),
        "the body adds to '_x', which is no array",
    ),
    "a sum of truth values": (
        with_pathway(
            bindings=(J, bound("b", index="j", dtype=DType.BOOLEAN)),
            body=(adds("b", Literal(True)),),
        ),
        "the body adds to the truth value 'b'",
    ),
    "a single value that entries assign": (
        with_pathway(bindings=(S,), body=(Assign("s", Literal(1.0)),)),
        "several elements write the single value 's'",
    ),
    "values in the order of a table that is written": (
        with_pathway(bindings=(J, replace(W, in_order=True), V), body=(Assign("w", TWICE),)),
        "'w' is no value of the entries of a table that is only read",
    ),
    "values in the order of no table": (
        with_keep(bindings=(replace(STEP, in_order=True),)),
        "is no value of the entries of a table that is only read",
    ),
    "a write to a table": (
        with_pathway(
            bindings=(bound("i", "targets", dtype=DType.INT64),), body=(Assign("i", Literal(1)),)
        ),
        "the body writes 'i', by which rows are found",
    ),
    "a write to a history": (
        with_keep(
            bindings=(STEP, bound("d", "source.past.depth", dtype=DType.INT64)),
            body=(*KEEP.body, adds("d", Literal(1))),
        ),
        "the body writes 'd', by which rows are found",
    ),
    "a write to the steps of rows": (
        with_keep(
            bindings=(STEP, bound("d", "period", dtype=DType.INT64)),
            body=(*KEEP.body, adds("d", Literal(1))),
        ),
        "the body writes 'd', by which rows are found",
    ),
    "events kept from elsewhere": (
        with_keep(space=Elements("source")),
        "appends to 'source.past' from another index space",
    ),
    "events kept of others": (
        with_keep(space=Events("target.spike")),
        "appends to 'source.past' from another index space",
    ),
    "events kept without their step": (
        with_keep(body=(Emit("source.past", (Name("k"), Name("k"))),)),
        "appends to 'source.past' without the step",
    ),
    "events kept with the step of another clock": (
        with_keep(bindings=(bound("step", "other.timestep", dtype=DType.INT64),)),
        "appends to 'source.past' without the step",
    ),
    "events kept without their index": (
        with_keep(body=(Emit("source.past", (Name("step"), Literal(0))),)),
        "appends to 'source.past' without the index",
    ),
    "events kept and recorded": (
        with_keep(body=(*KEEP.body, Emit("record", (Name("k"),)))),
        r"appends to several records: \['record', 'source.past'\]",
    ),
    "events made by entries": (
        with_pathway(body=(Emit("target.spike", (Name("k"),)),)),
        "fills 'target.spike' from another index space",
    ),
    "events made of others at moments": (
        with_moments(body=(Emit("source.spike", (Name("k"),)),)),
        "fills 'source.spike' from another index space",
    ),
    "events made through a table at moments": (
        with_table(replace(MADE, other="zone", others="zones")),
        "fills 'target.spike' from another index space",
    ),
    "events made where an order counts": (
        with_moments(bindings=(S,), body=(*MOMENTS.body, adds("s", Literal(1.0)))),
        "fills 'target.spike' with the events of elements that it does not own",
    ),
}


def test_the_program_is_valid():
    assert verify(VALID) is VALID
    assert verify(optimise(VALID)).tables == VALID.tables


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.replace(" ", "-"))
def test_broken_rule_is_reported(case):
    program, message = BROKEN[case]

    with pytest.raises(InvalidProgramError, match=message):
        verify(program)


# ------------------------------------------------------------------------------------ sharing

ROWS = Rows("out", "e")
SHARED = {
    "nothing": (PATHWAY.space, (), (), Partition.EVENTS),
    "own values": (PATHWAY.space, (W,), (Assign("w", TWICE),), Partition.EVENTS),
    "own values by name": (
        ROWS, (bound("w", index="k"),), (Assign("w", TWICE),), Partition.EVENTS,
    ),
    "the row's element": (ROWS, (W, A), (Assign("a", Name("w")),), Partition.EVENTS),
    "a sum of the row": (ROWS, (W, A), (adds("a"),), Partition.EVENTS),
    "the other element": (ROWS, (J, W, V), (Assign("v", Name("w")),), Partition.OTHERS),
    "two of the other element": (
        ROWS, (J, W, V, G), (Assign("v", Name("w")), adds("g")), Partition.OTHERS,
    ),
    "own and the other's": (
        ROWS, (J, W, V), (Assign("w", TWICE), Assign("v", Name("w"))), Partition.OTHERS,
    ),
    "own and the row's": (
        ROWS, (W, A), (Assign("w", TWICE), Assign("a", Name("w"))), Partition.EVENTS,
    ),
    "inside a branch": (
        ROWS, (J, W, V), (Branch(Literal(True), (adds("v"),)),), Partition.OTHERS,
    ),
    "both elements": (
        ROWS, (J, W, V, A), (Assign("v", Name("w")), Assign("a", Name("w"))), Partition.SERIAL,
    ),
    "an index of an index": (
        ROWS,
        (J, W, bound("m", "zone", "j", DType.INT64), bound("x", index="m")),
        (adds("x"),),
        Partition.SERIAL,
    ),
    "the source by its number": (
        ROWS, (I, W, bound("a", index="i")), (adds("a"),), Partition.SERIAL,
    ),
    "the source by its number, of a table by targets": (
        Rows("in", "e"), (I, W, bound("a", index="i")), (adds("a"),), Partition.OTHERS,
    ),
    "the numbers of others through another index": (
        ROWS,
        (bound("j", "targets", "i", DType.INT64), I, W, V),
        (adds("v"),),
        Partition.SERIAL,
    ),
    "a single value": (ROWS, (W, S), (adds("s"),), Partition.SERIAL),
    "one array of both elements": (
        ROWS,
        (J, W, V, bound("u", "v", "e")),
        (Assign("v", Name("u")), Assign("w", TWICE)),
        Partition.SERIAL,
    ),
    "one array of both elements, only read": (
        ROWS, (J, W, V, bound("u", "v", "e")), (Assign("w", Name("u")),), Partition.EVENTS,
    ),
    "another synapse": (
        ROWS, (J, W, bound("u", "w", "j")), (Assign("w", Name("u")),), Partition.SERIAL,
    ),
    "a record": (ROWS, (W,), (Emit("record", (Name("k"),)),), Partition.SERIAL),
    "a record at moments": (MOMENTS.space, (), (Emit("record", (Name("k"),)),), Partition.SERIAL),
    "events at moments": (MOMENTS.space, (), MOMENTS.body, Partition.OTHERS),
    "own values at moments": (
        MOMENTS.space, (bound("v"),), (Assign("v", Literal(0.0)),), Partition.OTHERS,
    ),
    "elements at moments": (
        Moments("out", "steps", "period"), (J, W, V), (adds("v"),), Partition.OTHERS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SHARED, ids=lambda case: case.replace(" ", "-"))
def test_what_is_written_decides_who_visits(case):
    space, bindings, body, expected = SHARED[case]
    kernel = replace(PATHWAY, space=space, bindings=bindings, body=body)

    assert partition(VALID, kernel) is expected
    assert is_serial(VALID, kernel) == (expected is Partition.SERIAL)


def test_kernels_over_elements_are_shared_unless_their_order_counts():
    own = replace(FIND, bindings=(bound("a"),), body=(Assign("a", Literal(0.0)),))

    assert not is_serial(VALID, own)
    assert not is_serial(VALID, replace(own, bindings=(*own.bindings, J, V)))
    assert is_serial(VALID, replace(own, body=(adds("a", Literal(1.0)),)))
    assert is_serial(VALID, KEEP)


# ------------------------------------------------------------------------------------ waiting

LATER = replace(PATHWAY, bindings=(W,), body=(Assign("w", TWICE),))
AT_ONCE = replace(LATER, name="at_once", space=Arrivals("out", "source.spike", "e"))
SET = replace(
    FIND, name="set", space=Elements("target"), bindings=(bound("v"),),
    body=(Assign("v", Literal(0.0)),),
)  # fmt: skip
FAR = bound("j", "targets", "i", DType.INT64)
WAITED = {
    "one source's synapses, twice": (AT_ONCE, replace(AT_ONCE, name="again"), False),
    "one target's synapses, twice": (PATHWAY, replace(PATHWAY, name="again"), False),
    "a row, and a source's synapses": (AT_ONCE, replace(LATER, name="all", space=ROWS), True),
    "two tables": (AT_ONCE, LATER, True),
    "a target, and its synapses": (SET, PATHWAY, False),
    "a target, and another synapse's": (
        SET, replace(PATHWAY, bindings=(FAR, I, W, V), body=(Assign("w", Name("v")),)), True,
    ),
    "targets, and synapses shared by sources": (
        SET, replace(AT_ONCE, bindings=(J, W, V), body=(Assign("w", Name("v")),)), True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WAITED, ids=lambda case: case.replace(" ", "-"))
def test_workers_wait_for_what_others_own(case):
    first, second, expected = WAITED[case]

    # Events are waited for here, and not again.
    before = replace(PATHWAY, name="before", bindings=(J, G), body=(adds("g", Literal(1.0)),))
    program = verify(with_kernels(FIND, KEEP, before, first, second))

    assert waits(program)[4] == expected


# ------------------------------------------------------------------------------------ the rest


def test_bindings_are_loaded_after_their_indices():
    bindings = (
        bound("x", index="m"), bound("m", "zone", "j", DType.INT64), V, A, J, W,
    )  # fmt: skip
    ordered = in_order_of_loading(replace(PATHWAY, bindings=bindings))

    names = [binding.name for binding in ordered]
    assert names == ["a", "j", "w", "m", "v", "x"]


def test_single_values_that_entries_change_are_not_hoisted():
    kernel = replace(
        PATHWAY,
        bindings=(W, S, bound("before", "s"), bound("gain", "s")),
        body=(Assign("w", Binary(BinaryOperator.MULTIPLY, Name("before"), Literal(2.0))),),
    )
    moved = optimise(with_kernels(FIND, KEEP, kernel, MOMENTS)).kernel("pathway")
    kept = replace(kernel, body=(*kernel.body, adds("s", Name("w"))))
    kept = replace(kept, body=(Assign("w", kernel.body[0].value), adds("s", Literal(1.0))))
    stays = optimise(with_kernels(FIND, KEEP, kept, MOMENTS)).kernel("pathway")

    assert len(moved.prologue) == 1
    assert stays.prologue == ()


def test_passes_keep_the_rows_element_in_the_body():
    kernel = replace(
        PATHWAY,
        bindings=(W,),
        body=(Assign("w", Binary(BinaryOperator.MULTIPLY, Name("e"), Literal(2))),),
    )

    assert optimise(with_kernels(FIND, KEEP, kernel, MOMENTS)).kernel("pathway").prologue == ()


def test_chains_of_indices_that_nothing_needs_are_dropped_whole():
    bindings = (J, W, V, bound("m", "zone", "j", DType.INT64), bound("x", index="m"))
    program = optimise(with_pathway(bindings=bindings))

    assert [b.name for b in program.kernel("pathway").bindings] == ["j", "w", "v"]


def test_the_text_names_tables_and_how_rows_are_found():
    kernels = (*KERNELS, replace(PATHWAY, name="all", space=ROWS))
    lines = program_text(with_kernels(*kernels)).splitlines()

    for line in (
        "  out: synapses of each of rows, to target",
        "  late: synapses of each of rows, to target, by delays",
        "  pathway, for each entry of late at each event e of source.past, in synapses",
        "  given, for each entry of made in the row of the step in steps, in synapses",
        "  all, for each entry of out, e by e, in synapses",
    ):
        assert line in lines
