/* An LZ77 compressor and decompressor of byte tokens: hashing, byte compares of unknown length, byte copies. */
#include "kernel.h"

#include <string.h>

enum { kSize = 1 << 16, kHashBits = 12, kMinMatch = 4, kMaxMatch = 130, kWindow = 65535 };

static uint8_t plain[kSize], packed[kSize * 2], unpacked[kSize];
static uint32_t head[1 << kHashBits];

static void make_text(uint32_t seed) {
  static const char* const kWords[] = {"the ",   "of ",     "container ", "module ", "and ",   "memory ", "value ",
                                       "frame ", "engine ", "loop ",      "branch ", "table ", "0x1f ",   "\n"};
  uint32_t at = 0;
  while (at < kSize) {
    const char* word = kWords[kernel_random(&seed) % (sizeof kWords / sizeof *kWords)];
    while (*word && at < kSize) plain[at++] = (uint8_t)*word++;
    if (kernel_random(&seed) % 8 == 0 && at < kSize) plain[at++] = (uint8_t)kernel_random(&seed);
  }
}

static uint32_t hash_at(const uint8_t* p) {
  uint32_t word = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
  return word * 2654435761u >> (32 - kHashBits);
}

static uint32_t put_literals(uint32_t out, uint32_t from, uint32_t to) {
  while (from < to) {
    uint32_t count = to - from < 128 ? to - from : 128;
    packed[out++] = (uint8_t)(count - 1);
    memcpy(packed + out, plain + from, count);
    out += count;
    from += count;
  }
  return out;
}

static KERNEL_NOINLINE uint32_t compress(void) {
  uint32_t out = 0, literal = 0, at = 0;
  memset(head, 0, sizeof head);
  while (at + kMinMatch <= kSize) {
    uint32_t slot = hash_at(plain + at), candidate = head[slot], length = 0;
    head[slot] = at + 1;
    if (candidate && at - (candidate - 1) <= kWindow) {
      uint32_t limit = kSize - at < kMaxMatch ? kSize - at : kMaxMatch;
      while (length < limit && plain[candidate - 1 + length] == plain[at + length]) length++;
    }
    if (length < kMinMatch) {
      at++;
      continue;
    }
    uint32_t distance = at - (candidate - 1);
    out = put_literals(out, literal, at);
    packed[out++] = (uint8_t)(0x80 | (length - kMinMatch));
    packed[out++] = (uint8_t)distance;
    packed[out++] = (uint8_t)(distance >> 8);
    at += length;
    literal = at;
  }
  return put_literals(out, literal, kSize);
}

static KERNEL_NOINLINE uint32_t decompress(uint32_t size) {
  uint32_t out = 0;
  for (uint32_t at = 0; at < size;) {
    uint8_t token = packed[at++];
    if (token & 0x80) {
      uint32_t distance = (uint32_t)packed[at] | (uint32_t)packed[at + 1] << 8;
      at += 2;
      for (uint32_t length = (token & 0x7fu) + kMinMatch; length; length--, out++) unpacked[out] = unpacked[out - distance];
    } else {
      for (uint32_t length = token + 1u; length; length--) unpacked[out++] = packed[at++];
    }
  }
  return out;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 880);
  make_text(9);
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    uint32_t size = compress();
    if (decompress(size) != kSize || memcmp(plain, unpacked, kSize)) return 1;
    checksum = kernel_mix(checksum, size);
    for (uint32_t i = n % 97; i < kSize; i += 4001) plain[i] = (uint8_t)(plain[i] + 1);
  }
  return kernel_report("lz", checksum);
}
