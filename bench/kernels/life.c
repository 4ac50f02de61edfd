/* The game of life on bytes: eight neighbour loads per cell and a table look-up. */
#include "kernel.h"

enum { kWidth = 128, kHeight = 96, kStride = kWidth + 2 };

static uint8_t grids[2][(kHeight + 2) * kStride];

static KERNEL_NOINLINE uint32_t step(const uint8_t* from, uint8_t* to) {
  static const uint8_t kNext[2][9] = {{0, 0, 0, 1, 0, 0, 0, 0, 0}, {0, 0, 1, 1, 0, 0, 0, 0, 0}};
  uint32_t alive = 0;
  for (int y = 1; y <= kHeight; y++) {
    for (int x = 1; x <= kWidth; x++) {
      const uint8_t* at = from + y * kStride + x;
      uint32_t neighbours = at[-kStride - 1] + at[-kStride] + at[-kStride + 1] + at[-1] + at[1] + at[kStride - 1] +
                            at[kStride] + at[kStride + 1];
      alive += to[y * kStride + x] = kNext[*at][neighbours];
    }
  }
  return alive;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 15000);
  uint32_t seed = 1970;
  for (int y = 1; y <= kHeight; y++)
    for (int x = 1; x <= kWidth; x++) grids[0][y * kStride + x] = kernel_random(&seed) >> 13 & 1;
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    checksum = kernel_mix(checksum, step(grids[n & 1], grids[~n & 1]));
    grids[~n & 1][(1 + n % kHeight) * kStride + 1 + n * 7 % kWidth] = 1;
  }
  return kernel_report("life", checksum);
}
