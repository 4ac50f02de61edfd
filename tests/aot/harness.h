// What the tests of compiled code share: modules from text, run by the interpreter or compiled.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aot/compiler/compiling_tier.h"
#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"
#include "interp/interpreter.h"
#include "ports/linux/platform.h"
#include "runtime/backtrace.h"
#include "runtime/linker.h"
#include "spec-tests/text/assemble.h"

namespace umber::aot::test {

/// A decoded and validated module and its bytes.
struct TextModule {
  explicit TextModule(std::string_view source) {
    text::TextResult<std::vector<uint8_t>> assembled = text::assemble(source);
    EXPECT_TRUE(assembled.ok());
    if (!assembled.ok()) return;
    bytes = std::move(assembled).value();
    EXPECT_TRUE(wasm::parse(bytes, wasm::Features::wasm3(), module).ok());
    EXPECT_TRUE(wasm::validate(module, allocator).ok());
  }
  linux_port::HeapAllocator allocator;
  std::vector<uint8_t> bytes;
  wasm::Module module{allocator};
};

inline CompileOptions host_options(BoundsChecks bounds = BoundsChecks::Guard, Interruption interruption = Interruption::Budget,
                                   Optimization level = Optimization::O2) {
  CompileOptions options;
  options.target = host_target();
  options.optimization = level;
  options.translate.bounds = bounds;
  options.translate.interruption = interruption;
  return options;
}

/// A store whose instances are compiled, or interpreted.
struct Machine {
  explicit Machine(bool compiled, BoundsMode bounds = BoundsMode::Guarded, Interruption interruption = Interruption::Budget)
      : compiler(host_options(bounds == BoundsMode::Guarded ? BoundsChecks::Guard : BoundsChecks::Explicit, interruption)),
        interpreter(platform.allocator),
        tier(compiled ? static_cast<Tier*>(&compiler) : &interpreter),
        store(platform.allocator, store_config(bounds), &platform.virtual_memory, &platform.clock),
        linker(store),
        execution(store) {
    EXPECT_TRUE(execution.init().ok());
  }
  static StoreConfig store_config(BoundsMode bounds) {
    StoreConfig config;
    config.bounds = bounds;
    return config;
  }
  Instance* instantiate(const TextModule& module, Tier* with = nullptr) {
    const Result<Instance*> instance = linker.instantiate(module.module, with == nullptr ? *tier : *with, execution);
    EXPECT_TRUE(instance.ok()) << instance.error().message().c_str();
    return instance.ok() ? instance.value() : nullptr;
  }
  RunStatus call(Instance* instance, const char* name, std::vector<Slot>& values) {
    const Func* func = instance->find_func(StringRef(name));
    EXPECT_NE(func, nullptr) << name;
    values.resize(values.size() + 8);
    return execution.call(*func, values.data());
  }
  /// The trap of a call without arguments, as text.
  std::string trap_of(Instance* instance, const char* name) {
    std::vector<Slot> values;
    if (call(instance, name, values) != RunStatus::Trapped) return "no trap";
    std::string text;
    write_trap(execution.last_trap(), {[](void* state, StringRef part) { static_cast<std::string*>(state)->append(part.data(), part.size()); }, &text});
    return text;
  }

  linux_port::Platform platform;
  CompilingTier compiler;
  Interpreter interpreter;
  Tier* tier;
  Store store;
  Linker linker;
  Execution execution;
};

}  // namespace umber::aot::test
