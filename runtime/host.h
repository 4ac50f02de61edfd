// Host functions: what an embedder offers to guests. This is the untyped face, a callback over slots;
// runtime/host_function.h generates such callbacks from typed C++ signatures, and is what most code should use.
#pragma once

#include "runtime/execution.h"
#include "runtime/extern.h"

namespace umber {

/// How a host function ended: Done, or a trap that Caller::trap or Caller::exit has recorded.
class [[nodiscard]] HostResult {
 public:
  static HostResult done() { return HostResult(RunStatus::Done); }
  [[nodiscard]] RunStatus status() const { return status_; }

 private:
  friend class Caller;
  friend class HostCall;
  explicit HostResult(RunStatus status) : status_(status) {}
  RunStatus status_;
};

/// What a host function knows of its call. Valid during the call only.
class Caller {
 public:
  explicit Caller(Execution& execution) : execution_(execution) {}

  [[nodiscard]] Execution& execution() const { return execution_; }
  [[nodiscard]] Store& store() const { return execution_.store(); }
  /// The calling instance; null when the embedder calls the host function itself.
  [[nodiscard]] Instance* instance() const {
    return execution_.current() == nullptr ? nullptr : execution_.current()->instance;
  }
  /// The caller's memory 0; an empty view when there is none. Read it again after anything that may run guest code.
  [[nodiscard]] const MemoryView& memory() const;

  /// Ends the run with a trap; `parts` make its message.
  template <class... Parts>
  HostResult trap(TrapKind kind, const Parts&... parts) {
    return HostResult(execution_.trap(kind, parts...));
  }
  /// Throws into the calling guest; `payload` as the tag's parameters, v128 in two slots. A full heap is a trap instead.
  HostResult throw_exception(const Tag& tag, const Slot* payload);
  /// Ends the run as proc_exit does.
  HostResult exit(int32_t code) { return HostResult(execution_.exit(code)); }
  /// Calls back into guest code. Not Done: return the result at once, unless it is an exception that the host handles
  /// (Execution::last_trap, runtime/exception.h).
  HostResult call(const Func& func, Slot* values) { return HostResult(execution_.call(func, values)); }

 private:
  Execution& execution_;
};

/// `values`: parameters in, results out (v128 takes two slots; i32 results zero-extended). Must not block without watching
/// Execution::kill_requested.
using HostCallback = HostResult (*)(void* state, Caller& caller, Slot* values);

/// A host function before it belongs to a store. The spans must live until the function has been created; the state
/// as long as the store.
struct HostFunction {
  HostCallback callback = nullptr;
  void* state = nullptr;
  std::span<const wasm::ValType> params;
  std::span<const wasm::ValType> results;
};

/// A host function in a store.
struct HostFuncRecord {
  Func func;
  HostCallback callback = nullptr;
  void* state = nullptr;
  HostFuncRecord* next = nullptr;  ///< the store's list
};

/// The entry of every host function.
RunStatus host_entry(Execution& execution, const Func& func, Slot* values);

}  // namespace umber
