#include "spec-tests/text/immediates.h"

#include <bit>

#include "spec-tests/text/constants.h"
#include "spec-tests/text/literals.h"

namespace umber::text {

using wasm::Immediate;
using wasm::Op;

void LabelStack::push(Label label) {
  if (label.name) places_[*label.name].push_back(labels_.size());
  labels_.push_back(std::move(label));
}

void LabelStack::pop() {
  if (labels_.back().name) places_[*labels_.back().name].pop_back();
  labels_.pop_back();
}

uint32_t LabelStack::take_index(TokenCursor& cursor) const {
  const Position place = cursor.position();
  const std::optional<std::string> name = cursor.accept_id();
  if (!name) return cursor.take_u32();
  const auto found = places_.find(*name);
  if (found != places_.end() && !found->second.empty())
    return static_cast<uint32_t>(labels_.size() - 1 - found->second.back());
  cursor.fail(place, "unknown label $" + *name);
  return 0;
}

void Immediates::put_opcode(Op op) {
  const wasm::OpInfo& info = wasm::info_of(op);
  if (info.prefix == 0) return out_.put_u8(static_cast<uint8_t>(info.code));
  out_.put_u8(info.prefix);
  out_.put_unsigned(info.code);
}

void Immediates::parse(Op mnemonic) {
  const Op op = mnemonic == Op::Select && cursor_.at_form("result") ? Op::SelectT : mnemonic;
  const Immediate immediate = wasm::info_of(op).immediate;
  if (op == Op::RefTest) return parse_cast(Op::RefTest, Op::RefTestNull);
  if (op == Op::RefCast) return parse_cast(Op::RefCast, Op::RefCastNull);
  put_opcode(op);
  switch (immediate) {
    case Immediate::None: return;
    case Immediate::Fence: return out_.put_u8(0);
    case Immediate::Block: return scope_.types.take_block_type(out_);
    case Immediate::TryTable: scope_.types.take_block_type(out_); return parse_catch_clauses();
    case Immediate::Label: return out_.put_unsigned(labels_.take_index(cursor_));
    case Immediate::LabelTable: return parse_label_table();
    case Immediate::Func: return put_index(scope_.functions);
    case Immediate::Type: return put_index(scope_.types.names);
    case Immediate::TableType: return parse_call_indirect();
    case Immediate::Local: return put_index(locals_);
    case Immediate::Global: return put_index(scope_.globals);
    case Immediate::Tag: return put_index(scope_.tags);
    case Immediate::Elem: return put_index(scope_.elems);
    case Immediate::Table: return out_.put_unsigned(take_optional_index(scope_.tables));
    case Immediate::Memory: return out_.put_unsigned(take_optional_index(scope_.memories));
    case Immediate::TableTable: return put_index_pair(scope_.tables);
    case Immediate::MemoryMemory: return put_index_pair(scope_.memories);
    case Immediate::ElemTable: return put_segment_and_container(scope_.elems, scope_.tables);
    case Immediate::DataMemory:
      scope_.uses_data_in_code = true;
      return put_segment_and_container(scope_.datas, scope_.memories);
    case Immediate::Data: return put_data_index();
    case Immediate::Mem0:
    case Immediate::Mem1:
    case Immediate::Mem2:
    case Immediate::Mem3:
    case Immediate::Mem4:
    case Immediate::Atomic0:
    case Immediate::Atomic1:
    case Immediate::Atomic2:
    case Immediate::Atomic3:
    case Immediate::MemLane0:
    case Immediate::MemLane1:
    case Immediate::MemLane2:
    case Immediate::MemLane3: return parse_memory_argument(immediate);
    case Immediate::Lane2:
    case Immediate::Lane4:
    case Immediate::Lane8:
    case Immediate::Lane16: return put_lane();
    case Immediate::Shuffle: return parse_shuffle();
    case Immediate::I32: return out_.put_signed(static_cast<int32_t>(take_int(cursor_, 32)));
    case Immediate::I64: return out_.put_signed(static_cast<int64_t>(take_int(cursor_, 64)));
    case Immediate::F32: return out_.put_fixed(take_float(cursor_, 32), 4);
    case Immediate::F64: return out_.put_fixed(take_float(cursor_, 64), 8);
    case Immediate::V128: return parse_v128();
    case Immediate::SelectTypes: return put_val_types(out_, scope_.types.take_results());
    case Immediate::HeapType: return put_heap_type(out_, scope_.types.take_heap_type());
    case Immediate::BrOnCast: return parse_br_on_cast();
    case Immediate::TypeField: {
      const uint32_t type_idx = put_type_index();
      return out_.put_unsigned(scope_.types.take_field_index(type_idx));
    }
    case Immediate::TypeData: put_type_index(); return put_data_index();
    case Immediate::TypeElem: put_type_index(); return put_index(scope_.elems);
    case Immediate::TypeType:
      put_type_index();
      put_type_index();
      return;
    case Immediate::TypeU32: put_type_index(); return out_.put_unsigned(cursor_.take_u32());
  }
}

/// ref.test and ref.cast have a reference type in the text, its heap type and one of two opcodes in the binary.
void Immediates::parse_cast(Op non_null, Op nullable) {
  const wasm::ValType type = scope_.types.take_ref_type();
  put_opcode(type.is_nullable() ? nullable : non_null);
  put_heap_type(out_, type.heap_type());
}

// Indices.

uint32_t Immediates::put_type_index() {
  const uint32_t type_idx = scope_.types.take_type_index();
  out_.put_unsigned(type_idx);
  return type_idx;
}

uint32_t Immediates::take_optional_index(const IndexSpace& space) {
  return cursor_.at_index() ? space.take_index(cursor_) : 0;
}

void Immediates::put_index_pair(const IndexSpace& space) {
  const bool is_given = cursor_.at_index();
  for (int i = 0; i < 2; ++i) out_.put_unsigned(is_given ? space.take_index(cursor_) : 0);
}

void Immediates::put_segment_and_container(const IndexSpace& segments, const IndexSpace& containers) {
  const bool names_container = cursor_.peek(1).kind == TokenKind::Nat || cursor_.peek(1).kind == TokenKind::Id;
  const uint32_t container = names_container ? containers.take_index(cursor_) : 0;
  put_index(segments);
  out_.put_unsigned(container);
}

void Immediates::put_data_index() {
  scope_.uses_data_in_code = true;
  put_index(scope_.datas);
}

void Immediates::parse_label_table() {
  std::vector<uint32_t> labels = {labels_.take_index(cursor_)};
  while (cursor_.at_index()) labels.push_back(labels_.take_index(cursor_));
  out_.put_unsigned(labels.size() - 1);
  for (uint32_t label : labels) out_.put_unsigned(label);
}

void Immediates::parse_call_indirect() {
  const uint32_t table = take_optional_index(scope_.tables);
  out_.put_unsigned(scope_.types.take_type_use(ParamNames::Forbidden).type_idx);
  out_.put_unsigned(table);
}

void Immediates::parse_br_on_cast() {
  const uint32_t label = labels_.take_index(cursor_);
  const wasm::ValType source = scope_.types.take_ref_type();
  const wasm::ValType target = scope_.types.take_ref_type();
  out_.put_u8(static_cast<uint8_t>((source.is_nullable() ? 1 : 0) | (target.is_nullable() ? 2 : 0)));
  out_.put_unsigned(label);
  put_heap_type(out_, source.heap_type());
  put_heap_type(out_, target.heap_type());
}

void Immediates::parse_catch_clauses() {
  constexpr std::string_view kClauses[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};  // by binary code
  ByteSink clauses;
  uint32_t count = 0;
  const auto parse_clause = [&] {
    for (uint8_t code = 0; code < std::size(kClauses); ++code) {
      if (!cursor_.accept_form(kClauses[code])) continue;
      clauses.put_u8(code);
      const bool has_tag = code < 2;
      if (has_tag) clauses.put_unsigned(scope_.tags.take_index(cursor_));
      clauses.put_unsigned(labels_.take_index(cursor_));
      cursor_.expect_close();
      return true;
    }
    return false;
  };
  while (parse_clause()) ++count;
  out_.put_unsigned(count);
  out_.put_bytes(clauses.bytes());
}

// Memory accesses.

void Immediates::parse_memory_argument(Immediate immediate) {
  constexpr unsigned kHasMemory = 0x40;
  const bool has_lane = wasm::lane_count_of(immediate) != 0;
  // A lane access ends with a number, so a lone number is the lane and not the memory.
  const Token& next = cursor_.peek(1);
  const bool is_lane = has_lane && cursor_.at(TokenKind::Nat) && next.kind != TokenKind::Nat &&
                       !next.text.starts_with("offset=") && !next.text.starts_with("align=");
  const uint32_t memory = is_lane ? 0 : take_optional_index(scope_.memories);
  const std::optional<uint64_t> offset = accept_assignment("offset=");
  const Position align_place = cursor_.position();
  const std::optional<uint64_t> align = accept_assignment("align=");
  if (align && !std::has_single_bit(*align)) cursor_.fail(align_place, "alignment must be a power of two");
  const unsigned align_log2 = align ? static_cast<unsigned>(std::countr_zero(*align)) : wasm::alignment_log2_of(immediate);
  out_.put_unsigned(align_log2 | (memory != 0 ? kHasMemory : 0));
  if (memory != 0) out_.put_unsigned(memory);
  out_.put_unsigned(offset.value_or(0));
  if (has_lane) put_lane();
}

std::optional<uint64_t> Immediates::accept_assignment(std::string_view key) {
  if (!cursor_.at(TokenKind::Keyword) || !cursor_.peek().text.starts_with(key)) return std::nullopt;
  const Token& token = cursor_.take();
  const std::string_view number = token.text.substr(key.size());
  if (!is_nat(number)) {
    cursor_.fail(token.position, "unknown operator " + std::string(token.text));
    return std::nullopt;
  }
  const std::optional<uint64_t> value = parse_nat(number);
  if (!value) cursor_.fail(token.position, "i64 constant out of range");
  return value;
}

// Vectors.

void Immediates::put_lane() { out_.put_u8(static_cast<uint8_t>(cursor_.take_nat(8))); }

void Immediates::parse_shuffle() {
  const Position place = cursor_.position();
  const auto fail_range = [&](const Token& token) { cursor_.fail(token.position, "i8 constant out of range"); };
  std::vector<const Token*> lanes;
  while (at_number(cursor_)) lanes.push_back(&cursor_.take());
  if (cursor_.at_unknown_word()) return cursor_.fail_unexpected();
  if (lanes.size() != 16) return cursor_.fail(place, "invalid lane length");
  for (const Token* lane : lanes) {
    const std::optional<uint64_t> value = lane->kind == TokenKind::Nat ? parse_nat(lane->text, 8) : std::nullopt;
    if (!value) return fail_range(*lane);
    out_.put_u8(static_cast<uint8_t>(*value));
  }
}

void Immediates::parse_v128() {
  const Shape& shape = take_shape(cursor_);
  check_lane_count(cursor_, shape);
  for (unsigned i = 0; i < shape.lane_count(); ++i) out_.put_fixed(take_lane(cursor_, shape), shape.lane_bits / 8);
}

}  // namespace umber::text
