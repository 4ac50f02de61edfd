// WASI's platform on POSIX systems: files are file descriptors, waiting is poll(2).
//
// Writing to a pipe that nobody reads raises SIGPIPE, and writing beyond the host's file size limit SIGXFSZ; both would end the
// host. The first PosixPlatform of a process sets them to be ignored, unless the process has handlers of its own.
#pragma once

#include "base/error.h"
#include "ports/posix/descriptor.h"
#include "ports/posix/system.h"
#include "wasi/platform.h"

namespace umber::posix {

/// How paths are kept inside their directory.
enum class Resolution : uint8_t {
  Kernel,  ///< by the kernel where it can (Linux: openat2), else as Walk
  Walk,    ///< component by component
};

/// One per guest. Files that it makes belong to whom they are given, and do not need it any more.
class PosixPlatform final : public wasi::Platform {
 public:
  explicit PosixPlatform(Allocator& allocator, Resolution resolution = Resolution::Kernel);

  /// A directory of the host, for Wasi::add_preopen. The path is zero-terminated and resolved as the host does.
  [[nodiscard]] Result<wasi::File*> open_directory(const char* host_path) const;
  /// A descriptor that the embedder has: a standard stream, a listening socket. Owned: it is closed with the file, and now if this
  /// fails. A listening socket becomes non-blocking; nothing else is changed.
  [[nodiscard]] Result<wasi::File*> adopt(int fd, Descriptor::Ownership ownership) const;

  wasi::Errno clock_time(wasi::ClockId id, wasi::Timestamp& out) override;
  wasi::Errno clock_resolution(wasi::ClockId id, wasi::Timestamp& out) override;
  wasi::Errno random(std::span<uint8_t> out) override;
  void yield() override;
  wasi::Errno open_socket(bool is_v6, bool is_stream, wasi::File*& out) override;
  wasi::Errno look_up(StringRef host, StringRef service, wasi::File*& out) override;
  wasi::Errno wait(std::span<wasi::WaitEntry> entries, uint64_t timeout_ns) override;
  void interrupt() override { wake_up_.signal(); }

 private:
  FileContext context_;
  WakeUp wake_up_;
};

}  // namespace umber::posix
