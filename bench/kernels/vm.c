/* An interpreter inside the interpreter: a register machine with one switch, running a prime search and a checksum. */
#include "kernel.h"

typedef enum {
  kHalt,
  kLoadConst,
  kMove,
  kAdd,
  kSub,
  kMul,
  kRemainder,
  kXor,
  kShiftRight,
  kLoad,
  kStore,
  kJump,
  kJumpLess,
  kJumpZero
} Op;

typedef struct {
  uint8_t op, a, b, c;
  int32_t number;
} Instruction;

static uint32_t cells[1024];

/* r0 = count of primes below r1; r7 = a running hash that also goes through memory. */
static const Instruction kProgram[] = {
    {kLoadConst, 0, 0, 0, 0},          /*  0 */
    {kLoadConst, 2, 0, 0, 2},          /*  1 candidate */
    {kLoadConst, 5, 0, 0, 1},          /*  2 one */
    {kLoadConst, 8, 0, 0, 1023},       /*  3 */
    {kJumpLess, 2, 1, 0, 6},           /*  4 outer */
    {kHalt, 0, 0, 0, 0},               /*  5 */
    {kLoadConst, 3, 0, 0, 2},          /*  6 divisor */
    {kMul, 4, 3, 3, 0},                /*  7 inner */
    {kJumpLess, 2, 4, 0, 13},          /*  8 divisor squared beyond the candidate: prime */
    {kRemainder, 4, 2, 3, 0},          /*  9 */
    {kJumpZero, 4, 0, 0, 14},          /* 10 */
    {kAdd, 3, 3, 5, 0},                /* 11 */
    {kJump, 0, 0, 0, 7},               /* 12 */
    {kAdd, 0, 0, 5, 0},                /* 13 */
    {kXor, 7, 7, 2, 0},                /* 14 */
    {kLoadConst, 6, 0, 0, 0x9e3779b1}, /* 15 */
    {kMul, 7, 7, 6, 0},                /* 16 */
    {kShiftRight, 6, 7, 0, 22},        /* 17 */
    {kLoad, 4, 6, 0, 0},               /* 18 */
    {kAdd, 4, 4, 7, 0},                /* 19 */
    {kStore, 4, 6, 0, 0},              /* 20 */
    {kAdd, 2, 2, 5, 0},                /* 21 */
    {kJump, 0, 0, 0, 4},               /* 22 */
};

static KERNEL_NOINLINE uint32_t run(const Instruction* program, uint32_t registers[16]) {
  const Instruction* pc = program;
  for (;;) {
    const Instruction* i = pc++;
    switch ((Op)i->op) {
      case kHalt: return registers[0];
      case kLoadConst: registers[i->a] = (uint32_t)i->number; break;
      case kMove: registers[i->a] = registers[i->b]; break;
      case kAdd: registers[i->a] = registers[i->b] + registers[i->c]; break;
      case kSub: registers[i->a] = registers[i->b] - registers[i->c]; break;
      case kMul: registers[i->a] = registers[i->b] * registers[i->c]; break;
      case kRemainder: registers[i->a] = registers[i->b] % registers[i->c]; break;
      case kXor: registers[i->a] = registers[i->b] ^ registers[i->c]; break;
      case kShiftRight: registers[i->a] = registers[i->b] >> i->number; break;
      case kLoad: registers[i->a] = cells[registers[i->b] & 1023]; break;
      case kStore: cells[registers[i->b] & 1023] = registers[i->a]; break;
      case kJump: pc = program + i->number; break;
      case kJumpLess:
        if (registers[i->a] < registers[i->b]) pc = program + i->number;
        break;
      case kJumpZero:
        if (registers[i->a] == 0) pc = program + i->number;
        break;
    }
  }
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 590);
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) {
    uint32_t registers[16] = {0, 5000 + n % 100};
    uint32_t primes = run(kProgram, registers);
    checksum = kernel_mix(checksum, (uint64_t)primes << 32 | registers[7]);
  }
  return kernel_report("vm", checksum ^ cells[5]);
}
