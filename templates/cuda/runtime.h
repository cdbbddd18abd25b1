// What every generated CUDA simulation needs beside its kernels: shapes of launches, lists of events in index order, and
// records that are filled on the device and drained to the host. Nothing here depends on the order in which blocks run.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <string>
#include <vector>

namespace eqsim {

// ---------------------------------------------------------------------------------------------- shapes of launches

constexpr int64_t widest_tile = 256;
constexpr int64_t most_blocks = 65536;  // kernels stride over what is left
constexpr int64_t threads_of_persistent = 512;
constexpr int64_t warps_of_block = widest_tile / 32;

struct Shape {
    int64_t blocks;
    int64_t threads;
};

__host__ __device__ inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
__host__ __device__ inline int64_t greatest(int64_t a, int64_t b) { return a > b ? a : b; }
__host__ __device__ inline int64_t quotient_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Threads of a block that works on one instance of `n` elements: whole warps, and few of them for few elements.
__host__ __device__ inline int64_t tile_width(int64_t n) { return least(widest_tile, greatest((n + 31) / 32, 1) * 32); }
__host__ __device__ inline int64_t tiles(int64_t n) { return quotient_up(n, tile_width(n)); }

// How many neighbouring targets a warp owns: one for each lane, and more where there are more warps than a device runs.
__host__ __device__ inline int64_t targets_of_warp(int64_t n, int64_t instances) {
    return least(greatest(quotient_up(n * instances, 4096), 32), 4096);
}
inline int64_t parts_of_targets(int64_t n, int64_t instances) {
    return quotient_up(quotient_up(n, targets_of_warp(n, instances)), warps_of_block);
}
// Rows with events are few: blocks enough to fill a device, and no more.
inline int64_t parts_of_rows(int64_t rows, int64_t instances) {
    return least(quotient_up(rows, warps_of_block), greatest(1024 / instances, 1));
}

// One thread per instance.
inline Shape once(int64_t instances) { return {least((instances + 31) / 32, most_blocks), 32}; }
// So many blocks per instance.
inline Shape in_parts(int64_t instances, int64_t parts, int64_t threads) {
    return {least(instances * parts, most_blocks), threads};
}
// One block per instance with one thread per tile, as far as a block can have so many.
inline Shape joined(int64_t instances, int64_t n) {
    return {least(instances, most_blocks), least(greatest((tiles(n) + 31) / 32, 1) * 32, 1024)};
}

template <class... Taken, class... Given>
inline void launch(void (*kernel)(Taken...), Shape shape, cudaStream_t stream, const Given&... given) {
    if (shape.blocks == 0) return;
    kernel<<<(unsigned)shape.blocks, (unsigned)shape.threads, 0, stream>>>(given...);
}

// ----------------------------------------------------------------------------------------------- searching ascending values

struct Range {
    int64_t begin;
    int64_t end;
};

__device__ inline Range common(Range a, Range b) { return {greatest(a.begin, b.begin), least(a.end, b.end)}; }

// Where in ascending values, from `begin` up to `end`, the first is that is not less than `bound`; `end` if none is.
template <class Value> __device__ inline int64_t first_from(const Value* values, int64_t begin, int64_t end, int64_t bound) {
    while (begin < end) {
        const int64_t middle = begin + (end - begin) / 2;
        if ((int64_t)values[middle] < bound) begin = middle + 1;
        else end = middle;
    }
    return begin;
}

// The same for values that lie scattered, at `places`.
template <class Value>
__device__ inline int64_t first_from(const Value* values, const int32_t* places, int64_t begin, int64_t end, int64_t bound) {
    while (begin < end) {
        const int64_t middle = begin + (end - begin) / 2;
        if ((int64_t)values[places[middle]] < bound) begin = middle + 1;
        else end = middle;
    }
    return begin;
}

// Which part of ascending values is owned.
template <class Value> __device__ inline Range narrowed(const Value* values, Range part, Range own) {
    const int64_t begin = first_from(values, part.begin, part.end, own.begin);
    return {begin, first_from(values, begin, part.end, own.end)};
}
template <class Value>
__device__ inline Range narrowed(const Value* values, const int32_t* places, Range part, Range own) {
    const int64_t begin = first_from(values, places, part.begin, part.end, own.begin);
    return {begin, first_from(values, places, begin, part.end, own.end)};
}

// ----------------------------------------------------------------------------------------------------- order in a warp

constexpr uint32_t whole_warp = 0xffffffffu;

// How many lanes just before this one have the same place: equal ones are neighbours.
__device__ inline int32_t turn(int64_t place) {
    const int32_t lane = (int32_t)(threadIdx.x % 32);
    const int64_t previous = __shfl_up_sync(whole_warp, place, 1);
    const uint32_t first = __ballot_sync(whole_warp, lane == 0 || previous != place);
    const uint32_t until = first & (whole_warp >> (31 - lane));
    return lane - (31 - __clz((int32_t)until));
}

__device__ inline Range of_lane(Range range, int32_t lane) {
    return {__shfl_sync(whole_warp, range.begin, lane), __shfl_sync(whole_warp, range.end, lane)};
}

// --------------------------------------------------------------------------------------------------- order in a block

// How much precedes a thread in its block, in the order of the threads, and how much there is in all.
struct Place {
    int32_t before;
    int32_t total;
};

// From the place within the warp to the place within the block; all threads of the block must call it.
__device__ inline Place place_in_block(int32_t before, int32_t total_of_warp) {
    __shared__ int32_t totals[32];
    const uint32_t warp = threadIdx.x / 32, warps = blockDim.x / 32;
    if (threadIdx.x % 32 == 0) totals[warp] = total_of_warp;
    __syncthreads();
    Place place = {before, 0};
    for (uint32_t each = 0; each < warps; ++each) {
        if (each < warp) place.before += totals[each];
        place.total += totals[each];
    }
    __syncthreads();  // the totals may be overwritten from here on
    return place;
}

// The place of a thread that has one thing or nothing.
__device__ inline Place place_of(bool present) {
    const uint32_t word = __ballot_sync(0xffffffffu, present);
    const uint32_t below = (1u << threadIdx.x % 32) - 1u;
    return place_in_block(__popc(word & below), __popc(word));
}

// The place of a thread that has `count` things.
__device__ inline Place place_of(int32_t count) {
    int32_t until = count;
    for (uint32_t distance = 1; distance < 32; distance *= 2) {
        const int32_t other = __shfl_up_sync(0xffffffffu, until, distance);
        if (threadIdx.x % 32 >= distance) until += other;
    }
    return place_in_block(until - count, __shfl_sync(0xffffffffu, until, 31));
}

// ------------------------------------------------------------------------------------------------------------- sums

// A sum of integers does not depend on the order; it wraps, as on every target. One of fractions does: unless any order
// will do, a place belongs to one thread at a time, which then adds `alone`.
__device__ inline void add_with_others(int64_t& place, int64_t value) {
    atomicAdd(reinterpret_cast<unsigned long long*>(&place), static_cast<unsigned long long>(value));
}
__device__ inline void add_with_others(int32_t& place, int32_t value) { atomicAdd(&place, value); }
__device__ inline void add_with_others(double& place, double value) { atomicAdd(&place, value); }
__device__ inline void add_with_others(float& place, float value) { atomicAdd(&place, value); }

template <bool alone, class T> __device__ inline void add(T& place, T value) {
    if (alone) place = (T)(place + value);
    else add_with_others(place, value);
}
template <bool alone> __device__ inline void add(int64_t& place, int64_t value) {
    if (alone) place = (int64_t)((uint64_t)place + (uint64_t)value);
    else add_with_others(place, value);
}
template <bool alone> __device__ inline void add(int32_t& place, int32_t value) {
    if (alone) place = (int32_t)((uint32_t)place + (uint32_t)value);
    else add_with_others(place, value);
}

// --------------------------------------------------------------------------------------------------------------- checks

// A failed check is one number, so that the least is found without an order of threads: sixteen bits for the tick since the
// last drain, twelve for the problem, the rest for the element among those of all instances.
constexpr unsigned long long nothing_failed = ~0ULL;
constexpr int bits_of_problem = 12, bits_of_element = 36;

__device__ inline void note(unsigned long long* failed, int64_t tick, int64_t problem, int64_t element) {
    atomicMin(failed, static_cast<unsigned long long>((tick << bits_of_problem | problem) << bits_of_element | element));
}

// Whether a check failed in an earlier tick: what follows it does not happen.
__device__ inline bool has_stopped(const unsigned long long* failed, int64_t tick) {
    return static_cast<int64_t>(*(const volatile unsigned long long*)failed >> (bits_of_problem + bits_of_element)) < tick;
}

struct FailedCheck {
    int64_t tick;
    int64_t problem;
    int64_t element;
};

inline FailedCheck failed_check(unsigned long long noted) {
    const int64_t upper = static_cast<int64_t>(noted >> bits_of_element);
    const int64_t element = static_cast<int64_t>(noted & ((1ULL << bits_of_element) - 1));
    return {upper >> bits_of_problem, upper & ((INT64_C(1) << bits_of_problem) - 1), element};
}

// ------------------------------------------------------------------------------------------------ events of the step

// The elements that had an event in the current step. Each block lists those of its tile in the tile's own place; `join`
// then moves the lists together, so that all events of an instance are in index order however the blocks ran.
struct Events {
    int32_t* listed;  // [instances][n]
    int32_t* lengths; // [instances][tiles]
    int32_t* rows;    // [instances][n]
    int64_t* counts;  // [instances]
};

// Events as they are found, in order: those of a tile among several wait for `join`, and those of a block that visits all
// elements of the instance go where they belong.
struct Listing {
    const Events& events;
    int64_t instance, n, count = 0;
    bool is_joined;

