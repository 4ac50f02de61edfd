// Descriptors: their attributes, rights, and the files' own.
#include "wasi/calls.h"
#include "wasi/arguments.h"

namespace umber::wasi::calls {

Errno fd_advise(Context* context, Fd fd, FileSize offset, FileSize len, uint32_t advice) {
  Descriptor* descriptor = nullptr;
  const Errno error = context->process.fds.get(fd, Right::FdAdvise, descriptor);
  if (error != Errno::Success) return error;
  if (advice >= kAdviceCount || offset > kMaxFileSize || len > kMaxFileSize - offset) return Errno::Inval;
  return descriptor->file->advise(offset, len, static_cast<Advice>(advice));
}

Errno fd_allocate(Context* context, Fd fd, FileSize offset, FileSize len) {
  Descriptor* descriptor = nullptr;
  const Errno error = context->process.fds.get(fd, Right::FdAllocate, descriptor);
  if (error != Errno::Success) return error;
  if (len == 0) return Errno::Inval;
  if (offset > kMaxFileSize || len > kMaxFileSize - offset) return Errno::Fbig;
  return descriptor->file->allocate(offset, len);
}

Errno fd_close(Context* context, Fd fd) { return context->process.fds.close(fd); }

Errno fd_datasync(Context* context, Fd fd) {
  Descriptor* descriptor = nullptr;
  const Errno error = context->process.fds.get(fd, Right::FdDatasync, descriptor);
  return error != Errno::Success ? error : descriptor->file->sync(true);
}

Errno fd_sync(Context* context, Fd fd) {
  Descriptor* descriptor = nullptr;
  const Errno error = context->process.fds.get(fd, Right::FdSync, descriptor);
  return error != Errno::Success ? error : descriptor->file->sync(false);
}

Errno fd_fdstat_get(Context* context, Fd fd, GuestPtr<Fdstat> stat) {
  const Descriptor* descriptor = context->process.fds.find(fd);
  if (descriptor == nullptr) return Errno::Badf;
  Fdstat value{};
  value.fs_filetype = descriptor->file->type();
  value.fs_flags = descriptor->flags;
  value.fs_rights_base = descriptor->rights.bits();
  value.fs_rights_inheriting = descriptor->inheriting.bits();
  stat.set(value);
  return Errno::Success;
}

Errno fd_fdstat_set_flags(Context* context, Fd fd, uint32_t flags) {
  Descriptor* descriptor = nullptr;
  Errno error = context->process.fds.get(fd, Right::FdFdstatSetFlags, descriptor);
  if (error != Errno::Success) return error;
  FdFlags parsed;
  if (!FdFlags::parse(flags, parsed)) return Errno::Inval;
  error = descriptor->file->set_flags(parsed.without(FdFlag::Nonblock));
  if (error == Errno::Success) descriptor->flags = parsed;
  return error;
}

Errno fd_fdstat_set_rights(Context* context, Fd fd, uint64_t base, uint64_t inheriting) {
  Descriptor* descriptor = context->process.fds.find(fd);
  if (descriptor == nullptr) return Errno::Badf;
  Rights new_rights, new_inheriting;
  const bool known = Rights::parse(base, new_rights) && Rights::parse(inheriting, new_inheriting);
  if (!known || !descriptor->rights.has(new_rights) || !descriptor->inheriting.has(new_inheriting)) return Errno::NotCapable;
  descriptor->rights = new_rights;
  descriptor->inheriting = new_inheriting;
  return Errno::Success;
}

Errno stat_fd(Context& context, Fd fd, Filestat& out) {
  Descriptor* descriptor = nullptr;
  const Errno error = context.process.fds.get(fd, Right::FdFilestatGet, descriptor);
  return error != Errno::Success ? error : descriptor->file->stat(out);
}

Errno fd_filestat_get(Context* context, Fd fd, GuestPtr<Filestat> stat) {
  Filestat value{};
  const Errno error = stat_fd(*context, fd, value);
  if (error == Errno::Success) stat.set(value);
  return error;
}

Errno fd_filestat_set_size(Context* context, Fd fd, FileSize size) {
  Descriptor* descriptor = nullptr;
  const Errno error = context->process.fds.get(fd, Right::FdFilestatSetSize, descriptor);
  if (error != Errno::Success) return error;
  if (size > kMaxFileSize) return Errno::Inval;
  return descriptor->file->resize(size);
}

Errno fd_filestat_set_times(Context* context, Fd fd, Timestamp atim, Timestamp mtim, uint32_t fst_flags) {
  Descriptor* descriptor = nullptr;
  const Errno error = context->process.fds.get(fd, Right::FdFilestatSetTimes, descriptor);
  if (error != Errno::Success) return error;
  TimeChange change;
  if (!parse_times(atim, mtim, fst_flags, change)) return Errno::Inval;
  return descriptor->file->set_times(change);
}

Errno fd_prestat_get(Context* context, Fd fd, GuestPtr<Prestat> prestat) {
  const Descriptor* descriptor = context->process.fds.find(fd);
  if (descriptor == nullptr || descriptor->preopen == nullptr) return Errno::Badf;
  Prestat value{};
  value.tag = PreopenType::Dir;
  value.pr_name_len = static_cast<Size>(descriptor->preopen->size);
  prestat.set(value);
  return Errno::Success;
}

Errno fd_prestat_dir_name(Context* context, Fd fd, Buffer path) {
  const Descriptor* descriptor = context->process.fds.find(fd);
  if (descriptor == nullptr || descriptor->preopen == nullptr) return Errno::Badf;
  const StringRef name = descriptor->preopen->name();
  if (path.size() < name.size()) return Errno::NameTooLong;
  if (!name.empty()) std::memcpy(path.data(), name.data(), name.size());
  return Errno::Success;
}

Errno fd_renumber(Context* context, Fd from, Fd to) { return context->process.fds.renumber(from, to); }

}  // namespace umber::wasi::calls
