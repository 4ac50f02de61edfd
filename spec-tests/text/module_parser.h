// Modules (https://webassembly.github.io/spec/core/text/modules.html). Names may be used before they are defined, and a
// function may state a type that thereby gets defined; so the fields are read in four rounds:
//
//   declare   every id gets its index; the order of imports is checked
//   types     the type definitions
//   fields    everything else but function bodies, which may add types
//   bodies    the functions' code, which may add types, too
//
// Nothing is kept as a tree: each round writes the entries of the binary sections.
#pragma once

#include "spec-tests/text/binary_writer.h"
#include "spec-tests/text/module_scope.h"

namespace umber::text {

/// The module that `tokens` spell out: "(module …)" with fields inside, or just the fields.
[[nodiscard]] TextResult<EncodedModule> parse_module(const TokenList& tokens);

}  // namespace umber::text
