// The few things that differ between POSIX systems, each in one function. linux.cc has them for Linux; another system adds a
// file beside it.
#pragma once

#include <sys/uio.h>

#include <cstdint>

#include "wasi/platform.h"

namespace umber::posix {

/// readv and writev that never wait, whatever mode the descriptor is in: -1 with EAGAIN instead. (A descriptor that is shared
/// with other processes cannot simply be set non-blocking.)
ssize_t read_now(int fd, const iovec* parts, int count);
ssize_t write_now(int fd, const iovec* parts, int count);
/// writev at the file's position with Append, Dsync and Sync for this write alone.
ssize_t write_with_flags(int fd, const iovec* parts, int count, wasi::FdFlags flags);

/// open(2) of a relative path that never leaves `directory`, whatever other processes rename meanwhile; -1 with ENOSYS when the
/// system has no such thing, EXDEV when the path would leave, EAGAIN when it cannot tell.
int open_beneath(int directory, const char* path, int flags, unsigned mode);

/// The open(2) flag for a directory to walk through only.
[[nodiscard]] int path_only_flag();

/// Reads a directory; see wasi::File::read_directory. Cookies count entries: the offsets of some file systems take 63 bits, and
/// programs keep cookies in a 32-bit long (telldir). Where the latest entries ended is remembered, so that reading on is exact
/// and fast whatever was deleted meanwhile; any other cookie is found by counting from the start.
class DirectoryReader {
 public:
  wasi::Errno read(int fd, wasi::DirCookie cookie, wasi::DirectorySink& sink);

 private:
  struct Place {
    wasi::DirCookie cookie = 0;
    int64_t offset = 0;
  };
  [[nodiscard]] Place nearest(wasi::DirCookie cookie) const;

  // The guest's buffer may end inside the last entry that it took, so that it comes back for that one.
  static constexpr size_t kRemembered = 4;
  Place recent_[kRemembered];
};

int allocate(int fd, int64_t offset, int64_t length);  ///< 0, or an error number
int advise(int fd, int64_t offset, int64_t length, wasi::Advice advice);  ///< 0, or an error number
int sync_data(int fd);                                 ///< 0, or -1 and errno
bool fill_random(uint8_t* out, size_t size);

/// A descriptor that becomes readable when it is signalled from any thread.
class WakeUp {
 public:
  WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  ~WakeUp();
  /// Negative if the system gave none.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// Async-signal-safe.
  void signal();
  /// Takes back all signals so far.
  void clear();

 private:
  int descriptor_;
};

}  // namespace umber::posix
