// What threads of a warp or of a block do together, so that what they make has one order, and sums.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include "searching.h"

namespace eqsim {

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

// Whether a block is the last one of several to come by, of which each counts once: it then sees what all of them wrote. All
// threads of the block must call it.
__device__ inline bool comes_last(uint32_t& arrived, int64_t blocks) {
    bool last = false;
    __syncthreads();
    if (threadIdx.x == 0) {
        __threadfence();  // what the block wrote is there before it counts
        last = atomicAdd(&arrived, 1u) == (uint32_t)blocks - 1u;
        if (last) arrived = 0;
        __threadfence();  // and what the others wrote before they did is seen from here on
    }
    return __syncthreads_or(last);
}

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

}  // namespace eqsim
