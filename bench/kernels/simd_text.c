/* Text, sixteen bytes at a time: count lines, classify letters, swap case, find a byte with bit masks. */
#include "kernel.h"
#include "vectors.h"

enum { kSize = 1 << 16 };

static uint8_t text[kSize + 16];

static inline u8x16 splat(uint8_t value) {
  u8x16 v = {0};
  return v + value;
}

static KERNEL_NOINLINE uint32_t count_byte(uint8_t wanted) {
  u8x16 pattern = splat(wanted);
  uint32_t count = 0;
  for (int i = 0; i < kSize; i += 16)
    count += (uint32_t)__builtin_popcount(top_bits((u8x16)(load_u8x16(text + i) == pattern)));
  return count;
}

static KERNEL_NOINLINE uint32_t swap_case(void) {
  uint32_t letters = 0;
  for (int i = 0; i < kSize; i += 16) {
    u8x16 v = load_u8x16(text + i);
    u8x16 folded = v | 0x20;
    u8x16 letter = (u8x16)((folded - 'a') < 26);
    letters += (uint32_t)__builtin_popcount(top_bits(letter));
    store_u8x16(text + i, v ^ (letter & 0x20));
  }
  return letters;
}

static KERNEL_NOINLINE uint32_t sum_line_lengths(void) {
  u8x16 newline = splat('\n');
  uint32_t sum = 0, start = 0;
  for (uint32_t i = 0; i < kSize; i += 16) {
    for (uint32_t bits = top_bits((u8x16)(load_u8x16(text + i) == newline)); bits; bits &= bits - 1) {
      uint32_t end = i + (uint32_t)__builtin_ctz(bits);
      sum = sum * 31 + (end - start);
      start = end + 1;
    }
  }
  return sum;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 9800);
  uint32_t seed = 3;
  for (int i = 0; i < kSize; i++) {
    uint32_t r = kernel_random(&seed) >> 6;
    text[i] = r % 50 == 0 ? '\n' : (uint8_t)(32 + r / 64 % 95);
  }
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    checksum = kernel_mix(checksum, count_byte((uint8_t)(32 + n % 95)));
    checksum = kernel_mix(checksum, swap_case());
    checksum = kernel_mix(checksum, sum_line_lengths());
    text[n * 37 % kSize] = '\n';
  }
  return kernel_report("simd_text", checksum);
}
