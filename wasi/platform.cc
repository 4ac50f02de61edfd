// What a file answers to operations that it does not have.
#include "wasi/platform.h"

namespace umber::wasi {

namespace {

Errno not_a_data_file(FileType type) { return type == FileType::Directory ? Errno::Isdir : Errno::NotSup; }

Errno not_seekable(FileType type) { return type == FileType::Directory ? Errno::Isdir : Errno::Spipe; }

}  // namespace

Errno File::stat(Filestat& out) {
  out = {};
  out.filetype = type();
  out.nlink = 1;
  return Errno::Success;
}
Errno File::set_times(const TimeChange&) { return Errno::NotSup; }
Errno File::set_flags(FdFlags flags) { return flags.without(FdFlag::Nonblock).any() ? Errno::NotSup : Errno::Success; }
Errno File::sync(bool) { return Errno::Inval; }

Errno File::read(ReadParts, size_t&) { return not_a_data_file(type()); }
Errno File::write(WriteParts, size_t&) { return not_a_data_file(type()); }
Errno File::read_at(ReadParts, FileSize, size_t&) { return not_seekable(type()); }
Errno File::write_at(WriteParts, FileSize, size_t&) { return not_seekable(type()); }
Errno File::seek(FileDelta, Whence, FileSize&) { return not_seekable(type()); }
Errno File::resize(FileSize) { return Errno::Inval; }
Errno File::allocate(FileSize, FileSize) { return not_seekable(type()); }
Errno File::advise(FileSize, FileSize, Advice) { return not_seekable(type()); }

Errno File::open_at(StringRef, const OpenOptions&, File*&) { return Errno::NotDir; }
Errno File::stat_at(StringRef, Filestat&) { return Errno::NotDir; }
Errno File::set_times_at(StringRef, const TimeChange&) { return Errno::NotDir; }
Errno File::create_directory_at(StringRef) { return Errno::NotDir; }
Errno File::remove_directory_at(StringRef) { return Errno::NotDir; }
Errno File::unlink_file_at(StringRef) { return Errno::NotDir; }
Errno File::rename_at(StringRef, File&, StringRef) { return Errno::NotDir; }
Errno File::link_at(StringRef, File&, StringRef) { return Errno::NotDir; }
Errno File::symlink_at(StringRef, StringRef) { return Errno::NotDir; }
Errno File::readlink_at(StringRef, std::span<char>, size_t&) { return Errno::NotDir; }
Errno File::read_directory(DirCookie, DirectorySink&) { return Errno::NotDir; }
Errno File::open_beneath(StringRef, const OpenOptions&, LookupFlags, File*&) { return Errno::NoSys; }

Errno File::accept(File*&) { return Errno::NotSock; }
Errno File::receive(ReadParts, RiFlags, size_t&, RoFlags&) { return Errno::NotSock; }
Errno File::send(WriteParts, size_t&) { return Errno::NotSock; }
Errno File::shutdown(SdFlags) { return Errno::NotSock; }
Errno File::bind(const SocketAddress&) { return Errno::NotSock; }
Errno File::listen(uint32_t) { return Errno::NotSock; }
Errno File::connect(const SocketAddress&) { return Errno::NotSock; }
Errno File::local_address(SocketAddress&) { return Errno::NotSock; }
Errno File::remote_address(SocketAddress&) { return Errno::NotSock; }
Errno File::receive_from(ReadParts, RiFlags, size_t&, SocketAddress&) { return Errno::NotSock; }
Errno File::send_to(WriteParts, const SocketAddress&, size_t&) { return Errno::NotSock; }
Errno File::get_option(SocketOption, int32_t&) { return Errno::NotSock; }
Errno File::set_option(SocketOption, int32_t) { return Errno::NotSock; }

Errno Platform::open_socket(bool, bool, File*&) { return Errno::NotSup; }
Errno Platform::look_up(StringRef, StringRef, File*&) { return Errno::NotSup; }

}  // namespace umber::wasi
