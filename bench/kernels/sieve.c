/* Sieve of Eratosthenes over odd numbers: strided byte stores and a counting scan. */
#include "kernel.h"

#include <string.h>

enum { kLimit = 400000 };

static uint8_t composite[kLimit / 2];

static uint32_t count_primes(uint32_t limit) {
  uint32_t half = limit / 2, count = 1;
  memset(composite, 0, half);
  for (uint32_t i = 1; i < half; i++) {
    if (composite[i]) continue;
    uint32_t prime = 2 * i + 1;
    count++;
    if (prime > limit / prime) continue;
    for (uint32_t j = prime * prime / 2; j < half; j += prime) composite[j] = 1;
  }
  return count;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 370);
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) checksum = kernel_mix(checksum, count_primes(kLimit - 2 * (n % 1000)));
  return kernel_report("sieve", checksum);
}
