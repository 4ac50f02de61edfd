// The native counterpart of arrays.wat: a hash table of numbers in nodes from malloc, filled, searched and freed ten times.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { kBuckets = 65536 };
struct entry {
  uint32_t key;
  struct entry *next;
  uint64_t value;
};

static uint32_t bucket(uint32_t key) { return key * 0x9e3779b1u & (kBuckets - 1); }

int main(int argc, char **argv) {
  const uint32_t keys = argc > 1 ? (uint32_t)atoi(argv[1]) : 100000;
  uint64_t sum = 0;
  for (int round = 0; round < 10; ++round) {
    struct entry **table = calloc(kBuckets, sizeof *table);
    if (table == NULL) abort();
    for (uint32_t key = keys; key != 0; --key) {
      struct entry *entry = malloc(sizeof *entry);
      if (entry == NULL) abort();
      *entry = (struct entry){key, table[bucket(key)], key};
      table[bucket(key)] = entry;
    }
    for (uint32_t key = keys; key != 0; --key) {
      const struct entry *at = table[bucket(key)];
      while (at != NULL && at->key != key) at = at->next;
      sum += at == NULL ? 0 : at->value;
    }
    for (uint32_t i = 0; i < kBuckets; ++i) {
      for (struct entry *at = table[i], *next; at != NULL; at = next) {
        next = at->next;
        free(at);
      }
    }
    free(table);
  }
  printf("%d\n", (int32_t)(uint32_t)sum);
  return 0;
}
