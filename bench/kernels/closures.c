/* A formula compiled to a tree of closures: each node is called through a pointer and calls its children. */
#include "kernel.h"

enum { kNodes = 256, kVariables = 8 };

typedef struct Node Node;
typedef int64_t (*Evaluate)(const Node*, const int32_t* variables);

struct Node {
  Evaluate evaluate;
  const Node *left, *right;
  int32_t number;
};

static Node nodes[kNodes];
static uint32_t node_count;

#define CALL(child) (node->child->evaluate(node->child, variables))

static int64_t constant(const Node* node, const int32_t* variables) {
  (void)variables;
  return node->number;
}
static int64_t variable(const Node* node, const int32_t* variables) { return variables[node->number]; }
static int64_t sum(const Node* node, const int32_t* variables) { return CALL(left) + CALL(right); }
static int64_t difference(const Node* node, const int32_t* variables) { return CALL(left) - CALL(right); }
static int64_t product(const Node* node, const int32_t* variables) {
  return (CALL(left) & 0xffff) * (CALL(right) & 0xffff);
}
static int64_t smaller(const Node* node, const int32_t* variables) {
  int64_t left = CALL(left), right = CALL(right);
  return left < right ? left : right;
}
static int64_t choose(const Node* node, const int32_t* variables) {
  return variables[node->number] > 0 ? CALL(left) : CALL(right);
}

static const Node* build(uint32_t depth, uint32_t* seed) {
  static const Evaluate kInner[] = {sum, difference, product, smaller, choose};
  uint32_t r = kernel_random(seed) >> 3;
  Node* node = &nodes[node_count++];
  node->number = (int32_t)(r >> 16) % kVariables;
  if (depth == 0) {
    node->evaluate = r & 1 ? constant : variable;
    return node;
  }
  node->evaluate = kInner[r % 5];
  node->left = build(depth - 1, seed);
  node->right = build(r & 64 ? depth - 1 : depth / 2, seed);
  return node;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 3100000);
  uint32_t seed = 123;
  const Node* root = build(6, &seed);
  int32_t variables[kVariables] = {1, -2, 3, -4, 5, -6, 7, -8};
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    int64_t result = root->evaluate(root, variables);
    checksum = kernel_mix(checksum, (uint64_t)result);
    variables[n % kVariables] += (int32_t)(result & 15) - 8;
  }
  return kernel_report("closures", checksum);
}
