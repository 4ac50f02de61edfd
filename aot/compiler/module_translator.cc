#include "aot/compiler/module_translator.h"

#include <llvm/BinaryFormat/Dwarf.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/TargetParser/Triple.h>

#include "aot/compiler/function_translator.h"
#include "aot/compiler/import_stubs.h"
#include "aot/compiler/routine_stubs.h"
#include "aot/image/entry.h"
#include "decoder/ir/build.h"
#include "runtime/memory_block.h"

namespace umber::aot {
namespace {

template <class T>
llvm::Type* type_of_parameter(const Types& types, unsigned pointer_bytes) {
  if constexpr (std::is_pointer_v<T>) {
    return types.ptr;
  } else if constexpr (std::is_void_v<T>) {
    return types.nothing;
  } else if constexpr (std::is_same_v<T, uint32_t>) {
    return types.i32;
  } else {
    static_assert(sizeof(T) == 8);
    // uintptr_t and uint64_t are one type here; the former occurs only as `frame`, the second parameter of trapping helpers.
    static_cast<void>(pointer_bytes);
    return types.i64;
  }
}

template <class Result, class... Parameters>
llvm::FunctionType* type_of_trapping(const Types& types, unsigned pointer_bytes,
                                     Result (*)(VmContext*, uintptr_t, uint32_t, Parameters...)) {
  return llvm::FunctionType::get(type_of_parameter<Result>(types, pointer_bytes),
                                 {types.ptr, types.ptr, types.i32, type_of_parameter<Parameters>(types, pointer_bytes)...}, false);
}

template <class Result, class... Parameters>
llvm::FunctionType* type_of_plain(const Types& types, unsigned pointer_bytes, Result (*)(VmContext*, Parameters...)) {
  return llvm::FunctionType::get(type_of_parameter<Result>(types, pointer_bytes),
                                 {types.ptr, type_of_parameter<Parameters>(types, pointer_bytes)...}, false);
}

/// Compiled code of 32-bit targets finds the context in a register that it never changes; a thunk sets it, and gives back what
/// the runtime had there.
class ContextRegister {
 public:
  ContextRegister(llvm::IRBuilder<>& builder, const llvm::Triple& triple, llvm::Value* context)
      : move_(triple.isRISCV() ? "mv " : "mov "), name_(context_register(triple).str()) {
    if (name_.empty()) return;
    auto* type = llvm::FunctionType::get(context->getType(), {context->getType()}, false);
    before_ = builder.CreateCall(type, llvm::InlineAsm::get(type, move_ + "$0, " + name_ + "\n" + move_ + name_ + ", $1", "=&r,r", true), {context});
  }
  void restore(llvm::IRBuilder<>& builder) const {
    if (before_ == nullptr) return;
    auto* type = llvm::FunctionType::get(builder.getVoidTy(), {before_->getType()}, false);
    builder.CreateCall(type, llvm::InlineAsm::get(type, move_ + name_ + ", $0", "r", true), {before_});
  }

