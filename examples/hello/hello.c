// A WASI program: greets, and prints the greatest common divisor of its arguments.
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) static unsigned gcd(unsigned a, unsigned b) {
  while (b != 0) {
    unsigned rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

int main(int argc, char** argv) {
  printf("Hello from WebAssembly.\n");
  if (argc != 3) {
    fprintf(stderr, "usage: hello A B\n");
    return 2;
  }
  const unsigned a = (unsigned)strtoul(argv[1], NULL, 10);
  const unsigned b = (unsigned)strtoul(argv[2], NULL, 10);
  printf("gcd(%u, %u) = %u\n", a, b, gcd(a, b));
  return 0;
}
