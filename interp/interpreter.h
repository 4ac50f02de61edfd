// The interpreter as an execution tier (runtime/tier.h). One Interpreter serves any number of instances and, given
// a scheduler, any number of threads; instances of the same module share its code.
#pragma once

#include "interp/module_code.h"
#include "runtime/tier.h"

namespace umber {

struct InterpreterConfig {
  /// Encode every function when the instance is created, instead of each at its first call. Function bodies are validated on
  /// the way: if all that was validated before are the module's declarations, nothing is missed.
  bool eager = false;
  /// How many tasks of the scheduler may share that work.
  unsigned tasks = 1;
  /// With `eager`, on machines of 64 bits, the functions of modules of `draft_bytes` and more are encoded as drafts, in two thirds of
  /// the time; a function whose draft has been entered so often, or whose loops have turned accordingly, goes on in code like
  /// everyone's, which is encoded then. 0: that code at once.
  uint16_t patience = 200;
  size_t draft_bytes = size_t{1} << 20;
  /// False: values stay in frame slots and nothing is fused. Slower; for comparing results.
  bool registers = true;
  /// Keep what translating a function works with (7 KB and more a module) for the next function. False: it is given back after each.
  bool keeps_workshop = sizeof(void*) == 8;
  /// Where its locks come from; outlives the interpreter. Null: all its instances are used by one thread at a time.
  Scheduler* scheduler = nullptr;
};

class Interpreter final : public Tier {
 public:
  /// The allocator must outlive the interpreter and, if instances live on several threads, be thread-safe.
  explicit Interpreter(Allocator& allocator, const InterpreterConfig& config = {});
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;
  /// All instances must be gone.
  ~Interpreter();

  /// Gives every function of the instance its entry. Errors: OutOfMemory; with `eager`, whatever building the IR finds.
  [[nodiscard]] Status prepare(Instance& instance) override;
  void release(Instance& instance) override;

  /// Bytes of encoded code so far, of all modules.
  [[nodiscard]] size_t code_bytes();

 private:
  [[nodiscard]] interp::ModuleCode* code_for(const wasm::Module& module, interp::EncodeOptions options);

  Allocator& allocator_;
  const InterpreterConfig config_;
  Monitor* lock_ = nullptr;  ///< null without a scheduler
  interp::ModuleCode* modules_ = nullptr;
};

}  // namespace umber
