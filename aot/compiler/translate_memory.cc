// Loads and stores of numbers, memory and table instructions, globals and references.

#include <cstddef>

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

/// Where an access of `bytes` bytes goes, after whatever check the memory needs.
llvm::Value* FunctionTranslator::address(const Inst& inst, unsigned bytes) {
  const uint32_t memory = inst.aux;
  const wasm::Limits& limits = module_.wasm().memories[memory].type.limits;
  const uint64_t offset = (inst.flags & ir::kWideOffset) != 0 ? function_.constants[inst.imm] : inst.imm;
  llvm::Value* index = read_index(inst.a, limits);
  if (module_.is_guarded(memory)) {
    llvm::Value* base = context_field(offsetof(VmContext, memory0_base), types_.ptr);
    llvm::cast<llvm::LoadInst>(base)->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(types_.context, {}));
    return builder_.CreateConstGEP1_64(types_.i8, builder_.CreateGEP(types_.i8, base, index), offset);
  }
  llvm::Value* base = nullptr;
  llvm::Value* size = nullptr;
  if (memory == 0) {
    base = context_field(offsetof(VmContext, memory0_base), types_.ptr);
    size = context_field(offsetof(VmContext, memory0_size), types_.i64);
  } else {
    llvm::Value* views = context_field(offsetof(VmContext, memories), types_.ptr);
    llvm::Value* view = builder_.CreateLoad(types_.ptr, builder_.CreateConstInBoundsGEP1_64(types_.ptr, views, memory));
    base = builder_.CreateLoad(types_.ptr, builder_.CreateConstInBoundsGEP1_64(types_.i8, view, offsetof(MemoryView, base)));
    size = builder_.CreateLoad(types_.i64, builder_.CreateConstInBoundsGEP1_64(types_.i8, view, offsetof(MemoryView, size)));
  }
  // index + offset + bytes <= size, without overflow: offset + bytes is a constant; a sum beyond 64 bits is out of bounds.
  llvm::Value* end = nullptr;
  uint64_t reach = 0;
  if (__builtin_add_overflow(offset, uint64_t{bytes}, &reach)) {
    trap_if(builder_.getTrue(), TrapKind::MemoryOutOfBounds);
    return base;
  }
  if (limits.is_64) {
    llvm::Value* sum = builder_.CreateIntrinsic(llvm::Intrinsic::uadd_with_overflow, {types_.i64}, {index, builder_.getInt64(reach)});
    end = builder_.CreateExtractValue(sum, 0);
    trap_if(builder_.CreateOr(builder_.CreateExtractValue(sum, 1), builder_.CreateICmpUGT(end, size)), TrapKind::MemoryOutOfBounds);
  } else {
    end = builder_.CreateAdd(index, builder_.getInt64(reach));
    trap_if(builder_.CreateICmpUGT(end, size), TrapKind::MemoryOutOfBounds);
  }
  return builder_.CreateGEP(types_.i8, base, builder_.CreateAdd(index, builder_.getInt64(offset)));
}

