#include "aot/compiler/module_translator.h"

#include "aot/compiler/function_translator.h"
#include "decoder/ir/build.h"

namespace umber::aot {
namespace {

template <class T>
llvm::Type* type_of_parameter(const Types& types) {
  if constexpr (std::is_pointer_v<T>) return types.ptr;
  if constexpr (std::is_void_v<T>) return types.nothing;
  if constexpr (sizeof(std::conditional_t<std::is_void_v<T>, int, T>) == 4) return types.i32;
  return types.i64;
}

template <class Result, class... Parameters>
llvm::FunctionType* type_of_helper(const Types& types, Result (*)(Parameters...)) {
  return llvm::FunctionType::get(type_of_parameter<Result>(types), {type_of_parameter<Parameters>(types)...}, false);
}

}  // namespace

std::string function_symbol(uint32_t func_idx) { return "f" + std::to_string(func_idx); }
std::string thunk_symbol(uint32_t type_idx) { return "t" + std::to_string(type_idx); }

ModuleTranslator::ModuleTranslator(llvm::LLVMContext& context, const wasm::Module& module, const TranslateOptions& options)
    : wasm_(module),
      options_(options),
      types_(context),
      llvm_(std::make_unique<llvm::Module>("module", context)),
      functions_(module.functions.size()) {}

llvm::FunctionType* ModuleTranslator::helper_type(NativeHelper helper) const {
  switch (helper) {
#define UMBER_TYPE_OF_HELPER(name, result, ...) \
  case NativeHelper::name: return type_of_helper(types_, decltype(NativeHelpers::name){});
    UMBER_NATIVE_HELPERS(UMBER_TYPE_OF_HELPER)
#undef UMBER_TYPE_OF_HELPER
  }
  return nullptr;
}

bool ModuleTranslator::is_guarded(uint32_t memory) const {
  if (options_.bounds != BoundsChecks::Guard || memory != 0) return false;
  const wasm::MemoryType& type = wasm_.memories[0].type;
  return !type.limits.is_64 && type.page_size_log2 == 16;
}

llvm::Function* ModuleTranslator::function(uint32_t func_idx) {
  llvm::Function*& function = functions_[func_idx];
  if (function == nullptr) {
    function = llvm::Function::Create(types_.function(wasm_.func_type(func_idx)), llvm::GlobalValue::ExternalLinkage,
                                      function_symbol(func_idx), *llvm_);
    function->setVisibility(llvm::GlobalValue::HiddenVisibility);
    function->setDSOLocal(true);
  }
  return function;
}

/// void thunk(context, code, values): parameters from frame slots, results into them.
void ModuleTranslator::emit_inbound_thunk(uint32_t type_idx) {
  const wasm::FuncType& type = wasm_.types[type_idx].func;
  auto* signature = llvm::FunctionType::get(types_.nothing, {types_.ptr, types_.ptr, types_.ptr}, false);
  auto* thunk = llvm::Function::Create(signature, llvm::GlobalValue::WeakODRLinkage, thunk_symbol(type_idx), *llvm_);
  thunk->setVisibility(llvm::GlobalValue::HiddenVisibility);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(types_.context, "", thunk));
  llvm::Value* values = thunk->getArg(2);
  std::vector<llvm::Value*> arguments = {thunk->getArg(0)};
  uint32_t slot = 0;
  for (const wasm::ValType param : type.params) {
    llvm::Value* at = builder.CreateConstInBoundsGEP1_64(types_.i64, values, slot);
    arguments.push_back(builder.CreateAlignedLoad(types_.of(param), at, llvm::Align(8)));
    slot += param.slots();
  }
  llvm::Value* result = builder.CreateCall(types_.function(type), thunk->getArg(1), arguments);
  slot = 0;
  for (unsigned i = 0; i < type.results.size(); ++i) {
    llvm::Value* value = type.results.size() == 1 ? result : builder.CreateExtractValue(result, i);
    if (value->getType() == types_.i32) value = builder.CreateZExt(value, types_.i64);
    builder.CreateAlignedStore(value, builder.CreateConstInBoundsGEP1_64(types_.i64, values, slot), llvm::Align(8));
    slot += type.results[i].slots();
  }
  builder.CreateRetVoid();
}

Status ModuleTranslator::translate(uint32_t first, uint32_t end, Allocator& allocator) {
  Arena arena(allocator, 256 * 1024);
  std::vector<bool> has_thunk(wasm_.types.size());
  for (uint32_t func_idx = first; func_idx < end; ++func_idx) {
    arena.reset();
    const Result<ir::Function> built = ir::build(wasm_, func_idx, arena, allocator);
    if (!built.ok()) return built.error();
    FunctionTranslator(*this, built.value(), *function(func_idx)).translate();
    const uint32_t type_idx = wasm_.functions[func_idx].type_idx;
    if (!has_thunk[type_idx]) emit_inbound_thunk(type_idx);
    has_thunk[type_idx] = true;
  }
  return {};
}

}  // namespace umber::aot
