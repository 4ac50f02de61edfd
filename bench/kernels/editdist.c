/* Edit distance of pairs of strings: a dynamic programme over two rows with three-way minima. */
#include "kernel.h"

enum { kWords = 48, kWordSize = 40 };

static uint8_t words[kWords][kWordSize];
static uint32_t sizes[kWords];

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

static KERNEL_NOINLINE uint32_t distance(const uint8_t* a, uint32_t a_size, const uint8_t* b, uint32_t b_size) {
  uint32_t row[kWordSize + 1];
  for (uint32_t j = 0; j <= b_size; j++) row[j] = j;
  for (uint32_t i = 1; i <= a_size; i++) {
    uint32_t diagonal = row[0];
    row[0] = i;
    for (uint32_t j = 1; j <= b_size; j++) {
      uint32_t above = row[j];
      uint32_t replace = diagonal + (a[i - 1] != b[j - 1]);
      row[j] = least(least(above, row[j - 1]) + 1, replace);
      diagonal = above;
    }
  }
  return row[b_size];
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 70);
  uint32_t seed = 42;
  for (int i = 0; i < kWords; i++) {
    sizes[i] = 16 + kernel_random(&seed) % (kWordSize - 16);
    for (uint32_t k = 0; k < sizes[i]; k++) words[i][k] = (uint8_t)('a' + (kernel_random(&seed) >> 8) % 5);
  }
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    for (int i = 0; i < kWords; i++)
      for (int j = 0; j < i; j++) checksum = kernel_mix(checksum, distance(words[i], sizes[i], words[j], sizes[j]));
    words[n % kWords][n % 16] = (uint8_t)('a' + n % 7);
  }
  return kernel_report("editdist", checksum);
}
