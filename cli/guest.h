// One instance of a module with WASI around it: what `umber run` runs.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aot/image/image.h"
#include "runtime/linker.h"

namespace umber::cli {

struct PreopenOption {
  std::string host_path;
  std::string guest_name;
};

/// A module whose exports the guest may import.
struct PreloadOption {
  std::string name;                   ///< the module name that the guest imports from
  const wasm::Module* module = nullptr;
  const aot::Image* image = nullptr;  ///< its compiled code; null: it is interpreted
};

struct GuestOptions {
  wasm::Features features;
  BoundsMode bounds = BoundsMode::Guarded;
  uint64_t fuel = kUnlimitedFuel;
  uint64_t max_memory = UINT64_MAX;   ///< bytes
  uint64_t stack_bytes = 8u << 20;
  uint64_t timeout_ns = UINT64_MAX;   ///< from start()
  bool eager = false;
  bool threads = false;               ///< wasi-threads
  std::vector<std::string> network;   ///< rules of wasi/network.h
  const aot::Image* image = nullptr;  ///< compiled code to run; null: the module is interpreted
  std::vector<std::string> args;      ///< the program's name first
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<PreopenOption> preopens;
  std::vector<PreloadOption> preloads;  ///< in order: each may import from those before it
};

/// Messages go to stderr. Used by one thread; the guest may have more.
class Guest {
 public:
  /// Both must outlive the guest.
  Guest(const wasm::Module& module, const GuestOptions& options);
  ~Guest();

  /// Links and instantiates, runs the start function and a reactor's `_initialize`. An ExitCode, or the guest's own if it ended already.
  [[nodiscard]] int start();
  /// False once the guest has ended itself.
  [[nodiscard]] bool is_running() const;
  /// The exit code: 0 when the function returned; the guest's when it ended itself; kTrapped with the backtrace printed.
  [[nodiscard]] int call(const Func& func, Slot* values);

  /// Null when nothing of that name is exported as a function.
  [[nodiscard]] const Func* find_function(const std::string& name) const;
  [[nodiscard]] wasm::FuncType type_of(const Func& func) const;
  /// How large the code is that functions have been translated to so far; 0 of compiled code.
  [[nodiscard]] size_t code_bytes() const;
  /// "exported are …", for messages.
  [[nodiscard]] std::string exported_functions() const;

 private:
  struct Parts;
  [[nodiscard]] bool connect_wasi();
  [[nodiscard]] bool allow_threads();
  [[nodiscard]] int preload();
  [[nodiscard]] Status make_imported_memory();
  [[nodiscard]] int finish(RunStatus status);

  const wasm::Module& module_;
  const GuestOptions& options_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace umber::cli