    __device__ Listing(const Events& events_, int64_t instance_, int64_t n_, int64_t blocks)
        : events(events_), instance(instance_), n(n_), is_joined(blocks > 1) {}

    // Each thread of the block gives the index of its element, or a negative number if it had no event.
    __device__ void add(int64_t first, int32_t event) {
        const Place place = place_of(event >= 0);
        if (!is_joined) {
            if (event >= 0) events.rows[instance * n + count + place.before] = event;
            count += place.total;
            return;
        }
        if (event >= 0) events.listed[instance * n + first + place.before] = event;
        if (threadIdx.x == 0) events.lengths[instance * tiles(n) + first / blockDim.x] = place.total;
    }

    // A thread that is alone.
    __device__ void append(int32_t event) {
        if (event >= 0) events.rows[instance * n + count++] = event;
    }

    __device__ void finish(bool is_told) const {
        if (is_told && !is_joined) events.counts[instance] = count;
    }
};

[[maybe_unused]] static __global__ void join(Events events, int64_t instances, int64_t n) {
    for (int64_t instance = blockIdx.x; instance < instances; instance += gridDim.x) {
        int64_t joined = 0;
        for (int64_t first = 0; first < tiles(n); first += blockDim.x) {
            const int64_t tile = first + threadIdx.x;
            const int32_t length = tile < tiles(n) ? events.lengths[instance * tiles(n) + tile] : 0;
            const Place place = place_of(length);
            const int32_t* const from = events.listed + instance * n + tile * tile_width(n);
            int32_t* const to = events.rows + instance * n + joined + place.before;
            for (int32_t row = 0; row < length; ++row) to[row] = from[row];
            joined += place.total;
        }
        if (threadIdx.x == 0) events.counts[instance] = joined;
    }
}

// Elements in order.
struct List {
    const int32_t* rows;
    int64_t count;
};

__device__ inline List listed(const Events& events, int64_t instance, int64_t n) {
    return {events.rows + instance * n, events.counts[instance]};
}

// ------------------------------------------------------------------------------------------------ events of the last steps

// A ring of lists, of which each step takes the place of the one that is longest ago.
struct History {
    int32_t* rows;    // [instances][slots][n]
    int64_t* counts;  // [instances][slots]
    int64_t* steps;   // [instances][slots], of which step; below all steps if of none
    int64_t instances, slots, n, depth;

