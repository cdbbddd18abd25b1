// Counter-based random numbers with the same bits on every target.
//
// A number is a function of (key, stream, step, element) and of nothing else, so that it depends neither on the order
// of evaluation nor on the number of threads. The generator is Philox4x32-10 (Salmon et al. 2011,
// doi:10.1145/2063384.2063405); the NumPy mirror is eqsim/targets/numpy/random.py. Its 128-bit counter is
//
//   word 0   the low 32 bits of the element
//   word 1   the low 32 bits of the step
//   word 2   the stream
//   word 3   bits 32 to 47 of the step, shifted up by 16, and the draw block (16 bits)
//
// and its 64-bit key is the key of the instance. Steps repeat after 2^48, elements after 2^32.
#pragma once
#include "mathematics.h"

namespace eqsim {

struct Words {
    uint32_t a, b, c, d;
};

EQSIM_FUNCTION Words philox(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t k0, uint32_t k1) {
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xd2511f53u * c0, p1 = (uint64_t)0xcd9e8d57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += 0x9e3779b9u;
        k1 += 0xbb67ae85u;
    }
    return {c0, c1, c2, c3};
}

EQSIM_FUNCTION Words words(uint64_t key, uint32_t stream, int64_t step, int64_t element, uint32_t block) {
    uint32_t high = (uint32_t)((uint64_t)step >> 32) << 16;
    return philox((uint32_t)element, (uint32_t)step, stream, high | block, (uint32_t)key, (uint32_t)(key >> 32));
}

// The 53 highest bits of two words, from 0 to 2^53 - 1
EQSIM_FUNCTION double whole_number(uint32_t high, uint32_t low) {
    return (double)(int32_t)(high >> 5) * 67108864.0 + (double)(int32_t)(low >> 6);
}

// Uniform in [0, 1), a multiple of 2^-53
EQSIM_FUNCTION double uniform(uint64_t key, uint32_t stream, int64_t step, int64_t element) {
    Words w = words(key, stream, step, element, 0);
    return whole_number(w.a, w.b) * 1.1102230246251565e-16;
}

// Normal with mean 0 and variance 1 (Box and Muller 1958, doi:10.1214/aoms/1177706645); |value| < 8.6
EQSIM_FUNCTION double normal(uint64_t key, uint32_t stream, int64_t step, int64_t element) {
    Words w = words(key, stream, step, element, 0);
    double u = (whole_number(w.a, w.b) + 1.0) * 1.1102230246251565e-16; // in (0, 1]
    double turns = whole_number(w.c, w.d) * 1.1102230246251565e-16;
    return sqrt(-2.0 * log(u)) * cosine_of_turns(turns);
}

// log(k! / (sqrt(2 pi k) (k / e)^k)) for k >= 1
EQSIM_FUNCTION double stirling_correction(double k) {
    constexpr double small[10] = {
        0.0,
        0.08106146679532726,
        0.0413406959554093,
        0.02767792568499834,
        0.020790672103765093,
        0.016644691189821193,
        0.013876128823070748,
        0.01189670994589177,
        0.010411265261972096,
        0.009255462182712733,
    };
    double s = 1.0 / (k * k);
    double series = (0.08333333333333333 - s * (0.002777777777777778 - s * 0.0007936507936507937)) / k;
    return k < 10.0 ? small[k < 10.0 ? (int)k : 0] : series;
}

// k log(k / mean) - (k - mean) for k > 0, which keeps its accuracy where k is near a large mean (Loader 2000)
EQSIM_FUNCTION double deviance(double k, double mean) {
    double d = k - mean, v = d / (k + mean), z = v * v;
    double p = 0.05263157894736842; // 2 (atanh(v) - v) / v^3
    p = p * z + 0.058823529411764705;
    p = p * z + 0.06666666666666667;
    p = p * z + 0.07692307692307693;
    p = p * z + 0.09090909090909091;
    p = p * z + 0.1111111111111111;
    p = p * z + 0.14285714285714285;
    p = p * z + 0.2;
    p = p * z + 0.3333333333333333;
    double near = d * v + 2.0 * k * v * z * p, far = k * log(k / mean) - d;
    return abs(v) < 0.1 ? near : far;
}

