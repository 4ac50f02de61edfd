// Paths: everything that begins at a directory descriptor and a name below it. wasi/resolve.h keeps it there.
#include "wasi/arguments.h"
#include "wasi/calls.h"
#include "wasi/resolve.h"

namespace umber::wasi::calls {

namespace {

/// The directory `fd`, if it has the rights.
Errno get_directory(Context& context, Fd fd, Rights needed, Descriptor*& out) {
  out = context.process.fds.find(fd);
  if (out == nullptr) return Errno::Badf;
  if (out->file->type() != FileType::Directory) return Errno::NotDir;
  return out->check(needed);
}

/// From a call's directory and path to a place.
Errno locate(Context& context, Fd fd, Rights needed, PathArg path, LastLink last, Location& out) {
  Descriptor* directory = nullptr;
  const Errno error = get_directory(context, fd, needed, directory);
  if (error != Errno::Success) return error;
  PathText text;
  const Errno bad = text.assign(path.str());
  return bad != Errno::Success ? bad : resolve(*directory->file, text, last, out);
}

/// After a slash only a directory will do: NotDir if there is something else, NoEnt if there is nothing.
Errno require_directory(const Location& place) {
  Filestat stat{};
  const Errno error = place.directory().stat_at(place.name(), stat);
  if (error != Errno::Success) return error;
  return stat.filetype == FileType::Directory ? Errno::Success : Errno::NotDir;
}

/// Whether a link or symbolic link may be made there: a name with a slash behind it can only be something that exists.
Errno require_plain_name(const Location& place) {
  if (!place.must_be_directory()) return Errno::Success;
  const Errno error = require_directory(place);
  return error == Errno::Success ? Errno::Exist : error;
}

struct OpenRequest {
  LookupFlags lookup;
  OFlags oflags;
  Rights base;
  Rights inheriting;
  FdFlags fd_flags;
};

/// What path_open needs of the directory, as the rights' descriptions say.
Errno check_open_rights(const Descriptor& directory, const OpenRequest& request) {
  Rights needed = Right::PathOpen;
  if (request.oflags.has(OFlag::Creat)) needed |= Right::PathCreateFile;
  if (request.oflags.has(OFlag::Trunc)) needed |= Right::PathFilestatSetSize;
  Rights passed_on = request.base | request.inheriting;
  if (request.fd_flags.has(FdFlag::Dsync)) passed_on |= Right::FdDatasync;
  if (request.fd_flags.has_any(FdFlag::Sync | FdFlag::Rsync)) passed_on |= Right::FdSync;
  return directory.rights.has(needed) && directory.inheriting.has(passed_on) ? Errno::Success : Errno::NotCapable;
}

OpenOptions open_options(const OpenRequest& request) {
  OpenOptions options;
  options.read = request.base.has_any(Right::FdRead | Right::FdReaddir);
  options.write = request.base.has_any(Right::FdWrite | Right::FdAllocate | Right::FdFilestatSetSize);
  options.create = request.oflags.has(OFlag::Creat);
  options.exclusive = request.oflags.has(OFlag::Excl);
  options.truncate = request.oflags.has(OFlag::Trunc);
  options.directory = request.oflags.has(OFlag::Directory);
  options.flags = request.fd_flags.without(FdFlag::Nonblock);
  return options;
}

/// Opens where nothing may change: what exists can be read, the rest is Rofs.
Errno open_read_only(File& root, const PathText& path, LookupFlags lookup, OpenOptions options, File*& out) {
  const bool create = options.create;
  options.create = false;
  if (options.write || options.truncate) return Errno::Rofs;
  const Errno error = open_path(root, path, lookup, options, out);
  if (!create) return error;
  if (error == Errno::NoEnt) return Errno::Rofs;
  if (error != Errno::Success || !options.exclusive) return error;
  out->close();
  return Errno::Exist;
}

Errno open_file(Context& context, const Descriptor& directory, const PathText& path, const OpenRequest& request, Fd& out) {
  if (!context.process.fds.has_room()) return Errno::Mfile;
  const OpenOptions options = open_options(request);
  File* file = nullptr;
  const Errno error = directory.access == Access::ReadOnly
                          ? open_read_only(*directory.file, path, request.lookup, options, file)
                          : open_path(*directory.file, path, request.lookup, options, file);
  if (error != Errno::Success) return error;

  Descriptor descriptor;
  descriptor.file = file;
  descriptor.rights = request.base & rights_of(file->type());
  if (file->type() == FileType::Directory) descriptor.inheriting = request.inheriting;
  descriptor.flags = request.fd_flags;
  descriptor.access = directory.access;
  return context.process.fds.insert(descriptor, out);
}

}  // namespace

Errno path_create_directory(Context* context, Fd fd, PathArg path) {
  Location place;
  const Errno error = locate(*context, fd, Right::PathCreateDirectory, path, LastLink::Keep, place);
  return error != Errno::Success ? error : place.directory().create_directory_at(place.name());
}

Errno stat_path(Context& context, Fd fd, uint32_t lookup, PathArg path, Filestat& out) {
  LookupFlags flags;
  if (!LookupFlags::parse(lookup, flags)) return Errno::Inval;
  Location place;
  Errno error = locate(context, fd, Right::PathFilestatGet, path, last_link(path.str(), flags), place);
  if (error == Errno::Success) error = place.directory().stat_at(place.name(), out);
  if (error != Errno::Success) return error;
  return place.must_be_directory() && out.filetype != FileType::Directory ? Errno::NotDir : Errno::Success;
}

Errno path_filestat_get(Context* context, Fd fd, uint32_t lookup, PathArg path, GuestPtr<Filestat> stat) {
  Filestat value{};
  const Errno error = stat_path(*context, fd, lookup, path, value);
  if (error == Errno::Success) stat.set(value);
  return error;
}

Errno path_filestat_set_times(Context* context, Fd fd, uint32_t lookup, PathArg path, Timestamp atim, Timestamp mtim,
                              uint32_t fst_flags) {
  LookupFlags flags;
  TimeChange change;
  if (!LookupFlags::parse(lookup, flags) || !parse_times(atim, mtim, fst_flags, change)) return Errno::Inval;
  Location place;
  Errno error = locate(*context, fd, Right::PathFilestatSetTimes, path, last_link(path.str(), flags), place);
  if (error == Errno::Success && place.must_be_directory()) error = require_directory(place);
  return error != Errno::Success ? error : place.directory().set_times_at(place.name(), change);
}

Errno path_link(Context* context, Fd old_fd, uint32_t lookup, PathArg old_path, Fd new_fd, PathArg new_path) {
  LookupFlags flags;
  if (!LookupFlags::parse(lookup, flags)) return Errno::Inval;
  Location from, to;
  Errno error = locate(*context, old_fd, Right::PathLinkSource, old_path, last_link(old_path.str(), flags), from);
  if (error == Errno::Success) error = locate(*context, new_fd, Right::PathLinkTarget, new_path, LastLink::Keep, to);
  if (error == Errno::Success && from.must_be_directory()) error = require_directory(from);
  if (error == Errno::Success) error = require_plain_name(to);
  if (error != Errno::Success) return error;
  if (from.directory().file_system() != to.directory().file_system()) return Errno::Xdev;
  return from.directory().link_at(from.name(), to.directory(), to.name());
}

Errno path_open(Context* context, Fd fd, uint32_t lookup, PathArg path, uint32_t oflags, uint64_t base,
                uint64_t inheriting, uint32_t fd_flags, GuestPtr<Fd> opened) {
  Descriptor* directory = nullptr;
  Errno error = get_directory(*context, fd, Right::PathOpen, directory);
  if (error != Errno::Success) return error;
  OpenRequest request;
  if (!LookupFlags::parse(lookup, request.lookup) || !OFlags::parse(oflags, request.oflags) ||
      !FdFlags::parse(fd_flags, request.fd_flags) || request.oflags.has(OFlag::Creat | OFlag::Directory))
    return Errno::Inval;
  // Bits beyond the known rights are ignored: some toolchains ask for all ones.
  (void)Rights::parse(base, request.base);
  (void)Rights::parse(inheriting, request.inheriting);
  error = check_open_rights(*directory, request);
  if (error != Errno::Success) return error;

  PathText text;
  error = text.assign(path.str());
  if (error != Errno::Success) return error;
  Fd number = 0;
  error = open_file(*context, *directory, text, request, number);
  if (error == Errno::Success) opened.set(number);
  return error;
}

Errno path_readlink(Context* context, Fd fd, PathArg path, Buffer buf, GuestPtr<Size> used) {
  Location place;
  Errno error = locate(*context, fd, Right::PathReadlink, path, LastLink::Keep, place);
  if (error == Errno::Success && place.must_be_directory()) error = Errno::Inval;
  if (error != Errno::Success) return error;
  size_t length = 0;
  error = place.directory().readlink_at(place.name(), {reinterpret_cast<char*>(buf.data()), buf.size()}, length);
  if (error == Errno::Success) used.set(static_cast<Size>(length));
  return error;
}

Errno path_remove_directory(Context* context, Fd fd, PathArg path) {
  Location place;
  const Errno error = locate(*context, fd, Right::PathRemoveDirectory, path, LastLink::Keep, place);
  return error != Errno::Success ? error : place.directory().remove_directory_at(place.name());
}

Errno path_rename(Context* context, Fd fd, PathArg old_path, Fd new_fd, PathArg new_path) {
  Location from, to;
  Errno error = locate(*context, fd, Right::PathRenameSource, old_path, LastLink::Keep, from);
  if (error == Errno::Success) error = locate(*context, new_fd, Right::PathRenameTarget, new_path, LastLink::Keep, to);
  if (error == Errno::Success && (from.must_be_directory() || to.must_be_directory())) error = require_directory(from);
  if (error != Errno::Success) return error;
  if (from.directory().file_system() != to.directory().file_system()) return Errno::Xdev;
  return from.directory().rename_at(from.name(), to.directory(), to.name());
}

Errno path_symlink(Context* context, PathArg old_path, Fd fd, PathArg new_path) {
  Location place;
  Errno error = locate(*context, fd, Right::PathSymlink, new_path, LastLink::Keep, place);
  if (error == Errno::Success) error = require_plain_name(place);
  PathText target;
  if (error == Errno::Success) error = target.assign(old_path.str());
  if (error != Errno::Success) return error;
  // It could never be followed here, and another program might follow it.
  if (target.str()[0] == '/') return Errno::NotCapable;
  return place.directory().symlink_at(target.str(), place.name());
}

Errno path_unlink_file(Context* context, Fd fd, PathArg path) {
  Location place;
  Errno error = locate(*context, fd, Right::PathUnlinkFile, path, LastLink::Keep, place);
  if (error == Errno::Success && place.must_be_directory()) {
    error = require_directory(place);
    if (error == Errno::Success) error = Errno::Isdir;
  }
  return error != Errno::Success ? error : place.directory().unlink_file_at(place.name());
}

}  // namespace umber::wasi::calls
