// The check that failed first.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

namespace eqsim {

// A failed check is one number, so that the least is found without an order of threads: sixteen bits for the tick since the
// last drain, twelve for the problem, the rest for the element among those of all instances.
constexpr unsigned long long nothing_failed = ~0ULL;
constexpr int bits_of_problem = 12, bits_of_element = 36;

__device__ inline void note(unsigned long long* failed, int64_t tick, int64_t problem, int64_t element) {
    atomicMin(failed, static_cast<unsigned long long>((tick << bits_of_problem | problem) << bits_of_element | element));
}

// Whether a check failed in an earlier tick: what follows it does not happen.
__device__ inline bool has_stopped(const unsigned long long* failed, int64_t tick) {
    return static_cast<int64_t>(*(const volatile unsigned long long*)failed >> (bits_of_problem + bits_of_element)) < tick;
}

struct FailedCheck {
    int64_t tick;
    int64_t problem;
    int64_t element;
};

inline FailedCheck failed_check(unsigned long long noted) {
    const int64_t upper = static_cast<int64_t>(noted >> bits_of_element);
    const int64_t element = static_cast<int64_t>(noted & ((1ULL << bits_of_element) - 1));
    return {upper >> bits_of_problem, upper & ((INT64_C(1) << bits_of_problem) - 1), element};
}

}  // namespace eqsim
