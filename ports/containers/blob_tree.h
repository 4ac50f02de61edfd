// Blobs as files: the file system in memory, whose files show bytes in place.
#pragma once

#include "container/blob.h"

namespace umber::memfs {

/// InvalidArgument for a path that is none or stands twice, OutOfMemory. `platform` gives the times; it and `allocator` outlive the tree.
[[nodiscard]] Result<container::BlobTree*> make_blob_tree(Allocator& allocator, wasi::Platform& platform, std::span<const container::Blob> blobs);

}  // namespace umber::memfs
