// What the parts cost of which simulations on a device consist. Prints a line of JSON for each: name, value, unit.
// With the argument `copy` only the bandwidth of a copy.
#include <cooperative_groups.h>
#include <cuda_runtime.h>
#include <stdint.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "random.h"

namespace {

void check(cudaError_t error, const char* what) {
    if (error == cudaSuccess) return;
    std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(error));
    std::exit(1);
}

void tell(const char* name, double value, const char* unit) {
    std::printf("{\"part\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"}\n", name, value, unit);
    std::fflush(stdout);
}

__global__ void copy(const double* from, double* to, int64_t n) {
    const int64_t threads = static_cast<int64_t>(gridDim.x) * blockDim.x;
    for (int64_t i = blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x; i < n; i += threads) to[i] = from[i];
}

__global__ void nothing() {}

__global__ void meet(int times) {
    for (int each = 0; each < times; ++each) cooperative_groups::this_grid().sync();
}

__global__ void meet_in_block(int times) {
    for (int each = 0; each < times; ++each) __syncthreads();
}

// Blocks of a cluster, which devices have from sm_90 on; for older ones there is nothing to run.
__global__ void meet_in_cluster(int times) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
    for (int each = 0; each < times; ++each) cooperative_groups::this_cluster().sync();
#else
    (void)times;
#endif
}

// Add to places that are neighbours for the lanes of a warp, or that lie anywhere.
template <class T> __global__ void add(T* places, uint32_t mask, int times, bool anywhere) {
    uint32_t place = blockIdx.x * blockDim.x + threadIdx.x;
    for (int each = 0; each < times; ++each) {
        atomicAdd(&places[place & mask], static_cast<T>(1));
        place = anywhere ? place * 2654435761u + 12345u : place + gridDim.x * blockDim.x;
    }
}

template <class T> __global__ void add_in_block(T* result, int times) {
    __shared__ T places[1024];
    for (uint32_t each = threadIdx.x; each < 1024; each += blockDim.x) places[each] = 0;
    __syncthreads();
    uint32_t place = threadIdx.x;
    for (int each = 0; each < times; ++each) {
        atomicAdd(&places[place & 1023u], static_cast<T>(1));
        place = place * 2654435761u + 12345u;
    }
    __syncthreads();
    result[blockIdx.x * 1024 + threadIdx.x] = places[threadIdx.x];
}

__global__ void draw(double* sums, int times) {
    const int64_t element = blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x;
    double sum = 0;
    for (int each = 0; each < times; ++each) sum += eqsim::uniform(12345u, 0u, each, element);
    sums[element] = sum;
}

template <class Call> double milliseconds(int times, Call call) {
    cudaEvent_t begin, end;
    check(cudaEventCreate(&begin), "event");
    check(cudaEventCreate(&end), "event");
    call();  // warm
    check(cudaEventRecord(begin), "record");
    for (int each = 0; each < times; ++each) call();
    check(cudaEventRecord(end), "record");
    check(cudaEventSynchronize(end), "wait");
    float found = 0;
    check(cudaEventElapsedTime(&found, begin, end), "time");
    return static_cast<double>(found) / times;
}

void graphs() {
    constexpr int nodes = 100;
    cudaStream_t stream;
    cudaGraph_t graph;
    cudaGraphExec_t executable;
    check(cudaStreamCreate(&stream), "stream");
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "capture");
    for (int each = 0; each < nodes; ++each) nothing<<<1, 32, 0, stream>>>();
    check(cudaStreamEndCapture(stream, &graph), "capture");
    check(cudaGraphInstantiateWithFlags(&executable, graph, 0), "graph");
    check(cudaStreamSynchronize(stream), "wait");
    cudaEvent_t begin, end;
    check(cudaEventCreate(&begin), "event");
    check(cudaEventCreate(&end), "event");
    check(cudaGraphLaunch(executable, stream), "launch");
    check(cudaEventRecord(begin, stream), "record");
    for (int each = 0; each < 50; ++each) check(cudaGraphLaunch(executable, stream), "launch");
    check(cudaEventRecord(end, stream), "record");
    check(cudaEventSynchronize(end), "wait");
    float found = 0;
    check(cudaEventElapsedTime(&found, begin, end), "time");
    tell("a kernel in a graph", found / 50.0 / nodes * 1e3, "us");
}

