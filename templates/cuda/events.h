// The events of a step, in index order, and those of the last steps.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include <algorithm>
#include <vector>

#include "device_memory.h"
#include "order.h"
#include "shapes.h"

namespace eqsim {

// The elements that had an event in the current step. Each block lists those of its tile in the tile's own place; the block
// that is done last then moves the lists together, so that all events of an instance are in index order however the blocks ran.
struct Events {
    int32_t* listed;    // [instances][n]
    int32_t* lengths;   // [instances][tiles]
    uint32_t* arrived;  // [instances], how many blocks are done
    int32_t* rows;      // [instances][n]
    int64_t* counts;    // [instances]
};

// Move the lists of all tiles together; all threads of a block must call it.
__device__ inline void join(const Events& events, int64_t instance, int64_t n) {
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

// Events as they are found, in order: those of a tile among several are joined by the last block, and those of a block that
// visits all elements of the instance go where they belong.
struct Listing {
    const Events& events;
    int64_t instance, n, blocks, count = 0;

    __device__ Listing(const Events& events_, int64_t instance_, int64_t n_, int64_t blocks_)
        : events(events_), instance(instance_), n(n_), blocks(blocks_) {}

    // Each thread of the block gives the index of its element, or a negative number if it had no event.
    __device__ void add(int64_t first, int32_t event) {
        const Place place = place_of(event >= 0);
        if (blocks == 1) {
            if (event >= 0) events.rows[instance * n + count + place.before] = event;
            count += place.total;
            return;
        }
        if (event >= 0) events.listed[instance * n + first + place.before] = event;
        if (threadIdx.x == 0) events.lengths[instance * tiles(n) + first / blockDim.x] = place.total;
    }

    // All threads of the block, of which one tells how many events there are.
    __device__ void finish() const {
        if (blocks == 1 && threadIdx.x == 0) tell();
        if (blocks > 1 && comes_last(events.arrived[instance], blocks)) join(events, instance, n);
    }

    // A thread that is alone.
    __device__ void append(int32_t event) {
        if (event >= 0) events.rows[instance * n + count++] = event;
    }
    __device__ void tell() const { events.counts[instance] = count; }
};

// Elements in order.
struct List {
    const int32_t* rows;
    int64_t count;
};

__device__ inline List listed(const Events& events, int64_t instance, int64_t n) {
    return {events.rows + instance * n, events.counts[instance]};
}

inline void want(Allocator& memory, const char* name, Events& events, int64_t instances, int64_t n) {
    memory.want(name, events.listed, instances * n);
    memory.want(name, events.lengths, instances * tiles(n));
    memory.want(name, events.arrived, instances);
    memory.want(name, events.rows, instances * n);
    memory.want(name, events.counts, instances);
}

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

}  // namespace eqsim
