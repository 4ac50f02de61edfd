/* Escape times of the Mandelbrot set: a tight double loop with two exits and no memory. */
#include "kernel.h"

enum { kWidth = 96, kHeight = 64, kDepth = 256 };

static KERNEL_NOINLINE uint32_t escape_time(double cx, double cy) {
  double x = 0, y = 0;
  uint32_t depth = 0;
  while (depth < kDepth) {
    double xx = x * x, yy = y * y;
    if (xx + yy > 4) break;
    y = 2 * x * y + cy;
    x = xx - yy + cx;
    depth++;
  }
  return depth;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 110);
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    double zoom = 3.0 / (1.0 + n * 0.01);
    uint64_t sum = 0;
    for (int row = 0; row < kHeight; row++)
      for (int column = 0; column < kWidth; column++)
        sum += escape_time(-0.7 + zoom * ((double)column / kWidth - 0.5), zoom * 0.8 * ((double)row / kHeight - 0.5));
    checksum = kernel_mix(checksum, sum);
  }
  return kernel_report("mandelbrot", checksum);
}
