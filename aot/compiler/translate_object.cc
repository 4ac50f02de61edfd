// Objects of the garbage-collected heap: fields and elements are accessed in place, allocation and what works on ranges is asked
// of the runtime.
//
// Objects never move, and the collector takes every word of the machine stack and of saved registers for a reference that might be
// one (loader/helpers.cc), but only to an object's start. So it must not happen that only an address inside an object survives
// in code, which optimisers like to arrange. Behind every call that may collect, all references pass through an empty
// assembly statement: what is accessed afterwards has to be computed from the reference again, which therefore is alive during the call.
// Where it is not used any more the statement disappears.

#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/MDBuilder.h>

#include "aot/compiler/function_translator.h"
#include "decoder/wasm/object_layout.h"
#include "runtime/heap/object.h"

namespace umber::aot {
namespace {

/// Statements behind calls, at most: references × calls. Beyond that every access has one of its own.
constexpr uint64_t kMaxRefreshes = 1u << 17;

bool is_access(ir::Op op) {
  switch (op) {
    case ir::Op::StructGet:
    case ir::Op::StructGetS:
    case ir::Op::StructGetU:
    case ir::Op::StructSet:
    case ir::Op::ArrayGet:
    case ir::Op::ArrayGetS:
    case ir::Op::ArrayGetU:
    case ir::Op::ArraySet:
    case ir::Op::ArrayLen: return true;
    default: return false;
  }
}

bool may_collect(ir::Op op) {
  switch (op) {
    case ir::Op::Call:
    case ir::Op::CallIndirect:
    case ir::Op::CallRef:
    case ir::Op::LoopHeader:
    case ir::Op::StructNew:
    case ir::Op::StructNewDefault:
    case ir::Op::ArrayNew:
    case ir::Op::ArrayNewDefault:
    case ir::Op::ArrayNewFixed:
    case ir::Op::ArrayNewData:
    case ir::Op::ArrayNewElem: return true;
    default: return false;
  }
}

}  // namespace

void FunctionTranslator::plan_references() {
  bool has_accesses = false;
  uint64_t calls = 0;
  std::vector<bool> is_reference(function_.frame_slots);
  uint64_t references = 0;
  const auto note = [&](uint32_t slot) {
    if (!is_reference[slot]) ++references;
    is_reference[slot] = true;
  };
  uint32_t slot = 0;
  for (const wasm::ValType local : function_.locals) {
    if (ir::type_of(local) == ir::Type::Ref) note(slot);
    slot += local.slots();
  }
  for (const ir::Inst& inst : function_.insts) {
    has_accesses = has_accesses || is_access(inst.op);
    if (may_collect(inst.op)) ++calls;
    if (inst.type == ir::Type::Ref && inst.dst < function_.frame_slots) note(inst.dst);
  }
  if (has_accesses) refresh_ = references * calls <= kMaxRefreshes ? Refresh::AfterCalls : Refresh::AtAccesses;
}

/// The same reference, but not to the optimiser. `is_pinned`: the statement stays where it is, used or not.
llvm::Value* FunctionTranslator::refresh(llvm::Value* ref, bool is_pinned) {
  llvm::Type* word = builder_.getIntNTy(module_.pointer_bytes() * 8);
  auto* statement = llvm::InlineAsm::get(llvm::FunctionType::get(word, {word}, false), "", "=r,0", is_pinned);
  const auto pass = [&](llvm::Value* value) {
    llvm::CallInst* call = builder_.CreateCall(statement, {value});
    // Reading memory keeps it behind the call that may write memory.
    call->setOnlyReadsMemory();
    call->setDoesNotThrow();
    call->addFnAttr(llvm::Attribute::WillReturn);
    return call;
  };
  if (module_.pointer_bytes() == 8) return pass(ref);
  // The upper half is not part of an address.
  llvm::Value* low = builder_.CreateZExt(pass(builder_.CreateTrunc(ref, word)), types_.i64);
  return builder_.CreateOr(builder_.CreateAnd(ref, builder_.getInt64(~uint64_t{UINT32_MAX})), low);
}

void FunctionTranslator::refresh_references() {
  if (refresh_ != Refresh::AfterCalls) return;
  for (llvm::AllocaInst* variable : references_) builder_.CreateStore(refresh(builder_.CreateLoad(types_.i64, variable), false), variable);
}

/// Traps with `kind` if the reference is null.
llvm::Value* FunctionTranslator::object_address(llvm::Value* ref, TrapKind kind) {
  trap_if(builder_.CreateICmpEQ(ref, builder_.getInt64(kNullRef)), kind);
  if (refresh_ == Refresh::AtAccesses) ref = refresh(ref, true);
  return builder_.CreateIntToPtr(ref, types_.ptr);
}

llvm::Value* FunctionTranslator::array_length(llvm::Value* object) {
  return load_field(object, wasm::kArrayLength, types_.i32, Storage::Objects, false);
}

/// Address of an element, after the checks.
llvm::Value* FunctionTranslator::element_address(const Inst& inst) {
  llvm::Value* array = object_address(read(inst.a, ir::Type::Ref), TrapKind::NullArrayReference);
  llvm::Value* index = read(inst.b, ir::Type::I32);
  trap_if(builder_.CreateICmpUGE(index, array_length(array)), TrapKind::ArrayOutOfBounds);
  llvm::Value* elements = builder_.CreateConstInBoundsGEP1_64(types_.i8, array, wasm::kArrayElements);
  return builder_.CreateInBoundsGEP(stored_type(module_.wasm().types[inst.aux].fields[0].type), elements,
                                    builder_.CreateZExt(index, types_.i64));
}

llvm::Value* FunctionTranslator::struct_field_address(const Inst& inst) {
  llvm::Value* object = object_address(read(inst.a, ir::Type::Ref), TrapKind::NullStructReference);
  return builder_.CreateConstInBoundsGEP1_64(types_.i8, object, module_.wasm().types[inst.aux].fields[inst.imm].offset);
}

/// Of a field or element, packed ones included.
llvm::Type* FunctionTranslator::stored_type(wasm::ValType type) const {
  if (!type.is_packed()) return types_.of(type);
  return wasm::bytes_of(type) == 1 ? types_.i8 : types_.i16;
}

void FunctionTranslator::load_object(const Inst& inst, llvm::Value* at, wasm::ValType stored, bool is_signed) {
  const llvm::Align alignment(std::min(wasm::bytes_of(stored), 8u));
  llvm::LoadInst* load = builder_.CreateAlignedLoad(stored_type(stored), at, alignment);
  module_.annotate(load, Storage::Objects);
  if (!stored.is_packed()) return write(inst.dst, ir::type_of(stored), load);
  write(inst.dst, ir::Type::I32, is_signed ? builder_.CreateSExt(load, types_.i32) : builder_.CreateZExt(load, types_.i32));
}

void FunctionTranslator::store_object(llvm::Value* at, wasm::ValType stored, llvm::Value* value) {
  if (stored.is_packed()) value = builder_.CreateTrunc(value, stored_type(stored));
  const llvm::Align alignment(std::min(wasm::bytes_of(stored), 8u));
  module_.annotate(builder_.CreateAlignedStore(value, at, alignment), Storage::Objects);
}

llvm::Value* FunctionTranslator::read_stored(ir::Operand operand, wasm::ValType stored) {
  return read(operand, stored.is_packed() ? ir::Type::I32 : ir::type_of(stored));
}

bool FunctionTranslator::translate_object_access(const Inst& inst) {
  const auto field = [&]() -> wasm::ValType { return module_.wasm().types[inst.aux].fields[inst.imm].type; };
  const auto element = [&]() -> wasm::ValType { return module_.wasm().types[inst.aux].fields[0].type; };
  switch (inst.op) {
    case ir::Op::StructGet:
    case ir::Op::StructGetS:
    case ir::Op::StructGetU: load_object(inst, struct_field_address(inst), field(), inst.op == ir::Op::StructGetS); return true;
    case ir::Op::StructSet: {
      llvm::Value* value = read_stored(inst.b, field());
      store_object(struct_field_address(inst), field(), value);
      return true;
    }
    case ir::Op::ArrayGet:
    case ir::Op::ArrayGetS:
    case ir::Op::ArrayGetU: load_object(inst, element_address(inst), element(), inst.op == ir::Op::ArrayGetS); return true;
    case ir::Op::ArraySet: {
      llvm::Value* value = read_stored(inst.c, element());
      store_object(element_address(inst), element(), value);
      return true;
    }
    case ir::Op::ArrayLen:
      write(inst.dst, ir::Type::I32, array_length(object_address(read(inst.a, ir::Type::Ref), TrapKind::NullArrayReference)));
      return true;
    default: return false;
  }
}

/// Calls a helper that returns a new object.
llvm::Value* FunctionTranslator::new_object(NativeHelper helper, llvm::ArrayRef<llvm::Value*> arguments) {
  llvm::CallInst* ref = call_trapping(helper, builder_.getInt32(inst_->offset), arguments);
  fetch_budget();
  refresh_references();
  return ref;
}

/// A value in memory as helpers take it: one frame slot, two for a vector.
llvm::Value* FunctionTranslator::in_slots(llvm::Value* value, wasm::ValType stored) {
  const wasm::ValType type = stored.is_packed() ? wasm::ValType(wasm::ValType::I32) : stored;
  llvm::Value* slots = frame_slots(type.slots());
  store_slots(slots, {&type, 1}, {&value, 1});
  return slots;
}

void FunctionTranslator::new_struct(const Inst& inst) {
  const std::span<const wasm::FieldType> fields = module_.wasm().types[inst.aux].fields;
  const std::span<const uint32_t> items = inst.op == ir::Op::StructNew ? function_.list(inst.c.bits()) : std::span<const uint32_t>{};
  llvm::Value* ref = new_object(NativeHelper::struct_new, {builder_.getInt32(inst.aux)});
  llvm::Value* object = builder_.CreateIntToPtr(ref, types_.ptr);
  for (size_t i = 0; i < fields.size(); ++i) {
    const wasm::ValType type = fields[i].type;
    const bool is_default = inst.op == ir::Op::StructNewDefault;
    llvm::Value* zero = type.is_packed() ? builder_.getInt32(0) : llvm::Constant::getNullValue(types_.of(type));
    llvm::Value* value = is_default ? zero : read_stored(ir::Operand::of_bits(items[i]), type);
    store_object(builder_.CreateConstInBoundsGEP1_64(types_.i8, object, fields[i].offset), type, value);
  }
  write(inst.dst, ir::Type::Ref, ref);
}

void FunctionTranslator::new_fixed_array(const Inst& inst) {
  const wasm::ValType stored = module_.wasm().types[inst.aux].fields[0].type;
  const std::span<const uint32_t> items = function_.list(inst.c.bits());
  llvm::Value* ref = new_object(NativeHelper::array_new, {builder_.getInt32(inst.aux), builder_.getInt32(static_cast<uint32_t>(items.size()))});
  llvm::Value* object = builder_.CreateIntToPtr(ref, types_.ptr);
  for (size_t i = 0; i < items.size(); ++i) {
    llvm::Value* at = builder_.CreateConstInBoundsGEP1_64(types_.i8, object, array_bytes(static_cast<uint32_t>(i), wasm::bytes_of(stored)));
    store_object(at, stored, read_stored(ir::Operand::of_bits(items[i]), stored));
  }
  write(inst.dst, ir::Type::Ref, ref);
}

bool FunctionTranslator::translate_allocation(const Inst& inst) {
  llvm::Value* type = builder_.getInt32(inst.aux);
  const auto length = [&] { return read(inst.b, ir::Type::I32); };
  const auto from_segment = [&](NativeHelper helper) {
    write(inst.dst, ir::Type::Ref, new_object(helper, {type, builder_.getInt32(inst.imm), read(inst.a, ir::Type::I32), length()}));
  };
  switch (inst.op) {
    case ir::Op::StructNew:
    case ir::Op::StructNewDefault: new_struct(inst); return true;
    case ir::Op::ArrayNewFixed: new_fixed_array(inst); return true;
    case ir::Op::ArrayNew: {
      const wasm::ValType stored = module_.wasm().types[inst.aux].fields[0].type;
      llvm::Value* value = in_slots(read_stored(inst.a, stored), stored);
      write(inst.dst, ir::Type::Ref, new_object(NativeHelper::array_new_filled, {type, length(), value}));
      return true;
    }
    case ir::Op::ArrayNewDefault: {
      llvm::Value* nothing = llvm::ConstantPointerNull::get(types_.ptr);
      write(inst.dst, ir::Type::Ref, new_object(NativeHelper::array_new_filled, {type, length(), nothing}));
      return true;
    }
    case ir::Op::ArrayNewData: from_segment(NativeHelper::array_new_data); return true;
    case ir::Op::ArrayNewElem: from_segment(NativeHelper::array_new_elem); return true;
    default: return false;
  }
}

bool FunctionTranslator::translate_array_range(const Inst& inst) {
  const auto item = [&](unsigned i, ir::Type type) { return read(function_.list(inst.imm)[i], type); };
  const auto i32 = [&](unsigned i) { return item(i, ir::Type::I32); };
  const auto ref = [&](unsigned i) { return item(i, ir::Type::Ref); };
  const auto bytes = [&] { return builder_.getInt32(wasm::bytes_of(module_.wasm().types[inst.aux].fields[0].type)); };
  switch (inst.op) {
    case ir::Op::ArrayFill: {
      const wasm::ValType stored = module_.wasm().types[inst.aux].fields[0].type;
      llvm::Value* value = in_slots(read_stored(ir::Operand::of_bits(function_.list(inst.imm)[2]), stored), stored);
      call_trapping(NativeHelper::array_fill, {ref(0), i32(1), value, i32(3), bytes()});
      return true;
    }
    case ir::Op::ArrayCopy: call_trapping(NativeHelper::array_copy, {ref(0), i32(1), ref(2), i32(3), i32(4), bytes()}); return true;
    case ir::Op::ArrayInitData:
      call_trapping(NativeHelper::array_init_data, {ref(0), builder_.getInt32(inst.b.bits()), i32(1), i32(2), i32(3), bytes()});
      return true;
    case ir::Op::ArrayInitElem:
      call_trapping(NativeHelper::array_init_elem, {ref(0), builder_.getInt32(inst.b.bits()), i32(1), i32(2), i32(3)});
      return true;
    default: return false;
  }
}

}  // namespace umber::aot
