// What of cuda_runtime.h is the same for all simulations: memory, launches, and the threads of a block.
#include "cuda_runtime.h"

#include <setjmp.h>
#include <stdio.h>
#include <ucontext.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

EMULATED_LOCAL Dimension threadIdx, blockIdx;
Dimension blockDim, gridDim;

namespace emulated {

// A kernel with a copy of what it is given.
struct Call {
    void (*run)(const void*);
    std::vector<char> kept;
    unsigned blocks, width;

    void operator()() const { run(kept.data()); }
};

}  // namespace emulated

struct EmulatedGraph {
    std::vector<emulated::Call> calls;
};

// ------------------------------------------------------------------------------------------------------- memory and streams

namespace emulated {

// What one process does is enough of a device.
struct Board {
    std::map<void*, size_t> allocated;
    size_t used = 0;
    long long launches = 0;
    cudaError_t failure = cudaSuccess;
    EmulatedGraph* capturing = nullptr;
};
static Board& board() {
    static Board only;
    return only;
}
static long long number_from(const char* variable, long long otherwise) {
    const char* text = getenv(variable);
    return text == nullptr || *text == 0 ? otherwise : atoll(text);
}
static size_t memory() { return (size_t)number_from("EQSIM_EMULATED_MEMORY", 1LL << 40); }

}  // namespace emulated

