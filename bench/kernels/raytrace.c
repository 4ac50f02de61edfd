/* Spheres, one light, two reflections in single precision: small structs by value, branches that depend on floats. */
#include "kernel.h"

#include <math.h>

enum { kWidth = 64, kHeight = 48, kSpheres = 8, kBounces = 3 };

typedef struct {
  float x, y, z;
} Vector;

typedef struct {
  Vector centre;
  float radius, shine, grey;
} Sphere;

static Sphere spheres[kSpheres];

static Vector add(Vector a, Vector b) { return (Vector){a.x + b.x, a.y + b.y, a.z + b.z}; }
static Vector scale(Vector a, float s) { return (Vector){a.x * s, a.y * s, a.z * s}; }
static float dot(Vector a, Vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static Vector unit(Vector a) { return scale(a, 1.0f / sqrtf(dot(a, a))); }

static KERNEL_NOINLINE int nearest(Vector origin, Vector direction, float* distance) {
  int found = -1;
  *distance = 1e9f;
  for (int i = 0; i < kSpheres; i++) {
    Vector to = add(spheres[i].centre, scale(origin, -1));
    float along = dot(to, direction);
    float inside = along * along - dot(to, to) + spheres[i].radius * spheres[i].radius;
    if (inside <= 0) continue;
    float t = along - sqrtf(inside);
    if (t > 1e-3f && t < *distance) {
      *distance = t;
      found = i;
    }
  }
  return found;
}

static float trace(Vector origin, Vector direction, Vector light) {
  float grey = 0, weight = 1, distance, shade;
  for (int bounce = 0; bounce < kBounces; bounce++) {
    int hit = nearest(origin, direction, &distance);
    if (hit < 0) return grey + weight * (0.3f + 0.3f * direction.y);
    const Sphere* sphere = &spheres[hit];
    Vector point = add(origin, scale(direction, distance));
    Vector normal = unit(add(point, scale(sphere->centre, -1)));
    Vector to_light = unit(add(light, scale(point, -1)));
    float lit = dot(normal, to_light);
    if (lit > 0 && nearest(point, to_light, &shade) < 0) grey += weight * lit * sphere->grey;
    weight *= sphere->shine;
    direction = add(direction, scale(normal, -2 * dot(direction, normal)));
    origin = point;
  }
  return grey;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 1600);
  for (int i = 0; i < kSpheres; i++)
    spheres[i] = (Sphere){{(float)(i % 3) * 2.5f - 2.5f, (float)(i / 3) * 2.0f - 2.0f, 6.0f + (float)(i % 4)},
                          0.8f + 0.1f * (float)(i % 5),
                          0.25f + 0.05f * (float)i,
                          0.5f + 0.05f * (float)i};
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    Vector light = {4.0f - (float)(n % 64) * 0.1f, 5.0f, -2.0f};
    uint64_t sum = 0;
    for (int y = 0; y < kHeight; y++) {
      for (int x = 0; x < kWidth; x++) {
        Vector ray = unit((Vector){(float)x / kWidth - 0.5f, 0.5f - (float)y / kHeight, 1.0f});
        sum += (uint32_t)(trace((Vector){0, 0, 0}, ray, light) * 1000.0f);
      }
    }
    checksum = kernel_mix(checksum, sum);
  }
  return kernel_report("raytrace", checksum);
}