// log of the probability of k events
EQSIM_FUNCTION double log_poisson(double k, double mean) {
    double value = -deviance(k, mean) - 0.5 * log(6.283185307179586 * k) - stirling_correction(k);
    return k == 0.0 ? -mean : value;
}

// Transformed rejection, for means from 10 (Hoermann 1993, doi:10.1016/0167-6687(93)90997-4). Each round has a draw
// block of its own; after 64 rounds (probability below 1e-50) the rounded mean stands in.
EQSIM_FUNCTION double poisson_by_rejection(uint64_t key, uint32_t stream, int64_t step, int64_t element, double mean) {
    double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), quick = 0.9277 - 3.6224 / (b - 2.0);
    for (uint32_t block = 0; block < 64; block++) {
        Words w = words(key, stream, step, element, block);
        double u = whole_number(w.a, w.b) * 1.1102230246251565e-16 - 0.5;
        double v = (whole_number(w.c, w.d) + 1.0) * 1.1102230246251565e-16;
        double us = 0.5 - abs(u), k = floor((2.0 * a / us + b) * u + mean + 0.43);
        if ((us >= 0.07) & (v <= quick)) return k;
        if ((k < 0.0) | ((us < 0.013) & (v > us))) continue;
        if (log(v * inverse_alpha / (a / (us * us) + b)) <= log_poisson(k, mean)) return k;
    }
    return floor(mean + 0.5);
}

// Number of events where `mean` are expected: 0 for a mean that is nan or not positive; by inversion for means below
// 10; rounded from a normal number for means above 1e15; at most the largest 64-bit integer.
EQSIM_FUNCTION int64_t poisson(uint64_t key, uint32_t stream, int64_t step, int64_t element, double mean) {
    if (!(mean > 0.0)) return 0;
    if (mean > 1e15) return to_integer(floor(mean + sqrt(mean) * normal(key, stream, step, element) + 0.5));
    if (mean >= 10.0) return (int64_t)poisson_by_rejection(key, stream, step, element, mean);
    double u = uniform(key, stream, step, element), probability = exp(-mean), sum = probability;
    int64_t k = 0;
    while (k < 128 && u >= sum) {
        k++;
        probability = probability * mean / (double)k;
        sum += probability;
    }
    return k;
}

// log of the probability of k successes in n trials, for p from 0 to 1 without both
EQSIM_FUNCTION double log_binomial(double k, double n, double p) {
    double q = 1.0 - p, rest = n - k;
    double corrections = stirling_correction(n) - stirling_correction(k) - stirling_correction(rest);
    double value = corrections - deviance(k, n * p) - deviance(rest, n * q);
    value = value + 0.5 * log(n / (6.283185307179586 * k * rest));
    return k == 0.0 ? n * log1p(-p) : (rest == 0.0 ? n * log(p) : value);
}

// Transformed rejection, for p up to 1/2 and n p from 10 (Hoermann 1993, doi:10.1080/00949659308811496). Each round has
// a draw block of its own; after 64 rounds (probability below 1e-40) the most probable number stands in.
EQSIM_FUNCTION double binomial_by_rejection(
    uint64_t key, uint32_t stream, int64_t step, int64_t element, double n, double p) {
    double spread = sqrt(n * p * (1.0 - p)), mode = floor((n + 1.0) * p);
    double b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p;
    double alpha = (2.83 + 5.1 / b) * spread, quick = 0.92 - 4.2 / b, highest = log_binomial(mode, n, p);
    for (uint32_t block = 0; block < 64; block++) {
        Words w = words(key, stream, step, element, block);
        double u = whole_number(w.a, w.b) * 1.1102230246251565e-16 - 0.5;
        double v = (whole_number(w.c, w.d) + 1.0) * 1.1102230246251565e-16;
        double us = 0.5 - abs(u), k = floor((2.0 * a / us + b) * u + n * p + 0.5);
        if ((us >= 0.07) & (v <= quick)) return k;
        if ((k < 0.0) | (k > n)) continue;
        if (log(v * alpha / (a / (us * us) + b)) <= log_binomial(k, n, p) - highest) return k;
    }
    return mode;
}

// For p up to 1/2 and n p below 10
EQSIM_FUNCTION double binomial_by_inversion(double u, double n, double p) {
    double odds = p / (1.0 - p), probability = exp(n * log1p(-p)), sum = probability, k = 0.0;
    while (k < 128.0 && k < n && u >= sum) {
        k += 1.0;
        probability = probability * (n - k + 1.0) / k * odds;
        sum += probability;
    }
    return k;
}

