#include "aot/compiler/integer_doubles.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>

namespace umber::aot {
namespace {

/// What a floating-point load or store needs.
constexpr uint64_t kAligned = 4;  // bytes

void change(llvm::LoadInst& load) {
  llvm::IRBuilder<> builder(&load);
  llvm::LoadInst* integer = builder.CreateAlignedLoad(builder.getInt64Ty(), load.getPointerOperand(), load.getAlign(), load.isVolatile());
  integer->copyMetadata(load, {llvm::LLVMContext::MD_tbaa});
  load.replaceAllUsesWith(builder.CreateBitCast(integer, load.getType()));
  load.eraseFromParent();
}

void change(llvm::StoreInst& store) {
  llvm::IRBuilder<> builder(&store);
  llvm::Value* integer = builder.CreateBitCast(store.getValueOperand(), builder.getInt64Ty());
  llvm::StoreInst* changed = builder.CreateAlignedStore(integer, store.getPointerOperand(), store.getAlign(), store.isVolatile());
  changed->copyMetadata(store, {llvm::LLVMContext::MD_tbaa});
  store.eraseFromParent();
}

}  // namespace

void use_integers_for_doubles(llvm::Module& module) {
  for (llvm::Function& function : module) {
    for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
      if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
        if (load->getType()->isDoubleTy() && load->getAlign().value() < kAligned) change(*load);
      } else if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
        if (store->getValueOperand()->getType()->isDoubleTy() && store->getAlign().value() < kAligned) change(*store);
      }
    }
  }
}

}  // namespace umber::aot
