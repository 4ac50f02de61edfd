#include "ports/posix/platform.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/vec.h"
#include "ports/posix/convert.h"
#include "ports/posix/socket_address.h"

namespace umber::posix {

using wasi::Errno;

namespace {

constexpr clockid_t kClocks[wasi::kClockCount] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
                                                  CLOCK_THREAD_CPUTIME_ID};

/// Errors of single writes are the guest's business and must not end the host.
void ignore_write_signals() {
  for (int signal : {SIGPIPE, SIGXFSZ}) {
    struct sigaction action;
    if (sigaction(signal, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    action.sa_handler = SIG_IGN;
    sigaction(signal, &action, nullptr);
  }
}

/// Whether open_beneath works here: old kernels lack it, and sandboxes around us may forbid it.
bool kernel_resolves() {
  wasi::OpenOptions options;
  options.directory = true;
  options.path_only = true;
  const int fd = open_beneath(AT_FDCWD, ".", open_flags_of(options), 0);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

bool is_listener(int fd) {
  int listens = 0;
  socklen_t size = sizeof listens;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

void read_result(const pollfd& polled, wasi::WaitEntry& entry) {
  entry.ready = polled.revents != 0;
  if (!entry.ready) return;
  if ((polled.revents & POLLNVAL) != 0) entry.error = Errno::Badf;
  entry.hangup = (polled.revents & (POLLHUP | POLLRDHUP)) != 0;
  int available = 0;
  if (!entry.for_write && ioctl(entry.handle, FIONREAD, &available) == 0 && available > 0)
    entry.available = static_cast<wasi::FileSize>(available);
}

}  // namespace

PosixPlatform::PosixPlatform(Allocator& allocator, Resolution resolution)
    : context_{&allocator, resolution == Resolution::Kernel && kernel_resolves()} {
  ignore_write_signals();
}

Result<wasi::File*> PosixPlatform::open_directory(const char* host_path) const {
  wasi::OpenOptions options;
  options.directory = true;
  const int fd = uninterrupted([&] { return open(host_path, open_flags_of(options)); });
  if (fd < 0) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Io;
    return Error::of(code, "cannot open the directory ", Quoted{host_path}, ": ", std::strerror(errno));
  }
  return adopt(fd, Descriptor::Ownership::Owned);
}

Result<wasi::File*> PosixPlatform::adopt(int fd, Descriptor::Ownership ownership) const {
  wasi::File* file = nullptr;
  const Errno error = make_file(context_, fd, ownership, file);
  if (error == Errno::NoMem) return Error::out_of_memory("a file");
  if (error != Errno::Success) return Error::of(ErrorCode::InvalidArgument, "not an open file descriptor: ", fd);
  // Accepting is the one operation that cannot be told not to wait.
  const int flags = is_listener(fd) ? fcntl(fd, F_GETFL) : -1;
  if (flags >= 0) fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  return file;
}

Errno PosixPlatform::clock_time(wasi::ClockId id, wasi::Timestamp& out) {
  timespec now;
  if (clock_gettime(kClocks[static_cast<size_t>(id)], &now) != 0) return errno_of(errno);
  out = nanoseconds_of(now);
  return Errno::Success;
}

Errno PosixPlatform::clock_resolution(wasi::ClockId id, wasi::Timestamp& out) {
  timespec resolution;
  if (clock_getres(kClocks[static_cast<size_t>(id)], &resolution) != 0) return errno_of(errno);
  out = nanoseconds_of(resolution);
  return Errno::Success;
}

Errno PosixPlatform::random(std::span<uint8_t> out) {
  return fill_random(out.data(), out.size()) ? Errno::Success : Errno::Io;
}

void PosixPlatform::yield() { sched_yield(); }

Errno PosixPlatform::open_socket(bool is_v6, bool is_stream, wasi::File*& out) {
  const int type = (is_stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const int fd = socket(is_v6 ? AF_INET6 : AF_INET, type, 0);
  if (fd < 0) return errno_of(errno);
  return make_file(context_, fd, Descriptor::Ownership::Owned, out);
}

Errno PosixPlatform::look_up(StringRef host, StringRef service, wasi::File*& out) {
  return start_lookup(*context_.allocator, host, service, out);
}

Errno PosixPlatform::wait(std::span<wasi::WaitEntry> entries, uint64_t timeout_ns) {
  // The wake-up first, then one per entry; most waits are for one file.
  pollfd few[8];
  Vec<pollfd> many(*context_.allocator);
  pollfd* polled = few;
  if (entries.size() + 1 > std::size(few)) {
    if (!many.resize(entries.size() + 1)) return Errno::NoMem;
    polled = many.data();
  }
  polled[0] = {wake_up_.descriptor(), POLLIN, 0};
  for (size_t i = 0; i < entries.size(); ++i)
    polled[i + 1] = {entries[i].handle, static_cast<short>(entries[i].for_write ? POLLOUT : POLLIN | POLLRDHUP), 0};

  const timespec timeout = timespec_of(timeout_ns);
  const int count = ppoll(polled, entries.size() + 1, timeout_ns == wasi::kWaitForever ? nullptr : &timeout, nullptr);
  // A signal: let the caller look at its clocks and come back.
  if (count < 0) return errno == EINTR ? Errno::Success : errno_of(errno);
  for (size_t i = 0; i < entries.size(); ++i) read_result(polled[i + 1], entries[i]);
  if (polled[0].revents == 0) return Errno::Success;
  wake_up_.clear();
  return Errno::Intr;
}

}  // namespace umber::posix
