// Stubs for what objects call: the library routines (aot/image/routines.h), and traps. A trap's site so is nothing but a call, whose
// return address says where it is. The stubs are an object of its own that is linked with the others.
#pragma once

#include <llvm/ADT/SmallVector.h>
#include <llvm/TargetParser/Triple.h>

#include <set>
#include <string>
#include <vector>

#include "aot/compiler/targets.h"
#include "runtime/trap.h"

namespace umber::aot {

/// The register that holds the context while compiled code of a 32-bit target runs, by its assembler's name; empty where stubs
/// are not needed.
[[nodiscard]] llvm::StringRef context_register(const llvm::Triple& triple);

/// Symbols that the objects use and none of them defines.
[[nodiscard]] std::set<std::string> undefined_symbols(const std::vector<llvm::SmallVector<char, 0>>& objects);

/// What a trap of that kind calls: a stub that hands frame pointer and return address to the runtime.
[[nodiscard]] std::string trap_symbol(TrapKind kind);

/// An object with a stub for each symbol; an error if one is neither a trap nor a routine that the runtime has.
[[nodiscard]] Result<llvm::SmallVector<char, 0>> make_routine_stubs(const Target& target, const std::set<std::string>& symbols);

}  // namespace umber::aot
