// Mathematical functions with the same bits on every target.
//
// Each function is a fixed sequence of operations that IEEE 754 rounds correctly (+ - * / sqrt, and multiply_add where
// the text says so), of comparisons, selects, floor, ceil, bit casts and integer operations: no library function, no
// table. So scalar code, vectorised code, CUDA and the NumPy mirror (eqsim/targets/numpy/mathematics/) agree bit by bit,
// except for the sign and payload of nan. Needs -ffp-contract=off (nvcc: -fmad=false), which leaves multiply_add as it
// is, no -ffast-math; vectorises with -O3 -fno-math-errno -fno-trapping-math. GCC 12 drops roundings from double to
// float unless told -fno-tree-slp-vectorize. nvcc must keep its defaults -prec-div=true -prec-sqrt=true -ftz=false and
// pass -ffp-contract=off to the host compiler.
//
// Largest error found in units in the last place of the result, against mpmath, on up to 80,000 random, dense and edge points
// over the whole range of finite arguments, subnormal numbers included (nothing is flushed to zero):
//
//   name    double float   name    double float   name    double float
//   exp       1.02  0.96   log1p     0.74  0.76   cosh      1.43  0.50
//   expm1     1.31  1.01   sqrt      0.50  0.50   tanh      1.44  1.45
//   exprel    1.86  1.83   sin       0.91  0.84   arcsin    2.01  0.50
//   log       0.77  0.75   cos       0.91  0.76   arccos    2.35  0.50
//   log2      0.50  0.50   tan       2.14  0.50   arctan    1.62  0.50
//   log10     0.50  0.50   sinh      2.11  0.50   power     1.03  0.50
//   inverse_exprel  2.26  1.85
//
// sin, cos, tan: the table holds for |x| <= 2^30 (float: sin and cos 2^13). Farther out the error of the reduced
// angle grows with |x|, and the results of sin and cos stay within [-1, 1] without being meaningful. Values at 0, inf
// and nan are those of C99 Annex F. modulo and floor_divide are Python's for quotients below 2^53; modulo by zero is
// nan, a quotient of 2^53 or more leaves the remainder 0. Integer division by zero is 0.
#pragma once
#include <stdint.h>
#include <string.h>

#ifdef __CUDACC__
#define EQSIM_FUNCTION static __host__ __device__ __forceinline__
#else
#define EQSIM_FUNCTION static inline __attribute__((always_inline))
#endif

