#include "wasi/fd_table.h"

namespace umber::wasi {

namespace {

bool is_socket(const File& file) { return file.type() == FileType::SocketStream || file.type() == FileType::SocketDgram; }

}  // namespace

bool FdTable::has_socket_room() const {
  uint32_t sockets = 0;
  if (max_sockets_ < max_fds_)
    for (const Descriptor& each : entries_)
      if (each.file != nullptr && is_socket(*each.file)) ++sockets;
  return sockets < max_sockets_ && has_room();
}

/// Most guests have few descriptors: no room to spare before there are some.
bool FdTable::add_entry() {
  constexpr size_t kFew = 8;
  return (entries_.size() >= kFew || entries_.reserve(entries_.size() + 1)) && entries_.push(Descriptor{});
}

Errno FdTable::insert(const Descriptor& descriptor, Fd& out) {
  uint32_t fd = lowest_free_;
  if (free_count_ == 0) fd = static_cast<uint32_t>(entries_.size());
  while (fd < entries_.size() && entries_[fd].file != nullptr) ++fd;

  if (is_socket(*descriptor.file) && !has_socket_room()) fd = max_fds_;
  if (fd >= max_fds_ || (fd == entries_.size() && !add_entry())) {
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
  clear(*descriptor);
  ++free_count_;
  if (fd < lowest_free_) lowest_free_ = fd;
  return close_file(*file);
}

/// All but the file.
void FdTable::clear(Descriptor& descriptor) {
  entries_.allocator().destroy(descriptor.patience);
  descriptor = {};
}

Patience* FdTable::patience_of(Fd fd) {
  Patience*& patience = entries_[fd].patience;
  if (patience == nullptr) patience = entries_.allocator().create<Patience>();
  return patience;
}

void FdTable::hold(FileUse& use) {
  use.next = uses_;
  uses_ = &use;
}

/// The last of several uses closes what was closed meanwhile.
void FdTable::drop(FileUse& use) {
  FileUse** link = &uses_;
  while (*link != &use) link = &(*link)->next;
  *link = use.next;
  if (!use.closed) return;
  for (FileUse* other = uses_; other != nullptr; other = other->next) {
    if (other->file != use.file) continue;
    other->closed = true;
    return;
  }
  use.file->close();
}

Errno FdTable::close_file(File& file) {
  for (FileUse* use = uses_; use != nullptr; use = use->next) {
    if (use->file != &file) continue;
    use->closed = true;
    return Errno::Success;
  }
  return file.close();
}

Errno FdTable::renumber(Fd from, Fd to) {
  Descriptor* source = find(from);
  if (source == nullptr || find(to) == nullptr) return Errno::Badf;
  if (from == to) return Errno::Success;
  const Descriptor moved = *source;
  File* replaced = entries_[to].file;
  clear(entries_[to]);
  entries_[to] = moved;
  entries_[from] = {};
  ++free_count_;
  if (from < lowest_free_) lowest_free_ = from;
  (void)close_file(*replaced);
  return Errno::Success;
}

void FdTable::close_all() {
  for (Descriptor& descriptor : entries_)
    if (File* file = descriptor.file) {
      clear(descriptor);
      file->close();
    }
  entries_.clear();
  free_count_ = 0;
  lowest_free_ = 0;
}

}  // namespace umber::wasi
