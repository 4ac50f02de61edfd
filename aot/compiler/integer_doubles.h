// Doubles on Arm go to and from linear memory as integers. Floating-point loads want aligned addresses there, which Wasm does not promise, and
// LLVM takes the way over the stack for one that is not: two loads, two stores, a load. As an integer it is two loads, and a
// move between registers, or none where doubles are computed by routines, which take integers. Last of all, as LLVM's simplifications undo it.
#pragma once

#include <llvm/IR/Module.h>

namespace umber::aot {

/// Changes loads and stores of unaligned doubles.
void use_integers_for_doubles(llvm::Module& module);

}  // namespace umber::aot