 private:
  const std::string move_;
  const std::string name_;
  llvm::Value* before_ = nullptr;
};

/// Bytes of Wasm that switches over known callees may inline in one part, an eighth of its own.
constexpr uint32_t kMaxGrowth = 8 * 1024;

/// Whether calls of the type are the same in the convention of routines.
bool has_register_for_index(const llvm::Triple& triple, const wasm::FuncType& type) {
  const auto is_float = [](wasm::ValType value) { return value == wasm::ValType::F32 || value == wasm::ValType::F64 || value.is_vector(); };
  return !triple.isThumb() || (std::ranges::none_of(type.params, is_float) && std::ranges::none_of(type.results, is_float));
}

constexpr const char* kStorageNames[] = {"context", "budget", "runtime", "objects", "globals", "memory"};

}  // namespace

std::string function_symbol(uint32_t func_idx) { return "f" + std::to_string(func_idx); }
std::string thunk_symbol(uint32_t type_idx) { return "t" + std::to_string(type_idx); }

/// The context must be where the runtime leaves it: in a register that every function finds it in.
bool enters_with_words(const TranslateOptions& options, const Throwing& throwing, const llvm::Triple& triple, const wasm::FuncType& type) {
  return options.small_code && (triple.isArch32Bit() || !throwing.tail_calls) && is_entered_with_words(type, triple.isArch64Bit() ? 8 : 4);
}

ModuleTranslator::ModuleTranslator(llvm::LLVMContext& context, const wasm::Module& module, const ModuleFacts& facts,
                                   const TranslateOptions& options, const std::string& triple, const llvm::DataLayout& layout)
    : wasm_(module),
      facts_(facts),
      options_(options),
      types_(context),
      llvm_(std::make_unique<llvm::Module>("module", context)),
      debug_(*llvm_),
      debug_file_(debug_.createFile("module.wasm", ".")),
      pointer_bytes_(layout.getPointerSize()),
      growth_left_(kMaxGrowth),
      functions_(module.functions.size()) {
  llvm_->setTargetTriple(triple);
  llvm_->setDataLayout(layout);
  llvm_->addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
  llvm_->addModuleFlag(llvm::Module::Warning, "Dwarf Version", 4);
  const auto emission = options.debug ? llvm::DICompileUnit::FullDebug : llvm::DICompileUnit::LineTablesOnly;
  debug_.createCompileUnit(llvm::dwarf::DW_LANG_C, debug_file_, "umberc", true, "", 0, "", emission);
  llvm::MDBuilder metadata(context);
  // With guard regions what an instance has set before an access that faults must have been set, and nothing that follows. So a store to what
  // others see is no neighbour of memory but an ancestor: it overlaps memory, and keeps its order with the accesses that may fault.
  llvm::MDNode* root = metadata.createTBAARoot("umber");
  const bool may_fault = options.bounds == BoundsChecks::Guard;
  llvm::MDNode* seen = root;
  for (unsigned i = 0; i < std::size(kStorageNames); ++i) {
    const bool is_seen = may_fault && i >= static_cast<unsigned>(Storage::Runtime);
    const bool is_memory = i == static_cast<unsigned>(Storage::Memory);
    if (is_seen && !is_memory) seen = metadata.createTBAAScalarTypeNode(std::string("set ") + kStorageNames[i], seen);
    llvm::MDNode* type = metadata.createTBAAScalarTypeNode(kStorageNames[i], is_seen ? seen : root);
    load_tags_[i] = metadata.createTBAAStructTagNode(type, type, 0);
    store_tags_[i] = is_seen && !is_memory ? metadata.createTBAAStructTagNode(seen, seen, 0) : load_tags_[i];
  }
  const llvm::Triple target(triple);
  rounding_keeps_nans_ = target.isRISCV();
  clamping_keeps_nans_ = target.isThumb();
  first_parameter_ = context_register(target).empty() ? 1 : 0;
  const bool is_large = target.getArch() == llvm::Triple::x86_64 || target.isAArch64();
  // Where LLVM has it: callee and caller may then differ in their parameters in a guaranteed tail call. Callees pop their arguments there,
  // if only padding, so other modules have the C convention.
  if (is_large && facts.throwing.tail_calls) convention_ = llvm::CallingConv::Tail;
  has_self_register_ = is_large;
  context_stays_ = is_large && !facts.throwing.tail_calls;
}

llvm::FunctionType* ModuleTranslator::helper_type(NativeHelper helper) const {
  switch (helper) {
#define UMBER_TYPE_OF_HELPER(name, ...) \
  case NativeHelper::name: return type_of_trapping(types_, pointer_bytes_, decltype(NativeHelpers::name){});
    UMBER_TRAPPING_HELPERS(UMBER_TYPE_OF_HELPER)
    UMBER_OBJECT_HELPERS(UMBER_TYPE_OF_HELPER)
#undef UMBER_TYPE_OF_HELPER
#define UMBER_TYPE_OF_HELPER(name, ...) \
  case NativeHelper::name: return type_of_plain(types_, pointer_bytes_, decltype(NativeHelpers::name){});
    UMBER_PLAIN_HELPERS(UMBER_TYPE_OF_HELPER)
#undef UMBER_TYPE_OF_HELPER
  }
  return nullptr;
}

bool ModuleTranslator::is_guarded(uint32_t memory) const {
  const wasm::MemoryType& type = wasm_.memories[memory].type;
  return options_.bounds == BoundsChecks::Guard && !type.limits.is_64 && type.page_size_log2 == 16;
}

bool ModuleTranslator::has_memory_hole() const {
  constexpr uint64_t kLargest = (uint64_t{1} << 32) - kMemoryHole;
  for (uint32_t i = 0; i < wasm_.memories.size(); ++i) {
    const wasm::MemoryType& type = wasm_.memories[i].type;
    if (type.limits.is_64 || type.page_size_log2 != 16) return false;
    const bool is_small = type.limits.has_max && type.limits.max << 16 <= kLargest;
    if (!is_small && (i < wasm_.imported_memories || type.limits.min << 16 > kLargest)) return false;
  }
  return true;
}

void ModuleTranslator::annotate(llvm::Instruction* access, Storage storage, bool invariant) const {
  const auto kind = static_cast<unsigned>(storage);
  auto* store = llvm::dyn_cast<llvm::StoreInst>(access);
  access->setMetadata(llvm::LLVMContext::MD_tbaa, store != nullptr ? store_tags_[kind] : load_tags_[kind]);
  // A store to memory that faults reads nothing, so LLVM would think that nobody sees what is set before it and again behind it.
  if (store != nullptr && store_tags_[kind] != load_tags_[kind]) store->setVolatile(true);
  if (invariant) access->setMetadata(llvm::LLVMContext::MD_invariant_load, llvm::MDNode::get(types_.context, {}));
}

bool is_memory_tag(const llvm::MDNode& tag) {
  const auto* type = llvm::cast<llvm::MDNode>(tag.getOperand(0));
  return llvm::cast<llvm::MDString>(type->getOperand(0))->getString() == kStorageNames[static_cast<unsigned>(Storage::Memory)];
}

bool is_memory_access(const llvm::Instruction& access) {
  const llvm::MDNode* tag = access.getMetadata(llvm::LLVMContext::MD_tbaa);
  return tag != nullptr && is_memory_tag(*tag);
}

llvm::DISubprogram* ModuleTranslator::debug_scope(uint32_t func_idx, llvm::Function& function) {
  llvm::DISubroutineType* type = debug_.createSubroutineType(debug_.getOrCreateTypeArray({}));
  const StringRef known = options_.debug ? wasm_.function_name(func_idx) : StringRef();
  const llvm::StringRef name = known.empty() ? function.getName() : llvm::StringRef(known.data(), known.size());
  llvm::DISubprogram* scope = debug_.createFunction(debug_file_, name, name, debug_file_,
                                                    wasm_.functions[func_idx].body.offset, type,
                                                    wasm_.functions[func_idx].body.offset, llvm::DINode::FlagZero,
                                                    llvm::DISubprogram::SPFlagDefinition);
  function.setSubprogram(scope);
  return scope;
}

void ModuleTranslator::declare(uint32_t func_idx) {
  auto* function = llvm::Function::Create(types_.function(wasm_.func_type(func_idx), first_parameter_ != 0), llvm::GlobalValue::ExternalLinkage,
                                          function_symbol(func_idx), *llvm_);
  function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  function->setDSOLocal(true);
  function->setCallingConv(convention_);
  if (context_stays_) function->addParamAttr(0, llvm::Attribute::SwiftSelf);
  function->setDoesNotThrow();
  function->addFnAttr("frame-pointer", "all");
  functions_[func_idx] = function;
}

llvm::CallInst* ModuleTranslator::call(llvm::IRBuilder<>& builder, const wasm::FuncType& type, llvm::Value* code, std::span<llvm::Value* const> arguments,
                                       llvm::Value* index) const {
  arguments = arguments.subspan(1 - first_parameter_);
  llvm::FunctionType* signature = types_.function(type, first_parameter_ != 0);
  std::vector<llvm::Value*> all(arguments.begin(), arguments.end());
  if (index != nullptr) {
    std::vector<llvm::Type*> parameters = signature->params().vec();
    parameters.push_back(index->getType());
    signature = llvm::FunctionType::get(signature->getReturnType(), parameters, false);
    all.push_back(index);
  }
  llvm::CallInst* call = builder.CreateCall(signature, code, all);
  call->setCallingConv(index == nullptr ? convention_ : convention_of_routine());
  if (index != nullptr) call->addParamAttr(call->arg_size() - 1, llvm::Attribute::Nest);  // a register that no argument is in
  if (context_stays_) call->addParamAttr(0, llvm::Attribute::SwiftSelf);
  return call;
}

/// LLVM's conventions for Arm have a register for `nest` only where floats are not in registers of their own.
llvm::CallingConv::ID ModuleTranslator::convention_of_routine() const {
  return llvm::Triple(llvm_->getTargetTriple()).isThumb() ? llvm::CallingConv::ARM_AAPCS : convention_;
}

llvm::Value* ModuleTranslator::table_routine(uint32_t table, uint32_t type_idx) {
  const uint32_t type = wasm_.types[type_idx].canonical;
  const bool finds_context = first_parameter_ == 0 || context_stays_;
  if (!options_.small_code || !finds_context || !is_plain(table) || !has_register_for_index(llvm::Triple(llvm_->getTargetTriple()), wasm_.types[type_idx].func) || wasm_.tables[table].type.limits.is_64 || type > kMaxTypeOfRoutine) return nullptr;
  constant_table(table)->setLinkage(llvm::GlobalValue::WeakODRLinkage);  // only the routine refers to it
  auto* routine = llvm::cast<llvm::Function>(
      llvm_->getOrInsertFunction(table_call_symbol(table, type, constant_table_size(table)), llvm::FunctionType::get(types_.nothing, false)).getCallee());
  routine->setCallingConv(convention_of_routine());
  routine->setVisibility(llvm::GlobalValue::HiddenVisibility);
  routine->setDSOLocal(true);
  return routine;
}

/// Stubs have the C convention, and the context where `swiftself` is, in the context's register, or in front of the arguments.
llvm::CallInst* ModuleTranslator::call_stub(llvm::IRBuilder<>& builder, const std::string& symbol, llvm::Type* result, std::vector<llvm::Value*> arguments,
                                            llvm::Value* vm_context) const {
  if (first_parameter_ != 0) arguments.insert(arguments.begin(), vm_context);
  std::vector<llvm::Type*> parameters;
  for (llvm::Value* argument : arguments) parameters.push_back(argument->getType());
  auto* type = llvm::FunctionType::get(result, parameters, false);
  auto* stub = llvm::cast<llvm::Function>(llvm_->getOrInsertFunction(symbol, type).getCallee());
  stub->setVisibility(llvm::GlobalValue::HiddenVisibility);
  stub->setDSOLocal(true);
  llvm::CallInst* call = builder.CreateCall(stub, arguments);
  if (has_self_register_) call->addParamAttr(0, llvm::Attribute::SwiftSelf);
  call->setDoesNotThrow();
  call->setTailCallKind(llvm::CallInst::TCK_NoTail);
  call->addFnAttr(llvm::Attribute::NoMerge);  // its address tells where it is
  return call;
}

void ModuleTranslator::call_trap(llvm::IRBuilder<>& builder, TrapKind kind, llvm::Value* vm_context) const {
  llvm::CallInst* call = call_stub(builder, trap_symbol(kind), types_.nothing, {}, vm_context);
  call->setDoesNotReturn();
  call->addFnAttr(llvm::Attribute::Cold);
}

llvm::CallInst* ModuleTranslator::call_import(llvm::IRBuilder<>& builder, uint32_t func_idx, std::span<llvm::Value* const> arguments,
                                              llvm::Value* vm_context) const {
  const wasm::FuncType& type = wasm_.func_type(func_idx);
  llvm::Type* result = type.results.empty() ? types_.nothing : types_.of(type.results[0]);
  if (!type.results.empty()) result = builder.getIntNTy(result->getPrimitiveSizeInBits());
  return call_stub(builder, import_symbol(func_idx), result, words_of(builder, arguments, pointer_bytes_), vm_context);
}

llvm::Value* ModuleTranslator::context_in(llvm::Function& function, llvm::BasicBlock& entry) const {
  if (first_parameter_ != 0) return function.getArg(0);
  const llvm::Triple triple(llvm_->getTargetTriple());
  llvm::IRBuilder<> builder(&entry);
  if (triple.isRISCV()) {  // read in place; on Arm LLVM can't
    auto* name = llvm::MDNode::get(types_.context, llvm::MDString::get(types_.context, context_register(triple)));
    llvm::Value* word = builder.CreateIntrinsic(llvm::Intrinsic::read_register, {types_.i32}, {llvm::MetadataAsValue::get(types_.context, name)});
    return builder.CreateIntToPtr(word, types_.ptr);
  }
  const std::string move = "mov $0, " + context_register(triple).str();
  auto* type = llvm::FunctionType::get(types_.ptr, false);
  llvm::CallInst* read = builder.CreateCall(type, llvm::InlineAsm::get(type, move, "=r", false));
  read->setMemoryEffects(llvm::MemoryEffects::none());
  read->setDoesNotThrow();
  read->addFnAttr(llvm::Attribute::WillReturn);
  return read;
}

llvm::Function* ModuleTranslator::function(uint32_t func_idx) {
  if (functions_[func_idx] == nullptr) declare(func_idx);
  return functions_[func_idx];
}

llvm::GlobalVariable* ModuleTranslator::constant_table(uint32_t table) {
  const std::vector<uint32_t>& elements = facts_.tables[table];
  if (elements.empty()) return nullptr;
  const std::string name = "table" + std::to_string(table);
  if (llvm::GlobalVariable* made = llvm_->getGlobalVariable(name)) return made;
  auto* type = llvm::ArrayType::get(types_.i32, elements.size() * 2);
  auto* array = new llvm::GlobalVariable(*llvm_, type, true, llvm::GlobalValue::LinkOnceODRLinkage, nullptr, name);
  array->setVisibility(llvm::GlobalValue::HiddenVisibility);
  array->setComdat(llvm_->getOrInsertComdat(name));
  array->setDSOLocal(true);
  array->setAlignment(llvm::Align(8));
  llvm::Type* word = llvm::Type::getIntNTy(types_.context, pointer_bytes_ * 8);
  std::vector<llvm::Constant*> words;
  for (const uint32_t func_idx : elements) {
    if (func_idx == wasm::kNoIndex || wasm_.is_imported_func(func_idx)) {
      words.insert(words.end(), {llvm::ConstantInt::get(types_.i32, wasm::kNoIndex), llvm::ConstantInt::get(types_.i32, 0)});
      continue;
    }
    llvm::Constant* distance = llvm::ConstantExpr::getSub(llvm::ConstantExpr::getPtrToInt(function(func_idx), word),
                                                          llvm::ConstantExpr::getPtrToInt(array, word));
    if (pointer_bytes_ == 8) distance = llvm::ConstantExpr::getTrunc(distance, types_.i32);
    words.insert(words.end(), {llvm::ConstantInt::get(types_.i32, wasm_.function_types[func_idx]), distance});
  }
  array->setInitializer(llvm::ConstantArray::get(type, words));
  return array;
}

std::span<const KnownCallee> ModuleTranslator::take_known_callees(uint32_t table, uint32_t type_idx, uint32_t caller) {
  if (!options_.known_callees) return {};
  const std::span<const KnownCallee> callees = facts_.callees.of(table, wasm_.types[type_idx].canonical);
  if (std::ranges::find(callees, caller, &KnownCallee::func_idx) != callees.end()) return {};
  const uint32_t growth = bytes_of_cases(wasm_, callees);
  if (growth > growth_left_) return {};
  growth_left_ -= growth;
  return callees;
}

bool ModuleTranslator::is_plain(uint32_t table) const {
  return std::ranges::all_of(facts_.tables[table], [&](uint32_t func_idx) {
    if (func_idx == wasm::kNoIndex) return true;
    return !wasm_.is_imported_func(func_idx) && wasm_.types[wasm_.function_types[func_idx]].super == wasm::TypeDef::kNoSuper;
  });
}

/// void thunk(context, code, values): parameters from frame slots, results into them.
void ModuleTranslator::emit_inbound_thunk(uint32_t type_idx) {
  const wasm::FuncType& type = wasm_.types[type_idx].func;
  auto* signature = llvm::FunctionType::get(types_.nothing, {types_.ptr, types_.ptr, types_.ptr}, false);
  auto* thunk = llvm::Function::Create(signature, llvm::GlobalValue::WeakODRLinkage, thunk_symbol(type_idx), *llvm_);
  thunk->setVisibility(llvm::GlobalValue::HiddenVisibility);
  thunk->setSection(kThunkSection);
  thunk->setDoesNotThrow();
  thunk->addFnAttr("frame-pointer", "all");
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(types_.context, "", thunk));
  const ContextRegister held(builder, llvm::Triple(llvm_->getTargetTriple()), thunk->getArg(0));
  llvm::Value* values = thunk->getArg(2);
  const bool has_results_pointer = type.results.size() > 1;
  std::vector<llvm::Value*> arguments = {thunk->getArg(0)};
  if (has_results_pointer) arguments.push_back(values);
  uint32_t slot = 0;
  for (const wasm::ValType param : type.params) {
    llvm::Value* at = builder.CreateConstInBoundsGEP1_64(types_.i64, values, slot);
    arguments.push_back(builder.CreateAlignedLoad(types_.of(param), at, llvm::Align(8)));
    slot += param.slots();
  }
  llvm::CallInst* result = call(builder, type, thunk->getArg(1), arguments);
  if (type.results.size() == 1) {
    llvm::Value* value = result;
    if (value->getType() == types_.i32) value = builder.CreateZExt(value, types_.i64);
    builder.CreateAlignedStore(value, values, llvm::Align(8));
  }
  held.restore(builder);
  builder.CreateRetVoid();
}

