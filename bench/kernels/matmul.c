/* Dense double matrix product, plain triple loop: load, load, multiply, add, step. */
#include "kernel.h"

enum { kSize = 120 };

static double a[kSize][kSize], b[kSize][kSize], c[kSize][kSize];

static KERNEL_NOINLINE void multiply(void) {
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++) {
      double sum = 0;
      for (int k = 0; k < kSize; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
  }
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 340);
  uint32_t seed = 5;
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++) {
      a[i][j] = (double)(kernel_random(&seed) % 1000) / 1000 - 0.5;
      b[i][j] = (double)(kernel_random(&seed) % 1000) / 1000 - 0.5;
    }
  }
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    multiply();
    int row = (int)(n % kSize);
    for (int j = 0; j < kSize; j++) a[row][j] = c[row][j] / 8;
    checksum = kernel_mix_double(checksum, c[row][row]);
  }
  return kernel_report("matmul", checksum);
}
