// Umber's embedding interface. Everything an embedder needs is reachable from here:
//
//   Engine     where memory comes from, which tier runs code, which features are on; one per process, say
//   Module     decoded and validated bytes; immutable, shareable by threads
//   Store      owns instances, memories and host functions, and limits them; one thread at a time
//   Linker     names what modules may import; belongs to a store
//   Execution  one run: stack, fuel, deadline, the trap record; kill and pause come from any thread
//   Instance   exports: functions (instance->func<int32_t(int32_t)>("f")), memories, …; owned by its store
//
// Nothing throws and nothing aborts: what can fail returns a Result, and traps are values. Sizes are in bytes, times in
// nanoseconds, fuel in about one unit per instruction, unless a name says otherwise. The rule of lifetimes: engine, then
// modules, then stores, then the rest; each outlives what comes behind it.
//
// This header needs no operating system. On Linux umber/host.h adds an engine with everything filled in.
#pragma once

#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"
#include "runtime/backtrace.h"
#include "runtime/exception.h"
#include "runtime/host_function.h"
#include "runtime/linker.h"
#include "umber/typed_func.h"

namespace umber {

struct EngineConfig {
  wasm::Features features = wasm::Features::all();
};

/// What all modules and stores of a program share. Thread-safe if its parts are.
class Engine {
 public:
  /// All must outlive the engine. Without `virtual_memory` memories are checked explicitly; without `clock` deadlines are
  /// ignored.
  Engine(Allocator& allocator, Tier& tier, VirtualMemory* virtual_memory = nullptr, Clock* clock = nullptr,
         const EngineConfig& config = {})
      : allocator_(allocator), tier_(tier), virtual_memory_(virtual_memory), clock_(clock), config_(config) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// `Store store = engine.new_store(limits);`
  [[nodiscard]] Store new_store(const StoreConfig& config = {}) const {
    return Store(allocator_, config, virtual_memory_, clock_);
  }
  [[nodiscard]] Allocator& allocator() const { return allocator_; }
  [[nodiscard]] Tier& tier() const { return tier_; }
  [[nodiscard]] Clock* clock() const { return clock_; }
  [[nodiscard]] const EngineConfig& config() const { return config_; }

 private:
  Allocator& allocator_;
  Tier& tier_;
  VirtualMemory* virtual_memory_;
  Clock* clock_;
  EngineConfig config_;
};

/// A decoded, validated module. Movable.
class Module {
 public:
  using IsRelocatable = void;

  /// Decodes and validates. `bytes` are kept, not copied, and must outlive the module. The error's message() has the
  /// position in the bytes: `0x1a: func 3 "parse": i32.add: expected [i32 i32], stack is [i32 i64]`.
  [[nodiscard]] static Result<Module> load(const Engine& engine, std::span<const uint8_t> bytes) {
    auto* data = engine.allocator().create<wasm::Module>(engine.allocator());
    if (data == nullptr) return Error::out_of_memory("a module");
    Module module(engine.allocator(), data);
    UMBER_TRY(wasm::parse(bytes, engine.config().features, *data));
    UMBER_TRY(wasm::validate(*data, engine.allocator()));
    return Result<Module>(std::move(module));
  }
  Module(Module&& other) noexcept : allocator_(other.allocator_), data_(other.data_) { other.data_ = nullptr; }
  Module& operator=(Module&& other) noexcept {
    std::swap(allocator_, other.allocator_);
    std::swap(data_, other.data_);
    return *this;
  }
  ~Module() { allocator_->destroy(data_); }

  /// Imports, exports, types and all else, as plain data.
  [[nodiscard]] const wasm::Module& data() const { return *data_; }
  operator const wasm::Module&() const { return *data_; }

 private:
  Module(Allocator& allocator, wasm::Module* data) : allocator_(&allocator), data_(data) {}

  Allocator* allocator_;
  wasm::Module* data_;
};

}  // namespace umber
