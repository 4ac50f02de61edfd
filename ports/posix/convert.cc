#include "ports/posix/convert.h"

#include <fcntl.h>

#include <cerrno>

#include "ports/posix/system.h"

namespace umber::posix {

using wasi::Errno;
using wasi::FileType;

namespace {

struct ErrnoPair {
  int posix;
  Errno wasi;
};

constexpr ErrnoPair kErrnos[] = {
    {E2BIG, Errno::TooBig},
    {EACCES, Errno::Acces},
    {EADDRINUSE, Errno::AddrInUse},
    {EADDRNOTAVAIL, Errno::AddrNotAvail},
    {EAFNOSUPPORT, Errno::AfNoSupport},
    {EAGAIN, Errno::Again},
    {EALREADY, Errno::Already},
    {EBADF, Errno::Badf},
    {EBADMSG, Errno::BadMsg},
    {EBUSY, Errno::Busy},
    {ECANCELED, Errno::Canceled},
    {ECHILD, Errno::Child},
    {ECONNABORTED, Errno::ConnAborted},
    {ECONNREFUSED, Errno::ConnRefused},
    {ECONNRESET, Errno::ConnReset},
    {EDEADLK, Errno::Deadlk},
    {EDESTADDRREQ, Errno::DestAddrReq},
    {EDOM, Errno::Dom},
    {EDQUOT, Errno::Dquot},
    {EEXIST, Errno::Exist},
    {EFAULT, Errno::Fault},
    {EFBIG, Errno::Fbig},
    {EHOSTUNREACH, Errno::HostUnreach},
    {EIDRM, Errno::Idrm},
    {EILSEQ, Errno::Ilseq},
    {EINPROGRESS, Errno::InProgress},
    {EINTR, Errno::Intr},
    {EINVAL, Errno::Inval},
    {EISCONN, Errno::IsConn},
    {EISDIR, Errno::Isdir},
    {ELOOP, Errno::Loop},
    {EMFILE, Errno::Mfile},
    {EMLINK, Errno::Mlink},
    {EMSGSIZE, Errno::MsgSize},
    {EMULTIHOP, Errno::Multihop},
    {ENAMETOOLONG, Errno::NameTooLong},
    {ENETDOWN, Errno::NetDown},
    {ENETRESET, Errno::NetReset},
    {ENETUNREACH, Errno::NetUnreach},
    {ENFILE, Errno::Nfile},
    {ENOBUFS, Errno::NoBufs},
    {ENODEV, Errno::NoDev},
    {ENOENT, Errno::NoEnt},
    {ENOEXEC, Errno::NoExec},
    {ENOLCK, Errno::NoLck},
    {ENOLINK, Errno::NoLink},
    {ENOMEM, Errno::NoMem},
    {ENOMSG, Errno::NoMsg},
    {ENOPROTOOPT, Errno::NoProtoOpt},
    {ENOSPC, Errno::NoSpc},
    {ENOSYS, Errno::NoSys},
    {ENOTCONN, Errno::NotConn},
    {ENOTDIR, Errno::NotDir},
    {ENOTEMPTY, Errno::NotEmpty},
    {ENOTRECOVERABLE, Errno::NotRecoverable},
    {ENOTSOCK, Errno::NotSock},
    {ENOTSUP, Errno::NotSup},
    {ENOTTY, Errno::NoTty},
    {ENXIO, Errno::Nxio},
    {EOPNOTSUPP, Errno::NotSup},
    {EOVERFLOW, Errno::Overflow},
    {EOWNERDEAD, Errno::OwnerDead},
    {EPERM, Errno::Perm},
    {EPIPE, Errno::Pipe},
    {EPROTO, Errno::Proto},
    {EPROTONOSUPPORT, Errno::ProtoNoSupport},
    {EPROTOTYPE, Errno::ProtoType},
    {ERANGE, Errno::Range},
    {EROFS, Errno::Rofs},
    {ESPIPE, Errno::Spipe},
    {ESRCH, Errno::Srch},
    {ESTALE, Errno::Stale},
    {ETIMEDOUT, Errno::TimedOut},
    {ETXTBSY, Errno::TxtBsy},
    {EXDEV, Errno::Xdev},
};

}  // namespace

Errno errno_of(int error) {
  if (error == 0) return Errno::Success;
  for (const ErrnoPair& pair : kErrnos)
    if (pair.posix == error) return pair.wasi;
  return Errno::Io;
}

Errno result_of(long result) { return result >= 0 ? Errno::Success : errno_of(errno); }

bool was_interrupted() { return errno == EINTR; }

FileType file_type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return FileType::RegularFile;
    case S_IFDIR: return FileType::Directory;
    case S_IFLNK: return FileType::SymbolicLink;
    case S_IFCHR: return FileType::CharacterDevice;
    case S_IFBLK: return FileType::BlockDevice;
    case S_IFSOCK: return FileType::SocketStream;
    default: return FileType::Unknown;
  }
}

uint64_t nanoseconds_of(const timespec& time) {
  if (time.tv_sec < 0) return 0;  // before 1970: WASI cannot say
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

timespec timespec_of(uint64_t nanoseconds) {
  timespec time{};
  time.tv_sec = static_cast<time_t>(nanoseconds / 1'000'000'000);
  time.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
  return time;
}

wasi::Filestat filestat_of(const struct stat& attributes) {
  wasi::Filestat out{};
  out.dev = attributes.st_dev;
  out.ino = attributes.st_ino;
  out.filetype = file_type_of(attributes.st_mode);
  out.nlink = attributes.st_nlink;
  out.size = static_cast<uint64_t>(attributes.st_size);
  out.atim = nanoseconds_of(attributes.st_atim);
  out.mtim = nanoseconds_of(attributes.st_mtim);
  out.ctim = nanoseconds_of(attributes.st_ctim);
  return out;
}

namespace {

timespec time_of(uint64_t nanoseconds, bool set, bool now) {
  if (set) return timespec_of(nanoseconds);
  return {0, now ? UTIME_NOW : UTIME_OMIT};
}

}  // namespace

void times_of(const wasi::TimeChange& change, timespec out[2]) {
  using wasi::FstFlag;
  out[0] = time_of(change.atim, change.flags.has(FstFlag::Atim), change.flags.has(FstFlag::AtimNow));
  out[1] = time_of(change.mtim, change.flags.has(FstFlag::Mtim), change.flags.has(FstFlag::MtimNow));
}

int open_flags_of(const wasi::OpenOptions& options) {
  int flags = O_CLOEXEC;
  if (options.directory) flags |= O_DIRECTORY;
  if (options.path_only) return flags | path_only_flag();
  flags |= O_NOCTTY | O_NONBLOCK;
  // Truncating is writing, also for a guest that wants to do nothing else.
  const bool write = options.write || options.truncate;
  flags |= !write ? O_RDONLY : options.read ? O_RDWR : O_WRONLY;
  if (options.create) flags |= O_CREAT;
  if (options.create && options.exclusive) flags |= O_EXCL;
  if (options.truncate) flags |= O_TRUNC;
  return flags;
}

}  // namespace umber::posix
