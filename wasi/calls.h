// Every function of WASI preview 1, one family a file (args.cc, clock.cc, fd.cc, fd_data.cc, path.cc, poll.cc, process.cc,
// random.cc, sock.cc), and what snapshot 0 does differently (snapshot0.cc). Names, order and meaning are those of
// https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md. Pointers that a signature names with their
// extent are checked by the generated glue; the rest go through guest_range. Flags and enumerations arrive as numbers and are checked here.
#pragma once

#include "runtime/host_function.h"
#include "wasi/context.h"

namespace umber {

/// A guest pointer out of bounds is EFAULT.
template <>
struct HostFault<wasi::Errno> {
  static constexpr wasi::Errno kFault = wasi::Errno::Fault;
};

}  // namespace umber

namespace umber::wasi {

/// An errno, or the end of the run: for calls that may wait and so may be killed meanwhile.
using Interruptible = HostValue<Errno>;
using Buffer = GuestSpan<uint8_t>;
using PathArg = GuestSpan<const char>;
using Iovecs = GuestSpan<const Iovec>;

/// `count` values at `address`, where a signature cannot say how many.
template <class T>
[[nodiscard]] bool guest_range(Caller& caller, uint32_t address, uint32_t count, GuestSpan<T>& out) {
  return GuestSpan<T>::check(caller.memory(), address, count, out);
}


namespace calls {

Errno args_get(Context* context, Caller& caller, uint32_t argv, uint32_t argv_buf);
Errno args_sizes_get(Context* context, GuestPtr<Size> count, GuestPtr<Size> buf_size);
Errno environ_get(Context* context, Caller& caller, uint32_t environ, uint32_t environ_buf);
Errno environ_sizes_get(Context* context, GuestPtr<Size> count, GuestPtr<Size> buf_size);

Errno clock_res_get(Context* context, uint32_t id, GuestPtr<Timestamp> resolution);
Errno clock_time_get(Context* context, uint32_t id, Timestamp precision, GuestPtr<Timestamp> time);

Errno fd_advise(Context* context, Fd fd, FileSize offset, FileSize len, uint32_t advice);
Errno fd_allocate(Context* context, Fd fd, FileSize offset, FileSize len);
Errno fd_close(Context* context, Fd fd);
Errno fd_datasync(Context* context, Fd fd);
Errno fd_fdstat_get(Context* context, Fd fd, GuestPtr<Fdstat> stat);
Errno fd_fdstat_set_flags(Context* context, Fd fd, uint32_t flags);
Errno fd_fdstat_set_rights(Context* context, Fd fd, uint64_t base, uint64_t inheriting);
Errno fd_filestat_get(Context* context, Fd fd, GuestPtr<Filestat> stat);
Errno fd_filestat_set_size(Context* context, Fd fd, FileSize size);
Errno fd_filestat_set_times(Context* context, Fd fd, Timestamp atim, Timestamp mtim, uint32_t fst_flags);
Errno fd_prestat_get(Context* context, Fd fd, GuestPtr<Prestat> prestat);
Errno fd_prestat_dir_name(Context* context, Fd fd, Buffer path);
Errno fd_renumber(Context* context, Fd from, Fd to);
Errno fd_sync(Context* context, Fd fd);

Errno fd_pread(Context* context, Caller& caller, Fd fd, Iovecs iovs, FileSize offset, GuestPtr<Size> count);
Errno fd_pwrite(Context* context, Caller& caller, Fd fd, Iovecs iovs, FileSize offset, GuestPtr<Size> count);
Interruptible fd_read(Context* context, Caller& caller, Fd fd, Iovecs iovs, GuestPtr<Size> count);
Interruptible fd_write(Context* context, Caller& caller, Fd fd, Iovecs iovs, GuestPtr<Size> count);
Errno fd_readdir(Context* context, Fd fd, Buffer buf, DirCookie cookie, GuestPtr<Size> used);
Errno fd_seek(Context* context, Fd fd, FileDelta offset, uint32_t whence, GuestPtr<FileSize> position);
Errno fd_tell(Context* context, Fd fd, GuestPtr<FileSize> position);

Errno path_create_directory(Context* context, Fd fd, PathArg path);
Errno path_filestat_get(Context* context, Fd fd, uint32_t lookup, PathArg path, GuestPtr<Filestat> stat);
Errno path_filestat_set_times(Context* context, Fd fd, uint32_t lookup, PathArg path, Timestamp atim, Timestamp mtim,
                              uint32_t fst_flags);
Errno path_link(Context* context, Fd old_fd, uint32_t lookup, PathArg old_path, Fd new_fd, PathArg new_path);
Errno path_open(Context* context, Fd fd, uint32_t lookup, PathArg path, uint32_t oflags, uint64_t base,
                uint64_t inheriting, uint32_t fd_flags, GuestPtr<Fd> opened);
Errno path_readlink(Context* context, Fd fd, PathArg path, Buffer buf, GuestPtr<Size> used);
Errno path_remove_directory(Context* context, Fd fd, PathArg path);
Errno path_rename(Context* context, Fd fd, PathArg old_path, Fd new_fd, PathArg new_path);
Errno path_symlink(Context* context, PathArg old_path, Fd fd, PathArg new_path);
Errno path_unlink_file(Context* context, Fd fd, PathArg path);

Interruptible poll_oneoff(Context* context, Caller& caller, uint32_t in, uint32_t out, Size count, GuestPtr<Size> events);

HostResult proc_exit(Context* context, Caller& caller, uint32_t code);
Interruptible proc_raise(Context* context, Caller& caller, uint32_t signal);
Errno sched_yield(Context* context);
Interruptible random_get(Context* context, Caller& caller, Buffer buf);

Interruptible sock_accept(Context* context, Caller& caller, Fd fd, uint32_t flags, GuestPtr<Fd> accepted);
Interruptible sock_recv(Context* context, Caller& caller, Fd fd, Iovecs iovs, uint32_t ri_flags, GuestPtr<Size> count,
                        GuestPtr<uint16_t> ro_flags);
Interruptible sock_send(Context* context, Caller& caller, Fd fd, Iovecs iovs, uint32_t si_flags, GuestPtr<Size> count);
Errno sock_shutdown(Context* context, Fd fd, uint32_t how);

/// fd_filestat_get and path_filestat_get before the snapshots' layouts part.
Errno stat_fd(Context& context, Fd fd, Filestat& out);
Errno stat_path(Context& context, Fd fd, uint32_t lookup, PathArg path, Filestat& out);

/// Where snapshot 0 differs from preview 1.
namespace snapshot0 {

Errno fd_filestat_get(Context* context, Fd fd, GuestPtr<wasi::snapshot0::Filestat> stat);
Errno path_filestat_get(Context* context, Fd fd, uint32_t lookup, PathArg path, GuestPtr<wasi::snapshot0::Filestat> stat);
Errno fd_seek(Context* context, Fd fd, FileDelta offset, uint32_t whence, GuestPtr<FileSize> position);
Interruptible poll_oneoff(Context* context, Caller& caller, uint32_t in, uint32_t out, Size count, GuestPtr<Size> events);

}  // namespace snapshot0
}  // namespace calls
}  // namespace umber::wasi
