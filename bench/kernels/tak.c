/* Takeuchi's and Ackermann's functions: deep recursion, three arguments, results that are arguments again. */
#include "kernel.h"

static KERNEL_NOINLINE int tak(int x, int y, int z) {
  return y >= x ? z : tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

static KERNEL_NOINLINE uint32_t ackermann(uint32_t m, uint32_t n) {
  if (m == 0) return n + 1;
  return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 5200);
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    checksum = kernel_mix(checksum, (uint64_t)tak(15, 9 - (int)(n % 3), 3));
    checksum = kernel_mix(checksum, ackermann(2, 60 + n % 7));
  }
  return kernel_report("tak", checksum);
}
