/* Linear equations by LU decomposition with pivoting: double loops whose bounds change, row swaps, comparisons. */
#include "kernel.h"

#include <math.h>

enum { kSize = 80 };

static double matrix[kSize][kSize], right[kSize];

static void fill(uint32_t seed) {
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++) matrix[i][j] = (double)(kernel_random(&seed) % 4001) / 1000 - 2;
    right[i] = (double)(i % 9) - 4;
  }
}

static KERNEL_NOINLINE void solve(void) {
  for (int k = 0; k < kSize; k++) {
    int pivot = k;
    for (int i = k + 1; i < kSize; i++)
      if (fabs(matrix[i][k]) > fabs(matrix[pivot][k])) pivot = i;
    if (pivot != k) {
      for (int j = 0; j < kSize; j++) {
        double kept = matrix[k][j];
        matrix[k][j] = matrix[pivot][j];
        matrix[pivot][j] = kept;
      }
      double kept = right[k];
      right[k] = right[pivot];
      right[pivot] = kept;
    }
    for (int i = k + 1; i < kSize; i++) {
      double factor = matrix[i][k] / matrix[k][k];
      for (int j = k + 1; j < kSize; j++) matrix[i][j] -= factor * matrix[k][j];
      right[i] -= factor * right[k];
    }
  }
  for (int i = kSize - 1; i >= 0; i--) {
    for (int j = i + 1; j < kSize; j++) right[i] -= matrix[i][j] * right[j];
    right[i] /= matrix[i][i];
  }
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 3800);
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    fill(n + 1);
    solve();
    checksum = kernel_mix_double(checksum, right[n % kSize]);
  }
  return kernel_report("lu", checksum);
}
