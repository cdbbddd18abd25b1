// CUDA on the processor, as far as generated simulations use it: each thread of a block is a coroutine that runs until it
// meets the others. Blocks and threads run in an order that EQSIM_TEST_ORDER turns around, device memory starts out as
// garbage, and a block of which only some threads reach a barrier stops the program.
#pragma once

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <memory>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __grid_constant__
#define __shared__ static

struct Dimension {
    unsigned x;
};
static Dimension threadIdx, blockIdx, blockDim, gridDim;

typedef int cudaStream_t_;
typedef cudaStream_t_* cudaStream_t;
enum cudaError_t { cudaSuccess, cudaErrorMemoryAllocation };
enum { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaStreamNonBlocking };

inline cudaError_t cudaMalloc(void** memory, size_t bytes) {
    *memory = malloc(bytes);
    memset(*memory, 0xa5, bytes);
    return cudaSuccess;
}
inline cudaError_t cudaFree(void* memory) { return free(memory), cudaSuccess; }
inline cudaError_t cudaMemset(void* memory, int value, size_t bytes) { return memset(memory, value, bytes), cudaSuccess; }
inline cudaError_t cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t) {
    return cudaMemset(memory, value, bytes);
}
inline cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, int, cudaStream_t) {
    return memcpy(to, from, bytes), cudaSuccess;
}
inline cudaError_t cudaMemcpy2DAsync(
    void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width, size_t height, int, cudaStream_t) {
    for (size_t row = 0; row < height; ++row) memcpy((char*)to + row * to_pitch, (const char*)from + row * from_pitch, width);
    return cudaSuccess;
}
inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, int) { return *stream = nullptr, cudaSuccess; }
inline cudaError_t cudaStreamDestroy(cudaStream_t) { return cudaSuccess; }
inline cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
inline cudaError_t cudaDeviceSynchronize() { return cudaSuccess; }
inline cudaError_t cudaGetLastError() { return cudaSuccess; }

namespace emulated {

constexpr unsigned most_threads = 1024, stack_bytes = 1 << 16;

// A context starts a thread, jumps then switch between those that run: they need no system call.
struct Thread {
    ucontext_t context;
    jmp_buf place;
    bool started;
    std::unique_ptr<char[]> stack{new char[stack_bytes]};
    bool done;
};
static std::vector<Thread> threads(most_threads);
static ucontext_t unused;
static jmp_buf scheduler;
static void (*run)(void*);
static void* what;
static uint32_t words[most_threads];

inline void enter() {
    run(what);
    threads[threadIdx.x].done = true;
    _longjmp(scheduler, 1);
}
inline void wait() {
    const unsigned own = threadIdx.x;
    if (_setjmp(threads[own].place) == 0) _longjmp(scheduler, 1);
}
inline void resume(Thread& thread) {
    if (_setjmp(scheduler) != 0) return;
    if (thread.started) _longjmp(thread.place, 1);
    thread.started = true;
    swapcontext(&unused, &thread.context);
}
inline void block(bool backwards) {
    for (unsigned each = 0; each < blockDim.x; ++each) {
        Thread& thread = threads[each];
        getcontext(&thread.context);
        thread.context.uc_stack.ss_sp = thread.stack.get();
        thread.context.uc_stack.ss_size = stack_bytes;
        thread.started = thread.done = false;
        makecontext(&thread.context, enter, 0);
    }
    for (unsigned done = 0; done == 0;) {
        for (unsigned turn = 0; turn < blockDim.x; ++turn) {
            threadIdx.x = backwards ? blockDim.x - 1 - turn : turn;
            Thread& thread = threads[threadIdx.x];
            resume(thread);
            done += thread.done;
        }
        if (done != 0 && done != blockDim.x) {
            fprintf(stderr, "only some threads of a block reach a barrier\n");
            abort();
        }
    }
}
template <class Call> void launch(unsigned blocks, unsigned width, Call call) {
    const char* order = getenv("EQSIM_TEST_ORDER");
    const bool backwards = order != nullptr && strcmp(order, "backwards") == 0;
    gridDim.x = blocks;
    blockDim.x = width;
    run = [](void* found) { (*(Call*)found)(); };
    what = &call;  // until this function returns, when nothing runs any more
    for (unsigned turn = 0; turn < blocks; ++turn) {
        blockIdx.x = backwards ? blocks - 1 - turn : turn;
        block(backwards);
    }
}
inline uint32_t exchanged(uint32_t word, unsigned from) {
    words[threadIdx.x] = word;
    wait();
    const uint32_t found = words[from];
    wait();
    return found;
}

}  // namespace emulated

inline void __syncthreads() { emulated::wait(); }
inline uint32_t __ballot_sync(uint32_t, bool present) {
    emulated::words[threadIdx.x] = present;
    emulated::wait();
    uint32_t word = 0;
    for (unsigned lane = 0; lane < 32; ++lane) word |= emulated::words[threadIdx.x / 32 * 32 + lane] << lane;
    emulated::wait();
    return word;
}
inline int32_t __shfl_up_sync(uint32_t, int32_t value, unsigned distance) {
    const unsigned lane = threadIdx.x % 32;
    return (int32_t)emulated::exchanged((uint32_t)value, lane >= distance ? threadIdx.x - distance : threadIdx.x);
}
inline int32_t __shfl_sync(uint32_t, int32_t value, unsigned lane) {
    return (int32_t)emulated::exchanged((uint32_t)value, threadIdx.x / 32 * 32 + lane);
}
inline int32_t __popc(uint32_t word) { return __builtin_popcount(word); }
template <class T> T atomicMin(T* place, T value) { return *place = value < *place ? value : *place; }
template <class T> T atomicAdd(T* place, T value) { return *place = (T)(*place + value); }
