/* Objects with a table of methods: every operation is an indirect call of mixed targets and signatures. */
#include "kernel.h"

enum { kObjects = 512 };

typedef struct Object Object;

typedef struct {
  uint32_t (*area)(const Object*);
  void (*grow)(Object*, uint32_t);
  int (*contains)(const Object*, uint32_t, uint32_t);
} Methods;

struct Object {
  const Methods* methods;
  uint32_t x, y, width, height;
};

static uint32_t box_area(const Object* o) { return o->width * o->height; }
static void box_grow(Object* o, uint32_t by) { o->width = (o->width + by) & 255; }
static int box_contains(const Object* o, uint32_t x, uint32_t y) { return x - o->x < o->width && y - o->y < o->height; }

static uint32_t disc_area(const Object* o) { return o->width * o->width * 355 / 113; }
static void disc_grow(Object* o, uint32_t by) { o->width = (o->width ^ by) & 127; }
static int disc_contains(const Object* o, uint32_t x, uint32_t y) {
  return (x - o->x) * (x - o->x) + (y - o->y) * (y - o->y) < o->width * o->width;
}

static uint32_t wedge_area(const Object* o) { return o->width * o->height / 2; }
static void wedge_grow(Object* o, uint32_t by) {
  o->height = (o->height + by) & 255;
  o->width = (o->width + 1) & 255;
}
static int wedge_contains(const Object* o, uint32_t x, uint32_t y) { return x - o->x < o->width && y - o->y < x - o->x; }

static uint32_t line_area(const Object* o) { return o->width; }
static void line_grow(Object* o, uint32_t by) { o->width += by & 7; }
static int line_contains(const Object* o, uint32_t x, uint32_t y) { return y == o->y && x - o->x < o->width; }

static const Methods kMethods[4] = {{box_area, box_grow, box_contains},
                                    {disc_area, disc_grow, disc_contains},
                                    {wedge_area, wedge_grow, wedge_contains},
                                    {line_area, line_grow, line_contains}};

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 130000);
  static Object objects[kObjects];
  uint32_t seed = 8;
  for (int i = 0; i < kObjects; i++) {
    uint32_t r = kernel_random(&seed);
    objects[i] = (Object){&kMethods[r >> 9 & 3], r & 63, r >> 6 & 63, r >> 12 & 255, r >> 20 & 255};
  }
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    uint32_t sum = 0;
    for (int i = 0; i < kObjects; i++) {
      Object* object = &objects[i];
      sum += object->methods->area(object);
      if (object->methods->contains(object, n & 255, (uint32_t)i & 255)) object->methods->grow(object, n);
    }
    checksum = kernel_mix(checksum, sum);
  }
  return kernel_report("dispatch", checksum);
}
