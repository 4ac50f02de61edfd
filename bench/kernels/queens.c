/* Places queens with bit masks: short recursion, bit tricks, branches that no predictor likes. */
#include "kernel.h"

static KERNEL_NOINLINE uint32_t place(uint32_t all, uint32_t columns, uint32_t left, uint32_t right, uint32_t forbidden) {
  if (columns == all) return 1;
  uint32_t count = 0;
  for (uint32_t free = all & ~(columns | left | right | forbidden); free; free &= free - 1) {
    uint32_t bit = free & (0u - free);
    count += place(all, columns | bit, (left | bit) << 1, (right | bit) >> 1, 0);
  }
  return count;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 17000);
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) checksum = kernel_mix(checksum, place((1u << 9) - 1, 0, 0, 0, n & 511));
  return kernel_report("queens", checksum);
}
