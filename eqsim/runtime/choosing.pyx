# cython: language_level=3, boundscheck=False, wraparound=False
"""Columns of rows, chosen at random or all, by as many threads as there is work for.

The interpreter's lock is released meanwhile. What is chosen follows from places in the streams of
``templates/common/connecting.h``, whatever the number of threads and of rows at a time.
"""

from libc.stdint cimport int32_t, int64_t, uint16_t, uint64_t, uintptr_t
from libcpp cimport bool as boolean
from libcpp.vector cimport vector

import numpy as np

ctypedef fused Partner:
    uint16_t
    int32_t
    int64_t

ctypedef fused Target:
    uint16_t
    int32_t


cdef extern from "choosing.h" namespace "eqsim" nogil:
    cdef cppclass _Rows "eqsim::Rows":
        const int64_t* ends
        int64_t n, first, start, step, slope
        boolean without_self

    cdef cppclass _Trials "eqsim::Trials":
        uint64_t key, stream
        double rate
        int64_t drawn, last

    boolean c_choose_all "eqsim::choose_all" [T](
        const _Rows&, T*, int64_t, int64_t*, int64_t) except +
    boolean c_choose_by_chance "eqsim::choose_by_chance" [T](
        _Trials&, const _Rows&, T*, int64_t, int64_t*, int64_t) except +
    boolean c_choose_samples "eqsim::choose_samples" [T](
        uint64_t, vector[int64_t]&, const _Rows&, const int64_t*, T*, int64_t, int64_t*, int64_t
    ) except +
    void c_grow "eqsim::grow" (uint64_t, uint64_t, int64_t, int64_t, int64_t*) except +
    boolean c_rows_ascend "eqsim::rows_ascend" [T](
        const T*, const int32_t*, int64_t, int64_t) except +


cdef extern from "making.h" namespace "eqsim" nogil:
    ctypedef struct _Rule "eqsim_rule":
        pass

    int64_t c_hypergeometric "eqsim::hypergeometric" (int64_t, int64_t, int64_t, double) except +
    int64_t c_count_synapses "eqsim::count_synapses" (const _Rule&, int64_t*, int64_t) except +
    int64_t c_count_drawn "eqsim::count_drawn" (const _Rule&, int64_t) except +
    boolean c_make_and_count "eqsim::make_and_count" [T](
        const _Rule&, T*, int64_t, int64_t*, int64_t) except +
    boolean c_make_targets "eqsim::make_targets" [T](
        const _Rule&, T*, int32_t*, int64_t) except +


cdef class Rows:
    """Rows whose columns are chosen, and the partners that columns are.

    Column ``c`` of the row with number ``r`` is the partner ``start + step*c + slope*r``.

    Parameters
    ----------
    lengths : ndarray of int64
        How many columns each row has, shape (rows,).
    first : int
        The number of the first row.
    start, step, slope : int
        Which partners the columns are.
    without_self : bool
        Whether the partner with the number of its row is left out, if it is chosen.
    """

    cdef _Rows rows
    cdef const int64_t[::1] ends
    cdef readonly int64_t columns

    def __init__(self, lengths, int64_t first=0, int64_t start=0, int64_t step=1,
                 int64_t slope=0, bint without_self=False):
        ends = np.cumsum(lengths, dtype=np.int64)
        self.ends = ends
        self.columns = int(np.sum(lengths))
        self.rows.ends = &self.ends[0] if len(ends) else NULL
        self.rows.n = len(ends)
        self.rows.first, self.rows.start = first, start
        self.rows.step, self.rows.slope = step, slope
        self.rows.without_self = without_self

    def __len__(self):
        return self.rows.n


