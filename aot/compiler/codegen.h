// From an LLVM module to an object: LLVM's own pipeline for the level, then code generation.
#pragma once

#include <llvm/ADT/SmallVector.h>

#include "aot/compiler/module_translator.h"
#include "aot/compiler/targets.h"

namespace umber::aot {

enum class Emit : uint8_t { Object, Assembly };

struct OptimizeOptions {
  bool faulting = false;     ///< accesses may trap by themselves (BoundsChecks::Guard)
  bool has_hole = false;     ///< what RelateAddresses needs to know of the memories
  bool small_core = false;   ///< the target has few registers and little memory for code
  bool call_checks = false;  ///< explicit checks may be calls (call_checks.h)
};

/// Runs the optimisation pipeline in place.
void optimize(llvm::Module& module, llvm::TargetMachine& machine, Optimization level, const OptimizeOptions& options);
/// Appends the object file, or the assembly text, to `out`. `is_small`: a trap's bytes count for more than its branch's time.
[[nodiscard]] Status generate(llvm::Module& module, llvm::TargetMachine& machine, Emit emit, bool is_small, llvm::SmallVectorImpl<char>& out);

}  // namespace umber::aot
