/* What every kernel shares: how much work to do, random numbers that are the same on every machine, and one line of
 * output that proves the work was done right. Nothing here may depend on the width of long or on the C library. */
#ifndef UMBER_BENCH_KERNEL_H
#define UMBER_BENCH_KERNEL_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The optional argument is a percentage of the standard work, so one number scales every kernel alike. */
static inline uint32_t kernel_iterations(int argc, char** argv, uint32_t standard) {
  uint64_t percent = argc > 1 ? (uint64_t)strtoul(argv[1], NULL, 10) : 100;
  uint64_t count = standard * percent / 100;
  return count > 0 ? (uint32_t)count : 1;
}

static inline int kernel_report(const char* name, uint64_t checksum) {
  printf("%s %08x%08x\n", name, (unsigned)(checksum >> 32), (unsigned)checksum);
  return 0;
}

/* Order matters, so swapped results are noticed; the fold lets high bits reach low ones. */
static inline uint64_t kernel_mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

static inline uint64_t kernel_mix_double(uint64_t hash, double value) {
  union {
    double number;
    uint64_t bits;
  } view = {.number = value};
  return kernel_mix(hash, view.bits);
}

/* xorshift32; the state must not be zero. */
static inline uint32_t kernel_random(uint32_t* state) {
  uint32_t x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

/* Keeps the call in the program under test; without it fib would be measured as inlined fib. */
#define KERNEL_NOINLINE __attribute__((noinline))

#endif
