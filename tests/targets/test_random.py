import functools
import os
import platform
import shutil
import subprocess
from pathlib import Path

import mpmath
import numpy as np
import pytest
from scipy import stats

import eqsim
from eqsim.targets.numpy import random

HEADERS = next(
    folder
    for folder in (
        Path(eqsim.__file__).parent / "templates" / "common",
        Path(eqsim.__file__).parent.parent / "templates" / "common",
    )
    if folder.is_dir()
)
KEY, STREAM, STEP = 0x243F6A8885A308D3, 7, 11
MANY = np.arange(100_000)
MEANS = [0.01, 0.3, 1.0, 3.0, 9.99, 10.0, 12.5, 30.0, 100.0, 1e3, 1e4, 1e6]

TRIALS = [
    (1, 0.5), (1, 1e-3), (5, 0.3), (19, 0.5), (19, 0.9), (20, 0.5), (21, 0.5), (40, 0.25),
    (1000, 0.0099), (1000, 0.01), (1000, 0.5), (1000, 0.999), (10**6, 0.3), (10**9, 1e-8),
    (10**9, 2e-8), (10**12, 0.75), (2**53 - 1, 0.5),
]  # fmt: skip

# From the known answers of the Random123 distribution, philox4x32-10.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ((2**32 - 1,) * 4, (2**32 - 1,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_philox_gives_the_known_answers(counter, key, expected):
    words = random.philox(counter, key[1] << 32 | key[0])
    assert " ".join(f"{word:08x}" for word in words) == expected


def test_the_counter_has_the_documented_layout():
    step, element = 0x0000_1234_89AB_CDEF, 0x7_FEDC_BA98
    a, b, _, _ = random.philox((0xFEDCBA98, 0x89ABCDEF, 5, 0x1234 << 16), KEY)
    expected = ((int(a) >> 5 << 26) + (int(b) >> 6)) * 2.0**-53
    assert random.uniform(KEY, 5, step, element) == expected


# ------------------------------------------------------------------------------- distributions


def test_uniform_numbers_are_uniform():
    values = random.uniform(KEY, STREAM, STEP, MANY)
    assert values.min() >= 0
    assert values.max() < 1
    assert stats.kstest(values, "uniform").pvalue > 1e-3
    assert np.all(values * 2.0**53 == np.floor(values * 2.0**53))


def test_normal_numbers_are_normal():
    values = random.normal(KEY, STREAM, STEP, MANY)
    assert stats.kstest(values, "norm").pvalue > 1e-3
    moments = [np.mean(values**power) for power in (1, 2, 3, 4)]
    sigma = np.sqrt(np.array([1, 2, 15, 96]) / MANY.size)
    assert np.all(np.abs(moments - np.array([0, 1, 0, 3])) < 4 * sigma)


@pytest.mark.parametrize("sample", [random.uniform, random.normal])
def test_neighbours_are_independent(sample):
    values = sample(KEY, STREAM, STEP, MANY)
    neighbours = {
        "element": sample(KEY, STREAM, STEP, MANY + 1),
        "step": sample(KEY, STREAM, STEP + 1, MANY),
        "high step": sample(KEY, STREAM, STEP + 2**32, MANY),
        "stream": sample(KEY, STREAM + 1, STEP, MANY),
        "key": sample(KEY + 1, STREAM, STEP, MANY),
        "high key": sample(KEY + 2**32, STREAM, STEP, MANY),
    }
    for name, other in neighbours.items():
        assert not np.any(values == other), name
        assert abs(np.corrcoef(values, other)[0, 1]) < 4 / np.sqrt(MANY.size), name
        assert abs(np.corrcoef(values**2, other**2)[0, 1]) < 4 / np.sqrt(MANY.size), name


@pytest.mark.parametrize("mean", MEANS)
def test_poisson_numbers_have_the_moments_of_their_mean(mean):
    values = random.poisson(KEY, STREAM, STEP, MANY, mean).astype(float)
    count = MANY.size
    assert abs(values.mean() - mean) < 4 * np.sqrt(mean / count)
    spread = np.sqrt((mean + 2 * mean**2) / count)
    assert abs(values.var() - mean) < 4 * spread