// Number of successes in n trials of probability p: 0 for n or p that are nan or not positive, n for p from 1 on. Beyond
// 2^53 trials numbers are rounded to those that a double holds.
EQSIM_FUNCTION int64_t binomial(uint64_t key, uint32_t stream, int64_t step, int64_t element, double n, double p) {
    n = floor(n);
    if (!((n > 0.0) & (p > 0.0))) return 0;
    if (p >= 1.0) return to_integer(n);
    bool reflected = p > 0.5;
    double less = reflected ? 1.0 - p : p;
    double k = n * less < 10.0 ? binomial_by_inversion(uniform(key, stream, step, element), n, less)
                               : binomial_by_rejection(key, stream, step, element, n, less);
    return to_integer(reflected ? n - k : k);
}

// Below this probability numbers tell how many elements there are from one success to the next.
constexpr double rare = 0.0625;

// For how many elements they do so together: so many that a few of them succeed.
EQSIM_FUNCTION int64_t size_of_block(double p) {
    int64_t size = 64;
    while (size < 65536 && (double)size * p <= 2.0) size *= 2;
    return size;
}

// How many elements fail before the next one that succeeds (Devroye 1986, chapter XIV, doi:10.1007/978-1-4613-8643-8)
EQSIM_FUNCTION double failures(Words w, double inverse_log) {
    return floor(log((whole_number(w.a, w.b) + 1.0) * 1.1102230246251565e-16) * inverse_log);
}

// Whether an element succeeds, with a probability that is the same for all elements; never for nan. Successes of a block
// follow from numbers that belong to its first element, one draw block each.
EQSIM_FUNCTION bool bernoulli(uint64_t key, uint32_t stream, int64_t step, int64_t element, double p) {
    if (!(p < rare)) return uniform(key, stream, step, element) < p;
    if (!(p > 0.0)) return false;
    const int64_t place = element & (size_of_block(p) - 1);
    const double wanted = (double)place, inverse_log = 1.0 / log1p(-p);
    double reached = -1.0;
    for (uint32_t draw = 0; reached < wanted; ++draw)
        reached += 1.0 + failures(words(key, stream, step, element - place, draw), inverse_log);
    return reached == wanted;
}

#ifndef __CUDACC__
// ------------------------------------------------------------------------------------------------- many numbers at once
//
// The numbers of neighbouring elements of one distribution: those that the functions above return one by one. What
// elements have in common is computed once, and what they have not in vectors.

constexpr int64_t most_at_once = 256;

// Probabilities of 0, up to 1, up to 2, ... events, as far as a uniform number may reach.
struct Cumulated {
    double sums[128];
    int32_t length;
};

inline Cumulated cumulated_poisson(double mean) {
    Cumulated all;
    all.length = 0;
    double probability = exp(-mean), sum = probability;
    while (all.length < 128 && sum < 1.0) {
        all.sums[all.length++] = sum;
        probability = probability * mean / (double)all.length;
        sum += probability;
    }
    return all;
}

inline Cumulated cumulated_binomial(double n, double p) {
    Cumulated all;
    all.length = 0;
    double odds = p / (1.0 - p), probability = exp(n * log1p(-p)), sum = probability, k = 0.0;
    while (k < 128.0 && k < n && sum < 1.0) {
        all.sums[all.length++] = sum;
        k += 1.0;
        probability = probability * (n - k + 1.0) / k * odds;
        sum += probability;
    }
    return all;
}

