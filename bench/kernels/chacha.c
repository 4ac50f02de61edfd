/* The ChaCha20 stream: sixteen values alive at once, more than any interpreter keeps in registers. */
#include "kernel.h"

enum { kBlocksPerIteration = 64 };

static uint32_t rotate_left(uint32_t x, int count) { return (x << count) | (x >> (32 - count)); }

#define QUARTER(a, b, c, d)                                                                                           \
  (a += b, d = rotate_left(d ^ a, 16), c += d, b = rotate_left(b ^ c, 12), a += b, d = rotate_left(d ^ a, 8), c += d, \
   b = rotate_left(b ^ c, 7))

static KERNEL_NOINLINE void block(uint32_t out[16], const uint32_t in[16]) {
  uint32_t x0 = in[0], x1 = in[1], x2 = in[2], x3 = in[3], x4 = in[4], x5 = in[5], x6 = in[6], x7 = in[7];
  uint32_t x8 = in[8], x9 = in[9], xa = in[10], xb = in[11], xc = in[12], xd = in[13], xe = in[14], xf = in[15];
  for (int round = 0; round < 10; round++) {
    QUARTER(x0, x4, x8, xc);
    QUARTER(x1, x5, x9, xd);
    QUARTER(x2, x6, xa, xe);
    QUARTER(x3, x7, xb, xf);
    QUARTER(x0, x5, xa, xf);
    QUARTER(x1, x6, xb, xc);
    QUARTER(x2, x7, x8, xd);
    QUARTER(x3, x4, x9, xe);
  }
  out[0] = x0 + in[0], out[1] = x1 + in[1], out[2] = x2 + in[2], out[3] = x3 + in[3];
  out[4] = x4 + in[4], out[5] = x5 + in[5], out[6] = x6 + in[6], out[7] = x7 + in[7];
  out[8] = x8 + in[8], out[9] = x9 + in[9], out[10] = xa + in[10], out[11] = xb + in[11];
  out[12] = xc + in[12], out[13] = xd + in[13], out[14] = xe + in[14], out[15] = xf + in[15];
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 39000);
  uint32_t state[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  for (uint32_t i = 4; i < 12; i++) state[i] = i * 0x9e3779b9u;
  uint32_t out[16];
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    for (int i = 0; i < kBlocksPerIteration; i++) {
      block(out, state);
      state[12]++;
      state[13] ^= out[0];
    }
    checksum = kernel_mix(checksum, (uint64_t)out[3] << 32 | out[12]);
  }
  return kernel_report("chacha", checksum);
}
