// Calls of imports in small code. A host function takes frame slots, and to store arguments there, name place and function and fetch a helper
// takes 50 to 70 bytes at every call. Instead the call passes arguments as a C function's words to a stub of the image, which puts them into memory
// beside each other and lets the runtime, which knows the function's type, do the rest (NativeHelpers::call_import). The return address
// says where the call is.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/TargetParser/Triple.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "decoder/wasm/module.h"

namespace umber::aot {

[[nodiscard]] bool has_import_stubs(const llvm::Triple& triple);

/// Whether the import can be called so on such a target: few parameters, one result at most, no vectors.
[[nodiscard]] bool has_import_stub(const wasm::Module& module, uint32_t func_idx, unsigned pointer_bytes);

/// The words that the values are passed in.
[[nodiscard]] std::vector<llvm::Value*> words_of(llvm::IRBuilder<>& builder, std::span<llvm::Value* const> values, unsigned pointer_bytes);

/// What calls of the import call.
[[nodiscard]] std::string import_symbol(uint32_t func_idx);
/// The import of such a symbol; none for others.
[[nodiscard]] std::optional<uint32_t> import_of(llvm::StringRef symbol);

/// Assembly of the stubs; `begin` of a symbol starts it.
[[nodiscard]] std::string import_stubs(const llvm::Triple& triple, const std::vector<uint32_t>& imports, std::string (*begin)(const llvm::Triple&, const std::string&));

}  // namespace umber::aot
