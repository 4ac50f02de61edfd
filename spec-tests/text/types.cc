#include "spec-tests/text/types.h"

#include <bit>

namespace umber::text {
namespace {

using wasm::HeapType;
using wasm::ValType;

struct HeapTypeWord {
  std::string_view heap_type;
  std::string_view ref_type;  ///< short for (ref null heap_type)
  HeapType::Abstract code;
};
constexpr HeapTypeWord kHeapTypeWords[] = {
    {"any", "anyref", HeapType::Any},          {"eq", "eqref", HeapType::Eq},
    {"i31", "i31ref", HeapType::I31},          {"struct", "structref", HeapType::Struct},
    {"array", "arrayref", HeapType::Array},    {"none", "nullref", HeapType::None},
    {"func", "funcref", HeapType::Func},       {"nofunc", "nullfuncref", HeapType::NoFunc},
    {"extern", "externref", HeapType::Extern}, {"noextern", "nullexternref", HeapType::NoExtern},
    {"exn", "exnref", HeapType::Exn},          {"noexn", "nullexnref", HeapType::NoExn},
};

struct NumberTypeWord {
  std::string_view word;
  ValType::Kind kind;
};
constexpr NumberTypeWord kNumberTypeWords[] = {
    {"i32", ValType::I32}, {"i64", ValType::I64}, {"f32", ValType::F32}, {"f64", ValType::F64}, {"v128", ValType::V128},
};

// The binary format's codes (https://webassembly.github.io/spec/core/binary/types.html).
constexpr uint8_t kRec = 0x4e;
constexpr uint8_t kSubFinal = 0x4f;
constexpr uint8_t kSub = 0x50;
constexpr uint8_t kArray = 0x5e;
constexpr uint8_t kStruct = 0x5f;
constexpr uint8_t kFunc = 0x60;
constexpr uint8_t kEmptyBlock = 0x40;

std::optional<HeapType> abstract_heap_type_of(std::string_view word) {
  for (const HeapTypeWord& row : kHeapTypeWords)
    if (row.heap_type == word) return HeapType(row.code);
  return std::nullopt;
}

std::optional<ValType> short_ref_type_of(std::string_view word) {
  for (const HeapTypeWord& row : kHeapTypeWords)
    if (row.ref_type == word) return ValType::ref(row.code, true);
  return std::nullopt;
}

std::string key_of(const ByteSink& sink) { return std::string(sink.bytes().begin(), sink.bytes().end()); }

void put_signature(ByteSink& out, const Signature& signature) {
  out.put_u8(kFunc);
  put_val_types(out, signature.params);
  put_val_types(out, signature.results);
}

}  // namespace

void put_heap_type(ByteSink& out, HeapType type) {
  if (type.is_abstract())
    out.put_u8(type.abstract());
  else
    out.put_signed(type.type_idx());
}

void put_val_type(ByteSink& out, ValType type) {
  const bool is_short = type.is_nullable() && type.heap_type().is_abstract();
  if (!is_short) out.put_u8(type.kind());
  if (type.is_ref()) put_heap_type(out, type.heap_type());
}

void put_val_types(ByteSink& out, const std::vector<ValType>& types) {
  out.put_unsigned(types.size());
  for (ValType type : types) put_val_type(out, type);
}

void put_limits(ByteSink& out, const wasm::Limits& limits, std::optional<unsigned> page_size_log2) {
  const unsigned flags =
      (limits.has_max ? 1u : 0) | (limits.is_shared ? 2u : 0) | (limits.is_64 ? 4u : 0) | (page_size_log2 ? 8u : 0);
  out.put_u8(static_cast<uint8_t>(flags));
  out.put_unsigned(limits.min);
  if (limits.has_max) out.put_unsigned(limits.max);
  if (page_size_log2) out.put_unsigned(*page_size_log2);
}

// Value types.

HeapType Types::take_heap_type() {
  if (!cursor_.at_index()) {
    const std::optional<HeapType> type =
        cursor_.at(TokenKind::Keyword) ? abstract_heap_type_of(cursor_.peek().text) : std::nullopt;
    if (!type) {
      cursor_.fail_unexpected();
      return HeapType::Any;
    }
    cursor_.take();
    return *type;
  }
  const Position place = cursor_.position();
  const uint32_t type_idx = take_type_index();
  if (HeapType::of_index(type_idx).is_abstract() || type_idx >> 23 != 0) {
    cursor_.fail(place, "unknown type " + std::to_string(type_idx));  // more than any module can have
    return HeapType::Any;
  }
  return HeapType::of_index(type_idx);
}

bool Types::at_ref_type() const {
  return cursor_.at_form("ref") || (cursor_.at(TokenKind::Keyword) && short_ref_type_of(cursor_.peek().text).has_value());
}

ValType Types::take_ref_type() {
  if (cursor_.accept_form("ref")) {
    const bool is_nullable = cursor_.accept_keyword("null");
    const ValType type = ValType::ref(take_heap_type(), is_nullable);
    cursor_.expect_close();
    return type;
  }
  if (!at_ref_type()) {
    cursor_.fail_unexpected();
    return ValType::funcref();
  }
  return *short_ref_type_of(cursor_.take().text);
}

ValType Types::take_val_type() {
  for (const NumberTypeWord& row : kNumberTypeWords)
    if (cursor_.accept_keyword(row.word)) return row.kind;
  return take_ref_type();
}

std::vector<ValType> Types::take_results() {
  std::vector<ValType> results;
  while (cursor_.accept_form("result")) {
    while (!cursor_.at_close()) results.push_back(take_val_type());
    cursor_.expect_close();
  }
  return results;
}

Signature Types::take_signature(ParamNames param_names, IndexSpace& locals) {
  Signature signature;
  while (cursor_.accept_form("param")) {
    if (param_names == ParamNames::Allowed && at_declared_name(cursor_)) {
      locals.declare(cursor_);
      signature.params.push_back(take_val_type());
    } else {
      for (; !cursor_.at_close(); locals.declare_anonymous()) signature.params.push_back(take_val_type());
    }
    cursor_.expect_close();
  }
  signature.results = take_results();
  if (cursor_.at_form("param")) {  // parameters come first
    cursor_.take();
    cursor_.fail_unexpected();
  }
  return signature;
}

// Type uses.

std::optional<uint32_t> Types::accept_type_reference() {
  if (!cursor_.accept_form("type")) return std::nullopt;
  const uint32_t type_idx = take_type_index();
  cursor_.expect_close();
  return type_idx;
}

void Types::check_stated_type(uint32_t type_idx, const Signature& stated, Position place) {
  if (type_idx >= definitions_.size()) return cursor_.fail(place, "unknown type " + std::to_string(type_idx));
  const Definition& definition = definitions_[type_idx];
  if (definition.kind != wasm::CompositeKind::Func || definition.signature != stated)
    cursor_.fail(place, "inline function type does not match type " + std::to_string(type_idx));
}

TypeUse Types::take_type_use(ParamNames param_names) {
  TypeUse use;
  const std::optional<uint32_t> named = accept_type_reference();
  const Position place = cursor_.position();
  const Signature stated = take_signature(param_names, use.locals);
  const bool is_stated = stated != Signature{};
  use.type_idx = named ? *named : intern(stated);
  if (named && is_stated) check_stated_type(*named, stated, place);
  if (named && !is_stated && *named < definitions_.size())
    use.locals.declare_anonymous(static_cast<uint32_t>(definitions_[*named].signature.params.size()));
  return use;
}

void Types::take_block_type(ByteSink& out) {
  const size_t start = cursor_.index();
  if (!cursor_.at_form("type")) {
    IndexSpace no_locals("local");
    const Signature stated = take_signature(ParamNames::Forbidden, no_locals);
    if (stated.params.empty() && stated.results.empty()) return out.put_u8(kEmptyBlock);
    if (stated.params.empty() && stated.results.size() == 1) return put_val_type(out, stated.results[0]);
    cursor_.seek(start);
  }
  out.put_signed(take_type_use(ParamNames::Forbidden).type_idx);
}

uint32_t Types::intern(const Signature& signature) {
  Definition definition;
  definition.signature = signature;
  ByteSink encoding;
  put_signature(encoding, signature);
  const auto found = lone_types_.find(key_of(encoding));
  if (found != lone_types_.end()) return found->second;
  names.declare_anonymous();
  define(std::move(definition), &encoding);
  put_group(encoding);
  return static_cast<uint32_t>(definitions_.size() - 1);
}

// Type definitions.

void Types::define(Definition definition, const ByteSink* encoding) {
  if (encoding != nullptr) lone_types_.emplace(key_of(*encoding), static_cast<uint32_t>(definitions_.size()));
  definitions_.push_back(std::move(definition));
}

void Types::put_group(const ByteSink& encoding) {
  section.entries.put_bytes(encoding.bytes());
  ++section.count;
}

void Types::parse_type_field() {
  (void)cursor_.accept_id();  // declared already
  ByteSink encoding;
  define(take_sub_type(encoding), &encoding);
  cursor_.expect_close();
  put_group(encoding);
}

void Types::parse_rec_field() {
  std::vector<Definition> members;
  ByteSink encoding;
  while (cursor_.accept_form("type")) {
    (void)cursor_.accept_id();
    members.push_back(take_sub_type(encoding));
    cursor_.expect_close();
  }
  cursor_.expect_close();
  const bool is_alone = members.size() == 1;  // a group of one is no different from a type outside of any group
  if (!is_alone) {
    section.entries.put_u8(kRec);
    section.entries.put_unsigned(members.size());
  }
  for (Definition& member : members) define(std::move(member), is_alone ? &encoding : nullptr);
  put_group(encoding);
}

Types::Definition Types::take_sub_type(ByteSink& out) {
  if (!cursor_.accept_form("sub")) return take_composite_type(out);
  const bool is_final = cursor_.accept_keyword("final");
  std::vector<uint32_t> supertypes;
  while (cursor_.at_index()) supertypes.push_back(take_type_index());
  if (!is_final || !supertypes.empty()) {
    out.put_u8(is_final ? kSubFinal : kSub);
    out.put_unsigned(supertypes.size());
    for (uint32_t supertype : supertypes) out.put_unsigned(supertype);
  }
  Definition definition = take_composite_type(out);
  cursor_.expect_close();
  return definition;
}

Types::Definition Types::take_composite_type(ByteSink& out) {
  Definition definition;
  if (cursor_.accept_form("func")) {
    IndexSpace params("local");
    definition.signature = take_signature(ParamNames::Allowed, params);
    put_signature(out, definition.signature);
  } else if (cursor_.accept_form("struct")) {
    definition.kind = wasm::CompositeKind::Struct;
    take_struct_fields(definition, out);
  } else if (cursor_.accept_form("array")) {
    definition.kind = wasm::CompositeKind::Array;
    out.put_u8(kArray);
    take_field_type(out);
  } else {
    // The word behind the parenthesis is the one that is wrong.
    (void)cursor_.accept(TokenKind::Open);
    cursor_.fail_unexpected();
  }
  cursor_.expect_close();
  return definition;
}

void Types::take_struct_fields(Definition& definition, ByteSink& out) {
  ByteSink fields;
  while (cursor_.accept_form("field")) {
    if (at_declared_name(cursor_)) {
      definition.fields.declare(cursor_);
      take_field_type(fields);
    } else {
      for (; !cursor_.at_close(); definition.fields.declare_anonymous()) take_field_type(fields);
    }
    cursor_.expect_close();
  }
  out.put_u8(kStruct);
  out.put_unsigned(definition.fields.size());
  out.put_bytes(fields.bytes());
}

void Types::take_field_type(ByteSink& out) {
  const bool is_mutable = cursor_.accept_form("mut");
  put_val_type(out, take_storage_type());
  out.put_u8(is_mutable ? 1 : 0);
  if (is_mutable) cursor_.expect_close();
}

ValType Types::take_storage_type() {
  if (cursor_.accept_keyword("i8")) return ValType::I8;
  if (cursor_.accept_keyword("i16")) return ValType::I16;
  return take_val_type();
}

uint32_t Types::take_field_index(uint32_t type_idx) {
  static const IndexSpace kNoFields("field");
  return (type_idx < definitions_.size() ? definitions_[type_idx].fields : kNoFields).take_index(cursor_);
}

// Types of entities.

void Types::take_global_type(ByteSink& out) {
  const bool is_mutable = cursor_.accept_form("mut");
  put_val_type(out, take_val_type());
  out.put_u8(is_mutable ? 1 : 0);
  if (is_mutable) cursor_.expect_close();
}

bool Types::accept_address_type() {
  if (cursor_.accept_keyword("i64")) return true;
  (void)cursor_.accept_keyword("i32");
  return false;
}

wasm::Limits Types::take_limits() {
  wasm::Limits limits;
  limits.is_64 = accept_address_type();
  limits.min = cursor_.take_nat(64);
  limits.has_max = cursor_.at(TokenKind::Nat);
  if (limits.has_max) limits.max = cursor_.take_nat(64);
  return limits;
}

void Types::take_table_type(ByteSink& out) {
  const wasm::Limits limits = take_limits();
  put_val_type(out, take_ref_type());
  put_limits(out, limits);
}

void Types::take_memory_type(ByteSink& out) {
  wasm::Limits limits = take_limits();
  limits.is_shared = cursor_.accept_keyword("shared");
  put_limits(out, limits, accept_page_size());
}

std::optional<unsigned> Types::accept_page_size() {
  if (!cursor_.accept_form("pagesize")) return std::nullopt;
  const Position place = cursor_.position();
  const uint64_t size = cursor_.take_nat(64);
  if (!std::has_single_bit(size)) cursor_.fail(place, "invalid custom page size");
  cursor_.expect_close();
  return std::has_single_bit(size) ? static_cast<unsigned>(std::countr_zero(size)) : 0;
}

}  // namespace umber::text
