// So many different columns of each row: drawn with repetition until enough of them differ, all rows of a round at once.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include <vector>

#include "chosen.h"
#include "pieces.h"
#include "scans.h"
#include "shapes.h"

namespace eqsim {

// Parts of rows, as the device has them.
struct Pieces {
    int64_t n;
    const int32_t* rows;     // whose they are
    const int64_t* offsets;  // of their first columns
    const int32_t* columns;  // how many they have
    const int32_t* sizes;    // and how many of them are chosen
    const int64_t* firsts;   // where what is drawn for each begins
    int32_t* missing;        // how many are still to be drawn
    int32_t* found;
};

// Where more than half of a piece is chosen, what is left out is drawn.
__device__ inline int64_t drawn_of(const Pieces& pieces, int64_t piece) {
    return least(pieces.sizes[piece], pieces.columns[piece] - pieces.sizes[piece]);
}

template <class T> static __global__ void show_missing(Pieces pieces, T* missing) {
    for (int64_t piece = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; piece < pieces.n; piece += (int64_t)gridDim.x * blockDim.x)
        missing[piece] = pieces.missing[piece];
}

// One round, of which the words have a stream of their own: a block for each piece.
template <class T> static __global__ void draw_missing(Pieces pieces, uint64_t key, uint64_t round, const int64_t* places) {
    for (int64_t piece = blockIdx.x; piece < pieces.n; piece += gridDim.x) {
        const int64_t missing = pieces.missing[piece], all = drawn_of(pieces, piece), first = places[piece];
        if (missing == 0) continue;
        int32_t* const found = pieces.found + pieces.firsts[piece];
        int32_t* const fresh = found + (all - missing);
        const double columns = (double)pieces.columns[piece];
        for (int64_t four = first / 4 + threadIdx.x; four * 4 < first + missing; four += blockDim.x) {
            const LongWords words = long_words(key, round, (uint64_t)four);
            const uint64_t word[4] = {words.a, words.b, words.c, words.d};
            for (int64_t k = 0; k < 4; ++k) {
                const int64_t place = four * 4 + k - first;
                if (place >= 0 && place < missing) fresh[place] = (int32_t)(uniform_of(word[k]) * columns);
            }
        }
        __syncthreads();
        sort_in_block(found, all);
        const int64_t different = unite_in_block(found, all);
        if (threadIdx.x == 0) pieces.missing[piece] = (int32_t)(all - different);
        __syncthreads();
    }
}

// The column of a piece that is its row's own partner and is left out though it is chosen; -1 if there is none.
__device__ inline int64_t dropped_of(const eqsim_rule& rule, const Pieces& pieces, int64_t piece) {
    if (rule.own != EQSIM_OWN_DROPPED) return -1;
    const int64_t row = pieces.rows[piece], offset = row + rule.shift - rule.start - rule.slope * row;
    const int64_t column = offset / rule.step - pieces.offsets[piece];
    if (offset % rule.step != 0 || column < 0 || column >= pieces.columns[piece]) return -1;
    const int64_t all = drawn_of(pieces, piece);
    const int32_t* const found = pieces.found + pieces.firsts[piece];
    const int64_t place = first_from(found, 0, all, column);
    const bool is_drawn = place < all && found[place] == column;
    return is_drawn == (all == pieces.sizes[piece]) ? column : -1;
}

template <class T> static __global__ void count_chosen(eqsim_rule rule, Pieces pieces, int64_t* counts) {
    for (int64_t piece = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; piece < pieces.n; piece += (int64_t)gridDim.x * blockDim.x)
        counts[piece] = pieces.sizes[piece] - (dropped_of(rule, pieces, piece) >= 0);
}

template <class T>
static __global__ void write_chosen(eqsim_rule rule, Pieces pieces, const int64_t* places, Chosen<T> chosen) {
    for (int64_t piece = blockIdx.x; piece < pieces.n; piece += gridDim.x) {
        const int64_t dropped = dropped_of(rule, pieces, piece), all = drawn_of(pieces, piece), row = pieces.rows[piece];
        const int32_t* const found = pieces.found + pieces.firsts[piece];
        const auto write = [&](int64_t column, int64_t rank) {
            if (column == dropped) return;
            const int64_t place = places[piece] + rank - (dropped >= 0 && column > dropped);
            put(chosen, place, row, partner_of(rule, row, pieces.offsets[piece] + column));
        };
        if (all == pieces.sizes[piece]) {
            for (int64_t k = threadIdx.x; k < all; k += blockDim.x) write(found[k], k);
            continue;
        }
        for (int64_t column = threadIdx.x; column < pieces.columns[piece]; column += blockDim.x) {
            const int64_t place = first_from(found, 0, all, column);
            if (place == all || found[place] != column) write(column, column - place);
        }
    }
}

// Makes the samples of all rows, so many pieces at a time.
template <class T> class Sampling {
public:
    Sampling(const eqsim_rule& rule, const eqsim_rule& on_device, const Chosen<T>& chosen, Room& room, cudaStream_t stream)
        : rule_(rule), on_device_(on_device), chosen_(chosen), room_(room), stream_(stream) {}

    bool make() {
        int64_t split = 0;
        bool complete = true;
        for (int64_t row = 0; row < rule_.rows && complete; ++row)
            each_piece(rule_, row, split, [&](int64_t offset, int64_t columns, int64_t size) {
                const int64_t drawn = least(size, columns - size);
                if ((int64_t)rows_.size() == room_.pieces || drawn_ + drawn > room_.drawn) complete = complete && flush();
                rows_.push_back((int32_t)row), columns_.push_back((int32_t)columns), sizes_.push_back((int32_t)size);
                offsets_.push_back(offset), firsts_.push_back(drawn_), missing_.push_back((int32_t)drawn);
                drawn_ += drawn, widest_ = greatest(widest_, drawn);
            });
        return complete && flush();
    }
    int64_t made() const { return made_; }  // so many synapses so far

private:
    bool flush() {
        const int64_t n = (int64_t)rows_.size();
        if (n == 0) return true;
        bool complete = upload(room_.rows, rows_.data(), n, stream_) && upload(room_.columns, columns_.data(), n, stream_);
        complete = complete && upload(room_.sizes, sizes_.data(), n, stream_);
        complete = complete && upload(room_.offsets, offsets_.data(), n, stream_);
        complete = complete && upload(room_.firsts, firsts_.data(), n, stream_);
        complete = complete && upload(room_.missing, missing_.data(), n, stream_);
        const Pieces pieces = {n,          room_.rows,   room_.offsets, room_.columns,
                               room_.sizes, room_.firsts, room_.missing, room_.found};
        const Shape by_piece = {least(n, most_blocks), tile_width(widest_)}, one = {1, widest_tile};
        const Shape by_thread = {least(quotient_up(n, widest_tile), most_blocks), widest_tile};
        for (size_t round = 0; complete; ++round) {
            if (round == used_.size()) used_.push_back(0);
            const int64_t before = used_[round];
            complete = upload(room_.carried, &used_[round], 1, stream_);
            launch(show_missing<int64_t>, by_thread, stream_, pieces, room_.places);
            launch(add_up<int64_t>, one, stream_, n, no_limit, room_.places, room_.carried);
            complete = complete && download(&used_[round], room_.carried, 1, stream_);
            complete = complete && cudaStreamSynchronize(stream_) == cudaSuccess;
            if (used_[round] == before) break;
            launch(draw_missing<T>, by_piece, stream_, pieces, stream_key(rule_, Purpose::sample), (uint64_t)round, room_.places);
        }
        complete = complete && upload(room_.carried, &made_, 1, stream_);
        launch(count_chosen<T>, by_thread, stream_, on_device_, pieces, room_.places);
        launch(add_up<int64_t>, one, stream_, n, no_limit, room_.places, room_.carried);
        launch(write_chosen<T>, by_piece, stream_, on_device_, pieces, room_.places, chosen_);
        complete = complete && download(&made_, room_.carried, 1, stream_);
        complete = complete && cudaStreamSynchronize(stream_) == cudaSuccess;
        rows_.clear(), columns_.clear(), sizes_.clear(), missing_.clear(), offsets_.clear(), firsts_.clear();
        drawn_ = widest_ = 0;
        return complete;
    }

    const eqsim_rule& rule_;
    const eqsim_rule& on_device_;
    const Chosen<T>& chosen_;
    Room& room_;
    const cudaStream_t stream_;
    std::vector<int32_t> rows_, columns_, sizes_, missing_;
    std::vector<int64_t> offsets_, firsts_;
    std::vector<int64_t> used_;  // of the stream of each round
    int64_t drawn_ = 0, widest_ = 0, made_ = 0;
};

}  // namespace eqsim
