// Which of many pairs are connected: random numbers that are found by their place in a stream, on every target alike.
//
// A stream is that of NumPy's bit generator Philox(key=[key, stream]): Philox4x64-10 (Salmon et al. 2011,
// doi:10.1145/2063384.2063405), four words of 64 bits for each value of its counter, which begins with 1. So word k
// follows from (key, stream, k) and from nothing else, and threads or blocks of a device share a stream as they like.
#pragma once
#include "mathematics.h"

namespace eqsim {

struct LongWords {
    uint64_t a, b, c, d;
};

EQSIM_FUNCTION uint64_t high_product(uint64_t a, uint64_t b) {
#ifdef __CUDA_ARCH__
    return __umul64hi(a, b);
#else
    return (uint64_t)(((unsigned __int128)a * b) >> 64);
#endif
}

// Words 4 `four` to 4 `four` + 3 of a stream
EQSIM_FUNCTION LongWords long_words(uint64_t key, uint64_t stream, uint64_t four) {
    uint64_t c0 = four + 1, c1 = 0, c2 = 0, c3 = 0;
    for (int round = 0; round < 10; round++) {
        uint64_t low0 = 0xd2e7470ee14c6c93u * c0, high0 = high_product(0xd2e7470ee14c6c93u, c0);
        uint64_t low1 = 0xca5a826395121157u * c2, high1 = high_product(0xca5a826395121157u, c2);
        c0 = high1 ^ c1 ^ key;
        c1 = low1;
        c2 = high0 ^ c3 ^ stream;
        c3 = low0;
        key += 0x9e3779b97f4a7c15u;
        stream += 0xbb67ae8584caa73bu;
    }
    return {c0, c1, c2, c3};
}

// Uniform in [0, 1), a multiple of 2^-53
EQSIM_FUNCTION double uniform_of(uint64_t word) { return (double)(int64_t)(word >> 11) * 1.1102230246251565e-16; }

// No gap is longer, so that the sum of 4096 of them fits into 64 bits.
constexpr double longest_gap = 1125899906842624.0; // 2^50

// How many trials of one probability p it takes to succeed, from 1 on: geometric, which is an exponential number rounded
// down (Devroye 1986, doi:10.1007/978-1-4613-8643-8, chapter X.2). `rate` is -log(1 - p).
EQSIM_FUNCTION int64_t trials_to_success(uint64_t word, double rate) {
    double gap = -log(1.0 - uniform_of(word)) / rate;
    return (int64_t)(gap < longest_gap ? gap : longest_gap) + 1;
}

} // namespace eqsim