// As many words as a vector unit takes at once, each in 64 bits. Compilers do not find the multiplication of 32-bit numbers
// with results of 64 bits, which all these units have and which takes a third of the time of the general one.
#if defined(__AVX512F__) && !defined(__clang__)
typedef uint64_t Lanes __attribute__((vector_size(64)));
EQSIM_FUNCTION Lanes product_of_words(Lanes a, Lanes b) {
    typedef int32_t Halves __attribute__((vector_size(64)));
    typedef long long Wholes __attribute__((vector_size(64)));
    return (Lanes)__builtin_ia32_pmuludq512_mask((Halves)a, (Halves)b, Wholes{}, (unsigned char)0xff);
}
// The high halves, in both: the unit that shifts multiplies, too, and has the other half of the work without this.
EQSIM_FUNCTION Lanes high_words(Lanes a) {
    typedef int32_t Halves __attribute__((vector_size(64)));
    return (Lanes)__builtin_shuffle((Halves)a, Halves{1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15});
}
#elif defined(__AVX2__) && !defined(__clang__)
typedef uint64_t Lanes __attribute__((vector_size(32)));
EQSIM_FUNCTION Lanes product_of_words(Lanes a, Lanes b) {
    typedef int32_t Halves __attribute__((vector_size(32)));
    return (Lanes)__builtin_ia32_pmuludq256((Halves)a, (Halves)b);
}
EQSIM_FUNCTION Lanes high_words(Lanes a) { return a >> 32; }
#else
typedef uint64_t Lanes __attribute__((vector_size(16)));
EQSIM_FUNCTION Lanes product_of_words(Lanes a, Lanes b) { return (a & 0xffffffffu) * (b & 0xffffffffu); }
EQSIM_FUNCTION Lanes high_words(Lanes a) { return a >> 32; }
#endif
constexpr int64_t lanes = sizeof(Lanes) / sizeof(uint64_t);

// philox for counters in lanes. Only the low halves count: what is left in the high ones does no harm.
inline void philox(Lanes& c0, Lanes& c1, Lanes& c2, Lanes& c3, uint64_t key) {
    const Lanes none = {}, m0 = none + 0xd2511f53u, m1 = none + 0xcd9e8d57u;
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        const Lanes p0 = product_of_words(c0, m0), p1 = product_of_words(c2, m1);
        c0 = high_words(p1) ^ c1 ^ k0;
        c2 = high_words(p0) ^ c3 ^ k1;
        c1 = p1;
        c3 = p0;
        k0 += 0x9e3779b9u;
        k1 += 0xbb67ae85u;
    }
}

// The words of `count` elements from `first` on, each in 64 bits; there is room for a whole number of vectors.
inline void words(uint64_t key, uint32_t stream, int64_t step, int64_t first, int64_t count, uint64_t (*w)[most_at_once]) {
    const Lanes none = {};
    Lanes elements = none;
    for (int64_t lane = 0; lane < lanes; ++lane) elements[lane] = (uint64_t)(first + lane);
    for (int64_t k = 0; k < count; k += lanes) {
        Lanes c0 = elements + (uint64_t)k, c1 = none + (uint32_t)step, c2 = none + stream, c3 = none + ((uint32_t)((uint64_t)step >> 32) << 16);
        philox(c0, c1, c2, c3, key);
        memcpy(&w[0][k], &c0, sizeof c0);
        memcpy(&w[1][k], &c1, sizeof c1);
        memcpy(&w[2][k], &c2, sizeof c2);
        memcpy(&w[3][k], &c3, sizeof c3);
    }
}

// whole_number of words in 64 bits
EQSIM_FUNCTION double whole_number_of_low_halves(uint64_t high, uint64_t low) {
    const uint64_t exponent = 0x4330000000000000u;
    const double upper = bit_cast<double>(exponent | ((high & 0xffffffffu) >> 5)) - 4503599627370496.0;
    const double lower = bit_cast<double>(exponent | ((low & 0xffffffffu) >> 6)) - 4503599627370496.0;
    return upper * 67108864.0 + lower;
}

struct UniformNumbers {
    void draw(uint64_t key, uint32_t stream, int64_t step, int64_t first, int64_t count, double* drawn) const {
        uint64_t w[4][most_at_once];
        words(key, stream, step, first, count, w);
#pragma omp simd
        for (int64_t k = 0; k < count; ++k)
            drawn[k] = whole_number_of_low_halves(w[0][k], w[1][k]) * 1.1102230246251565e-16;
    }
};

struct NormalNumbers {
    void draw(uint64_t key, uint32_t stream, int64_t step, int64_t first, int64_t count, double* drawn) const {
        uint64_t w[4][most_at_once];
        words(key, stream, step, first, count, w);
#pragma omp simd
        for (int64_t k = 0; k < count; ++k) {
            const double u = (whole_number_of_low_halves(w[0][k], w[1][k]) + 1.0) * 1.1102230246251565e-16;
            const double turns = whole_number_of_low_halves(w[2][k], w[3][k]) * 1.1102230246251565e-16;
            drawn[k] = sqrt(-2.0 * log(u)) * cosine_of_turns(turns);
        }
    }
};

