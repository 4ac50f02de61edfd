// The engine as the script runner needs it: load, instantiate, register, invoke, read a global. engine.cc is the only file
// of this folder that knows the runtime and its tiers; a new tier is added there.
//
// One Engine per script file. A fork is for a thread of its own (the threads proposal's scripts): it has its own store, and what the
// threads share are shared memories.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "decoder/wasm/features.h"
#include "spec-tests/text/script.h"
#include "spec-tests/value.h"

namespace umber {
class Instance;
}

namespace umber::spectest {

/// What runs functions. None: modules are only assembled, decoded and validated.
enum class TierKind : uint8_t { None, Interpreter, Compiler };
/// False when there is no tier of that name ("none", "interp", "aot") in this build.
[[nodiscard]] bool tier_of(std::string_view name, TierKind& out);

struct EngineConfig {
  TierKind tier = TierKind::None;
  wasm::Features features = wasm::Features::wasm3();
  bool guarded_memory = true;         ///< false: explicit bounds checks
  bool small_code = false;            ///< compiled at -Os, not -O2
  bool drafts = false;                ///< interpreter: eager, and every function changes from its draft to better code at once
  bool collect_always = false;        ///< the object heap collects at every allocation
  uint32_t call_timeout_ms = 20'000;  ///< of each call into the engine, so that an endless loop is a failure
};

enum class FailureKind : uint8_t {
  Malformed,
  Invalid,
  Unsupported,  ///< valid, but not run by this engine
  Unlinkable,
  Trap,
  Exhaustion,  ///< call stack
  Exception,   ///< uncaught
  NotFound,    ///< no export of that name
  Other,       ///< limits, memory, timeout
};
[[nodiscard]] const char* name_of(FailureKind kind);

struct Failure {
  FailureKind kind = FailureKind::Other;
  std::string message;
};

/// A value, or why there is none.
template <class T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  Outcome(Failure failure) : content_(std::in_place_index<1>, std::move(failure)) {}
  [[nodiscard]] bool ok() const { return content_.index() == 0; }
  [[nodiscard]] const T& value() const { return *std::get_if<0>(&content_); }
  [[nodiscard]] const Failure& failure() const { return *std::get_if<1>(&content_); }

 private:
  std::variant<T, Failure> content_;
};

struct LoadedModule;
/// Both live as long as their engine.
using ModuleHandle = const LoadedModule*;
using InstanceHandle = const Instance*;

class Engine {
 public:
  explicit Engine(const EngineConfig& config);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  /// An engine for another thread.
  [[nodiscard]] std::unique_ptr<Engine> fork();

  /// Decodes and validates.
  Outcome<ModuleHandle> load(std::vector<uint8_t> bytes);
  Outcome<InstanceHandle> instantiate(ModuleHandle module);
  /// Makes the instance's exports importable; of another engine's instance the shared memories.
  void register_instance(const std::string& name, InstanceHandle instance);
  [[nodiscard]] bool imports_from(ModuleHandle module, const std::set<std::string>& module_names) const;

  Outcome<std::vector<RunValue>> invoke(InstanceHandle instance, const std::string& function,
                                        std::span<const text::Value> arguments);
  Outcome<std::vector<RunValue>> get(InstanceHandle instance, const std::string& global);

 private:
  struct Shared;
  struct Parts;
  explicit Engine(std::shared_ptr<Shared> shared);
  std::shared_ptr<Shared> shared_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace umber::spectest
