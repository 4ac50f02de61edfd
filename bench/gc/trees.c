// The native counterpart of trees.wat: the same trees, nodes from malloc, each tree freed as soon as it is counted.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct node {
  struct node *left, *right;
};

static struct node *make(uint32_t depth) {
  struct node *tree = malloc(sizeof *tree);
  if (tree == NULL) abort();
  tree->left = depth == 0 ? NULL : make(depth - 1);
  tree->right = depth == 0 ? NULL : make(depth - 1);
  return tree;
}
static uint32_t count(const struct node *tree) {
  return tree->left == NULL ? 1 : 1 + count(tree->left) + count(tree->right);
}
static void destroy(struct node *tree) {
  if (tree == NULL) return;
  destroy(tree->left);
  destroy(tree->right);
  free(tree);
}

int main(int argc, char **argv) {
  const uint32_t max = argc > 1 ? (uint32_t)atoi(argv[1]) : 16;
  struct node *kept = make(max);
  uint32_t sum = 0;
  for (uint32_t depth = 4; depth <= max; depth += 2) {
    for (uint32_t i = 1u << (max - depth + 4); i != 0; --i) {
      struct node *tree = make(depth);
      sum += count(tree);
      destroy(tree);
    }
  }
  printf("%d\n", (int32_t)(sum + count(kept)));
  destroy(kept);
  return 0;
}
