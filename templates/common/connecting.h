// Which of many pairs are connected: random numbers that are found by their place in a stream, on every target alike.
//
// A stream is that of NumPy's bit generator Philox(key=[key, stream]): Philox4x64-10 (Salmon et al. 2011,
// doi:10.1145/2063384.2063405), four words of 64 bits for each value of its counter, which begins with 1. So word k
// follows from (key, stream, k) and from nothing else, and threads or blocks of a device share a stream as they like.
#pragma once
#include "interface.h"
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

// 64 bits that depend on all bits of both numbers: how keys follow from a seed, and streams from a key.
EQSIM_FUNCTION uint64_t mixed(uint64_t value, uint64_t number) {
    uint64_t word = value + 0x9E3779B97F4A7C15u * (number + 1);
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9u;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EBu;
    return word ^ (word >> 31);
}

// What the numbers of a stream are for; as `Purpose` in uniforms.py.
enum class Purpose { skip = 1, accept = 2, sample = 4, split = 5 };

EQSIM_FUNCTION uint64_t stream_key(const eqsim_rule& rule, Purpose purpose) { return mixed(rule.key, (uint64_t)purpose); }

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

// Rows of one probability are one series of trials. Where rows differ, those with probabilities from half of a power of two
// up to it are one series with that power, and of its successes at least every second one is accepted.
struct Series {
    uint64_t stream;  // of the words for gaps and of those for acceptance
    double bound;     // the probability of a trial
    double rate;      // -log(1 - bound); 0 if all trials succeed
    bool accepts;     // whether the probability of a row decides which successes are accepted
};

EQSIM_FUNCTION Series series_of(double bound, uint64_t stream, bool accepts) {
    return {stream, bound, bound < 1.0 ? -log1p(-bound) : 0.0, accepts};
}

// Which of the series that has rows of a probability above 0: 0 from 1/2 on, 1 from 1/4 on, and so on.
EQSIM_FUNCTION int64_t series_number(double probability) {
    uint64_t bits;
    memcpy(&bits, &probability, sizeof bits);
    int64_t exponent = (int64_t)(bits >> 52) - 1022; // the probability is from 2^(exponent - 1) up to 2^exponent
    if (exponent == -1022) // as subnormal numbers are
        for (uint64_t left = bits << 12; left && !(left >> 63); left <<= 1) --exponent;
    return exponent < 0 ? -exponent : 0;
}

// A power of two with a negative exponent, however small.
EQSIM_FUNCTION double inverse_power_of_two(int64_t exponent) {
    double power = 1.0;
    for (int64_t k = 0; k < exponent; ++k) power *= 0.5;
    return power;
}

EQSIM_FUNCTION Series numbered_series(int64_t number) {
    return series_of(inverse_power_of_two(number), (uint64_t)(1 + number), true);
}

// How many columns a row has, and what is chosen of it.
EQSIM_FUNCTION int64_t length_of(const eqsim_rule& rule, int64_t row) {
    return rule.lengths == nullptr ? rule.columns : rule.lengths[row];
}
EQSIM_FUNCTION double parameter_of(const eqsim_rule& rule, int64_t row) {
    return rule.parameters == nullptr ? rule.parameter : rule.parameters[row];
}

} // namespace eqsim
