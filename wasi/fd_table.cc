#include "wasi/fd_table.h"

namespace umber::wasi {

Errno FdTable::insert(const Descriptor& descriptor, Fd& out) {
  uint32_t fd = lowest_free_;
  if (free_count_ == 0) fd = static_cast<uint32_t>(entries_.size());
  while (fd < entries_.size() && entries_[fd].file != nullptr) ++fd;

  if (fd >= max_fds_ || (fd == entries_.size() && !entries_.push(Descriptor{}))) {
    const Errno why = fd >= max_fds_ ? Errno::Mfile : Errno::NoMem;
    descriptor.file->close();
    return why;
  }
  if (free_count_ > 0) --free_count_;
  lowest_free_ = fd + 1;
  entries_[fd] = descriptor;
  out = fd;
  return Errno::Success;
}

Errno FdTable::close(Fd fd) {
  Descriptor* descriptor = find(fd);
  if (descriptor == nullptr) return Errno::Badf;
  File* file = descriptor->file;
  *descriptor = {};
  ++free_count_;
  if (fd < lowest_free_) lowest_free_ = fd;
  return file->close();
}

Errno FdTable::renumber(Fd from, Fd to) {
  Descriptor* source = find(from);
  if (source == nullptr || find(to) == nullptr) return Errno::Badf;
  if (from == to) return Errno::Success;
  const Descriptor moved = *source;
  File* replaced = entries_[to].file;
  entries_[to] = moved;
  entries_[from] = {};
  ++free_count_;
  if (from < lowest_free_) lowest_free_ = from;
  replaced->close();
  return Errno::Success;
}

void FdTable::close_all() {
  for (Descriptor& descriptor : entries_)
    if (descriptor.file != nullptr) descriptor.file->close();
  entries_.clear();
  free_count_ = 0;
  lowest_free_ = 0;
}

}  // namespace umber::wasi
