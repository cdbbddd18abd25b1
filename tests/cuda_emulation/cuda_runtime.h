// CUDA on the processor, as far as generated simulations use it.
//
// Each thread of a block is a coroutine, or with EQSIM_EMULATED_THREADS a thread of the system, for sanitizers. Blocks run one
// after the other, in the order that EQSIM_EMULATED_ORDER names: forwards, backwards, or a number that seeds a shuffle. In a
// block, one warp runs until it can go no further before the next one begins: whoever forgets to wait reads what is not
// there yet. Device memory starts out as garbage, and a block of which only some threads reach a barrier stops the program.
//
// EQSIM_EMULATED_DEVICES is the number of devices; EQSIM_EMULATED_MEMORY is the size of the device's memory in bytes; EQSIM_EMULATED_FAULT the number of the launch that fails.
#pragma once

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

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
static EMULATED_LOCAL Dimension threadIdx, blockIdx;
static Dimension blockDim, gridDim;

// ------------------------------------------------------------------------------------------------------- memory and streams

struct EmulatedStream;
typedef EmulatedStream* cudaStream_t;
enum cudaError_t { cudaSuccess = 0, cudaErrorMemoryAllocation = 2, cudaErrorInvalidDevice = 101, cudaErrorIllegalAddress = 700 };
enum { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum { cudaStreamNonBlocking, cudaHostAllocMapped, cudaStreamCaptureModeThreadLocal };

namespace emulated {

// What one process does is enough of a device; simulations of several threads of the host take turns.
struct Board {
    std::mutex mutex;
    std::map<void*, size_t> allocated;
    size_t used = 0;
    long long launches = 0;
    cudaError_t failure = cudaSuccess;
    std::vector<std::function<void()>>* capturing = nullptr;
};
inline Board& board() {
    static Board only;
    return only;
}
inline long long number_from(const char* variable, long long otherwise) {
    const char* text = getenv(variable);
    return text == nullptr || *text == 0 ? otherwise : atoll(text);
}
inline size_t memory() { return (size_t)number_from("EQSIM_EMULATED_MEMORY", 1LL << 40); }

}  // namespace emulated

inline cudaError_t cudaMemGetInfo(size_t* available, size_t* all) {
    *all = emulated::memory();
    *available = *all - std::min(*all, emulated::board().used);
    return cudaSuccess;
}
inline cudaError_t cudaMalloc(void** memory, size_t bytes) {
    emulated::Board& board = emulated::board();
    if (board.used + bytes > emulated::memory()) return cudaErrorMemoryAllocation;
    *memory = malloc(bytes);
    memset(*memory, 0xa5, bytes);
    board.allocated[*memory] = bytes;
    board.used += bytes;
    return cudaSuccess;
}
inline cudaError_t cudaFree(void* memory) {
    emulated::Board& board = emulated::board();
    board.used -= board.allocated[memory];
    board.allocated.erase(memory);
    return free(memory), cudaSuccess;
}
inline cudaError_t cudaHostAlloc(void** memory, size_t bytes, int) { return *memory = calloc(1, bytes), cudaSuccess; }
inline cudaError_t cudaHostGetDevicePointer(void** device, void* host, int) { return *device = host, cudaSuccess; }
inline cudaError_t cudaFreeHost(void* memory) { return free(memory), cudaSuccess; }
inline cudaError_t cudaMemset(void* memory, int value, size_t bytes) { return memset(memory, value, bytes), cudaSuccess; }
inline cudaError_t cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t) {
    return cudaMemset(memory, value, bytes);
}
inline cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, int) {
    if (bytes > 0) memcpy(to, from, bytes);
    return emulated::board().failure;
}
inline cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, int kind, cudaStream_t) {
    return cudaMemcpy(to, from, bytes, kind);
}
template <class T>
cudaError_t cudaMemcpyToSymbolAsync(T& symbol, const void* from, size_t bytes, size_t, int kind, cudaStream_t) {
    return cudaMemcpy((void*)&symbol, from, bytes, kind);
}
inline cudaError_t cudaMemcpy2DAsync(
    void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width, size_t height, int, cudaStream_t) {
    for (size_t row = 0; row < height; ++row) memcpy((char*)to + row * to_pitch, (const char*)from + row * from_pitch, width);
    return cudaSuccess;
}
// Each simulation makes a stream: its launches are counted from here on, and a device that failed works again.
inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, int) {
    emulated::board().launches = 0;
    emulated::board().failure = cudaSuccess;
    return *stream = (cudaStream_t)1, cudaSuccess;
}
inline cudaError_t cudaSetDevice(int number) {
    return number < emulated::number_from("EQSIM_EMULATED_DEVICES", 1) ? cudaSuccess : cudaErrorInvalidDevice;
}
inline cudaError_t cudaStreamDestroy(cudaStream_t) { return cudaSuccess; }
inline cudaError_t cudaStreamSynchronize(cudaStream_t) { return emulated::board().failure; }
inline cudaError_t cudaDeviceSynchronize() { return emulated::board().failure; }
inline cudaError_t cudaGetLastError() { return emulated::board().failure; }
inline const char* cudaGetErrorString(cudaError_t error) {
    return error == cudaErrorIllegalAddress ? "an illegal memory access was encountered" : "no error";
}

