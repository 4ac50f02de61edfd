// Stubs for what objects call: the library routines (aot/image/routines.h), bounds checks of small code (call_checks.h), and traps. A trap's site so is nothing but a call, whose
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

/// Most instructions know r0 to r7 only.
[[nodiscard]] bool is_thumb1(const llvm::Triple& triple);

/// Symbols that the objects use and none of them defines.
[[nodiscard]] std::set<std::string> undefined_symbols(const std::vector<llvm::SmallVector<char, 0>>& objects);

/// What a trap of that kind calls: a stub that hands frame pointer and return address to the runtime.
[[nodiscard]] std::string trap_symbol(TrapKind kind);

/// The routine that calls the element of a constant table of `size` elements, whose index is in the register of LLVM's `nest`, with the
/// arguments that are where they are: at the place of its own call it traps unless the element is a function of the type (ModuleTranslator::constant_table).
[[nodiscard]] std::string table_call_symbol(uint32_t table, uint32_t type, uint32_t size);
/// What every processor moves into a register in one instruction.
inline constexpr uint32_t kMaxTypeOfRoutine = 255;

/// The routine that traps at its caller's place where the frame pointer is below the context's limit of the stack. It changes what those of
/// check_symbol change; on x86-64 flags, with the context in r13.
inline constexpr llvm::StringLiteral kStackCheck = "stack_check";

/// Whether code for the target may call the routines of check_symbol.
[[nodiscard]] bool has_check_routines(const llvm::Triple& triple);

/// The routine, less the name of the register with the index, that returns where index + `last` is below the size of memory 0, and else is a
/// trap of its caller. It changes flags, return address (t0 on RISC-V) and one scratch register: r12 on Arm, t1 on RISC-V, where an index in t1
/// costs t2 and one in r12 nothing more.
[[nodiscard]] std::string check_symbol(uint64_t last);

/// An object with a stub for each symbol; an error if one is neither a trap nor a routine that the runtime has.
[[nodiscard]] Result<llvm::SmallVector<char, 0>> make_routine_stubs(const Target& target, const std::set<std::string>& symbols);

}  // namespace umber::aot
