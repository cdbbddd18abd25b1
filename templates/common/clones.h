// Functions for the vectors that a processor has.
#pragma once

// A function so marked is there for vectors of several widths, of which that of the processor is taken when a program starts:
// GCC 12 is the first to know the kinds of processors by these names. The choice comes before the sanitizer of threads can
// be called.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#if __GNUC__ >= 12
#define EQSIM_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#endif
#endif
#ifndef EQSIM_CLONES
#define EQSIM_CLONES
#endif
