// The helpers for objects, and what helpers that can end the run or collect have in common.
#pragma once

#include "aot/loader/frames.h"
#include "aot/loader/image_tier.h"

namespace umber::aot {

/// The site of a helper's call, in the helper itself: the return address is behind the call.
#define UMBER_CALLER TrapSite{frame, call_before(reinterpret_cast<uintptr_t>(__builtin_return_address(0))), offset}

/// The registers that callers still need, in the frame of the function that begins with this. Where there is no floating-point
/// unit clang's builtin saves the unit's registers nevertheless, which faults.
#if defined(__arm__) && !defined(__ARM_FP)
#define UMBER_SAVE_REGISTERS() __asm__ volatile("" ::: "r4", "r5", "r6", "r8", "r9", "r10", "r11")
#else
#define UMBER_SAVE_REGISTERS() __builtin_unwind_init()
#endif

/// Before anything that may collect: the caller's frame and all above it may hold references. The caller begins with
/// UMBER_SAVE_REGISTERS.
void note_stack(VmContext& context);

struct object_helpers {
#define UMBER_DECLARE_HELPER(name, result, ...) static result name(VmContext*, uintptr_t frame, uint32_t offset, __VA_ARGS__);
  UMBER_OBJECT_HELPERS(UMBER_DECLARE_HELPER)
#undef UMBER_DECLARE_HELPER
};

}  // namespace umber::aot
