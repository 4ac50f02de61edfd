// i31 references, and tests of a reference's type. An object of exactly the type that is asked for, which is the usual case, is
// recognised in place, and so are all the types without objects of their own; the rest is a question to the runtime.

#include "aot/compiler/function_translator.h"
#include "runtime/heap/object.h"

namespace umber::aot {

/// Whether an object has exactly this type of the module's; false for everything that is no object.
llvm::Value* FunctionTranslator::has_exact_type(llvm::Value* ref, uint32_t type_idx, llvm::BasicBlock* otherwise) {
  llvm::BasicBlock* object = new_block("object");
  builder_.CreateCondBr(builder_.CreateICmpEQ(builder_.CreateAnd(ref, 3), builder_.getInt64(0)), object, otherwise);
  builder_.SetInsertPoint(object);
  llvm::Value* word = load_field(builder_.CreateIntToPtr(ref, types_.ptr), 0, types_.i32, Storage::Objects, false);
  llvm::Value* type_id = load_field(context_field(ContextField::TypeIds, types_.ptr), type_idx * 4, types_.i32, Storage::Context, true);
  return builder_.CreateICmpEQ(builder_.CreateAnd(word, kTypeIdMask), type_id);
}

/// Whether a reference that is not null is of the heap type. May end in another block than it began in.
llvm::Value* FunctionTranslator::is_of_type(llvm::Value* ref, wasm::HeapType type) {
  const auto low_bits_are = [&](uint64_t mask, uint64_t bits) {
    return builder_.CreateICmpEQ(builder_.CreateAnd(ref, mask), builder_.getInt64(bits));
  };
  const auto ask = [&] {
    llvm::CallInst* answer = call_helper(NativeHelper::is_of_type, {ref, builder_.getInt32(type.bits())});
    answer->setOnlyReadsMemory();
    return builder_.CreateICmpNE(answer, builder_.getInt32(0));
  };
  if (type.is_abstract()) {
    switch (type.abstract()) {
      case wasm::HeapType::Any:
      case wasm::HeapType::Extern:
      case wasm::HeapType::Func:
      case wasm::HeapType::Exn: return builder_.getTrue();
      case wasm::HeapType::Eq: return builder_.CreateNot(low_bits_are(3, 2));
      case wasm::HeapType::I31: return low_bits_are(1, 1);
      case wasm::HeapType::Struct:
      case wasm::HeapType::Array: return ask();
      default: return builder_.getFalse();
    }
  }
  const wasm::TypeDef& defined = module_.wasm().types[type.type_idx()];
  if (defined.kind == wasm::CompositeKind::Func) return ask();
  llvm::BasicBlock* differs = new_block("differs");
  llvm::BasicBlock* done = new_block();
  llvm::Value* is_exact = has_exact_type(ref, type.type_idx(), differs);
  llvm::BasicBlock* compared = builder_.GetInsertBlock();
  builder_.CreateCondBr(is_exact, done, differs);
  builder_.SetInsertPoint(differs);
  llvm::Value* answer = defined.is_final ? static_cast<llvm::Value*>(builder_.getFalse()) : ask();
  builder_.CreateBr(done);
  builder_.SetInsertPoint(done);
  llvm::PHINode* result = builder_.CreatePHI(types_.i1, 2);
  result->addIncoming(builder_.getTrue(), compared);
  result->addIncoming(answer, differs);
  return result;
}

/// ref.test and the condition of ref.cast.
llvm::Value* FunctionTranslator::passes(const Inst& inst, llvm::Value* ref) {
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  llvm::BasicBlock* not_null = new_block("not_null");
  llvm::BasicBlock* done = new_block();
  builder_.CreateCondBr(builder_.CreateICmpEQ(ref, builder_.getInt64(kNullRef)), done, not_null);
  builder_.SetInsertPoint(not_null);
  llvm::Value* is_of = is_of_type(ref, wasm::HeapType::of_bits(inst.aux));
  llvm::BasicBlock* tested = builder_.GetInsertBlock();
  builder_.CreateBr(done);
  builder_.SetInsertPoint(done);
  llvm::PHINode* result = builder_.CreatePHI(types_.i1, 2);
  result->addIncoming(builder_.getInt1((inst.flags & ir::kNullable) != 0), before);
  result->addIncoming(is_of, tested);
  return result;
}

bool FunctionTranslator::translate_cast(const Inst& inst) {
  switch (inst.op) {
    case ir::Op::RefTest:
      write(inst.dst, ir::Type::I32, builder_.CreateZExt(passes(inst, read(inst.a, ir::Type::Ref)), types_.i32));
      return true;
    case ir::Op::RefCast: {
      llvm::Value* ref = read(inst.a, ir::Type::Ref);
      trap_if(builder_.CreateNot(passes(inst, ref)), TrapKind::CastFailure);
      write(inst.dst, ir::Type::Ref, ref);
      return true;
    }
    case ir::Op::RefI31: {
      llvm::Value* value = builder_.CreateZExt(builder_.CreateShl(read(inst.a, ir::Type::I32), 1), types_.i64);
      write(inst.dst, ir::Type::Ref, builder_.CreateOr(value, 1));
      return true;
    }
    case ir::Op::I31GetS:
    case ir::Op::I31GetU: {
      llvm::Value* ref = read(inst.a, ir::Type::Ref);
      trap_if(builder_.CreateICmpEQ(ref, builder_.getInt64(kNullRef)), TrapKind::NullI31Reference);
      llvm::Value* bits = builder_.CreateTrunc(ref, types_.i32);
      write(inst.dst, ir::Type::I32, inst.op == ir::Op::I31GetS ? builder_.CreateAShr(bits, 1) : builder_.CreateLShr(bits, 1));
      return true;
    }
    default: return false;
  }
}

}  // namespace umber::aot
