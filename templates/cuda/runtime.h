// What every generated CUDA simulation needs beside its kernels: shapes of launches, lists of events in index order, and
// records that are filled on the device and drained to the host. Nothing here depends on the order in which blocks run.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>
#include <string.h>

#include <initializer_list>
#include <vector>

namespace eqsim {

// ---------------------------------------------------------------------------------------------- shapes of launches

constexpr int64_t widest_tile = 256;
constexpr int64_t most_blocks = 65536;  // kernels stride over what is left

struct Shape {
    int64_t blocks;
    int64_t threads;
};

__host__ __device__ inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
__host__ __device__ inline int64_t greatest(int64_t a, int64_t b) { return a > b ? a : b; }

// Threads of a block that works on one instance of `n` elements: whole warps, and few of them for few elements.
__host__ __device__ inline int64_t tile_width(int64_t n) { return least(widest_tile, greatest((n + 31) / 32, 1) * 32); }
__host__ __device__ inline int64_t tiles(int64_t n) { return (n + tile_width(n) - 1) / tile_width(n); }

// One thread per instance.
inline Shape once(int64_t instances) { return {least((instances + 31) / 32, most_blocks), 32}; }
// One block per tile of each instance.
inline Shape tiled(int64_t instances, int64_t n) { return {least(instances * tiles(n), most_blocks), tile_width(n)}; }
// One block per instance, which visits its tiles in order.
inline Shape ordered(int64_t instances, int64_t n) { return {n > 0 ? least(instances, most_blocks) : 0, tile_width(n)}; }
// One block per instance with one thread per tile, as far as a block can have so many.
inline Shape joined(int64_t instances, int64_t n) {
    return {least(instances, most_blocks), least(greatest((tiles(n) + 31) / 32, 1) * 32, 1024)};
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

// Integers only: their sum does not depend on the order. It wraps, as on every target.
__device__ inline void add(int64_t& place, int64_t value) {
    atomicAdd(reinterpret_cast<unsigned long long*>(&place), static_cast<unsigned long long>(value));
}
__device__ inline void add(int32_t& place, int32_t value) { atomicAdd(&place, value); }

// --------------------------------------------------------------------------------------------------------------- checks

// A failed check is one number, so that the least is found without an order of threads: sixteen bits for the tick since the
// last drain, twelve for the problem, the rest for the element among those of all instances.
constexpr unsigned long long nothing_failed = ~0ULL;
constexpr int bits_of_problem = 12, bits_of_element = 36;

__device__ inline void note(unsigned long long* failed, int64_t tick, int64_t problem, int64_t element) {
    atomicMin(failed, static_cast<unsigned long long>((tick << bits_of_problem | problem) << bits_of_element | element));
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

// List the events of a tile: each thread gives the index of its element, or a negative number if it had none.
__device__ inline void fill(const Events& events, int64_t instance, int64_t n, int64_t first, int32_t event) {
    const Place place = place_of(event >= 0);
    if (event >= 0) events.listed[instance * n + first + place.before] = event;
    if (threadIdx.x == 0) events.lengths[instance * tiles(n) + first / blockDim.x] = place.total;
}

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

// ------------------------------------------------------------------------------------------------- memory of the host

// Device memory for so many values, all zero; false if memory is short.
template <class T> inline bool allocate(T*& memory, int64_t values) {
    const size_t bytes = static_cast<size_t>(greatest(values, 1)) * sizeof(T);
    void* found = nullptr;
    if (cudaMalloc(&found, bytes) != cudaSuccess) return false;
    memory = static_cast<T*>(found);
    return cudaMemset(found, 0, bytes) == cudaSuccess;
}

inline bool create(Events& events, int64_t instances, int64_t n) {
    return allocate(events.listed, instances * n) && allocate(events.lengths, instances * tiles(n)) &&
           allocate(events.rows, instances * n) && allocate(events.counts, instances);
}

inline void destroy(Events& events) {
    cudaFree(events.listed);
    cudaFree(events.lengths);
    cudaFree(events.rows);
    cudaFree(events.counts);
}

template <int32_t... widths>
inline bool create(Record<widths...>& record, int64_t instances, int64_t rows) {
    record.instances = instances;
    record.capacity = (rows + 7) / 8 * 8;
    return allocate(record.memory, instances * record.capacity * record.bytes_of_row) &&
           allocate(record.rows, instances);
}

template <int32_t... widths> inline void destroy(Record<widths...>& record) {
    cudaFree(record.memory);
    cudaFree(record.rows);
}

template <class T> inline bool upload(T* device, const T* host, int64_t values, cudaStream_t stream) {
    const size_t bytes = static_cast<size_t>(values) * sizeof(T);
    return cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream) == cudaSuccess;
}

template <class T> inline bool download(T* host, const T* device, int64_t values, cudaStream_t stream) {
    const size_t bytes = static_cast<size_t>(values) * sizeof(T);
    return cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream) == cudaSuccess;
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

}  // namespace eqsim