    // What one element appends: the step, which its list has, and its index.
    struct Row {
        int32_t element = 0;
        bool present = false;

        template <class T> __device__ void set(int32_t column, T value) {
            if (column == 1) element = static_cast<int32_t>(value);
        }
    };

    __host__ __device__ int64_t slot(int64_t step) const { return (step % slots + slots) % slots; }

    __device__ int64_t newest(int64_t instance) const { return steps[instances * slots + instance]; }

    // The lists of an instance follow each other; that of the current step is the newest.
    __device__ void append(int64_t instance, const Row& row) const {
        const int64_t place = instance * slots + slot(newest(instance));
        if (row.present) rows[place * n + counts[place]++] = row.element;
    }

    __device__ void append_in_order(int64_t instance, const Row& row) const {
        const int64_t place = instance * slots + slot(newest(instance)), before = counts[place];
        const Place own = place_of(row.present);
        if (row.present) rows[place * n + before + own.before] = row.element;
        if (threadIdx.x == 0) counts[place] = before + own.total;
        __syncthreads();
    }
};

constexpr int64_t no_step = INT64_MIN;

// A block begins the list of a step.
__device__ inline void begin_step(const History& history, int64_t instance, int64_t step) {
    if (threadIdx.x == 0) {
        const int64_t place = instance * history.slots + history.slot(step);
        history.counts[place] = 0;
        history.steps[place] = step;
        history.steps[history.instances * history.slots + instance] = step;
    }
    __syncthreads();
}

__device__ inline List listed(const History& history, int64_t instance, int64_t step) {
    const int64_t place = instance * history.slots + history.slot(step);
    return {history.rows + place * history.n, history.steps[place] == step ? history.counts[place] : 0};
}

// ---------------------------------------------------------------------------------------------- records on the device

// Rows in columns of the given widths in bytes, as many per instance as can be appended until the host drains them:
// there is always room.
template <int32_t... widths> struct Record {
    static constexpr int32_t columns = sizeof...(widths);
    static constexpr int64_t bytes_of_row = (widths + ...);

    // The row that one element appends, or none.
    struct Row {
        uint64_t values[columns] = {};
        bool present = false;

        template <class T> __device__ void set(int32_t column, T value) {
            uint64_t bits = 0;
            memcpy(&bits, &value, sizeof value);
            values[column] = bits;
        }
    };

    unsigned char* memory;  // one column after the other, each [instances][capacity]
    int64_t* rows;          // [instances]
    int64_t instances;
    int64_t capacity;       // a multiple of 8, which aligns every column

    __device__ void store(int64_t instance, int64_t at, const Row& row) const {
        constexpr int32_t width_of[] = {widths...};
        const int64_t place = instance * capacity + at;
        unsigned char* column = memory;
#pragma unroll
        for (int32_t number = 0; number < columns; ++number) {
            const int32_t width = width_of[number];
            const uint64_t value = row.values[number];
            if (width == 8) reinterpret_cast<uint64_t*>(column)[place] = value;
            if (width == 4) reinterpret_cast<uint32_t*>(column)[place] = static_cast<uint32_t>(value);
            if (width == 1) column[place] = static_cast<unsigned char>(value);
            column += instances * capacity * width;
        }
    }

    // Append the row of a thread that has the instance to itself.
    __device__ void append(int64_t instance, const Row& row) const {
        if (row.present) store(instance, rows[instance]++, row);
    }

    // Append the rows of a block that has the instance to itself, in the order of its threads.
    __device__ void append_in_order(int64_t instance, const Row& row) const {
        const int64_t before = rows[instance];
        const Place place = place_of(row.present);
        if (row.present) store(instance, before + place.before, row);
        if (threadIdx.x == 0) rows[instance] = before + place.total;
        __syncthreads();
    }
};

// ------------------------------------------------------------------------------------------------- memory of the device

// What the last failure was, for the user.
inline std::string& told() {
    static thread_local std::string text;
    return text;
}

inline std::string in_units(double bytes) {
    const char* const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    int unit = 0;
    for (; bytes >= 1000.0 && unit < 4; ++unit) bytes /= 1000.0;
    char text[64];
    snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
    return text;
}

// All memory is planned before any is taken, so that the user is told what is too large.
class Allocator {
public:
    template <class T> void want(const char* name, T*& place, int64_t values) {
        wanted_.push_back({name, (void**)&place, (size_t)greatest(values, 1) * sizeof(T)});
    }

