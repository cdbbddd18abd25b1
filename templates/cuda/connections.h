// The targets of synapses that follow from a rule: made on the device, where they are the numbers that the host made.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include "connecting.h"
#include "interface.h"
#include "searching.h"
#include "shapes.h"

namespace eqsim {

// Each thread takes what four random numbers tell.
constexpr int64_t draws_of_thread = 4;
constexpr int64_t draws_of_tile = widest_tile * draws_of_thread;

// Positions of pairs count from one. Sums of steps stop one beyond the last pair, where nothing is made: so they fit into 64
// bits, and do not depend on the order of addition.
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

// How many pairs a thread's draws go ahead: each to the next one that is connected.
__device__ inline void steps_of_thread(const eqsim_rule& rule, int64_t tile, int64_t limit, int64_t* steps) {
    const uint64_t four = (uint64_t)(tile * widest_tile + threadIdx.x);
    if (rule.rate == 0.0) {
        for (int64_t k = 0; k < draws_of_thread; ++k) steps[k] = 1;
        return;
    }
    const LongWords words = long_words(rule.key, rule.stream, four);
    steps[0] = least(trials_to_success(words.a, rule.rate), limit);
    steps[1] = least(trials_to_success(words.b, rule.rate), limit);
    steps[2] = least(trials_to_success(words.c, rule.rate), limit);
    steps[3] = least(trials_to_success(words.d, rule.rate), limit);
}

[[maybe_unused]] static __global__ void sum_steps(eqsim_rule rule, int64_t tiles_, int64_t limit, int64_t* sums) {
    for (int64_t tile = blockIdx.x; tile < tiles_; tile += gridDim.x) {
        int64_t steps[draws_of_thread], sum = 0;
        steps_of_thread(rule, tile, limit, steps);
        for (int64_t k = 0; k < draws_of_thread; ++k) sum = limited_sum(sum, steps[k], limit);
        const Sum all = sum_in_block(sum, limit);
        if (threadIdx.x == 0) sums[tile] = all.total;
    }
}

// What precedes each tile, by one block.
[[maybe_unused]] static __global__ void add_tiles(int64_t tiles_, int64_t limit, int64_t* sums) {
    int64_t before = 0;
    for (int64_t first = 0; first < tiles_; first += blockDim.x) {
        const int64_t tile = first + threadIdx.x;
        const Sum sum = sum_in_block(tile < tiles_ ? sums[tile] : 0, limit);
        if (tile < tiles_) sums[tile] = limited_sum(before, sum.before, limit);
        before = limited_sum(before, sum.total, limit);
    }
}

// Visit the pairs of a tile: count those that are made, or write their targets where they belong.
template <class T>
__device__ void visit_tile(const eqsim_rule& rule, int64_t tile, int64_t limit, int64_t reached, int64_t* count, T* targets,
                           int64_t n, int64_t place) {
    int64_t steps[draws_of_thread], sum = 0, made = 0;
    T found[draws_of_thread];
    steps_of_thread(rule, tile, limit, steps);
    for (int64_t k = 0; k < draws_of_thread; ++k) sum = limited_sum(sum, steps[k], limit);
    int64_t position = limited_sum(reached, sum_in_block(sum, limit).before, limit);
    for (int64_t k = 0; k < draws_of_thread; ++k) {
        position = limited_sum(position, steps[k], limit);
        const int64_t row = (position - 1) / rule.columns, column = (position - 1) % rule.columns;
        const int64_t partner = rule.start + rule.step * column + rule.slope * row;
        if (position == limit || (rule.without_self && partner == row)) continue;
        found[made++] = (T)(partner + rule.first_target);
    }
    const Sum all = sum_in_block(made, INT64_MAX / 2);
    if (count != nullptr && threadIdx.x == 0) *count = all.total;
    for (int64_t k = 0; targets != nullptr && k < made; ++k)
        if (place + all.before + k < n) targets[place + all.before + k] = found[k];
}

template <class T>
static __global__ void count_targets(eqsim_rule rule, int64_t tiles_, int64_t limit, const int64_t* reached, int64_t* counts) {
    for (int64_t tile = blockIdx.x; tile < tiles_; tile += gridDim.x)
        visit_tile<T>(rule, tile, limit, reached[tile], counts + tile, nullptr, 0, 0);
}

template <class T>
static __global__ void write_targets(eqsim_rule rule, int64_t tiles_, int64_t limit, const int64_t* reached,
                                     const int64_t* places, T* targets, int64_t n) {
    for (int64_t tile = blockIdx.x; tile < tiles_; tile += gridDim.x)
        visit_tile<T>(rule, tile, limit, reached[tile], nullptr, targets, n, places[tile]);
}

// Make the `n` targets of a rule, of which the host made as many.
template <class T> inline bool connect(T* targets, int64_t n, const eqsim_rule& rule, cudaStream_t stream) {
    // A draw is a pair that is connected, but for those of an element with itself, of which a row has one at most.
    const int64_t draws = n + (rule.without_self ? rule.rows : 0), limit = rule.rows * rule.columns + 1;
    const int64_t tiles_ = quotient_up(draws, draws_of_tile);
    if (n == 0) return true;
    void* memory = nullptr;
    if (cudaMalloc(&memory, (size_t)tiles_ * 2 * sizeof(int64_t)) != cudaSuccess) return false;
    int64_t* const reached = static_cast<int64_t*>(memory);
    int64_t* const places = reached + tiles_;
    const Shape shape = {least(tiles_, most_blocks), widest_tile}, one = {1, widest_tile};
    launch(sum_steps, shape, stream, rule, tiles_, limit, reached);
    launch(add_tiles, one, stream, tiles_, limit, reached);
    launch(count_targets<T>, shape, stream, rule, tiles_, limit, reached, places);
    launch(add_tiles, one, stream, tiles_, INT64_MAX / 2, places);
    launch(write_targets<T>, shape, stream, rule, tiles_, limit, reached, places, targets, n);
    const bool complete = cudaStreamSynchronize(stream) == cudaSuccess;
    return (cudaFree(memory) == cudaSuccess) && complete;
}

}  // namespace eqsim