// --------------------------------------------------------------------------------------------------------- threads of a block

namespace emulated {

enum class State { ready, at_warp, at_block, done };

inline void stop(const char* why) {
    fprintf(stderr, "emulated CUDA: %s\n", why);
    abort();
}

// In which order blocks, warps and lanes run.
struct Order {
    std::vector<unsigned> places;
    void arrange(unsigned n, const char* name, std::mt19937& random) {
        places.resize(n);
        for (unsigned each = 0; each < n; ++each) places[each] = each;
        if (strcmp(name, "backwards") == 0) std::reverse(places.begin(), places.end());
        else if (*name >= '0' && *name <= '9') std::shuffle(places.begin(), places.end(), random);
    }
};

static int64_t words[2][1024];

#ifdef EQSIM_EMULATED_THREADS

// Real threads meet at real barriers; their order is the system's.
struct Barrier {
    std::mutex mutex;
    std::condition_variable met;
    unsigned waiting = 0, left = 0, generation = 0, size = 0;

    void wait() {
        std::unique_lock<std::mutex> lock(mutex);
        if (left != 0) stop("only some threads of a block reach a barrier");
        const unsigned mine = generation;
        if (++waiting == size) {
            waiting = 0;
            ++generation;
            met.notify_all();
            return;
        }
        met.wait(lock, [&] { return generation != mine; });
    }
    void leave() {
        std::unique_lock<std::mutex> lock(mutex);
        ++left;
        if (waiting != 0) stop("only some threads of a block reach a barrier");
    }
};
static std::unique_ptr<Barrier> of_block;
static std::vector<std::unique_ptr<Barrier>> of_warps;

inline void wait_for_block() { of_block->wait(); }
inline void wait_for_warp() { of_warps[threadIdx.x / 32]->wait(); }

template <class Call> void run_block(unsigned block, const Call& call, const char*, std::mt19937&) {
    of_block = std::make_unique<Barrier>();
    of_block->size = blockDim.x;
    of_warps.clear();
    for (unsigned first = 0; first < blockDim.x; first += 32) {
        of_warps.push_back(std::make_unique<Barrier>());
        of_warps.back()->size = std::min(32u, blockDim.x - first);
    }
    std::vector<std::thread> threads;
    for (unsigned each = 0; each < blockDim.x; ++each)
        threads.emplace_back([&, each] {
            threadIdx.x = each;
            blockIdx.x = block;
            call();
            of_warps[each / 32]->leave();
            of_block->leave();
        });
    for (std::thread& each : threads) each.join();
}

#else

constexpr unsigned most_threads = 1024, stack_bytes = 1 << 16;

// A context starts a thread, jumps then switch between those that run: they need no system call.
struct Thread {
    ucontext_t context;
    jmp_buf place;
    bool started = false;
    State state;
    std::unique_ptr<char[]> stack;
};
static std::vector<Thread> threads(most_threads);
static ucontext_t unused;
static jmp_buf scheduler;
static void (*run)(const void*);
static const void* what;

// A coroutine that is done waits to be the same thread of the next block.
inline void enter() {
    for (;;) {
        run(what);
        Thread& own = threads[threadIdx.x];
        own.state = State::done;
        if (_setjmp(own.place) == 0) _longjmp(scheduler, 1);
    }
}
inline void wait_at(State where) {
    Thread& own = threads[threadIdx.x];
    own.state = where;
    if (_setjmp(own.place) == 0) _longjmp(scheduler, 1);
}
inline void wait_for_block() { wait_at(State::at_block); }
inline void wait_for_warp() { wait_at(State::at_warp); }

inline void resume(unsigned number) {
    Thread& thread = threads[number];
    threadIdx.x = number;
    if (_setjmp(scheduler) != 0) return;
    if (thread.started) _longjmp(thread.place, 1);
    thread.started = true;
    swapcontext(&unused, &thread.context);
}

// Run a warp until all of its lanes wait for the block or are done.
inline void run_warp(unsigned warp, const Order& lanes) {
    for (;;) {
        unsigned at_warp = 0, elsewhere = 0;
        for (const unsigned lane : lanes.places) {
            const unsigned number = warp * 32 + lane;
            if (threads[number].state == State::ready) resume(number);
            (threads[number].state == State::at_warp ? at_warp : elsewhere) += 1;
        }
        if (at_warp == 0) return;
        if (elsewhere != 0) stop("only some lanes of a warp reach what they do together");
        for (const unsigned lane : lanes.places) threads[warp * 32 + lane].state = State::ready;
    }
}

template <class Call> void run_block(unsigned block, const Call& call, const char* order, std::mt19937& random) {
    run = [](const void* found) { (*(const Call*)found)(); };
    what = &call;
    blockIdx.x = block;
    for (unsigned each = 0; each < blockDim.x; ++each) {
        Thread& thread = threads[each];
        thread.state = State::ready;
        if (thread.started) continue;
        thread.stack.reset(new char[stack_bytes]);
        getcontext(&thread.context);
        thread.context.uc_stack.ss_sp = thread.stack.get();
        thread.context.uc_stack.ss_size = stack_bytes;
        makecontext(&thread.context, enter, 0);
    }
    Order warps, lanes;
    for (bool running = true; running;) {
        warps.arrange(blockDim.x / 32, order, random);
        lanes.arrange(32, order, random);
        for (const unsigned warp : warps.places) run_warp(warp, lanes);
        unsigned done = 0;
        for (unsigned each = 0; each < blockDim.x; ++each) done += threads[each].state == State::done;
        if (done != 0 && done != blockDim.x) stop("only some threads of a block reach a barrier");
        running = done == 0;
        for (unsigned each = 0; running && each < blockDim.x; ++each) threads[each].state = State::ready;
    }
}

#endif

template <class Call> void run_now(unsigned blocks, unsigned width, const Call& call) {
    Board& all = board();
    if (all.failure != cudaSuccess) return;
    const bool fails = ++all.launches == number_from("EQSIM_EMULATED_FAULT", 0);
    if (width == 0 || width % 32 != 0 || width > 1024) stop("a block has no whole number of warps");
    const char* const found = getenv("EQSIM_EMULATED_ORDER");
    const char* const order = found == nullptr ? "forwards" : found;
    static std::mt19937 random((unsigned)atoi(order));
    gridDim.x = blocks;
    blockDim.x = width;
    Order of_blocks;
    of_blocks.arrange(blocks, order, random);
    for (const unsigned block : of_blocks.places) run_block(block, call, order, random);
    if (fails) all.failure = cudaErrorIllegalAddress;
}

template <class... Taken, class... Given>
void launch(void (*kernel)(Taken...), unsigned blocks, unsigned width, const Given&... given) {
    std::tuple<std::decay_t<Taken>...> kept(given...);
    const auto call = [kernel, kept, blocks, width] {
        const auto once = [&] { std::apply(kernel, kept); };
        run_now(blocks, width, once);
    };
    Board& all = board();
    if (all.capturing != nullptr) all.capturing->push_back(call);
    else call();
}

// What a lane or thread gives, where all of its warp or block see it; given to the two last meetings in turn, so that one
// barrier is enough.
inline int64_t* given(int64_t word) {
    static EMULATED_LOCAL unsigned turns[1024];
    int64_t* const place = words[turns[threadIdx.x]++ % 2];
    place[threadIdx.x] = word;
    wait_for_warp();
    return place + threadIdx.x / 32 * 32;
}

}  // namespace emulated

