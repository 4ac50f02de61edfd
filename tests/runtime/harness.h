// What the runtime's tests share: modules from text, and a tier whose "code" is C++ functions, so that the runtime is
// tested without an interpreter.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"
#include "ports/linux/platform.h"
#include "runtime/linker.h"
#include "spec-tests/text/assemble.h"
#include "tests/support/support.h"

namespace umber::test {

inline std::string to_string(StringRef text) { return {text.data(), text.size()}; }

/// A decoded and validated module and its bytes. Copies share them.
class TextModule {
 public:
  explicit TextModule(std::string_view source) : data_(std::make_shared<Data>()) {
    text::TextResult<std::vector<uint8_t>> assembled = text::assemble(source);
    if (!assembled.ok()) {
      ADD_FAILURE() << assembled.error().to_string();
      return;
    }
    data_->bytes = std::move(assembled).value();
    const Status parsed = wasm::parse(data_->bytes, wasm::Features::all(), data_->module);
    EXPECT_TRUE(parsed.ok()) << parsed.error().message().c_str();
    if (!parsed.ok()) return;
    const Status valid = wasm::validate(data_->module, data_->allocator);
    EXPECT_TRUE(valid.ok()) << valid.error().message().c_str();
  }
  operator const wasm::Module&() const { return data_->module; }

 private:
  struct Data {
    linux_port::HeapAllocator allocator;
    std::vector<uint8_t> bytes;
    wasm::Module module{allocator};
  };
  std::shared_ptr<Data> data_;
};

/// Runs own functions by calling C++ functions, chosen by the export name; others trap with Unreachable.
class TestTier final : public Tier {
 public:
  std::map<std::string, Func::Entry> functions;
  int prepared = 0;
  int released = 0;

  Status prepare(Instance& instance) override {
    ++prepared;
    const wasm::Module& module = instance.module();
    for (uint32_t i = module.imported_functions; i < module.functions.size(); ++i)
      instance.func(i).entry = [](Execution& execution, const Func&, Slot*) {
        return execution.trap(TrapKind::Unreachable);
      };
    for (const wasm::Export& item : module.exports) {
      const auto found = functions.find(to_string(item.name));
      if (item.kind == wasm::ExternalKind::Func && item.index >= module.imported_functions && found != functions.end())
        instance.func(item.index).entry = found->second;
    }
    return {};
  }
  void release(Instance&) override { ++released; }
};

/// A store with what it needs. The platform's pages and clock are there unless left out.
struct World {
  enum Pages : bool { WithPages = true, NoPages = false };

  explicit World(const StoreConfig& config = {}, Pages pages = WithPages, const ExecutionConfig& run = {})
      : store(allocator, config, pages ? &virtual_memory : nullptr, &clock), linker(store), execution(store, run) {
    EXPECT_TRUE(execution.init().ok());
  }

  /// Keeps the module as long as the store, as the store demands.
  Result<Instance*> instantiate(const TextModule& module) {
    modules.push_back(module);
    return linker.instantiate(module, tier, execution);
  }
  /// Fails the test unless it works.
  Instance& must_instantiate(const TextModule& module) {
    Result<Instance*> instance = instantiate(module);
    EXPECT_TRUE(instance.ok()) << instance.error().message().c_str();
    if (!instance.ok()) std::abort();
    return **instance;
  }
  /// The error's message; fails the test if there is none.
  std::string instantiate_error(const TextModule& module) {
    Result<Instance*> instance = instantiate(module);
    EXPECT_FALSE(instance.ok());
    return instance.ok() ? "" : to_string(instance.error().text());
  }

  TestAllocator allocator;
  linux_port::PageMemory virtual_memory;
  linux_port::MonotonicClock clock;
  TestTier tier;
  std::vector<TextModule> modules;
  Store store;
  Linker linker;
  Execution execution;
};

}  // namespace umber::test
