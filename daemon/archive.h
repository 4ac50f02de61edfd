// Tar archives in memory, through libarchive. Names inside are normalised and checked: relative, without "..".
#pragma once

#include <map>

#include "daemon/files.h"

namespace umber::daemon {

/// Regular files by name, such as "blobs/sha256/…".
using Tree = std::map<std::string, Bytes>;

/// Plain or compressed tar. Failure 400 for anything that is none, for names that leave the tree, and for more than `limit` bytes.
[[nodiscard]] Tree unpack(std::span<const uint8_t> bytes, uint64_t limit = uint64_t{1} << 30);
[[nodiscard]] Bytes pack(const Tree& tree);

}  // namespace umber::daemon