namespace eqsim {

// ---------------------------------------------------------------------------------------------- bits and formats

template <class To, class From> EQSIM_FUNCTION To bit_cast(From from) {
    static_assert(sizeof(To) == sizeof(From), "bit_cast keeps the size");
    To to;
    memcpy(&to, &from, sizeof to);
    return to;
}

// a * b + c, rounded once: an instruction of every processor and device that simulations run on, in vectors, too.
// Compiled for x86-64 processors before 2013, a call of the C library, which has the same bits and takes its time.
#ifdef __CUDACC__
EQSIM_FUNCTION double multiply_add(double a, double b, double c) { return ::fma(a, b, c); }
EQSIM_FUNCTION float multiply_add(float a, float b, float c) { return ::fmaf(a, b, c); }
#else
EQSIM_FUNCTION double multiply_add(double a, double b, double c) { return __builtin_fma(a, b, c); }
EQSIM_FUNCTION float multiply_add(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
#endif

// What the two formats differ in. `shift` is 1.5 * 2^mantissa: adding it rounds to an integer, and the low bits of
// the sum are that integer in two's complement, which needs no conversion that a vector unit may lack.
template <class T> struct Format;

template <> struct Format<double> {
    typedef uint64_t Bits;
    static constexpr int mantissa = 52;
    static constexpr Bits bias = 1023, sign = 0x8000000000000000u, fraction = 0x000fffffffffffffu;
    static constexpr Bits sqrt_half = 0x3fe6a09e667f3bcdu;
    static constexpr double shift = 6755399441055744.0, infinity = __builtin_huge_val();
    static constexpr double two_to_mantissa = 4503599627370496.0;
    static constexpr double smallest_normal = 2.2250738585072014e-308, exponents_up = 18014398509481984.0;
    static constexpr double exponents_up_log2 = 54.0;
    static constexpr double log2_e = 1.4426950408889634;
    static constexpr double ln2_high = 0.6931471803691238, ln2_low = 1.9082149292705877e-10;
    static constexpr double exp_lowest = -746.0, exp_highest = 710.0;
    static constexpr double expm1_lowest = -50.0, expm1_highest = 720.0, linear_below = 5.551115123125783e-17;
    static constexpr double ratio_highest = 753.0, ratio_scale = 5.421010862427522e-20; // 2^-64
    static constexpr int ratio_exponent = 64;
    static constexpr double tanh_one_above = 22.0;
    static constexpr double two_over_pi = 0.6366197723675814, angle_limit = 0.79;
    static constexpr double half_pi_1 = 1.570796251296997, half_pi_2 = 7.549789415861596e-08;
    static constexpr double half_pi_3 = 5.390302529957765e-15, half_pi_4 = 3.2820031633724233e-22;
    static constexpr double half_pi_5 = 3.7950107727212256e-29;

    // (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2. Odd and even powers are summed beside each other: what uses it needs r^2 anyway.
    EQSIM_FUNCTION double exponential(double r) {
        double z = r * r, odd = 2.5114445342003633e-08, even = 2.762628373690144e-07;
        odd = multiply_add(odd, z, 2.755722804951868e-06);
        even = multiply_add(even, z, 2.480150456976045e-05);
        odd = multiply_add(odd, z, 0.00019841269902913254);
        even = multiply_add(even, z, 0.0013888888932255927);
        odd = multiply_add(odd, z, 0.008333333333314652);
        even = multiply_add(even, z, 0.0416666666665741);
        odd = multiply_add(odd, z, 0.16666666666666685);
        even = multiply_add(even, z, 0.5000000000000006);
        return multiply_add(odd, r, even);
    }

    // (2 atanh(s) - 2 s) / s with z = s^2, |s| <= (sqrt(2) - 1) / (sqrt(2) + 1)
    EQSIM_FUNCTION double logarithm(double z) {
        double p = 0.1461916613488797;
        p = p * z + 0.1533150161114533;
        p = p * z + 0.18182895750119193;
        p = p * z + 0.22222211043776857;
        p = p * z + 0.2857142862653362;
        p = p * z + 0.3999999999989827;
        p = p * z + 0.666666666666667;
        return p * z;
    }

    // (sin(r) - r) / r^3 with z = r^2, |r| <= pi / 4
    EQSIM_FUNCTION double sine(double z) {
        double p = 1.5917848524808262e-10;
        p = p * z + -2.5051127944014188e-08;
        p = p * z + 2.755731608381636e-06;
        p = p * z + -0.00019841269836722418;
        p = p * z + 0.008333333333330925;
        return p * z + -0.16666666666666666;
    }

    // (cos(r) - 1 + r^2 / 2) / r^4 with z = r^2, |r| <= pi / 4
    EQSIM_FUNCTION double cosine(double z) {
        double p = -1.1382456778061306e-11;
        p = p * z + 2.0876143827993133e-09;
        p = p * z + -2.7557317260008837e-07;
        p = p * z + 2.480158729874307e-05;
        p = p * z + -0.0013888888888887382;
        return p * z + 0.041666666666666664;
    }

    // (tanh(x) - x) / x^3 with z = x^2, |x| <= 0.55
    EQSIM_FUNCTION double hyperbolic_tangent(double z) {
        double p = -2.0602760746256897e-05;
        p = p * z + 8.511313019276638e-05;
        p = p * z + -0.000234634737024211;
        p = p * z + 0.0005889360506386874;
        p = p * z + -0.001455661829823084;
        p = p * z + 0.0035921103786542966;
        p = p * z + -0.00886323439781172;
        p = p * z + 0.02186948849366683;
        p = p * z + -0.05396825396743401;
        p = p * z + 0.13333333333332714;
        return p * z + -0.3333333333333333;
    }
};

template <> struct Format<float> {
    typedef uint32_t Bits;
    static constexpr int mantissa = 23;
    static constexpr Bits bias = 127, sign = 0x80000000u, fraction = 0x007fffffu;
    static constexpr Bits sqrt_half = 0x3f3504f3u;
    static constexpr float shift = 12582912.0f, infinity = __builtin_huge_valf();
    static constexpr float two_to_mantissa = 8388608.0f;
    static constexpr float smallest_normal = 1.17549435e-38f, exponents_up = 33554432.0f;
    static constexpr float exponents_up_log2 = 25.0f;
    static constexpr float log2_e = 1.442695f;
    static constexpr float ln2_high = 0.69311523f, ln2_low = 3.1946183e-05f;
    static constexpr float exp_lowest = -105.0f, exp_highest = 89.0f;
    static constexpr float expm1_lowest = -20.0f, expm1_highest = 94.0f, linear_below = 2.9802322e-08f;
    static constexpr float ratio_highest = 109.0f, ratio_scale = 2.3283064e-10f; // 2^-32
    static constexpr int ratio_exponent = 32;
    static constexpr float tanh_one_above = 10.0f;
    static constexpr float two_over_pi = 0.63661975f, angle_limit = 0.79f;
    static constexpr float half_pi_1 = 1.5703125f, half_pi_2 = 0.0004837513f;
    static constexpr float half_pi_3 = 7.5495336e-08f, half_pi_4 = 2.563283e-12f;
    static constexpr float half_pi_5 = 6.123234e-17f;

    EQSIM_FUNCTION float exponential(float r) {
        float z = r * r, odd = 0.00019890991f, even = 0.001393365f;
        odd = multiply_add(odd, z, 0.0083333105f);
        even = multiply_add(even, z, 0.041666467f);
        odd = multiply_add(odd, z, 0.16666667f);
        even = multiply_add(even, z, 0.5f);
        return multiply_add(odd, r, even);
    }

    EQSIM_FUNCTION float logarithm(float z) {
        float p = 0.23332763f;
        p = p * z + 0.28550735f;
        p = p * z + 0.40000123f;
        p = p * z + 0.6666667f;
        return p * z;
    }

    EQSIM_FUNCTION float sine(float z) {
        float p = 2.7249314e-06f;
        p = p * z + -0.00019840083f;
        p = p * z + 0.008333332f;
        return p * z + -0.16666667f;
    }

    EQSIM_FUNCTION float cosine(float z) {
        float p = 2.4547437e-05f;
        p = p * z + -0.00138883f;
        return p * z + 0.041666664f;
    }

    EQSIM_FUNCTION float hyperbolic_tangent(float z) {
        float p = -0.0066102273f;
        p = p * z + 0.021309389f;
        p = p * z + -0.05390943f;
        p = p * z + 0.13333113f;
        return p * z + -0.3333333f;
    }
};

template <class T> EQSIM_FUNCTION typename Format<T>::Bits bits(T x) {
    return bit_cast<typename Format<T>::Bits>(x);
}

// 2^(k - bias) for an integer k of which only the low bits count
template <class T> EQSIM_FUNCTION T power_of_two(typename Format<T>::Bits k) {
    return bit_cast<T>((typename Format<T>::Bits)(k << Format<T>::mantissa));
}

template <class T> EQSIM_FUNCTION T with_sign_of(T magnitude, T sign) {
    return bit_cast<T>((typename Format<T>::Bits)((bits(magnitude) & ~Format<T>::sign) | (bits(sign) & Format<T>::sign)));
}

template <class T> EQSIM_FUNCTION T not_a_number() { return Format<T>::infinity - Format<T>::infinity; }

// Which integers the overloads below take: any signed type, so that int, long and long long never are ambiguous.
template <class T> struct SignedInteger {};
template <> struct SignedInteger<int> { typedef int Type; };
template <> struct SignedInteger<long> { typedef long Type; };
template <> struct SignedInteger<long long> { typedef long long Type; };

// ------------------------------------------------------------------------------------------- signs, limits, rounding

EQSIM_FUNCTION double abs(double x) { return bit_cast<double>(bits(x) & ~Format<double>::sign); }
EQSIM_FUNCTION float abs(float x) { return bit_cast<float>(bits(x) & ~Format<float>::sign); }
template <class T> EQSIM_FUNCTION typename SignedInteger<T>::Type abs(T x) {
    return x < 0 ? (T)(0 - (uint64_t)x) : x;
}

// -1, 0 or 1; nan for nan
EQSIM_FUNCTION double sign(double x) { return x > 0.0 ? 1.0 : (x < 0.0 ? -1.0 : (x == 0.0 ? 0.0 : x)); }
EQSIM_FUNCTION float sign(float x) { return x > 0.0f ? 1.0f : (x < 0.0f ? -1.0f : (x == 0.0f ? 0.0f : x)); }
template <class T> EQSIM_FUNCTION typename SignedInteger<T>::Type sign(T x) { return (T)((x > 0) - (x < 0)); }

// nan if either is nan; the first of two equal values (of zeros, too). One selection after the other: GCC 12 does not
// make vectors of nested ones in a loop that reaches its elements through indices.
template <class T> EQSIM_FUNCTION T minimum_of(T x, T y) {
    T second = x != x ? x : y;
    return x <= y ? x : second;
}
template <class T> EQSIM_FUNCTION T maximum_of(T x, T y) {
    T second = x != x ? x : y;
    return x >= y ? x : second;
}
EQSIM_FUNCTION double minimum(double x, double y) { return minimum_of(x, y); }
EQSIM_FUNCTION float minimum(float x, float y) { return minimum_of(x, y); }
template <class T> EQSIM_FUNCTION typename SignedInteger<T>::Type minimum(T x, T y) { return x <= y ? x : y; }
EQSIM_FUNCTION double maximum(double x, double y) { return maximum_of(x, y); }
EQSIM_FUNCTION float maximum(float x, float y) { return maximum_of(x, y); }
template <class T> EQSIM_FUNCTION typename SignedInteger<T>::Type maximum(T x, T y) { return x >= y ? x : y; }

EQSIM_FUNCTION double clip(double x, double low, double high) { return minimum(maximum(x, low), high); }
EQSIM_FUNCTION float clip(float x, float low, float high) { return minimum(maximum(x, low), high); }
template <class T> EQSIM_FUNCTION typename SignedInteger<T>::Type clip(T x, T low, T high) {
    return minimum(maximum(x, low), high);
}

#ifdef __CUDACC__
EQSIM_FUNCTION double floor(double x) { return ::floor(x); }
EQSIM_FUNCTION float floor(float x) { return ::floorf(x); }
EQSIM_FUNCTION double ceil(double x) { return ::ceil(x); }
EQSIM_FUNCTION float ceil(float x) { return ::ceilf(x); }
EQSIM_FUNCTION double sqrt(double x) { return ::sqrt(x); }
EQSIM_FUNCTION float sqrt(float x) { return ::sqrtf(x); }
#else
EQSIM_FUNCTION double floor(double x) { return __builtin_floor(x); }
EQSIM_FUNCTION float floor(float x) { return __builtin_floorf(x); }
EQSIM_FUNCTION double ceil(double x) { return __builtin_ceil(x); }
EQSIM_FUNCTION float ceil(float x) { return __builtin_ceilf(x); }
EQSIM_FUNCTION double sqrt(double x) { return __builtin_sqrt(x); }
EQSIM_FUNCTION float sqrt(float x) { return __builtin_sqrtf(x); }
#endif

// Truncate towards zero; saturates, 0 for nan.
EQSIM_FUNCTION int64_t to_integer(double x) {
    bool above = x >= 9223372036854775808.0, below = x < -9223372036854775808.0;
    // Without what truncates to zero: GCC 12 makes (double)(int64_t)x one instruction, which keeps -0.
    double inside = (x >= 1.0) | ((x <= -1.0) & (x >= -9223372036854775808.0)) ? x : 0.0;
    int64_t n = (int64_t)(above ? 0.0 : inside);
    return above ? INT64_MAX : (below ? INT64_MIN : n);
}
EQSIM_FUNCTION int64_t to_integer(float x) { return to_integer((double)x); }

// The step in which time t lies; a time that rounding put just below its step still counts.
EQSIM_FUNCTION int64_t timestep(double t, double dt) { return to_integer((t + 1e-3 * dt) / dt); }

// --------------------------------------------------------------------------------------------- double-double numbers

// An unevaluated sum high + low with |low| <= ulp(high) / 2.
struct Pair {
    double high, low;
};

EQSIM_FUNCTION Pair fast_sum(double a, double b) { // needs |a| >= |b|
    double s = a + b;
    return {s, b - (s - a)};
}

EQSIM_FUNCTION Pair exact_sum(double a, double b) {
    double s = a + b, t = s - a;
    return {s, (a - (s - t)) + (b - t)};
}

EQSIM_FUNCTION Pair exact_product(double a, double b) { // Dekker 1971, doi:10.1007/BF01397083
    double p = a * b, s = 134217729.0 * a, t = 134217729.0 * b;
    double a_high = s - (s - a), b_high = t - (t - b), a_low = a - a_high, b_low = b - b_high;
    return {p, a_low * b_low - (((p - a_high * b_high) - a_low * b_high) - a_high * b_low)};
}

EQSIM_FUNCTION Pair product(Pair a, Pair b) {
    Pair p = exact_product(a.high, b.high);
    return fast_sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}

// ------------------------------------------------------------------------------------------------------- exponentials

// Both limits are compared with x itself, here and below: GCC 12 makes two selections of that, and of a comparison with
// what the first selection returned three times as many instructions.
template <class T> EQSIM_FUNCTION T exp_of(T x) {
    typedef Format<T> F;
    constexpr T shift = F::shift + (T)(2 * F::bias); // the exponent is halved: subnormal results round once
    T y = x < F::exp_lowest ? F::exp_lowest : x;
    y = x > F::exp_highest ? F::exp_highest : y;
    T z = multiply_add(y, F::log2_e, shift), n = z - shift;
    T r = multiply_add(-n, F::ln2_low, multiply_add(-n, F::ln2_high, y));
    T p = T(1) + multiply_add(r * r, F::exponential(r), r);
    typename F::Bits k = bits(z), half = k >> 1;
    return p * power_of_two<T>(half) * power_of_two<T>(k - half);
}

// (e^x - 1) / 2^16, which does not overflow where sinh and exprel are finite
template <class T> EQSIM_FUNCTION T scaled_expm1(T x) {
    typedef Format<T> F;
    constexpr T shift = F::shift + (T)(F::bias - 16);
    T y = x < F::expm1_lowest ? F::expm1_lowest : x;
    y = x > F::expm1_highest ? F::expm1_highest : y;
    T z = multiply_add(y, F::log2_e, shift), n = z - shift;
    T first = multiply_add(-n, F::ln2_high, y), second = n * F::ln2_low;
    T r = first - second, low = (first - r) - second;
    T scale = power_of_two<T>(bits(z));
    T a = scale - T(0.0000152587890625), b = scale * r;
    T s = a + b, t = s - a, error = (a - (s - t)) + (b - t);
    return s + multiply_add(scale, multiply_add(r * r, F::exponential(r), low), error);
}

template <class T> EQSIM_FUNCTION T expm1_of(T x) {
    T y = scaled_expm1(x) * T(65536);
    return abs(x) < Format<T>::linear_below ? x : y;
}

// The dividend and the divisor are scaled, so that the dividend does not overflow where the quotient is finite. Around 0
// they are equal, and both 0 at last.
template <class T> EQSIM_FUNCTION T exprel_of(T x) {
    typedef Format<T> F;
    constexpr T shift = F::shift + (T)(F::bias - 16), small = T(0.0000152587890625);
    T above = x > F::expm1_highest ? F::expm1_highest : x, y = x < F::expm1_lowest ? F::expm1_lowest : above;
    T z = multiply_add(y, F::log2_e, shift), n = z - shift;
    T r = multiply_add(-n, F::ln2_low, multiply_add(-n, F::ln2_high, y));
    T scale = power_of_two<T>(bits(z));
    T dividend = multiply_add(scale, multiply_add(r * r, F::exponential(r), r), scale - small), divisor = above * small;
    return divisor == T(0) ? T(1) : dividend / divisor;
}

// The dividend and the divisor are scaled, so that neither is subnormal where they differ. Around 0 the quotient is 1 - x / 2.
template <class T> EQSIM_FUNCTION T inverse_exprel_of(T x) {
    typedef Format<T> F;
    constexpr T shift = F::shift + (T)(F::bias - F::ratio_exponent);
    T above = x > F::ratio_highest ? F::ratio_highest : x, y = x < F::expm1_lowest ? F::expm1_lowest : above;
    T z = multiply_add(y, F::log2_e, shift), n = z - shift;
    T r = multiply_add(-n, F::ln2_low, multiply_add(-n, F::ln2_high, y));
    T scale = power_of_two<T>(bits(z));
    T divisor = multiply_add(scale, multiply_add(r * r, F::exponential(r), r), scale - F::ratio_scale);
    return divisor == T(0) ? T(1) : above * F::ratio_scale / divisor;
}

template <class T> EQSIM_FUNCTION T tanh_of(T x) {
    typedef Format<T> F;
    T a = abs(x), z = a * a, t = scaled_expm1(a + a) * T(65536);
    T y = a > F::tanh_one_above ? T(1) : T(1) - T(2) / (t + T(2));
    y = a < T(0.55) ? a + a * z * F::hyperbolic_tangent(z) : y;
    return with_sign_of(y, x);
}

EQSIM_FUNCTION double exp(double x) { return exp_of(x); }
EQSIM_FUNCTION float exp(float x) { return exp_of(x); }
EQSIM_FUNCTION double expm1(double x) { return expm1_of(x); }
EQSIM_FUNCTION float expm1(float x) { return expm1_of(x); }
// (e^x - 1) / x, 1 at 0
EQSIM_FUNCTION double exprel(double x) { return exprel_of(x); }
EQSIM_FUNCTION float exprel(float x) { return exprel_of(x); }
// x / (e^x - 1), 1 at 0
EQSIM_FUNCTION double inverse_exprel(double x) { return inverse_exprel_of(x); }
EQSIM_FUNCTION float inverse_exprel(float x) { return inverse_exprel_of(x); }
EQSIM_FUNCTION double tanh(double x) { return tanh_of(x); }
EQSIM_FUNCTION float tanh(float x) { return tanh_of(x); }

EQSIM_FUNCTION double sinh(double x) {
    double a = abs(x), e = scaled_expm1(a), t = e * 65536.0;
    double y = a < 40.0 ? 0.5 * (t + t / (t + 1.0)) : e * 32768.0;
    return with_sign_of(a < 3.725290298461914e-09 ? a : y, x);
}
EQSIM_FUNCTION float sinh(float x) { return (float)sinh((double)x); }

EQSIM_FUNCTION double cosh(double x) {
    double a = abs(x), e = scaled_expm1(a), t = e * 65536.0 + 1.0;
    return a < 40.0 ? 0.5 * (t + 1.0 / t) : e * 32768.0;
}
EQSIM_FUNCTION float cosh(float x) { return (float)cosh((double)x); }

// --------------------------------------------------------------------------------------------------------- logarithms

// x = 2^exponent * significand with sqrt(1/2) <= significand < sqrt(2), for 0 < x < inf
template <class T> struct Scaled {
    T exponent, significand;
};

template <class T> EQSIM_FUNCTION Scaled<T> scaled(T x) {
    typedef Format<T> F;
    bool subnormal = x < F::smallest_normal;
    T y = subnormal ? x * F::exponents_up : x, offset = subnormal ? F::exponents_up_log2 : T(0);
    typename F::Bits b = bits(y) + ((F::bias << F::mantissa) - F::sqrt_half);
    T biased = bit_cast<T>((typename F::Bits)((b >> F::mantissa) | bits(F::two_to_mantissa)));
    T exponent = (biased - (F::two_to_mantissa + (T)F::bias)) - offset;
    return {exponent, bit_cast<T>((typename F::Bits)((b & F::fraction) + F::sqrt_half))};
}

// log(x) + correction for x = 2^exponent * significand
template <class T> EQSIM_FUNCTION T log_of_scaled(Scaled<T> x, T correction) {
    typedef Format<T> F;
    T f = x.significand - T(1), s = f / (T(2) + f), h = T(0.5) * f * f;
    T tail = s * (h + F::logarithm(s * s)) + (x.exponent * F::ln2_low + correction);
    return x.exponent * F::ln2_high - ((h - tail) - f);
}

// The value where x is not a positive finite number: -inf at 0, inf at inf, else nan.
template <class T> EQSIM_FUNCTION T log_or_special(T x, T value) {
    T special = x == T(0) ? -Format<T>::infinity : (x > T(0) ? x : not_a_number<T>());
    return ((x > T(0)) & (x < Format<T>::infinity)) ? value : special;
}

template <class T> EQSIM_FUNCTION T log_of(T x) { return log_or_special(x, log_of_scaled(scaled(x), T(0))); }

template <class T> EQSIM_FUNCTION T log1p_of(T x) {
    T u = T(1) + x, t = u - T(1), error = (T(1) - (u - t)) + (x - t);
    T y = log_or_special(u, log_of_scaled(scaled(u), error / u));
    return abs(x) < Format<T>::linear_below ? x : y;
}

// log(x) to about 2^-64 of itself
EQSIM_FUNCTION Pair precise_log(double x) {
    Scaled<double> m = scaled(x);
    double f = m.significand - 1.0, k = m.exponent;
    Pair d = exact_sum(2.0, f);
    double s = f / d.high;
    Pair p = exact_product(s, d.high);
    Pair ratio = fast_sum(s, (((f - p.high) - p.low) - s * d.low) / d.high);
    Pair z = product(ratio, ratio);
    double tail = 0.12915929658165393;
    tail = tail * z.high + 0.13285770192868424;
    tail = tail * z.high + 0.15385580435394985;
    tail = tail * z.high + 0.1818180817006874;
    tail = tail * z.high + 0.22222222271577444;
    tail = tail * z.high + 0.2857142857133746;
    tail = tail * z.high + 0.4000000000000003;
    Pair series = fast_sum(0.6666666666666666, 3.700743415417188e-17 + tail * z.high); // 2/3 + tail * z
    Pair third = product(product(ratio, z), series);
    Pair sum = fast_sum(2.0 * ratio.high, third.high);
    double low = sum.low + (2.0 * ratio.low + third.low);
    Pair total = exact_sum(k * 0.6931471805592082, sum.high);
    return fast_sum(total.high, total.low + (low + k * 7.371002565167799e-13));
}

EQSIM_FUNCTION double log(double x) { return log_of(x); }
EQSIM_FUNCTION float log(float x) { return log_of(x); }
EQSIM_FUNCTION double log1p(double x) { return log1p_of(x); }
EQSIM_FUNCTION float log1p(float x) { return log1p_of(x); }

EQSIM_FUNCTION double log2(double x) {
    return log_or_special(x, product(precise_log(x), {1.4426950408889634, 2.0355273740931033e-17}).high);
}
EQSIM_FUNCTION float log2(float x) { return (float)log2((double)x); }

EQSIM_FUNCTION double log10(double x) {
    return log_or_special(x, product(precise_log(x), {0.4342944819032518, 1.098319650216765e-17}).high);
}
EQSIM_FUNCTION float log10(float x) { return (float)log10((double)x); }

// ------------------------------------------------------------------------------------------------------------- powers

// e^(x.high + x.low)
EQSIM_FUNCTION double exp_of_pair(Pair x) {
    typedef Format<double> F;
    constexpr double shift = F::shift + 2046.0;
    double y = x.high < F::exp_lowest ? F::exp_lowest : x.high;
    y = x.high > F::exp_highest ? F::exp_highest : y;
    double z = multiply_add(y, F::log2_e, shift), n = z - shift;
    double first = multiply_add(-n, F::ln2_high, y), second = multiply_add(n, F::ln2_low, y == x.high ? -x.low : 0.0);
    double r = first - second, low = (first - r) - second;
    double p = 1.0 + (r + multiply_add(r * r, F::exponential(r), low));
    uint64_t k = bits(z), half = k >> 1;
    return p * power_of_two<double>(half) * power_of_two<double>(k - half);
}

// The signs and limits of x^y around `magnitude`, which is |x|^y for finite x other than 0.
template <class T> EQSIM_FUNCTION T power_or_special(T x, T y, T magnitude) {
    T a = abs(x), inf = Format<T>::infinity, half = T(0.5) * y;
    bool whole = floor(y) == y, odd = whole & (floor(half) != half), negative = bits(x) >> (8 * sizeof(T) - 1);
    T at_zero = y < T(0) ? inf : T(0), at_infinity = y < T(0) ? T(0) : inf;
    T value = a == T(0) ? at_zero : (a == inf ? at_infinity : magnitude);
    value = (negative & odd) ? -value : value;
    value = ((x < T(0)) & (a < inf) & !whole) ? not_a_number<T>() : value;
    value = ((x != x) | (y != y)) ? x + y : value;
    return ((x == T(1)) | (y == T(0))) ? T(1) : value;
}

EQSIM_FUNCTION double power(double x, double y) {
    double limited = y < -36893488147419103232.0 ? -36893488147419103232.0 : y; // 2^65: 0, 1 or inf already
    limited = limited > 36893488147419103232.0 ? 36893488147419103232.0 : limited;
    Pair log = precise_log(abs(x)), p = exact_product(log.high, limited);
    return power_or_special(x, y, exp_of_pair(fast_sum(p.high, p.low + log.low * limited)));
}

EQSIM_FUNCTION float power(float x, float y) {
    double limited = y < -4294967296.0f ? -4294967296.0 : (double)y;
    limited = y > 4294967296.0f ? 4294967296.0 : limited;
    return power_or_special(x, y, (float)exp(limited * log_of_scaled(scaled((double)abs(x)), 0.0)));
}

// ------------------------------------------------------------------------------------------------------ trigonometry

// An angle less a multiple of pi / 2: value + low, and the low bits of the multiple.
template <class T> struct Angle {
    T value, low;
    typename Format<T>::Bits quadrant;
};

// Cody and Waite: the pieces of pi / 2 have so few bits that their products with the multiple are exact.
template <class T> EQSIM_FUNCTION Angle<T> reduced(T x) {
    typedef Format<T> F;
    T z = x * F::two_over_pi + F::shift, n = z - F::shift;
    T a = (x - n * F::half_pi_1) - n * F::half_pi_2;
    T third = n * F::half_pi_3, b = a - third;
    T fourth = n * F::half_pi_4, c = b - fourth;
    T tail = (((a - b) - third) + ((b - c) - fourth)) - n * F::half_pi_5;
    T r = c + tail, low = (c - r) + tail;
    low = abs(r) > F::angle_limit ? T(0) : low; // only so far out that the products are not exact
    r = r > F::angle_limit ? F::angle_limit : r;
    r = r < -F::angle_limit ? -F::angle_limit : r;
    return {r, low, bits(z)};
}

// sin(angle + quadrants * pi / 2)
template <class T> EQSIM_FUNCTION T sine_of(Angle<T> angle, typename Format<T>::Bits quadrants) {
    typedef Format<T> F;
    typename F::Bits quadrant = angle.quadrant + quadrants;
    T r = angle.value, z = r * r, h = T(0.5) * z, w = T(1) - h;
    T s = r + (r * z * F::sine(z) + angle.low);
    T c = w + (((T(1) - w) - h) + (z * z * F::cosine(z) - r * angle.low));
    T y = (quadrant & 1) ? c : s;
    return bit_cast<T>((typename F::Bits)(bits(y) ^ ((quadrant & 2) << (8 * sizeof(T) - 2))));
}

template <class T> EQSIM_FUNCTION T sin_of(T x) {
    T y = sine_of(reduced(x), 0);
    return x == T(0) ? x : y;
}

EQSIM_FUNCTION double sin(double x) { return sin_of(x); }
EQSIM_FUNCTION float sin(float x) { return sin_of(x); }
EQSIM_FUNCTION double cos(double x) { return sine_of(reduced(x), 1); }
EQSIM_FUNCTION float cos(float x) { return sine_of(reduced(x), 1); }

EQSIM_FUNCTION double tan(double x) {
    Angle<double> angle = reduced(x);
    double y = sine_of(angle, 0) / sine_of(angle, 1);
    return x == 0.0 ? x : y;
}
EQSIM_FUNCTION float tan(float x) { return (float)tan((double)x); }

// cos(2 pi u) for 0 <= u < 1, whose reduction is exact
EQSIM_FUNCTION double cosine_of_turns(double u) {
    double z = 4.0 * u + Format<double>::shift, n = z - Format<double>::shift;
    Angle<double> angle = {(u - 0.25 * n) * 6.283185307179586, 0.0, bits(z)};
    return sine_of(angle, 1);
}

// The angle from 0 to pi / 2 of the point (x, y), neither of them negative
EQSIM_FUNCTION double angle_of_point(double y, double x) {
    bool steep = y > 2.414213562373095 * x, middle = y > 0.41421356237309503 * x;
    double above = steep ? -x : (middle ? y - x : y), below = steep ? y : (middle ? y + x : x);
    double base = steep ? 1.5707963267948966 : (middle ? 0.7853981633974483 : 0.0);
    double low = steep ? 6.123233995736766e-17 : (middle ? 3.061616997868383e-17 : 0.0);
    double t = above / below, z = t * t;
    double p = 0.01627194475162406;
    p = p * z + -0.034558092551413795;
    p = p * z + 0.04551108126325172;
    p = p * z + -0.052303478730160745;
    p = p * z + 0.058789145444006215;
    p = p * z + -0.06666423628069258;
    p = p * z + 0.0769229630497447;
    p = p * z + -0.09090908751076636;
    p = p * z + 0.11111111105106705;
    p = p * z + -0.14285714285659326;
    p = p * z + 0.199999999999998;
    p = p * z + -0.3333333333333333;
    return base + (t + (t * z * p + low));
}

EQSIM_FUNCTION double arctan(double x) { return with_sign_of(angle_of_point(abs(x), 1.0), x); }
EQSIM_FUNCTION float arctan(float x) { return (float)arctan((double)x); }
EQSIM_FUNCTION double arcsin(double x) {
    double a = abs(x);
    return with_sign_of(angle_of_point(a, sqrt((1.0 - a) * (1.0 + a))), x);
}
EQSIM_FUNCTION float arcsin(float x) { return (float)arcsin((double)x); }
EQSIM_FUNCTION double arccos(double x) { return 2.0 * angle_of_point(sqrt(1.0 - x), sqrt(1.0 + x)); }
EQSIM_FUNCTION float arccos(float x) { return (float)arccos((double)x); }

// ----------------------------------------------------------------------------------------- division that rounds down

// Quotient (rounded down) and remainder (with the sign of y) of finite x and y; the remainder is exact below 2^53.
struct Division {
    double quotient, remainder;
};

EQSIM_FUNCTION Division divide(double x, double y) {
    double a = abs(x);
    double scale = a > 1e270 ? 6.223015277861142e-61 : (a < 1e-240 ? 1.6069380442589903e60 : 1.0); // 2^-200, 2^200
    double q = floor(x / y);
    Pair p = exact_product(q, y * scale);
    double r = ((x * scale - p.high) - p.low) / scale;
    r = a < abs(y) ? x : r;
    q = a < abs(y) ? 0.0 : q;
    bool wrong_sign = (r != 0.0) & ((r < 0.0) != (y < 0.0)), too_large = (r != 0.0) & (abs(r) >= abs(y)) & !wrong_sign;
    q = wrong_sign ? q - 1.0 : (too_large ? q + 1.0 : q);
    r = wrong_sign ? r + y : (too_large ? r - y : r);
    bool coarse = abs(q) >= 9007199254740992.0;
    r = ((r == 0.0) | coarse) ? with_sign_of(0.0, y) : r;
    q = q == 0.0 ? with_sign_of(0.0, x / y) : q;
    bool undefined = (x - x != 0.0) | (y == 0.0) | (y != y);
    r = undefined ? not_a_number<double>() : r;
    q = (x - x != 0.0) ? not_a_number<double>() : ((y == 0.0) | (y != y) ? x / y : q);
    return {q, r};
}

EQSIM_FUNCTION double floor_divide(double x, double y) { return divide(x, y).quotient; }
EQSIM_FUNCTION float floor_divide(float x, float y) { return (float)divide(x, y).quotient; }
EQSIM_FUNCTION double modulo(double x, double y) { return divide(x, y).remainder; }
EQSIM_FUNCTION float modulo(float x, float y) { return (float)divide(x, y).remainder; }

// By zero: 0. The lowest integer by -1 wraps around.
template <class T> EQSIM_FUNCTION typename SignedInteger<T>::Type floor_divide(T x, T y) {
    T safe = ((y == 0) | (y == -1)) ? T(1) : y, q = x / safe, r = x % safe;
    q -= (T)((r != 0) & ((r < 0) != (safe < 0)));
    return y == 0 ? T(0) : (y == -1 ? (T)(0 - (uint64_t)x) : q);
}
template <class T> EQSIM_FUNCTION typename SignedInteger<T>::Type modulo(T x, T y) {
    T safe = ((y == 0) | (y == -1)) ? T(1) : y, r = x % safe;
    return ((r != 0) & ((r < 0) != (safe < 0))) ? r + safe : r;
}

// ------------------------------------------------------------------------------------------------ matrix exponential

// sum + a * b; an error term that overflowed is dropped, so that infinite results stay infinite
EQSIM_FUNCTION Pair add_product(Pair sum, Pair a, Pair b) {
    Pair p = exact_product(a.high, b.high), s = exact_sum(sum.high, p.high);
    double low = (s.low + sum.low) + (p.low + (a.high * b.low + a.low * b.high));
    return fast_sum(s.high, low - low == 0.0 ? low : 0.0);
}

// result = a b for square matrices with n rows, each entry summed from first to last
template <int n> EQSIM_FUNCTION void multiply(const Pair* a, const Pair* b, Pair* result) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            Pair sum = {0.0, 0.0};
            for (int k = 0; k < n; k++) sum = add_product(sum, a[i * n + k], b[k * n + j]);
            result[i * n + j] = sum;
        }
}

