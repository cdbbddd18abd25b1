# cython: language_level=3, boundscheck=False, wraparound=False
"""The engine: drives a compiled simulation through its C interface.

The interpreter's lock is released while the simulation advances; state arrays are the caller's
NumPy arrays, to which the simulation holds pointers.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint64_t, uintptr_t
from libc.string cimport memcpy
from posix.dlfcn cimport RTLD_LOCAL, RTLD_NOW, dlerror, dlopen, dlsym
from posix.unistd cimport getpid

import numpy as np

from eqsim.errors import RunError
from eqsim.runtime.simulation import CheckFailedError


cdef extern from *:
    """
    extern "C" {
    typedef int32_t (*version_function)(void);
    typedef void* (*create_function)(int64_t, const int64_t*, int32_t);
    typedef void (*bind_function)(void*, int32_t, void*);
    typedef void (*connect_function)(void*, int32_t, const void*);
    typedef int64_t (*advance_function)(void*, int64_t);
    typedef void (*failed_check_function)(const void*, int64_t*);
    typedef int32_t (*paused_function)(const void*);
    typedef void (*resume_function)(void*, int32_t);
    typedef int64_t (*events_function)(const void*, int32_t, int64_t, int32_t*);
    typedef void (*set_events_function)(void*, int32_t, int64_t, const int32_t*, int64_t);
    typedef int64_t (*rows_function)(const void*, int32_t, int64_t);
    typedef const void* (*column_function)(const void*, int32_t, int64_t, int32_t);
    typedef void (*clear_function)(void*, int32_t);
    typedef void (*destroy_function)(void*);
    typedef const char* (*message_function)(void);
    }
    """
    ctypedef int32_t (*version_function)() noexcept nogil
    ctypedef void* (*create_function)(int64_t, const int64_t*, int32_t) noexcept nogil
    ctypedef void (*bind_function)(void*, int32_t, void*) noexcept nogil
    ctypedef void (*connect_function)(void*, int32_t, const void*) noexcept nogil
    ctypedef int64_t (*advance_function)(void*, int64_t) noexcept nogil
    ctypedef void (*failed_check_function)(const void*, int64_t*) noexcept nogil
    ctypedef int32_t (*paused_function)(const void*) noexcept nogil
    ctypedef void (*resume_function)(void*, int32_t) noexcept nogil
    ctypedef int64_t (*events_function)(const void*, int32_t, int64_t, int32_t*) noexcept nogil
    ctypedef void (*set_events_function)(
        void*, int32_t, int64_t, const int32_t*, int64_t) noexcept nogil
    ctypedef int64_t (*rows_function)(const void*, int32_t, int64_t) noexcept nogil
    ctypedef const void* (*column_function)(const void*, int32_t, int64_t, int32_t) noexcept nogil
    ctypedef void (*clear_function)(void*, int32_t) noexcept nogil
    ctypedef void (*destroy_function)(void*) noexcept nogil
    ctypedef const char* (*message_function)() noexcept nogil


INTERFACE_VERSION = 4
_CHECK_FAILED = -4
_FAILURES = {
    -1: "out of memory for what the monitors record; record fewer variables, neurons or steps",
    -2: "the device failed",
}


cdef class Library:
    """A loaded shared library; it stays loaded, for other simulations of the same program."""

    cdef void* handle
    cdef version_function version
    cdef create_function create
    cdef bind_function bind
    cdef connect_function connect
    cdef advance_function advance
    cdef failed_check_function failed_check
    cdef paused_function paused
    cdef resume_function resume
    cdef events_function events
    cdef set_events_function set_events
    cdef rows_function rows
    cdef column_function column
    cdef clear_function clear
    cdef destroy_function destroy
    cdef message_function message
    cdef readonly str path

    def __cinit__(self, str path not None):
        self.path = path
        encoded = path.encode()
        self.handle = dlopen(encoded, RTLD_NOW | RTLD_LOCAL)
        if self.handle == NULL:
            raise RunError(f"cannot load the compiled simulation\n  {dlerror().decode()}")
        self.version = <version_function><uintptr_t>self._symbol(b"eqsim_interface_version")
        if self.version() != INTERFACE_VERSION:
            raise RunError(f"{path!r} was compiled for another version of eqsim; remove it")
        self.create = <create_function><uintptr_t>self._symbol(b"eqsim_create")
        self.bind = <bind_function><uintptr_t>self._symbol(b"eqsim_bind")
        self.advance = <advance_function><uintptr_t>self._symbol(b"eqsim_advance")
        self.failed_check = <failed_check_function><uintptr_t>self._symbol(b"eqsim_failed_check")
        self.paused = <paused_function><uintptr_t>self._symbol(b"eqsim_paused")
        self.resume = <resume_function><uintptr_t>self._symbol(b"eqsim_resume")
        self.events = <events_function><uintptr_t>self._symbol(b"eqsim_events")
        self.set_events = <set_events_function><uintptr_t>self._symbol(b"eqsim_set_events")
        self.rows = <rows_function><uintptr_t>self._symbol(b"eqsim_rows")
        self.column = <column_function><uintptr_t>self._symbol(b"eqsim_column")
        self.clear = <clear_function><uintptr_t>self._symbol(b"eqsim_clear")
        self.destroy = <destroy_function><uintptr_t>self._symbol(b"eqsim_destroy")
        # Only devices make arrays anew.
        self.connect = <connect_function><uintptr_t>dlsym(self.handle, b"eqsim_connect")
        # Only devices have more to say than a code.
        self.message = <message_function><uintptr_t>dlsym(self.handle, b"eqsim_message")

    cdef uintptr_t _symbol(self, bytes name) except 0:
        cdef void* address = dlsym(self.handle, name)
        if address == NULL:
            raise RunError(f"{self.path!r} is not a simulation of eqsim: no {name.decode()!r}")
        return <uintptr_t>address


# The library that frees it must be there until then, even where it is found in a cycle of garbage,
# as the traceback of an error makes one.
@cython.no_gc_clear
cdef class LibrarySimulation:
    """A simulation in a shared library.

    Parameters
    ----------
    library : Library
        The loaded library.
    instances : int
        How many parameter sets run at once.
    extents : ndarray of int64
        Sizes in the order of the program's extents.
    arrays : list of ndarray or None
        Memory in the order of the program's arrays; kept alive and changed in place. None for
        those that the simulation makes itself.
    records : dict of str to list of dtype
        Name and types of the columns of each record, in the order of their numbers.
    threads : int
        How many threads share the work.
    pauses : sequence of str
        Names of the pauses, in the order of their numbers.
    buffers : sequence of str
        Names of the buffers of events of a step, in the order of their numbers.
    problems : sequence of str
        Keys of the problems that checks note, in the order of their numbers.
    rules : dict of int to Rule
        By which rules it makes them, by their numbers.
    """

    cdef Library library
    cdef void* simulation
    cdef list arrays
    cdef object rules
    cdef dict records
    cdef list names
    cdef tuple pauses
    cdef tuple buffers
    cdef tuple problems
    cdef int64_t instances
    cdef int process
    cdef bint busy

    def __cinit__(self, Library library not None, int64_t instances, extents,
                  list arrays not None, dict records not None, int32_t threads,
                  pauses=(), buffers=(), problems=(), rules=None):
        cdef const int64_t[::1] sizes = np.ascontiguousarray(
            extents if len(extents) else [0], dtype=np.int64)
        self.library = library
        self.instances = instances
        self.arrays = arrays
        self.records = records
        self.names = list(records)
        self.pauses = tuple(pauses)
        self.buffers = tuple(buffers)
        self.problems = tuple(problems)
        self.process = getpid()
        self.simulation = library.create(instances, &sizes[0], threads)
        if self.simulation == NULL:
            raise RunError("out of memory for the events of the simulation")
        cdef int32_t number
        for number, array in enumerate(arrays):
            if array is not None:
                library.bind(self.simulation, number, <void*><uintptr_t>array.ctypes.data)
        # The simulation reads what rules point to when it makes arrays.
        self.rules = {} if rules is None else rules
        for number, rule in self.rules.items():
            packed = rule.packed()
            library.connect(self.simulation, number, <const void*><uintptr_t>packed.ctypes.data)

    def __dealloc__(self):
        if self.simulation != NULL:
            self.library.destroy(self.simulation)

    cdef int _check_unused(self) except -1:
        """Refuse what would read memory that is gone or that another thread is writing.

        The interpreter's lock is held here, so no other thread gets in between check and use.
        """
        if self.simulation == NULL:
            raise RunError("the simulation is closed")
        if self.process != getpid():
            raise RunError(
                "the simulation was opened before this process was forked from another\n"
                "  threads do not survive a fork: open it anew in this process, or start processes"
                " with multiprocessing's method 'spawn'"
            )
        if self.busy:
            raise RunError("the simulation is running in another thread")
        return 0

    def advance(self, int64_t ticks):
        """Run up to ``ticks`` ticks without holding the interpreter's lock."""
        cdef int64_t done
        self._check_unused()
        self.busy = True
        with nogil:
            done = self.library.advance(self.simulation, ticks)
        self.busy = False
        if done == _CHECK_FAILED:
            raise self._failed_check()
        if done < 0 and self.library.message != NULL and self.library.message()[0] != 0:
            raise RunError(self.library.message().decode())
        if done < 0:
            raise RunError(_FAILURES.get(done, f"the simulation failed with code {done}"))
        return done

    cdef object _failed_check(self):
        cdef int64_t[4] found
        self.library.failed_check(self.simulation, found)
        return CheckFailedError(self.problems[found[0]], found[1], found[2], found[3])

    @property
    def paused(self):
        """The pause at which the simulation stands, None between two steps."""
        self._check_unused()
        cdef int32_t number = self.library.paused(self.simulation)
        return None if number < 0 else self.pauses[number]

    def events(self):
        """Return the elements that had an event in the current step, per buffer and instance."""
        cdef int32_t number
        cdef int64_t instance
        cdef int32_t[::1] elements
        self._check_unused()
        found = {}
        for number, name in enumerate(self.buffers):
            found[name] = []
            for instance in range(self.instances):
                rows = np.empty(
                    self.library.events(self.simulation, number, instance, NULL), dtype=np.int32)
                if len(rows):
                    elements = rows
                    self.library.events(self.simulation, number, instance, &elements[0])
                found[name].append(rows)
        return found

    def resume(self, str pause, events):
        """Go on in the midst of a step, after a pause, as another simulation that stood there.

        Parameters
        ----------
        pause : str
            Name of the pause.
        events : mapping of str to sequence of ndarray
            What the other simulation's ``events`` returned.
        """
        cdef int32_t number
        cdef int64_t instance
        cdef const int32_t[::1] elements
        self._check_unused()
        self.library.resume(self.simulation, self.pauses.index(pause))
        for number, name in enumerate(self.buffers):
            for instance in range(self.instances if name in events else 0):
                rows = np.ascontiguousarray(events[name][instance], dtype=np.int32)
                if len(rows):
                    elements = rows
                    self.library.set_events(
                        self.simulation, number, instance, &elements[0], len(rows))

    def take(self, str record):
        """Return and forget the rows of a record, one tuple of columns per instance."""
        self._check_unused()
        self.busy = True
        try:
            return self._taken(self.names.index(record))
        finally:
            self.busy = False

    cdef list _taken(self, int32_t number):
        cdef int64_t instance, rows
        cdef int32_t position
        taken = []
        for instance in range(self.instances):
            rows = self.library.rows(self.simulation, number, instance)
            columns = []
            for position, dtype in enumerate(self.records[self.names[number]]):
                column = np.empty(rows, dtype=dtype)
                if rows:
                    memcpy(<void*><uintptr_t>column.ctypes.data,
                           self.library.column(self.simulation, number, instance, position),
                           <size_t>column.nbytes)
                columns.append(column)
            taken.append(tuple(columns))
        self.library.clear(self.simulation, number)
        return taken

    def close(self):
        """Free the simulation's own memory; the second time do nothing."""
        if self.simulation == NULL:
            return
        # In a forked process nobody else uses its copy: it may be freed whatever it was doing.
        if self.process == getpid():
            self._check_unused()
        self.library.destroy(self.simulation)
        self.simulation = NULL
