/* Gravity among five bodies: double-precision arithmetic with divisions and square roots on few hot fields. */
#include "kernel.h"

#include <math.h>

enum { kBodies = 5, kStepsPerIteration = 1000 };

typedef struct {
  double x, y, z, vx, vy, vz, mass;
} Body;

static Body bodies[kBodies];

static void place_bodies(void) {
  uint32_t seed = 2024;
  for (int i = 0; i < kBodies; i++) {
    double field[7];
    for (int k = 0; k < 7; k++) field[k] = (double)(kernel_random(&seed) >> 8) / 16777216.0 - 0.5;
    bodies[i] = (Body){field[0] * 20 * (i + 1), field[1] * 20 * (i + 1), field[2] * 4, field[3], field[4],
                       field[5] * 0.2,          1.0 / (1 + i * i)};
  }
  bodies[0].mass = 40;
}

static KERNEL_NOINLINE void advance(double dt) {
  for (int i = 0; i < kBodies; i++) {
    Body* a = &bodies[i];
    for (int j = i + 1; j < kBodies; j++) {
      Body* b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      double squared = dx * dx + dy * dy + dz * dz + 0.01;
      double magnitude = dt / (squared * sqrt(squared));
      a->vx -= dx * b->mass * magnitude;
      a->vy -= dy * b->mass * magnitude;
      a->vz -= dz * b->mass * magnitude;
      b->vx += dx * a->mass * magnitude;
      b->vy += dy * a->mass * magnitude;
      b->vz += dz * a->mass * magnitude;
    }
  }
  for (int i = 0; i < kBodies; i++) {
    bodies[i].x += dt * bodies[i].vx;
    bodies[i].y += dt * bodies[i].vy;
    bodies[i].z += dt * bodies[i].vz;
  }
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 5100);
  place_bodies();
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    for (int i = 0; i < kStepsPerIteration; i++) advance(0.001);
    checksum = kernel_mix_double(checksum, bodies[n % kBodies].x);
  }
  return kernel_report("nbody", checksum);
}
