#include "ports/posix/descriptor.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "ports/posix/convert.h"
#include "ports/posix/system.h"

namespace umber::posix {

using wasi::Errno;
using wasi::FileType;

Errno Descriptor::close() {
  if (ownership_ == Ownership::Borrowed) return Errno::Success;
  // Closed in any case: after an interruption too.
  const Errno error = result_of(::close(fd_));
  return error == Errno::Intr ? Errno::Success : error;
}

Errno Descriptor::stat(wasi::Filestat& out) const {
  struct stat attributes;
  if (fstat(fd_, &attributes) != 0) return errno_of(errno);
  out = filestat_of(attributes);
  return Errno::Success;
}

Errno Descriptor::set_times(const wasi::TimeChange& change) const {
  timespec times[2];
  times_of(change, times);
  return result_of(futimens(fd_, times));
}

Errno Descriptor::sync(bool data_only) const {
  const Errno error = result_of(uninterrupted([&] { return data_only ? sync_data(fd_) : fsync(fd_); }));
  // Terminals and pipes have nothing to sync; programs that flush before they exit need not know.
  return error == Errno::Inval || error == Errno::Rofs ? Errno::Success : error;
}

namespace {

FileType socket_type(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return FileType::Unknown;
  return type == SOCK_DGRAM ? FileType::SocketDgram : FileType::SocketStream;
}

}  // namespace

Errno make_file(const FileContext& context, int fd, Descriptor::Ownership ownership, wasi::File*& out) {
  Descriptor descriptor(fd, ownership);
  struct stat attributes;
  if (fstat(fd, &attributes) != 0) {
    const Errno error = errno_of(errno);
    descriptor.close();
    return error;
  }
  if (S_ISDIR(attributes.st_mode))
    out = make_directory(context, descriptor);
  else if (S_ISSOCK(attributes.st_mode))
    out = make_socket(context, descriptor, socket_type(fd));
  else
    out = make_data_file(context, descriptor, file_type_of(attributes.st_mode));
  if (out != nullptr) return Errno::Success;
  descriptor.close();
  return Errno::NoMem;
}

}  // namespace umber::posix
