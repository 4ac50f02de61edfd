#include "wasi/resolve.h"

#include <cstring>

namespace umber::wasi {

Errno PathText::assign(StringRef text) {
  if (text.empty()) return Errno::NoEnt;
  if (text.size() > kMaxPath) return Errno::NameTooLong;
  std::memcpy(bytes_, text.data(), text.size());
  bytes_[text.size()] = 0;
  size_ = text.size();
  return std::memchr(bytes_, 0, size_) == nullptr ? Errno::Success : Errno::Ilseq;
}

void Location::set_directory(File* directory, bool owned) {
  if (owned_) directory_->close();
  directory_ = directory;
  owned_ = owned;
}

Errno Location::set_name(StringRef name, bool must_be_directory) {
  if (name.size() > kMaxName) return Errno::NameTooLong;
  std::memcpy(name_, name.data(), name.size());
  name_[name.size()] = 0;
  name_size_ = name.size();
  must_be_directory_ = must_be_directory;
  return Errno::Success;
}

namespace {

[[nodiscard]] bool is_absolute(StringRef path) { return path.starts_with("/"); }

/// The path without the slashes at its end.
[[nodiscard]] StringRef trim_slashes(StringRef path) {
  size_t size = path.size();
  while (size > 0 && path[size - 1] == '/') --size;
  return path.substr(0, size);
}

/// The text of a path that is still to be walked; links are expanded at its front.
class PendingPath {
 public:
  explicit PendingPath(StringRef path) : begin_(kMaxPath - path.size()) {
    std::memcpy(bytes_ + begin_, path.data(), path.size());
  }

  /// Takes the next component and the slashes behind it; false at the end.
  [[nodiscard]] bool take(StringRef& name, bool& slash_behind) {
    while (begin_ < kMaxPath && bytes_[begin_] == '/') ++begin_;
    const size_t start = begin_;
    while (begin_ < kMaxPath && bytes_[begin_] != '/') ++begin_;
    name = {bytes_ + start, begin_ - start};
    slash_behind = begin_ < kMaxPath;
    while (begin_ < kMaxPath && bytes_[begin_] == '/') ++begin_;
    return !name.empty();
  }
  [[nodiscard]] bool at_end() const { return begin_ == kMaxPath; }

  /// Puts what the symbolic link `name` in `directory` says in front of the rest. Inval when it is not a link.
  Errno expand(File& directory, StringRef name, bool slash_behind) {
    char link_name[kMaxName + 1];
    if (name.size() > kMaxName) return Errno::NameTooLong;
    std::memcpy(link_name, name.data(), name.size());
    link_name[name.size()] = 0;

    // The target goes to the buffer's start, and from there to right before the rest.
    const size_t room = slash_behind ? begin_ - 1 : begin_;
    size_t length = 0;
    const Errno error = directory.readlink_at({link_name, name.size()}, {bytes_, room}, length);
    if (error != Errno::Success) return error;
    if (length == 0) return Errno::NoEnt;
    if (length == room) return Errno::NameTooLong;
    if (is_absolute({bytes_, length})) return Errno::NotCapable;
    if (slash_behind) bytes_[--begin_] = '/';
    begin_ -= length;
    std::memmove(bytes_ + begin_, bytes_, length);
    return Errno::Success;
  }

 private:
  size_t begin_;
  char bytes_[kMaxPath];
};

/// The directories from the root down to where the walk is. The root is not ours.
class Trail {
 public:
  explicit Trail(File& root) : root_(root) {}
  Trail(const Trail&) = delete;
  Trail& operator=(const Trail&) = delete;
  ~Trail() {
    while (depth_ > 0) up();
  }
  [[nodiscard]] File& here() const { return depth_ == 0 ? root_ : *below_[depth_ - 1]; }
  [[nodiscard]] bool at_root() const { return depth_ == 0; }
  [[nodiscard]] bool full() const { return depth_ == kMaxDepth; }
  void down(File* directory) { below_[depth_++] = directory; }
  void up() { below_[--depth_]->close(); }
  /// Hands over where the walk is.
  void leave_at(Location& out) {
    if (depth_ == 0) return out.set_directory(&root_, false);
    out.set_directory(below_[--depth_], true);
  }