// How many of the sums the uniform number of each of `count` elements from `first` on reaches.
inline void invert(const Cumulated& all, uint64_t key, uint32_t stream, int64_t step, int64_t first, int64_t count,
                   double* reached) {
    double u[most_at_once], highest = 0.0;
    UniformNumbers().draw(key, stream, step, first, count, u);
#pragma omp simd reduction(max : highest)
    for (int64_t k = 0; k < count; ++k) {
        highest = u[k] > highest ? u[k] : highest;
        reached[k] = 0.0;
    }
    for (int32_t j = 0; j < all.length && highest >= all.sums[j]; ++j) {
        const double sum = all.sums[j];
#pragma omp simd
        for (int64_t k = 0; k < count; ++k) reached[k] += u[k] >= sum ? 1.0 : 0.0;
    }
}

struct PoissonNumbers {
    double mean;
    bool inverted;
    Cumulated all;

    explicit PoissonNumbers(double mean_) : mean(mean_), inverted((mean_ > 0.0) & (mean_ < 10.0)) {
        if (inverted) all = cumulated_poisson(mean);
    }

    void draw(uint64_t key, uint32_t stream, int64_t step, int64_t first, int64_t count, int64_t* drawn) const {
        double reached[most_at_once];
        if (!inverted) {
            for (int64_t k = 0; k < count; ++k) drawn[k] = poisson(key, stream, step, first + k, mean);
            return;
        }
        invert(all, key, stream, step, first, count, reached);
#pragma omp simd
        for (int64_t k = 0; k < count; ++k) drawn[k] = (int64_t)reached[k];
    }
};

struct BinomialNumbers {
    double n, p;
    bool reflected, inverted;
    Cumulated all;

    BinomialNumbers(double n_, double p_) : n(floor(n_)), p(p_), reflected(p_ > 0.5) {
        const double less = reflected ? 1.0 - p : p;
        inverted = (n > 0.0) & (p > 0.0) & (p < 1.0) & (n * less < 10.0);
        if (inverted) all = cumulated_binomial(n, less);
    }

    void draw(uint64_t key, uint32_t stream, int64_t step, int64_t first, int64_t count, int64_t* drawn) const {
        double reached[most_at_once];
        if (!inverted) {
            for (int64_t k = 0; k < count; ++k) drawn[k] = binomial(key, stream, step, first + k, n, p);
            return;
        }
        invert(all, key, stream, step, first, count, reached);
        for (int64_t k = 0; k < count; ++k) drawn[k] = to_integer(reflected ? n - reached[k] : reached[k]);
    }
};

// The numbers of failures that draws with counters in lanes tell.
__attribute__((noinline)) inline void failures(
    Lanes c0, Lanes c1, Lanes c2, Lanes c3, uint64_t key, double inverse_log, double* found) {
    philox(c0, c1, c2, c3, key);
#pragma omp simd
    for (int64_t lane = 0; lane < lanes; ++lane) {
        const double u = (whole_number_of_low_halves(c0[lane], c1[lane]) + 1.0) * 1.1102230246251565e-16;
        found[lane] = floor(log(u) * inverse_log);
    }
}

// What successes of the coming steps follow from. Where one block holds all elements, a step needs a few draws, which fill a
// vector in part and are waited for: lanes are steps then, and numbers are drawn before they are needed.
struct Ahead {
    static constexpr uint32_t most_draws = 32;

    uint64_t key;
    uint32_t stream;
    int64_t first, next, start, end;  // first element, the step that is asked for next, steps whose draws are known
    double p, last;
    double found[most_draws][lanes];

    // Whether this is asked for from step to step; if it is not, numbers of other steps would be drawn for nothing.
    bool follows(uint64_t key_, uint32_t stream_, int64_t step, int64_t first_, double p_, double last_) {
        const bool same = key == key_ && stream == stream_ && first == first_ && p == p_ && last == last_ && next == step;
        if (!same) {
            key = key_;
            stream = stream_;
            first = first_;
            p = p_;
            last = last_;
            start = end = 0;
        }
        next = step + 1;
        return same;
    }

