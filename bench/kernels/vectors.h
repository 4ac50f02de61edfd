/* 128-bit vectors for the SIMD kernels. The same source is SSE2 natively and wasm SIMD in a module, through the
 * compilers' vector extension; only what the extension cannot say goes through the platform's intrinsics. */
#ifndef UMBER_BENCH_VECTORS_H
#define UMBER_BENCH_VECTORS_H

#include <stdint.h>
#include <string.h>

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#endif

typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));
typedef int16_t i16x8 __attribute__((vector_size(16)));
typedef int32_t i32x4 __attribute__((vector_size(16)));
typedef uint32_t u32x4 __attribute__((vector_size(16)));
typedef float f32x4 __attribute__((vector_size(16)));
typedef double f64x2 __attribute__((vector_size(16)));
typedef uint8_t u8x8 __attribute__((vector_size(8)));

/* Unaligned loads and stores, as v128.load and v128.store are. */
static inline u8x16 load_u8x16(const void* p) {
  u8x16 v;
  memcpy(&v, p, sizeof v);
  return v;
}

static inline void store_u8x16(void* p, u8x16 v) { memcpy(p, &v, sizeof v); }

static inline f32x4 load_f32x4(const void* p) {
  f32x4 v;
  memcpy(&v, p, sizeof v);
  return v;
}

static inline void store_f32x4(void* p, f32x4 v) { memcpy(p, &v, sizeof v); }

/* Bit i of the result is the top bit of byte i. */
static inline uint32_t top_bits(u8x16 v) {
#if defined(__wasm_simd128__)
  return wasm_i8x16_bitmask((v128_t)v);
#elif defined(__SSE2__)
  typedef char i8x16 __attribute__((vector_size(16)));
  return (uint32_t)__builtin_ia32_pmovmskb128((i8x16)v);
#else
  uint32_t bits = 0;
  for (int i = 0; i < 16; i++) bits |= (uint32_t)(v[i] >> 7) << i;
  return bits;
#endif
}

#endif
