// Tables of synapses by their targets.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include "device_memory.h"
#include "scans.h"
#include "shapes.h"

namespace eqsim {

// The entries of a table by the element on their other side, in the order of the table's rows: who sums up those of an element
// adds in the order in which the processor does, which goes through all rows.
struct Segments {
    int32_t* begin;    // [others + 1]
    int32_t* entries;  // [entries of the table]
    int32_t* rows;     // [entries of the table], of each entry
};

// Where what belongs to each element begins, and how much of it is there, while a table is sorted.
struct Sorting {
    int64_t* begin;   // [others + 1]
    int64_t* carried;
    int32_t* filled;  // [others]
};

inline void want(Allocator& memory, Sorting& sorting, int64_t others) {
    memory.want("entries, while they are sorted", sorting.begin, others + 1);
    memory.want("entries, while they are sorted", sorting.carried, 1);
    memory.want("entries, while they are sorted", sorting.filled, others);
}

inline void want(Allocator& memory, const char* name, Segments& segments, int64_t entries, int64_t others) {
    memory.want(name, segments.begin, others + 1);
    memory.want(name, segments.entries, entries);
    memory.want(name, segments.rows, entries);
    Allocator before;
    Sorting sorting = {};
    want(before, sorting, others);
    memory.want_before(before.bytes());
}

// A table as it is: entry `place` of row r, from begin[r] up to begin[r + 1], is the synapse entries[place], or `place`.
template <class Other> struct Unsorted {
    const int32_t* begin;
    const int32_t* entries;
    const Other* other;
    int64_t rows;
    int64_t first, last;  // of the places

    __device__ int32_t number(int64_t place) const { return entries == nullptr ? (int32_t)place : entries[place]; }
};

template <class Other> static __global__ void count_entries(Unsorted<Other> table, Sorting sorting) {
    const int64_t threads = (int64_t)gridDim.x * blockDim.x;
    for (int64_t place = table.first + (int64_t)blockIdx.x * blockDim.x + threadIdx.x; place < table.last; place += threads)
        atomicAdd(&sorting.filled[table.other[table.number(place)]], 1);
}

template <class Other> static __global__ void begin_segments(Sorting sorting, int64_t others, bool is_counted, int32_t* begin) {
    const int64_t threads = (int64_t)gridDim.x * blockDim.x;
    for (int64_t each = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; each <= others; each += threads) {
        if (!is_counted) sorting.begin[each] = each < others ? sorting.filled[each] : 0;
        else begin[each] = (int32_t)sorting.begin[each];
        if (is_counted && each < others) sorting.filled[each] = 0;
    }
}

template <class Other>
static __global__ void place_entries(Unsorted<Other> table, Sorting sorting, int32_t* entries) {
    const int64_t threads = (int64_t)gridDim.x * blockDim.x;
    for (int64_t place = table.first + (int64_t)blockIdx.x * blockDim.x + threadIdx.x; place < table.last; place += threads) {
        const int64_t other = table.other[table.number(place)];
        entries[sorting.begin[other] + atomicAdd(&sorting.filled[other], 1)] = (int32_t)place;
    }
}

template <class Other>
static __global__ void sort_segments(Unsorted<Other> table, int64_t others, Segments segments) {
    for (int64_t each = blockIdx.x; each < others; each += gridDim.x) {
        const int64_t begin = segments.begin[each], n = segments.begin[each + 1] - begin;
        sort_in_block(segments.entries + begin, n);
        for (int64_t entry = begin + threadIdx.x; entry < begin + n; entry += blockDim.x) {
            const int32_t place = segments.entries[entry];
            segments.rows[entry] = (int32_t)(first_from(table.begin, 0, table.rows + 1, (int64_t)place + 1) - 1);
            segments.entries[entry] = table.number(place);
        }
    }
}

// Sort a table, of which `on_host` tells where each row begins, by the element on the other side.
template <class Other>
inline bool sort(const Segments& segments, const int32_t* on_host, const int32_t* begin, const int32_t* entries,
                 const Other* other, int64_t rows, int64_t others, cudaStream_t stream) {
    const Unsorted<Other> table = {begin, entries, other, rows, on_host[0], on_host[rows]};
    Sorting sorting = {};
    Allocator memory;
    want(memory, sorting, others);
    const Taken taken(memory);
    if (!taken.is_complete()) return false;
    const int64_t all = table.last - table.first;
    const Shape by_entry = {least(quotient_up(all, widest_tile), most_blocks), widest_tile}, one = {1, widest_tile};
    const Shape by_other = {least(quotient_up(others + 1, widest_tile), most_blocks), widest_tile};
    const Shape by_segment = {least(others, most_blocks), tile_width(quotient_up(all, greatest(others, 1)))};
    launch(count_entries<Other>, by_entry, stream, table, sorting);
    launch(begin_segments<Other>, by_other, stream, sorting, others, false, segments.begin);
    launch(add_up<int64_t>, one, stream, others + 1, no_limit, sorting.begin, sorting.carried);
    launch(begin_segments<Other>, by_other, stream, sorting, others, true, segments.begin);
    launch(place_entries<Other>, by_entry, stream, table, sorting, segments.entries);
    launch(sort_segments<Other>, by_segment, stream, table, others, segments);
    return cudaStreamSynchronize(stream) == cudaSuccess;
}

}  // namespace eqsim
