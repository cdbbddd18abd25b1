// Searching ascending values; on processors and on devices.
#pragma once

#include <stdint.h>

#ifdef __CUDACC__
#define EQSIM_SEARCH __host__ __device__ inline
#else
#define EQSIM_SEARCH inline
#endif

namespace eqsim {

EQSIM_SEARCH int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
EQSIM_SEARCH int64_t greatest(int64_t a, int64_t b) { return a > b ? a : b; }

// Elements from `begin` up to but not including `end`.
struct Range {
    int64_t begin;
    int64_t end;
};

EQSIM_SEARCH Range common(Range a, Range b) { return {greatest(a.begin, b.begin), least(a.end, b.end)}; }

// Where in ascending values, from `begin` up to `end`, the first is that is not less than `bound`; `end` if none is.
template <class Value> EQSIM_SEARCH int64_t first_from(const Value* values, int64_t begin, int64_t end, int64_t bound) {
    while (begin < end) {
        const int64_t middle = begin + (end - begin) / 2;
        if ((int64_t)values[middle] < bound) begin = middle + 1;
        else end = middle;
    }
    return begin;
}

// The same for values that lie scattered, at `places`.
template <class Value>
EQSIM_SEARCH int64_t first_from(const Value* values, const int32_t* places, int64_t begin, int64_t end, int64_t bound) {
    while (begin < end) {
        const int64_t middle = begin + (end - begin) / 2;
        if ((int64_t)values[places[middle]] < bound) begin = middle + 1;
        else end = middle;
    }
    return begin;
}

// Which part of ascending values is owned.
template <class Value> EQSIM_SEARCH Range narrowed(const Value* values, Range part, Range own) {
    const int64_t begin = first_from(values, part.begin, part.end, own.begin);
    return {begin, first_from(values, begin, part.end, own.end)};
}
template <class Value>
EQSIM_SEARCH Range narrowed(const Value* values, const int32_t* places, Range part, Range own) {
    const int64_t begin = first_from(values, places, part.begin, part.end, own.begin);
    return {begin, first_from(values, places, begin, part.end, own.end)};
}

}  // namespace eqsim
