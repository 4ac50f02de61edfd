// Constants, variables, memories, tables and segments.
#include "decoder/validate/type_checker.h"

namespace umber::wasm {
namespace {

ValType address_type(const Limits& limits) { return limits.is_64 ? ValType::I64 : ValType::I32; }
ValType smaller(ValType a, ValType b) { return a == ValType::I32 ? a : b; }

bool is_atomic(Immediate immediate) { return immediate >= Immediate::Atomic0 && immediate <= Immediate::Atomic3; }

}  // namespace

bool TypeChecker::check_constant_value(Op op) {
  if (op == Op::I32Const) return i32_const();
  if (!read_immediates(reader_, op, imm_)) return fail_read();
  switch (op) {
    case Op::I64Const: push(ValType::I64); break;
    case Op::F32Const: push(ValType::F32); break;
    case Op::F64Const: push(ValType::F64); break;
    default: push(ValType::V128); break;
  }
  return true;
}

bool TypeChecker::check_access(Op op) {
  switch (op) {
    case Op::LocalGet: return local_get();
    case Op::LocalSet: return local_set();
    case Op::LocalTee: return local_tee();
    case Op::GlobalGet: return global_get();
    case Op::GlobalSet: return global_set();
    default: return check_table_op(op);
  }
}

bool TypeChecker::global_get() {
  if (!reader_.read_u32(imm_.index)) return fail_read();
  if (imm_.index >= visible_globals_) return invalid("unknown global ", imm_.index);
  const GlobalType& type = module_.globals[imm_.index].type;
  if (is_const_ && type.is_mutable) return invalid("constant expression required: global ", imm_.index, " is mutable");
  push(type.type);
  return true;
}

bool TypeChecker::global_set() {
  if (!reader_.read_u32(imm_.index)) return fail_read();
  if (imm_.index >= visible_globals_) return invalid("unknown global ", imm_.index);
  const GlobalType& type = module_.globals[imm_.index].type;
  if (!type.is_mutable) return invalid("immutable global ", imm_.index);
  return pop(type.type);
}

bool TypeChecker::memory(uint32_t idx, ValType& address) {
  if (idx >= module_.memories.size()) return invalid("unknown memory ", idx);
  const Limits& limits = module_.memories[idx].type.limits;
  address = address_type(limits);
  imm_.operand_is_64 = limits.is_64;
  return true;
}

bool TypeChecker::table(uint32_t idx, ValType& address, ValType& element) {
  if (idx >= module_.tables.size()) return invalid("unknown table ", idx);
  const TableType& type = module_.tables[idx].type;
  address = address_type(type.limits);
  element = type.element;
  imm_.operand_is_64 = type.limits.is_64;
  return true;
}

/// The memarg in imm_: alignment, memory, offset, lane.
bool TypeChecker::check_memory_access(Immediate immediate) {
  ValType address;
  if (!memory(imm_.index, address)) return false;
  const unsigned natural = alignment_log2_of(immediate);
  if (imm_.align_log2 > natural) return invalid("alignment must not be larger than natural, 2^", natural);
  if (is_atomic(immediate) && imm_.align_log2 != natural) return invalid("atomic alignment must be natural, 2^", natural);
  if (address == ValType::I32 && imm_.offset > UINT32_MAX) return invalid("offset out of range: ", imm_.offset);
  const unsigned lanes = lane_count_of(immediate);
  return lanes == 0 || imm_.lane < lanes || invalid("invalid lane index ", imm_.lane);
}

bool TypeChecker::data_segment(uint32_t idx) {
  if (!module_.has_data_count) return fail(ErrorCode::Malformed, start_, "data count section required");
  return idx < module_.data_count || invalid("unknown data segment ", idx);
}

bool TypeChecker::element_segment(uint32_t idx, ValType& type) {
  if (idx >= module_.elements.size()) return invalid("unknown elem segment ", idx);
  type = module_.elements[idx].type;
  return true;
}

bool TypeChecker::check_memory_op(Op op) {
  if (!read_immediates(reader_, op, imm_)) return fail_read();
  ValType address;
  switch (op) {
    case Op::MemorySize:
      if (!memory(imm_.index, address)) return false;
      push(address);
      return true;
    case Op::MemoryGrow:
      if (!memory(imm_.index, address) || !pop(address)) return false;
      push(address);
      return true;
    case Op::MemoryFill: return memory(imm_.index, address) && pop_types(address, ValType::I32, address);
    case Op::MemoryCopy: return memory_copy();
    case Op::MemoryInit:
      return memory(imm_.index2, address) && data_segment(imm_.index) && pop_types(address, ValType::I32, ValType::I32);
    case Op::DataDrop: return data_segment(imm_.index);
    default: return true;  // atomic.fence
  }
}

bool TypeChecker::memory_copy() {
  ValType source;
  ValType destination;
  return memory(imm_.index2, source) && memory(imm_.index, destination) &&
         pop_types(destination, source, smaller(source, destination));
}

bool TypeChecker::check_table_op(Op op) {
  if (!read_immediates(reader_, op, imm_)) return fail_read();
  ValType address;
  ValType element;
  switch (op) {
    case Op::TableGet:
      if (!table(imm_.index, address, element) || !pop(address)) return false;
      push(element);
      return true;
    case Op::TableSet: return table(imm_.index, address, element) && pop_types(address, element);
    case Op::TableSize:
      if (!table(imm_.index, address, element)) return false;
      push(address);
      return true;
    case Op::TableGrow:
      if (!table(imm_.index, address, element) || !pop_types(element, address)) return false;
      push(address);
      return true;
    case Op::TableFill: return table(imm_.index, address, element) && pop_types(address, element, address);
    case Op::TableCopy: return table_copy();
    case Op::TableInit: return table_init();
    default: return element_segment(imm_.index, element);  // elem.drop
  }
}

bool TypeChecker::table_copy() {
  ValType source;
  ValType destination;
  ValType from;
  ValType to;
  return table(imm_.index2, source, from) && table(imm_.index, destination, to) && require_element(from, to) &&
         pop_types(destination, source, smaller(source, destination));
}

bool TypeChecker::table_init() {
  ValType address;
  ValType from;
  ValType to;
  return table(imm_.index2, address, to) && element_segment(imm_.index, from) && require_element(from, to) &&
         pop_types(address, ValType::I32, ValType::I32);
}

bool TypeChecker::require_element(ValType from, ValType to) {
  return matches(from, to) || invalid("type mismatch: elements of type ", text_of(from).str(), " where ", text_of(to).str(), " is expected");
}

}  // namespace umber::wasm