@pytest.mark.parametrize("mean", [mean for mean in MEANS if mean <= 1e3])
def test_poisson_numbers_have_the_frequencies_of_their_mean(mean):
    values = random.poisson(KEY, STREAM + 1, STEP, MANY, mean)
    edges = np.unique(stats.poisson.ppf(np.linspace(0.0005, 0.9995, 40), mean)).astype(int)
    edges = np.concatenate([[-1], edges, [10**9]])
    expected = np.diff(stats.poisson.cdf(edges, mean)) * MANY.size
    found = np.diff([np.sum(values <= edge) for edge in edges])
    usable = expected > 5
    statistic = np.sum((found - expected)[usable] ** 2 / expected[usable])
    assert stats.chi2.sf(statistic, usable.sum() - 1) > 1e-3


def test_poisson_probabilities_of_the_rejection_are_exact():
    for mean in (10.0, 33.3, 1e3, 1e6):
        k = np.unique(np.floor(mean + np.sqrt(mean) * np.linspace(-3.1, 12, 400)))
        with np.errstate(all="ignore"):
            found = random._log_poisson(k, np.full(k.shape, mean))
        assert np.allclose(found, stats.poisson.logpmf(k, mean), rtol=1e-7, atol=1e-7)


def test_poisson_numbers_of_odd_means_are_defined():
    means = [np.nan, -1.0, -np.inf, 0.0, -0.0, 5e-324, np.inf, 1e300, 9.3e18, 1e16]
    values = random.poisson(KEY, STREAM, STEP, np.arange(10), means)
    assert values[:6].tolist() == [0] * 6
    assert values[6:9].tolist() == [2**63 - 1] * 3
    assert abs(values[9] - 1e16) < 1e9


def test_poisson_numbers_of_mixed_means_are_those_of_each_mean():
    means = np.resize(MEANS, 1000)
    mixed = random.poisson(KEY, STREAM, STEP, np.arange(1000), means)
    for mean in MEANS:
        alone = random.poisson(KEY, STREAM, STEP, np.arange(1000), mean)
        assert np.array_equal(mixed[means == mean], alone[means == mean])


@pytest.mark.parametrize(("n", "p"), TRIALS)
def test_binomial_numbers_have_the_moments_of_their_distribution(n, p):
    values = random.binomial(KEY, STREAM, STEP, MANY, n, p).astype(float)
    mean, variance, _, excess = (float(m) for m in stats.binom.stats(n, p, moments="mvsk"))
    assert abs(values.mean() - mean) < 4 * np.sqrt(variance / MANY.size)
    spread = variance * np.sqrt((2 + excess) / MANY.size)
    # For one toss of a fair coin the spread is zero to first order.
    assert abs(values.var() - variance) < 4 * spread + 20 * variance / MANY.size


@pytest.mark.parametrize(("n", "p"), [case for case in TRIALS if case[0] <= 10**12])
def test_binomial_numbers_have_the_frequencies_of_their_distribution(n, p):
    values = random.binomial(KEY, STREAM + 1, STEP, MANY, n, p)
    edges = np.unique(stats.binom.ppf(np.linspace(0.0005, 0.9995, 40), n, p))
    expected = np.diff(np.concatenate([[0], stats.binom.cdf(edges, n, p), [1]])) * MANY.size
    found = np.diff([0, *(np.sum(values <= edge) for edge in edges), MANY.size])
    usable = expected > 5
    statistic = np.sum((found - expected)[usable] ** 2 / expected[usable])
    assert values.min() >= 0
    assert values.max() <= n
    assert usable.sum() == 1 or stats.chi2.sf(statistic, usable.sum() - 1) > 1e-3


def test_binomial_probabilities_of_the_rejection_are_exact():
    for n, p in ((20, 0.5), (1000, 0.01), (1000, 0.37), (10**6, 0.5), (10**9, 1e-7)):
        middle, spread = n * p, np.sqrt(n * p * (1 - p))
        k = np.unique(np.clip(np.floor(middle + spread * np.linspace(-8, 12, 100)), 0, n))
        with np.errstate(all="ignore"):
            found = random._log_binomial(k, np.full(k.shape, float(n)), np.full(k.shape, p))
        with mpmath.workdps(40):
            expected = [
                mpmath.log(mpmath.binomial(n, int(each)))
                + int(each) * mpmath.log(mpmath.mpf(p))
                + (n - int(each)) * mpmath.log1p(-mpmath.mpf(p))
                for each in k
            ]
        assert np.allclose(found, np.array(expected, dtype=float), rtol=1e-8, atol=1e-8)