cudaError_t cudaMemGetInfo(size_t* available, size_t* all) {
    *all = emulated::memory();
    *available = *all - std::min(*all, emulated::board().used);
    return cudaSuccess;
}
cudaError_t cudaMalloc(void** memory, size_t bytes) {
    emulated::Board& board = emulated::board();
    if (board.used + bytes > emulated::memory()) return cudaErrorMemoryAllocation;
    *memory = malloc(bytes);
    memset(*memory, 0xa5, bytes);
    board.allocated[*memory] = bytes;
    board.used += bytes;
    return cudaSuccess;
}
cudaError_t cudaFree(void* memory) {
    emulated::Board& board = emulated::board();
    board.used -= board.allocated[memory];
    board.allocated.erase(memory);
    return free(memory), cudaSuccess;
}
cudaError_t cudaHostAlloc(void** memory, size_t bytes, int) { return *memory = calloc(1, bytes), cudaSuccess; }
cudaError_t cudaHostGetDevicePointer(void** device, void* host, int) { return *device = host, cudaSuccess; }
cudaError_t cudaFreeHost(void* memory) { return free(memory), cudaSuccess; }
cudaError_t cudaMemset(void* memory, int value, size_t bytes) { return memset(memory, value, bytes), cudaSuccess; }
cudaError_t cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t) {
    return cudaMemset(memory, value, bytes);
}
cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, int) {
    if (bytes > 0) memcpy(to, from, bytes);
    return emulated::board().failure;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, int kind, cudaStream_t) {
    return cudaMemcpy(to, from, bytes, kind);
}
cudaError_t cudaMemcpy2DAsync(
    void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width, size_t height, int, cudaStream_t) {
    for (size_t row = 0; row < height; ++row) memcpy((char*)to + row * to_pitch, (const char*)from + row * from_pitch, width);
    return cudaSuccess;
}
// Each simulation makes a stream: its launches are counted from here on, and a device that failed works again.
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, int) {
    emulated::board().launches = 0;
    emulated::board().failure = cudaSuccess;
    return *stream = (cudaStream_t)1, cudaSuccess;
}
cudaError_t cudaSetDevice(int number) {
    return number < emulated::number_from("EQSIM_EMULATED_DEVICES", 1) ? cudaSuccess : cudaErrorInvalidDevice;
}
cudaError_t cudaStreamDestroy(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaStreamSynchronize(cudaStream_t) { return emulated::board().failure; }
cudaError_t cudaDeviceSynchronize() { return emulated::board().failure; }
cudaError_t cudaGetLastError() { return emulated::board().failure; }
const char* cudaGetErrorString(cudaError_t error) {
    return error == cudaErrorIllegalAddress ? "an illegal memory access was encountered" : "no error";
}

// --------------------------------------------------------------------------------------------------------- threads of a block

namespace emulated {

enum class State { ready, at_warp, at_block, done };

static void stop(const char* why) {
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

void wait_for_block() { of_block->wait(); }
void wait_for_warp() { of_warps[threadIdx.x / 32]->wait(); }

static void run_block(unsigned block, const Call& call, const char*, std::mt19937&) {
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
static const Call* running_call;

// A coroutine that is done waits to be the same thread of the next block.
static void enter() {
    for (;;) {
        (*running_call)();
        Thread& own = threads[threadIdx.x];
        own.state = State::done;
        if (_setjmp(own.place) == 0) _longjmp(scheduler, 1);
    }
}
static void wait_at(State where) {
    Thread& own = threads[threadIdx.x];
    own.state = where;
    if (_setjmp(own.place) == 0) _longjmp(scheduler, 1);
}
void wait_for_block() { wait_at(State::at_block); }
void wait_for_warp() { wait_at(State::at_warp); }

static void resume(unsigned number) {
    Thread& thread = threads[number];
    threadIdx.x = number;
    if (_setjmp(scheduler) != 0) return;
    if (thread.started) _longjmp(thread.place, 1);
    thread.started = true;
    swapcontext(&unused, &thread.context);
}

// Run a warp until all of its lanes wait for the block or are done.
static void run_warp(unsigned warp, const Order& lanes) {
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

static void prepare(Thread& thread) {
    thread.stack.reset(new char[stack_bytes]);
    getcontext(&thread.context);
    thread.context.uc_stack.ss_sp = thread.stack.get();
    thread.context.uc_stack.ss_size = stack_bytes;
    makecontext(&thread.context, enter, 0);
}

static void run_block(unsigned block, const Call& call, const char* order, std::mt19937& random) {
    running_call = &call;
    blockIdx.x = block;
    for (unsigned each = 0; each < blockDim.x; ++each) {
        Thread& thread = threads[each];
        thread.state = State::ready;
        if (!thread.started) prepare(thread);
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

static void run_now(const Call& call) {
    const unsigned blocks = call.blocks, width = call.width;
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

void enqueue(void (*run)(const void*), const void* call, size_t bytes, unsigned blocks, unsigned width) {
    const char* const first = (const char*)call;
    const Call made = {run, {first, first + bytes}, blocks, width};
    if (board().capturing != nullptr) board().capturing->calls.push_back(made);
    else run_now(made);
}

// What a lane or thread gives, where all of its warp or block see it; given to the two last meetings in turn, so that one
// barrier is enough.
int64_t* given(int64_t word) {
    static EMULATED_LOCAL unsigned turns[1024];
    int64_t* const place = words[turns[threadIdx.x]++ % 2];
    place[threadIdx.x] = word;
    wait_for_warp();
    return place + threadIdx.x / 32 * 32;
}

}  // namespace emulated

cudaError_t cudaStreamBeginCapture(cudaStream_t, int) {
    emulated::board().capturing = new EmulatedGraph();
    return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t* graph) {
    *graph = emulated::board().capturing;
    emulated::board().capturing = nullptr;
    return cudaSuccess;
}
cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned) {
    return *executable = new EmulatedGraph(*graph), cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t) {
    for (const emulated::Call& each : executable->calls) emulated::run_now(each);
    return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return delete graph, cudaSuccess; }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) { return delete executable, cudaSuccess; }

int __syncthreads_or(int condition) {
    static int any;
    if (threadIdx.x == 0) __atomic_store_n(&any, 0, __ATOMIC_SEQ_CST);
    __syncthreads();
    if (condition) __atomic_store_n(&any, 1, __ATOMIC_SEQ_CST);
    __syncthreads();
    const int found = __atomic_load_n(&any, __ATOMIC_SEQ_CST);
    __syncthreads();
    return found;
}
