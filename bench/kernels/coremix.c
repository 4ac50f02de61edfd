/* The mix an embedded core is judged by, written from scratch: linked-list search, sort and reverse, small 16-bit
 * matrices, a state machine over number text, and a CRC-16 of everything. */
#include "kernel.h"

enum { kItems = 40, kSize = 10, kTextSize = 400 };

typedef struct Item {
  struct Item* next;
  int16_t value;
  uint16_t index;
} Item;

static Item items[kItems];
static int16_t left[kSize * kSize], right[kSize * kSize];
static int32_t product[kSize * kSize];
static char text[kTextSize + 1];

static uint16_t crc16(uint16_t crc, uint32_t value, int bits) {
  for (int i = 0; i < bits; i++) {
    uint16_t carry = (uint16_t)((value ^ crc) & 1);
    crc >>= 1;
    value >>= 1;
    if (carry) crc ^= 0xa001;
  }
  return crc;
}

static Item* reverse(Item* list) {
  Item* done = NULL;
  while (list) {
    Item* next = list->next;
    list->next = done;
    done = list;
    list = next;
  }
  return done;
}

static Item* find(Item* list, int16_t value) {
  while (list && (list->value & 0xff) != value) list = list->next;
  return list;
}

static int order_by_value(const Item* a, const Item* b) { return a->value - b->value; }
static int order_by_index(const Item* a, const Item* b) { return a->index - b->index; }

/* Bottom-up merge sort without recursion. */
static KERNEL_NOINLINE Item* sort(Item* list, int (*order)(const Item*, const Item*)) {
  for (int run = 1;; run *= 2) {
    Item *p = list, *tail = NULL;
    int merges = 0;
    list = NULL;
    while (p) {
      Item* q = p;
      int p_size = 0, q_size = run;
      merges++;
      while (p_size < run && q) p_size++, q = q->next;
      while (p_size > 0 || (q_size > 0 && q)) {
        Item* taken;
        if (p_size == 0 || (q_size > 0 && q && order(p, q) > 0)) {
          taken = q, q = q->next, q_size--;
        } else {
          taken = p, p = p->next, p_size--;
        }
        if (tail)
          tail->next = taken;
        else
          list = taken;
        tail = taken;
      }
      p = q;
    }
    if (tail) tail->next = NULL;
    if (merges <= 1) return list;
  }
}

static KERNEL_NOINLINE uint16_t list_work(uint32_t n, uint16_t crc) {
  for (int i = 0; i < kItems; i++)
    items[i] = (Item){i + 1 < kItems ? &items[i + 1] : NULL, (int16_t)((i * 7919 + (int)n * 31) & 0x7fff), (uint16_t)i};
  Item* list = items;
  for (int16_t wanted = 0; wanted < 16; wanted++) {
    Item* found = find(list, (int16_t)(wanted * 5));
    crc = crc16(crc, found ? (uint32_t)found->index : 0xffu, 8);
    list = reverse(list);
  }
  list = sort(list, order_by_value);
  for (Item* item = list; item; item = item->next) crc = crc16(crc, (uint16_t)item->value, 16);
  list = sort(list, order_by_index);
  return crc16(crc, (uint16_t)list->value, 16);
}

static KERNEL_NOINLINE uint16_t matrix_work(uint32_t n, uint16_t crc) {
  for (int i = 0; i < kSize * kSize; i++) left[i] = (int16_t)(left[i] + (int16_t)(n & 15));
  for (int i = 0; i < kSize; i++) {
    for (int j = 0; j < kSize; j++) {
      int32_t sum = 0;
      for (int k = 0; k < kSize; k++) sum += left[i * kSize + k] * right[k * kSize + j];
      product[i * kSize + j] = sum;
    }
  }
  int32_t last = 0, score = 0;
  for (int i = 0; i < kSize * kSize; i++) {
    int32_t bits = (product[i] >> 2 & 15) * (product[i] >> 5 & 127);
    score = bits > last ? score + 10 : score + 1;
    last = bits;
  }
  for (int i = 0; i < kSize * kSize; i++) left[i] = (int16_t)(left[i] - (int16_t)(n & 15));
  return crc16(crc, (uint32_t)score, 16);
}

typedef enum { kStart, kSign, kInteger, kPoint, kExponentMark, kExponent, kInvalid, kStates } State;

static State next_state(State state, char c) {
  int digit = c >= '0' && c <= '9';
  switch (state) {
    case kStart: return digit ? kInteger : c == '+' || c == '-' ? kSign : c == '.' ? kPoint : kInvalid;
    case kSign: return digit ? kInteger : c == '.' ? kPoint : kInvalid;
    case kInteger: return digit ? kInteger : c == '.' ? kPoint : c == 'e' ? kExponentMark : kInvalid;
    case kPoint: return digit ? kPoint : c == 'e' ? kExponentMark : kInvalid;
    case kExponentMark: return digit || c == '-' ? kExponent : kInvalid;
    case kExponent: return digit ? kExponent : kInvalid;
    default: return kInvalid;
  }
}

static KERNEL_NOINLINE uint16_t state_work(uint32_t n, uint16_t crc) {
  uint32_t finals[kStates] = {0}, steps[kStates] = {0};
  text[n % kTextSize] ^= 1;
  State state = kStart;
  for (const char* at = text; *at; at++) {
    if (*at == ',') {
      finals[state]++;
      state = kStart;
      continue;
    }
    state = next_state(state, *at);
    steps[state]++;
  }
  text[n % kTextSize] ^= 1;
  for (int i = 0; i < kStates; i++) crc = crc16(crc, finals[i] << 16 | steps[i], 32);
  return crc;
}

int main(int argc, char** argv) {
  static const char* const kNumbers[] = {"5012", "+1.25e-7", "-874.3", ".5e2", "T0.3e-1F", "110.700", "-0e8", "1..5"};
  uint32_t iterations = kernel_iterations(argc, argv, 46000);
  for (int i = 0; i < kSize * kSize; i++) {
    left[i] = (int16_t)(i * 37 % 211);
    right[i] = (int16_t)(i * 53 % 197);
  }
  uint32_t seed = 66;
  for (uint32_t at = 0; at < kTextSize;) {
    const char* number = kNumbers[kernel_random(&seed) >> 9 & 7];
    while (*number && at < kTextSize) text[at++] = *number++;
    if (at < kTextSize) text[at++] = ',';
  }
  uint16_t crc = 0;
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    crc = list_work(n, crc);
    crc = matrix_work(n, crc);
    crc = state_work(n, crc);
    checksum = kernel_mix(checksum, crc);
  }
  return kernel_report("coremix", checksum);
}
