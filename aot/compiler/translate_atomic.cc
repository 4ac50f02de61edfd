// Atomic instructions: sequentially consistent ones of the processor, on any memory, shared or not. An address that is not a multiple
// of the width traps, before it is compared with the memory's size.

#include <llvm/TargetParser/Triple.h>

#include "aot/compiler/function_translator.h"

namespace umber::aot {
namespace {

// From i32.atomic.load on the opcodes are groups of seven: i32, i64, i32 8 16, i64 8 16 32.
constexpr unsigned kWidths = 7;
constexpr unsigned kFirst = static_cast<unsigned>(ir::Op::I32AtomicLoad);
enum Group : unsigned { kLoad, kStore, kAdd, kSub, kAnd, kOr, kXor, kExchange, kCompareExchange, kGroups };
static_assert(static_cast<unsigned>(ir::Op::I32AtomicRmwAdd) == kFirst + kAdd * kWidths);
static_assert(static_cast<unsigned>(ir::Op::I64AtomicRmw32CmpxchgU) == kFirst + kGroups * kWidths - 1);
constexpr unsigned kBits[kWidths] = {32, 64, 8, 16, 8, 16, 32};
constexpr bool kIs64[kWidths] = {false, true, false, false, true, true, true};

constexpr auto kOrdering = llvm::AtomicOrdering::SequentiallyConsistent;

/// Bits of the widest access that the processor can make atomic. What is wider is plain, for lack of anything better: code for such a
/// processor does not share memories with other threads.
unsigned atomic_bits(const llvm::Function& function) {
  const llvm::Triple triple(function.getParent()->getTargetTriple());
  if (triple.getSubArch() == llvm::Triple::ARMSubArch_v6m) return 0;
  return triple.isArch32Bit() ? 32 : 64;
}

llvm::Value* combine(llvm::IRBuilder<>& builder, unsigned group, llvm::Value* before, llvm::Value* operand) {
  switch (group) {
    case kAdd: return builder.CreateAdd(before, operand);
    case kSub: return builder.CreateSub(before, operand);
    case kAnd: return builder.CreateAnd(before, operand);
    case kOr: return builder.CreateOr(before, operand);
    case kXor: return builder.CreateXor(before, operand);
    default: return operand;
  }
}

llvm::AtomicRMWInst::BinOp operation_of(unsigned group) {
  switch (group) {
    case kAdd: return llvm::AtomicRMWInst::Add;
    case kSub: return llvm::AtomicRMWInst::Sub;
    case kAnd: return llvm::AtomicRMWInst::And;
    case kOr: return llvm::AtomicRMWInst::Or;
    case kXor: return llvm::AtomicRMWInst::Xor;
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

bool FunctionTranslator::translate_atomic_access(const Inst& inst) {
  const unsigned index = static_cast<unsigned>(inst.op) - kFirst;
  if (static_cast<unsigned>(inst.op) < kFirst || index >= kGroups * kWidths) return false;
  const unsigned group = index / kWidths;
  const ir::Type type = kIs64[index % kWidths] ? ir::Type::I64 : ir::Type::I32;
  llvm::Type* stored = builder_.getIntNTy(kBits[index % kWidths]);
  const llvm::Align alignment(kBits[index % kWidths] / 8);
  const auto operand = [&](ir::Operand from) { return builder_.CreateTrunc(read(from, type), stored); };
  check_aligned(inst, kBits[index % kWidths] / 8);
  llvm::Value* at = effective_address(inst, kBits[index % kWidths] / 8);
  const bool is_atomic = kBits[index % kWidths] <= atomic_bits(llvm_function_);
  const llvm::AtomicOrdering ordering = is_atomic ? kOrdering : llvm::AtomicOrdering::NotAtomic;
  llvm::Value* result = nullptr;
  const auto load = [&] {
    llvm::LoadInst* loaded = builder_.CreateAlignedLoad(stored, at, alignment);
    loaded->setAtomic(ordering);
    return loaded;
  };
  const auto store = [&](llvm::Value* value) { builder_.CreateAlignedStore(value, at, alignment)->setAtomic(ordering); };
  switch (group) {
    case kLoad: result = load(); break;
    case kStore: store(operand(inst.b)); return true;
    case kCompareExchange: {
      if (!is_atomic) {
        result = load();
        store(builder_.CreateSelect(builder_.CreateICmpEQ(result, operand(inst.b)), operand(inst.c), result));
        break;
      }
      llvm::Value* exchanged = builder_.CreateAtomicCmpXchg(at, operand(inst.b), operand(inst.c), alignment, kOrdering, kOrdering);
      result = builder_.CreateExtractValue(exchanged, 0);
      break;
    }
    default:
      if (is_atomic) {
        result = builder_.CreateAtomicRMW(operation_of(group), at, operand(inst.b), alignment, kOrdering);
      } else {
        result = load();
        store(combine(builder_, group, result, operand(inst.b)));
      }
      break;
  }
  write(inst.dst, type, builder_.CreateZExt(result, types_.of(type)));
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
