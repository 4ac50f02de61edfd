// An engine for Linux with everything filled in: the interpreter, malloc, guard pages, the monotonic clock.
//
//   umber::HostEngine host;
//   auto module = umber::Module::load(host.engine, bytes);
//   umber::Store store = host.engine.new_store();
#pragma once

#include "interp/interpreter.h"
#include "ports/linux/platform.h"
#include "umber/umber.h"

namespace umber {

/// Outlives the modules and stores made with its engine.
struct HostEngine {
  explicit HostEngine(const EngineConfig& config = {})
      : interpreter(platform.allocator, {.scheduler = &platform.scheduler}),
        engine(platform.allocator, interpreter, &platform.virtual_memory, &platform.clock, config) {}

  linux_port::Platform platform;
  Interpreter interpreter;
  Engine engine;
};

}  // namespace umber
