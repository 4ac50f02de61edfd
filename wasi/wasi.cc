#include "wasi/wasi.h"

#include <cstring>

#include "wasi/import_table.h"
#include "wasi/stream.h"

namespace umber::wasi {

namespace {

/// All of preview 1, in the specification's order.
constexpr Import kPreview1[] = {
    {"args_get", make<&calls::args_get>},
    {"args_sizes_get", make<&calls::args_sizes_get>},
    {"environ_get", make<&calls::environ_get>},
    {"environ_sizes_get", make<&calls::environ_sizes_get>},
    {"clock_res_get", make<&calls::clock_res_get>},
    {"clock_time_get", make<&calls::clock_time_get>},
    {"fd_advise", make<&calls::fd_advise>},
    {"fd_allocate", make<&calls::fd_allocate>},
    {"fd_close", make<&calls::fd_close>},
    {"fd_datasync", make<&calls::fd_datasync>},
    {"fd_fdstat_get", make<&calls::fd_fdstat_get>},
    {"fd_fdstat_set_flags", make<&calls::fd_fdstat_set_flags>},
    {"fd_fdstat_set_rights", make<&calls::fd_fdstat_set_rights>},
    {"fd_filestat_get", make<&calls::fd_filestat_get>},
    {"fd_filestat_set_size", make<&calls::fd_filestat_set_size>},
    {"fd_filestat_set_times", make<&calls::fd_filestat_set_times>},
    {"fd_pread", make<&calls::fd_pread>},
    {"fd_prestat_get", make<&calls::fd_prestat_get>},
    {"fd_prestat_dir_name", make<&calls::fd_prestat_dir_name>},
    {"fd_pwrite", make<&calls::fd_pwrite>},
    {"fd_read", make<&calls::fd_read>},
    {"fd_readdir", make<&calls::fd_readdir>},
    {"fd_renumber", make<&calls::fd_renumber>},
    {"fd_seek", make<&calls::fd_seek>},
    {"fd_sync", make<&calls::fd_sync>},
    {"fd_tell", make<&calls::fd_tell>},
    {"fd_write", make<&calls::fd_write>},
    {"path_create_directory", make<&calls::path_create_directory>},
    {"path_filestat_get", make<&calls::path_filestat_get>},
    {"path_filestat_set_times", make<&calls::path_filestat_set_times>},
    {"path_link", make<&calls::path_link>},
    {"path_open", make<&calls::path_open>},
    {"path_readlink", make<&calls::path_readlink>},
    {"path_remove_directory", make<&calls::path_remove_directory>},
    {"path_rename", make<&calls::path_rename>},
    {"path_symlink", make<&calls::path_symlink>},
    {"path_unlink_file", make<&calls::path_unlink_file>},
    {"poll_oneoff", make<&calls::poll_oneoff>},
    {"proc_exit", make<&calls::proc_exit>},
    {"proc_raise", make<&calls::proc_raise>},
    {"sched_yield", make<&calls::sched_yield>},
    {"random_get", make<&calls::random_get>},
    {"sock_accept", make<&calls::sock_accept>},
    {"sock_recv", make<&calls::sock_recv>},
    {"sock_send", make<&calls::sock_send>},
    {"sock_shutdown", make<&calls::sock_shutdown>},
};
static_assert(std::size(kPreview1) == 46);

/// What snapshot 0 has in place of these; all others are the same (sock_accept came later and does no harm).
constexpr Import kSnapshot0[] = {
    {"fd_filestat_get", make<&calls::snapshot0::fd_filestat_get>},
    {"path_filestat_get", make<&calls::snapshot0::path_filestat_get>},
    {"fd_seek", make<&calls::snapshot0::fd_seek>},
    {"poll_oneoff", make<&calls::snapshot0::poll_oneoff>},
};

Descriptor stream_descriptor(File& file, bool is_input) {
  Descriptor descriptor;
  descriptor.file = &file;
  descriptor.rights = rights_of(file.type()).without(is_input ? Right::FdWrite : Right::FdRead);
  return descriptor;
}

}  // namespace

Wasi::Wasi(Allocator& allocator, Platform& platform, const Limits& limits)
    : process_(allocator, limits.max_fds, limits.max_sockets), context_(allocator, platform, process_), has_streams_(open_null_streams()) {}

Wasi::~Wasi() {
  process_.fds.close_all();
  while (names_ != nullptr) {
    PreopenName* next = names_->next;
    context_.allocator.release(names_, sizeof(PreopenName) + names_->size, alignof(PreopenName));
    names_ = next;
  }
}

bool Wasi::open_null_streams() {
  for (Fd fd = 0; fd < 3; ++fd)
    if (!take(stream_descriptor(null_stream(), fd == 0), "standard streams").ok()) return false;
  return true;
}

Status Wasi::check_streams() const {
  if (has_streams_) return {};
  if (!context_.process.fds.has_room()) return Error::of(ErrorCode::LimitReached, "no free file descriptor for standard streams");
  return Error::out_of_memory("standard streams");
}

Status Wasi::take(const Descriptor& descriptor, StringRef what) {
  Fd fd = 0;
  switch (context_.process.fds.insert(descriptor, fd)) {
    case Errno::Success: return {};
    case Errno::Mfile: return Error::of(ErrorCode::LimitReached, "no free file descriptor for ", what);
    default: return Error::out_of_memory(what);
  }
}

Status Wasi::add_arg(StringRef arg) {
  if (std::memchr(arg.data(), 0, arg.size()) != nullptr)
    return Error::of(ErrorCode::InvalidArgument, "zero byte in the argument ", Quoted{arg});
  if (!process_.args.add(arg)) return Error::out_of_memory("arguments");
  return {};
}

Status Wasi::add_env(StringRef name, StringRef value) {
  const bool bad_name = name.empty() || std::memchr(name.data(), '=', name.size()) != nullptr ||
                        std::memchr(name.data(), 0, name.size()) != nullptr;
  if (bad_name) return Error::of(ErrorCode::InvalidArgument, "not a name of an environment variable: ", Quoted{name});
  if (std::memchr(value.data(), 0, value.size()) != nullptr)
    return Error::of(ErrorCode::InvalidArgument, "zero byte in the environment variable ", Quoted{name});
  if (!process_.environ.add(name, StringRef("="), value)) return Error::out_of_memory("environment");
  return {};
}

Status Wasi::set_stdio(Fd fd, File& file) {
  Descriptor* descriptor = fd < 3 && has_streams_ ? context_.process.fds.find(fd) : nullptr;
  if (descriptor == nullptr) {
    file.close();
    UMBER_TRY(check_streams());
    return Error::of(ErrorCode::InvalidArgument, fd, " is not a standard stream");
  }
  descriptor->file->close();
  *descriptor = stream_descriptor(file, fd == 0);
  return {};
}

const PreopenName* Wasi::keep_name(StringRef name) {
  void* memory = context_.allocator.allocate(sizeof(PreopenName) + name.size(), alignof(PreopenName));
  if (memory == nullptr) return nullptr;
  names_ = new (memory) PreopenName{names_, name.size()};
  if (!name.empty()) std::memcpy(names_ + 1, name.data(), name.size());
  return names_;
}

Status Wasi::add_preopen(File& directory, StringRef guest_name, Access access) {
  const bool is_directory = directory.type() == FileType::Directory;
  const PreopenName* name = has_streams_ && is_directory ? keep_name(guest_name) : nullptr;
  if (name == nullptr) {
    directory.close();
    UMBER_TRY(check_streams());
    if (is_directory) return Error::out_of_memory("a preopened directory");
    return Error::of(ErrorCode::InvalidArgument, "what is to be preopened as ", Quoted{guest_name}, " is not a directory");
  }
  Descriptor descriptor;
  descriptor.file = &directory;
  descriptor.rights = kDirectoryRights;
  descriptor.inheriting = kInheritableRights;
  descriptor.access = access;
  descriptor.preopen = name;
  return take(descriptor, "a preopened directory");
}

Status Wasi::add_socket(File& socket) {
  Descriptor descriptor;
  descriptor.file = &socket;
  descriptor.rights = rights_of(socket.type());
  descriptor.inheriting = kSocketRights;
  const bool is_socket = socket.type() == FileType::SocketStream || socket.type() == FileType::SocketDgram;
  if (!is_socket || !has_streams_) {
    socket.close();
    UMBER_TRY(check_streams());
    return Error::of(ErrorCode::InvalidArgument, "what is to be preopened as a socket is not one");
  }
  return take(descriptor, "a socket");
}

Status Wasi::add_to(Linker& linker) {
  UMBER_TRY(check_streams());
  return add_to(linker, context_);
}

Status Wasi::add_to(Linker& linker, Context& context) {
  UMBER_TRY(define_all(linker, "wasi_snapshot_preview1", kPreview1, context));
  UMBER_TRY(define_all(linker, "wasi_unstable", kPreview1, context));
  if (context.process.network.is_enabled()) {
    UMBER_TRY(add_wamr_sockets(linker, context));
    UMBER_TRY(add_wasmedge_sockets(linker, context));
  }
  return define_all(linker, "wasi_unstable", kSnapshot0, context);
}

}  // namespace umber::wasi