    // Make all of it, zero; false, with the reason told, if memory is short.
    bool take(std::vector<void*>& taken) const {
        size_t available = 0, all = 0, total = 0;
        if (cudaMemGetInfo(&available, &all) != cudaSuccess) return false;
        for (const Wanted& each : wanted_) total += each.bytes;
        if (total > available) return tell(largest(), total, available, all);
        for (const Wanted& each : wanted_) {
            *each.place = nullptr;
            if (cudaMalloc(each.place, each.bytes) != cudaSuccess) {
                cudaGetLastError();  // is told
                return tell(each, total, available, all);
            }
            taken.push_back(*each.place);
            if (cudaMemset(*each.place, 0, each.bytes) != cudaSuccess) return false;
        }
        return true;
    }

private:
    struct Wanted {
        const char* name;
        void** place;
        size_t bytes;
    };

    const Wanted& largest() const {
        size_t found = 0;
        for (size_t each = 1; each < wanted_.size(); ++each)
            if (wanted_[each].bytes > wanted_[found].bytes) found = each;
        return wanted_[found];
    }

    bool tell(const Wanted& short_of, size_t total, size_t available, size_t all) const {
        told() = std::string("the device has too little memory for '") + short_of.name + "'\n  it takes " +
                 in_units((double)short_of.bytes) + " of " + in_units((double)total) + " that the simulation needs; " +
                 in_units((double)available) + " of " + in_units((double)all) + " are free\n  all that takes more than a"
                 " hundredth:";
        for (const Wanted& each : wanted_)
            if (each.bytes * 100 >= total) told() += std::string("\n    ") + each.name + ": " + in_units((double)each.bytes);
        return false;
    }

