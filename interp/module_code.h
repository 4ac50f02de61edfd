// The encoded functions of one module, shared by its instances. Functions are encoded one at a time, usually at their first call;
// until then their place in the table points at a header that says so. Encoding holds a lock of the scheduler, so who waits for
// it sleeps; running code takes none: a function's code is complete before the table points at it.
#pragma once

#include <atomic>

#include "base/vec.h"
#include "interp/code.h"
#include "interp/encode/encoder.h"
#include "runtime/scheduler.h"

namespace umber::interp {

class ModuleCode {
 public:
  /// All must outlive it. Without `scheduler` it is used by one thread at a time. `keeps_workshop`: see InterpreterConfig.
  ModuleCode(const wasm::Module& module, EncodeOptions options, Allocator& allocator, Scheduler* scheduler, bool keeps_workshop = true);
  ModuleCode(const ModuleCode&) = delete;
  ModuleCode& operator=(const ModuleCode&) = delete;
  ~ModuleCode();

  [[nodiscard]] Status init();
  /// Encodes a function unless another thread has done so meanwhile. With `patience` in the options it becomes a draft.
  [[nodiscard]] Status encode(uint32_t func_idx);
  /// Encodes every function, by up to `tasks` tasks of the scheduler. Of several errors the first in module order wins.
  [[nodiscard]] Status encode_all(unsigned tasks);
  /// The code of a function that has a draft, encoded now unless that has been done; null: out of memory. Thread-safe like encode.
  [[nodiscard]] const Code* successor(uint32_t func_idx);
  /// The function that `pc` lies in; null if none. Logarithmic: exceptions ask for every frame.
  [[nodiscard]] const Code* find(const Code* pc);
  /// Wasm offset of the instruction at `position` of some function's code, which `find` has found; the function's own if that
  /// cannot be told.
  [[nodiscard]] uint32_t offset_at(const Code* code, uint32_t position);

  /// By function index; imported ones are null.
  [[nodiscard]] const void* const* table() const { return table_; }
  [[nodiscard]] bool is_for(const wasm::Module& module, EncodeOptions options) const { return &module_ == &module && options_ == options; }
  [[nodiscard]] size_t code_bytes() const { return code_bytes_.load(std::memory_order_relaxed); }
  /// Gives the working memory of encoding back.
  void trim();

  uint32_t users = 0;          ///< instances; for the owner
  ModuleCode* next = nullptr;  ///< for the owner's list

 private:
  /// What encoding needs besides its result; made when needed.
  struct Workshop;
  struct Batch;
  [[nodiscard]] Workshop* workshop();
  /// What functions become first.
  [[nodiscard]] Version first_version() const { return options_.patience != 0 ? Version::Draft : Version::Only; }
  [[nodiscard]] Status encode_with(Workshop& shop, uint32_t func_idx, Version version);
  [[nodiscard]] uint32_t offset_with(Workshop& shop, const FunctionHeader& header, uint32_t position) const;
  [[nodiscard]] Result<std::span<const Code>> translate(Workshop& shop, uint32_t func_idx, Version version) const;
  /// Memory for a function's code, which `find` knows from now on; `more`: at least how much will be wanted next. Under the lock;
  /// null: out of memory.
  [[nodiscard]] Code* reserve(size_t bytes, size_t more);
  [[nodiscard]] Code* reserve_large(size_t bytes, size_t more);
  /// Puts the code there and the function into the table. Should two threads do so, both codes are good.
  void publish(uint32_t func_idx, std::span<const Code> code, Code* memory);
  [[nodiscard]] Status encode_in_batch(Workshop& shop, uint32_t func_idx);
  static void encode_batch(void* batch);
  [[nodiscard]] unsigned useful_tasks(unsigned wanted) const;
  /// Functions that lie side by side, in order: those of one block of the arena, as a rule.
  struct Run {
    const Code* begin;
    const Code* end;
    uint32_t first;  ///< in encoded_
    uint32_t count;
  };
  [[nodiscard]] bool index_code(const Code* code, size_t bytes);

  const wasm::Module& module_;
  const EncodeOptions options_;
  Allocator& allocator_;
  Arena code_arena_;
  Vec<Code*> large_blocks_;      ///< of kLargeBlock bytes
  size_t large_used_ = 0;        ///< of the last one
  Scheduler* const scheduler_;
  Monitor* lock_ = nullptr;  ///< null without a scheduler
  Workshop* workshop_ = nullptr;
  const bool keeps_workshop_;
  const void** table_ = nullptr;
  Vec<const Code*> encoded_;  ///< in the order of encoding
  Vec<Run> runs_;             ///< by address
  uint32_t last_run_ = 0;
  std::atomic<size_t> code_bytes_{0};
};

}  // namespace umber::interp
