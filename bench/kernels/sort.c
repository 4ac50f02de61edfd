/* Quicksort with insertion sort at the bottom, then heapsort of the same numbers. */
#include "kernel.h"

enum { kSize = 20000, kSmall = 12 };

static uint32_t first[kSize], second[kSize];

static void swap_values(uint32_t* a, uint32_t* b) {
  uint32_t kept = *a;
  *a = *b;
  *b = kept;
}

static void insertion_sort(uint32_t* data, int32_t size) {
  for (int32_t i = 1; i < size; i++) {
    uint32_t value = data[i];
    int32_t at = i;
    for (; at > 0 && data[at - 1] > value; at--) data[at] = data[at - 1];
    data[at] = value;
  }
}

static KERNEL_NOINLINE void quick_sort(uint32_t* data, int32_t size) {
  while (size > kSmall) {
    if (data[size / 2] < data[0]) swap_values(&data[size / 2], &data[0]);
    if (data[size - 1] < data[0]) swap_values(&data[size - 1], &data[0]);
    if (data[size - 1] < data[size / 2]) swap_values(&data[size - 1], &data[size / 2]);
    uint32_t pivot = data[size / 2];
    int32_t low = 0, high = size - 1;
    while (low <= high) {
      while (data[low] < pivot) low++;
      while (data[high] > pivot) high--;
      if (low <= high) swap_values(&data[low++], &data[high--]);
    }
    quick_sort(data, high + 1);
    data += low;
    size -= low;
  }
  insertion_sort(data, size);
}

static void sift_down(uint32_t* data, uint32_t at, uint32_t size) {
  uint32_t value = data[at];
  for (uint32_t next; (next = 2 * at + 1) < size; at = next) {
    if (next + 1 < size && data[next + 1] > data[next]) next++;
    if (data[next] <= value) break;
    data[at] = data[next];
  }
  data[at] = value;
}

static KERNEL_NOINLINE void heap_sort(uint32_t* data, uint32_t size) {
  for (uint32_t i = size / 2; i-- > 0;) sift_down(data, i, size);
  while (size > 1) {
    swap_values(&data[0], &data[--size]);
    sift_down(data, 0, size);
  }
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 90);
  uint32_t seed = 5150;
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    for (int i = 0; i < kSize; i++) first[i] = second[i] = kernel_random(&seed) >> n % 16;
    quick_sort(first, kSize);
    heap_sort(second, kSize);
    for (int i = 0; i < kSize; i += 97) {
      if (first[i] != second[i]) return 1;
      checksum = kernel_mix(checksum, first[i]);
    }
  }
  return kernel_report("sort", checksum);
}
