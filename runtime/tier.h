// How an execution tier (the interpreter, the loader of compiled images) plugs into the runtime, which knows none of them.
// A tier's whole job at instantiation is to give every own function of the instance an entry.
#pragma once

#include "base/error.h"
#include "runtime/abi.h"

namespace umber {

class Tier {
 public:
  /// Called once per instance, after imports are bound and memories, tables and globals exist, before segments and
  /// the start function. Sets `entry` (and `target`) of all own functions (`context().funcs`), and `context().code` if
  /// the tier uses it. May keep state in Instance::tier_state. Encoding may happen lazily, at a function's first call.
  [[nodiscard]] virtual Status prepare(Instance& instance) = 0;
  /// Called once for every prepared instance (also one whose prepare failed) when it goes: frees what prepare took.
  virtual void release(Instance& instance) = 0;

 protected:
  ~Tier() = default;
};

}  // namespace umber
