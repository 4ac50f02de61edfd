#include "aot/compiler/known_callees.h"

#include <algorithm>

namespace umber::aot {
namespace {

constexpr size_t kMaxCallees = 4;         ///< of any size
constexpr size_t kMaxSmallCallees = 16;
constexpr uint32_t kMaxSmallBody = 160;   ///< bytes of Wasm

bool is_small(const wasm::Module& module, const KnownCallee& callee) { return module.functions[callee.func_idx].body.size <= kMaxSmallBody; }

}  // namespace

KnownCallees::KnownCallees(const wasm::Module& module, const ConstantTables& tables) : tables_(tables.size()) {
  for (size_t table = 0; table < tables.size(); ++table) {
    for (uint32_t index = 0; index < tables[table].size(); ++index) {
      const uint32_t func_idx = tables[table][index];
      if (func_idx == wasm::kNoIndex || module.is_imported_func(func_idx)) continue;
      std::vector<KnownCallee>& callees = tables_[table][module.types[module.function_types[func_idx]].canonical];
      if (callees.size() <= kMaxSmallCallees) callees.push_back({index, func_idx});
    }
  }
  for (auto& types : tables_) {
    std::erase_if(types, [&](const auto& type) {
      const std::vector<KnownCallee>& callees = type.second;
      if (callees.size() <= kMaxCallees) return false;
      return callees.size() > kMaxSmallCallees || !std::ranges::all_of(callees, [&](const KnownCallee& callee) { return is_small(module, callee); });
    });
  }
}

std::span<const KnownCallee> KnownCallees::of(uint32_t table, uint32_t canonical) const {
  const auto found = tables_[table].find(canonical);
  return found == tables_[table].end() ? std::span<const KnownCallee>() : found->second;
}

uint32_t bytes_of_cases(const wasm::Module& module, std::span<const KnownCallee> callees) {
  uint32_t bytes = 0;
  for (const KnownCallee& callee : callees) bytes += std::min(module.functions[callee.func_idx].body.size, kMaxSmallBody);
  return bytes;
}

}  // namespace umber::aot
