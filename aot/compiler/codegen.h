// From an LLVM module to an object: LLVM's own pipeline for the level, then code generation.
#pragma once

#include <llvm/ADT/SmallVector.h>

#include "aot/compiler/module_translator.h"
#include "aot/compiler/targets.h"

namespace umber::aot {

enum class Emit : uint8_t { Object, Assembly };

/// Runs the optimisation pipeline in place. `has_hole`: what RelateAddresses needs to know of the memories.
void optimize(llvm::Module& module, llvm::TargetMachine& machine, Optimization level, bool has_hole);
/// Appends the object file, or the assembly text, to `out`.
[[nodiscard]] Status generate(llvm::Module& module, llvm::TargetMachine& machine, Emit emit, llvm::SmallVectorImpl<char>& out);

}  // namespace umber::aot
