// The chips that umberc knows by name, and what LLVM needs to be told about each.
#pragma once

#include <llvm/Target/TargetMachine.h>

#include <memory>
#include <span>
#include <string>

#include "base/error.h"

namespace umber::aot {

struct Target {
  std::string name;      ///< what the user wrote, or the triple
  std::string triple;
  std::string cpu;
  std::string features;  ///< "+a,-b"
  bool has_mmu = false;  ///< an operating system with pages and signals: guard regions, heartbeats
};

struct TargetRow {
  StringRef name;
  StringRef triple;
  StringRef cpu;
  StringRef features;
  bool has_mmu;
  StringRef description;
};

/// In the order that `umberc --list-targets` prints.
[[nodiscard]] std::span<const TargetRow> known_targets();
/// The machine that runs this, with its real CPU features.
[[nodiscard]] Target host_target();
/// A row's name, or a target triple that LLVM was built for.
[[nodiscard]] Result<Target> find_target(StringRef name);

enum class Optimization : uint8_t { O0, O1, O2, O3, Os, Oz };
/// Position-independent code of the small code model; null with the reason in `why` when LLVM refuses.
[[nodiscard]] std::unique_ptr<llvm::TargetMachine> create_machine(const Target& target, Optimization level, std::string& why);

}  // namespace umber::aot
