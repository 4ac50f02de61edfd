#include "spec-tests/text/module_fields.h"

#include "spec-tests/text/instruction_parser.h"

namespace umber::text {
namespace {

using wasm::ValType;

/// Segment flags (https://webassembly.github.io/spec/core/binary/modules.html#element-section).
enum : uint8_t { kPassive = 1, kExplicitIndex = 2, kDeclarative = 3, kExpressions = 4 };

constexpr uint8_t kElemKindFunc = 0;
constexpr uint8_t kTagAttribute = 0;
constexpr uint8_t kTableWithInitializer = 0x40;
constexpr unsigned kPageSizeLog2 = 16;

/// The limits of a table or memory that is as large as what stands in it.
wasm::Limits exactly(uint64_t size, bool is_64) {
  wasm::Limits limits;
  limits.min = limits.max = size;
  limits.has_max = true;
  limits.is_64 = is_64;
  return limits;
}

void put_op(ByteSink& out, wasm::Op op) { out.put_u8(static_cast<uint8_t>(wasm::info_of(op).code)); }

struct KindWord {
  std::string_view word;
  wasm::ExternalKind kind;
};
constexpr KindWord kKindWords[] = {
    {"func", wasm::ExternalKind::Func},     {"table", wasm::ExternalKind::Table}, {"memory", wasm::ExternalKind::Memory},
    {"global", wasm::ExternalKind::Global}, {"tag", wasm::ExternalKind::Tag},
};

}  // namespace

std::optional<wasm::ExternalKind> external_kind_of(std::string_view keyword) {
  for (const KindWord& row : kKindWords)
    if (row.word == keyword) return row.kind;
  return std::nullopt;
}

void ModuleFields::parse_field(std::string_view keyword) {
  using Parse = void (ModuleFields::*)();
  struct Row {
    std::string_view keyword;
    Parse parse;
  };
  static constexpr Row kRows[] = {
      {"import", &ModuleFields::parse_import}, {"export", &ModuleFields::parse_export},
      {"start", &ModuleFields::parse_start},   {"func", &ModuleFields::parse_func},
      {"table", &ModuleFields::parse_table},   {"memory", &ModuleFields::parse_memory},
      {"global", &ModuleFields::parse_global}, {"tag", &ModuleFields::parse_tag},
      {"elem", &ModuleFields::parse_elem},     {"data", &ModuleFields::parse_data},
  };
  for (const Row& row : kRows)
    if (row.keyword == keyword) (this->*row.parse)();
}

// Imports and exports.

ModuleFields::Kind ModuleFields::take_kind() {
  const std::optional<Kind> kind = cursor_.at(TokenKind::Keyword) ? external_kind_of(cursor_.peek().text) : std::nullopt;
  if (kind)
    cursor_.take();
  else
    cursor_.fail_unexpected();
  return kind.value_or(Kind::Func);
}

ByteSink& ModuleFields::begin_entry(SectionKind kind) {
  Section& section = module_.section(kind);
  ++section.count;
  return section.entries;
}

void ModuleFields::put_export(const std::string& name, Kind kind, uint32_t index) {
  ByteSink& out = begin_entry(SectionKind::Export);
  out.put_name(name);
  out.put_u8(static_cast<uint8_t>(kind));
  out.put_unsigned(index);
}

void ModuleFields::begin_import(const std::string& module_name, const std::string& name, Kind kind) {
  ByteSink& out = begin_entry(SectionKind::Import);
  out.put_name(module_name);
  out.put_name(name);
  out.put_u8(static_cast<uint8_t>(kind));
}

bool ModuleFields::take_inline_import_export(Kind kind) {
  (void)cursor_.accept_id();  // declared already
  const uint32_t index = counts_[static_cast<size_t>(kind)]++;
  while (cursor_.accept_form("export")) {
    put_export(cursor_.take_name(), kind, index);
    cursor_.expect_close();
  }
  if (!cursor_.accept_form("import")) return false;
  const std::string module_name = cursor_.take_name();
  begin_import(module_name, cursor_.take_name(), kind);
  cursor_.expect_close();
  finish_import(kind);
  return true;
}

/// The type of an import and the end of the field.
void ModuleFields::finish_import(Kind kind) {
  ByteSink& out = module_.section(SectionKind::Import).entries;
  switch (kind) {
    case Kind::Func: out.put_unsigned(scope_.types.take_type_use(ParamNames::Allowed).type_idx); break;
    case Kind::Table: scope_.types.take_table_type(out); break;
    case Kind::Memory: scope_.types.take_memory_type(out); break;
    case Kind::Global: scope_.types.take_global_type(out); break;
    case Kind::Tag: take_tag_type(out); break;
  }
  cursor_.expect_close();
}

void ModuleFields::parse_import() {
  const std::string module_name = cursor_.take_name();
  const std::string name = cursor_.take_name();
  cursor_.expect_open();
  const Kind kind = take_kind();
  (void)cursor_.accept_id();
  ++counts_[static_cast<size_t>(kind)];
  begin_import(module_name, name, kind);
  finish_import(kind);
  cursor_.expect_close();
}

void ModuleFields::parse_export() {
  const std::string name = cursor_.take_name();
  cursor_.expect_open();
  const Kind kind = take_kind();
  put_export(name, kind, scope_.space_of(kind).take_index(cursor_));
  cursor_.expect_close();
  cursor_.expect_close();
}

void ModuleFields::parse_start() {
  if (module_.start) return cursor_.fail(cursor_.position(), "multiple start sections");
  module_.start = scope_.functions.take_index(cursor_);
  cursor_.expect_close();
}

// Functions, globals, tags.

void ModuleFields::parse_func() {
  const uint32_t function_idx = counts_[static_cast<size_t>(Kind::Func)];
  if (take_inline_import_export(Kind::Func)) return;
  TypeUse use = scope_.types.take_type_use(ParamNames::Allowed);
  begin_entry(SectionKind::Func).put_unsigned(use.type_idx);
  pending_bodies_.push_back({function_idx, cursor_.index(), std::move(use.locals)});
  cursor_.skip_rest_of_form();
}

void ModuleFields::parse_global() {
  if (take_inline_import_export(Kind::Global)) return;
  ByteSink& out = begin_entry(SectionKind::Global);
  scope_.types.take_global_type(out);
  parse_expression(out);
  cursor_.expect_close();
}

void ModuleFields::take_tag_type(ByteSink& out) {
  out.put_u8(kTagAttribute);
  out.put_unsigned(scope_.types.take_type_use(ParamNames::Allowed).type_idx);
}

void ModuleFields::parse_tag() {
  if (take_inline_import_export(Kind::Tag)) return;
  take_tag_type(begin_entry(SectionKind::Tag));
  cursor_.expect_close();
}

// Expressions.

void ModuleFields::parse_expression(ByteSink& out) {
  const IndexSpace no_locals("local");
  InstructionParser(cursor_, scope_, no_locals, out).parse_sequence();
  put_op(out, wasm::Op::End);
}

void ModuleFields::parse_folded_expression(ByteSink& out) {
  const IndexSpace no_locals("local");
  InstructionParser(cursor_, scope_, no_locals, out).parse_folded();
  put_op(out, wasm::Op::End);
}

/// "(word expression)", or one folded instruction.
void ModuleFields::parse_short_expression(std::string_view word, ByteSink& out) {
  if (!cursor_.accept_form(word)) return parse_folded_expression(out);
  parse_expression(out);
  cursor_.expect_close();
}

/// The offset of an inline segment.
void ModuleFields::put_zero(ByteSink& out, bool is_64) {
  put_op(out, is_64 ? wasm::Op::I64Const : wasm::Op::I32Const);
  out.put_u8(0);
  put_op(out, wasm::Op::End);
}

// Tables and element segments.

void ModuleFields::parse_table() {
  const uint32_t table_idx = counts_[static_cast<size_t>(Kind::Table)];
  if (take_inline_import_export(Kind::Table)) return;
  const size_t type_start = cursor_.index();
  const bool is_64 = scope_.types.accept_address_type();
  if (!cursor_.at(TokenKind::Nat)) return parse_table_with_elements(table_idx, is_64);
  cursor_.seek(type_start);
  ByteSink type;
  scope_.types.take_table_type(type);
  ByteSink& out = begin_entry(SectionKind::Table);
  const bool has_initializer = !cursor_.at_close();
  if (has_initializer) {
    out.put_u8(kTableWithInitializer);
    out.put_u8(0);
  }
  out.put_bytes(type.bytes());
  if (has_initializer) parse_expression(out);
  cursor_.expect_close();
}

void ModuleFields::parse_table_with_elements(uint32_t table_idx, bool is_64) {
  Elements elements;
  elements.type = scope_.types.take_ref_type();
  if (!cursor_.accept_form("elem")) return cursor_.fail_unexpected();
  if (cursor_.at(TokenKind::Open))
    take_element_expressions(elements);
  else
    take_function_indices(elements);
  cursor_.expect_close();
  cursor_.expect_close();
  if (elements.type != ValType::funcref()) elements.is_indices = false;  // indices are typed as plain functions

  ByteSink& table = begin_entry(SectionKind::Table);
  put_val_type(table, elements.type);
  put_limits(table, exactly(elements.count, is_64));
  ByteSink offset;
  put_zero(offset, is_64);
  put_active_elements(table_idx, offset, elements);
}

void ModuleFields::take_function_indices(Elements& elements) {
  for (; cursor_.at_index(); ++elements.count) {
    const uint32_t function_idx = scope_.functions.take_index(cursor_);
    elements.function_indices.put_unsigned(function_idx);
    put_op(elements.expressions, wasm::Op::RefFunc);
    elements.expressions.put_unsigned(function_idx);
    put_op(elements.expressions, wasm::Op::End);
  }
  elements.is_indices = true;
}

void ModuleFields::take_element_expressions(Elements& elements) {
  for (; !cursor_.at_close(); ++elements.count) parse_short_expression("item", elements.expressions);
}

/// "func x*" or "reftype expression*".
void ModuleFields::take_element_list(Elements& elements) {
  if (cursor_.accept_keyword("func")) return take_function_indices(elements);
  elements.type = scope_.types.take_ref_type();
  take_element_expressions(elements);
}

void ModuleFields::put_elements(uint8_t flags, const ByteSink& table_and_offset, const Elements& elements) {
  const bool has_type = (flags & (kPassive | kExplicitIndex)) != 0;
  ByteSink& out = begin_entry(SectionKind::Elem);
  out.put_u8(static_cast<uint8_t>(flags | (elements.is_indices ? 0 : kExpressions)));
  out.put_bytes(table_and_offset.bytes());
  if (has_type && elements.is_indices) out.put_u8(kElemKindFunc);
  if (has_type && !elements.is_indices) put_val_type(out, elements.type);
  out.put_unsigned(elements.count);
  out.put_bytes((elements.is_indices ? elements.function_indices : elements.expressions).bytes());
}

void ModuleFields::put_active_elements(uint32_t table_idx, const ByteSink& offset, const Elements& elements) {
  // Without its own type a segment is one of funcref.
  const bool is_funcref = elements.type == ValType::funcref();
  const bool is_plain = table_idx == 0 && (elements.is_indices || is_funcref);
  ByteSink place;
  if (!is_plain) place.put_unsigned(table_idx);
  place.put_bytes(offset.bytes());
  put_elements(is_plain ? 0 : kExplicitIndex, place, elements);
}

void ModuleFields::parse_elem() {
  (void)cursor_.accept_id();
  Elements elements;
  if (cursor_.accept_keyword("declare")) {
    take_element_list(elements);
    put_elements(kDeclarative, {}, elements);
  } else if (at_active_segment() && !scope_.types.at_ref_type()) {
    const bool may_be_bare = !cursor_.at_form("table");
    const uint32_t table_idx = take_use("table", scope_.tables);
    ByteSink offset;
    parse_short_expression("offset", offset);
    if (may_be_bare && (cursor_.at_index() || cursor_.at_close()))  // "func" left out
      take_function_indices(elements);
    else
      take_element_list(elements);
    put_active_elements(table_idx, offset, elements);
  } else {
    take_element_list(elements);
    put_elements(kPassive, {}, elements);
  }
  cursor_.expect_close();
}

/// An active segment begins with "(table x)" or "(memory x)", with a bare index as Wasm 1.0 had it, or with its offset.
bool ModuleFields::at_active_segment() const { return cursor_.at(TokenKind::Open) || cursor_.at(TokenKind::Nat); }

/// The index that an active segment begins with, or 0.
uint32_t ModuleFields::take_use(std::string_view word, const IndexSpace& space) {
  if (cursor_.at(TokenKind::Nat)) return cursor_.take_u32();
  if (!cursor_.accept_form(word)) return 0;
  const uint32_t index = space.take_index(cursor_);
  cursor_.expect_close();
  return index;
}

// Memories and data segments.

void ModuleFields::parse_memory() {
  const uint32_t memory_idx = counts_[static_cast<size_t>(Kind::Memory)];
  if (take_inline_import_export(Kind::Memory)) return;
  const size_t type_start = cursor_.index();
  const bool is_64 = scope_.types.accept_address_type();
  if (!cursor_.at(TokenKind::Nat)) return parse_memory_with_data(memory_idx, is_64);
  cursor_.seek(type_start);
  scope_.types.take_memory_type(begin_entry(SectionKind::Memory));
  cursor_.expect_close();
}

void ModuleFields::parse_memory_with_data(uint32_t memory_idx, bool is_64) {
  const std::optional<unsigned> page_size_log2 = scope_.types.accept_page_size();
  if (!cursor_.accept_form("data")) return cursor_.fail_unexpected();
  const std::string bytes = cursor_.take_strings();
  cursor_.expect_close();
  cursor_.expect_close();

  const unsigned log2 = page_size_log2.value_or(kPageSizeLog2);
  const uint64_t pages = (bytes.size() >> log2) + ((bytes.size() & ((uint64_t{1} << log2) - 1)) != 0 ? 1 : 0);
  put_limits(begin_entry(SectionKind::Memory), exactly(pages, is_64), page_size_log2);
  ByteSink offset;
  put_zero(offset, is_64);
  put_active_data(memory_idx, offset, bytes);
}

void ModuleFields::put_active_data(uint32_t memory_idx, const ByteSink& offset, const std::string& bytes) {
  ByteSink& out = begin_entry(SectionKind::Data);
  out.put_u8(memory_idx == 0 ? 0 : kExplicitIndex);
  if (memory_idx != 0) out.put_unsigned(memory_idx);
  out.put_bytes(offset.bytes());
  out.put_name(bytes);
}

void ModuleFields::parse_data() {
  (void)cursor_.accept_id();
  if (at_active_segment()) {
    const uint32_t memory_idx = take_use("memory", scope_.memories);
    ByteSink offset;
    parse_short_expression("offset", offset);
    put_active_data(memory_idx, offset, cursor_.take_strings());
  } else {
    ByteSink& out = begin_entry(SectionKind::Data);
    out.put_u8(kPassive);
    out.put_name(cursor_.take_strings());
  }
  cursor_.expect_close();
}

}  // namespace umber::text
