/* Modular powers of 512-bit numbers by Montgomery multiplication: 32 x 32 -> 64 bit products and 64-bit carries. */
#include "kernel.h"

enum { kLimbs = 16 };

typedef struct {
  uint32_t limb[kLimbs];
} Number;

static int compare(const Number* a, const Number* b) {
  for (int i = kLimbs - 1; i >= 0; i--)
    if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
  return 0;
}

static void subtract(Number* a, const Number* b) {
  uint64_t borrow = 0;
  for (int i = 0; i < kLimbs; i++) {
    uint64_t difference = (uint64_t)a->limb[i] - b->limb[i] - borrow;
    a->limb[i] = (uint32_t)difference;
    borrow = difference >> 63;
  }
}

/* result = a * b / 2^512 modulo m, with inverse = -1/m modulo 2^32. */
static KERNEL_NOINLINE void multiply(Number* result, const Number* a, const Number* b, const Number* m, uint32_t inverse) {
  uint32_t t[kLimbs + 2] = {0};
  for (int i = 0; i < kLimbs; i++) {
    uint64_t carry = 0;
    for (int j = 0; j < kLimbs; j++) {
      carry += (uint64_t)a->limb[i] * b->limb[j] + t[j];
      t[j] = (uint32_t)carry;
      carry >>= 32;
    }
    carry += t[kLimbs];
    t[kLimbs] = (uint32_t)carry;
    t[kLimbs + 1] = (uint32_t)(carry >> 32);
    uint32_t factor = t[0] * inverse;
    carry = ((uint64_t)factor * m->limb[0] + t[0]) >> 32;
    for (int j = 1; j < kLimbs; j++) {
      carry += (uint64_t)factor * m->limb[j] + t[j];
      t[j - 1] = (uint32_t)carry;
      carry >>= 32;
    }
    carry += t[kLimbs];
    t[kLimbs - 1] = (uint32_t)carry;
    t[kLimbs] = t[kLimbs + 1] + (uint32_t)(carry >> 32);
  }
  for (int i = 0; i < kLimbs; i++) result->limb[i] = t[i];
  if (t[kLimbs] || compare(result, m) >= 0) subtract(result, m);
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 1300);
  uint32_t seed = 12345;
  Number modulus, base;
  for (int i = 0; i < kLimbs; i++) {
    modulus.limb[i] = kernel_random(&seed);
    base.limb[i] = kernel_random(&seed);
  }
  modulus.limb[0] |= 1;
  modulus.limb[kLimbs - 1] |= 0x80000000u;
  base.limb[kLimbs - 1] &= 0x7fffffffu;
  uint32_t inverse = 1;
  for (int i = 0; i < 5; i++) inverse *= 2 - modulus.limb[0] * inverse;
  inverse = 0u - inverse;

  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    Number power = base;
    for (int i = 0; i < kLimbs; i++) {
      uint32_t exponent = modulus.limb[i] ^ n;
      for (int bit = 0; bit < 32; bit++) {
        multiply(&power, &power, &power, &modulus, inverse);
        if (exponent >> bit & 1) multiply(&power, &power, &base, &modulus, inverse);
      }
    }
    checksum = kernel_mix(checksum, (uint64_t)power.limb[1] << 32 | power.limb[0]);
    base = power;
  }
  return kernel_report("bigint", checksum);
}