// How often balancing visits each row: badly scaled chains of a dozen variables need 3 visits.
constexpr int balancing_sweeps = 6;
// Scaling goes no farther than 2^-500 to 2^500, so that quotients of two scales are normal numbers.
constexpr int64_t largest_scaling = 500;

// The exponent of the power of two by which to multiply a column, and divide the row of the same number, so that the
// sums of their magnitudes come close to each other. One without a partner comes close to 1.
EQSIM_FUNCTION int64_t balancing_exponent(double column, double row) {
    int64_t of_column = (int64_t)(bits(column) >> 52), of_row = (int64_t)(bits(row) >> 52), one = 1023;
    if (row == 0.0) return column == 0.0 ? 0 : one - 2 - of_column;
    return column == 0.0 ? of_row - (one - 2) : (of_row - of_column) >> 1;
}

// A = 2^-k A 2^k with a diagonal matrix k of integers that make A's rows and columns alike in magnitude; exact, since
// only exponents change (Parlett and Reinsch 1969, doi:10.1007/BF02165404).
template <int n> EQSIM_FUNCTION void balance(double* a, int64_t* k) {
    for (int i = 0; i < n; i++) k[i] = 0;
    for (int visit = 0; visit < balancing_sweeps * n; visit++) {
        int i = visit % n;
        double column = 0.0, row = 0.0;
        for (int j = 0; j < n; j++) {
            column += j == i ? 0.0 : abs(a[j * n + i]);
            row += j == i ? 0.0 : abs(a[i * n + j]);
        }
        int64_t shift = balancing_exponent(column, row);
        shift = minimum(maximum(shift, -largest_scaling - k[i]), largest_scaling - k[i]);
        double up = power_of_two<double>((uint64_t)(1023 + shift)), down = power_of_two<double>((uint64_t)(1023 - shift));
        if (!(column * up + row * down < 0.95 * (column + row))) continue;
        k[i] += shift;
        for (int j = 0; j < n; j++) {
            a[j * n + i] *= j == i ? 1.0 : up;
            a[i * n + j] *= j == i ? 1.0 : down;
        }
    }
}

