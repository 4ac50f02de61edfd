// What every POSIX-backed file is made of: a file descriptor, and the operations that are the same for all.
#pragma once

#include "base/allocator.h"
#include "wasi/platform.h"

namespace umber::posix {

/// A file descriptor, owned or borrowed. The operations are those of wasi::File.
class Descriptor {
 public:
  enum class Ownership : uint8_t { Owned, Borrowed };

  Descriptor(int fd, Ownership ownership) : fd_(fd), ownership_(ownership) {}
  [[nodiscard]] int fd() const { return fd_; }

  wasi::Errno close();
  wasi::Errno stat(wasi::Filestat& out) const;
  wasi::Errno set_times(const wasi::TimeChange& change) const;
  wasi::Errno sync(bool data_only) const;

 private:
  int fd_;
  Ownership ownership_;
};

/// What all POSIX-backed files share: where they were allocated, and how directories open things.
struct FileContext {
  Allocator* allocator;
  bool kernel_resolution;  ///< open_beneath may be used
};

/// Makes the object that fits what `fd` is: file, stream, directory or socket. Takes an owned descriptor, also on failure.
wasi::Errno make_file(const FileContext& context, int fd, Descriptor::Ownership ownership, wasi::File*& out);

// One per kind; null when there is no memory.
wasi::File* make_data_file(const FileContext& context, Descriptor descriptor, wasi::FileType type);
wasi::File* make_directory(const FileContext& context, Descriptor descriptor);
wasi::File* make_socket(const FileContext& context, Descriptor descriptor, wasi::FileType type);

}  // namespace umber::posix
