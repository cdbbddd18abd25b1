// Tables of synapses by delay: each row has a part for each delay, in steps, the longest first. Where steps get another
// length, parts are others.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>

#include "model.h"

namespace standalone {

constexpr double most_delay_steps = 1e6;

// Delays in steps, rounded to the nearest, halves up.
inline std::vector<int32_t> delay_steps(
    const Delays& delays, const std::vector<double>& seconds, double dt, const std::string& origin) {
    std::vector<int32_t> steps;
    for (const double delay : seconds) {
        const double count = std::floor(delay / dt + 0.5);
        if (count > most_delay_steps)
            throw Failure(origin + ": a delay of '" + delays.name + "' would be " + std::to_string((int64_t)count) +
                          " steps long; at most 1000000 are possible: take a larger step", 2);
        steps.push_back((int32_t)count);
    }
    return steps;
}

struct Parts {
    std::vector<int32_t> delays;   // of the parts of a row, descending
    std::vector<int32_t> begin;    // where each part of each row begins, and the end
    std::vector<int32_t> entries;  // by row and part; in ascending order within one
    std::vector<int32_t> before;   // where each entry was
};

// Lay out rows anew.
inline Parts parted(const std::vector<int32_t>& begin, const std::vector<int32_t>& entries, size_t n_parts,
                    const std::vector<int32_t>& steps) {
    Parts parts;
    parts.delays = steps;
    std::sort(parts.delays.begin(), parts.delays.end(), std::greater<int32_t>());
    parts.delays.erase(std::unique(parts.delays.begin(), parts.delays.end()), parts.delays.end());
    for (size_t place = 0; place < entries.size(); ++place) parts.before.push_back((int32_t)place);
    parts.begin.push_back(0);
    const auto steps_at = [&](int32_t place) { return steps[(size_t)entries[(size_t)place]]; };
    for (size_t row = 0; n_parts > 0 && row * n_parts + 1 < begin.size(); ++row) {
        const auto first = parts.before.begin() + begin[row * n_parts];
        const auto last = parts.before.begin() + begin[(row + 1) * n_parts];
        std::sort(first, last, [&](int32_t a, int32_t b) {
            if (steps_at(a) != steps_at(b)) return steps_at(a) > steps_at(b);
            return entries[(size_t)a] < entries[(size_t)b];
        });
        auto next = first;
        for (const int32_t delay : parts.delays) {
            while (next != last && steps_at(*next) == delay) ++next;
            parts.begin.push_back((int32_t)(next - parts.before.begin()));
        }
    }
    for (const int32_t place : parts.before) parts.entries.push_back(entries[(size_t)place]);
    return parts;
}

}  // namespace standalone
