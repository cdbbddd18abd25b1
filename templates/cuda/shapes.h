// How many blocks and threads visit so many elements.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include "searching.h"

namespace eqsim {

constexpr int64_t widest_tile = 256;
// On each processor of a device. Told nothing, the compiler spills registers to have room for more.
constexpr int64_t blocks_at_once = 2;
constexpr int64_t most_blocks = 65536;  // kernels stride over what is left
constexpr int64_t threads_of_persistent = 512;
constexpr int64_t warps_of_block = widest_tile / 32;

struct Shape {
    int64_t blocks;
    int64_t threads;
};

__host__ __device__ inline int64_t quotient_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Threads of a block that works on one instance of `n` elements: whole warps, and few of them for few elements.
__host__ __device__ inline int64_t tile_width(int64_t n) { return least(widest_tile, greatest((n + 31) / 32, 1) * 32); }
__host__ __device__ inline int64_t tiles(int64_t n) { return quotient_up(n, tile_width(n)); }

// How many neighbouring targets a warp owns: one for each lane, and more where there are more warps than a device runs.
__host__ __device__ inline int64_t targets_of_warp(int64_t n, int64_t instances) {
    return least(greatest(quotient_up(n * instances, 4096), 32), 4096);
}
inline int64_t parts_of_targets(int64_t n, int64_t instances) {
    return quotient_up(quotient_up(n, targets_of_warp(n, instances)), warps_of_block);
}
// Rows with events are few: blocks enough to fill a device, and no more.
inline int64_t parts_of_rows(int64_t rows, int64_t instances) {
    return least(quotient_up(rows, warps_of_block), greatest(1024 / instances, 1));
}

// One thread per instance.
inline Shape once(int64_t instances) { return {least((instances + 31) / 32, most_blocks), 32}; }
// So many blocks per instance.
inline Shape in_parts(int64_t instances, int64_t parts, int64_t threads) {
    return {least(instances * parts, most_blocks), threads};
}

template <class... Taken, class... Given>
inline void launch(void (*kernel)(Taken...), Shape shape, cudaStream_t stream, const Given&... given) {
    if (shape.blocks == 0) return;
    kernel<<<(unsigned)shape.blocks, (unsigned)shape.threads, 0, stream>>>(given...);
}

}  // namespace eqsim
