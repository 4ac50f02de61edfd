// Read-only data that travels with an image: a model, a font, a table. A guest finds it as files under /blobs; their bytes are read where they
// lie, in flash or a mapped file, and never copied into memory of the host's.
//
// There is no tree of directories: paths in sorted order are one. A directory is a range of them and the length of what they have in
// common, so a container pays for what it has open and for nothing else.
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

/// By path. InvalidArgument for a path that is not one, or that another blob has as its own or as a directory.
[[nodiscard]] Status sort_blobs(std::span<Blob> blobs);

/// The root directory of sorted blobs, which outlive what is open in it. Null when there is no memory.
[[nodiscard]] wasi::File* open_blobs(Allocator& allocator, std::span<const Blob> blobs);

}  // namespace umber::container
