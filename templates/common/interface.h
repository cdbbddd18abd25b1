// The C interface of a generated simulation: the only way in, for the Python engine and for a
// standalone program alike. All functions but eqsim_advance are to be called between advances.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Simulation eqsim_simulation;

enum { EQSIM_INTERFACE_VERSION = 4 };

// What eqsim_advance returns instead of a number of ticks.
enum {
    EQSIM_OUT_OF_MEMORY = -1,
    EQSIM_DEVICE_FAILED = -2,
    EQSIM_CHECK_FAILED = -4
};

// The version of this interface that the simulation was generated for.
int32_t eqsim_interface_version(void);

// Why the last call failed, in words, empty if there is nothing to say. Simulations on devices have it, no others.
const char* eqsim_message(void);

// Make a simulation of `instances` parameter sets with the given sizes; NULL if memory is short. On devices the last
// argument is the mode: 0 chosen, 1 a launch for each kernel, 2 graphs of many steps, 3 a block that runs an instance
// alone; and above its lowest eight bits the number of the device.
eqsim_simulation* eqsim_create(int64_t instances, const int64_t* extents, int32_t threads);

// Give the memory of an array, by its number in the generated table; it stays the caller's.
void eqsim_bind(eqsim_simulation* simulation, int32_t array, void* memory);

// What is chosen of each row of a rule: all of its columns; each with a probability; or so many of them.
enum { EQSIM_ALL = 0, EQSIM_CHANCE = 1, EQSIM_SAMPLE = 2 };

// What becomes of a row's own partner: nothing; it is left out if it is chosen; or it is no column at all.
enum { EQSIM_OWN_KEPT = 0, EQSIM_OWN_DROPPED = 1, EQSIM_OWN_SKIPPED = 2 };

// How the synapses between two groups are made (making.h): row by row, of which columns are chosen. Rows are sources and their
// columns targets, or the other way round. Column c of row r is the partner start + step * c + slope * r.
typedef struct {
    int64_t law;
    int64_t by_target;  // whether rows are targets
    int64_t rows, partners;
    int64_t columns;  // of each row, where there are no `lengths`
    int64_t start, step, slope;
    int64_t own, shift;    // what becomes of a row's own partner, which is r + shift
    int64_t first_target;  // is added to the numbers of targets
    uint64_t key;          // of everything random
    double parameter;      // a probability or a number of columns, where there are no `parameters`
    const int64_t* lengths;    // how many columns each row has; may be NULL
    const double* parameters;  // of each row; may be NULL
    const int32_t* begin;      // where the synapses of each source begin, one more than there are sources
} eqsim_rule;

// Say by which rule the numbers of an array follow, which are then made where they are needed; no memory is given for the
// array. What the rule points to stays the caller's. Simulations on devices have it, no others.
void eqsim_connect(eqsim_simulation* simulation, int32_t array, const eqsim_rule* rule);

// Run up to `ticks` points in time at which some clock has a step; return how many were completed
// (fewer when all clocks have reached their end, or at a pause), or one of the negative numbers
// above.
int64_t eqsim_advance(eqsim_simulation* simulation, int64_t ticks);

// What failed when the last advance returned EQSIM_CHECK_FAILED, after the step in which it failed (devices: when the host
// next looked): the number of the problem, the instance, the element, and the number of the step on the kernel's clock.
void eqsim_failed_check(const eqsim_simulation* simulation, int64_t* found);

// The number of the pause at which the last advance ended, in the midst of a step that the next
// one completes; -1 if it ended between two steps.
int32_t eqsim_paused(const eqsim_simulation* simulation);

// Let a new simulation go on in the midst of a step, after a pause.
void eqsim_resume(eqsim_simulation* simulation, int32_t pause);

// The elements that had an event in the current step, in order: write them, unless `elements` is
// NULL, and return how many there are.
int64_t eqsim_events(
    const eqsim_simulation* simulation, int32_t events, int64_t instance, int32_t* elements);

// Say which elements had an event in the current step of a new simulation.
void eqsim_set_events(
    eqsim_simulation* simulation, int32_t events, int64_t instance, const int32_t* elements, int64_t count);

// Rows that were recorded since the last eqsim_clear, by number of record and instance. After all
// records come the events of the last steps: they are there from the first advance on, and
// eqsim_clear leaves them.
int64_t eqsim_rows(const eqsim_simulation* simulation, int32_t record, int64_t instance);
const void* eqsim_column(
    const eqsim_simulation* simulation, int32_t record, int64_t instance, int32_t column);
void eqsim_clear(eqsim_simulation* simulation, int32_t record);

void eqsim_destroy(eqsim_simulation* simulation);

#ifdef __cplusplus
}
#endif
