/* Single-precision matrix product, four columns at a time: broadcast, multiply, add. */
#include "kernel.h"
#include "vectors.h"

enum { kSize = 128 };

static float a[kSize][kSize], b[kSize][kSize], c[kSize][kSize];

static KERNEL_NOINLINE void multiply(void) {
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j += 8) {
      f32x4 left = {0}, right = {0};
      for (int k = 0; k < kSize; k++) {
        f32x4 factor = {a[i][k], a[i][k], a[i][k], a[i][k]};
        left += factor * load_f32x4(&b[k][j]);
        right += factor * load_f32x4(&b[k][j + 4]);
      }
      store_f32x4(&c[i][j], left);
      store_f32x4(&c[i][j + 4], right);
    }
  }
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 1000);
  uint32_t seed = 17;
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++) {
      a[i][j] = (float)(kernel_random(&seed) % 256) / 256 - 0.5f;
      b[i][j] = (float)(kernel_random(&seed) % 256) / 256 - 0.5f;
    }
  }
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    multiply();
    int row = (int)(n % kSize);
    for (int j = 0; j < kSize; j++) a[row][j] = c[row][j] / 8;
    checksum = kernel_mix_double(checksum, (double)c[row][row]);
  }
  return kernel_report("simd_matrix", checksum);
}
