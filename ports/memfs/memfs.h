// A file system in memory, for machines that have none, and for read-only data that lies in flash: a blob (a model, a script) is
// a file whose bytes are read where they are, without a copy in RAM.
//
//   MemoryFileSystem files(allocator, {.max_bytes = 64 * 1024});
//   UMBER_TRY(files.add_blob("model.bin", model_in_flash));
//   auto root = files.open_root();
//   UMBER_TRY(wasi.add_preopen(**root, "/"));
//
// Everything that guests make in it is charged against `max_bytes`. Used by one thread at a time; it outlives its files.
#pragma once

#include "base/error.h"
#include "ports/memfs/node.h"

namespace umber::memfs {

class MemoryFileSystem {
 public:
  /// `clock` gives the times of files (all zero without); it outlives the file system.
  MemoryFileSystem(Allocator& allocator, const Limits& limits = {}, wasi::Platform* clock = nullptr);
  MemoryFileSystem(const MemoryFileSystem&) = delete;
  MemoryFileSystem& operator=(const MemoryFileSystem&) = delete;
  /// No file of it may be open any more.
  ~MemoryFileSystem();

  /// A read-only file that shows `bytes`, which outlive the file system. `path` is relative; missing directories are made.
  /// InvalidArgument (a bad path, or it exists), OutOfMemory, LimitReached.
  [[nodiscard]] Status add_blob(StringRef path, std::span<const uint8_t> bytes);
  /// The root directory, for Wasi::add_preopen.
  [[nodiscard]] Result<wasi::File*> open_root();
  /// What guests have made, in bytes.
  [[nodiscard]] size_t bytes_used() const { return store_.used; }

 private:
  [[nodiscard]] bool make_root();
  [[nodiscard]] wasi::Errno make_directories(StringRef& path, Node*& directory);

  NodeStore store_;
  Node* root_ = nullptr;  ///< null until there is a use for it
};

}  // namespace umber::memfs
