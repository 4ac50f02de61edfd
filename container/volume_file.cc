#include "container/volume_file.h"

namespace umber::container {

using wasi::Errno;
using wasi::File;
using wasi::FileSize;
using wasi::Filestat;
using wasi::FileType;

// -- Regular files --------------------------------------------------------------------------------------------------------

VolumeData::VolumeData(const VolumeAccess& access, File& inner, const Filestat& stat, wasi::FdFlags flags)
    : access_(access), inner_(inner), next_(access.volume.open_files_), dev_(stat.dev), ino_(stat.ino), appends_(flags.has(wasi::FdFlag::Append)) {
  access_.volume.open_files_ = this;
}

/// The last one to close a file without names gives its bytes back.
Errno VolumeData::close() {
  Allocator& allocator = access_.allocator;
  Volume& volume = access_.volume;
  Errno error = Errno::Success;
  {
    Locked locked(volume.lock_);
    Filestat last{};
    const bool is_nameless = inner_.stat(last) == Errno::Success && last.nlink == 0;
    VolumeData** link = &volume.open_files_;
    while (*link != this) link = &(*link)->next_;
    *link = next_;
    error = inner_.close();
    if (is_nameless && !volume.is_open(last)) volume.subtract(volume_cost(last.filetype, last.size), 0);
  }
  allocator.destroy(this);
  return error;
}

Errno VolumeData::set_flags(wasi::FdFlags flags) {
  const Errno error = inner_.set_flags(flags);
  if (error == Errno::Success) appends_ = flags.has(wasi::FdFlag::Append);
  return error;
}

/// Makes a change after which the file ends at `end` at the latest, with the lock held: refused if that is more than may be, counted by
/// what it did.
template <class Change>
Errno VolumeData::counted(FileSize end, Change change) {
  Volume& volume = access_.volume;
  Filestat before{};
  Errno error = inner_.stat(before);
  if (error != Errno::Success) return error;
  const uint64_t old_cost = volume_cost(before.filetype, before.size);
  const uint64_t new_cost = volume_cost(before.filetype, end);
  if (new_cost > old_cost && !volume.may_add(access_.limits, new_cost - old_cost, 0)) return Errno::Dquot;
  error = change();
  Filestat after{};
  if (inner_.stat(after) != Errno::Success) after = before;
  volume.subtract(old_cost, 0);
  volume.add(volume_cost(after.filetype, after.size), 0);
  return error;
}

/// Where writing will end at most; `offset` null: from where the file stands. Whether an offset counts for a file that appends is the
/// port's business.
Errno VolumeData::begin_write(wasi::WriteParts parts, const FileSize* offset, FileSize& end) {
  Errno error = Errno::Success;
  Filestat now{};
  if (appends_) error = inner_.stat(now);
  end = now.size;
  if (offset != nullptr)
    end = *offset > end ? *offset : end;
  else if (!appends_)
    error = inner_.seek(0, wasi::Whence::Cur, end);
  for (const wasi::WritePart& part : parts) end = part.size > UINT64_MAX - end ? UINT64_MAX : end + part.size;
  return error;
}

Errno VolumeData::write(wasi::WriteParts parts, size_t& count) {
  Locked locked(access_.volume.lock_);
  FileSize end = 0;
  const Errno error = begin_write(parts, nullptr, end);
  return error != Errno::Success ? error : counted(end, [&] { return inner_.write(parts, count); });
}

Errno VolumeData::write_at(wasi::WriteParts parts, FileSize offset, size_t& count) {
  Locked locked(access_.volume.lock_);
  FileSize end = 0;
  const Errno error = begin_write(parts, &offset, end);
  return error != Errno::Success ? error : counted(end, [&] { return inner_.write_at(parts, offset, count); });
}

Errno VolumeData::resize(FileSize size) {
  Locked locked(access_.volume.lock_);
  return counted(size, [&] { return inner_.resize(size); });
}

Errno VolumeData::allocate(FileSize offset, FileSize length) {
  Locked locked(access_.volume.lock_);
  const FileSize end = length > UINT64_MAX - offset ? UINT64_MAX : offset + length;
  return counted(end, [&] { return inner_.allocate(offset, length); });
}

// -- Directories ----------------------------------------------------------------------------------------------------------

Errno VolumeDirectory::close() {
  Allocator& allocator = access_.allocator;
  const Errno error = inner_.close();
  allocator.destroy(this);
  return error;
}

/// What was opened, counting from now on. With the lock held. Takes the file.
Errno VolumeDirectory::wrap(File& opened, wasi::FdFlags flags, File*& out) {
  out = &opened;
  const FileType type = opened.type();
  if (type != FileType::Directory && type != FileType::RegularFile) return Errno::Success;
  Filestat stat{};
  const Errno error = type == FileType::RegularFile ? opened.stat(stat) : Errno::Success;
  File* wrapped = nullptr;
  if (error == Errno::Success) {
    if (type == FileType::Directory)
      wrapped = access_.allocator.create<VolumeDirectory>(access_, opened);
    else
      wrapped = access_.allocator.create<VolumeData>(access_, opened, stat, flags);
  }
  out = wrapped;
  if (wrapped != nullptr) return Errno::Success;
  opened.close();
  return error == Errno::Success ? Errno::NoMem : error;
}

Errno VolumeDirectory::open_at(StringRef name, const wasi::OpenOptions& options, File*& out) {
  Volume& volume = access_.volume;
  Locked locked(volume.lock_);
  Filestat before{};
  bool existed = true;
  if (options.create || options.truncate) existed = inner_.stat_at(name, before) == Errno::Success;
  if (!existed && options.create && !volume.may_add(access_.limits, 0, 1)) return Errno::Dquot;
  File* opened = nullptr;
  const Errno error = inner_.open_at(name, options, opened);
  if (error != Errno::Success) return error;
  if (!existed) volume.add(0, 1);
  if (existed && options.truncate && before.filetype == FileType::RegularFile) volume.subtract(volume_cost(before.filetype, before.size), 0);
  return wrap(*opened, options.flags, out);
}

/// The shortcut does not tell what it made or cut off.
Errno VolumeDirectory::open_beneath(StringRef path, const wasi::OpenOptions& options, wasi::LookupFlags lookup, File*& out) {
  if (options.create || options.truncate) return Errno::Again;
  File* opened = nullptr;
  const Errno error = inner_.open_beneath(path, options, lookup, opened);
  if (error != Errno::Success) return error;
  Locked locked(access_.volume.lock_);
  return wrap(*opened, options.flags, out);
}

/// A change that makes a name, and `bytes` behind it.
template <class Change>
Errno VolumeDirectory::adding(uint64_t bytes, Change change) {
  Volume& volume = access_.volume;
  Locked locked(volume.lock_);
  if (!volume.may_add(access_.limits, bytes, 1)) return Errno::Dquot;
  const Errno error = change();
  if (error == Errno::Success) volume.add(bytes, 1);
  return error;
}

/// A change that takes the name away.
template <class Change>
Errno VolumeDirectory::removing(StringRef name, Change change) {
  Volume& volume = access_.volume;
  Locked locked(volume.lock_);
  Filestat before{};
  const bool existed = inner_.stat_at(name, before) == Errno::Success;
  const Errno error = change();
  if (error == Errno::Success && existed) volume.forget_name(before);
  return error;
}

Errno VolumeDirectory::create_directory_at(StringRef name) {
  return adding(volume_cost(FileType::Directory, 0), [&] { return inner_.create_directory_at(name); });
}

Errno VolumeDirectory::symlink_at(StringRef target, StringRef name) {
  return adding(volume_cost(FileType::SymbolicLink, target.size()), [&] { return inner_.symlink_at(target, name); });
}

Errno VolumeDirectory::link_at(StringRef name, File& to, StringRef to_name) {
  return adding(0, [&] { return inner_.link_at(name, inner_of(to), to_name); });
}

Errno VolumeDirectory::remove_directory_at(StringRef name) {
  return removing(name, [&] { return inner_.remove_directory_at(name); });
}

Errno VolumeDirectory::unlink_file_at(StringRef name) {
  return removing(name, [&] { return inner_.unlink_file_at(name); });
}

/// Renaming one name of a file to another name of the same file does nothing.
Errno VolumeDirectory::rename_at(StringRef name, File& to, StringRef to_name) {
  Volume& volume = access_.volume;
  File& target = inner_of(to);
  Locked locked(volume.lock_);
  Filestat moved{}, replaced{};
  const bool replaces = inner_.stat_at(name, moved) == Errno::Success && target.stat_at(to_name, replaced) == Errno::Success &&
                        (moved.ino != replaced.ino || moved.dev != replaced.dev);
  const Errno error = inner_.rename_at(name, target, to_name);
  if (error == Errno::Success && replaces) volume.forget_name(replaced);
  return error;
}

}  // namespace umber::container
