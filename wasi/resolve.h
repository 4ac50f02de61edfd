// The sandbox: from a guest's path to a directory and one name in it, without ever leaving the directory where it began.
//
// Another guest or host process may rename directories and swap symbolic links while we walk. So the walk never asks
// the system to resolve more than one component, opens each directory without following links and keeps all of them
// open: ".." means the directory that we came through, not what ".." is by now. Symbolic links are expanded here, as text.
// A system that does the same in the kernel (Linux: openat2 with RESOLVE_BENEATH) offers File::open_beneath, which is tried first.
#pragma once

#include "wasi/platform.h"

namespace umber::wasi {

/// Symbolic links expanded in one path before it is Errno::Loop.
inline constexpr uint32_t kMaxLinks = 40;
/// Directories a walk may be deep (without the kernel's help).
inline constexpr uint32_t kMaxDepth = sizeof(void*) == 8 ? 256 : 32;

/// Zero-terminated text of at most kMaxPath bytes, copied from guest memory once, so that what was checked is what is used.
class PathText {
 public:
  /// NoEnt for an empty path, NameTooLong, Ilseq for a zero byte inside.
  Errno assign(StringRef text);
  [[nodiscard]] StringRef str() const { return {bytes_, size_}; }

 private:
  size_t size_ = 0;
  char bytes_[kMaxPath + 1];
};

/// Where a path ends: `name` in `directory`. `name` is one component, or "." for the directory itself.
class Location {
 public:
  Location() = default;
  Location(const Location&) = delete;
  Location& operator=(const Location&) = delete;
  ~Location() { set_directory(nullptr, false); }

  [[nodiscard]] File& directory() const { return *directory_; }
  [[nodiscard]] StringRef name() const { return {name_, name_size_}; }
  /// The path ended in a slash: only a directory will do.
  [[nodiscard]] bool must_be_directory() const { return must_be_directory_; }

  /// `owned`: to be closed with this object.
  void set_directory(File* directory, bool owned);
  /// NameTooLong beyond kMaxName.
  Errno set_name(StringRef name, bool must_be_directory);

 private:
  File* directory_ = nullptr;
  bool owned_ = false;
  bool must_be_directory_ = false;
  size_t name_size_ = 0;
  char name_[kMaxName + 1];
};

/// What to do when the last component is a symbolic link.
enum class LastLink : uint8_t { Keep, Follow };
/// Of calls that look at what a path leads to: a slash at the end follows too.
[[nodiscard]] inline LastLink last_link(StringRef path, LookupFlags lookup) {
  const bool ends_in_slash = !path.empty() && path[path.size() - 1] == '/';
  return lookup.has(LookupFlag::SymlinkFollow) || ends_in_slash ? LastLink::Follow : LastLink::Keep;
}

/// Resolves `path` from `root`, which outlives `out`. NotCapable when it is absolute or would leave `root`.
Errno resolve(File& root, const PathText& path, LastLink last, Location& out);

/// Opens what `path` leads to; Loop when that is a symbolic link and `lookup` does not follow.
Errno open_path(File& root, const PathText& path, LookupFlags lookup, const OpenOptions& options, File*& out);

}  // namespace umber::wasi
