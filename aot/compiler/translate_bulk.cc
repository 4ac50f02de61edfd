// Memory, table and segment instructions, globals, references.

#include "aot/compiler/function_translator.h"

namespace umber::aot {

/// memory.size, table.grow, …: an i64, as wide as an address; -1 stays -1.
void FunctionTranslator::write_index(uint32_t dst, llvm::Value* value, const wasm::Limits& limits) {
  write(dst, address_type_of(limits), limits.is_64 ? value : builder_.CreateTrunc(value, types_.i32));
}

bool FunctionTranslator::translate_variable(const Inst& inst) {
  const auto cell = [&]() -> llvm::Value* {
    const uint32_t imported = module_.wasm().imported_globals;
    if (inst.aux < imported) return context_entry(ContextField::ImportedGlobals, inst.aux);
    const uint32_t own = offset_of(ContextField::Globals, module_.pointer_bytes());
    return builder_.CreateConstInBoundsGEP1_64(types_.i8, context_, own + (inst.aux - imported) * sizeof(GlobalCell));
  };
  switch (inst.op) {
    case ir::Op::GlobalGet: {
      llvm::LoadInst* value = builder_.CreateAlignedLoad(types_.of(inst.type), cell(), llvm::Align(8));
      module_.annotate(value, Storage::Globals, !module_.wasm().globals[inst.aux].type.is_mutable);
      write(inst.dst, inst.type, value);
      return true;
    }
    case ir::Op::GlobalSet: {
      // The upper half of an i32's cell is zero since it was made.
      module_.annotate(builder_.CreateAlignedStore(read(inst.a, inst.type), cell(), llvm::Align(8)), Storage::Globals);
      return true;
    }
    case ir::Op::RefFunc: {
      const uint32_t imported = module_.wasm().imported_functions;
      llvm::Value* func = nullptr;
      if (inst.imm < imported) {
        func = context_entry(ContextField::ImportedFuncs, inst.imm);
      } else {
        func = builder_.CreateConstInBoundsGEP1_64(types_.i8, context_field(ContextField::Funcs, types_.ptr),
                                                   uint64_t{inst.imm - imported} * func_size(module_.pointer_bytes()));
      }
      write(inst.dst, ir::Type::Ref, builder_.CreatePtrToInt(func, types_.i64));
      return true;
    }
    case ir::Op::RefIsNull:
    case ir::Op::RefEq: {
      llvm::Value* other = inst.op == ir::Op::RefEq ? read(inst.b, ir::Type::Ref) : builder_.getInt64(kNullRef);
      llvm::Value* same = builder_.CreateICmpEQ(read(inst.a, ir::Type::Ref), other);
      write(inst.dst, ir::Type::I32, builder_.CreateZExt(same, types_.i32));
      return true;
    }
    case ir::Op::RefAsNonNull: {
      llvm::Value* ref = read(inst.a, ir::Type::Ref);
      trap_if(builder_.CreateICmpEQ(ref, builder_.getInt64(kNullRef)), TrapKind::NullReference);
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
  const auto narrower = [](const wasm::Limits& a, const wasm::Limits& b) -> const wasm::Limits& { return a.is_64 ? b : a; };
  const auto u32 = [&](ir::Operand operand) { return builder_.CreateZExt(read(operand, ir::Type::I32), types_.i64); };
  switch (inst.op) {
    case ir::Op::MemorySize: {
      const uint64_t log2 = wasm.memories[inst.aux].type.page_size_log2;
      llvm::Value* bytes = memory(inst.aux).is_shared ? call_helper(NativeHelper::shared_size, {aux}) : memory_size(inst.aux, types_.i64);
      write_index(inst.dst, builder_.CreateLShr(bytes, log2), memory(inst.aux));
      return true;
    }
    case ir::Op::MemoryGrow:
      write_index(inst.dst, call_helper(NativeHelper::memory_grow, {aux, read_index(inst.a, memory(inst.aux))}), memory(inst.aux));
      check_requests();
      return true;
    case ir::Op::MemoryFill: {
      const wasm::Limits& limits = memory(inst.aux);
      call_trapping(NativeHelper::memory_fill, {aux, read_index(inst.a, limits), read(inst.b, ir::Type::I32), read_index(inst.c, limits)});
      return true;
    }
    case ir::Op::MemoryCopy: {
      const wasm::Limits& to = memory(inst.aux);
      const wasm::Limits& from = memory(inst.imm);
      call_trapping(NativeHelper::memory_copy,
                    {aux, imm, read_index(inst.a, to), read_index(inst.b, from), read_index(inst.c, narrower(to, from))});
      return true;
    }
    case ir::Op::MemoryInit:
      call_trapping(NativeHelper::memory_init, {aux, imm, read_index(inst.a, memory(inst.aux)), u32(inst.b), u32(inst.c)});
      return true;
    case ir::Op::DataDrop: call_helper(NativeHelper::data_drop, {imm}); return true;
    case ir::Op::ElemDrop: call_helper(NativeHelper::elem_drop, {imm}); return true;
    default: return false;
  }
}

/// Address of an element; the trap if there is none.
llvm::Value* FunctionTranslator::table_element(uint32_t table, llvm::Value* index, TrapKind trap_beyond) {
  llvm::Value* view = context_entry(ContextField::Tables, table);
  trap_if(builder_.CreateICmpUGE(index, load_field(view, kViewSize, types_.i64, Storage::Runtime, false)), trap_beyond);
  return builder_.CreateGEP(types_.i64, load_field(view, kViewBase, types_.ptr, Storage::Runtime, false), index);
}

bool FunctionTranslator::translate_table(const Inst& inst) {
  const wasm::Module& wasm = module_.wasm();
  llvm::Value* aux = builder_.getInt32(inst.aux);
  llvm::Value* imm = builder_.getInt32(inst.imm);
  const auto table = [&](uint32_t idx) -> const wasm::Limits& { return wasm.tables[idx].type.limits; };
  const auto narrower = [](const wasm::Limits& a, const wasm::Limits& b) -> const wasm::Limits& { return a.is_64 ? b : a; };
  const auto u32 = [&](ir::Operand operand) { return builder_.CreateZExt(read(operand, ir::Type::I32), types_.i64); };
  switch (inst.op) {
    case ir::Op::TableGet: {
      llvm::Value* at = table_element(inst.aux, read_index(inst.a, table(inst.aux)), TrapKind::TableOutOfBounds);
      write(inst.dst, ir::Type::Ref, load_field(at, 0, types_.i64, Storage::Runtime, false));
      return true;
    }
    case ir::Op::TableSet: {
      llvm::Value* ref = read(inst.b, ir::Type::Ref);
      llvm::Value* at = table_element(inst.aux, read_index(inst.a, table(inst.aux)), TrapKind::TableOutOfBounds);
      module_.annotate(builder_.CreateStore(ref, at), Storage::Runtime);
      return true;
    }
    case ir::Op::TableSize:
      write_index(inst.dst, load_field(context_entry(ContextField::Tables, inst.aux), kViewSize, types_.i64, Storage::Runtime, false),
                  table(inst.aux));
      return true;
    case ir::Op::TableGrow:
      write_index(inst.dst, call_helper(NativeHelper::table_grow, {aux, read(inst.a, ir::Type::Ref), read_index(inst.b, table(inst.aux))}),
                  table(inst.aux));
      check_requests();
      return true;
    case ir::Op::TableFill: {
      const wasm::Limits& limits = table(inst.aux);
      call_trapping(NativeHelper::table_fill, {aux, read_index(inst.a, limits), read(inst.b, ir::Type::Ref), read_index(inst.c, limits)});
      return true;
    }
    case ir::Op::TableCopy: {
      const wasm::Limits& to = table(inst.aux);
      const wasm::Limits& from = table(inst.imm);
      call_trapping(NativeHelper::table_copy,
                    {aux, imm, read_index(inst.a, to), read_index(inst.b, from), read_index(inst.c, narrower(to, from))});
      return true;
    }
    case ir::Op::TableInit:
      call_trapping(NativeHelper::table_init, {aux, imm, read_index(inst.a, table(inst.aux)), u32(inst.b), u32(inst.c)});
      return true;
    default: return false;
  }
}

}  // namespace umber::aot