Status ModuleTranslator::translate(uint32_t first, uint32_t end, Allocator& allocator) {
  Arena arena(allocator, 256 * 1024);
  ir::FunctionBuilder bodies(wasm_, allocator);
  std::vector<bool> has_thunk(wasm_.types.size());
  // All first, so that code lies in the order of function indices.
  for (uint32_t func_idx = first; func_idx < end; ++func_idx) declare(func_idx);
  for (uint32_t func_idx = first; func_idx < end; ++func_idx) {
    const Result<ir::Function> built = bodies.build(func_idx);
    if (!built.ok()) return built.error();
    FunctionTranslator(*this, built.value(), *function(func_idx)).translate();
    const uint32_t type_idx = wasm_.function_types[func_idx];
    // The runtime enters what is exported or may be referred to, and the start function.
    const bool is_entered = wasm_.start == func_idx || (!wasm_.declared_functions.empty() && wasm_.is_declared(func_idx));
    if (has_thunk[type_idx] || !is_entered) continue;
    has_thunk[type_idx] = true;
    if (!enters_with_words(options_, facts_.throwing, llvm::Triple(llvm_->getTargetTriple()), wasm_.types[type_idx].func)) emit_inbound_thunk(type_idx);
  }
  debug_.finalize();
  return {};
}

}  // namespace umber::aot