def choose_all(Rows rows not None, Partner[::1] partners, int64_t threads):
    """Write all partners of all rows, of which there may be as many as there are columns.

    Parameters
    ----------
    rows : Rows
        The rows.
    partners : ndarray of uint16, int32 or int64
        Where they are written, row by row; at least as long as there are columns.
    threads : int
        How many threads share the work.

    Returns
    -------
    ndarray of int64
        How many partners each row has.
    """
    _check_room(len(partners), rows.columns)
    counts = np.zeros(len(rows), dtype=np.int64)
    cdef int64_t[::1] view = counts
    if rows.columns:
        with nogil:
            c_choose_all(rows.rows, &partners[0], partners.shape[0], &view[0], threads)
    return counts


cdef class Trials:
    """Independent trials, one for each column of the rows that come.

    Parameters
    ----------
    key, stream : int
        The stream of random numbers.
    rate : float
        ``-log(1 - p)`` for a probability ``p`` between 0 and 1.
    """

    cdef _Trials trials

    def __init__(self, uint64_t key, uint64_t stream, double rate):
        self.trials.key, self.trials.stream = key, stream
        self.trials.rate = rate
        self.trials.drawn, self.trials.last = 0, -1

    @property
    def drawn(self):
        """How many numbers of the stream are used."""
        return self.trials.drawn

    def choose(self, Rows rows not None, Partner[::1] partners, int64_t threads):
        """Write the partners whose trials succeed, as :func:`choose_all` does.

        Returns
        -------
        ndarray of int64 or None
            How many each row has; None if there are more than ``partners`` takes: then these are
            the next rows still.
        """
        counts = np.zeros(len(rows), dtype=np.int64)
        cdef int64_t[::1] view = counts
        cdef boolean fits
        if rows.columns == 0:
            return counts
        if len(partners) == 0:
            return None
        with nogil:
            fits = c_choose_by_chance(
                self.trials, rows.rows, &partners[0], partners.shape[0], &view[0], threads)
        return counts if fits else None


cdef class Samples:
    """So many different columns of each of the rows that come, all sets equally likely.

    Parameters
    ----------
    key : int
        The key of the streams of random numbers.
    """

    cdef uint64_t key
    cdef vector[int64_t] used

    def __init__(self, uint64_t key):
        self.key = key

    @property
    def drawn(self):
        """How many numbers of all streams are used."""
        return sum(self.used)

    def choose(self, Rows rows not None, sizes, Partner[::1] partners, int64_t threads):
        """Write the partners that are chosen, as :func:`choose_all` does.

        Parameters
        ----------
        rows, partners, threads
            As for :func:`choose_all`; there must be room for all samples.
        sizes : ndarray of int64
            How many columns of each row are chosen, at most all.
        """
        cdef const int64_t[::1] wanted = np.ascontiguousarray(sizes, dtype=np.int64)
        counts = np.zeros(len(rows), dtype=np.int64)
        cdef int64_t[::1] view = counts
        total = int(np.sum(wanted))
        _check_room(len(partners), total)
        if total:
            with nogil:
                c_choose_samples(
                    self.key, self.used, rows.rows, &wanted[0], &partners[0], partners.shape[0],
                    &view[0], threads)
        return counts


def hypergeometric(int64_t chosen, int64_t others, int64_t draws, double uniform):
    """Return how many chosen things are among those drawn without replacement.

    Parameters
    ----------
    chosen, others : int
        How many things are chosen and how many are not.
    draws : int
        How many of them all are drawn.
    uniform : float
        A random number in [0, 1), which is turned into the result by inversion.

    Notes
    -----
    Probabilities follow from their ratios to that of the most likely result. Beyond twelve
    standard deviations they are taken for 0; they are below 1e-30 there.

    Examples
    --------
    >>> hypergeometric(5, 5, 10, 0.3), hypergeometric(50, 50, 20, 0.5)
    (5, 10)
    """
    return c_hypergeometric(chosen, others, draws, uniform)


