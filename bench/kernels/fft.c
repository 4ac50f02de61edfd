/* Radix-2 complex FFT forth and back: strided double loads and stores, butterflies, bit reversal.
 * The roots of unity come from square roots, so no libm can change the result. */
#include "kernel.h"

#include <math.h>

enum { kLog = 11, kSize = 1 << kLog };

static double real[kSize], imag[kSize], root_real[kSize / 2], root_imag[kSize / 2];

static void build_roots(void) {
  root_real[0] = 1;
  root_imag[0] = 0;
  double cosine = -1, sine = 0; /* of the half turn; halved in every round */
  for (int step = kSize / 4; step >= 1; step /= 2) {
    sine = sqrt((1 - cosine) / 2);
    cosine = sqrt((1 + cosine) / 2);
    for (int i = 0; i < kSize / 2; i += 2 * step) {
      root_real[i + step] = root_real[i] * cosine - root_imag[i] * sine;
      root_imag[i + step] = root_real[i] * sine + root_imag[i] * cosine;
    }
  }
}

static void swap_values(double* a, double* b) {
  double kept = *a;
  *a = *b;
  *b = kept;
}

static void reverse_bits(void) {
  for (uint32_t i = 0, j = 0; i < kSize; i++) {
    if (i < j) {
      swap_values(&real[i], &real[j]);
      swap_values(&imag[i], &imag[j]);
    }
    uint32_t bit = kSize / 2;
    while (bit && (j & bit)) j ^= bit, bit /= 2;
    j |= bit;
  }
}

static KERNEL_NOINLINE void transform(double direction) {
  reverse_bits();
  for (uint32_t half = 1; half < kSize; half *= 2) {
    uint32_t stride = kSize / (2 * half);
    for (uint32_t start = 0; start < kSize; start += 2 * half) {
      for (uint32_t k = 0; k < half; k++) {
        double wr = root_real[k * stride], wi = direction * root_imag[k * stride];
        uint32_t low = start + k, high = low + half;
        double tr = real[high] * wr - imag[high] * wi, ti = real[high] * wi + imag[high] * wr;
        real[high] = real[low] - tr;
        imag[high] = imag[low] - ti;
        real[low] += tr;
        imag[low] += ti;
      }
    }
  }
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 5900);
  build_roots();
  uint32_t seed = 77;
  for (int i = 0; i < kSize; i++) real[i] = (double)(kernel_random(&seed) % 2000) / 1000 - 1;
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    transform(1);
    checksum = kernel_mix_double(checksum, real[n % kSize]);
    transform(-1);
    for (int i = 0; i < kSize; i++) {
      real[i] /= kSize;
      imag[i] /= kSize;
    }
  }
  return kernel_report("fft", checksum);
}
