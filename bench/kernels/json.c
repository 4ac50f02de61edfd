/* A JSON scanner as a state machine: one switch per character, the shape that br_table serves. */
#include "kernel.h"

enum { kTextSize = 60000, kDepth = 64 };

typedef enum { kValue, kAfterValue, kString, kEscape, kNumber, kFraction, kExponent, kWord, kBad } State;

typedef struct {
  uint32_t objects, arrays, strings, numbers, words, deepest;
  uint64_t number_sum;
} Counts;

static char text[kTextSize + 64];
static uint32_t text_size;
static uint32_t random_state = 99;

static void put(const char* s) {
  while (*s) text[text_size++] = *s++;
}

static void put_number(uint32_t value) {
  char digits[12];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10), value /= 10;
  while (value);
  while (count) text[text_size++] = digits[--count];
}

static void put_value(int depth) {
  uint32_t kind = kernel_random(&random_state) >> 5;
  uint32_t members = 1 + kind / 64 % 6;
  switch (depth > 0 && text_size < kTextSize - 4000 ? kind % 7 : 2 + kind % 5) {
    case 0:
      put("{");
      for (uint32_t i = 0; i < members; i++) {
        put(i ? ", \"key_" : "\"key_");
        put_number(i);
        put("\": ");
        put_value(depth - 1);
      }
      put("}");
      break;
    case 1:
      put("[");
      for (uint32_t i = 0; i < members; i++) {
        if (i) put(",\n ");
        put_value(depth - 1);
      }
      put("]");
      break;
    case 2: put("\"a string with \\\"escapes\\\" and \\u00e9\""); break;
    case 3: put_number(kind); break;
    case 4: put("-12.5e+3"); break;
    case 5: put("true"); break;
    default: put("null"); break;
  }
}

static KERNEL_NOINLINE Counts scan(const char* at) {
  Counts counts = {0};
  State state = kValue;
  uint32_t depth = 0, number = 0;
  for (char c = *at; c && state != kBad; c = *++at) {
    switch (state) {
      case kValue:
      case kAfterValue:
        switch (c) {
          case ' ':
          case '\n':
          case ',':
          case ':': state = kValue; break;
          case '{':
            counts.objects++;
            depth++;
            state = kValue;
            break;
          case '[':
            counts.arrays++;
            depth++;
            state = kValue;
            break;
          case '}':
          case ']':
            depth--;
            state = kAfterValue;
            break;
          case '"': state = kString; break;
          case '-':
          case '0' ... '9':
            number = c == '-' ? 0 : (uint32_t)(c - '0');
            state = kNumber;
            break;
          case 'a' ... 'z': state = kWord; break;
          default: state = kBad; break;
        }
        if (depth > counts.deepest) counts.deepest = depth;
        break;
      case kString:
        if (c == '"') {
          counts.strings++;
          state = kAfterValue;
        } else if (c == '\\') {
          state = kEscape;
        }
        break;
      case kEscape: state = kString; break;
      case kNumber:
      case kFraction:
      case kExponent:
        if (c >= '0' && c <= '9') {
          number = number * 10 + (uint32_t)(c - '0');
        } else if (c == '.') {
          state = kFraction;
        } else if (c == 'e' || c == 'E' || c == '+') {
          state = kExponent;
        } else {
          counts.numbers++;
          counts.number_sum += number;
          at--;
          state = kAfterValue;
        }
        break;
      case kWord:
        if (c < 'a' || c > 'z') {
          counts.words++;
          at--;
          state = kAfterValue;
        }
        break;
      case kBad: break;
    }
  }
  return counts;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 1800);
  put("[");
  while (text_size < kTextSize - 5000) {
    put_value(5);
    put(",\n");
  }
  put("0]\n");
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    Counts counts = scan(text + n % 2);
    checksum = kernel_mix(checksum, counts.objects + counts.arrays * 3 + counts.strings * 5 + counts.words * 7);
    checksum = kernel_mix(checksum, counts.numbers + counts.deepest * 11 + counts.number_sum * 13);
  }
  return kernel_report("json", checksum);
}
