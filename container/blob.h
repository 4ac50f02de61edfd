// Read-only data that travels with an image: a model, a font, a table. A guest finds it as files under /blobs; their bytes are read where they
// lie, in flash or a mapped file, and never copied into memory of the host's.
#pragma once

#include <span>

#include "base/allocator.h"
#include "base/error.h"
#include "wasi/platform.h"

namespace umber::container {

/// Where a guest finds the blobs of its image.
inline constexpr StringRef kBlobDirectory = "/blobs";

struct Blob {
  StringRef path;                  ///< below kBlobDirectory, relative
  std::span<const uint8_t> bytes;  ///< outlive the container
};

/// A directory of blobs. It outlives the files that are open in it.
class BlobTree {
 public:
  [[nodiscard]] virtual Result<wasi::File*> open_root() = 0;
  /// Frees the tree.
  virtual void release() = 0;

 protected:
  ~BlobTree() = default;
};

}  // namespace umber::container
