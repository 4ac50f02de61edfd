// Instructions that open and close blocks (https://webassembly.github.io/spec/core/valid/instructions.html#control-instructions).
#include "decoder/validate/type_checker.h"
#include "decoder/wasm/limits.h"

namespace umber::wasm {
namespace {

constexpr ValType kExnRef = ValType::ref(HeapType::Exn, false);
constexpr ValType kNumberTypes[] = {ValType::V128, ValType::F64, ValType::F32, ValType::I64, ValType::I32};
constexpr uint8_t kFirstNumberType = ValType::V128;

}  // namespace

bool TypeChecker::push_frame(FrameKind kind, const BlockType& type) {
  if (frames_.size() > kMaxControlDepth)
    return fail(ErrorCode::LimitReached, start_, "blocks nested deeper than the limit of ", kMaxControlDepth);
  ControlFrame frame;
  frame.type = type;
  frame.height = height();
  frame.local_inits = static_cast<uint32_t>(init_log_.size());
  frame.kind = kind;
  frame.is_reported = is_live_ || kind == FrameKind::Function;
  if (!frames_.push(frame)) return fail_memory();
  settle();
  return push_list(type.params);
}

bool TypeChecker::read_block_type(BlockType& out) {
  uint8_t first = 0;
  if (reader_.peek_u8(first) && first == BlockSignature::kEmptyCode) return reader_.skip(1);
  if (!reader_.read_block_type(imm_.block)) [[unlikely]] return fail_read();
  return resolve_block_type(imm_.block, out);
}

bool TypeChecker::resolve_block_type(const BlockSignature& signature, BlockType& out) {
  switch (signature.kind) {
    case BlockSignature::Empty: return true;
    case BlockSignature::Value: {
      ValType type = signature.value;
      if (!type.is_ref()) {
        out.results = {&kNumberTypes[type.kind() - kFirstNumberType], 1};
        return true;
      }
      if (!module_.canonicalise(type)) return invalid("unknown type ", signature.value.heap_type().type_idx());
      ValType* result = block_results_.allocate_array<ValType>(1);
      if (result == nullptr) return fail_memory();
      *result = type;
      out.results = {result, 1};
      return true;
    }
    case BlockSignature::TypeIndex: {
      uint32_t idx = signature.type_idx;
      if (!module_.canonicalise(idx)) return invalid("unknown type ", signature.type_idx);
      const TypeDef& type = module_.types[idx];
      if (type.kind != CompositeKind::Func) return invalid("type mismatch: block type ", signature.type_idx, " is no function type");
      out = {type.func.params, type.func.results};
      return true;
    }
  }
  return false;
}

bool TypeChecker::enter_block(FrameKind kind) {
  BlockType type;
  if (!read_block_type(type)) return false;
  if (kind == FrameKind::If && !pop(ValType::I32)) return false;
  return pop_list(type.params) && push_frame(kind, type);
}

bool TypeChecker::enter_try_table() {
  BlockType type;
  uint32_t count = 0;
  if (!read_block_type(type)) return false;
  if (!reader_.read_u32(count)) return fail_read();
  catches_.clear();
  for (uint32_t i = 0; i < count; ++i) {
    CatchClause clause;
    if (!read_catch(reader_, clause)) return fail_read();
    if (!check_catch(clause)) return false;
    if (!catches_.push(clause)) return fail_memory();
  }
  return pop_list(type.params) && push_frame(FrameKind::TryTable, type);
}

/// What a clause hands over must match the label it jumps to.
bool TypeChecker::check_catch(const CatchClause& clause) {
  std::span<const ValType> values;
  if (clause.has_tag()) {
    if (clause.tag >= module_.tags.size()) return invalid("unknown tag ", clause.tag);
    values = module_.types[module_.tags[clause.tag].type.type_idx].func.params;
  }
  std::span<const ValType> target;
  if (!label_types(clause.depth, target)) return false;
  const size_t count = values.size() + (clause.has_ref() ? 1 : 0);
  bool ok = target.size() == count;
  for (size_t i = 0; ok && i < values.size(); ++i) ok = matches(values[i], target[i]);
  if (ok && clause.has_ref()) ok = matches(kExnRef, target[count - 1]);
  return ok || invalid("type mismatch: the label of the catch clause wants other values");
}

/// Checks what the block, or a part of it, leaves behind, and takes it off the stack.
bool TypeChecker::end_part(ControlFrame& frame) {
  const std::span<const ValType> results = frame.type.results;
  const size_t count = operands();
  if (!pop_list(results)) return false;
  if (top_ != floor_) {
    top_ = floor_ + count;
    return fail_operands(results, count);
  }
  while (init_log_.size() > frame.local_inits) {
    const uint32_t idx = init_log_.back();
    initialised_[idx / 32] &= ~(1u << (idx % 32));
    init_log_.pop();
  }
  return true;
}

void TypeChecker::restart_part(ControlFrame& frame, FrameKind kind) {
  frame.kind = kind;
  frame.is_unreachable = false;
  settle();
}

bool TypeChecker::enter_else() {
  ControlFrame& frame = frames_.back();
  if (frame.kind != FrameKind::If) return fail(ErrorCode::Malformed, start_, "END opcode expected: else outside if");
  if (!end_part(frame)) return false;
  restart_part(frame, FrameKind::Else);
  return push_list(frame.type.params);
}

bool TypeChecker::leave_block() {
  if (frames_.back().kind == FrameKind::If && !enter_else()) return false;
  ControlFrame& frame = frames_.back();
  if (!end_part(frame)) return false;
  const std::span<const ValType> results = frame.type.results;
  frames_.pop();
  if (frames_.empty()) return true;
  settle();
  return push_list(results);
}

/// Legacy: catch and catch_all.
bool TypeChecker::enter_catch(FrameKind kind) {
  std::span<const ValType> values;
  imm_.index = kNoIndex;
  if (kind == FrameKind::Catch) {
    if (!reader_.read_u32(imm_.index)) return fail_read();
    if (imm_.index >= module_.tags.size()) return invalid("unknown tag ", imm_.index);
    values = module_.types[module_.tags[imm_.index].type.type_idx].func.params;
  }
  ControlFrame& frame = frames_.back();
  if (frame.kind != FrameKind::Try && frame.kind != FrameKind::Catch)
    return fail(ErrorCode::Malformed, start_, "END opcode expected: ", text_of(op_), " outside try");
  if (!end_part(frame)) return false;
  restart_part(frame, kind);
  return push_list(values);
}

/// Legacy: ends a try without catch clauses. Its label counts from outside the try.
bool TypeChecker::leave_by_delegate() {
  if (!reader_.read_u32(imm_.index)) return fail_read();
  if (frames_.back().kind != FrameKind::Try) return fail(ErrorCode::Malformed, start_, "END opcode expected: delegate outside try");
  if (imm_.index >= frames_.size() - 1) return invalid("unknown label ", imm_.index);
  ControlFrame& frame = frames_.back();
  if (!end_part(frame)) return false;
  const std::span<const ValType> results = frame.type.results;
  frames_.pop();
  settle();
  return push_list(results);
}

}  // namespace umber::wasm
