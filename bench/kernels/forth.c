/* A second interpreter of another kind: a stack machine whose words are C functions, called through a table. */
#include "kernel.h"

typedef struct {
  const int32_t* pc;
  int32_t* top;
  const int32_t** returns;
} Machine;

typedef void (*Word)(Machine*);

static int32_t stack[256];
static const int32_t* return_stack[256];

static void word_literal(Machine* m) { *++m->top = *m->pc++; }
static void word_add(Machine* m) { m->top[-1] = (int32_t)((uint32_t)m->top[-1] + (uint32_t)m->top[0]), m->top--; }
static void word_subtract(Machine* m) { m->top[-1] = (int32_t)((uint32_t)m->top[-1] - (uint32_t)m->top[0]), m->top--; }
static void word_xor(Machine* m) { m->top[-1] ^= m->top[0], m->top--; }
static void word_duplicate(Machine* m) { m->top[1] = m->top[0], m->top++; }
static void word_over(Machine* m) { m->top[1] = m->top[-1], m->top++; }
static void word_swap(Machine* m) {
  int32_t kept = m->top[0];
  m->top[0] = m->top[-1];
  m->top[-1] = kept;
}
static void word_drop(Machine* m) { m->top--; }
static void word_less(Machine* m) { m->top[-1] = m->top[-1] < m->top[0], m->top--; }
static void word_branch_zero(Machine* m) {
  int32_t offset = *m->pc++;
  if (*m->top-- == 0) m->pc += offset;
}
static void word_call(Machine* m) {
  int32_t offset = *m->pc++;
  *++m->returns = m->pc;
  m->pc += offset;
}
static void word_return(Machine* m) { m->pc = *m->returns--; }
static void word_halt(Machine* m) { m->pc = NULL; }

enum { LIT, ADD, SUB, XOR, DUP, OVER, SWAP, DROP, LESS, BRZ, CALL, RET, HALT };

static const Word kWords[] = {word_literal, word_add,  word_subtract,    word_xor,  word_duplicate, word_over, word_swap,
                              word_drop,    word_less, word_branch_zero, word_call, word_return,    word_halt};

/* hash(n) = n if n < 2, else (hash(n - 1) xor hash(n - 2)) + 1; calls and branches are relative to what follows. */
static const int32_t kProgram[] = {
    CALL, 1,   HALT,                            /*  0: call the word at 3 */
    DUP,  LIT, 2,    LESS, BRZ,  1,   RET,      /*  3: if n < 2 return */
    DUP,  LIT, 1,    SUB,  CALL, -13,           /* 10: hash(n - 1) */
    SWAP, LIT, 2,    SUB,  CALL, -19,           /* 16: hash(n - 2) */
    OVER, XOR, SWAP, DROP, LIT,  1,   ADD, RET, /* 22 */
};

static KERNEL_NOINLINE int32_t run(int32_t argument) {
  Machine machine = {kProgram, stack, return_stack};
  *++machine.top = argument;
  while (machine.pc) kWords[*machine.pc++](&machine);
  return *machine.top;
}

int main(int argc, char** argv) {
  uint32_t iterations = kernel_iterations(argc, argv, 2400);
  uint64_t checksum = 0;
  for (uint32_t n = 0; n < iterations; n++) checksum = kernel_mix(checksum, (uint64_t)run(14 + (int32_t)(n % 5)));
  return kernel_report("forth", checksum);
}
