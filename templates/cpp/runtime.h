// What every generated C++ simulation needs beside its kernels: shares of work and growing records.
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clones.h"
#include "searching.h"
#include "team.h"

// A program for any processor of its kind holds its kernels for vectors of several widths, and takes those that the
// processor has.
#ifdef EQSIM_FOR_ANY_PROCESSOR
#define EQSIM_KERNEL EQSIM_CLONES
#else
#define EQSIM_KERNEL
#endif

namespace eqsim {

// How many elements are looked at before anything is done for those that it is to be done for, and for how many
// random numbers are drawn at once.
constexpr int64_t block_size = 256;

// The part of `total` elements that a worker owns: the same in every kernel, so that a worker finds
// its own values in its cache and needs to wait for nobody. Multiples of a cache line's elements.
inline Range share(int64_t total, Worker worker) {
    if (worker.threads == 1) return {0, total};
    const int64_t line = 64;
    const int64_t lines = (total + line - 1) / line;
    const int64_t begin = lines * worker.thread / worker.threads * line;
    const int64_t end = lines * (worker.thread + 1) / worker.threads * line;
    return {least(begin, total), least(end, total)};
}

// The part of a range that lies in instance `instance` of `n` elements, counted from its first.
inline Range within(Range range, int64_t instance, int64_t n) {
    const int64_t origin = instance * n;
    return {greatest(range.begin - origin, 0), least(range.end - origin, n)};
}

// The part of one instance's `n` elements that a worker owns, counted from its first.
inline Range owned(int64_t instances, int64_t n, Worker worker, int64_t instance) {
    return within(share(instances * n, worker), instance, n);
}

// The first place from `from` on that holds no zero, `size` if there is none.
template <class Flag> inline int64_t next(const Flag* flags, int64_t from, int64_t size) {
    for (; from + 8 <= size; from += 8) {
        const Flag* const f = flags + from;
        if ((f[0] | f[1] | f[2] | f[3] | f[4] | f[5] | f[6] | f[7]) != 0) break;
    }
    while (from < size && flags[from] == 0) ++from;
    return from;
}

// As `first_from`, for a place that is near.
inline int64_t next_from(const int64_t* values, int64_t begin, int64_t end, int64_t bound) {
    int64_t reach = 1;
    while (reach <= end - begin && values[begin + reach - 1] < bound) reach *= 2;
    return first_from(values, begin + reach / 2, least(begin + reach - 1, end), bound);
}

// How many events are counted before targets add for them: no target has more.
constexpr int64_t most_counted = 65535;

// Whether so many events, each of which reaches `mean` of `n` targets, are counted sooner than they are delivered one by
// one: then all targets are looked at, for as many events as are counted together.
inline bool pays_to_count(int64_t events, double mean, int64_t n) {
    return (double)events * mean >= 0.5 * (double)n && n < most_counted / 2;
}

// Have values brought nearer that are needed soon.
template <class Value> inline void fetch(const Value* values, int64_t begin, int64_t end) {
    const int64_t line = 64 / (int64_t)sizeof(Value);
    for (int64_t place = begin; place < end; place += line) __builtin_prefetch(values + place);
}

// Count the targets of a part of a row, and fetch those that come soon meanwhile, line by line: so many at once would wait
// for each other.
template <class Other> inline void count(uint16_t* counts, const Other* others, Range part, Range& soon) {
    const int64_t line = 64 / (int64_t)sizeof(Other);
    for (int64_t first = part.begin; first < part.end; first += line) {
        if (soon.begin < soon.end) __builtin_prefetch(others + soon.begin);
        soon.begin += line;
        const int64_t end = least(first + line, part.end);
        for (int64_t entry = first; entry < end; ++entry) ++counts[others[entry]];
    }
}

// Move counts to where they are numbers like those that are added; no loop in vectors likes both widths.
template <class Real> inline void take_counts(uint16_t* __restrict counts, Real* __restrict times, int64_t size) {
    for (int64_t k = 0; k < size; ++k) {
        times[k] = (Real)counts[k];
        counts[k] = 0;
    }
}

// Add `each` to the sums, so many times, one after the other. To add -0.0 leaves any number as it is.
template <class Real>
inline void add_times(Real* __restrict sums, const Real* __restrict each, const Real* __restrict times, int64_t size) {
    constexpr int64_t strip = 32;
    int64_t first = 0;
    for (; first + strip <= size; first += strip) {
        Real most = 0, sum[strip];
#pragma omp simd reduction(max : most)
        for (int64_t k = 0; k < strip; ++k) {
            sum[k] = sums[first + k];
            most = times[first + k] > most ? times[first + k] : most;
        }
        const int64_t rounds = (int64_t)most;
        for (int64_t round = 0; round < rounds; ++round) {
            const Real done = (Real)round;
#pragma omp simd
            for (int64_t k = 0; k < strip; ++k) sum[k] += done < times[first + k] ? each[first + k] : (Real)-0.0;
        }
        for (int64_t k = 0; k < strip; ++k) sums[first + k] = sum[k];
    }
    for (; first < size; ++first)
        for (int64_t round = (int64_t)times[first]; round > 0; --round) sums[first] += each[first];
}

// The check that failed and counts: of the earliest tick, in that the least by problem, instance and element. The step is
// that of the kernel's clock.
struct FailedCheck {
    int64_t tick;
    int64_t problem;
    int64_t instance;
    int64_t element;
    int64_t step;
    int32_t is_noted;  // by a worker, now
};

inline void forget(FailedCheck& failed) { failed.tick = INT64_MAX; }

// Let what has failed have failed in the first tick of the next advance.
inline void hold(FailedCheck& failed) {
    if (failed.tick != INT64_MAX) failed.tick = 0;
}

// Whether something failed, first in the tick `failed`, in a tick that all workers have completed. Some may be in the next
// one and note what fails there.
inline bool has_failed(const int64_t& failed, int64_t tick) {
    return __atomic_load_n(&failed, __ATOMIC_RELAXED) <= tick;
}

// Note that memory ran out in a tick; what counts is the first.
inline void note_shortage(int64_t& shortage, int64_t tick) {
    int64_t noted = __atomic_load_n(&shortage, __ATOMIC_RELAXED);
    while (tick < noted &&
           !__atomic_compare_exchange_n(&shortage, &noted, tick, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

inline bool precedes(const FailedCheck& a, const FailedCheck& b) {
    if (a.tick != b.tick) return a.tick < b.tick;
    if (a.problem != b.problem) return a.problem < b.problem;
    if (a.instance != b.instance) return a.instance < b.instance;
    return a.element < b.element;
}

inline void note(FailedCheck& failed, int64_t tick, int64_t problem, int64_t instance, int64_t element, int64_t step) {
    while (__atomic_exchange_n(&failed.is_noted, 1, __ATOMIC_ACQUIRE) != 0) {
    }
    if (precedes({tick, problem, instance, element, step, 0}, failed)) {
        failed.problem = problem;
        failed.instance = instance;
        failed.element = element;
        failed.step = step;
        __atomic_store_n(&failed.tick, tick, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&failed.is_noted, 0, __ATOMIC_RELEASE);
}

// The elements that had an event in the current step. Each worker writes the events of its own
// elements, in their order, to the place of its first element; so all events are in index order.
struct Events {
    int32_t* rows;    // [instances][n]
    int64_t* counts;  // [instances][threads]
};

inline bool create(Events& events, int64_t instances, int64_t n, int32_t threads) {
    events.rows = (int32_t*)calloc((size_t)greatest(instances * n, 1), sizeof(int32_t));
    events.counts = (int64_t*)calloc((size_t)(instances * threads), sizeof(int64_t));
    return events.rows != nullptr && events.counts != nullptr;
}

// Whether no element has an event, where one worker does everything.
inline bool none(const Events& events, int64_t instances) {
    for (int64_t instance = 0; instance < instances; ++instance)
        if (events.counts[instance] != 0) return false;
    return true;
}

inline void destroy(Events& events) {
    free(events.rows);
    free(events.counts);
}

// How many elements of an instance have an event.
inline int64_t number(const Events& events, int32_t threads, int64_t instance) {
    int64_t total = 0;
    for (int32_t owner = 0; owner < threads; ++owner) total += events.counts[instance * threads + owner];
    return total;
}

// Write the elements of one instance that had an event, in order, unless there is nowhere to; return their number.
inline int64_t events_of(
    const Events& events, int64_t instances, int64_t n, int32_t threads, int64_t instance, int32_t* elements) {
    int64_t total = 0;
    for (int32_t owner = 0; owner < threads; ++owner) {
        const Range owned = within(share(instances * n, {owner, threads}), instance, n);
        if (owned.begin >= owned.end) continue;
        const int64_t count = events.counts[instance * threads + owner];
        if (elements != nullptr && count > 0)
            memcpy(elements + total, events.rows + instance * n + owned.begin, (size_t)count * sizeof(int32_t));
        total += count;
    }
    return total;
}

// One worker has found all events of an instance and written them, in order, from its beginning on: give them to the
// owners of their elements. Each lies at or before its place, so they are moved from the last one on.
inline void deal(Events& events, int64_t instances, int64_t n, int32_t threads, int64_t instance, int64_t count) {
    int32_t* const rows = events.rows + instance * n;
    int64_t end = count;
    for (int32_t owner = threads - 1; owner >= 0; --owner) {
        const Range own = owned(instances, n, {owner, threads}, instance);
        if (own.begin >= own.end) continue;
        const int64_t first = first_from(rows, 0, end, own.begin);
        memmove(rows + own.begin, rows + first, (size_t)(end - first) * sizeof(int32_t));
        events.counts[instance * threads + owner] = end - first;
        end = first;
    }
}

// Let these elements of one instance, in order, be those that had an event.
inline void set_events(Events& events, int64_t instances, int64_t n, int32_t threads, int64_t instance,
                       const int32_t* elements, int64_t count) {
    int64_t next = 0;
    for (int32_t owner = 0; owner < threads; ++owner) {
        const Range owned = within(share(instances * n, {owner, threads}), instance, n);
        if (owned.begin >= owned.end) continue;
        int64_t taken = 0;
        for (; next < count && elements[next] < owned.end; ++next, ++taken)
            events.rows[instance * n + owned.begin + taken] = elements[next];
        events.counts[instance * threads + owner] = taken;
    }
}

// Rows in columns that grow; one per instance.
template <int32_t count> struct Record {
    void* columns[count];
    int64_t rows;
    int64_t capacity;
};

// Make room for `more` rows; false, with everything recorded still there, if memory is short.
template <int32_t count> inline bool reserve(Record<count>& record, const int32_t* widths, int64_t more) {
    if (record.rows + more <= record.capacity) return true;
    const int64_t capacity = greatest(record.rows + more, record.capacity + record.capacity / 2 + 64);
    for (int32_t column = 0; column < count; ++column) {
        void* grown = realloc(record.columns[column], (size_t)(capacity * widths[column]));
        if (grown == nullptr) return false;
        record.columns[column] = grown;
    }
    record.capacity = capacity;
    return true;
}

template <int32_t count> inline int64_t rows(const Record<count>* records, int64_t instance) {
    return records[instance].rows;
}

template <int32_t count>
inline const void* column(const Record<count>* records, int64_t instance, int32_t number) {
    return records[instance].columns[number];
}

template <int32_t count> inline void clear(Record<count>* records, int64_t instance) {
    records[instance].rows = 0;
}

template <int32_t count> inline void destroy(Record<count>* records, int64_t instances) {
    if (records == nullptr) return;
    for (int64_t instance = 0; instance < instances; ++instance)
        for (int32_t column = 0; column < count; ++column) free(records[instance].columns[column]);
    free(records);
}

// The events of the last steps of one instance: their steps and elements, in order. Forgotten rows
// stay in front of the others until they are more than those.
struct History {
    Record<2> events;
    int64_t first;
};

inline const int64_t* steps(const History& history) { return (const int64_t*)history.events.columns[0]; }
inline const int32_t* elements(const History& history) { return (const int32_t*)history.events.columns[1]; }

// Let all instances begin with the same events; false if memory is short.
inline bool begin(History* histories, int64_t instances, const int32_t* widths, const int64_t* steps,
                  const int32_t* elements, int64_t rows) {
    for (int64_t instance = 0; rows > 0 && instance < instances; ++instance) {
        Record<2>& events = histories[instance].events;
        events.rows = 0;
        if (!reserve(events, widths, rows)) return false;
        memcpy(events.columns[0], steps, (size_t)(rows * widths[0]));
        memcpy(events.columns[1], elements, (size_t)(rows * widths[1]));
        events.rows = rows;
    }
    return true;
}

// Forget the events of steps before `step`.
inline void forget(History& history, const int32_t* widths, int64_t step) {
    Record<2>& events = history.events;
    history.first = first_from(steps(history), history.first, events.rows, step);
    const int64_t held = events.rows - history.first;
    if (history.first <= held) return;
    for (int32_t column = 0; column < 2; ++column) {
        char* const rows = (char*)events.columns[column];
        memmove(rows, rows + history.first * widths[column], (size_t)(held * widths[column]));
    }
    events.rows = held;
    history.first = 0;
}

// The rows of one step. They are looked for from `from` on: steps are asked for in ascending order.
inline Range of_step(const History& history, int64_t from, int64_t step) {
    const int64_t* const known = steps(history);
    if (from > history.first && known[from - 1] >= step) from = history.first;
    const int64_t begin = next_from(known, from, history.events.rows, step);
    return {begin, next_from(known, begin, history.events.rows, step + 1)};
}

inline int64_t rows(const History* histories, int64_t instance) {
    return histories[instance].events.rows - histories[instance].first;
}

inline const void* column(const History* histories, const int32_t* widths, int64_t instance, int32_t number) {
    return (const char*)histories[instance].events.columns[number] + histories[instance].first * widths[number];
}

inline void destroy(History* histories, int64_t instances) {
    if (histories == nullptr) return;
    for (int64_t instance = 0; instance < instances; ++instance)
        for (int32_t column = 0; column < 2; ++column) free(histories[instance].events.columns[column]);
    free(histories);
}

}  // namespace eqsim