    std::vector<Wanted> wanted_;
};

inline void want(Allocator& memory, const char* name, Events& events, int64_t instances, int64_t n) {
    memory.want(name, events.listed, instances * n);
    memory.want(name, events.lengths, instances * tiles(n));
    memory.want(name, events.rows, instances * n);
    memory.want(name, events.counts, instances);
}

// There is room for all steps that the depth tells, and for those that the rows are of.
inline void want(Allocator& memory, const char* name, History& history, int64_t instances, int64_t n, int64_t depth,
                 const int64_t* steps, int64_t rows) {
    history.instances = instances;
    history.n = n;
    history.depth = depth;
    history.slots = greatest(depth, rows > 0 ? steps[rows - 1] - steps[0] : 0) + 1;
    memory.want(name, history.rows, instances * history.slots * n);
    memory.want(name, history.counts, instances * history.slots);
    memory.want(name, history.steps, instances * history.slots + instances);
}

// Let all instances begin with the same events, in order.
inline bool begin(const History& history, const int64_t* steps, const int32_t* elements, int64_t rows) {
    const size_t slots = (size_t)history.slots, instances = (size_t)history.instances;
    std::vector<int64_t> counts(slots), known(slots, no_step);
    std::vector<int32_t> lists(rows > 0 ? slots * (size_t)history.n : 0);
    for (int64_t row = 0; row < rows; ++row) {
        const size_t slot = (size_t)history.slot(steps[row]);
        known[slot] = steps[row];
        lists[slot * (size_t)history.n + (size_t)counts[slot]++] = elements[row];
    }
    const int64_t newest = no_step;
    bool complete = true;
    for (size_t instance = 0; instance < instances; ++instance) {
        const size_t place = instance * slots;
        complete &= cudaMemcpy(history.counts + place, counts.data(), slots * sizeof(int64_t), cudaMemcpyHostToDevice) == cudaSuccess;
        complete &= cudaMemcpy(history.steps + place, known.data(), slots * sizeof(int64_t), cudaMemcpyHostToDevice) == cudaSuccess;
        complete &= cudaMemcpy(history.steps + instances * slots + instance, &newest, sizeof(int64_t), cudaMemcpyHostToDevice) == cudaSuccess;
        if (rows > 0)
            complete &= cudaMemcpy(history.rows + place * (size_t)history.n, lists.data(), lists.size() * sizeof(int32_t), cudaMemcpyHostToDevice) == cudaSuccess;
    }
    return complete;
}

template <int32_t... widths>
inline void want(Allocator& memory, const char* name, Record<widths...>& record, int64_t instances, int64_t rows) {
    record.instances = instances;
    record.capacity = (rows + 7) / 8 * 8;
    memory.want(name, record.memory, instances * record.capacity * record.bytes_of_row);
    memory.want(name, record.rows, instances);
}

template <class T> inline bool upload(T* device, const T* host, int64_t values, cudaStream_t stream) {
    const size_t bytes = static_cast<size_t>(values) * sizeof(T);
    return cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream) == cudaSuccess;
}

