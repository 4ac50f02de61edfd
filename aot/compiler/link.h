// Objects to one flat, position-independent blob: lld lays code and read-only data side by side and resolves everything between
// them; whatever would need a relocation at load time is an error here, never at the device.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <llvm/ADT/SmallVector.h>

#include "aot/image/image.h"
#include "base/error.h"

namespace umber::aot {

/// From here on, until the next one, code comes from the instruction at `offset` of the module.
struct CodePlace {
  uint32_t code;
  uint32_t offset;
  uint32_t scope;  ///< as in ImagePlace
};

struct Blob {
  std::vector<uint8_t> bytes;
  std::map<std::string, uint32_t> symbols;  ///< offsets from the start of the blob
  std::vector<CodePlace> places;            ///< in order of `code`
  std::vector<ImageScope> scopes;
  std::vector<uint8_t> elf;                 ///< the linked file, if asked for: symbols and debugging information
};

/// Links objects in memory. Not thread-safe (lld keeps global state); calls are serialised inside.
[[nodiscard]] Result<Blob> link_blob(const std::vector<llvm::SmallVector<char, 0>>& objects, bool keeps_elf);

}  // namespace umber::aot
