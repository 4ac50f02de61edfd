// Linux's own: openat2, getdents64, per-call read and write flags, eventfd.
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ports/posix/convert.h"
#include "ports/posix/system.h"

namespace umber::posix {

namespace {

/// With flags for this call only; offset -1 is the file's position.
ssize_t read_flagged(int fd, const iovec* parts, int count, int flags) { return preadv2(fd, parts, count, -1, flags); }
ssize_t write_flagged(int fd, const iovec* parts, int count, int flags) { return pwritev2(fd, parts, count, -1, flags); }

/// For files that know no RWF_NOWAIT: look first. Another reader may still be faster, and then we wait.
bool is_ready(int fd, short events) {
  pollfd entry{fd, events, 0};
  return poll(&entry, 1, 0) != 0;
}

/// What getdents64 returns (getdents64(2)); its name is zero-terminated.
struct LinuxDirent {
  uint64_t ino;
  int64_t next;
  uint16_t size;
  uint8_t type;
  char name[];
};

wasi::DirectoryEntry entry_of(int directory, const LinuxDirent& found, wasi::DirCookie next) {
  wasi::DirectoryEntry entry;
  entry.name = found.name;
  entry.ino = found.ino;
  entry.next = next;
  entry.type = file_type_of(static_cast<mode_t>(found.type) << 12);  // DT_ values are the mode's type bits
  struct stat attributes;
  if (found.type == DT_UNKNOWN && fstatat(directory, found.name, &attributes, AT_SYMLINK_NOFOLLOW) == 0)
    entry.type = file_type_of(attributes.st_mode);
  return entry;
}

}  // namespace

ssize_t read_now(int fd, const iovec* parts, int count) {
  const ssize_t result = read_flagged(fd, parts, count, RWF_NOWAIT);
  if (result >= 0 || (errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS)) return result;
  if (is_ready(fd, POLLIN)) return readv(fd, parts, count);
  errno = EAGAIN;
  return -1;
}

ssize_t write_now(int fd, const iovec* parts, int count) {
  const ssize_t result = write_flagged(fd, parts, count, RWF_NOWAIT);
  if (result >= 0 || (errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS)) return result;
  if (is_ready(fd, POLLOUT)) return writev(fd, parts, count);
  errno = EAGAIN;
  return -1;
}

ssize_t write_with_flags(int fd, const iovec* parts, int count, wasi::FdFlags flags) {
  int system_flags = 0;
  if (flags.has(wasi::FdFlag::Append)) system_flags |= RWF_APPEND;
  if (flags.has(wasi::FdFlag::Dsync)) system_flags |= RWF_DSYNC;
  if (flags.has(wasi::FdFlag::Sync)) system_flags |= RWF_SYNC;
  return system_flags == 0 ? writev(fd, parts, count) : write_flagged(fd, parts, count, system_flags);
}

int open_beneath(int directory, const char* path, int flags, unsigned mode) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, directory, path, &how, sizeof how));
}

int path_only_flag() { return O_PATH; }

DirectoryReader::Place DirectoryReader::nearest(wasi::DirCookie cookie) const {
  for (const Place& place : recent_)
    if (place.cookie == cookie) return place;
  return {};
}

wasi::Errno DirectoryReader::read(int fd, wasi::DirCookie cookie, wasi::DirectorySink& sink) {
  Place place = nearest(cookie);
  if (lseek(fd, place.offset, SEEK_SET) < 0) return errno_of(errno);
  alignas(LinuxDirent) char buffer[8192];
  for (;;) {
    const long size = syscall(SYS_getdents64, fd, buffer, sizeof buffer);
    if (size <= 0) return result_of(size);
    for (long at = 0; at < size;) {
      const auto* found = reinterpret_cast<const LinuxDirent*>(buffer + at);
      at += found->size;
      const bool wanted = place.cookie >= cookie;
      place = {place.cookie + 1, found->next};
      if (!wanted) continue;
      recent_[place.cookie % kRemembered] = place;
      if (!sink.take(entry_of(fd, *found, place.cookie))) return wasi::Errno::Success;
    }
  }
}

int allocate(int fd, int64_t offset, int64_t length) { return posix_fallocate(fd, offset, length); }

int advise(int fd, int64_t offset, int64_t length, wasi::Advice advice) {
  constexpr int kAdvice[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                             POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
  return posix_fadvise(fd, offset, length, kAdvice[static_cast<size_t>(advice)]);
}

int sync_data(int fd) { return fdatasync(fd); }

bool fill_random(uint8_t* out, size_t size) {
  while (size > 0) {
    const ssize_t count = getrandom(out, size, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    out += count;
    size -= static_cast<size_t>(count);
  }
  return true;
}

WakeUp::WakeUp() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

WakeUp::~WakeUp() {
  if (descriptor_ >= 0) close(descriptor_);
}

void WakeUp::signal() {
  const int saved = errno;
  const uint64_t one = 1;
  // It fails only when so many signals are pending that one more changes nothing.
  (void)!write(descriptor_, &one, sizeof one);
  errno = saved;
}

void WakeUp::clear() {
  uint64_t count = 0;
  (void)!read(descriptor_, &count, sizeof count);
}

}  // namespace umber::posix