template <class T> inline bool download(T* host, const T* device, int64_t values, cudaStream_t stream) {
    const size_t bytes = static_cast<size_t>(values) * sizeof(T);
    return cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream) == cudaSuccess;
}

template <class T> inline bool copy(T* to, const T* from, int64_t values, cudaStream_t stream) {
    const size_t bytes = static_cast<size_t>(values) * sizeof(T);
    return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream) == cudaSuccess;
}

// Give a variable of the device a value of the host, or one that lies on the device.
template <class T> inline bool set(T& variable, T value, cudaStream_t stream) {
    return cudaMemcpyToSymbolAsync(variable, &value, sizeof value, 0, cudaMemcpyHostToDevice, stream) == cudaSuccess;
}
template <class T> inline bool set_from(T& variable, const T* value, cudaStream_t stream) {
    return cudaMemcpyToSymbolAsync(variable, value, sizeof(T), 0, cudaMemcpyDeviceToDevice, stream) == cudaSuccess;
}

// What was drained from a record, until the caller takes it.
struct Drained {
    struct Instance {
        int64_t rows = 0;
        std::vector<std::vector<unsigned char>> columns;
    };
    std::vector<Instance> instances;
};

inline void prepare(Drained& drained, int64_t instances, int32_t columns) {
    drained.instances.resize(static_cast<size_t>(instances));
    for (Drained::Instance& each : drained.instances) each.columns.resize(static_cast<size_t>(columns));
}

// Move the rows of a record to the host, one copy per column; false if the device failed.
template <int32_t... widths>
inline bool drain(const Record<widths...>& record, Drained& drained, cudaStream_t stream) {
    const size_t instances = static_cast<size_t>(record.instances);
    std::vector<int64_t> rows(instances);
    if (!download(rows.data(), record.rows, record.instances, stream)) return false;
    if (cudaStreamSynchronize(stream) != cudaSuccess) return false;
    int64_t most = 0;
    for (int64_t each : rows) most = greatest(most, each);
    if (most == 0) return true;
    const unsigned char* column = record.memory;
    std::vector<unsigned char> copied;
    size_t number = 0;
    for (size_t width : {static_cast<size_t>(widths)...}) {
        const size_t pitch = static_cast<size_t>(record.capacity) * width, used = static_cast<size_t>(most) * width;
        copied.resize(instances * used);
        if (cudaMemcpy2DAsync(copied.data(), used, column, pitch, used, instances, cudaMemcpyDeviceToHost, stream) !=
            cudaSuccess)
            return false;
        if (cudaStreamSynchronize(stream) != cudaSuccess) return false;
        for (size_t instance = 0; instance < instances; ++instance) {
            const unsigned char* const first = copied.data() + instance * used;
            std::vector<unsigned char>& all = drained.instances[instance].columns[number];
            all.insert(all.end(), first, first + static_cast<size_t>(rows[instance]) * width);
        }
        column += instances * pitch;
        ++number;
    }
    for (size_t instance = 0; instance < instances; ++instance) drained.instances[instance].rows += rows[instance];
    return cudaMemsetAsync(record.rows, 0, instances * sizeof(int64_t), stream) == cudaSuccess;
}

