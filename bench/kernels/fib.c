/* Fibonacci numbers by definition: nothing but calls, returns and a compare. */
#include "kernel.h"

static KERNEL_NOINLINE uint32_t fib(uint32_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

/* Called through a volatile pointer so that the compiler cannot turn one of the two calls into a loop. */
static uint32_t (*volatile entry)(uint32_t) = fib;

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 4500);
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) checksum = kernel_mix(checksum, entry(20 + n % 5));
  return kernel_report("fib", checksum);
}
