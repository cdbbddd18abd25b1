// The targets of synapses that follow from a rule: made on the device, where they are the numbers that a processor makes.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

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

// Make the synapses of rows that differ in their probabilities: those of each series by themselves.
template <class T>
inline bool make_by_chances(const eqsim_rule& rule, const eqsim_rule& on_device, const Chosen<T>& chosen, Room& room,
                            cudaStream_t stream) {
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
        int64_t columns = 0, made = 0;
        for (const int32_t row : rows) {
            columns += length_of(rule, row);
            if (rule.by_target) continue;
            shifts.push_back(rule.begin[row] - made);
            made += rule.begin[row + 1] - rule.begin[row];
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
        if (!make_series(on_device, trials, chosen, room, successes, stream)) return false;
    }
    return true;
}

// Make those of rows of one probability, or all.
template <class T>
inline bool make_by_chance(const eqsim_rule& rule, const eqsim_rule& on_device, const Chosen<T>& chosen, Room& room,
                           cudaStream_t stream) {
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
    return make_series(on_device, trials, chosen, room, (double)columns * trials.series.bound, stream);
}

// Plan the memory that is taken while the `n` targets of a rule are made.
inline void want_before(Allocator& memory, const eqsim_rule& rule, int64_t n) {
    Room room = {};
    Allocator before;
    if (n) want(before, "targets, while they are made", room, rule, n);
    memory.want_before(before.bytes());
}

// Make the `n` targets of a rule.
template <class T> bool connect(T* targets, int64_t n, const eqsim_rule& rule, cudaStream_t stream) {
    if (n == 0) return true;
    Room room = {};
    Allocator memory;
    want(memory, "targets, while they are made", room, rule, n);
    std::vector<void*> taken;
    bool complete = memory.take(taken) && cudaDeviceSynchronize() == cudaSuccess;
    eqsim_rule on_device = rule;
    on_device.lengths = nullptr, on_device.begin = nullptr;
    on_device.parameters = rule.parameters == nullptr ? nullptr : room.parameters;
    Chosen<T> chosen = {targets, n, rule.first_target, nullptr, nullptr};
    if (complete && rule.law == EQSIM_CHANCE && rule.parameters != nullptr)
        complete = upload(room.parameters, rule.parameters, rule.rows, stream);
    if (complete && rule.by_target) {
        complete = upload(room.begin, rule.begin, rule.partners + 1, stream);
        chosen.begin = room.begin, chosen.filled = room.filled;
    }
    if (complete && rule.law == EQSIM_SAMPLE) complete = Sampling<T>(rule, on_device, chosen, room, stream).make();
    else if (complete && rule.law == EQSIM_CHANCE && rule.parameters != nullptr)
        complete = make_by_chances(rule, on_device, chosen, room, stream);
    else if (complete)
        complete = make_by_chance(rule, on_device, chosen, room, stream);
    if (complete && rule.by_target) {
        const Shape shape = {least(rule.partners, most_blocks), tile_width(quotient_up(n, rule.partners))};
        launch(sort_rows<T>, shape, stream, (const int32_t*)room.begin, rule.partners, targets);
    }
    complete = cudaStreamSynchronize(stream) == cudaSuccess && complete;
    for (void* each : taken) complete = cudaFree(each) == cudaSuccess && complete;
    return complete;
}

}  // namespace eqsim
