// The parser's state, shared by the files that each parse some of the sections. One Parser per module. Its functions return
// false after setting the error; the reader always spans exactly one section.
#pragma once

#include <cstdint>
#include <span>

#include "base/vec.h"
#include "decoder/wasm/module.h"
#include "decoder/wasm/wasm_reader.h"

namespace umber::wasm {

/// An index space while it is built: imports come one by one, the definitions as an array of known length.
template <class T>
struct IndexSpace {
  explicit IndexSpace(Allocator& allocator) : imported(allocator) {}
  Vec<T> imported;
  std::span<T> all;          ///< imports first
  uint32_t defined = 0;      ///< definitions announced by the section
};

class Parser {
 public:
  Parser(std::span<const uint8_t> bytes, Features features, Module& module);
  [[nodiscard]] Status run();

 private:
  // parse.cc
  [[nodiscard]] bool parse_header();
  [[nodiscard]] bool parse_sections();
  [[nodiscard]] bool enter_section(uint8_t id, uint64_t offset);
  [[nodiscard]] bool parse_section(uint8_t id);
  [[nodiscard]] bool parse_custom();
  [[nodiscard]] bool parse_data_count();
  [[nodiscard]] bool check_counts();
  [[nodiscard]] bool finish();

  // types.cc
  [[nodiscard]] bool parse_types();
  [[nodiscard]] bool parse_rec_group();
  [[nodiscard]] bool parse_sub_type(uint32_t group_end);
  [[nodiscard]] bool parse_super(TypeDef& type);
  [[nodiscard]] bool parse_composite_type(uint8_t form, uint64_t offset, TypeDef& type);
  [[nodiscard]] bool parse_func_type(TypeDef& type);
  [[nodiscard]] bool parse_fields(uint32_t count, TypeDef& type);
  [[nodiscard]] bool parse_field_type(FieldType& field);
  [[nodiscard]] bool parse_result_type(uint32_t limit, StringRef limit_name, std::span<const ValType>& out);
  [[nodiscard]] bool resolve_in_group(ValType& type, uint64_t offset);

  // definitions.cc
  [[nodiscard]] bool parse_imports();
  [[nodiscard]] bool parse_import(Import& entry);
  [[nodiscard]] bool parse_import_desc(Import& entry);
  [[nodiscard]] bool parse_functions();
  [[nodiscard]] bool parse_tables();
  [[nodiscard]] bool parse_memories();
  [[nodiscard]] bool parse_tags();
  [[nodiscard]] bool parse_globals();
  [[nodiscard]] bool parse_exports();
  [[nodiscard]] bool parse_export(Export& entry);
  [[nodiscard]] bool index_exports();
  [[nodiscard]] bool parse_start();
  [[nodiscard]] bool parse_func_type_idx(uint32_t& type_idx);
  [[nodiscard]] bool allocate_bodies();
  [[nodiscard]] bool parse_table(Table& table);
  [[nodiscard]] bool parse_table_type(TableType& type);
  [[nodiscard]] bool parse_memory_type(MemoryType& type);
  [[nodiscard]] bool parse_limits(uint8_t flags, Limits& limits);
  [[nodiscard]] bool parse_tag_type(TagType& type);
  [[nodiscard]] bool parse_global_type(GlobalType& type);
  [[nodiscard]] bool parse_mutability(bool& is_mutable);

  // segments.cc
  [[nodiscard]] bool parse_elements();
  [[nodiscard]] bool parse_element(ElementSegment& segment);
  [[nodiscard]] bool parse_element_type(uint32_t flags, ElementSegment& segment);
  [[nodiscard]] bool parse_element_items(ElementSegment& segment);
  [[nodiscard]] bool parse_data();
  [[nodiscard]] bool parse_data_segment(DataSegment& segment);
  [[nodiscard]] bool parse_code();
  [[nodiscard]] bool parse_const_expr(ByteRange& out);
  [[nodiscard]] bool declare_function(uint32_t func_idx);

  // Pieces
  [[nodiscard]] uint32_t here() const { return static_cast<uint32_t>(reader_.offset()); }
  [[nodiscard]] bool read_u8(uint8_t& out) { return reader_.read_u8(out) || fail_read(); }
  [[nodiscard]] bool read_u32(uint32_t& out) { return reader_.read_u32(out) || fail_read(); }
  [[nodiscard]] bool read_name(StringRef& out);
  /// A number of entries: at most `limit` together with the `present` ones.
  [[nodiscard]] bool read_count(uint64_t present, uint32_t limit, StringRef what, uint32_t& out);
  [[nodiscard]] bool read_ref_type(ValType& out);
  [[nodiscard]] bool read_val_type(ValType& out);
  [[nodiscard]] bool canonicalise(ValType& type, uint64_t offset);

  /// Room for `count` entries, but never for more than the bytes left can hold if each takes at least `min_bytes`. An
  /// entry is stored after it has been read, so a count that lies ends in "unexpected end" before the room does.
  template <class T>
  [[nodiscard]] bool allocate(uint32_t count, size_t min_bytes, std::span<T>& out) {
    const size_t possible = reader_.remaining() / min_bytes;
    return allocate_array(count < possible ? count : possible, out);
  }
  /// Likewise for the definitions of an index space, behind its imports.
  template <class T>
  [[nodiscard]] bool allocate(uint32_t count, size_t min_bytes, IndexSpace<T>& space) {
    const size_t possible = reader_.remaining() / min_bytes;
    const size_t imported = space.imported.size();
    if (!allocate_array(imported + (count < possible ? count : possible), space.all)) return false;
    for (size_t i = 0; i < imported; ++i) space.all[i] = space.imported[i];
    space.defined = count;
    return true;
  }
  template <class T>
  [[nodiscard]] bool allocate_array(size_t count, std::span<T>& out) {
    out = {};
    if (count == 0) return true;
    T* items = module_.arena.allocate_array<T>(count);
    if (items == nullptr) return fail_memory();
    out = {items, count};
    return true;
  }

  // Errors; all return false.
  template <class... Parts>
  [[gnu::cold, gnu::noinline]] bool fail(ErrorCode code, uint64_t offset, const Parts&... parts) {
    error_ = Error(code, offset);
    Error::Text text;
    if (!section_.empty()) text.add(section_, " section: ");
    if (entry_ != kNoIndex) text.add(entry_name_, entry_, ": ");
    text.add(parts...);
    error_ = Error::at(code, offset, text.str());
    return false;
  }
  bool fail_read();
  bool fail_memory();

  Module& module_;
  WasmReader reader_;
  Error error_;
  StringRef section_;             ///< name of the current one
  StringRef entry_name_;          ///< "import ", for messages
  uint32_t entry_ = kNoIndex;     ///< number of the entry being read
  uint8_t last_section_ = 0;      ///< id of the last section that is no custom one
  unsigned last_rank_ = 0;
  Vec<TypeDef> types_;
  uint32_t group_start_ = 0;      ///< types below this index are canonical
  uint32_t group_end_ = 0;        ///< types below this index may be named in the current recursion group
  Vec<CustomSection> custom_sections_;
  IndexSpace<uint32_t> functions_;  ///< their types
  IndexSpace<Table> tables_;
  IndexSpace<Memory> memories_;
  IndexSpace<Global> globals_;
  IndexSpace<Tag> tags_;
  uint32_t bodies_ = 0;
  bool has_data_ = false;
};

}  // namespace umber::wasm
