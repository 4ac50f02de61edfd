// A Wasm module as an LLVM module: declarations of its functions, the thunks between native calls and frame slots, and what
// all bodies share: the target's layout of the runtime's structures, and alias information. Bodies are translated one by
// one (function_translator.h).
#pragma once

#include <llvm/IR/DIBuilder.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/TargetParser/Triple.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "aot/compiler/constant_tables.h"
#include "aot/compiler/known_callees.h"
#include "aot/compiler/throwing.h"
#include "aot/compiler/types.h"
#include "base/error.h"
#include "runtime/native_abi.h"

namespace umber::aot {

enum class BoundsChecks : uint8_t {
  Guard,     ///< memories that can have guard regions have them: an access beyond one faults
  Explicit,  ///< every access is compared with the memory's size
};

/// How a run is stopped from outside: kill, deadline.
enum class Interruption : uint8_t {
  None,
  Heartbeat,  ///< a timer's handler takes the thread out of the code, which does nothing for it
  Coarse,     ///< as Budget, but up to 65,536 iterations of an inner loop go by, and functions without loops and calls are free
  Budget,     ///< entries and loop headers charge the budget: fuel too
};

/// The target's instruction that looks up bytes in a vector, if it has one.
enum class ByteShuffle : uint8_t { None, X86, AArch64 };

struct TranslateOptions {
  BoundsChecks bounds = BoundsChecks::Guard;
  Interruption interruption = Interruption::Budget;
  ByteShuffle byte_shuffle = ByteShuffle::None;
  bool debug = false;  ///< functions for debuggers, with their names
  bool known_callees = false;  ///< calls through constant tables may become switches over direct calls
  bool small_code = false;  ///< routines of the image do what they can: calls of imports (import_stubs.h), looking at the stack's end (stack_checks.h)

  [[nodiscard]] bool charges_budget() const { return interruption == Interruption::Budget || interruption == Interruption::Coarse; }
};

/// Kinds of storage that never overlap, as LLVM's type-based alias analysis sees them.
enum class Storage : uint8_t {
  Context,  ///< VmContext but the budget
  Budget,
  Runtime,  ///< views, tables, functions: from here on others see what a function stores
  Objects,  ///< of the garbage-collected heap
  Globals,
  Memory,  ///< linear memories
};

/// What the whole module tells about its parts.
struct ModuleFacts {
  ConstantTables tables;
  Throwing throwing;
  KnownCallees callees;
};

class ModuleTranslator {
 public:
  /// `layout` is the target's data layout.
  ModuleTranslator(llvm::LLVMContext& context, const wasm::Module& module, const ModuleFacts& facts, const TranslateOptions& options,
                   const std::string& triple, const llvm::DataLayout& layout);

  /// Translates the bodies [first, end) of the function index space (defined functions only) and their thunks.
  [[nodiscard]] Status translate(uint32_t first, uint32_t end, Allocator& allocator);

