// An open node.
#pragma once

#include "ports/memfs/node.h"

namespace umber::memfs {

/// Null when there is no memory.
[[nodiscard]] wasi::File* new_handle(NodeStore& store, Node& node, const wasi::OpenOptions& options);

}  // namespace umber::memfs
