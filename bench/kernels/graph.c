/* Shortest paths (Dijkstra) with a binary heap on a random graph, then its components by union and find. */
#include "kernel.h"

enum { kNodes = 3000, kEdges = 12000, kFar = 0x7fffffff };

static uint32_t edge_from[kEdges], edge_to[kEdges], edge_cost[kEdges], edge_next[kEdges];
static uint32_t first_edge[kNodes], distance_of[kNodes], parent[kNodes];
static uint64_t heap[kEdges + 2];
static uint32_t heap_size;

static void push(uint64_t entry) {
  uint32_t at = ++heap_size;
  for (; at > 1 && heap[at / 2] > entry; at /= 2) heap[at] = heap[at / 2];
  heap[at] = entry;
}

static uint64_t pop(void) {
  uint64_t top = heap[1], entry = heap[heap_size--];
  uint32_t at = 1;
  for (uint32_t next = 2; next <= heap_size; at = next, next = 2 * at) {
    if (next < heap_size && heap[next + 1] < heap[next]) next++;
    if (heap[next] >= entry) break;
    heap[at] = heap[next];
  }
  heap[at] = entry;
  return top;
}

static KERNEL_NOINLINE uint64_t shortest_paths(uint32_t start) {
  for (int i = 0; i < kNodes; i++) distance_of[i] = kFar;
  heap_size = 0;
  distance_of[start] = 0;
  push(start);
  while (heap_size) {
    uint64_t entry = pop();
    uint32_t node = (uint32_t)entry, distance = (uint32_t)(entry >> 32);
    if (distance != distance_of[node]) continue;
    for (uint32_t e = first_edge[node]; e; e = edge_next[e]) {
      uint32_t through = distance + edge_cost[e];
      if (through >= distance_of[edge_to[e]]) continue;
      distance_of[edge_to[e]] = through;
      push((uint64_t)through << 32 | edge_to[e]);
    }
  }
  uint64_t sum = 0;
  for (int i = 0; i < kNodes; i++) sum = sum * 3 + distance_of[i];
  return sum;
}

static uint32_t root_of(uint32_t node) {
  while (parent[node] != node) {
    parent[node] = parent[parent[node]];
    node = parent[node];
  }
  return node;
}

static KERNEL_NOINLINE uint32_t components(uint32_t limit) {
  uint32_t count = kNodes;
  for (uint32_t i = 0; i < kNodes; i++) parent[i] = i;
  for (uint32_t e = 1; e < kEdges; e++) {
    if (edge_cost[e] > limit) continue;
    uint32_t a = root_of(edge_from[e]), b = root_of(edge_to[e]);
    if (a == b) continue;
    parent[a] = b;
    count--;
  }
  return count;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 610);
  uint32_t seed = 808;
  for (uint32_t e = 1; e < kEdges; e++) {
    edge_from[e] = kernel_random(&seed) % kNodes;
    edge_to[e] = kernel_random(&seed) % kNodes;
    edge_cost[e] = 1 + kernel_random(&seed) % 1000;
    edge_next[e] = first_edge[edge_from[e]];
    first_edge[edge_from[e]] = e;
  }
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    checksum = kernel_mix(checksum, shortest_paths(n * 17 % kNodes));
    checksum = kernel_mix(checksum, components(100 + n % 800));
  }
  return kernel_report("graph", checksum);
}
