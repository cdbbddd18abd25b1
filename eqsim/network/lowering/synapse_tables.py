"""Tables of synapses, and the index spaces of what events do to them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsim.network.kernels.builder import ProgramBuilder
from eqsim.network.kernels.synapse_names import SynapseWriter
from eqsim.network.lowering.event_buffers import event_buffer
from eqsim.network.lowering.history import add_history
from eqsim.network.sides import Side
from eqsim.network.synapses.connectivity import target_type
from eqsim.network.synapses.pathways import Pathway
from eqsim.network.synapses.synapses import Synapses
from eqsim.program.dtypes import DType
from eqsim.program.nodes import Array, Arrivals, Binding, Moments, Role, Table


class SynapseTables:
    """The tables of one Synapses object, made as they are needed.

    Parameters
    ----------
    synapses : Synapses
        The synapses.
    writer : SynapseWriter
        Writes their kernels.
    builder : ProgramBuilder
        Takes the tables.
    """

    def __init__(self, synapses: Synapses, writer: SynapseWriter, builder: ProgramBuilder) -> None:
        self.synapses = synapses
        self.writer = writer
        self.builder = builder
        self.label = builder.label(synapses)
        self.extent = builder.extent(self.label, synapses.N)

    def rows(self, side: Side) -> str:
        """Return the table of the synapses of each element of a side."""
        name = f"{self.label}.{side.of('outgoing', 'incoming')}"
        begin, entries = self.synapses.rows(side)
        return self._add(name, name, side, begin, entries)

    def _add(
        self,
        name: str,
        arrays: str,
        side: Side,
        begin: NDArray[np.int32],
        entries: NDArray[np.int32] | None,
        delays: NDArray[np.int64] | None = None,
    ) -> str:
        group = self.synapses.side(side)
        first = np.array([group.first_stored], dtype=np.int64)
        rows = self.builder.extent(f"{self.label}.{side.value}.rows", group.N)
        other = side.other
        table = Table(
            name=name,
            synapses=self.extent,
            rows=rows,
            first=self.index(f"{self.label}.{side.value}.first", first, None),
            begin=self.index(f"{arrays}.begin", begin, f"{arrays}.begin"),
            others=self.side_extent(other) if side is Side.SOURCE else self.extent,
            delays=None
            if delays is None
            else self.index(f"{name}.delays", delays.astype(np.int32), f"{name}.delays"),
            entries=None
            if entries is None
            else self.index(f"{arrays}.entries", entries, self.extent),
            other=self.writer.binding(other.element).array if side is Side.SOURCE else None,
        )
        return self.builder.table(table)

    def side_extent(self, side: Side) -> str:
        """Return the extent of the elements that a side's group stores."""
        group = self.synapses.side(side)
        return self.builder.extent(self.builder.label(group.storage), group.stored_size)

    def index(self, name: str, values: NDArray[np.generic], extent: str | None) -> str:
        """Add an array of numbers; return its name."""
        if extent is not None:
            self.builder.extent(extent, len(values))
        array = Array(name, DType(values.dtype.name), extent, False, Role.INDEX)
        return self.builder.array(array, np.ascontiguousarray(values))

    def arrivals(self, pathway: Pathway) -> Arrivals:
        """Return the index space of the synapses at which events of a pathway arrive."""
        if not pathway.has_delays:
            return self.arriving(pathway, self.rows(pathway.side))
        return self.arriving(pathway, self._delayed_rows(pathway, pathway.delay_steps()))

    def arriving(self, pathway: Pathway, table: str) -> Arrivals:
        """Return the index space of the rows of a table whose elements' events arrive."""
        group = self.synapses.side(pathway.side)
        element = pathway.side.element
        if not pathway.has_delays:
            events = event_buffer(self.builder, group.storage, pathway.event)
            return Arrivals(table, events, element)
        steps = pathway.delay_steps()
        history = add_history(pathway, int(steps.max(initial=0)), self.builder)
        since = f"{self.label}.{pathway.pathway}.since"
        first = np.array([-pathway.valid_steps], dtype=np.int64)
        self.index(since, first, None)
        clock = self.builder.clock(pathway.clock).name
        self.builder.traffic.relative[since] = clock
        self.builder.traffic.follow(clock, pathway.follow)
        return Arrivals(table, history, element, since)

    def _delayed_rows(self, pathway: Pathway, steps: NDArray[np.int64]) -> str:
        begin, entries = self.synapses.rows(pathway.side)
        name = f"{self.label}.{pathway.pathway}"
        if len(steps) == 1:
            shared = f"{self.label}.{pathway.side.of('outgoing', 'incoming')}"
            return self._add(name, shared, pathway.side, begin, entries, steps)
        return self._add(
            name, name, pathway.side, *_by_delay(begin, entries, steps), np.unique(steps)[::-1]
        )

    def sources_in_order(self, space: Arrivals) -> Binding:
        """Return the binding of the sources of synapses in the order of a table of targets.

        Events of a target visit its synapses in this order, which is no order of their numbers.
        """
        name = f"{space.table}.{Side.SOURCE.element}s"
        return Binding(Side.SOURCE.element, name, DType.INT64, in_order=True)

    def add_sources_in_order(self, space: Arrivals) -> None:
        """Add the array that this binding names."""
        entries = self.builder.entries(space.table)
        sources = self.synapses.stored_sides(Side.SOURCE)
        sources = sources if entries is None else sources[entries]
        kind = target_type(self.synapses.side(Side.SOURCE).stored_size)
        name = self.sources_in_order(space).array
        self.index(name, sources.astype(kind), self.extent)

    def deliveries(self, pathway: Pathway) -> Moments:
        """Return when what is on its way arrives: a row for each step in which something does."""
        deliveries = pathway.deliveries
        name = f"{self.label}.{pathway.pathway}.on_their_way"
        targets = self.synapses.stored_sides(Side.TARGET)[deliveries.synapses]
        entries = deliveries.synapses[np.lexsort((targets, deliveries.steps))]
        steps, counts = np.unique(deliveries.steps, return_counts=True)
        begin = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        rows = self.builder.extent(f"{name}.rows", len(steps))
        arrivals = self.index(f"{name}.steps", steps.copy(), rows)
        clock = self.builder.clock(pathway.clock).name
        self.builder.traffic.relative[arrivals] = clock
        if not pathway.has_delays:
            self.builder.traffic.follow(clock, pathway.follow)
        table = Table(
            name=name,
            synapses=self.extent,
            rows=rows,
            first=self.index(f"{name}.first", np.zeros(1, dtype=np.int64), None),
            begin=self.index(f"{name}.begin", begin, f"{name}.begin"),
            others=self.side_extent(Side.TARGET),
            entries=self.index(f"{name}.entries", entries, f"{name}.entries"),
            other=self.writer.binding(Side.TARGET.element).array,
        )
        never = self.index(f"{name}.period", np.zeros(1, dtype=np.int64), None)
        return Moments(self.builder.table(table), arrivals, never)

    def keep_order(self, pathway: Pathway) -> None:
        """Let single deliveries be made in the order of their events, and not of their targets."""
        name = f"{self.label}.{pathway.pathway}.on_their_way"
        self.builder.values(f"{name}.entries")[:] = pathway.deliveries.synapses

    def neurons(self, pathway: Pathway) -> str:
        """Return a table in which each neuron of a side has one entry, itself."""
        side = pathway.side
        group = self.synapses.side(side)
        name = f"{self.label}.{side.value}.neurons"
        first = np.array([group.first_stored], dtype=np.int64)
        begin = np.arange(group.N + 1, dtype=np.int32)
        entries = None
        extent = self.side_extent(side)
        if group.storage is not group:
            numbers = group.stored_numbers(np.arange(group.N)).astype(np.int32)
            entries = self.index(f"{name}.entries", numbers, f"{name}.entries")
        delays = None
        if pathway.has_delays:
            name = f"{name}.{pathway.pathway}"
            steps = pathway.delay_steps().astype(np.int32)
            delays = self.index(f"{name}.delays", steps, f"{name}.delays")
        table = Table(
            name=name,
            synapses=extent,
            rows=self.builder.extent(f"{self.label}.{side.value}.rows", group.N),
            first=self.index(f"{self.label}.{side.value}.first", first, None),
            begin=self.index(f"{name}.begin", begin, f"{name}.begin"),
            others=extent,
            delays=delays,
            entries=entries,
        )
        return self.builder.table(table)


def _by_delay(
    begin: NDArray[np.int32], entries: NDArray[np.int32] | None, steps: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return rows in parts by delay, the longest first, and the synapses in their order."""
    rows = np.repeat(np.arange(len(begin) - 1), np.diff(begin))
    synapses = np.arange(len(steps)) if entries is None else entries
    delays, part = np.unique(steps, return_inverse=True)
    part = len(delays) - 1 - part[synapses]
    order = np.lexsort((part, rows))
    counts = np.bincount(rows * len(delays) + part, minlength=(len(begin) - 1) * len(delays))
    parts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return parts, synapses[order].astype(np.int32)