 private:
  File& root_;
  uint32_t depth_ = 0;
  File* below_[kMaxDepth];
};

/// Opens the directory `name` to walk on through it.
Errno step_into(Trail& trail, StringRef name) {
  if (trail.full() || name.size() > kMaxName) return Errno::NameTooLong;
  OpenOptions options;
  options.directory = true;
  options.path_only = true;
  File* directory = nullptr;
  const Errno error = trail.here().open_at(name, options, directory);
  if (error == Errno::Success) trail.down(directory);
  return error;
}

/// Component by component.
Errno walk(File& root, StringRef path, LastLink last, Location& out) {
  Trail trail(root);
  PendingPath pending(path);
  uint32_t links = 0;
  StringRef name;
  bool slash_behind = false;
  while (pending.take(name, slash_behind)) {
    if (name == ".") continue;
    if (name == "..") {
      if (trail.at_root()) return Errno::NotCapable;
      trail.up();
      continue;
    }
    const bool is_last = pending.at_end();
    if (!is_last) {
      const Errno error = step_into(trail, name);
      if (error == Errno::Success) continue;
      if (error != Errno::Loop && error != Errno::NotDir) return error;
    }
    if (!is_last || last == LastLink::Follow) {
      const Errno error = pending.expand(trail.here(), name, slash_behind);
      if (error == Errno::Success) {
        if (++links > kMaxLinks) return Errno::Loop;
        continue;
      }
      if (!is_last) return error == Errno::Inval ? Errno::NotDir : error;
      if (error != Errno::Inval && error != Errno::NoEnt) return error;
    }
    const Errno error = out.set_name(name, slash_behind);
    if (error == Errno::Success) trail.leave_at(out);
    return error;
  }
  trail.leave_at(out);
  return out.set_name(".", true);
}

/// With File::open_beneath: only the directory part is resolved there. NoSys or Again: walk instead.
Errno resolve_beneath(File& root, StringRef path, LastLink last, Location& out) {
  const StringRef trimmed = trim_slashes(path);
  size_t name_at = trimmed.size();
  while (name_at > 0 && trimmed[name_at - 1] != '/') --name_at;
  const StringRef name = trimmed.substr(name_at);
  const bool slash_behind = trimmed.size() < path.size();
  const bool is_dots = name == "." || name == "..";

  if (name_at == 0 && !is_dots) {
    out.set_directory(&root, false);
  } else {
    char directory_path[kMaxPath + 1];
    const StringRef prefix = is_dots ? trimmed : trimmed.substr(0, name_at);
    std::memcpy(directory_path, prefix.data(), prefix.size());
    directory_path[prefix.size()] = 0;
    OpenOptions options;
    options.directory = true;
    options.path_only = true;
    File* directory = nullptr;
    const Errno error = root.open_beneath({directory_path, prefix.size()}, options, LookupFlag::SymlinkFollow, directory);
    if (error != Errno::Success) return error;
    out.set_directory(directory, true);
  }
  if (is_dots) return out.set_name(".", true);
  const Errno named = out.set_name(name, slash_behind);
  if (named != Errno::Success || last == LastLink::Keep) return named;

  // A link at the end is rare: leave it to the walk.
  char target[1];
  size_t length = 0;
  return out.directory().readlink_at(out.name(), target, length) == Errno::Success ? Errno::Again : Errno::Success;
}

}  // namespace

Errno resolve(File& root, const PathText& path, LastLink last, Location& out) {
  if (is_absolute(path.str())) return Errno::NotCapable;
  const Errno error = resolve_beneath(root, path.str(), last, out);
  if (error != Errno::NoSys && error != Errno::Again) return error;
  return walk(root, path.str(), last, out);
}

Errno open_path(File& root, const PathText& path, LookupFlags lookup, const OpenOptions& options, File*& out) {
  if (is_absolute(path.str())) return Errno::NotCapable;
  const Errno error = root.open_beneath(path.str(), options, lookup, out);
  if (error != Errno::NoSys && error != Errno::Again) return error;

  // What must be new cannot be a link.
  const LastLink last = options.create && options.exclusive ? LastLink::Keep : last_link(path.str(), lookup);
  Location location;
  const Errno resolved = walk(root, path.str(), last, location);
  if (resolved != Errno::Success) return resolved;
  if (!location.must_be_directory()) return location.directory().open_at(location.name(), options, out);
  if (options.create && location.name() != StringRef(".")) return Errno::Isdir;
  OpenOptions directory_options = options;
  directory_options.directory = true;
  return location.directory().open_at(location.name(), directory_options, out);
}

}  // namespace umber::wasi
