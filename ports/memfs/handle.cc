#include "ports/memfs/handle.h"

#include <utility>

namespace umber::memfs {

using wasi::Errno;
using wasi::File;
using wasi::FileSize;
using wasi::FileType;
using wasi::FstFlag;

namespace {

void change_times(NodeStore& store, Node& node, const wasi::TimeChange& change) {
  const wasi::Timestamp now = store.now();
  if (change.flags.has(FstFlag::Atim)) node.atim = change.atim;
  if (change.flags.has(FstFlag::AtimNow)) node.atim = now;
  if (change.flags.has(FstFlag::Mtim)) node.mtim = change.mtim;
  if (change.flags.has(FstFlag::MtimNow)) node.mtim = now;
  node.ctim = now;
}

wasi::Filestat stat_of(const Node& node) {
  wasi::Filestat out{};
  out.ino = node.ino;
  out.filetype = node.type;
  // As POSIX counts: its name, its own ".", and the ".." of each subdirectory.
  out.nlink = node.type == FileType::Directory ? uint64_t{2} + node.subdirectories : node.names;
  out.size = node.size;
  out.atim = node.atim;
  out.mtim = node.mtim;
  out.ctim = node.ctim;
  return out;
}

class Handle final : public File {
 public:
  Handle(NodeStore& store, Node& node, const wasi::OpenOptions& options) : store_(store), node_(node), flags_(options.flags) {
    ++node.handles;
  }
  ~Handle() = default;

  Errno close() override {
    NodeStore& store = store_;
    --node_.handles;
    store.release(node_);
    store.allocator.destroy(this);
    return Errno::Success;
  }
  FileType type() const override { return node_.type; }
  const void* file_system() const override { return &store_; }

  Errno stat(wasi::Filestat& out) override {
    out = stat_of(node_);
    return Errno::Success;
  }
  Errno set_times(const wasi::TimeChange& change) override {
    change_times(store_, node_, change);
    return Errno::Success;
  }
  Errno set_flags(wasi::FdFlags flags) override {
    flags_ = flags;
    return Errno::Success;
  }
  Errno sync(bool) override { return Errno::Success; }

  Errno read(wasi::ReadParts parts, size_t& count) override {
    const Errno error = read_at(parts, position_, count);
    if (error == Errno::Success) position_ += count;
    return error;
  }
  Errno write(wasi::WriteParts parts, size_t& count) override {
    if (flags_.has(wasi::FdFlag::Append)) position_ = node_.size;
    const Errno error = write_at(parts, position_, count);
    if (error == Errno::Success) position_ += count;
    return error;
  }
  Errno read_at(wasi::ReadParts parts, FileSize offset, size_t& count) override {
    if (is_directory()) return Errno::Isdir;
    count = 0;
    for (const wasi::ReadPart& part : parts) {
      const size_t size = read_data(store_, node_, offset + count, {part.data, part.size});
      count += size;
      if (size < part.size) break;
    }
    return Errno::Success;
  }
  Errno write_at(wasi::WriteParts parts, FileSize offset, size_t& count) override {
    count = 0;
    if (is_directory()) return Errno::Isdir;
    if (node_.is_blob) return Errno::Rofs;
    for (const wasi::WritePart& part : parts) {
      size_t written = 0;
      const Errno error = write_data(store_, node_, offset + count, {part.data, part.size}, written);
      count += written;
      if (error != Errno::Success) return count > 0 ? changed() : error;
    }
    return changed();
  }
  Errno seek(wasi::FileDelta delta, wasi::Whence whence, FileSize& position) override {
    if (is_directory()) return Errno::Isdir;
    const FileSize base = whence == wasi::Whence::Set ? 0 : whence == wasi::Whence::Cur ? position_ : node_.size;
    // Positions are at most INT64_MAX, so wrapping shows in the sign.
    const auto target = static_cast<int64_t>(base + static_cast<uint64_t>(delta));
    if (target < 0) return delta < 0 ? Errno::Inval : Errno::Overflow;
    position = position_ = static_cast<FileSize>(target);
    return Errno::Success;
  }
  Errno resize(FileSize size) override {
    if (node_.type != FileType::RegularFile) return Errno::Inval;
    if (node_.is_blob) return Errno::Rofs;
    const Errno error = resize_data(store_, node_, size);
    return error != Errno::Success ? error : changed();
  }
  Errno allocate(FileSize offset, FileSize length) override {
    if (node_.type != FileType::RegularFile) return Errno::Inval;
    if (node_.is_blob) return Errno::Rofs;
    const Errno error = allocate_data(store_, node_, offset, length);
    return error != Errno::Success ? error : changed();
  }
  Errno advise(FileSize, FileSize, wasi::Advice) override { return Errno::Success; }

