/* Merge sort of linked lists with a comparison function, then a stable second order: loads that depend on loads. */
#include "kernel.h"

enum { kSize = 8192 };

typedef struct Item {
  struct Item* next;
  int32_t key, order;
} Item;

typedef int (*Compare)(const Item*, const Item*);

static Item items[kSize];

static int by_key(const Item* a, const Item* b) { return a->key - b->key; }
static int by_low_bits(const Item* a, const Item* b) { return (a->key & 63) - (b->key & 63); }

static Item* merge(Item* a, Item* b, Compare compare) {
  Item head, *tail = &head;
  while (a && b) {
    if (compare(a, b) <= 0) {
      tail = tail->next = a;
      a = a->next;
    } else {
      tail = tail->next = b;
      b = b->next;
    }
  }
  tail->next = a ? a : b;
  return head.next;
}

static KERNEL_NOINLINE Item* sort(Item* list, uint32_t size, Compare compare) {
  if (size < 2) {
    if (list) list->next = NULL;
    return list;
  }
  Item* middle = list;
  for (uint32_t i = 0; i < size / 2; i++) middle = middle->next;
  return merge(sort(list, size / 2, compare), sort(middle, size - size / 2, compare), compare);
}

int main(int argc, char** argv) {
  static Compare volatile compares[] = {by_key, by_low_bits};
  uint32_t iterations = kernel_iterations(argc, argv, 200);
  uint32_t seed = 606;
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    for (int i = 0; i < kSize; i++)
      items[i] = (Item){i + 1 < kSize ? &items[i + 1] : NULL, (int32_t)(kernel_random(&seed) >> 12), i};
    Item* list = sort(items, kSize, compares[0]);
    list = sort(list, kSize, compares[1]);
    uint64_t sum = 0;
    for (Item* item = list; item; item = item->next) sum = sum * 7 + (uint32_t)item->order;
    checksum = kernel_mix(checksum, sum);
  }
  return kernel_report("listsort", checksum);
}