void meetings(int processors) {
    int times = 1000;
    void* given[] = {&times};
    const double found = milliseconds(5, [&] {
        check(cudaLaunchCooperativeKernel(reinterpret_cast<const void*>(meet), dim3(static_cast<unsigned>(processors)), dim3(256), given), "cooperative launch");
    });
    tell("all blocks wait for each other", found / times * 1e3, "us");
    tell("512 threads of a block wait for each other", milliseconds(5, [&] { meet_in_block<<<1, 512>>>(times); }) / times * 1e3, "us");
}

void clusters(int major, unsigned processors) {
    const char* const name = "8 blocks of a cluster wait for each other";
    if (major < 9) {
        std::printf("{\"part\": \"%s\", \"value\": null, \"unit\": \"only from sm_90 on\"}\n", name);
        return;
    }
    constexpr int times = 1000;
    cudaLaunchAttribute attribute = {};
    attribute.id = cudaLaunchAttributeClusterDimension;
    attribute.val.clusterDim.x = 8;
    attribute.val.clusterDim.y = attribute.val.clusterDim.z = 1;
    cudaLaunchConfig_t configuration = {};
    configuration.gridDim = dim3(processors / 8 * 8);
    configuration.blockDim = dim3(512);
    configuration.attrs = &attribute;
    configuration.numAttrs = 1;
    const double found = milliseconds(5, [&] { check(cudaLaunchKernelEx(&configuration, meet_in_cluster, times), "cluster launch"); });
    tell(name, found / times * 1e3, "us");
}

template <class T> void additions(const char* name, unsigned blocks) {
    constexpr uint32_t places = 1u << 22;
    constexpr int times = 64;
    T* memory = nullptr;
    check(cudaMalloc(&memory, places * sizeof(T)), "memory");
    check(cudaMemset(memory, 0, places * sizeof(T)), "memory");
    char text[64];
    for (const bool anywhere : {false, true}) {
        const double found = milliseconds(5, [&] { add<T><<<blocks, 256>>>(memory, places - 1, times, anywhere); });
        std::snprintf(text, sizeof text, "atomic additions of %s, %s", name, anywhere ? "anywhere" : "neighbours");
        tell(text, blocks * 256.0 * times / found / 1e6, "G/s");
    }
    const double found = milliseconds(5, [&] { add_in_block<T><<<1024, 1024>>>(memory, times); });
    std::snprintf(text, sizeof text, "atomic additions of %s within blocks", name);
    tell(text, 1024.0 * 1024.0 * times / found / 1e6, "G/s");
    check(cudaFree(memory), "memory");
}

}  // namespace

int main(int count, char** given) {
    const bool copy_only = count > 1 && std::strcmp(given[1], "copy") == 0;
    cudaDeviceProp device;
    check(cudaGetDeviceProperties(&device, 0), "device");
    const unsigned blocks = static_cast<unsigned>(device.multiProcessorCount) * 8u;
    size_t available = 0, all = 0;
    check(cudaMemGetInfo(&available, &all), "memory");
    const int64_t n = available / 4 < (INT64_C(1) << 30) ? static_cast<int64_t>(available / 4 / 16 * 2) : INT64_C(1) << 27;
    double *from = nullptr, *to = nullptr;
    check(cudaMalloc(&from, static_cast<size_t>(n) * 8), "memory");
    check(cudaMalloc(&to, static_cast<size_t>(n) * 8), "memory");
    tell("copy", 2.0 * static_cast<double>(n) * 8 / milliseconds(20, [&] { copy<<<blocks, 256>>>(from, to, n); }) / 1e6, "GB/s");
    if (copy_only) return 0;
    tell("a launch", milliseconds(2000, [&] { nothing<<<1, 32>>>(); }) * 1e3, "us");
    graphs();
    meetings(device.multiProcessorCount);
    clusters(device.major, static_cast<unsigned>(device.multiProcessorCount));
    additions<float>("float", blocks);
    additions<double>("double", blocks);
    additions<unsigned long long>("integers", blocks);
    tell("random numbers", blocks * 256.0 * 256 / milliseconds(5, [&] { draw<<<blocks, 256>>>(to, 256); }) / 1e6, "G/s");
    check(cudaDeviceSynchronize(), "device");
    return 0;
}