  Errno open_at(StringRef name, const wasi::OpenOptions& options, File*& out) override;
  Errno stat_at(StringRef name, wasi::Filestat& out) override {
    Node* node = nullptr;
    const Errno error = look_up(name, node);
    if (error == Errno::Success) out = stat_of(*node);
    return error;
  }
  Errno set_times_at(StringRef name, const wasi::TimeChange& change) override {
    Node* node = nullptr;
    const Errno error = look_up(name, node);
    if (error == Errno::Success) change_times(store_, *node, change);
    return error;
  }
  Errno create_directory_at(StringRef name) override {
    Node* node = nullptr;
    return create(name, FileType::Directory, node);
  }
  Errno remove_directory_at(StringRef name) override;
  Errno unlink_file_at(StringRef name) override;
  Errno rename_at(StringRef name, File& to, StringRef to_name) override;
  Errno link_at(StringRef name, File& to, StringRef to_name) override;
  Errno symlink_at(StringRef target, StringRef name) override;
  Errno readlink_at(StringRef name, std::span<char> out, size_t& length) override;
  Errno read_directory(wasi::DirCookie cookie, wasi::DirectorySink& sink) override;

 private:
  [[nodiscard]] bool is_directory() const { return node_.type == FileType::Directory; }
  [[nodiscard]] static Node& node_of(File& file) { return static_cast<Handle&>(file).node_; }
  /// A directory that was removed while it is open: nothing can be made in it.
  [[nodiscard]] static bool is_removed(const Node& directory) { return directory.names == 0; }

  Errno changed() {
    node_.mtim = node_.ctim = store_.now();
    return Errno::Success;
  }
  Errno look_up(StringRef name, Node*& out) {
    if (!is_directory()) return Errno::NotDir;
    const Entry* entry = name == "." ? nullptr : find_entry(node_, name);
    if (name != StringRef(".") && entry == nullptr) return Errno::NoEnt;
    out = entry == nullptr ? &node_ : entry->node;
    return Errno::Success;
  }
  /// A new node with that name.
  Errno create(StringRef name, FileType type, Node*& out) {
    if (!is_directory()) return Errno::NotDir;
    if (name == "." || find_entry(node_, name) != nullptr) return Errno::Exist;
    if (is_removed(node_)) return Errno::NoEnt;
    out = store_.make(type);
    if (out == nullptr) return Errno::NoSpc;
    const Errno error = add_entry(store_, node_, name, *out);
    if (error != Errno::Success) store_.release(*out);
    return error;
  }

