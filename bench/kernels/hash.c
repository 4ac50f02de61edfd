/* A hash table of integers with open addressing: insert, look up, delete, grow. */
#include "kernel.h"

#include <string.h>

enum { kMaxSlots = 1 << 15, kEmpty = 0, kDeleted = 1 };

static uint32_t keys[kMaxSlots], values[kMaxSlots], old_keys[kMaxSlots], old_values[kMaxSlots];
static uint32_t slots, used;

static uint32_t start_slot(uint32_t key) { return (key * 2654435769u >> 7) & (slots - 1); }

static KERNEL_NOINLINE uint32_t find(uint32_t key) {
  for (uint32_t at = start_slot(key);; at = (at + 1) & (slots - 1)) {
    if (keys[at] == key) return at;
    if (keys[at] == kEmpty) return kMaxSlots;
  }
}

static KERNEL_NOINLINE void insert(uint32_t key, uint32_t value);

static void grow(void) {
  uint32_t old_slots = slots;
  memcpy(old_keys, keys, slots * sizeof *keys);
  memcpy(old_values, values, slots * sizeof *values);
  slots *= 2;
  used = 0;
  memset(keys, 0, slots * sizeof *keys);
  for (uint32_t i = 0; i < old_slots; i++)
    if (old_keys[i] > kDeleted) insert(old_keys[i], old_values[i]);
}

static KERNEL_NOINLINE void insert(uint32_t key, uint32_t value) {
  if (used * 4 > slots * 3 && slots < kMaxSlots) grow();
  uint32_t at = start_slot(key);
  while (keys[at] > kDeleted && keys[at] != key) at = (at + 1) & (slots - 1);
  if (keys[at] == kEmpty) used++;
  keys[at] = key;
  values[at] = value;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 260);
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    uint32_t seed = n + 1, replay = n + 1;
    slots = 64;
    used = 0;
    memset(keys, 0, slots * sizeof *keys);
    for (uint32_t i = 0; i < 20000; i++) insert(kernel_random(&seed) | 2, i);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < 20000; i++) {
      uint32_t key = kernel_random(&replay) | 2;
      uint32_t at = find(i % 3 ? key : key ^ 0x5555u);
      if (at == kMaxSlots) continue;
      sum += values[at];
      if (i % 5 == 0) keys[at] = kDeleted;
    }
    checksum = kernel_mix(checksum, sum);
  }
  return kernel_report("hash", checksum);
}
