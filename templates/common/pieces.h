// Samples of rows, of which large ones are taken in parts: what the host finds out before any column is drawn.
#pragma once

#include <cmath>
#include <vector>

#include "connecting.h"
#include "searching.h"

namespace eqsim {

// Larger samples are taken in parts: a row is cut into pieces, and how much of the sample falls into each is drawn first.
constexpr int64_t largest_piece = 4096;

// How many chosen things are among those drawn without replacement: a uniform number in [0, 1) is turned into the result by
// inversion. Probabilities follow from their ratios to that of the most likely result; beyond twelve standard deviations
// they are taken for 0.
inline int64_t hypergeometric(int64_t chosen, int64_t others, int64_t draws, double uniform) {
    const int64_t total = chosen + others;
    const int64_t mode = (draws + 1) * (chosen + 1) / (total + 2);
    const double share = total ? (double)chosen / (double)total : 0.0;
    const int64_t spread = (int64_t)(std::sqrt((double)draws * share * (1.0 - share)) * 12.0 + 40.0);
    const int64_t first = greatest(greatest(0, draws - others), mode - spread);
    const int64_t last = least(least(draws, chosen), mode + spread);
    std::vector<double> sums((size_t)(last - first + 1));
    double weight = 1.0;
    sums[(size_t)(mode - first)] = 1.0;
    for (int64_t k = mode; k > first; --k) {
        const double down = (double)k;
        weight *= down * ((double)(others - draws) + down) / (((double)chosen - down + 1.0) * ((double)draws - down + 1.0));
        sums[(size_t)(k - 1 - first)] = weight;
    }
    weight = 1.0;
    for (int64_t k = mode; k < last; ++k) {
        const double up = (double)k;
        weight *= ((double)chosen - up) * ((double)draws - up) / ((up + 1.0) * ((double)(others - draws) + up + 1.0));
        sums[(size_t)(k + 1 - first)] = weight;
    }
    for (size_t k = 1; k < sums.size(); ++k) sums[k] += sums[k - 1];
    int64_t found = first;
    while (found < last && sums[(size_t)(found - first)] <= uniform * sums.back()) ++found;
    return found;
}

// Uniform number `place` of a stream
inline double uniform_at(uint64_t key, uint64_t stream, int64_t place) {
    const LongWords words = long_words(key, stream, (uint64_t)place / 4);
    const uint64_t word[4] = {words.a, words.b, words.c, words.d};
    return uniform_of(word[place % 4]);
}

// How many columns of a row are chosen, where that is what a rule tells.
inline int64_t size_of_sample(const eqsim_rule& rule, int64_t row) {
    return least((int64_t)parameter_of(rule, row), length_of(rule, row));
}

// Call `use` with offset and length of each piece of a row, and how many columns of it are chosen. `split` counts what was
// drawn for the pieces of all rows.
template <class Use> void each_piece(const eqsim_rule& rule, int64_t row, int64_t& split, Use use) {
    int64_t length = length_of(rule, row), size = size_of_sample(rule, row), offset = 0;
    if (size <= largest_piece) return use(offset, length, size);
    for (int64_t left = (size + largest_piece - 1) / largest_piece; left > 0; --left) {
        const int64_t piece = length / left;
        const double uniform = uniform_at(stream_key(rule, Purpose::split), 0, split++);
        const int64_t inside = hypergeometric(size, length - size, piece, uniform);
        use(offset, piece, inside);
        offset += piece, length -= piece, size -= inside;
    }
}

} // namespace eqsim
