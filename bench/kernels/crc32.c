/* CRC-32 byte by byte through a table, then four bytes at a time: dependent loads, shifts, little arithmetic. */
#include "kernel.h"

enum { kSize = 1 << 16 };

static uint32_t table[4][256];
static uint8_t data[kSize];

static void build_tables(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
    table[0][i] = crc;
  }
  for (int level = 1; level < 4; level++)
    for (uint32_t i = 0; i < 256; i++) table[level][i] = (table[level - 1][i] >> 8) ^ table[0][table[level - 1][i] & 255];
}

static KERNEL_NOINLINE uint32_t crc_bytes(uint32_t crc, const uint8_t* p, uint32_t size) {
  crc = ~crc;
  while (size--) crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 255];
  return ~crc;
}

static KERNEL_NOINLINE uint32_t crc_words(uint32_t crc, const uint8_t* p, uint32_t size) {
  crc = ~crc;
  for (; size >= 4; size -= 4, p += 4) {
    crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    crc = table[3][crc & 255] ^ table[2][crc >> 8 & 255] ^ table[1][crc >> 16 & 255] ^ table[0][crc >> 24];
  }
  return ~crc;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 1200);
  build_tables();
  uint32_t seed = 1;
  for (int i = 0; i < kSize; i++) data[i] = (uint8_t)(kernel_random(&seed) >> 11);
  uint32_t bytes = 0, words = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    bytes = crc_bytes(bytes, data, kSize);
    words = crc_words(words, data, kSize);
    data[n % kSize] ^= (uint8_t)words;
  }
  return kernel_report("crc32", (uint64_t)bytes << 32 | words);
}
