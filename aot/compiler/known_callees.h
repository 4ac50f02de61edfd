// Calls through a constant table whose type only a few of its functions have: a guest's methods, commands, or words. Where they are
// named the call is a switch over the table's indices with direct calls, which LLVM inlines where functions are small. What is inlined needs
// no check of bounds and type, keeps registers and the base of memory, and does not wait for the callee's address. Profiles would tell which
// few of many are called; a type tells when there are only few.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "aot/compiler/constant_tables.h"

namespace umber::aot {

/// A function and the place where the table has it.
struct KnownCallee {
  uint32_t index;
  uint32_t func_idx;
};

class KnownCallees {
 public:
  /// What functions those tables hold of each type; linear in the tables' sizes.
  KnownCallees(const wasm::Module& module, const ConstantTables& tables);
  /// The module's own functions of exactly this type in a table, by rising index, if a call is worth a switch: there are up to four, or up
  /// to 16 small ones. `canonical`: wasm::Type::canonical.
  [[nodiscard]] std::span<const KnownCallee> of(uint32_t table, uint32_t canonical) const;

 private:
  std::vector<std::map<uint32_t, std::vector<KnownCallee>>> tables_;
};

/// How many bytes of Wasm a call with these cases may inline.
[[nodiscard]] uint32_t bytes_of_cases(const wasm::Module& module, std::span<const KnownCallee> callees);

}  // namespace umber::aot
