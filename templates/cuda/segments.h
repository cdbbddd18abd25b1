// Tables of synapses by their targets.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include <vector>

#include "device_memory.h"

namespace eqsim {

// The entries of a table by the element on their other side, in the order of the table's rows: who sums up those of an element
// adds in the order in which the processor does, which goes through all rows.
struct Segments {
    int32_t* begin;    // [others + 1]
    int32_t* entries;  // [entries of the table]
    int32_t* rows;     // [entries of the table], of each entry
};

inline void want(Allocator& memory, const char* name, Segments& segments, int64_t entries, int64_t others) {
    memory.want(name, segments.begin, others + 1);
    memory.want(name, segments.entries, entries);
    memory.want(name, segments.rows, entries);
}

// Sort a table, of which `begin` tells where each row begins, by the element on the other side.
template <class Other>
inline bool begin(const Segments& segments, const int32_t* begin, const int32_t* entries, const Other* other, int64_t rows,
                  int64_t others) {
    const size_t all = (size_t)begin[rows];
    const auto number = [&](int32_t place) { return entries == nullptr ? place : entries[place]; };
    std::vector<int32_t> begins((size_t)others + 1), sorted(all), rows_of(all);
    for (int32_t place = begin[0]; place < begin[rows]; ++place) ++begins[(size_t)other[number(place)] + 1];
    for (size_t each = 0; each < (size_t)others; ++each) begins[each + 1] += begins[each];
    std::vector<int32_t> next(begins);
    for (int64_t row = 0; row < rows; ++row) {
        for (int32_t place = begin[row]; place < begin[row + 1]; ++place) {
            const size_t to = (size_t)next[(size_t)other[number(place)]]++;
            sorted[to] = number(place);
            rows_of[to] = (int32_t)row;
        }
    }
    const auto sent = [](int32_t* device, const std::vector<int32_t>& host) {
        return cudaMemcpy(device, host.data(), host.size() * sizeof(int32_t), cudaMemcpyHostToDevice) == cudaSuccess;
    };
    return sent(segments.begin, begins) && sent(segments.entries, sorted) && sent(segments.rows, rows_of);
}

}  // namespace eqsim
