/* Huffman coding: a heap of weights, a tree, and bit streams written and read one code at a time. */
#include "kernel.h"

#include <string.h>

enum { kSize = 1 << 15, kSymbols = 256, kNodes = 2 * kSymbols };

static uint8_t plain[kSize], coded[kSize * 4];
static uint32_t weight[kNodes], code[kSymbols];
static uint16_t heap[kSymbols + 1], child[kNodes][2];
static uint8_t code_length[kSymbols];
static uint32_t heap_size;

static void sift_down(uint32_t at) {
  uint16_t node = heap[at];
  for (uint32_t next = 2 * at; next <= heap_size; at = next, next = 2 * at) {
    if (next < heap_size && weight[heap[next + 1]] < weight[heap[next]]) next++;
    if (weight[node] <= weight[heap[next]]) break;
    heap[at] = heap[next];
  }
  heap[at] = node;
}

static uint16_t pop_lightest(void) {
  uint16_t top = heap[1];
  heap[1] = heap[heap_size--];
  sift_down(1);
  return top;
}

static void push(uint16_t node) {
  uint32_t at = ++heap_size;
  for (; at > 1 && weight[heap[at / 2]] > weight[node]; at /= 2) heap[at] = heap[at / 2];
  heap[at] = node;
}

static void assign_codes(uint32_t node, uint32_t bits, uint8_t length) {
  if (node < kSymbols) {
    code[node] = bits;
    code_length[node] = length;
    return;
  }
  assign_codes(child[node][0], bits << 1, length + 1);
  assign_codes(child[node][1], bits << 1 | 1, length + 1);
}

static KERNEL_NOINLINE uint32_t build_tree(void) {
  for (int i = 0; i < kSymbols; i++) weight[i] = 1;
  for (int i = 0; i < kSize; i++) weight[plain[i]] += 16;
  heap_size = 0;
  for (uint16_t i = 0; i < kSymbols; i++) push(i);
  uint16_t next = kSymbols;
  while (heap_size > 1) {
    child[next][0] = pop_lightest();
    child[next][1] = pop_lightest();
    weight[next] = weight[child[next][0]] + weight[child[next][1]];
    push(next++);
  }
  assign_codes(next - 1u, 0, 0);
  return next - 1u;
}

static KERNEL_NOINLINE uint32_t encode(void) {
  uint32_t out = 0, count = 0;
  uint64_t pending = 0;
  for (int i = 0; i < kSize; i++) {
    pending = pending << code_length[plain[i]] | code[plain[i]];
    for (count += code_length[plain[i]]; count >= 8; count -= 8) coded[out++] = (uint8_t)(pending >> (count - 8));
  }
  coded[out++] = (uint8_t)(pending << (8 - count));
  return out;
}

static KERNEL_NOINLINE uint64_t decode(uint32_t root) {
  uint64_t sum = 0;
  uint32_t bit = 0;
  for (uint32_t produced = 0; produced < kSize; produced++) {
    uint32_t node = root;
    while (node >= kSymbols) {
      node = child[node][coded[bit >> 3] >> (7 - (bit & 7)) & 1];
      bit++;
    }
    if (node != plain[produced]) exit(1);
    sum = sum * 31 + node;
  }
  return sum;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 290);
  uint32_t seed = 4711;
  for (int i = 0; i < kSize; i++) {
    uint32_t r = kernel_random(&seed);
    plain[i] = (uint8_t)((r & 255) & (r >> 8 & 255) & (r >> 16 | 15));
  }
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    uint32_t root = build_tree();
    uint32_t size = encode();
    checksum = kernel_mix(kernel_mix(checksum, size), decode(root));
    for (uint32_t i = n % 13; i < kSize; i += 13) plain[i] ^= (uint8_t)n;
  }
  return kernel_report("huffman", checksum);
}
