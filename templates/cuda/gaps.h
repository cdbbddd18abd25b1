// Columns chosen with a probability, or all: each random number tells how far it is to the next one that is chosen.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include "chosen.h"
#include "scans.h"
#include "shapes.h"

namespace eqsim {

// Each thread takes what four random numbers tell.
constexpr int64_t draws_of_thread = 4;
constexpr int64_t draws_of_tile = widest_tile * draws_of_thread;

// Rows that are one series of trials, one trial for each column.
struct Candidates {
    Series series;
    uint64_t skip, accept;   // keys of the streams
    int64_t limit;           // one beyond the last trial; trials count from one
    int64_t rows;            // how many
    const int64_t* ends;     // up to which trial each goes; NULL if all have as many columns
    const int32_t* members;  // their numbers; NULL if they are 0, 1, 2 and so on
    const int64_t* shifts;   // what is added to the rank of a success to get its place; NULL for nothing
};

// How far a thread's draws go: each to the next success.
__device__ inline void steps_of_thread(const Candidates& trials, int64_t tile, int64_t* steps) {
    const uint64_t four = (uint64_t)(tile * widest_tile + threadIdx.x);
    if (trials.series.rate == 0.0) {
        for (int64_t k = 0; k < draws_of_thread; ++k) steps[k] = 1;
        return;
    }
    const LongWords words = long_words(trials.skip, trials.series.stream, four);
    steps[0] = least(trials_to_success(words.a, trials.series.rate), trials.limit);
    steps[1] = least(trials_to_success(words.b, trials.series.rate), trials.limit);
    steps[2] = least(trials_to_success(words.c, trials.series.rate), trials.limit);
    steps[3] = least(trials_to_success(words.d, trials.series.rate), trials.limit);
}

__device__ inline int64_t sum_of(const int64_t* steps, int64_t limit) {
    int64_t sum = 0;
    for (int64_t k = 0; k < draws_of_thread; ++k) sum = limited_sum(sum, steps[k], limit);
    return sum;
}

template <class T> static __global__ void sum_steps(Candidates trials, int64_t first, int64_t tiles_, int64_t* sums) {
    for (int64_t tile = blockIdx.x; tile < tiles_; tile += gridDim.x) {
        int64_t steps[draws_of_thread];
        steps_of_thread(trials, first + tile, steps);
        const Sum all = sum_in_block(sum_of(steps, trials.limit), trials.limit);
        if (threadIdx.x == 0) sums[tile] = all.total;
    }
}

struct Success {
    int64_t member;
    int64_t row;
    int64_t partner;
};

__device__ inline Success success_at(const eqsim_rule& rule, const Candidates& trials, int64_t trial) {
    Success found;
    int64_t begin;
    if (trials.ends == nullptr) {
        found.member = (trial - 1) / rule.columns;
        begin = found.member * rule.columns;
    } else {
        found.member = first_from(trials.ends, 0, trials.rows, trial);
        begin = found.member ? trials.ends[found.member - 1] : 0;
    }
    found.row = trials.members == nullptr ? found.member : trials.members[found.member];
    found.partner = partner_of(rule, found.row, trial - 1 - begin);
    return found;
}

// Whether a success becomes a synapse.
__device__ inline bool is_kept(const eqsim_rule& rule, const Candidates& trials, const Success& found, uint64_t word) {
    if (trials.series.accepts && !(uniform_of(word) * trials.series.bound < parameter_of(rule, found.row))) return false;
    return rule.own != EQSIM_OWN_DROPPED || found.partner != found.row + rule.shift;
}

// Visit the successes of a tile: count those that become synapses, or write them where they belong.
template <class T>
__device__ void visit_tile(const eqsim_rule& rule, const Candidates& trials, int64_t tile, int64_t reached, int64_t* count,
                           const Chosen<T>* chosen, int64_t place) {
    int64_t steps[draws_of_thread];
    steps_of_thread(trials, tile, steps);
    const int64_t before = limited_sum(reached, sum_in_block(sum_of(steps, trials.limit), trials.limit).before, trials.limit);
    const uint64_t four = (uint64_t)(tile * widest_tile + threadIdx.x);
    LongWords words = {0, 0, 0, 0};
    if (trials.series.accepts) words = long_words(trials.accept, trials.series.stream, four);
    uint32_t kept = 0;
    int64_t trial = before;
    for (int64_t k = 0; k < draws_of_thread; ++k) {
        trial = limited_sum(trial, steps[k], trials.limit);
        const uint64_t word = k < 2 ? (k == 0 ? words.a : words.b) : (k == 2 ? words.c : words.d);
        if (trial < trials.limit && is_kept(rule, trials, success_at(rule, trials, trial), word)) kept |= 1u << k;
    }
    const Sum all = sum_in_block(__popc(kept), no_limit);
    if (count != nullptr && threadIdx.x == 0) *count = all.total;
    if (chosen == nullptr) return;
    trial = before;
    place += all.before;
    for (int64_t k = 0; k < draws_of_thread; ++k) {
        trial = limited_sum(trial, steps[k], trials.limit);
        if (!(kept >> k & 1)) continue;
        const Success found = success_at(rule, trials, trial);
        put(*chosen, place++ + (trials.shifts == nullptr ? 0 : trials.shifts[found.member]), found.row, found.partner);
    }
}

template <class T>
static __global__ void count_successes(eqsim_rule rule, Candidates trials, int64_t first, int64_t tiles_, const int64_t* reached,
                                       int64_t* counts) {
    for (int64_t tile = blockIdx.x; tile < tiles_; tile += gridDim.x)
        visit_tile<T>(rule, trials, first + tile, reached[tile], counts + tile, nullptr, 0);
}

template <class T>
static __global__ void write_successes(eqsim_rule rule, Candidates trials, int64_t first, int64_t tiles_, const int64_t* reached,
                                       const int64_t* places, Chosen<T> chosen) {
    for (int64_t tile = blockIdx.x; tile < tiles_; tile += gridDim.x)
        visit_tile<T>(rule, trials, first + tile, reached[tile], nullptr, &chosen, places[tile]);
}

// Make the synapses of one series of trials, of which about so many succeed, and add how many there are.
template <class T>
inline bool make_series(const eqsim_rule& rule, const Candidates& trials, const Chosen<T>& chosen, Room& room, double successes,
                        int64_t& made, cudaStream_t stream) {
    if (trials.limit <= 1) return true;
    const int64_t draws = (int64_t)(successes + 6.0 * sqrt(successes)) + 1;
    const int64_t tiles_ = least(quotient_up(draws, draws_of_tile), room.tiles);
    const Shape shape = {least(tiles_, most_blocks), widest_tile}, one = {1, widest_tile};
    int64_t carried[2] = {0, 0};  // up to which trial, and how many synapses
    if (!upload(room.carried, carried, 2, stream)) return false;
    for (int64_t first = 0; carried[0] < trials.limit; first += tiles_) {
        launch(sum_steps<T>, shape, stream, trials, first, tiles_, room.reached);
        launch(add_up<int64_t>, one, stream, tiles_, trials.limit, room.reached, room.carried);
        launch(count_successes<T>, shape, stream, rule, trials, first, tiles_, room.reached, room.places);
        launch(add_up<int64_t>, one, stream, tiles_, no_limit, room.places, room.carried + 1);
        launch(write_successes<T>, shape, stream, rule, trials, first, tiles_, room.reached, room.places, chosen);
        if (!download(carried, room.carried, 2, stream) || cudaStreamSynchronize(stream) != cudaSuccess) return false;
    }
    made += carried[1];
    return true;
}

}  // namespace eqsim