inline int64_t rows(const Drained& drained, int64_t instance) {
    return drained.instances[static_cast<size_t>(instance)].rows;
}

inline const void* column(const Drained& drained, int64_t instance, int32_t number) {
    return drained.instances[static_cast<size_t>(instance)].columns[static_cast<size_t>(number)].data();
}

inline void clear(Drained& drained, int64_t instance) {
    Drained::Instance& cleared = drained.instances[static_cast<size_t>(instance)];
    cleared.rows = 0;
    for (std::vector<unsigned char>& each : cleared.columns) each.clear();
}

// The events of the last steps, once the caller asks for them.
struct Copied {
    const History* from = nullptr;
    bool is_current = false;
    std::vector<std::vector<int64_t>> steps;
    std::vector<std::vector<int32_t>> elements;
};

inline bool fetch(Copied& copied, const History& history) {
    const size_t slots = (size_t)history.slots, instances = (size_t)history.instances, n = (size_t)history.n;
    std::vector<int64_t> counts(instances * slots), steps(instances * slots + instances);
    const auto fetched = [](void* to, const void* from, size_t bytes) {
        return cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost) == cudaSuccess;
    };
    copied.steps.assign(instances, {});
    copied.elements.assign(instances, {});
    if (!fetched(counts.data(), history.counts, counts.size() * sizeof(int64_t))) return false;
    if (!fetched(steps.data(), history.steps, steps.size() * sizeof(int64_t))) return false;
    for (size_t instance = 0; instance < instances; ++instance) {
        const int64_t newest = steps[instances * slots + instance];
        std::vector<size_t> places;
        for (size_t place = instance * slots; place < (instance + 1) * slots; ++place)
            if (counts[place] > 0 && (newest == no_step || steps[place] >= newest - history.depth)) places.push_back(place);
        std::sort(places.begin(), places.end(), [&](size_t a, size_t b) { return steps[a] < steps[b]; });
        for (const size_t place : places) {
            const size_t count = (size_t)counts[place], before = copied.elements[instance].size();
            copied.steps[instance].resize(before + count, steps[place]);
            copied.elements[instance].resize(before + count);
            if (!fetched(copied.elements[instance].data() + before, history.rows + place * n, count * sizeof(int32_t))) return false;
        }
    }
    return copied.is_current = true;
}

inline bool is_there(Copied& copied) {
    if (copied.is_current) return true;
    return copied.from != nullptr && fetch(copied, *copied.from);
}

inline int64_t rows(Copied& copied, int64_t instance) {
    return is_there(copied) ? (int64_t)copied.elements[(size_t)instance].size() : 0;
}

inline const void* column(Copied& copied, const int32_t*, int64_t instance, int32_t number) {
    if (!is_there(copied)) return nullptr;
    if (number == 0) return copied.steps[(size_t)instance].data();
    return copied.elements[(size_t)instance].data();
}

// --------------------------------------------------------------------------------------------------- the loop over time

// Memory for what is recorded between two drains, all records together; the number of ticks between them follows.
constexpr int64_t bytes_of_records = INT64_C(1) << 28;
constexpr int64_t most_ticks = 65536;
constexpr int64_t ticks_of_graph = 64;

// Which kernel began last, in memory of the host: what is on a device is lost when a kernel fails.
struct Trace {
    int64_t* on_device;
    int64_t* on_host;
};

constexpr int bits_of_kernel = 20;

__device__ inline void enter(const Trace& trace, int64_t tick, int64_t kernel) {
    if (blockIdx.x == 0 && threadIdx.x == 0) *(volatile int64_t*)trace.on_device = tick << bits_of_kernel | kernel;
}

// How a step is run: kernel by kernel, as a graph of many steps, or within one kernel with a block for each instance.
enum class Mode { automatic, launches, graph, persistent };

