// The host module "spectest" that the official scripts import
// (https://github.com/WebAssembly/spec/tree/main/interpreter#spectest-host-module): print functions that print nothing, and
// one of each other kind.
#pragma once

#include "decoder/wasm/features.h"
#include "runtime/linker.h"

namespace umber::spectest {

/// With Feature::Threads also a shared memory.
[[nodiscard]] Status define_spectest(Linker& linker, wasm::Features features);

}  // namespace umber::spectest
