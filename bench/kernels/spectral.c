/* Largest singular value of an implicit matrix: integer-to-double conversion and one division per element. */
#include "kernel.h"

#include <math.h>

enum { kSize = 200 };

static double element(uint32_t row, uint32_t column) {
  uint32_t sum = row + column;
  return 1.0 / (double)(sum * (sum + 1) / 2 + row + 1);
}

static KERNEL_NOINLINE void multiply(const double* in, double* out) {
  for (uint32_t i = 0; i < kSize; i++) {
    double sum = 0;
    for (uint32_t j = 0; j < kSize; j++) sum += element(i, j) * in[j];
    out[i] = sum;
  }
}

static KERNEL_NOINLINE void multiply_transposed(const double* in, double* out) {
  for (uint32_t i = 0; i < kSize; i++) {
    double sum = 0;
    for (uint32_t j = 0; j < kSize; j++) sum += element(j, i) * in[j];
    out[i] = sum;
  }
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 1200);
  static double u[kSize], v[kSize], middle[kSize];
  for (int i = 0; i < kSize; i++) u[i] = 1;
  for (uint32_t n = 0; n < iterations; n++) {
    multiply(u, middle);
    multiply_transposed(middle, v);
    multiply(v, middle);
    multiply_transposed(middle, u);
    double largest = 0;
    for (int i = 0; i < kSize; i++) largest = fabs(u[i]) > largest ? fabs(u[i]) : largest;
    for (int i = 0; i < kSize; i++) u[i] = u[i] / largest + 1e-3 * (double)(n % 7);
  }
  uint64_t checksum = 0;
  for (int i = 0; i < kSize; i++) checksum = kernel_mix_double(kernel_mix_double(checksum, u[i]), v[i]);
  return kernel_report("spectral", checksum);
}