  NodeStore& store_;
  Node& node_;
  wasi::FdFlags flags_;
  FileSize position_ = 0;
};

Errno Handle::open_at(StringRef name, const wasi::OpenOptions& options, File*& out) {
  Node* node = nullptr;
  Errno error = look_up(name, node);
  if (error == Errno::NoEnt && options.create) {
    error = create(name, FileType::RegularFile, node);
  } else if (error == Errno::Success && options.create && options.exclusive) {
    return Errno::Exist;
  }
  if (error != Errno::Success) return error;
  const bool changes = options.write || options.truncate;
  if (node->type == FileType::SymbolicLink) return options.directory ? Errno::NotDir : Errno::Loop;
  if (node->type == FileType::Directory && (changes || options.create)) return Errno::Isdir;
  if (node->type != FileType::Directory && options.directory) return Errno::NotDir;
  if (node->is_blob && changes) return Errno::Rofs;
  if (options.truncate) (void)resize_data(store_, *node, 0);  // shrinking cannot fail
  out = new_handle(store_, *node, options);
  return out == nullptr ? Errno::NoMem : Errno::Success;
}

Errno Handle::remove_directory_at(StringRef name) {
  if (!is_directory()) return Errno::NotDir;
  if (name == ".") return Errno::Inval;
  Entry* entry = find_entry(node_, name);
  if (entry == nullptr) return Errno::NoEnt;
  if (entry->node->type != FileType::Directory) return Errno::NotDir;
  if (!entry->node->entries.empty()) return Errno::NotEmpty;
  remove_entry(store_, node_, *entry);
  return Errno::Success;
}

Errno Handle::unlink_file_at(StringRef name) {
  if (!is_directory()) return Errno::NotDir;
  if (name == ".") return Errno::Isdir;
  Entry* entry = find_entry(node_, name);
  if (entry == nullptr) return Errno::NoEnt;
  if (entry->node->type == FileType::Directory) return Errno::Isdir;
  remove_entry(store_, node_, *entry);
  return Errno::Success;
}

Errno Handle::rename_at(StringRef name, File& to, StringRef to_name) {
  Node& target_directory = node_of(to);
  if (!is_directory() || target_directory.type != FileType::Directory) return Errno::NotDir;
  if (name == "." || to_name == ".") return Errno::Busy;
  Entry* entry = find_entry(node_, name);
  if (entry == nullptr || is_removed(target_directory)) return Errno::NoEnt;
  Node& node = *entry->node;
  const bool moves_directory = node.type == FileType::Directory;
  if (moves_directory && is_within(target_directory, node)) return Errno::Inval;

  Entry* old = find_entry(target_directory, to_name);
  if (old != nullptr) {
    if (old->node == &node) return Errno::Success;
    if (is_within(node_, *old->node)) return Errno::NotEmpty;
    if (moves_directory && old->node->type != FileType::Directory) return Errno::NotDir;
    if (!moves_directory && old->node->type == FileType::Directory) return Errno::Isdir;
    if (!old->node->entries.empty()) return Errno::NotEmpty;
    // In place: nothing can fail, and the name is never missing.
    std::swap(old->node, entry->node);
    if (moves_directory) {
      old->node->parent = &target_directory;
      entry->node->parent = &node_;
    }
    remove_entry(store_, node_, *find_entry(node_, name));
    return Errno::Success;
  }
  const Errno error = add_entry(store_, target_directory, to_name, node);
  if (error != Errno::Success) return error;
  remove_entry(store_, node_, *find_entry(node_, name));
  if (moves_directory) node.parent = &target_directory;
  return Errno::Success;
}

Errno Handle::link_at(StringRef name, File& to, StringRef to_name) {
  Node* node = nullptr;
  const Errno error = look_up(name, node);
  if (error != Errno::Success) return error;
  Node& target_directory = node_of(to);
  if (target_directory.type != FileType::Directory) return Errno::NotDir;
  if (to_name == "." || find_entry(target_directory, to_name) != nullptr) return Errno::Exist;
  if (node->type == FileType::Directory) return Errno::Perm;
  if (is_removed(target_directory)) return Errno::NoEnt;
  return add_entry(store_, target_directory, to_name, *node);
}

Errno Handle::symlink_at(StringRef target, StringRef name) {
  Node* node = nullptr;
  Errno error = create(name, FileType::SymbolicLink, node);
  if (error != Errno::Success) return error;
  size_t written = 0;
  error = write_data(store_, *node, 0, {reinterpret_cast<const uint8_t*>(target.data()), target.size()}, written);
  if (error != Errno::Success) remove_entry(store_, node_, *find_entry(node_, name));
  return error;
}

Errno Handle::readlink_at(StringRef name, std::span<char> out, size_t& length) {
  Node* node = nullptr;
  const Errno error = look_up(name, node);
  if (error != Errno::Success) return error;
  if (node->type != FileType::SymbolicLink) return Errno::Inval;
  length = read_data(store_, *node, 0, {reinterpret_cast<uint8_t*>(out.data()), out.size()});
  return Errno::Success;
}

Errno Handle::read_directory(wasi::DirCookie cookie, wasi::DirectorySink& sink) {
  if (!is_directory()) return Errno::NotDir;
  const Node& up = node_.parent == nullptr ? node_ : *node_.parent;
  if (cookie <= 0 && !sink.take({".", node_.ino, FileType::Directory, 1})) return Errno::Success;
  if (cookie <= 1 && !sink.take({"..", up.ino, FileType::Directory, 2})) return Errno::Success;
  for (const Entry& entry : node_.entries) {
    if (entry.number < cookie) continue;
    const wasi::DirectoryEntry found{{entry.name, entry.name_size}, entry.node->ino, entry.node->type, entry.number + 1};
    if (!sink.take(found)) break;
  }
  return Errno::Success;
}

}  // namespace

File* new_handle(NodeStore& store, Node& node, const wasi::OpenOptions& options) {
  return store.allocator.create<Handle>(store, node, options);
}

}  // namespace umber::memfs
