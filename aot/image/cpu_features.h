// CPU features as bits: what an image's code was allowed to use, and what this machine has. The rows are in cpu_features.def.
#pragma once

#include <cstdint>
#include <span>

#include "base/error.h"

namespace umber::aot {

/// The processor family, by ELF's numbers (e_machine).
enum class Machine : uint16_t { Arm = 40, X86_64 = 62, AArch64 = 183, RiscV = 243 };

/// Names by bit, as LLVM has them.
[[nodiscard]] std::span<const StringRef> cpu_feature_names(Machine machine);
/// Of the machine that runs this, in its own family's bits; of a microcontroller what the runtime was compiled for.
[[nodiscard]] uint64_t this_cpu_features();

}  // namespace umber::aot
