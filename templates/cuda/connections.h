// The targets of synapses that follow from a rule: made on the device, where they are the numbers that a processor makes.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "gaps.h"
#include "samples.h"

namespace eqsim {

// Sort the targets of each source.
template <class T> static __global__ void sort_rows(const int32_t* begin, int64_t rows, T* targets) {
    for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) sort_in_block(targets + begin[row], begin[row + 1] - begin[row]);
}

// Upload up to which trial each of some rows goes.
inline bool upload_ends(const eqsim_rule& rule, const std::vector<int32_t>& rows, Room& room, cudaStream_t stream) {
    std::vector<int64_t> ends;
    int64_t end = 0;
    for (const int32_t row : rows) ends.push_back(end += length_of(rule, row));
    return upload(room.ends, ends.data(), (int64_t)ends.size(), stream) && cudaStreamSynchronize(stream) == cudaSuccess;
}

// Make the synapses of rows that differ in their probabilities: those of each series by themselves. `made` is how many there
// are, here and below.
template <class T>
inline bool make_by_chances(const eqsim_rule& rule, const eqsim_rule& on_device, const Chosen<T>& chosen, Room& room,
                            int64_t& made, cudaStream_t stream) {
    std::vector<std::vector<int32_t>> members;
    for (int64_t row = 0; row < rule.rows; ++row) {
        const double probability = parameter_of(rule, row);
        if (!(probability > 0.0)) continue;
        const size_t number = (size_t)series_number(probability);
        if (members.size() <= number) members.resize(number + 1);
        members[number].push_back((int32_t)row);
    }
    for (size_t number = 0; number < members.size(); ++number) {
        const std::vector<int32_t>& rows = members[number];
        const int64_t n = (int64_t)rows.size();
        if (n == 0) continue;
        std::vector<int64_t> shifts;
        int64_t columns = 0, begin = 0;
        for (const int32_t row : rows) {
            columns += length_of(rule, row);
            if (rule.by_target) continue;
            shifts.push_back(rule.begin[row] - begin);
            begin += rule.begin[row + 1] - rule.begin[row];
        }
        if (!upload(room.members, rows.data(), n, stream)) return false;
        if (!rule.by_target && !upload(room.shifts, shifts.data(), n, stream)) return false;
        if (rule.lengths != nullptr && !upload_ends(rule, rows, room, stream)) return false;
        if (cudaStreamSynchronize(stream) != cudaSuccess) return false;
        const Candidates trials = {numbered_series((int64_t)number),
                                   stream_key(rule, Purpose::skip),
                                   stream_key(rule, Purpose::accept),
                                   columns + 1,
                                   n,
                                   rule.lengths == nullptr ? nullptr : room.ends,
                                   room.members,
                                   rule.by_target ? nullptr : room.shifts};
        const double successes = (double)columns * trials.series.bound;
        if (!make_series(on_device, trials, chosen, room, successes, made, stream)) return false;
    }
    return true;
}

// Make those of rows of one probability, or all.
template <class T>
inline bool make_by_chance(const eqsim_rule& rule, const eqsim_rule& on_device, const Chosen<T>& chosen, Room& room,
                           int64_t& made, cudaStream_t stream) {
    const double probability = rule.law == EQSIM_ALL ? 1.0 : rule.parameter;
    if (!(probability > 0.0)) return true;
    int64_t columns = 0;
    if (rule.lengths != nullptr) {
        std::vector<int32_t> rows;
        for (int64_t row = 0; row < rule.rows; ++row) rows.push_back((int32_t)row), columns += rule.lengths[row];
        if (!upload_ends(rule, rows, room, stream)) return false;
    } else {
        columns = rule.rows * rule.columns;
    }
    const Candidates trials = {series_of(probability, 0, false),
                               stream_key(rule, Purpose::skip),
                               0,
                               columns + 1,
                               rule.rows,
                               rule.lengths == nullptr ? nullptr : room.ends,
                               nullptr,
                               nullptr};
    return make_series(on_device, trials, chosen, room, (double)columns * trials.series.bound, made, stream);
}

// Plan the memory that is taken while the `n` targets of a rule are made.
inline void want_before(Allocator& memory, const eqsim_rule& rule, int64_t n) {
    Room room = {};
    Allocator before;
    if (n) want(before, "targets, while they are made", room, rule, n);
    memory.want_before(before.bytes());
}

template <class T>
inline bool make_synapses(const eqsim_rule& rule, const eqsim_rule& on_device, const Chosen<T>& chosen, Room& room, int64_t& made,
                          cudaStream_t stream) {
    if (rule.law == EQSIM_SAMPLE) {
        Sampling<T> sampling(rule, on_device, chosen, room, stream);
        const bool complete = sampling.make();
        made = sampling.made();
        return complete;
    }
    if (rule.law == EQSIM_CHANCE && rule.parameters != nullptr)
        return make_by_chances(rule, on_device, chosen, room, made, stream);
    return make_by_chance(rule, on_device, chosen, room, made, stream);
}

// Find out whether each source has as many synapses as it should, where rows are targets.
inline bool has_filled(const eqsim_rule& rule, const Room& room, bool& is_as_told, cudaStream_t stream) {
    std::vector<int32_t> filled((size_t)rule.partners);
    if (!download(filled.data(), room.filled, rule.partners, stream) || cudaStreamSynchronize(stream) != cudaSuccess) return false;
    for (int64_t source = 0; source < rule.partners; ++source)
        is_as_told = is_as_told && filled[(size_t)source] == rule.begin[source + 1] - rule.begin[source];
    return true;
}

// Make the `n` targets of a rule; false, with the reason told if memory is short. A rule that makes others, as one from a
// damaged file may do, is an error.
template <class T> bool connect(T* targets, int64_t n, const eqsim_rule& rule, cudaStream_t stream) {
    if (n == 0) return true;
    Room room = {};
    Allocator memory;
    want(memory, "targets, while they are made", room, rule, n);
    const Taken taken(memory);
    if (!taken.is_complete()) return false;
    eqsim_rule on_device = rule;
    on_device.lengths = nullptr, on_device.begin = nullptr;
    on_device.parameters = rule.parameters == nullptr ? nullptr : room.parameters;
    Chosen<T> chosen = {targets, n, rule.first_target, nullptr, nullptr};
    if (rule.law == EQSIM_CHANCE && rule.parameters != nullptr && !upload(room.parameters, rule.parameters, rule.rows, stream))
        return false;
    if (rule.by_target) {
        if (!upload(room.begin, rule.begin, rule.partners + 1, stream)) return false;
        chosen.begin = room.begin, chosen.filled = room.filled;
    }
    int64_t made = 0;
    if (!make_synapses(rule, on_device, chosen, room, made, stream)) return false;
    bool is_as_told = made == n;
    if (rule.by_target && !has_filled(rule, room, is_as_told, stream)) return false;
    if (!is_as_told)
        throw std::runtime_error("a connection has a rule that makes other synapses than it tells the begins of\n  it makes " +
                                 std::to_string(made) + " of " + std::to_string(n));
    if (rule.by_target) {
        const Shape shape = {least(rule.partners, most_blocks), tile_width(quotient_up(n, rule.partners))};
        launch(sort_rows<T>, shape, stream, (const int32_t*)room.begin, rule.partners, targets);
    }
    return cudaStreamSynchronize(stream) == cudaSuccess;
}

}  // namespace eqsim
