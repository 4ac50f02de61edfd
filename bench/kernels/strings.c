/* Zero-terminated strings by hand: length, compare, search, upper case, split, number to text and back. */
#include "kernel.h"

enum { kWords = 400, kWordSize = 16 };

static char words[kWords][kWordSize], joined[kWords * (kWordSize + 1)];

static KERNEL_NOINLINE uint32_t length_of(const char* s) {
  const char* at = s;
  while (*at) at++;
  return (uint32_t)(at - s);
}

static KERNEL_NOINLINE int compare(const char* a, const char* b) {
  while (*a && *a == *b) a++, b++;
  return (uint8_t)*a - (uint8_t)*b;
}

static KERNEL_NOINLINE const char* find(const char* text, const char* word) {
  for (; *text; text++) {
    const char *t = text, *w = word;
    while (*w && *t == *w) t++, w++;
    if (!*w) return text;
  }
  return NULL;
}

static KERNEL_NOINLINE char* append(char* out, const char* s) {
  while ((*out = *s++)) out++;
  return out;
}

static KERNEL_NOINLINE void to_upper(char* s) {
  for (; *s; s++)
    if (*s >= 'a' && *s <= 'z') *s = (char)(*s - 'a' + 'A');
}

static KERNEL_NOINLINE char* append_number(char* out, uint32_t value) {
  char digits[10];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10);
  while (value /= 10);
  while (count) *out++ = digits[--count];
  *out = 0;
  return out;
}

static KERNEL_NOINLINE uint32_t sum_numbers(const char* text) {
  uint32_t sum = 0;
  while (*text) {
    uint32_t value = 0;
    while (*text >= '0' && *text <= '9') value = value * 10 + (uint32_t)(*text++ - '0');
    sum += value;
    if (*text) text++;
  }
  return sum;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 6600);
  uint32_t seed = 600;
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    for (int i = 0; i < kWords; i++) {
      uint32_t size = 3 + (kernel_random(&seed) >> 4) % 10;
      for (uint32_t k = 0; k < size; k++) words[i][k] = (char)('a' + (kernel_random(&seed) >> 9) % 6);
      words[i][size] = 0;
    }
    char* end = joined;
    uint32_t longest = 0, ordered = 0;
    for (int i = 0; i < kWords; i++) {
      if (length_of(words[i]) > longest) longest = length_of(words[i]);
      if (i && compare(words[i - 1], words[i]) <= 0) ordered++;
      end = append(end, words[i]);
      end = i % 4 ? append(end, " ") : append_number(end, longest * ordered);
    }
    const char* found = find(joined, "facade");
    checksum = kernel_mix(checksum, found ? (uint64_t)(found - joined) : 1);
    checksum = kernel_mix(checksum, (uint64_t)ordered << 32 | sum_numbers(joined));
    to_upper(joined);
    checksum = kernel_mix(checksum, (uint8_t)joined[n % length_of(joined)]);
  }
  return kernel_report("strings", checksum);
}
