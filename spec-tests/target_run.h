// Runs a script on another machine: as a command stream (commands/format.h) whose modules are compiled here, by a command that
// executes such a file, usually umber-spec-runner under an emulator, or a board.
#pragma once

#include <string>
#include <vector>

#include "decoder/wasm/features.h"
#include "spec-tests/commands/write.h"
#include "spec-tests/engine.h"

namespace umber::spectest {

struct TargetConfig {
  std::string runner;   ///< the command; the stream's path is appended. Empty: streams are only written
  std::string target;   ///< as umberc --target; modules travel uncompiled if the tier is the interpreter
  std::string folder;   ///< where streams are kept; empty: a temporary file
};

/// Adds what the runner reports to what could not be written.
void run_on_target(const std::vector<text::Command>& commands, const EngineConfig& engine, const TargetConfig& config,
                   const std::string& name, FileReport& report);

}  // namespace umber::spectest