    // Draw for `lanes` steps from one on, each beyond its last success; false if that takes too many draws.
    bool draw(int64_t step, double inverse_log) {
        const Lanes none = {};
        Lanes low = none, high = none;
        double reached[lanes], lowest = -1.0;
        for (int64_t lane = 0; lane < lanes; ++lane) {
            low[lane] = (uint32_t)(step + lane);
            high[lane] = (uint32_t)((uint64_t)(step + lane) >> 32) << 16;
            reached[lane] = -1.0;
        }
        for (uint32_t draw = 0; draw < most_draws && lowest < last; ++draw) {
            failures(none + (uint32_t)first, low, none + stream, high | draw, key, inverse_log, found[draw]);
            lowest = last;
            for (int64_t lane = 0; lane < lanes; ++lane) {
                reached[lane] += 1.0 + found[draw][lane];
                lowest = reached[lane] < lowest ? reached[lane] : lowest;
            }
        }
        start = step;
        end = lowest < last ? step : step + lanes;
        return end != step;
    }
};

struct BernoulliNumbers {
    double p, inverse_log;
    int64_t size;

    explicit BernoulliNumbers(double p_) : p(p_), inverse_log(0.0), size(0) {
        if (!((p > 0.0) & (p < rare))) return;
        // From step to step probabilities seldom change.
        static thread_local double known = 0.0, known_inverse_log = 0.0;
        static thread_local int64_t known_size = 0;
        if (p != known) {
            known = p;
            known_inverse_log = 1.0 / log1p(-p);
            known_size = size_of_block(p);
        }
        inverse_log = known_inverse_log;
        size = known_size;
    }

    // The numbers of failures that `lanes` draws of a block tell, from one on.
    void draws(uint64_t key, uint32_t stream, int64_t step, int64_t first, uint32_t draw, double* found) const {
        const Lanes none = {};
        Lanes numbers = none;
        for (int64_t lane = 0; lane < lanes; ++lane) numbers[lane] = (uint64_t)lane;
        numbers += ((uint32_t)((uint64_t)step >> 32) << 16) | draw;
        failures(none + (uint32_t)first, none + (uint32_t)step, none + stream, numbers, key, inverse_log, found);
    }

    // Call `succeeds` with each element that does, in order.
    template <class Succeeds>
    void visit(uint64_t key, uint32_t stream, int64_t step, int64_t begin, int64_t end, Succeeds succeeds) const {
        if (p >= rare) {
            for (int64_t first = begin; first < end; first += most_at_once) {
                const int64_t count = end - first < most_at_once ? end - first : most_at_once;
                double u[most_at_once];
                UniformNumbers().draw(key, stream, step, first, count, u);
                for (int64_t k = 0; k < count; ++k)
                    if (u[k] < p) succeeds(first + k);
            }
        } else if (p > 0.0) {
            for (int64_t first = begin & -size; first < end; first += size) {
                const double last = (double)(end - first < size ? end - first : size);
                double reached = -1.0;
                if (first + size >= end && first <= begin) {
                    static thread_local Ahead ahead;  // of the place in the program that asks
                    const bool known = ahead.follows(key, stream, step, first, p, last) &&
                        (step < ahead.end || ahead.draw(step, inverse_log));
                    if (known) {
                        for (uint32_t draw = 0;; ++draw) {
                            reached += 1.0 + ahead.found[draw][step - ahead.start];
                            if (!(reached < last)) break;
                            if (first + (int64_t)reached >= begin) succeeds(first + (int64_t)reached);
                        }
                        return;
                    }
                }
                for (uint32_t draw = 0; reached < last; draw += (uint32_t)lanes) {
                    double found[lanes];
                    draws(key, stream, step, first, draw, found);
                    for (int64_t lane = 0; lane < lanes; ++lane) {
                        reached += 1.0 + found[lane];
                        if (!(reached < last)) break;
                        if (first + (int64_t)reached >= begin) succeeds(first + (int64_t)reached);
                    }
                }
            }
        }
    }

    void draw(uint64_t key, uint32_t stream, int64_t step, int64_t first, int64_t count, bool* drawn) const {
        for (int64_t k = 0; k < count; ++k) drawn[k] = false;
        visit(key, stream, step, first, first + count, [&](int64_t element) { drawn[element - first] = true; });
    }
};
#endif

} // namespace eqsim
