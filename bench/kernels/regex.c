/* A backtracking matcher for . [a-z] * + ? and $: unpredictable branches and short recursion. */
#include "kernel.h"

#include <string.h>

enum { kTextSize = 8192 };

static char text[kTextSize + 1];

static int match_here(const char* pattern, const char* at);

/* Matches one element of the pattern against one character and says where the element ends. */
static int match_one(const char* pattern, char c, const char** end) {
  if (*pattern != '[') {
    *end = pattern + 1;
    return c && (*pattern == '.' ? c != '\n' : *pattern == c);
  }
  int found = 0;
  for (pattern++; *pattern != ']'; pattern++) {
    if (pattern[1] == '-' && pattern[2] != ']') {
      found |= c >= pattern[0] && c <= pattern[2];
      pattern += 2;
    } else {
      found |= c == *pattern;
    }
  }
  *end = pattern + 1;
  return found;
}

static int match_repeat(const char* pattern, const char* rest, const char* at, int least) {
  const char *unused, *start = at;
  while (match_one(pattern, *at, &unused)) at++;
  for (; at - start >= least; at--) {
    int length = match_here(rest, at);
    if (length >= 0) return length + (int)(at - start);
    if (at == start) break;
  }
  return -1;
}

static KERNEL_NOINLINE int match_here(const char* pattern, const char* at) {
  const char *start = at, *end;
  for (;;) {
    if (!*pattern) return (int)(at - start);
    if (*pattern == '$' && !pattern[1]) return *at && *at != '\n' ? -1 : (int)(at - start);
    int matched = match_one(pattern, *at, &end);
    if (*end == '*' || *end == '+') {
      int length = match_repeat(pattern, end + 1, at, *end == '+');
      return length < 0 ? -1 : length + (int)(at - start);
    }
    if (*end == '?') {
      if (matched) {
        int length = match_here(end + 1, at + 1);
        if (length >= 0) return length + 1 + (int)(at - start);
      }
      pattern = end + 1;
      continue;
    }
    if (!matched) return -1;
    pattern = end;
    at++;
  }
}

static uint64_t scan(const char* pattern) {
  uint64_t sum = 0;
  for (const char* at = text; *at; at++) {
    int length = match_here(pattern, at);
    if (length > 0) sum = kernel_mix(sum, (uint64_t)(at - text) << 16 | (uint64_t)length);
  }
  return sum;
}

int main(int argc, char** argv) {
  static const char* const kPatterns[] = {"[a-f]+[0-9]*x",     "e.*m$",   "un?d?er[a-z ]*t",
                                          "[0-9]+[.,]?[0-9]*", "a.?b.?c", "q[^u]*[aeiou]+ "};
  uint32_t iterations = kernel_iterations(argc, argv, 480);
  uint32_t seed = 31337;
  for (int i = 0; i < kTextSize; i++) {
    uint32_t r = kernel_random(&seed) >> 7;
    text[i] = r % 40 == 0 ? '\n' : "etaoin shrdluabcdefxum 0123456789.,under "[r / 64 % 41];
  }
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    for (size_t i = 0; i < sizeof kPatterns / sizeof *kPatterns; i++) checksum = kernel_mix(checksum, scan(kPatterns[i]));
    text[n * 17 % kTextSize] = (char)('a' + n % 26);
  }
  return kernel_report("regex", checksum);
}