def test_binomial_numbers_of_odd_parameters_are_defined():
    trials = [np.nan, 1.0, -1.0, 0.0, 10.0, 0.9, 10.0, 10.0, 5.9, 10.0, 2.0**60]
    p = [0.5, np.nan, 0.5, 0.5, -0.1, 1.0, 1.0, 1.5, np.inf, -np.inf, 1.0]
    values = random.binomial(KEY, STREAM, STEP, np.arange(11), trials, p)
    assert values.tolist() == [0, 0, 0, 0, 0, 0, 10, 10, 5, 0, 2**60]
    beyond = random.binomial(KEY, STREAM, STEP, np.arange(1000), 2.0**60, 0.25)
    assert np.abs(beyond / 2.0**58 - 1).max() < 1e-8


def test_binomial_numbers_of_mixed_parameters_are_those_of_each():
    n, p = np.resize(np.array(TRIALS).T, (2, 1000))
    mixed = random.binomial(KEY, STREAM, STEP, np.arange(1000), n, p)
    for trials, probability in TRIALS:
        alone = random.binomial(KEY, STREAM, STEP, np.arange(1000), trials, probability)
        chosen = (n == trials) & (p == probability)
        assert np.array_equal(mixed[chosen], alone[chosen])


def test_shapes_are_kept():
    elements = np.arange(6).reshape(2, 3)
    for sample in (random.uniform, random.normal):
        assert sample(KEY, STREAM, STEP, elements).shape == (2, 3)
    assert random.poisson(KEY, STREAM, STEP, elements, 2.0).shape == (2, 3)
    assert random.binomial(KEY, STREAM, STEP, elements, 9, 0.5).shape == (2, 3)
    assert random.poisson(KEY, STREAM, STEP, np.arange(0), 2.0).shape == (0,)


# ------------------------------------------------------------------------- successes and failures

CHANCES = [1e-4, 0.0015, 0.01, 0.03, 0.0624, 0.0626, 0.3, 0.97]
"""Blocks of all sizes, and numbers for each element beyond 1/16."""


@functools.cache
def successes(p, elements=3001, steps=300):
    """Whether elements succeed, shape (steps, elements); the last block is cut short."""
    each = np.arange(elements)
    return np.array([random.bernoulli(KEY, STREAM, step, each, p) for step in range(steps)])


