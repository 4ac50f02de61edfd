// What the interpreter's tests share: guests from text, run with a given configuration.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "interp/interpreter.h"
#include "tests/runtime/harness.h"

namespace umber::test {

/// One way of running guests.
struct Mode {
  BoundsMode bounds = BoundsMode::Guarded;
  bool registers = true;
  bool eager = false;
  uint16_t patience = 0;  ///< of drafts, with `eager`
  HeapConfig heap = {};
};
inline std::string name_of(const Mode& mode) {
  return std::string(mode.bounds == BoundsMode::Guarded ? "guarded" : "checked") + (mode.registers ? "" : "_slots") +
         (mode.eager ? "_eager" : "") + (mode.patience == 0 ? "" : "_draft" + std::to_string(mode.patience));
}
inline const Mode kModes[] = {
    {BoundsMode::Guarded, true, false}, {BoundsMode::Checked, true, false}, {BoundsMode::Checked, true, true},
    {BoundsMode::Guarded, false, false}, {BoundsMode::Checked, false, false},
    {BoundsMode::Guarded, true, true, 1}, {BoundsMode::Checked, true, true, 3},
};

/// A store with an interpreter. Instances and modules live as long.
struct Guest {
  explicit Guest(const Mode& mode = {}, const ExecutionConfig& run = {})
      : interpreter(platform.allocator, {.eager = mode.eager, .patience = mode.patience, .draft_bytes = 0, .registers = mode.registers}),
        store(platform.allocator, config_of(mode), &platform.virtual_memory, &platform.clock), linker(store),
        execution(store, run) {
    EXPECT_TRUE(execution.init().ok());
  }
  static StoreConfig config_of(const Mode& mode) {
    StoreConfig config;
    config.bounds = mode.bounds;
    config.move_memory_on_grow = true;
    config.heap = mode.heap;
    return config;
  }
  Instance& add(const TextModule& module) {
    modules.push_back(module);
    Result<Instance*> made = linker.instantiate(module, interpreter, execution);
    EXPECT_TRUE(made.ok()) << made.error().message().c_str();
    if (!made.ok()) std::abort();
    instance = *made;
    return **made;
  }
  Instance& add(std::string_view source) { return add(TextModule(source)); }
  RunStatus call(const char* name, std::vector<uint64_t> arguments = {}) { return call(*instance, name, arguments); }
  RunStatus call(Instance& in, const char* name, const std::vector<uint64_t>& arguments = {}) {
    for (size_t i = 0; i < arguments.size(); ++i) values[i].bits = arguments[i];
    Func* func = in.find_func(name);
    EXPECT_NE(func, nullptr) << name;
    return execution.call(*func, values);
  }
  /// The first result of a call that must succeed.
  uint64_t result(const char* name, std::vector<uint64_t> arguments = {}) {
    EXPECT_EQ(call(name, arguments), RunStatus::Done) << name << ": " << to_string(text_of(execution.last_trap().kind));
    return values[0].bits;
  }
  [[nodiscard]] const Trap& trap() const { return execution.last_trap(); }

  linux_port::Platform platform;
  Interpreter interpreter;
  std::vector<TextModule> modules;
  Store store;
  Linker linker;
  Execution execution;
  Instance* instance = nullptr;
  Slot values[16] = {};
};

}  // namespace umber::test
