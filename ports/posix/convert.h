// Between POSIX's numbers and structures and WASI's.
#pragma once

#include <sys/stat.h>
#include <time.h>

#include "wasi/platform.h"

namespace umber::posix {

/// Of an errno value; Io for what WASI has no name for.
[[nodiscard]] wasi::Errno errno_of(int error);
/// Of a system call's result: Success, or that of errno.
[[nodiscard]] wasi::Errno result_of(long result);

[[nodiscard]] wasi::FileType file_type_of(mode_t mode);
[[nodiscard]] wasi::Filestat filestat_of(const struct stat& attributes);
/// The two times of utimensat.
void times_of(const wasi::TimeChange& change, timespec out[2]);
[[nodiscard]] uint64_t nanoseconds_of(const timespec& time);
[[nodiscard]] timespec timespec_of(uint64_t nanoseconds);
/// For open(2), O_CLOEXEC and friends included. What opens never waits.
[[nodiscard]] int open_flags_of(const wasi::OpenOptions& options);

[[nodiscard]] bool was_interrupted();
/// A system call again while signals interrupt it.
template <class Call>
auto uninterrupted(Call&& call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || !was_interrupted()) return result;
  }
}

}  // namespace umber::posix