@pytest.mark.parametrize("p", CHANCES)
def test_successes_have_their_probability_at_each_element_and_in_each_step(p):
    found = successes(p)
    # Elements in parts, as a single one has too few successes; parts divide no block evenly.
    for axis, size in ((0, 37), (1, 16)):
        lines = np.moveaxis(found, axis, 1)
        parts = np.array_split(lines, lines.shape[1] // size, axis=1)
        trials = np.array([part.size for part in parts])
        counts = np.array([part.sum() for part in parts])
        deviations = (counts - trials * p) / np.sqrt(trials * p * (1 - p))
        assert stats.chi2.sf(np.sum(deviations**2), len(parts)) > 1e-3


@pytest.mark.parametrize("p", CHANCES)
@pytest.mark.parametrize("size", [50, 64, 100, 3001])
def test_numbers_of_successes_are_binomial(p, size):
    counts = successes(p)[:, :size].sum(axis=1)
    edges = np.unique(stats.binom.ppf(np.linspace(0.02, 0.98, 9), size, p)).astype(int)
    edges = np.concatenate([[-1], edges, [size]])
    expected = np.diff(stats.binom.cdf(edges, size, p)) * len(counts)
    observed = np.histogram(counts, edges + 0.5)[0]
    usable = expected > 4
    statistic = np.sum((observed - expected)[usable] ** 2 / expected[usable])
    assert usable.sum() < 2 or stats.chi2.sf(statistic, usable.sum() - 1) > 1e-3


@pytest.mark.parametrize("p", CHANCES)
@pytest.mark.parametrize(("steps", "elements"), [(0, 1), (0, 2), (0, 63), (0, 64), (1, 0), (1, 1)])
def test_pairs_of_elements_and_of_steps_succeed_independently(p, steps, elements):
    found = successes(p)
    one = found[: len(found) - steps, : found.shape[1] - elements]
    both = one & found[steps:, elements:]
    expected = both.size * p * p
    assert abs(both.sum() - expected) < 4 * np.sqrt(both.size * p * p * (1 - p * p)) + 4 * p


def test_gaps_between_successes_are_geometric_across_the_borders_of_blocks():
    p = 0.0015
    gaps = np.diff(np.flatnonzero(random.bernoulli(KEY, STREAM, STEP, np.arange(2_000_000), p)))
    edges = np.array([0, 100, 300, 600, 1000, 1500, 2100, 10**9])
    expected = np.diff(stats.geom.cdf(edges, p)) * gaps.size
    observed = np.histogram(gaps, edges + 0.5)[0]
    assert stats.chisquare(observed, expected * gaps.size / expected.sum()).pvalue > 1e-3


@pytest.mark.parametrize("p", [0.0, -1.0, np.nan, -np.inf, 5e-324])
def test_nothing_succeeds_without_a_positive_probability(p):
    assert not random.bernoulli(KEY, STREAM, STEP, MANY, p).any()


@pytest.mark.parametrize("p", [1.0, 1.5, np.inf])
def test_everything_succeeds_with_certainty(p):
    assert random.bernoulli(KEY, STREAM, STEP, MANY, p).all()


@pytest.mark.parametrize("p", CHANCES)
def test_successes_do_not_depend_on_who_else_is_asked(p):
    every = random.bernoulli(KEY, STREAM, STEP, np.arange(5000), p)
    chosen = np.random.default_rng(1).integers(0, 5000, 700)
    assert np.array_equal(random.bernoulli(KEY, STREAM, STEP, chosen, p), every[chosen])
    several = random.bernoulli(KEY, STREAM, STEP, np.arange(12).reshape(3, 4), p)
    assert np.array_equal(several.ravel(), every[:12])


# --------------------------------------------------------------------------- the same bits in C

CASES = [
    (0, 0, 0),
    (KEY, STREAM, STEP),
    (2**64 - 1, 2**32 - 1, 2**63 - 1),
    (2**40 + 3, 2**31, 2**45 + 12345),
]
FIRST, LENGTH = 2**32 - 500, 2003
ALL_MEANS = [*MEANS, 0.0, -1.0, 1e9, 1e14, 1e15, 1e16, 1e18, 1e19, 1e300]
DRIVER = """
#include "random.h"
#include <stdio.h>
#include <stdlib.h>
#define LOOP(name, type, call) static __attribute__((noinline)) void name( \\
    uint64_t key, uint32_t stream, int64_t step, int64_t first, const double* __restrict mean, \\
    type* __restrict r, int n) { (void)mean; for (int i = 0; i < n; i++) r[i] = call; }
LOOP(uniforms, double, eqsim::uniform(key, stream, step, first + i))
LOOP(normals, double, eqsim::normal(key, stream, step, first + i))
LOOP(poissons, int64_t, eqsim::poisson(key, stream, step, first + i, mean[i]))
LOOP(binomials, int64_t,
    eqsim::binomial(key, stream, step, first + i, 37.0 * mean[i], mean[n - 1 - i] / 30.0))
LOOP(successes, int64_t, eqsim::bernoulli(key, stream, step, first + i, mean[0]))
static void successes_at_once(
    uint64_t key, uint32_t stream, int64_t step, int64_t first, double p, int64_t* r, int n) {
    const eqsim::BernoulliNumbers numbers{p};
    bool drawn[eqsim::most_at_once];
    for (int k = 0; k < n; k += 256) {
        const int count = n - k < 256 ? n - k : 256;
        numbers.draw(key, stream, step, first + k, count, drawn);
        for (int i = 0; i < count; i++) r[k + i] = drawn[i];
    }
    numbers.visit(key, stream, step, first, first + n, [&](int64_t i) { r[i - first] += 2; });
}
// A few elements of a block in step after step, after a gap, and for two keys in turns.
static void successes_in_steps(
    uint64_t key, uint32_t stream, int64_t step, int64_t first, double p, int64_t* r, int n) {
    const eqsim::BernoulliNumbers numbers{p};
    const int few = 60;
    first &= -64;
    for (int k = 0; k + few <= n; k += few) {
        const int64_t turn = k / few, at = step / 2 + turn + (turn >= 19 ? 5 : 0);
        for (int i = 0; i < few; i++) r[k + i] = 0;
        numbers.visit(key + (turn >= 30 ? turn % 2 : 0), stream, at, first + turn % 2, first + few,
            [&](int64_t i) { r[k + i - first] += 1; });
    }
}
int main(int, char** a) {
    uint64_t key = strtoull(a[1], 0, 10);
    uint32_t stream = (uint32_t)strtoull(a[2], 0, 10);
    int64_t step = atoll(a[3]), first = atoll(a[4]);
    int n = atoi(a[5]), count = atoi(a[6]);
    static double r[1 << 16], mean[1 << 16];
    static int64_t k[1 << 16];
    for (int i = 0; i < n; i++) mean[i] = atof(a[7 + i % count]);
    uniforms(key, stream, step, first, mean, r, n);
    fwrite(r, 8, n, stdout);
    normals(key, stream, step, first, mean, r, n);
    fwrite(r, 8, n, stdout);
    poissons(key, stream, step, first, mean, k, n);
    fwrite(k, 8, n, stdout);
    binomials(key, stream, step, first, mean, k, n);
    fwrite(k, 8, n, stdout);
    for (int i = 0; i < count; i++) {
        double p = atof(a[7 + i]) / 100.0;
        successes(key, stream, step, first, &p, k, n);
        fwrite(k, 8, n, stdout);
        successes_at_once(key, stream, step, first, p, k, n);
        fwrite(k, 8, n, stdout);
        successes_in_steps(key, stream, step, first, p, k, n);
        fwrite(k, 8, n, stdout);
    }
}
"""
FLAGS = ["-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off"]
BUILDS = {
    "plain": ["-O0", "-ffp-contract=off"],
    "baseline": FLAGS,
    "native": [*FLAGS, "-march=native"],
    **({"avx2": [*FLAGS, "-mavx2"]} if platform.machine() in ("x86_64", "AMD64") else {}),
}


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    compiler = shutil.which(os.environ.get("CXX", "g++"))
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    folder = tmp_path_factory.mktemp("random")
    source = folder / "driver.cpp"
    source.write_text(DRIVER)
    warnings = ["-Wall", "-Wextra", "-Werror", "-std=c++17", "-fopenmp-simd", f"-I{HEADERS}"]
    running = {
        name: subprocess.Popen([compiler, *warnings, *flags, source, "-o", folder / name])
        for name, flags in BUILDS.items()
    }
    assert all(process.wait() == 0 for process in running.values())
    return folder


@pytest.mark.compiler
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("build", BUILDS)
def test_compiled_numbers_have_the_bits_of_the_mirror(programs, build, case):
    means = [repr(mean) for mean in ALL_MEANS]
    call = [programs / build, *map(str, case), str(FIRST), str(LENGTH), str(len(means)), *means]
    data = subprocess.run(call, check=True, capture_output=True).stdout
    found = np.frombuffer(data, np.float64).reshape(4 + 3 * len(means), LENGTH)
    elements = FIRST + np.arange(LENGTH)
    assert np.array_equal(found[0], random.uniform(*case, elements))
    assert np.array_equal(found[1], random.normal(*case, elements))
    mean = np.resize(ALL_MEANS, LENGTH)
    assert np.array_equal(found[2].view(np.int64), random.poisson(*case, elements, mean))
    expected = random.binomial(*case, elements, 37.0 * mean, mean[::-1] / 30.0)
    assert np.array_equal(found[3].view(np.int64), expected)
    for number, mean in enumerate(ALL_MEANS):
        one, several, in_steps = found[4 + 3 * number : 7 + 3 * number].view(np.int64)
        succeeds = random.bernoulli(*case, elements, mean / 100.0)
        assert np.array_equal(one, succeeds)
        assert np.array_equal(several, 3 * succeeds)
        for turn, row in enumerate(in_steps[: LENGTH // 60 * 60].reshape(-1, 60)):
            key = (case[0] + (turn % 2 if turn >= 30 else 0)) % 2**64
            step = case[2] // 2 + turn + (5 if turn >= 19 else 0)
            few = (FIRST & -64) + np.arange(60)
            succeeds = random.bernoulli(key, case[1], step, few, mean / 100.0)
            succeeds[: turn % 2] = False
            assert np.array_equal(row, succeeds), turn


@pytest.mark.nvcc
def test_the_header_compiles_for_cuda_without_warnings(tmp_path):
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        pytest.skip("there is no nvcc")
    source = tmp_path / "kernel.cu"
    source.write_text(
        '#include "random.h"\n'
        "__global__ void kernel(double* x, int64_t* k) {\n"
        "x[0] = eqsim::uniform(1, 2, 3, threadIdx.x) + eqsim::normal(1, 2, 3, threadIdx.x);\n"
        "k[0] = eqsim::poisson(1, 2, 3, threadIdx.x, x[1])"
        " + eqsim::binomial(1, 2, 3, threadIdx.x, x[0], x[1])"
        " + eqsim::bernoulli(1, 2, 3, threadIdx.x, x[0]);\n}\n"
        "int64_t on_host(double mean) { return eqsim::poisson(1, 2, 3, 4, mean); }\n"
    )
    flags = ["-std=c++17", "-arch=sm_90", "-fmad=false", "-Werror=all-warnings"]
    subprocess.run(
        [nvcc, *flags, f"-I{HEADERS}", "-c", source, "-o", tmp_path / "kernel.o"], check=True
    )
