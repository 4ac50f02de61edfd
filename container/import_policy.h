// Which permission an import needs. One table, asked when a container is linked: an import that no grant covers does not
// resolve, and the message says which grant would. (Each call checks again: the topic, pin, directory or clock it names.)
#pragma once

#include "container/config.h"
#include "decoder/wasm/module.h"

namespace umber::container {

/// The kinds of grant of which any would let an import resolve: bits by GrantKind.
struct ImportNeed {
  uint32_t kinds = 0;
};

/// False when the import needs no grant, or is not ours (then the linker will not find it).
[[nodiscard]] bool need_of_import(StringRef module, StringRef name, ImportNeed& out);

/// What would let the import resolve, for messages: "timers[:COUNT]", "dir:… or volume:…".
[[nodiscard]] Error::Text text_of(const ImportNeed& need);
/// An image's blobs are a directory that needs no grant.
[[nodiscard]] bool is_granted(const ImportNeed& need, const OwnedConfig& config);

/// Denied for the first import that no grant covers.
[[nodiscard]] Status check_imports(const wasm::Module& module, const OwnedConfig& config);

}  // namespace umber::container
