#include "runtime/host.h"

#include "runtime/store.h"

namespace umber {

namespace {

constexpr MemoryView kNoMemory{};

}  // namespace

const MemoryView& Caller::memory() const {
  const Instance* caller = instance();
  if (caller == nullptr || caller->memory_count() == 0) return kNoMemory;
  caller->memory(0).refresh();
  return caller->memory(0).view();
}

RunStatus host_entry(Execution& execution, const Func& func, Slot* values) {
  const auto& record = *static_cast<const HostFuncRecord*>(func.target);
  Caller caller(execution);
  execution.count_host_call();
  return record.callback(record.state, caller, values).status();
}

}  // namespace umber
