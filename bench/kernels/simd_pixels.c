/* Pixels, sixteen at a time: blend, saturating brighten, threshold and average of 8-bit images. */
#include "kernel.h"
#include "vectors.h"

enum { kPixels = 1 << 15 };

static uint8_t front[kPixels], back[kPixels], mask[kPixels], out[kPixels];

static inline u16x8 widen_low(u8x16 v) {
  return __builtin_convertvector(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7), u16x8);
}
static inline u16x8 widen_high(u8x16 v) {
  return __builtin_convertvector(__builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15), u16x8);
}
static inline u8x16 narrow(u16x8 low, u16x8 high) {
  return __builtin_shufflevector((u8x16)low, (u8x16)high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

static KERNEL_NOINLINE void blend(void) {
  for (int i = 0; i < kPixels; i += 16) {
    u8x16 f = load_u8x16(front + i), b = load_u8x16(back + i), m = load_u8x16(mask + i);
    u16x8 low = widen_low(f) * widen_low(m) + widen_low(b) * (255 - widen_low(m)) + 128;
    u16x8 high = widen_high(f) * widen_high(m) + widen_high(b) * (255 - widen_high(m)) + 128;
    store_u8x16(out + i, narrow((low + (low >> 8)) >> 8, (high + (high >> 8)) >> 8));
  }
}

static KERNEL_NOINLINE void brighten(uint8_t by) {
  u8x16 amount = {0};
  amount += by;
  for (int i = 0; i < kPixels; i += 16)
    store_u8x16(out + i,
                __builtin_elementwise_sub_sat(__builtin_elementwise_add_sat(load_u8x16(out + i), amount), amount / 2));
}

static KERNEL_NOINLINE uint32_t threshold(uint8_t level) {
  u8x16 limit = {0};
  limit += level;
  uint32_t count = 0;
  for (int i = 0; i < kPixels; i += 16) {
    u8x16 v = load_u8x16(out + i);
    u8x16 above = (u8x16)(v > limit);
    count += (uint32_t)__builtin_popcount(top_bits(above));
    store_u8x16(back + i, (v & above) | (load_u8x16(back + i) & ~above));
  }
  return count;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 25000);
  uint32_t seed = 7;
  for (int i = 0; i < kPixels; i++) {
    uint32_t r = kernel_random(&seed);
    front[i] = (uint8_t)(r >> 8), back[i] = (uint8_t)(r >> 16), mask[i] = (uint8_t)(r >> 24);
  }
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    blend();
    brighten((uint8_t)(n & 63));
    checksum = kernel_mix(checksum, threshold((uint8_t)(100 + n % 90)) + out[n % kPixels]);
  }
  return kernel_report("simd_pixels", checksum);
}
