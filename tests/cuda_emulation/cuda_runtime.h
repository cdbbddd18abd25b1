// CUDA on the processor, as far as generated simulations use it; emulation.cpp has what need not be compiled with each.
//
// Each thread of a block is a coroutine, or with EQSIM_EMULATED_THREADS a thread of the system, for sanitizers. Blocks run one
// after the other, in the order that EQSIM_EMULATED_ORDER names: forwards, backwards, or a number that seeds a shuffle. In a
// block, one warp runs until it can go no further before the next one begins: whoever forgets to wait reads what is not
// there yet. Device memory starts out as garbage, and a block of which only some threads reach a barrier stops the program.
//
// EQSIM_EMULATED_DEVICES is the number of devices, EQSIM_EMULATED_MEMORY the size of the memory of each in bytes, and
// EQSIM_EMULATED_FAULT the number of the launch that fails.
#pragma once

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <type_traits>

#define __global__
#define __device__
#define __host__
#define __grid_constant__
#define __launch_bounds__(...)
#define __shared__ static

#ifdef EQSIM_EMULATED_THREADS
#define EMULATED_LOCAL thread_local
#else
#define EMULATED_LOCAL
#endif

struct Dimension {
    unsigned x;
};
extern EMULATED_LOCAL Dimension threadIdx, blockIdx;
extern Dimension blockDim, gridDim;

// ------------------------------------------------------------------------------------------------------- memory and streams

struct EmulatedStream;
struct EmulatedGraph;
typedef EmulatedStream* cudaStream_t;
typedef EmulatedGraph* cudaGraph_t;
typedef EmulatedGraph* cudaGraphExec_t;
enum cudaError_t { cudaSuccess = 0, cudaErrorMemoryAllocation = 2, cudaErrorInvalidDevice = 101, cudaErrorIllegalAddress = 700 };
enum { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum { cudaStreamNonBlocking, cudaHostAllocMapped, cudaStreamCaptureModeThreadLocal };

cudaError_t cudaMemGetInfo(size_t* available, size_t* all);
cudaError_t cudaMalloc(void** memory, size_t bytes);
cudaError_t cudaFree(void* memory);
cudaError_t cudaHostAlloc(void** memory, size_t bytes, int);
cudaError_t cudaHostGetDevicePointer(void** device, void* host, int);
cudaError_t cudaFreeHost(void* memory);
cudaError_t cudaMemset(void* memory, int value, size_t bytes);
cudaError_t cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t);
cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, int);
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, int kind, cudaStream_t);
cudaError_t cudaMemcpy2DAsync(
    void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width, size_t height, int, cudaStream_t);
template <class T>
cudaError_t cudaMemcpyToSymbolAsync(T& symbol, const void* from, size_t bytes, size_t, int kind, cudaStream_t) {
    return cudaMemcpy((void*)&symbol, from, bytes, kind);
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, int);
cudaError_t cudaSetDevice(int number);
cudaError_t cudaStreamDestroy(cudaStream_t);
cudaError_t cudaStreamSynchronize(cudaStream_t);
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaGetLastError();
const char* cudaGetErrorString(cudaError_t error);
cudaError_t cudaStreamBeginCapture(cudaStream_t, int);
cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t* graph);
cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned);
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable);

// ----------------------------------------------------------------------------------------------------------------- launches

namespace emulated {

// Run a kernel now, or when the graph does that is being captured; what it is given is copied.
void enqueue(void (*run)(const void*), const void* call, size_t bytes, unsigned blocks, unsigned width);

template <class... Taken, class... Given>
void launch(void (*kernel)(Taken...), unsigned blocks, unsigned width, const Given&... given) {
    const auto call = [=] { kernel(given...); };
    typedef std::remove_const_t<decltype(call)> Call;
    static_assert(std::is_trivially_copyable<Call>::value, "a kernel takes a copy of the bytes that it is given");
    enqueue([](const void* kept) { (*(const Call*)kept)(); }, &call, sizeof call, blocks, width);
}

void wait_for_block();
void wait_for_warp();
// What the lanes of this warp give, each of them once.
int64_t* given(int64_t word);

}  // namespace emulated

// --------------------------------------------------------------------------------------------------- what threads do together

inline void __syncthreads() { emulated::wait_for_block(); }
int __syncthreads_or(int condition);
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __syncwarp() { emulated::wait_for_warp(); }
inline uint32_t __ballot_sync(uint32_t, bool present) {
    const int64_t* const words = emulated::given(present);
    uint32_t word = 0;
    for (unsigned lane = 0; lane < 32; ++lane) word |= (uint32_t)words[lane] << lane;
    return word;
}
inline bool __any_sync(uint32_t mask, bool present) { return __ballot_sync(mask, present) != 0; }
template <class T> T __shfl_up_sync(uint32_t, T value, unsigned distance) {
    const unsigned lane = threadIdx.x % 32;
    return (T)emulated::given((int64_t)value)[lane >= distance ? lane - distance : lane];
}
template <class T> T __shfl_sync(uint32_t, T value, int lane) { return (T)emulated::given((int64_t)value)[lane]; }
inline int32_t __popc(uint32_t word) { return __builtin_popcount(word); }
inline int32_t __ffs(int32_t word) { return __builtin_ffs(word); }
inline int32_t __clz(int32_t word) { return word == 0 ? 32 : __builtin_clz((unsigned)word); }

template <class T> T atomicMin(T* place, T value) {
    T found = __atomic_load_n(place, __ATOMIC_RELAXED);
    while (value < found && !__atomic_compare_exchange_n(place, &found, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    return found;
}
template <class T> T atomicAdd(T* place, T value) {
    T found, sum;
    __atomic_load(place, &found, __ATOMIC_RELAXED);
    do sum = (T)(found + value);
    while (!__atomic_compare_exchange(place, &found, &sum, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return found;
}
