// What monitors record: filled on the device, and drained to the host from time to time.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>
#include <string.h>

#include <initializer_list>
#include <vector>

#include "device_memory.h"
#include "order.h"

namespace eqsim {

// Rows in columns of the given widths in bytes, as many per instance as can be appended until the host drains them:
// there is always room.
template <int32_t... widths> struct Record {
    static constexpr int32_t columns = sizeof...(widths);
    static constexpr int64_t bytes_of_row = (widths + ...);

    // The row that one element appends, or none.
    struct Row {
        uint64_t values[columns] = {};
        bool present = false;

        template <class T> __device__ void set(int32_t column, T value) {
            uint64_t bits = 0;
            memcpy(&bits, &value, sizeof value);
            values[column] = bits;
        }
    };

    unsigned char* memory;  // one column after the other, each [instances][capacity]
    int64_t* rows;          // [instances]
    int64_t instances;
    int64_t capacity;       // a multiple of 8, which aligns every column

    __device__ void store(int64_t instance, int64_t at, const Row& row) const {
        constexpr int32_t width_of[] = {widths...};
        const int64_t place = instance * capacity + at;
        unsigned char* column = memory;
#pragma unroll
        for (int32_t number = 0; number < columns; ++number) {
            const int32_t width = width_of[number];
            const uint64_t value = row.values[number];
            if (width == 8) reinterpret_cast<uint64_t*>(column)[place] = value;
            if (width == 4) reinterpret_cast<uint32_t*>(column)[place] = static_cast<uint32_t>(value);
            if (width == 1) column[place] = static_cast<unsigned char>(value);
            column += instances * capacity * width;
        }
    }

    // Append the row of a thread that has the instance to itself.
    __device__ void append(int64_t instance, const Row& row) const {
        if (row.present) store(instance, rows[instance]++, row);
    }

    // Append the rows of a block that has the instance to itself, in the order of its threads.
    __device__ void append_in_order(int64_t instance, const Row& row) const {
        const int64_t before = rows[instance];
        const Place place = place_of(row.present);
        if (row.present) store(instance, before + place.before, row);
        if (threadIdx.x == 0) rows[instance] = before + place.total;
        __syncthreads();
    }
};

template <int32_t... widths>
inline void want(Allocator& memory, const char* name, Record<widths...>& record, int64_t instances, int64_t rows) {
    record.instances = instances;
    record.capacity = (rows + 7) / 8 * 8;
    memory.want(name, record.memory, instances * record.capacity * record.bytes_of_row);
    memory.want(name, record.rows, instances);
}

// What was drained from a record, until the caller takes it.
struct Drained {
    struct Instance {
        int64_t rows = 0;
        std::vector<std::vector<unsigned char>> columns;
    };
    std::vector<Instance> instances;
};

inline void prepare(Drained& drained, int64_t instances, int32_t columns) {
    drained.instances.resize(static_cast<size_t>(instances));
    for (Drained::Instance& each : drained.instances) each.columns.resize(static_cast<size_t>(columns));
}

// Move the rows of a record to the host, one copy per column; false if the device failed.
template <int32_t... widths>
inline bool drain(const Record<widths...>& record, Drained& drained, cudaStream_t stream) {
    const size_t instances = static_cast<size_t>(record.instances);
    std::vector<int64_t> rows(instances);
    if (!download(rows.data(), record.rows, record.instances, stream)) return false;
    if (cudaStreamSynchronize(stream) != cudaSuccess) return false;
    int64_t most = 0;
    for (int64_t each : rows) most = greatest(most, each);
    if (most == 0) return true;
    const unsigned char* column = record.memory;
    std::vector<unsigned char> copied;
    size_t number = 0;
    for (size_t width : {static_cast<size_t>(widths)...}) {
        const size_t pitch = static_cast<size_t>(record.capacity) * width, used = static_cast<size_t>(most) * width;
        copied.resize(instances * used);
        if (cudaMemcpy2DAsync(copied.data(), used, column, pitch, used, instances, cudaMemcpyDeviceToHost, stream) !=
            cudaSuccess)
            return false;
        if (cudaStreamSynchronize(stream) != cudaSuccess) return false;
        for (size_t instance = 0; instance < instances; ++instance) {
            const unsigned char* const first = copied.data() + instance * used;
            std::vector<unsigned char>& all = drained.instances[instance].columns[number];
            all.insert(all.end(), first, first + static_cast<size_t>(rows[instance]) * width);
        }
        column += instances * pitch;
        ++number;
    }
    for (size_t instance = 0; instance < instances; ++instance) drained.instances[instance].rows += rows[instance];
    return cudaMemsetAsync(record.rows, 0, instances * sizeof(int64_t), stream) == cudaSuccess;
}

inline int64_t rows(const Drained& drained, int64_t instance) {
    return drained.instances[static_cast<size_t>(instance)].rows;
}

inline const void* column(const Drained& drained, int64_t instance, int32_t number) {
    return drained.instances[static_cast<size_t>(instance)].columns[static_cast<size_t>(number)].data();
}

inline void clear(Drained& drained, int64_t instance) {
    Drained::Instance& cleared = drained.instances[static_cast<size_t>(instance)];
    cleared.rows = 0;
    for (std::vector<unsigned char>& each : cleared.columns) each.clear();
}

}  // namespace eqsim