bool FunctionTranslator::translate_memory_access(const Inst& inst) {
  const auto load = [&](ir::Type type, llvm::Type* stored, bool is_signed) {
    llvm::Value* at = address(inst, stored->getPrimitiveSizeInBits() / 8);
    llvm::Value* value = builder_.CreateAlignedLoad(stored, at, llvm::Align(1));
    if (stored != types_.of(type)) {
      value = is_signed ? builder_.CreateSExt(value, types_.of(type)) : builder_.CreateZExt(value, types_.of(type));
    }
    write(inst.dst, type, value);
    return true;
  };
  const auto store = [&](ir::Type type, llvm::Type* stored) {
    llvm::Value* value = read(inst.b, type);
    llvm::Value* at = address(inst, stored->getPrimitiveSizeInBits() / 8);
    if (stored != types_.of(type)) value = builder_.CreateTrunc(value, stored);
    builder_.CreateAlignedStore(value, at, llvm::Align(1));
    return true;
  };
  using ir::Type;
  switch (inst.op) {
    case ir::Op::I32Load: return load(Type::I32, types_.i32, false);
    case ir::Op::I64Load: return load(Type::I64, types_.i64, false);
    case ir::Op::F32Load: return load(Type::F32, types_.f32, false);
    case ir::Op::F64Load: return load(Type::F64, types_.f64, false);
    case ir::Op::V128Load: return load(Type::V128, types_.v128, false);
    case ir::Op::I32Load8S: return load(Type::I32, types_.i8, true);
    case ir::Op::I32Load8U: return load(Type::I32, types_.i8, false);
    case ir::Op::I32Load16S: return load(Type::I32, types_.i16, true);
    case ir::Op::I32Load16U: return load(Type::I32, types_.i16, false);
    case ir::Op::I64Load8S: return load(Type::I64, types_.i8, true);
    case ir::Op::I64Load8U: return load(Type::I64, types_.i8, false);
    case ir::Op::I64Load16S: return load(Type::I64, types_.i16, true);
    case ir::Op::I64Load16U: return load(Type::I64, types_.i16, false);
    case ir::Op::I64Load32S: return load(Type::I64, types_.i32, true);
    case ir::Op::I64Load32U: return load(Type::I64, types_.i32, false);
    case ir::Op::I32Store: return store(Type::I32, types_.i32);
    case ir::Op::I64Store: return store(Type::I64, types_.i64);
    case ir::Op::F32Store: return store(Type::F32, types_.f32);
    case ir::Op::F64Store: return store(Type::F64, types_.f64);
    case ir::Op::V128Store: return store(Type::V128, types_.v128);
    case ir::Op::I32Store8: return store(Type::I32, types_.i8);
    case ir::Op::I32Store16: return store(Type::I32, types_.i16);
    case ir::Op::I64Store8: return store(Type::I64, types_.i8);
    case ir::Op::I64Store16: return store(Type::I64, types_.i16);
    case ir::Op::I64Store32: return store(Type::I64, types_.i32);
    default: return false;
  }
}

bool FunctionTranslator::translate_variable(const Inst& inst) {
  const auto cell = [&]() -> llvm::Value* {
    const uint32_t imported = module_.wasm().imported_globals;
    if (inst.aux >= imported) {
      return builder_.CreateConstInBoundsGEP1_64(types_.i8, context_, sizeof(VmContext) + (inst.aux - imported) * sizeof(GlobalCell));
    }
    llvm::Value* cells = context_field(offsetof(VmContext, imported_globals), types_.ptr);
    return builder_.CreateLoad(types_.ptr, builder_.CreateConstInBoundsGEP1_64(types_.ptr, cells, inst.aux));
  };
  switch (inst.op) {
    case ir::Op::GlobalGet: write(inst.dst, inst.type, builder_.CreateLoad(types_.of(inst.type), cell())); return true;
    case ir::Op::GlobalSet: {
      llvm::Value* value = read(inst.a, inst.type);
      if (inst.type == ir::Type::I32) value = builder_.CreateZExt(value, types_.i64);
      builder_.CreateStore(value, cell());
      return true;
    }
    case ir::Op::RefFunc: write(inst.dst, ir::Type::Ref, call_helper(NativeHelper::ref_func, {builder_.getInt32(inst.imm)})); return true;
    case ir::Op::RefIsNull:
    case ir::Op::RefEq: {
      llvm::Value* other = inst.op == ir::Op::RefEq ? read(inst.b, ir::Type::Ref) : builder_.getInt64(0);
      llvm::Value* same = builder_.CreateICmpEQ(read(inst.a, ir::Type::Ref), other);
      write(inst.dst, ir::Type::I32, builder_.CreateZExt(same, types_.i32));
      return true;
    }
    case ir::Op::RefAsNonNull: {
      llvm::Value* ref = read(inst.a, ir::Type::Ref);
      trap_if(builder_.CreateICmpEQ(ref, builder_.getInt64(0)), TrapKind::NullReference);
      write(inst.dst, ir::Type::Ref, ref);
      return true;
    }
    default: return false;
  }
}

