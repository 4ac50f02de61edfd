/* Balanced (AA) trees from a pool: pointers, recursion, rotations, allocation and release. */
#include "kernel.h"

enum { kNodes = 4096 };

typedef struct Node {
  struct Node *left, *right;
  uint32_t key, level;
} Node;

static Node pool[kNodes];
static Node* free_list;

static Node* skew(Node* node) {
  Node* left = node->left;
  if (!left || left->level != node->level) return node;
  node->left = left->right;
  left->right = node;
  return left;
}

static Node* split(Node* node) {
  Node* right = node->right;
  if (!right || !right->right || right->right->level != node->level) return node;
  node->right = right->left;
  right->left = node;
  right->level++;
  return right;
}

static KERNEL_NOINLINE Node* insert(Node* node, uint32_t key) {
  if (!node) {
    Node* fresh = free_list;
    free_list = fresh->left;
    *fresh = (Node){NULL, NULL, key, 1};
    return fresh;
  }
  if (key < node->key)
    node->left = insert(node->left, key);
  else
    node->right = insert(node->right, key);
  return split(skew(node));
}

static KERNEL_NOINLINE uint64_t release(Node* node, uint32_t depth) {
  if (!node) return depth;
  uint64_t sum = release(node->left, depth + 1) * 3 + node->key;
  sum += release(node->right, depth + 1) * 5;
  node->left = free_list;
  free_list = node;
  return sum;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 540);
  for (int i = 0; i < kNodes; i++) {
    pool[i].left = free_list;
    free_list = &pool[i];
  }
  uint32_t seed = 55;
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    Node* root = NULL;
    for (int i = 0; i < kNodes; i++) root = insert(root, kernel_random(&seed));
    checksum = kernel_mix(checksum, release(root, 0));
  }
  return kernel_report("trees", checksum);
}
