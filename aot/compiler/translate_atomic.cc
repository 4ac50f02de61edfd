// Atomic instructions: sequentially consistent ones of the processor, on any memory, shared or not. An address that is not a multiple
// of the width traps, before it is compared with the memory's size.

#include <llvm/TargetParser/Triple.h>

#include "aot/compiler/function_translator.h"

namespace umber::aot {
namespace {

// From i32.atomic.load on the opcodes are groups of seven: i32, i64, i32 8 16, i64 8 16 32.
constexpr unsigned kWidths = 7;
constexpr unsigned kFirst = static_cast<unsigned>(ir::Op::I32AtomicLoad);
constexpr unsigned kGroups = static_cast<unsigned>(AtomicOperation::CompareExchange) + 1;
static_assert(static_cast<unsigned>(ir::Op::I32AtomicRmwAdd) == kFirst + static_cast<unsigned>(AtomicOperation::Add) * kWidths);
static_assert(static_cast<unsigned>(ir::Op::I64AtomicRmw32CmpxchgU) == kFirst + kGroups * kWidths - 1);
constexpr unsigned kBits[kWidths] = {32, 64, 8, 16, 8, 16, 32};
constexpr bool kIs64[kWidths] = {false, true, false, false, true, true, true};

constexpr auto kOrdering = llvm::AtomicOrdering::SequentiallyConsistent;

/// Bits of the widest access that the processor can make atomic. What is wider a helper does.
unsigned atomic_bits(const llvm::Function& function) {
  const llvm::Triple triple(function.getParent()->getTargetTriple());
  if (triple.getSubArch() == llvm::Triple::ARMSubArch_v6m) return 0;
  return triple.isArch32Bit() ? 32 : 64;
}

llvm::AtomicRMWInst::BinOp operation_of(AtomicOperation operation) {
  switch (operation) {
    case AtomicOperation::Add: return llvm::AtomicRMWInst::Add;
    case AtomicOperation::Sub: return llvm::AtomicRMWInst::Sub;
    case AtomicOperation::And: return llvm::AtomicRMWInst::And;
    case AtomicOperation::Or: return llvm::AtomicRMWInst::Or;
    case AtomicOperation::Xor: return llvm::AtomicRMWInst::Xor;
    default: return llvm::AtomicRMWInst::Xchg;
  }
}

}  // namespace

/// Index and offset of an access, which wrap around at 64 bits.
llvm::Value* FunctionTranslator::wide_address(const Inst& inst) {
  const uint64_t offset = (inst.flags & ir::kWideOffset) != 0 ? function_.constants[inst.imm] : inst.imm;
  return builder_.CreateAdd(read_index(inst.a, module_.wasm().memories[inst.aux].type.limits), builder_.getInt64(offset));
}

void FunctionTranslator::check_aligned(const Inst& inst, unsigned bytes) {
  if (bytes == 1) return;
  llvm::Value* rest = builder_.CreateAnd(wide_address(inst), bytes - 1);
  trap_if(builder_.CreateICmpNE(rest, builder_.getInt64(0)), TrapKind::UnalignedAtomic);
}

/// By the helper: the access is aligned, and its bounds are checked.
llvm::Value* FunctionTranslator::access_atomically(const Inst& inst, AtomicOperation operation, llvm::Value* value, llvm::Value* replacement, unsigned bytes) {
  const auto wide = [&](llvm::Value* number) -> llvm::Value* { return number == nullptr ? builder_.getInt64(0) : builder_.CreateZExt(number, types_.i64); };
  const uint32_t access = static_cast<uint32_t>(operation) | bytes << 8;
  return call_helper(NativeHelper::atomic_access,
                     {builder_.getInt32(inst.aux), wide_address(inst), builder_.getInt32(access), wide(value), wide(replacement)});
}

bool FunctionTranslator::translate_atomic_access(const Inst& inst) {
  const unsigned index = static_cast<unsigned>(inst.op) - kFirst;
  if (static_cast<unsigned>(inst.op) < kFirst || index >= kGroups * kWidths) return false;
  const auto operation = static_cast<AtomicOperation>(index / kWidths);
  const unsigned bits = kBits[index % kWidths];
  const ir::Type type = kIs64[index % kWidths] ? ir::Type::I64 : ir::Type::I32;
  llvm::Type* stored = builder_.getIntNTy(bits);
  const llvm::Align alignment(bits / 8);
  const auto operand = [&](ir::Operand from) { return builder_.CreateTrunc(read(from, type), stored); };
  check_aligned(inst, bits / 8);
  llvm::Value* at = effective_address(inst, bits / 8);
  const bool is_load = operation == AtomicOperation::Load;
  const bool is_store = operation == AtomicOperation::Store;
  llvm::Value* value = is_load ? nullptr : operand(inst.b);
  llvm::Value* replacement = operation == AtomicOperation::CompareExchange ? operand(inst.c) : nullptr;
  llvm::Value* result = nullptr;
  if (bits > atomic_bits(llvm_function_)) {
    result = builder_.CreateTrunc(access_atomically(inst, operation, value, replacement, bits / 8), stored);
  } else if (is_load) {
    llvm::LoadInst* loaded = builder_.CreateAlignedLoad(stored, at, alignment);
    loaded->setAtomic(kOrdering);
    result = loaded;
  } else if (is_store) {
    builder_.CreateAlignedStore(value, at, alignment)->setAtomic(kOrdering);
  } else if (replacement != nullptr) {
    result = builder_.CreateExtractValue(builder_.CreateAtomicCmpXchg(at, value, replacement, alignment, kOrdering, kOrdering), 0);
  } else {
    result = builder_.CreateAtomicRMW(operation_of(operation), at, value, alignment, kOrdering);
  }
  if (!is_store) write(inst.dst, type, builder_.CreateZExt(result, types_.of(type)));
  return true;
}

bool FunctionTranslator::translate_waiting(const Inst& inst) {
  llvm::Value* memory = builder_.getInt32(inst.aux);
  const auto ask = [&](NativeHelper helper, std::initializer_list<llvm::Value*> arguments) {
    llvm::CallInst* answer = call_trapping(helper, builder_.getInt32(inst_->offset), arguments);
    fetch_budget();
    write(inst.dst, ir::Type::I32, answer);
  };
  const auto wait = [&](llvm::Value* expected, unsigned bytes) {
    check_aligned(inst, bytes);
    static_cast<void>(effective_address(inst, bytes));
    ask(NativeHelper::atomic_wait, {memory, wide_address(inst), expected, read(inst.c, ir::Type::I64), builder_.getInt32(bytes)});
  };
  switch (inst.op) {
    case ir::Op::MemoryAtomicWait32: wait(builder_.CreateZExt(read(inst.b, ir::Type::I32), types_.i64), 4); return true;
    case ir::Op::MemoryAtomicWait64: wait(read(inst.b, ir::Type::I64), 8); return true;
    case ir::Op::MemoryAtomicNotify:
      check_aligned(inst, 4);
      static_cast<void>(effective_address(inst, 4));
      ask(NativeHelper::atomic_notify, {memory, wide_address(inst), read(inst.b, ir::Type::I32)});
      return true;
    case ir::Op::AtomicFence: builder_.CreateFence(kOrdering); return true;
    default: return false;
  }
}

}  // namespace umber::aot
