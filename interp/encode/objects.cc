// Structs, arrays and casts. Fields and elements are accessed like memory, with operands wherever they are; floats and vectors
// through their slots. Values of a new object lie side by side, like the arguments of a call.
#include "decoder/ir/shape.h"
#include "decoder/wasm/object_layout.h"
#include "interp/encode/encoder.h"

namespace umber::interp {

using ir::Type;
using wasm::ValType;

namespace {

[[nodiscard]] Handler handler_of(ObjectOp op) { return kFamObject.table[static_cast<unsigned>(op)]; }

[[nodiscard]] unsigned access_of(ValType storage, bool is_signed) {
  switch (wasm::bytes_of(storage)) {
    case 1: return static_cast<unsigned>(is_signed ? ObjectAccess::S8 : ObjectAccess::U8);
    case 2: return static_cast<unsigned>(is_signed ? ObjectAccess::S16 : ObjectAccess::U16);
    case 4: return static_cast<unsigned>(ObjectAccess::W32);
    default: return static_cast<unsigned>(ObjectAccess::W64);
  }
}
[[nodiscard]] unsigned width_of(ValType storage) { return static_cast<unsigned>(std::countr_zero(wasm::bytes_of(storage))); }

/// The field of a struct access; the elements of an array access.
[[nodiscard]] const wasm::FieldType& field_of(const ir::Function& function, const ir::Inst& inst) {
  const wasm::TypeDef& type = function.module->types[inst.aux];
  return type.fields[type.kind == wasm::CompositeKind::Struct ? inst.imm : 0];
}

/// CastTarget of ref.test and ref.cast.
[[nodiscard]] uint32_t target_of(const ir::Function& function, const ir::Inst& inst) {
  const wasm::HeapType type = wasm::HeapType::of_bits(inst.aux);
  uint32_t target = inst.aux;
  if ((inst.flags & ir::kNullable) != 0) target |= CastTarget::kNullable;
  if (!type.is_abstract() && function.module->types[type.type_idx()].kind != wasm::CompositeKind::Func)
    target |= CastTarget::kObject;
  return target;
}

}  // namespace

void Encoder::encode_object(const ir::Inst& inst) {
  switch (inst.op) {
    case ir::Op::StructNew:
    case ir::Op::ArrayNewFixed: return encode_new_of_list(inst);
    case ir::Op::StructNewDefault: return encode_new(inst, static_cast<unsigned>(ObjectOp::StructNewDefault), false);
    case ir::Op::ArrayNew: return encode_new(inst, static_cast<unsigned>(ObjectOp::ArrayNew), false);
    case ir::Op::ArrayNewDefault: return encode_new(inst, static_cast<unsigned>(ObjectOp::ArrayNewDefault), false);
    case ir::Op::ArrayNewData: return encode_new(inst, static_cast<unsigned>(ObjectOp::ArrayNewData), true);
    case ir::Op::ArrayNewElem: return encode_new(inst, static_cast<unsigned>(ObjectOp::ArrayNewElem), true);
    case ir::Op::StructGet:
    case ir::Op::StructGetS:
    case ir::Op::StructGetU:
    case ir::Op::ArrayGet:
    case ir::Op::ArrayGetS:
    case ir::Op::ArrayGetU: return encode_field_get(inst);
    case ir::Op::StructSet:
    case ir::Op::ArraySet: return encode_field_set(inst);
    case ir::Op::ArrayLen: return encode_unary_ref(inst, kFamArrayLen, 0);
    case ir::Op::RefI31: return encode_unary_ref(inst, kFamI31, 0);
    case ir::Op::I31GetS: return encode_unary_ref(inst, kFamI31, 1);
    case ir::Op::I31GetU: return encode_unary_ref(inst, kFamI31, 2);
    case ir::Op::RefTest: return encode_unary_ref(inst, kFamRefTest, 0, {target_of(*function_, inst)});
    case ir::Op::RefCast: return encode_unary_ref(inst, kFamRefCast, 0, {target_of(*function_, inst)});
    default: return encode_array_range(inst);
  }
}

/// D A and plain words.
void Encoder::encode_unary_ref(const ir::Inst& inst, const Family& family, unsigned op, std::initializer_list<uint32_t> words) {
  const Place a = use(inst.a);
  release(inst);
  const Type result = ir::type_of_letter(ir::shape_of(inst.op).result, *function_->module, inst);
  emitter_.emit(family, op, {define(inst.dst, result), a}, {}, words);
}

/// Operands in slots: result, operands, what is live, type, segment.
void Encoder::encode_new(const ir::Inst& inst, unsigned op, bool has_segment) {
  const ir::Shape& shape = ir::shape_of(inst.op);
  const uint32_t live = physical(top_);
  uint32_t halves[4];
  unsigned count = 1;
  const ir::Operand operands[3] = {inst.a, inst.b, inst.c};
  for (unsigned i = 0; i < shape.operand_count; ++i)
    if (shape.operands[i] != '-')
      halves[count++] = use_slot(operands[i], ir::type_of_letter(shape.operands[i], *function_->module, inst));
  release(inst);
  halves[0] = define_slot(inst.dst, Type::Ref);
  halves[count++] = live;
  const uint32_t words[2] = {inst.aux, inst.imm};
  emitter_.emit_handler(handler_of(static_cast<ObjectOp>(op)), {halves, count}, {words, has_segment ? 2u : 1u});
  finish_slot(inst.dst, Type::Ref);
}

void Encoder::encode_new_of_list(const ir::Inst& inst) {
  const uint32_t base = place_arguments(inst);
  const std::span<const uint32_t> items = ir::items_of(*function_, inst);
  uint32_t end = base;
  for (uint32_t i = 0; i < items.size(); ++i) end += slots_of(ir::type_of_item(*function_, inst, i));
  const uint32_t first = physical(base);
  const uint32_t live = physical(end > top_ ? end : top_);
  need_frame(live);
  release_list(items);
  const uint32_t dst = define_slot(inst.dst, Type::Ref);
  const bool is_struct = inst.op == ir::Op::StructNew;
  const uint32_t halves[3] = {dst, first, live};
  const uint32_t words[2] = {inst.aux, static_cast<uint32_t>(items.size())};
  emitter_.emit_handler(handler_of(is_struct ? ObjectOp::StructNew : ObjectOp::ArrayNewFixed), halves,
                        {words, is_struct ? 1u : 2u});
  finish_slot(inst.dst, Type::Ref);
}

void Encoder::encode_field_get(const ir::Inst& inst) {
  const wasm::FieldType& field = field_of(*function_, inst);
  const bool is_array = ir::shape_of(inst.op).operand_count == 2;
  const Type type = field.type.is_packed() ? Type::I32 : ir::type_of(field.type);
  if (type == Type::V128) {
    uint32_t halves[3] = {0, use_slot(inst.a, Type::Ref), 0};
    if (is_array) halves[2] = use_slot(inst.b, Type::I32);
    release(inst);
    halves[0] = define_slot(inst.dst, type);
    const uint32_t offset = field.offset;
    if (is_array)
      emitter_.emit_handler(handler_of(ObjectOp::ArrayGetVector), halves, {});
    else
      emitter_.emit_handler(handler_of(ObjectOp::StructGetVector), {halves, 2}, {&offset, 1});
    return finish_slot(inst.dst, type);
  }
  const bool is_signed = inst.op == ir::Op::StructGetS || inst.op == ir::Op::ArrayGetS;
  const Place a = use(inst.a);
  const Place b = is_array ? use(inst.b) : Place{};
  release(inst);
  const bool is_int = class_of(type) == RegClass::Int;
  const Place dst = is_int ? define(inst.dst, type) : Place::in_slot(define_slot(inst.dst, type));
  const unsigned access = access_of(field.type, is_signed);
  if (is_array)
    emitter_.emit(kFamArrayGet, access, {dst, a, b});
  else
    emitter_.emit(kFamStructGet, access, {dst, a}, {}, {field.offset});
  if (!is_int) finish_slot(inst.dst, type);
}

void Encoder::encode_field_set(const ir::Inst& inst) {
  const wasm::FieldType& field = field_of(*function_, inst);
  const bool is_array = inst.op == ir::Op::ArraySet;
  const ir::Operand operand = is_array ? inst.c : inst.b;
  const Type type = field.type.is_packed() ? Type::I32 : ir::type_of(field.type);
  if (type == Type::V128) {
    uint32_t halves[3] = {use_slot(inst.a, Type::Ref)};
    unsigned count = 1;
    if (is_array) halves[count++] = use_slot(inst.b, Type::I32);
    halves[count++] = use_slot(operand, type);
    release(inst);
    const uint32_t offset = field.offset;
    const Handler handler = handler_of(is_array ? ObjectOp::ArraySetVector : ObjectOp::StructSetVector);
    return emitter_.emit_handler(handler, {halves, count}, {&offset, is_array ? 0u : 1u});
  }
  // What the family has no form for goes to a slot here: the first operand is no result.
  const bool in_slots = is_array && !kArrayRegisters;
  const auto place = [&](ir::Operand source, Type source_type, bool takes_imm) {
    const Place at = use(source);
    if (class_of(source_type) == RegClass::Int && (at.is_imm() ? takes_imm : at.is_slot() || !in_slots)) return at;
    return Place::in_slot(emitter_.slot_of(source_type, at));
  };
  const Place a = place(inst.a, Type::Ref, false);
  const Place b = is_array ? place(inst.b, Type::I32, false) : Place{};
  const Place value = place(operand, type, true);
  release(inst);
  if (is_array)
    emitter_.emit(kFamArraySet, width_of(field.type), {a, b, value});
  else
    emitter_.emit(kFamStructSet, width_of(field.type), {a, value}, {}, {field.offset});
}

/// array.fill, array.copy, array.init_*: all operands in slots, from a list.
void Encoder::encode_array_range(const ir::Inst& inst) {
  const std::span<const uint32_t> items = ir::items_of(*function_, inst);
  const ValType element = field_of(*function_, inst).type;
  uint32_t halves[5];
  unsigned count = 0;
  for (uint32_t i = 0; i < items.size(); ++i)
    halves[count++] = use_slot(ir::Operand::of_bits(items[i]), ir::type_of_item(*function_, inst, i));
  release_list(items);
  const uint32_t bytes = wasm::bytes_of(element);
  const uint32_t segment = inst.b.bits();
  switch (inst.op) {
    case ir::Op::ArrayFill: return emitter_.emit_handler(handler_of(ObjectOp::ArrayFill), {halves, count}, {&bytes, 1});
    case ir::Op::ArrayCopy: return emitter_.emit_handler(handler_of(ObjectOp::ArrayCopy), {halves, count}, {&bytes, 1});
    case ir::Op::ArrayInitElem: return emitter_.emit_handler(handler_of(ObjectOp::ArrayInitElem), {halves, count}, {&segment, 1});
    default: {
      const uint32_t words[2] = {bytes, segment};
      return emitter_.emit_handler(handler_of(ObjectOp::ArrayInitData), {halves, count}, words);
    }
  }
}

}  // namespace umber::interp
