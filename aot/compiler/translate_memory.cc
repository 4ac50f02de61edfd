// Loads and stores of numbers, memory and table instructions, globals and references.

#include <llvm/IR/MDBuilder.h>

#include <cstddef>

#include "aot/compiler/bounds_checks.h"
#include "aot/compiler/function_translator.h"

namespace umber::aot {

ir::Type FunctionTranslator::address_type_of(const wasm::Limits& limits) const {
  return limits.is_64 ? ir::Type::I64 : ir::Type::I32;
}

/// An address, count or index as 64 bits.
llvm::Value* FunctionTranslator::read_index(ir::Operand operand, const wasm::Limits& limits) {
  llvm::Value* value = read(operand, address_type_of(limits));
  return limits.is_64 ? value : builder_.CreateZExt(value, types_.i64);
}

/// As narrow as the target's addresses, so that a 32-bit machine compares 32 bits; null for a guarded memory.
llvm::Value* FunctionTranslator::memory_size(uint32_t memory, llvm::Type* type) {
  const wasm::MemoryType& declared = module_.wasm().memories[memory].type;
  if (declared.limits.has_max && declared.limits.min == declared.limits.max)
    return llvm::ConstantInt::get(type, declared.limits.min << declared.page_size_log2);
  // Little-endian: the low half of the size is at the same place.
  if (memory == 0) return context_field(ContextField::Memory0Size, type, false);
  return load_field(context_entry(ContextField::Memories, memory), kViewSize, type, Storage::Runtime, false);
}

llvm::Value* FunctionTranslator::memory_base(uint32_t memory) {
  const wasm::Limits& limits = module_.wasm().memories[memory].type.limits;
  const bool never_moves = module_.is_guarded(memory) || limits.is_shared || (limits.has_max && limits.min == limits.max);
  if (memory == 0) return context_field(ContextField::Memory0Base, types_.ptr, never_moves);
  return load_field(context_entry(ContextField::Memories, memory), kViewBase, types_.ptr, Storage::Runtime, never_moves);
}

/// Traps unless [index + offset, index + offset + bytes) lies inside. `index` has 32 bits, or 64 for a 64-bit memory.
void FunctionTranslator::check_bounds(uint32_t memory, llvm::Value* index, uint64_t offset, unsigned bytes) {
  const wasm::MemoryType& declared = module_.wasm().memories[memory].type;
  uint64_t last = 0;  // distance from the index to the access's last byte
  const bool overflows = __builtin_add_overflow(offset, uint64_t{bytes} - 1, &last);
  llvm::Type* word = declared.limits.is_64 ? types_.i64 : builder_.getIntNTy(module_.pointer_bytes() * 8);
  if (overflows || (word == types_.i32 && last > UINT32_MAX)) {
    trap_if(builder_.getTrue(), TrapKind::MemoryOutOfBounds);
    return;
  }
  const uint64_t pages = declared.limits.min;
  const uint64_t least = pages <= UINT64_MAX >> declared.page_size_log2 ? pages << declared.page_size_log2 : UINT64_MAX;
  llvm::Value* size = memory_size(memory, word);
  if (!declared.limits.is_shared) return trap_if(create_beyond(builder_, index, last, size, memory, least), TrapKind::MemoryOutOfBounds);
  llvm::Value* is_beyond = create_comparison(builder_, builder_.CreateZExt(index, word), llvm::ConstantInt::get(word, last), size, least > last);
  llvm::BasicBlock* beyond = new_block("beyond");
  llvm::BasicBlock* inside = new_block();
  llvm::MDBuilder metadata(types_.context);
  builder_.CreateCondBr(is_beyond, beyond, inside, metadata.createUnlikelyBranchWeights());
  builder_.SetInsertPoint(beyond);
  llvm::Value* wide = builder_.CreateZExt(index, types_.i64);
  call_trapping(NativeHelper::check_shared,
                {builder_.getInt32(memory), builder_.CreateBinaryIntrinsic(llvm::Intrinsic::uadd_sat, wide, builder_.getInt64(last))});
  branch_to(inside);
}

/// Where an access of `bytes` bytes goes, after whatever check the memory needs.
llvm::Value* FunctionTranslator::effective_address(const Inst& inst, unsigned bytes) {
  const wasm::Limits& limits = module_.wasm().memories[inst.aux].type.limits;
  const uint64_t offset = (inst.flags & ir::kWideOffset) != 0 ? function_.constants[inst.imm] : inst.imm;
  llvm::Value* index = read(inst.a, address_type_of(limits));
  if (!module_.is_guarded(inst.aux)) check_bounds(inst.aux, index, offset, bytes);
  if (module_.pointer_bytes() == 8) index = builder_.CreateZExt(index, types_.i64);
  // The offset last: neighbouring accesses then share the rest.
  // All of it lies in what is reserved for the memory, or the check above has been passed.
  llvm::Value* at = builder_.CreateInBoundsGEP(types_.i8, memory_base(inst.aux), index);
  return offset == 0 ? at : builder_.CreateInBoundsGEP(types_.i8, at, builder_.getIntN(module_.pointer_bytes() * 8, offset));
}

llvm::Value* FunctionTranslator::load(const Inst& inst, llvm::Type* type) {
  llvm::Value* at = effective_address(inst, type->getPrimitiveSizeInBits() / 8);
  llvm::LoadInst* value = builder_.CreateAlignedLoad(type, at, llvm::Align(1));
  module_.annotate(value, Storage::Memory);
  return value;
}

void FunctionTranslator::store(const Inst& inst, llvm::Value* value) {
  llvm::Value* at = effective_address(inst, value->getType()->getPrimitiveSizeInBits() / 8);
  module_.annotate(builder_.CreateAlignedStore(value, at, llvm::Align(1)), Storage::Memory);
}

bool FunctionTranslator::translate_memory_access(const Inst& inst) {
  const auto load_as = [&](ir::Type type, llvm::Type* stored, bool is_signed) {
    llvm::Value* value = load(inst, stored);
    if (stored != types_.of(type)) value = is_signed ? builder_.CreateSExt(value, types_.of(type)) : builder_.CreateZExt(value, types_.of(type));
    write(inst.dst, type, value);
    return true;
  };
  const auto store_as = [&](ir::Type type, llvm::Type* stored) {
    llvm::Value* value = read(inst.b, type);
    store(inst, stored == types_.of(type) ? value : builder_.CreateTrunc(value, stored));
    return true;
  };
  using ir::Type;
  switch (inst.op) {
    case ir::Op::I32Load: return load_as(Type::I32, types_.i32, false);
    case ir::Op::I64Load: return load_as(Type::I64, types_.i64, false);
    case ir::Op::F32Load: return load_as(Type::F32, types_.f32, false);
    case ir::Op::F64Load: return load_as(Type::F64, types_.f64, false);
    case ir::Op::V128Load: return load_as(Type::V128, types_.v128, false);
    case ir::Op::I32Load8S: return load_as(Type::I32, types_.i8, true);
    case ir::Op::I32Load8U: return load_as(Type::I32, types_.i8, false);
    case ir::Op::I32Load16S: return load_as(Type::I32, types_.i16, true);
    case ir::Op::I32Load16U: return load_as(Type::I32, types_.i16, false);
    case ir::Op::I64Load8S: return load_as(Type::I64, types_.i8, true);
    case ir::Op::I64Load8U: return load_as(Type::I64, types_.i8, false);
    case ir::Op::I64Load16S: return load_as(Type::I64, types_.i16, true);
    case ir::Op::I64Load16U: return load_as(Type::I64, types_.i16, false);
    case ir::Op::I64Load32S: return load_as(Type::I64, types_.i32, true);
    case ir::Op::I64Load32U: return load_as(Type::I64, types_.i32, false);
    case ir::Op::I32Store: return store_as(Type::I32, types_.i32);
    case ir::Op::I64Store: return store_as(Type::I64, types_.i64);
    case ir::Op::F32Store: return store_as(Type::F32, types_.f32);
    case ir::Op::F64Store: return store_as(Type::F64, types_.f64);
    case ir::Op::V128Store: return store_as(Type::V128, types_.v128);
    case ir::Op::I32Store8: return store_as(Type::I32, types_.i8);
    case ir::Op::I32Store16: return store_as(Type::I32, types_.i16);
    case ir::Op::I64Store8: return store_as(Type::I64, types_.i8);
    case ir::Op::I64Store16: return store_as(Type::I64, types_.i16);
    case ir::Op::I64Store32: return store_as(Type::I64, types_.i32);
    default: return false;
  }
}

}  // namespace umber::aot