def count_synapses(rule, int64_t sources, int64_t threads):
    """Return how many synapses each source has by a rule.

    Parameters
    ----------
    rule : ndarray
        The structure ``eqsim_rule``, as ``Rule.packed`` returns it.
    sources : int
        How many sources there are.
    threads : int
        How many threads share the work, at most.

    Returns
    -------
    ndarray of int64
        Shape (sources,).
    """
    cdef const _Rule* made_by = <const _Rule*><uintptr_t>rule.ctypes.data
    counts = np.zeros(sources, dtype=np.int64)
    cdef int64_t[::1] view = counts
    if sources:
        with nogil:
            c_count_synapses(made_by[0], &view[0], threads)
    return counts


def count_drawn(rule, int64_t threads):
    """Return how many random numbers are drawn for all synapses of a rule.

    Parameters
    ----------
    rule, threads
        As for :func:`count_synapses`.
    """
    cdef const _Rule* made_by = <const _Rule*><uintptr_t>rule.ctypes.data
    cdef int64_t drawn
    with nogil:
        drawn = c_count_drawn(made_by[0], threads)
    return drawn


def make_and_count(rule, Target[::1] targets, int64_t sources, int64_t threads):
    """Write the targets of all synapses of a rule whose rows are sources, and count them.

    Parameters
    ----------
    rule, sources, threads
        As for :func:`count_synapses`.
    targets : ndarray of uint16 or int32
        Where they are written.

    Returns
    -------
    ndarray of int64 or None
        As :func:`count_synapses` returns it; None if there are more than ``targets`` takes.
    """
    cdef const _Rule* made_by = <const _Rule*><uintptr_t>rule.ctypes.data
    counts = np.zeros(sources, dtype=np.int64)
    cdef int64_t[::1] view = counts
    cdef boolean fits = True
    if sources and len(targets):
        with nogil:
            fits = c_make_and_count(made_by[0], &targets[0], targets.shape[0], &view[0], threads)
    return counts if fits else None


def make_targets(rule, Target[::1] targets, int32_t[::1] order, int64_t threads):
    """Write the targets of all synapses of a rule, source by source.

    Parameters
    ----------
    rule : ndarray
        The structure ``eqsim_rule``, as ``Rule.packed`` returns it, with ``begin``.
    targets : ndarray of uint16 or int32
        Where they are written; as many as there are synapses.
    order : ndarray of int32
        Gets the place of each synapse in the order of the rows, where rows are targets; of
        length 0 if that is not asked for.
    threads : int
        How many threads share the work, at most.

    Raises
    ------
    ValueError
        If the rule makes other numbers of synapses than ``begin`` tells.
    """
    cdef const _Rule* made_by = <const _Rule*><uintptr_t>rule.ctypes.data
    cdef int32_t* places = &order[0] if len(order) else NULL
    cdef boolean fits = True
    if len(targets):
        with nogil:
            fits = c_make_targets(made_by[0], &targets[0], places, threads)
    if not fits:
        raise ValueError("a rule makes other numbers of synapses than sources have")


def grow(uint64_t key, uint64_t again, int64_t n, int64_t m):
    """Return the older end of each edge of a graph that grew by preference.

    Parameters
    ----------
    key, again : int
        Keys of the streams of random numbers: for all edges, and for those to be drawn again.
    n, m : int
        How many elements there are, and how many edges each of those after a star of ``m + 1``
        brings.

    Returns
    -------
    ndarray of int64
        Shape ``(m*(n - m),)``, the star's first, then those of each element.
    """
    cdef int64_t[::1] older = np.empty(m * (n - m), dtype=np.int64)
    if len(older):
        with nogil:
            c_grow(key, again, n, m, &older[0])
    return np.asarray(older)


def rows_ascend(const Partner[::1] numbers, const int32_t[::1] begin, int64_t threads):
    """Return whether the numbers of each row ascend; row ``r`` begins at ``begin[r]``."""
    cdef boolean ascend = True
    if len(numbers):
        with nogil:
            ascend = c_rows_ascend(&numbers[0], &begin[0], len(begin) - 1, threads)
    return ascend


def _check_room(int64_t room, int64_t needed):
    if room < needed:
        raise ValueError(f"there is room for {room} numbers, and {needed} are needed")
