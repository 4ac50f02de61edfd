// What lies in a volume when the runtime first opens it: every name once, every file's bytes once whatever number of names it has.
#pragma once

#include "container/volume.h"

namespace umber::posix {

/// What is in the directory `path`, the directory itself not included. Linear in the number of names, whatever their depth; two descriptors,
/// no recursion. Links are not followed. Io when it cannot be read, OutOfMemory, LimitReached when `stop` was raised.
[[nodiscard]] Status count_tree(Allocator& allocator, const char* path, const container::StopSign& stop, container::VolumeUsage& out);

}  // namespace umber::posix