// Small networks wait for launches, so they run in one kernel; large ones need more than a block. Instances fill a device.
inline Mode chosen_mode(int32_t wanted, int64_t elements, int64_t entries, int64_t instances, bool may_persist) {
    const Mode mode = (Mode)wanted;
    if (mode == Mode::launches || mode == Mode::graph) return mode;
    if (!may_persist) return Mode::graph;
    if (mode == Mode::persistent) return mode;
    const int64_t each = instances >= 64 ? 16 : 1;
    return elements <= 4096 * each && entries <= 1000000 * each ? Mode::persistent : Mode::graph;
}

inline int64_t threads_for(int64_t elements) {
    return least(threads_of_persistent, greatest(quotient_up(elements, 32), 1) * 32);
}

struct Engine {
    cudaStream_t stream;
    Mode mode;
    int64_t threads;               // of a block that runs an instance alone
    int64_t ticks_between_drains;  // no record can overflow in so many ticks
    cudaGraph_t graph;
    cudaGraphExec_t executable;
    std::vector<void*> memory;
    cudaError_t failure;
    std::chrono::steady_clock::time_point began;
};

inline bool create(Engine& engine, const Allocator& memory, Trace& trace) {
    if (cudaStreamCreateWithFlags(&engine.stream, cudaStreamNonBlocking) != cudaSuccess) return false;
    void* found = nullptr;
    if (cudaHostAlloc(&found, sizeof(int64_t), cudaHostAllocMapped) != cudaSuccess) return false;
    trace.on_host = static_cast<int64_t*>(found);
    *trace.on_host = -1;
    if (cudaHostGetDevicePointer(&found, trace.on_host, 0) != cudaSuccess) return false;
    trace.on_device = static_cast<int64_t*>(found);
    return memory.take(engine.memory) && cudaDeviceSynchronize() == cudaSuccess;
}

inline void destroy(Engine& engine, Trace& trace) {
    for (void* each : engine.memory) cudaFree(each);
    if (engine.executable != nullptr) cudaGraphExecDestroy(engine.executable);
    if (engine.graph != nullptr) cudaGraphDestroy(engine.graph);
    if (trace.on_host != nullptr) cudaFreeHost(trace.on_host);
    if (engine.stream != nullptr) cudaStreamDestroy(engine.stream);
}

// Wait for all that was enqueued.
inline bool is_done(Engine& engine) {
    const cudaError_t last = cudaGetLastError();
    const cudaError_t waited = cudaStreamSynchronize(engine.stream);
    engine.failure = waited != cudaSuccess ? waited : last;
    return engine.failure == cudaSuccess;
}

// The graph of what `enqueue` enqueues, made once.
template <class Enqueue> inline bool has_graph(Engine& engine, Enqueue enqueue) {
    if (engine.executable != nullptr) return true;
    if (cudaStreamBeginCapture(engine.stream, cudaStreamCaptureModeThreadLocal) != cudaSuccess) return false;
    enqueue();
    if (cudaStreamEndCapture(engine.stream, &engine.graph) != cudaSuccess) return false;
    return cudaGraphInstantiateWithFlags(&engine.executable, engine.graph, 0) == cudaSuccess;
}

inline bool replay(Engine& engine) { return cudaGraphLaunch(engine.executable, engine.stream) == cudaSuccess; }

// Wait for a kernel and add the time since the last one.
inline void spent(Engine& engine, double& seconds) {
    cudaStreamSynchronize(engine.stream);
    const auto now = std::chrono::steady_clock::now();
    seconds += std::chrono::duration<double>(now - engine.began).count();
    engine.began = now;
}

// Tell in which kernel and step the device failed.
template <class Step> inline void tell_fault(Engine& engine, const Trace& trace, const char* const* kernels, Step step) {
    if (engine.failure == cudaSuccess) engine.failure = cudaGetLastError();
    told() = std::string("the device failed: ") + cudaGetErrorString(engine.failure);
    if (trace.on_host == nullptr || *trace.on_host < 0) return;
    const int64_t kernel = *trace.on_host & ((INT64_C(1) << bits_of_kernel) - 1);
    const int64_t number = step(*trace.on_host >> bits_of_kernel, kernel);
    told() += std::string("\n  the kernel that began last is ") + kernels[kernel] + "\n  in step " + std::to_string(number);
}

}  // namespace eqsim
