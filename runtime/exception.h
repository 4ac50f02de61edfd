// Exceptions as hosts see them (https://webassembly.github.io/spec/core/exec/runtime.html#exception-instances). An exception is an
// object of the store's heap: its tag and the payload, in slots. One that nobody catches ends the run:
// RunStatus::Trapped with TrapKind::UncaughtException, and the trap record holds the object until the next run.
//
//   if (execution.last_trap().kind == TrapKind::UncaughtException) {
//     const ExceptionView thrown(execution.last_trap().exception);
//     if (&thrown.tag() == error_tag) report(thrown.payload(store)[0].u32);
//   }
#pragma once

#include <span>

#include "runtime/heap/object.h"
#include "runtime/heap/roots.h"

namespace umber {

class Store;

/// Looks into an exception, which must be kept alive: by the trap record, a RootedRef, or because nothing is allocated.
class ExceptionView {
 public:
  /// `exception`: an exnref, not null.
  explicit ExceptionView(Ref exception) : object_(object_at(exception)) {}

  /// Its identity is its address.
  [[nodiscard]] const Tag& tag() const {
    return *reinterpret_cast<const Tag*>(static_cast<uintptr_t>(load_le<uint64_t>(object_ + kExceptionTag)));
  }
  /// The arguments of `throw`; v128 takes two slots. Their types are the tag's parameters.
  [[nodiscard]] std::span<const Slot> payload(const Store& store) const;

 private:
  const uint8_t* object_;
};

/// A new exception with that payload, which counts as a root meanwhile only as far as `run` shows it. kNullRef: the heap is full.
[[nodiscard]] Ref make_exception(Store& store, const Tag& tag, const Slot* payload, const RunRoots& run);

}  // namespace umber