typedef std::vector<std::function<void()>>* cudaGraph_t;
typedef cudaGraph_t cudaGraphExec_t;
inline cudaError_t cudaStreamBeginCapture(cudaStream_t, int) {
    emulated::board().capturing = new std::vector<std::function<void()>>();
    return cudaSuccess;
}
inline cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t* graph) {
    *graph = emulated::board().capturing;
    emulated::board().capturing = nullptr;
    return cudaSuccess;
}
inline cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned) {
    return *executable = new std::vector<std::function<void()>>(*graph), cudaSuccess;
}
inline cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t) {
    for (const std::function<void()>& each : *executable) each();
    return cudaSuccess;
}
inline cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return delete graph, cudaSuccess; }
inline cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) { return delete executable, cudaSuccess; }

// --------------------------------------------------------------------------------------------------- what threads do together

inline void __syncthreads() { emulated::wait_for_block(); }
inline int __syncthreads_or(int condition) {
    static int any;
    if (threadIdx.x == 0) __atomic_store_n(&any, 0, __ATOMIC_SEQ_CST);
    __syncthreads();
    if (condition) __atomic_store_n(&any, 1, __ATOMIC_SEQ_CST);
    __syncthreads();
    const int found = __atomic_load_n(&any, __ATOMIC_SEQ_CST);
    __syncthreads();
    return found;
}
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
