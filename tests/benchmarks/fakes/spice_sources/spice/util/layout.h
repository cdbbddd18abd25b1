// Stands for Spice in tests: what the benchmark's program uses of it, on the processor. Names and arguments are those that Spice
// offers, and nothing else is taken.
#pragma once

#include <cstddef>
#include <tuple>
#include <vector>

namespace spice::util {

struct layout {
    using edge = std::tuple<std::size_t, std::size_t, float>;

    layout(std::size_t neurons, float p) : sizes{neurons}, edges{{0, 0, p}} {}
    layout(const std::vector<std::size_t>& given, std::vector<edge> pairs) : sizes(given), edges(pairs) {}

    std::vector<std::size_t> sizes;
    std::vector<edge> edges;
};

}  // namespace spice::util