// The largest sum of magnitudes in a row.
template <int n> EQSIM_FUNCTION double largest_row_sum(const double* a) {
    double norm = 0.0;
    for (int i = 0; i < n; i++) {
        double sum = 0.0;
        for (int j = 0; j < n; j++) sum += abs(a[i * n + j]);
        norm = maximum(norm, sum);
    }
    return norm;
}

// e^A for a square matrix with n rows, row by row: Taylor polynomial of degree 20 of A / 2^s, balanced before, whose
// largest row sum is at most 1/2, squared s times, in double-double numbers (Moler and Van Loan 2003,
// doi:10.1137/S00361445024180). All entries are nan if A's row sums are not finite. result may be entries.
template <int n, class T> EQSIM_FUNCTION void matrix_exponential(const T* entries, T* result) {
    constexpr double inverse_factorial[21][2] = {
        {1.0, 0.0},
        {1.0, 0.0},
        {0.5, 0.0},
        {0.16666666666666666, 9.25185853854297e-18},
        {0.041666666666666664, 2.3129646346357427e-18},
        {0.008333333333333333, 1.1564823173178714e-19},
        {0.001388888888888889, -5.300543954373577e-20},
        {0.0001984126984126984, 1.7209558293420705e-22},
        {2.48015873015873e-05, 2.1511947866775882e-23},
        {2.7557319223985893e-06, -1.858393274046472e-22},
        {2.755731922398589e-07, 2.3767714622250297e-23},
        {2.505210838544172e-08, -1.448814070935912e-24},
        {2.08767569878681e-09, -1.20734505911326e-25},
        {1.6059043836821613e-10, 1.2585294588752098e-26},
        {1.1470745597729725e-11, 2.0655512752830745e-28},
        {7.647163731819816e-13, 7.03872877733453e-30},
        {4.779477332387385e-14, 4.399205485834081e-31},
        {2.8114572543455206e-15, 1.6508842730861433e-31},
        {1.5619206968586225e-16, 1.1910679660273754e-32},
        {8.22063524662433e-18, 2.2141894119604265e-34},
        {4.110317623312165e-19, 1.4412973378659527e-36}};
    Pair a[n * n], power[n * n], next[n * n];
    double balanced[n * n];
    int64_t exponents[n];
    for (int i = 0; i < n * n; i++) balanced[i] = (double)entries[i];
    double norm = largest_row_sum<n>(balanced);
    bool finite = norm - norm == 0.0;
    balance<n>(balanced, exponents);
    norm = largest_row_sum<n>(balanced);
    finite &= norm - norm == 0.0;
    int squarings = 0;
    double scale = 1.0;
    while (finite && norm > 0.5) {
        norm *= 0.5;
        squarings++;
        scale *= 0.5;
    }
    for (int i = 0; i < n * n; i++) {
        a[i] = {balanced[i] * scale, 0.0};
        power[i] = {i % (n + 1) == 0 ? inverse_factorial[20][0] : 0.0, i % (n + 1) == 0 ? inverse_factorial[20][1] : 0.0};
    }
    for (int degree = 19; degree >= 0; degree--) {
        multiply<n>(a, power, next);
        for (int i = 0; i < n * n; i++) power[i] = next[i];
        for (int i = 0; i < n * n; i += n + 1) {
            Pair sum = exact_sum(power[i].high, inverse_factorial[degree][0]);
            power[i] = fast_sum(sum.high, sum.low + (power[i].low + inverse_factorial[degree][1]));
        }
    }
    for (; squarings > 0; squarings--) {
        multiply<n>(power, power, next);
        for (int i = 0; i < n * n; i++) power[i] = next[i];
    }
    for (int i = 0; i < n * n; i++) {
        double back = power_of_two<double>((uint64_t)(1023 + exponents[i / n] - exponents[i % n]));
        result[i] = finite ? (T)(power[i].high * back) : not_a_number<T>();
    }
}

} // namespace eqsim
