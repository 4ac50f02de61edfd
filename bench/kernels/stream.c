/* Memory streams: copy, add and reverse word arrays, then memmove and memset, which become memory.copy and memory.fill. */
#include "kernel.h"

#include <string.h>

enum { kWords = 16384 };

static uint32_t source[kWords], target[kWords];

static KERNEL_NOINLINE void add_arrays(uint32_t* restrict out, const uint32_t* restrict in, uint32_t scale) {
  for (int i = 0; i < kWords; i++) out[i] += in[i] * scale;
}

static KERNEL_NOINLINE void reverse(uint32_t* words) {
  for (int low = 0, high = kWords - 1; low < high; low++, high--) {
    uint32_t kept = words[low];
    words[low] = words[high];
    words[high] = kept;
  }
}

static KERNEL_NOINLINE uint32_t sum_bytes(const uint8_t* bytes, uint32_t size, uint32_t stride) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < size; i += stride) sum += bytes[i];
  return sum;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 18000);
  for (uint32_t i = 0; i < kWords; i++) source[i] = i * 2654435761u;
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    add_arrays(target, source, n | 1);
    reverse(target);
    memmove(target + 3, target, (kWords - 3) * sizeof *target);
    memcpy(source + n % 64, target + n % 1000, 8192 * sizeof *source);
    memset(target + n % kWords, (int)n, (kWords - n % kWords) / 8 * sizeof *target);
    checksum = kernel_mix(checksum, sum_bytes((const uint8_t*)target, sizeof target, 3));
  }
  return kernel_report("stream", checksum);
}