bool FunctionTranslator::translate_bulk(const Inst& inst) {
  const wasm::Module& wasm = module_.wasm();
  llvm::Value* aux = builder_.getInt32(inst.aux);
  llvm::Value* imm = builder_.getInt32(inst.imm);
  const auto memory = [&](uint32_t idx) -> const wasm::Limits& { return wasm.memories[idx].type.limits; };
  const auto table = [&](uint32_t idx) -> const wasm::Limits& { return wasm.tables[idx].type.limits; };
  const auto narrower = [](const wasm::Limits& a, const wasm::Limits& b) -> const wasm::Limits& { return a.is_64 ? b : a; };
  const auto u32 = [&](ir::Operand operand) { return builder_.CreateZExt(read(operand, ir::Type::I32), types_.i64); };
  // memory.size, table.grow, …: an i64 from the helper, as wide as an address; -1 stays -1.
  const auto write_index = [&](llvm::Value* value, const wasm::Limits& limits) {
    write(inst.dst, address_type_of(limits), limits.is_64 ? value : builder_.CreateTrunc(value, types_.i32));
  };
  switch (inst.op) {
    case ir::Op::MemorySize: write_index(call_helper(NativeHelper::memory_size, {aux}), memory(inst.aux)); return true;
    case ir::Op::MemoryGrow:
      write_index(call_helper(NativeHelper::memory_grow, {aux, read_index(inst.a, memory(inst.aux))}), memory(inst.aux));
      return true;
    case ir::Op::MemoryFill: {
      const wasm::Limits& limits = memory(inst.aux);
      call_helper(NativeHelper::memory_fill, {aux, read_index(inst.a, limits), read(inst.b, ir::Type::I32), read_index(inst.c, limits)});
      return true;
    }
    case ir::Op::MemoryCopy: {
      const wasm::Limits& to = memory(inst.aux);
      const wasm::Limits& from = memory(inst.imm);
      call_helper(NativeHelper::memory_copy, {aux, imm, read_index(inst.a, to), read_index(inst.b, from), read_index(inst.c, narrower(to, from))});
      return true;
    }
    case ir::Op::MemoryInit:
      call_helper(NativeHelper::memory_init, {aux, imm, read_index(inst.a, memory(inst.aux)), u32(inst.b), u32(inst.c)});
      return true;
    case ir::Op::DataDrop: call_helper(NativeHelper::data_drop, {imm}); return true;
    case ir::Op::TableGet:
      write(inst.dst, ir::Type::Ref, call_helper(NativeHelper::table_get, {aux, read_index(inst.a, table(inst.aux))}));
      return true;
    case ir::Op::TableSet:
      call_helper(NativeHelper::table_set, {aux, read_index(inst.a, table(inst.aux)), read(inst.b, ir::Type::Ref)});
      return true;
    case ir::Op::TableSize: write_index(call_helper(NativeHelper::table_size, {aux}), table(inst.aux)); return true;
    case ir::Op::TableGrow:
      write_index(call_helper(NativeHelper::table_grow, {aux, read(inst.a, ir::Type::Ref), read_index(inst.b, table(inst.aux))}), table(inst.aux));
      return true;
    case ir::Op::TableFill: {
      const wasm::Limits& limits = table(inst.aux);
      call_helper(NativeHelper::table_fill, {aux, read_index(inst.a, limits), read(inst.b, ir::Type::Ref), read_index(inst.c, limits)});
      return true;
    }
    case ir::Op::TableCopy: {
      const wasm::Limits& to = table(inst.aux);
      const wasm::Limits& from = table(inst.imm);
      call_helper(NativeHelper::table_copy, {aux, imm, read_index(inst.a, to), read_index(inst.b, from), read_index(inst.c, narrower(to, from))});
      return true;
    }
    case ir::Op::TableInit:
      call_helper(NativeHelper::table_init, {aux, imm, read_index(inst.a, table(inst.aux)), u32(inst.b), u32(inst.c)});
      return true;
    case ir::Op::ElemDrop: call_helper(NativeHelper::elem_drop, {imm}); return true;
    default: return false;
  }
}

}  // namespace umber::aot