  [[nodiscard]] const wasm::Module& wasm() const { return wasm_; }
  [[nodiscard]] const Types& types() const { return types_; }
  [[nodiscard]] const TranslateOptions& options() const { return options_; }
  [[nodiscard]] llvm::Module& llvm() { return *llvm_; }
  /// Bytes of a pointer on the target.
  [[nodiscard]] unsigned pointer_bytes() const { return pointer_bytes_; }
  /// The native function of a defined function.
  [[nodiscard]] llvm::Function* function(uint32_t func_idx);
  /// For a table that never changes: an array of pairs of i32 for its elements, the type's index and the distance from
  /// the array to the code; elements without native code here have type kNoIndex. Null for other tables.
  [[nodiscard]] llvm::GlobalVariable* constant_table(uint32_t table);
  [[nodiscard]] uint32_t constant_table_size(uint32_t table) const { return static_cast<uint32_t>(facts_.tables[table].size()); }
  [[nodiscard]] bool catches() const { return facts_.throwing.catches; }
  [[nodiscard]] bool may_throw(uint32_t func_idx) const { return facts_.throwing.may_throw[func_idx]; }
  /// A function that needs little stack, all that it calls included.
  [[nodiscard]] bool is_shallow(uint32_t func_idx) const { return facts_.throwing.is_shallow[func_idx]; }
  /// A function that neither charges the budget nor looks at it.
  [[nodiscard]] bool is_uncharged(uint32_t func_idx) const {
    return options_.interruption == Interruption::Coarse && facts_.throwing.is_short[func_idx];
  }
  [[nodiscard]] llvm::CallingConv::ID convention() const { return convention_; }
  /// The context in a function, read where `entry` ends so far if it lies in a register.
  [[nodiscard]] llvm::Value* context_in(llvm::Function& function, llvm::BasicBlock& entry) const;
  /// Position of the first parameter behind the context in LLVM's functions.
  [[nodiscard]] unsigned first_parameter() const { return first_parameter_; }
  /// A call of a function with the signature of `type`: context, room for results if there are several, parameters.
  /// `index`: null, or that of the element of a table which `code` is the routine for.
  [[nodiscard]] llvm::CallInst* call(llvm::IRBuilder<>& builder, const wasm::FuncType& type, llvm::Value* code, std::span<llvm::Value* const> arguments,
                                     llvm::Value* index = nullptr) const;
  /// The routine that calls an element of a constant table (routine_stubs.h), at -Os if its stub can do that; else null.
  [[nodiscard]] llvm::Value* table_routine(uint32_t table, uint32_t type_idx);
  /// A call that never returns, at the builder's debug location.
  void call_trap(llvm::IRBuilder<>& builder, TrapKind kind, llvm::Value* vm_context) const;
  /// A call of an import through its stub, which may end the run: the result as an integer, if there is one.
  llvm::CallInst* call_import(llvm::IRBuilder<>& builder, uint32_t func_idx, std::span<llvm::Value* const> arguments, llvm::Value* vm_context) const;
  /// What a call through a constant table as of a type can reach, if it is worth a switch and this part may still grow by that much. Nothing if the
  /// caller is among them: inlined into each other such functions have larger frames, and recursion pays for those.
  [[nodiscard]] std::span<const KnownCallee> take_known_callees(uint32_t table, uint32_t type_idx, uint32_t caller);
  /// Whether a constant table has a function of no other type than what a call names, so that a call that finds another traps.
  [[nodiscard]] bool is_plain(uint32_t table) const;
  [[nodiscard]] llvm::FunctionType* helper_type(NativeHelper helper) const;
  /// Whether the target's ceil, floor, trunc and nearest keep signalling NaNs.
  [[nodiscard]] bool rounding_keeps_nans() const { return rounding_keeps_nans_; }
  /// Vectors of doubles are clamped by the processor's minimum and maximum, which don't make a number of a signalling NaN.
  [[nodiscard]] bool clamping_keeps_nans() const { return clamping_keeps_nans_; }
  /// A memory whose accesses need no explicit check.
  [[nodiscard]] bool is_guarded(uint32_t memory) const;
  /// Every memory has 32-bit addresses and ends kMemoryHole bytes before they do, whatever is imported and however it grows.
  [[nodiscard]] bool has_memory_hole() const;
  /// Says what storage a load or store touches; `invariant`: nothing changes it while a function runs.
  void annotate(llvm::Instruction* access, Storage storage, bool invariant = false) const;
  /// Scope of the debug locations of a function's code.
  [[nodiscard]] llvm::DISubprogram* debug_scope(uint32_t func_idx, llvm::Function& function);

 private:
  void emit_inbound_thunk(uint32_t type_idx);
  void declare(uint32_t func_idx);
  [[nodiscard]] llvm::CallingConv::ID convention_of_routine() const;
  llvm::CallInst* call_stub(llvm::IRBuilder<>& builder, const std::string& symbol, llvm::Type* result, std::vector<llvm::Value*> arguments,
                            llvm::Value* vm_context) const;

  const wasm::Module& wasm_;
  const ModuleFacts& facts_;
  const TranslateOptions options_;
  Types types_;
  std::unique_ptr<llvm::Module> llvm_;
  llvm::DIBuilder debug_;
  llvm::DIFile* debug_file_;
  const unsigned pointer_bytes_;
  llvm::CallingConv::ID convention_ = llvm::CallingConv::C;
  unsigned first_parameter_ = 1;  ///< 0: the context is in a register of its own, and not passed
  bool has_self_register_ = false;  ///< the target has one for `swiftself`
  bool context_stays_ = false;  ///< in a register that callees keep, on targets that have one for it
  bool rounding_keeps_nans_ = false;
  bool clamping_keeps_nans_ = false;
  llvm::MDNode* load_tags_[6] = {};
  llvm::MDNode* store_tags_[6] = {};
  uint32_t growth_left_;  ///< bytes of Wasm that known callees may still add to this part
  std::vector<llvm::Function*> functions_;
};

/// Whether ModuleTranslator::annotate said Storage::Memory: with this tag, or of this access.
[[nodiscard]] bool is_memory_tag(const llvm::MDNode& tag);
[[nodiscard]] bool is_memory_access(const llvm::Instruction& access);

/// Symbols of an object: a function, and the thunk that calls functions of a type with frame slots.
[[nodiscard]] std::string function_symbol(uint32_t func_idx);
[[nodiscard]] std::string thunk_symbol(uint32_t type_idx);

/// Whether functions of a type need no thunk, since the runtime enters them (aot/image/entry.h).
[[nodiscard]] bool enters_with_words(const TranslateOptions& options, const Throwing& throwing, const llvm::Triple& triple, const wasm::FuncType& type);

/// The section of thunks; they lie in front of all functions.
inline constexpr const char kThunkSection[] = ".text.thunk";

}  // namespace umber::aot
