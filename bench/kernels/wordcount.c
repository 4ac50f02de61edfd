/* Counts words in chained buckets: string hashing, string compares, pointers followed through memory. */
#include "kernel.h"

#include <string.h>

enum { kTextSize = 1 << 16, kBuckets = 1024, kEntries = 8192 };

typedef struct Entry {
  struct Entry* next;
  const char* word;
  uint32_t size, count;
} Entry;

static char text[kTextSize];
static Entry* buckets[kBuckets];
static Entry entries[kEntries];
static uint32_t entry_count;

static KERNEL_NOINLINE uint32_t hash_word(const char* word, uint32_t size) {
  uint32_t hash = 2166136261u;
  for (uint32_t i = 0; i < size; i++) hash = (hash ^ (uint8_t)word[i]) * 16777619u;
  return hash;
}

static int same(const char* a, const char* b, uint32_t size) {
  while (size && *a == *b) a++, b++, size--;
  return size == 0;
}

static KERNEL_NOINLINE void count_word(const char* word, uint32_t size) {
  Entry** bucket = &buckets[hash_word(word, size) % kBuckets];
  for (Entry* entry = *bucket; entry; entry = entry->next) {
    if (entry->size == size && same(entry->word, word, size)) {
      entry->count++;
      return;
    }
  }
  if (entry_count == kEntries) return;
  Entry* entry = &entries[entry_count++];
  *entry = (Entry){*bucket, word, size, 1};
  *bucket = entry;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 420);
  uint32_t seed = 2718;
  for (int i = 0; i < kTextSize; i++) {
    uint32_t r = kernel_random(&seed) >> 8;
    text[i] = r % 4 == 0 ? ' ' : (char)('a' + (r / 4 & r / 64 & 15));
  }
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    memset(buckets, 0, sizeof buckets);
    entry_count = 0;
    for (uint32_t at = 0; at < kTextSize;) {
      uint32_t start = at;
      while (at < kTextSize && text[at] != ' ') at++;
      if (at > start) count_word(text + start, at - start);
      at++;
    }
    uint64_t sum = entry_count;
    for (uint32_t i = 0; i < entry_count; i++) sum = sum * 33 + entries[i].count;
    checksum = kernel_mix(checksum, sum);
    text[n * 101 % kTextSize] = (char)('a' + n % 26);
  }
  return kernel_report("wordcount", checksum);
}
