// Sums over what precedes, and numbers in order: by the threads of a block, and over many tiles.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include "searching.h"

namespace eqsim {

// No sum of numbers of things comes near to it.
constexpr int64_t no_limit = INT64_MAX / 2;

// Sums stop at a limit, so that they fit into 64 bits and do not depend on the order of addition.
__device__ inline int64_t limited_sum(int64_t a, int64_t b, int64_t limit) { return least(a + b, limit); }

struct Sum {
    int64_t before;  // of the threads before this one
    int64_t total;   // of the block
};

// Limited sums over the threads of a block, all of which must call it.
__device__ inline Sum sum_in_block(int64_t value, int64_t limit) {
    __shared__ int64_t totals[32];
    const uint32_t lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32;
    int64_t until = value;
    for (uint32_t distance = 1; distance < 32; distance *= 2) {
        const int64_t other = __shfl_up_sync(0xffffffffu, until, distance);
        if (lane >= distance) until = limited_sum(until, other, limit);
    }
    const int64_t previous = __shfl_up_sync(0xffffffffu, until, 1);
    if (lane == 31) totals[warp] = until;
    __syncthreads();
    Sum sum = {lane ? previous : 0, 0};
    for (uint32_t each = 0; each < warps; ++each) {
        if (each < warp) sum.before = limited_sum(sum.before, totals[each], limit);
        sum.total = limited_sum(sum.total, totals[each], limit);
    }
    __syncthreads();  // the totals may be overwritten from here on
    return sum;
}

// Replace numbers by what precedes them, from what is carried on; by one block.
template <class Number> static __global__ void add_up(int64_t n, int64_t limit, Number* numbers, int64_t* carried) {
    int64_t before = *carried;
    for (int64_t first = 0; first < n; first += blockDim.x) {
        const int64_t each = first + threadIdx.x;
        const Sum sum = sum_in_block(each < n ? numbers[each] : 0, limit);
        if (each < n) numbers[each] = limited_sum(before, sum.before, limit);
        before = limited_sum(before, sum.total, limit);
    }
    __syncthreads();  // all have read what was carried
    if (threadIdx.x == 0) *carried = before;
}

template <class T> __device__ inline void put_in_order(T* values, int64_t low, int64_t high, int64_t n) {
    if (high <= low || high >= n || !(values[low] > values[high])) return;
    const T other = values[low];
    values[low] = values[high];
    values[high] = other;
}

// Sort by a network (Batcher 1968, doi:10.1145/1468075.1468121): all threads of a block must call it. Where numbers end
// within a part, it is as if the largest of all followed.
template <class T> __device__ void sort_in_block(T* values, int64_t n) {
    for (int64_t part = 2; part / 2 < n; part *= 2) {
        for (int64_t each = threadIdx.x; each < n; each += blockDim.x) put_in_order(values, each, each ^ (part - 1), n);
        __syncthreads();
        for (int64_t distance = part / 4; distance > 0; distance /= 2) {
            for (int64_t each = threadIdx.x; each < n; each += blockDim.x) put_in_order(values, each, each ^ distance, n);
            __syncthreads();
        }
    }
}

// Leave each of sorted numbers once; return how many there are.
__device__ inline int64_t unite_in_block(int32_t* values, int64_t n) {
    int64_t kept = 0;
    for (int64_t first = 0; first < n; first += blockDim.x) {
        const int64_t each = first + threadIdx.x;
        const int32_t value = each < n ? values[each] : 0;
        const bool is_new = each < n && (each == 0 || values[each - 1] != value);
        const Sum sum = sum_in_block(is_new, no_limit);
        if (is_new) values[kept + sum.before] = value;
        kept += sum.total;
        __syncthreads();
    }
    return kept;
}

}  // namespace eqsim
