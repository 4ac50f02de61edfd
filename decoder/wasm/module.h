// A decoded module as plain data (https://webassembly.github.io/spec/core/syntax/modules.html). It keeps spans into the
// caller's bytes, which must outlive it; everything else lies in its arena. Immutable after decoding, so any number of
// threads and instances may share one.
#pragma once

#include "base/allocator.h"
#include "base/error.h"
#include "decoder/wasm/features.h"
#include "decoder/wasm/types.h"

namespace umber::wasm {

/// Absolute position in Module::bytes.
struct ByteRange {
  uint32_t offset = 0;
  uint32_t size = 0;
};

enum class ExternalKind : uint8_t { Func = 0, Table = 1, Memory = 2, Global = 3, Tag = 4 };
[[nodiscard]] StringRef name_of(ExternalKind kind);

struct Import {
  StringRef module;
  StringRef name;
  ExternalKind kind = ExternalKind::Func;
  uint32_t index = 0;   ///< in the index space of its kind
  uint32_t offset = 0;  ///< of the entry in the import section, for messages
};

struct Export {
  StringRef name;
  ExternalKind kind = ExternalKind::Func;
  uint32_t index = 0;
  uint32_t offset = 0;
};

/// Its type is in Module::function_types.
struct Func {
  ByteRange body;  ///< local declarations and code; empty for imports
};

struct Table {
  TableType type;
  ByteRange init;         ///< constant expression, `end` included; size 0: null
  uint32_t position = 0;  ///< of the definition or import, for messages; likewise below
};

struct Memory {
  MemoryType type;
  uint32_t position = 0;
};

struct Global {
  GlobalType type;
  ByteRange init;  ///< constant expression; size 0 for imports
  uint32_t position = 0;
};

struct Tag {
  TagType type;
  uint32_t position = 0;
};

enum class SegmentMode : uint8_t { Active, Passive, Declarative };

struct ElementSegment {
  SegmentMode mode = SegmentMode::Passive;
  ValType type;
  uint32_t table = 0;
  ByteRange offset;     ///< constant expression, for Active
  uint32_t count = 0;
  bool is_func_indices = false;
  /// `count` function indices (LEB128), or `count` constant expressions one after the other.
  ByteRange items;
  uint32_t position = 0;  ///< of the segment, for messages
};

struct DataSegment {
  SegmentMode mode = SegmentMode::Passive;
  uint32_t memory = 0;
  ByteRange offset;  ///< constant expression, for Active
  ByteRange bytes;
  uint32_t position = 0;
};

struct CustomSection {
  StringRef name;
  ByteRange content;
  uint8_t after = 0;  ///< id of the last known section before it, 0 if none
};

inline constexpr uint32_t kNoIndex = 0xffff'ffff;

struct Module {
  explicit Module(Allocator& allocator) : arena(allocator) {}
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  Arena arena;
  std::span<const uint8_t> bytes;
  Features features;

  std::span<TypeDef> types;
  std::span<Import> imports;
  std::span<Func> functions;  ///< imported first, as in every index space below
  /// Canonical type index of each function, always of a function type. Apart from the bodies, so that the types of a large
  /// module's functions stay in the cache: validation and translation look one up at every call.
  std::span<uint32_t> function_types;
  std::span<Table> tables;
  std::span<Memory> memories;
  std::span<Global> globals;
  std::span<Tag> tags;
  std::span<Export> exports;
  std::span<ElementSegment> elements;
  std::span<DataSegment> data;
  std::span<CustomSection> custom_sections;
  uint32_t imported_functions = 0;
  uint32_t imported_tables = 0;
  uint32_t imported_memories = 0;
  uint32_t imported_globals = 0;
  uint32_t imported_tags = 0;
  uint32_t start = kNoIndex;
  uint32_t start_position = 0;  ///< of the index in the start section, for messages
  bool has_data_count = false;
  uint32_t data_count = 0;
  /// One bit per function: it occurs outside function bodies and start (exports, elements, global initialisers), so
  /// `ref.func` may name it.
  std::span<uint32_t> declared_functions;
  /// Hash table over the exports' names: open addressing, a power of two, kNoIndex where empty.
  std::span<uint32_t> export_table;
  uint64_t export_seed = 0;

  [[nodiscard]] std::span<const uint8_t> slice(ByteRange range) const { return bytes.subspan(range.offset, range.size); }
  [[nodiscard]] const FuncType& func_type(uint32_t func_idx) const { return types[function_types[func_idx]].func; }
  [[nodiscard]] bool is_declared(uint32_t func_idx) const {
    return (declared_functions[func_idx / 32] >> (func_idx % 32) & 1) != 0;
  }
  /// Replaces a type index by its canonical one; false if there is no such type. What is read from the binary format must
  /// pass through here before it is compared.
  [[nodiscard]] bool canonicalise(uint32_t& type_idx) const {
    if (type_idx >= types.size()) [[unlikely]] return false;
    type_idx = types[type_idx].canonical;
    return true;
  }
  [[nodiscard]] bool canonicalise(HeapType& type) const;
  [[nodiscard]] bool canonicalise(ValType& type) const;
  [[nodiscard]] bool is_imported_func(uint32_t func_idx) const { return func_idx < imported_functions; }
  /// The name from the "name" section, or from an export or import; empty if there is none. Linear in these sections.
  /// A malformed name section counts as far as it can be read.
  [[nodiscard]] StringRef function_name(uint32_t func_idx) const;
  /// Constant time. Null if there is none.
  [[nodiscard]] const Export* find_export(StringRef name) const;
  /// The slot of export_table that holds the name, or the empty one where it would go. The table must not be empty.
  [[nodiscard]] size_t find_export_slot(StringRef name) const;
};

inline bool Module::canonicalise(HeapType& type) const {
  if (type.is_abstract()) return true;
  uint32_t idx = type.type_idx();
  if (!canonicalise(idx)) return false;
  type = HeapType::of_index(idx);
  return true;
}
inline bool Module::canonicalise(ValType& type) const {
  if (!type.is_ref()) return true;
  HeapType heap_type = type.heap_type();
  if (!canonicalise(heap_type)) return false;
  type = ValType::ref(heap_type, type.is_nullable());
  return true;
}

/// The abstract type right above all types of a kind.
[[nodiscard]] HeapType top_of(CompositeKind kind);
/// Whether `super` is `sub` or above it in the fixed hierarchies.
[[nodiscard]] bool is_abstract_subtype(HeapType::Abstract sub, HeapType::Abstract super);

/// Subtyping within one module (https://webassembly.github.io/spec/core/valid/matching.html); type indices are canonical.
/// At most kMaxSubtypingDepth steps.
[[nodiscard]] bool is_subtype(const Module& module, ValType sub, ValType super);
[[nodiscard]] bool is_subtype(const Module& module, HeapType sub, HeapType super);
/// The type at the top of a heap type's hierarchy: any, func, extern or exn.
[[nodiscard]] HeapType top_of(const Module& module, HeapType type);

}  // namespace umber::wasm
