// What an instance answers once it exists; how it comes to exist is instantiate.cc.
#include "runtime/instance.h"

#include <cstring>

#include "runtime/pieces.h"
#include "runtime/store.h"

namespace umber {

using wasm::ExternalKind;

Global Instance::global(uint32_t idx) const {
  wasm::GlobalType type = module_.globals[idx].type;
  type.type = TypeRegistry::to_store(type.type, context_->type_ids);
  return {&context_->global(idx), type};
}

bool Instance::find_export(StringRef export_name, Extern& out) const {
  const wasm::Export* found = module_.find_export(export_name);
  if (found == nullptr) return false;
  switch (found->kind) {
    case ExternalKind::Func: out = Extern(func(found->index)); break;
    case ExternalKind::Table: out = Extern(table(found->index)); break;
    case ExternalKind::Memory: out = Extern(memory(found->index)); break;
    case ExternalKind::Global: out = Extern(global(found->index)); break;
    case ExternalKind::Tag: out = Extern(tag(found->index)); break;
  }
  return true;
}

Func* Instance::find_func(StringRef export_name) const {
  const wasm::Export* found = module_.find_export(export_name);
  return found == nullptr || found->kind != ExternalKind::Func ? nullptr : &func(found->index);
}

Memory* Instance::find_memory(StringRef export_name) const {
  const wasm::Export* found = module_.find_export(export_name);
  return found == nullptr || found->kind != ExternalKind::Memory ? nullptr : &memory(found->index);
}

std::span<const uint8_t> Instance::data(uint32_t segment) const {
  if ((dropped_data_[segment / 32] >> (segment % 32) & 1) != 0) return {};
  return module_.slice(module_.data[segment].bytes);
}

void Instance::data_drop(uint32_t segment) { dropped_data_[segment / 32] |= 1u << (segment % 32); }

void Instance::elem_drop(uint32_t segment) {
  std::span<Ref>& elements = elements_[segment];
  if (elements.empty()) return;
  store_.allocator().release(elements.data(), elements.size_bytes(), alignof(Ref));
  elements = {};
}

TrapKind Instance::memory_init(uint32_t memory_idx, uint32_t segment, uint64_t to, uint64_t from, uint64_t count) {
  Memory& memory = this->memory(memory_idx);
  const std::span<const uint8_t> source = data(segment);
  if (!memory.contains(to, count) || count > source.size() || from > source.size() - count)
    return TrapKind::MemoryOutOfBounds;
  return in_pieces(context_->execution, count, false, [&](uint64_t at, size_t size) {
    std::memcpy(memory.base() + to + at, source.data() + from + at, size);
  });
}

TrapKind Instance::memory_copy(uint32_t to_memory, uint32_t from_memory, uint64_t to, uint64_t from, uint64_t count) {
  Memory& destination = memory(to_memory);
  Memory& source = memory(from_memory);
  if (!destination.contains(to, count) || !source.contains(from, count)) return TrapKind::MemoryOutOfBounds;
  return in_pieces(context_->execution, count, to > from, [&](uint64_t at, size_t size) {  // overlapping ranges of one memory
    std::memmove(destination.base() + to + at, source.base() + from + at, size);
  });
}

TrapKind Instance::memory_fill(uint32_t memory_idx, uint64_t to, uint8_t value, uint64_t count) {
  Memory& memory = this->memory(memory_idx);
  if (!memory.contains(to, count)) return TrapKind::MemoryOutOfBounds;
  return in_pieces(context_->execution, count, false, [&](uint64_t at, size_t size) { std::memset(memory.base() + to + at, value, size); });
}

TrapKind Instance::table_init(uint32_t table_idx, uint32_t segment, uint64_t to, uint64_t from, uint64_t count) {
  const Table& table = this->table(table_idx);
  const std::span<const Ref> source = elements(segment);
  if (!table.contains(to, count) || count > source.size() || from > source.size() - count)
    return TrapKind::TableOutOfBounds;
  if (count != 0) std::memcpy(table.elements().data() + to, source.data() + from, static_cast<size_t>(count) * sizeof(Ref));
  return TrapKind::None;
}

TrapKind Instance::table_copy(uint32_t to_table, uint32_t from_table, uint64_t to, uint64_t from, uint64_t count) {
  return Table::copy(table(to_table), to, table(from_table), from, count) ? TrapKind::None : TrapKind::TableOutOfBounds;
}

TrapKind Instance::table_fill(uint32_t table_idx, uint64_t to, Ref value, uint64_t count) {
  return table(table_idx).fill(to, value, count) ? TrapKind::None : TrapKind::TableOutOfBounds;
}

}  // namespace umber
