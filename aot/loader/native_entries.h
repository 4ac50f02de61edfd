// The way into compiled code, and the way out that has a calling convention of its own: what no C++ function can be.
#pragma once

#include "decoder/wasm/types.h"
#include "runtime/native_abi.h"

namespace umber::aot {

/// Whether this processor's images may leave entering to the runtime.
#if defined(__x86_64__) || defined(__arm__) || (defined(__riscv) && __riscv_xlen == 32)
inline constexpr bool kEntersWithWords = true;
#define UMBER_IMPORT_ENTRY "umber_import"
#else
inline constexpr bool kEntersWithWords = false;
#define UMBER_IMPORT_ENTRY "umber_call_import"  // no image comes here
#endif

/// Calls a compiled function for whose type is_entered_with_words says yes: parameters from slots, the result into them.
void enter_with_words(VmContext& context, const wasm::FuncType& type, const void* code, Slot* values);

/// What NativeHelpers::call_import points at, which is no C function: an image's stub jumps there with arguments, frame pointer and return
/// address as they are at the call of the import, and the import's index in r0 on Arm (with r0 to r3 on the stack), t1 on RISC-V and on the
/// stack on x86-64.
uint64_t call_import(VmContext*, const void*, const void*, const uintptr_t*, uint32_t) __asm__(UMBER_IMPORT_ENTRY);

/// What that calls, at the place of a compiled function's call of an import.
extern "C" [[gnu::visibility("hidden")]] uint64_t umber_call_import(VmContext* context, const void* frame, const void* return_address,
                                                                   const uintptr_t* words, uint32_t import);

}  // namespace umber::aot
