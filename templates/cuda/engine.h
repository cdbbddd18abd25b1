// The loop over time: launches, graphs of many steps, or one kernel for many; and what is told when a kernel fails.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include <chrono>
#include <string>
#include <vector>

#include "device_memory.h"
#include "shapes.h"

namespace eqsim {

// Memory for what is recorded between two drains, all records together; the number of ticks between them follows.
constexpr int64_t bytes_of_records = INT64_C(1) << 28;
constexpr int64_t most_ticks = 65536;
constexpr int64_t ticks_of_graph = 64;

// Which kernel began last, in memory of the host: what is on a device is lost when a kernel fails.
struct Trace {
    int64_t* on_device;
    int64_t* on_host;
};

constexpr int bits_of_kernel = 20;

__device__ inline void enter(const Trace& trace, int64_t tick, int64_t kernel) {
    if (blockIdx.x == 0 && threadIdx.x == 0) *(volatile int64_t*)trace.on_device = tick << bits_of_kernel | kernel;
}

// How a step is run: kernel by kernel, as a graph of many steps, or within one kernel with a block for each instance.
enum class Mode { automatic, launches, graph, persistent };

// Small networks wait for launches, so they run in one kernel; large ones need more than a block. Instances fill a device.
inline Mode chosen_mode(int32_t wanted, int64_t elements, int64_t entries, int64_t instances, bool may_persist) {
    const Mode mode = (Mode)wanted;
    if (mode == Mode::launches || mode == Mode::graph) return mode;
    if (!may_persist) return Mode::graph;
    if (mode == Mode::persistent) return mode;
    const int64_t each = instances >= 64 ? 16 : 1;
    return elements <= 4096 * each && entries <= 1000000 * each ? Mode::persistent : Mode::graph;
}

inline int64_t threads_for(int64_t elements) {
    return least(threads_of_persistent, greatest(quotient_up(elements, 32), 1) * 32);
}

constexpr int32_t bits_of_mode = 8;  // of what the caller gives; above it is the number of the device

struct Engine {
    int32_t device;
    cudaStream_t stream;
    Mode mode;
    int64_t threads;               // of a block that runs an instance alone
    int64_t ticks_between_drains;  // no record can overflow in so many ticks
    cudaGraph_t graph;
    cudaGraphExec_t executable;
    std::vector<void*> memory;
    cudaError_t failure;
    std::chrono::steady_clock::time_point began;
};

// Let what this thread of the host asks for be done by the simulation's device; false if there is no such device.
inline bool is_at_device(const Engine& engine) { return cudaSetDevice(engine.device) == cudaSuccess; }

inline bool create(Engine& engine, const Allocator& memory, Trace& trace) {
    if (!is_at_device(engine)) return false;
    if (cudaStreamCreateWithFlags(&engine.stream, cudaStreamNonBlocking) != cudaSuccess) return false;
    void* found = nullptr;
    if (cudaHostAlloc(&found, sizeof(int64_t), cudaHostAllocMapped) != cudaSuccess) return false;
    trace.on_host = static_cast<int64_t*>(found);
    *trace.on_host = -1;
    if (cudaHostGetDevicePointer(&found, trace.on_host, 0) != cudaSuccess) return false;
    trace.on_device = static_cast<int64_t*>(found);
    return memory.take(engine.memory) && cudaDeviceSynchronize() == cudaSuccess;
}

inline void destroy(Engine& engine, Trace& trace) {
    if (engine.stream == nullptr) return;  // nothing was made
    is_at_device(engine);
    for (void* each : engine.memory) cudaFree(each);
    if (engine.executable != nullptr) cudaGraphExecDestroy(engine.executable);
    if (engine.graph != nullptr) cudaGraphDestroy(engine.graph);
    if (trace.on_host != nullptr) cudaFreeHost(trace.on_host);
    cudaStreamDestroy(engine.stream);
}

// Wait for all that was enqueued.
inline bool is_done(Engine& engine) {
    const cudaError_t last = cudaGetLastError();
    const cudaError_t waited = cudaStreamSynchronize(engine.stream);
    engine.failure = waited != cudaSuccess ? waited : last;
    return engine.failure == cudaSuccess;
}

// The graph of what `enqueue` enqueues, made once.
template <class Enqueue> inline bool has_graph(Engine& engine, Enqueue enqueue) {
    if (engine.executable != nullptr) return true;
    if (cudaStreamBeginCapture(engine.stream, cudaStreamCaptureModeThreadLocal) != cudaSuccess) return false;
    enqueue();
    if (cudaStreamEndCapture(engine.stream, &engine.graph) != cudaSuccess) return false;
    return cudaGraphInstantiateWithFlags(&engine.executable, engine.graph, 0) == cudaSuccess;
}

inline bool replay(Engine& engine) { return cudaGraphLaunch(engine.executable, engine.stream) == cudaSuccess; }

// Wait for a kernel and add the time since the last one.
inline void spent(Engine& engine, double& seconds) {
    cudaStreamSynchronize(engine.stream);
    const auto now = std::chrono::steady_clock::now();
    seconds += std::chrono::duration<double>(now - engine.began).count();
    engine.began = now;
}

// Tell in which kernel and step the device failed.
template <class Step> inline void tell_fault(Engine& engine, const Trace& trace, const char* const* kernels, Step step) {
    if (engine.failure == cudaSuccess) engine.failure = cudaGetLastError();
    told() = std::string("the device failed: ") + cudaGetErrorString(engine.failure);
    if (trace.on_host == nullptr || *trace.on_host < 0) return;
    const int64_t kernel = *trace.on_host & ((INT64_C(1) << bits_of_kernel) - 1);
    const int64_t number = step(*trace.on_host >> bits_of_kernel, kernel);
    told() += std::string("\n  the kernel that began last is ") + kernels[kernel] + "\n  in step " + std::to_string(number);
}

}  // namespace eqsim
