#include "decoder/wasm/module.h"

#include "base/byte_reader.h"
#include "decoder/wasm/hash.h"

namespace umber::wasm {
namespace {

bool read_name(ByteReader& reader, StringRef& out) {
  uint32_t size = 0;
  std::span<const uint8_t> bytes;
  if (!reader.read_u32(size) || !reader.read_bytes(size, bytes)) return false;
  out = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  return true;
}

/// The name of `func_idx` in a name map (https://webassembly.github.io/spec/core/appendix/custom.html#name-maps).
StringRef find_in_name_map(ByteReader reader, uint32_t func_idx) {
  uint32_t count = 0;
  if (!reader.read_u32(count)) return {};
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t idx = 0;
    StringRef name;
    if (!reader.read_u32(idx) || !read_name(reader, name)) return {};
    if (idx == func_idx) return name;
  }
  return {};
}

StringRef find_in_name_section(ByteReader reader, uint32_t func_idx) {
  constexpr uint8_t kFunctionNames = 1;
  uint8_t id = 0;
  uint32_t size = 0;
  std::span<const uint8_t> content;
  while (reader.read_u8(id) && reader.read_u32(size) && reader.read_bytes(size, content))
    if (id == kFunctionNames) return find_in_name_map(ByteReader(content), func_idx);
  return {};
}

}  // namespace

StringRef name_of(ExternalKind kind) {
  switch (kind) {
    case ExternalKind::Func: return "function";
    case ExternalKind::Table: return "table";
    case ExternalKind::Memory: return "memory";
    case ExternalKind::Global: return "global";
    case ExternalKind::Tag: return "tag";
  }
  return "";
}

StringRef Module::function_name(uint32_t func_idx) const {
  for (const CustomSection& section : custom_sections) {
    if (section.name != "name") continue;
    const StringRef name = find_in_name_section(ByteReader(slice(section.content)), func_idx);
    if (!name.empty()) return name;
    break;
  }
  for (const Export& entry : exports)
    if (entry.kind == ExternalKind::Func && entry.index == func_idx) return entry.name;
  if (!is_imported_func(func_idx)) return {};
  for (const Import& entry : imports)
    if (entry.kind == ExternalKind::Func && entry.index == func_idx) return entry.name;
  return {};
}

size_t Module::find_export_slot(StringRef name) const {
  const size_t mask = export_table.size() - 1;
  Hash hash(export_seed);
  hash.add(name);
  size_t slot = hash.value() & mask;
  while (export_table[slot] != kNoIndex && exports[export_table[slot]].name != name) slot = (slot + 1) & mask;
  return slot;
}

const Export* Module::find_export(StringRef name) const {
  if (export_table.empty()) return nullptr;
  const uint32_t idx = export_table[find_export_slot(name)];
  return idx == kNoIndex ? nullptr : &exports[idx];
}

}  // namespace umber::wasm
