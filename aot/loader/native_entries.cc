// Small images leave to the runtime what would be the same in each: the frame around a call from outside that puts the context where
// compiled code has it, and the one around calls of imports that makes memory of argument registers. Both are a few instructions for each
// processor, since C++ has no way to say where its parameters are.

#include "aot/loader/native_entries.h"

#include "aot/image/entry.h"

// An import's stub leaves the import's number where the code below takes it; all else is as the call of the import left it.
//
//   umber_enter   (context, code, words): puts the context into its register and calls the code with kEntryWords words
//   umber_import  (in an image's call of an import): umber_call_import (context, frame pointer, return address, words, import)
#if defined(__x86_64__)
__asm__(
    ".text\n.globl umber_enter\n.hidden umber_enter\n.type umber_enter, @function\n"
    "umber_enter:\npushq %rbp\nmovq %rsp, %rbp\npushq %r13\npushq %r13\nmovq %rdi, %r13\nmovq %rsi, %rax\n"
    "movq (%rdx), %rdi\nmovq 8(%rdx), %rsi\nmovq 24(%rdx), %rcx\nmovq 16(%rdx), %rdx\ncallq *%rax\n"
    "popq %r13\npopq %r13\npopq %rbp\nretq\n.size umber_enter, .-umber_enter\n"
    ".globl umber_import\n.hidden umber_import\n.type umber_import, @function\n"
    "umber_import:\npushq %r9\npushq %r8\npushq %rcx\npushq %rdx\npushq %rsi\npushq %rdi\n"
    "movq %r13, %rdi\nmovq %rbp, %rsi\nmovq 56(%rsp), %rdx\nmovq %rsp, %rcx\nmovl 48(%rsp), %r8d\ncallq umber_call_import\n"
    "addq $56, %rsp\nretq\n.size umber_import, .-umber_import\n");
#elif defined(__arm__)
__asm__(
    ".text\n.syntax unified\n.thumb\n.p2align 2\n.globl umber_enter\n.hidden umber_enter\n.type umber_enter, %function\n.thumb_func\n"
    "umber_enter:\npush {r4, r5, r7, lr}\nmov r5, r9\nmov r9, r0\nmov r4, r1\nldm r2, {r0, r1, r2, r3}\nblx r4\n"
    "mov r9, r5\npop {r4, r5, r7, pc}\n.size umber_enter, .-umber_enter\n"
    ".p2align 2\n.globl umber_import\n.hidden umber_import\n.type umber_import, %function\n.thumb_func\n"
    "umber_import:\nmov r3, sp\npush {r0, lr}\nmov r0, r9\nmov r1, r7\nmov r2, lr\nbl umber_call_import\n"
    "pop {r2, r3}\nadd sp, #16\nbx r3\n.size umber_import, .-umber_import\n");
#elif defined(__riscv) && __riscv_xlen == 32
__asm__(
    ".text\n.globl umber_enter\n.hidden umber_enter\n.type umber_enter, %function\n"
    "umber_enter:\naddi sp, sp, -16\nsw ra, 12(sp)\nsw s11, 8(sp)\nmv s11, a0\nmv t1, a1\n"
    "lw a0, 0(a2)\nlw a1, 4(a2)\nlw a3, 12(a2)\nlw a2, 8(a2)\njalr t1\n"
    "lw s11, 8(sp)\nlw ra, 12(sp)\naddi sp, sp, 16\nret\n.size umber_enter, .-umber_enter\n"
    ".globl umber_import\n.hidden umber_import\n.type umber_import, %function\n"
    "umber_import:\naddi sp, sp, -32\nsw a0, 0(sp)\nsw a1, 4(sp)\nsw a2, 8(sp)\nsw a3, 12(sp)\nsw a4, 16(sp)\nsw a5, 20(sp)\nsw ra, 28(sp)\n"
    "mv a0, s11\nmv a1, s0\nmv a2, ra\nmv a3, sp\nmv a4, t1\ncall umber_call_import\nlw ra, 28(sp)\naddi sp, sp, 32\nret\n"
    ".size umber_import, .-umber_import\n");
#endif

namespace umber::aot {

extern "C" uint64_t umber_enter(VmContext* context, const void* code, const uintptr_t* words);

void enter_with_words(VmContext& context, const wasm::FuncType& type, const void* code, Slot* values) {
  if constexpr (kEntersWithWords) {
    uintptr_t words[kEntryWords] = {};
    for (size_t i = 0; i < type.params.size(); ++i) words[i] = type.params[i] == wasm::ValType::I32 ? values[i].u32 : static_cast<uintptr_t>(values[i].bits);
    const uint64_t result = umber_enter(&context, code, words);
    if (!type.results.empty()) values[0].bits = type.results[0] == wasm::ValType::I32 ? static_cast<uint32_t>(result) : result;
  }
}

}  // namespace umber::aot
