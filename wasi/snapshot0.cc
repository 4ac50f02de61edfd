// What snapshot 0 (`wasi_unstable`) lays out or numbers differently; poll_oneoff is in poll.cc.
#include "wasi/calls.h"

namespace umber::wasi::calls::snapshot0 {

namespace {

using OldFilestat = wasi::snapshot0::Filestat;

OldFilestat narrow(const Filestat& stat) {
  OldFilestat old{};
  old.dev = stat.dev;
  old.ino = stat.ino;
  old.filetype = stat.filetype;
  old.nlink = stat.nlink > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(stat.nlink);
  old.size = stat.size;
  old.atim = stat.atim;
  old.mtim = stat.mtim;
  old.ctim = stat.ctim;
  return old;
}

}  // namespace

Errno fd_filestat_get(Context* context, Fd fd, GuestPtr<OldFilestat> stat) {
  Filestat value{};
  const Errno error = stat_fd(*context, fd, value);
  if (error == Errno::Success) stat.set(narrow(value));
  return error;
}

Errno path_filestat_get(Context* context, Fd fd, uint32_t lookup, PathArg path, GuestPtr<OldFilestat> stat) {
  Filestat value{};
  const Errno error = stat_path(*context, fd, lookup, path, value);
  if (error == Errno::Success) stat.set(narrow(value));
  return error;
}

Errno fd_seek(Context* context, Fd fd, FileDelta offset, uint32_t whence, GuestPtr<FileSize> position) {
  constexpr Whence kMeaning[kWhenceCount] = {Whence::Cur, Whence::End, Whence::Set};
  if (whence >= kWhenceCount) return Errno::Inval;
  return calls::fd_seek(context, fd, offset, static_cast<uint32_t>(kMeaning[whence]), position);
}

}  // namespace umber::wasi::calls::snapshot0
