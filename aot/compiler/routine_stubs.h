// Stubs for the library routines that objects call (aot/image/routines.h): an object of its own that is linked with them.
#pragma once

#include <llvm/ADT/SmallVector.h>
#include <llvm/TargetParser/Triple.h>

#include <set>
#include <string>
#include <vector>

#include "aot/compiler/targets.h"

namespace umber::aot {

/// The register that holds the context while compiled code of a 32-bit target runs, by its assembler's name; empty where stubs
/// are not needed.
[[nodiscard]] llvm::StringRef context_register(const llvm::Triple& triple);

/// Symbols that the objects use and none of them defines.
[[nodiscard]] std::set<std::string> undefined_symbols(const std::vector<llvm::SmallVector<char, 0>>& objects);

/// An object with a stub for each symbol; an error if one is no routine that the runtime has.
[[nodiscard]] Result<llvm::SmallVector<char, 0>> make_routine_stubs(const Target& target, const std::set<std::string>& symbols);

}  // namespace umber::aot
